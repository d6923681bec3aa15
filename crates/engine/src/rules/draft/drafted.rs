//! What a draft is: groups with their rules, what each rule rests on, and what seeded nothing.

use super::{Removed, SeriousService, StillDenied};
use crate::rules::traffic::Unfit;
use azflow_core::model::{Nsg, Prefix, ResourceId, SecurityRule, UnixMillis};
use std::collections::BTreeMap;

/// A draft.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Groups, by subnet.
    pub groups: Vec<DraftedNsg>,
    /// Conversations that seeded rules, by index.
    pub seeds: Vec<usize>,
    /// Address pairs with a port that rules open and nobody was seen to use; the Internet's addresses apart.
    pub opened_unseen: u128,
    /// Addresses with a port that rules open to all of the Internet.
    pub opened_to_internet: u128,
    /// Subnets left out because Azure reserves them.
    pub left_out: Vec<String>,
    /// Conversations that seeded nothing, by why, and how many.
    pub skipped: BTreeMap<Skip, u64>,
    /// What groups at NICs, or at subnets that it is not for, deny of what it lets pass.
    pub still_denied: Vec<StillDenied>,
    /// Services that findings call serious, those that are let in first.
    pub serious: Vec<SeriousService>,
    /// What a person should know before accepting it.
    pub notes: Vec<String>,
}

impl Draft {
    /// Parts of the time in a saturation curve.
    pub const BINS: usize = 24;
}

/// A group for one subnet, or for those that have it in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftedNsg {
    /// The group, its rules in order.
    pub nsg: Nsg,
    /// The subnet that it is for; several with commas between.
    pub subnet: String,
    /// The subnet's id, where a description has it and there is only one.
    pub subnet_id: Option<ResourceId>,
    /// Its prefixes.
    pub prefixes: Vec<Prefix>,
    /// The subnets that it is drafted for, by name: one, or those that have the group in force.
    pub at: Vec<Place>,
    /// The ids of subnets and NICs that the group applies to: of one in force all of them.
    pub applied: Vec<ResourceId>,
    /// The same rules with their evidence.
    pub rules: Vec<DraftedRule>,
    /// The group in force that this is a change of; `None` where the group is new.
    pub before: Option<Nsg>,
    /// The group in force whose place this new one takes at its subnet, with its rules; elsewhere that one stays as it is.
    pub split_from: Option<Nsg>,
    /// Rules in force that go.
    pub removed: Vec<Removed>,
}

/// A subnet that a group is drafted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its name, as shown.
    pub name: String,
    /// Its id, where a description has it.
    pub id: Option<ResourceId>,
    /// Its prefixes.
    pub prefixes: Vec<Prefix>,
}

/// A rule with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftedRule {
    /// The rule.
    pub rule: SecurityRule,
    /// Conversations that seeded it; none for the deny and the guards.
    pub conversations: u64,
    /// Flows that seeded it; none for the deny and the guards.
    pub flows: u64,
    /// Distinct sources and destinations.
    pub hosts: (u64, u64),
    /// Earliest and latest tuple.
    pub seen: Option<(UnixMillis, UnixMillis)>,
    /// Whether it still learns.
    pub maturity: Option<Maturity>,
    /// The saturation curve of its pair of subnets: distinct pairs of hosts and ports known by the end of each of
    /// [`Draft::BINS`] equal parts of the time.
    pub curve: Vec<u64>,
    /// Whether it is in force already, and kept as it is.
    pub reused: bool,
    /// Why it is there, in a sentence.
    pub why: String,
    /// Management ports that it opens to the Internet.
    pub serious: Vec<u16>,
}

impl DraftedRule {
    /// A rule that rests on no traffic: a guard, the deny, or one in force that stays.
    pub fn bare(rule: SecurityRule, reused: bool) -> Self {
        Self {
            rule,
            conversations: 0,
            flows: 0,
            hosts: (0, 0),
            seen: None,
            maturity: None,
            curve: Vec::new(),
            reused,
            why: String::new(),
            serious: Vec::new(),
        }
    }
}

/// Whether all that a rule rests on was seen long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maturity {
    /// New pairs of hosts and ports came in the last third of the time, or that is shorter than a day.
    Learning,
    /// None came for a third of the time.
    Stable,
}

impl Maturity {
    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::Stable => "stable",
        }
    }
}

/// Why a conversation did not become a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Skip {
    /// Unfit by itself.
    Unfit(Unfit),
    /// Marked as not needed.
    NotNeeded,
    /// Not decided on, where something is.
    Undecided,
    /// From the Internet to a port by which machines are managed, and nobody said that it is needed.
    Management,
    /// The rules in force refuse it, whatever the logs saw.
    Refused,
    /// In part dropped for want of encryption, and nobody said that it is needed.
    Dropped,
    /// Nothing was logged where it arrives, so nothing is drafted there.
    Unlogged,
    /// Fewer flows than asked for.
    FewFlows,
    /// A protocol that no rule can name but by allowing every one.
    Unnameable,
    /// Not to a subnet whose prefixes are known, or to one that Azure reserves: no group is drafted there.
    NoGroup,
}

impl Skip {
    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unfit(unfit) => unfit.as_str(),
            Self::NotNeeded => "not-needed",
            Self::Undecided => "undecided",
            Self::Management => "internet-to-management",
            Self::Refused => "refused-in-force",
            Self::Dropped => "encryption-drops",
            Self::Unlogged => "not-logged-there",
            Self::FewFlows => "few-flows",
            Self::Unnameable => "protocol-without-name",
            Self::NoGroup => "no-group",
        }
    }
}
