//! What came from where: every source's records by their fate.
//!
//! A record counts in the source that sorts first, by name and then by content, so these
//! figures don't depend on the order of arrival.

use super::Store;
use super::record_types::missing_types;
use super::records::Records;
use crate::ingest::{Issue, IssueCode, RecordInfo, SourceReport};
use crate::model::SortSmall;
use fixedbitset::FixedBitSet;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// A source that was taken in.
#[derive(Debug, Clone)]
pub struct Source {
    /// The number it was given by; the files of one archive share theirs.
    pub id: u32,
    /// What the scan said at its end.
    pub report: SourceReport,
    /// Of a description of the network: the hash of its content.
    pub description: Option<u128>,
    /// Its log records, in its own order.
    pub records: Records,
    /// Those for which there was no room.
    pub left_out: LeftOut,
    /// Hours since 1970 that have records, in order.
    pub hours: Vec<u32>,
    /// Numbers of the NICs' MAC addresses.
    pub nics: Vec<u32>,
}

/// Records of a source that were not taken in, since memory was full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How many.
    pub records: u64,
    /// Their tuples.
    pub tuples: u64,
    /// The first one's number in the source, counted from 1.
    pub first: u64,
    /// From this byte on.
    pub offset: u64,
}

impl LeftOut {
    /// Adds a record, of what comes behind this byte.
    pub(super) fn add(&mut self, record: &RecordInfo, offset: u64) {
        if self.records == 0 {
            (self.first, self.offset) = (record.number, offset);
        }
        self.records += 1;
        self.tuples += u64::from(record.tuples);
    }

    fn issue(&self) -> Issue {
        Issue {
            offset: self.offset,
            code: IssueCode::NoRoom,
            record: Some(self.first),
            length: 0,
            message: format!(
                "memory is full and nothing can be kept coarser: from here on {} records with {} tuples are not counted",
                self.records, self.tuples
            ),
        }
    }
}

/// A source's records and tuples by their fate, with the issues that remain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAccount {
    /// Index of the source in the order of arrival.
    pub index: usize,
    /// Records, duplicates included.
    pub records: u64,
    /// Records that an earlier source, or an earlier place in this one, has too.
    pub duplicate_records: u64,
    /// Tuples, all of them.
    pub tuples: u64,
    /// Tuples in duplicate records.
    pub duplicate_tuples: u64,
    /// Tuples of counted records that could not be read, and of records for which there was no room.
    pub rejected_tuples: u64,
    /// Problems, by offset; those of tuples in duplicate records are told where they count.
    pub issues: Vec<Issue>,
}

impl Store {
    /// Tuples for which there was no room, of all sources.
    pub fn left_out(&self) -> u64 {
        self.sources.iter().map(|source| source.left_out.tuples).sum()
    }

    /// Every source's account, by name, then content.
    pub fn accounts(&self) -> Vec<SourceAccount> {
        let sources = &self.sources;
        let mut sorted: Vec<usize> = (0..sources.len()).collect();
        sorted.sort_small_by(|a, b| self.order(&sources[*a], &sources[*b]));
        let mut seen = FixedBitSet::with_capacity(self.seen.len());
        let mut missing = missing_types(sources);
        let of = |index: usize| {
            let mut account = account(index, &sources[index], &mut seen);
            account.issues.extend(missing.get_mut(index).and_then(Option::take));
            account.issues.sort_small();
            account
        };
        sorted.into_iter().map(of).collect()
    }

    /// By name, then content; equal ones by the number they were given.
    fn order(&self, a: &Source, b: &Source) -> Ordering {
        fn rest(source: &Source) -> impl Ord + '_ {
            let report = &source.report;
            (
                report.bytes,
                report.kind,
                report.bytes_skipped,
                &report.issues,
                &report.unlisted,
                source.description,
                report.table.as_deref(),
                source.id,
            )
        }
        let names = a.report.name.cmp(&b.report.name);
        names.then_with(|| a.records.order(&b.records, &self.seen)).then_with(|| rest(a).cmp(&rest(b)))
    }
}

/// `seen` has the records of the sources before.
fn account(index: usize, source: &Source, seen: &mut FixedBitSet) -> SourceAccount {
    let mut out = SourceAccount {
        index,
        records: source.records.len() as u64,
        duplicate_records: 0,
        tuples: 0,
        duplicate_tuples: 0,
        rejected_tuples: 0,
        issues: Vec::new(),
    };
    let named: BTreeSet<u64> = source.report.issues.iter().filter_map(|issue| issue.record).collect();
    let mut duplicates = BTreeSet::new();
    for record in source.records.iter() {
        out.tuples += u64::from(record.tuples);
        if !seen.put(record.distinct as usize) {
            out.rejected_tuples += u64::from(record.rejected);
        } else {
            out.duplicate_records += 1;
            out.duplicate_tuples += u64::from(record.tuples);
            if named.contains(&record.number) {
                duplicates.insert(record.number);
            }
        }
    }
    let told_elsewhere = |issue: &&Issue| {
        let about_tuple = issue.code.rejects_tuple() || issue.code == IssueCode::UnknownState;
        !(about_tuple && issue.record.is_some_and(|n| duplicates.contains(&n)))
    };
    out.issues = source.report.issues.iter().filter(told_elsewhere).cloned().collect();
    let listed = out.issues.iter().filter(|i| i.code.rejects_tuple()).count() as u64;
    let unlisted_others: u64 =
        source.report.unlisted.iter().filter(|(code, _)| !code.rejects_tuple()).map(|(_, n)| n).sum();
    let more = out.rejected_tuples.saturating_sub(listed) + unlisted_others;
    if more > 0 {
        let offset = out.issues.last().map_or(0, |i| i.offset);
        let message = format!("{more} more problems of the same kinds are not listed");
        out.issues.push(Issue { offset, code: IssueCode::More, record: None, length: 0, message });
    }
    let LeftOut { records, tuples, .. } = source.left_out;
    if records > 0 {
        out.records += records;
        out.tuples += tuples;
        out.rejected_tuples += tuples;
        out.issues.push(source.left_out.issue());
    }
    out
}
