//! `equal-builds`: whether two builds of one commit, in different folders, give the same page.
//!
//! No part of `test`, which would take a page's whole build longer each time: what could make builds differ (the
//! compiler, flags, the bundle) seldom changes, and that no folder is named in the page is looked for in every build.

use crate::read::{bytes, sha256};
use crate::shell::{Outcome, cargo, heading, root, run};
use crate::source::{Source, archive};
use crate::tools::ONLY_COMPILED;
use std::fs;
use std::path::{Path, PathBuf};

/// Builds the page here and from an archive of the commit elsewhere, and compares.
pub fn equal_builds() -> Outcome {
    let commit = commit()?;
    let here = page_in(&root())?;
    let elsewhere = Elsewhere::new()?;
    archive(&root(), &commit, &elsewhere.0)?;
    heading(&format!("the same in {}", elsewhere.0.display()));
    let there = page_in(&elsewhere.0)?;
    let (here, there) = (bytes(&here)?, bytes(&there)?);
    match differs(&here, &there) {
        None => {
            println!("Both builds of commit {commit} give the same {} bytes.", here.len());
            println!("SHA-256: {}", sha256(&here));
            Ok(())
        }
        Some(at) => Err(format!(
            "two builds of commit {commit} differ from byte {at} on:\n{}  here\n{}  in the other folder",
            sha256(&here),
            sha256(&there)
        )),
    }
}

/// The commit that this source is, and nothing else.
pub fn commit() -> Outcome<String> {
    match Source::of(&root()) {
        Source::Commit(hash) => Ok(hash),
        Source::Changed(hash) => Err(format!(
            "there is something here that commit {hash} does not have: commit it, or take it away"
        )),
        Source::Unknown => {
            Err("nothing tells which commit this is: take a clone, or an archive that git made".to_owned())
        }
    }
}

/// Builds the page of the source in a folder, with tools that are compiled from their lock files, and returns its path.
pub fn page_in(folder: &Path) -> Outcome<PathBuf> {
    let mut build = cargo(&["xtask", "build"]);
    build.current_dir(folder).env(ONLY_COMPILED, "1");
    if folder != root() {
        // What is compiled here is no second build.
        build.env_remove("CARGO_TARGET_DIR");
    }
    run(&mut build)?;
    Ok(folder.join("dist/azflow.html"))
}

/// The first byte in which two texts differ.
fn differs(a: &[u8], b: &[u8]) -> Option<usize> {
    if a == b {
        return None;
    }
    Some(a.iter().zip(b).take_while(|(a, b)| a == b).count())
}

/// A folder for the second build, of another length than this one's, that is gone afterwards.
struct Elsewhere(PathBuf);

impl Elsewhere {
    fn new() -> Outcome<Self> {
        let folder = std::env::temp_dir().join(format!("azflow-built-elsewhere-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // What can't be cleared away is temporary all the same.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_told_where_it_begins() {
        assert_eq!(differs(b"page", b"page"), None);
        assert_eq!(differs(b"page", b"pale"), Some(2));
        assert_eq!(differs(b"page", b"pages"), Some(4));
    }
}
