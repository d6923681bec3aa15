//! `scan`: how long scanning a file takes, which the page's workers measure too.

use crate::console::Console;
use crate::ending::Failure;
use crate::inputs;
use azflow_core::ingest::SourceScan;
use clap::Args;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
Examples:
  azflow scan PT1H.json";

/// Print the milliseconds that scanning a file takes
///
/// Reading it and everything behind are not included.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Scan {
    /// The file
    file: PathBuf,
}

impl Scan {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        let bytes = inputs::bytes(&self.file)?;
        let mut scan = SourceScan::new(&self.file.to_string_lossy());
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
        console.print(&format!("{}\n", spent.as_millis()))
    }
}
