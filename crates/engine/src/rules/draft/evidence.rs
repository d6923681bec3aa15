//! What a drafted rule rests on, and what it opens beyond that.

use super::needs::{Far, GroupNeeds, Member};
use super::{Draft, DraftedRule, Maturity};
use crate::rules::lists::joined;
use crate::rules::traffic::Traffic;
use azflow_core::model::{Address, Endpoint, Prefix, SecurityRule, UnixMillis};
use std::collections::BTreeMap;

/// A day.
const DAY: i64 = 86_400_000;
/// What a rule for any protocol is counted as, each with the rule's ports.
const PROTOCOLS: u128 = 256;

/// What a rule for the whole virtual network is counted as: the private addresses of IPv4, shared ones included.
const PRIVATE: u128 = (1 << 24) + (1 << 20) + (1 << 16) + (1 << 22);

/// New pairs of hosts and ports in each part of the time, by far end.
pub type Curves = BTreeMap<Far, [u64; Draft::BINS]>;

/// Counts distinct hosts, rule by rule.
#[derive(Debug)]
pub struct Ledger<'a> {
    traffic: &'a Traffic,
    /// Marks addresses while distinct sources and destinations are counted.
    stamps: [Vec<u32>; 2],
    round: u32,
}

impl<'a> Ledger<'a> {
    pub fn new(traffic: &'a Traffic) -> Self {
        Self { traffic, stamps: [0, 0].map(|stamp| vec![stamp; traffic.addresses.len()]), round: 0 }
    }

    /// New pairs of hosts and ports in each part of the time, by far end.
    pub fn curves(&self, needs: &GroupNeeds) -> Curves {
        let mut out = Curves::new();
        let Some((from, to)) = self.traffic.window else { return out };
        let width = (to.0 - from.0).saturating_add(1).max(1);
        for ((far, _), members) in needs {
            let curve = out.entry(*far).or_default();
            for seen in members {
                let at = (seen.first.0 - from.0).saturating_mul(Draft::BINS as i64) / width;
                curve[(at as usize).min(Draft::BINS - 1)] += 1;
            }
        }
        out
    }

    /// What a rule rests on.
    pub fn evidence(
        &mut self,
        rule: SecurityRule,
        members: &[Member],
        far: &[Far],
        curves: &Curves,
    ) -> DraftedRule {
        let mut flows = 0u64;
        let mut span: Option<(UnixMillis, UnixMillis)> = None;
        let mut newest = UnixMillis(i64::MIN);
        let mut hosts = [0u64; 2];
        self.round += 1;
        for seen in members {
            for ((stamps, hosts), host) in self.stamps.iter_mut().zip(&mut hosts).zip([seen.src, seen.dst]) {
                if let Some(stamp) = stamps.get_mut(host as usize)
                    && *stamp != self.round
                {
                    *stamp = self.round;
                    *hosts += 1;
                }
            }
            flows = flows.saturating_add(seen.flows);
            newest = newest.max(seen.first);
            let (first, last) = span.unwrap_or((seen.first, seen.last));
            span = Some((first.min(seen.first), last.max(seen.last)));
        }
        let maturity = self.traffic.window.map(|(from, to)| {
            let width = to.0 - from.0;
            let quiet = (i128::from(newest.0) - i128::from(from.0)) * 3 <= i128::from(width) * 2;
            if width >= DAY && quiet { Maturity::Stable } else { Maturity::Learning }
        });
        let mut known = 0;
        let curve = (0..Draft::BINS).map(|bin| {
            known += far.iter().filter_map(|far| Some(curves.get(far)?[bin])).sum::<u64>();
            known
        });
        DraftedRule {
            rule,
            conversations: members.len() as u64,
            flows,
            hosts: (hosts[0], hosts[1]),
            seen: span,
            maturity,
            curve: curve.collect(),
            reused: false,
            why: String::new(),
            serious: Vec::new(),
        }
    }
}

/// Adds what a rule opens beyond what it rests on.
pub fn count(out: &mut Draft, rule: &SecurityRule, prefixes: &[Prefix], seen: usize) {
    let (far, near) = (rule.far(), rule.near());
    let own: Vec<Endpoint> = prefixes.iter().map(|p| Endpoint::Prefix(*p)).collect();
    let near =
        if near.contains(&Endpoint::Any) { addresses(&own) } else { addresses(near).min(addresses(&own)) };
    let ports = || joined(&rule.destination_ports).iter().map(|r| u128::from(r.last - r.first) + 1).sum();
    let width: u128 = match rule.protocol {
        None => PROTOCOLS.saturating_mul(ports()),
        Some(protocol) if !protocol.has_ports() => 1,
        Some(_) => ports(),
    };
    let open = near.saturating_mul(width);
    let all = |end: &Endpoint| match end {
        Endpoint::Any => true,
        Endpoint::Prefix(prefix) => prefix.length() == 0,
        _ => false,
    };
    let network = far.iter().any(|end| end.is_tag("VirtualNetwork") || all(end));
    // A service tag is for the addresses of that service alone.
    if far.iter().any(|end| end.is_tag("Internet") || all(end)) {
        out.opened_to_internet = out.opened_to_internet.saturating_add(open);
    }
    let far = if network { PRIVATE } else { plain(far) };
    let open = far.saturating_mul(open).saturating_sub(seen as u128);
    out.opened_unseen = out.opened_unseen.saturating_add(open);
}

/// What a rule rests on, in the 140 characters that Azure keeps.
pub fn seen(drafted: &DraftedRule) -> String {
    let span = drafted.seen.map(|(first, last)| format!(" {} to {}", first.to_day(), last.to_day()));
    format!(
        "Seen{}: flows {}, conversations {}, sources {}, destinations {}; {}",
        span.unwrap_or_default(),
        drafted.flows,
        drafted.conversations,
        drafted.hosts.0,
        drafted.hosts.1,
        drafted.maturity.map_or("", Maturity::as_str)
    )
}

/// Addresses that ends name, without tags and groups.
fn plain(ends: &[Endpoint]) -> u128 {
    let sizes = ends.iter().filter_map(Endpoint::span).map(size);
    sizes.fold(0, u128::saturating_add)
}

/// The same with each of those as one.
fn addresses(ends: &[Endpoint]) -> u128 {
    let sizes = ends.iter().map(|end| end.span().map_or(1, size));
    sizes.fold(0, u128::saturating_add)
}

fn size((first, last): (Address, Address)) -> u128 {
    (last.bits() - first.bits()).saturating_add(1)
}
