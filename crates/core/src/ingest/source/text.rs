//! A source's text on its way from its encoding into the reader that its first bytes ask for.
//!
//! Logs go to the scanner, tables to the table reader; a table whose cells hold log records goes through `cells` to the
//! scanner. What may be a network's description is kept aside until a flow record shows up.

use super::encoding::{Encoding, MAGIC};
use crate::ingest::cells::Cells;
use crate::ingest::classify::{HEAD, Verdict, classify};
use crate::ingest::description::description_limit;
use crate::ingest::scanner::{Outcome, Scanner};
use crate::ingest::table::{TableEnd, TableHint, TableReader, TableSketch};
use crate::ingest::{IssueCode, Part, SourceKind};
use std::collections::VecDeque;
use std::io::Write;

/// A longer description of a network is not read: the public service tags take four megabytes.
const MAX_DESCRIPTION: usize = 128 << 20;

/// Text in whatever encoding, on its way into the scanner.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) scanner: Scanner,
    /// In place of the scanner, where the first bytes are a table's.
    table: Option<Box<TableReader>>,
    /// Between the text and the scanner, where records stand in a column of a table.
    cells: Option<Box<Cells>>,
    /// What people say about tables.
    hints: Vec<TableHint>,
    /// Whether the first bytes were looked at.
    chosen: bool,
    /// The text so far, while it may turn out to be a network's description.
    pub(super) aside: Option<Vec<u8>>,
    /// Whether it grew too long for one.
    is_long: bool,
    pub(super) encoding: Encoding,
    /// The first bytes of the text, for telling its kind.
    pub(super) head: Vec<u8>,
    pub(super) bytes: u64,
}

/// What the text gave, at its end.
pub(super) struct Finished {
    pub(super) parts: VecDeque<Part>,
    pub(super) outcome: Outcome,
    pub(super) told: (SourceKind, Option<Verdict>),
    pub(super) description: Option<Vec<u8>>,
    pub(super) sketch: Option<Box<TableSketch>>,
    pub(super) encoding: Encoding,
    pub(super) bytes: u64,
}

impl Text {
    /// With what people say about tables.
    pub(super) fn hinted(hints: Vec<TableHint>) -> Self {
        Self { hints, ..Self::default() }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
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
    pub(super) fn choose(&mut self) {
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
    pub(super) fn begin(&mut self) {
        let Encoding::Unknown(first) = &mut self.encoding else { return };
        let first = std::mem::take(first);
        let (encoding, mark) = Encoding::of(&first);
        self.encoding = encoding;
        self.bytes -= (first.len() - mark) as u64;
        self.push(&first[mark..]);
    }

    pub(super) fn take_part(&mut self) -> Option<Part> {
        match &mut self.table {
            Some(table) => table.take_part(),
            None => self.scanner.take_part(),
        }
    }

    /// Whether bytes may be put straight into the scanner's buffer.
    pub(super) fn is_direct(&self) -> bool {
        matches!(self.encoding, Encoding::Utf8(_))
            && self.chosen
            && self.table.is_none()
            && self.cells.is_none()
            && self.aside.is_none()
    }

    pub(super) fn finish(mut self) -> Finished {
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
