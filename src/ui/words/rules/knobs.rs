//! The knobs of a draft: their names, positions and explanations.

use azflow_engine::rules::{PortMerge, PrefixMerge, Scope};

/// Beside the knob for how far ends are written.
pub const SCOPE: &str = "far ends as";
/// The positions of that knob.
pub const SCOPES: [(Scope, &str); 3] = [
    (Scope::Subnet, "whole subnets"),
    (Scope::Host, "the hosts seen"),
    (Scope::Mixed, "hosts where few, else subnets"),
];
/// Beside the knob for how ports are put together.
pub const PORTS: &str = "ports as";
/// The positions of that knob.
pub const PORT_MERGES: [(PortMerge, &str); 4] = [
    (PortMerge::Lists, "lists"),
    (PortMerge::None, "a rule each"),
    (PortMerge::Ranges(10), "ranges over gaps up to 10"),
    (PortMerge::Ranges(100), "ranges over gaps up to 100"),
];
/// Beside the knob for subnets with the same ports.
pub const PREFIXES: &str = "subnets";
/// The positions of that knob.
pub const PREFIX_MERGES: [(PrefixMerge, &str); 2] =
    [(PrefixMerge::None, "a rule each"), (PrefixMerge::Lists, "together where ports agree")];
/// Beside the knob for how many flows a conversation must have to seed a rule.
pub const LEAST: &str = "at least flows";
/// The knob that drafts outbound rules.
pub const DRAFT_OUTBOUND: &str = "Outbound too";
/// The knob that lets only needed services seed rules.
pub const ONLY_NEEDED: &str = "Only what is needed";
/// What that knob does.
pub const ONLY_NEEDED_TITLE: &str =
    "Only services marked as needed in the review seed rules, also while nothing is marked yet";
/// The knob that lets undecided services seed rules, too.
pub const UNDECIDED: &str = "Undecided too";
/// What that knob does.
pub const UNDECIDED_TITLE: &str = "Once something is marked, only what is needed seeds rules; with this, services that nobody decided on and that were allowed do too";
/// The knob that denies where nothing was logged.
pub const UNLOGGED: &str = "Deny unlogged too";
/// What that knob does.
pub const UNLOGGED_TITLE: &str = "Deny the rest also at subnets and directions of which nothing was logged: who talks there is not known, and is cut";
/// The knob that gives subnets of one group a group each.
pub const SPLIT_SHARED: &str = "Split shared groups";
/// What that knob does.
pub const SPLIT_SHARED_TITLE: &str = "A subnet whose group is at other places, too, gets a group of its own that begins with the same rules; the shared one is left as it is. Else a shared group is drafted for all its subnets";
/// The knob that takes unused allowances away.
pub const DROP_UNUSED: &str = "Drop unused allows";
/// What that knob does.
pub const DROP_UNUSED_TITLE: &str = "Take away allowances in force that nothing was seen to need: month ends and disaster recovery may need them";
/// The knob that keeps ICMP allowed.
pub const KEEP_ICMP: &str = "Keep ICMP";
/// What that knob does, and why.
pub const KEEP_ICMP_TITLE: &str = "ICMP of the virtual network stays allowed; NSG flow logs don't show it";
/// The knob that drafts for subnets that Azure reserves.
pub const SPECIAL: &str = "Reserved subnets too";
/// What that knob does.
pub const SPECIAL_TITLE: &str = "Draft for subnets that Azure reserves, with the ports that they need";
