//! Charts as pictures that leave the page: each carries its title, filter, counting mode and window.

use super::{Axis, Chart, LEVELS, Layout, Measure, Palette, Rect, Room, Zoom, bars, elided, parts};
use crate::ui::format::short;
use crate::ui::words::{self, bins, matrix, matrix::legend};
use azflow_engine::export::{Svg, TextAt, coordinate};
use azflow_engine::session::{Covered, Timeline};

/// Around everything.
const MARGIN: f64 = 24.0;
/// A line of the caption.
const LINE: f64 = 17.0;
/// A name in a picture has so many characters at most: nothing else in it says the rest.
const NAME: usize = 60;
/// Width of charts that have none of their own.
const WIDTH: f64 = 760.0;

/// What is written above a chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caption {
    /// What it shows.
    pub title: String,
    /// Filter, counting mode, window.
    pub lines: Vec<String>,
}

impl Caption {
    /// Begins a picture of a chart of this size; returns where the chart begins.
    fn begin(&self, palette: &Palette, (width, height): (f64, f64)) -> (Svg, (f64, f64)) {
        let longest = self.lines.iter().chain([&self.title]).map(|line| line.chars().count()).max();
        // Words have no width here: seven pixels a character are enough.
        let width = width.max(longest.unwrap_or(0).min(140) as f64 * 7.0) + 2.0 * MARGIN;
        let top = MARGIN + 26.0 + LINE * self.lines.len() as f64;
        let size = (width, top + height + MARGIN);
        let mut svg = Svg::new(size, &self.title, &palette.font, &palette.page);
        svg.hatch(&palette.hatch);
        let title = TextAt { size: 16.0, strong: true, ..TextAt::new(MARGIN, MARGIN + 12.0) };
        svg.text(title, &palette.ink, &self.title);
        let mut y = MARGIN + 14.0;
        for line in &self.lines {
            y += LINE;
            svg.text(TextAt::new(MARGIN, y), &palette.mute, &elided(line, 140));
        }
        (svg, (MARGIN, top))
    }
}

fn shifted(rects: &[Rect], (dx, dy): (f64, f64)) -> Vec<Rect> {
    rects.iter().map(|(x, y, w, h)| (x + dx, y + dy, *w, *h)).collect()
}

fn denied(svg: &mut Svg, rects: &[Rect], colour: &str) {
    svg.rects(rects, colour);
    svg.rects(rects, "url(#hatch)");
}

/// The whole matrix, however little of it the screen shows. `label` is the longest name's width.
pub fn matrix_picture(chart: &Chart, palette: &Palette, caption: &Caption, label: f64) -> String {
    // As much room as it likes: cells of a readable size, and no larger than needed.
    let many = chart.rows.len().max(chart.cols.len()) > 60;
    let room = Room { width: 1e7, height: 1e7, label, zoom: Zoom::Step(if many { 6 } else { 7 }) };
    let layout = Layout::of(chart, room, (0.0, 0.0));
    let (mut svg, at) = caption.begin(palette, (layout.content.0.max(760.0), layout.content.1 + 64.0));
    let (dx, dy) = at;
    let (cols, rows) = (0..chart.cols.len(), 0..chart.rows.len());
    let parts = parts(chart, &layout, &cols, &rows);
    let size = layout.fill();
    svg.rects(&shifted(&parts.ground, at), &palette.never);
    svg.rects(&shifted(&parts.diagonal, at), &palette.diagonal);
    for level in 0..LEVELS {
        svg.rects(&shifted(&parts.allowed[level], at), &palette.allowed[level]);
        denied(&mut svg, &shifted(&parts.denied[level], at), &palette.denied[level]);
    }
    let mut lines: Vec<Rect> = Vec::new();
    lines.extend(
        cols.clone().map(|col| (layout.x(col) + size, layout.top, 1.0, layout.content.1 - layout.top - 5.0)),
    );
    lines.extend(
        rows.clone().map(|row| (layout.left, layout.y(row) + size, layout.cells_right() - layout.left, 1.0)),
    );
    svg.rects(&shifted(&lines, at), &palette.page);
    let mut marks = String::new();
    for (x, y, w, h) in shifted(&parts.marks, at) {
        let corner = w * 0.38;
        let n = coordinate;
        marks.push_str(&format!("M{} {}v{}h-{}z", n(x + w), n(y + h - corner), n(corner), n(corner)));
    }
    svg.path(&marks, &[("fill", &palette.denied[LEVELS - 1])]);
    let mut rings = String::new();
    for (x, y, w, h) in shifted(&parts.zero, at) {
        let n = coordinate;
        let r = (w / 5.0).clamp(2.0, 5.0);
        let (left, middle) = (n(x + w / 2.0 - r), n(y + h / 2.0));
        let (r, across) = (n(r), n(2.0 * r));
        rings.push_str(&format!("M{left} {middle}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0z"));
    }
    svg.path(&rings, &[("fill", "none"), ("stroke", &palette.mute), ("stroke-width", "1.3")]);
    let (allowed, red) = bars(chart, &layout, &rows);
    svg.rects(&shifted(&allowed, at), &palette.allowed[LEVELS - 1]);
    denied(&mut svg, &shifted(&red, at), &palette.denied[LEVELS - 1]);
    for row in rows {
        let y = dy + layout.y(row) + size / 2.0 + 4.0;
        let place = TextAt { anchor: "end", ..TextAt::new(dx + layout.left - 10.0, y) };
        svg.text(place, &palette.mute, &elided(chart.row_name(row), 26));
    }
    for col in cols {
        let place = TextAt {
            turn: -layout.slope().to_degrees(),
            ..TextAt::new(dx + layout.x(col) + size / 2.0 + 4.0, dy + layout.top - 7.0)
        };
        svg.text(place, &palette.mute, &elided(chart.col_name(col), 26));
    }
    for (word, up) in [(matrix::across(chart), 26.0), (matrix::down(chart), 10.0)] {
        let place = TextAt { anchor: "end", ..TextAt::new(dx + layout.left - 10.0, dy + layout.top - up) };
        svg.text(place, &palette.mute, word);
    }
    brackets(&mut svg, &chart.rows, &layout, palette, at);
    key(&mut svg, chart, palette, (dx, dy + layout.content.1 + 20.0));
    svg.finish()
}

fn brackets(svg: &mut Svg, axis: &Axis, layout: &Layout, palette: &Palette, (dx, dy): (f64, f64)) {
    for group in &axis.groups {
        let Some(name) = &group.name else { continue };
        let (top, bottom) = (dy + layout.y(group.from), dy + layout.y(group.to - 1) + layout.fill());
        let x = dx + layout.brackets - 6.0;
        let n = coordinate;
        let path = format!("M{} {}h-5v{}h5", n(x), n(top), n(bottom - top));
        svg.path(&path, &[("fill", "none"), ("stroke", &palette.mute)]);
        let place = TextAt {
            anchor: "middle",
            turn: -90.0,
            strong: true,
            ..TextAt::new(x - 10.0, (top + bottom) / 2.0)
        };
        svg.text(place, &palette.ink, &elided(name, bracket_room(bottom - top)));
    }
}

/// How many characters fit along a bracket.
pub fn bracket_room(length: f64) -> usize {
    (length / 6.8) as usize
}

/// The printed scale, and what the signs mean.
fn key(svg: &mut Svg, chart: &Chart, palette: &Palette, (x, y): (f64, f64)) {
    const STEP: f64 = 14.0;
    for (level, colour) in palette.allowed.iter().enumerate() {
        svg.rects(&[(x + level as f64 * STEP, y, STEP - 1.0, 12.0)], colour);
    }
    let end = x + LEVELS as f64 * STEP;
    let most = format!(
        "1 … {} {}",
        matrix::amount(chart.measure, chart.scale.max),
        matrix::scale_caption(chart.measure)
    );
    svg.text(TextAt::new(x, y + 27.0), &palette.mute, &most);
    let mut at = end + 24.0;
    let swatch = (at, y, 12.0, 12.0);
    let flows = chart.measure == Measure::Flows;
    if flows {
        denied(svg, &[swatch], &palette.denied[LEVELS - 1]);
    } else {
        svg.path(
            &format!("M{} {}v-6h-6z", coordinate(at + 12.0), coordinate(y + 12.0)),
            &[("fill", &palette.denied[LEVELS - 1])],
        );
    }
    let words = if flows { legend::DENIED } else { legend::DENIED_MARK };
    svg.text(TextAt::new(at + 18.0, y + 10.0), &palette.mute, words);
    at += 150.0;
    let ring = format!("M{} {}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", coordinate(at + 2.0), coordinate(y + 6.0));
    svg.path(&ring, &[("fill", "none"), ("stroke", &palette.mute), ("stroke-width", "1.3")]);
    let words = if flows { legend::ZERO } else { legend::ZERO_TRAFFIC };
    svg.text(TextAt::new(at + 18.0, y + 10.0), &palette.mute, words);
    at += 160.0;
    for (colour, words) in [(&palette.never, legend::NEVER), (&palette.diagonal, legend::DIAGONAL)] {
        svg.rects(&[(at, y, 12.0, 12.0)], colour);
        svg.text(TextAt::new(at + 18.0, y + 10.0), &palette.mute, words);
        at += 110.0;
    }
}

/// A line of a chart of bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// Allowed flows.
    pub allowed: u64,
    /// Denied flows.
    pub denied: u64,
}

/// Split bars, one a line, on one linear scale.
pub fn bar_picture(list: &[Bar], palette: &Palette, caption: &Caption) -> String {
    const ROW: f64 = 22.0;
    let (mut svg, (x, y)) = caption.begin(palette, (WIDTH, ROW * (list.len() as f64 + 1.0)));
    let most = list.iter().map(|bar| bar.allowed.saturating_add(bar.denied)).max().unwrap_or(0).max(1) as f64;
    let longest = list.iter().map(|bar| bar.name.chars().count()).max().unwrap_or(0).min(NAME);
    let left = x + (longest as f64 * 6.6).min(WIDTH / 2.0) + 12.0;
    let room = x + WIDTH - 170.0 - left;
    let right = |x: f64, y: f64| TextAt { anchor: "end", ..TextAt::new(x, y) };
    svg.text(right(x + WIDTH - 80.0, y + 10.0), &palette.mute, words::details::ALLOWED);
    svg.text(right(x + WIDTH, y + 10.0), &palette.mute, words::details::DENIED);
    for (at, bar) in list.iter().enumerate() {
        let top = y + ROW * (at as f64 + 1.0);
        let length = |value: u64| if value == 0 { 0.0 } else { (room * value as f64 / most).max(1.5) };
        let (blue, red) = (length(bar.allowed), length(bar.denied));
        svg.text(right(left - 10.0, top + 10.0), &palette.ink, &elided(&bar.name, NAME));
        if blue > 0.0 {
            svg.rects(&[(left, top, blue, 12.0)], &palette.allowed[LEVELS - 1]);
        }
        if red > 0.0 {
            denied(&mut svg, &[(left + blue, top, red, 12.0)], &palette.denied[LEVELS - 1]);
        }
        svg.text(right(x + WIDTH - 80.0, top + 10.0), &palette.ink, &short(bar.allowed));
        svg.text(right(x + WIDTH, top + 10.0), &palette.ink, &short(bar.denied));
    }
    svg.finish()
}

/// Allowed flows above a line, denied below it, bin by bin; where no log covers a bin, that is hatched instead.
pub fn timeline_picture(
    timeline: &Timeline,
    covered: &[Covered],
    palette: &Palette,
    caption: &Caption,
) -> String {
    const HEIGHT: f64 = 200.0;
    let (mut svg, (x, y)) = caption.begin(palette, (WIDTH, HEIGHT + 40.0));
    let most = |of: fn(&azflow_core::model::Tally) -> u64| timeline.bins.iter().map(of).max().unwrap_or(0);
    let (up, down) = (most(|b| b.allowed_flows), most(|b| b.denied_flows));
    let unit = HEIGHT / (up.saturating_add(down)).max(1) as f64;
    let base = y + 16.0 + up as f64 * unit;
    let width = WIDTH / timeline.bins.len().max(1) as f64;
    let gap = (width * 0.1).min(1.0);
    let (mut above, mut below) = (Vec::new(), Vec::new());
    for (at, bin) in timeline.bins.iter().enumerate() {
        let left = x + at as f64 * width;
        let height = |value: u64| (value as f64 * unit).max(1.0);
        if bin.allowed_flows > 0 {
            let height = height(bin.allowed_flows);
            above.push((left, base - height, width - gap, height));
        }
        if bin.denied_flows > 0 {
            below.push((left, base, width - gap, height(bin.denied_flows)));
        }
    }
    let mut gaps = String::new();
    for (at, _) in covered.iter().enumerate().filter(|(_, covered)| **covered == Covered::Not) {
        let left = x + at as f64 * width;
        let mut from = 0.0;
        while from < HEIGHT {
            gaps.push_str(&format!(
                "M{} {}l{} -4",
                coordinate(left),
                coordinate(y + 20.0 + from),
                coordinate(width)
            ));
            from += 6.0;
        }
    }
    svg.path(&gaps, &[("fill", "none"), ("stroke", &palette.mute), ("stroke-width", "0.6")]);
    svg.rects(&above, &palette.allowed[LEVELS - 1]);
    denied(&mut svg, &below, &palette.denied[LEVELS - 1]);
    svg.rects(&[(x, base - 0.5, WIDTH, 1.0)], &palette.mute);
    svg.text(TextAt::new(x, y + 8.0), &palette.mute, &bins::timeline_most(timeline));
    let foot = y + HEIGHT + 34.0;
    svg.text(TextAt::new(x, foot), &palette.mute, &bins::bin_time(timeline, 0));
    if timeline.bins.len() > 1 {
        let place = TextAt { anchor: "end", ..TextAt::new(x + WIDTH, foot) };
        svg.text(place, &palette.mute, &bins::bin_time(timeline, timeline.bins.len()));
    }
    svg.finish()
}
