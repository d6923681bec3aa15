//! Sorting millions of things by numbers: a radix sort, which compares nothing and keeps the order of equals.

/// So many of millions are taken in one call: a browser puts faster code of a function in place between two calls of
/// it, not within one.
pub const AT_ONCE: usize = 4096;
/// Bits of a digit, and digits of a key.
const DIGIT: usize = 11;
const DIGITS: usize = 64_usize.div_ceil(DIGIT);

/// Sorts `order`, whose entries are places in `keys`, by their keys. What has the same key keeps its order, so
/// sorting by one key after the other, the last of them first, sorts by all of them.
pub fn sort_by_keys(order: &mut Vec<u32>, keys: &[u64]) {
    // Keys move along with their places: looking them up again would be a jump through memory each.
    let mut now: Vec<u64> = order.iter().map(|place| keys[*place as usize]).collect();
    let mut counts = vec![[0u32; 1 << DIGIT]; DIGITS];
    for some in now.chunks(AT_ONCE) {
        count(some, &mut counts);
    }
    let (mut places, mut next) = (vec![0; order.len()], vec![0; order.len()]);
    for (number, count) in counts.iter_mut().enumerate() {
        // A digit that all have alike sorts nothing.
        if count.iter().any(|c| *c as usize == order.len()) {
            continue;
        }
        let mut begin = 0;
        for slot in count.iter_mut() {
            begin += std::mem::replace(slot, begin);
        }
        for (keys, order) in now.chunks(AT_ONCE).zip(order.chunks(AT_ONCE)) {
            scatter((keys, order), number, count, (&mut next, &mut places));
        }
        std::mem::swap(&mut now, &mut next);
        std::mem::swap(order, &mut places);
    }
}

fn digit(key: u64, number: usize) -> usize {
    (key >> (DIGIT * number)) as usize & ((1 << DIGIT) - 1)
}

/// Counts every digit of some keys.
#[inline(never)]
fn count(some: &[u64], counts: &mut [[u32; 1 << DIGIT]]) {
    for key in some {
        for (number, count) in counts.iter_mut().enumerate() {
            count[digit(*key, number)] += 1;
        }
    }
}

/// Puts some keys with their places where a digit says.
#[inline(never)]
fn scatter(
    (keys, places): (&[u64], &[u32]),
    number: usize,
    begin: &mut [u32; 1 << DIGIT],
    out: (&mut [u64], &mut [u32]),
) {
    for (key, place) in keys.iter().zip(places) {
        let slot = &mut begin[digit(*key, number)];
        let at = *slot as usize;
        (out.0[at], out.1[at]) = (*key, *place);
        *slot += 1;
    }
}

/// Puts things into an order that says for each place which one belongs there, without room for all of them again.
pub fn put_in_order<T: Copy>(things: &mut [T], order: &mut [u32]) {
    for begin in 0..things.len() {
        let first = things[begin];
        let mut at = begin;
        while at != usize::MAX {
            at = follow(things, order, (begin, first), at);
        }
    }
}

/// Follows a cycle of an order for some steps. Where it goes on; `usize::MAX`: it is closed.
#[inline(never)]
fn follow<T: Copy>(things: &mut [T], order: &mut [u32], (begin, first): (usize, T), mut at: usize) -> usize {
    for _ in 0..AT_ONCE {
        let from = order[at] as usize;
        order[at] = at as u32;
        if from == begin || from == at {
            things[at] = first;
            return usize::MAX;
        }
        things[at] = things[from];
        at = from;
    }
    at
}

/// By place in the list: how many different values are smaller.
pub fn ranks(bits: &[u128]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..bits.len() as u32).collect();
    for half in [0, 64] {
        let keys: Vec<u64> = bits.iter().map(|b| (b >> half) as u64).collect();
        sort_by_keys(&mut order, &keys);
    }
    let mut out = vec![0; bits.len()];
    let mut rank = 0;
    for (at, place) in order.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| bits[order[before] as usize]);
        rank += u32::from(before.is_some_and(|before| before != bits[*place as usize]));
        out[*place as usize] = rank;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_as_a_stable_sort(list in proptest::collection::vec((0u64..9, any::<u64>()), 0..300)) {
            for pick in [|k: &(u64, u64)| k.0, |k: &(u64, u64)| k.1, |k: &(u64, u64)| k.0 << 40] {
                let keys: Vec<u64> = list.iter().map(pick).collect();
                let mut ours: Vec<u32> = (0..keys.len() as u32).rev().collect();
                let mut theirs = ours.clone();
                sort_by_keys(&mut ours, &keys);
                theirs.sort_by_key(|place| keys[*place as usize]);
                prop_assert_eq!(ours, theirs);
            }
        }

        #[test]
        fn ranks_are_in_the_order_of_the_values(list in proptest::collection::vec(any::<u128>(), 0..50), twice: bool) {
            let list = if twice { [list.clone(), list].concat() } else { list };
            let ranks = ranks(&list);
            for (a, rank_a) in list.iter().zip(&ranks) {
                for (b, rank_b) in list.iter().zip(&ranks) {
                    prop_assert_eq!(a.cmp(b), rank_a.cmp(rank_b));
                }
            }
        }

        #[test]
        fn everything_is_put_where_the_order_says(count in 0usize..9000, seed in any::<u64>()) {
            let things: Vec<u64> = (0..count as u64).map(|n| n.wrapping_mul(seed | 1)).collect();
            let mut order: Vec<u32> = (0..count as u32).collect();
            order.sort_by_key(|at| (u64::from(*at) ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let expected: Vec<u64> = order.iter().map(|at| things[*at as usize]).collect();
            let mut moved = things;
            put_in_order(&mut moved, &mut order);
            prop_assert_eq!(moved, expected);
        }
    }
}
