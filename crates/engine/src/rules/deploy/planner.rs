//! Finds the next step: one that is safe by itself, else the one that always is, with room made for it.

use super::between::{Effect, List, Regions};
use super::region::Region;
use super::{Blocked, Deed, MOST_NAME, MOST_PORTS, MOST_PREFIXES, MOST_RULES, PRIORITIES, Purpose, Step};
use super::{is_same_rule, sorted};
use crate::rules::set::default_rules;
use azflow_core::model::SortSmall;
use azflow_core::model::{Decision, Direction, SecurityRule};
use std::rc::Rc;

/// A rule with the number of what it matches.
#[derive(Debug, Clone)]
struct Placed {
    rule: Rc<SecurityRule>,
    region: u32,
}

/// Towards higher or lower numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// The way of one group.
pub struct Planner {
    regions: Regions,
    /// The group as it is by now, by direction and priority.
    rules: Vec<Placed>,
    /// The group as it shall be, likewise.
    wanted: Vec<Placed>,
    /// The default rules of both directions.
    defaults: Vec<Placed>,
    /// The steps so far.
    pub steps: Vec<Step>,
}

impl Planner {
    /// From these rules to those; so many comparisons may be made.
    pub fn new(
        now: &[SecurityRule],
        wanted: &[SecurityRule],
        defaults: &[SecurityRule],
        budget: u64,
    ) -> Self {
        let mut regions = Regions::new(budget);
        let mut placed = |rules: Vec<SecurityRule>| -> Vec<Placed> {
            let place = |rule: SecurityRule| {
                let region = regions.number(Region::of(&rule));
                Placed { rule: Rc::new(rule), region }
            };
            rules.into_iter().map(place).collect()
        };
        let own = if defaults.is_empty() { default_rules() } else { defaults.to_vec() };
        let (rules, wanted, defaults) = (placed(sorted(now)), placed(sorted(wanted)), placed(sorted(&own)));
        Self { regions, rules, wanted, defaults, steps: Vec::new() }
    }

    /// The rules by now.
    pub fn state(&self) -> Vec<SecurityRule> {
        self.rules.iter().map(|placed| SecurityRule::clone(&placed.rule)).collect()
    }

    /// Takes the steps that only open.
    pub fn open(&mut self) {
        let mut freed = Vec::new();
        loop {
            let mut moved = false;
            for placed in self.pending() {
                let was = self.named(&placed.rule.name).map(|known| known.rule.access);
                let allows = |access| access == Decision::Allowed;
                if allows(placed.rule.access) && was.is_none_or(allows) {
                    moved |= self.put(placed, Purpose::Draft, true);
                }
            }
            if moved {
                continue;
            }
            // What is new and only lacks its number gets it.
            let blocked = self.pending().into_iter().find(|placed| {
                placed.rule.access == Decision::Allowed
                    && self.named(&placed.rule.name).is_none()
                    && !freed.contains(&placed.rule.name)
                    && self.holder(placed).is_some()
            });
            let Some(placed) = blocked else { return };
            freed.push(placed.rule.name.clone());
            let (rules, steps) = (self.rules.clone(), self.steps.len());
            let key = (placed.rule.direction, placed.rule.priority);
            if !(self.free(key.0, key.1) && self.put(placed, Purpose::Draft, true)) {
                self.rules = rules;
                self.steps.truncate(steps);
            }
        }
    }

    /// Takes all other steps.
    pub fn finish(&mut self) -> Result<(), Blocked> {
        // Each round puts a rule in its place for good, or takes one away, but where numbers have to be made free.
        for _ in 0..8 * (self.rules.len() + self.wanted.len()) + 8 {
            let mut moved = false;
            for placed in self.pending() {
                moved |= self.put(placed, Purpose::Draft, false);
            }
            if moved {
                continue;
            }
            for name in self.extra() {
                moved |= self.delete(&name);
            }
            if moved {
                continue;
            }
            match self.pending().into_iter().next() {
                Some(placed) => self.force(placed)?,
                None => match self.extra().first().cloned() {
                    Some(last) => self.take_away(&last),
                    None => return Ok(()),
                },
            }
        }
        Err(self.no_room())
    }

    fn no_room(&self) -> Blocked {
        let name = self.pending().first().map(|placed| placed.rule.name.clone()).unwrap_or_default();
        Blocked::NoRoom(name)
    }

    /// Rules that are not as they shall be, in the order of evaluation.
    fn pending(&self) -> Vec<Placed> {
        let is_there = |placed: &Placed| {
            self.named(&placed.rule.name).is_some_and(|known| is_same_rule(&known.rule, &placed.rule))
        };
        self.wanted.iter().filter(|placed| !is_there(placed)).cloned().collect()
    }

    /// Names of rules that are not wanted, the last to be evaluated first.
    fn extra(&self) -> Vec<String> {
        let is_wanted =
            |name: &str| self.wanted.iter().any(|placed| placed.rule.name.eq_ignore_ascii_case(name));
        let names = self.rules.iter().rev().map(|placed| &placed.rule.name);
        names.filter(|name| !is_wanted(name)).cloned().collect()
    }

    fn named(&self, name: &str) -> Option<&Placed> {
        self.rules.iter().find(|placed| placed.rule.name.eq_ignore_ascii_case(name))
    }

    /// The other rule that has a rule's priority.
    fn holder(&self, placed: &Placed) -> Option<&Placed> {
        let rule = &placed.rule;
        self.at(rule.direction, rule.priority)
            .filter(|known| !known.rule.name.eq_ignore_ascii_case(&rule.name))
    }

    fn at(&self, direction: Direction, priority: u16) -> Option<&Placed> {
        let key = (direction, priority);
        let at =
            self.rules.binary_search_by_key(&key, |placed| (placed.rule.direction, placed.rule.priority));
        self.rules.get(at.ok()?)
    }

    /// Writes a rule if Azure takes it and it does no harm.
    fn put(&mut self, placed: Placed, purpose: Purpose, only_opens: bool) -> bool {
        let next = self.with(&placed);
        let safe = self.holder(&placed).is_none()
            && is_within_limits(&next)
            && self.is_safe(&next, &placed.rule.name, only_opens);
        if safe {
            self.write(placed, purpose);
        }
        safe
    }

    /// Takes a rule away if that does no harm.
    fn delete(&mut self, name: &str) -> bool {
        let mut next = self.rules.clone();
        next.retain(|placed| !placed.rule.name.eq_ignore_ascii_case(name));
        let safe = self.is_safe(&next, name, false);
        if safe {
            self.take_away(name);
        }
        safe
    }

    /// Puts the first rule that is missing in its place. All of the draft before it is there, and all in force still is,
    /// but for what is proved to be needed no more: so it is decided by it as it shall be, and the rest as it was.
    fn force(&mut self, placed: Placed) -> Result<(), Blocked> {
        if let Some(known) = self.named(&placed.rule.name).cloned() {
            let key = |placed: &Placed| (placed.region, placed.rule.direction);
            // What moves towards the front takes with it all that it decided.
            let moves_up = key(&known) == key(&placed) && placed.rule.priority <= known.rule.priority;
            if !moves_up {
                self.stand_in(&known)?;
            }
        }
        if self.holder(&placed).is_some() && !self.free(placed.rule.direction, placed.rule.priority) {
            return Err(self.no_room());
        }
        if !is_within_limits(&self.with(&placed)) {
            return Err(self.no_room());
        }
        self.write(placed, Purpose::Draft);
        Ok(())
    }

    /// Writes a rule once more under another name, beside it.
    fn stand_in(&mut self, known: &Placed) -> Result<(), Blocked> {
        let Some(priority) = self.room_for(known, None) else { return Err(self.no_room()) };
        // It may have had to move itself.
        let Some(known) = self.named(&known.rule.name).cloned() else { return Err(self.no_room()) };
        let name = self.spare_name(&known.rule.name);
        let rule = SecurityRule { name, priority, ..SecurityRule::clone(&known.rule) };
        let placed = Placed { rule: Rc::new(rule), region: known.region };
        if !is_within_limits(&self.with(&placed)) {
            return Err(self.no_room());
        }
        self.write(placed, Purpose::StandIn(known.rule.name.clone()));
        Ok(())
    }

    /// Moves whatever rule has a priority to a free one, past none that says otherwise.
    fn free(&mut self, direction: Direction, priority: u16) -> bool {
        self.free_towards(direction, priority, None)
    }

    fn free_towards(&mut self, direction: Direction, priority: u16, way: Option<Way>) -> bool {
        let Some(known) = self.at(direction, priority).cloned() else { return true };
        let Some(priority) = self.room_for(&known, way) else { return false };
        let rule = SecurityRule { priority, ..SecurityRule::clone(&known.rule) };
        self.write(Placed { rule: Rc::new(rule), ..known }, Purpose::MakeWay);
        true
    }

    /// A free priority beside a rule. Where there is none as far as it may go, its neighbours on one side move first, each
    /// behind the next.
    fn room_for(&mut self, known: &Placed, way: Option<Way>) -> Option<u16> {
        if let Some(priority) = self.beside(known) {
            return Some(priority);
        }
        let ways = [Way::Up, Way::Down].into_iter().filter(|one| way.is_none_or(|way| way == *one));
        for way in ways {
            let next = match way {
                Way::Up => known.rule.priority + 1,
                Way::Down => known.rule.priority - 1,
            };
            let (rules, steps) = (self.rules.clone(), self.steps.len());
            if PRIORITIES.contains(&next) && self.free_towards(known.rule.direction, next, Some(way)) {
                return Some(next);
            }
            self.rules = rules;
            self.steps.truncate(steps);
        }
        None
    }

    /// The free priority nearest to a rule that it can have without passing one that says otherwise; one that the draft
    /// uses only where there is no other.
    fn beside(&mut self, known: &Placed) -> Option<u16> {
        let rule = &known.rule;
        let same: Vec<(u16, u32)> = (self.rules.iter())
            .filter(|other| other.rule.direction == rule.direction && other.rule.name != rule.name)
            .map(|other| (other.rule.priority, other.region))
            .collect();
        let (mut low, mut high) = (*PRIORITIES.start(), *PRIORITIES.end());
        for (priority, region) in same.iter().filter(|(priority, _)| *priority > rule.priority) {
            if !self.regions.may_swap(known.region, *region) {
                high = *priority;
                break;
            }
        }
        for (priority, region) in same.iter().rev().filter(|(priority, _)| *priority < rule.priority) {
            if !self.regions.may_swap(known.region, *region) {
                low = *priority;
                break;
            }
        }
        let taken: Vec<u16> = same.iter().map(|(priority, _)| *priority).collect();
        let used: Vec<u16> = (self.wanted.iter())
            .filter(|placed| placed.rule.direction == rule.direction)
            .map(|placed| placed.rule.priority)
            .collect();
        let mut free: Vec<u16> =
            (low..=high).filter(|p| *p != rule.priority && taken.binary_search(p).is_err()).collect();
        free.sort_small_by_key(|p| (used.binary_search(p).is_ok(), p.abs_diff(rule.priority), *p));
        free.first().copied()
    }

    /// A name for a stand-in.
    fn spare_name(&self, name: &str) -> String {
        const TAIL: &str = "_until_changed";
        for number in 1u32.. {
            let tail = if number == 1 { TAIL.to_owned() } else { format!("{TAIL}_{number}") };
            let cut: String = name.chars().take(MOST_NAME.saturating_sub(tail.len())).collect();
            let spare = cut + &tail;
            let is_used =
                |list: &[Placed]| list.iter().any(|placed| placed.rule.name.eq_ignore_ascii_case(&spare));
            if !is_used(&self.rules) && !is_used(&self.wanted) {
                return spare;
            }
        }
        String::new()
    }

    /// The rules with one written.
    fn with(&self, placed: &Placed) -> Vec<Placed> {
        let mut next = self.rules.clone();
        next.retain(|known| !known.rule.name.eq_ignore_ascii_case(&placed.rule.name));
        let key = |placed: &Placed| (placed.rule.direction, placed.rule.priority);
        let at = next.partition_point(|known| key(known) < key(placed));
        next.insert(at, placed.clone());
        next
    }

    fn write(&mut self, placed: Placed, purpose: Purpose) {
        let rule = SecurityRule::clone(&placed.rule);
        let known = self.named(&rule.name).is_some();
        let deed = if known { Deed::Update(rule) } else { Deed::Create(rule) };
        self.rules = self.with(&placed);
        self.steps.push(Step { deed, purpose });
    }

    fn take_away(&mut self, name: &str) {
        let stands_for = self.steps.iter().find_map(|step| match (&step.deed, &step.purpose) {
            (Deed::Create(rule), Purpose::StandIn(of)) if rule.name == name => Some(of.clone()),
            _ => None,
        });
        self.rules.retain(|placed| !placed.rule.name.eq_ignore_ascii_case(name));
        let purpose = stands_for.map_or(Purpose::Draft, Purpose::StandIn);
        self.steps.push(Step { deed: Deed::Delete(name.to_owned()), purpose });
    }

    /// Whether the rule of this name can be as in `next` from now on.
    fn is_safe(&mut self, next: &[Placed], name: &str, only_opens: bool) -> bool {
        if self.regions.is_spent() {
            return false;
        }
        let of = |list: &[Placed], direction: Direction| -> Option<(usize, Placed)> {
            let own = list.iter().filter(|placed| placed.rule.direction == direction).enumerate();
            own.map(|(at, placed)| (at, placed.clone()))
                .find(|(_, placed)| placed.rule.name.eq_ignore_ascii_case(name))
        };
        [Direction::Inbound, Direction::Outbound].into_iter().all(|direction| {
            let (was, becomes) = (of(&self.rules, direction), of(next, direction));
            if was.is_none() && becomes.is_none() {
                return true;
            }
            // The same at the same place says the same.
            if let (Some((_, was)), Some((_, becomes))) = (&was, &becomes)
                && (was.region, was.rule.priority) == (becomes.region, becomes.rule.priority)
            {
                return true;
            }
            let removed = was.map(|(_, placed)| {
                let before = |known: &&Placed| {
                    known.rule.direction == direction && known.rule.priority < placed.rule.priority
                };
                (placed.region, next.iter().filter(before).count())
            });
            let effect = Effect {
                was: &self.list(&self.rules, direction),
                becomes: &self.list(next, direction),
                wanted: &self.list(&self.wanted, direction),
                added: becomes.map(|(at, _)| at),
                removed,
            };
            self.regions.is_between(&effect, only_opens)
        })
    }

    fn list(&self, rules: &[Placed], direction: Direction) -> List {
        let all = rules.iter().chain(&self.defaults);
        all.filter(|placed| placed.rule.direction == direction).map(|placed| placed.region).collect()
    }
}

/// Whether Azure takes so many rules, addresses and ports.
fn is_within_limits(rules: &[Placed]) -> bool {
    let sum = |count: &dyn Fn(&SecurityRule) -> usize| rules.iter().map(|p| count(&p.rule)).sum::<usize>();
    rules.len() <= MOST_RULES
        && sum(&|rule| rule.sources.len()) <= MOST_PREFIXES
        && sum(&|rule| rule.destinations.len()) <= MOST_PREFIXES
        && sum(&|rule| rule.destination_ports.len()) <= MOST_PORTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::{Address, Endpoint, PortRange, Prefix};
    use proptest::collection::btree_map;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// By priority: the name's number, whether it allows, the addresses of the eight that it is for.
    type Picks = BTreeMap<u16, (u8, bool, u8, u8)>;

    fn rules(picks: &Picks) -> Vec<SecurityRule> {
        let mut out: Vec<SecurityRule> = Vec::new();
        for (priority, (name, allows, low, length)) in picks {
            let name = format!("rule-{name}");
            if out.iter().all(|known| known.name != name) {
                out.push(SecurityRule {
                    name,
                    description: String::new(),
                    priority: *priority,
                    direction: Direction::Inbound,
                    access: if *allows { Decision::Allowed } else { Decision::Denied },
                    protocol: None,
                    sources: vec![Endpoint::Prefix(Prefix::of(Address::from_v4(u32::from(*low)), *length))],
                    source_ports: vec![PortRange::ALL],
                    destinations: vec![Endpoint::Any],
                    destination_ports: vec![PortRange::ALL],
                    doubt: None,
                });
            }
        }
        out
    }

    fn decisions(rules: &[Placed]) -> Vec<Option<Decision>> {
        let holds = |rule: &SecurityRule, address| matches!(&rule.sources[..], [Endpoint::Prefix(prefix)] if prefix.contains(address));
        let decide = |low: u32| {
            let address = Address::from_v4(low);
            rules.iter().find(|placed| holds(&placed.rule, address)).map(|placed| placed.rule.access)
        };
        (0..8).map(decide).collect()
    }

    fn picks() -> impl Strategy<Value = Picks> {
        let rule = (0u8..8, any::<bool>(), 0u8..8, 29u8..=32);
        btree_map(prop_oneof![100u16..110, 2000u16..2010], rule, 0..7)
    }

    proptest! {
        // Without a comparison of rules, as in groups too big to compare all, the order is safe, too.
        #[test]
        fn the_order_that_compares_nothing_is_safe(now in picks(), wanted in picks()) {
            let (now, wanted) = (rules(&now), rules(&wanted));
            let mut planner = Planner::new(&now, &wanted, &[], 0);
            let (before, after) = (decisions(&planner.rules), decisions(&planner.wanted));
            planner.finish().unwrap();
            let mut state = Planner::new(&now, &wanted, &[], 0);
            for step in std::mem::take(&mut planner.steps) {
                match step.deed {
                    Deed::Create(rule) | Deed::Update(rule) => {
                        let placed = Placed { rule: Rc::new(rule), region: 0 };
                        prop_assert!(state.holder(&placed).is_none());
                        state.rules = state.with(&placed);
                    }
                    Deed::Delete(name) => state.rules.retain(|placed| placed.rule.name != name),
                }
                for (at, is) in decisions(&state.rules).into_iter().enumerate() {
                    prop_assert!(is == before[at] || is == after[at]);
                }
            }
            prop_assert_eq!(decisions(&state.rules), after);
        }
    }
}
