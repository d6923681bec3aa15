//! The page's handle on one worker: start it, send to it, hear from it, end it.

use super::error::{failure, told_failure};
use azflow_engine::session::{Failure, Role, encode};
use gloo_events::EventListener;
use js_sys::{Array, ArrayBuffer, Function, Object, Reflect, Set, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, File, MessageEvent};

/// What a worker lets the page know.
#[derive(Debug)]
pub(super) enum Heard {
    /// A message: its control part and the buffer beside it.
    Message(Vec<u8>, Option<ArrayBuffer>),
    /// It crashed or never started; nothing more will come of it.
    Died(Failure),
}

/// A running worker; dropping the handle ends it at once.
#[derive(Debug)]
pub(super) struct Worker {
    worker: web_sys::Worker,
    _listeners: [EventListener; 3],
}

impl Worker {
    /// Starts a worker in this role. Messages may be sent at once.
    pub(super) fn spawn(role: Role, on_heard: impl Fn(Heard) + 'static) -> Result<Self, Failure> {
        Self::try_spawn(role, Rc::new(on_heard)).map_err(|e| failure(&e))
    }

    fn try_spawn(role: Role, on_heard: Rc<dyn Fn(Heard)>) -> Result<Self, JsValue> {
        let boot = Reflect::get(&js_sys::global(), &"azflowBoot".into())?;
        let source = Reflect::get(&boot, &"worker".into())?;
        let source = source.as_string().ok_or("the page was not started by its own script")?;
        let worker = web_sys::Worker::new(&source)?;
        let guard: Function = Reflect::get(&boot, &"guard".into())?.dyn_into()?;
        // Before anyone else listens: its own messages are for nobody else.
        let lock = guard.call1(&boot, &worker)?;
        let heard = Rc::clone(&on_heard);
        let on_message = EventListener::new(&worker, "message", move |event| {
            if let Some(event) = event.dyn_ref::<MessageEvent>() {
                heard(read(&event.data()));
            }
        });
        let heard = Rc::clone(&on_heard);
        let on_error = EventListener::new(&worker, "error", move |event| {
            // What the worker's script throws comes with words; a browser that ends or refuses a worker says none.
            let text = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
            heard(Heard::Died(if text.is_empty() { Failure::Killed } else { failure(&text.into()) }));
        });
        let on_garbled = EventListener::new(&worker, "messageerror", move |_| {
            on_heard(Heard::Died(Failure::Thrown("a message of the worker could not be read".to_owned())));
        });
        let first = Object::new();
        Reflect::set(&first, &"module".into(), &Reflect::get(&boot, &"module".into())?)?;
        Reflect::set(&first, &"lock".into(), &lock)?;
        Reflect::set(&first, &"role".into(), &Uint8Array::from(encode(&role).as_slice()))?;
        worker.post_message(&first)?;
        if let Some(workers) = running() {
            workers.add(&worker);
        }
        Ok(Self { worker, _listeners: [on_message, on_error, on_garbled] })
    }

    /// Sends a control message with what goes beside it; the buffer is gone afterwards.
    pub(super) fn post(
        &self,
        control: &[u8],
        payload: Option<&ArrayBuffer>,
        files: &[&File],
    ) -> Result<(), Failure> {
        let files = (!files.is_empty()).then(|| files.iter().collect::<Array>());
        let (message, transfer) =
            envelope(control, payload.map(AsRef::as_ref), files.as_ref().map(AsRef::as_ref));
        self.worker.post_message_with_transfer(&message, &transfer).map_err(|e| failure(&e))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.worker.terminate();
        if let Some(workers) = running() {
            workers.delete(&self.worker);
        }
    }
}

/// The workers that `boot.js` ends when the window has failed.
fn running() -> Option<Set> {
    let boot = Reflect::get(&js_sys::global(), &"azflowBoot".into()).ok()?;
    Reflect::get(&boot, &"workers".into()).ok()?.dyn_into().ok()
}

/// A message and the list of what it hands over.
pub(super) fn envelope(control: &[u8], payload: Option<&JsValue>, files: Option<&JsValue>) -> (Array, Array) {
    let control = Uint8Array::from(control);
    let transfer = Array::of1(&control.buffer());
    if let Some(payload) = payload {
        transfer.push(payload);
    }
    let none = JsValue::NULL;
    (Array::of3(&control, payload.unwrap_or(&none), files.unwrap_or(&none)), transfer)
}

fn read(data: &JsValue) -> Heard {
    let Some(parts) = data.dyn_ref::<Array>() else {
        let unknown = || Failure::Thrown("a message of the worker has no known form".to_owned());
        return Heard::Died(told_failure(data).unwrap_or_else(unknown));
    };
    match parts.get(0).dyn_into::<Uint8Array>() {
        Ok(control) => Heard::Message(control.to_vec(), parts.get(1).dyn_into().ok()),
        Err(_) => Heard::Died(Failure::Thrown("a message of the worker has no control part".to_owned())),
    }
}
