//! Which source a page is made of, in the words that the page carries: the commit, where that can be told.
//!
//! The words go in when the page is bundled, not when its module is compiled: a commit that changes nothing of the
//! module compiles nothing.

use crate::shell::{Outcome, run};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What `git archive` fills in (`.gitattributes`), so that an unpacked archive knows its commit.
const ARCHIVED: &str = "xtask/archived-commit";

/// Which source this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A commit as it is, in a repository or unpacked from an archive of it.
    Commit(String),
    /// A commit and something else, or less.
    Changed(String),
    /// Files of which nothing tells the commit.
    Unknown,
}

impl Source {
    /// The source in this folder.
    pub fn of(root: &Path) -> Self {
        // A folder inside another repository is none of that one's commits.
        if root.join(".git").exists() {
            let Some(hash) = git(root, &["rev-parse", "--verify", "HEAD"]) else { return Self::Unknown };
            let hash = hash.trim().to_owned();
            return match git(root, &["status", "--porcelain"]) {
                Some(changes) if changes.trim().is_empty() => Self::Commit(hash),
                _ => Self::Changed(hash),
            };
        }
        let archived = fs::read_to_string(root.join(ARCHIVED)).unwrap_or_default();
        if is_hash(archived.trim()) { Self::Commit(archived.trim().to_owned()) } else { Self::Unknown }
    }

    /// What the page says after its version.
    pub fn words(&self) -> String {
        match self {
            Self::Commit(hash) => format!("commit {hash}"),
            Self::Changed(hash) => format!("commit {hash} with changes"),
            Self::Unknown => "commit unknown".to_owned(),
        }
    }
}

/// What git prints; nothing where it fails or is missing.
///
/// In a container the folder may belong to someone else, where git answers nothing unless told to. Whoever builds here
/// runs what is in this folder anyway.
pub fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(root).arg("-c").arg(format!("safe.directory={}", root.display())).args(arguments);
    let output = git.stderr(std::process::Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Unpacks a commit into a folder, as whoever takes its archive has it.
pub fn archive(root: &Path, commit: &str, folder: &Path) -> Outcome {
    if !root.join(".git").exists() {
        return Err("only a repository can be unpacked elsewhere: take a clone".to_owned());
    }
    let file = folder.join("source.tar");
    let to = file.display().to_string();
    git(root, &["archive", "--format=tar", "-o", &to, commit]).ok_or("git archive failed")?;
    let mut tar = Command::new("tar");
    run(tar.arg("-xf").arg(&file).arg("-C").arg(folder))?;
    fs::remove_file(&file).map_err(|e| format!("{to}: {e}"))
}

/// Whether this is a commit's whole name, and not what stands for it in a repository.
fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::shell::find;
    use std::path::PathBuf;

    const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("azflow-source-{name}-{}", std::process::id()));
            fs::create_dir_all(folder.join("xtask")).unwrap();
            Self(folder)
        }

        fn archived(self, text: &str) -> Self {
            fs::write(self.0.join(ARCHIVED), text).unwrap();
            self
        }

        fn git(&self, arguments: &[&str]) -> String {
            let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
            git(&self.0, &[&who, arguments].concat()).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn no_git() -> bool {
        let missing = find("git").is_none();
        if missing {
            azflow_skips::skip(azflow_skips::Need::Required, "no git, which tells a repository's commit");
        }
        missing
    }

    #[test]
    fn an_unpacked_commit_is_that_commit() {
        if no_git() {
            return;
        }
        let folder = Folder::new("packed").archived("$Format:%H$\n");
        fs::write(folder.0.join(".gitattributes"), format!("{ARCHIVED} export-subst\n")).unwrap();
        folder.git(&["init", "-q"]);
        folder.git(&["add", "."]);
        folder.git(&["commit", "-q", "-m", "first"]);
        let Source::Commit(head) = Source::of(&folder.0) else { panic!("{:?}", Source::of(&folder.0)) };
        let unpacked = Folder::new("unpacked");
        archive(&folder.0, &head, &unpacked.0).unwrap();
        assert_eq!(Source::of(&unpacked.0), Source::Commit(head));
    }

    #[test]
    fn an_archive_knows_its_commit_and_a_copy_of_the_files_does_not() {
        let archive = Folder::new("archive").archived(&format!("{HASH}\n"));
        assert_eq!(Source::of(&archive.0), Source::Commit(HASH.to_owned()));
        let copy = Folder::new("copy").archived("$Format:%H$\n");
        assert_eq!(Source::of(&copy.0), Source::Unknown);
        assert_eq!(Source::of(&Folder::new("bare").0), Source::Unknown);
    }

    #[test]
    fn a_repository_says_its_commit_and_whether_anything_is_not_in_it() {
        if no_git() {
            return;
        }
        let folder = Folder::new("repository").archived(HASH);
        folder.git(&["init", "-q"]);
        assert_eq!(Source::of(&folder.0), Source::Unknown, "without a commit");
        folder.git(&["add", "."]);
        folder.git(&["commit", "-q", "-m", "first"]);
        let head = folder.git(&["rev-parse", "HEAD"]).trim().to_owned();
        assert_ne!(head, HASH);
        assert_eq!(Source::of(&folder.0).words(), format!("commit {head}"));
        fs::write(folder.0.join("new.rs"), "").unwrap();
        assert_eq!(Source::of(&folder.0).words(), format!("commit {head} with changes"));
        fs::remove_file(folder.0.join("new.rs")).unwrap();
        fs::remove_file(folder.0.join(ARCHIVED)).unwrap();
        assert_eq!(Source::of(&folder.0), Source::Changed(head));
    }

    #[test]
    fn a_folder_inside_a_repository_is_none_of_its_commits() {
        if no_git() {
            return;
        }
        let outer = Folder::new("outer");
        outer.git(&["init", "-q"]);
        let inner = outer.0.join("inner");
        fs::create_dir_all(inner.join("xtask")).unwrap();
        assert_eq!(Source::of(&inner), Source::Unknown);
    }

    #[test]
    fn the_repository_has_its_archives_filled_in() {
        let root = crate::shell::root();
        let attributes = fs::read_to_string(root.join(".gitattributes")).unwrap();
        assert!(attributes.lines().any(|line| line == format!("{ARCHIVED} export-subst")));
        let stands_for = fs::read_to_string(root.join(ARCHIVED)).unwrap();
        assert!(stands_for.trim() == "$Format:%H$" || is_hash(stands_for.trim()));
    }
}
