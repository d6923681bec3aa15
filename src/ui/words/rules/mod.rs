//! What the Rules screen says, a file for each of its parts. Callers name all of it by the screen.

mod audit;
mod decide;
mod difference;
mod draft;
mod export;
mod knobs;
mod simulate;

pub use audit::*;
pub use decide::*;
pub use difference::*;
pub use draft::*;
pub use export::*;
pub use knobs::*;
pub use simulate::*;

/// The tab.
pub const TAB: &str = "Rules";
/// The parts: word, explanation, handle.
pub const PARTS: [(&str, &str, &str); 4] = [
    ("Audit", "What is wrong with the rules that are loaded", "rules-audit"),
    ("Draft", "Rules out of the traffic and the review", "rules-draft"),
    ("Simulate", "What a set of rules would do to the traffic that was seen", "rules-simulate"),
    ("Which rule decides?", "A typed flow, stage by stage", "rules-decide"),
];
/// The switch of them.
pub const PART: &str = "Part of the screen";
/// Waiting for an answer.
pub const WAITING: &str = "Working it out …";
/// While a filter is on.
pub const UNFILTERED: &str =
    "Rules are worked on with everything that is loaded; the filter plays no part here.";
/// Without groups.
pub const NO_GROUPS: &str = "No network security group is loaded";
/// What to drop where no group is loaded.
pub const NO_GROUPS_LEAD: &str = "Drop the output of these commands on the page: groups with their rules say what is in force, \
    networks and NICs where it applies.";
/// What fetches them.
pub const FETCH: [(&str, &str); 3] = [
    ("groups", "az network nsg list -o json > nsgs.json"),
    ("networks and subnets", "az network vnet list -o json > vnets.json"),
    ("NICs", "az network nic list -o json > nics.json"),
];
/// The direction into a subnet.
pub const INBOUND: &str = "inbound";
/// The direction out of a subnet.
pub const OUTBOUND: &str = "outbound";
/// A rule that allows.
pub const ALLOW: &str = "✓ allow";
/// A rule that denies.
pub const DENY: &str = "✕ deny";
