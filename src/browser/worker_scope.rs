//! A worker's own end: its role, its inbox, its outbox, and its last words.

use super::error::{give_up, panic_hook};
use super::worker::envelope;
use super::{engine_role, scan_role};
use azflow_engine::session::{BadMessage, Role, decode, encode};
use js_sys::{Array, ArrayBuffer, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

/// A message from the page: its control part and what came beside it.
pub(super) struct Letter {
    pub(super) control: Vec<u8>,
    pub(super) payload: Option<ArrayBuffer>,
    pub(super) files: Vec<File>,
}

/// The bytes of what came beside a message.
pub(super) fn bytes(payload: Option<ArrayBuffer>) -> Option<Vec<u8>> {
    payload.map(|buffer| Uint8Array::new(&buffer).to_vec())
}

/// Does what the page told this worker to do at its start, until the page ends it.
///
/// # Errors
/// When this is not a worker of azflow's page; the words reach the page as its error event.
pub fn run_worker() -> Result<(), JsValue> {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().dyn_into()?;
    std::panic::set_hook(Box::new(panic_hook));
    let boot = Reflect::get(&scope, &"azflowBoot".into())?;
    let role: Uint8Array = Reflect::get(&boot, &"role".into())?.dyn_into()?;
    let role: Role = decode(&role.to_vec()).map_err(|e| JsValue::from(e.to_string()))?;
    let outbox = Outbox(scope.clone());
    let mut inbox: Box<dyn FnMut(Letter)> = match role {
        Role::Scan => Box::new(scan_role::inbox(outbox)),
        Role::Engine => Box::new(engine_role::inbox(outbox)?),
    };
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        #[cfg(feature = "provoke-failures")]
        super::provoke::message(&event.data());
        if let Some(letter) = open(&event.data()) {
            inbox(letter);
        }
    });
    // The listener lives as long as the worker: JavaScript owns it.
    scope.set_onmessage(Some(listener.into_js_value().unchecked_ref()));
    Ok(())
}

fn open(data: &JsValue) -> Option<Letter> {
    let parts = data.dyn_ref::<Array>()?;
    let control = parts.get(0).dyn_into::<Uint8Array>().ok()?.to_vec();
    let payload = parts.get(1).dyn_into().ok();
    let files = parts
        .get(2)
        .dyn_into::<Array>()
        .map(|files| files.iter().filter_map(|f| f.dyn_into().ok()).collect());
    Some(Letter { control, payload, files: files.unwrap_or_default() })
}

/// The way back to the page.
#[derive(Debug, Clone)]
pub(super) struct Outbox(DedicatedWorkerGlobalScope);

impl Outbox {
    /// Sends a message with the bytes that go beside it.
    pub(super) fn post<T: Serialize>(&self, message: &T, payload: Option<&[u8]>) {
        let payload = payload.map(|bytes| JsValue::from(Uint8Array::from(bytes).buffer()));
        let (message, transfer) = envelope(&encode(message), payload.as_ref(), None);
        if let Err(reason) = self.0.post_message_with_transfer(&message, &transfer) {
            give_up(&reason);
        }
    }

    /// Tells the page that a message of its own made no sense here, so that this worker is of no more use.
    #[expect(clippy::unused_self, reason = "the way back is the worker's own")]
    pub(super) fn not_understood(&self, why: &BadMessage) {
        give_up(&why.to_string().into());
    }
}
