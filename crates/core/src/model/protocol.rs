//! IP protocols with their IANA keywords, and services: a protocol with a port.
//!
//! What a table does not say is unknown: a protocol that is not on file is none of IANA's, and a port that is not on
//! file is not port 0.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Ports from here on are handed out to callers (RFC 6335), and to servers that hand them on.
pub const DYNAMIC_PORTS: u16 = 49_152;
/// Systems that take lower ones for their callers begin here (Linux).
pub const CALLER_PORTS: u16 = 32_768;

/// An IP protocol number (IANA "Assigned Internet Protocol Numbers"), or [`Protocol::UNKNOWN`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Protocol(u16);

impl Protocol {
    /// Internet Control Message Protocol.
    pub const ICMP: Self = Self(1);
    /// Transmission Control Protocol.
    pub const TCP: Self = Self(6);
    /// User Datagram Protocol.
    pub const UDP: Self = Self(17);
    /// Not on file. Numbers of protocols are below 256.
    pub const UNKNOWN: Self = Self(256);

    /// The protocol of an IANA number.
    pub const fn numbered(number: u8) -> Self {
        Self(number as u16)
    }

    /// Its IANA number; `None` where it is not on file.
    pub fn number(self) -> Option<u8> {
        u8::try_from(self.0).ok()
    }

    /// Every protocol that a word or a number names, and the unknown one.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=Self::UNKNOWN.0).map(Self)
    }

    /// Its place among [`Protocol::all`].
    pub fn place(self) -> usize {
        usize::from(self.0)
    }

    /// Whether flows of this protocol have ports that mean something here: TCP and UDP, and what may be either.
    pub fn has_ports(self) -> bool {
        self == Self::TCP || self == Self::UDP || self == Self::UNKNOWN
    }

    /// The protocol of a service.
    #[inline]
    pub fn of(service: u32) -> Self {
        Self((service >> 16) as u16 & 0x1ff)
    }

    /// With a port, as one number, which is what services are told apart by: [`Protocol::of`] and [`port_of`] take it
    /// apart. A port is left out where the protocol has none.
    #[inline]
    pub fn service(self, port: Option<u16>) -> u32 {
        let protocol = u32::from(self.0) << 16;
        match port {
            _ if !self.has_ports() => protocol,
            Some(port) => protocol | u32::from(port),
            None => protocol | NO_PORT,
        }
    }

    /// The IANA keyword in lower case, for the protocols met in networks today.
    pub fn keyword(self) -> Option<&'static str> {
        Some(match self.0 {
            256 => "unknown",
            0 => "hopopt",
            1 => "icmp",
            2 => "igmp",
            4 => "ipv4",
            6 => "tcp",
            8 => "egp",
            9 => "igp",
            17 => "udp",
            27 => "rdp",
            33 => "dccp",
            41 => "ipv6",
            43 => "ipv6-route",
            44 => "ipv6-frag",
            46 => "rsvp",
            47 => "gre",
            50 => "esp",
            51 => "ah",
            58 => "ipv6-icmp",
            59 => "ipv6-nonxt",
            60 => "ipv6-opts",
            88 => "eigrp",
            89 => "ospfigp",
            94 => "ipip",
            97 => "etherip",
            103 => "pim",
            108 => "ipcomp",
            112 => "vrrp",
            115 => "l2tp",
            132 => "sctp",
            136 => "udplite",
            137 => "mpls-in-ip",
            _ => return None,
        })
    }
}

/// Marks a service whose protocol has ports, but whose own is not on file.
const NO_PORT: u32 = 1 << 31;

/// The port of a service; `None` where its protocol has none, or it is not on file.
#[inline]
pub fn port_of(service: u32) -> Option<u16> {
    (Protocol::of(service).has_ports() && service & NO_PORT == 0).then_some(service as u16)
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.keyword() {
            Some(word) => f.write_str(word),
            None => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_on_file_is_nothing_that_exists() {
        for (protocol, port) in [
            (Protocol::TCP, Some(443)),
            (Protocol::TCP, Some(0)),
            (Protocol::TCP, None),
            (Protocol::UNKNOWN, Some(443)),
            (Protocol::UNKNOWN, None),
            (Protocol::numbered(0), None),
            (Protocol::numbered(255), None),
        ] {
            let service = protocol.service(port);
            assert_eq!((Protocol::of(service), port_of(service)), (protocol, port));
        }
        assert_eq!(Protocol::numbered(0).to_string(), "hopopt");
        assert_eq!(Protocol::UNKNOWN.to_string(), "unknown");
        assert_eq!(Protocol::numbered(0).service(Some(443)), Protocol::numbered(0).service(None));
    }
}
