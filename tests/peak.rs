//! The table changes where it lies: a second copy of it would not fit into an engine in a browser.
//!
//! One test alone in its process: what others take at the same time would be counted too.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use azflow_core::ingest::SourceScan;
use azflow_core::store::{Limit, Store};
use azflow_engine::example::{BulkKind, bulk};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most bytes that something took beside what was there before.
fn extra(act: impl FnOnce()) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    act();
    MEMORY.peak_usage() - before
}

#[test]
fn merging_and_getting_coarser_need_no_second_table() {
    let mut log = Vec::new();
    bulk(BulkKind::NsgV2, 20_000_000, &mut log).unwrap();
    // A part in eight waits while the others are merged; each source has whole records.
    let mut sources = Vec::new();
    for (number, half) in log.chunks(log.len() / 8 + 1).enumerate() {
        let mut scan = SourceScan::new(&format!("{number}.json"));
        scan.push(half);
        sources.push(scan.finish());
    }
    let mut store = Store::with_limit(Limit::default());
    let last = sources.pop().unwrap_or_default();
    let take = |store: &mut Store, number: u32, parts: &[Vec<u8>]| {
        parts.iter().for_each(|part| store.stage(number, part).unwrap());
        store.commit(number);
    };
    sources.iter().zip(0..).for_each(|(parts, number)| take(&mut store, number, parts));
    store.seal();
    let before = store.columns().len();
    take(&mut store, 7, &last);
    let merging = extra(|| store.seal());
    let rows = store.columns().len();
    let table = rows * 40;
    assert!(before > 100_000 && rows > before, "{before} rows, then {rows}");
    assert!(merging < table / 4, "merging took {merging} bytes beside a table of {table}");
    let mut coarse = store.columns().clone();
    let coarser = extra(|| coarse.coarsen(60));
    assert!(coarse.len() < rows);
    assert!(coarser < table / 20, "getting coarser took {coarser} bytes beside a table of {table}");
}
