//! Rules in force that serve a need already.

use super::{DraftOptions, Places};
use crate::rules::compiled::{Compiled, Question};
use crate::rules::judged::Outcome;
use crate::rules::set::Applied;
use crate::rules::traffic::{Observed, Traffic};
use azflow_core::model::{Decision, Direction, Endpoint, Nsg, PortRange, Prefix, ResourceId, SecurityRule};

/// The groups in force, ready to be asked.
#[derive(Debug)]
pub struct Existing<'a> {
    pub(super) places: &'a Places<'a>,
    compiled: Compiled<'a>,
}

impl<'a> Existing<'a> {
    /// `None` where there are no groups.
    pub fn new(places: &'a Places<'a>, traffic: &Traffic) -> Option<Self> {
        let some = !places.existing.groups.is_empty();
        some.then(|| Self {
            places,
            compiled: Compiled::new(places.existing, places.world, &traffic.addresses),
        })
    }

    /// The number of the group at a subnet, by its id where it has one; `None` where files differ, or none of them has
    /// the group's rules.
    pub fn group_at(&self, subnet: Option<&ResourceId>, prefixes: &[Prefix]) -> Option<u32> {
        let here = |group: &&(usize, &Applied)| {
            let (_, group) = group;
            match subnet {
                Some(id) if !group.places.is_empty() => group.places.contains(id),
                _ => prefixes.iter().all(|p| group.prefixes.contains(p)),
            }
        };
        let all: Vec<(usize, &Applied)> = self.places.existing.groups.iter().enumerate().collect();
        let mut found = all.iter().filter(here);
        let (at, group) = found.next()?;
        (found.next().is_none() && group.is_understood()).then_some(*at as u32)
    }

    /// The group at a subnet, where it is at no other place.
    pub fn only_at(&self, subnet: Option<&ResourceId>, prefixes: &[Prefix]) -> Option<&Nsg> {
        let group = self.places.existing.groups.get(self.group_at(subnet, prefixes)? as usize)?;
        let only = |place: &ResourceId| Some(place) == subnet;
        let alone = group.nics.is_empty()
            && group.places.iter().all(only)
            && group.prefixes.iter().all(|p| prefixes.contains(p));
        alone.then_some(&group.nsg)
    }

    /// The rule of a group that allows a conversation, if it may be kept: it names whom and what it is for.
    pub fn serving(
        &mut self,
        group: u32,
        direction: Direction,
        seen: &Observed,
        options: &DraftOptions,
    ) -> Option<SecurityRule> {
        let outbound = direction == Direction::Outbound;
        let only = [outbound, !outbound];
        let judged = self.compiled.judge(&Question {
            ends: (seen.src, seen.dst),
            protocol: seen.protocol,
            port: seen.port,
            outside: only,
            members: Default::default(),
        });
        let list = group * 2 + u32::from(outbound);
        let step = judged.steps().iter().find(|step| step.list == list)?;
        if step.outcome != Outcome::Decided(Decision::Allowed) {
            return None;
        }
        let rule = self.compiled.rule(*step)?;
        may_stay(rule, options).then(|| rule.clone())
    }
}

/// From here on is the place of guards and of the deny of the rest.
pub fn guards(options: &DraftOptions) -> u16 {
    options.deny_priority.saturating_sub(100).max(options.first_priority)
}

fn may_stay(rule: &SecurityRule, options: &DraftOptions) -> bool {
    let far = if rule.direction == Direction::Inbound { &rule.sources } else { &rule.destinations };
    let near = if rule.direction == Direction::Inbound { &rule.destinations } else { &rule.sources };
    let explicit = |end: &Endpoint| match end {
        Endpoint::Prefix(_) | Endpoint::Range(..) => true,
        Endpoint::Tag(tag) => tag.eq_ignore_ascii_case("internet"),
        _ => false,
    };
    let here = |end: &Endpoint| matches!(end, Endpoint::Any | Endpoint::Prefix(_) | Endpoint::Range(..));
    let service =
        rule.protocol.is_some_and(|p| !p.has_ports()) || !rule.destination_ports.contains(&PortRange::ALL);
    far.iter().all(explicit)
        && near.iter().all(here)
        && service
        && rule.protocol.is_some()
        && rule.priority < guards(options)
}
