//! Sorting in little code.
//!
//! The standard library's stable sort is some five kilobytes of code for each type that is sorted, and the page sorts more
//! than a hundred: so it sorted numbers with a fifth of its code. Here a list's places are sorted, by one function for all
//! types, and what is in the list is then moved to them. It is for short lists: comparing two things by their places is
//! slower where millions lie apart.

use std::cmp::Ordering;

/// Sorts so that what is equal keeps its order, as `sort` does.
pub trait SortSmall<T> {
    /// By the things' own order.
    fn sort_small(&mut self)
    where
        T: Ord;

    /// By a key, which is found again for each comparison.
    fn sort_small_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K);

    /// By a comparison.
    fn sort_small_by(&mut self, compare: impl Fn(&T, &T) -> Ordering);
}

impl<T> SortSmall<T> for [T] {
    fn sort_small(&mut self)
    where
        T: Ord,
    {
        self.sort_small_by(T::cmp);
    }

    fn sort_small_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.sort_small_by(|a, b| key(a).cmp(&key(b)));
    }

    fn sort_small_by(&mut self, compare: impl Fn(&T, &T) -> Ordering) {
        let order = sorted(self.len(), &|a, b| match (self.get(a as usize), self.get(b as usize)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        });
        put(order, &mut |a, b| self.swap(a as usize, b as usize));
    }
}

/// The places in the order of what they hold.
#[inline(never)]
fn sorted(count: usize, compare: &dyn Fn(u32, u32) -> Ordering) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

/// Moves things, by swapping two at a time, so that each place has what the order says.
#[inline(never)]
fn put(mut order: Vec<u32>, swap: &mut dyn FnMut(u32, u32)) {
    for begin in 0..order.len() as u32 {
        let mut at = begin;
        loop {
            let from = std::mem::replace(&mut order[at as usize], at);
            if from == begin {
                break;
            }
            swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_as_the_standard_librarys_sorts(list in proptest::collection::vec((0u8..9, any::<u16>()), 0..300)) {
            let (mut ours, mut theirs) = (list.clone(), list.clone());
            ours.sort_small();
            theirs.sort();
            prop_assert_eq!(&ours, &theirs);
            let (mut ours, mut theirs) = (list.clone(), list.clone());
            ours.sort_small_by_key(|one| one.0);
            theirs.sort_by_key(|one| one.0);
            prop_assert_eq!(&ours, &theirs);
            let (mut ours, mut theirs) = (list.clone(), list);
            ours.sort_small_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            theirs.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            prop_assert_eq!(&ours, &theirs);
        }
    }
}
