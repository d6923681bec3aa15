//! Saving a picture as PNG: the browser draws the SVG, a canvas gives the bytes.

use super::download::save_blob;
use super::error::words;
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement};

/// No browser's canvas may be longer on a side than this.
const LONGEST: f64 = 16_384.0;
/// Nor have more pixels than this in all of them.
const MOST: f64 = 268_000_000.0;

/// Saves an SVG document as a PNG, so many times as large, or as large as a canvas may be.
///
/// # Errors
/// With the browser's words when it refuses.
pub async fn save_png(name: &str, svg: &str, scale: f64) -> Result<(), String> {
    draw(name, svg, scale).await.map_err(|e| words(&e))
}

async fn draw(name: &str, svg: &str, scale: f64) -> Result<(), JsValue> {
    let image = HtmlImageElement::new()?;
    image.set_src(&format!("data:image/svg+xml,{}", String::from(js_sys::encode_uri_component(svg))));
    JsFuture::from(image.decode()).await?;
    let (width, height) = (f64::from(image.natural_width()), f64::from(image.natural_height()));
    let scale = scale.min(LONGEST / width.max(height)).min((MOST / (width * height)).sqrt());
    let document = web_sys::window().and_then(|w| w.document()).ok_or("there is no page")?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    canvas.set_width((width * scale) as u32);
    canvas.set_height((height * scale) as u32);
    let context: CanvasRenderingContext2d =
        canvas.get_context("2d")?.ok_or("there is no canvas")?.dyn_into()?;
    context.draw_image_with_html_image_element_and_dw_and_dh(
        &image,
        0.0,
        0.0,
        width * scale,
        height * scale,
    )?;
    let made = Promise::new(&mut |done: Function, failed: Function| {
        if canvas.to_blob(&done).is_err() {
            // A promise that was settled stays as it is.
            let _ = failed.call0(&JsValue::NULL);
        }
    });
    let blob: Blob =
        JsFuture::from(made).await?.dyn_into().map_err(|_| "the picture is too large for this browser")?;
    save_blob(name, &blob)
}
