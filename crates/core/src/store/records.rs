//! Log records told apart, and what sources keep of theirs: there may be tens of millions, so each distinct one has a
//! number, and a source keeps eight bytes of each.

use crate::ingest::RecordInfo;
use hashbrown::HashTable;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// So many values lie together: a list that grows never moves more than these.
const TOGETHER: usize = 1 << 16;

/// A list that grows without being copied, which would take twice its room for a moment.
#[derive(Debug, Clone)]
struct Long<T> {
    full: Vec<Vec<T>>,
    last: Vec<T>,
}

impl<T> Default for Long<T> {
    fn default() -> Self {
        Self { full: Vec::new(), last: Vec::new() }
    }
}

impl<T: Copy> Long<T> {
    fn push(&mut self, value: T) {
        if self.last.len() == TOGETHER {
            let full = std::mem::replace(&mut self.last, Vec::with_capacity(TOGETHER));
            self.full.push(full);
        }
        self.last.push(value);
    }

    fn len(&self) -> usize {
        self.full.len() * TOGETHER + self.last.len()
    }

    fn get(&self, at: usize) -> Option<T> {
        self.full.get(at / TOGETHER).unwrap_or(&self.last).get(at % TOGETHER).copied()
    }

    fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.full.iter().chain([&self.last]).flatten().copied()
    }
}

/// The fingerprints of records by number.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    numbers: HashTable<u32>,
    fingerprints: Long<u128>,
}

impl Distinct {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.fingerprints.len()
    }

    /// Whether a record was not there before; from now on it is.
    pub fn insert(&mut self, fingerprint: u128) -> bool {
        let new = self.number(fingerprint).is_none();
        if new {
            let fingerprints = &self.fingerprints;
            let number = fingerprints.len() as u32;
            let again = |number: &u32| fingerprints.get(*number as usize).map_or(0, hash);
            self.numbers.insert_unique(hash(fingerprint), number, again);
            self.fingerprints.push(fingerprint);
        }
        new
    }

    /// The number of a record that is there.
    pub fn number(&self, fingerprint: u128) -> Option<u32> {
        let same = |number: &u32| self.fingerprints.get(*number as usize) == Some(fingerprint);
        self.numbers.find(hash(fingerprint), same).copied()
    }
}

/// A fingerprint is a hash: any part of it spreads.
fn hash(fingerprint: u128) -> u64 {
    fingerprint as u64
}

/// A source's records, in its own order.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// The number of each among the distinct ones, and its tuples.
    all: Long<(u32, u32)>,
    /// Those with tuples that could not be read, by place, and how many.
    rejected: Vec<(u32, u32)>,
    /// Where a record's number in the source does not follow the one before: its place and that number.
    jumps: Vec<(u32, u64)>,
    /// The number that would follow.
    next: u64,
    /// The hours of all.
    pub(super) hours: BTreeSet<u32>,
}

/// One record of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Its number among the distinct ones.
    pub distinct: u32,
    /// Tuples in it, rejected ones included.
    pub tuples: u32,
    /// Tuples that could not be read.
    pub rejected: u32,
    /// Its number in the source.
    pub number: u64,
}

impl Records {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds one, whose fingerprint has this number.
    pub(super) fn push(&mut self, distinct: u32, record: &RecordInfo) {
        let place = self.len() as u32;
        if record.rejected > 0 {
            self.rejected.push((place, record.rejected));
        }
        if record.number != self.next {
            self.jumps.push((place, record.number));
        }
        self.next = record.number.saturating_add(1);
        self.hours.insert(record.hour);
        self.all.push((distinct, record.tuples));
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = Known> + '_ {
        let (mut rejected, mut jumps) = (self.rejected.iter().peekable(), self.jumps.iter().peekable());
        let mut next = 0;
        (0u32..).zip(self.all.iter()).map(move |(place, (distinct, tuples))| {
            let number = jumps.next_if(|(at, _)| *at == place).map_or(next, |(_, number)| *number);
            next = number.saturating_add(1);
            let rejected = rejected.next_if(|(at, _)| *at == place).map_or(0, |(_, count)| *count);
            Known { distinct, tuples, rejected, number }
        })
    }

    /// Which of two sources' records come first, by what they say.
    pub(super) fn order(&self, other: &Self, distinct: &Distinct) -> Ordering {
        let key = |known: Known| {
            let fingerprint = distinct.fingerprints.get(known.distinct as usize);
            (fingerprint, known.tuples, known.rejected, known.number)
        };
        self.iter().map(key).cmp(other.iter().map(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fingerprint: u128, number: u64, rejected: u32) -> RecordInfo {
        RecordInfo { fingerprint, tuples: rejected + 2, rejected, number, hour: 0, rows_end: 0 }
    }

    #[test]
    fn what_is_kept_of_records_comes_back() {
        let (mut distinct, mut records, mut expected) = (Distinct::default(), Records::default(), Vec::new());
        let count = 2 * TOGETHER as u64 + 5;
        for at in 0..count {
            // Every third says what the one before said, every tenth number is left out.
            let fingerprint = u128::from(at - at % 3 / 2) << 64 | u128::from(at - at % 3 / 2);
            let info = record(fingerprint, at + at / 10 + 1, u32::from(at % 1000 == 7));
            let before = distinct.number(fingerprint);
            assert_eq!(distinct.insert(fingerprint), before.is_none());
            let number = distinct.number(fingerprint).unwrap_or(u32::MAX);
            assert_eq!(distinct.fingerprints.get(number as usize), Some(fingerprint));
            records.push(number, &info);
            let (tuples, rejected) = (info.tuples, info.rejected);
            expected.push(Known { distinct: number, tuples, rejected, number: info.number });
        }
        assert_eq!(records.iter().collect::<Vec<_>>(), expected);
        assert_eq!(records.order(&records, &distinct), Ordering::Equal);
        assert_eq!(Records::default().order(&records, &distinct), Ordering::Less);
        assert!(distinct.len() < records.len());
    }
}
