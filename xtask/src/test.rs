//! `test`: everything that must hold, part by part. CI runs this and nothing else.

use crate::axe;
use crate::build;
use crate::packages;
use crate::shell::{Outcome, cargo, find, heading, root, run};
use crate::tools;

/// A part's name and what it does.
type Part = (&'static str, fn() -> Outcome);

/// The parts, in the order in which they run: what fails fastest comes first.
const PARTS: [Part; 6] = [
    ("format", format),
    ("lint", lint),
    ("native", native),
    ("fuzz", fuzz),
    ("bundle", build::build),
    ("browser", browser),
];

/// What the fuzz targets read: every reader has one.
const FUZZ_TARGETS: [&str; 7] = ["source", "cuts", "gzip", "part", "archive", "table", "network"];
/// Enough to find what a change breaks at once; longer runs are made by hand.
const FUZZ_SECONDS: u32 = 15;

/// Runs all parts, or the named ones.
pub fn test(names: &[&str]) -> Outcome {
    if let Some(unknown) = names.iter().find(|n| PARTS.iter().all(|(part, _)| part != *n)) {
        let parts: Vec<&str> = PARTS.iter().map(|(part, _)| *part).collect();
        return Err(format!("no part of the tests is named {unknown}; there are: {}", parts.join(", ")));
    }
    for (part, run) in PARTS {
        if names.is_empty() || names.contains(&part) {
            heading(&format!("test {part}"));
            run()?;
        }
    }
    Ok(())
}

fn format() -> Outcome {
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lint() -> Outcome {
    tools::wasm_target()?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    run(&mut cargo(&[
        "clippy",
        "--target",
        "wasm32-unknown-unknown",
        "--lib",
        "--bins",
        "--",
        "-D",
        "warnings",
    ]))
}

fn native() -> Outcome {
    run(&mut cargo(&["test", "--workspace", "--exclude", "azflow-browser-tests"]))
}

/// A short run of every fuzz target, from the fixtures on. Without a sanitizer, so that it needs
/// no nightly compiler: what is looked for are panics and broken invariants.
fn fuzz() -> Outcome {
    if find("c++").or_else(|| find("g++")).or_else(|| find("clang++")).is_none() {
        println!("skipped: libFuzzer needs a C++ compiler; on Debian: apt-get install g++");
        return Ok(());
    }
    let tool = tools::cargo_fuzz().path()?;
    for target in FUZZ_TARGETS {
        let corpus = root().join("fuzz/corpus").join(target);
        std::fs::create_dir_all(&corpus).map_err(|e| format!("{}: {e}", corpus.display()))?;
        let mut command = std::process::Command::new(&tool);
        command.current_dir(root()).args(["run", "--sanitizer", "none", target]);
        command.arg(&corpus).arg(root().join("tests/fixtures"));
        command.args([
            "--",
            &format!("-max_total_time={FUZZ_SECONDS}"),
            "-max_len=8192",
            "-verbosity=0",
            "-print_final_stats=1",
        ]);
        run(&mut command)?;
    }
    Ok(())
}

/// The page in real browsers, and the page against the native twin.
fn browser() -> Outcome {
    packages::browsers()?;
    if !root().join("dist/azflow.html").is_file() {
        build::build()?;
    }
    run(&mut cargo(&["build", "--release", "--example", "azflow"]))?;
    let mut paths = vec![tools::geckodriver().bin()?];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let path = std::env::join_paths(paths).map_err(|e| e.to_string())?;
    let mut tests = cargo(&["test", "-p", "azflow-browser-tests", "--", "--nocapture", "--test-threads=1"]);
    if let Some(script) = axe::script()? {
        tests.env("AZFLOW_AXE", script);
    }
    run(tests.env("PATH", path))
}
