//! What Azure's services need of network security groups, as Microsoft documents it.
//!
//! `table.txt` has the facts, each with the page that says so, and `table` reads them; `recognise` tells which services
//! are at a subnet, `seen` which hosts show them in traffic, `safety` what rules they need there. docs/SERVICES.md shows the
//! table.

mod recognise;
mod safety;
mod seen;
mod table;
#[cfg(test)]
mod tests;

pub use recognise::{By, Recognised, Recogniser, is_like_a_controller, recognise, recognise_name};
pub use safety::{AtSubnet, Here, SafetyRule, Standing, safety_rules};
pub use seen::controllers;
pub use table::{
    End, GroupFate, Managed, Need, Page, Refusal, Regions, Service, Severity, group_fate, managed_rule,
    needs, refusal,
};
