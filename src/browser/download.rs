//! Saving a document that was made in the page.

use super::error::words;
use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag};

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

/// Saves what the browser holds under this file name. `given_up.js` has the only link that can be made.
pub(super) fn save_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let save: Function = Reflect::get(&js_sys::global(), &"azflowSave".into())?.dyn_into()?;
    save.call2(&JsValue::NULL, blob, &name.into()).map(drop)
}
