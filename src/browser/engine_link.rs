//! The hub's end of the engine: starts it, sends to it, hears from it, ends it.
//!
//! Nothing waits for an engine that is busy: it computes in one go and can't be asked to stop, so the page ends its
//! worker and starts another, which is told first what people said.

use super::hub::{HubEvent, Inner, now};
use super::worker::{Heard, Worker};
use azflow_engine::session::{
    Busy, Doing, Event, Failure, FromEngine, Loss, Query, Role, SILENCE_MS, SLEEP_MS, SourceId, ToEngine,
    WorkerId, decode, encode,
};
use gloo_timers::callback::Interval;
use js_sys::ArrayBuffer;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// How often an engine that has something to do is looked after.
const WATCH_MS: u32 = 1_000;
/// An engine that was not heard of for so long is said to be busy.
const BUSY_MS: u64 = 3_000;

/// What people said, whatever is loaded.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Names,
    Marks,
    Rules,
    Side,
}

/// The engine, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct EngineLink {
    worker: Option<Worker>,
    /// It was told more than its standing orders.
    used: bool,
    /// It is gone, and the scheduler has not been told yet.
    pub(super) lost: bool,
    /// How the last one ended, until what it had is read again or forgotten.
    pub(super) death: Option<Death>,
    /// What every fresh engine is told first, each in place of what was said before.
    orders: [Option<Vec<u8>>; 4],
    /// Questions on their way.
    pub(super) asked: BTreeMap<u32, Rc<Query>>,
    /// The one that it says it answers, whether anyone still waits for it or not.
    begun: Option<(u32, Rc<Query>)>,
    /// What it was given of sources and has not dealt with, in order.
    taking: VecDeque<Vec<SourceId>>,
    /// When it was heard of, or got something to do after it had nothing.
    heard: u64,
    watched: u64,
    watch: Option<Interval>,
    /// The page was told that it is busy.
    told: bool,
}

/// What is known of an engine's end.
#[derive(Debug, Default)]
pub(super) struct Death {
    /// The sources that it was taking in.
    pub(super) suspects: Vec<SourceId>,
    pub(super) failure: Option<Failure>,
}

impl EngineLink {
    /// Forgets what goes with what is loaded.
    pub(super) fn forget(&mut self) {
        self.orders[Order::Rules as usize] = None;
        self.death = None;
    }

    /// Whether an engine died, for the last time.
    pub(super) fn forget_death(&mut self) -> bool {
        self.death.take().is_some()
    }

    fn is_idle(&self) -> bool {
        self.asked.is_empty() && self.taking.is_empty() && self.begun.is_none()
    }

    /// The sources that it takes in now, where it answers nothing.
    fn suspects(&self) -> Vec<SourceId> {
        self.taking.front().filter(|_| self.begun.is_none()).cloned().unwrap_or_default()
    }

    /// For how long nothing was heard of it.
    fn silent_ms(&self) -> u64 {
        now().saturating_sub(self.heard)
    }
}

impl Inner {
    pub(super) fn start_engine(&mut self, out: &mut Vec<HubEvent>) {
        let heard = self.later(Self::heard_engine);
        let started = Worker::spawn(Role::Engine, heard).and_then(|engine| {
            let mut orders = self.engine.orders.iter().flatten();
            orders.try_for_each(|order| engine.post(order, None, &[]))?;
            Ok(engine)
        });
        match started {
            Ok(engine) => (self.engine.worker, self.engine.used) = (Some(engine), false),
            Err(failure) => self.lose_engine(failure, out),
        }
    }

    /// Ends the engine, busy or not, and starts another that knows what people said and nothing else.
    pub(super) fn renew_engine(&mut self, out: &mut Vec<HubEvent>) {
        if self.engine.worker.is_some() && !self.engine.used {
            return;
        }
        self.end_engine(out);
        self.start_engine(out);
    }

    fn heard_engine(&mut self, heard: Heard, out: &mut Vec<HubEvent>) {
        self.engine.heard = now();
        self.tell_busy(None, out);
        match heard {
            Heard::Died(failure) => self.lose_engine(failure, out),
            Heard::Message(control, _) => match decode(&control) {
                Ok(FromEngine::Began { ticket }) => {
                    let query = self.engine.asked.get(&ticket);
                    self.engine.begun = query.map(|query| (ticket, Rc::clone(query)));
                }
                Ok(FromEngine::Dropped { .. }) => self.engine.begun = None,
                Ok(FromEngine::Took { sources, worker }) => {
                    self.engine.taking.pop_front();
                    self.act(Event::Took(sources, worker.map(WorkerId)), None, out);
                }
                Ok(FromEngine::Kept { worker }) => {
                    self.engine.taking.pop_front();
                    self.act(Event::Kept(WorkerId(worker)), None, out);
                }
                Ok(FromEngine::Answer { ticket, answer }) => {
                    self.engine.begun = None;
                    self.answered(ticket, HubEvent::Answer { ticket, answer }, out);
                }
                Ok(FromEngine::Refused { ticket, reason }) => {
                    self.engine.begun = None;
                    self.answered(ticket, HubEvent::Refused { ticket, reason }, out);
                }
                Ok(FromEngine::Side(side)) => {
                    self.engine.orders[Order::Side as usize] = Some(encode(&ToEngine::Side(side)));
                }
                Err(bad) => self.lose_engine(Failure::Thrown(bad.to_string()), out),
            },
        }
        self.settle_loss(out);
    }

    /// Tells the engine something that every later one is to know, too.
    pub(super) fn order(&mut self, order: Order, message: &ToEngine, out: &mut Vec<HubEvent>) {
        self.tell(message, None, out);
        self.engine.orders[order as usize] = Some(encode(message));
    }

    /// Sends to the engine, starting a fresh one if the last one died.
    pub(super) fn tell(&mut self, message: &ToEngine, payload: Option<ArrayBuffer>, out: &mut Vec<HubEvent>) {
        if self.engine.worker.is_none() {
            self.start_engine(out);
        }
        self.engine.used = true;
        self.note(message);
        let Some(engine) = &self.engine.worker else { return };
        if let Err(failure) = engine.post(&encode(message), payload.as_ref(), &[]) {
            self.lose_engine(failure, out);
        }
    }

    /// Notes what the engine will say when it has dealt with this.
    fn note(&mut self, message: &ToEngine) {
        let engine = &mut self.engine;
        if engine.watch.is_none() {
            (engine.heard, engine.watched) = (now(), now());
        }
        match message {
            ToEngine::Part { source, .. } | ToEngine::Failed { source, .. } => {
                engine.taking.push_back(vec![*source]);
            }
            ToEngine::Whole { sources, .. } => {
                engine.taking.push_back(sources.iter().map(|(source, _)| *source).collect());
            }
            ToEngine::Ask { .. } => {}
            _ => return,
        }
        if engine.watch.is_none() {
            let watch = self.later(|inner, (), out| inner.watch_engine(out));
            self.engine.watch = Some(Interval::new(WATCH_MS, move || watch(())));
        }
    }

    /// What the engine is at, as far as it is known.
    fn doing(&self) -> Option<Doing> {
        let EngineLink { asked, begun, .. } = &self.engine;
        if let Some((_, query)) = begun {
            return Some(Doing::Answering(Rc::clone(query)));
        }
        let suspects = self.engine.suspects();
        if !suspects.is_empty() {
            return Some(Doing::TakingIn(suspects.into_iter().map(|source| self.name_of(source)).collect()));
        }
        asked.values().next().map(|query| Doing::Answering(Rc::clone(query)))
    }

    /// Looks after an engine that has something to do.
    fn watch_engine(&mut self, out: &mut Vec<HubEvent>) {
        let now = now();
        // The machine slept.
        if now.saturating_sub(self.engine.watched) > SLEEP_MS {
            self.engine.heard = now;
        }
        self.engine.watched = now;
        if self.engine.is_idle() {
            self.engine.watch = None;
            return;
        }
        let silent = self.engine.silent_ms();
        // An engine that lives says what it begins. Where the browser has no locks nothing else tells that it is dead.
        if silent > SILENCE_MS && self.engine.begun.is_none() && self.engine.taking.is_empty() {
            self.lose_engine(Failure::Silent { seconds: (SILENCE_MS / 1000) as u32 }, out);
            self.settle_loss(out);
        } else if silent >= BUSY_MS {
            let busy = self.doing().map(|doing| Busy { doing, seconds: (silent / 1000) as u32 });
            self.tell_busy(busy, out);
        }
    }

    fn tell_busy(&mut self, busy: Option<Busy>, out: &mut Vec<HubEvent>) {
        if std::mem::replace(&mut self.engine.told, busy.is_some()) || busy.is_some() {
            out.push(HubEvent::Busy(busy));
        }
    }

    /// The user does not wait any longer for what the engine is at.
    pub(super) fn tire_of_engine(&mut self, out: &mut Vec<HubEvent>) {
        let seconds = (self.engine.silent_ms() / 1000) as u32;
        self.engine.death =
            Some(Death { suspects: self.engine.suspects(), failure: Some(Failure::GivenUp { seconds }) });
        if let Some((ticket, query)) = self.engine.begun.take()
            && self.engine.asked.remove(&ticket).is_some()
        {
            out.push(HubEvent::GivenUp(ticket, Busy { doing: Doing::Answering(query), seconds }));
        }
    }

    /// Nobody waits for this answer any more. `false` where nobody did.
    pub(super) fn drop_question(&mut self, ticket: u32, out: &mut Vec<HubEvent>) -> bool {
        let known = self.engine.asked.remove(&ticket).is_some();
        if known {
            self.tell(&ToEngine::Forget { ticket }, None, out);
            self.settle_loss(out);
        }
        known
    }

    /// Ends the engine; what it was asked will never be answered.
    fn end_engine(&mut self, out: &mut Vec<HubEvent>) {
        self.tell_busy(None, out);
        let engine = &mut self.engine;
        engine.worker = None;
        engine.begun = None;
        engine.taking.clear();
        engine.watch = None;
        let asked: Vec<u32> = std::mem::take(&mut engine.asked).into_keys().collect();
        self.answers.clear();
        if !asked.is_empty() {
            out.push(HubEvent::Dropped(asked));
        }
    }

    /// Notes that the engine is gone; the caller, or whoever called it, settles the loss. The files' handles stay, so that
    /// all can be read again.
    fn lose_engine(&mut self, failure: Failure, out: &mut Vec<HubEvent>) {
        let (during, suspects) = (self.doing(), self.engine.suspects());
        self.end_engine(out);
        self.seeking = None;
        self.engine.lost = true;
        let again = self.work.len().saturating_sub(usize::from(suspects.len() == 1));
        out.push(HubEvent::Fatal(Loss { failure: failure.clone(), during, again: again as u32 }));
        self.engine.death = Some(Death { suspects, failure: Some(failure) });
    }

    pub(super) fn settle_loss(&mut self, out: &mut Vec<HubEvent>) {
        if std::mem::take(&mut self.engine.lost) {
            self.act(Event::EngineDied, None, out);
        }
    }
}
