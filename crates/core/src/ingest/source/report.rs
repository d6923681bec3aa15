//! The report at a source's end: what it is, what of it was counted, and what is wrong with it.
//!
//! Bytes that were scanned and bytes that were passed over add up to the source; offsets count its own bytes, or those
//! of its text where it was packed.

use super::SourceScan;
use super::text::{Finished, Text};
use super::unpacking::{Unpack, too_much};
use crate::ingest::classify::Verdict;
use crate::ingest::scanner::Stretch;
use crate::ingest::table::LONG_CELL;
use crate::ingest::{Issue, IssueCode, Part, SourceKind, SourceReport, tuple};
use crate::model::SortSmall;

/// Issues of one code that a report lists; more are counted.
const LISTED_PER_CODE: usize = 50;

impl SourceScan {
    /// Ends the source and returns its last partial tables, encoded; only the last one has the
    /// source's report.
    pub fn finish(mut self) -> Vec<Vec<u8>> {
        self.run_out();
        let unpacked = self.is_unpacked();
        let mut packed = false;
        let mut broken_at = None;
        let text = match self.unpack {
            Unpack::Plain(text) => *text,
            Unpack::Gzip(mut decoder) => {
                packed = true;
                std::mem::take(decoder.get_mut())
            }
            Unpack::Between(text) => {
                packed = true;
                *text
            }
            Unpack::Broken(text, at, code) => {
                packed = true;
                broken_at = Some((at, code));
                *text
            }
            Unpack::Unknown(_) => Text::default(),
        };
        let mut finished = text.finish();
        let mut parts = std::mem::take(&mut finished.parts);
        parts.iter().for_each(|part| self.path.look(part));
        let lost = broken_at.map_or(0, |(at, _)| self.bytes - at);
        // What a bomb unpacked to so far is no description.
        let is_bomb = broken_at.is_some_and(|(_, code)| code == IssueCode::ArchiveLimit);
        if is_bomb && finished.description.take().is_some() {
            let message = too_much(finished.bytes);
            finished.told.1 = Some(Verdict { code: IssueCode::ArchiveLimit, message });
            broken_at = None;
        }
        let mut report = report(self.name, unpacked, &finished);
        if packed {
            // Offsets in a packed source count its text; so do its sizes.
            report.bytes = finished.bytes + lost;
            report.bytes_skipped += lost;
            if let Some((at, code)) = broken_at {
                let message = match code {
                    IssueCode::ArchiveLimit => too_much(finished.bytes),
                    _ => format!(
                        "the gzip stream breaks off at its packed byte {at} of {}; what came before is counted",
                        self.bytes
                    ),
                };
                report.issues.push(Issue {
                    offset: finished.bytes,
                    code,
                    record: None,
                    length: lost,
                    message,
                });
            }
        }
        report.issues.extend(self.path.issues(report.kind == SourceKind::NsgFlowLog));
        report.issues.sort_small();
        if let Some(last) = parts.back_mut() {
            last.description = finished.description.take();
            last.report = Some(report);
        }
        parts.into_iter().map(Part::encode).collect()
    }
}

fn report(name: String, unpacked: bool, finished: &Finished) -> SourceReport {
    let Finished { outcome, bytes, .. } = finished;
    let (kind, verdict) = finished.told.clone();
    let mut report = SourceReport {
        name,
        kind,
        bytes: *bytes,
        unpacked,
        bytes_skipped: 0,
        first: outcome.first,
        last: outcome.last,
        issues: Vec::new(),
        unlisted: outcome.unlisted.clone(),
        table: finished.sketch.clone(),
        held: outcome.held,
    };
    if finished.description.is_some() {
        report.unlisted.clear();
        return report;
    }
    if let Some(verdict) = verdict {
        report.bytes_skipped = *bytes;
        report.unlisted.clear();
        let length = *bytes;
        report.issues.push(Issue {
            offset: 0,
            code: verdict.code,
            record: None,
            length,
            message: verdict.message,
        });
        return report;
    }
    let notes = outcome
        .issues
        .iter()
        .map(|issue| Issue { offset: finished.encoding.raw_offset(issue.offset), ..issue.clone() });
    let stretches = outcome.stretches.iter().map(|stretch| {
        let offset = finished.encoding.raw_offset(stretch.offset);
        let length = finished.encoding.raw_offset(stretch.offset + stretch.length) - offset;
        Issue { offset, code: stretch.code, record: stretch.record, length, message: say(stretch, length) }
    });
    let mut issues: Vec<Issue> = notes.chain(stretches).collect();
    issues.sort_small();
    report.bytes_skipped = issues.iter().map(|i| i.length).sum::<u64>() + outcome.unlisted_skipped;
    cap(issues, LISTED_PER_CODE, &mut report);
    report
}

/// Lists the first issues of each code and counts the others.
pub(in crate::ingest) fn cap(issues: Vec<Issue>, most: usize, report: &mut SourceReport) {
    let mut listed: Vec<(IssueCode, usize)> = Vec::new();
    for issue in issues {
        let index = listed.iter().position(|(code, _)| *code == issue.code).unwrap_or_else(|| {
            listed.push((issue.code, 0));
            listed.len() - 1
        });
        listed[index].1 += 1;
        if listed[index].1 <= most {
            report.issues.push(issue);
        } else if let Some((_, count)) = report.unlisted.iter_mut().find(|(code, _)| *code == issue.code) {
            *count += 1;
        } else {
            report.unlisted.push((issue.code, 1));
        }
    }
    report.unlisted.sort_small();
}

fn say(stretch: &Stretch, length: u64) -> String {
    let number = stretch.record.unwrap_or_default();
    match stretch.code {
        IssueCode::Truncated => {
            format!("the file ends inside record {number}; its {length} bytes are not counted")
        }
        IssueCode::DamagedRecord if stretch.category == LONG_CELL => {
            format!("{length} bytes of {LONG_CELL}: no export writes such; they are not counted")
        }
        IssueCode::DamagedRecord => {
            format!("record {number} breaks off or is damaged; {length} bytes are not counted")
        }
        IssueCode::OtherRecord if stretch.category.is_empty() => {
            format!("{length} bytes of objects that are no flow records")
        }
        IssueCode::OtherRecord => {
            format!(
                "{length} bytes of records of another log: {}",
                tuple::excerpt(stretch.category.as_bytes())
            )
        }
        _ => format!("{length} bytes that belong to no record"),
    }
}
