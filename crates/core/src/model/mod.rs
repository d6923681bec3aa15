//! The vocabulary: addresses, subnets, protocols, ports, decisions, counters, time.
//!
//! Nothing here needs data to work on, does I/O, or knows where a value came from.
//! Every other module may use this one; it uses none of them.

mod address;
pub mod compact;
mod decision;
mod lookup;
mod network;
mod protocol;
mod resource_id;
mod security_rule;
mod services;
mod sort_small;
mod subnet;
mod tally;
mod time;

pub use address::{Address, Prefix};
pub use decision::{Decision, Direction, FlowDirection, LogKind};
pub use lookup::Lookup;
pub use network::{
    EffectiveTag, FlowLog, Machine, NamedSubnet, Network, Nic, NicAddress, Peering, Route, RouteTable,
    ServiceTag, VirtualNetwork,
};
pub use protocol::{CALLER_PORTS, DYNAMIC_PORTS, Protocol, port_of};
pub use resource_id::ResourceId;
pub use security_rule::{Endpoint, Nsg, PortRange, SecurityRule};
pub use services::{named_ports, service_name};
pub use sort_small::SortSmall;
pub use subnet::{Assignment, SpecialSubnet, Subnet, SubnetKind};
pub use tally::{Counters, Tally};
pub use time::UnixMillis;
