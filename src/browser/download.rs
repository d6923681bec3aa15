//! Saving a document that was made in the page.

use super::error::words;
use gloo_timers::future::sleep;
use js_sys::{Array, Uint8Array};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// The browser may begin to read after the click; this is ample.
const KEEP: Duration = Duration::from_secs(60);

/// Saves bytes (text as UTF-8) under this file name, as this media type.
///
/// # Errors
/// With the browser's words when it refuses.
pub fn save(name: &str, media_type: &str, bytes: &[u8]) -> Result<(), String> {
    let mut parts = Parts::default();
    parts.push(bytes);
    parts.save(name, media_type)
}

/// A document that is made piece by piece.
#[derive(Debug, Default)]
pub struct Parts(Array);

impl Parts {
    /// Adds a piece.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.push(&Uint8Array::from(bytes));
    }

    /// Saves all pieces as one file.
    ///
    /// # Errors
    /// With the browser's words when it refuses.
    pub fn save(&self, name: &str, media_type: &str) -> Result<(), String> {
        try_save(name, media_type, &self.0).map_err(|e| words(&e))
    }
}

fn try_save(name: &str, media_type: &str, parts: &Array) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    save_blob(name, &Blob::new_with_u8_array_sequence_and_options(parts, &options)?)
}

/// Saves what the browser holds under this file name.
pub(super) fn save_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let document = web_sys::window().and_then(|w| w.document()).ok_or("there is no page")?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    spawn_local(async move {
        sleep(KEEP).await;
        // A URL that is already gone needs no revoking.
        let _ = Url::revoke_object_url(&url);
    });
    Ok(())
}
