//! Draws what the user points at: the cross of row and column, the outlines, the strong labels.

use super::paint::{LABEL, clipped, label_font, leaning, row_label};
use crate::ui::browser::prepare;
use crate::ui::grid::{Chart, Layout, Palette, Spot, elided};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// The places that stand out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pointed {
    /// What the details are about.
    pub selected: Option<Spot>,
    /// Where the keyboard is.
    pub cursor: Option<Spot>,
    /// What the pointer is on.
    pub hover: Option<Spot>,
}

impl Pointed {
    /// The one that the status line speaks of.
    pub fn shown(&self) -> Option<Spot> {
        self.hover.or(self.cursor).or(self.selected)
    }
}

/// Draws the upper canvas.
pub fn paint(
    canvas: &HtmlCanvasElement,
    chart: &Chart,
    layout: &Layout,
    palette: &Palette,
    ratio: f64,
    pointed: &Pointed,
) {
    let Some(ctx) = prepare(canvas, layout.view, ratio) else { return };
    let here = pointed.hover.or(pointed.cursor);
    for spot in [pointed.selected, here].into_iter().flatten() {
        cross(&ctx, layout, palette, spot);
    }
    let cells = (layout.left - 2.0, layout.top - 2.0, layout.cells_right() + 2.0, layout.view.1);
    clipped(&ctx, cells, |ctx| {
        if let Some(spot) = pointed.hover {
            outline(ctx, layout, spot, &palette.mute, 1.0);
        }
        if let Some(spot) = pointed.cursor {
            outline(ctx, layout, spot, &palette.accent, 2.0);
        }
        if let Some(spot) = pointed.selected {
            outline(ctx, layout, spot, &palette.ink, 2.0);
        }
    });
    let mut labels: Vec<Spot> = Vec::new();
    for spot in [pointed.selected, here].into_iter().flatten() {
        let (row, col) = spot.lines();
        labels.extend(row.map(Spot::Row));
        labels.extend(col.map(Spot::Col));
    }
    labels.into_iter().for_each(|spot| label(&ctx, chart, layout, palette, spot));
}

/// Bands along a spot's row and column, labels included.
fn cross(ctx: &CanvasRenderingContext2d, layout: &Layout, palette: &Palette, spot: Spot) {
    let (row, col) = spot.lines();
    ctx.set_fill_style_str(&palette.band);
    clipped(ctx, (layout.left - 6.0, layout.top - 6.0, layout.cells_right() + 2.0, layout.view.1), |ctx| {
        let pitch = layout.cell + if layout.cell >= 4.0 { 1.0 } else { 0.0 };
        if let Some(row) = row {
            ctx.fill_rect(
                layout.left - 6.0,
                layout.y(row) - 1.0,
                layout.cells_right() - layout.left + 8.0,
                pitch,
            );
        }
        if let Some(col) = col {
            ctx.fill_rect(layout.x(col) - 1.0, layout.top - 6.0, pitch, layout.view.1 - layout.top + 8.0);
        }
    });
}

fn outline(ctx: &CanvasRenderingContext2d, layout: &Layout, spot: Spot, colour: &str, width: f64) {
    let size = layout.fill();
    let (x, y, w, h) = match spot {
        Spot::Cell(row, col) => (layout.x(col), layout.y(row), size, size),
        Spot::Row(row) => (layout.left, layout.y(row), layout.cells_right() - layout.left - 1.0, size),
        Spot::Col(col) => (layout.x(col), layout.top, size, layout.view.1 - layout.top - 5.0),
        Spot::All => return,
    };
    ctx.set_stroke_style_str(colour);
    ctx.set_line_width(width);
    ctx.stroke_rect(x - 0.5, y - 0.5, w + 1.0, h + 1.0);
}

/// The name of a row or column, strong, on its own ground so that the light one beneath is covered.
fn label(ctx: &CanvasRenderingContext2d, chart: &Chart, layout: &Layout, palette: &Palette, spot: Spot) {
    ctx.set_font(&label_font(palette, true));
    let ground = |ctx: &CanvasRenderingContext2d, x: f64, y: f64, width: f64| {
        ctx.set_fill_style_str(&palette.page);
        ctx.fill_rect(x, y - 7.0, width, 14.0);
        ctx.set_fill_style_str(&palette.ink);
    };
    let width = |name: &str| ctx.measure_text(name).map_or(0.0, |m| m.width());
    match spot {
        Spot::Row(row) => clipped(ctx, (0.0, layout.top - 6.0, layout.left, layout.view.1), |ctx| {
            let long = width(&elided(chart.row_name(row), LABEL));
            let y = layout.y(row) + layout.fill() / 2.0 + 0.5;
            ground(ctx, layout.left - 12.0 - long, y, long + 4.0);
            ctx.set_text_align("right");
            ctx.set_text_baseline("middle");
            row_label(ctx, chart, layout, row);
        }),
        Spot::Col(col) => leaning(ctx, layout, col, |ctx| {
            let name = elided(chart.col_name(col), LABEL);
            ground(ctx, -2.0, 0.0, width(&name) + 4.0);
            ctx.set_text_align("left");
            ctx.set_text_baseline("middle");
            let _ = ctx.fill_text(&name, 0.0, 0.0);
        }),
        Spot::Cell(..) | Spot::All => {}
    }
}
