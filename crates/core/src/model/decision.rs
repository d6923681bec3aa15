//! What was decided, which way a packet crossed a NIC, and which log said so.

use serde::{Deserialize, Serialize};

/// What a rule decided for a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Decision {
    /// The flow may pass.
    Allowed,
    /// The flow was refused.
    Denied,
}

/// The direction of a flow as seen from the NIC that logged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// Into the NIC.
    Inbound,
    /// Out of the NIC.
    Outbound,
}

impl Direction {
    /// The lower-case word used in documents: `inbound` or `outbound`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// The direction that a record of a flow names. A table may have no column for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FlowDirection {
    /// Into the NIC.
    Inbound,
    /// Out of the NIC.
    Outbound,
    /// Not on file.
    Unknown,
}

impl FlowDirection {
    /// The direction, where it is on file.
    pub fn known(self) -> Option<Direction> {
        match self {
            Self::Inbound => Some(Direction::Inbound),
            Self::Outbound => Some(Direction::Outbound),
            Self::Unknown => None,
        }
    }

    /// The lower-case word used in documents.
    pub fn as_str(self) -> &'static str {
        self.known().map_or("unknown", Direction::as_str)
    }
}

impl From<Direction> for FlowDirection {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Inbound => Self::Inbound,
            Direction::Outbound => Self::Outbound,
        }
    }
}

/// The kind of log that a flow record came from, in the order in which conversations
/// prefer them where several cover the same NIC and hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogKind {
    /// Virtual network flow log.
    Vnet,
    /// Network security group flow log, version 1 or 2.
    Nsg,
    /// A row of Traffic Analytics over VNet flow logs, or of another table.
    Analytics,
    /// A row of Traffic Analytics over NSG flow logs.
    AnalyticsNsg,
    /// A row that azflow's own query over raw VNet flow logs returned.
    QueryVnet,
    /// The same over raw NSG flow logs.
    QueryNsg,
    /// The same over Traffic Analytics of VNet flow logs.
    QueryAnalytics,
    /// The same over Traffic Analytics of NSG flow logs.
    QueryAnalyticsNsg,
}

impl LogKind {
    /// All kinds, those that count before others first: each at the place that its number says.
    pub const ALL: [Self; 8] = [
        Self::Vnet,
        Self::Nsg,
        Self::Analytics,
        Self::AnalyticsNsg,
        Self::QueryVnet,
        Self::QueryNsg,
        Self::QueryAnalytics,
        Self::QueryAnalyticsNsg,
    ];

    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vnet => "vnet-flow-log",
            Self::Nsg => "nsg-flow-log",
            Self::Analytics => "traffic-analytics",
            Self::AnalyticsNsg => "traffic-analytics-nsg",
            Self::QueryVnet => "query-vnet-flow-log",
            Self::QueryNsg => "query-nsg-flow-log",
            Self::QueryAnalytics => "query-traffic-analytics",
            Self::QueryAnalyticsNsg => "query-traffic-analytics-nsg",
        }
    }

    /// Its bit in a set of kinds.
    pub fn bit(self) -> u8 {
        1 << self as u8
    }
}
