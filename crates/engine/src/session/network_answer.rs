//! What the engine answers about the network: descriptions with the traffic seen there.

use super::Capped;
use crate::topology::{Finding, Missing, Path, SpecialSubnet};
use azflow_core::model::Tally;
use serde::{Deserialize, Serialize};

/// A path and the conversations that take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathRow {
    /// What they cross.
    pub path: Path,
    /// Distinct (source, destination, protocol, port).
    pub conversations: u64,
    /// Flows and traffic in the asked mode.
    pub tally: Tally,
}

/// An appliance on the way of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopRow {
    /// Its machine or NIC, where a description names it.
    pub machine: Option<String>,
    /// The NIC's MAC address.
    pub mac: String,
    /// Conversations that passed it or ended there.
    pub conversations: u64,
    /// What it let through, the larger of its two sides, and what it denied.
    pub tally: Tally,
}

/// The network, as described and as seen. Everything is in the order of the descriptions, by id, but NICs.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAnswer {
    /// Virtual networks on file, then those that only peerings name.
    pub networks: Vec<NetworkRow>,
    /// Subnets of descriptions, then those cut out of unnamed addresses.
    pub subnets: Vec<SubnetRow>,
    /// Every side of every peering.
    pub peerings: Vec<PeeringRow>,
    /// Pairs of networks with a peering or traffic between them, the lower one first.
    pub links: Vec<LinkRow>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// NICs on file and NICs that logged, most traffic first.
    pub nics: Capped<NicRow>,
    /// Files that would name what is unnamed.
    pub missing: Vec<Missing>,
    /// Route tables on file.
    pub route_tables: Vec<RouteTableRow>,
    /// Flow logs as they are set up.
    pub flow_logs: Vec<FlowLogRow>,
    /// What tags hold at single NICs and subnets, as effective rules list it.
    pub effective_tags: Vec<EffectiveTagRow>,
    /// What of the descriptions was not understood.
    pub doubts: Capped<DoubtRow>,
    /// Network security groups on file.
    pub groups: u32,
    /// Service tags on file.
    pub tags: u32,
    /// What everything crosses.
    pub paths: Vec<PathRow>,
}

/// A virtual network.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkRow {
    /// Its name, different from all others.
    pub name: String,
    /// Whether a description has it; else only a peering names it.
    pub on_file: bool,
    /// The Azure region; empty where unknown.
    pub location: String,
    /// Its address space.
    pub prefixes: Vec<String>,
    /// Distinct addresses seen in its subnets.
    pub addresses: u32,
}

/// A subnet.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetRow {
    /// The name shown.
    pub name: String,
    /// Its own name, as a list has it; empty where it has none.
    pub own_name: String,
    /// Its network's place in the answer; none of subnets that no description has.
    pub network: Option<u32>,
    /// Its prefixes.
    pub prefixes: Vec<String>,
    /// The network security group applied to it; empty where none.
    pub nsg: String,
    /// The route table applied to it; empty where none.
    pub route_table: String,
    /// What Azure reserves it for.
    pub special: Option<SpecialSubnet>,
    /// Distinct addresses seen in it.
    pub addresses: u32,
    /// Whether its name was given by hand.
    pub by_hand: bool,
}

/// One side of a peering.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeeringRow {
    /// Its name.
    pub name: String,
    /// The network that it belongs to.
    pub network: u32,
    /// The other network.
    pub remote: u32,
    /// The state as the file has it.
    pub state: String,
    /// The sync level as the file has it.
    pub sync_level: String,
    /// Access, forwarded traffic, gateway transit, use of remote gateways.
    pub options: [Option<bool>; 4],
}

/// How two networks are joined.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LinkState {
    /// Connected, with access.
    #[default]
    Connected,
    /// No file says whether it is connected, or in no word of Azure's.
    Untold,
    /// Connected, with access switched off.
    NoAccess,
    /// One side waits for the other.
    Initiated,
    /// One side was deleted.
    Disconnected,
    /// The other network is on file and has no side of its own.
    OneSided,
    /// No peering on file, but traffic.
    NoPeering,
}

/// A pair of networks.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// The one.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// The worse of the two sides.
    pub state: LinkState,
    /// Whether one uses the other's gateway.
    pub gateway: bool,
    /// Traffic between them, in the asked mode.
    pub tally: Tally,
}

/// A NIC.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NicRow {
    /// Its id; empty where it only logged.
    pub id: String,
    /// Its name; empty where it only logged.
    pub name: String,
    /// Its machine's name; empty where it has none.
    pub machine: String,
    /// The machine's size; empty where unknown.
    pub size: String,
    /// Its MAC address; empty where unknown.
    pub mac: String,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// The name shown of its subnet; empty where unknown.
    pub subnet: String,
    /// The network security group applied to it; empty where none.
    pub nsg: String,
    /// The one applied to its subnet; empty where none.
    pub subnet_nsg: String,
    /// Accelerated networking.
    pub accelerated: Option<bool>,
    /// IP forwarding.
    pub forwards: Option<bool>,
    /// Everything logged at it, as logged.
    pub tally: Tally,
}

/// A route table.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTableRow {
    /// Its name.
    pub name: String,
    /// Its routes: destination, next hop, the appliance's address.
    pub routes: Vec<String>,
    /// Names shown of the subnets that it is attached to, as either says.
    pub subnets: Vec<String>,
    /// Whether it ignores what gateways learn.
    pub ignores_gateways: Option<bool>,
}

/// A flow log as it is set up.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowLogRow {
    /// Its name.
    pub name: String,
    /// The name of what it logs.
    pub target: String,
    /// `network`, `subnet`, `nic`, `nsg`; empty where that can't be told.
    pub kind: String,
    /// Whether it is on.
    pub enabled: Option<bool>,
    /// Which kinds of records it keeps; empty for all.
    pub record_types: String,
    /// Which traffic it keeps; empty for all.
    pub filter: String,
    /// Days until its blobs are deleted; 0 is never.
    pub retention_days: Option<u32>,
    /// The day on which Azure retires logs of its kind; empty where none is set.
    pub ends: String,
}

/// What a tag holds at one place.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveTagRow {
    /// The name of the NIC or subnet.
    pub place: String,
    /// The tag.
    pub tag: String,
    /// All its prefixes there.
    pub prefixes: Vec<String>,
}

/// A part of the descriptions that was not understood.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtRow {
    /// What it is of.
    pub part: DoubtfulPart,
    /// The name of that.
    pub name: String,
    /// What was not understood.
    pub why: String,
}

/// What of a network may be in doubt.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DoubtfulPart {
    /// A virtual network.
    #[default]
    Network,
    /// A subnet.
    Subnet,
    /// A peering.
    Peering,
    /// A NIC.
    Nic,
    /// A network security group.
    Group,
    /// A rule of a group.
    Rule,
    /// A route table.
    RouteTable,
}
