//! Runs the command, as a shell does it.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test uses a part of it, and fails by panicking"
)]

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run left.
#[derive(Debug)]
pub struct Run {
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Run {
    /// Standard output of a run that ended well and told people nothing.
    #[track_caller]
    pub fn document(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""));
        self.out
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no document: {e}: {self:?}"))
    }
}

/// The command with these arguments, before it runs.
pub fn command(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azflow"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs it.
pub fn run(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Run {
    finish(command(arguments))
}

/// Runs it with these bytes on standard input.
pub fn run_with_input(arguments: &[&str], input: &[u8]) -> Run {
    let mut command = command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A command that does not read all of it closes the pipe, which is its right.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    ended(output)
}

/// Runs a prepared command.
pub fn finish(mut command: Command) -> Run {
    ended(command.output().unwrap())
}

fn ended(output: std::process::Output) -> Run {
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file of the repository's fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

/// The same as an argument.
pub fn named(name: &str) -> String {
    fixture(name).to_str().unwrap().to_owned()
}

/// Every verb, as the help lists them.
pub fn verbs() -> Vec<String> {
    let help = run(["--help"]).document();
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap().to_owned();
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")).filter_map(first).collect()
}
