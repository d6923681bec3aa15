//! Any bytes as a zip archive, and any text as a source's path: nothing panics, all is accounted for.

#![no_main]

use azflow_core::ingest::{ArchiveReader, PathFacts};
use azflow_engine::session::{Answer, Engine, Query, SourceId};
use std::io::Cursor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    PathFacts::of(&String::from_utf8_lossy(bytes));
    let mut engine = Engine::default();
    let mut archive = ArchiveReader::open("fuzz.zip", Cursor::new(bytes), bytes.len() as u64);
    let mut parts = Vec::new();
    while archive.read_next(&mut |part| parts.push(part)) {}
    parts.push(archive.finish());
    engine.take_last(SourceId(0), parts);
    let Answer::Data(data) = engine.answer(Query::Data) else { unreachable!() };
    assert_eq!(data.totals.bytes, data.totals.bytes_scanned + data.totals.bytes_skipped);
});
