//! What the browser's window is like: theme, pixel ratio, size.

use crate::ui::browser::window;
use crate::ui::state::Theme;
use gloo_events::EventListener;
use web_sys::MediaQueryList;
use yew::prelude::*;

/// What drawings depend on besides their data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platform {
    /// Whether what is shown is dark.
    pub dark: bool,
    /// Device pixels in a CSS pixel.
    pub ratio: f64,
    /// Height of the window in CSS pixels.
    pub height: f64,
}

impl Platform {
    fn read() -> Self {
        let window = window();
        let root = window.as_ref().and_then(|w| w.document()?.document_element());
        Self {
            dark: match root.and_then(|root| root.get_attribute(THEME)) {
                Some(theme) => theme == "dark",
                None => query("(prefers-color-scheme: dark)").is_some_and(|q| q.matches()),
            },
            ratio: window.as_ref().map_or(1.0, |w| w.device_pixel_ratio()).clamp(0.5, 4.0),
            height: window.and_then(|w| w.inner_height().ok()?.as_f64()).unwrap_or(800.0),
        }
    }
}

fn query(text: &str) -> Option<MediaQueryList> {
    window()?.match_media(text).ok()?
}

/// The root's attribute that says which theme was chosen; without it the system's counts.
const THEME: &str = "data-theme";

/// The window as it is in this theme, and a new rendering when that changes.
#[hook]
pub fn use_platform(theme: Theme) -> Platform {
    let platform = use_state_eq(Platform::read);
    let setter = platform.setter();
    use_effect_with(theme, {
        let setter = setter.clone();
        move |theme| {
            let root = window().and_then(|w| w.document()?.document_element());
            if let Some(root) = root {
                // Fails only for a name that no attribute can have.
                let _ = match theme {
                    Theme::System => root.remove_attribute(THEME),
                    Theme::Light => root.set_attribute(THEME, "light"),
                    Theme::Dark => root.set_attribute(THEME, "dark"),
                };
            }
            setter.set(Platform::read());
        }
    });
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
