//! One source from its first byte to its last: unpack, decode, scan, and account for every byte.

use super::classify::{HEAD, classify};
use super::scanner::{Outcome, Scanner, Stretch};
use super::utf16::Utf16;
use super::{Issue, IssueCode, Part, SourceReport};
use flate2::write::MultiGzDecoder;
use std::collections::VecDeque;
use std::io::Write;

/// Issues of one code that a report lists; more are counted.
const LISTED_PER_CODE: usize = 50;
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
}

#[derive(Debug)]
enum Unpack {
    /// Too few bytes so far to tell.
    Unknown(Vec<u8>),
    Plain(Box<Text>),
    Gzip(Box<MultiGzDecoder<Text>>),
    /// A gzip stream that went wrong: what came out of it, and at which byte of the file.
    Broken(Box<Text>, u64),
}

/// Text in whatever encoding, on its way into the scanner.
#[derive(Debug, Default)]
struct Text {
    scanner: Scanner,
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
        self.keep_head(text);
        self.scanner.push(text);
    }

    fn keep_head(&mut self, text: &[u8]) {
        let missing = HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(&text[..text.len().min(missing)]);
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

    /// Whether bytes may be put straight into the scanner's buffer.
    fn is_direct(&self) -> bool {
        matches!(self.encoding, Encoding::Utf8(_)) && self.head.len() >= HEAD
    }

    fn finish(mut self) -> Finished {
        if let Encoding::Unknown(_) = self.encoding {
            self.begin();
        }
        if let Encoding::Utf16(decoder) = &mut self.encoding {
            let rest = decoder.finish();
            self.scan(rest.as_bytes());
        }
        let (parts, outcome) = self.scanner.finish();
        Finished { parts, outcome, head: self.head, encoding: self.encoding, bytes: self.bytes }
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
    head: Vec<u8>,
    encoding: Encoding,
    bytes: u64,
}

impl Finished {
    fn raw_offset(&self, text: u64) -> u64 {
        match &self.encoding {
            Encoding::Unknown(_) => text,
            Encoding::Utf8(mark) => text + mark,
            Encoding::Utf16(decoder) => decoder.raw_offset(text),
        }
    }
}

impl SourceScan {
    /// Begins a source. `name` is a file name, or the path inside the chosen folder.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), bytes: 0, staging: Vec::new(), unpack: Unpack::Unknown(Vec::new()) }
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
            Unpack::Gzip(decoder) => {
                if decoder.write_all(bytes).is_err() {
                    self.break_gzip(bytes.len() as u64);
                }
            }
            Unpack::Broken(..) => {}
        }
    }

    fn begin(&mut self) {
        let Unpack::Unknown(first) = &mut self.unpack else { return };
        let first = std::mem::take(first);
        self.unpack = match first.as_slice() {
            [0x1f, 0x8b, ..] => Unpack::Gzip(Box::new(MultiGzDecoder::new(Text::default()))),
            _ => Unpack::Plain(Box::default()),
        };
        self.unpack(&first);
    }

    /// Keeps what came out of a damaged stream; `last` is the size of the piece that broke it.
    fn break_gzip(&mut self, last: u64) {
        if let Unpack::Gzip(decoder) = &mut self.unpack {
            let text = std::mem::take(decoder.get_mut());
            self.unpack = Unpack::Broken(Box::new(text), self.bytes - last);
        }
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
            Unpack::Gzip(_) | Unpack::Broken(..) => false,
        }
    }

    /// An encoded partial table, when enough has gathered to send one on.
    pub fn take_part(&mut self) -> Option<Vec<u8>> {
        let text = match &mut self.unpack {
            Unpack::Plain(text) | Unpack::Broken(text, _) => text,
            Unpack::Gzip(decoder) => decoder.get_mut(),
            Unpack::Unknown(_) => return None,
        };
        text.scanner.take_part().map(Part::encode)
    }

    /// Ends the source and returns its last partial tables, encoded; only the last one has the
    /// source's report.
    pub fn finish(mut self) -> Vec<Vec<u8>> {
        if let Unpack::Unknown(_) = self.unpack {
            self.begin();
        }
        if let Unpack::Gzip(decoder) = &mut self.unpack
            && decoder.try_finish().is_err()
        {
            self.break_gzip(0);
        }
        let mut packed = false;
        let mut broken_at = None;
        let text = match self.unpack {
            Unpack::Plain(text) => *text,
            Unpack::Gzip(mut decoder) => {
                packed = true;
                std::mem::take(decoder.get_mut())
            }
            Unpack::Broken(text, at) => {
                packed = true;
                broken_at = Some(at);
                *text
            }
            Unpack::Unknown(_) => Text::default(),
        };
        let mut finished = text.finish();
        let mut parts = std::mem::take(&mut finished.parts);
        let lost = broken_at.map_or(0, |at| self.bytes - at);
        let mut report = report(self.name, &finished);
        if packed {
            // Offsets in a packed source count its text; so do its sizes.
            report.bytes = finished.bytes + lost;
            if broken_at.is_some() {
                report.bytes_skipped += lost;
                let message =
                    format!("the gzip stream breaks off; the last {lost} packed bytes could not be unpacked");
                let offset = finished.bytes;
                report.issues.push(Issue {
                    offset,
                    code: IssueCode::DamagedGzip,
                    record: None,
                    length: lost,
                    message,
                });
            }
        }
        if let Some(last) = parts.back_mut() {
            last.report = Some(report);
        }
        parts.into_iter().map(Part::encode).collect()
    }
}

/// A zip archive begins with its first file or, when empty, with its directory's end.
fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

fn report(name: String, finished: &Finished) -> SourceReport {
    let Finished { outcome, bytes, .. } = finished;
    let (kind, verdict) = classify(&finished.head, outcome);
    let mut report = SourceReport {
        name,
        kind,
        bytes: *bytes,
        bytes_skipped: 0,
        first: outcome.first,
        last: outcome.last,
        issues: Vec::new(),
        unlisted: outcome.unlisted.clone(),
    };
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
        .map(|issue| Issue { offset: finished.raw_offset(issue.offset), ..issue.clone() });
    let stretches = outcome.stretches.iter().map(|stretch| {
        let offset = finished.raw_offset(stretch.offset);
        let length = finished.raw_offset(stretch.offset + stretch.length) - offset;
        Issue { offset, code: stretch.code, record: stretch.record, length, message: say(stretch, length) }
    });
    let mut issues: Vec<Issue> = notes.chain(stretches).collect();
    issues.sort();
    report.bytes_skipped = issues.iter().map(|i| i.length).sum::<u64>() + outcome.unlisted_skipped;
    cap(issues, &mut report);
    report
}

/// Lists the first issues of each code and counts the others.
fn cap(issues: Vec<Issue>, report: &mut SourceReport) {
    let mut listed: Vec<(IssueCode, usize)> = Vec::new();
    for issue in issues {
        let index = listed.iter().position(|(code, _)| *code == issue.code).unwrap_or_else(|| {
            listed.push((issue.code, 0));
            listed.len() - 1
        });
        listed[index].1 += 1;
        if listed[index].1 <= LISTED_PER_CODE {
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
