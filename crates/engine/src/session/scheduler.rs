//! Decides which worker scans which source, and how loading stands.
//!
//! Sans-IO: told what happened and when, it answers with what to do; `browser` does it. It never
//! sees a byte of a log, nor a file handle: sources are known by number, name and size.
//!
//! Invariants: a source is queued, on one worker, with the engine, or settled; everything that the
//! engine was told of a source that did not get through is taken back. Small sources go to a worker
//! in batches, since sending one costs more than reading it. When a worker dies its whole batch is
//! read again, each source alone, so that none is blamed for another's fault.

use super::{Failure, LoadPhase, LoadState, SourceId, ToEngine, Whole};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often a source is tried alone on a worker that died over it.
const TRIES: u32 = 2;
/// The least time between two reports of mere progress.
const REPORT_EVERY_MS: u64 = 100;
/// A batch ends when it has so many sources or bytes.
const BATCH: (usize, u64) = (64, 4 << 20);
/// What a source counts for in a batch while its size is unknown.
const UNSIZED: u64 = 1 << 18;
/// A worker that has work and has not been heard of for so long is taken for dead: a browser that
/// kills one for want of memory does not say so.
pub const SILENCE_MS: u64 = 30_000;
/// Time that passed between two ticks beyond this was sleep, not silence.
pub const SLEEP_MS: u64 = 5_000;

/// Names a scan worker; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(pub u32);

/// A source to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSource {
    /// Names it from now on.
    pub id: SourceId,
    /// File name, or path inside the chosen folder.
    pub name: String,
    /// Size in bytes, where it is known: asking a browser for thousands of sizes takes seconds.
    pub bytes: Option<u64>,
    /// Something died while it, or another beside it, was dealt with: it is read alone.
    pub alone: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The user gave sources, to be loaded beside what is loaded. They replace the example.
    Added(Vec<NewSource>),
    /// The user asked for the example: these sources replace everything.
    Example(Vec<NewSource>),
    /// The browser would not open these paths, and why: they are listed.
    Unreadable(Vec<(SourceId, String, Failure)>),
    /// The sizes of some sources became known.
    Sized(Vec<(SourceId, u64)>),
    /// A worker has read so much of its source.
    Progress(WorkerId, SourceId, u64),
    /// A worker sent a partial table.
    Part(WorkerId, SourceId),
    /// A worker sent the last partial tables of these sources.
    Finished(WorkerId, Vec<Whole>),
    /// A worker could not read its source.
    Failed(WorkerId, SourceId, Failure),
    /// A worker crashed or could not start.
    Died(WorkerId, Failure),
    /// The engine has taken sources in, and dealt with this worker's buffer.
    Took(Vec<SourceId>, Option<WorkerId>),
    /// The engine has dealt with this worker's buffer.
    Kept(WorkerId),
    /// The engine crashed: whatever it had is gone.
    EngineDied,
    /// The user stopped loading.
    Cancel,
    /// The user wants everything forgotten.
    Clear,
    /// Time passed.
    Tick,
}

/// What to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start a scan worker.
    Spawn(WorkerId),
    /// Give these sources to this worker.
    Assign(WorkerId, Vec<SourceId>),
    /// Let this worker send another buffer.
    Credit(WorkerId),
    /// End this worker, busy or not.
    Terminate(WorkerId),
    /// Send to the engine, with the payload that came beside the event being handled.
    Forward(ToEngine),
    /// Send to the engine.
    Tell(ToEngine),
    /// Tell the page how loading stands.
    Report(LoadState),
}

#[derive(Debug)]
struct Source {
    name: String,
    bytes: Option<u64>,
    read: u64,
    tries: u32,
    /// Was in a batch whose worker died: from now on it is read alone.
    alone: bool,
}

#[derive(Debug, Default)]
struct Worker {
    /// What it was given and has not finished, in order.
    batch: VecDeque<SourceId>,
    heard: u64,
}

/// The decisions, and all that they rest on.
#[derive(Debug)]
pub struct Scheduler {
    max_workers: usize,
    next_worker: u32,
    /// The sources of this load that are not settled.
    open: BTreeMap<SourceId, Source>,
    queue: VecDeque<SourceId>,
    workers: BTreeMap<WorkerId, Worker>,
    /// Sent to the engine whole, not yet taken in.
    taking: BTreeSet<SourceId>,
    phase: LoadPhase,
    files_total: u32,
    files_done: u32,
    files_failed: u32,
    /// Sources whose size isn't known yet.
    unsized_files: u32,
    bytes_total: u64,
    /// Bytes of the sources that are settled, and of open ones as far as they were read.
    bytes_read: u64,
    scan_micros: u64,
    began: u64,
    ended: Option<u64>,
    ticked: u64,
    generation: u32,
    failure: Option<(String, Failure)>,
    example: bool,
    reported: Option<(LoadPhase, u64)>,
    /// Something changed that was not reported.
    stale: bool,
}

impl Scheduler {
    /// With at most so many scan workers.
    pub fn new(max_workers: usize) -> Self {
        Self {
            max_workers: max_workers.max(1),
            next_worker: 0,
            open: BTreeMap::new(),
            queue: VecDeque::new(),
            workers: BTreeMap::new(),
            taking: BTreeSet::new(),
            phase: LoadPhase::Idle,
            files_total: 0,
            files_done: 0,
            files_failed: 0,
            unsized_files: 0,
            bytes_total: 0,
            bytes_read: 0,
            scan_micros: 0,
            began: 0,
            ended: None,
            ticked: 0,
            generation: 0,
            failure: None,
            example: false,
            reported: None,
            stale: false,
        }
    }

    /// Takes what happened at this time (milliseconds on any clock that never goes back).
    pub fn handle(&mut self, event: Event, now: u64) -> Vec<Command> {
        let mut out = Vec::new();
        match event {
            Event::Added(sources) => {
                if self.example {
                    self.clear(&mut out);
                }
                self.add(sources, now);
            }
            Event::Example(sources) => {
                self.clear(&mut out);
                self.example = true;
                self.add(sources, now);
            }
            Event::Unreadable(paths) => {
                for (id, name, failure) in paths {
                    self.add(vec![NewSource { id, name, bytes: Some(0), alone: false }], now);
                    self.queue.retain(|queued| *queued != id);
                    self.give_up(id, failure, &mut out);
                }
            }
            Event::Sized(sizes) => sizes.into_iter().for_each(|(source, bytes)| self.size(source, bytes)),
            Event::Progress(worker, source, bytes) => {
                if self.has(worker, source, now) {
                    self.read_up_to(source, bytes);
                }
            }
            Event::Part(worker, source) => {
                if self.has(worker, source, now) {
                    out.push(Command::Forward(ToEngine::Part { source, worker: worker.0 }));
                }
            }
            Event::Finished(worker, sources) => self.finished(worker, &sources, now, &mut out),
            Event::Failed(worker, source, failure) => {
                if self.has(worker, source, now) {
                    self.free(worker, source);
                    self.give_up(source, failure, &mut out);
                }
            }
            Event::Died(worker, failure) => self.died(worker, &failure, &mut out),
            Event::Took(sources, worker) => {
                sources.into_iter().for_each(|source| self.took(source));
                self.credit(worker, now, &mut out);
            }
            Event::Kept(worker) => self.credit(Some(worker), now, &mut out),
            Event::EngineDied => self.engine_died(&mut out),
            Event::Cancel => self.cancel(now, &mut out),
            Event::Clear => self.clear(&mut out),
            Event::Tick => self.listen(now, &mut out),
        }
        self.assign(now, &mut out);
        self.settle(now, &mut out);
        self.report(now, &mut out);
        out
    }

    /// Whether progress is to be expected, and so whether `Tick` is wanted.
    pub fn is_loading(&self) -> bool {
        self.phase == LoadPhase::Loading
    }

    /// Whether a source is still to be read or taken in.
    pub fn knows(&self, source: SourceId) -> bool {
        self.open.contains_key(&source)
    }

    /// How loading stands.
    pub fn state(&self, now: u64) -> LoadState {
        LoadState {
            phase: self.phase,
            files_total: self.files_total,
            files_done: self.files_done,
            files_unsized: self.unsized_files,
            bytes_total: self.bytes_total,
            bytes_done: self.bytes_read.min(self.bytes_total),
            elapsed_ms: self.ended.unwrap_or(now).saturating_sub(self.began),
            scan_micros: self.scan_micros,
            generation: self.generation,
            failure: self.failure.clone(),
            example: self.example,
        }
    }

    /// Whether a message of this worker about this source still means something; it is a sign of life.
    fn has(&mut self, worker: WorkerId, source: SourceId, now: u64) -> bool {
        let Some(worker) = self.workers.get_mut(&worker) else { return false };
        worker.heard = now;
        worker.batch.contains(&source)
    }

    fn free(&mut self, worker: WorkerId, source: SourceId) {
        if let Some(worker) = self.workers.get_mut(&worker) {
            worker.batch.retain(|s| *s != source);
        }
    }

    fn add(&mut self, sources: Vec<NewSource>, now: u64) {
        if sources.is_empty() {
            return;
        }
        if self.phase != LoadPhase::Loading {
            self.begin(now);
        }
        for NewSource { id, name, bytes, alone } in sources {
            self.files_total += 1;
            match bytes {
                Some(bytes) => self.bytes_total += bytes,
                None => self.unsized_files += 1,
            }
            self.open.insert(id, Source { name, bytes, read: 0, tries: 0, alone });
            self.queue.push_back(id);
        }
        self.stale = true;
    }

    fn size(&mut self, source: SourceId, bytes: u64) {
        if let Some(source) = self.open.get_mut(&source)
            && source.bytes.is_none()
        {
            source.bytes = Some(bytes);
            self.bytes_total += bytes;
            self.unsized_files = self.unsized_files.saturating_sub(1);
            self.stale = true;
        }
    }

    fn read_up_to(&mut self, source: SourceId, bytes: u64) {
        if let Some(source) = self.open.get_mut(&source) {
            // A file that grows while it is read must not count beyond its size.
            let bytes = source.bytes.map_or(bytes, |size| bytes.min(size));
            self.bytes_read = self.bytes_read + bytes - source.read;
            source.read = bytes;
            self.stale = true;
        }
    }

    fn begin(&mut self, now: u64) {
        self.phase = LoadPhase::Loading;
        // What an earlier load left here is with the engine and no longer counted.
        self.open.clear();
        (self.files_total, self.files_done, self.files_failed, self.unsized_files) = (0, 0, 0, 0);
        (self.bytes_total, self.bytes_read, self.scan_micros) = (0, 0, 0);
        (self.began, self.ended, self.ticked) = (now, None, now);
        self.failure = None;
    }

    fn assign(&mut self, now: u64, out: &mut Vec<Command>) {
        while !self.queue.is_empty() {
            let idle = self.workers.iter().find(|(_, work)| work.batch.is_empty()).map(|(id, _)| *id);
            let worker = match idle {
                Some(worker) => worker,
                None if self.workers.len() < self.max_workers => {
                    let worker = WorkerId(self.next_worker);
                    self.next_worker += 1;
                    out.push(Command::Spawn(worker));
                    worker
                }
                None => return,
            };
            let batch = self.batch();
            self.workers.insert(worker, Worker { batch: batch.iter().copied().collect(), heard: now });
            out.push(Command::Assign(worker, batch));
        }
    }

    /// Takes the next sources from the queue: a few small ones, or one.
    fn batch(&mut self) -> Vec<SourceId> {
        // Every worker should get some, and none be left with all of the last ones.
        let most = (self.queue.len() / (2 * self.max_workers)).clamp(1, BATCH.0);
        let mut batch = Vec::new();
        let mut bytes = 0;
        while let Some(id) = self.queue.front().copied() {
            let Some(source) = self.open.get_mut(&id) else {
                self.queue.pop_front();
                continue;
            };
            let size = source.bytes.unwrap_or(UNSIZED);
            if !batch.is_empty() && (source.alone || bytes + size > BATCH.1) {
                break;
            }
            source.tries += 1;
            self.bytes_read -= source.read;
            source.read = 0;
            bytes += size;
            let alone = source.alone;
            self.queue.pop_front();
            batch.push(id);
            if alone || batch.len() >= most {
                break;
            }
        }
        batch
    }

    fn finished(&mut self, worker: WorkerId, sources: &[Whole], now: u64, out: &mut Vec<Command>) {
        // The parts lie one after the other in one buffer: all of them go on, or none.
        if sources.is_empty() || !sources.iter().all(|whole| self.has(worker, whole.source, now)) {
            return;
        }
        for whole in sources {
            self.free(worker, whole.source);
            self.taking.insert(whole.source);
            self.size(whole.source, whole.bytes);
            self.read_up_to(whole.source, whole.bytes);
            self.scan_micros += whole.scan_micros;
        }
        let sources = sources.iter().map(|whole| (whole.source, whole.length)).collect();
        out.push(Command::Forward(ToEngine::Whole { sources, worker: worker.0 }));
    }

    fn credit(&mut self, worker: Option<WorkerId>, now: u64, out: &mut Vec<Command>) {
        if let Some(id) = worker
            && let Some(worker) = self.workers.get_mut(&id)
        {
            // It may have been silent because it waited for this.
            worker.heard = now;
            out.push(Command::Credit(id));
        }
    }

    fn died(&mut self, worker: WorkerId, failure: &Failure, out: &mut Vec<Command>) {
        let Some(Worker { batch, .. }) = self.workers.remove(&worker) else { return };
        out.push(Command::Terminate(worker));
        let single = batch.len() == 1;
        for source in batch.into_iter().rev() {
            let Some(state) = self.open.get_mut(&source) else { continue };
            // The first time in company costs nothing: it may have been any of them.
            if !single && !state.alone {
                state.tries = 0;
            }
            state.alone = true;
            if state.tries < TRIES {
                out.push(Command::Tell(ToEngine::Again { source }));
                self.queue.push_front(source);
            } else {
                self.give_up(source, failure.clone(), out);
            }
        }
    }

    /// Takes workers that have been silent for too long for dead.
    fn listen(&mut self, now: u64, out: &mut Vec<Command>) {
        let slept = now.saturating_sub(self.ticked) > SLEEP_MS;
        self.ticked = now;
        if slept {
            self.workers.values_mut().for_each(|worker| worker.heard = now);
        }
        let silent =
            |worker: &Worker| !worker.batch.is_empty() && now.saturating_sub(worker.heard) > SILENCE_MS;
        let dead: Vec<WorkerId> = self.workers.iter().filter(|(_, w)| silent(w)).map(|(id, _)| *id).collect();
        for worker in dead {
            let failure = Failure::Silent { seconds: (SILENCE_MS / 1000) as u32 };
            self.died(worker, &failure, out);
        }
    }

    /// The engine takes back what it has of the source and lists it with the reason.
    fn give_up(&mut self, source: SourceId, failure: Failure, out: &mut Vec<Command>) {
        let Some(Source { name, bytes, .. }) = self.open.get(&source) else { return };
        let (name, bytes) = (name.clone(), bytes.unwrap_or_default());
        self.files_failed += 1;
        self.failure.get_or_insert_with(|| (name.clone(), failure.clone()));
        self.taking.insert(source);
        out.push(Command::Tell(ToEngine::Failed { source, name, bytes, failure }));
    }

    fn took(&mut self, source: SourceId) {
        if !self.taking.remove(&source) {
            return; // of a load that was forgotten since
        }
        if let Some(known) = self.open.get(&source) {
            let bytes = known.bytes.unwrap_or_default();
            self.size(source, bytes);
            self.read_up_to(source, bytes);
            self.open.remove(&source);
            self.files_done += 1;
        }
        self.generation += 1;
        self.stale = true;
    }

    fn cancel(&mut self, now: u64, out: &mut Vec<Command>) {
        if self.phase != LoadPhase::Loading {
            return;
        }
        self.stop_workers(true, out);
        self.queue.clear();
        // What is whole with the engine stays and is still taken in.
        let taking = &self.taking;
        self.open.retain(|id, _| taking.contains(id));
        self.phase = LoadPhase::Cancelled;
        self.failure = None;
        self.ended = Some(now);
        self.generation += 1;
    }

    fn clear(&mut self, out: &mut Vec<Command>) {
        self.stop_workers(false, out);
        out.push(Command::Tell(ToEngine::Clear));
        self.forget();
    }

    fn engine_died(&mut self, out: &mut Vec<Command>) {
        self.stop_workers(false, out);
        self.forget();
    }

    fn forget(&mut self) {
        self.queue.clear();
        self.taking.clear();
        self.begin(0);
        self.phase = LoadPhase::Idle;
        self.ended = Some(0);
        self.generation += 1;
        self.example = false;
        self.stale = true;
    }

    fn stop_workers(&mut self, drop_sources: bool, out: &mut Vec<Command>) {
        for (worker, Worker { batch, .. }) in std::mem::take(&mut self.workers) {
            out.push(Command::Terminate(worker));
            for source in batch.into_iter().filter(|_| drop_sources) {
                if let Some(Source { name, bytes, .. }) = self.open.get(&source) {
                    let (name, bytes) = (name.clone(), bytes.unwrap_or_default());
                    out.push(Command::Tell(ToEngine::Drop { source, name, bytes }));
                }
            }
        }
    }

    /// Ends the load when nothing is open. A worker's memory never shrinks, so none is kept.
    fn settle(&mut self, now: u64, out: &mut Vec<Command>) {
        if self.queue.is_empty() && self.workers.values().all(|worker| worker.batch.is_empty()) {
            self.stop_workers(false, out);
        }
        if self.phase == LoadPhase::Loading && self.open.is_empty() {
            self.ended = Some(now);
            self.phase = if self.files_failed == self.files_total {
                LoadPhase::Failed
            } else {
                self.failure = None;
                LoadPhase::Ready
            };
        }
    }

    fn report(&mut self, now: u64, out: &mut Vec<Command>) {
        let due = match self.reported {
            None => self.phase != LoadPhase::Idle || self.stale,
            Some((phase, at)) => {
                phase != self.phase
                    || self.stale && (now >= at + REPORT_EVERY_MS || self.phase != LoadPhase::Loading)
            }
        };
        if due {
            self.reported = Some((self.phase, now));
            self.stale = false;
            out.push(Command::Report(self.state(now)));
        }
    }
}
