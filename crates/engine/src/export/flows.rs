//! The list of conversations as CSV and JSON, in stretches: a list may have millions of rows.
//!
//! Every row of the CSV says how it was counted, what the list was narrowed to and which time it spans, so that
//! no part of it can be taken for something else; the JSON document says so once, at its beginning.

use super::csv;
use azflow_core::model::{Tally, UnixMillis};
use azflow_core::store::Mode;
use serde::{Deserialize, Serialize};

/// A column of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FlowColumn {
    /// Latest tuple.
    Last,
    /// Earliest tuple.
    First,
    /// Which way it crossed the NICs that logged it.
    Direction,
    /// Whether it was allowed, denied, or both.
    Access,
    /// New flows allowed.
    Allowed,
    /// Attempts denied.
    Denied,
    /// Source address.
    Src,
    /// The machine that has it.
    SrcName,
    /// The source's subnet.
    SrcSubnet,
    /// Destination address.
    Dst,
    /// The machine that has it.
    DstName,
    /// The destination's subnet.
    DstSubnet,
    /// Destination port.
    Port,
    /// IP protocol.
    Protocol,
    /// What IANA has the port registered for.
    Service,
    /// The rules that decided.
    Rules,
    /// Packets from source to destination.
    PacketsThere,
    /// Packets back.
    PacketsBack,
    /// Bytes from source to destination.
    BytesThere,
    /// Bytes back.
    BytesBack,
    /// What lies between the two ends.
    Path,
}

impl FlowColumn {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 21] = [
        Self::Last,
        Self::First,
        Self::Direction,
        Self::Access,
        Self::Allowed,
        Self::Denied,
        Self::Src,
        Self::SrcName,
        Self::SrcSubnet,
        Self::Dst,
        Self::DstName,
        Self::DstSubnet,
        Self::Port,
        Self::Protocol,
        Self::Service,
        Self::Rules,
        Self::PacketsThere,
        Self::PacketsBack,
        Self::BytesThere,
        Self::BytesBack,
        Self::Path,
    ];

    /// Its stable name in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Last => "last_seen",
            Self::First => "first_seen",
            Self::Direction => "direction",
            Self::Access => "access",
            Self::Src => "src",
            Self::SrcName => "src_machine",
            Self::SrcSubnet => "src_subnet",
            Self::Dst => "dst",
            Self::DstName => "dst_machine",
            Self::DstSubnet => "dst_subnet",
            Self::Port => "port",
            Self::Protocol => "protocol",
            Self::Service => "application_protocol",
            Self::Rules => "rules",
            Self::Allowed => "allowed_flows",
            Self::Denied => "denied_flows",
            Self::PacketsThere => "packets_src_to_dst",
            Self::PacketsBack => "packets_dst_to_src",
            Self::BytesThere => "bytes_src_to_dst",
            Self::BytesBack => "bytes_dst_to_src",
            Self::Path => "path",
        }
    }

    /// The column of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == name)
    }

    /// Whether it is shown before anybody chose.
    pub fn is_default(self) -> bool {
        use FlowColumn::{DstName, First, PacketsBack, PacketsThere, Path, SrcName};
        !matches!(self, First | SrcName | DstName | PacketsThere | PacketsBack | Path)
    }

    /// Those shown before anybody chose.
    pub fn defaults() -> Vec<Self> {
        Self::ALL.into_iter().filter(|column| column.is_default()).collect()
    }

    /// How a list is sorted before anybody chose: the latest first.
    pub fn default_sort() -> Vec<(Self, bool)> {
        vec![(Self::Last, true)]
    }

    /// Whether it holds numbers of bytes.
    pub fn is_bytes(self) -> bool {
        matches!(self, Self::BytesThere | Self::BytesBack)
    }

    /// Whether it counts something: then the largest come first.
    pub fn is_count(self) -> bool {
        matches!(self, Self::Allowed | Self::Denied | Self::PacketsThere | Self::PacketsBack)
            || self.is_bytes()
    }
}

/// What stands where a row meets a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlowCell {
    /// Nothing is known, or there is no such thing.
    Nothing,
    /// Words.
    Text(String),
    /// A number.
    Number(u64),
    /// A point in time.
    Time(UnixMillis),
    /// Several words.
    List(Vec<String>),
}

/// What a list was asked for and adds up to.
#[derive(Debug, Clone, Copy)]
pub struct ListedAs<'a> {
    /// How flows are counted.
    pub mode: Mode,
    /// What it was narrowed to.
    pub filter: &'a str,
    /// The earliest and latest tuple of its conversations.
    pub window: Option<(UnixMillis, UnixMillis)>,
    /// How many conversations it has.
    pub total: u32,
    /// What they add up to.
    pub sums: Tally,
}

/// The first line of the CSV.
pub fn flows_csv_head(columns: &[FlowColumn]) -> String {
    let mut cells: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
    cells.extend(["mode", "filter", "window"]);
    csv::line(&cells)
}

/// One row of the CSV.
pub fn flows_csv_row(cells: &[FlowCell], list: &ListedAs<'_>, out: &mut String) {
    let mut words: Vec<String> = cells.iter().map(text).collect();
    words.push(list.mode.as_str().to_owned());
    words.push(list.filter.to_owned());
    words.push(list.window.map(interval).unwrap_or_default());
    out.push_str(&csv::line(&words));
}

fn text(cell: &FlowCell) -> String {
    match cell {
        FlowCell::Nothing => String::new(),
        FlowCell::Text(words) => words.clone(),
        FlowCell::Number(number) => number.to_string(),
        FlowCell::Time(at) => at.to_iso(),
        FlowCell::List(items) => items.join(", "),
    }
}

/// ISO 8601's way to write a span.
fn interval((first, last): (UnixMillis, UnixMillis)) -> String {
    format!("{}/{}", first.to_iso(), last.to_iso())
}

/// A text as JSON writes it.
fn quoted(text: &str) -> String {
    // A text has nothing that could fail to be written.
    serde_json::to_string(text).unwrap_or_default()
}

/// The JSON document up to its first row.
pub fn flows_json_head(list: &ListedAs<'_>) -> String {
    let window = list.window.map_or("null".to_owned(), |(first, last)| {
        format!("{{ \"first\": \"{}\", \"last\": \"{}\" }}", first.to_iso(), last.to_iso())
    });
    let Tally { allowed_flows, denied_flows, counters } = list.sums;
    let [a, b, c, d] = counters.as_array();
    format!(
        "{{\n  \"schema\": \"azflow.flows/1\",\n  \"mode\": \"{}\",\n  \"filter\": {},\n  \"window\": {window},\n  \
         \"conversations\": {},\n  \"totals\": {{ \"allowed_flows\": {allowed_flows}, \"denied_flows\": {denied_flows}, \
         \"packets_src_to_dst\": {a}, \"bytes_src_to_dst\": {b}, \"packets_dst_to_src\": {c}, \"bytes_dst_to_src\": {d} }},\n  \
         \"flows\": [",
        list.mode.as_str(),
        quoted(list.filter),
        list.total
    )
}

/// One row of the JSON document; `first` is the list's first.
pub fn flows_json_row(columns: &[FlowColumn], cells: &[FlowCell], first: bool, out: &mut String) {
    out.push_str(if first { "\n    {" } else { ",\n    {" });
    for (place, (column, cell)) in columns.iter().zip(cells).enumerate() {
        let value = match cell {
            FlowCell::Nothing => "null".to_owned(),
            FlowCell::Number(number) => number.to_string(),
            FlowCell::List(items) => {
                format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
            }
            other => quoted(&text(other)),
        };
        let comma = if place == 0 { " " } else { ", " };
        out.push_str(&format!("{comma}\"{}\": {value}", column.as_str()));
    }
    out.push_str(" }");
}

/// What ends the JSON document.
pub const FLOWS_JSON_END: &str = "\n  ]\n}\n";

/// A file name that says what the list spans and what it was narrowed to: `azflow-flows_2026-10-01_2026-10-31_port-443.csv`.
pub fn flows_file_name(list: &ListedAs<'_>, extension: &str) -> String {
    let mut name = "azflow-flows".to_owned();
    if let Some((first, last)) = list.window {
        for at in [first, last] {
            let day: String = at.to_iso().chars().take(10).collect();
            name.push('_');
            name.push_str(&day);
        }
    }
    if list.mode == Mode::AsLogged {
        name.push_str("_as-logged");
    }
    // Letters that every file system takes; enough of them to tell one filter from another.
    let mut plain = String::new();
    for letter in list.filter.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' => plain.push(letter),
            _ if plain.ends_with('-') || plain.is_empty() => {}
            _ => plain.push('-'),
        }
    }
    let plain: String = plain.chars().take(60).collect();
    let plain = plain.trim_matches(['-', '.']);
    if !plain.is_empty() {
        name.push('_');
        name.push_str(plain);
    }
    format!("{name}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: ListedAs<'_> = ListedAs {
        mode: Mode::Conversations,
        filter: "port:443,8000-8100 -rule:\"a/b\"",
        window: Some((UnixMillis(1_790_812_800_000), UnixMillis(1_790_899_199_000))),
        total: 1,
        sums: Tally {
            allowed_flows: 3,
            denied_flows: 0,
            counters: azflow_core::model::Counters {
                packets_src_to_dst: 0,
                bytes_src_to_dst: 0,
                packets_dst_to_src: 0,
                bytes_dst_to_src: 0,
            },
        },
    };

    #[test]
    fn a_file_name_says_span_and_filter_in_plain_letters() {
        let name = flows_file_name(&LIST, "csv");
        assert_eq!(name, "azflow-flows_2026-10-01_2026-10-01_port-443-8000-8100-rule-a-b.csv");
        let whole = ListedAs { mode: Mode::AsLogged, filter: "", window: None, ..LIST };
        assert_eq!(flows_file_name(&whole, "json"), "azflow-flows_as-logged.json");
    }

    #[test]
    fn every_column_is_found_by_its_name() {
        for column in FlowColumn::ALL {
            assert_eq!(FlowColumn::parse(column.as_str()), Some(column));
        }
    }

    #[test]
    fn rows_of_the_csv_guard_against_formulas_and_say_how_they_were_counted() {
        let mut out = flows_csv_head(&[FlowColumn::Rules, FlowColumn::Allowed]);
        let cells = [FlowCell::List(vec!["=cmd()".to_owned()]), FlowCell::Number(3)];
        flows_csv_row(&cells, &LIST, &mut out);
        let line = out.lines().nth(1).unwrap_or_default();
        assert!(line.starts_with("'=cmd(),3,conversations,"), "{line}");
        assert!(line.ends_with(",2026-10-01T00:00:00.000Z/2026-10-01T23:59:59.000Z"), "{line}");
    }

    #[test]
    fn the_json_document_reads_back() {
        let mut out = flows_json_head(&LIST);
        let cells = [FlowCell::Text("\"\u{1}<b>".to_owned()), FlowCell::Nothing, FlowCell::Number(9)];
        let columns = [FlowColumn::Src, FlowColumn::Port, FlowColumn::Allowed];
        flows_json_row(&columns, &cells, true, &mut out);
        flows_json_row(&columns, &cells, false, &mut out);
        out.push_str(FLOWS_JSON_END);
        let read: serde_json::Value = serde_json::from_str(&out).unwrap_or_default();
        assert_eq!(read["filter"], LIST.filter);
        assert_eq!(read["flows"][1]["src"], "\"\u{1}<b>");
        assert_eq!(read["flows"][0]["allowed_flows"], 9);
        assert!(read["flows"][0]["port"].is_null());
    }
}
