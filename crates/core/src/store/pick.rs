//! What a filter leaves: the conversations, their rows, and what the passing rows count to.
//!
//! A [`Test`] is a filter with its names looked up: sets of address numbers, services, contexts, minutes. Most
//! conversations pass or fail as a whole by their key, their contexts and their first and last minute; only the
//! others' rows are tested, one bit a row, without a hash and without an allocation. What passes is added up by
//! looking at the rows that do, or, where that is less, at those that don't, which are taken away from everything.

use super::known::Known;
use super::parts::{ByDecision, Parts};
use super::{Columns, ConversationRows, Mode, Store, Sums, Whole, slot};
use crate::model::{Protocol, Tally, port_of};
use fixedbitset::FixedBitSet;
use std::ops::Range;

/// A set of numbers below a count that is known from the start. A number beyond it is never in the set.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Bits(FixedBitSet);

impl Bits {
    /// The numbers below `count` that are wanted.
    pub fn of(count: usize, wanted: &dyn Fn(usize) -> bool) -> Self {
        let mut out = Self::none(count);
        (0..count).filter(|number| wanted(*number)).for_each(|number| out.set(number));
        out
    }

    /// None, with room for `count`.
    pub fn none(count: usize) -> Self {
        Self(FixedBitSet::with_capacity(count))
    }

    /// Adds a number for which there is room.
    #[inline]
    pub fn set(&mut self, number: usize) {
        self.add(number);
    }

    /// Takes a number out.
    pub fn unset(&mut self, number: usize) {
        if number < self.0.len() {
            self.0.remove(number);
        }
    }

    /// Adds a number for which there is room; whether it was not there before.
    #[inline]
    pub fn add(&mut self, number: usize) -> bool {
        number < self.0.len() && !self.0.put(number)
    }

    /// Bytes that it takes.
    pub fn held(&self) -> usize {
        self.0.len().div_ceil(8)
    }

    /// Adds the numbers of a range for which there is room.
    pub(super) fn set_all(&mut self, range: Range<usize>) {
        let end = range.end.min(self.0.len());
        self.0.insert_range(range.start.min(end)..end);
    }

    /// Whether it has a number.
    #[inline]
    pub fn has(&self, number: usize) -> bool {
        self.0.contains(number)
    }
}

/// Which services pass.
#[derive(Debug, Default, Clone)]
pub struct Services {
    /// Ports of TCP.
    pub tcp: Bits,
    /// Ports of UDP.
    pub udp: Bits,
    /// Ports whose protocol is not on file.
    pub unknown: Bits,
    /// Other protocols, and these three where the port is not on file, by number.
    pub others: Bits,
}

impl Services {
    fn has(&self, service: u32) -> bool {
        match (Protocol::of(service), port_of(service)) {
            (Protocol::TCP, Some(port)) => self.tcp.has(usize::from(port)),
            (Protocol::UDP, Some(port)) => self.udp.has(usize::from(port)),
            (Protocol::UNKNOWN, Some(port)) => self.unknown.has(usize::from(port)),
            (other, _) => self.others.has(other.place()),
        }
    }
}

/// What tests of whole conversations look at.
type In<'a> = (&'a Columns, &'a Known);

/// See the module's description.
#[derive(Debug, Clone)]
pub enum Test {
    /// Everything, or nothing.
    Always(bool),
    /// The number of the source address is one of these.
    Src(Bits),
    /// The number of the destination address is.
    Dst(Bits),
    /// The service is.
    Service(Box<Services>),
    /// The number of the conversation is.
    Conversation(Bits),
    /// The number of the row's context is, and by the number of a set of contexts, whether that of all its rows
    /// is, or that of none: see [`Store::contexts_test`].
    Context(Bits, Vec<Option<bool>>),
    /// The row's minute is in one of these: the first, and the one behind the last.
    Minutes(Vec<(u32, u32)>),
    /// What does not pass.
    Not(Box<Test>),
    /// What passes all.
    All(Vec<Test>),
    /// What passes one.
    Any(Vec<Test>),
}

impl Test {
    /// Whether all rows of a conversation pass, or none; `None` where they have to be looked at.
    pub(super) fn whole(
        &self,
        number: usize,
        of: &ConversationRows,
        (columns, known): In<'_>,
    ) -> Option<bool> {
        match self {
            Self::Always(passes) => Some(*passes),
            Self::Src(set) => Some(set.has(of.src as usize)),
            Self::Dst(set) => Some(set.has(of.dst as usize)),
            Self::Service(set) => Some(set.has(of.service)),
            Self::Conversation(set) => Some(set.has(number)),
            Self::Context(_, sets) => *sets.get(*known.set_of.get(number)? as usize)?,
            Self::Minutes(spans) => {
                let (first, last) = (of.rows.start, of.rows.end.checked_sub(1)?);
                let (first, last) = (columns.minute(first), columns.minute(last));
                if spans.iter().any(|(from, until)| *from <= first && last < *until) {
                    return Some(true);
                }
                // A row may lie between the spans or in one.
                if spans.iter().all(|(from, until)| last < *from || *until <= first) {
                    Some(false)
                } else {
                    None
                }
            }
            Self::Not(inner) => inner.whole(number, of, (columns, known)).map(|passes| !passes),
            Self::All(list) => several(list, false, number, of, (columns, known)),
            Self::Any(list) => several(list, true, number, of, (columns, known)),
        }
    }

    /// Those of a conversation's rows outside of which none passes.
    fn narrowed(&self, rows: Range<usize>, columns: &Columns) -> Range<usize> {
        match self {
            Self::Minutes(spans) => {
                let minutes = &columns.minutes()[rows.clone()];
                let before = |minute: u32| rows.start + minutes.partition_point(|known| *known < minute);
                let first = spans.iter().map(|span| span.0).min();
                let end = spans.iter().map(|span| span.1).max();
                first.zip(end).map_or(0..0, |(first, end)| before(first)..before(end).max(before(first)))
            }
            Self::All(list) => list.iter().fold(rows, |rows, test| test.narrowed(rows, columns)),
            _ => rows,
        }
    }

    /// The only part of it that is not settled for a conversation, or all of it.
    fn open(&self, number: usize, of: &ConversationRows, within: In<'_>) -> &Self {
        let (Self::All(list) | Self::Any(list)) = self else { return self };
        let mut open = list.iter().filter(|test| test.whole(number, of, within).is_none());
        match (open.next(), open.next()) {
            (Some(only), None) => only.open(number, of, within),
            _ => self,
        }
    }

    /// Whether a row passes.
    pub(super) fn row(&self, number: usize, of: &ConversationRows, row: (u32, u32)) -> bool {
        match self {
            Self::Always(passes) => *passes,
            Self::Src(set) => set.has(of.src as usize),
            Self::Dst(set) => set.has(of.dst as usize),
            Self::Service(set) => set.has(of.service),
            Self::Conversation(set) => set.has(number),
            Self::Context(set, _) => set.has(row.0 as usize),
            Self::Minutes(spans) => spans.iter().any(|(from, until)| (*from..*until).contains(&row.1)),
            Self::Not(inner) => !inner.row(number, of, row),
            Self::All(list) => list.iter().all(|test| test.row(number, of, row)),
            Self::Any(list) => list.iter().any(|test| test.row(number, of, row)),
        }
    }
}

/// `decides` settles it whatever the others say; else all must be settled.
fn several(
    list: &[Test],
    decides: bool,
    number: usize,
    of: &ConversationRows,
    of_all: In<'_>,
) -> Option<bool> {
    let mut open = false;
    for test in list {
        match test.whole(number, of, of_all) {
            Some(passes) if passes == decides => return Some(decides),
            Some(_) => {}
            None => open = true,
        }
    }
    if open { None } else { Some(!decides) }
}

/// See the module's description.
#[derive(Debug, Default, Clone)]
pub struct Pick {
    /// Conversations of which a row passes, in order.
    pub(super) conversations: Vec<u32>,
    /// What their passing rows count to in the asked mode.
    pub(super) tallies: Vec<Tally>,
    /// The rows that pass; `None`: all rows of those conversations.
    pub(super) rows: Option<Bits>,
    /// Of conversations that are counted by their parts: from which rows.
    pub(super) parts: Option<Box<Parts>>,
    /// What they add up to in the asked mode.
    pub(super) sums: Sums,
}

impl Pick {
    /// Bytes that it takes.
    pub fn held(&self) -> usize {
        let lists =
            self.conversations.capacity() * size_of::<u32>() + self.tallies.capacity() * size_of::<Tally>();
        let parts = self.parts.as_ref().map_or(0, |parts| parts.held());
        lists + self.rows.as_ref().map_or(0, Bits::held) + parts + self.sums.held()
    }

    /// How many conversations have a row that passes.
    pub fn len(&self) -> usize {
        self.conversations.len()
    }

    /// Whether nothing passes.
    pub fn is_empty(&self) -> bool {
        self.conversations.is_empty()
    }

    /// The number of the conversation at a place below [`Pick::len`].
    #[inline]
    pub fn number(&self, at: usize) -> usize {
        self.conversations.get(at).copied().unwrap_or_default() as usize
    }

    /// Whether some conversation passes with a part of its rows.
    pub fn splits(&self) -> bool {
        self.rows.is_some()
    }

    /// The rows that pass; `None`: all rows of the conversations.
    pub fn rows(&self) -> Option<&Bits> {
        self.rows.as_ref()
    }

    /// What passes, added up in the asked mode.
    pub fn sums(&self) -> &Sums {
        &self.sums
    }

    /// Whether a row of a picked conversation passes.
    #[inline]
    pub fn has_row(&self, row: usize) -> bool {
        self.rows.as_ref().is_none_or(|rows| rows.has(row))
    }
}

impl Store {
    /// A test for rows whose context's number is among these.
    pub fn contexts_test(&self, wanted: Bits) -> Test {
        let all = |set: &Vec<u32>| {
            let passing = set.iter().filter(|context| wanted.has(**context as usize)).count();
            if passing == 0 { Some(false) } else { (passing == set.len()).then_some(true) }
        };
        let sets = self.known.iter().flat_map(|known| &known.sets).map(all).collect();
        Test::Context(wanted, sets)
    }

    /// Evaluates a test. Counts the mode first, since whole conversations keep their tally.
    pub fn pick(&mut self, mode: Mode, test: &Test) -> Pick {
        self.count(mode);
        self.know();
        match (&self.known, &self.whole[slot(mode)]) {
            (Some(known), Some(whole)) => match test {
                Test::Minutes(spans) if spans.len() == 1 && self.has_steps(mode, known) => {
                    self.within(mode, spans[0], known, whole)
                }
                _ => self.picked(mode, (test, None), known, whole),
            },
            _ => Pick::default(),
        }
    }

    /// What passes a test, or, where decisions are told apart, the conversations' parts that do.
    pub(super) fn picked(
        &self,
        mode: Mode,
        (test, decisions): (&Test, Option<&ByDecision>),
        known: &Known,
        whole: &Whole,
    ) -> Pick {
        let columns = &self.columns;
        let mixed = decisions.map(|_| self.mixed_sets(known)).unwrap_or_default();
        let by_parts = |number: usize| {
            let set = known.set_of.get(number).and_then(|set| mixed.get(*set as usize));
            decisions.filter(|_| set.is_some_and(|mixed| *mixed))
        };
        let mut pick = Pick::default();
        // Of each conversation: whether all of it passes, and the numbers of rows where all do, and elsewhere.
        let mut verdicts = Vec::with_capacity(columns.conversations());
        let (mut inside, mut outside) = (0, 0);
        for number in 0..columns.conversations() {
            let of = columns.conversation(number);
            let passes = match by_parts(number) {
                _ if of.rows.is_empty() => Some(false),
                Some(decisions) => decisions.whole(number, &of, (columns, known)),
                None => test.whole(number, &of, (columns, known)),
            };
            *(if passes == Some(true) { &mut inside } else { &mut outside }) += of.rows.len();
            verdicts.push(passes);
        }
        let mut looking = self.looking();
        let mut sums = Sums::new(self);
        // What does not pass, where it is less than what does.
        let mut others = (outside < inside).then(|| Sums::new(self));
        let mut rows = verdicts.contains(&None).then(|| Bits::none(columns.len()));
        let mut parts: Option<(Parts, Sums)> = None;
        for (number, passes) in verdicts.into_iter().enumerate() {
            let mut of = columns.conversation(number);
            if let Some(others) = others.as_mut().filter(|_| passes != Some(true)) {
                self.look(mode, &of, None, &mut looking, others);
            }
            let tally = match passes {
                Some(false) => continue,
                Some(true) => {
                    if let Some(rows) = &mut rows {
                        rows.set_all(of.rows.clone());
                    }
                    if others.is_some() {
                        if let Some((first, last)) = known.spans.get(number) {
                            sums.span.add(*first, *last);
                        }
                        if let Some((first, last)) = self.reach(mode, number) {
                            sums.minutes.stretch(first, last);
                        }
                        whole.tallies.get(number).copied().unwrap_or_default()
                    } else {
                        self.look(mode, &of, None, &mut looking, &mut sums).unwrap_or_default()
                    }
                }
                None if by_parts(number).is_some() => {
                    let (Some(rows), Some(decisions)) = (&mut rows, decisions) else { continue };
                    let (parts, aside) = parts.get_or_insert_with(|| (Parts::new(columns), Sums::new(self)));
                    parts.add(number, &of, &decisions.parts, columns);
                    let sums = (&mut sums, aside);
                    match self.look_at_parts(&of, parts, &mut looking, sums, &mut |row| rows.set(row)) {
                        Some(tally) => tally,
                        None => continue,
                    }
                }
                None => {
                    let Some(rows) = &mut rows else { continue };
                    of.rows = test.narrowed(of.rows, columns);
                    let (from, count) = (of.rows.start, of.rows.len());
                    if count == 0 || test.whole(number, &of, (columns, known)) == Some(true) {
                        rows.set_all(of.rows.clone());
                        looking.list(count, |_| true);
                    } else {
                        let slice = columns.slice(of.rows.clone());
                        let (context, minute) = (&slice.context[..count], &slice.minute[..count]);
                        match test.open(number, &of, (columns, known)) {
                            Test::Context(wanted, _) => {
                                looking.list(count, |at| wanted.has(context[at] as usize));
                            }
                            test => {
                                looking.list(count, |at| test.row(number, &of, (context[at], minute[at])));
                            }
                        }
                        looking.listed().iter().for_each(|at| rows.set(from + *at as usize));
                    }
                    match self.look_listed(mode, &of, &mut looking, &mut sums) {
                        Some(tally) => tally,
                        None => continue,
                    }
                }
            };
            pick.conversations.push(number as u32);
            pick.tallies.push(tally);
        }
        if let Some(others) = others {
            sums.combine(&whole.sums, u64::wrapping_add);
            sums.combine(&others, u64::wrapping_sub);
        }
        pick.rows = rows;
        pick.parts = parts.map(|(parts, _)| Box::new(parts));
        pick.sums = sums;
        pick
    }

    /// The rows that pass, all without a pick.
    pub fn rows<'a>(&'a self, pick: Option<&'a Pick>) -> impl Iterator<Item = usize> + 'a {
        let count = pick.map_or(self.columns.conversations(), Pick::len);
        (0..count).flat_map(move |at| {
            let rows = self.columns.conversation(pick.map_or(at, |pick| pick.number(at))).rows;
            rows.filter(move |row| pick.is_none_or(|pick| pick.has_row(*row)))
        })
    }

    /// The conversations that pass, all without a pick, each with its number and tally in a mode: that of the
    /// pick, which has been counted.
    pub fn tallies<'a>(&'a self, mode: Mode, pick: Option<&'a Pick>) -> Tallies<'a> {
        match pick {
            Some(pick) => Tallies { numbers: Some(&pick.conversations), tallies: &pick.tallies, at: 0 },
            None => Tallies { numbers: None, tallies: self.totals(mode), at: 0 },
        }
    }
}

/// See [`Store::tallies`].
#[derive(Debug, Clone)]
pub struct Tallies<'a> {
    numbers: Option<&'a [u32]>,
    tallies: &'a [Tally],
    at: usize,
}

impl<'a> Iterator for Tallies<'a> {
    type Item = (usize, &'a Tally);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let tally = self.tallies.get(self.at)?;
        let number = match self.numbers {
            Some(numbers) => *numbers.get(self.at)? as usize,
            None => self.at,
        };
        self.at += 1;
        Some((number, tally))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.tallies.len() - self.at;
        (left, Some(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_range_is_set_as_if_one_by_one(from in 0usize..300, length in 0usize..300) {
            let mut set = Bits::none(600);
            set.set_all(from..from + length);
            prop_assert_eq!(set, Bits::of(600, &|n| (from..from + length).contains(&n)));
        }
    }
}
