//! How much memory the content of the store takes, and how much there is.
//!
//! Whether times and addresses get coarser must depend on what was loaded alone, never on its order or on how it was
//! packed into files. So [`Store::content`] counts what is there, distinct flow records, conversations, addresses,
//! names and records of sources, each at a fixed price, not the bytes that happen to be allocated. More of any input
//! never makes it less.

use super::{MERGE_AT, Store};

/// The most bytes of content: see [`Store::content`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub usize);

impl Default for Limit {
    /// A gigabyte: 20 million flow records of 40 bytes with some 900 thousand conversations.
    fn default() -> Self {
        Self(1_000_000_000)
    }
}

impl Limit {
    /// The most rows that the table has at any time: what fits, and what is merged into it next.
    pub(super) fn rows(self) -> usize {
        self.0 / ROW + MERGE_AT.1 + MERGE_AT.0
    }
}

/// A row's columns.
const ROW: usize = 40;
/// What a row's counters take more if they are wide.
const WIDE: usize = 40;
/// A conversation's key, with what is found out about each: its tally, its times, what filters leave of it.
const CONVERSATION: usize = 200;
/// An address in the dictionary, with its place in tables by number.
const ADDRESS: usize = 64;
/// A context, with its place in tables by number.
const CONTEXT: usize = 256;
/// A string beside its bytes.
const STRING: usize = 48;
/// A NIC and hour that has records.
const COVERED: usize = 24;
/// The fingerprint of a record that was taken in.
const SEEN: usize = 32;
/// What is kept of each record of a source, duplicates too.
const RECORD: usize = 48;

impl Store {
    /// The price of what is loaded with so many rows, and wide ones among them.
    fn priced(&self, (rows, wide): (usize, usize)) -> usize {
        let records: usize = self.sources.iter().map(|source| source.records.len()).sum();
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
            (records, RECORD),
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
        self.priced((self.columns.len(), self.columns.wide())) <= self.limit.0
            || self.content() <= self.limit.0
    }
}
