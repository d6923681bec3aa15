//! What a browser throws, in words and by its kind.

use azflow_engine::session::Failure;
use js_sys::{Function, Object, Reflect};
use std::panic::PanicHookInfo;
use wasm_bindgen::{JsCast, JsValue};

/// The text of a thrown value: an error's name and message, or whatever it is.
pub(super) fn words(thrown: &JsValue) -> String {
    if let Some(error) = thrown.dyn_ref::<js_sys::Error>() {
        return format!("{}: {}", String::from(error.name()), String::from(error.message()));
    }
    thrown.as_string().unwrap_or_else(|| format!("{thrown:?}"))
}

/// What a thrown value means.
///
/// `boot.js` tells the kinds apart, since it must where this module runs no more.
pub(super) fn failure(thrown: &JsValue) -> Failure {
    call("azflowFailure", thrown)
        .and_then(|told| told_failure(&told))
        .unwrap_or_else(|| Failure::Thrown(words(thrown)))
}

/// The same for what was thrown while a file was read: what has no other kind is the file's.
pub(super) fn read_failure(thrown: &JsValue) -> Failure {
    match failure(thrown) {
        Failure::Thrown(text) => Failure::Unreadable(text),
        known => known,
    }
}

/// Reads a failure as `boot.js` and [`panic_hook`] tell it.
pub(super) fn told_failure(told: &JsValue) -> Option<Failure> {
    let get = |key: &str| Reflect::get(told, &key.into()).ok();
    let text = |key: &str| get(key).and_then(|value| value.as_string());
    let says = text("text").unwrap_or_default();
    Some(match text("kind")?.as_str() {
        "panic" => Failure::Panic { message: says, place: text("place").unwrap_or_default() },
        "out-of-memory" => {
            Failure::OutOfMemory { memory: get("memory").and_then(|m| m.as_f64()).map(|bytes| bytes as u64) }
        }
        "stack-overflow" => Failure::StackOverflow(says),
        "unreadable" => Failure::Unreadable(says),
        _ => Failure::Thrown(says),
    })
}

/// Tells of a panic before it ends the module: in the window by its panel, in a worker by its last message.
pub fn panic_hook(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a panic without a message");
    let place = info.location().map(|location| Failure::place(location.file(), location.line()));
    let told = Object::new();
    for (key, value) in [("kind", "panic"), ("text", message), ("place", &place.unwrap_or_default())] {
        // A fresh object takes every property.
        let _ = Reflect::set(&told, &key.into(), &value.into());
    }
    call("azflowFailed", &told);
}

/// Tells the page that this worker is of no more use, by what was thrown.
pub(super) fn give_up(thrown: &JsValue) {
    if let Some(told) = call("azflowFailure", thrown) {
        call("azflowFailed", &told);
    }
}

/// Calls a function of `boot.js`.
fn call(name: &str, argument: &JsValue) -> Option<JsValue> {
    let function: Function = Reflect::get(&js_sys::global(), &name.into()).ok()?.dyn_into().ok()?;
    function.call1(&JsValue::NULL, argument).ok()
}
