//! The width of an element, as it changes.

use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// Width in CSS pixels of the element behind `node`; 0 until it is known.
#[hook]
pub fn use_width(node: &NodeRef) -> f64 {
    let width = use_state_eq(|| 0.0);
    let setter = width.setter();
    use_effect_with(node.clone(), move |node| {
        let observed = node.cast::<Element>().and_then(|element| {
            setter.set(f64::from(element.client_width()));
            let seen = element.clone();
            let callback = Closure::<dyn FnMut()>::new(move || setter.set(f64::from(seen.client_width())));
            let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
            observer.observe(&element);
            Some((observer, callback))
        });
        move || {
            if let Some((observer, callback)) = observed {
                observer.disconnect();
                drop(callback);
            }
        }
    });
    *width
}
