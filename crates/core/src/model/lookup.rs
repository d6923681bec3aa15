//! Longest-prefix match: which of many prefixes holds an address most closely.

use crate::model::{Address, Prefix};

/// Prefixes with what they stand for, made once and asked often.
///
/// The address space is cut at every prefix's ends; each piece has the longest prefix that covers it, so
/// that a question is one binary search, however many prefixes there are. For IPv4, whose pieces are narrow, a
/// table by the upper 16 bits leaves a handful of them to search.
#[derive(Debug, Clone)]
pub struct Lookup<T> {
    starts: Vec<u128>,
    values: Vec<Option<T>>,
    /// The starts of IPv4's pieces; its first is number `v4_from` of all.
    v4: Vec<u32>,
    v4_from: usize,
    /// By the upper 16 bits: the first of those pieces that begins at or above them; empty where there are few.
    v4_index: Vec<u32>,
}

/// So many pieces of IPv4 are searched without a table.
const FEW: usize = 64;

impl<T: Copy> Default for Lookup<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T: Copy> Lookup<T> {
    /// Of two equal prefixes the earlier one counts.
    pub fn new(prefixes: Vec<(Prefix, T)>) -> Self {
        let mut prefixes: Vec<(Prefix, Option<T>)> =
            prefixes.into_iter().map(|(prefix, value)| (prefix, Some(value))).collect();
        // IPv4 lies inside the numbers of IPv6: a short IPv6 prefix around it must not take it.
        prefixes.push((Prefix::of(Address::from_v4(0), 0), None));
        // Outer prefixes before inner ones; a stable sort keeps equal ones in their order.
        prefixes.sort_by_key(|(prefix, _)| (prefix.first(), prefix.last().bits().wrapping_neg()));
        prefixes.dedup_by(|later, earlier| later.0 == earlier.0);
        let mut starts = vec![0];
        let mut values = vec![None];
        let mut open: Vec<(u128, Option<T>)> = Vec::new();
        let set = |starts: &mut Vec<u128>, values: &mut Vec<Option<T>>, at: u128, value: Option<T>| {
            if starts.last() == Some(&at) {
                values.pop();
            } else {
                starts.push(at);
            }
            values.push(value);
        };
        for (prefix, value) in prefixes {
            let (first, last) = (prefix.first().bits(), prefix.last().bits());
            while let Some((end, _)) = open.last().copied().filter(|(end, _)| *end < first) {
                open.pop();
                let outer = open.last().and_then(|(_, value)| *value);
                set(&mut starts, &mut values, end.saturating_add(1), outer);
            }
            set(&mut starts, &mut values, first, value);
            open.push((last, value));
        }
        while let Some((end, _)) = open.pop() {
            if end < u128::MAX {
                let outer = open.last().and_then(|(_, value)| *value);
                set(&mut starts, &mut values, end + 1, outer);
            }
        }
        let all = Prefix::of(Address::from_v4(0), 0);
        let v4_from = starts.partition_point(|start| *start < all.first().bits());
        let v4_to = starts.partition_point(|start| *start <= all.last().bits());
        let v4: Vec<u32> =
            starts.get(v4_from..v4_to).unwrap_or_default().iter().map(|start| *start as u32).collect();
        let mut v4_index = Vec::new();
        if v4.len() > FEW {
            let mut at = 0;
            v4_index.extend((0..=1u32 << 16).map(|upper| {
                while v4.get(at).is_some_and(|start| start >> 16 < upper) {
                    at += 1;
                }
                at as u32
            }));
        }
        Self { starts, values, v4, v4_from, v4_index }
    }

    /// What the longest prefix that holds the address stands for.
    pub fn get(&self, address: Address) -> Option<T> {
        let above = match address.v4() {
            Some(bits) => {
                let upper = (bits >> 16) as usize;
                let bound = |at: usize| self.v4_index.get(at).map(|at| *at as usize);
                let (from, to) = (bound(upper).unwrap_or(0), bound(upper + 1).unwrap_or(self.v4.len()));
                let near = self.v4.get(from..to)?;
                self.v4_from + from + near.partition_point(|start| *start <= bits)
            }
            None => self.starts.partition_point(|start| *start <= address.bits()),
        };
        self.values.get(above.checked_sub(1)?).copied().flatten()
    }

    /// Where pieces begin: between two neighbours of these every address has the same answer.
    pub fn starts(&self) -> &[u128] {
        &self.starts
    }

    /// Whether there are no prefixes.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(prefixes: &[(Prefix, usize)], address: Address) -> Option<usize> {
        let holding = prefixes.iter().filter(|(p, _)| p.contains(address));
        holding.max_by_key(|(p, i)| (p.length(), std::cmp::Reverse(*i))).map(|(_, i)| *i)
    }

    fn any_address() -> impl Strategy<Value = Address> {
        prop_oneof![
            (0u32..64).prop_map(|low| Address::from_v4(0x0a00_0000 | low)),
            (0u32..1 << 18).prop_map(|middle| Address::from_v4(0x0a00_0000 | middle << 6)),
            any::<u32>().prop_map(Address::from_v4),
            (0u128..64).prop_map(|low| Address::from_bits(0x2001_0db8 << 96 | low)),
        ]
    }

    proptest! {
        #[test]
        fn the_same_as_looking_at_every_prefix(
            prefixes in proptest::collection::vec((any_address(), 0u8..=128), 0..200),
            questions in proptest::collection::vec(any_address(), 1..30),
        ) {
            let prefixes: Vec<(Prefix, usize)> =
                prefixes.into_iter().enumerate().map(|(i, (a, l))| (Prefix::of(a, l), i)).collect();
            let lookup = Lookup::new(prefixes.clone());
            for address in questions {
                prop_assert_eq!(lookup.get(address), naive(&prefixes, address), "{}", address);
            }
        }
    }
}
