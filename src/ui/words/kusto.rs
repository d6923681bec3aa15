//! What the panel for estates that outgrow a tab says.

use crate::ui::format::counted;
use azflow_engine::export::Origin;

/// The section.
pub const TITLE: &str = "Beyond one machine: Kusto";
/// What it is for.
pub const LEAD: &str = "For months of terabytes: these queries add flow records up where the data is. Their results, exported as CSV, are dropped here \
     like any other file, and read back as the same flow records.";
/// The switch.
pub const FROM: &str = "Where the data is";
/// The places: words, explanation, test handle.
pub const ORIGINS: [(Origin, &str, &str, &str); 4] = [
    (
        Origin::Nta,
        "NTANetAnalytics",
        "Traffic Analytics of VNet flow logs, in a Log Analytics workspace",
        "kusto-nta",
    ),
    (
        Origin::Ana,
        "AzureNetworkAnalytics_CL",
        "Traffic Analytics of NSG flow logs, in a Log Analytics workspace",
        "kusto-ana",
    ),
    (
        Origin::Blobs,
        "Raw VNet blobs",
        "VNet flow logs in a storage account, read by Azure Data Explorer",
        "kusto-blobs",
    ),
    (
        Origin::NsgBlobs,
        "Raw NSG blobs",
        "NSG flow logs in a storage account, read by Azure Data Explorer",
        "kusto-nsg-blobs",
    ),
];
/// The window's first day.
pub const FIRST: &str = "First day (UTC)";
/// The window's last day.
pub const LAST: &str = "Last day (UTC)";
/// Writes them.
pub const WRITE: &str = "Write the queries";
/// Chooses one.
pub const DAY: &str = "Query";
/// Saves all of them.
pub const SAVE: &str = "Save all as a file";
/// The text of a query.
pub const QUERY: &str = "The query";
/// When the days make no window.
pub const NO_WINDOW: &str = "Choose a first and a last day, at most 92 days in all.";
/// The most days at once.
pub const MOST_DAYS: i64 = 92;

/// How many there are, and what is in them.
pub fn written(queries: usize, named: bool) -> String {
    let names = if named {
        "The names of the subnets that are loaded are in them."
    } else {
        "No description of the network is loaded: subnets keep the names that the data has, or none."
    };
    format!(
        "{}, one a day, so that each result stays under the portal's limits. {names}",
        counted(queries as u64, "query", "queries")
    )
}

/// What of the filter is in the queries.
pub fn filtered(filter: &str, unsaid: &[String]) -> String {
    if unsaid.is_empty() {
        return format!("The filter {filter} is in them.");
    }
    format!(
        "Of the filter {filter} a query can't say {}: more rows come back, and the filter narrows them here.",
        unsaid.join(", ")
    )
}

/// When the filter's times are finer than the rows that come back.
pub fn in_hours(hourly: &str) -> String {
    format!(
        "A row of this table adds up an hour or ten minutes, so the queries have the filter's times in whole hours. Filter \
         what comes back by {hourly}: a finer time would lose rows that began before it."
    )
}

/// How to run them and bring the results back.
pub fn steps(origin: Origin) -> [&'static str; 3] {
    match origin {
        Origin::Nta | Origin::Ana => [
            "Open Logs of the workspace in the portal, in KQL mode, and paste a query. The window is in it: the time picker is not used.",
            "Run it, then Share, Export to CSV, all columns. A result of exactly 30,000 rows (10,000 on older pages) was cut: export that day in parts.",
            "Drop the CSV files here, together. Rows that are here as raw logs too are recognised and counted once.",
        ],
        Origin::Blobs | Origin::NsgBlobs => [
            "In the Azure Data Explorer web page, put the blobs' addresses into the first lines, each with a SAS or key, or replace them by an external table.",
            "Run it, then File, Export, to CSV. Up to 500,000 rows come out. Kusto may drop a value of more than 1 MB: look whether every NIC of a large blob is in them, or drop that blob here.",
            "Drop the CSV files here, together. A row adds up an hour: a time finer than that belongs into the filter before the queries are written.",
        ],
    }
}
