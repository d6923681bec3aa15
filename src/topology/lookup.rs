//! Longest-prefix match: which of many prefixes holds an address most closely.

use crate::model::{Address, Prefix};

/// Prefixes with what they stand for, made once and asked often.
///
/// The address space is cut at every prefix's ends; each piece has the longest prefix that covers it, so
/// that a question is one binary search, however many prefixes there are.
#[derive(Debug, Clone)]
pub struct Lookup<T> {
    starts: Vec<u128>,
    values: Vec<Option<T>>,
}

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
        Self { starts, values }
    }

    /// What the longest prefix that holds the address stands for.
    pub fn get(&self, address: Address) -> Option<T> {
        let bits = address.bits();
        let at = self.starts.partition_point(|start| *start <= bits);
        self.values.get(at.checked_sub(1)?).copied().flatten()
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
            any::<u32>().prop_map(Address::from_v4),
            (0u128..64).prop_map(|low| Address::from_bits(0x2001_0db8 << 96 | low)),
        ]
    }

    proptest! {
        #[test]
        fn the_same_as_looking_at_every_prefix(
            prefixes in proptest::collection::vec((any_address(), 0u8..=128), 0..30),
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
