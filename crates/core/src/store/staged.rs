//! What has come of sources that are still being read: kept aside, taken in, taken back, or given up halfway.

use super::{LeftOut, MERGE_AT, Records, Store};
use crate::ingest::{BadPart, Held, Issue, IssueCode, Part, Row, SourceKind, SourceReport};
use crate::model::{LogKind, UnixMillis};
use hashbrown::HashMap;

/// Bytes of partial tables of one source that are kept aside before it is finished.
const KEPT_ASIDE: usize = 16 << 20;

/// What is known of a source that isn't finished.
#[derive(Debug, Default)]
pub(super) struct Staged {
    parts: Vec<Part>,
    bytes: usize,
    /// Files of an archive that were taken in whole.
    files: u64,
    /// What was taken in of the file after those.
    begun: Begun,
}

/// What was taken in of a file that isn't finished.
#[derive(Debug, Default)]
pub(super) struct Begun {
    pub records: Records,
    pub left_out: LeftOut,
    /// NICs, and which log told of them.
    pub macs: HashMap<String, LogKind>,
    span: Option<(UnixMillis, UnixMillis)>,
    /// It was understood up to this byte.
    up_to: u64,
    /// Where that byte is in unpacked text: the name of the file whose text it is.
    unpacked: Option<String>,
}

impl Store {
    /// Keeps a part of a source aside until the source is finished. A source of which more has
    /// gathered than is kept aside is taken in as it comes: a record counts once however often its
    /// source is read again.
    ///
    /// # Errors
    /// When the bytes are not one whole part.
    pub fn stage(&mut self, source: u32, part: &[u8]) -> Result<(), BadPart> {
        let size = part.len();
        let part = Part::decode(part)?;
        let staged = self.staged.entry(source).or_default();
        staged.bytes += size;
        staged.parts.push(part);
        if staged.bytes > KEPT_ASIDE {
            self.take_staged(source);
        }
        Ok(())
    }

    /// Forgets what is listed and kept aside of a source, which will be read again.
    pub fn restart(&mut self, source: u32) {
        self.staged.remove(&source);
        self.sources.retain(|known| known.id != source);
    }

    /// Gives a source up that will not be finished. Whether some of it was taken in already: then that
    /// is listed, with an issue that says up to where; else the source is forgotten. Of an archive, the file that was
    /// being read is listed with what was taken in of it, and the archive for the files behind it.
    pub fn give_up(&mut self, source: u32, name: &str, bytes: u64, code: IssueCode, reason: &str) -> bool {
        let Some(staged) = self.staged.remove(&source) else { return false };
        let Staged { files, begun, .. } = staged;
        if files == 0 && begun.is_empty() {
            return false;
        }
        let file = begun.unpacked.clone().unwrap_or_else(|| name.to_owned());
        let archived = files > 0 || file != name;
        if !begun.is_empty() {
            self.add_source(source, begun.report(file, bytes, code, reason), None, begun);
        }
        if archived {
            let message = format!("{reason}; files of the archive that are not listed were not read");
            let report = given_up(name.to_owned(), SourceKind::Archive, Issue { message, ..issue(code) });
            self.list(source, report);
        }
        true
    }

    /// Takes in the parts kept aside for a source: from now on it counts. An archive brings a report
    /// for each of its files, each behind that file's parts.
    pub fn commit(&mut self, source: u32) {
        self.take_staged(source);
        self.staged.remove(&source);
    }

    fn take_staged(&mut self, source: u32) {
        let Some(mut staged) = self.staged.remove(&source) else { return };
        staged.bytes = 0;
        self.forget();
        for mut part in std::mem::take(&mut staged.parts) {
            let begun = &mut staged.begun;
            for context in &part.contexts {
                begun.macs.insert(part.strings[context.mac as usize].clone(), context.kind);
            }
            self.take(&part);
            begun.unpacked = part.unpacked.take();
            let mut from = 0;
            for record in &part.records {
                let rows = part.rows.get(from..record.rows_end as usize).unwrap_or_default();
                from = record.rows_end as usize;
                match self.seen.number(record.fingerprint) {
                    Some(distinct) => {
                        begun.records.push(distinct, record);
                        begun.see(rows);
                    }
                    None => begun.left_out.add(record, begun.up_to),
                }
            }
            begun.up_to = begun.up_to.max(part.up_to);
            if let Some(mut report) = part.report.take() {
                let done = std::mem::take(begun);
                if done.left_out.records > 0 {
                    (report.first, report.last) = done.span.unzip();
                }
                staged.files += 1;
                let description = part.description.take().map(|text| self.describe(&report.name, text));
                self.add_source(source, report, description, done);
            }
            if self.waiting.len() >= (self.columns.len() / 2).clamp(MERGE_AT.0, MERGE_AT.1) {
                self.seal();
            }
        }
        self.staged.insert(source, staged);
    }
}

impl Staged {
    /// Records of the file that isn't finished.
    pub fn records(&self) -> usize {
        self.begun.records.len()
    }
}

impl Begun {
    fn is_empty(&self) -> bool {
        self.records.is_empty() && self.left_out.records == 0
    }

    /// Takes the times of rows that were taken in.
    fn see(&mut self, rows: &[Row]) {
        for row in rows {
            let (first, last) = (row.first(), row.last());
            self.span = Some(self.span.map_or((first, last), |(f, l)| (f.min(first), l.max(last))));
        }
    }

    /// What is said of a file of which no more will come; `bytes` is the size of what was opened.
    fn report(&self, file: String, bytes: u64, code: IssueCode, reason: &str) -> SourceReport {
        let unpacked = self.unpacked.is_some();
        let offset = if unpacked { self.up_to } else { self.up_to.min(bytes) };
        // How much text was still to come of something packed is not known.
        let length = if unpacked { 0 } else { bytes - offset };
        let issue = Issue { offset, length, message: reason.to_owned(), ..issue(code) };
        let (first, last) = self.span.unzip();
        SourceReport { unpacked, bytes: offset + length, first, last, ..given_up(file, self.kind(), issue) }
    }

    /// What its rows come from, as far as they tell.
    fn kind(&self) -> SourceKind {
        match self.macs.values().min() {
            Some(LogKind::Vnet) => SourceKind::VnetFlowLog,
            Some(LogKind::Nsg) => SourceKind::NsgFlowLog,
            Some(LogKind::AnalyticsNsg) => SourceKind::TrafficAnalyticsNsg,
            Some(LogKind::QueryAnalytics) => SourceKind::KustoNta,
            Some(LogKind::QueryAnalyticsNsg) => SourceKind::KustoAna,
            Some(LogKind::QueryVnet | LogKind::QueryNsg) => SourceKind::KustoBlobs,
            // Which table it is was not told yet.
            Some(LogKind::Analytics) | None => SourceKind::FlowCsv,
        }
    }
}

fn issue(code: IssueCode) -> Issue {
    Issue { offset: 0, code, record: None, length: 0, message: String::new() }
}

fn given_up(name: String, kind: SourceKind, issue: Issue) -> SourceReport {
    SourceReport {
        name,
        kind,
        bytes: 0,
        unpacked: false,
        bytes_skipped: issue.length,
        first: None,
        last: None,
        issues: vec![issue],
        unlisted: Vec::new(),
        table: None,
        held: Held::default(),
    }
}
