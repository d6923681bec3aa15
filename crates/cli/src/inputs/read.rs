//! One file into the engine, part by part.

use super::find::Found;
use azflow_core::ingest::{ArchiveReader, SourceScan, TableHint};
use azflow_engine::session::{Engine, SourceId};
use std::fs::File;
use std::io::{self, BufReader, Read};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

/// Reads a file to its end.
///
/// # Errors
/// When it can't be opened or read.
pub fn read(engine: &mut Engine, source: SourceId, found: &Found, hints: &[TableHint]) -> io::Result<()> {
    let mut file = File::open(&found.path)?;
    let mut scan = SourceScan::new(&found.name).hinted(hints);
    loop {
        let count = file.read(scan.space(PIECE))?;
        if count == 0 {
            engine.take_scan(source, scan);
            return Ok(());
        }
        scan.filled(count);
        if scan.is_archive() {
            break;
        }
        while let Some(part) = scan.take_part() {
            engine.take_part(source, part);
        }
    }
    let size = file.metadata()?.len();
    let mut archive = ArchiveReader::open(&found.name, BufReader::new(file), size).hinted(hints);
    while archive.read_next(&mut |part| engine.take_part(source, part)) {}
    engine.take_last(source, vec![archive.finish()]);
    Ok(())
}
