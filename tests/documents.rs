//! The documents: links lead somewhere, and lines are short enough to read in a terminal.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// The most characters of a line. Tables, code and pictures stay whole.
const WIDTH: usize = 120;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every document: its path from the root, and its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in [".", "docs", "docs/decisions"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "md") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(found.len() > 40, "the documents are gone");
    found
}

/// Lines outside of code, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// Where a line's links lead.
fn links(line: &str) -> Vec<&str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link).collect()
}

/// A heading as it is named in links.
fn anchor(heading: &str) -> String {
    let plain = heading.trim_start_matches('#').trim().to_lowercase();
    plain
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn has_anchor(document: &Path, name: &str) -> bool {
    let text = fs::read_to_string(document).unwrap_or_default();
    prose(&text).any(|(_, line)| line.starts_with('#') && anchor(line) == name)
}

#[test]
fn links_lead_to_what_is_there() {
    let mut broken = Vec::new();
    for (path, text) in documents() {
        for (number, line) in prose(&text) {
            for link in links(line).into_iter().filter(|link| !link.contains("://") && !link.contains(' ')) {
                let (file, part) = link.split_once('#').unwrap_or((link, ""));
                let target = if file.is_empty() { path.clone() } else { path.with_file_name("").join(file) };
                if !target.exists() || !part.is_empty() && !has_anchor(&target, part) {
                    broken.push(format!("{}:{number}: {link}", path.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn lines_are_no_longer_than_they_may_be() {
    let mut long = Vec::new();
    for (path, text) in documents() {
        let whole = |line: &str| line.trim_start().starts_with(['|', '!']);
        for (number, line) in prose(&text).filter(|(_, line)| !whole(line)) {
            if line.chars().count() > WIDTH {
                long.push(format!("{}:{number}", path.display()));
            }
        }
    }
    assert!(long.is_empty(), "lines of more than {WIDTH} characters:\n{}", long.join("\n"));
}
