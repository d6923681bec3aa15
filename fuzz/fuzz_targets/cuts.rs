//! The same bytes in one piece and in pieces whose length the input chooses: the same result.

#![no_main]

use azflow_core::ingest::SourceScan;
use azflow_engine::session::{Answer, Engine, Query, SourceId, View};

fn read(bytes: &[u8], piece: usize) -> (Answer, Answer) {
    let mut scan = SourceScan::new("fuzz");
    for piece in bytes.chunks(piece) {
        let room = scan.space(piece.len());
        room[..piece.len()].copy_from_slice(piece);
        scan.filled(piece.len());
    }
    let mut engine = Engine::default();
    engine.take_scan(SourceId(0), scan);
    (engine.answer(Query::Data), engine.answer(Query::Summary(View::default())))
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((piece, bytes)) = input.split_first() else { return };
    let whole = read(bytes, bytes.len().max(1));
    assert_eq!(read(bytes, usize::from(*piece) + 1), whole);
});
