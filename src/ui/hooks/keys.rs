//! Keys that work everywhere on the page.

use super::trail::Trail;
use crate::ui::browser::window;
use crate::ui::state::{Choice, ChoicesHandle, Screen};
use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::prelude::*;

/// `/` looks for something, `?` asks for the list of keys, unless single keys are off; Ctrl+Z and Ctrl+Shift+Z go
/// back and forth, through what was said of services where that is said. What is typed into a field is left alone.
#[hook]
pub fn use_keys(choices: &ChoicesHandle, trail: &Trail) {
    let help = choices.dispatcher();
    // Marks are undone where they are made, once one was.
    let marks = choices.screen == Screen::Review && !choices.said.is_empty();
    use_effect_with((choices.keys_off, marks, trail.clone()), |(off, marks, trail)| {
        let (off, marks, trail) = (*off, *marks, trail.clone());
        let listener = window().map(|window| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&window, "keydown", options, move |event| {
                let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
                let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
                let types = |element: &Element| {
                    element.matches("textarea, select, dialog *, input:not([type=checkbox], [type=radio])")
                };
                if target.as_ref().is_some_and(|element| types(element).unwrap_or(false)) {
                    return;
                }
                let control = key.ctrl_key() || key.meta_key();
                let is_filter = |element: &Element| element.closest(".filter").ok().flatten().is_some();
                let marks = marks && !target.as_ref().is_some_and(is_filter);
                let go = |back: bool| match marks {
                    true => help.dispatch(Choice::Unmark(back)),
                    false => trail.go.emit(if back { -1 } else { 1 }),
                };
                match key.key().as_str() {
                    "z" | "Z" if control => go(!key.shift_key()),
                    "y" | "Y" if control => go(false),
                    "/" if !off && !control && !key.alt_key() => focus("[data-testid=filter-input]"),
                    "?" if !off && !control && !key.alt_key() => help.dispatch(Choice::Keys(true)),
                    _ => return,
                }
                event.prevent_default();
            })
        });
        move || drop(listener)
    });
}

fn focus(selector: &str) {
    let document = window().and_then(|window| window.document());
    let found = document.and_then(|d| d.query_selector(selector).ok().flatten());
    if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        // Nothing to do where it cannot be focused.
        let _ = element.focus();
    }
}

/// Once, when what calls this appears: where the focus went away with what had it, it goes to what the selector
/// finds, so that whoever uses the keyboard goes on there and not at an arbitrary place.
#[hook]
pub fn use_lost_focus(selector: &'static str) {
    use_effect_with((), move |()| {
        let nowhere = || {
            let document = window().and_then(|window| window.document());
            document.is_some_and(|d| d.active_element().is_none_or(|at| at.tag_name() == "BODY"))
        };
        // What goes away is still there now. Where nothing has the focus, nobody misses it.
        let had = !nowhere();
        let later = Timeout::new(0, move || {
            if had && nowhere() {
                focus(selector);
            }
        });
        move || drop(later)
    });
}
