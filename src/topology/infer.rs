//! Subnets inferred from addresses alone.

use serde::{Deserialize, Serialize};

/// The prefix lengths to which unnamed addresses are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cut {
    /// For IPv4: 0 to 32.
    pub v4: u8,
    /// For IPv6: 0 to 128.
    pub v6: u8,
}

impl Default for Cut {
    fn default() -> Self {
        Self { v4: 24, v6: 64 }
    }
}

/// What a group of addresses is, and so how it got its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SubnetKind {
    /// Private addresses, cut to a prefix length.
    InferredPrivate,
    /// Public addresses used inside a virtual network, cut to a prefix length.
    InferredLocal,
    /// Azure's own addresses: 168.63.129.16 and 169.254.169.254.
    Platform,
    /// 255.255.255.255.
    Broadcast,
    /// 224.0.0.0/4 and ff00::/8.
    Multicast,
    /// Everything else.
    Internet,
}
