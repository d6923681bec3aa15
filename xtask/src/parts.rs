//! The packages that a product is made of: what is inside it, and what only compiled it.
//!
//! Which they are is asked of `cargo tree`, which chooses features as a build does; `cargo metadata` knows of the whole
//! workspace only and would name packages that no product has. It is asked for what packages say of themselves.

use crate::read;
use crate::shell::{Outcome, cargo, output, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Something that is released.
pub struct Product {
    /// Its package.
    pub package: &'static str,
    /// The target that it is compiled for.
    pub target: String,
}

/// One package at one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    pub name: String,
    pub version: String,
}

/// What is known of a package.
pub struct Part {
    pub id: Id,
    /// Whether its code is compiled into the product; otherwise it is a macro or ran while compiling.
    pub inside: bool,
    /// The expression of its licences.
    pub licence: String,
    /// What it is for, as its package says.
    pub description: Option<String>,
    pub repository: Option<String>,
    /// SHA-256 of its archive on crates.io; none for packages of this repository.
    pub checksum: Option<String>,
    /// Where its files are on this machine.
    pub folder: PathBuf,
    /// The packages that it uses itself.
    pub uses: BTreeSet<Id>,
}

impl Product {
    /// The page.
    pub fn page() -> Self {
        Self { package: "azflow", target: "wasm32-unknown-unknown".to_owned() }
    }

    /// The command, for a system.
    pub fn command(target: &str) -> Self {
        Self { package: "azflow-cli", target: target.to_owned() }
    }

    /// All its packages, itself among them, by name.
    pub fn parts(&self) -> Outcome<Vec<Part>> {
        let inside = self.tree("normal,no-proc-macro")?;
        let all = self.tree("normal,build")?;
        let checksums = checksums(&read::text(&root().join("Cargo.lock"))?);
        let mut known = self.metadata()?;
        let mut parts = Vec::new();
        for (id, uses) in all {
            let what = format!("{} {}", id.name, id.version);
            let package = known.remove(&id).ok_or_else(|| format!("cargo metadata does not know {what}"))?;
            let text = |field: &str| package[field].as_str().map(str::to_owned);
            let manifest = text("manifest_path").map(PathBuf::from);
            parts.push(Part {
                inside: inside.contains_key(&id),
                // Older packages write a slash.
                licence: text("license")
                    .ok_or_else(|| format!("{what} names no licence"))?
                    .replace(" / ", "/")
                    .replace('/', " OR "),
                description: text("description"),
                repository: text("repository"),
                checksum: checksums.get(&id).cloned(),
                folder: manifest.and_then(|path| path.parent().map(ToOwned::to_owned)).unwrap_or_default(),
                uses,
                id,
            });
        }
        Ok(parts)
    }

    /// The packages that edges of these kinds lead to, each with what it uses.
    fn tree(&self, edges: &str) -> Outcome<BTreeMap<Id, BTreeSet<Id>>> {
        let Self { package, target } = self;
        let arguments = ["tree", "--locked", "--package", package, "--target", target, "--edges", edges];
        let mut tree = cargo(&arguments);
        Ok(read_tree(&output(tree.args(["--prefix", "depth", "--format", "|{p}"]))?))
    }

    fn metadata(&self) -> Outcome<BTreeMap<Id, Value>> {
        let arguments = ["metadata", "--format-version", "1", "--locked", "--filter-platform", &self.target];
        let text = output(&mut cargo(&arguments))?;
        let mut metadata: Value = serde_json::from_str(&text).map_err(|e| format!("cargo metadata: {e}"))?;
        let Value::Array(packages) = metadata["packages"].take() else {
            return Err("cargo metadata lists no packages".to_owned());
        };
        let id = |package: &Value| -> Option<Id> {
            Some(Id {
                name: package["name"].as_str()?.to_owned(),
                version: package["version"].as_str()?.to_owned(),
            })
        };
        Ok(packages.into_iter().filter_map(|package| Some((id(&package)?, package))).collect())
    }
}

/// Reads a tree whose lines are `depth|name vVERSION more`. A package's packages follow its first line only; other
/// lines are headings.
fn read_tree(text: &str) -> BTreeMap<Id, BTreeSet<Id>> {
    let mut uses: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
    let mut above: Vec<Id> = Vec::new();
    for line in text.lines() {
        let Some((depth, id)) =
            line.split_once('|').and_then(|(depth, id)| Some((depth.parse().ok()?, read_id(id)?)))
        else {
            continue;
        };
        above.truncate(depth);
        if let Some(user) = above.last() {
            uses.entry(user.clone()).or_default().insert(id.clone());
        }
        uses.entry(id.clone()).or_default();
        above.push(id);
    }
    uses
}

fn read_id(text: &str) -> Option<Id> {
    let mut words = text.split_whitespace();
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    Some(Id { name: name.to_owned(), version: version.to_owned() })
}

/// The checksums in a lock file.
fn checksums(lock: &str) -> BTreeMap<Id, String> {
    let package = |text: &str| {
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
            Some(line.strip_suffix('"')?.to_owned())
        };
        Some((Id { name: field("name")?, version: field("version")? }, field("checksum")?))
    };
    lock.split("[[package]]").filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn id(name: &str, version: &str) -> Id {
        Id { name: name.to_owned(), version: version.to_owned() }
    }

    #[test]
    fn a_tree_says_who_uses_whom() {
        let tree = "0|a v1.0.0 (/somewhere)\n1|b v0.2.0 (proc-macro)\n2|c v3.0.0\n[build-dependencies]\n1|c v3.0.0 (*)\n1|d v4.0.0-rc.1\n";
        let found = read_tree(tree);
        let uses = |of: &Id| found[of].iter().cloned().collect::<Vec<Id>>();
        assert_eq!(uses(&id("a", "1.0.0")), [id("b", "0.2.0"), id("c", "3.0.0"), id("d", "4.0.0-rc.1")]);
        assert_eq!(uses(&id("b", "0.2.0")), [id("c", "3.0.0")]);
        assert_eq!(uses(&id("c", "3.0.0")), []);
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn two_versions_of_a_package_have_a_checksum_each() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"s\"\nchecksum = \"0a\"\n\
            dependencies = [\n \"b\",\n]\n\n[[package]]\nname = \"a\"\nversion = \"2.0.0\"\nchecksum = \"0b\"\n\n\
            [[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";
        let found = checksums(lock);
        assert_eq!(found[&id("a", "1.0.0")], "0a");
        assert_eq!(found[&id("a", "2.0.0")], "0b");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn the_page_and_the_command_have_what_they_use_and_nothing_of_the_tests() {
        let names = |product: Product, inside: bool| -> BTreeSet<String> {
            let parts = product.parts().unwrap();
            parts.into_iter().filter(|part| part.inside == inside).map(|part| part.id.name).collect()
        };
        let (page, compiling) = (names(Product::page(), true), names(Product::page(), false));
        for name in ["azflow", "azflow-core", "azflow-engine", "yew", "wasm-bindgen", "miniz_oxide"] {
            assert!(page.contains(name), "{name} is missing");
        }
        assert!(compiling.contains("yew-macro") && compiling.contains("serde_derive"));
        let command = names(Product::command("x86_64-unknown-linux-gnu"), true);
        assert!(command.contains("clap") && command.contains("azflow-core"));
        for name in ["proptest", "criterion", "tiny_http", "zopfli", "azflow-skips"] {
            assert!(
                ![&page, &compiling, &command].iter().any(|names| names.contains(name)),
                "{name} is in it"
            );
        }
        assert!(!command.contains("yew"));
    }
}
