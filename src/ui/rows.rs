//! Which rows of a long list are in view. Pure geometry in CSS pixels.
//!
//! A browser's elements end at some ten million pixels. A list that would be higher is squeezed: the scroll bar
//! then moves by more than a row for each row's height, while keys still move row by row.

/// The height of a row.
pub const ROW: f64 = 26.0;
/// The most that is scrolled over.
const HIGHEST: f64 = 8_000_000.0;

/// A list and the room for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rows {
    /// How many rows it has.
    pub total: u32,
    /// How many fit into view.
    pub visible: u32,
}

impl Rows {
    /// As many rows as fit into a height, three at least.
    pub fn new(total: u32, height: f64) -> Self {
        Self { total, visible: ((height / ROW).floor().max(3.0) as u32).min(total.max(1)) }
    }

    /// The last row that can be the first in view.
    pub fn last_top(&self) -> u32 {
        self.total.saturating_sub(self.visible)
    }

    /// The height of all of it.
    pub fn height(&self) -> f64 {
        f64::from(self.visible) * ROW + self.way()
    }

    /// How far it scrolls.
    fn way(&self) -> f64 {
        (f64::from(self.last_top()) * ROW).min(HIGHEST)
    }

    /// The first row in view when scrolled so far.
    pub fn top(&self, scrolled: f64) -> u32 {
        let way = self.way();
        if way <= 0.0 {
            return 0;
        }
        ((scrolled / way * f64::from(self.last_top())).round().max(0.0) as u32).min(self.last_top())
    }

    /// How far to scroll for this row to be the first.
    pub fn scrolled(&self, top: u32) -> f64 {
        f64::from(top.min(self.last_top())) / f64::from(self.last_top().max(1)) * self.way()
    }

    /// The first row in view once `row` is in view, moving as little as possible.
    pub fn reveal(&self, top: u32, row: u32) -> u32 {
        top.min(row).max((row + 1).saturating_sub(self.visible)).min(self.last_top())
    }

    /// Where a key leads from a row; `None` for other keys.
    pub fn step(&self, key: &str, from: Option<u32>) -> Option<u32> {
        let last = self.total.checked_sub(1)?;
        let page = self.visible.saturating_sub(1).max(1);
        let from_or =
            |start: u32, moved: fn(u32, u32) -> u32, by: u32| from.map_or(start, |at| moved(at, by));
        Some(
            match key {
                "ArrowDown" => from_or(0, u32::saturating_add, 1),
                "ArrowUp" => from_or(0, u32::saturating_sub, 1),
                "PageDown" => from_or(0, u32::saturating_add, page),
                "PageUp" => from_or(0, u32::saturating_sub, page),
                "Home" => 0,
                "End" => last,
                _ => return None,
            }
            .min(last),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_the_first_in_view() {
        for total in [0, 1, 5, 40, 1000, 1_000_000, 5_000_000] {
            let rows = Rows::new(total, 520.0);
            assert!(rows.height() < 9_000_000.0);
            for top in [0, 1, 2, total / 3, total / 2, rows.last_top()] {
                let top = top.min(rows.last_top());
                // A browser keeps whole pixels.
                assert_eq!(rows.top(rows.scrolled(top).round()), top, "{total}");
            }
        }
    }

    #[test]
    fn keys_stay_within_the_list() {
        let rows = Rows::new(100, 10.0 * ROW);
        assert_eq!(rows.visible, 10);
        for (key, from, to) in [
            ("ArrowDown", None, 0),
            ("ArrowDown", Some(99), 99),
            ("ArrowUp", Some(0), 0),
            ("PageDown", Some(4), 13),
            ("PageUp", Some(4), 0),
            ("Home", Some(50), 0),
            ("End", None, 99),
        ] {
            assert_eq!(rows.step(key, from), Some(to), "{key}");
        }
        assert_eq!(rows.step("a", Some(1)), None);
        assert_eq!(Rows::new(0, 100.0).step("End", None), None);
    }

    #[test]
    fn a_row_is_revealed_with_the_least_movement() {
        let rows = Rows::new(100, 10.0 * ROW);
        assert_eq!([3, 25, 12].map(|row| rows.reveal(10, row)), [3, 16, 10]);
    }
}
