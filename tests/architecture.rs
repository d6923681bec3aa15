//! The shape of the code: which module may use which, and who knows of browsers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// A package's modules from the foundation up: a module may use itself and those before it. Which package may use which
/// is said by their `Cargo.toml`.
struct Package {
    source: &'static str,
    layers: &'static [&'static str],
    /// Whether it may name what only a browser has.
    browser: bool,
}

const PACKAGES: [Package; 3] = [
    Package { source: "crates/core/src", layers: &["model", "ingest", "store"], browser: false },
    Package {
        source: "crates/engine/src",
        layers: &[
            "pieces", "rules", "audit", "topology", "filter", "findings", "export", "session", "example",
        ],
        browser: false,
    },
    Package { source: "src", layers: &["browser", "ui", "main.rs"], browser: true },
];
const BROWSER_NAMES: [&str; 7] =
    ["web_sys", "js_sys", "wasm_bindgen", "yew", "gloo_events", "gloo_timers", "plotters"];

impl Package {
    fn sources(&self, layer: &str) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(self.source).join(layer), &mut files);
        assert!(!files.is_empty(), "{}/{layer} is gone", self.source);
        files
    }
}

fn collect(path: &Path, files: &mut Vec<(PathBuf, String)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), files);
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        files.push((path.to_owned(), fs::read_to_string(path).unwrap()));
    }
}

/// Code without comments and without its unit tests, which may look further.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn modules_use_only_those_below_them() {
    for package in &PACKAGES {
        for (height, layer) in package.layers.iter().enumerate() {
            for (path, text) in package.sources(layer) {
                let code = code(&text);
                for above in package.layers.iter().skip(height + 1) {
                    let name = format!("crate::{above}");
                    assert!(!code.contains(&name), "{} uses {name}", path.display());
                }
            }
        }
    }
}

#[test]
fn packages_below_the_page_know_nothing_of_browsers() {
    for package in PACKAGES.iter().filter(|package| !package.browser) {
        for (path, text) in package.layers.iter().flat_map(|layer| package.sources(layer)) {
            for name in BROWSER_NAMES {
                let used =
                    code(&text).split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
                assert!(!used, "{} names {name}", path.display());
            }
        }
    }
}

#[test]
fn every_module_of_a_package_has_its_layer() {
    for package in &PACKAGES {
        let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join(package.source).join("lib.rs");
        for line in fs::read_to_string(lib).unwrap().lines().filter_map(|l| l.strip_prefix("pub mod ")) {
            let name = line.trim_end_matches(';');
            assert!(package.layers.contains(&name), "{name} of {} is in no layer", package.source);
        }
    }
}

#[test]
fn every_file_says_its_job_first() {
    for package in &PACKAGES {
        for (path, text) in package.layers.iter().flat_map(|layer| package.sources(layer)) {
            assert!(text.starts_with("//! "), "{} does not begin with its job", path.display());
        }
    }
}

/// The standard library's stable sort is five kilobytes for each type: see `azflow_core::model::SortSmall`.
#[test]
fn short_lists_are_sorted_in_little_code() {
    // Sorts numbers for all others, and hundreds of thousands of prefixes.
    let may = ["sort_small.rs", "lookup.rs"];
    for (path, text) in PACKAGES.iter().flat_map(|p| p.layers.iter().flat_map(|layer| p.sources(layer))) {
        if may.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        for sort in [".sort()", ".sort_by(", ".sort_by_key("] {
            assert!(!code(&text).contains(sort), "{} has {sort}", path.display());
        }
    }
}
