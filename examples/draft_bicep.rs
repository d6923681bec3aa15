//! From what was seen to what is allowed: drafts security groups out of flow logs and writes them as Bicep.
//!
//! ```sh
//! cargo run --release --example draft_bicep -- vnets.json PT1H.json > groups.bicep
//! ```

use azflow_core::ingest::SourceScan;
use azflow_engine::export::{Format, write_rules};
use azflow_engine::session::{DraftAsk, Engine, SourceId};
use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    std::io::stdout().write_all(draft_bicep(&files)?.as_bytes())?;
    Ok(())
}

/// A Bicep file with a group for each subnet that the files describe and something was let in to.
///
/// # Errors
/// Where a file can't be read, or a group would have more rules than Azure takes.
pub fn draft_bicep(files: &[PathBuf]) -> Result<String, Box<dyn Error>> {
    let mut engine = Engine::default();
    for (number, path) in (0..).zip(files) {
        // Logs and descriptions are told apart by what is in them.
        let mut scan = SourceScan::new(&path.to_string_lossy());
        scan.push(&std::fs::read(path)?);
        engine.take_scan(SourceId(number), scan);
    }
    // The defaults: whole subnets, lists of ports, inbound, and a deny of the rest of the virtual network.
    let drafted = engine.reviewed_draft(&DraftAsk::default());
    match drafted.as_ref() {
        Ok(draft) => Ok(write_rules(draft, Format::Bicep)),
        Err(error) => Err(error.to_string().into()),
    }
}
