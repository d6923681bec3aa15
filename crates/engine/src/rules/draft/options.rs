//! The knobs of a draft.

use super::PRIORITIES;
use serde::{Deserialize, Serialize};

/// How exact the far end of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scope {
    /// Whole subnets.
    #[default]
    Subnet,
    /// The addresses that were seen.
    Host,
    /// Addresses where few of a subnet were seen, else the subnet.
    Mixed,
}

/// How ports become rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PortMerge {
    /// A rule for each.
    None,
    /// Lists; neighbours are a range.
    #[default]
    Lists,
    /// Ranges over so many ports that were not seen, lists beyond that.
    Ranges(u16),
}

/// How far ends become rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PrefixMerge {
    /// A rule for each subnet.
    #[default]
    None,
    /// Subnets that need the same ports share a rule.
    Lists,
}

/// The knobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftOptions {
    /// Whole subnets or single addresses.
    pub scope: Scope,
    /// What becomes of ports.
    pub ports: PortMerge,
    /// What becomes of subnets.
    pub prefixes: PrefixMerge,
    /// Whether groups for sources' outbound side are drafted too.
    pub outbound: bool,
    /// Conversations with fewer flows than this seed no rule (those begun earlier always do).
    pub least_flows: u64,
    /// The first priority of an allow.
    pub first_priority: u16,
    /// The priority of the deny of the rest.
    pub deny_priority: u16,
    /// Whether ICMP of the virtual network stays allowed, which NSG flow logs don't show.
    pub keep_icmp: bool,
    /// Whether subnets that Azure reserves get groups, where it takes any.
    pub special: bool,
    /// Whether the rest is denied also where nothing was logged: who talks there is not known then.
    pub unlogged: bool,
    /// Whether allowances in force that nothing was seen to need are taken away.
    pub drop_unused: bool,
    /// Whether a subnet whose group is at other places, too, gets a group of its own in its stead.
    pub split_shared: bool,
}

impl Default for DraftOptions {
    fn default() -> Self {
        Self {
            scope: Scope::Subnet,
            ports: PortMerge::Lists,
            prefixes: PrefixMerge::None,
            outbound: false,
            least_flows: 1,
            first_priority: PRIORITIES.0,
            deny_priority: 4000,
            keep_icmp: false,
            special: false,
            unlogged: false,
            drop_unused: false,
            split_shared: false,
        }
    }
}
