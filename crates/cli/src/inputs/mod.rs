//! What is named on the command line, read into one engine as the page does it.

mod find;
mod read;

use crate::arguments::Inputs;
use crate::console::Console;
use crate::ending::Failure;
use azflow_core::ingest::TableHint;
use azflow_engine::rules::RuleSet;
use azflow_engine::session::{Engine, SourceId};
use find::find;
use read::read;
use std::path::Path;

/// Reads everything that is named into one engine, with what is said about tables. What can't be read is told, and
/// the rest counts.
///
/// # Errors
/// When nothing could be read of all that is named.
pub fn load(inputs: &Inputs, hints: &[TableHint], console: &mut Console) -> Result<Engine, Failure> {
    let mut found = Vec::new();
    for path in inputs.network.iter().chain(&inputs.files) {
        if let Err(error) = find(path, &mut found) {
            console.unreadable(format_args!("{}: {error}", path.display()));
        }
    }
    let mut engine = Engine::default();
    let mut any = inputs.network.is_empty() && inputs.files.is_empty();
    for (index, file) in found.iter().enumerate() {
        match read(&mut engine, SourceId(index as u32), file, hints) {
            Ok(()) => any = true,
            Err(error) => console.unreadable(format_args!("{}: {error}", file.path.display())),
        }
    }
    if any { Ok(engine) } else { Err(Failure::Unreadable("nothing could be read".to_owned())) }
}

/// The bytes of a file without which the verb has no answer.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| unusable(path, error))
}

/// The groups of a file over those of the network; the latter alone without one.
pub fn rule_set(engine: &mut Engine, file: Option<&Path>) -> Result<RuleSet, Failure> {
    let below = engine.rule_set();
    let Some(path) = file else { return Ok(below) };
    let set =
        azflow_engine::export::read_rules(&bytes(path)?, &below).map_err(|error| unusable(path, error))?;
    Ok(set.over(&below))
}

/// Tells the engine what the review on file says.
pub fn take_review(engine: &mut Engine, path: &Path) -> Result<(), Failure> {
    let text = bytes(path)?;
    let read = azflow_engine::export::read_review(&String::from_utf8_lossy(&text))
        .map_err(|why| unusable(path, why))?;
    if let Some(problem) = read.problems.first() {
        return Err(unusable(path, problem));
    }
    engine.handle(azflow_engine::session::ToEngine::Marks(read.review.marks().to_vec()), None);
    Ok(())
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::Unreadable(format!("{}: {why}", path.display()))
}
