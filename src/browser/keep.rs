//! What the user asked to keep, in the browser's own store: one entry under a versioned name. A browser may
//! refuse (private windows, policies, no room): then nothing is kept, and the caller says so.

use super::error::words;
use azflow_engine::session::Kept;
use web_sys::Storage;

/// The entry. A later version that writes otherwise takes another name.
const KEY: &str = "azflow.kept.1";

fn store() -> Result<Storage, String> {
    let store = web_sys::window().map(|window| window.local_storage());
    match store {
        Some(Ok(Some(store))) => Ok(store),
        Some(Err(thrown)) => Err(words(&thrown)),
        _ => Err("this browser keeps nothing for this page".to_owned()),
    }
}

/// What is kept; nothing where the browser has none of it or refuses.
pub fn kept() -> Kept {
    let text = store().ok().and_then(|store| store.get_item(KEY).ok().flatten());
    text.map(|text| Kept::from_text(&text)).unwrap_or_default()
}

/// Keeps this and nothing else.
///
/// # Errors
/// With the browser's words when it refuses.
pub fn keep(kept: &Kept) -> Result<(), String> {
    if kept.is_empty() {
        let Ok(store) = store() else { return Ok(()) };
        return store.remove_item(KEY).map_err(|thrown| words(&thrown));
    }
    store()?.set_item(KEY, &kept.to_text()).map_err(|thrown| words(&thrown))
}
