//! The steps of docs/ADDING.md that can be told from outside: what has one half has the other.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use azflow::ui::words::{rules, sources};
use azflow_core::ingest::IssueCode;
use azflow_engine::export::Format;
use std::fs;
use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| format!("{path}: {why}"))
}

/// The variants of an enum, as its source lists them.
fn variants(path: &str, name: &str) -> Vec<String> {
    let text = read(path);
    let (_, body) = text.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let lines = body.lines().map(str::trim).filter(|line| !line.starts_with(['/', '#']));
    let found: Vec<String> = lines.map(|line| line.trim_end_matches(',').to_owned()).collect();
    assert!(found.len() > 5, "{name} is not read from {path}");
    found
}

/// The words that a function of an enum has for its variants.
fn words(path: &str) -> Vec<String> {
    let text = read(path);
    let arms = text.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split_once(" => \""));
    let found: Vec<String> =
        arms.filter_map(|(_, word)| Some(word.strip_suffix("\",")?.to_owned())).collect();
    assert!(found.len() > 5, "no words in {path}");
    found
}

/// File names in a folder, without what they end with.
fn names(folder: &str, ending: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let name = |path: PathBuf| Some(path.file_name()?.to_str()?.strip_suffix(ending)?.to_owned());
    entries.filter_map(|entry| name(entry.unwrap().path())).collect()
}

#[test]
fn every_path_that_the_steps_name_is_there() {
    let text = read("docs/ADDING.md");
    let folders = ["crates/", "src/", "docs/", "tests/", "fuzz/", "styles/", "xtask/", "benches/"];
    let code = text.split('`').skip(1).step_by(2);
    let paths: Vec<&str> =
        code.filter(|code| folders.iter().any(|folder| code.starts_with(folder))).collect();
    assert!(paths.len() > 30, "the steps name {} paths", paths.len());
    for path in paths {
        assert!(root().join(path).exists(), "docs/ADDING.md names {path}, which is gone");
    }
}

#[test]
fn every_issue_code_is_explained_and_says_whether_something_is_lost() {
    let formats = read("docs/FORMATS.md");
    for variant in variants("crates/core/src/ingest/issue.rs", "IssueCode") {
        let code: IssueCode = serde_json::from_str(&format!("\"{variant}\"")).unwrap();
        let name = format!("`{}`", code.as_str());
        let row = formats.lines().find(|line| {
            line.strip_prefix("| ")
                .and_then(|row| row.split(" | ").next())
                .is_some_and(|first| first.split(", ").any(|known| known == name))
        });
        let lossy = row.and_then(|row| row.split(" | ").nth(1));
        let expected = match code {
            IssueCode::More => "as those",
            code if code.is_lossy() => "yes",
            _ => "no",
        };
        assert_eq!(lossy, Some(expected), "docs/FORMATS.md on {name}");
        assert!(!code.next_step().is_empty(), "{name} has no next step");
    }
}

#[test]
fn every_kind_of_source_has_a_name_on_the_screen() {
    let text = read("src/ui/words/sources.rs");
    for word in words("crates/core/src/ingest/part.rs") {
        assert!(text.contains(&format!("\"{word}\" => ")), "src/ui/words/sources.rs has no name for {word}");
        assert!(!sources::kind(&word).is_empty());
    }
}

#[test]
fn every_reader_that_is_fuzzed_is_fuzzed_by_the_tests() {
    let (manifest, tests) = (read("fuzz/Cargo.toml"), read("xtask/src/test.rs"));
    let (_, list) = tests.split_once("const FUZZ_TARGETS").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    for target in names("fuzz/fuzz_targets", ".rs") {
        assert!(manifest.contains(&format!("name = \"{target}\"")), "fuzz/Cargo.toml does not name {target}");
        assert!(list.contains(&format!("\"{target}\"")), "FUZZ_TARGETS does not name {target}");
    }
}

#[test]
fn every_screen_has_a_tab_and_a_word_in_addresses() {
    let (header, place, handles) =
        (read("src/ui/header.rs"), read("src/ui/place.rs"), read("docs/AUTOMATION.md"));
    for screen in variants("src/ui/place.rs", "Screen") {
        let tab = header.split(&format!("tab(Screen::{screen}, ")).nth(1);
        let handle = tab.and_then(|rest| rest.split('"').nth(1)).unwrap_or_default();
        assert!(handle.starts_with("tab-"), "{screen} has no tab");
        assert!(handles.contains(&format!("`{handle}`")), "docs/AUTOMATION.md does not name {handle}");
        let (_, list) = place.split_once("const SCREEN: ").unwrap();
        let (list, _) = list.split_once("];").unwrap();
        assert!(list.contains(&format!("Screen::{screen},")), "{screen} has no word in addresses");
    }
}

#[test]
fn every_sheet_is_part_of_the_page() {
    let page = read("index.html");
    for sheet in names("styles", ".css") {
        assert!(page.contains(&format!("href=\"styles/{sheet}.css\"")), "index.html leaves {sheet} out");
    }
}

#[test]
fn every_format_of_drafts_is_on_the_screen_and_in_the_documents() {
    let (documents, handles) = (read("docs/RULES.md"), read("docs/AUTOMATION.md"));
    for format in Format::ALL {
        let word = format.as_str();
        assert!(rules::FORMATS.iter().any(|(known, ..)| *known == word), "the Rules screen lacks {word}");
        assert!(documents.contains(&format!("`{word}`")), "docs/RULES.md does not name {word}");
        assert!(handles.contains(&format!("`draft-format-{word}`")), "no handle for {word}");
    }
}

#[test]
fn every_verb_of_the_command_is_listed() {
    let list = read("crates/cli/src/verbs/mod.rs");
    for verb in names("crates/cli/src/verbs", ".rs").into_iter().filter(|name| name != "mod") {
        assert!(list.contains(&format!("mod {verb};")), "crates/cli/src/verbs/mod.rs does not list {verb}");
    }
}
