//! What the rules of one group and direction show without any log.

use super::space::{Cuboid, Names, may_overlap, overlap, to_port, without};
use super::{Finding, FindingKind};
use crate::rules::{MANAGEMENT, is_unread};
use azflow_core::model::{Decision, Direction, Endpoint, PortRange, Prefix, SecurityRule};

/// A rule of more source, destination and port combinations is not compared.
const MOST_CUBOIDS: usize = 4000;

/// Looks at rules in their order, defaults last.
pub fn findings(ordered: &[SecurityRule], out: &mut Vec<Finding>) {
    let names = Names::of(ordered);
    let size = |rule: &SecurityRule| {
        rule.sources
            .len()
            .saturating_mul(rule.destinations.len())
            .saturating_mul(rule.destination_ports.len())
    };
    let cuboids: Vec<Vec<Cuboid>> = ordered
        .iter()
        .map(|rule| if size(rule) > MOST_CUBOIDS { Vec::new() } else { names.cuboids(rule) })
        .collect();
    let own = ordered.iter().enumerate().take_while(|(_, rule)| rule.priority < 65_000);
    // What stands for rules that are not on file is no rule that anything could be said of.
    for (index, rule) in own.filter(|(_, rule)| !is_unread(rule)) {
        let mut say = |kind, message: String| {
            out.push(Finding { kind, rule: rule.name.clone(), direction: rule.direction, message });
        };
        twice(rule, &mut say);
        // A rule that looks at source ports, or was not understood, takes less than its cuboids say: it hides nothing.
        let before: Vec<Cuboid> = (0..index)
            .filter(|earlier| is_sure(&ordered[*earlier]))
            .flat_map(|earlier| cuboids[earlier].iter().copied())
            .collect();
        let reached = if cuboids[index].is_empty() { None } else { without(cuboids[index].clone(), &before) };
        let Some(reached) = reached else {
            say(
                FindingKind::NotCompared,
                "too many prefixes and ports to compare it with other rules".to_owned(),
            );
            continue;
        };
        if reached.is_empty() {
            say(
                FindingKind::Shadowed,
                "every packet it could match is decided by rules before it".to_owned(),
            );
            continue;
        }
        let earlier: Vec<&SecurityRule> = ordered[..index].iter().filter(|rule| is_sure(rule)).collect();
        exposed(rule, &earlier, &names, &mut say);
        if is_redundant(reached, index, ordered, &cuboids) {
            say(FindingKind::Redundant, "rules behind it decide the same for all that reaches it".to_owned());
        }
        let meets = |earlier: &usize| overlap(&cuboids[*earlier], &cuboids[index]);
        if let Some(other) = (0..index).find(|e| ordered[*e].access != rule.access && meets(e)) {
            let message =
                format!("overlaps {}, which decides otherwise and comes first", ordered[other].name);
            say(FindingKind::Conflicting, message);
        }
        let also = (0..index).filter(|e| ordered[*e].access == rule.access && meets(e));
        let also = also.into_iter().find_map(|e| Some((e, nested(&ordered[e], rule)?)));
        if let Some((other, (inner, outer))) = also {
            let message = format!("{inner} lies within {outer}; {} has it too", ordered[other].name);
            say(FindingKind::Overlapping, message);
        }
    }
}

/// Whether a rule decides for certain whatever its cuboids hold.
fn is_sure(rule: &SecurityRule) -> bool {
    rule.doubt.is_none() && rule.source_ports.contains(&PortRange::ALL)
}

/// Whether the packets that reach a rule would meet the same decision without it.
fn is_redundant(
    mut reached: Vec<Cuboid>,
    index: usize,
    ordered: &[SecurityRule],
    cuboids: &[Vec<Cuboid>],
) -> bool {
    for later in index + 1..ordered.len() {
        let rule = &ordered[later];
        // One that was not compared may do anything.
        if cuboids[later].is_empty() {
            return false;
        }
        if rule.access != ordered[index].access {
            if may_overlap(&reached, &cuboids[later]) {
                return false;
            }
        } else if is_sure(rule) {
            match without(reached, &cuboids[later]) {
                Some(rest) if rest.is_empty() => return true,
                Some(rest) => reached = rest,
                None => return false,
            }
        }
    }
    false
}

fn prefixes(ends: &[Endpoint]) -> impl Iterator<Item = Prefix> + '_ {
    ends.iter().filter_map(|end| if let Endpoint::Prefix(prefix) = end { Some(*prefix) } else { None })
}

/// Prefixes of one rule that hold each other: Azure does not take them.
fn twice(rule: &SecurityRule, say: &mut impl FnMut(FindingKind, String)) {
    for ends in [&rule.sources, &rule.destinations] {
        let mut sorted: Vec<Prefix> = prefixes(ends).collect();
        sorted.sort();
        // Outer ones come first, and those inside follow.
        if let Some([outer, inner]) = sorted.windows(2).find(|two| two[0].holds(two[1])) {
            say(FindingKind::Overlapping, format!("{inner} lies within {outer}, which it names too"));
        }
    }
}

/// A prefix of one rule strictly inside one of the other, on either side: inner and outer.
fn nested(a: &SecurityRule, b: &SecurityRule) -> Option<(Prefix, Prefix)> {
    [(&a.sources, &b.sources), (&a.destinations, &b.destinations)].into_iter().find_map(|(a, b)| {
        if a.len().saturating_mul(b.len()) > 1 << 16 {
            return None;
        }
        prefixes(a).find_map(|a| {
            prefixes(b)
                .filter(|b| a != *b && a.overlaps(*b))
                .map(|b| if a.holds(b) { (b, a) } else { (a, b) })
                .next()
        })
    })
}

/// What the Internet may do by a rule, of what no rule before it decides.
fn exposed(
    rule: &SecurityRule,
    earlier: &[&SecurityRule],
    names: &Names,
    say: &mut impl FnMut(FindingKind, String),
) {
    if rule.access != Decision::Allowed || rule.direction != Direction::Inbound || !is_wide(rule) {
        return;
    }
    let any = rule.sources.contains(&Endpoint::Any);
    let every_port = rule.destination_ports.contains(&PortRange::ALL);
    if any && every_port && rule.destinations.contains(&Endpoint::Any) && rule.protocol.is_none() {
        say(FindingKind::AnyAny, "allows everything from everywhere".to_owned());
    }
    let before: Vec<Cuboid> = earlier.iter().flat_map(|rule| names.of_internet(rule)).collect();
    let public = names.without_private(names.of_internet(rule));
    let Some(reached) = public.and_then(|public| without(public, &before)) else { return };
    let has_ports = rule.protocol.is_none_or(azflow_core::model::Protocol::has_ports);
    let open = |port: &&u16| has_ports && !to_port(&reached, **port).is_empty();
    let ports: Vec<String> = MANAGEMENT.iter().filter(open).map(u16::to_string).collect();
    if !ports.is_empty() {
        let message = format!("the Internet may reach ports that manage machines: {}", ports.join(", "));
        say(FindingKind::Exposed, message);
    }
}

/// Whether a rule is for the Internet: for all of it, or for half of its addresses of a family or more.
fn is_wide(rule: &SecurityRule) -> bool {
    let internet = |end: &Endpoint| *end == Endpoint::Any || end.is_tag("Internet");
    let size = |v4: bool| {
        let spans =
            rule.sources.iter().filter_map(Endpoint::span).filter(|(first, _)| first.v4().is_some() == v4);
        spans.fold(0u128, |sum, (first, last)| sum.saturating_add(last.bits() - first.bits()))
    };
    // Half of IPv4's addresses, and the eighth of IPv6's that is in use.
    rule.sources.iter().any(internet) || size(true) >= (1 << 31) - 2 || size(false) >= (1 << 125) - 2
}
