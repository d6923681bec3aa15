//! What a set of rules would do to the traffic that was seen.

use super::Observed;
use super::evaluate::{Flow, Ruling, decide};
use super::world::{RuleSet, World};
use crate::model::Decision;

/// What becomes of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// Was allowed and stays so.
    Kept,
    /// Was allowed and would be denied.
    WouldBreak,
    /// Was denied and stays so.
    StillBlocked,
    /// Was denied and would be allowed.
    NewlyOpened,
    /// Not to be told.
    Undecidable,
}

impl Fate {
    /// Every fate, in the order of documents.
    pub const ALL: [Self; 5] =
        [Self::Kept, Self::WouldBreak, Self::StillBlocked, Self::NewlyOpened, Self::Undecidable];

    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::WouldBreak => "would_break",
            Self::StillBlocked => "still_blocked",
            Self::NewlyOpened => "newly_opened",
            Self::Undecidable => "undecidable",
        }
    }
}

/// A conversation's fate, and the rule behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated {
    /// What becomes of it.
    pub fate: Fate,
    /// Group and rule that decide; `None` where no group applies.
    pub by: Option<(String, String)>,
    /// Why it can't be told.
    pub reason: Option<String>,
}

/// Every conversation's fate, in the order given.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// One for each conversation.
    pub results: Vec<Simulated>,
}

impl Simulation {
    /// How many conversations have this fate.
    pub fn count(&self, fate: Fate) -> u64 {
        self.results.iter().filter(|r| r.fate == fate).count() as u64
    }
}

/// Replays conversations. One that no group of the set touches stays as it was.
pub fn simulate(set: &RuleSet, world: &World, traffic: &[Observed]) -> Simulation {
    Simulation { results: traffic.iter().map(|seen| one(set, world, seen)).collect() }
}

fn one(set: &RuleSet, world: &World, seen: &Observed) -> Simulated {
    let flow = Flow { src: seen.src, dst: seen.dst, protocol: seen.protocol, port: seen.port };
    let (ruling, stages) = decide(set, world, flow);
    let Some(last) = stages.last() else {
        let fate = if seen.allowed { Fate::Kept } else { Fate::StillBlocked };
        return Simulated { fate, by: None, reason: None };
    };
    let deciding = match &ruling {
        Ruling::Undecidable(_) => {
            stages.iter().find(|s| matches!(s.ruling, Ruling::Undecidable(_))).unwrap_or(last)
        }
        Ruling::Decided(_) => last,
    };
    let name = set.groups.get(deciding.group).map(|g| g.nsg.name.clone()).unwrap_or_default();
    let by = Some((name, deciding.rule.clone()));
    match ruling {
        Ruling::Undecidable(why) => Simulated { fate: Fate::Undecidable, by, reason: Some(why) },
        Ruling::Decided(decision) => {
            let fate = match (seen.allowed, decision) {
                (true, Decision::Allowed) => Fate::Kept,
                (true, Decision::Denied) => Fate::WouldBreak,
                (false, Decision::Denied) => Fate::StillBlocked,
                (false, Decision::Allowed) => Fate::NewlyOpened,
            };
            Simulated { fate, by, reason: None }
        }
    }
}
