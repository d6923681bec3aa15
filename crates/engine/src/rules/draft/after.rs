//! All groups as they will be with a draft in force, ready to be asked about some conversations.

use super::{Draft, DraftedNsg, Places};
use crate::rules::compiled::{Compiled, Question};
use crate::rules::judged::{Judged, Step};
use crate::rules::set::{Applied, RuleSet};
use crate::rules::traffic::{Observed, Traffic};
use crate::rules::world::World;
use azflow_core::model::{Address, SecurityRule};

impl DraftedNsg {
    /// The group as it will be in force, where it applies.
    pub fn to_applied(&self) -> Applied {
        Applied {
            nsg: self.nsg.clone(),
            places: self.applied.clone(),
            prefixes: self.prefixes.clone(),
            nics: Vec::new(),
        }
    }
}

impl Draft {
    /// All groups as they will be: the drafted ones first, then those of `below` that are left as they are.
    pub fn over(&self, below: &RuleSet, world: &World) -> RuleSet {
        let groups = self.groups.iter().map(DraftedNsg::to_applied).collect();
        RuleSet { groups, notes: Vec::new() }.over(below, world)
    }
}

/// No number.
const UNPREPARED: u32 = u32::MAX;

/// See the module's description.
#[derive(Debug)]
pub struct After<'a> {
    pub set: RuleSet,
    compiled: Compiled<'a>,
    /// Numbers of the ends that are prepared, by their numbers in the traffic; [`UNPREPARED`] for the others.
    numbers: Vec<u32>,
}

impl<'a> After<'a> {
    /// Only the ends of these conversations are prepared: mostly few are asked about.
    pub fn new<'s>(
        draft: &Draft,
        traffic: &'a Traffic,
        places: &Places<'a>,
        asked: impl Iterator<Item = &'s Observed>,
    ) -> Self {
        let set = draft.over(places.existing, places.world);
        let mut numbers = vec![UNPREPARED; traffic.addresses.len()];
        let mut addresses: Vec<Address> = Vec::new();
        for end in asked.flat_map(|seen| [seen.src, seen.dst]) {
            let place = traffic.addresses.get(end as usize).zip(numbers.get_mut(end as usize));
            if let Some((address, number)) = place.filter(|(_, number)| **number == UNPREPARED) {
                *number = addresses.len() as u32;
                addresses.push(*address);
            }
        }
        let compiled = Compiled::new(&set, places.world, &addresses);
        Self { set, compiled, numbers }
    }

    /// What becomes of a conversation whose ends are prepared.
    pub fn judge(&mut self, seen: &Observed) -> Option<Judged> {
        let number =
            |end: u32| self.numbers.get(end as usize).copied().filter(|number| *number != UNPREPARED);
        let ends = (number(seen.src)?, number(seen.dst)?);
        Some(self.compiled.judge(&Question { ends, ..Question::of(seen) }))
    }

    /// The rules of a list.
    pub fn list(&self, list: u32) -> &[SecurityRule] {
        self.compiled.list(list)
    }

    /// The rule of a step; `None` where none matches.
    pub fn rule(&self, step: Step) -> Option<&SecurityRule> {
        self.compiled.rule(step)
    }
}
