//! A table of rules with what becomes of each and what it rests on.

use super::fields::{Value, fields};
use super::reason;
use crate::export::csv;
use crate::rules::{ByFate, Draft, DraftOutcomes, DraftedNsg, DraftedRule, Fate, RuleChange};
use azflow_core::model::UnixMillis;

const COLUMNS: [&str; 30] = [
    "nsg",
    "subnet",
    "name",
    "priority",
    "direction",
    "access",
    "protocol",
    "sources",
    "source_ports",
    "destinations",
    "ports",
    "conversations",
    "flows",
    "source_hosts",
    "destination_hosts",
    "first",
    "last",
    "maturity",
    "reused",
    "subnet_prefixes",
    "curve",
    "description",
    "action",
    "why",
    "before",
    "kept",
    "would_break",
    "still_blocked",
    "newly_opened",
    "undecidable",
];

/// A line for each rule, with what becomes of the traffic at it where that was simulated.
pub fn rules_table(draft: &Draft, outcomes: Option<&DraftOutcomes>) -> String {
    let mut out = csv::line(&COLUMNS);
    for (place, group) in draft.groups.iter().enumerate() {
        let all = outcomes.and_then(|outcomes| outcomes.groups.get(place));
        for change in group.changes() {
            let here = all.and_then(|all| all.rules.get(change.place?).copied());
            out.push_str(&row(group, &change, here));
        }
    }
    out
}

fn row(group: &DraftedNsg, change: &RuleChange<'_>, outcomes: Option<ByFate>) -> String {
    let fields = fields(change.rule);
    let field = |begin: &str| {
        let texts = fields.iter().filter(|(name, _)| name.starts_with(begin)).map(|(_, value)| match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::List(list, _) | Value::Groups(list) => list.join(" "),
        });
        texts.collect::<Vec<_>>().join(" ")
    };
    let drafted = change.drafted;
    let number = |of: fn(&DraftedRule) -> u64| drafted.map(of).unwrap_or_default().to_string();
    let time = |at: Option<UnixMillis>| at.map(UnixMillis::to_iso).unwrap_or_default();
    let seen = drafted.and_then(|drafted| drafted.seen);
    let curve: Vec<String> = drafted.iter().flat_map(|d| &d.curve).map(u64::to_string).collect();
    let maturity = drafted.and_then(|drafted| drafted.maturity);
    let is_reused = drafted.is_some_and(|drafted| drafted.reused);
    let prefixes: Vec<String> = group.prefixes.iter().map(ToString::to_string).collect();
    let by_fate = Fate::ALL.map(|fate| outcomes.map(|of| of[fate as usize].to_string()).unwrap_or_default());
    let [kept, breaks, blocked, opened, open] = by_fate;
    csv::line(&[
        group.nsg.name.clone(),
        group.subnet.clone(),
        change.rule.name.clone(),
        field("priority"),
        field("direction"),
        field("access"),
        field("protocol"),
        field("sourceA"),
        field("sourceP"),
        field("destinationA"),
        field("destinationP"),
        number(|drafted| drafted.conversations),
        number(|drafted| drafted.flows),
        number(|drafted| drafted.hosts.0),
        number(|drafted| drafted.hosts.1),
        time(seen.map(|s| s.0)),
        time(seen.map(|s| s.1)),
        maturity.map_or("", crate::rules::Maturity::as_str).to_owned(),
        if is_reused { "yes" } else { "no" }.to_owned(),
        prefixes.join(" "),
        curve.join(" "),
        change.rule.description.clone(),
        change.action.as_str().to_owned(),
        reason::why(change),
        change.before.map(|was| reason::before(was, change.rule)).unwrap_or_default(),
        kept,
        breaks,
        blocked,
        opened,
        open,
    ])
}
