//! Tables of flows: exports of Traffic Analytics, and of queries over it.
//!
//! `detect` tells a table from other text, `csv-core` splits CSV, `json` splits query results; `columns` tells
//! what headings mean, `hint` is what people say of others and `suggest` what those seem to mean, `values`
//! reads cells, `flows` makes flow records of a row. Each row is a log record of its own. Rows of one file that
//! are equal in all columns that count are told apart by how often they came before: in a projected export
//! they are different flows, in a second copy of the file they are the same ones.

mod columns;
mod detect;
mod flows;
mod hint;
mod json;
mod suggest;
mod values;

pub use columns::{EveryRow, Meaning, is_rules, missing as missing_columns};
pub use flows::OUTSIDE;
pub use hint::{TableHint, TableSketch};

use super::part::{Context, RecordInfo, Row};
use super::record::PartBuilder;
use super::scanner::{MAX_NAME, Outcome, Stretch};
use super::{Issue, IssueCode, Part};
use crate::model::{Decision, FlowDirection, LogKind, Protocol};
use columns::{Mapping, Table};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use detect::{Written, detect};
use flows::{Cells, DST, SRC, first_date, read};
use hashbrown::HashMap;
use hint::Told;
use json::{JsonRows, Piece};
use serde_json::Value;
use std::collections::VecDeque;
use values::{Date, mac};
use xxhash_rust::xxh3::xxh3_128;

/// The longest row that is read, as in JSON. Its cells end at [`MAX_NAME`].
const MAX_ROW: usize = 1 << 20;
/// What is said of rows that are longer, or have a longer cell.
pub const LONG_CELL: &str = "rows with a cell of more than 64 kB, or of more than 1 MB";
/// Rows after which a part is sent on.
const PART_ROWS: usize = 1 << 16;
/// Rows, and bytes of a file, that are held until the order of day and month is known.
const HELD: (usize, u64) = (5_000, 64 << 20);
/// Issues and stretches kept; more are only counted.
const MAX_LISTED: usize = 1000;
/// Numbers of rows at which portals and queries cut a result.
const LIMITS: [u64; 3] = [10_000, 30_000, 500_000];

/// What is known at the end of a table.
#[derive(Debug)]
pub struct TableEnd {
    /// The same as a scanner's.
    pub outcome: Outcome,
    /// Which table it is.
    pub kind: super::SourceKind,
    /// Why no row could be read.
    pub refused: Option<String>,
    /// Its beginning, where something can be said about it, or was.
    pub sketch: Option<Box<TableSketch>>,
}

/// See the module's description.
pub struct TableReader {
    splitter: Splitter,
    mapping: Option<Mapping>,
    /// What people say about tables, until the headings are here; then what they say about this one.
    hints: Vec<TableHint>,
    told: Told,
    sketch: TableSketch,
    /// Cells that were said of every row.
    always: Vec<(Meaning, String)>,
    cells: Cells,
    /// Rows before the order of day and month is known: offset, length, line.
    held: Vec<(Place, Cells)>,
    day_first: Option<bool>,
    part: PartBuilder,
    ready: VecDeque<Part>,
    seen: HashMap<u128, u32>,
    /// What a row's fingerprint is made of; kept for its room.
    hashed: Vec<u8>,
    rows: u64,
    /// Rows that were read without a protocol, a port, a direction.
    without: [u64; 3],
    /// Which of azflow's own queries made the table, if one did.
    query: Option<super::SourceKind>,
    refused: Option<String>,
    out: Outcome,
    /// Something that was assumed: the order of dates, one flow a row.
    assumed_order: bool,
}

/// Where a row is.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    offset: u64,
    length: u64,
    line: u64,
}

enum Splitter {
    Csv(Box<Csv>),
    Json(JsonRows),
}

/// A CSV on its way through `csv-core`, and where its records begin.
struct Csv {
    reader: Reader,
    separator: u8,
    output: Vec<u8>,
    ends: Vec<usize>,
    out_at: usize,
    end_at: usize,
    /// Whether a record has begun, at this byte of this line.
    begun: bool,
    start: u64,
    start_line: u64,
    at: u64,
    line: u64,
    typed: bool,
}

impl Csv {
    fn consume(&mut self, bytes: &[u8]) {
        self.at += bytes.len() as u64;
        self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    }
}

impl std::fmt::Debug for TableReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableReader").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// The line that bytes begin with, and its length with the byte that ends it, if it is whole, without
/// quotes and proper UTF-8: then `csv-core`, which goes byte by byte, would find the same cells.
fn plain_line(bytes: &[u8]) -> Option<(&str, usize)> {
    let end = memchr::memchr(b'\n', bytes)?;
    // Of CR LF the first ends a record; the second is passed over before the next.
    let end = if end > 0 && bytes[end - 1] == b'\r' { end - 1 } else { end };
    let line = &bytes[..end];
    if memchr::memchr2(b'"', b'\r', line).is_some() {
        return None;
    }
    Some((std::str::from_utf8(line).ok()?, end + 1))
}

impl TableReader {
    /// A reader for a text that begins like this, if it is a table of flows.
    pub fn detect(head: &[u8], hints: &[TableHint]) -> Option<Self> {
        let splitter = match detect(head, hints)? {
            Written::Json(shape) => Splitter::Json(JsonRows::new(shape)),
            Written::Csv { separator, typed } => Splitter::Csv(Box::new(Csv {
                reader: ReaderBuilder::new().delimiter(separator).build(),
                separator,
                output: vec![0; 1 << 14],
                ends: vec![0; 256],
                out_at: 0,
                end_at: 0,
                begun: false,
                start: 0,
                start_line: 1,
                at: 0,
                line: 1,
                typed,
            })),
        };
        Some(Self {
            splitter,
            mapping: None,
            hints: hints.to_vec(),
            told: Told::default(),
            sketch: TableSketch::default(),
            always: Vec::new(),
            cells: Cells::default(),
            held: Vec::new(),
            day_first: None,
            part: PartBuilder::default(),
            ready: VecDeque::new(),
            seen: HashMap::new(),
            hashed: Vec::new(),
            rows: 0,
            without: [0; 3],
            query: None,
            refused: None,
            out: Outcome::default(),
            assumed_order: false,
        })
    }

    /// Reads on.
    pub fn push(&mut self, bytes: &[u8]) {
        self.out.length += bytes.len() as u64;
        if !self.is_over() {
            self.split(bytes);
        }
    }

    /// Whether nothing more is to be read: no row counts, and as many are here as are shown.
    fn is_over(&self) -> bool {
        self.refused.is_some() && self.sketch.is_full()
    }

    fn split(&mut self, bytes: &[u8]) {
        match &mut self.splitter {
            Splitter::Csv(_) => self.split_csv(bytes, false),
            Splitter::Json(reader) => {
                let mut pieces = Vec::new();
                reader.push(bytes, &mut pieces);
                pieces.into_iter().for_each(|piece| self.piece(piece));
            }
        }
    }

    fn split_csv(&mut self, mut bytes: &[u8], end: bool) {
        // To `csv-core` an empty input is the end.
        while end || !bytes.is_empty() {
            let Splitter::Csv(csv) = &mut self.splitter else { return };
            if !csv.begun {
                // The ends of the line before, and empty lines, belong to no record.
                let blank = bytes.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
                csv.consume(&bytes[..blank]);
                bytes = &bytes[blank..];
                (csv.start, csv.start_line) = (csv.at, csv.line);
                csv.begun = !bytes.is_empty();
                if !csv.begun && !end {
                    return;
                }
            }
            // Nothing of the record was read yet: a quote that has been is no output, but what follows is its content.
            if csv.at == csv.start
                && self.mapping.is_some()
                && let Some((line, length)) = plain_line(bytes)
            {
                csv.consume(&bytes[..length]);
                csv.begun = false;
                let place = Place { offset: csv.start, length: csv.at - csv.start, line: csv.start_line };
                let separator = csv.separator;
                bytes = &bytes[length..];
                if length > MAX_ROW {
                    self.too_long(place);
                } else {
                    self.line(place, line, separator);
                }
                continue;
            }
            let (result, read_, wrote, ended) =
                csv.reader.read_record(bytes, &mut csv.output[csv.out_at..], &mut csv.ends[csv.end_at..]);
            csv.consume(&bytes[..read_]);
            csv.out_at += wrote;
            csv.end_at += ended;
            bytes = &bytes[read_..];
            match result {
                // Of a row that is too long nothing needs to be kept.
                ReadRecordResult::OutputFull if csv.output.len() > MAX_ROW => csv.out_at = 0,
                ReadRecordResult::OutputFull => csv.output.resize(csv.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull if csv.ends.len() > MAX_ROW => csv.end_at = 0,
                ReadRecordResult::OutputEndsFull => csv.ends.resize(csv.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty if end => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return,
                ReadRecordResult::Record => {
                    let place = Place { offset: csv.start, length: csv.at - csv.start, line: csv.start_line };
                    let (text, ends) = (csv.out_at, csv.end_at);
                    (csv.out_at, csv.end_at, csv.begun) = (0, 0, false);
                    if place.length > MAX_ROW as u64 {
                        self.too_long(place);
                        continue;
                    }
                    // PowerShell's first line names a type.
                    if !std::mem::take(&mut csv.typed) {
                        // Lent, since a copy of every row costs.
                        let (output, fields) =
                            (std::mem::take(&mut csv.output), std::mem::take(&mut csv.ends));
                        self.record(place, &output[..text], &fields[..ends]);
                        if let Splitter::Csv(csv) = &mut self.splitter {
                            (csv.output, csv.ends) = (output, fields);
                        }
                        if self.is_over() {
                            return;
                        }
                    }
                }
            }
        }
    }

    /// A row that lies in a plain line.
    fn line(&mut self, place: Place, line: &str, separator: u8) {
        let Some(mapping) = &self.mapping else { return };
        if !self.sketch.is_full() {
            self.sketch.keep(line.split(char::from(separator)).map(str::to_owned).collect());
        }
        self.cells.take_line(line);
        let ends = memchr::memchr_iter(separator, line.as_bytes()).chain(std::iter::once(line.len()));
        let mut from = 0;
        // Of eighty columns thirty matter.
        for (end, meaning) in ends.zip(&mapping.columns) {
            if let Some(meaning) = meaning {
                self.cells.mark(*meaning, from, end);
            }
            from = end + 1;
        }
        self.row(place);
    }

    /// A line of a CSV: the headings, or a row.
    fn record(&mut self, place: Place, text: &[u8], ends: &[usize]) {
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let field = |(from, end): (usize, &usize)| text.get(from..*end).unwrap_or_default();
        let fields = starts.zip(ends).map(field);
        let Some(mapping) = &self.mapping else {
            let fields: Vec<String> =
                fields.map(|field| String::from_utf8_lossy(field).into_owned()).collect();
            self.begin(&fields);
            return;
        };
        if !self.sketch.is_full() {
            self.sketch
                .keep(fields.clone().map(|field| String::from_utf8_lossy(field).into_owned()).collect());
        }
        self.cells.clear();
        // Of eighty columns thirty matter.
        for (field, meaning) in fields.zip(&mapping.columns) {
            if let Some(meaning) = meaning {
                match std::str::from_utf8(field) {
                    Ok(field) => self.cells.set(*meaning, field),
                    Err(_) => self.cells.set(*meaning, &String::from_utf8_lossy(field)),
                }
            }
        }
        self.row(place);
    }

    /// Takes the headings.
    #[inline(never)]
    fn begin(&mut self, headings: &[String]) {
        self.told = Told::about(headings, &std::mem::take(&mut self.hints));
        self.sketch = TableSketch::new(headings);
        let mapping = Mapping::by(headings, &|heading| self.told.means(heading));
        self.sketch.every_row = self.told.every_row.lacked_by(&mapping.columns);
        self.always = self.sketch.every_row.cells().collect();
        let missing = mapping.missing(self.sketch.every_row);
        if !missing.is_empty() {
            self.refused = Some(format!("a table of flows without {}", missing.join(", ")));
        }
        self.mapping = Some(mapping);
    }

    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Columns(bytes) => {
                let columns: Vec<Value> = serde_json::from_slice(&bytes).unwrap_or_default();
                let name = |column: &Value| {
                    let fields = column.as_object()?;
                    let name = ["name", "columnname"]
                        .iter()
                        .find_map(|key| fields.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)))?;
                    name.1.as_str().map(str::to_owned)
                };
                let names: Vec<String> = columns.iter().map(|c| name(c).unwrap_or_default()).collect();
                if self.mapping.is_none() {
                    self.begin(&names);
                }
            }
            Piece::Row(offset, bytes) => {
                let place = Place { offset, length: bytes.len() as u64, line: 0 };
                match serde_json::from_slice::<Value>(&bytes) {
                    Ok(Value::Array(values)) => {
                        if !self.sketch.is_full() {
                            self.sketch.keep(values.iter().map(text).collect());
                        }
                        self.cells.clear();
                        let columns = self.mapping.as_ref().map(|m| m.columns.clone()).unwrap_or_default();
                        for (value, meaning) in values.iter().zip(columns) {
                            if let Some(meaning) = meaning {
                                self.cells.set(meaning, &text(value));
                            }
                        }
                        self.row(place);
                    }
                    Ok(Value::Object(fields)) => {
                        if self.mapping.is_none() {
                            let names: Vec<String> = fields.keys().cloned().collect();
                            self.begin(&names);
                        }
                        if !self.sketch.is_full() {
                            let cell = |heading: &String| fields.get(heading).map(text).unwrap_or_default();
                            self.sketch.keep(self.sketch.headings.iter().map(cell).collect());
                        }
                        self.cells.clear();
                        for (key, value) in &fields {
                            if let Some(meaning) = self.told.means(key) {
                                self.cells.set(meaning, &text(value));
                            }
                        }
                        self.row(place);
                    }
                    _ if self.refused.is_some() => {}
                    _ => self.skip(place, IssueCode::DamagedRecord, String::new()),
                }
            }
        }
    }

    /// Passes over a row that no export writes.
    #[inline(never)]
    fn too_long(&mut self, place: Place) {
        if self.refused.is_none() {
            self.skip(place, IssueCode::DamagedRecord, LONG_CELL.to_owned());
        }
    }

    /// Takes a row: at once, or when it is known how dates are written.
    fn row(&mut self, place: Place) {
        if self.refused.is_some() {
            return;
        }
        if self.cells.has_longer(MAX_NAME) {
            self.too_long(place);
            return;
        }
        let kind = self.cells.get(Meaning::SubType);
        if !kind.is_empty() && !kind.eq_ignore_ascii_case("flowlog") {
            let kind = kind.to_owned();
            self.skip(place, IssueCode::OtherRecord, kind);
            return;
        }
        for (meaning, said) in &self.always {
            self.cells.set(*meaning, said);
        }
        if let Some(day_first) = self.day_first {
            let cells = std::mem::take(&mut self.cells);
            self.take(place, &cells, day_first);
            self.cells = cells;
            return;
        }
        let decided = match first_date(&self.cells) {
            Some(Date::Either(a, b, ..)) if a > 12 || b > 12 => Some(a > 12),
            // Only the United States' order is written with AM and PM.
            Some(Date::Either(..)) if self.has_half_days() => Some(false),
            Some(Date::Known(_)) => Some(false),
            _ => None,
        };
        self.held.push((place, self.cells.clone()));
        let held = self.held.first().map_or(0, |(first, _)| place.offset.saturating_sub(first.offset));
        if decided.is_some() || self.held.len() >= HELD.0 || held > HELD.1 {
            self.assumed_order = decided.is_none();
            self.settle(decided.or(self.told.day_first).unwrap_or(false));
        }
    }

    fn has_half_days(&self) -> bool {
        [Meaning::Start, Meaning::Interval, Meaning::Time, Meaning::End].into_iter().any(|meaning| {
            let text = self.cells.get(meaning).to_ascii_uppercase();
            text.ends_with("AM") || text.ends_with("PM")
        })
    }

    fn settle(&mut self, day_first: bool) {
        self.day_first = Some(day_first);
        for (place, cells) in std::mem::take(&mut self.held) {
            self.take(place, &cells, day_first);
        }
    }

    /// Adds a row to the part, or rejects it.
    fn take(&mut self, place: Place, cells: &Cells, day_first: bool) {
        self.rows += 1;
        let number = self.rows;
        self.query = self.query.or_else(|| own_query(cells.get(Meaning::Query)));
        let fingerprint = self.fingerprint(cells);
        let mut info = RecordInfo {
            fingerprint,
            tuples: 1,
            rejected: 0,
            number,
            hour: 0,
            rows_end: self.part.rows() as u32,
        };
        match read(cells, day_first) {
            Ok(found) => {
                let table = self.mapping.as_ref().map_or(Table::Other, |m| m.table);
                self.out.flow_records[usize::from(table == Table::Vnet)] += 1;
                self.out.first = self.out.first.into_iter().chain([found.first]).min();
                self.out.last = self.out.last.max(Some(found.last));
                let service = found.protocol.service(found.port);
                let blank = [
                    found.protocol == Protocol::UNKNOWN,
                    found.protocol.has_ports() && found.port.is_none(),
                    found.flows.iter().any(|flow| flow.direction == FlowDirection::Unknown),
                ];
                self.without.iter_mut().zip(blank).for_each(|(rows, blank)| *rows += u64::from(blank));
                let into_minute = found.first.0.rem_euclid(60_000) as u16;
                for flow in &found.flows {
                    let context = self.context(cells, flow.direction, flow.decision);
                    let row = Row {
                        src: self.part.address(flow.src),
                        dst: self.part.address(flow.dst),
                        service,
                        context,
                        minute: found.first.minute(),
                        flows: u32::try_from(flow.flows).unwrap_or(u32::MAX),
                        tuples: 1,
                        first_ms: into_minute,
                        last_ms: into_minute,
                        counters: flow.counters,
                    };
                    self.part.push(row);
                    for (address, side) in [(flow.src, &SRC), (flow.dst, &DST)] {
                        self.part.name(address, cells.get(side.subnet));
                        self.part.machine(address, &cells.machine(address, side));
                    }
                    // The NIC that logged it is that of the end where it did.
                    let end = match flow.direction {
                        FlowDirection::Inbound => Some(&DST),
                        FlowDirection::Outbound => Some(&SRC),
                        FlowDirection::Unknown => None,
                    };
                    if let Some(end) = end.filter(|_| !cells.is_hop()) {
                        self.part.nic(&mac(cells.get(Meaning::Mac)), cells.last_part(end.nic));
                    }
                }
                info.hour = found.hour;
            }
            Err((code, column, value)) => {
                info.rejected = 1;
                let value = super::tuple::excerpt(value.as_bytes());
                let place_words =
                    if place.line > 0 { format!("line {}, ", place.line) } else { String::new() };
                let message = format!("{place_words}{column}: not understood: {value}");
                self.note(Issue { offset: place.offset, code, record: Some(number), length: 0, message });
            }
        }
        info.rows_end = self.part.rows() as u32;
        self.part.record(info);
        if self.part.rows().max(self.part.records()) >= PART_ROWS {
            let part = self.part.take(place.offset + place.length);
            self.ready.push_back(part);
        }
    }

    fn fingerprint(&mut self, cells: &Cells) -> u128 {
        let text = &mut self.hashed;
        text.clear();
        for cell in cells.bytes() {
            text.extend_from_slice(cell);
            text.push(0xff);
        }
        let before = self.seen.entry(xxh3_128(text)).or_default();
        text.extend_from_slice(&before.to_le_bytes());
        *before += 1;
        xxh3_128(text)
    }

    fn context(&mut self, cells: &Cells, direction: FlowDirection, decision: Decision) -> u32 {
        let rule = cells.get(Meaning::Rule);
        // Schema 1: `index|rule|direction|decision|count`, of several the first.
        let packed = || cells.get(Meaning::Rules).split('|').nth(1).unwrap_or_default();
        let named = [rule, packed(), cells.get(Meaning::Reason)].into_iter().find(|name| !name.is_empty());
        let rule = self.part.intern(named.unwrap_or_default());
        // Of a firewall's own table the resource is what decided; of others it is the workspace or the log.
        let resource = Some(cells.get(Meaning::Resource)).filter(|id| is_firewall(id));
        let acl = Some(cells.get(Meaning::Acl)).filter(|acl| !acl.is_empty()).or(resource);
        let acl = self.part.intern(acl.unwrap_or_default());
        let mac = self.part.intern(&mac(cells.get(Meaning::Mac)));
        let encryption = self.part.intern(cells.get(Meaning::Encryption));
        let kind = self.kind();
        self.part.context(Context { rule, acl, mac, encryption, kind, direction, decision })
    }

    /// Which kind of log the rows are.
    fn kind(&self) -> LogKind {
        let table = self.mapping.as_ref().map_or(Table::Other, |mapping| mapping.table);
        match self.query {
            Some(super::SourceKind::KustoNta) => LogKind::QueryAnalytics,
            Some(super::SourceKind::KustoAna) => LogKind::QueryAnalyticsNsg,
            Some(_) if table == Table::Vnet => LogKind::QueryVnet,
            Some(_) => LogKind::QueryNsg,
            None if table == Table::Nsg => LogKind::AnalyticsNsg,
            None => LogKind::Analytics,
        }
    }

    fn note(&mut self, issue: Issue) {
        if self.out.issues.len() < MAX_LISTED {
            self.out.issues.push(issue);
            return;
        }
        match self.out.unlisted.iter_mut().find(|(code, _)| *code == issue.code) {
            Some((_, count)) => *count += 1,
            None => self.out.unlisted.push((issue.code, 1)),
        }
    }

    /// Passes over a stretch; neighbours of one kind are one.
    fn skip(&mut self, place: Place, code: IssueCode, category: String) {
        if let Some(last) = self.out.stretches.last_mut()
            && last.code == code
            && last.category == category
            && place.offset <= last.offset + last.length + 3
        {
            last.length = place.offset + place.length - last.offset;
        } else if self.out.stretches.len() < MAX_LISTED {
            let Place { offset, length, .. } = place;
            self.out.stretches.push(Stretch { offset, length, code, record: None, category });
        } else {
            self.out.unlisted_skipped += place.length;
        }
    }

    /// A part that is large enough to be sent on, if there is one.
    pub fn take_part(&mut self) -> Option<Part> {
        self.ready.pop_front()
    }

    /// Ends the table.
    pub fn finish(mut self) -> (VecDeque<Part>, TableEnd) {
        if let Splitter::Csv(_) = self.splitter {
            self.split_csv(&[], true);
        }
        if let Splitter::Json(reader) = &self.splitter
            && let Some(start) = reader.is_inside()
        {
            let place = Place { offset: start, length: self.out.length - start, line: 0 };
            self.skip(place, IssueCode::Truncated, String::new());
        }
        if self.day_first.is_none() {
            self.assumed_order =
                self.held.iter().any(|(_, cells)| matches!(first_date(cells), Some(Date::Either(..))));
            self.settle(self.told.day_first.unwrap_or(false));
        }
        let end = self.out.length;
        let mut say = |code, message: String| {
            self.out.issues.push(Issue { offset: 0, code, record: None, length: 0, message });
        };
        let unclear = self.assumed_order && self.refused.is_none();
        if unclear && self.told.day_first.is_none() {
            say(
                IssueCode::DateOrder,
                "dates like 3/4/2026 were read as month/day: no row tells which it is".to_owned(),
            );
        }
        if !self.always.is_empty() && self.rows > 0 {
            let words = |(meaning, said): &(Meaning, String)| match meaning {
                Meaning::Protocol | Meaning::Port => format!("{} {said}", meaning.name()),
                _ => said.clone(),
            };
            let said: Vec<String> = self.always.iter().map(words).collect();
            say(
                IssueCode::EveryRow,
                format!("no column says it: every row counts as {}, as was said", said.join(", ")),
            );
        }
        for (rows, what) in self.without.into_iter().zip(["protocol", "port", "direction"]) {
            if rows > 0 {
                let message = format!("{rows} of {} rows do not say the {what}: it is unknown", self.rows);
                say(IssueCode::UnknownValue, message);
            }
        }
        if LIMITS.contains(&self.rows) {
            say(
                IssueCode::RowLimit,
                format!("exactly {} rows: the query's result was probably cut there", self.rows),
            );
        }
        let mapping = self.mapping.as_ref();
        let kind = match mapping.map_or(Table::Other, |m| m.table) {
            Table::Vnet => super::SourceKind::TrafficAnalyticsVnet,
            Table::Nsg => super::SourceKind::TrafficAnalyticsNsg,
            Table::Other => super::SourceKind::FlowCsv,
        };
        let kind = self.query.unwrap_or(kind);
        if self.refused.is_none() && self.rows == 0 && self.out.stretches.is_empty() {
            self.refused = Some("headings without any row".to_owned());
        }
        self.ready.push_back(self.part.take(end));
        let mut sketch = self.sketch;
        sketch.incomplete = mapping.is_some_and(|m| !m.missing(sketch.every_row).is_empty());
        sketch.told = self.told.has_columns() || !self.always.is_empty();
        sketch.day_first = unclear.then(|| self.told.day_first.unwrap_or(false));
        sketch.suggest(mapping.map(|m| m.columns.as_slice()).unwrap_or_default());
        let asks = sketch.incomplete || sketch.told || unclear;
        let sketch = asks.then(|| Box::new(sketch));
        (self.ready, TableEnd { outcome: self.out, kind, refused: self.refused, sketch })
    }
}

/// Whether a resource id is a firewall's.
fn is_firewall(id: &str) -> bool {
    id.to_ascii_lowercase().contains("/azurefirewalls/")
}

/// The query that wrote this into its rows.
fn own_query(name: &str) -> Option<super::SourceKind> {
    Some(match name {
        "NTANetAnalytics" => super::SourceKind::KustoNta,
        "AzureNetworkAnalytics_CL" => super::SourceKind::KustoAna,
        "blobs" => super::SourceKind::KustoBlobs,
        _ => return None,
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
