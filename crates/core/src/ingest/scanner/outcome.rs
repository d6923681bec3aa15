//! The report: what was found, what was passed over, and what was odd.
//!
//! Lists are capped, so that a damaged file of any size takes little memory; what is beyond the cap is counted.

use super::Scanner;
use crate::ingest::classify::Sketch;
use crate::ingest::seek::FoundTuple;
use crate::ingest::{Held, Issue, IssueCode};
use crate::model::UnixMillis;

/// Notes and rejected tuples that are kept in a source; more are only counted.
const MAX_ISSUES: usize = 1000;

/// A stretch of bytes that belongs to no counted record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins, in the scanner's own text.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// Why it was passed over.
    pub code: IssueCode,
    /// The number of the record that was given up.
    pub record: Option<u64>,
    /// Other logs' records: their category.
    pub category: String,
}

/// What the scanner knows at the end of the text.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Notes and rejected tuples.
    pub issues: Vec<Issue>,
    /// Stretches passed over, by offset.
    pub stretches: Vec<Stretch>,
    /// Bytes passed over in stretches that are not listed, because there were too many.
    pub unlisted_skipped: u64,
    /// NSG records and VNet records.
    pub flow_records: [u64; 2],
    /// Tuples by kind.
    pub held: Held,
    /// Earliest tuple.
    pub first: Option<UnixMillis>,
    /// Latest tuple.
    pub last: Option<UnixMillis>,
    /// Length of the text.
    pub length: u64,
    /// Keys of the first object, for telling what a file without flow records is.
    pub sketch: Sketch,
    /// Issues not kept because there were too many, by code.
    pub unlisted: Vec<(IssueCode, u64)>,
}

impl Scanner {
    /// The tuples found since the last call.
    pub fn take_found(&mut self) -> Vec<FoundTuple> {
        std::mem::take(&mut self.found)
    }

    /// Whether a flow record was found.
    pub fn has_flow_records(&self) -> bool {
        self.out.flow_records != [0, 0]
    }

    /// Notes that the text is what a column of a table holds.
    pub fn note_cells(&mut self) {
        let message = "the records stand in a column of a table; its other columns are passed over";
        self.note(IssueCode::RecordsInCells, 0, message);
    }

    pub(super) fn note(&mut self, code: IssueCode, offset: u64, message: &str) {
        self.list(Issue { offset, code, record: None, length: 0, message: message.to_owned() });
    }

    pub(super) fn list(&mut self, issue: Issue) {
        if self.out.issues.len() < MAX_ISSUES {
            self.out.issues.push(issue);
        } else {
            self.count_unlisted(issue.code);
        }
    }

    fn count_unlisted(&mut self, code: IssueCode) {
        match self.out.unlisted.iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count += 1,
            None => self.out.unlisted.push((code, 1)),
        }
    }

    pub(super) fn skip_stretch(
        &mut self,
        from: u64,
        to: u64,
        code: IssueCode,
        record: Option<u64>,
        category: String,
    ) {
        if code != IssueCode::OtherRecord {
            self.damaged = true;
        }
        if let Some(last) = self.out.stretches.last_mut() {
            // Neighbours of one kind are one stretch: the separator between them goes along.
            let gap = from.saturating_sub(last.offset + last.length);
            let same = last.code == code && last.category == category;
            if same && code == IssueCode::OtherRecord && gap <= 4 {
                last.length = to - last.offset;
                return;
            }
        }
        if self.out.stretches.len() < MAX_ISSUES {
            self.out.stretches.push(Stretch { offset: from, length: to - from, code, record, category });
        } else {
            self.out.unlisted_skipped += to - from;
            self.count_unlisted(code);
        }
    }
}
