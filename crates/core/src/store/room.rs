//! How much memory the content of the store takes, and how much there is.
//!
//! Whether times and addresses get coarser must depend on what was loaded alone, never on its order or on how it was
//! packed into files. So [`Store::content`] counts what is there, distinct flow records, conversations, addresses,
//! names and records of sources, each at a fixed price, not the bytes that happen to be allocated. More of any input
//! never makes it less.

use super::known::{Known, Numbered};
use super::{MERGE_AT, Mode, Older, Staged, Store, Whole, slot};

/// How much memory there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The most bytes of content: see [`Store::content`].
    pub content: usize,
    /// The most bytes of what is found out about it and kept, and could be found out again.
    pub derived: usize,
    /// The most bytes of content where nothing can get coarser any more: beyond, no record is taken in.
    pub most: usize,
}

impl Default for Limit {
    /// An engine in a browser has four gigabytes that never shrink; what it takes at most is to stay below two and a
    /// half. A gigabyte of content is 20 million flow records of 40 bytes with some 900 thousand conversations; with
    /// room to grow, what waits to be merged and what is on its way it takes one and a half. Conversations within an
    /// estate can't get coarser: five million of them are what there is room for.
    fn default() -> Self {
        Self { content: 1_000_000_000, derived: 1_000_000_000, most: 1_700_000_000 }
    }
}

impl Limit {
    /// The most rows that the table has at any time: what fits, and what is merged into it next.
    pub(super) fn rows(self) -> usize {
        self.content / ROW + MERGE_AT.1 + MERGE_AT.0
    }

    /// What is kept between two questions. The other half is for what a question needs itself.
    pub fn kept(self) -> usize {
        self.derived / 2
    }
}

/// A row's columns.
const ROW: usize = 40;
/// What a row's counters take more if they are wide.
const WIDE: usize = 40;
/// A conversation's key, with what is found out about each: its tally, its times, what filters leave of it.
const CONVERSATION: usize = 200;
/// What questions take for each conversation beyond that, where there are millions.
const ASKED: usize = 100;
/// An address in the dictionary, with its place in tables by number.
const ADDRESS: usize = 64;
/// A context, with its place in tables by number.
const CONTEXT: usize = 256;
/// A string beside its bytes.
const STRING: usize = 48;
/// A NIC and hour that has records.
const COVERED: usize = 24;
/// The fingerprint of a record that was taken in, with its place in tables by number.
const SEEN: usize = 32;
/// A port that is served where callers have theirs.
const SERVED: usize = 24;
/// What is kept of each record of a source, duplicates too.
const RECORD: usize = 8;

impl Store {
    /// The price of what is loaded with so many rows, and wide ones among them.
    fn priced(&self, (rows, wide): (usize, usize)) -> usize {
        let records: usize = self.sources.iter().map(|source| source.records.len()).sum();
        let unfinished: usize = self.staged.values().map(Staged::records).sum();
        let texts: usize = self.descriptions.values().map(Vec::len).sum();
        let strings = self.strings.as_slice().len();
        [
            (rows, ROW),
            (wide, WIDE),
            (self.columns.conversations(), CONVERSATION),
            (self.addresses.len(), ADDRESS),
            (self.contexts.len(), CONTEXT),
            (strings, STRING),
            (self.strings.bytes() + texts, 1),
            (self.overlaps.covered().len(), COVERED),
            (self.seen.len(), SEEN),
            (records + unfinished, RECORD),
            (self.served.len(), SERVED),
        ]
        .iter()
        .fold(0, |sum: usize, (count, price)| sum.saturating_add(count.saturating_mul(*price)))
    }

    /// The bytes that the content takes, by fixed prices. It is a function of the merged content: equal for equal
    /// inputs in any order, and never less for more of them.
    pub fn content(&self) -> usize {
        self.priced(self.columns.distinct())
    }

    /// Whether the merged content is within the limit.
    pub(super) fn fits(&self) -> bool {
        // Rows as they are cost no less than distinct ones, which are counted in a walk over all.
        self.priced((self.columns.len(), self.columns.wide())) <= self.limit.content
            || self.content() <= self.limit.content
    }

    /// Whether no record is taken in any more: nothing can get coarser, and what grows with what comes takes all there
    /// is. It is asked of what is known without merging, and what can get coarser does so first: so it depends on the
    /// records that came, not on when they were merged.
    pub(super) fn is_full(&mut self) -> bool {
        if self.is_beyond() && self.resolution.coarser().is_some() {
            self.seal();
        }
        self.is_beyond() && self.resolution.coarser().is_none()
    }

    fn is_beyond(&self) -> bool {
        let counts = [
            (self.columns.numbers(), CONVERSATION + ROW + ASKED),
            (self.addresses.len(), ADDRESS),
            (self.contexts.len(), CONTEXT),
            (self.strings.as_slice().len(), STRING),
            (self.seen.len(), SEEN + RECORD),
        ];
        let price = |(count, price): (usize, usize)| count.saturating_mul(price);
        counts.into_iter().map(price).fold(self.strings.bytes(), usize::saturating_add) > self.limit.most
    }

    /// The bytes of what was found out about the table, and of room for rows that wait.
    pub fn derived(&self) -> usize {
        let whole: usize = self.whole.iter().flatten().map(Whole::held).sum();
        let known = self.known.as_ref().map_or(0, Known::held);
        let numbered = self.numbered.as_ref().map_or(0, Numbered::held);
        let older = self.older.as_ref().map_or(0, |older| older.capacity() * size_of::<Older>());
        whole + known + numbered + older + self.noise().len() + self.waiting.spare()
    }

    /// Gives up what is found out again when it is asked for, until no more than so many bytes are left: room for rows
    /// that wait, what conversations have in common, the tallies of the other mode, running sums.
    pub fn drop_derived(&mut self, mode: Mode, most: usize) {
        let steps: [fn(&mut Self, Mode); 4] = [
            |store, _| store.waiting.release(),
            |store, _| store.numbered = None,
            |store, mode| store.whole[1 - slot(mode)] = None,
            |store, _| {
                if let Some(known) = &mut store.known {
                    known.drop_steps();
                }
            },
        ];
        for step in steps {
            if self.derived() <= most {
                return;
            }
            step(self, mode);
        }
    }
}
