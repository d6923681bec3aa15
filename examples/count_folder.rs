//! Who talks to whom: counts all flow logs of a folder, conversation by conversation, and prints a line for each pair of
//! subnets.
//!
//! ```sh
//! cargo run --release --example count_folder -- path/to/logs
//! ```

use azflow_core::ingest::SourceScan;
use azflow_engine::session::{Answer, Engine, Query, SourceId, View};
use std::error::Error;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

/// Bytes that are read at a time: a log of any size takes no more memory than its answers do.
const PIECE: usize = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name a folder of flow logs")?;
    std::io::stdout().write_all(count(Path::new(&folder))?.as_bytes())?;
    Ok(())
}

/// The lines of a folder's matrix.
///
/// # Errors
/// Where a file can't be read. What is in it is never an error: the engine says what it did not understand.
pub fn count(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut engine = Engine::default();
    for (number, path) in (0..).zip(files(folder)?) {
        let source = SourceId(number);
        let mut file = File::open(&path)?;
        let mut scan = SourceScan::new(&path.to_string_lossy());
        loop {
            let read = file.read(scan.space(PIECE))?;
            if read == 0 {
                break;
            }
            scan.filled(read);
            while let Some(part) = scan.take_part() {
                engine.take_part(source, part);
            }
        }
        engine.take_scan(source, scan);
    }
    // The default view counts each conversation once, however many NICs logged it.
    let Answer::Matrix(matrix) = engine.answer(Query::Matrix(View::default())) else {
        return Err("a question about the matrix got another answer".into());
    };
    let mut out = String::new();
    for cell in &matrix.cells {
        let name = |at: u32| matrix.subnets.get(at as usize).map_or("", |subnet| subnet.name.as_str());
        let (allowed, denied) = (cell.tally.allowed_flows, cell.tally.denied_flows);
        writeln!(out, "{} -> {}: {allowed} allowed, {denied} denied", name(cell.src), name(cell.dst))?;
    }
    Ok(out)
}

/// All files below a folder, by name: the same folder is always the same input.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut entries = folder.read_dir()?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut out = Vec::new();
    for entry in entries {
        if entry.file_type()?.is_dir() {
            out.extend(files(&entry.path())?);
        } else {
            out.push(entry.path());
        }
    }
    Ok(out)
}
