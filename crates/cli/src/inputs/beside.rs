//! Files beside the logs, without which a verb has no answer: rules and reviews.

use crate::arguments::is_standard_input;
use crate::ending::Failure;
use azflow_engine::export::{read_review, read_rules};
use azflow_engine::rules::RuleSet;
use azflow_engine::session::{Engine, ToEngine};
use std::io::Read;
use std::path::Path;

/// The bytes of a file without which the verb has no answer.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if is_standard_input(path) {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| unusable(path, error))
}

/// The groups of a file over those of the network; the latter alone without one.
pub fn rule_set(engine: &mut Engine, file: Option<&Path>) -> Result<RuleSet, Failure> {
    let below = engine.rule_set();
    let Some(path) = file else { return Ok(below) };
    let set = read_rules(&bytes(path)?, &below).map_err(|error| unusable(path, error))?;
    Ok(set.over(&below, &engine.world()))
}

/// Tells the engine what the review on file says.
pub fn take_review(engine: &mut Engine, path: &Path) -> Result<(), Failure> {
    let text = bytes(path)?;
    let read = read_review(&String::from_utf8_lossy(&text)).map_err(|why| unusable(path, why))?;
    if let Some(problem) = read.problems.first() {
        return Err(unusable(path, problem));
    }
    engine.handle(ToEngine::Marks(read.review.marks().to_vec()), None);
    Ok(())
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::Unreadable(format!("{}: {why}", path.display()))
}
