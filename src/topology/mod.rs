//! Which subnet an address belongs to, and what the network's description says besides.
//!
//! `read` reads descriptions, `naming` holds their names, `lookup` finds the longest prefix, `infer` gives every
//! address its subnet. Knows nothing of rows: it gives numbers of addresses numbers of subnets, and the
//! store groups by those.

mod infer;
mod lookup;
mod naming;
mod read;

pub use infer::{Assignment, Cut, Known, Subnet, SubnetKind, assign};
pub use lookup::Lookup;
pub use naming::{Clash, Naming, ShownSubnet, SpecialSubnet};
pub use read::{NetworkFile, merge as merge_network, read_network};
