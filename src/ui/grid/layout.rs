//! Where everything of the matrix lies on its canvas, in CSS pixels.
//!
//! The canvas is as large as what is visible; cells scroll beneath labels that stay. All places
//! are those on the canvas, scrolling included.

use super::{Chart, Spot};
use std::ops::Range;
use std::rc::Rc;

/// The slope of column labels: text runs up to the right at this angle.
const SLOPE: f64 = 52.0 * std::f64::consts::PI / 180.0;
/// Cells of this size or more carry a readable label.
const READABLE: f64 = 13.0;
/// Cells grow no further: beyond it nothing becomes clearer.
const LARGEST: f64 = 64.0;
/// While rows are at least this high, the whole matrix is made to fit the height.
const COMFORTABLE: f64 = 18.0;
/// The words in the corner, which name the axes, need this much.
const CORNER: f64 = 84.0;
/// Between groups: cells from this size on leave so much.
const GAPS: [(f64, f64); 3] = [(READABLE, 8.0), (4.0, 3.0), (0.0, 1.0)];
/// Brackets with the names of groups.
const BRACKETS: f64 = 26.0;
/// The bars of row totals with their margins.
const BARS: f64 = 78.0;
/// Between a label and the cells.
const LABEL_GAP: f64 = 10.0;
/// The steps of zoom: cells of so many pixels.
const STEPS: [f64; 10] = [2.0, 3.0, 4.0, 6.0, 9.0, READABLE, 18.0, 26.0, 40.0, LARGEST];

/// How large cells are.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    /// As large as fits, but readable.
    #[default]
    Readable,
    /// Everything at once, labels or not.
    Fit,
    /// A step.
    Step(u8),
}

impl Zoom {
    /// The next step from cells of this size, closer or further away; itself at the end.
    pub fn next(cell: f64, closer: bool) -> Self {
        let steps = STEPS.iter().position(|step| *step > cell);
        let at = if closer {
            steps.unwrap_or(STEPS.len() - 1)
        } else {
            STEPS.iter().rposition(|step| *step < cell).unwrap_or(0)
        };
        Self::Step(at as u8)
    }

    /// The step of this number, if there is one.
    pub fn step(number: u8) -> Option<Self> {
        (usize::from(number) < STEPS.len()).then_some(Self::Step(number))
    }
}

/// The lines along one side: how many, and before which of them a gap stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lines {
    /// How many.
    pub n: u32,
    /// Positions, ascending.
    pub gaps: Rc<[u32]>,
}

/// What there is to fit into.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Room {
    /// Width of the scrolling area.
    pub width: f64,
    /// Height it may take at most.
    pub height: f64,
    /// The longest label's width.
    pub label: f64,
    /// How large cells shall be.
    pub zoom: Zoom,
}

/// The geometry of one drawing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// The rows.
    pub rows: Lines,
    /// The columns.
    pub cols: Lines,
    /// A cell's pitch; one pixel less is filled where there is room for a grid line.
    pub cell: f64,
    /// Left edge of the cells when unscrolled.
    pub left: f64,
    /// Top edge of the cells when unscrolled.
    pub top: f64,
    /// Width kept at the right for totals and leaning labels.
    pub right: f64,
    /// Width kept at the left for brackets.
    pub brackets: f64,
    /// Size of everything, were it all visible.
    pub content: (f64, f64),
    /// Size of the canvas.
    pub view: (f64, f64),
    /// How far the cells are scrolled.
    pub scroll: (f64, f64),
    gap: f64,
}

impl Layout {
    /// Fits a chart into a room.
    pub fn of(chart: &Chart, room: Room, scroll: (f64, f64)) -> Self {
        let lines = |axis: &super::Axis| Lines { n: axis.len(), gaps: axis.gaps().into() };
        Self::new(lines(&chart.rows), lines(&chart.cols), chart.rows.named(), room, scroll)
    }

    /// Fits rows and columns into a room.
    pub fn new(rows: Lines, cols: Lines, named: bool, room: Room, scroll: (f64, f64)) -> Self {
        let label = room.label.clamp(CORNER, 168.0);
        let brackets = if named { BRACKETS } else { 0.0 };
        let left = (brackets + label + LABEL_GAP + 6.0).ceil();
        let top = (label * SLOPE.sin() + LABEL_GAP + 12.0).ceil();
        let right = BARS.max((label * SLOPE.cos()).ceil() + 4.0);
        let per = |lines: &Lines, space: f64, gap: f64| {
            let space = space - gap * lines.gaps.len() as f64;
            if lines.n == 0 { LARGEST } else { space / f64::from(lines.n) }
        };
        let fitting =
            |gap: f64| (per(&cols, room.width - left - right, gap), per(&rows, room.height - top - 4.0, gap));
        let cell = match room.zoom {
            Zoom::Step(step) => STEPS.get(usize::from(step)).copied().unwrap_or(LARGEST),
            Zoom::Readable => {
                let (wide, high) = fitting(GAPS[0].1);
                wide.min(high.max(COMFORTABLE)).floor().clamp(READABLE, LARGEST)
            }
            Zoom::Fit => {
                // Smaller gaps leave larger cells, which must not become so large that gaps are larger again.
                let mut most = LARGEST;
                let mut cell = 1.0;
                for (from, gap) in GAPS {
                    let (wide, high) = fitting(gap);
                    cell = wide.min(high).min(most);
                    if cell >= from {
                        break;
                    }
                    most = from - 0.5;
                }
                // Half pixels are still drawn crisply enough by every canvas.
                ((cell * 2.0).floor() / 2.0).clamp(1.0, LARGEST)
            }
        };
        let gap = GAPS.iter().find(|(from, _)| cell >= *from).map_or(0.0, |(_, gap)| *gap);
        let length = |lines: &Lines| f64::from(lines.n) * cell + gap * lines.gaps.len() as f64;
        let content = (left + length(&cols) + right, top + length(&rows) + 4.0);
        let view =
            (content.0.min(room.width.max(left + right + cell)), content.1.min(room.height.max(top + cell)));
        let scroll = (scroll.0.clamp(0.0, content.0 - view.0), scroll.1.clamp(0.0, content.1 - view.1));
        Self { rows, cols, cell, left, top, right, brackets, content, view, scroll, gap }
    }

    /// Whether something lies outside what is visible.
    pub fn scrolls(&self) -> bool {
        self.content.0 > self.view.0 + 0.5 || self.content.1 > self.view.1 + 0.5
    }

    /// How many positions apart labels stand, so that each has room.
    pub fn stride(&self) -> usize {
        if self.cell >= READABLE { 1 } else { (READABLE / self.cell).ceil() as usize }
    }

    /// What is filled of a cell's pitch.
    pub fn fill(&self) -> f64 {
        if self.cell >= 4.0 { self.cell - 1.0 } else { self.cell }
    }

    fn offset(&self, lines: &Lines, at: u32) -> f64 {
        let gaps = lines.gaps.partition_point(|gap| *gap <= at);
        f64::from(at) * self.cell + gaps as f64 * self.gap
    }

    /// The left edge of a column.
    pub fn x(&self, col: u32) -> f64 {
        self.left + self.offset(&self.cols, col) - self.scroll.0
    }

    /// The top edge of a row.
    pub fn y(&self, row: u32) -> f64 {
        self.top + self.offset(&self.rows, row) - self.scroll.1
    }

    /// The right end of the window through which cells are seen.
    pub fn cells_right(&self) -> f64 {
        self.view.0 - self.right
    }

    /// Positions that are at least partly visible: columns, then rows.
    pub fn visible(&self) -> (Range<u32>, Range<u32>) {
        let range = |lines: &Lines, scroll: f64, length: f64| {
            let from = self.index(lines, scroll).unwrap_or(0);
            let to = self.index(lines, scroll + length).map_or(lines.n, |last| last + 1);
            from..to.min(lines.n)
        };
        (
            range(&self.cols, self.scroll.0, self.cells_right() - self.left),
            range(&self.rows, self.scroll.1, self.view.1 - self.top),
        )
    }

    /// The position whose cell, or the gap before it, lies `offset` from the first cell's edge.
    fn index(&self, lines: &Lines, offset: f64) -> Option<u32> {
        // The run that holds the offset: the last whose gap begins before it.
        let run = lines.gaps.iter().enumerate().rev().find_map(|(before, gap)| {
            let start = f64::from(*gap) * self.cell + before as f64 * self.gap;
            (offset >= start).then_some((*gap, start + self.gap))
        });
        let (first, start) = run.unwrap_or_default();
        let at = f64::from(first)
            + ((offset - start) / self.cell).floor().max(if run.is_some() { 0.0 } else { -1.0 });
        (at >= 0.0 && at < f64::from(lines.n)).then_some(at as u32)
    }

    /// What lies at a point of the canvas.
    pub fn hit(&self, x: f64, y: f64) -> Option<Spot> {
        if x < 0.0 || y < 0.0 || x > self.view.0 || y > self.view.1 {
            return None;
        }
        let row = || self.index(&self.rows, y - self.top + self.scroll.1);
        if y < self.top {
            // Labels lean: the column is found along the slope.
            let along = x - (self.top - y) / SLOPE.tan();
            if along < self.left {
                return Some(Spot::All);
            }
            return self.index(&self.cols, along - self.left + self.scroll.0).map(Spot::Col);
        }
        if x < self.left || x >= self.cells_right() {
            return row().map(Spot::Row);
        }
        Some(Spot::Cell(row()?, self.index(&self.cols, x - self.left + self.scroll.0)?))
    }

    /// The scroll that shows a spot whole.
    pub fn reveal(&self, spot: Spot) -> (f64, f64) {
        let along = |lines: &Lines, at: Option<u32>, scroll: f64, window: f64| {
            let Some(at) = at else { return scroll };
            let start = self.offset(lines, at);
            let end = start + self.cell;
            scroll.max(end - window).min(start)
        };
        let (row, col) = spot.lines();
        (
            along(&self.cols, col, self.scroll.0, self.cells_right() - self.left),
            along(&self.rows, row, self.scroll.1, self.view.1 - self.top - 4.0),
        )
    }

    /// The scroll that keeps what lies at a point of `before` there, now that cells have another size.
    pub fn keeping(&self, before: &Self, (x, y): (f64, f64)) -> (f64, f64) {
        let along = |place: f64, edge: f64, scroll: f64, of: (&Lines, &Lines)| {
            let offset = (place - edge).max(0.0) + scroll;
            let line = before.index(of.0, offset).unwrap_or(of.0.n);
            let within = ((offset - before.offset(of.0, line)) / before.cell).clamp(0.0, 1.0);
            self.offset(of.1, line) + within * self.cell - (place - edge).max(0.0)
        };
        (
            along(x, self.left, before.scroll.0, (&before.cols, &self.cols)),
            along(y, self.top, before.scroll.1, (&before.rows, &self.rows)),
        )
    }

    /// Rows visible at once: what a page is.
    pub fn page(&self) -> u32 {
        (((self.view.1 - self.top) / self.cell) as u32).saturating_sub(1).max(1)
    }

    /// The angle of column labels, in radians.
    pub fn slope(&self) -> f64 {
        SLOPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { width: 780.0, height: 600.0, label: 100.0, zoom: Zoom::Readable };

    fn layout(n: u32, gaps: &[u32], room: Room, scroll: (f64, f64)) -> Layout {
        let lines = || Lines { n, gaps: gaps.into() };
        Layout::new(lines(), lines(), false, room, scroll)
    }

    #[test]
    fn few_subnets_get_large_cells_and_many_scroll() {
        let few = layout(4, &[], ROOM, (0.0, 0.0));
        assert_eq!((few.cell, few.scrolls()), (LARGEST, false));
        let many = layout(300, &[298], ROOM, (0.0, 0.0));
        assert_eq!((many.cell, many.scrolls(), many.stride()), (READABLE, true, 1));
        let fit = layout(300, &[298], Room { zoom: Zoom::Fit, ..ROOM }, (0.0, 0.0));
        assert!(!fit.scrolls() && fit.stride() > 1);
        let networks: Vec<u32> = (1..40).map(|i| i * 10).collect();
        assert!(!layout(400, &networks, Room { zoom: Zoom::Fit, ..ROOM }, (0.0, 0.0)).scrolls());
    }

    #[test]
    fn every_cell_is_found_where_it_is_drawn() {
        for gaps in [&[58][..], &[3, 20, 21, 58], &[]] {
            for scroll in [(0.0, 0.0), (100.0, 40.0)] {
                let layout = layout(60, gaps, ROOM, scroll);
                let (cols, rows) = layout.visible();
                for row in rows {
                    for col in cols.clone() {
                        let (x, y) = (layout.x(col) + layout.cell / 2.0, layout.y(row) + layout.cell / 2.0);
                        if x >= layout.left
                            && x < layout.cells_right()
                            && y >= layout.top
                            && y < layout.view.1
                        {
                            assert_eq!(layout.hit(x, y), Some(Spot::Cell(row, col)));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_revealed_spot_is_visible_whole() {
        let before = layout(300, &[7, 298], ROOM, (0.0, 0.0));
        let spot = Spot::Cell(299, 150);
        let shown = layout(300, &[7, 298], ROOM, before.reveal(spot));
        assert!(shown.x(150) >= shown.left && shown.x(150) + shown.cell <= shown.cells_right() + 0.01);
        assert!(shown.y(299) >= shown.top && shown.y(299) + shown.cell <= shown.view.1 + 0.01);
        assert_eq!(shown.reveal(spot), shown.scroll);
    }

    #[test]
    fn zoom_goes_by_steps_and_keeps_what_is_pointed_at() {
        assert_eq!(Zoom::next(READABLE, true), Zoom::Step(6));
        assert_eq!(Zoom::next(10.5, false), Zoom::Step(4));
        assert_eq!((Zoom::next(LARGEST, true), Zoom::next(1.0, false)), (Zoom::Step(9), Zoom::Step(0)));
        let before = layout(300, &[7, 200], ROOM, (900.0, 1200.0));
        let point = (400.0, 300.0);
        let closer = Room { zoom: Zoom::next(before.cell, true), ..ROOM };
        let after = layout(300, &[7, 200], closer, (0.0, 0.0));
        let after = layout(300, &[7, 200], closer, after.keeping(&before, point));
        assert!(after.cell > before.cell);
        assert_eq!(after.hit(point.0, point.1), before.hit(point.0, point.1));
    }

    #[test]
    fn leaning_labels_are_hit_along_their_slope() {
        let layout = layout(10, &[], ROOM, (0.0, 0.0));
        let high = 40.0;
        let x = layout.x(3) + layout.cell / 2.0 + high / SLOPE.tan();
        assert_eq!(layout.hit(x, layout.top - high), Some(Spot::Col(3)));
        assert_eq!(layout.hit(4.0, 4.0), Some(Spot::All));
    }
}
