//! The vocabulary: addresses, protocols, ports, decisions, counters, time.
//!
//! Nothing here needs data to work on, does I/O, or knows where a value came from.
//! Every other module may use this one; it uses none of them.

mod address;
mod decision;
mod network;
pub mod order;
mod protocol;
mod services;
mod tally;
mod time;
pub mod wire;

pub use address::{Address, Prefix};
pub use decision::{Decision, Direction, LogKind};
pub use network::{
    Endpoint, Machine, NamedSubnet, Network, Nic, NicAddress, Nsg, Peering, PortRange, ResourceId,
    SecurityRule, ServiceTag, VirtualNetwork,
};
pub use protocol::Protocol;
pub use services::{named_ports, service_name};
pub use tally::{Counters, Tally};
pub use time::{UnixMillis, civil_from_days};
