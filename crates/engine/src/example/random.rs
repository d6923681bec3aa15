//! Numbers that look random and are always the same: SplitMix64 (Steele, Lea, Flood, 2014).

/// A stream of numbers from a seed.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// A stream of its own for every combination of seeds.
    pub(super) fn new(seeds: &[u64]) -> Self {
        let mut random = Self(0x5eed);
        for seed in seeds {
            random.0 ^= seed.wrapping_mul(0xd6e8_feb8_6659_fd93);
            random.next();
        }
        random
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// How often something happens that is expected `per_mille` thousandths of a time: its whole
    /// part, and one more with the chance of the rest.
    pub(super) fn times(&mut self, per_mille: u64) -> u64 {
        per_mille / 1000 + u64::from(self.below(1000) < per_mille % 1000)
    }
}
