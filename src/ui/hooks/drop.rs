//! The whole window as one drop zone.

use crate::ui::browser::window;
use gloo_events::{EventListener, EventListenerOptions};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{DataTransfer, DragEvent};
use yew::prelude::*;

/// Calls back with every drop of files; says whether files hover over the window. Something else that
/// is dragged (a selected text) is left alone.
#[hook]
pub fn use_drop(on_drop: Callback<DataTransfer>) -> bool {
    let over = use_state_eq(|| false);
    let setter = over.setter();
    use_effect_with(on_drop, move |on_drop| {
        // Entering a child leaves its parent: only the balance tells whether the window was left.
        let depth = Rc::new(Cell::new(0i32));
        let mut listeners = Vec::new();
        if let Some(window) = window() {
            for name in ["dragenter", "dragover", "dragleave", "drop"] {
                let (depth, setter, on_drop) = (Rc::clone(&depth), setter.clone(), on_drop.clone());
                let options = EventListenerOptions::enable_prevent_default();
                listeners.push(EventListener::new_with_options(&window, name, options, move |event| {
                    let Some(files) = event.dyn_ref::<DragEvent>().and_then(dragged_files) else { return };
                    event.prevent_default();
                    match name {
                        "dragenter" => depth.set(depth.get() + 1),
                        "dragleave" => depth.set((depth.get() - 1).max(0)),
                        "drop" => {
                            depth.set(0);
                            on_drop.emit(files);
                        }
                        _ => {}
                    }
                    setter.set(depth.get() > 0);
                }));
            }
        }
        move || drop(listeners)
    });
    *over
}

fn dragged_files(event: &DragEvent) -> Option<DataTransfer> {
    let transfer = event.data_transfer()?;
    let has_files = transfer.types().iter().any(|t| t.as_string().as_deref() == Some("Files"));
    has_files.then_some(transfer)
}
