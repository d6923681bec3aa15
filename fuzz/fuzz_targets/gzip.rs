//! Any bytes behind a gzip header, the header given so that the fuzzer gets past it.

#![no_main]

use azflow_core::ingest::SourceScan;
use azflow_engine::session::{Answer, Engine, Query, SourceId};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut scan = SourceScan::new("fuzz.gz");
    scan.push(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    scan.push(bytes);
    let mut engine = Engine::default();
    engine.take_scan(SourceId(0), scan);
    let Answer::Data(data) = engine.answer(Query::Data) else { unreachable!() };
    assert_eq!(data.totals.bytes, data.totals.bytes_scanned + data.totals.bytes_skipped);
});
