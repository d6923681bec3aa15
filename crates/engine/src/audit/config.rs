//! What the rules of one group and direction show without any log.

use super::space::{Packets, Space, Work, without};
use super::{Finding, FindingKind};
use crate::rules::{MANAGEMENT, is_unread};
use azflow_core::model::SortSmall;
use azflow_core::model::{Decision, Direction, Endpoint, PortRange, Prefix, SecurityRule};
use std::cell::OnceCell;

/// Steps that comparing the rules of all groups may take, about half a second in a page, and those of one rule.
pub const STEPS: u64 = 400_000_000;
const STEPS_OF_RULE: u64 = 8_000_000;

/// Looks at rules in their order, defaults last.
pub fn findings(ordered: &[SecurityRule], work: &mut Work, out: &mut Vec<Finding>) {
    let list = if work.is_spent() { None } else { List::of(ordered) };
    let own = ordered.iter().enumerate().take_while(|(_, rule)| rule.priority < 65_000);
    // What stands for rules that are not on file is no rule that anything could be said of.
    for (index, rule) in own.filter(|(_, rule)| !is_unread(rule)) {
        let mut say = |kind, message: String| {
            out.push(Finding { kind, rule: rule.name.clone(), direction: rule.direction, message });
        };
        twice(rule, &mut say);
        let compared = list
            .as_ref()
            .and_then(|list| work.with(STEPS_OF_RULE, |work| list.compare(index, work, &mut say)));
        if compared.is_none() {
            let message = "too many prefixes and ports to compare it with other rules".to_owned();
            say(FindingKind::NotCompared, message);
        }
    }
}

/// Rules that can be compared.
struct List<'a> {
    ordered: &'a [SecurityRule],
    space: Space,
    packets: Vec<Packets>,
    /// What each says of the Internet's addresses, once a rule is looked at that is for them.
    of_internet: OnceCell<Vec<Packets>>,
    /// Whether each decides for certain whatever else is in its packets.
    sure: Vec<bool>,
}

impl<'a> List<'a> {
    fn of(ordered: &'a [SecurityRule]) -> Option<Self> {
        let space = Space::of(ordered)?;
        let packets = ordered.iter().map(|rule| space.packets(rule)).collect();
        let sure = ordered.iter().map(is_sure).collect();
        Some(Self { ordered, space, packets, of_internet: OnceCell::new(), sure })
    }

    /// Compares a rule with the others; `None` where that takes too many steps, or it says nothing that could be compared.
    fn compare(
        &self,
        index: usize,
        work: &mut Work,
        say: &mut impl FnMut(FindingKind, String),
    ) -> Option<()> {
        let (rule, own) = (self.ordered.get(index)?, self.packets.get(index)?);
        if own.is_empty() {
            return None;
        }
        // A rule that looks at source ports, or was not understood, takes less than its packets say: it hides nothing.
        let before = self.packets.iter().zip(&self.sure).take(index).filter(|(_, sure)| **sure);
        let reached = without(vec![own.clone()], before.map(|(packets, _)| packets), work)?;
        if reached.is_empty() {
            let message = "every packet it could match is decided by rules before it".to_owned();
            say(FindingKind::Shadowed, message);
            return Some(());
        }
        self.exposed(index, rule, work, say)?;
        if self.is_redundant(reached, index, work)? {
            say(FindingKind::Redundant, "rules behind it decide the same for all that reaches it".to_owned());
        }
        let (mut other, mut also) = (None, None);
        for (earlier, packets) in self.ordered.iter().zip(&self.packets).take(index) {
            let differs = earlier.access != rule.access;
            let is_told = if differs { other.is_some() } else { also.is_some() };
            if is_told || !packets.meets(own, work)? {
                continue;
            }
            if differs {
                other = Some(earlier);
            } else {
                also = nested(earlier, rule, work)?.map(|found| (earlier, found));
            }
        }
        if let Some(other) = other {
            let message = format!("overlaps {}, which decides otherwise and comes first", other.name);
            say(FindingKind::Conflicting, message);
        }
        if let Some((other, (inner, outer))) = also {
            let message = format!("{inner} lies within {outer}; {} has it too", other.name);
            say(FindingKind::Overlapping, message);
        }
        Some(())
    }

    /// Whether the packets that reach a rule would meet the same decision without it.
    fn is_redundant(&self, mut reached: Vec<Packets>, index: usize, work: &mut Work) -> Option<bool> {
        let access = self.ordered.get(index).map(|rule| rule.access);
        let behind = self.ordered.iter().zip(&self.packets).zip(&self.sure).skip(index + 1);
        for ((rule, packets), is_sure) in behind {
            // One of which nothing is known may do anything.
            if packets.is_empty() {
                return Some(false);
            }
            if Some(rule.access) != access {
                if self.space.may_overlap(&reached, packets, work)? {
                    return Some(false);
                }
            } else if *is_sure {
                reached = without(reached, std::iter::once(packets), work)?;
                if reached.is_empty() {
                    return Some(true);
                }
            }
        }
        Some(false)
    }

    /// What the Internet may do by a rule, of what no rule before it decides.
    fn exposed(
        &self,
        index: usize,
        rule: &SecurityRule,
        work: &mut Work,
        say: &mut impl FnMut(FindingKind, String),
    ) -> Option<()> {
        if rule.access != Decision::Allowed || rule.direction != Direction::Inbound || !is_wide(rule) {
            return Some(());
        }
        let any = rule.sources.contains(&Endpoint::Any);
        let every_port = rule.destination_ports.contains(&PortRange::ALL);
        if any && every_port && rule.destinations.contains(&Endpoint::Any) && rule.protocol.is_none() {
            say(FindingKind::AnyAny, "allows everything from everywhere".to_owned());
        }
        let of_internet = self
            .of_internet
            .get_or_init(|| self.ordered.iter().map(|rule| self.space.of_internet(rule)).collect());
        let own = of_internet.get(index)?.clone();
        let before = of_internet.iter().zip(&self.sure).take(index).filter(|(_, sure)| **sure);
        let reached = without(vec![self.space.public(own)], before.map(|(packets, _)| packets), work)?;
        let has_ports = rule.protocol.is_none_or(azflow_core::model::Protocol::has_ports);
        let open = |port: &&u16| has_ports && self.space.goes_to(&reached, **port);
        let ports: Vec<String> = MANAGEMENT.iter().filter(open).map(u16::to_string).collect();
        if !ports.is_empty() {
            let message = format!("the Internet may reach ports that manage machines: {}", ports.join(", "));
            say(FindingKind::Exposed, message);
        }
        Some(())
    }
}

/// Whether a rule decides for certain whatever its cuboids hold.
fn is_sure(rule: &SecurityRule) -> bool {
    rule.doubt.is_none() && rule.source_ports.contains(&PortRange::ALL)
}

fn prefixes(ends: &[Endpoint]) -> impl Iterator<Item = Prefix> + '_ {
    ends.iter().filter_map(|end| if let Endpoint::Prefix(prefix) = end { Some(*prefix) } else { None })
}

/// Prefixes of one rule that hold each other: Azure does not take them.
fn twice(rule: &SecurityRule, say: &mut impl FnMut(FindingKind, String)) {
    for ends in [&rule.sources, &rule.destinations] {
        let mut sorted: Vec<Prefix> = prefixes(ends).collect();
        sorted.sort_small();
        // Outer ones come first, and those inside follow.
        if let Some([outer, inner]) = sorted.windows(2).find(|two| two[0].holds(two[1])) {
            say(FindingKind::Overlapping, format!("{inner} lies within {outer}, which it names too"));
        }
    }
}

/// A prefix of one rule strictly inside one of the other, on either side: inner and outer.
#[allow(clippy::option_option, reason = "none for want of steps, and none there, are two answers")]
fn nested(a: &SecurityRule, b: &SecurityRule, work: &mut Work) -> Option<Option<(Prefix, Prefix)>> {
    for (a, b) in [(&a.sources, &b.sources), (&a.destinations, &b.destinations)] {
        for a in prefixes(a) {
            work.spend(b.len())?;
            if let Some(b) = prefixes(b).find(|b| a != *b && a.overlaps(*b)) {
                return Some(Some(if a.holds(b) { (b, a) } else { (a, b) }));
            }
        }
    }
    Some(None)
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
