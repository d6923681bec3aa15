//! A draft as a change to what is in force: what becomes of each rule, and why.

use super::{DraftedNsg, DraftedRule};
use azflow_core::model::SortSmall;
use azflow_core::model::{Direction, Nsg, SecurityRule};
use serde::{Deserialize, Serialize};

/// What becomes of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// It stays as it is.
    Keep,
    /// The rule of this name is written anew: other ends, ports, or another priority.
    Change,
    /// It is new.
    Add,
    /// It goes.
    Remove,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Keep, Self::Change, Self::Add, Self::Remove];

    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Change => "change",
            Self::Add => "add",
            Self::Remove => "remove",
        }
    }
}

/// A rule in force that a draft takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The rule.
    pub rule: SecurityRule,
    /// Why, in a sentence.
    pub why: String,
}

/// One line of a group's change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleChange<'a> {
    /// What becomes of it.
    pub action: Action,
    /// The rule as it will be; one that goes, as it is.
    pub rule: &'a SecurityRule,
    /// The rule as it is, where it changes.
    pub before: Option<&'a SecurityRule>,
    /// Why, in a sentence.
    pub why: &'a str,
    /// What it rests on; none where it goes.
    pub drafted: Option<&'a DraftedRule>,
    /// Its place in [`DraftedNsg::rules`].
    pub place: Option<usize>,
}

impl DraftedNsg {
    /// The group that decides at its places now: itself, or the one whose place it takes.
    pub fn now(&self) -> Option<&Nsg> {
        self.before.as_ref().or(self.split_from.as_ref())
    }

    /// The rule of this name and direction in force. Names are a group's, whatever case they are written in.
    fn in_force(&self, name: &str) -> Option<&SecurityRule> {
        self.now()?.rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(name))
    }

    /// What becomes of the rule of this name; `None` where the group will have none.
    pub(super) fn becomes(&self, name: &str) -> Option<Action> {
        let drafted = self.rules.iter().find(|drafted| drafted.rule.name == name)?;
        Some(self.action(&drafted.rule).0)
    }

    /// What becomes of a rule that the group will have, and the one in force of its name.
    fn action(&self, rule: &SecurityRule) -> (Action, Option<&SecurityRule>) {
        match self.in_force(&rule.name) {
            None => (Action::Add, None),
            Some(before) if before == rule => (Action::Keep, Some(before)),
            Some(before) => (Action::Change, Some(before)),
        }
    }

    /// What becomes of each rule, in order of direction and priority.
    pub fn changes(&self) -> Vec<RuleChange<'_>> {
        let mut out: Vec<RuleChange<'_>> = Vec::new();
        for (place, drafted) in self.rules.iter().enumerate() {
            let (action, before) = self.action(&drafted.rule);
            let before = before.filter(|_| action == Action::Change);
            out.push(RuleChange {
                action,
                rule: &drafted.rule,
                before,
                why: &drafted.why,
                drafted: Some(drafted),
                place: Some(place),
            });
        }
        for Removed { rule, why } in &self.removed {
            out.push(RuleChange {
                action: Action::Remove,
                rule,
                before: None,
                why,
                drafted: None,
                place: None,
            });
        }
        let key = |change: &RuleChange<'_>| {
            (change.rule.direction == Direction::Outbound, change.rule.priority, change.action)
        };
        out.sort_small_by_key(key);
        out
    }

    /// How many rules there are of each of [`Action::ALL`].
    pub fn count(&self) -> [u64; 4] {
        let mut out = [0; 4];
        for change in self.changes() {
            out[change.action as usize] += 1;
        }
        out
    }

    /// Whether nothing of what is in force becomes another.
    pub fn is_unchanged(&self) -> bool {
        let [_, changed, added, removed] = self.count();
        changed + added + removed == 0
    }
}
