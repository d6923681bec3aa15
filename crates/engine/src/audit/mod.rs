//! What is wrong with loaded groups: by their rules alone (`config`), and by what the logs say of them (`log`).
//!
//! What a log does not show is no proof: a rule is called *never hit* only where neither a log names it nor
//! evaluating the logged conversations comes to it, and with the hours that the logs cover.

mod config;
mod log;
mod shared;
mod space;

use self::space::Work;
use crate::pieces::{all_at_once, end_of_piece};
use crate::rules::{RuleSet, Traffic, World};
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Direction, Endpoint, SecurityRule};
use azflow_core::store::Holds;
use std::collections::BTreeMap;

/// Logs cut rule names at this length.
const LOGGED_NAME: usize = 65;
/// Services, hosts and the like that a message names.
const NAMED: usize = 5;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// Every packet that it could match is decided by rules before it.
    Shadowed,
    /// Rules behind it decide the same for every packet that reaches it.
    Redundant,
    /// Overlaps an earlier rule that decides otherwise.
    Conflicting,
    /// Names addresses twice, or such that another rule with the same decision has too.
    Overlapping,
    /// The Internet may reach a port that manages machines.
    Exposed,
    /// Allows everything from everywhere.
    AnyAny,
    /// Too many prefixes and ports to compare exactly.
    NotCompared,
    /// Never hit in the hours that the logs cover.
    NeverHit,
    /// Allows more than was used.
    WiderThanUsed,
    /// Denies traffic that keeps coming.
    DenyHit,
    /// Traffic that the default allow alone lets pass.
    DefaultOnly,
    /// The logs have another decision, or another rule, than evaluating gives.
    Differs,
    /// Whether it is used can't be told: something else decided before it, or no log covers it.
    NotAttributable,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Shadowed,
        Self::Redundant,
        Self::Conflicting,
        Self::Overlapping,
        Self::Exposed,
        Self::AnyAny,
        Self::NotCompared,
        Self::NeverHit,
        Self::WiderThanUsed,
        Self::DenyHit,
        Self::DefaultOnly,
        Self::Differs,
        Self::NotAttributable,
    ];

    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shadowed => "shadowed",
            Self::Redundant => "redundant",
            Self::Conflicting => "conflicting",
            Self::Overlapping => "overlapping",
            Self::Exposed => "exposed",
            Self::AnyAny => "any-any",
            Self::NotCompared => "not-compared",
            Self::NeverHit => "never-hit",
            Self::WiderThanUsed => "wider-than-used",
            Self::DenyHit => "deny-hit",
            Self::DefaultOnly => "default-only",
            Self::Differs => "differs",
            Self::NotAttributable => "not-attributable",
        }
    }

    /// Whether the rules alone show it, or the logs.
    pub fn basis(self) -> &'static str {
        match self {
            Self::NeverHit
            | Self::WiderThanUsed
            | Self::DenyHit
            | Self::DefaultOnly
            | Self::Differs
            | Self::NotAttributable => "log",
            _ => "config",
        }
    }
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// The rule.
    pub rule: String,
    /// Its direction.
    pub direction: Direction,
    /// What was found, in a sentence.
    pub message: String,
}

/// A rule and how often it was hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleAudit {
    /// The rule.
    pub rule: SecurityRule,
    /// Allowed and denied flows that the logs attribute to it, as logged.
    pub hits: (u64, u64),
    /// Conversations that evaluating comes to it for, and their flows.
    pub evaluated: (u64, u64),
}

/// A group's audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NsgAudit {
    /// The group's name.
    pub name: String,
    /// Hours with records of NICs that it applies to, and hours without between.
    pub covered: (u64, u64),
    /// NICs that it applies to and that logged, by what their logs hold.
    pub holds: BTreeMap<Holds, u64>,
    /// Its rules, inbound first, by priority, defaults last.
    pub rules: Vec<RuleAudit>,
    /// What was found, by kind and rule.
    pub findings: Vec<Finding>,
}

impl NsgAudit {
    /// What of the logs at its NICs is not there, in sentences: what they leave out may have happened all the same.
    pub fn limits(&self) -> Vec<String> {
        let nics: u64 = self.holds.values().sum();
        let partial = self.holds.iter().filter(|(holds, _)| **holds != Holds::Whole);
        partial.map(|(holds, count)| log::limit(*holds, *count, nics)).collect()
    }
}

/// Every group's audit, in the order of the set.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Audit {
    /// One for each group.
    pub groups: Vec<NsgAudit>,
    /// Conversations, by index, that ride on the default allow alone, as logged: what the deny of a draft will cut.
    pub on_default: Vec<u32>,
    /// What of the groups was not understood, in sentences.
    pub not_understood: Vec<String>,
}

/// A NIC's hours with records.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct CoveredAt {
    /// Its MAC address as logged.
    pub nic: String,
    /// Its addresses, as far as they are known.
    pub addresses: Vec<Address>,
    /// Hours with records.
    pub hours: u32,
    /// Hours without, between its first and its last.
    pub missing: u32,
    /// What its logs hold.
    pub holds: Holds,
}

/// What the logs can speak about.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Covered {
    /// By NIC.
    pub nics: Vec<CoveredAt>,
}

impl Covered {
    /// Hours of all NICs together.
    pub fn hours(&self) -> u64 {
        self.nics.iter().map(|nic| u64::from(nic.hours)).sum()
    }
}

/// Audits the groups of a set.
pub fn audit(set: &RuleSet, world: &World, traffic: &Traffic, covered: &Covered) -> Audit {
    all_at_once(audit_in_pieces(set, world, traffic, covered))
}

/// The same in pieces.
pub async fn audit_in_pieces(set: &RuleSet, world: &World, traffic: &Traffic, covered: &Covered) -> Audit {
    let mut used = log::Used::new(set, world, traffic).await;
    let mut work = Work::new(config::STEPS);
    let mut groups: Vec<NsgAudit> = Vec::with_capacity(set.groups.len());
    let nics = log::LoggedNics::new(covered);
    for (number, group) in set.groups.iter().enumerate() {
        let at = nics.of(group);
        let mut out = NsgAudit {
            name: group.nsg.name.clone(),
            covered: at.hours,
            holds: at.holds,
            rules: Vec::new(),
            findings: Vec::new(),
        };
        for direction in [Direction::Inbound, Direction::Outbound] {
            let ordered = group.ordered(direction);
            config::findings(&ordered, &mut work, &mut out.findings);
            used.findings(number, direction, &ordered, &mut out);
        }
        out.findings.sort_small_by(|a, b| {
            (a.kind, a.direction, &a.rule, &a.message).cmp(&(b.kind, b.direction, &b.rule, &b.message))
        });
        groups.push(out);
        end_of_piece().await;
    }
    Audit { groups, on_default: used.on_default, not_understood: set.not_understood() }
}

/// An end of a rule as people read it.
fn end_text(end: &Endpoint) -> String {
    match end {
        Endpoint::Any => "any address".to_owned(),
        Endpoint::Prefix(prefix) => prefix.to_string(),
        Endpoint::Range(first, last) => format!("{first}-{last}"),
        Endpoint::Tag(text) | Endpoint::Unknown(text) => text.clone(),
        Endpoint::Asg(id) => id.name().to_owned(),
    }
}

/// Whether a logged name is a rule's: `UserRule_name`, `DefaultRule_name`, the bare name in any case; long
/// names are cut.
pub fn is_name(logged: &str, name: &str) -> bool {
    let bare = |prefix: &str| {
        logged.get(..prefix.len()).filter(|p| p.eq_ignore_ascii_case(prefix)).and(logged.get(prefix.len()..))
    };
    let bare = bare("UserRule_").or_else(|| bare("DefaultRule_")).unwrap_or(logged);
    if bare.eq_ignore_ascii_case(name) {
        return true;
    }
    // The cut counts the logged name, prefix included; only a name that long may be a beginning.
    logged.len() >= LOGGED_NAME
        && name.len() > bare.len()
        && name.get(..bare.len()).is_some_and(|n| n.eq_ignore_ascii_case(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cut_at_65_characters_match_by_their_beginning() {
        let long = "a".repeat(80);
        assert!(is_name(&format!("UserRule_{}", &long[..56]), &long));
        assert!(!is_name("UserRule_aaa", &long));
        assert!(is_name("UserRule_web", "Web") && is_name("web", "Web") && !is_name("UserRule_webs", "Web"));
    }
}
