//! What the Data screen says of sources, sums and problems.

use crate::ui::format::{counted, exact, exact_bytes};
use azflow_core::model::LogKind;
use azflow_engine::session::{Accounts, IssueRow};

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

/// What a log kind is called.
pub fn kind(kind: &str) -> &str {
    match kind {
        "nsg-flow-log" => "NSG flow log",
        "vnet-flow-log" => "VNet flow log",
        "traffic-analytics-nsg" => "Traffic Analytics (NSG)",
        "traffic-analytics-vnet" => "Traffic Analytics (VNet)",
        "flow-csv" => "flow table",
        "kusto-nta" => "Kusto, NTANetAnalytics",
        "kusto-ana" => "Kusto, AzureNetworkAnalytics_CL",
        "kusto-blobs" => "Kusto, raw blobs",
        "resource-log" => "other Azure log",
        "azure-network" => "Azure network",
        "service-tags" => "service tags",
        "archive" => "archive",
        "unknown" => "not recognised",
        other => other,
    }
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
}
