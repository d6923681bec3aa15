//! Rules as sets of packets: exact comparing over source, destination, protocol and port.
//!
//! An end of a rule is a list of spans: ranges of addresses, or names (tags, groups) whose addresses are not
//! looked at. A name is only ever equal to itself; `Any` is every address and every name of the group.

use crate::rules::plain_spans;
use azflow_core::model::{Endpoint, PortRange, Prefix, Protocol, SecurityRule};
use std::collections::BTreeSet;

/// A span: which name (0 for plain addresses), from, to.
type Span = (u32, u128, u128);

/// A set of packets with equal sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cuboid {
    src: Span,
    dst: Span,
    protocol: (u8, u8),
    port: (u16, u16),
}

/// The names that the rules of a group use, and whether they speak of IPv6.
#[derive(Debug, Default)]
pub struct Names(Vec<String>, bool);

/// IPv4's addresses as mapped ones, and those of IPv6 that are in use.
const V4: Span = (0, 0xffff << 32, (0xffff << 32) | 0xffff_ffff);
const V6: Span = (0, 0x2000 << 112, (0x4000 << 112) - 1);

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

/// The spans of a prefix or range.
fn plain(end: &Endpoint) -> Vec<Span> {
    plain_spans(end).into_iter().map(|(first, last)| (0, first, last)).collect()
}

impl Names {
    /// Of these rules.
    pub fn of(rules: &[SecurityRule]) -> Self {
        let ends = rules.iter().flat_map(|rule| rule.sources.iter().chain(&rule.destinations));
        let names: BTreeSet<String> = ends.filter_map(name).collect();
        let v6 = |end: &Endpoint| match end {
            Endpoint::Prefix(prefix) => prefix.first().v4().is_none(),
            Endpoint::Range(first, _) => first.v4().is_none(),
            _ => false,
        };
        let speaks = rules.iter().flat_map(|rule| rule.sources.iter().chain(&rule.destinations)).any(v6);
        Self(names.into_iter().collect(), speaks)
    }

    fn spans(&self, ends: &[Endpoint]) -> Vec<Span> {
        let mut out = Vec::new();
        for end in ends {
            match end {
                Endpoint::Any => {
                    out.push((0, 0, u128::MAX));
                    out.extend((1..=self.0.len() as u32).map(|index| (index, 0, 0)));
                }
                Endpoint::Prefix(_) | Endpoint::Range(..) => out.extend(plain(end)),
                named => {
                    let index = name(named).and_then(|name| self.0.iter().position(|n| *n == name));
                    out.extend(index.map(|index| (index as u32 + 1, 0, 0)));
                }
            }
        }
        out
    }

    /// A rule as cuboids.
    pub fn cuboids(&self, rule: &SecurityRule) -> Vec<Cuboid> {
        self.from(rule, &self.spans(&rule.sources))
    }

    /// What a rule says of the Internet's addresses, as cuboids over plain addresses: of its sources the prefixes, and all
    /// addresses where it is for any or for the tag. IPv6 is looked at where the group speaks of it.
    pub fn of_internet(&self, rule: &SecurityRule) -> Vec<Cuboid> {
        let mut spans = Vec::new();
        for end in &rule.sources {
            match end {
                Endpoint::Tag(tag) if !tag.eq_ignore_ascii_case("internet") => {}
                Endpoint::Any | Endpoint::Tag(_) => {
                    spans.push(V4);
                    spans.extend(self.1.then_some(V6));
                }
                Endpoint::Prefix(_) | Endpoint::Range(..) => spans.extend(plain(end)),
                Endpoint::Asg(_) | Endpoint::Unknown(_) => {}
            }
        }
        self.from(rule, &spans)
    }

    /// The part of packets that comes from public addresses.
    pub fn without_private(&self, packets: Vec<Cuboid>) -> Option<Vec<Cuboid>> {
        let any = |src| Cuboid { src, dst: (0, 0, u128::MAX), protocol: (0, u8::MAX), port: (0, u16::MAX) };
        let named = |src| (1..=self.0.len() as u32).map(move |name| Cuboid { dst: (name, 0, 0), ..any(src) });
        let spans = PRIVATE
            .iter()
            .filter_map(|text| Prefix::parse(text))
            .flat_map(|prefix| plain(&Endpoint::Prefix(prefix)));
        let others: Vec<Cuboid> = spans.flat_map(|src| std::iter::once(any(src)).chain(named(src))).collect();
        without(packets, &others)
    }

    fn from(&self, rule: &SecurityRule, sources: &[Span]) -> Vec<Cuboid> {
        let protocol =
            rule.protocol.and_then(Protocol::number).map_or((0, u8::MAX), |number| (number, number));
        let mut out = Vec::new();
        for src in sources.iter().copied() {
            for dst in self.spans(&rule.destinations) {
                for PortRange { first, last } in &rule.destination_ports {
                    out.push(Cuboid { src, dst, protocol, port: (*first, *last) });
                }
            }
        }
        out
    }
}

fn name(end: &Endpoint) -> Option<String> {
    match end {
        Endpoint::Tag(tag) => Some(format!("tag {}", tag.to_ascii_lowercase())),
        Endpoint::Asg(id) => Some(format!("asg {}", id.0.to_ascii_lowercase())),
        Endpoint::Unknown(text) => Some(format!("text {text}")),
        _ => None,
    }
}

/// Comparing ends when so many pieces have come of it.
const MOST_PIECES: usize = 20_000;

/// What is left of some packets without others; `None` where that falls into too many pieces to tell.
pub fn without(packets: Vec<Cuboid>, others: &[Cuboid]) -> Option<Vec<Cuboid>> {
    let mut left = packets;
    for other in others {
        if left.is_empty() {
            break;
        }
        if left.len() > MOST_PIECES {
            return None;
        }
        if left.iter().any(|cuboid| meets(cuboid, other)) {
            left = left.into_iter().flat_map(|cuboid| cut(cuboid, other)).collect();
        }
    }
    Some(left)
}

/// Whether two sets may have a packet in common: a name may stand for any address.
pub fn may_overlap(a: &[Cuboid], b: &[Cuboid]) -> bool {
    let wide = |span: Span| if span.0 == 0 { span } else { (0, 0, u128::MAX) };
    let widened = |of: &Cuboid| Cuboid { src: wide(of.src), dst: wide(of.dst), ..*of };
    a.iter().map(widened).any(|a| b.iter().map(widened).any(|b| meets(&a, &b)))
}

/// The part of some packets that goes to a port.
pub fn to_port(packets: &[Cuboid], port: u16) -> Vec<Cuboid> {
    let holds = |of: &&Cuboid| of.port.0 <= port && port <= of.port.1;
    packets.iter().filter(holds).map(|of| Cuboid { port: (port, port), ..*of }).collect()
}

/// Whether two sets have a packet in common.
pub fn overlap(a: &[Cuboid], b: &[Cuboid]) -> bool {
    a.iter().any(|a| b.iter().any(|b| meets(a, b)))
}

fn meets(a: &Cuboid, b: &Cuboid) -> bool {
    let span = |a: Span, b: Span| a.0 == b.0 && a.1 <= b.2 && b.1 <= a.2;
    span(a.src, b.src)
        && span(a.dst, b.dst)
        && a.protocol.0 <= b.protocol.1
        && b.protocol.0 <= a.protocol.1
        && a.port.0 <= b.port.1
        && b.port.0 <= a.port.1
}

/// Cuts one cuboid out of another: side by side at most eight pieces are left.
fn cut(of: Cuboid, out: &Cuboid) -> Vec<Cuboid> {
    if !meets(&of, out) {
        return vec![of];
    }
    let mut left = Vec::new();
    let mut rest = of;
    if rest.src.1 < out.src.1 {
        left.push(Cuboid { src: (rest.src.0, rest.src.1, out.src.1 - 1), ..rest });
        rest.src.1 = out.src.1;
    }
    if rest.src.2 > out.src.2 {
        left.push(Cuboid { src: (rest.src.0, out.src.2 + 1, rest.src.2), ..rest });
        rest.src.2 = out.src.2;
    }
    if rest.dst.1 < out.dst.1 {
        left.push(Cuboid { dst: (rest.dst.0, rest.dst.1, out.dst.1 - 1), ..rest });
        rest.dst.1 = out.dst.1;
    }
    if rest.dst.2 > out.dst.2 {
        left.push(Cuboid { dst: (rest.dst.0, out.dst.2 + 1, rest.dst.2), ..rest });
        rest.dst.2 = out.dst.2;
    }
    if rest.protocol.0 < out.protocol.0 {
        left.push(Cuboid { protocol: (rest.protocol.0, out.protocol.0 - 1), ..rest });
        rest.protocol.0 = out.protocol.0;
    }
    if rest.protocol.1 > out.protocol.1 {
        left.push(Cuboid { protocol: (out.protocol.1 + 1, rest.protocol.1), ..rest });
        rest.protocol.1 = out.protocol.1;
    }
    if rest.port.0 < out.port.0 {
        left.push(Cuboid { port: (rest.port.0, out.port.0 - 1), ..rest });
        rest.port.0 = out.port.0;
    }
    if rest.port.1 > out.port.1 {
        left.push(Cuboid { port: (out.port.1 + 1, rest.port.1), ..rest });
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn small() -> impl Strategy<Value = Cuboid> {
        let side = || (0u128..5, 0u128..3);
        (0u32..2, side(), side(), 0u8..3, 0u16..4, 0u16..3).prop_map(|(name, s, d, protocol, port, more)| {
            Cuboid {
                src: (name, s.0, s.0 + s.1),
                dst: (0, d.0, d.0 + d.1),
                protocol: (protocol, protocol),
                port: (port, port + more),
            }
        })
    }

    fn holds(list: &[Cuboid], p: (u32, u128, u128, u8, u16)) -> bool {
        list.iter().any(|c| {
            c.src.0 == p.0
                && (c.src.1..=c.src.2).contains(&p.1)
                && (c.dst.1..=c.dst.2).contains(&p.2)
                && (c.protocol.0..=c.protocol.1).contains(&p.3)
                && (c.port.0..=c.port.1).contains(&p.4)
        })
    }

    proptest! {
        #[test]
        fn the_same_as_looking_at_every_packet(
            a in proptest::collection::vec(small(), 0..4),
            b in proptest::collection::vec(small(), 0..4),
        ) {
            let left = without(a.clone(), &b).unwrap();
            let mut common = false;
            for name in 0..2 { for s in 0..8 { for d in 0..8 { for protocol in 0..3 { for port in 0..7 {
                let p = (name, s, d, protocol, port);
                prop_assert_eq!(holds(&left, p), holds(&a, p) && !holds(&b, p));
                common |= holds(&a, p) && holds(&b, p);
            } } } } }
            prop_assert_eq!(overlap(&a, &b), common);
            prop_assert!(!common || may_overlap(&a, &b));
        }
    }
}
