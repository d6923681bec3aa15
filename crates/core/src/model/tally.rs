//! Packets, bytes and flows, added up.

use serde::{Deserialize, Serialize};

/// Packets and bytes in both directions of a flow, from the initiator's point of view.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Counters {
    /// Packets from the source to the destination.
    pub packets_src_to_dst: u64,
    /// Bytes from the source to the destination, headers included.
    pub bytes_src_to_dst: u64,
    /// Packets from the destination back to the source.
    pub packets_dst_to_src: u64,
    /// Bytes from the destination back to the source, headers included.
    pub bytes_dst_to_src: u64,
}

impl Counters {
    /// The four counters in the order in which a tuple writes them.
    pub fn as_array(self) -> [u64; 4] {
        [self.packets_src_to_dst, self.bytes_src_to_dst, self.packets_dst_to_src, self.bytes_dst_to_src]
    }

    /// The inverse of [`Counters::as_array`].
    pub fn from_array(values: [u64; 4]) -> Self {
        let [packets_src_to_dst, bytes_src_to_dst, packets_dst_to_src, bytes_dst_to_src] = values;
        Self { packets_src_to_dst, bytes_src_to_dst, packets_dst_to_src, bytes_dst_to_src }
    }

    /// Counter by counter the sum, or `None` where one would not fit 64 bits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            packets_src_to_dst: self.packets_src_to_dst.checked_add(other.packets_src_to_dst)?,
            bytes_src_to_dst: self.bytes_src_to_dst.checked_add(other.bytes_src_to_dst)?,
            packets_dst_to_src: self.packets_dst_to_src.checked_add(other.packets_dst_to_src)?,
            bytes_dst_to_src: self.bytes_dst_to_src.checked_add(other.bytes_dst_to_src)?,
        })
    }

    /// Counter by counter the larger one.
    pub fn max(self, other: Self) -> Self {
        Self {
            packets_src_to_dst: self.packets_src_to_dst.max(other.packets_src_to_dst),
            bytes_src_to_dst: self.bytes_src_to_dst.max(other.bytes_src_to_dst),
            packets_dst_to_src: self.packets_dst_to_src.max(other.packets_dst_to_src),
            bytes_dst_to_src: self.bytes_dst_to_src.max(other.bytes_dst_to_src),
        }
    }

    /// Bytes in both directions together.
    pub fn bytes(self) -> u64 {
        self.bytes_src_to_dst.saturating_add(self.bytes_dst_to_src)
    }

    /// Packets in both directions together.
    pub fn packets(self) -> u64 {
        self.packets_src_to_dst.saturating_add(self.packets_dst_to_src)
    }
}

/// Flows by decision, with the traffic they carried.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// New flows that were allowed. Flows begun before the window add nothing here.
    pub allowed_flows: u64,
    /// Attempts that a rule denied.
    pub denied_flows: u64,
    /// Packets and bytes.
    pub counters: Counters,
}

impl Tally {
    /// Adds another tally. The loader has made sure that no sum over everything loaded
    /// leaves 64 bits (see `store`), so this cannot wrap; it saturates rather than panics.
    pub fn add(&mut self, other: &Self) {
        self.allowed_flows = self.allowed_flows.saturating_add(other.allowed_flows);
        self.denied_flows = self.denied_flows.saturating_add(other.denied_flows);
        let (a, b) = (&mut self.counters, &other.counters);
        a.packets_src_to_dst = a.packets_src_to_dst.saturating_add(b.packets_src_to_dst);
        a.bytes_src_to_dst = a.bytes_src_to_dst.saturating_add(b.bytes_src_to_dst);
        a.packets_dst_to_src = a.packets_dst_to_src.saturating_add(b.packets_dst_to_src);
        a.bytes_dst_to_src = a.bytes_dst_to_src.saturating_add(b.bytes_dst_to_src);
    }

    /// Flows, then the counters.
    pub fn as_array(self) -> [u64; 6] {
        let [a, b, c, d] = self.counters.as_array();
        [self.allowed_flows, self.denied_flows, a, b, c, d]
    }

    /// The inverse of [`Tally::as_array`].
    pub fn from_array([allowed_flows, denied_flows, a, b, c, d]: [u64; 6]) -> Self {
        Self { allowed_flows, denied_flows, counters: Counters::from_array([a, b, c, d]) }
    }

    /// Allowed and denied together.
    pub fn attempts(&self) -> u64 {
        self.allowed_flows.saturating_add(self.denied_flows)
    }
}
