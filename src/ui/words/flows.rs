//! What the Flows screen says.

use crate::ui::format::{bytes, counted, exact, exact_bytes, moment, short};
use azflow_core::model::{Tally, service_name};
use azflow_core::store::Mode;
use azflow_engine::export::{FlowCell, FlowColumn};
use azflow_engine::session::{FlowKey, FlowRow, FlowSort, FlowsAnswer};

/// The tab.
pub const TAB: &str = "Flows";
/// Opens the choice of columns.
pub const COLUMNS: &str = "Columns";
/// Shows the columns of the beginning again.
pub const COLUMNS_RESET: &str = "As at first";
/// Saves the list as CSV.
pub const CSV: &str = "Save CSV";
/// Saves the list as JSON.
pub const JSON: &str = "Save JSON";
/// What is saved.
pub const SAVE_TITLE: &str = "Save the whole list with the columns and in the order shown";
/// Why it can't be saved yet.
pub const SAVE_LATER: &str = "The list still grows while files are being read";
/// Explains a heading.
pub const SORT: &str = "Sort; with Shift as a further column";
/// How to use the table by keyboard.
pub const KEYS: &str = "Arrow keys, Page Up, Page Down, Home and End move; Enter opens a conversation's evidence; with Shift, rows are \
    marked and added up; Escape closes. The headings sort, with Shift by several columns.";
/// While rows are on their way.
pub const ROW_WAITING: &str = "…";
/// Nothing to list.
pub const NONE: &str = "No conversation is left: loosen the filter.";
/// The panel of one conversation.
pub const ONE: &str = "Conversation";
/// The filter leaves nothing of it.
pub const GONE: &str = "Nothing of this conversation passes the filter.";
/// Closes it.
pub const CLOSE: &str = "Close";
/// Opens the list from elsewhere.
pub const LIST: &str = "List the conversations";

/// A column's heading.
pub fn column(column: FlowColumn) -> &'static str {
    match column {
        FlowColumn::Last => "last seen (UTC)",
        FlowColumn::First => "first seen (UTC)",
        FlowColumn::Direction => "direction",
        FlowColumn::Access => "access",
        FlowColumn::Src => "source",
        FlowColumn::SrcName => "source machine",
        FlowColumn::SrcSubnet => "source subnet",
        FlowColumn::Dst => "destination",
        FlowColumn::DstName => "destination machine",
        FlowColumn::DstSubnet => "destination subnet",
        FlowColumn::Port => "port",
        FlowColumn::Protocol => "protocol",
        FlowColumn::Service => "application",
        FlowColumn::Rules => "rules",
        FlowColumn::Allowed => "allowed",
        FlowColumn::Denied => "denied",
        FlowColumn::PacketsThere => "packets there",
        FlowColumn::PacketsBack => "packets back",
        FlowColumn::BytesThere => "bytes there",
        FlowColumn::BytesBack => "bytes back",
        FlowColumn::Path => "path",
    }
}

/// How many conversations the list has, and how they are counted.
pub fn total(answer: &FlowsAnswer, mode: Mode) -> String {
    let all = counted(u64::from(answer.total), "conversation", "conversations");
    match mode {
        Mode::Conversations => format!("{all}, counted once"),
        Mode::AsLogged => format!("{all}, flows as logged"),
    }
}

/// What flows and traffic add up to.
pub fn sums(tally: &Tally) -> String {
    let c = tally.counters;
    format!(
        "{} allowed · {} denied · {} there, {} back",
        short(tally.allowed_flows),
        short(tally.denied_flows),
        bytes(c.bytes_src_to_dst),
        bytes(c.bytes_dst_to_src)
    )
}

/// The same, exactly.
pub fn sums_exactly(tally: &Tally) -> String {
    let c = tally.counters;
    format!(
        "{} allowed, {} denied; {} and {} there, {} and {} back",
        exact(tally.allowed_flows),
        exact(tally.denied_flows),
        counted(c.packets_src_to_dst, "packet", "packets"),
        exact_bytes(c.bytes_src_to_dst),
        counted(c.packets_dst_to_src, "packet", "packets"),
        exact_bytes(c.bytes_dst_to_src)
    )
}

/// What the marked rows add up to.
pub fn marked((first, end): (u32, u32), tally: &Tally) -> String {
    format!("{} marked: {}", exact(u64::from(end.saturating_sub(first))), sums(tally))
}

/// By what it is sorted.
pub fn sorted(sort: &FlowSort) -> String {
    let one = |(by, falling): &(FlowColumn, bool)| {
        format!("{} {}", column(*by), if *falling { "descending" } else { "ascending" })
    };
    if sort.is_empty() {
        return "sorted by source and destination".to_owned();
    }
    format!("sorted by {}", sort.iter().map(one).collect::<Vec<_>>().join(", then "))
}

/// The ends of a conversation.
pub fn ends(key: &FlowKey) -> String {
    format!("{} → {}", key.src, key.dst)
}

/// The service of a conversation: `tcp 443, https`.
pub fn service(key: &FlowKey) -> String {
    let protocol = key.protocol();
    let Some(port) = key.port() else { return protocol.to_string() };
    let name = service_name(protocol, port).map(|name| format!(", {name}")).unwrap_or_default();
    format!("{protocol} {port}{name}")
}

/// A row for a screen reader.
pub fn row(row: &FlowRow) -> String {
    let words = |column: FlowColumn| match row.cells.get(column as usize) {
        Some(FlowCell::Text(text)) => text.clone(),
        Some(FlowCell::Number(number)) => exact(*number),
        Some(FlowCell::Time(at)) => moment(*at),
        Some(FlowCell::List(list)) => list.join(", "),
        Some(FlowCell::Nothing) | None => "–".to_owned(),
    };
    format!(
        "{}, {}/{}, {}, {} allowed, {} denied, last seen {}",
        ends(&row.key),
        words(FlowColumn::Port),
        words(FlowColumn::Protocol),
        words(FlowColumn::Access),
        words(FlowColumn::Allowed),
        words(FlowColumn::Denied),
        words(FlowColumn::Last)
    )
}

/// While it is being saved.
pub fn saving(done: u32, total: u32) -> String {
    format!("{} of {} rows written …", exact(u64::from(done)), exact(u64::from(total)))
}
