//! The hub's end of the engine: starts it, sends to it, hears from it, ends it.
//!
//! Nothing waits for an engine that is busy: it computes in one go and can't be asked to stop, so the page ends its
//! worker and starts another, which is told first what people said.

use super::hub::{HubEvent, Inner};
use super::worker::{Heard, Worker};
use azflow_engine::session::{Event, Failure, FromEngine, Role, ToEngine, WorkerId, decode, encode};
use js_sys::ArrayBuffer;
use std::collections::HashSet;

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
    /// What every fresh engine is told first, each in place of what was said before.
    orders: [Option<Vec<u8>>; 4],
    /// Questions on their way.
    pub(super) asked: HashSet<u32>,
}

impl EngineLink {
    /// Forgets the file of rules, which goes with what is loaded.
    pub(super) fn forget_rules(&mut self) {
        self.orders[Order::Rules as usize] = None;
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
        match heard {
            Heard::Died(failure) => self.lose_engine(failure, out),
            Heard::Message(control, _) => match decode(&control) {
                Ok(FromEngine::Took { sources, worker }) => {
                    self.act(Event::Took(sources, worker.map(WorkerId)), None, out);
                }
                Ok(FromEngine::Kept { worker }) => self.act(Event::Kept(WorkerId(worker)), None, out),
                Ok(FromEngine::Answer { ticket, answer }) => {
                    self.answered(ticket, HubEvent::Answer { ticket, answer }, out);
                }
                Ok(FromEngine::Refused { ticket, reason }) => {
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
        let Some(engine) = &self.engine.worker else { return };
        if let Err(failure) = engine.post(&encode(message), payload.as_ref(), &[]) {
            self.lose_engine(failure, out);
        }
    }

    /// Ends the engine; what it was asked will never be answered.
    fn end_engine(&mut self, out: &mut Vec<HubEvent>) {
        self.engine.worker = None;
        self.answers.clear();
        let asked: Vec<u32> = self.engine.asked.drain().collect();
        if !asked.is_empty() {
            out.push(HubEvent::Dropped(asked));
        }
    }

    /// Notes that the engine is gone; the caller, or whoever called it, settles the loss.
    fn lose_engine(&mut self, failure: Failure, out: &mut Vec<HubEvent>) {
        self.end_engine(out);
        self.engine.lost = true;
        out.push(HubEvent::Fatal(failure));
    }

    pub(super) fn settle_loss(&mut self, out: &mut Vec<HubEvent>) {
        if std::mem::take(&mut self.engine.lost) {
            self.work.clear();
            self.act(Event::EngineDied, None, out);
        }
    }
}
