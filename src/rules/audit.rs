//! What is wrong with loaded groups: by their rules alone, and by what the logs say of them.

use super::Observed;
use super::space::{Names, overlap, without};
use super::world::RuleSet;
use crate::model::{Decision, Direction, Endpoint, SecurityRule};

/// Ports that manage machines.
const MANAGEMENT: [u16; 5] = [22, 3389, 5985, 5986, 445];
/// Logs cut rule names at this length.
const LOGGED_NAME: usize = 65;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// Every packet that it could match is decided by rules before it.
    Shadowed,
    /// Rules behind it decide the same for every packet that reaches it.
    Redundant,
    /// Overlaps an earlier rule that decides otherwise.
    Conflicting,
    /// The Internet may reach a port that manages machines.
    Exposed,
    /// Allows everything from everywhere.
    AnyAny,
    /// Never hit in the hours that the logs cover.
    NeverHit,
    /// Denies traffic that keeps coming.
    DenyHit,
}

impl FindingKind {
    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shadowed => "shadowed",
            Self::Redundant => "redundant",
            Self::Conflicting => "conflicting",
            Self::Exposed => "exposed",
            Self::AnyAny => "any-any",
            Self::NeverHit => "never-hit",
            Self::DenyHit => "deny-hit",
        }
    }

    /// Whether the rules alone show it, or the logs.
    pub fn basis(self) -> &'static str {
        match self {
            Self::NeverHit | Self::DenyHit => "log",
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

/// A rule and how often the logs name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleAudit {
    /// The rule.
    pub rule: SecurityRule,
    /// Allowed and denied flows that the logs attribute to it, as logged.
    pub hits: (u64, u64),
}

/// A group's audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NsgAudit {
    /// The group's name.
    pub name: String,
    /// Its rules, inbound first, by priority.
    pub rules: Vec<RuleAudit>,
    /// What was found, by kind and rule.
    pub findings: Vec<Finding>,
}

/// Every group's audit, in the order of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// One for each group.
    pub groups: Vec<NsgAudit>,
}

/// Audits the groups of a set. `hours` is how many hours the logs cover.
pub fn audit(set: &RuleSet, traffic: &[Observed], hours: u64) -> Audit {
    let groups = set.groups.iter().map(|group| {
        let mut rules = Vec::new();
        let mut findings = Vec::new();
        for direction in [Direction::Inbound, Direction::Outbound] {
            let ordered = group.ordered(direction);
            let names = Names::of(&ordered);
            let cuboids: Vec<_> = ordered.iter().map(|rule| names.cuboids(rule)).collect();
            for (index, rule) in ordered.iter().enumerate() {
                let hits = hits(rule, &group.nsg.name, &group.nsg.id.0, traffic);
                rules.push(RuleAudit { rule: rule.clone(), hits });
                let mut say = |kind, message: String| {
                    findings.push(Finding { kind, rule: rule.name.clone(), direction, message });
                };
                if rule.priority >= 65_000 {
                    continue;
                }
                let before: Vec<_> = cuboids[..index].iter().flatten().copied().collect();
                let reached = without(cuboids[index].clone(), &before);
                if reached.is_empty() {
                    say(FindingKind::Shadowed, "every packet it could match is decided by rules before it".to_owned());
                } else {
                    if is_redundant(reached, index, &ordered, &cuboids) {
                        let message = "rules behind it decide the same for all that reaches it".to_owned();
                        say(FindingKind::Redundant, message);
                    }
                    let other = (0..index).find(|earlier| {
                        ordered[*earlier].access != rule.access && overlap(&cuboids[*earlier], &cuboids[index])
                    });
                    if let Some(other) = other {
                        let message = format!("overlaps {}, which decides otherwise and comes first", ordered[other].name);
                        say(FindingKind::Conflicting, message);
                    }
                }
                configured(rule, &mut say);
                if hits == (0, 0) {
                    say(
                        FindingKind::NeverHit,
                        format!("not named by any log in {hours} covered hours; that is no proof that it is not needed"),
                    );
                } else if rule.access == Decision::Denied {
                    say(FindingKind::DenyHit, format!("denied {} flows", hits.1));
                }
            }
        }
        findings.sort_by(|a, b| (a.kind, a.direction, &a.rule).cmp(&(b.kind, b.direction, &b.rule)));
        NsgAudit { name: group.nsg.name.clone(), rules, findings }
    });
    Audit { groups: groups.collect() }
}

/// Whether the packets that reach a rule would meet the same decision without it.
fn is_redundant(
    mut reached: Vec<super::space::Cuboid>,
    index: usize,
    ordered: &[SecurityRule],
    cuboids: &[Vec<super::space::Cuboid>],
) -> bool {
    for later in index + 1..ordered.len() {
        if ordered[later].access != ordered[index].access && overlap(&reached, &cuboids[later]) {
            return false;
        }
        reached = without(reached, &cuboids[later]);
        if reached.is_empty() {
            return true;
        }
    }
    false
}

fn configured(rule: &SecurityRule, say: &mut impl FnMut(FindingKind, String)) {
    if rule.access != Decision::Allowed || rule.direction != Direction::Inbound {
        return;
    }
    let open = rule.sources.iter().any(|end| {
        matches!(end, Endpoint::Any)
            || matches!(end, Endpoint::Tag(tag) if tag.eq_ignore_ascii_case("internet"))
    });
    if !open {
        return;
    }
    let every_port = rule.destination_ports.contains(&crate::model::PortRange::ALL);
    let any_destination = rule.destinations.contains(&Endpoint::Any);
    if every_port && any_destination && rule.protocol.is_none() && rule.sources.contains(&Endpoint::Any) {
        say(FindingKind::AnyAny, "allows everything from everywhere".to_owned());
    }
    let ports: Vec<String> = MANAGEMENT
        .iter()
        .filter(|port| rule.destination_ports.iter().any(|range| range.contains(**port)))
        .map(u16::to_string)
        .collect();
    if !ports.is_empty() {
        say(
            FindingKind::Exposed,
            format!("the Internet may reach ports that manage machines: {}", ports.join(", ")),
        );
    }
}

/// Flows that logs attribute to a rule of a group. Logs write `UserRule_name` or `DefaultRule_name`, Traffic
/// Analytics the bare name in lower case; long names are cut.
fn hits(rule: &SecurityRule, group: &str, id: &str, traffic: &[Observed]) -> (u64, u64) {
    let mut out = (0, 0);
    for (acl, logged, direction, allowed, denied) in traffic.iter().flat_map(|seen| &seen.decided) {
        let same_group = acl.eq_ignore_ascii_case(id)
            || acl.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(group));
        if same_group && *direction == rule.direction && is_name(logged, &rule.name) {
            out.0 += allowed;
            out.1 += denied;
        }
    }
    out
}

/// Whether a logged name is a rule's.
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
