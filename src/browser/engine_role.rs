//! The engine worker: hands messages to the [`Engine`] and sends its answers.
//!
//! Messages are dealt with in their order, but a question goes before tables that wait and before what is made ready, and one that nobody waits for any
//! more is dropped. Both are seen only when what was sent meanwhile can be delivered: so after each question, and between
//! the pieces of a long one, the worker takes a turn off.

use super::worker_scope::{Letter, Outbox, bytes};
use azflow_engine::session::{Answer, Engine, FromEngine, ToEngine, decode};
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
    waiting: VecDeque<(ToEngine, Option<ArrayBuffer>)>,
    /// The question that was begun.
    begun: Option<u32>,
    /// How many pieces of what is dealt with are done.
    pieces: usize,
    /// A turn will come.
    awaited: bool,
    /// What is posted here comes back as the next turn, behind what was sent before. A timer would do the same, but browsers
    /// make one that follows others wait for 4 ms.
    turns: MessagePort,
}

/// Takes every message of the page.
pub(super) fn inbox(outbox: Outbox) -> Result<impl FnMut(Letter), JsValue> {
    let channel = MessageChannel::new()?;
    let desk = Desk {
        engine: Engine::default(),
        outbox,
        waiting: VecDeque::new(),
        begun: None,
        pieces: 0,
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
                self.waiting.retain(|(m, _)| !matches!(m, ToEngine::Ask { ticket, .. } if *ticket == gone));
                if self.begun == Some(gone) {
                    (self.begun, self.pieces) = (None, 0);
                    self.outbox.post(&FromEngine::Dropped { ticket: gone }, None);
                }
            }
            Ok(message) => self.waiting.push_back((message, letter.payload)),
            Err(bad) => self.outbox.not_understood(&bad),
        }
    }

    /// Works for a while; `false` where nothing was done that could be in anyone's way.
    fn work(&mut self) -> bool {
        let began = Date::now();
        let mut off = false;
        while let Some(at) = self.next() {
            off = self.deal_with(at) || (Date::now() - began).abs() > TURN_MS;
            if off {
                break;
            }
        }
        off
    }

    /// The place of what is dealt with next: the first question that only tables and what may be made ready stand before,
    /// or whatever is first.
    fn next(&self) -> Option<usize> {
        let later =
            |m: &ToEngine| matches!(m, ToEngine::Part { .. } | ToEngine::Whole { .. } | ToEngine::MakeReady);
        let first = self.waiting.iter().position(|(message, _)| !later(message));
        let question = first.filter(|at| matches!(self.waiting.get(*at), Some((ToEngine::Ask { .. }, _))));
        question.or((!self.waiting.is_empty()).then_some(0))
    }

    /// Does a piece of it, or all. `true` where it was, or is, in the way of others.
    fn deal_with(&mut self, at: usize) -> bool {
        let began = Date::now();
        loop {
            let more = match self.waiting.get(at) {
                Some((ToEngine::Ask { ticket, query }, _)) => {
                    if self.begun.replace(*ticket) != Some(*ticket) {
                        self.pieces = 0;
                        self.outbox.post(&FromEngine::Began { ticket: *ticket }, None);
                        #[cfg(feature = "provoke-failures")]
                        super::provoke::question();
                    }
                    self.engine.prepare(query, self.pieces)
                }
                Some((ToEngine::MakeReady, _)) => self.engine.make_ready(self.pieces),
                _ => false,
            };
            if !more {
                break;
            }
            self.pieces += 1;
            if (Date::now() - began).abs() > TURN_MS {
                return true;
            }
        }
        let Some((message, payload)) = self.waiting.remove(at) else { return false };
        let asked = matches!(message, ToEngine::Ask { .. });
        if asked || matches!(message, ToEngine::MakeReady) {
            (self.begun, self.pieces) = (None, 0);
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
