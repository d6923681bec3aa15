//! What hosted CI runs is what anyone can run: tasks of `cargo xtask`, and nothing of its own.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn workflows() -> Vec<(PathBuf, String)> {
    let files = [".github/workflows", ".azure-pipelines"].into_iter().flat_map(|folder| {
        fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<PathBuf>>()
    });
    files.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// What stands behind a key, at the start of a step or within one.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let line = |line: &'a str| line.trim().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(": ");
    text.lines().filter_map(line).collect()
}

#[test]
fn workflows_run_tasks_and_nothing_else() {
    for (path, text) in workflows() {
        let runs: Vec<&str> = ["run", "script", "bash", "powershell", "pwsh"]
            .into_iter()
            .flat_map(|key| values(&text, key))
            .collect();
        assert!(!runs.is_empty(), "{} runs nothing", path.display());
        for run in runs {
            let words: Vec<&str> = run.split_whitespace().collect();
            assert_eq!(words[..2], ["cargo", "xtask"], "{}: {run}", path.display());
            let plain = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            assert!(words.iter().all(plain), "{}: {run}", path.display());
        }
        assert!(!text.contains("- task:"), "{} runs a task of Azure's", path.display());
    }
}

#[test]
fn actions_are_pinned_to_commits() {
    for (path, text) in workflows() {
        for action in values(&text, "uses") {
            let (_, commit) = action.split_once('@').unwrap();
            let commit = commit.split_whitespace().next().unwrap();
            let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_commit, "{}: {action}", path.display());
        }
    }
}

#[test]
fn containers_have_the_compiler_that_is_pinned() {
    let toolchain = fs::read_to_string(root().join("rust-toolchain.toml")).unwrap();
    let channel =
        toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap().trim_matches('"');
    for (path, text) in workflows() {
        for image in values(&text, "image") {
            assert!(image.starts_with(&format!("rust:{channel}-")), "{}: {image}", path.display());
        }
    }
}

#[test]
fn every_host_tests_compares_builds_and_makes_releases() {
    for folder in [".github/workflows", ".azure-pipelines"] {
        let runs = |file: &str| fs::read_to_string(root().join(folder).join(file)).unwrap();
        assert!(runs("ci.yml").contains("cargo xtask test"), "{folder}");
        for file in ["ci.yml", "release.yml"] {
            assert!(runs(file).contains("cargo xtask equal-builds"), "{folder}/{file}");
        }
        assert!(runs("release.yml").contains("cargo xtask release"), "{folder}");
    }
}
