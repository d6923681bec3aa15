//! What the integration tests share: loading, an independent count, made-up logs.

#![allow(dead_code, reason = "each test binary uses its own part of this module")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

pub mod analytics;
pub mod azure_api;
pub mod estate;
pub mod everything;
pub mod kusto;
pub mod logs;
pub mod network;
pub mod oracle;
pub mod python;
pub mod rules;
pub mod scripts;

use azflow_core::ingest::{ArchiveReader, SourceScan};
use azflow_core::store::Mode;
use azflow_engine::session::{Answer, DataAnswer, Engine, Query, SourceId, View};
use azflow_skips::{Need, skip};
use std::io::Cursor;
use std::path::PathBuf;

/// An engine that has taken in these sources, each given in one piece.
pub fn load(sources: &[(&str, &[u8])]) -> Engine {
    let mut engine = Engine::default();
    for (index, (name, bytes)) in sources.iter().enumerate() {
        let source = SourceId(index as u32);
        if bytes.starts_with(b"PK") {
            let mut archive = ArchiveReader::open(name, Cursor::new(*bytes), bytes.len() as u64);
            while archive.read_next(&mut |part| engine.take_part(source, part)) {}
            engine.take_last(source, vec![archive.finish()]);
        } else {
            engine.take_scan(source, scan(name, bytes, bytes.len().max(1)));
        }
    }
    engine
}

/// A scan fed in pieces of this size.
pub fn scan(name: &str, bytes: &[u8], piece: usize) -> SourceScan {
    let mut scan = SourceScan::new(name);
    for piece in bytes.chunks(piece) {
        scan.push(piece);
    }
    scan
}

pub fn view(mode: Mode) -> View {
    View { mode, ..View::default() }
}

pub fn summary(engine: &mut Engine, mode: Mode) -> String {
    match engine.answer(Query::Summary(view(mode))) {
        Answer::Summary(text) => text,
        other => panic!("not a summary: {other:?}"),
    }
}

pub fn data(engine: &mut Engine) -> DataAnswer {
    match engine.answer(Query::Data) {
        Answer::Data(data) => data,
        other => panic!("not the sources: {other:?}"),
    }
}

/// The folder of real files, which is beside a working copy but not part of the project.
#[track_caller]
pub fn samples() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    if !folder.is_dir() {
        skip(Need::Optional, "there is no folder ../shared/samples with real files");
        return None;
    }
    Some(folder)
}
