//! What is filled with what, for the screen's canvas and for pictures that leave the page alike.

use super::{Chart, ChartCell, LEVELS, Layout, Measure, Scale};
use azflow_engine::rules::Fate;
use std::ops::Range;

/// Left, top, width, height.
pub type Rect = (f64, f64, f64, f64);

/// Rectangles by what they are filled with, so that each filling is one call.
#[derive(Debug, Default)]
pub struct Parts {
    /// Allowed, by level.
    pub allowed: [Vec<Rect>; LEVELS],
    /// Denied, by level.
    pub denied: [Vec<Rect>; LEVELS],
    /// Seen without anything to count.
    pub zero: Vec<Rect>,
    /// With denials, where depth means traffic.
    pub marks: Vec<Rect>,
    /// By fate, where cells say what becomes of conversations; those that are kept are among the allowed.
    pub fates: [Vec<Rect>; 5],
    /// Where a subnet meets itself.
    pub diagonal: Vec<Rect>,
    /// The ground of all cells: a rectangle for each two groups.
    pub ground: Vec<Rect>,
}

/// The parts of the cells in these columns and rows.
pub fn parts(chart: &Chart, layout: &Layout, cols: &Range<u32>, rows: &Range<u32>) -> Parts {
    let mut parts = Parts::default();
    let size = layout.fill();
    for down in &chart.rows.groups {
        for across in &chart.cols.groups {
            let (x, y) = (layout.x(across.from), layout.y(down.from));
            let (right, bottom) = (layout.x(across.to - 1) + size, layout.y(down.to - 1) + size);
            parts.ground.push((x, y, right - x, bottom - y));
        }
    }
    for row in rows.clone() {
        let line = chart.rows.lines.get(row as usize).copied();
        if let Some(col) = line.and_then(|line| chart.cols.position(line)).filter(|col| cols.contains(col)) {
            parts.diagonal.push((layout.x(col), layout.y(row), size, size));
        }
        let cells = chart.row(row);
        let from = cells.partition_point(|c| c.col < cols.start);
        for cell in cells[from..].iter().take_while(|c| c.col < cols.end) {
            let whole = (layout.x(cell.col), layout.y(row), size, size);
            if chart.by_fate {
                parts.place_fates(cell, whole);
            } else {
                parts.place(chart.measure, cell, whole);
            }
        }
    }
    parts
}

/// Fates from top to bottom of a cell: what wants looking at first.
const DOWN: [Fate; 5] =
    [Fate::WouldBreak, Fate::NewlyOpened, Fate::Undecidable, Fate::StillBlocked, Fate::Kept];
/// Below this size a cell is all of the fate that wants looking at most.
const SPLIT_FROM: f64 = 6.0;

impl Parts {
    /// Sorts one cell's fates in: each takes its share, and at least a fifth, so that one conversation of a million is
    /// seen.
    fn place_fates(&mut self, cell: &ChartCell, (x, y, size, _): Rect) {
        let there = || DOWN.into_iter().filter(|fate| cell.fates[*fate as usize] > 0);
        let (count, all) = (there().count(), cell.fates.iter().sum::<u64>());
        let mut put = |fate: Fate, rect: Rect| match fate {
            Fate::Kept => self.allowed[cell.level].push(rect),
            other => self.fates[other as usize].push(rect),
        };
        if size < SPLIT_FROM {
            there().take(1).for_each(|fate| put(fate, (x, y, size, size)));
            return;
        }
        let least = size / 5.0;
        let rest = size - least * count as f64;
        let mut top = y;
        for fate in there() {
            let height = least + rest * cell.fates[fate as usize] as f64 / all.max(1) as f64;
            put(fate, (x, top, size, height));
            top += height;
        }
    }

    /// Sorts one cell's parts in.
    fn place(&mut self, measure: Measure, cell: &ChartCell, whole: Rect) {
        let (x, y, size, _) = whole;
        if cell.value == 0 {
            self.zero.push(whole);
        }
        if measure != Measure::Flows {
            if cell.value > 0 {
                self.allowed[cell.level].push(whole);
            }
            if cell.tally.denied_flows > 0 {
                self.marks.push(whole);
            }
            return;
        }
        if cell.value == 0 {
            return;
        }
        // A share that exists takes at least a sixth of the cell, and leaves as much to the other.
        let least = (size / 6.0).max(1.0).min(size / 2.0);
        let denied = match cell.denied_share {
            0.0 => 0.0,
            1.0 => size,
            share => (size * share).clamp(least, size - least),
        };
        if denied < size {
            self.allowed[cell.level].push((x, y, size, size - denied));
        }
        if denied > 0.0 {
            self.denied[cell.level].push((x, y + size - denied, size, denied));
        }
    }
}

/// A bar a row: its sum on a log scale of its own, allowed and denied, split where flows are measured.
pub fn bars(chart: &Chart, layout: &Layout, rows: &Range<u32>) -> (Vec<Rect>, Vec<Rect>) {
    const WIDTH: f64 = 60.0;
    let scale = Scale { max: chart.rows.totals.iter().map(|t| t.value).max().unwrap_or(0) };
    let height = (layout.fill() * 0.38).clamp(1.0, 10.0);
    let x = layout.cells_right() + 10.0;
    let (mut allowed, mut denied) = (Vec::new(), Vec::new());
    for row in rows.clone() {
        let Some(totals) = chart.rows.totals.get(row as usize).filter(|t| t.value > 0) else { continue };
        let y = layout.y(row) + (layout.fill() - height) / 2.0;
        let length = (WIDTH * scale.depth(totals.value)).max(2.0);
        let red = match (chart.measure, totals.denied) {
            (Measure::Flows, 1..) => {
                let share = totals.denied as f64 / (totals.allowed + totals.denied) as f64;
                (length * share).max(2.0).min(length)
            }
            _ => 0.0,
        };
        if red < length {
            allowed.push((x, y, length - red, height));
        }
        if red > 0.0 {
            denied.push((x + length - red, y, red, height));
        }
    }
    (allowed, denied)
}

/// Names longer than this many characters lose their middle; the status line has them whole.
pub fn elided(name: &str, most: usize) -> String {
    let count = name.chars().count();
    if count <= most {
        return name.to_owned();
    }
    let head = most / 2;
    let tail = most.saturating_sub(head + 1);
    name.chars().take(head).chain(['…']).chain(name.chars().skip(count - tail)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fate_takes_its_share_and_is_seen_however_small_it_is() {
        let cell = |fates| ChartCell {
            row: 0,
            col: 0,
            value: 1,
            level: 3,
            denied_share: 0.0,
            tally: azflow_core::model::Tally::default(),
            fates,
        };
        let mut parts = Parts::default();
        parts.place_fates(&cell([999_999, 1, 0, 0, 0]), (10.0, 20.0, 20.0, 20.0));
        let breaks = parts.fates[Fate::WouldBreak as usize][0];
        let kept = parts.allowed[3][0];
        assert_eq!((breaks.1, kept.1), (20.0, 20.0 + breaks.3), "what would break stands on top");
        assert!(breaks.3 >= 4.0 && (breaks.3 + kept.3 - 20.0).abs() < 1e-9);
        // Where there is no room to split, the worst is all that is seen.
        let mut parts = Parts::default();
        parts.place_fates(&cell([5, 0, 5, 0, 1]), (0.0, 0.0, 4.0, 4.0));
        assert_eq!(parts.fates[Fate::Undecidable as usize], [(0.0, 0.0, 4.0, 4.0)]);
        assert!(
            parts.allowed.iter().all(Vec::is_empty) && parts.fates[Fate::StillBlocked as usize].is_empty()
        );
    }

    #[test]
    fn long_names_keep_their_ends() {
        assert_eq!(elided("snet-web", 26), "snet-web");
        assert_eq!(elided("abcdefghijkl", 7), "abc…jkl");
        assert_eq!(elided("abc", 1), "…");
    }
}
