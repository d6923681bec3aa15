//! What the network's own description says: virtual networks, subnets, peerings, NICs, route
//! tables, flow logs, service tags. Plain data: `topology` reads it, everything else only looks. Groups and their rules
//! are in `security_rule`.
//!
//! What a file says, what it says is not there, and what could not be understood are three things. `None` and empty
//! lists mean that the file says: none. What was not understood is kept where it stood, under the name `doubt`: a
//! sentence that says what is missing. Whatever depends on it can't be told.

use super::{Address, Nsg, Prefix, ResourceId};
use serde::{Deserialize, Serialize};

/// Everything that loaded files say about the network.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Virtual networks, by id.
    pub networks: Vec<VirtualNetwork>,
    /// Network interfaces, by id.
    pub nics: Vec<Nic>,
    /// Network security groups, by id.
    pub nsgs: Vec<Nsg>,
    /// Service tags, by name.
    pub tags: Vec<ServiceTag>,
    /// Virtual machines, by id.
    pub machines: Vec<Machine>,
    /// Route tables, by id.
    pub route_tables: Vec<RouteTable>,
    /// What tags hold at single NICs and subnets, as Azure worked it out, by place and tag.
    pub effective: Vec<EffectiveTag>,
    /// Flow logs, as they are set up, by id.
    pub flow_logs: Vec<FlowLog>,
}

/// A virtual network. A list `CIDR,name,network` makes one whose id is its bare name.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualNetwork {
    /// Its id, or its bare name where no id is known.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// The Azure region.
    pub location: Option<String>,
    /// The address space; empty where only children were described.
    pub prefixes: Vec<Prefix>,
    /// Its subnets, by name.
    pub subnets: Vec<NamedSubnet>,
    /// Its peerings, by name.
    pub peerings: Vec<Peering>,
    /// `flowTimeoutInMinutes`: without it inbound flows log neither bytes nor an end.
    pub flow_timeout_minutes: Option<u32>,
    /// What of its address space or its children was not understood: there may be more than is listed.
    pub doubt: Option<String>,
}

/// A subnet of a virtual network.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedSubnet {
    /// Its id.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// Its prefixes, of either family.
    pub prefixes: Vec<Prefix>,
    /// The network security group applied to it.
    pub nsg: Option<ResourceId>,
    /// The route table applied to it.
    pub route_table: Option<ResourceId>,
    /// Services that it is delegated to.
    pub delegations: Vec<String>,
    /// NICs, gateways and endpoints with an address in it, and services that link themselves to it, as the subnet says: ids
    /// of them or of their IP configurations.
    pub members: Vec<ResourceId>,
    /// Whether groups judge what comes to private endpoints in it (`privateEndpointNetworkPolicies`); `None` where
    /// the file doesn't say.
    pub judges_private_endpoints: Option<bool>,
    /// `defaultOutboundAccess`: without it nothing gets out but by a gateway, a public address or an appliance.
    pub default_outbound: Option<bool>,
    /// The NAT gateway through which it gets out.
    pub nat_gateway: Option<ResourceId>,
    /// What of its prefixes was not understood: there may be more than is listed.
    pub doubt: Option<String>,
}

/// One side of a peering between two virtual networks.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peering {
    /// Its id.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// The other virtual network.
    pub remote: ResourceId,
    /// The part of the other network's address space that is peered: `remoteAddressSpace`.
    pub remote_prefixes: Vec<Prefix>,
    /// The other network's address space as it is now: `remoteVirtualNetworkAddressSpace`. What it has more than the
    /// peered part is not peered until the peering is synchronised.
    pub remote_now: Vec<Prefix>,
    /// Whether whole networks are peered; without it the subnets named below alone (`peerCompleteVnets`).
    pub complete: Option<bool>,
    /// Names of this side's subnets that are peered, where not all are.
    pub local_subnets: Vec<String>,
    /// Names of the other side's subnets that are peered, where not all are.
    pub remote_subnets: Vec<String>,
    /// `Connected`, `Initiated`, `Disconnected`, or whatever the file has.
    pub state: String,
    /// `FullyInSync`, …; empty where the file does not say.
    pub sync_level: String,
    /// `allowVirtualNetworkAccess`.
    pub allow_virtual_network_access: Option<bool>,
    /// `allowForwardedTraffic`.
    pub allow_forwarded_traffic: Option<bool>,
    /// `allowGatewayTransit`.
    pub allow_gateway_transit: Option<bool>,
    /// `useRemoteGateways`.
    pub use_remote_gateways: Option<bool>,
    /// What of the peered space was not understood, or of whether and for whom access is given.
    pub doubt: Option<String>,
}

impl Peering {
    /// Whether traffic of the two address spaces passes: connected, and access not switched off. `None` where the file
    /// doesn't say whether it is connected.
    pub fn carries_traffic(&self) -> Option<bool> {
        if self.allow_virtual_network_access == Some(false) { Some(false) } else { self.is_connected() }
    }

    /// Whether it is connected; `None` where the file does not say so in a word of Azure's.
    pub fn is_connected(&self) -> Option<bool> {
        match self.state.to_ascii_lowercase().as_str() {
            "connected" => Some(true),
            "initiated" | "disconnected" => Some(false),
            _ => None,
        }
    }
}

/// A network interface.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nic {
    /// Its id.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// Its MAC address as flow logs write it: twelve hexadecimal digits in upper case.
    pub mac: Option<String>,
    /// Its addresses.
    pub addresses: Vec<NicAddress>,
    /// The network security group applied to it.
    pub nsg: Option<ResourceId>,
    /// The virtual machine it belongs to.
    pub machine: Option<ResourceId>,
    /// `enableAcceleratedNetworking`.
    pub accelerated_networking: Option<bool>,
    /// `enableIPForwarding`: the machine passes on what is not addressed to it.
    pub ip_forwarding: Option<bool>,
    /// The private endpoint that it belongs to.
    pub private_endpoint: Option<ResourceId>,
    /// What of its addresses was not understood: there may be more than is listed.
    pub doubt: Option<String>,
}

/// One address of a NIC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NicAddress {
    /// The private address.
    pub address: Address,
    /// The subnet it is in.
    pub subnet: Option<ResourceId>,
    /// Application security groups that it is a member of.
    pub asgs: Vec<ResourceId>,
    /// The public address resource in front of it.
    pub public: Option<ResourceId>,
    /// Whether it is the NIC's primary address.
    pub primary: bool,
}

/// A virtual machine, as far as its NICs need it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Its id.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// Its size: `Standard_D4s_v5`.
    pub size: Option<String>,
    /// The availability set it is in.
    pub availability_set: Option<ResourceId>,
    /// Its NICs, as the machine says.
    pub nics: Vec<ResourceId>,
}

/// A route table: where the traffic of the subnets that it is attached to goes.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    /// Its id, or its bare name where no id is known.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// Its routes, by name.
    pub routes: Vec<Route>,
    /// Subnets that it is attached to, as the file says.
    pub subnets: Vec<ResourceId>,
    /// `disableBgpRoutePropagation`.
    pub ignores_gateways: Option<bool>,
    /// Why there may be routes that are not listed.
    pub doubt: Option<String>,
}

/// A route of a table.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Its name.
    pub name: String,
    /// The addresses that it is for, as written: a prefix, or a service tag.
    pub destination: String,
    /// The prefix, where it is one.
    pub prefix: Option<Prefix>,
    /// `VirtualAppliance`, `VnetLocal`, `Internet`, `VirtualNetworkGateway`, `None`.
    pub next_hop: String,
    /// The appliance's address.
    pub next_hop_address: Option<Address>,
}

/// What a tag holds at one NIC or subnet, as Azure's effective rules list it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveTag {
    /// The NIC or subnet.
    pub place: ResourceId,
    /// The tag: `VirtualNetwork`, `Internet`, `Storage`.
    pub tag: String,
    /// All its prefixes there.
    pub prefixes: Vec<Prefix>,
}

/// A flow log as it is set up.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowLog {
    /// Its id, or one made of what it logs and its name where no id is known.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// The Azure region, whose logs are listed together.
    pub location: Option<String>,
    /// What it logs: a virtual network, subnet, NIC or network security group.
    pub target: ResourceId,
    /// Whether it is on; `None` where the file doesn't say.
    pub enabled: Option<bool>,
    /// The storage account that it writes to.
    pub storage: Option<ResourceId>,
    /// Days until its blobs are deleted; 0 is never.
    pub retention_days: Option<u32>,
    /// `recordTypes`: which of `B`, `C`, `E`, `D` it keeps; empty for all.
    pub record_types: String,
    /// `enabledFilteringCriteria`: which traffic it keeps; empty for all.
    pub criteria: String,
}

impl FlowLog {
    /// What it logs: `network`, `subnet`, `nic`, `nsg`.
    pub fn kind(&self) -> Option<&'static str> {
        let kinds = [
            ("networksecuritygroups", "nsg"),
            ("networkinterfaces", "nic"),
            ("subnets", "subnet"),
            ("virtualnetworks", "network"),
        ];
        kinds.iter().find(|(segment, _)| self.target.segment(segment).is_some()).map(|(_, kind)| *kind)
    }

    /// The day on which Azure retires logs of its kind: those of network security groups.
    pub fn ends(&self) -> Option<&'static str> {
        (self.kind() == Some("nsg")).then_some("2027-09-30")
    }
}

/// A service tag and the addresses it stands for.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceTag {
    /// `Storage.WestEurope`.
    pub name: String,
    /// The service, where the file names it.
    pub service: String,
    /// The region; empty for all of Azure.
    pub region: String,
    /// Its prefixes.
    pub prefixes: Vec<Prefix>,
    /// Whether a rule of a network security group may name it; `None` where the file doesn't say.
    pub usable_in_nsg: Option<bool>,
}
