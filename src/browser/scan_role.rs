//! A scan worker: reads one source at a time and sends partial tables as they come.

use super::error::words;
use super::stream::read_file;
use super::worker_scope::{Letter, Outbox};
use crate::example;
use crate::ingest::SourceScan;
use crate::session::{FromScan, SourceId, ToScan, decode};
use js_sys::Date;
use wasm_bindgen_futures::spawn_local;

/// The least time between two reports of progress.
const PROGRESS_EVERY_MS: f64 = 100.0;
/// Bytes that are scanned at a time where all are here, as a file's would be.
const PIECE: usize = 1 << 20;

/// Takes every message of the page; it sends the next source when this one is done.
pub(super) fn inbox(outbox: Outbox) -> impl FnMut(Letter) {
    move |letter| match decode::<ToScan>(&letter.control) {
        Ok(ToScan::File { source, name }) => match (letter.file, letter.payload) {
            (_, Some(bytes)) => scan_all(Job::new(source, &name, outbox.clone()), &bytes),
            (Some(file), None) => {
                let mut job = Job::new(source, &name, outbox.clone());
                spawn_local(async move {
                    match read_file(&file, &mut job).await {
                        Ok(()) => job.finish(),
                        Err(thrown) => job.fail(words(&thrown)),
                    }
                });
            }
            (None, None) => {
                Job::new(source, &name, outbox.clone()).fail("the file's handle was lost".to_owned());
            }
        },
        Ok(ToScan::Example { source, index }) => {
            let (name, bytes) = example::file(index);
            scan_all(Job::new(source, &name, outbox.clone()), &bytes);
        }
        Err(bad) => outbox.last_words(&bad.to_string()),
    }
}

/// Scans a source whose bytes are all here.
fn scan_all(mut job: Job, bytes: &[u8]) {
    for piece in bytes.chunks(PIECE) {
        job.scan().push(piece);
        job.advance(piece.len());
    }
    job.finish();
}

/// One source on its way through the scanner.
pub(super) struct Job {
    source: SourceId,
    scan: SourceScan,
    bytes: u64,
    told_at: f64,
    outbox: Outbox,
}

impl Job {
    fn new(source: SourceId, name: &str, outbox: Outbox) -> Self {
        Self { source, scan: SourceScan::new(name), bytes: 0, told_at: Date::now(), outbox }
    }

    /// The scanner, to be fed.
    pub(super) fn scan(&mut self) -> &mut SourceScan {
        &mut self.scan
    }

    /// Sends what the last `count` bytes led to.
    pub(super) fn advance(&mut self, count: usize) {
        self.bytes += count as u64;
        while let Some(part) = self.scan.take_part() {
            self.outbox.post(&FromScan::Part { source: self.source }, Some(&part));
        }
        let now = Date::now();
        if (now - self.told_at).abs() >= PROGRESS_EVERY_MS {
            self.told_at = now;
            self.outbox.post(&FromScan::Progress { source: self.source, bytes: self.bytes }, None);
        }
    }

    fn finish(self) {
        let Self { source, scan, outbox, .. } = self;
        let mut parts = scan.finish();
        let last = parts.pop();
        for part in parts {
            outbox.post(&FromScan::Part { source }, Some(&part));
        }
        outbox.post(&FromScan::Done { source }, last.as_deref());
    }

    fn fail(self, reason: String) {
        self.outbox.post(&FromScan::Failed { source: self.source, reason }, None);
    }
}
