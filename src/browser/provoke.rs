//! Failures on demand, so that tests can read what the page says of each. Not part of a release: see the feature
//! `provoke-failures`.
//!
//! A worker fails by a message that is a bare text, `azflow-provoke:KIND`; the window by an event `azflow-provoke` whose
//! detail is the kind.

use gloo_events::EventListener;
use js_sys::Reflect;
use std::cell::Cell;
use std::hint::black_box;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{CustomEvent, DedicatedWorkerGlobalScope};

/// What the message begins with, and the event's name.
const WORD: &str = "azflow-provoke";
/// How long a worker is busy that was asked to be: a test that waited for the end would be seen to.
const BUSY_MS: f64 = 100_000.0;
/// Long enough for a few presses.
const WHILE_MS: f64 = 2_500.0;

thread_local! {
    /// The next question takes long.
    static AT_QUESTION: Cell<bool> = const { Cell::new(false) };
}

/// Fails if this message asks for it.
pub(super) fn message(data: &JsValue) {
    let text = data.as_string().unwrap_or_default();
    if let Some(kind) = text.strip_prefix(WORD) {
        fail(kind.trim_start_matches(':'));
    }
}

/// From now on the window fails when an event asks for it.
pub fn listen() {
    let Some(window) = web_sys::window() else { return };
    EventListener::new(&window, WORD, |event| {
        let detail = event.dyn_ref::<CustomEvent>().map(CustomEvent::detail);
        fail(&detail.and_then(|kind| kind.as_string()).unwrap_or_default());
    })
    .forget();
}

fn fail(kind: &str) {
    match kind {
        "panic" => panic_now(),
        "panic-in-a-task" => spawn_local(async { panic_now() }),
        "out-of-memory" => hoard(),
        "close" => close(),
        "silent" => fall_silent(),
        "busy" => compute(BUSY_MS),
        "busy-for-a-while" => compute(WHILE_MS),
        "busy-at-the-next-question" => AT_QUESTION.set(true),
        "stack-overflow" => drop(black_box(deep(0))),
        _ => {
            if let Some(ms) = kind.strip_prefix("busy-for-").and_then(|ms| ms.parse().ok()) {
                compute(ms);
            }
        }
    }
}

#[expect(clippy::panic, reason = "it is what the tests ask for")]
fn panic_now() {
    panic!("a panic that a test asked for");
}

/// Ends this worker without a word, as a browser does that is short of memory.
fn close() {
    if let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        scope.close();
    }
}

/// From now on nobody hears of this worker, which goes on and lives.
fn fall_silent() {
    let unheard = Closure::<dyn Fn()>::new(|| ()).into_js_value();
    Reflect::set(&js_sys::global(), &"postMessage".into(), &unheard).ok();
}

fn compute(ms: f64) {
    let end = js_sys::Date::now() + ms;
    while black_box(js_sys::Date::now()) < end {}
}

/// Computes for long if this question was chosen for it.
pub(super) fn question() {
    if AT_QUESTION.replace(false) {
        compute(BUSY_MS);
    }
}

/// Takes all memory that a module may have. None of it is touched, so the machine hardly notices.
fn hoard() {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    loop {
        kept.push(black_box(Vec::with_capacity(64 << 20)));
    }
}

fn deep(depth: u64) -> u64 {
    let below = if black_box(depth) == u64::MAX { 0 } else { deep(depth + 1) };
    black_box(below) + 1
}
