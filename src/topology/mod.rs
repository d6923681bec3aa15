//! Which subnet an address belongs to.
//!
//! So far from the addresses alone (`infer`). Knows nothing of rows: it gives numbers of
//! addresses numbers of subnets, and the store groups by those.

mod infer;

pub use infer::{Assignment, Cut, Subnet, SubnetKind, assign};
