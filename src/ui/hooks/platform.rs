//! What the browser's window is like: theme, pixel ratio, size.

use crate::ui::browser::window;
use gloo::events::EventListener;
use web_sys::MediaQueryList;
use yew::prelude::*;

/// What drawings depend on besides their data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platform {
    /// Whether the user prefers dark.
    pub dark: bool,
    /// Device pixels in a CSS pixel.
    pub ratio: f64,
    /// Height of the window in CSS pixels.
    pub height: f64,
}

impl Platform {
    fn read() -> Self {
        let window = window();
        Self {
            dark: query("(prefers-color-scheme: dark)").is_some_and(|q| q.matches()),
            ratio: window.as_ref().map_or(1.0, |w| w.device_pixel_ratio()).clamp(0.5, 4.0),
            height: window.and_then(|w| w.inner_height().ok()?.as_f64()).unwrap_or(800.0),
        }
    }
}

fn query(text: &str) -> Option<MediaQueryList> {
    window()?.match_media(text).ok()?
}

/// The window as it is, and a new rendering when that changes.
#[hook]
pub fn use_platform() -> Platform {
    let platform = use_state_eq(Platform::read);
    let setter = platform.setter();
    use_effect_with((), move |()| {
        let update = move |_: &Event| setter.set(Platform::read());
        let mut listeners = Vec::new();
        for text in ["(prefers-color-scheme: dark)", "(forced-colors: active)"] {
            if let Some(query) = query(text) {
                listeners.push(EventListener::new(&query, "change", update.clone()));
            }
        }
        if let Some(window) = window() {
            listeners.push(EventListener::new(&window, "resize", update));
        }
        move || drop(listeners)
    });
    *platform
}
