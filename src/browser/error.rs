//! What a browser throws, in words.

use wasm_bindgen::{JsCast, JsValue};

/// The text of a thrown value: an error's name and message, or whatever it is.
pub(super) fn words(thrown: &JsValue) -> String {
    if let Some(error) = thrown.dyn_ref::<js_sys::Error>() {
        return format!("{}: {}", String::from(error.name()), String::from(error.message()));
    }
    if let Some(error) = thrown.dyn_ref::<web_sys::DomException>() {
        return format!("{}: {}", error.name(), error.message());
    }
    thrown.as_string().unwrap_or_else(|| format!("{thrown:?}"))
}

/// A crash as people should read it: wasm's own word for a lack of memory says nothing.
pub(super) fn crash(text: &str) -> String {
    if text.contains("unreachable") || text.contains("out of memory") || text.contains("allocation") {
        format!("it stopped, most likely for lack of memory ({text})")
    } else {
        text.to_owned()
    }
}
