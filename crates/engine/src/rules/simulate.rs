//! What a set of rules would do to the traffic that was seen.

use super::compiled::{Compiled, Question};
use super::default_allow::{Allows, DEFAULT_ALLOW};
use super::judged::{Judged, Outcome};
use super::set::RuleSet;
use super::traffic::{Observed, Traffic};
use super::world::World;
use azflow_core::model::{Decision, Direction, SecurityRule};
use azflow_core::store::AT_ONCE;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What becomes of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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

/// A rule in its group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleName {
    /// The group's name.
    pub nsg: String,
    /// The rule's name; empty where no rule matches and so everything is denied.
    pub rule: String,
    /// Its direction.
    pub direction: Direction,
    /// Whether it is the default allow, rule 65000.
    pub is_default_allow: bool,
}

/// A conversation's fate, and the rule behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Simulated {
    /// What becomes of it.
    pub fate: Fate,
    /// Whether it was allowed, stays so, and by the default allow of this set alone: as [`super::DefaultAllows`] says it of
    /// logs, of the rules that decide here.
    pub on_default: bool,
    by: u32,
}

impl Simulated {
    /// The number of the rule behind it, for adding up: see [`Simulation::by_number`].
    pub fn rule(&self) -> u32 {
        self.by
    }
}

/// Conversations by fate, in the order of [`Fate::ALL`].
pub type ByFate = [u64; 5];

/// Every conversation's fate, in the order given.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// One for each conversation.
    pub results: Vec<Simulated>,
    /// The rules that decide, by number.
    pub rules: Vec<RuleName>,
    /// By rule: the conversations that it decides.
    pub(super) decided: Vec<ByFate>,
    /// By rule: the conversations that it lets pass on to another rule, which lets them pass, too.
    passed: Vec<ByFate>,
    /// By list (two for each group of the set, inbound, then outbound): the first number of its rules; and the end.
    begin: Vec<usize>,
}

impl Simulation {
    /// Bytes that it takes.
    pub fn held(&self) -> usize {
        self.results.capacity() * size_of::<Simulated>()
    }

    /// The numbers of the rules of a group of the set, by its place there. The last means that none matches.
    pub fn numbers(&self, group: usize, direction: Direction) -> Range<usize> {
        let list = group * 2 + usize::from(direction == Direction::Outbound);
        let at = |list: usize| self.begin.get(list).copied().unwrap_or(self.rules.len());
        at(list)..at(list + 1)
    }

    /// The conversations that a rule decides, by its number: it denies, can't be told first, or is the last to allow.
    pub fn decided(&self, rule: usize) -> ByFate {
        self.decided.get(rule).copied().unwrap_or_default()
    }

    /// The same, with those that it lets pass and another rule decides, all the way to where they go.
    pub fn decided_or_passed(&self, rule: usize) -> ByFate {
        let passed = self.passed.get(rule).copied().unwrap_or_default();
        let mut out = self.decided(rule);
        out.iter_mut().zip(passed).for_each(|(sum, more)| *sum += more);
        out
    }

    /// How many conversations have this fate.
    pub fn count(&self, fate: Fate) -> u64 {
        self.results.iter().filter(|r| r.fate == fate).count() as u64
    }

    /// The rule behind a fate; `None` where no group applies.
    pub fn by(&self, result: &Simulated) -> Option<&RuleName> {
        self.by_number(result.by)
    }

    /// The rule of a number.
    pub fn by_number(&self, rule: u32) -> Option<&RuleName> {
        self.rules.get(rule as usize)
    }

    /// How many conversations go from each fate here to each in another simulation of the same traffic; both in the
    /// order of [`Fate::ALL`].
    pub fn compared(&self, other: &Self) -> [[u64; 5]; 5] {
        let mut out = [[0; 5]; 5];
        for (here, there) in self.results.iter().zip(&other.results) {
            out[here.fate as usize][there.fate as usize] += 1;
        }
        out
    }
}

/// Replays conversations. One that no group of the set touches stays as it was, and so does what something other
/// than a group refused.
pub fn simulate(set: &RuleSet, world: &World, traffic: &Traffic) -> Simulation {
    let compiled = Compiled::new(set, world, &traffic.addresses);
    // Numbers of rules: those of a list follow each other, the last means that none matches.
    let mut rules = Vec::new();
    let mut begin = Vec::new();
    for (number, group) in set.groups.iter().enumerate() {
        for direction in [Direction::Inbound, Direction::Outbound] {
            begin.push(rules.len());
            let name = |rule: &str, is_default_allow| RuleName {
                nsg: group.nsg.name.clone(),
                rule: rule.to_owned(),
                direction,
                is_default_allow,
            };
            let list = number * 2 + usize::from(direction == Direction::Outbound);
            let rule = |rule: &SecurityRule| {
                name(&rule.name, rule.priority == DEFAULT_ALLOW && rule.access == Decision::Allowed)
            };
            rules.extend(compiled.list(list as u32).iter().map(rule));
            rules.push(name("", false));
        }
    }
    begin.push(rules.len());
    let mut results = Vec::with_capacity(traffic.conversations.len());
    let none = || vec![ByFate::default(); rules.len()];
    let (decided, passed) = (none(), none());
    let mut replay = Replay { compiled, rules: &rules, begin, decided, passed };
    for some in traffic.conversations.chunks(AT_ONCE) {
        replay.take(some, &mut results);
    }
    let Replay { decided, passed, begin, .. } = replay;
    Simulation { results, decided, passed, begin, rules }
}

/// What replaying needs.
struct Replay<'a> {
    compiled: Compiled<'a>,
    rules: &'a [RuleName],
    /// Where the rules of each list begin.
    begin: Vec<usize>,
    /// See [`Simulation`].
    decided: Vec<ByFate>,
    /// Likewise.
    passed: Vec<ByFate>,
}

impl Replay<'_> {
    #[inline(never)]
    fn take(&mut self, some: &[Observed], out: &mut Vec<Simulated>) {
        out.extend(some.iter().map(|seen| self.one(seen)));
    }

    fn number(&self, list: u32, rule: u32) -> usize {
        let (first, end) = (self.begin[list as usize], self.begin[list as usize + 1]);
        first.saturating_add(rule as usize).min(end - 1)
    }

    fn one(&mut self, seen: &Observed) -> Simulated {
        let stays = if seen.allowed { Fate::Kept } else { Fate::StillBlocked };
        let nobody = Simulated { fate: stays, on_default: false, by: u32::MAX };
        if seen.refused_outside {
            return nobody;
        }
        let judged = self.compiled.judge(&Question::of(seen));
        let Some(step) = judged.deciding() else {
            let open = judged.outcome == Outcome::Undecidable;
            return if open { Simulated { fate: Fate::Undecidable, ..nobody } } else { nobody };
        };
        let fate = match (seen.allowed, judged.outcome) {
            (_, Outcome::Undecidable) => Fate::Undecidable,
            (true, Outcome::Decided(Decision::Allowed)) => Fate::Kept,
            (true, Outcome::Decided(Decision::Denied)) => Fate::WouldBreak,
            (false, Outcome::Decided(Decision::Denied)) => Fate::StillBlocked,
            (false, Outcome::Decided(Decision::Allowed)) => Fate::NewlyOpened,
        };
        let on_default = fate == Fate::Kept && !seen.noise.is_noise() && self.rides(&judged);
        let by = self.number(step.list, step.rule);
        if let Some(sums) = self.decided.get_mut(by) {
            sums[fate as usize] += 1;
        }
        if matches!(fate, Fate::Kept | Fate::NewlyOpened) && judged.steps().len() > 1 {
            self.pass(&judged, fate, by);
        }
        Simulated { fate, on_default, by: by as u32 }
    }

    /// Counts what lets a conversation pass beside the rule that decides it. One rule may do so at two stages.
    fn pass(&mut self, judged: &Judged, fate: Fate, by: usize) {
        let mut counted = [by; 4];
        for (at, step) in judged.steps().iter().enumerate() {
            let rule = self.number(step.list, step.rule);
            if !counted.contains(&rule)
                && let (Some(place), Some(sums)) = (counted.get_mut(at), self.passed.get_mut(rule))
            {
                *place = rule;
                sums[fate as usize] += 1;
            }
        }
    }

    /// Whether the default allow of the set is all that lets it pass.
    fn rides(&self, judged: &Judged) -> bool {
        let mut allows = Allows::default();
        for step in judged.steps() {
            if let Some(rule) = self.rules.get(self.number(step.list, step.rule)) {
                allows.add(rule.direction.into(), rule.is_default_allow);
            }
        }
        allows.alone().is_some_and(|(_, alone)| alone)
    }
}
