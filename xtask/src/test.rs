//! `test`: everything that must hold, part by part. CI runs this and nothing else.

use crate::axe;
use crate::build;
use crate::dependencies;
use crate::mutate;
use crate::packages;
use crate::shell::{Outcome, cargo, command, heading, output, root, run, target};
use crate::skips::Skips;
use crate::tools;
use crate::twin;
use azflow_skips::Need;
use std::path::Path;
use std::process::Command;

/// What `cargo xtask test --help` ends with.
pub const HELP: &str = "\
Parts, in the order in which they run:
  format          formatting, as `cargo fmt` does it
  lint            clippy for this machine and for the browser, and the documentation of the code
  dependencies    what azflow is made of: licences, sources, what is banned, known weaknesses
  native [NAME…]  tests that need no browser
  mutate          files changed in their structure, for a minute
  fuzz [NAME…]    every fuzz target for a few seconds
  bundle          builds the page and holds it to its size
  browser [NAME…] builds the page and the command, then tests both in real browsers

A NAME is a file of tests without its .rs, or a part of a test's name; for fuzz it is a target.

  cargo xtask test format lint     what fails fastest
  cargo xtask test native golden   tests/golden.rs
  cargo xtask test browser review  tests/browser/tests/review.rs

What is skipped is listed at the end, with the reason. With the variable CI set, a skip is an error unless
nobody needs to have what is missing.";

/// One part of the tests.
struct Part {
    name: &'static str,
    run: fn(&[&str], &Skips) -> Outcome,
    takes_names: bool,
}

/// The parts, in the order in which they run: what fails fastest comes first.
const PARTS: [Part; 8] = [
    Part { name: "format", run: |_, _| format(), takes_names: false },
    Part { name: "lint", run: |_, _| lint(), takes_names: false },
    Part { name: "dependencies", run: |_, skips| dependencies::check(skips), takes_names: false },
    Part { name: "native", run: native, takes_names: true },
    Part { name: "mutate", run: |_, _| mutate::mutate(None, None), takes_names: false },
    Part { name: "fuzz", run: fuzz, takes_names: true },
    Part { name: "bundle", run: |_, _| build::build(), takes_names: false },
    Part { name: "browser", run: browser, takes_names: true },
];

/// What the fuzz targets read: every reader has one.
const FUZZ_TARGETS: [&str; 7] = ["source", "cuts", "gzip", "part", "archive", "table", "network"];
/// Enough to find what a change breaks at once; longer runs are made by hand.
const FUZZ_SECONDS: u32 = 15;

/// Runs all parts, or the named ones, and says at the end what was skipped, even where something failed.
pub fn test(words: &[String]) -> Outcome {
    let chosen = chosen(words)?;
    let skips = Skips::new(target().join("skips.txt"))?;
    let outcome = chosen.iter().try_for_each(|(part, names)| {
        heading(&format!("test {}", part.name));
        (part.run)(names, &skips)
    });
    let report = skips.report();
    outcome.and(report)
}

/// Parts with the names of their tests: a word that is no part belongs to the part before it.
fn chosen(words: &[String]) -> Outcome<Vec<(&'static Part, Vec<&str>)>> {
    let mut chosen: Vec<(&Part, Vec<&str>)> = Vec::new();
    for word in words {
        match PARTS.iter().find(|part| part.name == word) {
            Some(part) => chosen.push((part, Vec::new())),
            None => match chosen.last_mut() {
                Some((part, names)) if part.takes_names => names.push(word),
                Some((part, _)) => return Err(format!("{} takes no names; {word} is no part", part.name)),
                None => {
                    let parts = PARTS.map(|part| part.name).join(", ");
                    return Err(format!("no part of the tests is named {word}; there are: {parts}"));
                }
            },
        }
    }
    if chosen.is_empty() {
        chosen = PARTS.iter().map(|part| (part, Vec::new())).collect();
    }
    Ok(chosen)
}

fn format() -> Outcome {
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

fn lint() -> Outcome {
    tools::wasm_target()?;
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    run(&mut cargo(&[
        "clippy",
        "--package",
        "azflow",
        "--target",
        "wasm32-unknown-unknown",
        "--lib",
        "--bins",
        "--",
        "-D",
        "warnings",
    ]))?;
    let document =
        |words: &[&str]| run(cargo(&["doc", "--no-deps"]).args(words).env("RUSTDOCFLAGS", "-D warnings"));
    document(&["--workspace"])?;
    document(&["--package", "azflow", "--target", "wasm32-unknown-unknown"])
}

fn native(names: &[&str], skips: &Skips) -> Outcome {
    packages::install_missing(&packages::NATIVE);
    let all = ["test", "--workspace", "--exclude", "azflow-browser-tests"];
    for tests in runs(&all, names, &["tests", "crates/*/tests"], &[]) {
        run(skips.given_to(&mut tests.command()?))?;
    }
    Ok(())
}

/// The page in real browsers, and the page against the native twin. Both are built from this source first.
fn browser(names: &[&str], skips: &Skips) -> Outcome {
    packages::install_missing(&packages::BROWSERS);
    build::build()?;
    let page = root().join("dist/azflow.html");
    let provoked = if provokes(names) { Some(build::build_provoked()?) } else { None };
    let twin = twin::build()?;
    let axe = axe::script(skips)?;
    let path = tools::on_path(&[tools::geckodriver()])?;
    let all = ["test", "-p", "azflow-browser-tests"];
    for tests in runs(&all, names, &["tests/browser/tests"], &["--nocapture", "--test-threads=1"]) {
        let mut tests = tests.command()?;
        tests.env("AZFLOW_PAGE", &page).env("AZFLOW_TWIN", &twin).env("PATH", &path);
        if let Some(page) = &provoked {
            tests.env("AZFLOW_PROVOKED_PAGE", page);
        }
        if let Some(script) = &axe {
            tests.env("AZFLOW_AXE", script);
        }
        run(skips.given_to(&mut tests))?;
    }
    Ok(())
}

/// The files of tests that need the page that fails on demand.
const PROVOKING: [&str; 3] = ["alive", "failures", "moments"];

/// Whether tests of these names may need the page that fails on demand.
fn provokes(names: &[&str]) -> bool {
    let other = |name: &&str| !PROVOKING.contains(name) && has_tests(&root(), "tests/browser/tests", name);
    names.is_empty() || !names.iter().all(other)
}

/// One run of `cargo test`.
struct Run {
    /// What cargo takes.
    cargo: Vec<String>,
    /// What the tests' own programs take.
    options: Vec<String>,
    /// A part of the names of the tests to run.
    filter: Option<String>,
}

/// The runs that test these names: files of tests together, then each part of a test's name.
fn runs(all: &[&str], names: &[&str], folders: &[&str], options: &[&str]) -> Vec<Run> {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<String>>();
    let with = |targets: &[&str], filter: Option<&str>| Run {
        cargo: owned(&[all, targets].concat()),
        options: owned(options),
        filter: filter.map(str::to_owned),
    };
    if names.is_empty() {
        return vec![with(&[], None)];
    }
    let (files, parts): (Vec<&str>, Vec<&str>) =
        names.iter().partition(|name| folders.iter().any(|folder| has_tests(&root(), folder, name)));
    let mut runs = Vec::new();
    if !files.is_empty() {
        let targets: Vec<&str> = files.iter().flat_map(|file| ["--test", file]).collect();
        runs.push(with(&targets, None));
    }
    runs.extend(parts.iter().map(|&part| with(&[], Some(part))));
    runs
}

impl Run {
    /// The words after `cargo`.
    fn words(&self) -> Vec<&str> {
        let words = self.cargo.iter().chain(&self.options).chain(&self.filter).map(String::as_str);
        let mut words: Vec<&str> = words.collect();
        words.insert(self.cargo.len(), "--");
        words
    }

    /// The command. A filter that no test's name fits is an error: cargo would run nothing and call it passed.
    fn command(&self) -> Outcome<Command> {
        if let Some(filter) = &self.filter {
            let mut list = cargo(&self.words());
            let tests = output(list.arg("--list"))?;
            if !tests.lines().any(|line| line.ends_with(": test")) {
                return Err(format!("no file of tests is named {filter}, and no test has it in its name"));
            }
        }
        Ok(cargo(&self.words()))
    }
}

/// Whether the folder has a file of tests of this name. One `*` stands for any folder.
fn has_tests(root: &Path, folder: &str, name: &str) -> bool {
    let file = format!("{name}.rs");
    match folder.split_once("/*/") {
        None => root.join(folder).join(file).is_file(),
        Some((above, below)) => std::fs::read_dir(root.join(above))
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| entry.path().join(below).join(&file).is_file()),
    }
}

/// A short run of every fuzz target, from the fixtures on. Without a sanitizer, so that it needs
/// no nightly compiler: what is looked for are panics and broken invariants.
fn fuzz(names: &[&str], skips: &Skips) -> Outcome {
    if let Some(unknown) = names.iter().find(|name| !FUZZ_TARGETS.contains(name)) {
        return Err(format!("no fuzz target is named {unknown}; there are: {}", FUZZ_TARGETS.join(", ")));
    }
    packages::install_missing(&packages::FUZZ);
    if packages::cpp_compiler().is_none() {
        let why = "libFuzzer needs a C++ compiler; on Debian: apt-get install g++";
        return skips.note(Need::Required, "fuzz", why);
    }
    let tool = tools::cargo_fuzz().path()?;
    // The targets are a workspace of their own, whose lock file nothing else holds to what the packages use.
    run(&mut cargo(&["fetch", "--locked", "--quiet", "--manifest-path", "fuzz/Cargo.toml"]))?;
    for target in FUZZ_TARGETS.into_iter().filter(|target| names.is_empty() || names.contains(target)) {
        let corpus = root().join("fuzz/corpus").join(target);
        std::fs::create_dir_all(&corpus).map_err(|e| format!("{}: {e}", corpus.display()))?;
        let mut fuzz = command(&tool.to_string_lossy(), &["run", "--sanitizer", "none", target]);
        fuzz.arg(&corpus).arg(root().join("tests/fixtures"));
        fuzz.args([
            "--",
            &format!("-max_total_time={FUZZ_SECONDS}"),
            "-max_len=8192",
            "-verbosity=0",
            "-print_final_stats=1",
        ]);
        run(&mut fuzz)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn parts(words: &str) -> Outcome<Vec<(&'static str, String)>> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let chosen = chosen(&words)?;
        Ok(chosen.into_iter().map(|(part, names)| (part.name, names.join(" "))).collect())
    }

    #[test]
    fn names_belong_to_the_part_before_them() {
        let expected = [("native", "golden filter"), ("browser", "review")];
        let found = parts("native golden filter browser review").unwrap();
        assert_eq!(found, expected.map(|(part, names)| (part, names.to_owned())));
        assert_eq!(parts("").unwrap().len(), PARTS.len());
        assert!(parts("golden").unwrap_err().contains("format, lint, dependencies, native"));
        assert!(parts("lint golden").unwrap_err().contains("takes no names"));
    }

    #[test]
    fn a_name_is_a_file_of_tests_or_a_part_of_a_tests_name() {
        let shown = |names: &[&str]| -> Vec<String> {
            runs(&["test"], names, &["tests"], &["--nocapture"])
                .iter()
                .map(|run| run.words().join(" "))
                .collect()
        };
        assert_eq!(shown(&[]), ["test -- --nocapture"]);
        assert_eq!(
            shown(&["golden", "whole_main_job", "filter"]),
            ["test --test golden --test filter -- --nocapture", "test -- --nocapture whole_main_job"]
        );
    }

    #[test]
    fn tests_are_found_in_the_folders_of_packages() {
        assert!(has_tests(&root(), "tests/*/tests", "review"));
        assert!(!has_tests(&root(), "tests/*/tests", "golden"));
    }
}
