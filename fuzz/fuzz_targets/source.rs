//! Any bytes as a source: nothing panics, every byte is accounted for.

#![no_main]

use azflow_core::ingest::SourceScan;
use azflow_engine::session::{Answer, Engine, Query, Selection, SourceId, View};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut scan = SourceScan::new("fuzz");
    scan.push(bytes);
    let mut engine = Engine::default();
    engine.take_scan(SourceId(0), scan);
    let Answer::Data(data) = engine.answer(Query::Data) else { unreachable!() };
    let totals = data.totals;
    assert_eq!(totals.bytes, totals.bytes_scanned + totals.bytes_skipped);
    assert!(totals.tuples >= totals.duplicate_tuples + totals.rejected_tuples);
    engine.answer(Query::Breakdown(View::default(), Selection::default()));
    engine.answer(Query::Summary(View::default()));
});
