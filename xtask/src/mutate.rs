//! `mutate`: files changed in their structure, as long as wanted, or one of them again.

use crate::shell::{Outcome, cargo, run};

/// Enough to find what a change breaks at once; longer runs are made by hand.
pub const MINUTES: u64 = 1;

/// Tests mutants for so many minutes, from a seed on if there is one; without minutes only that seed's. It is the program
/// that the native tests have built, of the same packages, so that nothing is compiled for it.
pub fn mutate(minutes: Option<u64>, seed: Option<u64>) -> Outcome {
    let packages = ["test", "--workspace", "--exclude", "azflow-browser-tests"];
    let mut tests = cargo(&[&packages[..], &["--test", "mutate", "--", "--nocapture"]].concat());
    if let Some(seed) = seed {
        tests.env("AZFLOW_MUTATE_SEED", seed.to_string());
    }
    if let Some(minutes) = minutes.or(seed.is_none().then_some(MINUTES)) {
        tests.env("AZFLOW_MUTATE_SECONDS", (minutes * 60).to_string());
    }
    run(&mut tests)
}
