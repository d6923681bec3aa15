//! Sets of small numbers: classes of addresses and pieces of services.

/// A set of numbers below a bound that all sets of one kind share.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// None of so many numbers.
    pub fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// Those of so many numbers of which this holds.
    pub fn of(count: usize, is: impl Fn(usize) -> bool) -> Self {
        let mut out = Self::none(count);
        (0..count).filter(|number| is(*number)).for_each(|number| out.put(number));
        out
    }

    /// Adds a number.
    pub fn put(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Whether both have a number in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// Whether all of this is in the other.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }

    /// What both have.
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    /// What the other does not have.
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & !b).collect())
    }

    /// Whether the parts of two sets that are in this one are the same.
    pub fn sees_the_same(&self, a: &Self, b: &Self) -> bool {
        self.0.iter().zip(a.0.iter().zip(&b.0)).all(|(here, (a, b))| here & (a ^ b) == 0)
    }

    /// The numbers, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }
}
