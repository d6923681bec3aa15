//! From bytes to rows of cells: CSV in whatever spelling, and JSON of query results.
//!
//! Most lines of a CSV have no quotes: those are cut at their separators at once. `csv-core` reads the others, and both
//! find the same cells.

use super::columns::Mapping;
use super::detect::Written;
use super::hint::{TableSketch, Told};
use super::json::{JsonRows, Piece, text};
use super::{Place, TableReader};
use crate::ingest::IssueCode;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use serde_json::Value;

/// The longest row that is read, as in JSON. Its cells end at [`MAX_NAME`].
const MAX_ROW: usize = 1 << 20;

pub(super) enum Splitter {
    Csv(Box<Csv>),
    Json(JsonRows),
}

/// A CSV on its way through `csv-core`, and where its records begin.
pub(super) struct Csv {
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

impl Splitter {
    /// For a text that is written like this.
    pub(super) fn new(written: Written) -> Self {
        match written {
            Written::Json(shape) => Self::Json(JsonRows::new(shape)),
            Written::Csv { separator, typed } => Self::Csv(Box::new(Csv {
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
        }
    }
}

impl Csv {
    fn consume(&mut self, bytes: &[u8]) {
        self.at += bytes.len() as u64;
        self.line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
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
    pub(super) fn split(&mut self, bytes: &[u8]) {
        match &mut self.splitter {
            Splitter::Csv(_) => self.split_csv(bytes, false),
            Splitter::Json(reader) => {
                let mut pieces = Vec::new();
                reader.push(bytes, &mut pieces);
                pieces.into_iter().for_each(|piece| self.piece(piece));
            }
        }
    }

    pub(super) fn split_csv(&mut self, mut bytes: &[u8], end: bool) {
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
}
