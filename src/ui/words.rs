//! What the page says, screen by screen in modules of their own; here what the details panel and the Data screen say.
//! The start, the header and what is said while files load are in `text`.

pub mod coverage;
pub mod evidence;
pub mod failure;
pub mod filter;
pub mod findings;
pub mod flows;
pub mod kusto;
pub mod migration;
pub mod network;
pub mod questions;
pub mod review;
pub mod rules;
pub mod tables;
pub mod timeline;

use super::format::{bytes, counted, exact, exact_bytes, moment, short};
use azflow_core::model::{LogKind, UnixMillis};
use azflow_engine::session::{Accounts, DeniedAt, IssueRow, SeenAt, Timeline};

/// Opens the whole of a list.
pub fn all(total: usize) -> String {
    format!("Show all {}", exact(total as u64))
}

/// Headings of the details panel.
pub mod details {
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
}

/// Headings of the Data screen.
pub mod data {
    /// The sums.
    pub const SUMS: &str = "Every byte, record and tuple accounted for";
    /// The sources.
    pub const SOURCES: &str = "Sources";
    /// The problems.
    pub const ISSUES: &str = "Problems";
    /// None of them.
    pub const NO_ISSUES: &str = "No problems: everything in these files was understood.";
    /// Heading of the overlaps.
    pub const OVERLAPS: &str = "The same traffic in several kinds of log";
    /// What an overlap is, and what counts there.
    pub const OVERLAPS_LEAD: &str = "For these NICs and hours there are several kinds of log. They describe the same traffic, so \
        conversations use one of them: VNet flow logs before NSG flow logs before Traffic Analytics before results of azflow's queries, which may \
        carry a filter. As logged, all are added up.";
    /// Columns.
    pub const COLUMNS: [&str; 11] = [
        "source",
        "kind",
        "size",
        "hours",
        "NICs",
        "records",
        "duplicate",
        "tuples",
        "duplicate",
        "rejected",
        "problems",
    ];
    /// Narrows the list.
    pub const FILTER: &str = "Filter by name or kind";
    /// Only sources with problems.
    pub const ONLY_PROBLEMS: &str = "Only with problems";
    /// Removes what is marked.
    pub const REMOVE: &str = "Remove";
    /// Explains it.
    pub const REMOVE_TITLE: &str = "Removes the marked sources and reads all others again";
    /// Marks a source.
    pub const MARK: &str = "Mark";
    /// Explains a click on a heading.
    pub const SORT_BY: &str = "Sort by";
    /// Something was not counted.
    pub const LOSSY: &str = "not counted";
    /// Everything was.
    pub const NOTE: &str = "note";
    /// Beside a sum that adds up.
    pub const ADDS_UP: &str = "adds up";
    /// Beside a sum that does not.
    pub const DOES_NOT: &str = "does not add up: please report this";
    /// Waiting for the first answer.
    pub const WAITING: &str = "Looking through the sources …";
}

/// Kinds of log that cover the same NIC and hour; the first one counts.
pub fn overlap(kinds: &[LogKind]) -> String {
    let name = |kind: &LogKind| match kind {
        LogKind::Vnet => "VNet flow log",
        LogKind::Nsg => "NSG flow log",
        LogKind::Analytics => "Traffic Analytics",
        LogKind::AnalyticsNsg => "Traffic Analytics of NSG flow logs",
        LogKind::QueryVnet => "query over VNet flow logs",
        LogKind::QueryNsg => "query over NSG flow logs",
        LogKind::QueryAnalytics => "query over Traffic Analytics",
        LogKind::QueryAnalyticsNsg => "query over Traffic Analytics of NSG flow logs",
    };
    match kinds {
        [first, others @ ..] if !others.is_empty() => {
            format!(
                "{} counts, {} does not",
                name(first),
                others.iter().map(name).collect::<Vec<_>>().join(" and ")
            )
        }
        _ => String::new(),
    }
}

/// What stands only in logs that do not count: conversations with something allowed, and denied alone.
pub fn superseded([allowed, denied]: [u64; 2]) -> String {
    if allowed + denied == 0 {
        return "Nothing stands only in the logs that do not count.".to_owned();
    }
    format!(
        "Only in logs that do not count: {} with something allowed, {} denied alone. The list of flows says \
         “superseded log” of them.",
        counted(allowed, "conversation", "conversations"),
        exact(denied)
    )
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

/// The chart over time in a sentence.
pub fn timeline(timeline: &Timeline) -> String {
    let most = timeline.bins.iter().map(|b| b.attempts()).max().unwrap_or_default();
    format!(
        "Flows over time, allowed above the line and denied below it: {} of {}, at most {} flows in one.",
        counted(timeline.bins.len() as u64, "bin", "bins"),
        bin_width(timeline.bin_minutes),
        exact(most)
    )
}

/// The highest bars of the chart over time.
pub fn timeline_most(timeline: &Timeline) -> String {
    let most =
        |of: fn(&azflow_core::model::Tally) -> u64| timeline.bins.iter().map(of).max().unwrap_or_default();
    let mut words = format!("at most {} allowed", short(most(|b| b.allowed_flows)));
    match most(|b| b.denied_flows) {
        0 => {}
        denied => words.push_str(&format!(", {} denied", short(denied))),
    }
    format!("{words} in {}", bin_width(timeline.bin_minutes))
}

/// The width of a bin.
pub fn bin_width(minutes: u32) -> String {
    match minutes {
        m if m % 1440 == 0 && m > 0 => counted(u64::from(m / 1440), "day", "days"),
        m if m % 60 == 0 && m > 0 => counted(u64::from(m / 60), "hour", "hours"),
        m => counted(u64::from(m), "minute", "minutes"),
    }
}

/// The start of a timeline's bin.
pub fn bin_start(timeline: &Timeline, index: usize) -> UnixMillis {
    UnixMillis::from_minute(
        timeline.start_minute.saturating_add(timeline.bin_minutes.saturating_mul(index as u32)),
    )
}

/// The start of a bin, in words.
pub fn bin_time(timeline: &Timeline, index: usize) -> String {
    let text = moment(bin_start(timeline, index));
    // Bins begin on whole minutes: the seconds say nothing.
    text.strip_suffix(":00").map_or(text.clone(), str::to_owned)
}

/// A sum as it is shown: the whole, and its parts with their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// What is added up.
    pub whole: (String, &'static str),
    /// The parts.
    pub parts: Vec<(String, &'static str)>,
    /// Whether the parts add up to the whole.
    pub holds: bool,
}

/// The sums that must hold over everything loaded.
pub fn sums(a: &Accounts) -> [Sum; 3] {
    let sum = |whole: (u64, &'static str), parts: &[(u64, &'static str)], show: fn(u64) -> String| Sum {
        whole: (show(whole.0), whole.1),
        parts: parts.iter().map(|(n, name)| (show(*n), *name)).collect(),
        holds: parts.iter().map(|(n, _)| n).sum::<u64>() == whole.0,
    };
    let counted_records = a.records.saturating_sub(a.duplicate_records);
    [
        sum(
            (a.tuples, "tuples seen"),
            &[
                (a.counted_tuples(), "counted"),
                (a.duplicate_tuples, "in duplicate records"),
                (a.rejected_tuples, "rejected"),
            ],
            exact,
        ),
        sum(
            (a.records, "records seen"),
            &[(counted_records, "counted"), (a.duplicate_records, "duplicate")],
            exact,
        ),
        sum(
            (a.bytes, "in all sources"),
            &[(a.bytes_scanned, "scanned"), (a.bytes_skipped, "passed over")],
            exact_bytes,
        ),
    ]
}

/// Where a problem is: in what is on disk, or in what that unpacked to.
pub fn place(issue: &IssueRow, unpacked: bool) -> String {
    let mut text = match issue.record {
        Some(record) => format!("record {}, byte {}", exact(record), exact(issue.offset)),
        None => format!("byte {}", exact(issue.offset)),
    };
    if unpacked {
        text.push_str(" of the unpacked text");
    }
    if issue.length > 0 {
        text.push_str(&format!(", {} passed over", exact_bytes(issue.length)));
    }
    text
}

/// A message as a sentence: a capital at its beginning, a full stop at its end.
pub fn sentence(message: &str) -> String {
    // A name that is written small stays so.
    if message.starts_with("azflow ") {
        return format!("{message}.");
    }
    let mut letters = message.chars();
    let first: String = letters.next().map(|c| c.to_ascii_uppercase().into()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// A problem as one line, for copying.
pub fn issue_line(source: &str, issue: &IssueRow, unpacked: bool) -> String {
    format!("{source}: {} ({}): {}. {}", issue.code, place(issue, unpacked), issue.message, issue.next_step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_does_not_hold_is_said() {
        let good = Accounts {
            tuples: 5,
            duplicate_tuples: 2,
            rejected_tuples: 1,
            bytes: 9,
            bytes_scanned: 9,
            ..Accounts::default()
        };
        assert!(sums(&good).iter().all(|s| s.holds));
        let bad = Accounts { bytes: 10, ..good };
        assert!(!sums(&bad)[2].holds);
    }

    #[test]
    fn one_place_needs_no_number() {
        let at = DeniedAt { source: 0, destination: 7, on_the_way: 0 };
        assert_eq!(denied_at(&at).as_deref(), Some("at the destination"));
        assert_eq!(denied_at(&DeniedAt::default()), None);
        let seen = SeenAt { both: 3, source_only: 2, ..SeenAt::default() };
        assert_eq!(seen_at(&seen), "both ends 3 · the source only 2");
    }

    #[test]
    fn bins_say_their_width_in_the_largest_unit() {
        let widths = [1, 10, 60, 360, 1440].map(|m| bin_width(m).replace('\u{a0}', " "));
        assert_eq!(widths, ["1 minute", "10 minutes", "1 hour", "6 hours", "1 day"]);
    }
}
