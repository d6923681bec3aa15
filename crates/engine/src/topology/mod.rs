//! Which subnet an address belongs to, what the network's description says besides, and what lies between two
//! subnets.
//!
//! `read` reads descriptions, `hand` puts names given by hand into them, `naming` holds their names, `infer` gives
//! every address its subnet, `fold` its network. `path` says what traffic between two subnets crosses, `findings` what
//! is wrong with the network, `accelerate` and `missing` which commands help (`shell` quotes them), `ends` which addresses a typed name stands for. Knows nothing of
//! rows: it gives numbers of addresses numbers of subnets, and the store groups by those.

mod accelerate;
mod ends;
mod findings;
mod fold;
mod hand;
mod infer;
mod missing;
mod naming;
mod path;
mod read;
mod shell;

pub use accelerate::{Acceleration, accelerate};
pub use ends::{End, EndAddress, EndKind, EndNames};
pub use findings::{Finding, FindingKind, findings, traffic_findings};
pub use fold::fold;
pub use hand::{HandName, apply as apply_hand_names};
pub use infer::{Cut, Known, assign};
pub use missing::{Missing, Unnamed, missing};
pub use naming::{Clash, Naming, Place, ShownSubnet};
// What it gives addresses; `rules`, which is below, speaks of subnets too.
pub use azflow_core::model::{Assignment, SpecialSubnet, Subnet, SubnetKind};
pub use path::{Connection, Connections, Path, explanation, network_of, path, settle};
pub use read::{
    Combined, NetworkFile, combine as combine_networks, group_of_rules, join as join_networks,
    merge as merge_network, read_network,
};
