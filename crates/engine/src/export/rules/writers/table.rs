//! A table of rules with their evidence.

use super::fields::{Value, fields};
use crate::export::csv;
use crate::rules::Draft;
use azflow_core::model::UnixMillis;

const COLUMNS: [&str; 22] = [
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
];

pub fn write(draft: &Draft) -> String {
    let mut out = csv::line(&COLUMNS);
    for group in &draft.groups {
        for drafted in &group.rules {
            let fields = fields(&drafted.rule);
            let field = |begin: &str| {
                let texts =
                    fields.iter().filter(|(name, _)| name.starts_with(begin)).map(|(_, value)| match value {
                        Value::Text(text) => text.clone(),
                        Value::Number(number) => number.to_string(),
                        Value::List(list, _) | Value::Groups(list) => list.join(" "),
                    });
                texts.collect::<Vec<_>>().join(" ")
            };
            let time = |at: Option<UnixMillis>| at.map(UnixMillis::to_iso).unwrap_or_default();
            let numbers = |list: &[u64]| list.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
            let prefixes: Vec<String> = group.prefixes.iter().map(ToString::to_string).collect();
            out.push_str(&csv::line(&[
                group.nsg.name.clone(),
                group.subnet.clone(),
                drafted.rule.name.clone(),
                field("priority"),
                field("direction"),
                field("access"),
                field("protocol"),
                field("sourceA"),
                field("sourceP"),
                field("destinationA"),
                field("destinationP"),
                drafted.conversations.to_string(),
                drafted.flows.to_string(),
                drafted.hosts.0.to_string(),
                drafted.hosts.1.to_string(),
                time(drafted.seen.map(|s| s.0)),
                time(drafted.seen.map(|s| s.1)),
                drafted.maturity.map_or("", crate::rules::Maturity::as_str).to_owned(),
                if drafted.reused { "yes" } else { "no" }.to_owned(),
                prefixes.join(" "),
                numbers(&drafted.curve),
                drafted.rule.description.clone(),
            ]));
        }
    }
    out
}
