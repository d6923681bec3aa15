//! The engine worker: hands messages to the [`Engine`] and sends its answers.
//!
//! Messages are dealt with in the order of [`next`], and a question that nobody waits for any more is dropped. What was
//! sent meanwhile can be delivered only between two turns: so after each question, and between the pieces of a long one,
//! the worker takes a turn off.

use super::worker_scope::{Letter, Outbox, bytes};
use azflow_engine::session::{Answer, Engine, FromEngine, ToEngine, decode, next};
use js_sys::{ArrayBuffer, Date};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageChannel, MessagePort};

/// For so long the worker goes on without looking at what came meanwhile.
const TURN_MS: f64 = 20.0;

/// What waits, and who deals with it.
struct Desk {
    engine: Engine,
    outbox: Outbox,
    /// What came and is not dealt with; buffers are copied only then.
    waiting: VecDeque<Waiting>,
    /// The question in hand, of which the page was told: it knows of one at a time.
    begun: Option<u32>,
    /// A turn will come.
    awaited: bool,
    /// What is posted here comes back as the next turn, behind what was sent before. A timer would do the same, but browsers
    /// make one that follows others wait for 4 ms.
    turns: MessagePort,
}

/// A message that waits.
struct Waiting {
    message: ToEngine,
    payload: Option<ArrayBuffer>,
    /// How many pieces of it are done.
    done: usize,
}

/// Takes every message of the page.
pub(super) fn inbox(outbox: Outbox) -> Result<impl FnMut(Letter), JsValue> {
    let channel = MessageChannel::new()?;
    let desk = Desk {
        engine: Engine::default(),
        outbox,
        waiting: VecDeque::new(),
        begun: None,
        awaited: false,
        turns: channel.port2(),
    };
    let desk = Rc::new(RefCell::new(desk));
    let turning = Rc::clone(&desk);
    let turn = Closure::<dyn FnMut()>::new(move || {
        let desk = Rc::clone(&turning);
        // As a task: what is thrown in one is told by `boot.js` in every browser, what a port's listener throws is not.
        spawn_local(async move { take_turn(&desk) });
    });
    // The listener lives as long as the worker: JavaScript owns it.
    channel.port1().set_onmessage(Some(turn.into_js_value().unchecked_ref()));
    Ok(move |letter| {
        let awaited = {
            let mut desk = desk.borrow_mut();
            desk.receive(letter);
            desk.awaited
        };
        if !awaited {
            take_turn(&desk);
        }
    })
}

/// Deals with what waits, for a while.
fn take_turn(desk: &Rc<RefCell<Desk>>) {
    let mut this = desk.borrow_mut();
    // A port of this worker's own takes whatever is posted.
    this.awaited = this.work() && this.turns.post_message(&JsValue::NULL).is_ok();
}

impl Desk {
    fn receive(&mut self, letter: Letter) {
        match decode(&letter.control) {
            Ok(ToEngine::Forget { ticket: gone }) => {
                let asked = |m: &ToEngine| matches!(m, ToEngine::Ask { ticket, .. } if *ticket == gone);
                self.waiting.retain(|one| !asked(&one.message));
                if self.begun == Some(gone) {
                    self.begun = None;
                    self.outbox.post(&FromEngine::Dropped { ticket: gone }, None);
                }
            }
            Ok(message) => {
                self.waiting.push_back(Waiting { message, payload: letter.payload, done: 0 });
            }
            Err(bad) => self.outbox.not_understood(&bad),
        }
    }

    /// Works for a while; `false` where nothing was done that could be in anyone's way.
    fn work(&mut self) -> bool {
        let began = Date::now();
        let mut off = false;
        while let Some(at) = next(self.waiting.iter().map(|one| &one.message)) {
            off = self.deal_with(at) || (Date::now() - began).abs() > TURN_MS;
            if off {
                break;
            }
        }
        off
    }

    /// Does a piece of it, or all. `true` where it was, or is, in the way of others.
    fn deal_with(&mut self, at: usize) -> bool {
        let began = Date::now();
        loop {
            let Some(one) = self.waiting.get_mut(at) else { return false };
            let more = match &one.message {
                ToEngine::Ask { ticket, query } => {
                    if self.begun.replace(*ticket) != Some(*ticket) {
                        self.outbox.post(&FromEngine::Began { ticket: *ticket }, None);
                        #[cfg(feature = "provoke-failures")]
                        super::provoke::question();
                    }
                    self.engine.prepare(query, one.done)
                }
                ToEngine::MakeReady => self.engine.make_ready(one.done),
                _ => false,
            };
            if !more {
                break;
            }
            one.done += 1;
            if (Date::now() - began).abs() > TURN_MS {
                return true;
            }
        }
        let Some(Waiting { message, payload, .. }) = self.waiting.remove(at) else { return false };
        let asked = matches!(message, ToEngine::Ask { .. });
        if asked {
            self.begun = None;
        }
        if matches!(message, ToEngine::MakeReady) {
            return true;
        }
        let Some(reply) = self.engine.handle(message, bytes(payload)) else { return false };
        self.outbox.post(&reply, None);
        let kept = matches!(reply, FromEngine::Answer { answer: Answer::SideKept(Ok(_)), .. });
        if let Some(side) = self.engine.side().filter(|_| kept) {
            self.outbox.post(&FromEngine::Side(side), None);
        }
        asked
    }
}
