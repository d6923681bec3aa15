//! What the Data screen says of logs of groups beside those of networks.

use crate::ui::format::{counted, exact};

/// The section.
pub const TITLE: &str = "Do VNet flow logs cover what NSG flow logs saw?";
/// What is compared.
pub const LEAD: &str = "By NIC and hour. Flows are matched by addresses, protocol, destination port, direction and decision, each once an \
    hour; source ports are not kept. Hours of NSG flow logs alone, and flows of them alone, stand for: don't switch them off yet. Azure ends \
    them on 30 September 2027.";
/// The table of hours.
pub const HOURS: &str = "NICs and hours of both kinds of log";
/// Its columns.
pub const HOUR_COLUMNS: [&str; 10] = [
    "NIC and hours",
    "NSG begun",
    "denied",
    "bytes",
    "VNet begun",
    "denied",
    "bytes",
    "in both",
    "NSG only",
    "VNet only",
];
/// The table of conversations.
pub const ONLY: &str = "Only in NSG flow logs, in hours of both";
/// Its columns.
pub const ONLY_COLUMNS: [&str; 6] = ["source", "destination", "service", "begun", "denied", "bytes"];
/// Bytes that no log counts.
pub const NOT_COUNTED: &str = "not counted";
/// No record of the hours.
pub const NO_LOG: &str = "no log";

/// Hours from a time on.
pub fn from(first: &str, hours: u32) -> String {
    let day = first.get(..10).unwrap_or_default();
    let hour = first.get(11..13).unwrap_or_default();
    let length =
        if hours == 1 { String::new() } else { format!(", {}", counted(u64::from(hours), "hour", "hours")) };
    format!("{day} {hour} h{length}")
}

/// A protocol with its port.
pub fn service(protocol: &str, port: Option<u16>) -> String {
    port.map_or_else(|| protocol.to_owned(), |port| format!("{port}/{protocol}"))
}

/// Rows that the page was not sent.
pub fn not_listed(rows: u64) -> String {
    format!("{} more are not listed.", exact(rows))
}
