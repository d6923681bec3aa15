//! One source from its first byte to its last: unpack, decode, scan, and account for every byte.

use super::archive::{BOMB_FLOOR, BOMB_RATIO};
use super::cells::Cells;
use super::classify::{HEAD, Verdict, classify};
use super::description::description_limit;
use super::path::PathCheck;
use super::scanner::{Outcome, Scanner, Stretch};
use super::seek::{FoundTuple, Wanted};
use super::table::{LONG_CELL, TableEnd, TableHint, TableReader, TableSketch};
use super::utf16::Utf16;
use super::{Issue, IssueCode, Part, SourceKind, SourceReport};
use flate2::write::GzDecoder;
use std::collections::VecDeque;
use std::io::Write;

/// Issues of one code that a report lists; more are counted.
const LISTED_PER_CODE: usize = 50;
/// Packed bytes that are unpacked at a time.
const BLOCK: usize = 1 << 16;
/// A longer description of a network is not read: the public service tags take four megabytes.
const MAX_DESCRIPTION: usize = 128 << 20;
/// What is kept aside, as it may be a description, is rated from so many bytes on: it takes memory for each.
const ASIDE_FLOOR: u64 = 8 << 20;
/// Bytes that tell an encoding.
const MAGIC: usize = 4;

/// Reads one source, fed in chunks of any size; hands out partial tables. The same bytes give
/// the same tables however they are cut.
#[derive(Debug)]
pub struct SourceScan {
    name: String,
    bytes: u64,
    staging: Vec<u8>,
    unpack: Unpack,
    /// Packed bytes that wait for their block to fill, so that where a damaged stream ends does not
    /// depend on how the bytes were cut.
    held: Vec<u8>,
    /// Packed bytes that were given to the unpacker.
    inflated: u64,
    /// Until reading begins: the tuples that are looked for.
    wanted: Option<Wanted>,
    /// Until reading begins: what people say about tables.
    hints: Vec<TableHint>,
    path: PathCheck,
    /// More text than this is not to come of it, whatever its size.
    most: u64,
    /// Whether the bytes that come were unpacked from another source.
    inside: bool,
}

#[derive(Debug)]
enum Unpack {
    /// Too few bytes so far to tell.
    Unknown(Vec<u8>),
    Plain(Box<Text>),
    Gzip(Box<GzDecoder<Text>>),
    /// Behind a whole gzip member: another one, padding, or neither may follow.
    Between(Box<Text>),
    /// A gzip stream that went wrong: what came out of it, at which byte of the file, and why.
    Broken(Box<Text>, u64, IssueCode),
}

/// Text in whatever encoding, on its way into the scanner.
#[derive(Debug, Default)]
struct Text {
    scanner: Scanner,
    /// In place of the scanner, where the first bytes are a table's.
    table: Option<Box<TableReader>>,
    /// Between the text and the scanner, where records stand in a column of a table.
    cells: Option<Box<Cells>>,
    /// What people say about tables.
    hints: Vec<TableHint>,
    /// Whether the first bytes were looked at.
    chosen: bool,
    /// The text so far, while it may turn out to be a network's description.
    aside: Option<Vec<u8>>,
    /// Whether it grew too long for one.
    is_long: bool,
    encoding: Encoding,
    /// The first bytes of the text, for telling its kind.
    head: Vec<u8>,
    bytes: u64,
}

#[derive(Debug)]
enum Encoding {
    /// Too few bytes so far to tell.
    Unknown(Vec<u8>),
    /// UTF-8 behind this many bytes of mark.
    Utf8(u64),
    Utf16(Utf16),
}

impl Encoding {
    /// Where in the source a byte of the text is.
    fn raw_offset(&self, text: u64) -> u64 {
        match self {
            Self::Unknown(_) => text,
            Self::Utf8(mark) => text + mark,
            Self::Utf16(decoder) => decoder.raw_offset(text),
        }
    }
}

impl Default for Encoding {
    fn default() -> Self {
        Self::Unknown(Vec::new())
    }
}

impl Text {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        match &mut self.encoding {
            Encoding::Unknown(first) => {
                first.extend_from_slice(bytes);
                if first.len() >= MAGIC {
                    self.begin();
                }
            }
            Encoding::Utf8(_) => self.scan(bytes),
            Encoding::Utf16(decoder) => {
                let text = decoder.decode(bytes);
                self.scan(text.as_bytes());
            }
        }
    }

    fn scan(&mut self, text: &[u8]) {
        let missing = HEAD.saturating_sub(self.head.len());
        let (head, rest) = text.split_at(text.len().min(missing));
        self.head.extend_from_slice(head);
        if self.head.len() >= HEAD {
            self.choose();
            self.feed(rest);
        }
    }

    /// Chooses the reader by the first bytes, and has it read them.
    fn choose(&mut self) {
        if !self.chosen {
            self.chosen = true;
            self.cells = Cells::detect(&self.head).map(Box::new);
            if self.cells.is_none() {
                self.table = TableReader::detect(&self.head, &self.hints).map(Box::new);
                self.aside = Some(Vec::new());
            }
            let head = std::mem::take(&mut self.head);
            self.feed(&head);
            self.head = head;
        }
    }

    fn feed(&mut self, text: &[u8]) {
        match (&mut self.table, &mut self.cells) {
            (Some(table), _) => table.push(text),
            (None, Some(cells)) => {
                let mut out = Vec::with_capacity(text.len() + 1);
                cells.push(text, &mut out);
                self.scanner.push(&out);
            }
            (None, None) => {
                self.keep_aside(text);
                self.scanner.push(text);
            }
        }
    }

    /// Keeps the text until a flow record shows up, or it is too long for a description.
    fn keep_aside(&mut self, text: &[u8]) {
        if let Some(aside) = &mut self.aside {
            let is_long = aside.len() + text.len() > MAX_DESCRIPTION;
            if self.scanner.has_flow_records() || is_long {
                self.aside = None;
                self.is_long = is_long;
            } else {
                aside.extend_from_slice(text);
            }
        }
    }

    /// Tells the encoding and reads what has been held back.
    fn begin(&mut self) {
        let Encoding::Unknown(first) = &mut self.encoding else { return };
        let first = std::mem::take(first);
        let (encoding, mark) = match first.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8(3), 3),
            [0xff, 0xfe, ..] => (Encoding::Utf16(Utf16::new(false, 2)), 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16(Utf16::new(true, 2)), 2),
            [a, 0, b, 0, ..] if *a != 0 && *b != 0 => (Encoding::Utf16(Utf16::new(false, 0)), 0),
            [0, a, 0, b, ..] if *a != 0 && *b != 0 => (Encoding::Utf16(Utf16::new(true, 0)), 0),
            _ => (Encoding::Utf8(0), 0),
        };
        self.encoding = encoding;
        self.bytes -= (first.len() - mark) as u64;
        self.push(&first[mark..]);
    }

    fn take_part(&mut self) -> Option<Part> {
        match &mut self.table {
            Some(table) => table.take_part(),
            None => self.scanner.take_part(),
        }
    }

    /// Whether bytes may be put straight into the scanner's buffer.
    fn is_direct(&self) -> bool {
        matches!(self.encoding, Encoding::Utf8(_))
            && self.chosen
            && self.table.is_none()
            && self.cells.is_none()
            && self.aside.is_none()
    }

    fn finish(mut self) -> Finished {
        if let Encoding::Unknown(_) = self.encoding {
            self.begin();
        }
        if let Encoding::Utf16(decoder) = &mut self.encoding {
            let rest = decoder.finish();
            self.scan(rest.as_bytes());
        }
        self.choose();
        let (head, encoding, bytes) = (self.head, self.encoding, self.bytes);
        if let Some(table) = self.table {
            let (parts, TableEnd { outcome, kind, refused, sketch }) = table.finish();
            let verdict = refused.map(|message| Verdict { code: IssueCode::TableColumns, message });
            let told = (kind, verdict);
            return Finished { parts, outcome, told, description: None, sketch, encoding, bytes };
        }
        if let Some(cells) = &mut self.cells {
            let mut out = Vec::new();
            cells.finish(&mut out);
            self.scanner.push(&out);
            self.scanner.note_cells();
        }
        let (parts, outcome) = self.scanner.finish();
        let mut told = classify(&head, &outcome);
        let described = matches!(told.0, SourceKind::AzureNetwork | SourceKind::ServiceTags);
        let mut description = self.aside.filter(|_| described);
        let limit = match &description {
            Some(text) => description_limit(text),
            None if described && self.is_long => {
                Some(format!("a description of a network of more than {} MiB", MAX_DESCRIPTION >> 20))
            }
            None => None,
        };
        if let Some(message) = limit {
            description = None;
            told.1 = Some(Verdict { code: IssueCode::DescriptionLimit, message });
        }
        Finished { parts, outcome, told, description, sketch: None, encoding, bytes }
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Finished {
    parts: VecDeque<Part>,
    outcome: Outcome,
    told: (SourceKind, Option<Verdict>),
    description: Option<Vec<u8>>,
    sketch: Option<Box<TableSketch>>,
    encoding: Encoding,
    bytes: u64,
}

impl SourceScan {
    /// Begins a source. `name` is a file name, or the path inside the chosen folder.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            bytes: 0,
            staging: Vec::new(),
            unpack: Unpack::Unknown(Vec::new()),
            held: Vec::new(),
            inflated: 0,
            wanted: None,
            hints: Vec::new(),
            path: PathCheck::new(name),
            most: u64::MAX,
            inside: false,
        }
    }

    /// With what people say about tables. To be told before the first byte.
    #[must_use]
    pub fn hinted(self, hints: &[TableHint]) -> Self {
        Self { hints: hints.to_vec(), ..self }
    }

    /// A source that is packed in another one: with the most bytes of text that may come of it.
    #[must_use]
    pub(super) fn within(self, most: u64) -> Self {
        Self { most, inside: true, ..self }
    }

    /// Begins a source of which the tuples that fit are looked for; they come from
    /// [`SourceScan::take_found`].
    pub fn seeking(name: &str, wanted: Wanted) -> Self {
        Self { wanted: Some(wanted), ..Self::new(name) }
    }

    /// The tuples found since the last call, with offsets in the source. What was added up is let go.
    pub fn take_found(&mut self) -> Vec<FoundTuple> {
        let Some(text) = self.text() else { return Vec::new() };
        while text.take_part().is_some() {}
        let found = text.scanner.take_found();
        found
            .into_iter()
            .map(|found| FoundTuple { offset: text.encoding.raw_offset(found.offset), ..found })
            .collect()
    }

    /// Ends the source; the tuples found since the last call of [`SourceScan::take_found`].
    pub fn finish_seeking(mut self) -> Vec<FoundTuple> {
        self.run_out();
        if let Some(text) = self.text()
            && let Encoding::Unknown(_) = text.encoding
        {
            text.begin();
        }
        if let Some(text) = self.text() {
            text.choose();
        }
        self.take_found()
    }

    /// Unpacks what was held back; nothing may come behind it. The bytes of text of the whole source.
    pub(super) fn run_out(&mut self) -> u64 {
        if let Unpack::Unknown(_) = self.unpack {
            self.begin();
        }
        let held = std::mem::take(&mut self.held);
        self.inflate(&held);
        if let Unpack::Gzip(decoder) = &mut self.unpack
            && decoder.try_finish().is_err()
        {
            self.break_gzip(self.bytes, IssueCode::DamagedGzip);
        }
        self.text().map_or(0, |text| text.bytes)
    }

    fn text(&mut self) -> Option<&mut Text> {
        match &mut self.unpack {
            Unpack::Plain(text) | Unpack::Between(text) | Unpack::Broken(text, ..) => Some(text),
            Unpack::Gzip(decoder) => Some(decoder.get_mut()),
            Unpack::Unknown(_) => None,
        }
    }

    /// Room for at least `len` bytes: fill it from the front, then call [`SourceScan::filled`].
    pub fn space(&mut self, len: usize) -> &mut [u8] {
        match &mut self.unpack {
            Unpack::Plain(text) if text.is_direct() => text.scanner.space(len),
            _ => {
                self.staging.resize(len, 0);
                &mut self.staging
            }
        }
    }

    /// Tells that the first `len` bytes of the last [`SourceScan::space`] now hold the source's
    /// next bytes.
    pub fn filled(&mut self, len: usize) {
        match &mut self.unpack {
            Unpack::Plain(text) if text.is_direct() => {
                text.bytes += len as u64;
                text.scanner.filled(len);
                self.bytes += len as u64;
            }
            _ => {
                let staging = std::mem::take(&mut self.staging);
                self.push(&staging[..len.min(staging.len())]);
                self.staging = staging;
            }
        }
    }

    /// The same as `space` and `filled`, with a copy.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.unpack(bytes);
    }

    fn unpack(&mut self, bytes: &[u8]) {
        match &mut self.unpack {
            Unpack::Unknown(first) => {
                first.extend_from_slice(bytes);
                if first.len() >= MAGIC {
                    self.begin();
                }
            }
            Unpack::Plain(text) => text.push(bytes),
            Unpack::Gzip(_) | Unpack::Between(_) => {
                self.held.extend_from_slice(bytes);
                while self.held.len() >= BLOCK {
                    let rest = self.held.split_off(BLOCK);
                    let block = std::mem::replace(&mut self.held, rest);
                    self.inflate(&block);
                }
            }
            Unpack::Broken(..) => {}
        }
    }

    /// Unpacks members one after the other, with padding of zeros between and behind them.
    fn inflate(&mut self, mut bytes: &[u8]) {
        self.inflated += bytes.len() as u64;
        let end = self.inflated;
        while !bytes.is_empty() {
            let at = end - bytes.len() as u64;
            match &mut self.unpack {
                Unpack::Gzip(decoder) => match decoder.write(bytes) {
                    Ok(0) => {
                        let whole = decoder.try_finish().is_ok();
                        let text = Box::new(std::mem::take(decoder.get_mut()));
                        self.unpack = if whole {
                            Unpack::Between(text)
                        } else {
                            Unpack::Broken(text, at, IssueCode::DamagedGzip)
                        };
                    }
                    Ok(count) => {
                        bytes = &bytes[count..];
                        let text = decoder.get_ref();
                        let unpacked = text.bytes;
                        let floor = if text.aside.is_some() { ASIDE_FLOOR } else { BOMB_FLOOR };
                        let is_bomb = unpacked > floor && unpacked / BOMB_RATIO > end;
                        if is_bomb || unpacked > self.most {
                            self.break_gzip(end, IssueCode::ArchiveLimit);
                        }
                    }
                    Err(_) => self.break_gzip(at, IssueCode::DamagedGzip),
                },
                Unpack::Between(text) => match bytes.iter().position(|byte| *byte != 0) {
                    None => return,
                    Some(zeros) => {
                        let at = at + zeros as u64;
                        bytes = &bytes[zeros..];
                        let text = std::mem::take(&mut **text);
                        self.unpack = if bytes.first() == Some(&0x1f) {
                            Unpack::Gzip(Box::new(GzDecoder::new(text)))
                        } else {
                            Unpack::Broken(Box::new(text), at, IssueCode::DamagedGzip)
                        };
                    }
                },
                _ => return,
            }
        }
    }

    fn begin(&mut self) {
        let Unpack::Unknown(first) = &mut self.unpack else { return };
        let first = std::mem::take(first);
        let mut text = Text { hints: std::mem::take(&mut self.hints), ..Text::default() };
        if let Some(wanted) = self.wanted.take() {
            text.scanner.seek(wanted);
        }
        self.unpack = match first.as_slice() {
            [0x1f, 0x8b, ..] => Unpack::Gzip(Box::new(GzDecoder::new(text))),
            _ => Unpack::Plain(Box::new(text)),
        };
        self.unpack(&first);
    }

    /// Keeps what came out of a stream that goes no further than this byte.
    fn break_gzip(&mut self, at: u64, code: IssueCode) {
        if let Unpack::Gzip(decoder) = &mut self.unpack {
            let text = std::mem::take(decoder.get_mut());
            self.unpack = Unpack::Broken(Box::new(text), at, code);
        }
    }

    /// Whether any byte has come.
    pub fn has_begun(&self) -> bool {
        self.bytes > 0
    }

    /// Whether the source's first bytes are a zip archive's: [`super::ArchiveReader`] reads those.
    pub fn is_archive(&self) -> bool {
        match &self.unpack {
            Unpack::Plain(text) => match &text.encoding {
                Encoding::Unknown(first) => is_zip(first),
                Encoding::Utf8(0) => is_zip(&text.head),
                _ => false,
            },
            Unpack::Unknown(first) => is_zip(first),
            Unpack::Gzip(_) | Unpack::Between(_) | Unpack::Broken(..) => false,
        }
    }

    /// An encoded partial table, when enough has gathered to send one on.
    pub fn take_part(&mut self) -> Option<Vec<u8>> {
        let text = self.text()?;
        let mut part = text.take_part()?;
        part.up_to = text.encoding.raw_offset(part.up_to);
        part.unpacked = self.is_unpacked().then(|| self.name.clone());
        self.path.look(&part);
        Some(part.encode())
    }

    /// Whether offsets count unpacked text.
    fn is_unpacked(&self) -> bool {
        self.inside || matches!(self.unpack, Unpack::Gzip(_) | Unpack::Between(_) | Unpack::Broken(..))
    }

    /// Ends the source and returns its last partial tables, encoded; only the last one has the
    /// source's report.
    pub fn finish(mut self) -> Vec<Vec<u8>> {
        self.run_out();
        let unpacked = self.is_unpacked();
        let mut packed = false;
        let mut broken_at = None;
        let text = match self.unpack {
            Unpack::Plain(text) => *text,
            Unpack::Gzip(mut decoder) => {
                packed = true;
                std::mem::take(decoder.get_mut())
            }
            Unpack::Between(text) => {
                packed = true;
                *text
            }
            Unpack::Broken(text, at, code) => {
                packed = true;
                broken_at = Some((at, code));
                *text
            }
            Unpack::Unknown(_) => Text::default(),
        };
        let mut finished = text.finish();
        let mut parts = std::mem::take(&mut finished.parts);
        parts.iter().for_each(|part| self.path.look(part));
        let lost = broken_at.map_or(0, |(at, _)| self.bytes - at);
        // What a bomb unpacked to so far is no description.
        let is_bomb = broken_at.is_some_and(|(_, code)| code == IssueCode::ArchiveLimit);
        if is_bomb && finished.description.take().is_some() {
            let message = too_much(finished.bytes);
            finished.told.1 = Some(Verdict { code: IssueCode::ArchiveLimit, message });
            broken_at = None;
        }
        let mut report = report(self.name, unpacked, &finished);
        if packed {
            // Offsets in a packed source count its text; so do its sizes.
            report.bytes = finished.bytes + lost;
            report.bytes_skipped += lost;
            if let Some((at, code)) = broken_at {
                let message = match code {
                    IssueCode::ArchiveLimit => too_much(finished.bytes),
                    _ => format!(
                        "the gzip stream breaks off at its packed byte {at} of {}; what came before is counted",
                        self.bytes
                    ),
                };
                report.issues.push(Issue {
                    offset: finished.bytes,
                    code,
                    record: None,
                    length: lost,
                    message,
                });
            }
        }
        report.issues.extend(self.path.issues(report.kind == SourceKind::NsgFlowLog));
        report.issues.sort();
        if let Some(last) = parts.back_mut() {
            last.description = finished.description.take();
            last.report = Some(report);
        }
        parts.into_iter().map(Part::encode).collect()
    }
}

/// Why a gzip is given up after so many bytes.
fn too_much(bytes: u64) -> String {
    format!("unpacks to over {BOMB_RATIO} times its size, as no log does: given up after {bytes} bytes")
}

/// Whether a source begins like a zip archive: with its first file or, when empty, with its directory's end.
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

fn report(name: String, unpacked: bool, finished: &Finished) -> SourceReport {
    let Finished { outcome, bytes, .. } = finished;
    let (kind, verdict) = finished.told.clone();
    let mut report = SourceReport {
        name,
        kind,
        bytes: *bytes,
        unpacked,
        bytes_skipped: 0,
        first: outcome.first,
        last: outcome.last,
        issues: Vec::new(),
        unlisted: outcome.unlisted.clone(),
        table: finished.sketch.clone(),
        held: outcome.held,
    };
    if finished.description.is_some() {
        report.unlisted.clear();
        return report;
    }
    if let Some(verdict) = verdict {
        report.bytes_skipped = *bytes;
        report.unlisted.clear();
        let length = *bytes;
        report.issues.push(Issue {
            offset: 0,
            code: verdict.code,
            record: None,
            length,
            message: verdict.message,
        });
        return report;
    }
    let notes = outcome
        .issues
        .iter()
        .map(|issue| Issue { offset: finished.encoding.raw_offset(issue.offset), ..issue.clone() });
    let stretches = outcome.stretches.iter().map(|stretch| {
        let offset = finished.encoding.raw_offset(stretch.offset);
        let length = finished.encoding.raw_offset(stretch.offset + stretch.length) - offset;
        Issue { offset, code: stretch.code, record: stretch.record, length, message: say(stretch, length) }
    });
    let mut issues: Vec<Issue> = notes.chain(stretches).collect();
    issues.sort();
    report.bytes_skipped = issues.iter().map(|i| i.length).sum::<u64>() + outcome.unlisted_skipped;
    cap(issues, LISTED_PER_CODE, &mut report);
    report
}

/// Lists the first issues of each code and counts the others.
pub(super) fn cap(issues: Vec<Issue>, most: usize, report: &mut SourceReport) {
    let mut listed: Vec<(IssueCode, usize)> = Vec::new();
    for issue in issues {
        let index = listed.iter().position(|(code, _)| *code == issue.code).unwrap_or_else(|| {
            listed.push((issue.code, 0));
            listed.len() - 1
        });
        listed[index].1 += 1;
        if listed[index].1 <= most {
            report.issues.push(issue);
        } else if let Some((_, count)) = report.unlisted.iter_mut().find(|(code, _)| *code == issue.code) {
            *count += 1;
        } else {
            report.unlisted.push((issue.code, 1));
        }
    }
    report.unlisted.sort();
}

fn say(stretch: &Stretch, length: u64) -> String {
    let number = stretch.record.unwrap_or_default();
    match stretch.code {
        IssueCode::Truncated => {
            format!("the file ends inside record {number}; its {length} bytes are not counted")
        }
        IssueCode::DamagedRecord if stretch.category == LONG_CELL => {
            format!("{length} bytes of {LONG_CELL}: no export writes such; they are not counted")
        }
        IssueCode::DamagedRecord => {
            format!("record {number} breaks off or is damaged; {length} bytes are not counted")
        }
        IssueCode::OtherRecord if stretch.category.is_empty() => {
            format!("{length} bytes of objects that are no flow records")
        }
        IssueCode::OtherRecord => {
            format!(
                "{length} bytes of records of another log: {}",
                super::tuple::excerpt(stretch.category.as_bytes())
            )
        }
        _ => format!("{length} bytes that belong to no record"),
    }
}
