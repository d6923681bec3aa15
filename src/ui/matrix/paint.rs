//! Draws what the data says: cells, labels, row totals. No call for a pair that was never seen: the
//! empty grid is a few filled areas and lines.

use crate::ui::browser::prepare;
use crate::ui::grid::{Chart, LEVELS, Layout, Palette, Rect, bars, bracket_room, elided, parts};
use crate::ui::words::{matrix, rules as words};
use azflow_engine::rules::Fate;
use std::ops::Range;
use wasm_bindgen::JsCast;
use web_sys::{CanvasPattern, CanvasRenderingContext2d, HtmlCanvasElement, window};

/// Below this a hatch is noise.
const HATCH_FROM: f64 = 7.0;
/// From this on a cell has an outline, so that the lightest step still stands out.
const OUTLINE_FROM: f64 = 9.0;
/// The size of the signs in cells.
const SIGN: f64 = 11.0;
/// Characters of a label for which room is kept.
pub const LABEL: usize = 26;

/// The font of labels.
pub fn label_font(palette: &Palette, strong: bool) -> String {
    let weight = if strong { 600 } else { 400 };
    format!("{weight} 11.5px {}", palette.font)
}

/// Draws the lower canvas.
pub fn paint(canvas: &HtmlCanvasElement, chart: &Chart, layout: &Layout, palette: &Palette, ratio: f64) {
    let Some(ctx) = prepare(canvas, layout.view, ratio) else { return };
    let (cols, rows) = layout.visible();
    let hatch = pattern(&palette.hatch, Tile::Hatch);
    let window = (layout.left, layout.top, layout.cells_right(), layout.view.1);
    clipped(&ctx, window, |ctx| cells(ctx, chart, layout, palette, hatch.as_ref()));
    clipped(&ctx, (0.0, layout.top - 6.0, layout.view.0, layout.view.1), |ctx| {
        row_labels(ctx, chart, layout, palette, &rows);
        brackets(ctx, chart, layout, palette);
        totals(ctx, chart, layout, palette, hatch.as_ref());
    });
    clipped(&ctx, (0.0, 0.0, layout.view.0, layout.top), |ctx| {
        column_labels(ctx, chart, layout, palette, &cols);
        axes(ctx, chart, layout, palette);
    });
}

/// Draws inside (left, top, right, bottom) only.
pub fn clipped(
    ctx: &CanvasRenderingContext2d,
    (left, top, right, bottom): (f64, f64, f64, f64),
    draw: impl FnOnce(&CanvasRenderingContext2d),
) {
    ctx.save();
    ctx.begin_path();
    ctx.rect(left, top, right - left, bottom - top);
    ctx.clip();
    draw(ctx);
    ctx.restore();
}

fn fill(ctx: &CanvasRenderingContext2d, rects: &[Rect]) {
    if rects.is_empty() {
        return;
    }
    ctx.begin_path();
    rects.iter().for_each(|(x, y, w, h)| ctx.rect(*x, *y, *w, *h));
    ctx.fill();
}

fn cells(
    ctx: &CanvasRenderingContext2d,
    chart: &Chart,
    layout: &Layout,
    palette: &Palette,
    hatch: Option<&CanvasPattern>,
) {
    let (cols, rows) = layout.visible();
    let parts = parts(chart, layout, &cols, &rows);
    ctx.set_fill_style_str(&palette.never);
    fill(ctx, &parts.ground);
    if layout.fill() < layout.cell {
        let mut lines: Vec<Rect> = Vec::new();
        let (width, height) = (layout.cells_right() - layout.left, layout.view.1 - layout.top);
        lines.extend(cols.map(|col| (layout.x(col) + layout.fill(), layout.top, 1.0, height)));
        lines.extend(rows.map(|row| (layout.left, layout.y(row) + layout.fill(), width, 1.0)));
        ctx.set_fill_style_str(&palette.page);
        fill(ctx, &lines);
    }
    ctx.set_fill_style_str(&palette.diagonal);
    fill(ctx, &parts.diagonal);
    for level in 0..LEVELS {
        ctx.set_fill_style_str(&palette.allowed[level]);
        fill(ctx, &parts.allowed[level]);
        ctx.set_fill_style_str(&palette.denied[level]);
        fill(ctx, &parts.denied[level]);
    }
    if layout.cell >= OUTLINE_FROM {
        outline(ctx, &palette.allowed[LEVELS - 1], parts.allowed.iter().flatten());
        outline(ctx, &palette.denied[LEVELS - 1], parts.denied.iter().flatten());
    }
    if let Some(hatch) = hatch.filter(|_| layout.cell >= HATCH_FROM) {
        ctx.set_fill_style_canvas_pattern(hatch);
        parts.denied.iter().for_each(|rects| fill(ctx, rects));
    }
    if chart.by_fate {
        fates(ctx, &parts.fates, layout, palette);
    }
    ctx.set_fill_style_str(&palette.denied[LEVELS - 1]);
    corner_marks(ctx, &parts.marks);
    ctx.set_line_width(1.0);
    ctx.set_stroke_style_str(&palette.mute);
    zeroes(ctx, &parts.zero, layout, palette);
}

/// What becomes of conversations: each fate has a colour, and a pattern or sign where there is room.
fn fates(ctx: &CanvasRenderingContext2d, parts: &[Vec<Rect>; 5], layout: &Layout, palette: &Palette) {
    let strong = &palette.denied[LEVELS - 1];
    let colours = [
        (Fate::StillBlocked, &palette.denied[1], None),
        (Fate::WouldBreak, strong, Some(Tile::Hatch)),
        (Fate::NewlyOpened, &palette.opened, Some(Tile::Grid)),
        (Fate::Undecidable, &palette.open, Some(Tile::Dots)),
    ];
    ctx.set_font(&format!("700 {SIGN}px {}", palette.font));
    ctx.set_text_align("center");
    ctx.set_text_baseline("middle");
    for (fate, colour, tile) in colours {
        let rects = &parts[fate as usize];
        ctx.set_fill_style_str(colour);
        fill(ctx, rects);
        if layout.cell >= OUTLINE_FROM && fate == Fate::StillBlocked {
            outline(ctx, strong, rects.iter());
        }
        let tile = tile.filter(|_| layout.cell >= HATCH_FROM);
        if let Some(pattern) = tile.and_then(|tile| pattern(&palette.hatch, tile)) {
            ctx.set_fill_style_canvas_pattern(&pattern);
            fill(ctx, rects);
        }
        let (sign, ..) = words::fate(fate);
        let ink = if fate == Fate::StillBlocked { &palette.ink } else { &palette.page };
        for (x, y, w, h) in rects.iter().filter(|(.., w, h)| *h >= SIGN - 1.0 && *w >= SIGN) {
            let middle = (x + w / 2.0, y + h / 2.0);
            // On a ground of its own, so that no pattern runs through it.
            ctx.set_fill_style_str(colour);
            ctx.fill_rect(middle.0 - SIGN / 2.0, middle.1 - SIGN / 2.0, SIGN, SIGN);
            ctx.set_fill_style_str(ink);
            let _ = ctx.fill_text(sign, middle.0, middle.1 + 0.5);
        }
    }
}

/// One path for all outlines of a colour.
fn outline<'a>(ctx: &CanvasRenderingContext2d, colour: &str, rects: impl Iterator<Item = &'a Rect>) {
    ctx.set_stroke_style_str(colour);
    ctx.set_line_width(1.0);
    ctx.begin_path();
    for (x, y, w, h) in rects.filter(|(.., h)| *h >= 3.0) {
        ctx.rect(x + 0.5, y + 0.5, w - 1.0, h - 1.0);
    }
    ctx.stroke();
}

/// A pair that was seen without anything to count: an open ring, or a dot where there is no room.
fn zeroes(ctx: &CanvasRenderingContext2d, rects: &[Rect], layout: &Layout, palette: &Palette) {
    let ring = layout.cell >= OUTLINE_FROM;
    let radius = if ring { (layout.fill() / 5.0).clamp(2.0, 5.0) } else { (layout.fill() / 4.0).max(0.5) };
    ctx.begin_path();
    for (x, y, w, h) in rects {
        let (cx, cy) = (x + w / 2.0, y + h / 2.0);
        ctx.move_to(cx + radius, cy);
        // Fails only for a negative radius.
        let _ = ctx.arc(cx, cy, radius, 0.0, std::f64::consts::TAU);
    }
    if ring {
        ctx.set_line_width(1.3);
        ctx.stroke();
    } else {
        ctx.set_fill_style_str(&palette.mute);
        ctx.fill();
    }
}

/// A corner for cells with denials, where depth means traffic.
fn corner_marks(ctx: &CanvasRenderingContext2d, rects: &[Rect]) {
    ctx.begin_path();
    for (x, y, w, h) in rects {
        let size = (w * 0.38).max(1.5);
        ctx.move_to(x + w, y + h - size);
        ctx.line_to(x + w, y + h);
        ctx.line_to(x + w - size, y + h);
        ctx.close_path();
    }
    ctx.fill();
}

/// What a pattern is of.
#[derive(Clone, Copy, PartialEq)]
enum Tile {
    /// Diagonal lines.
    Hatch,
    /// Lines up and across.
    Grid,
    /// Dots.
    Dots,
}

/// A tile that repeats without a seam.
fn pattern(colour: &str, tile_of: Tile) -> Option<CanvasPattern> {
    const TILE: u32 = 6;
    let tile: HtmlCanvasElement = window()?.document()?.create_element("canvas").ok()?.dyn_into().ok()?;
    tile.set_width(TILE);
    tile.set_height(TILE);
    let ctx = crate::ui::browser::context(&tile)?;
    let size = f64::from(TILE);
    ctx.set_stroke_style_str(colour);
    ctx.set_line_width(1.7);
    ctx.set_fill_style_str(colour);
    ctx.begin_path();
    match tile_of {
        Tile::Hatch => {
            for shift in [-size, 0.0, size] {
                ctx.move_to(shift - 1.0, size + 1.0);
                ctx.line_to(shift + size + 1.0, -1.0);
            }
            ctx.stroke();
        }
        Tile::Grid => {
            ctx.fill_rect(0.0, 0.0, size, 1.4);
            ctx.fill_rect(0.0, 1.4, 1.4, size - 1.4);
        }
        Tile::Dots => {
            ctx.fill_rect(0.0, 0.0, 2.0, 2.0);
            ctx.fill_rect(size / 2.0, size / 2.0, 2.0, 2.0);
        }
    }
    ctx.create_pattern_with_html_canvas_element(&tile, "repeat").ok()?
}

fn row_labels(
    ctx: &CanvasRenderingContext2d,
    chart: &Chart,
    layout: &Layout,
    palette: &Palette,
    rows: &Range<u32>,
) {
    ctx.set_font(&label_font(palette, false));
    ctx.set_fill_style_str(&palette.mute);
    ctx.set_text_align("right");
    ctx.set_text_baseline("middle");
    for row in strided(rows, layout) {
        row_label(ctx, chart, layout, row);
    }
}

/// The positions that carry a label: always the same, however far the matrix is scrolled.
fn strided(lines: &Range<u32>, layout: &Layout) -> impl Iterator<Item = u32> + use<> {
    let stride = layout.stride() as u32;
    (lines.start.next_multiple_of(stride)..lines.end).step_by(stride as usize)
}

/// One row's name, in the context's font and colour.
pub fn row_label(ctx: &CanvasRenderingContext2d, chart: &Chart, layout: &Layout, row: u32) {
    let y = layout.y(row) + layout.fill() / 2.0 + 0.5;
    let _ = ctx.fill_text(&elided(chart.row_name(row), LABEL), layout.left - 10.0, y);
}

fn column_labels(
    ctx: &CanvasRenderingContext2d,
    chart: &Chart,
    layout: &Layout,
    palette: &Palette,
    cols: &Range<u32>,
) {
    ctx.set_font(&label_font(palette, false));
    ctx.set_fill_style_str(&palette.mute);
    ctx.set_text_align("left");
    ctx.set_text_baseline("middle");
    for col in strided(cols, layout) {
        leaning(ctx, layout, col, |ctx| {
            let _ = ctx.fill_text(&elided(chart.col_name(col), LABEL), 0.0, 0.0);
        });
    }
}

/// Draws along a column label's slope, from its foot. Nothing for a column that is scrolled away.
pub fn leaning(
    ctx: &CanvasRenderingContext2d,
    layout: &Layout,
    col: u32,
    draw: impl FnOnce(&CanvasRenderingContext2d),
) {
    let x = layout.x(col) + layout.fill() / 2.0;
    if x < layout.left || x > layout.cells_right() {
        return;
    }
    turned(ctx, (x + 1.0, layout.top - 9.0), -layout.slope(), draw);
}

fn turned(
    ctx: &CanvasRenderingContext2d,
    (x, y): (f64, f64),
    angle: f64,
    draw: impl FnOnce(&CanvasRenderingContext2d),
) {
    ctx.save();
    if ctx.translate(x, y).and_then(|()| ctx.rotate(angle)).is_ok() {
        draw(ctx);
    }
    ctx.restore();
}

/// Networks beside their rows. A name stands in the middle of what is visible of its bracket.
fn brackets(ctx: &CanvasRenderingContext2d, chart: &Chart, layout: &Layout, palette: &Palette) {
    ctx.set_font(&format!("600 11px {}", palette.font));
    ctx.set_text_align("center");
    ctx.set_text_baseline("middle");
    ctx.set_stroke_style_str(&palette.mute);
    ctx.set_fill_style_str(&palette.ink);
    ctx.set_line_width(1.0);
    let x = layout.brackets - 6.5;
    for group in &chart.rows.groups {
        let Some(name) = &group.name else { continue };
        let (top, bottom) = (layout.y(group.from), layout.y(group.to - 1) + layout.fill());
        let seen = (top.max(layout.top), bottom.min(layout.view.1));
        if seen.1 - seen.0 < 3.0 {
            continue;
        }
        ctx.begin_path();
        ctx.move_to(x + 5.0, top + 0.5);
        ctx.line_to(x, top + 0.5);
        ctx.line_to(x, bottom - 0.5);
        ctx.line_to(x + 5.0, bottom - 0.5);
        ctx.stroke();
        // A name of which one letter is left says nothing.
        let room = bracket_room(seen.1 - seen.0);
        if room >= 3 || room >= name.chars().count() {
            turned(ctx, (x - 10.0, (seen.0 + seen.1) / 2.0), -std::f64::consts::FRAC_PI_2, |ctx| {
                let _ = ctx.fill_text(&elided(name, room), 0.0, 0.0);
            });
        }
    }
}

fn axes(ctx: &CanvasRenderingContext2d, chart: &Chart, layout: &Layout, palette: &Palette) {
    ctx.set_font(&format!("400 11px {}", palette.font));
    ctx.set_fill_style_str(&palette.mute);
    ctx.set_text_align("right");
    ctx.set_text_baseline("alphabetic");
    let x = layout.left - 10.0;
    let _ = ctx.fill_text(matrix::across(chart), x, layout.top - 26.0);
    let _ = ctx.fill_text(matrix::down(chart), x, layout.top - 10.0);
}

/// A bar a row: its sum on a log scale of its own, split where flows are measured.
fn totals(
    ctx: &CanvasRenderingContext2d,
    chart: &Chart,
    layout: &Layout,
    palette: &Palette,
    hatch: Option<&CanvasPattern>,
) {
    let (allowed, denied) = bars(chart, layout, &layout.visible().1);
    ctx.set_fill_style_str(&palette.allowed[LEVELS - 1]);
    fill(ctx, &allowed);
    ctx.set_fill_style_str(&palette.denied[LEVELS - 1]);
    fill(ctx, &denied);
    if let Some(hatch) = hatch.filter(|_| layout.fill() > 11.0) {
        ctx.set_fill_style_canvas_pattern(hatch);
        fill(ctx, &denied);
    }
}
