//! Random networks as the files that people have: groups, virtual networks, NICs, route tables, service tags.
//!
//! `build` writes one object as `az` would, `shape` gives it the shapes of ARM and PowerShell, `dice` is a seeded source
//! of numbers, `network` puts random objects together, `kinds` names what may be odd about them, `shrink` makes a network
//! on which something goes wrong as small as it can be.

pub mod build;
mod dice;
mod kinds;
mod links;
mod network;
mod policy;
mod shape;
mod shrink;

pub use kinds::Kind;
pub use network::{Case, random};
pub use shape::{arm, power_shell};
pub use shrink::shrink;
