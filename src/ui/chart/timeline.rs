//! Allowed flows above a line, denied below it, bin by bin.
//!
//! Plotters draws the shapes. Words are drawn with the canvas's own text: plotters-canvas would
//! measure them with a styled element in the document, which the page's policy forbids.

use crate::ui::browser::prepare;
use crate::ui::format::{day, minute};
use crate::ui::grid::Palette;
use crate::ui::hooks::{Platform, use_soon, use_width};
use crate::ui::palette::palette;
use crate::ui::words::bins;
use azflow_engine::session;
use plotters::prelude::*;
use plotters_canvas::CanvasBackend;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};
use yew::prelude::*;

/// Room for the words below.
pub const BELOW: f64 = 18.0;

/// How a timeline is drawn, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The height of the drawing, words included.
    pub height: f64,
    /// Room for words above: they say the most in one bin.
    pub above: f64,
    /// Stretches between the times that are named below.
    pub ticks: usize,
}

/// Beside the details of a selection.
pub const SMALL: Look = Look { height: 96.0, above: 14.0, ticks: 1 };

#[derive(Properties, PartialEq)]
pub struct TimelineProps {
    pub timeline: session::Timeline,
}

#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let Some(platform) = use_context::<Platform>() else { return Html::default() };
    let (frame, canvas) = (use_node_ref(), use_node_ref());
    let width = use_width(&frame);
    let palette = use_memo(platform, |_| palette());
    let inputs = (props.timeline.clone(), palette, width.max(0.0) as u32, platform.ratio, canvas.clone());
    use_soon(inputs, |(timeline, palette, width, ratio, canvas)| {
        if let Some(canvas) = canvas.cast::<HtmlCanvasElement>().filter(|_| *width > 40) {
            draw(&canvas, timeline, palette, (f64::from(*width), *ratio), &SMALL);
        }
    });
    html! {
        <figure class="timeline" ref={frame} role="img" aria-label={bins::timeline(&props.timeline)}>
            <canvas ref={canvas} aria-hidden="true"></canvas>
        </figure>
    }
}

/// Draws bins, given the width and the device pixels in a CSS pixel.
pub fn draw(
    canvas: &HtmlCanvasElement,
    timeline: &session::Timeline,
    palette: &Palette,
    (width, ratio): (f64, f64),
    look: &Look,
) {
    let Some(context) = prepare(canvas, (width, look.height), ratio) else { return };
    let most =
        |of: fn(&azflow_core::model::Tally) -> u64| timeline.bins.iter().map(of).max().unwrap_or_default();
    let (allowed, denied) = (most(|b| b.allowed_flows), most(|b| b.denied_flows));
    // Plotters counts device pixels; the words below count CSS pixels again.
    let drawn = context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0).is_ok()
        && shapes(canvas, timeline, palette, (ratio, look), (allowed, denied)).is_some();
    let restored = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0).is_ok();
    if drawn && restored {
        label(&context, timeline, palette, (width, look));
    }
}

fn shapes(
    canvas: &HtmlCanvasElement,
    timeline: &session::Timeline,
    palette: &Palette,
    (ratio, look): (f64, &Look),
    (allowed, denied): (u64, u64),
) -> Option<()> {
    let backend = CanvasBackend::with_canvas_object(canvas.clone())?;
    let root = backend.into_drawing_area();
    let bins = timeline.bins.len().max(1);
    let (top, bottom) = (allowed.max(1) as f64, denied as f64);
    let mut chart = ChartBuilder::on(&root)
        .margin_top((look.above * ratio) as u32)
        .margin_bottom((BELOW * ratio) as u32)
        .build_cartesian_2d(0.0..bins as f64, -bottom..top)
        .ok()?;
    let gap = if bins > 80 { 0.05 } else { 0.1 };
    let colour = |(r, g, b): (u8, u8, u8)| RGBColor(r, g, b).filled();
    // What exists is at least a pixel high, however small its share.
    let pixel = (top + bottom) / ((look.height - look.above - BELOW) * ratio);
    let bar = |index: usize, value: u64, up: bool, style: ShapeStyle| {
        let height = (value as f64).max(pixel) * if up { 1.0 } else { -1.0 };
        Rectangle::new([(index as f64 + gap, 0.0), (index as f64 + 1.0 - gap, height)], style)
    };
    let bars = |of: fn(&azflow_core::model::Tally) -> u64, up: bool, style: ShapeStyle| {
        let seen = timeline.bins.iter().map(of).enumerate().filter(|(_, value)| *value > 0);
        seen.map(move |(index, value)| bar(index, value, up, style)).collect::<Vec<_>>()
    };
    chart.draw_series(bars(|b| b.allowed_flows, true, colour(palette.allowed_rgb))).ok()?;
    chart.draw_series(bars(|b| b.denied_flows, false, colour(palette.denied_rgb))).ok()?;
    let (r, g, b) = palette.allowed_rgb;
    let axis = RGBAColor(r, g, b, 0.6).stroke_width(ratio.round().max(1.0) as u32);
    chart.draw_series([PathElement::new([(0.0, 0.0), (bins as f64, 0.0)], axis)]).ok()?;
    root.present().ok()
}

fn label(
    context: &CanvasRenderingContext2d,
    timeline: &session::Timeline,
    palette: &Palette,
    (width, look): (f64, &Look),
) {
    context.set_font(&format!("400 11px {}", palette.font));
    context.set_fill_style_str(&palette.mute);
    let words = |text: &str, x: f64, y: f64, align: &str| {
        context.set_text_align(align);
        // Drawing text fails only for numbers that are none.
        let _ = context.fill_text(text, x, y);
    };
    if look.above > 9.0 {
        words(&bins::timeline_most(timeline), 0.0, 9.0, "left");
    }
    let base = look.height - 4.0;
    let bins = timeline.bins.len();
    for tick in 0..=look.ticks.min(bins.saturating_sub(1)) {
        // Whole bins: what stands below one is when it begins.
        let bin = tick * bins / look.ticks;
        let x = width * bin as f64 / bins as f64;
        match tick {
            0 => words(&bins::bin_time(timeline, 0), 0.0, base, "left"),
            _ if tick == look.ticks => words(&bins::bin_time(timeline, bins), width, base, "right"),
            _ => words(&tick_time(timeline, bin), x, base, "center"),
        }
    }
}

/// Where days are named their year is too: logs of years side by side.
fn tick_time(timeline: &session::Timeline, bin: usize) -> String {
    let at = bins::bin_start(timeline, bin);
    if timeline.bin_minutes < 24 * 60 { minute(at) } else { day(at) }
}
