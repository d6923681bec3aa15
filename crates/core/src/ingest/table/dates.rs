//! The order of day and month: rows wait until one of them tells it.
//!
//! `3/4/2026` is a day in March or in April. The first date that has a number above twelve decides for all rows, as
//! does a half day (AM, PM), which only the United States' order is written with. Where none does, what people said of
//! the table counts, and else the month comes first, which an issue says.

use super::columns::Meaning;
use super::flows::first_date;
use super::values::Date;
use super::{Place, TableReader};

/// Rows, and bytes of a file, that are held until the order of day and month is known.
const HELD: (usize, u64) = (5_000, 64 << 20);

impl TableReader {
    /// Holds the row that lies in the cells until the order of dates is known.
    pub(super) fn hold(&mut self, place: Place) {
        let decided = match first_date(&self.cells) {
            Some(Date::Either(a, b, ..)) if a > 12 || b > 12 => Some(a > 12),
            // Only the United States' order is written with AM and PM.
            Some(Date::Either(..)) if self.has_half_days() => Some(false),
            Some(Date::Known(_)) => Some(false),
            _ => None,
        };
        self.held.push((place, self.cells.clone()));
        let held = self.held.first().map_or(0, |(first, _)| place.offset.saturating_sub(first.offset));
        if decided.is_some() || self.held.len() >= HELD.0 || held > HELD.1 {
            self.assumed_order = decided.is_none();
            self.settle(decided.or(self.told.day_first).unwrap_or(false));
        }
    }

    pub(super) fn has_half_days(&self) -> bool {
        [Meaning::Start, Meaning::Interval, Meaning::Time, Meaning::End].into_iter().any(|meaning| {
            let text = self.cells.get(meaning).to_ascii_uppercase();
            text.ends_with("AM") || text.ends_with("PM")
        })
    }

    pub(super) fn settle(&mut self, day_first: bool) {
        self.day_first = Some(day_first);
        for (place, cells) in std::mem::take(&mut self.held) {
            self.take(place, &cells, day_first);
        }
    }
}
