//! Several kinds of log about one NIC and hour describe the same traffic; conversations use one.
//!
//! VNet flow logs come before NSG flow logs before rows of Traffic Analytics over the one and over the other
//! before results of azflow's own queries, which may carry a filter and so hold a part of the hour only. An hour
//! belongs to the kinds that have a record of that hour: a record's tuples reach up to a minute back, so the first of an hour belong to
//! the hour before and must not hide that hour's own log.

use super::Columns;
use crate::ingest::Context;
use crate::model::LogKind;
use hashbrown::{HashMap, HashSet};

/// Which kinds cover a NIC and hour, as bits.
type Kinds = u8;

fn best(kinds: Kinds) -> LogKind {
    LogKind::ALL.into_iter().find(|kind| kinds & kind.bit() != 0).unwrap_or(LogKind::Analytics)
}

/// A NIC of which several kinds tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredTwice {
    /// Number of the MAC address's string.
    pub mac: u32,
    /// Hours in which all of these kinds have records.
    pub hours: u32,
    /// The kinds, the one that counts first.
    pub kinds: Vec<LogKind>,
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Overlaps {
    covered: HashMap<(u32, u32), Kinds>,
    of_mac: HashMap<u32, Kinds>,
    /// For NICs with several kinds: the kind that counts in each hour that has rows.
    chosen: HashMap<(u32, u32), LogKind>,
    both: HashSet<u32>,
}

impl Overlaps {
    /// Notes that a record of this hour and kind is there.
    pub fn cover(&mut self, mac: u32, hour: u32, kind: LogKind) {
        *self.covered.entry((mac, hour)).or_default() |= kind.bit();
        *self.of_mac.entry(mac).or_default() |= kind.bit();
    }

    /// Chooses a kind for every NIC and hour, once the table is sorted. `unnamed` is the number
    /// of the empty string: records without a NIC can't be known to describe the same one.
    pub fn settle(&mut self, columns: &Columns, contexts: &[Context], unnamed: u32) {
        self.both = self
            .of_mac
            .iter()
            .filter(|(mac, kinds)| kinds.count_ones() > 1 && **mac != unnamed)
            .map(|(m, _)| *m)
            .collect();
        self.chosen.clear();
        if self.both.is_empty() {
            return;
        }
        let mut with_rows: HashMap<(u32, u32), Kinds> = HashMap::new();
        for row in 0..columns.len() {
            let context = &contexts[columns.context(row) as usize];
            if self.both.contains(&context.mac) {
                *with_rows.entry((context.mac, columns.minute(row) / 60)).or_default() |= context.kind.bit();
            }
        }
        for (place, rows) in with_rows {
            let kinds = self.covered.get(&place).copied().unwrap_or(rows);
            self.chosen.insert(place, best(kinds));
        }
    }

    /// Whether no NIC has several kinds: then conversations use all rows.
    pub fn is_simple(&self) -> bool {
        self.both.is_empty()
    }

    /// Whether conversations use what this kind logged at a NIC in an hour.
    #[inline]
    pub fn is_used(&self, mac: u32, hour: u32, kind: LogKind) -> bool {
        self.both.is_empty() || self.chosen.get(&(mac, hour)).is_none_or(|chosen| *chosen == kind)
    }

    /// Whether a NIC has records of an hour.
    pub fn has_records(&self, mac: u32, hour: u32) -> bool {
        self.covered.contains_key(&(mac, hour))
    }

    /// The hours of which each NIC has records, with the kinds of log as bits ([`LogKind::bit`]), in no order.
    pub fn covered(&self) -> impl ExactSizeIterator<Item = (u32, u32, u8)> + '_ {
        self.covered.iter().map(|((mac, hour), kinds)| (*mac, *hour, *kinds))
    }

    /// NICs with hours that several kinds cover, in no order.
    pub fn covered_twice(&self) -> Vec<CoveredTwice> {
        let mut hours: HashMap<(u32, Kinds), u32> = HashMap::new();
        for ((mac, _), kinds) in &self.covered {
            if kinds.count_ones() > 1 && self.both.contains(mac) {
                *hours.entry((*mac, *kinds)).or_default() += 1;
            }
        }
        let kinds = |bits: Kinds| LogKind::ALL.into_iter().filter(|kind| bits & kind.bit() != 0).collect();
        hours
            .into_iter()
            .map(|((mac, bits), hours)| CoveredTwice { mac, hours, kinds: kinds(bits) })
            .collect()
    }
}
