//! Network security groups and their rules, as a description has them. `rules` of the engine says which one decides.

use super::{Address, Decision, Direction, Prefix, Protocol, ResourceId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A network security group.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nsg {
    /// Its id, or its bare name where no id is known.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// The Azure region.
    pub location: Option<String>,
    /// Its own rules, by direction, then priority.
    pub rules: Vec<SecurityRule>,
    /// Whether the file has the group as a whole, so that a rule that isn't there doesn't exist.
    pub whole: bool,
    /// Why there may be rules that are not listed: the file cut them off, or has the group's name alone.
    pub doubt: Option<String>,
    /// Its default rules as the file has them; empty where it has none (they exist all the same).
    pub default_rules: Vec<SecurityRule>,
    /// Subnets that it is applied to, as the file says.
    pub subnets: Vec<ResourceId>,
    /// NICs that it is applied to, as the file says.
    pub nics: Vec<ResourceId>,
}

/// A rule of a network security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityRule {
    /// Its name.
    pub name: String,
    /// What its author wrote about it.
    pub description: String,
    /// 100 to 4096, lower first; defaults are 65000 and up.
    pub priority: u16,
    /// Which way the connection is begun.
    pub direction: Direction,
    /// Allow or deny.
    pub access: Decision,
    /// The protocol; `None` is any.
    pub protocol: Option<Protocol>,
    /// Where connections come from; any one of these.
    pub sources: Vec<Endpoint>,
    /// Source ports; any one of these.
    pub source_ports: Vec<PortRange>,
    /// Where connections go to; any one of these.
    pub destinations: Vec<Endpoint>,
    /// Destination ports; any one of these.
    pub destination_ports: Vec<PortRange>,
    /// What of the rule was not understood. The fields are then the widest that it may be: every port where ports were
    /// not understood, any protocol, priority 0 (before all) for a priority. What was not understood of direction or
    /// access makes two rules of one.
    pub doubt: Option<String>,
}

impl SecurityRule {
    /// The ends that are not where the rule is applied: sources inbound, destinations outbound.
    pub fn far(&self) -> &[Endpoint] {
        match self.direction {
            Direction::Inbound => &self.sources,
            Direction::Outbound => &self.destinations,
        }
    }

    /// Sources and destinations of a rule in a direction, by its far ends and those where it is applied.
    pub fn ends(
        direction: Direction,
        far: Vec<Endpoint>,
        near: Vec<Endpoint>,
    ) -> (Vec<Endpoint>, Vec<Endpoint>) {
        match direction {
            Direction::Inbound => (far, near),
            Direction::Outbound => (near, far),
        }
    }

    /// The ends where the rule is applied.
    pub fn near(&self) -> &[Endpoint] {
        match self.direction {
            Direction::Inbound => &self.destinations,
            Direction::Outbound => &self.sources,
        }
    }
}

/// One side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Endpoint {
    /// `*`, `Any`: every address of both families. `0.0.0.0/0` and `::/0` are prefixes, each of its own family.
    Any,
    /// A block of addresses.
    Prefix(Prefix),
    /// First and last address of a range `a-b`.
    Range(Address, Address),
    /// A service tag, as written: `VirtualNetwork`, `Storage.WestEurope`.
    Tag(String),
    /// An application security group.
    Asg(ResourceId),
    /// What could not be understood: a template's expression, say. Decides nothing.
    Unknown(String),
}

impl Endpoint {
    /// Whether it is the service tag of this name, in whatever case.
    pub fn is_tag(&self, name: &str) -> bool {
        matches!(self, Self::Tag(tag) if tag.eq_ignore_ascii_case(name))
    }

    /// The first and the last address of a block or a range; nothing for what is named, and for any address.
    pub fn span(&self) -> Option<(Address, Address)> {
        match self {
            Self::Prefix(prefix) => Some((prefix.first(), prefix.last())),
            Self::Range(first, last) => Some((*first, *last)),
            Self::Any | Self::Tag(_) | Self::Asg(_) | Self::Unknown(_) => None,
        }
    }
}

/// Ports from first to last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PortRange {
    /// The lowest port.
    pub first: u16,
    /// The highest port.
    pub last: u16,
}

impl PortRange {
    /// Every port.
    pub const ALL: Self = Self { first: 0, last: u16::MAX };

    /// One port.
    pub const fn one(port: u16) -> Self {
        Self { first: port, last: port }
    }

    /// Whether the port is in the range.
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }

    /// Whether all of another range is in this one.
    pub fn holds(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => f.write_str("*"),
            Self { first, last } if first == last => write!(f, "{first}"),
            Self { first, last } => write!(f, "{first}-{last}"),
        }
    }
}
