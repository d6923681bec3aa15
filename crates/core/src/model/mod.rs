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
mod services;
mod subnet;
mod tally;
mod time;

pub use address::{Address, Prefix};
pub use decision::{Decision, Direction, FlowDirection, LogKind};
pub use lookup::Lookup;
pub use network::{
    EffectiveTag, Endpoint, FlowLog, Machine, NamedSubnet, Network, Nic, NicAddress, Nsg, Peering, PortRange,
    ResourceId, Route, RouteTable, SecurityRule, ServiceTag, VirtualNetwork,
};
pub use protocol::{CALLER_PORTS, DYNAMIC_PORTS, Protocol, port_of};
pub use services::{named_ports, service_name};
pub use subnet::{Assignment, SpecialSubnet, Subnet, SubnetKind};
pub use tally::{Counters, Tally};
pub use time::UnixMillis;
