//! Several kinds of log about one NIC and hour describe the same traffic; conversations use one.
//!
//! VNet flow logs come before NSG flow logs. An hour belongs to the kinds that have a record
//! of that hour: a record's tuples reach up to a minute back, so the first of an hour belong to
//! the hour before and must not hide that hour's own log.

use super::Columns;
use crate::ingest::Context;
use crate::model::LogKind;
use hashbrown::{HashMap, HashSet};

/// Which kinds cover a NIC and hour, as bits.
type Kinds = u8;

fn bit(kind: LogKind) -> Kinds {
    match kind {
        LogKind::Vnet => 1,
        LogKind::Nsg => 2,
    }
}

fn best(kinds: Kinds) -> LogKind {
    if kinds & bit(LogKind::Vnet) != 0 { LogKind::Vnet } else { LogKind::Nsg }
}

/// A NIC of which both kinds tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredTwice {
    /// Number of the MAC address's string.
    pub mac: u32,
    /// Hours in which both kinds have records.
    pub hours: u32,
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Overlaps {
    covered: HashMap<(u32, u32), Kinds>,
    of_mac: HashMap<u32, Kinds>,
    /// For NICs with both kinds: the kind that counts in each hour that has rows.
    chosen: HashMap<(u32, u32), LogKind>,
    both: HashSet<u32>,
}

impl Overlaps {
    /// Notes that a record of this hour and kind is there.
    pub fn cover(&mut self, mac: u32, hour: u32, kind: LogKind) {
        *self.covered.entry((mac, hour)).or_default() |= bit(kind);
        *self.of_mac.entry(mac).or_default() |= bit(kind);
    }

    /// Chooses a kind for every NIC and hour, once the table is sorted. `unnamed` is the number
    /// of the empty string: records without a NIC can't be known to describe the same one.
    pub fn settle(&mut self, columns: &Columns, contexts: &[Context], unnamed: u32) {
        let all = bit(LogKind::Vnet) | bit(LogKind::Nsg);
        self.both = self
            .of_mac
            .iter()
            .filter(|(mac, kinds)| **kinds == all && **mac != unnamed)
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
                *with_rows.entry((context.mac, columns.minute(row) / 60)).or_default() |= bit(context.kind);
            }
        }
        for (place, rows) in with_rows {
            let kinds = self.covered.get(&place).copied().unwrap_or(rows);
            self.chosen.insert(place, best(kinds));
        }
    }

    /// Whether conversations use what this kind logged at a NIC in an hour.
    #[inline]
    pub fn is_used(&self, mac: u32, hour: u32, kind: LogKind) -> bool {
        self.both.is_empty() || self.chosen.get(&(mac, hour)).is_none_or(|chosen| *chosen == kind)
    }

    /// The hours of which each NIC has records, with the kinds of log as bits (1 VNet, 2 NSG), in no
    /// order.
    pub fn covered(&self) -> impl Iterator<Item = (u32, u32, u8)> + '_ {
        self.covered.iter().map(|((mac, hour), kinds)| (*mac, *hour, *kinds))
    }

    /// NICs with hours that both kinds cover, in no order.
    pub fn covered_twice(&self) -> Vec<CoveredTwice> {
        let all = bit(LogKind::Vnet) | bit(LogKind::Nsg);
        let hours = |mac: u32| {
            self.covered.iter().filter(|((m, _), kinds)| *m == mac && **kinds == all).count() as u32
        };
        let found = self.both.iter().map(|mac| CoveredTwice { mac: *mac, hours: hours(*mac) });
        found.filter(|o| o.hours > 0).collect()
    }
}
