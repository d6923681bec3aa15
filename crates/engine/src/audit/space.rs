//! Rules as sets of packets: exact comparing over source, destination, protocol and port.
//!
//! The rules of a list cut each side at every address and port at which one of them begins or ends, so that each has
//! whole pieces of a side or none. A set of packets is a few products of such sets: a rule is one of them, however many
//! prefixes and ports it has. Names (tags, groups) are pieces of their own, whose addresses are not looked at: a name is
//! only ever equal to itself, and `Any` is every address and every name of the list. Comparing has a bound in steps, so
//! that no list takes longer than it is worth.

use crate::rules::{MANAGEMENT, plain_spans};
use azflow_core::model::{Endpoint, PortRange, Prefix, Protocol, SecurityRule};
use fixedbitset::FixedBitSet;
use std::collections::{BTreeMap, BTreeSet};

/// Blocks of pieces that the sets of all rules of a list may have together: 32 MB.
const MOST_BLOCKS: usize = 1 << 22;
/// Protocols by their numbers.
const PROTOCOLS: usize = 256;

/// IPv4's addresses as mapped ones, and those of IPv6 that are in use.
const V4: (u128, u128) = (0xffff << 32, (0xffff << 32) | 0xffff_ffff);
const V6: (u128, u128) = (0x2000 << 112, (0x4000 << 112) - 1);

/// What is not of the Internet.
const PRIVATE: [&str; 11] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
    "fc00::/6",
    "::/16",
];

/// Steps that comparing may still take: a step looks at up to 64 pieces of a side.
#[derive(Debug)]
pub struct Work {
    left: u64,
}

impl Work {
    /// So many steps.
    pub fn new(left: u64) -> Self {
        Self { left }
    }

    /// Whether none is left.
    pub fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Takes steps; `None` where there are not so many.
    pub fn spend(&mut self, steps: usize) -> Option<()> {
        let left = self.left.checked_sub(steps as u64);
        self.left = left.unwrap_or(0);
        left.map(drop)
    }

    /// Does something with at most so many of the steps.
    pub fn with<T>(&mut self, most: u64, act: impl FnOnce(&mut Self) -> T) -> T {
        let mut part = Self { left: most.min(self.left) };
        let given = part.left;
        let out = act(&mut part);
        self.left -= given - part.left;
        out
    }
}

/// One side of all rules: where addresses are cut, and which names there are.
#[derive(Debug, Default)]
struct Side {
    /// First addresses of its pieces.
    cuts: Vec<u128>,
    names: BTreeMap<String, usize>,
}

impl Side {
    fn of<'a>(ends: impl Iterator<Item = &'a Endpoint>) -> Self {
        let (mut spans, mut names) = (vec![V4, V6], BTreeSet::new());
        spans.extend(private().iter().flat_map(plain_spans));
        for end in ends {
            spans.extend(plain_spans(end));
            names.extend(name(end));
        }
        let starts =
            spans.iter().flat_map(|(first, last)| std::iter::once(*first).chain(last.checked_add(1)));
        let mut cuts: Vec<u128> = std::iter::once(0).chain(starts).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let from = cuts.len();
        let names = names.into_iter().enumerate().map(|(at, name)| (name, from + at)).collect();
        Self { cuts, names }
    }

    fn pieces(&self) -> usize {
        self.cuts.len() + self.names.len()
    }

    fn none(&self) -> FixedBitSet {
        FixedBitSet::with_capacity(self.pieces())
    }

    fn add(&self, (first, last): (u128, u128), to: &mut FixedBitSet) {
        if first > last {
            return;
        }
        let at = |address: u128| self.cuts.partition_point(|cut| *cut <= address);
        // `first` is a cut, and `last` is before one.
        to.insert_range(at(first).saturating_sub(1)..at(last));
    }

    fn set(&self, ends: &[Endpoint]) -> FixedBitSet {
        let mut out = self.none();
        for end in ends {
            match end {
                Endpoint::Any => out.insert_range(..),
                Endpoint::Prefix(_) | Endpoint::Range(..) => {
                    plain_spans(end).into_iter().for_each(|span| self.add(span, &mut out));
                }
                named => {
                    if let Some(at) = name(named).and_then(|name| self.names.get(&name)) {
                        out.insert(*at);
                    }
                }
            }
        }
        out
    }

    /// A set with all addresses where it has a name, which may stand for any of them, and no names.
    fn widened(&self, set: &FixedBitSet) -> FixedBitSet {
        let mut out = set.clone();
        if set.ones().next_back().is_some_and(|last| last >= self.cuts.len()) {
            out.insert_range(..self.cuts.len());
            out.remove_range(self.cuts.len()..);
        }
        out
    }
}

/// The spaces of addresses and ports of a list of rules.
#[derive(Debug)]
pub struct Space {
    src: Side,
    dst: Side,
    /// First ports of the pieces.
    ports: Vec<u16>,
    /// Whether the rules speak of IPv6.
    is_v6: bool,
}

/// A product of sets of pieces: source, destination, protocol, port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packets([FixedBitSet; 4]);

/// Sides by how soon two of them are found to be apart.
const ORDER: [usize; 4] = [2, 3, 0, 1];

impl Space {
    /// Of these rules; `None` where they are too many and too long to be compared.
    pub fn of(rules: &[SecurityRule]) -> Option<Self> {
        let ends = || rules.iter().flat_map(|rule| rule.sources.iter().chain(&rule.destinations));
        let mut ports = BTreeSet::from([0]);
        let ranges = rules.iter().flat_map(|rule| &rule.destination_ports).copied();
        for PortRange { first, last } in ranges.chain(MANAGEMENT.map(PortRange::one)) {
            ports.insert(first);
            ports.extend(last.checked_add(1));
        }
        let is_v6 = ends().any(|end| match end {
            Endpoint::Prefix(prefix) => prefix.first().v4().is_none(),
            Endpoint::Range(first, _) => first.v4().is_none(),
            _ => false,
        });
        let side = |ends: fn(&SecurityRule) -> &Vec<Endpoint>| Side::of(rules.iter().flat_map(ends));
        let out = Self {
            src: side(|rule| &rule.sources),
            dst: side(|rule| &rule.destinations),
            ports: ports.into_iter().collect(),
            is_v6,
        };
        (out.blocks().saturating_mul(rules.len()) <= MOST_BLOCKS).then_some(out)
    }

    /// Blocks of 64 pieces in a product.
    fn blocks(&self) -> usize {
        let pieces = [self.src.pieces(), self.dst.pieces(), PROTOCOLS, self.ports.len()];
        pieces.iter().map(|pieces| pieces.div_ceil(64)).sum()
    }

    /// The packets that a rule matches.
    pub fn packets(&self, rule: &SecurityRule) -> Packets {
        self.of_sources(rule, self.src.set(&rule.sources))
    }

    /// What a rule says of the Internet's addresses: of its sources the prefixes, and all addresses where it is for any or
    /// for the tag. IPv6 is looked at where the list speaks of it.
    pub fn of_internet(&self, rule: &SecurityRule) -> Packets {
        let mut sources = self.src.none();
        for end in &rule.sources {
            match end {
                Endpoint::Tag(tag) if !tag.eq_ignore_ascii_case("internet") => {}
                Endpoint::Any | Endpoint::Tag(_) => {
                    self.src.add(V4, &mut sources);
                    if self.is_v6 {
                        self.src.add(V6, &mut sources);
                    }
                }
                Endpoint::Prefix(_) | Endpoint::Range(..) => {
                    plain_spans(end).into_iter().for_each(|span| self.src.add(span, &mut sources));
                }
                Endpoint::Asg(_) | Endpoint::Unknown(_) => {}
            }
        }
        self.of_sources(rule, sources)
    }

    /// The part of packets that comes from public addresses.
    pub fn public(&self, mut packets: Packets) -> Packets {
        packets.0[0].difference_with(&self.src.set(&private()));
        packets
    }

    fn of_sources(&self, rule: &SecurityRule, sources: FixedBitSet) -> Packets {
        let mut protocols = FixedBitSet::with_capacity(PROTOCOLS);
        match rule.protocol.and_then(Protocol::number) {
            Some(number) => protocols.insert(usize::from(number)),
            None => protocols.insert_range(..),
        }
        let mut ports = FixedBitSet::with_capacity(self.ports.len());
        let at = |port: u16| self.ports.partition_point(|cut| *cut <= port);
        for PortRange { first, last } in &rule.destination_ports {
            if first <= last {
                ports.insert_range(at(*first).saturating_sub(1)..at(*last));
            }
        }
        Packets([sources, self.dst.set(&rule.destinations), protocols, ports])
    }

    /// Whether any of some packets goes to a port.
    pub fn goes_to(&self, packets: &[Packets], port: u16) -> bool {
        let piece = self.ports.partition_point(|cut| *cut <= port).saturating_sub(1);
        packets.iter().any(|of| of.0[3].contains(piece))
    }

    /// Whether some packets and those of a rule may have one in common: a name may stand for any address.
    pub fn may_overlap(&self, some: &[Packets], rule: &Packets, work: &mut Work) -> Option<bool> {
        let widened = |of: &Packets| {
            let [src, dst, protocol, port] = &of.0;
            Packets([self.src.widened(src), self.dst.widened(dst), protocol.clone(), port.clone()])
        };
        let rule = widened(rule);
        for one in some {
            work.spend(self.blocks())?;
            if widened(one).meets(&rule, work)? {
                return Some(true);
            }
        }
        Some(false)
    }
}

impl Packets {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().any(FixedBitSet::is_clear)
    }

    fn blocks(&self) -> usize {
        self.0.iter().map(|side| side.len().div_ceil(64)).sum()
    }

    /// Whether both have a packet in common.
    pub fn meets(&self, other: &Self, work: &mut Work) -> Option<bool> {
        for side in ORDER {
            work.spend(self.0[side].len().div_ceil(64))?;
            if self.0[side].is_disjoint(&other.0[side]) {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Cuts a product out: side by side at most four are left.
    fn without(mut self, out: &Self, left: &mut Vec<Self>) {
        for side in ORDER {
            let (Some(own), Some(other)) = (self.0.get(side), out.0.get(side)) else { continue };
            let mut rest = own.clone();
            rest.difference_with(other);
            if !rest.is_clear() {
                let mut piece = self.clone();
                piece.0[side] = rest;
                left.push(piece);
            }
            self.0[side].intersect_with(other);
        }
    }
}

/// What is left of some packets without others; `None` where that takes too many steps to tell.
pub fn without<'a>(
    packets: Vec<Packets>,
    others: impl Iterator<Item = &'a Packets>,
    work: &mut Work,
) -> Option<Vec<Packets>> {
    let mut left = packets;
    left.retain(|packets| !packets.is_empty());
    for other in others {
        if left.is_empty() {
            break;
        }
        let mut rest = Vec::with_capacity(left.len());
        for packets in left {
            if packets.meets(other, work)? {
                // Four sets are made for each of up to four products.
                work.spend(4 * packets.blocks())?;
                packets.without(other, &mut rest);
            } else {
                rest.push(packets);
            }
        }
        left = rest;
    }
    Some(left)
}

fn private() -> Vec<Endpoint> {
    PRIVATE.iter().filter_map(|text| Prefix::parse(text)).map(Endpoint::Prefix).collect()
}

fn name(end: &Endpoint) -> Option<String> {
    match end {
        Endpoint::Tag(tag) => Some(format!("tag {}", tag.to_ascii_lowercase())),
        Endpoint::Asg(id) => Some(format!("asg {}", id.0.to_ascii_lowercase())),
        Endpoint::Unknown(text) => Some(format!("text {text}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::{Address, Decision, Direction};
    use proptest::prelude::*;

    /// An end of a packet: an address, or a name.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum End {
        At(u32),
        Named(&'static str),
    }

    const BASE: u32 = 0x0a00_0000;
    const NAMES: [&str; 2] = ["Sql", "Storage"];

    fn ends() -> impl Strategy<Value = Vec<Endpoint>> {
        let one = prop_oneof![
            1 => Just(Endpoint::Any),
            2 => (0usize..2).prop_map(|at| Endpoint::Tag(NAMES[at].to_owned())),
            5 => (0u32..8, 29u8..=32).prop_map(|(low, length)| {
                Endpoint::Prefix(Prefix::of(Address::from_v4(BASE | low), length))
            }),
            2 => (0u32..8, 0u32..8).prop_map(|(a, b)| {
                Endpoint::Range(Address::from_v4(BASE | a.min(b)), Address::from_v4(BASE | a.max(b)))
            }),
        ];
        proptest::collection::vec(one, 1..4)
    }

    fn rule() -> impl Strategy<Value = SecurityRule> {
        let ports = proptest::collection::vec((prop_oneof![3 => 0u16..6, 1 => 20u16..23], 0u16..3), 1..3);
        (ends(), ends(), ports, 0u8..3).prop_map(|(sources, destinations, ports, protocol)| SecurityRule {
            name: String::new(),
            description: String::new(),
            priority: 100,
            direction: Direction::Inbound,
            access: Decision::Allowed,
            protocol: [None, Some(Protocol::TCP), Some(Protocol::UDP)][usize::from(protocol)],
            sources,
            source_ports: vec![PortRange::ALL],
            destinations,
            destination_ports: ports
                .iter()
                .map(|(first, more)| PortRange { first: *first, last: first + more })
                .collect(),
            doubt: None,
        })
    }

    fn is_of(ends: &[Endpoint], end: End) -> bool {
        ends.iter().any(|of| match (of, end) {
            (Endpoint::Any, _) => true,
            (Endpoint::Tag(tag), End::Named(name)) => tag == name,
            (Endpoint::Prefix(prefix), End::At(low)) => prefix.contains(Address::from_v4(BASE | low)),
            (Endpoint::Range(first, last), End::At(low)) => {
                (*first..=*last).contains(&Address::from_v4(BASE | low))
            }
            _ => false,
        })
    }

    type Packet = (End, End, Protocol, u16);

    fn matches(rule: &SecurityRule, (src, dst, protocol, port): Packet) -> bool {
        is_of(&rule.sources, src)
            && is_of(&rule.destinations, dst)
            && rule.protocol.is_none_or(|own| own == protocol)
            && rule.destination_ports.iter().any(|range| range.contains(port))
    }

    fn packets() -> impl Iterator<Item = Packet> {
        let ends = || (0..8).map(End::At).chain(NAMES.map(End::Named));
        let services = || {
            [Protocol::TCP, Protocol::UDP, Protocol::ICMP]
                .into_iter()
                .flat_map(|p| (0..9).chain(20..26).map(move |port| (p, port)))
        };
        ends().flat_map(move |src| {
            ends().flat_map(move |dst| services().map(move |(protocol, port)| (src, dst, protocol, port)))
        })
    }

    /// Whether a packet is of some products. A name that no rule has is no piece, so nothing is said of it.
    fn holds(space: &Space, some: &[Packets], (src, dst, protocol, port): Packet) -> Option<bool> {
        let piece = |side: &Side, end: End| match end {
            End::At(low) => {
                let bits = Address::from_v4(BASE | low).bits();
                Some(side.cuts.partition_point(|cut| *cut <= bits) - 1)
            }
            End::Named(name) => side.names.get(&format!("tag {}", name.to_ascii_lowercase())).copied(),
        };
        let (src, dst) = (piece(&space.src, src)?, piece(&space.dst, dst)?);
        let port = space.ports.partition_point(|cut| *cut <= port) - 1;
        let protocol = usize::from(protocol.number()?);
        Some(some.iter().any(|of| {
            [src, dst, protocol, port].into_iter().zip(&of.0).all(|(piece, side)| side.contains(piece))
        }))
    }

    proptest! {
        #[test]
        fn the_same_as_looking_at_every_packet(rules in proptest::collection::vec(rule(), 1..5)) {
            let space = Space::of(&rules).unwrap();
            let mut work = Work::new(u64::MAX);
            let all: Vec<Packets> = rules.iter().map(|rule| space.packets(rule)).collect();
            let (first, others) = all.split_first().unwrap();
            let left = without(vec![first.clone()], others.iter(), &mut work).unwrap();
            let mut common = vec![false; others.len()];
            for packet in packets() {
                let Some(is_left) = holds(&space, &left, packet) else { continue };
                let of: Vec<bool> = rules.iter().map(|rule| matches(rule, packet)).collect();
                prop_assert_eq!(is_left, of[0] && !of[1..].contains(&true), "{:?}", packet);
                common.iter_mut().zip(&of[1..]).for_each(|(common, other)| *common |= of[0] && *other);
            }
            for (other, common) in others.iter().zip(common) {
                prop_assert_eq!(first.meets(other, &mut work).unwrap(), common);
                prop_assert!(!common || space.may_overlap(std::slice::from_ref(first), other, &mut work).unwrap());
            }
            let goes = rules[0].destination_ports.iter().any(|range| range.contains(22));
            prop_assert_eq!(space.goes_to(&all[..1], 22), goes);
        }

        #[test]
        fn too_few_steps_say_so_and_nothing_else(rules in proptest::collection::vec(rule(), 1..5), steps in 0u64..400) {
            let space = Space::of(&rules).unwrap();
            let all: Vec<Packets> = rules.iter().map(|rule| space.packets(rule)).collect();
            let (first, others) = all.split_first().unwrap();
            let compare = |work: &mut Work| without(vec![first.clone()], others.iter(), work);
            let whole = compare(&mut Work::new(u64::MAX)).unwrap();
            let mut work = Work::new(steps);
            match compare(&mut work) {
                Some(left) => prop_assert_eq!(left, whole),
                None => prop_assert!(work.is_spent()),
            }
        }
    }

    #[test]
    fn a_list_too_long_is_not_taken() {
        let one = |at: u32| SecurityRule {
            name: String::new(),
            description: String::new(),
            priority: 100,
            direction: Direction::Inbound,
            access: Decision::Allowed,
            protocol: None,
            sources: vec![Endpoint::Prefix(Prefix::of(Address::from_v4(at << 8), 24))],
            source_ports: vec![PortRange::ALL],
            destinations: vec![Endpoint::Any],
            destination_ports: vec![PortRange::ALL],
            doubt: None,
        };
        assert!(Space::of(&(0..4_000).map(one).collect::<Vec<_>>()).is_some());
        assert!(Space::of(&(0..40_000).map(one).collect::<Vec<_>>()).is_none());
    }
}
