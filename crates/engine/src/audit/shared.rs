//! Which groups apply at the same machines as others.

use crate::rules::Applied;
use azflow_core::model::Address;
use std::cmp::Reverse;

/// Whether another group applies where each does: a NIC of one lies in a prefix of the other.
pub fn shared(groups: &[Applied]) -> Vec<bool> {
    let mut out = vec![false; groups.len()];
    let mut nics: Vec<(Address, usize)> = groups
        .iter()
        .enumerate()
        .flat_map(|(at, group)| group.nics.iter().map(move |nic| (*nic, at)))
        .collect();
    nics.sort_unstable();
    // Where the next NIC of another group is.
    let mut next = vec![nics.len(); nics.len()];
    for at in (1..nics.len()).rev() {
        next[at - 1] = if nics[at - 1].1 == nics[at].1 { next[at] } else { at };
    }
    for (group, applied) in groups.iter().enumerate() {
        out[group] = applied.prefixes.iter().any(|prefix| {
            let from = nics.partition_point(|(nic, _)| *nic < prefix.first());
            let first = nics.get(from).is_some_and(|(_, other)| *other == group);
            let other = if first { next[from] } else { from };
            nics.get(other).is_some_and(|(nic, _)| *nic <= prefix.last())
        });
    }
    // Of the prefixes around an address the inner ones end first, so that a stack has them in order.
    let mut prefixes: Vec<(Address, Reverse<Address>, usize)> = groups
        .iter()
        .enumerate()
        .flat_map(|(at, group)| group.prefixes.iter().map(move |p| (p.first(), Reverse(p.last()), at)))
        .collect();
    prefixes.sort_unstable();
    let mut prefixes = prefixes.into_iter().peekable();
    // Each with the nearest group around it that is another.
    let mut around: Vec<(Address, usize, Option<usize>)> = Vec::new();
    for (nic, group) in nics {
        while let Some((first, Reverse(last), at)) = prefixes.next_if(|(first, ..)| *first <= nic) {
            while around.last().is_some_and(|(end, ..)| *end < first) {
                around.pop();
            }
            let other =
                around.last().and_then(|(_, own, other)| if *own == at { *other } else { Some(*own) });
            around.push((last, at, other));
        }
        while around.last().is_some_and(|(end, ..)| *end < nic) {
            around.pop();
        }
        out[group] |= around.last().is_some_and(|(_, own, other)| *own != group || other.is_some());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::Prefix;
    use proptest::prelude::*;

    fn address() -> impl Strategy<Value = Address> {
        (0u32..24).prop_map(|low| Address::from_v4(0x0a00_0000 | low))
    }

    fn group() -> impl Strategy<Value = Applied> {
        let prefix = (address(), 27u8..=32).prop_map(|(address, length)| Prefix::of(address, length));
        (proptest::collection::vec(address(), 0..3), proptest::collection::vec(prefix, 0..3))
            .prop_map(|(nics, prefixes)| Applied { nics, prefixes, ..Applied::default() })
    }

    proptest! {
        #[test]
        fn the_same_as_looking_at_every_pair(groups in proptest::collection::vec(group(), 0..6)) {
            let within = |nics: &Applied, prefixes: &Applied| {
                nics.nics.iter().any(|nic| prefixes.prefixes.iter().any(|prefix| prefix.contains(*nic)))
            };
            let each: Vec<bool> = (0..groups.len())
                .map(|at| {
                    let other = |(other, there): (usize, &Applied)| {
                        other != at && (within(&groups[at], there) || within(there, &groups[at]))
                    };
                    groups.iter().enumerate().any(other)
                })
                .collect();
            prop_assert_eq!(shared(&groups), each);
        }
    }
}
