//! Decides which worker scans which source, and how loading stands.
//!
//! Sans-IO: told what happened and when, it answers with what to do; `browser` does it. It never
//! sees a byte of a log, nor a file handle: sources are known by number, name and size.
//!
//! Invariants: a source is queued, on one worker, with the engine, or settled; a worker has at
//! most one source; everything that the engine was told of a source that did not get through is
//! taken back. Work is sent to a worker as soon as it is made, so a worker that cannot start
//! costs its source one of its tries like one that dies later.

use super::{LoadPhase, LoadState, SourceId, ToEngine};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How often a source is tried on a worker that died over it.
const TRIES: u32 = 2;
/// The least time between two reports of mere progress.
const REPORT_EVERY_MS: u64 = 100;

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
    /// Size in bytes; 0 where it isn't known.
    pub bytes: u64,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The user gave sources, to be loaded beside what is loaded. They replace the example.
    Added(Vec<NewSource>),
    /// The user asked for the example: these sources replace everything.
    Example(Vec<NewSource>),
    /// A worker has read so much of its source.
    Progress(WorkerId, SourceId, u64),
    /// A worker sent a partial table.
    Part(WorkerId, SourceId),
    /// A worker sent the last partial table.
    Done(WorkerId, SourceId),
    /// A worker could not read its source.
    Failed(WorkerId, SourceId, String),
    /// A worker crashed or could not start.
    Died(WorkerId, String),
    /// The engine has taken a source in.
    Took(SourceId),
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
    /// Give this source to this worker.
    Assign(WorkerId, SourceId),
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
    bytes: u64,
    read: u64,
    tries: u32,
}

/// The decisions, and all that they rest on.
#[derive(Debug)]
pub struct Scheduler {
    max_workers: usize,
    next_worker: u32,
    /// The sources of this load that are not settled.
    open: BTreeMap<SourceId, Source>,
    queue: VecDeque<SourceId>,
    workers: BTreeMap<WorkerId, Option<SourceId>>,
    /// Sent to the engine whole, not yet taken in.
    taking: BTreeSet<SourceId>,
    phase: LoadPhase,
    files_total: u32,
    files_done: u32,
    files_failed: u32,
    bytes_total: u64,
    /// Bytes of the sources that are settled.
    bytes_settled: u64,
    began: u64,
    ended: Option<u64>,
    generation: u32,
    message: Option<String>,
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
            bytes_total: 0,
            bytes_settled: 0,
            began: 0,
            ended: None,
            generation: 0,
            message: None,
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
            Event::Progress(worker, source, bytes) => {
                if self.has(worker, source)
                    && let Some(source) = self.open.get_mut(&source)
                {
                    // A file that grows while it is read must not count beyond its size.
                    source.read = bytes.min(source.bytes);
                    self.stale = true;
                }
            }
            Event::Part(worker, source) => {
                if self.has(worker, source) {
                    out.push(Command::Forward(ToEngine::Part { source }));
                }
            }
            Event::Done(worker, source) => {
                if self.has(worker, source) {
                    self.free(worker);
                    self.taking.insert(source);
                    out.push(Command::Forward(ToEngine::Done { source }));
                }
            }
            Event::Failed(worker, source, reason) => {
                if self.has(worker, source) {
                    self.free(worker);
                    self.give_up(source, reason, &mut out);
                }
            }
            Event::Died(worker, reason) => self.died(worker, reason, &mut out),
            Event::Took(source) => self.took(source),
            Event::EngineDied => self.engine_died(&mut out),
            Event::Cancel => self.cancel(now, &mut out),
            Event::Clear => self.clear(&mut out),
            Event::Tick => {}
        }
        self.assign(&mut out);
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
        let reading: u64 = self.open.values().map(|s| s.read).sum();
        LoadState {
            phase: self.phase,
            files_total: self.files_total,
            files_done: self.files_done,
            bytes_total: self.bytes_total,
            bytes_done: self.bytes_settled + reading,
            elapsed_ms: self.ended.unwrap_or(now).saturating_sub(self.began),
            generation: self.generation,
            message: self.message.clone(),
            example: self.example,
        }
    }

    fn has(&self, worker: WorkerId, source: SourceId) -> bool {
        self.workers.get(&worker) == Some(&Some(source))
    }

    fn free(&mut self, worker: WorkerId) {
        self.workers.insert(worker, None);
    }

    fn add(&mut self, sources: Vec<NewSource>, now: u64) {
        if sources.is_empty() {
            return;
        }
        if self.phase != LoadPhase::Loading {
            self.begin(now);
        }
        for NewSource { id, name, bytes } in sources {
            self.files_total += 1;
            self.bytes_total += bytes;
            self.open.insert(id, Source { name, bytes, read: 0, tries: 0 });
            self.queue.push_back(id);
        }
        self.stale = true;
    }

    fn begin(&mut self, now: u64) {
        self.phase = LoadPhase::Loading;
        // What an earlier load left here is with the engine and no longer counted.
        self.open.clear();
        (self.files_total, self.files_done, self.files_failed) = (0, 0, 0);
        (self.bytes_total, self.bytes_settled) = (0, 0);
        (self.began, self.ended) = (now, None);
        self.message = None;
    }

    fn assign(&mut self, out: &mut Vec<Command>) {
        while let Some(&source) = self.queue.front() {
            let idle = self.workers.iter().find(|(_, work)| work.is_none()).map(|(id, _)| *id);
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
            self.queue.pop_front();
            self.workers.insert(worker, Some(source));
            if let Some(source) = self.open.get_mut(&source) {
                source.tries += 1;
                source.read = 0;
            }
            out.push(Command::Assign(worker, source));
        }
    }

    fn died(&mut self, worker: WorkerId, reason: String, out: &mut Vec<Command>) {
        let Some(work) = self.workers.remove(&worker) else { return };
        out.push(Command::Terminate(worker));
        let Some(source) = work else { return };
        if self.open.get(&source).is_some_and(|s| s.tries < TRIES) {
            out.push(Command::Tell(ToEngine::Drop { source }));
            self.queue.push_front(source);
        } else {
            self.give_up(source, reason, out);
        }
    }

    /// The engine takes back what it has of the source and lists it with the reason.
    fn give_up(&mut self, source: SourceId, reason: String, out: &mut Vec<Command>) {
        let Some(Source { name, bytes, .. }) = self.open.get(&source) else { return };
        let (name, bytes) = (name.clone(), *bytes);
        self.files_failed += 1;
        self.message.get_or_insert_with(|| format!("{name}: {reason}"));
        self.taking.insert(source);
        out.push(Command::Tell(ToEngine::Failed { source, name, bytes, reason }));
    }

    fn took(&mut self, source: SourceId) {
        if !self.taking.remove(&source) {
            return; // of a load that was forgotten since
        }
        if let Some(source) = self.open.remove(&source) {
            self.files_done += 1;
            self.bytes_settled += source.bytes;
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
        self.message = None;
        self.ended = Some(now);
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
        for (worker, work) in std::mem::take(&mut self.workers) {
            out.push(Command::Terminate(worker));
            if let Some(source) = work.filter(|_| drop_sources) {
                out.push(Command::Tell(ToEngine::Drop { source }));
            }
        }
    }

    /// Ends the load when nothing is open. A worker's memory never shrinks, so none is kept.
    fn settle(&mut self, now: u64, out: &mut Vec<Command>) {
        if self.queue.is_empty() && self.workers.values().all(Option::is_none) {
            self.stop_workers(false, out);
        }
        if self.phase == LoadPhase::Loading && self.open.is_empty() {
            self.ended = Some(now);
            self.phase = if self.files_failed == self.files_total {
                LoadPhase::Failed
            } else {
                self.message = None;
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
