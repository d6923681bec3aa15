//! A worker that is ready before it is needed.
//!
//! Browsers start a module with code that is compiled fast, and compile what runs often again, for speed.
//! Of a file of a hundred megabytes a third was read by the slow code. So a first worker starts with the
//! page, and reads a made-up log a few times while the user looks for files; the compiled code is shared
//! by all workers. It stops at the first message.

use azflow_core::ingest::SourceScan;
use azflow_engine::example::{BulkKind, bulk};
use azflow_engine::session::{Engine, Query, Selection, SourceId, View};
use gloo_timers::future::TimeoutFuture;
use std::cell::Cell;
use std::rc::Rc;

/// How large the made-up logs are: enough for a table that does not fit the nearest cache.
const BYTES: u64 = 512 << 10;
/// How often each is read. More changed nothing that could be measured.
const ROUNDS: usize = 6;
/// Bytes between two looks at whether there is work.
const PIECE: usize = 128 << 10;

/// Does what loading a file does, until it was done often enough or there is work.
pub(super) async fn warm_up(work: Rc<Cell<bool>>) {
    let logs = [BulkKind::NsgV2, BulkKind::Vnet].map(|kind| {
        let mut log = Vec::new();
        // A vector takes everything.
        let _ = bulk(kind, BYTES, &mut log);
        log
    });
    for log in logs.iter().cycle().take(ROUNDS * logs.len()) {
        let mut engine = Engine::default();
        let mut scan = SourceScan::new("");
        for piece in log.chunks(PIECE) {
            TimeoutFuture::new(0).await;
            if work.get() {
                return;
            }
            scan.push(piece);
        }
        engine.take_scan(SourceId(0), scan);
        engine.answer(Query::Overview(View::default()));
        engine.answer(Query::Matrix(View::default()));
        engine.answer(Query::Breakdown(View::default(), Selection::default()));
    }
}
