//! The way one came: the browser's Back and Forward, undo and redo, and the page's address.
//!
//! The page keeps every place of its life in memory, the browser's history only their numbers: names out of the
//! logs stay here.

use crate::ui::browser::window;
use crate::ui::place::{Hash, Place, decode, encode};
use crate::ui::state::{Choice, Choices, ChoicesHandle};
use gloo_events::EventListener;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use yew::prelude::*;

/// Places kept; the browser's own history keeps fifty.
const MOST: usize = 200;

/// The buttons of undo and redo.
#[derive(Clone, PartialEq)]
pub struct Trail {
    /// Whether there is a place before this one.
    pub back: bool,
    /// Whether there is one behind it.
    pub forward: bool,
    /// Goes so many places.
    pub go: Callback<i32>,
}

#[derive(Debug, Default)]
struct Places {
    list: Vec<Place>,
    at: usize,
    /// How many places before the list's first were forgotten.
    gone: usize,
    /// Tells entries of this page's life from those before it was loaded again.
    life: String,
    /// The browser refused: then only the memory counts.
    refused: bool,
}

impl Places {
    /// The number of the place as the browser keeps it.
    fn number(&self) -> JsValue {
        JsValue::from_str(&format!("{}:{}", self.life, self.gone + self.at))
    }

    fn known(&self, state: &JsValue) -> Option<usize> {
        let text = state.as_string()?;
        let number: usize = text.strip_prefix(&self.life)?.strip_prefix(':')?.parse().ok()?;
        number.checked_sub(self.gone).filter(|number| *number < self.list.len())
    }
}

/// The address's part behind the `#`.
fn hash() -> String {
    window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
}

/// What is chosen when the page opens: as before, and what its address says.
pub fn choices_at_start(before: Choices) -> Choices {
    match decode(&hash()) {
        Hash::Place(place) => (*Rc::new(before).reduce(Choice::Restore(place))).clone(),
        Hash::Unknown => Choices { unknown_place: true, ..before },
        Hash::Empty => before,
    }
}

/// Keeps the browser's history and the choices alike.
#[hook]
pub fn use_trail(choices: &ChoicesHandle) -> Trail {
    let places = use_mut_ref(|| Places { life: js_sys::Date::now().to_string(), ..Places::default() });
    let ends = use_state_eq(|| (false, false));
    use_effect_with((), {
        let (places, dispatcher, ends) = (Rc::clone(&places), choices.dispatcher(), ends.setter());
        move |()| {
            let listener = window().map(|window| {
                EventListener::new(&window, "popstate", move |event| {
                    let state = event.dyn_ref::<web_sys::PopStateEvent>().map(web_sys::PopStateEvent::state);
                    let (choice, now) = came(&places, &state.unwrap_or(JsValue::NULL));
                    ends.set(now);
                    dispatcher.dispatch(choice);
                })
            });
            move || drop(listener)
        }
    });
    use_effect_with(choices.place(), {
        let (places, ends) = (Rc::clone(&places), ends.setter());
        move |place| ends.set(went(&mut places.borrow_mut(), place))
    });
    let go = {
        let (dispatcher, ends) = (choices.dispatcher(), ends.setter());
        use_callback((), move |steps: i32, ()| {
            let mut places = places.borrow_mut();
            let Some(at) = places.at.checked_add_signed(steps as isize).filter(|at| *at < places.list.len())
            else {
                return;
            };
            let history = window().and_then(|window| window.history().ok());
            if !places.refused && history.is_some_and(|history| history.go_with_delta(steps).is_ok()) {
                return;
            }
            places.at = at;
            ends.set((at > 0, at + 1 < places.list.len()));
            if let Some(place) = places.list.get(at) {
                dispatcher.dispatch(Choice::Restore(place.clone()));
            }
        })
    };
    Trail { back: ends.0, forward: ends.1, go }
}

/// The browser is at an entry of its history: what to choose, and where that is.
fn came(places: &RefCell<Places>, state: &JsValue) -> (Choice, (bool, bool)) {
    let mut places = places.borrow_mut();
    if let Some(number) = places.known(state) {
        places.at = number;
        let now = (number > 0, number + 1 < places.list.len());
        return (Choice::Restore(places.list.get(number).cloned().unwrap_or_default()), now);
    }
    // From before the page was loaded again, or typed by hand.
    match decode(&hash()) {
        Hash::Unknown => (Choice::UnknownPlace, (places.at > 0, places.at + 1 < places.list.len())),
        found => {
            let place = if let Hash::Place(place) = found { place } else { Place::default() };
            places.gone += places.list.len();
            (places.list, places.at) = (vec![place.clone()], 0);
            if let Some(history) = window().and_then(|window| window.history().ok()) {
                // Without a number the entry is read again when the browser comes back to it.
                let _ = history.replace_state_with_url(&places.number(), "", None);
            }
            (Choice::Restore(place), (false, false))
        }
    }
}

/// The choices lead to a place: a new one gets an entry of its own. Whether there are places before and behind.
fn went(places: &mut Places, place: &Place) -> (bool, bool) {
    let last = places.list.get(places.at);
    if last != Some(place) {
        // Cells of another size are the same place, and the address at the beginning is its own.
        let stays = last.is_none_or(|last| Place { zoom: place.zoom, ..last.clone() } == *place);
        let address = last.map(|_| encode(place));
        let at = places.at;
        if let Some(here) = places.list.get_mut(at).filter(|_| stays) {
            here.zoom = place.zoom;
        } else {
            places.list.truncate(at + 1);
            places.list.push(place.clone());
            if places.list.len() > MOST {
                // What is too old falls back to its text.
                places.list.remove(0);
                places.gone += 1;
            }
            places.at = places.list.len() - 1;
        }
        let number = places.number();
        let done = window().and_then(|window| window.history().ok()).map(|history| {
            let address = address.as_deref();
            if stays {
                history.replace_state_with_url(&number, "", address)
            } else {
                history.push_state_with_url(&number, "", address)
            }
        });
        places.refused = !matches!(done, Some(Ok(())));
    }
    (places.at > 0, places.at + 1 < places.list.len())
}
