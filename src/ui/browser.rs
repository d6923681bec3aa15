//! The few browser calls that drawing and measuring need, each once.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, Performance, Window};
use yew::NodeRef;

/// The window.
pub fn window() -> Option<Window> {
    web_sys::window()
}

/// Which azflow this is: the version, and the source as the page itself says it.
pub fn build() -> String {
    let document = window().and_then(|window| window.document());
    let source = document.and_then(|d| d.query_selector("meta[name=azflow-source]").ok().flatten());
    let source = source.and_then(|source| source.get_attribute("content"));
    let version = env!("CARGO_PKG_VERSION");
    source.map_or_else(|| version.to_owned(), |source| format!("{version}, {source}"))
}

/// A file's text; nothing where it can't be read.
pub async fn text_of(blob: &Blob) -> Option<String> {
    JsFuture::from(blob.text()).await.ok()?.as_string()
}

fn performance() -> Option<Performance> {
    window()?.performance()
}

/// Milliseconds since the page began.
pub fn now() -> f64 {
    performance().map_or(0.0, |p| p.now())
}

/// Whole hours since 1970 on the machine's clock.
pub fn unix_hours() -> Option<u32> {
    let hours = js_sys::Date::now() / 3_600_000.0;
    (hours.is_finite() && hours >= 0.0).then_some(hours as u32)
}

/// Notes the beginning of something to be measured; the last mark of a name counts.
pub fn mark(name: &str) {
    if let Some(performance) = performance() {
        performance.clear_marks_with_mark_name(name);
        // A mark only fails for names that the browser reserves.
        let _ = performance.mark(name);
    }
}

/// Measures from a mark to now and removes the mark; nothing where the mark is missing.
pub fn measure(name: &str, from: &str) {
    let Some(performance) = performance() else { return };
    if performance.get_entries_by_name(from).length() > 0 {
        let _ = performance.measure_with_start_mark(name, from);
        performance.clear_marks_with_mark_name(from);
    }
}

/// Sets a property of an element's own style, which the page's policy allows where it forbids the
/// `style` attribute.
pub fn set_style(node: &NodeRef, property: &str, value: &str) {
    if let Some(element) = node.cast::<HtmlElement>() {
        // Fails only for a property that does not exist.
        let _ = element.style().set_property(property, value);
    }
}

/// The 2D context of a canvas.
pub fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// Gives a canvas a size in CSS pixels and a bitmap to match, and clears it. Drawing is in CSS pixels.
pub fn prepare(canvas: &HtmlCanvasElement, size: (f64, f64), ratio: f64) -> Option<CanvasRenderingContext2d> {
    let bitmap = ((size.0 * ratio).round() as u32, (size.1 * ratio).round() as u32);
    if (canvas.width(), canvas.height()) != bitmap {
        canvas.set_width(bitmap.0);
        canvas.set_height(bitmap.1);
        let style = canvas.style();
        let _ = style.set_property("width", &format!("{}px", size.0));
        let _ = style.set_property("height", &format!("{}px", size.1));
    }
    let context = context(canvas)?;
    context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0).ok()?;
    context.clear_rect(0.0, 0.0, size.0, size.1);
    Some(context)
}

/// The value of a custom property on the document's root: the tokens of `styles/tokens.css`.
pub fn token(name: &str) -> String {
    let value = || {
        let window = window()?;
        let root = window.document()?.document_element()?;
        window.get_computed_style(&root).ok()??.get_property_value(name).ok()
    };
    value().unwrap_or_default().trim().to_owned()
}
