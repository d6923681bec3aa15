//! What people say about a table that its headings and rows don't tell: what columns hold, and whether
//! dates begin with the day. And what the page shows of such a table, so that they can say it.
//!
//! A hint belongs to the tables that have the same headings, known by a fingerprint.

use super::columns::{Meaning, guess, normal};
use super::every_row::EveryRow;
use super::suggest::suggest;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Columns that are shown; tables of flows have ninety.
const MOST_COLUMNS: usize = 128;
/// Rows that are shown.
const MOST_ROWS: usize = 5;
/// Characters of a cell that are shown.
const MOST_CELL: usize = 48;
/// A longer heading can't be spoken of.
const MOST_HEADING: usize = 200;

/// What was said about tables with certain headings.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHint {
    /// The fingerprint of the headings; 0 stands for every table.
    pub headings: u64,
    /// What the column under a heading holds; `None`: nothing that counts.
    pub columns: Vec<(String, Option<Meaning>)>,
    /// Whether dates like 3/4/2026 begin with the day, where no row tells.
    pub day_first: Option<bool>,
    /// What every row has where no column says it.
    pub every_row: EveryRow,
}

/// The beginning of a table about which something can be said, or was.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableSketch {
    /// The fingerprint of its headings.
    pub key: u64,
    /// Its headings, the first hundred or so.
    pub headings: Vec<String>,
    /// Its first rows, cell by cell, long ones cut.
    pub rows: Vec<Vec<String>>,
    /// What each column holds: as said, as its heading tells, or as it seems.
    pub columns: Vec<Option<Meaning>>,
    /// Whether columns that a flow needs are not known.
    pub incomplete: bool,
    /// Whether the columns were said by hand.
    pub told: bool,
    /// What was said of every row and counts, since no column says it.
    pub every_row: EveryRow,
    /// Whether dates were read with the day first, where no row tells; `None`: the rows tell.
    pub day_first: Option<bool>,
}

impl TableSketch {
    /// Of a table with these headings.
    pub(super) fn new(headings: &[String]) -> Self {
        let headings: Vec<String> = headings.iter().map(|h| heading_text(h)).collect();
        Self {
            key: headings_key(&headings),
            headings: headings.into_iter().take(MOST_COLUMNS).collect(),
            ..Self::default()
        }
    }

    /// Whether it has all the rows that are shown.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= MOST_ROWS
    }

    /// Keeps a row.
    pub(super) fn keep(&mut self, mut cells: Vec<String>) {
        cells.truncate(self.headings.len());
        for cell in &mut cells {
            *cell = cell.trim().chars().take(MOST_CELL).collect();
        }
        self.rows.push(cells);
    }

    /// Fills in what columns seem to hold where nothing is known of them.
    pub(super) fn suggest(&mut self, known: &[Option<Meaning>]) {
        self.columns = known.iter().copied().take(self.headings.len()).collect();
        if self.incomplete {
            suggest(&self.headings, &self.rows, &mut self.columns);
        }
    }
}

/// A heading as people see it.
fn heading_text(heading: &str) -> String {
    let heading = heading.trim().trim_matches(['"', '\u{feff}']).trim();
    if heading.len() > MOST_HEADING { String::new() } else { heading.to_owned() }
}

/// The fingerprint of headings in their order, whatever suffixes an export gave them; never 0.
fn headings_key(headings: &[String]) -> u64 {
    let text: Vec<String> = headings.iter().map(|heading| normal(heading)).collect();
    xxh3_64(text.join("\u{1f}").as_bytes()).max(1)
}

/// What was said about one table.
#[derive(Debug, Default)]
pub(super) struct Told {
    columns: Vec<(String, Option<Meaning>)>,
    pub day_first: Option<bool>,
    pub every_row: EveryRow,
}

impl Told {
    /// Picks out of all hints those for a table; later ones count before earlier ones.
    pub fn about(headings: &[String], hints: &[TableHint]) -> Self {
        let mut out = Self::default();
        if hints.is_empty() {
            return out;
        }
        let headings: Vec<String> = headings.iter().map(|h| heading_text(h)).collect();
        let key = headings_key(&headings);
        for hint in hints.iter().rev().filter(|hint| hint.headings == 0 || hint.headings == key) {
            let here = |(heading, _): &&(String, Option<Meaning>)| headings.contains(heading);
            out.columns.extend(hint.columns.iter().filter(here).cloned());
            out.day_first = out.day_first.or(hint.day_first);
            out.every_row = out.every_row.or(hint.every_row);
        }
        out
    }

    /// Whether anything was said about its columns.
    pub fn has_columns(&self) -> bool {
        !self.columns.is_empty()
    }

    /// What the column under a heading holds: as it was said, else as the heading tells.
    pub fn means(&self, heading: &str) -> Option<Meaning> {
        if self.columns.is_empty() {
            return guess(heading);
        }
        let heading = heading_text(heading);
        match self.columns.iter().find(|(known, _)| *known == heading) {
            Some((_, meaning)) => *meaning,
            // What was said of another column is not to be guessed of this one.
            None => guess(&heading).filter(|meaning| self.columns.iter().all(|(_, m)| *m != Some(*meaning))),
        }
    }
}
