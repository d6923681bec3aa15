//! What two sets of rules decide differently: the document `azflow.rules-diff/1`, the same as a table, and as lines for
//! people. See docs/RULES.md.

use crate::export::csv;
use crate::rules::{Addresses, Change, Difference, Region, Side, named};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The document's schema.
pub const RULES_DIFF_SCHEMA: &str = "azflow.rules-diff/1";

/// What a table and a gate call what was not compared.
pub const NOT_COMPARED: &str = "not-compared";

/// Ends and ports that a line for people names.
const NAMED: usize = 6;

fn side(side: &Side) -> Value {
    json!({
        "decision": side.word.as_str(),
        "nsg": side.nsg,
        "rule": side.nsg.as_ref().map(|_| side.rule.as_str()),
        "stage": side.stage.map(|stage| stage.as_str()),
        "reason": side.reason,
    })
}

fn region(region: &Region) -> Value {
    json!({
        "change": region.change.as_str(),
        "nsg": region.nsg(),
        "direction": region.direction(),
        "stage": region.stage().filter(|_| region.is_placed).map(|stage| stage.as_str()),
        "placed": region.is_placed,
        "places": region.places,
        "sources": region.sources.of,
        "sources_except": region.sources.except,
        "destinations": region.destinations.of,
        "destinations_except": region.destinations.except,
        "protocols": region.protocols,
        "ports": region.ports,
        "before": side(&region.before),
        "after": side(&region.after),
    })
}

/// The document.
pub fn difference_document(found: &Difference) -> String {
    let totals: BTreeMap<String, usize> =
        Change::ALL.iter().map(|change| (change.as_str().replace('-', "_"), found.count(*change))).collect();
    let [before, after] = &found.not_understood;
    let document = json!({
        "schema": RULES_DIFF_SCHEMA,
        "totals": totals,
        "regions": found.regions.iter().map(region).collect::<Vec<_>>(),
        "not_compared": found
            .not_compared
            .iter()
            .map(|one| json!({ "nsg": one.nsg, "reason": one.reason }))
            .collect::<Vec<_>>(),
        "not_understood": { "before": before, "after": after },
    });
    // Plain data: there is nothing that could fail to be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// A line for each region, and for each group that was not compared.
pub fn difference_table(found: &Difference) -> String {
    let mut out = csv::line(&[
        "change",
        "nsg",
        "direction",
        "places",
        "sources",
        "destinations",
        "protocols",
        "ports",
        "before",
        "before_nsg",
        "before_rule",
        "after",
        "after_nsg",
        "after_rule",
        "reason",
    ]);
    for region in &found.regions {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let list = |all: &[String]| all.join(", ");
        let (before, after) = (&region.before, &region.after);
        out.push_str(&csv::line(&[
            region.change.as_str().to_owned(),
            text(region.nsg()),
            text(region.direction()),
            list(&region.places),
            ends(&region.sources, &list),
            ends(&region.destinations, &list),
            list(&region.protocols),
            list(&region.ports),
            before.word.as_str().to_owned(),
            text(before.nsg.as_deref()),
            before.rule.clone(),
            after.word.as_str().to_owned(),
            text(after.nsg.as_deref()),
            after.rule.clone(),
            text(after.reason.as_deref().or(before.reason.as_deref())),
        ]));
    }
    for one in &found.not_compared {
        let mut cells = [""; 15];
        (cells[0], cells[1], cells[14]) = (NOT_COMPARED, &one.nsg, &one.reason);
        out.push_str(&csv::line(&cells));
    }
    out
}

/// Lines for people: how much differs, each region, and what was not compared or not understood.
pub fn difference_text(found: &Difference) -> String {
    let totals: Vec<String> =
        Change::ALL.iter().map(|change| format!("{} {}", change.as_str(), found.count(*change))).collect();
    let mut lines = vec![totals.join(", ")];
    for region in &found.regions {
        lines.push(format!(
            "{}: {} > {}, {} {}",
            region.change.as_str(),
            ends(&region.sources, &few),
            ends(&region.destinations, &few),
            few(&region.protocols),
            few(&region.ports),
        ));
        lines.push(format!("  {}", place(region)));
        lines.push(format!("  before: {}", by(&region.before)));
        lines.push(format!("  after:  {}", by(&region.after)));
    }
    for one in &found.not_compared {
        lines.push(format!("{NOT_COMPARED}: {}: {}", one.nsg, one.reason));
    }
    for (which, all) in ["before", "after"].iter().zip(&found.not_understood) {
        lines.extend(all.iter().map(|what| format!("not understood, {which}: {what}")));
    }
    lines.iter().map(|line| plain(line) + "\n").collect()
}

fn place(region: &Region) -> String {
    let nsg = region.nsg().unwrap_or("no group");
    let direction = region.direction().unwrap_or("either way");
    match region.places.as_slice() {
        [] if !region.is_placed => format!("{nsg}, {direction}, wherever it applies: no file tells"),
        [] => format!("{nsg}, {direction}"),
        places => format!("{nsg}, {direction}, at {}", few(places)),
    }
}

fn by(side: &Side) -> String {
    let mut out = side.word.as_str().to_owned();
    match &side.nsg {
        Some(nsg) if side.rule.is_empty() => out.push_str(&format!(" by {nsg}, of which no rule matches")),
        Some(nsg) => out.push_str(&format!(" by {} of {nsg}", side.rule)),
        None => out.push_str(": no group"),
    }
    if let Some(reason) = &side.reason {
        out.push_str(&format!(" ({reason})"));
    }
    out
}

/// Addresses in words, with what is left out of them.
fn ends(addresses: &Addresses, list: &dyn Fn(&[String]) -> String) -> String {
    match addresses.except.as_slice() {
        [] => list(&addresses.of),
        except => format!("{} except {}", list(&addresses.of), list(except)),
    }
}

fn few(all: &[String]) -> String {
    named(all, NAMED)
}

/// A line that a terminal shows as it is: a name may be anybody's, and its control characters stay visible.
fn plain(line: &str) -> String {
    let shown = |letter: char| match letter.is_control() {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    line.chars().map(shown).collect()
}
