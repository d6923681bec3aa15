//! Tallies by minute: side by side for the first quarter of a year, beyond that in a map.

use crate::model::Tally;
use hashbrown::HashMap;
use std::ops::RangeInclusive;

/// See the module's description.
#[derive(Debug, Default, Clone)]
pub struct Minutes {
    start: u32,
    near: Vec<[u64; 6]>,
    far: HashMap<u32, [u64; 6]>,
    reach: Option<(u32, u32)>,
}

/// Minutes that are kept side by side: 6 MB.
const NEAR: u32 = 1 << 17;

impl Minutes {
    /// With room for these minutes, the first and the one behind the last.
    pub fn new((first, end): (u32, u32)) -> Self {
        let near = vec![[0; 6]; end.saturating_sub(first).min(NEAR) as usize];
        Self { start: first, near, ..Self::default() }
    }

    /// The numbers of a minute.
    #[inline]
    pub fn of(&mut self, minute: u32) -> &mut [u64; 6] {
        match self.near.get_mut(minute.wrapping_sub(self.start) as usize) {
            Some(near) => near,
            None => self.far.entry(minute).or_default(),
        }
    }

    /// Adds to a minute.
    pub fn add(&mut self, minute: u32, numbers: [u64; 6]) {
        // Sums over everything loaded fit: see `Tally::add`. Wrapping, what is added can be taken away again.
        for (sum, number) in self.of(minute).iter_mut().zip(numbers) {
            *sum = sum.wrapping_add(number);
        }
    }

    /// Notes that there is something, be it nothing but zeros, in these two minutes, and nothing outside.
    #[inline]
    pub fn stretch(&mut self, first: u32, last: u32) {
        self.reach = Some(self.reach.map_or((first, last), |(f, l)| (f.min(first), l.max(last))));
    }

    /// Bytes that they take.
    pub fn held(&self) -> usize {
        self.near.capacity() * size_of::<[u64; 6]>() + self.far.allocation_size()
    }

    /// The first and the last minute of which there is something.
    pub fn reach(&self) -> Option<(u32, u32)> {
        self.reach
    }

    /// Adds another's numbers, or takes them away.
    pub fn combine(&mut self, other: &Self, op: fn(u64, u64) -> u64) {
        self.combine_within(other, 0..=u32::MAX, op);
    }

    /// The same for some minutes only.
    pub fn combine_within(&mut self, other: &Self, range: RangeInclusive<u32>, op: fn(u64, u64) -> u64) {
        let near = (other.start..).zip(&other.near).filter(|(_, numbers)| **numbers != [0; 6]);
        let far = other.far.iter().map(|(minute, numbers)| (*minute, numbers));
        for (minute, numbers) in near.chain(far).filter(|(minute, _)| range.contains(minute)) {
            self.add(minute, numbers.map(|number| op(0, number)));
        }
    }

    /// Every minute that has more than zeros, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Tally)> {
        let near = (self.start..).zip(&self.near);
        let all = near.chain(self.far.iter().map(|(minute, numbers)| (*minute, numbers)));
        all.filter(|(_, numbers)| **numbers != [0; 6])
            .map(|(minute, numbers)| (minute, Tally::from_array(*numbers)))
    }
}
