//! The order in which the rules of a group in force become those of a draft, one request to Azure each.
//!
//! Azure takes one rule at a time: it refuses a priority that another rule of the direction has, and what a group says
//! between two requests counts. So every step leaves every flow as it is decided now or as it is decided in the end:
//! what both allow is never cut, what both deny is never opened. The first stage only opens; denials, rules that
//! shrink and removals are the second, so that days may lie between.
//!
//! Steps that are safe by themselves are taken as they come (`planner` tries them, `between` proves it, `region` compares rules). Where none
//! is, the first rule that is missing is put in its place: a rule that has its number moves to a free one, and a rule
//! that has its name leaves a stand-in behind. That is always safe: all rules of the draft before it are there by
//! then, and all in force still are.

mod between;
mod planner;
mod region;

use azflow_core::model::SecurityRule;
use azflow_core::model::SortSmall;
use planner::Planner;
use region::Region;

/// Azure's limits of a group: rules, addresses and ranges on a side, ports, and the priorities of a rule.
const MOST_RULES: usize = 1000;
const MOST_PREFIXES: usize = 4000;
const MOST_PORTS: usize = 4000;
const PRIORITIES: std::ops::RangeInclusive<u16> = 100..=4096;
/// Letters of a name.
const MOST_NAME: usize = 80;
/// Comparisons of two rules that may be made for a group; beyond that steps are taken in the one order that needs none.
const BUDGET: u64 = 4_000_000;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Writes a rule whose name is not there.
    Create(SecurityRule),
    /// Writes the rule of this name anew, as a whole.
    Update(SecurityRule),
    /// Takes away the rule of this name.
    Delete(String),
}

/// What a step is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// The draft says so.
    Draft,
    /// Another rule needs its priority; it moves without passing a rule that says otherwise.
    MakeWay,
    /// It says what the rule of this name said, while that one changes; or it is not needed for that any more.
    StandIn(String),
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is asked of Azure.
    pub deed: Deed,
    /// Why.
    pub purpose: Purpose,
}

/// All steps from one group to another.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Steps {
    /// Steps after which all is allowed that was, and more.
    pub allows: Vec<Step>,
    /// Steps from there to the end.
    pub rest: Vec<Step>,
    /// The rules between the two, by direction and priority.
    pub between: Vec<SecurityRule>,
}

/// Why there is no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Blocked {
    /// What a rule says is not known, so it can't be written again.
    #[error("rule {0} is not understood as a whole, so it can't be written again")]
    NotUnderstood(String),
    /// A rule without a source, destination or port, which az would take for any.
    #[error("rule {0} names no source, no destination or no port")]
    Empty(String),
    /// Azure would not take the result.
    #[error("Azure would not take the result: {0}")]
    Refused(String),
    /// Too many rules at once, or no free priority.
    #[error("there is no safe order of steps to {0}: too little room for the rules before and after at once")]
    NoRoom(String),
}

impl Steps {
    /// Finds the steps from the rules of a group to others. `defaults` are the group's default rules, where a file has
    /// them.
    ///
    /// # Errors
    /// Where a rule can't be written, or there is no room.
    pub fn between(
        now: &[SecurityRule],
        wanted: &[SecurityRule],
        defaults: &[SecurityRule],
    ) -> Result<Self, Blocked> {
        if is_same(now, wanted) {
            return Ok(Self { between: sorted(now), ..Self::default() });
        }
        now.iter().chain(wanted).try_for_each(is_writable)?;
        is_taken_by_azure(wanted)?;
        let mut planner = Planner::new(now, wanted, defaults, BUDGET);
        planner.open();
        let allows = std::mem::take(&mut planner.steps);
        let between = planner.state();
        planner.finish()?;
        Ok(Self { allows, rest: planner.steps, between })
    }

    /// All steps in order.
    pub fn all(&self) -> impl Iterator<Item = &Step> {
        self.allows.iter().chain(&self.rest)
    }
}

/// Whether two groups have the same rules.
fn is_same(one: &[SecurityRule], other: &[SecurityRule]) -> bool {
    let has = |rule: &SecurityRule| other.iter().any(|known| is_same_rule(rule, known));
    one.len() == other.len() && one.iter().all(has)
}

/// Names of rules are the same in any case.
fn is_same_rule(one: &SecurityRule, other: &SecurityRule) -> bool {
    one.name.eq_ignore_ascii_case(&other.name)
        && (&one.description, one.priority, one.direction, &one.doubt)
            == (&other.description, other.priority, other.direction, &other.doubt)
        && Region::of(one) == Region::of(other)
}

fn is_writable(rule: &SecurityRule) -> Result<(), Blocked> {
    if rule.doubt.is_some() {
        return Err(Blocked::NotUnderstood(rule.name.clone()));
    }
    let empty = rule.sources.is_empty()
        || rule.destinations.is_empty()
        || rule.source_ports.is_empty()
        || rule.destination_ports.is_empty();
    if empty { Err(Blocked::Empty(rule.name.clone())) } else { Ok(()) }
}

fn is_taken_by_azure(rules: &[SecurityRule]) -> Result<(), Blocked> {
    let refused = |why: String| Err(Blocked::Refused(why));
    for (at, rule) in rules.iter().enumerate() {
        let others = || rules.iter().skip(at + 1);
        if others().any(|other| other.name.eq_ignore_ascii_case(&rule.name)) {
            return refused(format!("two rules are named {}", rule.name));
        }
        if others().any(|other| (other.direction, other.priority) == (rule.direction, rule.priority)) {
            return refused(format!("two rules have priority {}", rule.priority));
        }
        if !PRIORITIES.contains(&rule.priority) {
            return refused(format!("{} has priority {}", rule.name, rule.priority));
        }
    }
    Ok(())
}

fn sorted(rules: &[SecurityRule]) -> Vec<SecurityRule> {
    let mut out = rules.to_vec();
    out.sort_small_by_key(|rule| (rule.direction, rule.priority));
    out
}
