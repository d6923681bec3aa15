//! Sets of small numbers: classes of addresses and pieces of services.

use fixedbitset::FixedBitSet;

/// A set of numbers below a bound that all sets of one kind share.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct Bits(FixedBitSet);

impl Bits {
    /// None of so many numbers.
    pub fn none(count: usize) -> Self {
        Self(FixedBitSet::with_capacity(count))
    }

    /// Those of so many numbers of which this holds.
    pub fn of(count: usize, is: impl Fn(usize) -> bool) -> Self {
        let mut out = Self::none(count);
        (0..count).filter(|number| is(*number)).for_each(|number| out.put(number));
        out
    }

    /// Adds a number, if it is below the bound.
    pub fn put(&mut self, number: usize) {
        if number < self.0.len() {
            self.0.insert(number);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_clear()
    }

    /// Whether a number is in it.
    pub fn has(&self, number: usize) -> bool {
        self.0.contains(number)
    }

    /// Whether both have a number in common.
    pub fn meets(&self, other: &Self) -> bool {
        !self.0.is_disjoint(&other.0)
    }

    /// Whether all of this is in the other.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// What both have.
    pub fn and(&self, other: &Self) -> Self {
        Self(&self.0 & &other.0)
    }

    /// What the other does not have.
    pub fn without(&self, other: &Self) -> Self {
        let mut out = self.clone();
        out.0.difference_with(&other.0);
        out
    }

    /// Whether the parts of two sets that are in this one are the same.
    pub fn sees_the_same(&self, a: &Self, b: &Self) -> bool {
        self.0.intersection(&a.0).eq(self.0.intersection(&b.0))
    }

    /// The numbers, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.ones()
    }
}
