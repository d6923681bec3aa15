//! `release`: writes all that is attached to a release, from one commit.

use crate::build::hidden;
use crate::compiler::Compiler;
use crate::equal_builds::{commit, page_in};
use crate::licences;
use crate::parts::{Part, Product};
use crate::read::{bytes, sha256, text};
use crate::sbom::{Released, bill};
use crate::shell::{Outcome, heading, root, target};
use crate::tools;
use crate::twin;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is attached, by name.
type Files = BTreeMap<String, Vec<u8>>;

/// Builds the page and the command, and writes them with their papers into `target/release-files`.
pub fn release() -> Outcome {
    let commit = commit()?;
    let compiler = Compiler::ask()?;
    is_pinned(&compiler)?;
    let page = bytes(&page_in(&root())?)?;
    heading(&format!("build the command for {}", compiler.host));
    let command = bytes(&twin::build_for(&compiler.host, &hidden()?)?)?;

    heading("write what is attached");
    let version = tools::locked_version("azflow")?;
    let files = files(&version, &commit, &compiler, page, command)?;
    let folder = target().join("release-files");
    // What an earlier version was called must not be attached to this one.
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for (name, bytes) in &files {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    allow_to_run(&folder.join(format!("azflow-{version}-{}", compiler.host)));
    print!("{}", String::from_utf8_lossy(files.get(SUMS).map_or(&[], Vec::as_slice)));
    println!("{} has all that is attached; RELEASES.md says what to do with it.", folder.display());
    Ok(())
}

const SUMS: &str = "SHA256SUMS";

fn files(
    version: &str,
    commit: &str,
    compiler: &Compiler,
    page: Vec<u8>,
    command: Vec<u8>,
) -> Outcome<Files> {
    let products = [
        (format!("azflow-{version}.html"), Product::page(), page),
        (
            format!("azflow-{version}-{}{}", compiler.host, std::env::consts::EXE_SUFFIX),
            Product::command(&compiler.host),
            command,
        ),
    ];
    let bindgen = tools::wasm_bindgen()?;
    let trunk = tools::trunk();
    let tools = [
        ("rustc", compiler.version.as_str()),
        ("trunk", trunk.version()),
        ("wasm-bindgen", bindgen.version()),
    ];
    let mut files = Files::new();
    let mut inside: Vec<Part> = Vec::new();
    for (name, product, bytes) in products {
        let parts = product.parts()?;
        let released = Released {
            file: &name,
            hash: &sha256(&bytes),
            version,
            commit,
            package: product.package,
            compiler: &compiler.version,
            tools: if product.package == Product::page().package { &tools } else { &tools[..1] },
        };
        files.insert(format!("{name}.cdx.json"), bill(&released, &parts).into_bytes());
        files.insert(name, bytes);
        inside.extend(parts);
    }
    files.insert(format!("azflow-{version}-licences.txt"), licences::text(&inside)?.into_bytes());
    files.insert(format!("azflow-{version}-licences-rust.html"), bytes(&library_licences(compiler))?);
    let changes = text(&root().join("CHANGELOG.md"))?;
    let notes = notes(version, commit, &changes, &sums(&files));
    files.insert(format!("azflow-{version}-notes.md"), notes.into_bytes());
    files.insert(SUMS.to_owned(), sums(&files).into_bytes());
    Ok(files)
}

/// Checksums as `sha256sum` reads them.
fn sums(files: &Files) -> String {
    files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes))).collect()
}

/// What is told about a release: what changed, what it is made of, and how to check it.
fn notes(version: &str, commit: &str, changes: &str, sums: &str) -> String {
    let (heading, text) = match section(changes, version) {
        Some(text) => (String::new(), text),
        None => (
            "This version is not released: what follows may still change.\n\n".to_owned(),
            section(changes, "Unreleased").unwrap_or_default(),
        ),
    };
    format!(
        "# azflow {version}\n\n{heading}Made of commit {commit}. To check a file, compare its SHA-256 with the one below, \
         as this page shows it where you trust it: `certutil -hashfile FILE SHA256` on Windows, `sha256sum FILE` or \
         `shasum -a 256 FILE` elsewhere. RELEASES.md of the source says more, and how to make the same page yourself.\n\n\
         ```\n{sums}```\n\n## What changed\n\n{}\n",
        text.trim()
    )
}

/// The text below a heading of the changelog, which begins with this word.
fn section(changes: &str, word: &str) -> Option<String> {
    let mut lines = changes.lines().skip_while(|line| {
        line.strip_prefix("## ").and_then(|heading| heading.split_whitespace().next()) != Some(word)
    });
    lines.next()?;
    Some(lines.take_while(|line| !line.starts_with("## ")).collect::<Vec<_>>().join("\n"))
}

/// An error where this environment has another compiler than `rust-toolchain.toml`: it would make another page.
fn is_pinned(compiler: &Compiler) -> Outcome {
    let text = text(&root().join("rust-toolchain.toml"))?;
    let pinned = text.lines().find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"'));
    if pinned == Some(compiler.version.as_str()) {
        return Ok(());
    }
    Err(format!(
        "releases are made with rustc {}, and this is {}: unset RUSTUP_TOOLCHAIN, or use rustup's cargo",
        pinned.unwrap_or("of an unknown version"),
        compiler.version
    ))
}

/// The licences of the standard library and of what is in it.
fn library_licences(compiler: &Compiler) -> PathBuf {
    compiler.sysroot.join("share/doc/rust/COPYRIGHT-library.html")
}

/// Makes a file a program, on systems where that is said of the file.
fn allow_to_run(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Whoever downloads it has to say so again anyway.
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o755));
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    const CHANGES: &str = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 1.10.0 - 2026-01-02\n\n- Ten.\n\n## 1.1.0 - 2026-01-01\n\n- One.\n";

    #[test]
    fn notes_have_the_section_of_their_version() {
        assert_eq!(section(CHANGES, "1.1.0").unwrap().trim(), "- One.");
        assert_eq!(section(CHANGES, "1.10.0").unwrap().trim(), "- Ten.");
        assert_eq!(section(CHANGES, "1.1"), None);
        let notes = notes("2.0.0", "0a", CHANGES, "00  azflow-2.0.0.html\n");
        assert!(notes.contains("not released") && notes.contains("- New.") && !notes.contains("- Ten."));
        assert!(notes.contains("commit 0a") && notes.contains("00  azflow-2.0.0.html"));
    }

    #[test]
    fn another_compiler_makes_no_release() {
        let compiler = Compiler { version: "1.0.0".to_owned(), ..Compiler::ask().unwrap() };
        assert!(is_pinned(&compiler).unwrap_err().contains("this is 1.0.0"));
    }

    #[test]
    fn what_is_attached_is_the_same_each_time_and_all_of_it_has_its_sum() {
        let compiler = Compiler::ask().unwrap();
        let make = || files("0.1.0", "0a", &compiler, b"page".to_vec(), b"command".to_vec()).unwrap();
        let files = make();
        assert_eq!(files, make());
        let sums = String::from_utf8(files[SUMS].clone()).unwrap();
        assert_eq!(sums.lines().count(), files.len() - 1);
        for (name, bytes) in files.iter().filter(|(name, _)| *name != SUMS) {
            assert!(sums.contains(&format!("{}  {name}\n", sha256(bytes))), "{name}");
            let place = root().display().to_string();
            assert!(!String::from_utf8_lossy(bytes).contains(&place), "{name} names this folder");
        }
        assert!(files.keys().any(|name| name.ends_with(".html.cdx.json")));
    }
}
