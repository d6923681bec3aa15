//! What a set of rules would do to the traffic that was seen.

use super::compiled::{Compiled, Question};
use super::default_allow::{Allows, DEFAULT_ALLOW};
use super::judged::{Judged, Outcome};
use super::memo::Memo;
use super::set::RuleSet;
use super::traffic::{Observed, Traffic};
use super::world::World;
use crate::pieces::{all_at_once, end_of_piece};
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
    all_at_once(simulate_in_pieces(set, world, traffic))
}

/// The same in pieces.
pub async fn simulate_in_pieces(set: &RuleSet, world: &World, traffic: &Traffic) -> Simulation {
    let mut replay = Replay::new(set, world, traffic);
    let mut results = Vec::with_capacity(traffic.conversations.len());
    for some in traffic.conversations.chunks(AT_ONCE) {
        replay.take(some, &mut results);
        end_of_piece().await;
    }
    let Sums { rules, begin, decided, passed } = replay.finish();
    Simulation { results, decided, passed, begin, rules }
}

/// The same where only the totals matter, in the order of [`Fate::ALL`].
pub async fn simulated_totals(set: &RuleSet, world: &World, traffic: &Traffic) -> ByFate {
    let mut replay = Replay::new(set, world, traffic);
    let mut out = ByFate::default();
    let mut results = Vec::new();
    for some in traffic.conversations.chunks(AT_ONCE) {
        replay.take(some, &mut results);
        results.drain(..).for_each(|result| out[result.fate as usize] += 1);
        end_of_piece().await;
    }
    out
}

/// What replaying needs.
struct Replay<'a> {
    compiled: Compiled<'a>,
    known: Memo<Option<Settled>>,
    sums: Sums,
}

/// What the rules of a set do, by number.
struct Sums {
    /// See [`Simulation`]: those of a list follow each other, the last means that none matches.
    rules: Vec<RuleName>,
    /// Where the rules of each list begin.
    begin: Vec<usize>,
    /// See [`Simulation`].
    decided: Vec<ByFate>,
    /// Likewise.
    passed: Vec<ByFate>,
}

/// What rules say of conversations that nothing tells apart, and how many there were.
#[derive(Debug, Clone)]
struct Settled {
    /// `None` where no rule is behind it and it stays as it was.
    outcome: Option<Outcome>,
    /// The number of the rule that decides; `u32::MAX` where none does.
    by: u32,
    /// All rules that it meets on its way.
    steps: [u32; 4],
    count: u8,
    /// Whether the default allow of the set is all that lets it pass.
    rides: bool,
    /// Conversations of which nothing was allowed, and of which something was.
    met: [u64; 2],
}

impl Settled {
    fn fate(&self, allowed: bool) -> Fate {
        match (allowed, self.outcome) {
            (_, Some(Outcome::Undecidable)) => Fate::Undecidable,
            (true, None | Some(Outcome::Decided(Decision::Allowed))) => Fate::Kept,
            (true, Some(Outcome::Decided(Decision::Denied))) => Fate::WouldBreak,
            (false, None | Some(Outcome::Decided(Decision::Denied))) => Fate::StillBlocked,
            (false, Some(Outcome::Decided(Decision::Allowed))) => Fate::NewlyOpened,
        }
    }

    fn result(&self, seen: &Observed) -> Simulated {
        let fate = self.fate(seen.allowed);
        let on_default = self.rides && fate == Fate::Kept && !seen.noise.is_noise();
        Simulated { fate, on_default, by: self.by }
    }
}

impl<'a> Replay<'a> {
    fn new(set: &RuleSet, world: &'a World, traffic: &Traffic) -> Self {
        let compiled = Compiled::new(set, world, &traffic.addresses);
        let known = Memo::new(traffic.addresses.len());
        Self { sums: Sums::new(set, &compiled), compiled, known }
    }

    #[inline(never)]
    fn take(&mut self, some: &[Observed], out: &mut Vec<Simulated>) {
        out.extend(some.iter().map(|seen| self.one(seen)));
    }

    fn one(&mut self, seen: &Observed) -> Simulated {
        if seen.refused_outside {
            let fate = if seen.allowed { Fate::Kept } else { Fate::StillBlocked };
            return Simulated { fate, on_default: false, by: u32::MAX };
        }
        let question = Question::of(seen);
        let met = usize::from(seen.allowed);
        let Some(key) = self.compiled.asked(&question) else {
            let mut settled = self.sums.settle(&self.compiled.judge_anew(&question));
            settled.met[met] += 1;
            self.sums.count(&settled);
            return settled.result(seen);
        };
        let (place, gone) = self.known.place(key);
        if let Some(gone) = gone.flatten() {
            self.sums.count(&gone);
        }
        let (compiled, sums) = (&mut self.compiled, &self.sums);
        let place = self.known.at(place);
        let settled = place.get_or_insert_with(|| sums.settle(&compiled.judge_anew(&question)));
        settled.met[met] += 1;
        settled.result(seen)
    }

    fn finish(mut self) -> Sums {
        self.known.into_held().flatten().for_each(|settled| self.sums.count(&settled));
        self.sums
    }
}

impl Sums {
    fn new(set: &RuleSet, compiled: &Compiled<'_>) -> Self {
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
        let none = || vec![ByFate::default(); rules.len()];
        Self { decided: none(), passed: none(), begin, rules }
    }

    fn number(&self, list: u32, rule: u32) -> u32 {
        let (first, end) = (self.begin[list as usize], self.begin[list as usize + 1]);
        first.saturating_add(rule as usize).min(end - 1) as u32
    }

    fn settle(&self, judged: &Judged) -> Settled {
        let deciding = judged.deciding().map(|step| self.number(step.list, step.rule));
        let is_open = judged.outcome == Outcome::Undecidable;
        let mut steps = [0; 4];
        for (place, step) in steps.iter_mut().zip(judged.steps()) {
            *place = self.number(step.list, step.rule);
        }
        Settled {
            outcome: (deciding.is_some() || is_open).then_some(judged.outcome),
            by: deciding.unwrap_or(u32::MAX),
            steps,
            count: judged.steps().len() as u8,
            rides: deciding.is_some() && self.rides(judged),
            met: [0; 2],
        }
    }

    /// Adds what it met to the rule that decides, and to those that let it pass beside. One rule may do so at two stages.
    fn count(&mut self, settled: &Settled) {
        let steps = settled.steps.get(..usize::from(settled.count)).unwrap_or_default();
        for (allowed, met) in [false, true].into_iter().zip(settled.met) {
            let fate = settled.fate(allowed);
            if let Some(sums) = self.decided.get_mut(settled.by as usize) {
                sums[fate as usize] += met;
            }
            if !matches!(fate, Fate::Kept | Fate::NewlyOpened) {
                continue;
            }
            for (at, rule) in steps.iter().enumerate() {
                if *rule != settled.by
                    && !steps[..at].contains(rule)
                    && let Some(sums) = self.passed.get_mut(*rule as usize)
                {
                    sums[fate as usize] += met;
                }
            }
        }
    }

    /// Whether the default allow of the set is all that lets it pass.
    fn rides(&self, judged: &Judged) -> bool {
        let mut allows = Allows::default();
        for step in judged.steps() {
            if let Some(rule) = self.rules.get(self.number(step.list, step.rule) as usize) {
                allows.add(rule.direction.into(), rule.is_default_allow);
            }
        }
        allows.alone().is_some_and(|(_, alone)| alone)
    }
}
