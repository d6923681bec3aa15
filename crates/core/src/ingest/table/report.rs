//! What is said of a table at its end, and of rows that were passed over.

use super::columns::{Meaning, Table};
use super::flows::first_date;
use super::hint::TableSketch;
use super::splitting::Splitter;
use super::values::Date;
use super::{Place, TableReader};
use crate::ingest::scanner::{Outcome, Stretch};
use crate::ingest::{Issue, IssueCode, Part, SourceKind};
use std::collections::VecDeque;

/// What is said of rows that are longer, or have a longer cell.
pub const LONG_CELL: &str = "rows with a cell of more than 64 kB, or of more than 1 MB";

/// Issues and stretches kept; more are only counted.
const MAX_LISTED: usize = 1000;

/// Numbers of rows at which portals and queries cut a result.
const LIMITS: [u64; 3] = [10_000, 30_000, 500_000];

/// What is known at the end of a table.
#[derive(Debug)]
pub struct TableEnd {
    /// The same as a scanner's.
    pub outcome: Outcome,
    /// Which table it is.
    pub kind: SourceKind,
    /// Why no row could be read.
    pub refused: Option<String>,
    /// Its beginning, where something can be said about it, or was.
    pub sketch: Option<Box<TableSketch>>,
}

impl TableReader {
    pub(super) fn note(&mut self, issue: Issue) {
        if self.out.issues.len() < MAX_LISTED {
            self.out.issues.push(issue);
            return;
        }
        match self.out.unlisted.iter_mut().find(|(code, _)| *code == issue.code) {
            Some((_, count)) => *count += 1,
            None => self.out.unlisted.push((issue.code, 1)),
        }
    }

    /// Passes over a stretch; neighbours of one kind are one.
    pub(super) fn skip(&mut self, place: Place, code: IssueCode, category: String) {
        if let Some(last) = self.out.stretches.last_mut()
            && last.code == code
            && last.category == category
            && place.offset <= last.offset + last.length + 3
        {
            last.length = place.offset + place.length - last.offset;
        } else if self.out.stretches.len() < MAX_LISTED {
            let Place { offset, length, .. } = place;
            self.out.stretches.push(Stretch { offset, length, code, record: None, category });
        } else {
            self.out.unlisted_skipped += place.length;
        }
    }

    /// Ends the table.
    pub fn finish(mut self) -> (VecDeque<Part>, TableEnd) {
        if let Splitter::Csv(_) = self.splitter {
            self.split_csv(&[], true);
        }
        if let Splitter::Json(reader) = &self.splitter
            && let Some(start) = reader.is_inside()
        {
            let place = Place { offset: start, length: self.out.length - start, line: 0 };
            self.skip(place, IssueCode::Truncated, String::new());
        }
        if self.day_first.is_none() {
            self.assumed_order =
                self.held.iter().any(|(_, cells)| matches!(first_date(cells), Some(Date::Either(..))));
            self.settle(self.told.day_first.unwrap_or(false));
        }
        let end = self.out.length;
        let mut say = |code, message: String| {
            self.out.issues.push(Issue { offset: 0, code, record: None, length: 0, message });
        };
        let unclear = self.assumed_order && self.refused.is_none();
        if unclear && self.told.day_first.is_none() {
            say(
                IssueCode::DateOrder,
                "dates like 3/4/2026 were read as month/day: no row tells which it is".to_owned(),
            );
        }
        if !self.always.is_empty() && self.rows > 0 {
            let words = |(meaning, said): &(Meaning, String)| match meaning {
                Meaning::Protocol | Meaning::Port => format!("{} {said}", meaning.name()),
                _ => said.clone(),
            };
            let said: Vec<String> = self.always.iter().map(words).collect();
            say(
                IssueCode::EveryRow,
                format!("no column says it: every row counts as {}, as was said", said.join(", ")),
            );
        }
        for (rows, what) in self.without.into_iter().zip(["protocol", "port", "direction"]) {
            if rows > 0 {
                let message = format!("{rows} of {} rows do not say the {what}: it is unknown", self.rows);
                say(IssueCode::UnknownValue, message);
            }
        }
        if LIMITS.contains(&self.rows) {
            say(
                IssueCode::RowLimit,
                format!("exactly {} rows: the query's result was probably cut there", self.rows),
            );
        }
        let mapping = self.mapping.as_ref();
        let kind = match mapping.map_or(Table::Other, |m| m.table) {
            Table::Vnet => SourceKind::TrafficAnalyticsVnet,
            Table::Nsg => SourceKind::TrafficAnalyticsNsg,
            Table::Other => SourceKind::FlowCsv,
        };
        let kind = self.query.unwrap_or(kind);
        if self.refused.is_none() && self.rows == 0 && self.out.stretches.is_empty() {
            self.refused = Some("headings without any row".to_owned());
        }
        self.ready.push_back(self.part.take(end));
        let mut sketch = self.sketch;
        sketch.incomplete = mapping.is_some_and(|m| !m.missing(sketch.every_row).is_empty());
        sketch.told = self.told.has_columns() || !self.always.is_empty();
        sketch.day_first = unclear.then(|| self.told.day_first.unwrap_or(false));
        sketch.suggest(mapping.map(|m| m.columns.as_slice()).unwrap_or_default());
        let asks = sketch.incomplete || sketch.told || unclear;
        let sketch = asks.then(|| Box::new(sketch));
        (self.ready, TableEnd { outcome: self.out, kind, refused: self.refused, sketch })
    }
}
