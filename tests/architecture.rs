//! The shape of the code: which module may use which, and who knows of browsers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// From the foundation up: a module may use itself and those before it.
const LAYERS: [&str; 14] = [
    "model", "ingest", "store", "rules", "audit", "topology", "filter", "findings", "export", "session",
    "example", "browser", "ui", "main.rs",
];
/// Modules that know of browsers; all others compile natively without any of these names.
const BROWSER_LAYERS: [&str; 3] = ["browser", "ui", "main.rs"];
const BROWSER_NAMES: [&str; 6] = ["web_sys", "js_sys", "wasm_bindgen", "yew", "gloo", "plotters"];

fn source(part: &str) -> Vec<(PathBuf, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src").join(part);
    let mut files = Vec::new();
    collect(&root, &mut files);
    files
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
    for (height, layer) in LAYERS.iter().enumerate() {
        for (path, text) in source(layer) {
            let code = code(&text);
            for above in LAYERS.iter().skip(height + 1) {
                for name in [format!("crate::{above}"), format!("azflow::{above}")] {
                    assert!(!code.contains(&name), "{} uses {name}", path.display());
                }
            }
        }
    }
}

#[test]
fn the_core_knows_nothing_of_browsers() {
    for layer in LAYERS.iter().filter(|l| !BROWSER_LAYERS.contains(l)) {
        for (path, text) in source(layer) {
            for name in BROWSER_NAMES {
                let used =
                    code(&text).split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
                assert!(!used, "{} names {name}", path.display());
            }
        }
    }
}

#[test]
fn every_module_of_the_crate_has_its_layer() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    for line in lib.lines().filter_map(|l| l.strip_prefix("pub mod ")) {
        let name = line.trim_end_matches(';');
        assert!(LAYERS.contains(&name), "{name} is in no layer");
    }
}

#[test]
fn every_file_says_its_job_first() {
    for layer in LAYERS {
        for (path, text) in source(layer) {
            assert!(text.starts_with("//! "), "{} does not begin with its job", path.display());
        }
    }
}
