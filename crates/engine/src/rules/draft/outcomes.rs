//! What a draft does to the traffic that was seen, rule by rule, by way of simulating it.
//!
//! A conversation is counted at the rule that denies it, at the first rule of which it can't be told whether it does, and
//! otherwise at every rule that lets it pass: each of those is needed. So a conversation that two groups let pass is
//! counted at a rule of each.

use super::Draft;
use crate::rules::{ByFate, Fate, Simulation};
use azflow_core::model::Direction;
use std::collections::BTreeMap;

/// What becomes of the traffic at a group's rules.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct GroupOutcomes {
    /// By rule of [`super::DraftedNsg::rules`].
    pub rules: Vec<ByFate>,
    /// Likewise, those alone that it decides, as a simulation counts them: it denies, can't be told, or is the last to allow.
    pub decided: Vec<ByFate>,
    /// At Azure's default rules.
    pub defaults: ByFate,
}

/// What becomes of the traffic under a draft, over the groups in force elsewhere.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct DraftOutcomes {
    /// All conversations.
    pub totals: ByFate,
    /// By group of the draft.
    pub groups: Vec<GroupOutcomes>,
    /// Conversations that no rule of the draft decides: groups elsewhere do, or none applies.
    pub elsewhere: ByFate,
}

impl DraftOutcomes {
    /// Adds up a simulation of [`Draft::over`].
    pub fn of(draft: &Draft, simulation: &Simulation) -> Self {
        let totals = Fate::ALL.map(|fate| simulation.count(fate));
        let mut out = Self { totals, groups: Vec::with_capacity(draft.groups.len()), elsewhere: totals };
        for (place, group) in draft.groups.iter().enumerate() {
            let none = vec![ByFate::default(); group.rules.len()];
            let mut sums = GroupOutcomes { rules: none.clone(), decided: none, defaults: ByFate::default() };
            let own = group.rules.iter().enumerate();
            let own: BTreeMap<(Direction, &str), usize> =
                own.map(|(at, one)| ((one.rule.direction, one.rule.name.as_str()), at)).collect();
            for direction in [Direction::Inbound, Direction::Outbound] {
                for number in simulation.numbers(place, direction) {
                    let name =
                        simulation.rules.get(number).map(|rule| rule.rule.as_str()).unwrap_or_default();
                    let decided = simulation.decided(number);
                    let at = own.get(&(direction, name)).copied();
                    if let Some(sum) = at.and_then(|at| sums.decided.get_mut(at)) {
                        add(sum, decided);
                    }
                    let own = at.and_then(|at| sums.rules.get_mut(at));
                    add(own.unwrap_or(&mut sums.defaults), simulation.decided_or_passed(number));
                    out.elsewhere.iter_mut().zip(decided).for_each(|(rest, of_rule)| *rest -= of_rule);
                }
            }
            out.groups.push(sums);
        }
        out
    }
}

fn add(sum: &mut ByFate, more: ByFate) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}
