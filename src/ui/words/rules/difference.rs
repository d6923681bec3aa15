//! What the difference between a draft and what is in force says.

use crate::ui::format::exact;
use azflow_engine::session::DifferenceAnswer;

/// What the draft decides otherwise than what is in force.
pub const DIFFERENCE: &str = "What the draft decides otherwise";
/// Columns of regions.
pub const REGION_COLUMNS: [&str; 6] =
    ["change", "from → to", "service", "in force", "draft", "why not to be told"];

/// Above the regions.
pub fn difference(found: &DifferenceAnswer) -> String {
    let [allowed, denied, open, still] = found.totals.map(|count| exact(u64::from(count)));
    let against = if found.in_force { "the groups in force" } else { "no group: none is loaded" };
    if found.regions.total == 0 && found.not_compared.is_empty() {
        return format!("Nothing: over every address, protocol and port the draft decides as {against}.");
    }
    format!(
        "Over every address, protocol and port, seen or not, against {against}: {allowed} newly allowed, {denied} newly \
         denied, {open} not to be told, {still} let pass by one group and still denied by another."
    )
}

/// A group that was not compared to the end.
pub fn not_compared(group: &str, why: &str) -> String {
    format!("{group} was not compared to the end: {why}. There may be more than is listed.")
}

/// A change: sign, word, class.
pub fn change(change: &str) -> (&'static str, &'static str, &'static str) {
    match change {
        "newly-allowed" => ("!", "newly allowed", "f-opened"),
        "newly-denied" => ("✕", "newly denied", "f-breaks"),
        "still-denied" => ("–", "still denied", "f-blocked"),
        _ => ("?", "not to be told", "f-open"),
    }
}

/// By which rule of which group.
pub fn by(rule: &str, nsg: &str) -> String {
    match (rule, nsg) {
        (_, "") => "no group".to_owned(),
        ("", nsg) => format!("no rule of {nsg}"),
        (rule, nsg) => format!("{rule} · {nsg}"),
    }
}
