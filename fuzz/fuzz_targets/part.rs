//! Any bytes as a partial table: refused or consistent, never a panic.

#![no_main]

use azflow_engine::session::{Engine, Query, SourceId, ToEngine, View};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut engine = Engine::default();
    engine.handle(ToEngine::Whole { sources: vec![(SourceId(0), bytes.len() as u32)], worker: 0 }, Some(bytes.to_vec()));
    engine.answer(Query::Summary(View::default()));
});
