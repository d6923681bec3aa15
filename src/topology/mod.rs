//! Which subnet an address belongs to.

mod infer;

pub use infer::{Cut, SubnetKind};
