//! A scan worker: reads its sources one after the other and sends partial tables as they come.
//!
//! Small sources are told of together: a message costs more than scanning one. After a few buffers
//! that the engine has not dealt with, reading waits, or tables would pile up in memory.

use super::credit::Credit;
use super::error::read_failure;
use super::stream::{Read, read_file};
use super::sync_file::SyncFile;
use super::warm::warm_up;
use super::worker_scope::{Letter, Outbox, bytes};
use azflow_core::ingest::{ArchiveReader, FoundTuple, SourceScan, TableHint, Wanted, is_zip};
use azflow_engine::example;
use azflow_engine::session::{Failure, FromScan, Origin, SourceId, ToRead, ToScan, Whole, decode};
use js_sys::{Date, Uint8Array};
use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{Cursor, Read as _};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, File};

/// The least time between two reports of progress.
const PROGRESS_EVERY_MS: f64 = 100.0;
/// Bytes that are scanned at a time where all are here, as a file's would be.
const PIECE: usize = 1 << 20;
/// Finished sources are told of when their tables have so many bytes, or after so long.
const TELL: (usize, f64) = (512 << 10, 100.0);
/// Files whose bytes are asked for before they are needed.
const AHEAD: usize = 8;
/// Files up to this size are read by one question; a stream takes several.
const SMALL: f64 = (1 << 20) as f64;
/// Buffers that may be with the engine.
const CREDIT: u32 = 16;

/// Takes every message of the page; it sends the next sources when these are done.
pub(super) fn inbox(outbox: Outbox) -> impl FnMut(Letter) {
    let credit = Credit::new(CREDIT);
    let work = Rc::new(Cell::new(false));
    move |letter| match decode::<ToScan>(&letter.control) {
        Ok(ToScan::Warm) => spawn_local(warm_up(Rc::clone(&work))),
        Ok(ToScan::Read(sources, hints)) => {
            work.set(true);
            let worker = ScanWorker {
                outbox: outbox.clone(),
                credit: credit.clone(),
                files: letter.files.into(),
                bytes: bytes(letter.payload),
                finished: Vec::new(),
                tables: Vec::new(),
                told_at: Date::now(),
                hints,
            };
            spawn_local(worker.read_all(sources));
        }
        Ok(ToScan::Seek { source, wanted }) => {
            let file = letter.files.into_iter().next();
            spawn_local(seek(source, wanted, file, bytes(letter.payload), outbox.clone(), credit.clone()));
        }
        Ok(ToScan::Credit(buffers)) => credit.add(buffers),
        Err(bad) => outbox.not_understood(&bad),
    }
}

struct ScanWorker {
    outbox: Outbox,
    credit: Credit,
    files: VecDeque<File>,
    bytes: Option<Vec<u8>>,
    /// Sources that are finished and not told of, and their last tables one after the other.
    finished: Vec<Whole>,
    tables: Vec<u8>,
    told_at: f64,
    hints: Vec<TableHint>,
}

impl ScanWorker {
    async fn read_all(mut self, sources: Vec<ToRead>) {
        let mut ahead: VecDeque<Ahead> = VecDeque::new();
        for ToRead { source, name, origin } in sources {
            let mut job = Job::new(source, &name, self.outbox.clone(), self.credit.clone());
            job.scan = job.scan.hinted(&self.hints);
            job.hints.clone_from(&self.hints);
            let result = match origin {
                Origin::File => {
                    while ahead.len() < AHEAD
                        && let Some(file) = self.files.pop_front()
                    {
                        ahead.push_back(Ahead::ask(file));
                    }
                    match ahead.pop_front() {
                        Some(asked) => asked.read(&mut job, &name).await,
                        None => Err(lost_handle()),
                    }
                }
                Origin::Bytes => {
                    read_bytes(self.bytes.take().unwrap_or_default(), &mut job, &name).await;
                    Ok(())
                }
                Origin::Example(index) => {
                    let (name, bytes) = example::file(index);
                    job.scan = SourceScan::new(&name);
                    scan_all(&mut job, &bytes).await;
                    Ok(())
                }
            };
            match result {
                Ok(()) => self.keep(job).await,
                Err(failure) => {
                    self.tell();
                    self.outbox.post(&FromScan::Failed { source, failure }, None);
                }
            }
        }
        self.tell();
    }

    /// Ends a source that was read whole.
    async fn keep(&mut self, job: Job) {
        let (source, bytes) = (job.source, job.bytes);
        let (mut parts, scan_micros) = job.finish();
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            self.credit.take().await;
            self.outbox.post(&FromScan::Part { source }, Some(&part));
        }
        self.finished.push(Whole { source, bytes, length: last.len() as u32, scan_micros });
        self.tables.extend_from_slice(&last);
        if self.tables.len() >= TELL.0 || (Date::now() - self.told_at).abs() >= TELL.1 {
            self.credit.take().await;
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.told_at = Date::now();
        if !self.finished.is_empty() {
            let finished = std::mem::take(&mut self.finished);
            self.outbox.post(&FromScan::Finished(finished), Some(&std::mem::take(&mut self.tables)));
        }
    }
}

/// A file of which the bytes may be on their way already.
struct Ahead {
    file: File,
    /// Listening from the start: a rejection that nobody listens to would pass for a crash.
    bytes: Option<JsFuture>,
}

impl Ahead {
    /// Asks for a small file's bytes, so that the browser fetches several at a time.
    fn ask(file: File) -> Self {
        let bytes = (file.size() <= SMALL).then(|| JsFuture::from(file.array_buffer()));
        Self { file, bytes }
    }

    async fn read(self, job: &mut Job, name: &str) -> Result<(), Failure> {
        let Some(bytes) = self.bytes else { return read(&self.file, job, name).await };
        let bytes = bytes.await.map_err(|thrown| read_failure(&thrown))?;
        read_bytes(Uint8Array::new(&bytes).to_vec(), job, name).await;
        Ok(())
    }
}

/// The page keeps the handle of every file that is to be read.
fn lost_handle() -> Failure {
    Failure::Thrown("the file's handle was lost".to_owned())
}

/// Looks for tuples in one source.
async fn seek(
    source: ToRead,
    wanted: Wanted,
    file: Option<File>,
    bytes: Option<Vec<u8>>,
    outbox: Outbox,
    credit: Credit,
) {
    let ToRead { source, name, origin } = source;
    let mut job = Job::new(source, &name, outbox.clone(), credit);
    job.seek(&name, wanted);
    let result = match origin {
        Origin::File => match file {
            Some(file) => read(&file, &mut job, &name).await,
            None => Err(lost_handle()),
        },
        Origin::Bytes => {
            read_bytes(bytes.unwrap_or_default(), &mut job, &name).await;
            Ok(())
        }
        Origin::Example(index) => {
            let (name, bytes) = example::file(index);
            if let Some(wanted) = job.wanted.clone() {
                job.seek(&name, wanted);
            }
            scan_all(&mut job, &bytes).await;
            Ok(())
        }
    };
    match result {
        Ok(()) => {
            job.finish_seeking();
            outbox.post(&FromScan::Sought { source }, None);
        }
        Err(failure) => outbox.post(&FromScan::Failed { source, failure }, None),
    }
}

/// Reads a source whose bytes are all here.
async fn read_bytes(bytes: Vec<u8>, job: &mut Job, name: &str) {
    if is_zip(&bytes) {
        let size = bytes.len() as u64;
        unpack(ArchiveReader::open(name, Cursor::new(bytes), size), job).await;
    } else {
        scan_all(job, &bytes).await;
    }
}

/// Reads a file, or the files in it.
async fn read(file: &File, job: &mut Job, name: &str) -> Result<(), Failure> {
    let size = file.size() as u64;
    match read_file(file, job).await.map_err(|thrown| read_failure(&thrown))? {
        // A browser may end a file early, without a word, when it was cut while it was read.
        Read::All if job.bytes != size => {
            let read = job.bytes;
            Err(Failure::Unreadable(format!(
                "the file changed while it was read: {read} of {size} bytes came"
            )))
        }
        Read::All => Ok(()),
        Read::Archive => {
            let reader = SyncFile::new(file.clone().unchecked_into())
                .map_err(|e| Failure::Unreadable(e.to_string()))?;
            unpack(ArchiveReader::open(name, reader, size), job).await;
            Ok(())
        }
    }
}

/// Scans every file of an archive, piece by piece: neither the file nor its tables are ever here as a whole.
async fn unpack(mut archive: ArchiveReader<'_>, job: &mut Job) {
    if let Some(wanted) = job.wanted.clone() {
        archive = archive.seeking(wanted);
    }
    archive = archive.hinted(&job.hints);
    while let Some(mut file) = archive.open_next() {
        loop {
            let began = now();
            let more = file.read_on();
            job.scan_ms += now() - began;
            job.bytes = file.bytes_read();
            if job.wanted.is_some() {
                job.tell_found(file.take_found());
            } else {
                while let Some(part) = file.take_part() {
                    job.send(&part).await;
                }
            }
            job.progress();
            if !more {
                break;
            }
        }
        if job.wanted.is_some() {
            job.tell_found(file.finish_seeking());
        } else {
            for part in file.finish() {
                job.send(&part).await;
            }
        }
    }
    job.bytes = archive.bytes();
    job.last = Some(archive.finish());
}

/// Scans a source whose bytes are all here.
async fn scan_all(job: &mut Job, mut bytes: &[u8]) {
    loop {
        let mut piece = bytes.take(PIECE as u64);
        let count = piece.read(job.scan.space(PIECE.min(bytes.len()))).unwrap_or_default();
        if count == 0 {
            return;
        }
        bytes = &bytes[count..];
        job.advance(count).await;
    }
}

/// One source on its way through the scanner.
pub(super) struct Job {
    source: SourceId,
    scan: SourceScan,
    /// An archive's last table, which takes the place of the scan's.
    last: Option<Vec<u8>>,
    bytes: u64,
    told_at: f64,
    scan_ms: f64,
    outbox: Outbox,
    credit: Credit,
    /// Tuples that are looked for; nothing is added up then.
    wanted: Option<Wanted>,
    hints: Vec<TableHint>,
    name: String,
}

impl Job {
    fn new(source: SourceId, name: &str, outbox: Outbox, credit: Credit) -> Self {
        let scan = SourceScan::new(name);
        Self {
            source,
            scan,
            last: None,
            bytes: 0,
            told_at: Date::now(),
            scan_ms: 0.0,
            outbox,
            credit,
            wanted: None,
            hints: Vec::new(),
            name: name.to_owned(),
        }
    }

    /// From now on looks for tuples in a source of this name.
    fn seek(&mut self, name: &str, wanted: Wanted) {
        self.scan = SourceScan::seeking(name, wanted.clone());
        name.clone_into(&mut self.name);
        self.wanted = Some(wanted);
    }

    fn tell_found(&self, found: Vec<(String, FoundTuple)>) {
        if !found.is_empty() {
            self.outbox.post(&FromScan::Found(found), None);
        }
    }

    fn finish_seeking(mut self) {
        let scan = std::mem::replace(&mut self.scan, SourceScan::new(""));
        let found = scan.finish_seeking();
        self.tell_found(found.into_iter().map(|tuple| (self.name.clone(), tuple)).collect());
    }

    /// Room for the source's next bytes.
    pub(super) fn space(&mut self, count: usize) -> &mut [u8] {
        self.scan.space(count)
    }

    /// Whether its first bytes are a zip archive's.
    pub(super) fn is_archive(&self) -> bool {
        self.scan.is_archive()
    }

    /// Scans the `count` bytes that were put into [`Job::space`] and sends what they led to.
    pub(super) async fn advance(&mut self, count: usize) {
        let began = now();
        self.scan.filled(count);
        self.scan_ms += now() - began;
        self.bytes += count as u64;
        if self.wanted.is_some() {
            let found = self.scan.take_found();
            self.tell_found(found.into_iter().map(|tuple| (self.name.clone(), tuple)).collect());
            // A sign of life, where nothing is found for long.
            self.progress();
            return;
        }
        while let Some(part) = self.scan.take_part() {
            self.send(&part).await;
        }
        self.progress();
    }

    /// Sends a partial table, as soon as the engine has dealt with enough of those before.
    async fn send(&self, part: &[u8]) {
        self.credit.take().await;
        self.outbox.post(&FromScan::Part { source: self.source }, Some(part));
    }

    fn progress(&mut self) {
        let now = Date::now();
        if (now - self.told_at).abs() >= PROGRESS_EVERY_MS {
            self.told_at = now;
            self.outbox.post(&FromScan::Progress { source: self.source, bytes: self.bytes }, None);
        }
    }

    /// The last tables, and the microseconds that scanning took.
    fn finish(self) -> (Vec<Vec<u8>>, u64) {
        let Self { scan, last, scan_ms, .. } = self;
        let began = now();
        let parts = last.map_or_else(|| scan.finish(), |last| vec![last]);
        (parts, ((scan_ms + now() - began) * 1000.0) as u64)
    }
}

fn now() -> f64 {
    let scope = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>();
    scope.ok().and_then(|scope| scope.performance()).map_or(0.0, |performance| performance.now())
}
