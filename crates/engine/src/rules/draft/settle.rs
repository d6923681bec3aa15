//! What becomes of the rules in force at one group, whom each serves, and what needs rules of its own.

use super::build::{Maker, Site};
use super::needs::{Far, GroupNeeds, Member, is_nameable};
use super::served::{Anew, Case, Lots, Met, Served};
use crate::rules::services::managed_rule;
use azflow_core::model::{Direction, SecurityRule};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// The conversations that one rule in force serves, by their far ends.
pub type ServedBy = Vec<(Far, Vec<Member>)>;

/// The answers of one walk over the needs of a group and direction.
pub struct Settled<'r> {
    /// What becomes of each rule in force.
    pub lots: Lots<'r>,
    /// Whom each serves.
    pub served: Vec<ServedBy>,
    /// What needs rules of its own, by subnet.
    pub anew: BTreeMap<(u32, Anew), GroupNeeds>,
}

impl Maker<'_, '_> {
    /// What becomes of the rules in force, whom each serves, and what needs rules of its own.
    pub(super) fn settle<'r>(
        &mut self,
        rules: &'r [SecurityRule],
        site: &Site,
        direction: Direction,
        needs: BTreeMap<u32, GroupNeeds>,
        unneeded: &[u32],
        closed: &[u32],
    ) -> Settled<'r> {
        let closes = !closed.is_empty();
        let mut served: Vec<ServedBy> = vec![Vec::new(); rules.len()];
        let mut anew: BTreeMap<(u32, Anew), GroupNeeds> = BTreeMap::new();
        let (Some(force), Some(at)) = (self.force.as_deref(), site.group) else {
            for (subnet, needs) in needs {
                // Outbound the default rules let pass what goes to the Internet, and the deny does not touch it.
                let needs = needs
                    .into_iter()
                    .filter(|((far, _), _)| direction == Direction::Inbound || *far != Far::Internet);
                if closes {
                    anew.insert((subnet, Anew { denial: None, instead: None }), needs.collect());
                }
            }
            return Settled { lots: Lots::all_stay(rules), served, anew };
        };
        let patterns = force.patterns(at, direction);
        let mut met = vec![Met::default(); patterns.len()];
        for ((_, protocol), members) in needs.values().flatten() {
            let is_nameable = is_nameable(*protocol);
            for member in members {
                if let Some(met) = met.get_mut(member.case.pattern as usize) {
                    if is_nameable { met.needed += 1 } else { met.unnameable += 1 }
                }
            }
        }
        for pattern in unneeded {
            if let Some(met) = met.get_mut(*pattern as usize) {
                met.unneeded += 1;
            }
        }
        // A group in force at several places has patterns of others, too.
        let known = patterns.iter().cloned().zip(met).filter(|(_, met)| *met != Met::default());
        let known: Vec<_> = known.collect();
        // A rule that goes goes at every place of the group: at one of which not enough was logged it may be needed.
        let everywhere = self.is_closed_everywhere(site, closed);
        let is_managed =
            |rule: &SecurityRule| managed_rule(&rule.name).is_some_and(|managed| !managed.may_go);
        let protects = |rule: &SecurityRule| {
            !everywhere || is_managed(rule) || self.needed_by(site, direction, rule).is_some()
        };
        let lots = if closes {
            Lots::of(rules, &known, self.options, &protects, closes)
        } else {
            Lots::all_stay(rules)
        };
        // By pattern, and whether anything was allowed.
        let mut settled: Vec<[Option<Served>; 2]> = vec![[None; 2]; patterns.len()];
        let mut settle = |case: Case| {
            let (Some(pattern), Some(known)) =
                (patterns.get(case.pattern as usize), settled.get_mut(case.pattern as usize))
            else {
                return Served::Default;
            };
            *known[usize::from(case.allowed)].get_or_insert_with(|| lots.settle(pattern, case))
        };
        for (subnet, needs) in needs {
            for ((far, protocol), members) in needs {
                for (answer, members) in apart(members, &mut settle) {
                    if !closes && answer != Served::Default {
                        self.covered.extend(members.iter().map(|member| member.index as usize));
                    }
                    match answer {
                        Served::Default => {}
                        Served::By(rule) => {
                            if let Some(list) = served.get_mut(rule as usize) {
                                list.push((far, members));
                            }
                        }
                        Served::Anew(why) => {
                            anew.entry((subnet, why)).or_default().insert((far, protocol), members);
                        }
                    }
                }
            }
        }
        Settled { lots, served, anew }
    }
}

/// Conversations of a need by how they will pass; mostly that is the same for all.
fn apart(members: Vec<Member>, settle: &mut impl FnMut(Case) -> Served) -> Vec<(Served, Vec<Member>)> {
    let Some(first) = members.first().map(|member| settle(member.case)) else { return Vec::new() };
    if members.iter().all(|member| settle(member.case) == first) {
        return vec![(first, members)];
    }
    let mut out: Vec<(Served, Vec<Member>)> = Vec::new();
    let mut places: HashMap<Served, usize> = HashMap::new();
    for member in members {
        let answer = settle(member.case);
        let place = *places.entry(answer).or_insert_with(|| {
            out.push((answer, Vec::new()));
            out.len() - 1
        });
        if let Some((_, members)) = out.get_mut(place) {
            members.push(member);
        }
    }
    out
}
