//! Files and folders given on the command line, named and read as the page does it.

use azflow::ingest::{ArchiveReader, SourceScan, TableHint};
use azflow::session::{Engine, SourceId};
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Reads all files into one engine.
pub fn load(files: &[(String, PathBuf)]) -> Result<Engine, String> {
    load_with(files, &[])
}

/// Reads all files into one engine, with what is said about tables.
pub fn load_with(files: &[(String, PathBuf)], hints: &[TableHint]) -> Result<Engine, String> {
    let mut engine = Engine::default();
    for (index, (name, path)) in files.iter().enumerate() {
        read(&mut engine, SourceId(index as u32), (name, path), hints)
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(engine)
}

/// Names a file as the page would: by its base name, or by its path inside the given folder.
pub fn find(path: &Path, files: &mut Vec<(String, PathBuf)>) -> Result<(), String> {
    let name = path.canonicalize().map_err(|e| format!("{}: {e}", path.display()))?;
    let name = name.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    walk(path, name, files).map_err(|e| format!("{}: {e}", path.display()))
}

fn walk(path: &Path, name: String, files: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push((name, path.to_owned()));
        return Ok(());
    }
    for entry in path.read_dir()? {
        let entry = entry?;
        walk(&entry.path(), format!("{name}/{}", entry.file_name().to_string_lossy()), files)?;
    }
    Ok(())
}

fn read(
    engine: &mut Engine,
    source: SourceId,
    (name, path): (&str, &Path),
    hints: &[TableHint],
) -> std::io::Result<()> {
    const PIECE: usize = 1 << 20;
    let mut file = File::open(path)?;
    let mut scan = SourceScan::new(name).hinted(hints);
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
    let mut archive = ArchiveReader::open(name, BufReader::new(file), size).hinted(hints);
    while archive.read_next(&mut |part| engine.take_part(source, part)) {}
    engine.take_last(source, vec![archive.finish()]);
    Ok(())
}

/// Prints how long scanning a file takes: what the page's workers measure too.
pub fn scan_only(arguments: &[String]) -> Result<(), String> {
    let path = arguments.first().ok_or(crate::USAGE)?;
    let bytes = std::fs::read(path).map_err(|e| format!("{path}: {e}"))?;
    let mut scan = SourceScan::new(path);
    let mut spent = Duration::ZERO;
    for piece in bytes.chunks(2 << 20) {
        scan.space(piece.len())[..piece.len()].copy_from_slice(piece);
        let began = Instant::now();
        scan.filled(piece.len());
        spent += began.elapsed();
        while scan.take_part().is_some() {}
    }
    let began = Instant::now();
    scan.finish();
    spent += began.elapsed();
    writeln!(std::io::stdout(), "{}", spent.as_millis()).map_err(|e| e.to_string())
}
