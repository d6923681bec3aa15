//! Prefixes, ranges and the spaces that addresses belong to.

use std::net::IpAddr;

/// The host's own address: probes, DNS, DHCP. It is a member of `VirtualNetwork` and all of `AzureLoadBalancer`.
pub const HOST: &str = "168.63.129.16";
/// Instance metadata.
pub const METADATA: &str = "169.254.169.254";

/// Where Windows asks for its licence: Microsoft, "Troubleshoot Azure Windows VM activation problems".
pub const LICENSING: [&str; 3] = ["20.118.99.224", "40.83.235.53", "23.102.135.246"];

/// Addresses with equal first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    address: IpAddr,
    pub bits: u32,
}

fn number(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), 32),
        IpAddr::V6(v6) => (u128::from(v6), 128),
    }
}

impl Prefix {
    /// `10.0.0.0/8`, or one address.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().ok()?;
        let width = number(address).1;
        let bits = match bits {
            None => width,
            Some(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok()?,
            Some(_) => return None,
        };
        (bits <= width).then_some(Self { address, bits })
    }

    /// A prefix holds addresses of its own family only: `0.0.0.0/0` is every IPv4 address and no other.
    pub fn holds(&self, address: IpAddr) -> bool {
        let ((own, width), (other, other_width)) = (number(self.address), number(address));
        let cut = width - self.bits;
        width == other_width && (cut == 128 || own >> cut == other >> cut)
    }
}

/// Whether an address is in one of these prefixes.
pub fn any_holds(prefixes: &[Prefix], address: IpAddr) -> bool {
    prefixes.iter().any(|p| p.holds(address))
}

fn in_one_of(address: IpAddr, prefixes: &[&str]) -> bool {
    prefixes.iter().filter_map(|p| Prefix::parse(p)).any(|p| p.holds(address))
}

/// Private space: RFC 1918, RFC 6598, RFC 4193 and what is local to a link.
pub fn is_private(address: IpAddr) -> bool {
    in_one_of(
        address,
        &[
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "fc00::/7",
            "fe80::/10",
        ],
    )
}

/// Addresses of the platform, broadcast and multicast.
pub fn is_platform(address: IpAddr) -> bool {
    in_one_of(address, &["168.63.129.16", "169.254.169.254", "255.255.255.255", "224.0.0.0/4", "ff00::/8"])
}

/// `10.0.0.4-10.0.0.9`, of one family.
pub fn range(text: &str) -> Option<(IpAddr, IpAddr)> {
    let (first, last) = text.split_once('-')?;
    let (first, last): (IpAddr, IpAddr) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first.is_ipv4() == last.is_ipv4() && first <= last).then_some((first, last))
}
