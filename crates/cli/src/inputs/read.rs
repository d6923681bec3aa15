//! One input into the engine, part by part.

use super::find::{Found, Origin};
use azflow_core::ingest::{ArchiveReader, SourceScan, TableHint};
use azflow_engine::session::{Engine, SourceId};
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Write};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;
/// So many tell an archive from everything else.
const FIRST: u64 = 4096;

/// Where one source goes, and how.
pub struct Reader<'a> {
    pub engine: &'a mut Engine,
    pub source: SourceId,
    pub hints: &'a [TableHint],
    /// Is told how many bytes have come.
    pub progress: &'a mut dyn FnMut(u64),
}

impl Reader<'_> {
    /// Reads an input to its end.
    ///
    /// # Errors
    /// When it can't be opened or read.
    pub fn read(&mut self, found: &Found) -> io::Result<()> {
        let name = found.name.as_str();
        match &found.origin {
            Origin::StandardInput => self.stream(name, io::stdin().lock()),
            Origin::File(path) => {
                let file = File::open(path)?;
                if file.metadata()?.is_file() { self.file(name, file) } else { self.stream(name, file) }
            }
        }
    }

    fn file(&mut self, name: &str, mut file: File) -> io::Result<()> {
        let mut scan = SourceScan::new(name).hinted(self.hints);
        while self.piece(&mut scan, &mut file)? {
            if scan.is_archive() {
                return self.archive(name, file);
            }
            self.hand_on(&mut scan);
        }
        self.engine.take_scan(self.source, scan);
        Ok(())
    }

    /// A pipe gives its bytes once, but an archive's contents stand at its end: one is put aside first.
    fn stream(&mut self, name: &str, mut stream: impl Read) -> io::Result<()> {
        let mut first = Vec::new();
        stream.by_ref().take(FIRST).read_to_end(&mut first)?;
        (self.progress)(first.len() as u64);
        let mut scan = SourceScan::new(name).hinted(self.hints);
        scan.push(&first);
        if scan.is_archive() {
            let mut file = tempfile::tempfile()?;
            file.write_all(&first)?;
            io::copy(&mut stream, &mut file)?;
            return self.archive(name, file);
        }
        while self.piece(&mut scan, &mut stream)? {
            self.hand_on(&mut scan);
        }
        self.engine.take_scan(self.source, scan);
        Ok(())
    }

    fn archive(&mut self, name: &str, file: File) -> io::Result<()> {
        let size = file.metadata()?.len();
        let mut archive = ArchiveReader::open(name, BufReader::new(file), size).hinted(self.hints);
        let (mut told, mut more) = (0, true);
        while more {
            more = archive.read_next(&mut |part| self.engine.take_part(self.source, part));
            (self.progress)(archive.bytes_read().saturating_sub(told));
            told = archive.bytes_read();
        }
        self.engine.take_last(self.source, vec![archive.finish()]);
        Ok(())
    }

    /// Reads on. `false` at the end.
    fn piece(&mut self, scan: &mut SourceScan, from: &mut impl Read) -> io::Result<bool> {
        let count = loop {
            match from.read(scan.space(PIECE)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        if count > 0 {
            scan.filled(count);
            (self.progress)(count as u64);
        }
        Ok(count > 0)
    }

    fn hand_on(&mut self, scan: &mut SourceScan) {
        while let Some(part) = scan.take_part() {
            self.engine.take_part(self.source, part);
        }
    }
}
