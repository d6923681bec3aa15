//! What the store gives up before memory runs out: first the minute, then single public addresses, at last the day.
//!
//! Sums never change. A step is taken when the content after merging is above the limit (`room`). What is above it at
//! some point of loading is above it at the end too, so the last step taken is the first at which everything fits:
//! it depends on what was loaded, not on its order. Only the far end of a row is folded: the NIC's own end is what
//! rules are written for.

use super::Store;
use super::keys::Keys;
use super::room::Limit;
use crate::ingest::AddressTable;
use crate::model::{Address, FlowDirection, Prefix};
use serde::{Deserialize, Serialize};

/// Bins in minutes, finest first.
const BINS: [u32; 4] = [1, 10, 60, 1440];
/// The same, once no public address is left that could be cut: a week, and four. Several kinds of log of one NIC are
/// chosen between by bins, which is why addresses go first.
const LAST_BINS: [u32; 2] = [10_080, 40_320];
/// Lengths that public addresses are cut to, IPv4 and IPv6, longest first.
const FOLDS: [(u8, u8); 3] = [(24, 48), (16, 32), (8, 16)];

/// How exact times and addresses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Times are kept to bins of so many minutes: 1, 10, 60, 1440, 10080 or 40320.
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
    pub(super) fn coarser(self) -> Option<Self> {
        match BINS.iter().find(|bin| **bin > self.bin_minutes) {
            Some(bin) => Some(Self { bin_minutes: *bin, ..self }),
            None => {
                let shorter = |fold: &&(u8, u8)| self.folded.is_none_or(|(v4, _)| fold.0 < v4);
                let longer = || LAST_BINS.iter().find(|bin| **bin > self.bin_minutes);
                let fold = FOLDS.iter().find(shorter).map(|fold| Self { folded: Some(*fold), ..self });
                fold.or_else(|| longer().map(|bin| Self { bin_minutes: *bin, ..self }))
            }
        }
    }
}

/// By number of an address in one dictionary, its number in another: as it is, and folded.
#[derive(Debug)]
pub(super) struct Ends {
    near: Vec<u32>,
    far: Vec<u32>,
}

impl Ends {
    /// None yet, of so many.
    pub fn new(addresses: usize) -> Self {
        Self { near: vec![u32::MAX; addresses], far: vec![u32::MAX; addresses] }
    }

    /// The number of one of the addresses in another dictionary, folded to prefixes of these lengths if it is public.
    #[inline]
    pub fn number(&mut self, id: u32, fold: Option<(u8, u8)>, of: &[u128], to: &mut AddressTable) -> u32 {
        let ends = if fold.is_some() { &mut self.far } else { &mut self.near };
        let known = &mut ends[id as usize];
        if *known == u32::MAX {
            let bits = of[id as usize];
            *known = to.intern(fold.map_or(bits, |prefixes| folded(bits, prefixes)));
        }
        *known
    }
}

/// Which of source and destination is far from the NIC: without a direction, either may be.
pub(super) fn far_ends(direction: FlowDirection) -> [bool; 2] {
    [direction != FlowDirection::Outbound, direction != FlowDirection::Inbound]
}

/// An address cut to its prefix if it is public.
fn folded(bits: u128, prefixes: (u8, u8)) -> u128 {
    let address = Address::from_bits(bits);
    if !address.is_public() {
        return bits;
    }
    let length = if address.v4().is_some() { prefixes.0 } else { prefixes.1 };
    Prefix::of(address, length).first().bits()
}

impl Store {
    /// With another limit than the default.
    pub fn with_limit(limit: Limit) -> Self {
        Self { limit, ..Self::default() }
    }

    /// The most bytes of content.
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// How exact times and addresses are by now.
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// Takes steps until the content fits, or none is left.
    pub(super) fn shrink(&mut self) {
        while !self.fits()
            && let Some(coarser) = self.resolution.coarser()
        {
            if coarser.bin_minutes != self.resolution.bin_minutes {
                self.columns.coarsen(coarser.bin_minutes);
            } else if let Some(prefixes) = coarser.folded {
                self.fold(prefixes);
            }
            self.resolution = coarser;
            self.columns.give_back(self.limit.rows());
        }
    }

    /// Folds the far ends of all rows. Addresses that no row has any more are forgotten: the dictionary too depends
    /// on what was loaded, not on when it was folded.
    fn fold(&mut self, prefixes: (u8, u8)) {
        let of = self.addresses.take();
        self.addresses = AddressTable::default();
        let mut ends = Ends::new(of.len());
        let direction: Vec<FlowDirection> = self.contexts.iter().map(|context| context.direction).collect();
        let to = &mut self.addresses;
        let mut keys = Keys::default();
        // By conversation: the new one of what was logged inbound, outbound and without a direction.
        let mut numbers: Vec<[u32; 3]> = Vec::with_capacity(self.columns.conversations());
        for number in 0..self.columns.conversations() {
            let known = self.columns.conversation(number);
            let mut now = [u32::MAX; 3];
            for row in known.rows {
                let direction = direction[self.columns.context(row) as usize];
                let now = &mut now[direction as usize];
                if *now == u32::MAX {
                    let [src_far, dst_far] = far_ends(direction);
                    let src = ends.number(known.src, Some(prefixes).filter(|_| src_far), &of, to);
                    let dst = ends.number(known.dst, Some(prefixes).filter(|_| dst_far), &of, to);
                    *now = keys.number([src, dst, known.service]);
                }
            }
            numbers.push(now);
        }
        for names in [&mut self.carried, &mut self.machines] {
            let old = std::mem::take(names);
            names.extend(old.into_iter().map(|(id, name)| (ends.number(id, None, &of, to), name)));
        }
        for (id, service) in std::mem::take(&mut self.served) {
            if !Address::from_bits(of[id as usize]).is_public() {
                self.served.insert((ends.number(id, None, &of, to), service));
            }
        }
        // Told again by whoever knows.
        self.forwarders.clear();
        drop((of, ends));
        let side = |context: u32| direction[context as usize] as usize;
        self.columns.renumber(keys, |number, context| numbers[number][side(context)]);
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
                (1440, Some(8)),
                (10_080, Some(8)),
                (40_320, Some(8))
            ]
        );
    }
}
