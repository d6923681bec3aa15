//! Runs queries for Kusto on this machine.

use super::python::environment;
use azflow_skips::{Need, skip};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Where queries run.
#[derive(Debug)]
pub struct Runner {
    python: PathBuf,
}

/// The engines, installed now if they aren't there; `None`, with a note that says why, where they can't be.
#[track_caller]
pub fn runner() -> Option<&'static Runner> {
    static RUNNER: OnceLock<Option<Runner>> = OnceLock::new();
    let found = RUNNER.get_or_init(|| {
        let python = environment("kusto", include_str!("../kql/requirements.txt"))?;
        Some(Runner { python })
    });
    if found.is_none() {
        let why = "queries for Kusto are not run: streaming-kql and duckdb-kql can't be installed; \
            on Debian: apt-get install python3-venv, and a way to PyPI";
        skip(Need::Required, why);
    }
    found.as_ref()
}

impl Runner {
    /// The result of each job, as CSV. A job is a `query` over `data`: `files` with the texts of blobs, or a `table`
    /// with its `columns` (name and type) and `rows`.
    pub fn run(&self, jobs: &[Value]) -> Vec<String> {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/kql/run.py");
        let mut child = Command::new(&self.python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let input = json!(jobs).to_string();
        let mut stdin = child.stdin.take().expect("a pipe");
        // From a thread of its own, since what comes back may fill its pipe before all is written.
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("Python ends");
        writer.join().expect("all is written").expect("all is written");
        assert!(output.status.success(), "queries fail: see above");
        let results: Vec<String> = serde_json::from_slice(&output.stdout).expect("results");
        assert_eq!(results.len(), jobs.len());
        results
    }
}
