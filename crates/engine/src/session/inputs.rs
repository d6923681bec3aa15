//! What became of the inputs: totals, and source by source.

use super::tables::tables;
use super::{Accounts, DataAnswer, IssueRow, Overlap, Overview, SourceRow};
use crate::export::migration;
use azflow_core::ingest::Issue;
use azflow_core::model::SortSmall;
use azflow_core::store::{CoveredTwice, Mode, Pick, SourceAccount, Store};

/// Totals of everything, and of what a pick leaves. The store must have counted the mode.
pub(super) fn overview(
    store: &Store,
    accounts: &[SourceAccount],
    mode: Mode,
    pick: Option<&Pick>,
) -> Overview {
    let whole = store.sums(mode, None);
    let (all, as_logged) = whole.map(|sums| (sums.tally, sums.as_logged)).unwrap_or_default();
    let sources = store.sources();
    let reports = || sources.iter().map(|s| &s.report);
    Overview {
        sources: sources.len() as u32,
        flow_sources: sources.iter().filter(|s| !s.records.is_empty()).count() as u32,
        sources_with_issues: accounts.iter().filter(|a| !a.issues.is_empty()).count() as u32,
        accounts: total(accounts.iter().map(|a| account(a, store))),
        as_logged,
        all,
        tally: pick.map_or(all, |pick| pick.sums().tally),
        shown: pick.map_or(store.columns().conversations(), Pick::len) as u64,
        flow_records: store.columns().len() as u64,
        conversations: store.columns().conversations() as u64,
        addresses: store.addresses().len() as u64,
        first: reports().filter_map(|r| r.first).min(),
        last: reports().filter_map(|r| r.last).max(),
        resolution: store.resolution(),
        left_out: store.left_out(),
    }
}

/// Every source and the sums that must add up. The store must have counted conversations.
pub(super) fn data(store: &Store, accounts: &[SourceAccount]) -> DataAnswer {
    let row = |a: &SourceAccount| {
        let source = store.sources().get(a.index)?;
        Some(SourceRow {
            source: source.id,
            name: source.report.name.clone(),
            kind: source.report.kind.as_str().to_owned(),
            unpacked: source.report.unpacked,
            accounts: account(a, store),
            first: source.report.first,
            last: source.report.last,
            hours: source.hours.len() as u32,
            nics: source.nics.len() as u32,
            issues: a.issues.iter().map(issue_row).collect(),
        })
    };
    let sources: Vec<SourceRow> = accounts.iter().filter_map(row).collect();
    let overlap =
        |o: CoveredTwice| Overlap { mac: store.string(o.mac).to_owned(), hours: o.hours, kinds: o.kinds };
    let mut overlaps: Vec<Overlap> = store.overlaps().covered_twice().into_iter().map(overlap).collect();
    overlaps.sort_small_by(|a, b| (&a.mac, &a.kinds).cmp(&(&b.mac, &b.kinds)));
    let (tables, more_tables) = tables(accounts, store);
    let totals = total(sources.iter().map(|s| s.accounts));
    let superseded = store.sums(Mode::Conversations, None).map(|sums| sums.superseded).unwrap_or_default();
    let migration = if overlaps.is_empty() { None } else { migration(store) };
    DataAnswer { totals, sources, overlaps, superseded, migration, tables, more_tables }
}

fn account(a: &SourceAccount, store: &Store) -> Accounts {
    let report = store.sources().get(a.index).map(|s| &s.report);
    let (bytes, skipped) = report.map_or((0, 0), |r| (r.bytes, r.bytes_skipped));
    Accounts {
        bytes,
        bytes_scanned: bytes.saturating_sub(skipped),
        bytes_skipped: skipped,
        records: a.records,
        duplicate_records: a.duplicate_records,
        tuples: a.tuples,
        duplicate_tuples: a.duplicate_tuples,
        rejected_tuples: a.rejected_tuples,
    }
}

fn total(accounts: impl Iterator<Item = Accounts>) -> Accounts {
    accounts.fold(Accounts::default(), |sum, a| Accounts {
        bytes: sum.bytes + a.bytes,
        bytes_scanned: sum.bytes_scanned + a.bytes_scanned,
        bytes_skipped: sum.bytes_skipped + a.bytes_skipped,
        records: sum.records + a.records,
        duplicate_records: sum.duplicate_records + a.duplicate_records,
        tuples: sum.tuples + a.tuples,
        duplicate_tuples: sum.duplicate_tuples + a.duplicate_tuples,
        rejected_tuples: sum.rejected_tuples + a.rejected_tuples,
    })
}

fn issue_row(issue: &Issue) -> IssueRow {
    IssueRow {
        code: issue.code.as_str().to_owned(),
        lossy: issue.code.is_lossy(),
        record: issue.record,
        offset: issue.offset,
        length: issue.length,
        message: issue.message.clone(),
        next_step: issue.code.next_step().to_owned(),
    }
}
