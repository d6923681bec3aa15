//! Whether a step leaves every flow as it was, or already as it shall be.
//!
//! A flow is decided by the first rule that matches it. So a rule does no harm where, of all rules that would say
//! something else of what it matches, none comes before it in the wanted list, or a rule that is there already takes
//! what that one would have decided.

use super::region::Region;
use azflow_core::model::Decision;
use hashbrown::HashMap;

/// Regions by number, and how much may still be compared.
#[derive(Debug)]
pub struct Regions {
    all: Vec<Region>,
    numbers: HashMap<Region, u32>,
    budget: u64,
}

/// Rules of one direction in their order, by the numbers of their regions; the defaults are the last.
pub type List = Vec<u32>;

/// A step's effect on the rules of one direction.
#[derive(Debug)]
pub struct Effect<'a> {
    /// The rules before the step.
    pub was: &'a List,
    /// The rules after it.
    pub becomes: &'a List,
    /// The rules that are wanted in the end.
    pub wanted: &'a List,
    /// Where `becomes` has a rule that `was` has not.
    pub added: Option<usize>,
    /// The rule that `was` has and `becomes` has not, and where in `becomes` those begin that came after it.
    pub removed: Option<(u32, usize)>,
}

impl Regions {
    /// None yet; so many comparisons may be made.
    pub fn new(budget: u64) -> Self {
        Self { all: Vec::new(), numbers: HashMap::new(), budget }
    }

    /// The number of a region, the same for equal ones.
    pub fn number(&mut self, region: Region) -> u32 {
        let next = self.all.len() as u32;
        let number = *self.numbers.entry(region.clone()).or_insert(next);
        if number == next {
            self.all.push(region);
        }
        number
    }

    /// Whether nothing may be compared any more: then no answer is *yes*.
    pub fn is_spent(&self) -> bool {
        self.budget == 0
    }

    /// What a rule says.
    pub fn access(&self, number: u32) -> Option<Decision> {
        self.all.get(number as usize).map(|region| region.access)
    }

    /// Whether two rules can stand in any order, since they say the same or match nothing in common.
    pub fn may_swap(&mut self, one: u32, other: u32) -> bool {
        self.access(one) == self.access(other) || self.are_apart(one, other)
    }

    /// Whether every flow is decided as it was or as it is wanted. `only_opens`: and none is denied that was allowed.
    pub fn is_between(&mut self, effect: &Effect<'_>, only_opens: bool) -> bool {
        let mut first: HashMap<u32, usize> = HashMap::new();
        for (at, number) in effect.becomes.iter().enumerate() {
            first.entry(*number).or_insert(at);
        }
        if let Some(at) = effect.added {
            let Some(rule) = effect.becomes.get(at).copied() else { return false };
            let opens = self.access(rule) == Some(Decision::Allowed);
            let settled = (opens || !only_opens)
                && self.is_settled(rule, None, effect.wanted, effect, &first, at)
                || self.is_settled(rule, None, effect.was, effect, &first, at);
            if !settled {
                return false;
            }
        }
        effect.removed.is_none_or(|(rule, from)| self.may_go(rule, from, effect, &first, only_opens))
    }

    /// Whether what a rule decided is decided the same, or as wanted, by those after it.
    fn may_go(
        &mut self,
        rule: u32,
        from: usize,
        effect: &Effect<'_>,
        first: &HashMap<u32, usize>,
        only_opens: bool,
    ) -> bool {
        // What stands before takes all of it, perhaps.
        if self.is_taken(&[rule], effect.becomes, first, from) {
            return true;
        }
        for (at, other) in effect.becomes.iter().copied().enumerate().skip(from) {
            let is_added = effect.added == Some(at);
            if !is_added && self.access(other) != self.access(rule) && !self.are_apart(other, rule) {
                let opens = self.access(other) == Some(Decision::Allowed);
                let settled = self.is_taken(&[rule, other], effect.becomes, first, at)
                    || (opens || !only_opens)
                        && self.is_settled(other, Some(rule), effect.wanted, effect, first, at);
                if !settled {
                    return false;
                }
            }
            if self.holds(other, &[rule]) {
                return true;
            }
        }
        // The last default matches everything, so this is where nothing may be compared any more.
        false
    }

    /// Whether a list says the same of what a rule decides at a place of `becomes`; `part` narrows that to what another
    /// matches, too.
    fn is_settled(
        &mut self,
        rule: u32,
        part: Option<u32>,
        list: &List,
        effect: &Effect<'_>,
        first: &HashMap<u32, usize>,
        at: usize,
    ) -> bool {
        let mut here = vec![rule];
        here.extend(part);
        for other in list.iter().copied() {
            if self.access(other) == self.access(rule) {
                if self.holds(other, &here) {
                    return true;
                }
                continue;
            }
            if here.iter().any(|own| self.are_apart(other, *own)) {
                continue;
            }
            let all: Vec<u32> = std::iter::once(other).chain(here.iter().copied()).collect();
            if !self.is_taken(&all, effect.becomes, first, at) {
                return false;
            }
        }
        false
    }

    /// Whether a rule before a place takes whatever all of these match.
    fn is_taken(&mut self, all: &[u32], list: &List, first: &HashMap<u32, usize>, at: usize) -> bool {
        let is_there = |number: &u32| first.get(number).is_some_and(|place| *place < at);
        all.iter().any(is_there) || list.iter().take(at).any(|other| self.holds(*other, all))
    }

    fn holds(&mut self, number: u32, all: &[u32]) -> bool {
        if all.contains(&number) {
            return true;
        }
        if self.budget == 0 {
            return false;
        }
        self.budget -= 1;
        let parts: Vec<&Region> = all.iter().filter_map(|number| self.all.get(*number as usize)).collect();
        self.all.get(number as usize).is_some_and(|region| region.holds(&parts))
    }

    fn are_apart(&mut self, one: u32, other: u32) -> bool {
        if self.budget == 0 {
            return false;
        }
        self.budget -= 1;
        match (self.all.get(one as usize), self.all.get(other as usize)) {
            (Some(one), Some(other)) => one.is_apart(other),
            _ => false,
        }
    }
}
