//! What passes by a rule that goes and was seen by no log: it is kept before the denial that stands behind that rule.
//!
//! Probes of load balancers and what services need are in no log of the subnet's own traffic, so no seed stands for them.

use super::DraftedRule;
use super::force::{holds_ports, holds_prefix, is_default, is_denial, may_meet};
use super::served::Lots;
use crate::rules::lists::joined;
use crate::rules::world::LOAD_BALANCER;
use azflow_core::model::{Endpoint, PortRange, Prefix, SecurityRule};

/// A rule in the place of one in force that goes.
#[derive(Debug)]
pub struct Instead {
    /// The rule.
    pub drafted: DraftedRule,
    /// The denial in force that would cut it: it stands before that.
    pub before: u32,
    /// The rule that goes.
    pub old: u32,
}

/// What of a rule passes until now by rules in force that go, while a denial behind them would cut it: each part with that
/// denial and the rule that goes. No part is wider than the rule that goes was.
pub fn parts(lots: &Lots<'_>, wanted: &SecurityRule, prefixes: &[Prefix]) -> Vec<(SecurityRule, u32, u32)> {
    let own = || (0u32..).zip(lots.rules).take_while(|(_, rule)| !is_default(rule));
    let mut out: Vec<(SecurityRule, u32, u32)> = Vec::new();
    for (old, rule) in own().filter(|(at, rule)| !is_denial(rule) && !lots.stays_at(*at)) {
        let Some(part) = common(rule, wanted, prefixes) else { continue };
        let mut behind = own().filter(|(at, rule)| *at > old && is_denial(rule));
        let Some((before, _)) = behind.find(|(_, denial)| may_meet(denial, &part)) else { continue };
        if !out.iter().any(|(known, place, _)| *place <= before && holds(known, &part)) {
            out.push((part, before, old));
        }
    }
    out
}

/// Whether a rule lets pass all that another one of the same direction would: its far ends by name.
pub fn holds(rule: &SecurityRule, other: &SecurityRule) -> bool {
    let near = |end: &Endpoint| match end {
        Endpoint::Prefix(prefix) => holds_prefix(rule.near(), *prefix),
        end => rule.near().contains(end) || rule.near().contains(&Endpoint::Any),
    };
    let far = |end: &Endpoint| {
        rule.far().iter().any(|own| match end {
            Endpoint::Tag(tag) => own.is_tag(tag),
            end => own == end,
        })
    };
    !is_denial(rule)
        && rule.source_ports.contains(&PortRange::ALL)
        && rule.protocol.is_none_or(|own| Some(own) == other.protocol)
        && holds_ports(&rule.destination_ports, &other.destination_ports)
        && other.far().iter().all(far)
        && other.near().iter().all(near)
}

/// What a rule in force certainly lets pass of another one, at a group of these prefixes.
fn common(rule: &SecurityRule, wanted: &SecurityRule, prefixes: &[Prefix]) -> Option<SecurityRule> {
    let protocol = match (rule.protocol, wanted.protocol) {
        (None, other) | (other, None) => other,
        (own, other) if own == other => own,
        _ => return None,
    };
    if rule.doubt.is_some()
        || !rule.source_ports.contains(&PortRange::ALL)
        || !wanted.far().iter().all(|end| holds_end(rule.far(), end, prefixes))
    {
        return None;
    }
    let is_whole = prefixes.iter().all(|prefix| holds_prefix(rule.near(), *prefix))
        || wanted.near().iter().all(|end| holds_end(rule.near(), end, prefixes));
    let near: Vec<Endpoint> = if is_whole {
        wanted.near().to_vec()
    } else {
        let inside = |end: &&Endpoint| match end.span() {
            Some((first, last)) => prefixes.iter().any(|own| own.contains(first) && own.contains(last)),
            None => false,
        };
        rule.near().iter().filter(inside).cloned().collect()
    };
    let destination_ports = if holds_ports(&rule.destination_ports, &wanted.destination_ports) {
        wanted.destination_ports.clone()
    } else {
        meeting(&rule.destination_ports, &wanted.destination_ports)
    };
    if near.is_empty() || destination_ports.is_empty() {
        return None;
    }
    let (sources, destinations) = SecurityRule::ends(wanted.direction, wanted.far().to_vec(), near);
    Some(SecurityRule { protocol, sources, destinations, destination_ports, ..wanted.clone() })
}

/// Whether some ends hold another one for certain, at a group of these prefixes.
fn holds_end(ends: &[Endpoint], wanted: &Endpoint, prefixes: &[Prefix]) -> bool {
    let is_v4 = prefixes.iter().all(|prefix| prefix.first().v4().is_some());
    let is_all = |end: &Endpoint| match end {
        Endpoint::Any => true,
        Endpoint::Prefix(all) => is_v4 && all.length() == 0 && all.first().v4().is_some(),
        _ => false,
    };
    // The tag holds the load balancer's address and the group's own subnets.
    let is_member = match wanted {
        Endpoint::Prefix(prefix) => prefixes.iter().any(|own| own.holds(*prefix)),
        end => end.is_tag("AzureLoadBalancer"),
    };
    ends.iter().any(|end| is_all(end) || is_member && end.is_tag("VirtualNetwork"))
        || match wanted {
            Endpoint::Prefix(prefix) => holds_prefix(ends, *prefix),
            Endpoint::Tag(tag) => {
                ends.iter().any(|end| end.is_tag(tag))
                    || wanted.is_tag("AzureLoadBalancer")
                        && holds_prefix(ends, Prefix::of(LOAD_BALANCER, 128))
            }
            end => ends.contains(end),
        }
}

/// The ports that are in both of two lists.
fn meeting(a: &[PortRange], b: &[PortRange]) -> Vec<PortRange> {
    let b = joined(b);
    let both = |a: PortRange| {
        let meets = b.iter().filter(move |b| a.first <= b.last && b.first <= a.last);
        meets.map(move |b| PortRange { first: a.first.max(b.first), last: a.last.min(b.last) })
    };
    joined(a).into_iter().flat_map(both).collect()
}
