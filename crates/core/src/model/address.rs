//! IP addresses and prefixes.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 or IPv6 address. IPv4 is held as its mapped form `::ffff:a.b.c.d` (RFC 4291,
/// 2.5.5.2), so one integer orders and hashes both; IPv4 sorts before all global IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address(u128);

const MAPPED: u128 = 0xffff << 32;

impl Address {
    /// From the 32 bits of an IPv4 address, most significant octet first.
    pub const fn from_v4(bits: u32) -> Self {
        Self(MAPPED | bits as u128)
    }

    /// From 128 bits; those of a mapped IPv4 address are that IPv4 address.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits, IPv4 in its mapped form.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The 32 bits of an IPv4 address, or `None` for IPv6.
    pub const fn v4(self) -> Option<u32> {
        if self.0 >> 32 == 0xffff { Some(self.0 as u32) } else { None }
    }

    /// Whether it is routed on the Internet: not private (10/8, 172.16/12, 192.168/16, 100.64/10,
    /// fc00::/7), link-local, loopback, multicast, broadcast, or one of Azure's own.
    pub fn is_public(self) -> bool {
        match self.v4() {
            Some(bits) => !matches!(
                bits.to_be_bytes(),
                [0 | 10 | 127 | 224..=255, ..]
                    | [172, 16..=31, ..]
                    | [192, 168, ..]
                    | [100, 64..=127, ..]
                    | [169, 254, ..]
                    | [168, 63, 129, 16]
            ),
            None => !matches!(self.0 >> 120, 0xfc..=0xff) && self.0 > 1,
        }
    }

    /// Addresses, sorted, at which [`Address::is_public`] or [`Address::is_platform`] may change: between two of them no
    /// answer does.
    pub fn public_edges() -> Vec<Self> {
        const BLOCKS: [(&str, u8); 14] = [
            ("0.0.0.0", 8),
            ("10.0.0.0", 8),
            ("100.64.0.0", 10),
            ("127.0.0.0", 8),
            ("168.63.129.16", 32),
            ("169.254.0.0", 16),
            ("169.254.169.254", 32),
            ("172.16.0.0", 12),
            ("192.168.0.0", 16),
            ("224.0.0.0", 3),
            ("0.0.0.0", 0),
            ("::", 127),
            ("fc00::", 6),
            ("fe80::1234:5678:9abc", 128),
        ];
        let blocks = BLOCKS.iter().filter_map(|(text, length)| Some(Prefix::of(Self::parse(text)?, *length)));
        let edges = blocks.flat_map(|block| [Some(block.first().0), block.last().0.checked_add(1)]);
        let mut out: Vec<Self> = edges.flatten().map(Self).collect();
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Whether it is one of Azure's own: 168.63.129.16 (probes of the load balancer, DNS, DHCP), 169.254.169.254
    /// (instance metadata), and `fe80::1234:5678:9abc` (probes over IPv6).
    pub fn is_platform(self) -> bool {
        const PROBES: u128 = 0xfe80 << 112 | 0x1234_5678_9abc;
        match self.v4() {
            Some(bits) => matches!(bits.to_be_bytes(), [168, 63, 129, 16] | [169, 254, 169, 254]),
            None => self.0 == PROBES,
        }
    }

    /// Whether it stands for many receivers: 255.255.255.255, 224/4, ff00::/8.
    pub fn is_group(self) -> bool {
        match self.v4() {
            Some(bits) => matches!(bits.to_be_bytes(), [224..=239, ..] | [255, 255, 255, 255]),
            None => self.0 >> 120 == 0xff,
        }
    }

    /// Reads either family. Zone names (`fe80::1%eth0`) are not addresses.
    pub fn parse(text: &str) -> Option<Self> {
        match text.parse().ok()? {
            IpAddr::V4(v4) => Some(Self::from_v4(v4.to_bits())),
            IpAddr::V6(v6) => Some(Self(v6.to_bits())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.v4() {
            Some(bits) => Ipv4Addr::from_bits(bits).fmt(f),
            None => Ipv6Addr::from_bits(self.0).fmt(f),
        }
    }
}

/// A block of addresses that share their first bits, in CIDR terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Prefix {
    first: Address,
    /// Counted in the 128 bits of the mapped form: an IPv4 `/24` is 120 here.
    length: u8,
}

impl Prefix {
    /// The prefix that holds `address` and has this length in its own family (up to 32 or 128;
    /// longer lengths mean one address).
    pub fn of(address: Address, length: u8) -> Self {
        let length = if address.v4().is_some() { 96 + length.min(32) } else { length.min(128) };
        let mask = u128::MAX.checked_shl(u32::from(128 - length)).unwrap_or(0);
        Self { first: Address(address.0 & mask), length }
    }

    /// Reads `10.0.0.0/24`; an address without a length is a block of one. Bits behind the length are cut.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
        let address = Address::parse(address)?;
        let most = if address.v4().is_some() { 32 } else { 128 };
        let length = match length {
            Some(length) => length.parse().ok().filter(|l| *l <= most)?,
            None => most,
        };
        Some(Self::of(address, length))
    }

    /// The highest address of the block.
    pub fn last(self) -> Address {
        Address(self.first.0 | !u128::MAX.checked_shl(u32::from(128 - self.length)).unwrap_or(0))
    }

    /// The lowest address of the block.
    pub fn first(self) -> Address {
        self.first
    }

    /// The length in the address's own family.
    pub fn length(self) -> u8 {
        if self.first.v4().is_some() && self.length >= 96 { self.length - 96 } else { self.length }
    }

    /// Whether all of another block lies in this one.
    pub fn holds(self, other: Self) -> bool {
        self.contains(other.first()) && self.length <= other.length
    }

    /// Whether two blocks share addresses: of two that do, one holds the other.
    pub fn overlaps(self, other: Self) -> bool {
        self.holds(other) || other.holds(self)
    }

    /// Whether the address lies in the block.
    pub fn contains(self, address: Address) -> bool {
        address.v4().is_some() == self.first.v4().is_some() && Self::of(address, self.length()) == self
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.length())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn addresses_print_as_they_were_read() {
        for text in ["0.0.0.0", "10.0.5.4", "255.255.255.255", "2001:db8::1", "::1", "fe80::1"] {
            assert_eq!(a(text).to_string(), text);
        }
        assert_eq!(Address::parse("10.0.0.256"), None);
        assert_eq!(Address::parse("10.0.0.01"), None);
    }

    #[test]
    fn public_addresses_are_told_from_the_rest() {
        for text in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1"] {
            assert!(a(text).is_public(), "{text}");
        }
        for text in
            ["10.0.0.1", "100.64.0.1", "168.63.129.16", "239.0.0.1", "fd00::1", "fe80::1", "ff02::1", "::1"]
        {
            assert!(!a(text).is_public(), "{text}");
        }
    }

    #[test]
    fn the_platforms_and_those_of_many_are_told_apart() {
        for text in ["168.63.129.16", "169.254.169.254", "fe80::1234:5678:9abc"] {
            assert!(a(text).is_platform() && !a(text).is_group(), "{text}");
        }
        for text in ["255.255.255.255", "224.0.0.251", "239.255.255.250", "ff02::fb"] {
            assert!(a(text).is_group() && !a(text).is_platform(), "{text}");
        }
        for text in ["168.63.129.17", "10.0.0.255", "fe80::1", "240.0.0.1"] {
            assert!(!a(text).is_group() && !a(text).is_platform(), "{text}");
        }
    }

    #[test]
    fn nothing_public_changes_between_two_edges() {
        let edges = Address::public_edges();
        let mut probes: Vec<u128> = Vec::new();
        for edge in &edges {
            probes.extend([edge.0, edge.0 - u128::from(edge.0 > 0), edge.0.saturating_add(1)]);
        }
        for upper in 0..=255u32 {
            probes.extend(
                [upper << 24, upper << 24 | 0x40_0000, upper << 24 | 0x10_0000]
                    .map(|v4| MAPPED | u128::from(v4)),
            );
            probes.push(u128::from(upper) << 120 | 7);
        }
        let kind = |bits: u128| (Address(bits).is_public(), Address(bits).is_platform());
        for probe in probes {
            let piece = edges.partition_point(|edge| edge.0 <= probe);
            let first = piece.checked_sub(1).map_or(0, |at| edges[at].0);
            assert_eq!(kind(probe), kind(first), "{}", Address(probe));
        }
    }

    #[test]
    fn a_prefix_is_cut_in_the_family_of_its_address() {
        assert_eq!(Prefix::of(a("10.10.1.17"), 28).to_string(), "10.10.1.16/28");
        assert_eq!(Prefix::of(a("10.10.1.17"), 0).to_string(), "0.0.0.0/0");
        assert_eq!(Prefix::of(a("2001:db8:1:2:3::4"), 64).to_string(), "2001:db8:1:2::/64");
        assert!(Prefix::of(a("10.10.1.17"), 24).contains(a("10.10.1.255")));
        assert!(!Prefix::of(a("10.10.1.17"), 24).contains(a("10.10.2.0")));
        assert!(!Prefix::of(a("::"), 0).contains(a("10.0.0.1")));
        let p = |text: &str| Prefix::parse(text).unwrap();
        assert!(p("10.0.0.0/8").holds(p("10.1.0.0/16")) && !p("10.1.0.0/16").holds(p("10.0.0.0/8")));
        assert!(p("10.1.0.0/16").overlaps(p("10.0.0.0/8")) && !p("10.1.0.0/16").overlaps(p("10.2.0.0/16")));
        assert!(!p("::/0").overlaps(p("10.0.0.0/8")));
    }
}
