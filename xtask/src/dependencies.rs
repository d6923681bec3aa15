//! `test dependencies`: what azflow is made of is allowed, comes from where it should, and has no known weakness.

use crate::shell::{Outcome, command, run};
use crate::skips::Skips;
use crate::tools;
use azflow_skips::Need;
use std::path::Path;
use std::process::Command;

/// Holds all dependencies to `deny.toml`. Known weaknesses are looked up where their database can be reached: that
/// machine's network says nothing about the source.
pub fn check(skips: &Skips) -> Outcome {
    let tool = match tools::cargo_deny().path() {
        Ok(tool) => tool,
        Err(why) => return skips.note(Need::Required, "dependencies", &format!("no cargo-deny: {why}")),
    };
    run(&mut deny(&tool, &["check", "bans", "licenses", "sources"]))?;
    if run(&mut deny(&tool, &["fetch", "db"])).is_err() {
        let why = "the database of known weaknesses can't be reached: https://github.com/RustSec/advisory-db";
        return skips.note(Need::Optional, "dependencies", why);
    }
    run(&mut deny(&tool, &["check", "advisories"]))
}

fn deny(tool: &Path, task: &[&str]) -> Command {
    let mut deny = command(&tool.to_string_lossy(), &["--locked", "--workspace"]);
    deny.args(task);
    deny
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use crate::parts::{Id, Product};
    use crate::shell::{cargo, output, root};
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    type Names = BTreeSet<String>;

    /// The rows of the table below a heading of the document, as cells.
    fn table(heading: &str) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(root().join("docs/DEPENDENCIES.md")).unwrap();
        let section = text.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
            .collect()
    }

    fn names(cell: &str) -> Names {
        cell.split(',').map(|name| name.trim().trim_matches('`').to_owned()).collect()
    }

    /// Who uses a package, in the document's words.
    fn user(package: &str, kind: Option<&str>) -> &'static str {
        match (package, kind) {
            (_, Some("dev")) | ("azflow-browser-tests" | "azflow-skips", _) => "tests",
            ("azflow", _) => "page",
            ("azflow-cli", _) => "command",
            ("azflow-core", _) => "core",
            ("azflow-engine", _) => "engine",
            ("azflow-fuzz", _) => "fuzz",
            _ => "tasks",
        }
    }

    #[test]
    fn each_direct_dependency_has_its_line_and_each_line_its_dependency() {
        let mut so: BTreeMap<String, Names> = BTreeMap::new();
        for manifest in ["Cargo.toml", "fuzz/Cargo.toml", "xtask/wasm-bindgen/Cargo.toml"] {
            let arguments = ["metadata", "--no-deps", "--format-version", "1", "--manifest-path", manifest];
            let metadata: Value = serde_json::from_str(&output(&mut cargo(&arguments)).unwrap()).unwrap();
            for package in metadata["packages"].as_array().unwrap() {
                let outside =
                    package["dependencies"].as_array().unwrap().iter().filter(|d| d["path"].is_null());
                for dependency in outside {
                    let by = user(package["name"].as_str().unwrap(), dependency["kind"].as_str());
                    let name = dependency["name"].as_str().unwrap().to_owned();
                    so.entry(name).or_default().insert(by.to_owned());
                }
            }
        }
        let told: BTreeMap<String, Names> = table("Chosen by azflow")
            .iter()
            .map(|row| (row[0].trim_matches('`').to_owned(), names(&row[1])))
            .collect();
        assert_eq!(told, so);
    }

    #[test]
    fn what_only_yew_brings_is_told() {
        let parts = Product::page().parts().unwrap();
        let inside: BTreeMap<&Id, &BTreeSet<Id>> =
            parts.iter().filter(|part| part.inside).map(|part| (&part.id, &part.uses)).collect();
        let page = inside.keys().find(|id| id.name == "azflow").unwrap();
        let mut without: BTreeSet<&Id> = BTreeSet::new();
        let mut next: Vec<&Id> = vec![page];
        while let Some(id) = next.pop() {
            if id.name != "yew" && without.insert(id) {
                next.extend(inside[id].iter().filter(|used| inside.contains_key(used)));
            }
        }
        let so: Names =
            inside.keys().filter(|id| !without.contains(**id)).map(|id| id.name.clone()).collect();
        let told: Names =
            table("What Yew brings into the page").iter().flat_map(|row| names(&row[0])).collect();
        assert_eq!(told, so);
    }
}
