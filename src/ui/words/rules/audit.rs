//! What an audit of the rules in force says.

use crate::ui::format::{counted, exact};
use azflow_engine::session::{AuditAnswer, GroupRules};

/// Columns of rules.
pub const RULE_COLUMNS: [&str; 7] =
    ["priority", "rule", "from", "to", "service", "flows by log", "conv. by evaluation"];
/// Heading of findings that need no logs.
pub const FROM_RULES: &str = "From the rules alone";
/// Heading of findings that stand on the logs.
pub const FROM_LOGS: &str = "From the logs";
/// Instead of a list of findings that is empty.
pub const NOTHING_FOUND: &str = "Nothing found.";
/// Opens the flows of a rule.
pub const SHOW_FLOWS: &str = "Show these flows in the matrix";

/// A finding's kind.
pub fn finding(kind: &str) -> String {
    let mut words = kind.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Above an audit.
pub fn audited(answer: &AuditAnswer) -> String {
    let findings = answer.groups.iter().map(|group| group.findings.len() as u64).sum();
    format!(
        "{}, {}; logs cover {} of NICs; {} ride on the default allow alone",
        counted(answer.groups.len() as u64, "group", "groups"),
        counted(findings, "finding", "findings"),
        counted(answer.hours, "hour", "hours"),
        counted(answer.on_default, "conversation", "conversations")
    )
}

/// What logs can say of a group.
pub fn covered((hours, missing): (u64, u64)) -> String {
    if missing > 0 {
        format!("{} covered, {} missing between", counted(hours, "hour", "hours"), exact(missing))
    } else {
        format!("{} covered", counted(hours, "hour", "hours"))
    }
}

/// Beside a group's name: where it applies, how many rules it has, and of one that is in force what an audit says.
pub fn group(group: &GroupRules, in_force: bool) -> String {
    let mut out = Vec::from([counted(group.rules.len() as u64, "rule", "rules")]);
    if !group.places.is_empty() {
        out.insert(0, group.places.clone());
    }
    if in_force {
        out.push(counted(group.findings.len() as u64, "finding", "findings"));
        out.push(covered(group.covered));
    }
    out.join(" · ")
}
