//! What the details panel says.

use crate::ui::format::{bytes, exact};
use azflow_engine::session::{DeniedAt, SeenAt, Selection};

/// Heading of the chart over time.
pub const TIMELINE: &str = "Over time";
/// Heading of the list of services.
pub const SERVICES: &str = "Services";
/// Heading of the list of rules that decided.
pub const RULES: &str = "Decided by";
/// Heading of the list of directions.
pub const DIRECTIONS: &str = "By direction";
/// Heading of the list of hosts with the most traffic.
pub const TALKERS: &str = "Talkers";
/// Beside the sections that do not follow the mode.
pub const AS_LOGGED: &str = "as logged";
/// Column: protocol and port.
pub const PORT: &str = "port";
/// Column: the service's name.
pub const NAME: &str = "name";
/// Column: allowed flows.
pub const ALLOWED: &str = "allowed";
/// Column: denied flows.
pub const DENIED: &str = "denied";
/// Column: bytes both ways.
pub const BYTES: &str = "bytes";
/// Column: hosts that took part.
pub const HOSTS: &str = "hosts";
/// Column: the rule that decided.
pub const RULE: &str = "rule";
/// Column: source and destination.
pub const PAIR: &str = "source → destination";
/// Column: the subnet at the other end.
pub const SUBNET: &str = "subnet";
/// Column: the bar of allowed and denied flows.
pub const SPLIT: &str = "allowed and denied share";
/// Column: when a bar of the chart begins.
pub const TIME: &str = "from (UTC)";
/// Column: the direction at the NIC that logged it.
pub const DIRECTION: &str = "direction";
/// Column: flows.
pub const FLOWS: &str = "flows";
/// Fact: flows, packets and bytes.
pub const TRAFFIC: &str = "Traffic";
/// Fact: how many conversations there are.
pub const CONVERSATIONS: &str = "Conversations";
/// Fact: the earliest time.
pub const FIRST: &str = "First seen";
/// Fact: the latest time.
pub const LAST: &str = "Last seen";
/// Fact: at which places it was logged.
pub const SEEN: &str = "Logged at";
/// The selection has no traffic in these files.
pub const NOTHING: &str = "Never seen in these files. That is no proof that it never happens: only what a NIC \
    logged in these hours is here.";
/// Opens a chart's table.
pub const CHART_TABLE: &str = "As table";
/// Inbound at the NIC that logged it.
pub const INBOUND: &str = "inbound, into the NIC";
/// Not on file.
pub const NO_DIRECTION: &str = "direction not on file";
/// Outbound at the NIC that logged it.
pub const OUTBOUND: &str = "outbound, out of the NIC";

/// What kind of part a selection is.
pub fn selection_kind(selection: &Selection) -> &'static str {
    match (&selection.src, &selection.dst) {
        (None, None) => "All pairs of subnets",
        (Some(_), None) => "All traffic from a subnet",
        (None, Some(_)) => "All traffic to a subnet",
        (Some(src), Some(dst)) if src == dst => "Inside a subnet",
        _ => "One pair of subnets",
    }
}

/// Where denials happened, if there were any.
pub fn denied_at(at: &DeniedAt) -> Option<String> {
    let places =
        [(at.source, "at the source"), (at.destination, "at the destination"), (at.on_the_way, "on the way")];
    let there: Vec<(u64, &str)> = places.into_iter().filter(|(n, _)| *n > 0).collect();
    match there.as_slice() {
        [] => None,
        [(_, place)] => Some((*place).to_owned()),
        many => Some(
            many.iter().map(|(n, place)| format!("{} {place}", exact(*n))).collect::<Vec<_>>().join(", "),
        ),
    }
}

/// At which ends conversations were logged.
pub fn seen_at(at: &SeenAt) -> String {
    let places = [
        (at.both, "both ends"),
        (at.source_only, "the source only"),
        (at.destination_only, "the destination only"),
        (at.on_the_way, "an appliance on the way"),
    ];
    let there: Vec<(u64, &str)> = places.into_iter().filter(|(n, _)| *n > 0).collect();
    match there.as_slice() {
        [] => "–".to_owned(),
        [(_, place)] => (*place).to_owned(),
        many => {
            many.iter().map(|(n, place)| format!("{place} {}", exact(*n))).collect::<Vec<_>>().join(" · ")
        }
    }
}

/// Bytes there and back.
pub fn traffic(there: u64, back: u64) -> String {
    if there == 0 && back == 0 {
        "none logged".to_owned()
    } else {
        format!("{} there, {} back", bytes(there), bytes(back))
    }
}

/// How many conversations, and how many of them began before the window.
pub fn conversations(all: u64, earlier: u64) -> String {
    if earlier == 0 { exact(all) } else { format!("{}, {} begun earlier", exact(all), exact(earlier)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_needs_no_number() {
        let at = DeniedAt { source: 0, destination: 7, on_the_way: 0 };
        assert_eq!(denied_at(&at).as_deref(), Some("at the destination"));
        assert_eq!(denied_at(&DeniedAt::default()), None);
        let seen = SeenAt { both: 3, source_only: 2, ..SeenAt::default() };
        assert_eq!(seen_at(&seen), "both ends 3 · the source only 2");
    }
}
