//! What comes of asking groups about a flow, as numbers: by list of rules, by stage, and of all of them.

use azflow_core::model::Decision;

/// No group, no rule.
pub(super) const NONE: u32 = u32::MAX;

/// What a list of rules says of a flow, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Decided.
    Decided(Decision),
    /// Not to be told.
    Undecidable,
}

/// One stage's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The group's number, twice, plus one for its outbound rules.
    pub list: u32,
    /// The place of the rule that decides, or that can't be told, in the order of evaluation; beyond the last
    /// where none matches.
    pub rule: u32,
    /// What it says.
    pub outcome: Outcome,
}

/// A flow's way through the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    steps: [Step; 4],
    count: usize,
    /// What comes of all steps.
    pub outcome: Outcome,
}

impl Judged {
    /// The stages that it met, in order, up to the one that denies.
    pub fn steps(&self) -> &[Step] {
        self.steps.get(..self.count).unwrap_or_default()
    }

    pub(super) fn of(outcome: Outcome) -> Self {
        let nothing = Step { list: NONE, rule: NONE, outcome };
        Self { steps: [nothing; 4], count: 0, outcome }
    }

    /// Adds a step; whether it is the last, since it denies.
    pub(super) fn push(&mut self, step: Step) -> bool {
        if let Some(place) = self.steps.get_mut(self.count) {
            *place = step;
            self.count += 1;
        }
        match step.outcome {
            Outcome::Decided(Decision::Denied) => {
                self.outcome = step.outcome;
                return true;
            }
            Outcome::Undecidable => self.outcome = step.outcome,
            Outcome::Decided(Decision::Allowed) => {}
        }
        false
    }

    /// The same, but not to be told: elsewhere something else comes of it.
    pub(super) fn opened(mut self) -> Self {
        self.outcome = Outcome::Undecidable;
        if let Some(last) = self.count.checked_sub(1).and_then(|last| self.steps.get_mut(last)) {
            last.outcome = Outcome::Undecidable;
        }
        self
    }

    /// The step that matters: that denies, can't be told first, or allows last.
    pub fn deciding(&self) -> Option<Step> {
        let doubtful = |step: &&Step| step.outcome == Outcome::Undecidable;
        let steps = self.steps();
        if self.outcome == Outcome::Undecidable { steps.iter().find(doubtful) } else { steps.last() }.copied()
    }
}

/// What comes of several lists of which one decides; `None` for no list at all, which allows.
pub(super) fn one_of(all: impl Iterator<Item = Option<Step>>) -> Option<Step> {
    let mut first: Option<Option<Step>> = None;
    let mut telling: Option<Step> = None;
    let mut same = true;
    let outcome = |step: &Option<Step>| step.map_or(Outcome::Decided(Decision::Allowed), |step| step.outcome);
    for step in all {
        let known = *first.get_or_insert(step);
        same &= outcome(&step) == outcome(&known) && outcome(&step) != Outcome::Undecidable;
        if let Some(step) = step {
            let better = match (step.outcome, telling.map(|t| t.outcome)) {
                (_, None) => true,
                (Outcome::Undecidable, Some(other)) => other != Outcome::Undecidable,
                (Outcome::Decided(Decision::Denied), Some(Outcome::Decided(Decision::Allowed))) => true,
                _ => false,
            };
            if better {
                telling = Some(step);
            }
        }
    }
    let step = telling?;
    Some(if same { step } else { Step { outcome: Outcome::Undecidable, ..step } })
}
