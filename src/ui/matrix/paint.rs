//! Draws what the data says: cells, labels, row totals. No call for a pair that was never seen: the
//! empty grid is a few filled areas and lines.

use crate::ui::browser::prepare;
use crate::ui::grid::{Chart, ChartCell, LEVELS, Layout, Measure, Scale};
use crate::ui::palette::Palette;
use crate::ui::text::label;
use std::ops::Range;
use wasm_bindgen::JsCast;
use web_sys::{CanvasPattern, CanvasRenderingContext2d, HtmlCanvasElement, window};

/// Below this a hatch is noise.
const HATCH_FROM: f64 = 7.0;
/// From this on a cell has an outline, so that the lightest step still stands out.
const OUTLINE_FROM: f64 = 9.0;

/// The font of labels.
pub fn label_font(palette: &Palette, strong: bool) -> String {
    let weight = if strong { 600 } else { 400 };
    format!("{weight} 11.5px {}", palette.font)
}

/// Draws the lower canvas.
pub fn paint(canvas: &HtmlCanvasElement, chart: &Chart, layout: &Layout, palette: &Palette, ratio: f64) {
    let Some(ctx) = prepare(canvas, layout.view, ratio) else { return };
    let (cols, rows) = layout.visible();
    let window = (layout.left, layout.top, layout.cells_right(), layout.view.1);
    clipped(&ctx, window, |ctx| {
        grid(ctx, layout, palette);
        diagonal(ctx, layout, palette, &cols, &rows);
        cells(ctx, chart, layout, palette, &cols, &rows);
    });
    clipped(&ctx, (0.0, layout.top - 2.0, layout.view.0, layout.view.1), |ctx| {
        row_labels(ctx, chart, layout, palette, &rows);
        totals(ctx, chart, layout, palette, &rows);
    });
    clipped(&ctx, (0.0, 0.0, layout.view.0, layout.top), |ctx| {
        column_labels(ctx, chart, layout, palette, &cols);
        axes(ctx, layout, palette);
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

fn grid(ctx: &CanvasRenderingContext2d, layout: &Layout, palette: &Palette) {
    ctx.set_fill_style_str(&palette.never);
    for rows in layout.runs() {
        for cols in layout.runs() {
            let (x, y) = (layout.x(cols.start), layout.y(rows.start));
            let (right, bottom) = (layout.x(cols.end - 1), layout.y(rows.end - 1));
            ctx.fill_rect(x, y, right + layout.fill() - x, bottom + layout.fill() - y);
        }
    }
    if layout.fill() == layout.cell {
        return;
    }
    let (cols, rows) = layout.visible();
    ctx.set_fill_style_str(&palette.page);
    ctx.begin_path();
    for col in cols {
        ctx.rect(layout.x(col) + layout.fill(), layout.top, 1.0, layout.view.1 - layout.top);
    }
    for row in rows {
        ctx.rect(layout.left, layout.y(row) + layout.fill(), layout.cells_right() - layout.left, 1.0);
    }
    ctx.fill();
}

fn diagonal(
    ctx: &CanvasRenderingContext2d,
    layout: &Layout,
    palette: &Palette,
    cols: &Range<u32>,
    rows: &Range<u32>,
) {
    ctx.set_fill_style_str(&palette.diagonal);
    ctx.begin_path();
    for i in cols.start.max(rows.start)..cols.end.min(rows.end) {
        ctx.rect(layout.x(i), layout.y(i), layout.fill(), layout.fill());
    }
    ctx.fill();
}

type Rect = (f64, f64, f64, f64);

/// Rectangles by what they are filled with, so that each filling is one call.
#[derive(Default)]
struct Batches {
    allowed: [Vec<Rect>; LEVELS],
    denied: [Vec<Rect>; LEVELS],
    zero: Vec<Rect>,
    marks: Vec<Rect>,
}

fn cells(
    ctx: &CanvasRenderingContext2d,
    chart: &Chart,
    layout: &Layout,
    palette: &Palette,
    cols: &Range<u32>,
    rows: &Range<u32>,
) {
    let mut batches = Batches::default();
    for row in rows.clone() {
        let cells = chart.row(row);
        let from = cells.partition_point(|c| c.col < cols.start);
        for cell in cells[from..].iter().take_while(|c| c.col < cols.end) {
            place(&mut batches, chart.measure, cell, layout);
        }
    }
    let fill = |rects: &[Rect]| {
        ctx.begin_path();
        rects.iter().for_each(|(x, y, w, h)| ctx.rect(*x, *y, *w, *h));
        ctx.fill();
    };
    let hatch = if layout.cell >= HATCH_FROM { pattern(&palette.hatch) } else { None };
    for level in 0..LEVELS {
        if !batches.allowed[level].is_empty() {
            ctx.set_fill_style_str(&palette.allowed[level]);
            fill(&batches.allowed[level]);
        }
        if !batches.denied[level].is_empty() {
            ctx.set_fill_style_str(&palette.denied[level]);
            fill(&batches.denied[level]);
        }
    }
    if layout.cell >= OUTLINE_FROM {
        outline(ctx, &palette.allowed[LEVELS - 1], batches.allowed.iter().flatten());
        outline(ctx, &palette.denied[LEVELS - 1], batches.denied.iter().flatten());
    }
    if let Some(hatch) = &hatch {
        ctx.set_fill_style_canvas_pattern(hatch);
        batches.denied.iter().filter(|rects| !rects.is_empty()).for_each(|rects| fill(rects));
    }
    ctx.set_fill_style_str(&palette.denied[LEVELS - 1]);
    corner_marks(ctx, &batches.marks);
    ctx.set_line_width(1.0);
    ctx.set_stroke_style_str(&palette.mute);
    zeroes(ctx, &batches.zero, layout, palette);
}

/// Sorts one cell's parts into the batches.
fn place(batches: &mut Batches, measure: Measure, cell: &ChartCell, layout: &Layout) {
    let (x, y, size) = (layout.x(cell.col), layout.y(cell.row), layout.fill());
    if cell.value == 0 {
        batches.zero.push((x, y, size, size));
    }
    if measure != Measure::Flows {
        if cell.value > 0 {
            batches.allowed[cell.level].push((x, y, size, size));
        }
        if cell.tally.denied_flows > 0 {
            batches.marks.push((x, y, size, size));
        }
        return;
    }
    if cell.value == 0 {
        return;
    }
    // A share that exists takes at least an eighth of the cell, and leaves as much to the other.
    let least = (size / 6.0).max(1.0).min(size / 2.0);
    let denied = match cell.denied_share {
        0.0 => 0.0,
        1.0 => size,
        share => (size * share).clamp(least, size - least),
    };
    if denied < size {
        batches.allowed[cell.level].push((x, y, size, size - denied));
    }
    if denied > 0.0 {
        batches.denied[cell.level].push((x, y + size - denied, size, denied));
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

/// A tile of diagonal lines that repeats without a seam.
pub fn pattern(colour: &str) -> Option<CanvasPattern> {
    const TILE: u32 = 6;
    let tile: HtmlCanvasElement = window()?.document()?.create_element("canvas").ok()?.dyn_into().ok()?;
    tile.set_width(TILE);
    tile.set_height(TILE);
    let ctx = crate::ui::browser::context(&tile)?;
    let size = f64::from(TILE);
    ctx.set_stroke_style_str(colour);
    ctx.set_line_width(1.7);
    ctx.begin_path();
    for shift in [-size, 0.0, size] {
        ctx.move_to(shift - 1.0, size + 1.0);
        ctx.line_to(shift + size + 1.0, -1.0);
    }
    ctx.stroke();
    ctx.create_pattern_with_html_canvas_element(&tile, "repeat").ok()?
}

/// How many positions apart labels stand, where not all have room.
fn stride(layout: &Layout) -> usize {
    if layout.labelled() { 1 } else { (13.0 / layout.cell).ceil() as usize }
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
    for row in rows.clone().step_by(stride(layout)) {
        row_label(ctx, chart, layout, row);
    }
}

/// One row's name, in the context's font and colour.
pub fn row_label(ctx: &CanvasRenderingContext2d, chart: &Chart, layout: &Layout, row: u32) {
    let y = layout.y(row) + layout.fill() / 2.0 + 0.5;
    let _ = ctx.fill_text(&elided(chart.name(row)), layout.left - 10.0, y);
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
    for col in cols.clone().step_by(stride(layout)) {
        leaning(ctx, layout, col, |ctx| {
            let _ = ctx.fill_text(&elided(chart.name(col)), 0.0, 0.0);
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
    ctx.save();
    let turned = ctx.translate(x + 1.0, layout.top - 9.0).and_then(|()| ctx.rotate(-layout.slope()));
    if turned.is_ok() {
        draw(ctx);
    }
    ctx.restore();
}

/// Names longer than the room kept for them lose their middle; the status line has them whole.
pub fn elided(name: &str) -> String {
    const MOST: usize = 26;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    let head: String = name.chars().take(MOST / 2).collect();
    let tail: Vec<char> = name.chars().rev().take(MOST / 2 - 1).collect();
    format!("{head}…{}", tail.into_iter().rev().collect::<String>())
}

fn axes(ctx: &CanvasRenderingContext2d, layout: &Layout, palette: &Palette) {
    ctx.set_font(&format!("400 11px {}", palette.font));
    ctx.set_fill_style_str(&palette.mute);
    ctx.set_text_align("right");
    ctx.set_text_baseline("alphabetic");
    let x = layout.left - 10.0;
    let _ = ctx.fill_text(label::DESTINATION, x, layout.top - 26.0);
    let _ = ctx.fill_text(label::SOURCE, x, layout.top - 10.0);
}

/// A bar a row: its sum on a log scale of its own, split where flows are measured.
fn totals(
    ctx: &CanvasRenderingContext2d,
    chart: &Chart,
    layout: &Layout,
    palette: &Palette,
    rows: &Range<u32>,
) {
    const WIDTH: f64 = 60.0;
    let scale = Scale { max: chart.rows.iter().map(|t| t.value).max().unwrap_or(0) };
    let height = (layout.fill() * 0.38).clamp(1.0, 10.0);
    let x = layout.cells_right() + 10.0;
    let (mut allowed, mut denied) = (Vec::new(), Vec::new());
    for row in rows.clone() {
        let Some(totals) = chart.rows.get(row as usize).filter(|t| t.value > 0) else { continue };
        let y = layout.y(row) + (layout.fill() - height) / 2.0;
        let length = (WIDTH * scale.depth(totals.value)).max(2.0);
        let share = match (chart.measure, totals.allowed + totals.denied) {
            (Measure::Flows, all) if all > 0 => totals.denied as f64 / all as f64,
            _ => 0.0,
        };
        let red = if share > 0.0 { (length * share).max(2.0).min(length) } else { 0.0 };
        allowed.push((x, y, length - red, height));
        denied.push((x + length - red, y, red, height));
    }
    let fill = |rects: &[Rect]| {
        ctx.begin_path();
        rects.iter().filter(|(_, _, w, _)| *w > 0.0).for_each(|(x, y, w, h)| ctx.rect(*x, *y, *w, *h));
        ctx.fill();
    };
    ctx.set_fill_style_str(&palette.allowed[LEVELS - 1]);
    fill(&allowed);
    ctx.set_fill_style_str(&palette.denied[LEVELS - 1]);
    fill(&denied);
    if let Some(hatch) = pattern(&palette.hatch).filter(|_| height > 4.0) {
        ctx.set_fill_style_canvas_pattern(&hatch);
        fill(&denied);
    }
}
