//! All groups as they will be with a draft in force, ready to be asked about some conversations.

use super::{Draft, DraftedNsg, Places};
use crate::rules::compiled::{Compiled, Question};
use crate::rules::judged::{Judged, Step};
use crate::rules::set::{Applied, RuleSet};
use crate::rules::traffic::{Observed, Traffic};
use crate::rules::world::World;
use azflow_core::model::{Address, SecurityRule};
use hashbrown::HashMap;

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

/// See the module's description.
#[derive(Debug)]
pub struct After<'a> {
    pub set: RuleSet,
    compiled: Compiled<'a>,
    /// Numbers of the ends that are prepared, by their numbers in the traffic.
    numbers: HashMap<u32, u32>,
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
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        let mut addresses: Vec<Address> = Vec::new();
        for end in asked.flat_map(|seen| [seen.src, seen.dst]) {
            let Some(address) = traffic.addresses.get(end as usize) else { continue };
            numbers.entry(end).or_insert_with(|| {
                addresses.push(*address);
                addresses.len() as u32 - 1
            });
        }
        let compiled = Compiled::new(&set, places.world, &addresses);
        Self { set, compiled, numbers }
    }

    /// What becomes of a conversation whose ends are prepared.
    pub fn judge(&mut self, seen: &Observed) -> Option<Judged> {
        let ends = (*self.numbers.get(&seen.src)?, *self.numbers.get(&seen.dst)?);
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
