//! What the store gives up before memory runs out: first the minute, then single public addresses.
//!
//! Sums never change. Each step is taken when the table has more rows than the limit after merging,
//! so which steps are taken depends on what was loaded, not on its order. Only the far end of a row is
//! folded: the NIC's own end is what rules are written for.

use super::Store;
use crate::model::wire::Wire;
use crate::model::{Address, Direction, Prefix};
use serde::Serialize;

/// Bins in minutes, finest first.
const BINS: [u32; 4] = [1, 10, 60, 1440];
/// Lengths that public addresses are cut to, IPv4 and IPv6, longest first.
const FOLDS: [(u8, u8); 3] = [(24, 48), (16, 32), (8, 16)];

/// How exact times and addresses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Wire, Serialize)]
pub struct Resolution {
    /// Times are kept to bins of so many minutes: 1, 10, 60 or 1440.
    pub bin_minutes: u32,
    /// Public addresses are cut to prefixes of these lengths, IPv4 and IPv6.
    pub folded: Option<(u8, u8)>,
}

impl Default for Resolution {
    fn default() -> Self {
        Self { bin_minutes: 1, folded: None }
    }
}

impl Resolution {
    /// The next coarser one, if there is one.
    fn coarser(self) -> Option<Self> {
        match BINS.iter().find(|bin| **bin > self.bin_minutes) {
            Some(bin) => Some(Self { bin_minutes: *bin, ..self }),
            None => {
                let shorter = |fold: &&(u8, u8)| self.folded.is_none_or(|(v4, _)| fold.0 < v4);
                FOLDS.iter().find(shorter).map(|fold| Self { folded: Some(*fold), ..self })
            }
        }
    }
}

/// The most rows of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub usize);

impl Default for Limit {
    /// 20 million rows of 40 bytes, twice while merging, and what waits to be merged: two of the four
    /// gigabytes that a module can have.
    fn default() -> Self {
        Self(20_000_000)
    }
}

impl Store {
    /// With another limit than the default.
    pub fn with_limit(limit: Limit) -> Self {
        Self { limit, ..Self::default() }
    }

    /// The most rows of the table.
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// How exact times and addresses are by now.
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// Takes steps until the table fits, or none is left.
    pub(super) fn shrink(&mut self) {
        while self.columns.len() > self.limit.0
            && let Some(coarser) = self.resolution.coarser()
        {
            if coarser.bin_minutes != self.resolution.bin_minutes {
                self.columns.coarsen(coarser.bin_minutes);
            } else if let Some(prefixes) = coarser.folded {
                let mut ends = hashbrown::HashMap::new();
                for number in 0..self.columns.conversations() {
                    let conversation = self.columns.conversation(number);
                    for row in conversation.rows {
                        let key = (self.columns.context(row), conversation.src, conversation.dst);
                        if !ends.contains_key(&key) {
                            let folded = self.fold(prefixes, key.0, key.1, key.2);
                            ends.insert(key, folded);
                        }
                    }
                }
                let to = |context, src, dst| ends.get(&(context, src, dst)).copied().unwrap_or((src, dst));
                self.columns.readdress(to);
            }
            self.resolution = coarser;
        }
    }

    /// The two ends of a row with its far end folded, if that is public.
    pub(super) fn fold(&mut self, prefixes: (u8, u8), context: u32, src: u32, dst: u32) -> (u32, u32) {
        let outbound = self.contexts[context as usize].direction == Direction::Outbound;
        let far = self.address(if outbound { dst } else { src });
        if !far.is_public() {
            return (src, dst);
        }
        let length = if far.v4().is_some() { prefixes.0 } else { prefixes.1 };
        let folded: Address = Prefix::of(far, length).first();
        let folded = self.addresses.intern(folded.bits());
        if outbound { (src, folded) } else { (folded, dst) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_give_way_before_addresses() {
        let mut steps = vec![Resolution::default()];
        while let Some(next) = steps.last().and_then(|r| r.coarser()) {
            steps.push(next);
        }
        let seen: Vec<_> = steps.iter().map(|r| (r.bin_minutes, r.folded.map(|f| f.0))).collect();
        assert_eq!(
            seen,
            [
                (1, None),
                (10, None),
                (60, None),
                (1440, None),
                (1440, Some(24)),
                (1440, Some(16)),
                (1440, Some(8))
            ]
        );
    }
}
