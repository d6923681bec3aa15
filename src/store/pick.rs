//! What a filter leaves: the conversations, their rows, and what the passing rows count to.
//!
//! A [`Test`] is a filter with its names looked up: sets of address numbers, services, contexts, minutes. Most
//! conversations pass or fail as a whole by their key and their first and last minute; only the others' rows are
//! looked at, one bit a row, without a hash and without an allocation.

use super::{Columns, ConversationRows, Mode, Stages, Store, count_once};
use crate::model::{Protocol, Tally};
use std::ops::Range;

/// A set of numbers.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// The numbers below `count` that are wanted.
    pub fn of(count: usize, wanted: &dyn Fn(usize) -> bool) -> Self {
        let mut out = Self::none(count);
        (0..count).filter(|number| wanted(*number)).for_each(|number| out.set(number));
        out
    }

    /// None, with room for `count`.
    pub fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// Adds a number for which there is room.
    #[inline]
    pub fn set(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Adds a range.
    fn set_all(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            let width = (64 - at % 64).min(range.end - at);
            if let Some(word) = self.0.get_mut(at / 64) {
                *word |= u64::MAX >> (64 - width) << (at % 64);
            }
            at += width;
        }
    }

    /// Whether it has a number.
    #[inline]
    pub fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 != 0)
    }
}

/// Which services pass.
#[derive(Debug, Default, Clone)]
pub struct Services {
    /// Ports of TCP.
    pub tcp: Bits,
    /// Ports of UDP.
    pub udp: Bits,
    /// Other protocols, by number.
    pub others: Bits,
}

impl Services {
    fn has(&self, service: u32) -> bool {
        match Protocol((service >> 16) as u8) {
            Protocol::TCP => self.tcp.has(service as usize & 0xffff),
            Protocol::UDP => self.udp.has(service as usize & 0xffff),
            Protocol(other) => self.others.has(usize::from(other)),
        }
    }
}

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
    /// The number of the row's context is.
    Context(Bits),
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
    fn whole(&self, number: usize, of: &ConversationRows, columns: &Columns) -> Option<bool> {
        match self {
            Self::Always(passes) => Some(*passes),
            Self::Src(set) => Some(set.has(of.src as usize)),
            Self::Dst(set) => Some(set.has(of.dst as usize)),
            Self::Service(set) => Some(set.has(of.service)),
            Self::Conversation(set) => Some(set.has(number)),
            Self::Context(_) => None,
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
            Self::Not(inner) => inner.whole(number, of, columns).map(|passes| !passes),
            Self::All(list) => several(list, false, number, of, columns),
            Self::Any(list) => several(list, true, number, of, columns),
        }
    }

    /// Whether a row passes.
    fn row(&self, number: usize, of: &ConversationRows, row: (u32, u32)) -> bool {
        match self {
            Self::Always(passes) => *passes,
            Self::Src(set) => set.has(of.src as usize),
            Self::Dst(set) => set.has(of.dst as usize),
            Self::Service(set) => set.has(of.service),
            Self::Conversation(set) => set.has(number),
            Self::Context(set) => set.has(row.0 as usize),
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
    columns: &Columns,
) -> Option<bool> {
    let mut open = false;
    for test in list {
        match test.whole(number, of, columns) {
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
    conversations: Vec<u32>,
    /// What their passing rows count to in the asked mode.
    tallies: Vec<Tally>,
    /// The rows that pass; `None`: all rows of those conversations.
    rows: Option<Bits>,
}

impl Pick {
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

    /// Whether a row of a picked conversation passes.
    #[inline]
    pub fn has_row(&self, row: usize) -> bool {
        self.rows.as_ref().is_none_or(|rows| rows.has(row))
    }
}

impl Store {
    /// Evaluates a test. Counts the mode first, since whole conversations keep their tally.
    pub fn pick(&mut self, mode: Mode, test: &Test) -> Pick {
        self.count(mode);
        let mut out = Pick::default();
        let mut stages = Stages::default();
        let mut rows: Option<Bits> = None;
        for number in 0..self.columns.conversations() {
            let of = self.columns.conversation(number);
            let passes =
                if of.rows.is_empty() { Some(false) } else { test.whole(number, &of, &self.columns) };
            let tally = match passes {
                Some(false) => continue,
                Some(true) => {
                    if let Some(rows) = &mut rows {
                        rows.set_all(of.rows);
                    }
                    self.totals(mode).get(number).copied().unwrap_or_default()
                }
                None => {
                    let set = rows.get_or_insert_with(|| {
                        // Conversations that passed as a whole until now have all their rows.
                        let mut set = Bits::none(self.columns.len());
                        for number in &out.conversations {
                            set.set_all(self.columns.conversation(*number as usize).rows);
                        }
                        set
                    });
                    let mut some = false;
                    for row in of.rows.clone() {
                        if test.row(number, &of, (self.columns.context(row), self.columns.minute(row))) {
                            set.set(row);
                            some = true;
                        }
                    }
                    if !some {
                        continue;
                    }
                    self.tally(mode, &of, &|row| set.has(row), &mut stages)
                }
            };
            out.conversations.push(number as u32);
            out.tallies.push(tally);
        }
        out.rows = rows;
        out
    }

    /// What the wanted rows of a conversation count to.
    pub(super) fn tally(
        &self,
        mode: Mode,
        of: &ConversationRows,
        wanted: &impl Fn(usize) -> bool,
        stages: &mut Stages,
    ) -> Tally {
        match mode {
            Mode::AsLogged => self.as_logged(of, wanted),
            Mode::Conversations => {
                self.fill_stages(of, wanted, stages);
                count_once(stages.as_slice()).tally
            }
        }
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
