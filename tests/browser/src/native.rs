//! The native twin, and the files on which both must agree.

use crate::Outcome;
use azflow_skips::{Need, skip};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

/// A file of the tests' own.
pub fn fixture(name: &str) -> PathBuf {
    repository().join("tests/fixtures").join(name)
}

/// Where builds and screenshots go.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from)
}

/// The summary of these files as the native twin writes it.
pub fn native_summary(files: &[PathBuf]) -> Outcome<String> {
    native("summarize", files)
}

/// The same with options.
pub fn native_summary_with(options: &[&str], files: &[PathBuf]) -> Outcome<String> {
    let options = options.iter().map(PathBuf::from).chain(files.iter().cloned());
    native("summarize", &options.collect::<Vec<_>>())
}

/// Milliseconds that scanning a file takes natively.
pub fn native_scan_ms(file: &Path) -> Outcome<f64> {
    Ok(native("scan", &[file.to_owned()])?.trim().parse()?)
}

fn native(verb: &str, files: &[PathBuf]) -> Outcome<String> {
    let mut arguments = vec![OsStr::new(verb)];
    arguments.extend(files.iter().map(|file| file.as_os_str()));
    native_output(&arguments)
}

/// What the native twin prints when it is given these arguments.
pub fn native_output(arguments: &[impl AsRef<OsStr>]) -> Outcome<String> {
    let twin = built("AZFLOW_TWIN", "the native twin")?;
    let output =
        Command::new(&twin).args(arguments).output().map_err(|e| format!("{}: {e}", twin.display()))?;
    // 3 beside a document: it says what of the input was not understood, which the page must say, too.
    let partial = output.status.code() == Some(3) && !output.stdout.is_empty();
    if !output.status.success() && !partial {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The page under test.
pub fn page_file() -> Outcome<PathBuf> {
    built("AZFLOW_PAGE", "the page")
}

/// The page that fails when a test asks it to: see `src/browser/provoke.rs`.
pub fn provoked_page_file() -> Outcome<PathBuf> {
    built("AZFLOW_PROVOKED_PAGE", "the page that fails on demand")
}

/// What was built from this source just before the tests, by whoever set the variable. A place that these tests
/// guessed could have an older build, and they would pass or fail for what it does.
fn built(variable: &str, what: &str) -> Outcome<PathBuf> {
    let how = "run `cargo xtask test browser`, which builds the page and the native twin and then runs these tests; \
        `cargo xtask test browser NAME` runs a file or a test of them";
    let path = std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let path = path.ok_or_else(|| format!("{variable} does not say where {what} is: {how}"))?;
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("{variable}: there is no {}: {how}", path.display()).into())
    }
}

/// Every sample log of the repository, and of the collection that may lie beside it.
#[track_caller]
pub fn files_to_compare() -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    walk(&repository().join("tests/fixtures"), &mut files)?;
    let samples = repository().join("../shared/samples");
    if samples.is_dir() {
        walk(&samples, &mut files)?;
    } else {
        skip(Need::Optional, "there is no folder ../shared/samples: only tests/fixtures is compared");
    }
    files.sort();
    Ok(files)
}

/// Small inputs on which azflow was wrong once, several of one name among them, where that collection lies beside the
/// repository. Those that are made to exhaust the page are left out: they have tests of their own.
#[track_caller]
pub fn cases_to_compare() -> Outcome<Vec<PathBuf>> {
    let cases = repository().join("../shared/cases");
    if !cases.is_dir() {
        skip(
            Need::Optional,
            "there is no folder ../shared/cases: descriptions of one name are compared natively only",
        );
    }
    let mut files = Vec::new();
    walk(&cases, &mut files)?;
    let is_input = |file: &PathBuf| {
        let exhausts =
            file.components().any(|part| part.as_os_str().to_string_lossy().starts_with("attack-"));
        !exhausts && file.extension().is_some_and(|ending| ending != "md" && ending != "py")
    };
    files.retain(is_input);
    files.sort();
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in folder.read_dir()? {
        let path = entry?.path();
        // What fixtures must give is no input.
        if path.ends_with("summaries") {
            continue;
        }
        if path.is_dir() { walk(&path, files)? } else { files.push(path.canonicalize()?) }
    }
    Ok(())
}
