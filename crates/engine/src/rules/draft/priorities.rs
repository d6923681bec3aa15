//! Priorities: rules in force keep theirs, new ones get free ones where they belong, and only where there is no room all
//! are numbered anew.

use super::{DraftError, DraftOptions, MOST_RULES, PRIORITIES};
use azflow_core::model::SecurityRule;
use std::collections::BTreeSet;

/// What gets a priority.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The rules in force in the order of evaluation, each with whether it stays. Defaults are not among them.
    pub rules: Vec<(&'a SecurityRule, bool)>,
    /// New allowances, in order: before which of the rules each stands; `None` behind all that it may meet.
    pub pieces: Vec<Option<u32>>,
    /// Of the rules, the last denial that a piece without a place may meet.
    pub behind: Option<u32>,
    /// How many rules close the direction: guards, and behind them the deny of the rest. None where nothing new is denied.
    pub closing: usize,
}

/// The priorities.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    pub pieces: Vec<u16>,
    pub closing: Vec<u16>,
    /// Of rules in force that move, by their place.
    pub moved: Vec<(usize, u16)>,
}

impl Wanted<'_> {
    fn staying(&self) -> impl DoubleEndedIterator<Item = (usize, &SecurityRule)> {
        self.rules.iter().enumerate().filter(|(_, (_, stays))| *stays).map(|(at, (rule, _))| (at, *rule))
    }

    /// Gives them out.
    ///
    /// # Errors
    /// Where there are more rules than priorities.
    pub fn numbers(&self, subnet: &str, options: &DraftOptions) -> Result<Numbers, DraftError> {
        let count = self.pieces.len();
        if count > MOST_RULES {
            return Err(DraftError::TooManyRules(subnet.to_owned(), count + self.closing));
        }
        match self.fixed(options) {
            Ok(numbers) => Ok(numbers),
            Err(_) if self.staying().next().is_some() => {
                self.anew(options).ok_or_else(|| self.no_room(subnet, 0))
            }
            Err(free) => Err(self.no_room(subnet, free)),
        }
    }

    fn no_room(&self, subnet: &str, free: usize) -> DraftError {
        DraftError::NoRoom(subnet.to_owned(), self.pieces.len(), free)
    }

    /// With the rules in force where they are; else how many priorities are free.
    fn fixed(&self, options: &DraftOptions) -> Result<Numbers, usize> {
        let mut taken: BTreeSet<u16> = self.staying().map(|(_, rule)| rule.priority).collect();
        let last_allow =
            self.staying().filter(|(_, rule)| !super::force::is_denial(rule)).map(|(_, r)| r.priority);
        let mut out = Numbers::default();
        let mut end = PRIORITIES.1 + 1;
        if self.closing > 0 {
            let least = options.deny_priority.max(last_allow.max().map_or(0, |last| last + 1));
            let mut at = (least..=PRIORITIES.1).find(|at| !taken.contains(at)).ok_or(0usize)?;
            let step = if options.deny_priority - options.first_priority >= 200 { 10 } else { 1 };
            for number in 0..self.closing {
                if number > 0 {
                    at = at.saturating_sub(step);
                }
                while taken.contains(&at) {
                    at = at.saturating_sub(1);
                }
                if at < PRIORITIES.0 {
                    return Err(0);
                }
                taken.insert(at);
                out.closing.insert(0, at);
            }
            end = out.closing.first().copied().unwrap_or(end);
        }
        out.pieces = vec![0; self.pieces.len()];
        let places: BTreeSet<Option<u32>> = self.pieces.iter().copied().collect();
        // What stands before something comes first: its room is the smaller one.
        for place in places.into_iter().rev() {
            let own: Vec<usize> = (0..self.pieces.len()).filter(|at| self.pieces[*at] == place).collect();
            let denials = |before: usize| {
                let denials =
                    self.staying().filter(|(at, rule)| *at < before && super::force::is_denial(rule));
                denials.map(|(_, rule)| rule.priority).max()
            };
            let (after, to) = match place {
                // Before what it must stand before, and before the deny of the rest, wherever that is.
                Some(at) => {
                    let own = self.rules.get(at as usize).map_or(end, |(rule, _)| rule.priority);
                    (denials(at as usize), own.min(end))
                }
                None => (self.behind.and_then(|at| denials(at as usize + 1)), end),
            };
            let from = after
                .map_or(PRIORITIES.0, |after| if place.is_none() { after / 10 * 10 + 10 } else { after + 1 });
            let from =
                if from.max(options.first_priority) < to { from.max(options.first_priority) } else { from };
            // Some room below the deny for what comes later.
            let to = if place.is_none() && self.closing > 0 && to.saturating_sub(from) >= 200 {
                to - 100
            } else {
                to
            };
            let free = (from..to).filter(|at| !taken.contains(at)).count();
            if own.len() > free {
                return Err(free);
            }
            for step in (1..=10usize).rev() {
                let list: Vec<u16> =
                    (from..to).step_by(step).filter(|at| !taken.contains(at)).take(own.len()).collect();
                if list.len() == own.len() {
                    for (at, number) in own.iter().zip(list) {
                        out.pieces[*at] = number;
                        taken.insert(number);
                    }
                    break;
                }
            }
        }
        Ok(out)
    }

    /// All of them anew, in the same order; `None` where they are too many.
    fn anew(&self, options: &DraftOptions) -> Option<Numbers> {
        enum Item {
            Rule(usize),
            Piece(usize),
            Closing,
        }
        let mut items = Vec::new();
        let before = |at: Option<usize>| {
            let own =
                self.pieces.iter().enumerate().filter(move |(_, place)| place.map(|p| p as usize) == at);
            own.map(|(number, _)| Item::Piece(number))
        };
        for (at, (_, stays)) in self.rules.iter().enumerate() {
            items.extend(before(Some(at)));
            items.extend(stays.then_some(Item::Rule(at)));
        }
        // The deny and what has no place of its own come last: they cut nothing, and overrule nothing.
        items.extend(before(None));
        items.extend((0..self.closing).map(|_| Item::Closing));
        let room = |first: u16| usize::from(PRIORITIES.1 - first) + 1;
        let count = items.len().max(1);
        if count > room(PRIORITIES.0) {
            return None;
        }
        let first = if count > room(options.first_priority) { PRIORITIES.0 } else { options.first_priority };
        let step = (room(first) / count).clamp(1, 10);
        let mut out = Numbers { pieces: vec![0; self.pieces.len()], ..Numbers::default() };
        for (number, item) in items.into_iter().enumerate() {
            let priority = first + (number * step) as u16;
            match item {
                Item::Rule(at) if self.rules.get(at).is_some_and(|(rule, _)| rule.priority != priority) => {
                    out.moved.push((at, priority));
                }
                Item::Rule(_) => {}
                Item::Piece(at) => out.pieces[at] = priority,
                Item::Closing => out.closing.push(priority),
            }
        }
        Some(out)
    }
}
