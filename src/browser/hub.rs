//! The page's end of the workers: gives files out, asks the engine, reports what happens.
//!
//! What to do is the [`Scheduler`]'s decision; this does it. Partial tables pass from a scan
//! worker to the engine as the buffers they came in, never looked into. The page's callback is
//! called with nothing borrowed, so it may call the hub again.

use super::engine_link::{Death, EngineLink, Order};
use super::seeker::Seeking;
use super::worker::{Heard, Worker};
use azflow_core::ingest::{FoundTuple, TableHint};
use azflow_engine::example;
use azflow_engine::rules::Mark;
use azflow_engine::session::{
    Answer, Busy, Command, Event, EvidencePlan, Failure, FromScan, LoadState, Loss, NewSource, Origin, Query,
    Role, Scheduler, SourceId, ToEngine, ToRead, ToScan, WorkerId, decode, encode,
};
use azflow_engine::topology::HandName;
use gloo_timers::callback::{Interval, Timeout};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, ArrayBuffer};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// More scan workers than this only compete for the disk.
const MOST_WORKERS: usize = 8;
/// The largest file that the window reads for a worker that can't: it is in memory twice then.
pub(super) const MOST_HANDED_OVER: f64 = 1e9;
/// How long asking for sizes may hold the window up at a time.
const SIZING_MS: f64 = 8.0;
/// How long an answer waits for others that were asked for with it, so that the page is drawn once.
const TOGETHER_MS: u32 = 20;
/// For so long after news of a load answers are handed on one by one: the first drawing of everything at once would hold
/// the page up.
const LOADING_MS: f64 = 1000.0;
/// How often the scheduler is told that time passes while it loads.
const TICK_MS: u32 = 100;

/// A file the user gave, with the path inside the chosen folder where there is one.
#[derive(Debug, Clone)]
pub struct PickedFile {
    /// File name, or path inside the chosen folder with `/` between parts.
    pub path: String,
    /// The handle; its bytes are read by a worker.
    pub file: web_sys::File,
}

/// What the page is told.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "an event is made and used up at once: a box would buy nothing"
)]
pub enum HubEvent {
    /// Loading moved on (at most ten times a second, and at every change of phase).
    Load(LoadState),
    /// An answer to [`Hub::ask`].
    Answer {
        /// What `ask` returned.
        ticket: u32,
        /// The answer.
        answer: Answer,
    },
    /// These questions won't be answered: what they were about is gone, or nobody waits for them.
    Dropped(Vec<u32>),
    /// A question that could not be answered.
    Refused {
        /// What `ask` returned.
        ticket: u32,
        /// Why.
        reason: String,
    },
    /// Something of a search for raw tuples: see [`Hub::seek`].
    Evidence(Evidence),
    /// The user did not want to wait for this answer any longer.
    GivenUp(u32, Busy),
    /// The engine has been at something for a while, or is not any more.
    Busy(Option<Busy>),
    /// The engine died or could not start. A fresh engine starts with the next call.
    Fatal(Loss),
}

/// How a search for raw tuples goes.
#[derive(Debug, Clone)]
pub enum Evidence {
    /// Tuples, each with its file's name.
    Found(Vec<(String, FoundTuple)>),
    /// A source could not be read again, and why.
    Failed(String, Failure),
    /// So many sources of so many are searched.
    Progress(usize, usize),
}

/// A handle on the workers; clones share them, and the last one ends them.
#[derive(Clone)]
pub struct Hub {
    inner: Rc<RefCell<Inner>>,
    on_event: Rc<dyn Fn(HubEvent)>,
}

impl PartialEq for Hub {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

/// What a scan worker is to read.
#[derive(Debug)]
pub(super) enum Work {
    File(PickedFile),
    Example(u32),
}

/// See `warm`. The cell takes its name when it gets one.
type Spare = (Worker, Rc<Cell<Option<WorkerId>>>);

pub(super) struct Inner {
    scheduler: Scheduler,
    pub(super) engine: EngineLink,
    scans: HashMap<WorkerId, Worker>,
    /// A worker that is started and has no name yet.
    spare: Option<Spare>,
    pub(super) work: HashMap<SourceId, Work>,
    /// What people say about tables.
    hints: Vec<TableHint>,
    /// Files kept from an earlier visit, read with the first ones of every load.
    kept: Vec<PickedFile>,
    /// Sources whose bytes the window read, since the worker could not.
    handed_over: HashSet<SourceId>,
    next_source: u32,
    next_ticket: u32,
    /// Answers that wait for others.
    pub(super) answers: Vec<HubEvent>,
    /// Whether a timer will hand them on.
    waiting: bool,
    /// When loading was last told of.
    reported: f64,
    ticking: Option<Interval>,
    pub(super) seeking: Option<Seeking>,
    /// How workers' events find their way back; empty only while the hub is made.
    home: Weak<RefCell<Inner>>,
    on_event: Weak<dyn Fn(HubEvent)>,
}

impl Hub {
    /// Starts the engine worker and a first scan worker; the others start with the first files.
    pub fn start(on_event: impl Fn(HubEvent) + 'static) -> Self {
        let on_event: Rc<dyn Fn(HubEvent)> = Rc::new(on_event);
        let inner = Rc::new_cyclic(|home| {
            RefCell::new(Inner {
                scheduler: Scheduler::new(pool_size()),
                engine: EngineLink::default(),
                scans: HashMap::new(),
                spare: None,
                work: HashMap::new(),
                hints: Vec::new(),
                kept: Vec::new(),
                handed_over: HashSet::new(),
                next_source: 0,
                next_ticket: 0,
                answers: Vec::new(),
                waiting: false,
                reported: 0.0,
                ticking: None,
                seeking: None,
                home: Weak::clone(home),
                on_event: Rc::downgrade(&on_event),
            })
        });
        let hub = Self { inner, on_event };
        hub.run(|inner, out| {
            inner.start_engine(out);
            inner.settle_loss(out);
            inner.start_spare();
        });
        hub
    }

    /// From now on reads these with the first files of every load: name and text.
    pub fn keep(&self, files: &[(String, String)]) {
        let file = |(path, text): &(String, String)| {
            let file = web_sys::File::new_with_str_sequence(&Array::of1(&text.into()), path).ok()?;
            Some(PickedFile { path: path.clone(), file })
        };
        let files = files.iter().filter_map(file).collect();
        self.run(|inner, _| inner.kept = files);
    }

    /// Loads files beside what is loaded; they replace the example.
    pub fn add(&self, mut files: Vec<PickedFile>) {
        self.run(|inner, _| {
            // What died with an engine is not added to.
            if inner.engine.forget_death() {
                inner.work.clear();
            }
            if inner.work.is_empty() {
                files.extend(inner.kept.iter().cloned());
            }
        });
        self.read(files, false);
    }

    fn read(&self, files: Vec<PickedFile>, alone: bool) {
        let handles: Vec<web_sys::File> = files.iter().map(|picked| picked.file.clone()).collect();
        let first = self.run(|inner, out| {
            let first = inner.next_source;
            let sources = files.into_iter().map(|picked| ((picked.path.clone(), None), Work::File(picked)));
            let sources = inner.name(sources, alone);
            inner.act(Event::Added(sources), None, out);
            first
        });
        self.size(first, handles);
    }

    /// Lists paths that the browser would not open, and why.
    pub fn list_unreadable(&self, paths: Vec<(String, Failure)>) {
        self.run(|inner, out| {
            let mut listed = Vec::new();
            for (path, failure) in paths {
                listed.push((SourceId(inner.next_source), path, failure));
                inner.next_source += 1;
            }
            inner.act(Event::Unreadable(listed), None, out);
        });
    }

    /// Asks the browser for the files' sizes, a few at a time: in Chromium each costs a question to
    /// another process, and fifty thousand would stop the page for ten seconds.
    fn size(&self, first: u32, files: Vec<web_sys::File>) {
        let tell = self.inner.borrow().later(|inner, sizes, out| inner.act(Event::Sized(sizes), None, out));
        spawn_local(async move {
            let mut from = 0;
            while from < files.len() {
                let began = now_exactly();
                let mut sizes = Vec::new();
                while let Some(file) = files.get(from).filter(|_| now_exactly() - began < SIZING_MS) {
                    sizes.push((SourceId(first + from as u32), file.size() as u64));
                    from += 1;
                }
                tell(sizes);
                TimeoutFuture::new(0).await;
            }
        });
    }

    /// Replaces what is loaded by the built-in example.
    pub fn load_example(&self) {
        self.run(|inner, out| {
            let files = (0..example::FILES).map(|i| ((format!("example {i}"), Some(0)), Work::Example(i)));
            let sources = inner.name(files, false);
            inner.act(Event::Example(sources), None, out);
        });
    }

    /// Stops loading within a fifth of a second; finished sources stay.
    pub fn cancel(&self) {
        self.run(|inner, out| inner.act(Event::Cancel, None, out));
    }

    /// Forgets everything loaded. All workers end, whatever they do, and a fresh engine starts.
    pub fn clear(&self) {
        self.run(|inner, out| {
            inner.seeking = None;
            inner.engine.forget();
            inner.act(Event::Clear, None, out);
        });
    }

    /// Removes sources by number: everything else is read again, since what was added up can't be
    /// taken apart.
    pub fn remove(&self, sources: &[u32]) {
        let left = self.run(|inner, out| {
            inner.work.retain(|id, _| !sources.contains(&id.0));
            inner.take_files(out)
        });
        self.read_if_any(left, false);
    }

    /// Ends what the engine is at, which ends the engine: everything else is read again. Who is tired of a question gets
    /// no answer to it; who is tired of a source, a load without it.
    pub fn give_up(&self) {
        self.run(Inner::tire_of_engine);
        self.load_again();
    }

    /// Reads again what an engine had that is gone, but for the source that it was taking in. Where it was taking in
    /// several, each is read alone, so that none is blamed for another's fault.
    pub fn load_again(&self) {
        let Death { suspects, failure } = self.run(|inner, _| inner.engine.death.take().unwrap_or_default());
        let example = self.run(|inner, _| inner.work.values().any(|work| matches!(work, Work::Example(_))));
        if example {
            return self.load_example();
        }
        let mut files = self.run(Inner::take_files);
        let mut alone: Vec<PickedFile> =
            suspects.iter().filter_map(|suspect| files.remove(suspect)).collect();
        if let ([suspect], Some(failure)) = (alone.as_slice(), failure) {
            self.list_unreadable(vec![(suspect.path.clone(), failure)]);
            alone.clear();
        }
        self.read_if_any(files, false);
        self.read_if_any(
            alone.into_iter().enumerate().map(|(i, file)| (SourceId(i as u32), file)).collect(),
            true,
        );
    }

    fn read_if_any(&self, files: BTreeMap<SourceId, PickedFile>, alone: bool) {
        if !files.is_empty() {
            self.read(files.into_values().collect(), alone);
        }
    }

    /// Takes what people say about tables from now on: those read later are read by it.
    pub fn hint(&self, hints: Vec<TableHint>) {
        self.run(|inner, _| inner.hints = hints);
    }

    /// Reads sources again, by number, of which nothing was counted.
    pub fn read_again(&self, sources: &[u32]) {
        let files = self.run(|inner, out| {
            let ids: Vec<SourceId> = sources.iter().map(|source| SourceId(*source)).collect();
            let files: Vec<PickedFile> = ids
                .iter()
                .filter_map(|id| match inner.work.remove(id) {
                    Some(Work::File(picked)) => Some(picked),
                    _ => None,
                })
                .collect();
            inner.tell(&ToEngine::Unlist(ids), None, out);
            inner.settle_loss(out);
            files
        });
        self.read(files, false);
    }

    /// Looks for raw tuples in the sources of a plan; what is found comes as [`HubEvent::Evidence`].
    /// A search that was going on ends.
    pub fn seek(&self, plan: EvidencePlan) {
        self.run(|inner, out| inner.begin_seeking(plan, out));
    }

    /// Ends a search.
    pub fn stop_seeking(&self) {
        self.run(|inner, _| inner.seeking = None);
    }

    /// Gives names by hand, instead of those given before. They outlive what is loaded.
    pub fn name(&self, names: Vec<HandName>) {
        self.run(|inner, out| {
            inner.order(Order::Names, &ToEngine::Names(names), out);
            inner.settle_loss(out);
        });
    }

    /// Says of services what was decided, instead of what was said before. It outlives what is loaded.
    pub fn mark(&self, marks: Vec<Mark>) {
        self.run(|inner, out| {
            inner.order(Order::Marks, &ToEngine::Marks(marks), out);
            inner.settle_loss(out);
        });
    }

    /// Opens a file of rules to simulate, instead of the one before.
    pub fn open_rules(&self, text: String) {
        self.run(|inner, out| inner.order(Order::Rules, &ToEngine::Rules(text), out));
    }

    /// Has the engine make ready what will be asked next, now that nothing is.
    pub fn make_ready(&self) {
        self.run(|inner, out| inner.tell(&ToEngine::MakeReady, None, out));
    }

    /// Asks the engine; the answer comes as a [`HubEvent::Answer`] with the returned ticket.
    pub fn ask(&self, query: Query) -> u32 {
        self.run(|inner, out| {
            let ticket = inner.next_ticket;
            inner.next_ticket = ticket.wrapping_add(1);
            let ask = ToEngine::Ask { ticket, query };
            inner.tell(&ask, None, out);
            match ask {
                ToEngine::Ask { query, .. } if !inner.engine.lost => {
                    drop(inner.engine.asked.insert(ticket, Rc::new(query)));
                }
                _ => out.push(HubEvent::Dropped(vec![ticket])),
            }
            inner.settle_loss(out);
            ticket
        })
    }

    /// Nobody waits for this answer any more: the question is dropped, unless it is just being answered. `false` where
    /// there was nothing to wait for.
    pub fn forget(&self, ticket: u32) -> bool {
        self.run(|inner, out| inner.drop_question(ticket, out))
    }

    fn run<T>(&self, act: impl FnOnce(&mut Inner, &mut Vec<HubEvent>) -> T) -> T {
        run(&self.inner, &self.on_event, act)
    }
}

/// Does something with the inside, and tells the page about it when nothing is borrowed.
fn run<T>(
    inner: &RefCell<Inner>,
    on_event: &Rc<dyn Fn(HubEvent)>,
    act: impl FnOnce(&mut Inner, &mut Vec<HubEvent>) -> T,
) -> T {
    let mut out = Vec::new();
    let result = act(&mut inner.borrow_mut(), &mut out);
    out.into_iter().for_each(|event| on_event(event));
    result
}

impl Inner {
    /// A callback that acts on this hub, as long as it lives.
    pub(super) fn later<T>(
        &self,
        act: impl Fn(&mut Self, T, &mut Vec<HubEvent>) + 'static,
    ) -> impl Fn(T) + 'static {
        let (home, on_event) = (Weak::clone(&self.home), Weak::clone(&self.on_event));
        move |value| {
            if let (Some(inner), Some(on_event)) = (home.upgrade(), on_event.upgrade()) {
                run(&inner, &on_event, |inner, out| act(inner, value, out));
            }
        }
    }

    fn name(
        &mut self,
        files: impl Iterator<Item = ((String, Option<u64>), Work)>,
        alone: bool,
    ) -> Vec<NewSource> {
        files
            .map(|((name, bytes), work)| {
                let id = SourceId(self.next_source);
                self.next_source += 1;
                self.work.insert(id, work);
                NewSource { id, name, bytes, alone }
            })
            .collect()
    }

    /// Has the scheduler decide, and does what it says. What goes wrong on the way is an event.
    pub(super) fn act(&mut self, event: Event, mut payload: Option<ArrayBuffer>, out: &mut Vec<HubEvent>) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for command in self.scheduler.handle(event, now()) {
                // Without the engine nothing else that was decided makes sense.
                if std::mem::take(&mut self.engine.lost) {
                    events = VecDeque::from([Event::EngineDied]);
                    break;
                }
                match command {
                    Command::Spawn(worker) => self.spawn(worker, &mut events),
                    Command::Assign(worker, sources) => self.assign(worker, &sources, &mut events),
                    Command::Credit(worker) => self.credit(worker, &mut events),
                    Command::Terminate(worker) => drop(self.scans.remove(&worker)),
                    Command::Forward(message) => self.tell(&message, payload.take(), out),
                    Command::Tell(ToEngine::Clear) => {
                        self.forget_old_work();
                        self.renew_engine(out);
                    }
                    Command::Tell(message) => self.tell(&message, None, out),
                    Command::Report(state) => {
                        self.reported = now_exactly();
                        out.push(HubEvent::Load(state));
                    }
                }
            }
        }
        self.keep_time();
        self.settle_loss(out);
    }

    /// Hands answers on together: when nothing is awaited, or after a moment.
    pub(super) fn answered(&mut self, ticket: u32, answer: HubEvent, out: &mut Vec<HubEvent>) {
        self.engine.asked.remove(&ticket);
        self.answers.push(answer);
        if self.engine.asked.is_empty() || now_exactly() - self.reported < LOADING_MS {
            out.append(&mut self.answers);
        } else if !self.waiting {
            self.waiting = true;
            let pass = self.later(|inner, (), out| {
                inner.waiting = false;
                out.append(&mut inner.answers);
            });
            Timeout::new(TOGETHER_MS, move || pass(())).forget();
        }
    }

    /// Starts a worker ahead of the first files. Whatever goes wrong with it is of no interest: then
    /// one is started when it is needed.
    fn start_spare(&mut self) {
        let name: Rc<Cell<Option<WorkerId>>> = Rc::default();
        let named = Rc::clone(&name);
        let heard = self.later(move |inner, heard, out| match named.get() {
            Some(worker) => inner.heard_scan(worker, heard, out),
            None => inner.spare = None,
        });
        let started = Worker::spawn(Role::Scan, heard).ok();
        self.spare = started
            .and_then(|worker| worker.post(&encode(&ToScan::Warm), None, &[]).ok().map(|()| (worker, name)));
    }

    fn spawn(&mut self, worker: WorkerId, events: &mut VecDeque<Event>) {
        if let Some((started, name)) = self.spare.take() {
            name.set(Some(worker));
            self.scans.insert(worker, started);
            return;
        }
        let heard = self.later(move |inner, heard, out| inner.heard_scan(worker, heard, out));
        match Worker::spawn(Role::Scan, heard) {
            Ok(started) => drop(self.scans.insert(worker, started)),
            Err(failure) => events.push_back(Event::Died(worker, failure)),
        }
    }

    fn assign(&mut self, worker: WorkerId, sources: &[SourceId], events: &mut VecDeque<Event>) {
        // A worker that did not start is already on its way back to the scheduler.
        let Some(scan) = self.scans.get(&worker) else { return };
        let mut files = Vec::new();
        let mut to_read = Vec::new();
        for source in sources {
            let (name, origin) = match self.work.get(source) {
                Some(Work::File(picked)) => {
                    files.push(&picked.file);
                    (picked.path.clone(), Origin::File)
                }
                Some(Work::Example(index)) => (String::new(), Origin::Example(*index)),
                None => continue,
            };
            to_read.push(ToRead { source: *source, name, origin });
        }
        let message = encode(&ToScan::Read(to_read, self.hints.clone()));
        if let Err(failure) = scan.post(&message, None, &files) {
            events.push_back(Event::Died(worker, failure));
        }
    }

    fn credit(&mut self, worker: WorkerId, events: &mut VecDeque<Event>) {
        let Some(scan) = self.scans.get(&worker) else { return };
        if let Err(failure) = scan.post(&encode(&ToScan::Credit(1)), None, &[]) {
            events.push_back(Event::Died(worker, failure));
        }
    }

    fn heard_scan(&mut self, worker: WorkerId, heard: Heard, out: &mut Vec<HubEvent>) {
        let (event, payload) = match heard {
            Heard::Died(failure) => (Event::Died(worker, failure), None),
            Heard::Message(control, payload) => {
                let event = match decode(&control) {
                    Ok(FromScan::Progress { source, bytes }) => Event::Progress(worker, source, bytes),
                    Ok(FromScan::Part { source }) => Event::Part(worker, source),
                    Ok(FromScan::Found(_) | FromScan::Sought { .. }) => return,
                    Ok(FromScan::Finished(sources)) => Event::Finished(worker, sources),
                    Ok(FromScan::Failed { source, failure }) => {
                        if self.hand_over(worker, source, &failure) {
                            return;
                        }
                        Event::Failed(worker, source, failure)
                    }
                    Err(bad) => Event::Died(worker, Failure::Thrown(bad.to_string())),
                };
                (event, payload)
            }
        };
        self.act(event, payload, out);
    }

    /// Workers of a page opened from disk may not read files in WebKit, though the window may: it
    /// then reads the bytes and hands them over as they are. Once for a source; `false` where that
    /// was tried or makes no sense.
    fn hand_over(&mut self, worker: WorkerId, source: SourceId, failure: &Failure) -> bool {
        // Reading once more needs memory, and does not help against a defect.
        if !matches!(failure, Failure::Unreadable(_)) {
            return false;
        }
        let Some(Work::File(picked)) = self.work.get(&source) else { return false };
        if picked.file.size() > MOST_HANDED_OVER || !self.handed_over.insert(source) {
            return false;
        }
        let (name, bytes, failure) = (picked.path.clone(), picked.file.array_buffer(), failure.clone());
        let settle = self.later(move |inner, bytes: Option<ArrayBuffer>, out| {
            let read = vec![ToRead { source, name: name.clone(), origin: Origin::Bytes }];
            let message = encode(&ToScan::Read(read, inner.hints.clone()));
            let event = match (inner.scans.get(&worker), bytes) {
                (None, _) => return, // cancelled meanwhile
                (Some(scan), Some(bytes)) => match scan.post(&message, Some(&bytes), &[]) {
                    Ok(()) => return,
                    Err(failure) => Event::Died(worker, failure),
                },
                _ => Event::Failed(worker, source, failure.clone()),
            };
            inner.act(event, None, out);
        });
        spawn_local(async move {
            settle(JsFuture::from(bytes).await.ok().and_then(|bytes| bytes.dyn_into().ok()));
        });
        true
    }

    /// Forgets everything loaded, and returns the files that it was.
    fn take_files(&mut self, out: &mut Vec<HubEvent>) -> BTreeMap<SourceId, PickedFile> {
        let files = std::mem::take(&mut self.work).into_iter().filter_map(|(id, work)| match work {
            Work::File(picked) => Some((id, picked)),
            Work::Example(_) => None,
        });
        self.act(Event::Clear, None, out);
        files.collect()
    }

    /// Lets go of the file handles of everything that was loaded before. Sources of the same
    /// event are named already, and the scheduler knows them.
    fn forget_old_work(&mut self) {
        let scheduler = &self.scheduler;
        self.work.retain(|id, _| scheduler.knows(*id));
    }

    fn keep_time(&mut self) {
        if !self.scheduler.is_loading() {
            self.ticking = None;
        } else if self.ticking.is_none() {
            let tick = self.later(|inner, (), out| inner.act(Event::Tick, None, out));
            self.ticking = Some(Interval::new(TICK_MS, move || tick(())));
        }
    }
}

/// One thread is left for the page and the engine.
fn pool_size() -> usize {
    let threads = web_sys::window().map_or(1.0, |w| w.navigator().hardware_concurrency());
    (threads as usize).saturating_sub(1).clamp(1, MOST_WORKERS)
}

pub(super) fn now() -> u64 {
    now_exactly() as u64
}

fn now_exactly() -> f64 {
    web_sys::window().and_then(|w| w.performance()).map_or(0.0, |p| p.now())
}
