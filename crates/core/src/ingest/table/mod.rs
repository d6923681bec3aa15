//! Tables of flows: exports of Traffic Analytics, and of queries over it.
//!
//! `detect` tells a table from other text, `splitting` and `json` cut it into rows of cells; `columns` tells
//! what headings mean and `every_row` what is said in their stead, `hint` is what people say of others and `suggest` what those seem to mean; `dates` finds out in
//! which order day and month are, `values` reads cells, `flows` makes flow records of a row, `rows` adds them to the
//! part, `report` ends the table. Each row is a log record of its own. Rows of one file that
//! are equal in all columns that count are told apart by how often they came before: in a projected export
//! they are different flows, in a second copy of the file they are the same ones.

mod columns;
mod dates;
mod detect;
mod every_row;
mod flows;
mod hint;
mod json;
mod report;
mod rows;
mod splitting;
mod suggest;
mod values;

pub use columns::{Meaning, is_rules};
pub use every_row::{EveryRow, missing as missing_columns};
pub use flows::OUTSIDE;
pub use hint::{TableHint, TableSketch};
pub use report::{LONG_CELL, TableEnd};

use super::record::PartBuilder;
use super::scanner::Outcome;
use super::{Part, SourceKind};
use columns::Mapping;
use detect::detect;
use flows::Cells;
use hashbrown::HashMap;
use hint::Told;
use splitting::Splitter;
use std::collections::VecDeque;

/// See the module's description.
pub struct TableReader {
    splitter: Splitter,
    mapping: Option<Mapping>,
    /// What people say about tables, until the headings are here; then what they say about this one.
    hints: Vec<TableHint>,
    told: Told,
    sketch: TableSketch,
    /// Cells that were said of every row.
    always: Vec<(Meaning, String)>,
    cells: Cells,
    /// Rows before the order of day and month is known: offset, length, line.
    held: Vec<(Place, Cells)>,
    day_first: Option<bool>,
    part: PartBuilder,
    ready: VecDeque<Part>,
    seen: HashMap<u128, u32>,
    /// What a row's fingerprint is made of; kept for its room.
    hashed: Vec<u8>,
    rows: u64,
    /// Rows that were read without a protocol, a port, a direction.
    without: [u64; 3],
    /// Which of azflow's own queries made the table, if one did.
    query: Option<SourceKind>,
    refused: Option<String>,
    out: Outcome,
    /// Something that was assumed: the order of dates, one flow a row.
    assumed_order: bool,
}

/// Where a row is.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    offset: u64,
    length: u64,
    line: u64,
}

impl std::fmt::Debug for TableReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableReader").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl TableReader {
    /// A reader for a text that begins like this, if it is a table of flows.
    pub fn detect(head: &[u8], hints: &[TableHint]) -> Option<Self> {
        let splitter = Splitter::new(detect(head, hints)?);
        Some(Self {
            splitter,
            mapping: None,
            hints: hints.to_vec(),
            told: Told::default(),
            sketch: TableSketch::default(),
            always: Vec::new(),
            cells: Cells::default(),
            held: Vec::new(),
            day_first: None,
            part: PartBuilder::default(),
            ready: VecDeque::new(),
            seen: HashMap::new(),
            hashed: Vec::new(),
            rows: 0,
            without: [0; 3],
            query: None,
            refused: None,
            out: Outcome::default(),
            assumed_order: false,
        })
    }

    /// Reads on.
    pub fn push(&mut self, bytes: &[u8]) {
        self.out.length += bytes.len() as u64;
        if !self.is_over() {
            self.split(bytes);
        }
    }

    /// Whether nothing more is to be read: no row counts, and as many are here as are shown.
    fn is_over(&self) -> bool {
        self.refused.is_some() && self.sketch.is_full()
    }

    /// A part that is large enough to be sent on, if there is one.
    pub fn take_part(&mut self) -> Option<Part> {
        self.ready.pop_front()
    }
}
