//! Where everything of the matrix lies on its canvas, in CSS pixels.
//!
//! The canvas is as large as what is visible; cells scroll beneath labels that stay. All places
//! are those on the canvas, scrolling included.

use super::Spot;
use std::ops::Range;

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
/// Between the inside and the outside.
const GAP: f64 = 8.0;
/// The bars of row totals with their margins.
const BARS: f64 = 78.0;
/// Between a label and the cells.
const LABEL_GAP: f64 = 10.0;

/// What there is to fit into.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Room {
    /// Width of the scrolling area.
    pub width: f64,
    /// Height it may take at most.
    pub height: f64,
    /// The longest label's width.
    pub label: f64,
    /// Whether everything shall be visible at once, labels or not.
    pub fit: bool,
}

/// The geometry of one drawing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Layout {
    /// Subnets on each axis.
    pub n: u32,
    /// A cell's pitch; one pixel less is filled where there is room for a grid line.
    pub cell: f64,
    /// Left edge of the cells when unscrolled.
    pub left: f64,
    /// Top edge of the cells when unscrolled.
    pub top: f64,
    /// Width kept at the right for totals and leaning labels.
    pub right: f64,
    /// Size of everything, were it all visible.
    pub content: (f64, f64),
    /// Size of the canvas.
    pub view: (f64, f64),
    /// How far the cells are scrolled.
    pub scroll: (f64, f64),
    outside_from: Option<u32>,
}

impl Layout {
    /// Fits `n` subnets into a room.
    pub fn new(n: u32, outside_from: Option<u32>, room: Room, scroll: (f64, f64)) -> Self {
        let label = room.label.clamp(CORNER, 168.0);
        let left = (label + LABEL_GAP + 6.0).ceil();
        let top = (label * SLOPE.sin() + LABEL_GAP + 12.0).ceil();
        let right = BARS.max((label * SLOPE.cos()).ceil() + 4.0);
        let gap = if outside_from.is_some() { GAP } else { 0.0 };
        let per = |space: f64| if n == 0 { LARGEST } else { space / f64::from(n) };
        let (wide, high) = (per(room.width - left - right - gap), per(room.height - top - gap - 4.0));
        let cell = if room.fit {
            // Half pixels are still drawn crisply enough by every canvas.
            ((wide.min(high) * 2.0).floor() / 2.0).clamp(1.0, LARGEST)
        } else {
            wide.min(high.max(COMFORTABLE)).floor().clamp(READABLE, LARGEST)
        };
        let grid = f64::from(n) * cell + gap;
        let content = (left + grid + right, top + grid + 4.0);
        let view =
            (content.0.min(room.width.max(left + right + cell)), content.1.min(room.height.max(top + cell)));
        let scroll = (scroll.0.clamp(0.0, content.0 - view.0), scroll.1.clamp(0.0, content.1 - view.1));
        Self { n, cell, left, top, right, content, view, scroll, outside_from }
    }

    /// Whether something lies outside what is visible.
    pub fn scrolls(&self) -> bool {
        self.content.0 > self.view.0 + 0.5 || self.content.1 > self.view.1 + 0.5
    }

    /// Whether every column and row has room for its name.
    pub fn labelled(&self) -> bool {
        self.cell >= READABLE
    }

    /// What is filled of a cell's pitch.
    pub fn fill(&self) -> f64 {
        if self.cell >= 4.0 { self.cell - 1.0 } else { self.cell }
    }

    fn offset(&self, at: u32) -> f64 {
        let gap = self.outside_from.filter(|from| at >= *from).map_or(0.0, |_| GAP);
        f64::from(at) * self.cell + gap
    }

    /// The left edge of a column.
    pub fn x(&self, col: u32) -> f64 {
        self.left + self.offset(col) - self.scroll.0
    }

    /// The top edge of a row.
    pub fn y(&self, row: u32) -> f64 {
        self.top + self.offset(row) - self.scroll.1
    }

    /// The right end of the window through which cells are seen.
    pub fn cells_right(&self) -> f64 {
        self.view.0 - self.right
    }

    /// The runs of positions that have no gap inside.
    pub fn runs(&self) -> impl Iterator<Item = Range<u32>> + use<> {
        let cut = self.outside_from.unwrap_or(self.n);
        [0..cut, cut..self.n].into_iter().filter(|r| !r.is_empty())
    }

    /// Positions that are at least partly visible: columns, then rows.
    pub fn visible(&self) -> (Range<u32>, Range<u32>) {
        let range = |scroll: f64, length: f64| {
            let from = self.index(scroll).unwrap_or(0);
            let to = self.index(scroll + length).map_or(self.n, |last| last + 1);
            from..to.min(self.n)
        };
        (range(self.scroll.0, self.cells_right() - self.left), range(self.scroll.1, self.view.1 - self.top))
    }

    /// The position whose cell, or the gap before it, lies `offset` from the first cell's edge.
    fn index(&self, offset: f64) -> Option<u32> {
        let plain = (offset / self.cell).floor();
        let at = match self.outside_from {
            Some(from) if plain >= f64::from(from) => {
                ((offset - GAP) / self.cell).floor().max(f64::from(from))
            }
            _ => plain,
        };
        (at >= 0.0 && at < f64::from(self.n)).then_some(at as u32)
    }

    /// What lies at a point of the canvas.
    pub fn hit(&self, x: f64, y: f64) -> Option<Spot> {
        if x < 0.0 || y < 0.0 || x > self.view.0 || y > self.view.1 {
            return None;
        }
        let row = || self.index(y - self.top + self.scroll.1);
        if y < self.top {
            // Labels lean: the column is found along the slope.
            let along = x - (self.top - y) / SLOPE.tan();
            if along < self.left {
                return Some(Spot::All);
            }
            return self.index(along - self.left + self.scroll.0).map(Spot::Col);
        }
        if x < self.left || x >= self.cells_right() {
            return row().map(Spot::Row);
        }
        Some(Spot::Cell(row()?, self.index(x - self.left + self.scroll.0)?))
    }

    /// The scroll that shows a spot whole.
    pub fn reveal(&self, spot: Spot) -> (f64, f64) {
        let along = |at: Option<u32>, scroll: f64, window: f64| {
            let Some(at) = at else { return scroll };
            let start = self.offset(at);
            let end = start + self.cell;
            scroll.max(end - window).min(start)
        };
        let (row, col) = spot.lines();
        (
            along(col, self.scroll.0, self.cells_right() - self.left),
            along(row, self.scroll.1, self.view.1 - self.top - 4.0),
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

    const ROOM: Room = Room { width: 780.0, height: 600.0, label: 100.0, fit: false };

    #[test]
    fn few_subnets_get_large_cells_and_many_scroll() {
        let few = Layout::new(4, None, ROOM, (0.0, 0.0));
        assert_eq!((few.cell, few.scrolls()), (LARGEST, false));
        let many = Layout::new(300, Some(298), ROOM, (0.0, 0.0));
        assert_eq!((many.cell, many.scrolls(), many.labelled()), (READABLE, true, true));
        let fit = Layout::new(300, Some(298), Room { fit: true, ..ROOM }, (0.0, 0.0));
        assert_eq!((fit.scrolls(), fit.labelled()), (false, false));
    }

    #[test]
    fn every_cell_is_found_where_it_is_drawn() {
        for scroll in [(0.0, 0.0), (100.0, 40.0)] {
            let layout = Layout::new(60, Some(58), ROOM, scroll);
            let (cols, rows) = layout.visible();
            for row in rows {
                for col in cols.clone() {
                    let (x, y) = (layout.x(col) + layout.cell / 2.0, layout.y(row) + layout.cell / 2.0);
                    if x >= layout.left && x < layout.cells_right() && y >= layout.top && y < layout.view.1 {
                        assert_eq!(layout.hit(x, y), Some(Spot::Cell(row, col)));
                    }
                }
            }
        }
    }

    #[test]
    fn a_revealed_spot_is_visible_whole() {
        let layout = Layout::new(300, Some(298), ROOM, (0.0, 0.0));
        let spot = Spot::Cell(299, 150);
        let shown = Layout::new(300, Some(298), ROOM, layout.reveal(spot));
        assert!(shown.x(150) >= shown.left && shown.x(150) + shown.cell <= shown.cells_right() + 0.01);
        assert!(shown.y(299) >= shown.top && shown.y(299) + shown.cell <= shown.view.1 + 0.01);
        assert_eq!(shown.reveal(spot), shown.scroll);
    }

    #[test]
    fn leaning_labels_are_hit_along_their_slope() {
        let layout = Layout::new(10, None, ROOM, (0.0, 0.0));
        let high = 40.0;
        let x = layout.x(3) + layout.cell / 2.0 + high / SLOPE.tan();
        assert_eq!(layout.hit(x, layout.top - high), Some(Spot::Col(3)));
        assert_eq!(layout.hit(4.0, 4.0), Some(Spot::All));
    }
}
