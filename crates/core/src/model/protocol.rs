//! IP protocol numbers and their IANA keywords.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An IP protocol number (IANA "Assigned Internet Protocol Numbers").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Protocol(pub u8);

impl Protocol {
    /// Internet Control Message Protocol.
    pub const ICMP: Self = Self(1);
    /// Transmission Control Protocol.
    pub const TCP: Self = Self(6);
    /// User Datagram Protocol.
    pub const UDP: Self = Self(17);

    /// Whether flows of this protocol have ports that mean something here: TCP and UDP.
    pub fn has_ports(self) -> bool {
        self == Self::TCP || self == Self::UDP
    }

    /// The IANA keyword in lower case, for the protocols met in networks today.
    pub fn keyword(self) -> Option<&'static str> {
        Some(match self.0 {
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

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.keyword() {
            Some(word) => f.write_str(word),
            None => write!(f, "{}", self.0),
        }
    }
}
