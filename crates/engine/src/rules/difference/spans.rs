//! Sets of addresses as ranges.

use azflow_core::model::{Address, Endpoint, Prefix};

/// IPv4's addresses among all.
const V4: (u128, u128) = (Address::from_v4(0).bits(), Address::from_v4(u32::MAX).bits());

/// The addresses of a prefix or a range; nothing for names. One of IPv6 around IPv4's does not hold these.
pub fn plain_spans(end: &Endpoint) -> Vec<(u128, u128)> {
    let (first, last) = match end {
        Endpoint::Any => return vec![(0, u128::MAX)],
        Endpoint::Prefix(prefix) => (prefix.first(), prefix.last()),
        Endpoint::Range(first, last) => (*first, *last),
        Endpoint::Tag(_) | Endpoint::Asg(_) | Endpoint::Unknown(_) => return Vec::new(),
    };
    let (from, to) = (first.bits(), last.bits());
    if first.v4().is_some() {
        return vec![(from, to)];
    }
    let pieces = [(from, to.min(V4.0 - 1)), (from.max(V4.1 + 1), to)];
    pieces.into_iter().filter(|(first, last)| first <= last).collect()
}

/// A set of addresses: ranges, sorted and apart from each other.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Spans(Vec<(u128, u128)>);

impl Spans {
    /// Out of ranges in any order.
    pub fn new(mut ranges: Vec<(u128, u128)>) -> Self {
        ranges.retain(|(first, last)| first <= last);
        ranges.sort_unstable();
        let mut out: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match out.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => out.push((first, last)),
            }
        }
        Self(out)
    }

    /// What either has.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self::new(self.0.iter().chain(&other.0).copied().collect())
    }

    /// Every address of both families.
    pub fn all() -> Self {
        Self(vec![(0, u128::MAX)])
    }

    /// What the other does not have.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut out = Vec::new();
        let mut others = other.0.iter().peekable();
        for (first, last) in &self.0 {
            let mut from = Some(*first);
            while let (Some(start), Some((cut, end))) = (from, others.peek().copied().copied()) {
                if cut > *last {
                    break;
                }
                if end >= start {
                    out.extend(
                        cut.checked_sub(1).filter(|before| *before >= start).map(|before| (start, before)),
                    );
                    from = end.checked_add(1).filter(|next| next <= last);
                }
                // One that reaches further may cut the next range, too.
                if end > *last {
                    break;
                }
                others.next();
            }
            out.extend(from.map(|start| (start, *last)));
        }
        Self::new(out)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an address is one of them.
    pub fn holds(&self, address: Address) -> bool {
        let at = self.0.partition_point(|(_, last)| *last < address.bits());
        self.0.get(at).is_some_and(|(first, _)| *first <= address.bits())
    }

    /// Whether a range has an address of them.
    pub fn meets(&self, (first, last): (u128, u128)) -> bool {
        let at = self.0.partition_point(|(_, own)| *own < first);
        self.0.get(at).is_some_and(|(own, _)| *own <= last)
    }

    /// The lowest address.
    pub fn first(&self) -> Option<Address> {
        self.0.first().map(|(first, _)| Address::from_bits(*first))
    }

    /// Whether it is every address of both families.
    pub fn is_all(&self) -> bool {
        self.0 == [(0, u128::MAX)]
    }

    /// The ranges, each of one family.
    pub fn ranges(&self) -> Vec<(Address, Address)> {
        let parts = |span: &(u128, u128)| {
            let (first, last) = *span;
            [(first, last.min(V4.0 - 1)), (first.max(V4.0), last.min(V4.1)), (first.max(V4.1 + 1), last)]
        };
        let all = self.0.iter().flat_map(parts).filter(|(first, last)| first <= last);
        all.map(|(first, last)| (Address::from_bits(first), Address::from_bits(last))).collect()
    }

    /// The ranges as rules write them: `*` for all, a prefix, or first and last address.
    pub fn texts(&self) -> Vec<String> {
        if self.is_all() {
            return vec!["*".to_owned()];
        }
        self.ranges().into_iter().map(|(first, last)| range_text(first, last)).collect()
    }
}

fn range_text(first: Address, last: Address) -> String {
    if first == last {
        return first.to_string();
    }
    let bits = if first.v4().is_some() { 32 } else { 128 };
    let free = (first.bits() ^ last.bits()).checked_ilog2().map_or(0, |top| top + 1);
    let prefix = Prefix::of(first, (bits - free.min(bits)) as u8);
    if prefix.first() == first && prefix.last() == last {
        prefix.to_string()
    } else {
        format!("{first}-{last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn a(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn ranges_are_written_as_rules_write_them() {
        let range = |first: &str, last: &str| (a(first).bits(), a(last).bits());
        let spans = Spans::new(vec![
            range("10.0.1.0", "10.0.1.255"),
            range("10.0.0.0", "10.0.0.255"),
            range("10.0.4.1", "10.0.4.2"),
            range("10.0.9.9", "10.0.9.9"),
            range("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ]);
        assert_eq!(spans.texts(), ["10.0.0.0/23", "10.0.4.1-10.0.4.2", "10.0.9.9", "2001:db8::/32"]);
        assert!(spans.holds(a("10.0.1.7")) && !spans.holds(a("10.0.2.0")));
        assert!(spans.meets(range("10.0.3.0", "10.0.4.1")) && !spans.meets(range("10.0.5.0", "10.0.6.0")));
    }

    proptest! {
        #[test]
        fn what_is_left_is_what_the_other_does_not_have(
            a in proptest::collection::vec((0u128..40, 0u128..6), 0..6),
            b in proptest::collection::vec((0u128..40, 0u128..6), 0..6),
            ends in any::<[bool; 2]>(),
        ) {
            let spans = |list: &[(u128, u128)], is_long: bool| {
                let mut all: Vec<(u128, u128)> = list.iter().map(|(first, more)| (*first, first + more)).collect();
                all.extend(is_long.then_some((44, u128::MAX)));
                Spans::new(all)
            };
            let (a, b) = (spans(&a, ends[0]), spans(&b, ends[1]));
            let left = a.without(&b);
            for bits in (0..60).chain([u128::MAX]) {
                let address = Address::from_bits(bits);
                prop_assert_eq!(left.holds(address), a.holds(address) && !b.holds(address), "{}", bits);
            }
        }
    }

    #[test]
    fn all_is_a_star_and_families_stay_apart() {
        assert_eq!(Spans::new(vec![(0, u128::MAX)]).texts(), ["*"]);
        let v4 = plain_spans(&Endpoint::Prefix(Prefix::parse("0.0.0.0/0").unwrap()));
        let v6 = plain_spans(&Endpoint::Prefix(Prefix::parse("::/0").unwrap()));
        assert_eq!(Spans::new(v4.clone()).texts(), ["0.0.0.0/0"]);
        assert!(!Spans::new(v6.clone()).holds(a("10.0.0.1")));
        assert!(Spans::new([v4, v6].concat()).is_all());
    }
}
