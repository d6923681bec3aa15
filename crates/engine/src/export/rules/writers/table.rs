//! A table of rules with what becomes of each and what it rests on.

use super::fields::{Value, fields};
use super::reason;
use crate::export::csv;
use crate::rules::{Draft, DraftedNsg, DraftedRule, RuleChange};
use azflow_core::model::UnixMillis;

const COLUMNS: [&str; 25] = [
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
];

pub fn write(draft: &Draft) -> String {
    let mut out = csv::line(&COLUMNS);
    for group in &draft.groups {
        for change in group.changes() {
            out.push_str(&row(group, &change));
        }
    }
    out
}

fn row(group: &DraftedNsg, change: &RuleChange<'_>) -> String {
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
    ])
}
