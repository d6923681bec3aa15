//! What the draft decides otherwise than the groups in force, for the Rules screen: regions in words, capped.

use super::rules_screen::few;
use super::{Capped, DifferenceAnswer, DraftAsk, Engine, RegionLine, RuleSource, SimulateAsk};
use crate::pieces::Begun;
use crate::rules::{
    Addresses, Budget, Change, Difference, Region, RuleSet, Side, Word, World, difference_in_pieces,
};

/// Regions that are listed.
const LISTED: usize = 200;

impl Engine {
    /// Compares the draft, over what is in force, with that.
    pub(super) fn draft_difference(&mut self, ask: &DraftAsk) -> Begun<DifferenceAnswer> {
        let (below, world) = (self.rule_set(), self.world());
        let nowhere = World::of_no_place(self.network());
        let ask = SimulateAsk { draft: ask.clone(), source: RuleSource::Draft, ..SimulateAsk::default() };
        let set = self.set_of(&ask, &below, &world);
        Begun::new(async move {
            match set {
                Ok(set) => {
                    let sets = [&below, &set];
                    answer(difference_in_pieces(sets, &nowhere, &world, Budget::default()).await, &below)
                }
                Err(error) => DifferenceAnswer { error: Some(error), ..DifferenceAnswer::default() },
            }
        })
    }
}

fn answer(found: Difference, below: &RuleSet) -> DifferenceAnswer {
    let not_compared = found.not_compared.iter().map(|one| (one.nsg.clone(), one.reason.clone()));
    DifferenceAnswer {
        error: None,
        in_force: !below.groups.is_empty(),
        totals: Change::ALL.map(|change| found.count(change) as u32),
        regions: Capped {
            rows: found.regions.iter().take(LISTED).map(line).collect(),
            total: found.regions.len() as u32,
        },
        not_compared: not_compared.collect(),
    }
}

fn line(region: &Region) -> RegionLine {
    let named = |words: &[Option<&str>]| words.iter().flatten().copied().collect::<Vec<_>>().join(", ");
    let side = |side: &Side| {
        let allows = (side.word != Word::Undecidable).then_some(side.word == Word::Allowed);
        (allows, side.rule.clone(), side.nsg.clone().unwrap_or_default())
    };
    let ends = |addresses: &Addresses| match addresses.except.as_slice() {
        [] => few(&addresses.of),
        except => format!("{} except {}", few(&addresses.of), few(except)),
    };
    let reason = region.after.reason.as_ref().or(region.before.reason.as_ref());
    RegionLine {
        change: region.change.as_str().to_owned(),
        group: named(&[region.nsg(), region.direction()]),
        places: few(&region.places),
        sources: ends(&region.sources),
        destinations: ends(&region.destinations),
        service: format!("{} {}", few(&region.protocols), few(&region.ports)),
        decided: [side(&region.before), side(&region.after)],
        reason: reason.cloned().unwrap_or_default(),
    }
}
