//! Which files an argument stands for, and what they are called: as in a browser, by the base name, or by the path
//! from the chosen folder's own name on.
//!
//! The order is that of the arguments, then of the names, so that the same arguments over the same files are always the
//! same input.

use std::io;
use std::path::{Path, PathBuf};

/// Where bytes come from.
#[derive(Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// Standard input.
    StandardInput,
}

/// An input to read.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// What documents call it.
    pub name: String,
    /// Where its bytes are.
    pub origin: Origin,
    /// Which of the things that were named it belongs to.
    pub argument: usize,
}

/// What the arguments stand for.
#[derive(Debug, Default)]
pub struct Listed {
    /// What was named: one for each argument, and one for each file that a pattern matches.
    pub arguments: Vec<PathBuf>,
    /// All listed.
    pub found: Vec<Found>,
    /// What can't be looked at, with the reason.
    pub missing: Vec<(PathBuf, String)>,
}

impl Listed {
    /// Adds what an argument stands for: a file, a folder with all files below, or all that a pattern matches. A file
    /// whose name looks like a pattern is a file.
    pub fn add(&mut self, argument: &Path) {
        let pattern = argument.to_str().filter(|text| text.contains(['*', '?', '[']));
        match pattern {
            Some(pattern) if argument.symlink_metadata().is_err() => self.add_matches(argument, pattern),
            _ => self.add_path(argument),
        }
    }

    /// Adds standard input under a name.
    pub fn add_standard_input(&mut self, name: String) {
        self.found.push(Found { name, origin: Origin::StandardInput, argument: self.arguments.len() });
        self.arguments.push(PathBuf::from("-"));
    }

    fn add_path(&mut self, path: &Path) {
        if let Err(error) = path.metadata() {
            self.miss(path, error);
            return;
        }
        // What a pipe is called leads nowhere: its own name does, then.
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = whole.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        self.arguments.push(path.to_owned());
        self.walk(path, name);
    }

    /// Patterns like `logs/**` match a folder and the files in it: each file is added once.
    fn add_matches(&mut self, argument: &Path, pattern: &str) {
        // As shells do it: a name that begins with a dot is matched by a dot alone.
        let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
        // By itself a `**` at the end matches folders only.
        let pattern = if pattern.ends_with("**") { format!("{pattern}/*") } else { pattern.to_owned() };
        let paths = match glob::glob_with(&pattern, options) {
            Ok(paths) => paths,
            Err(error) => return self.miss(argument, error),
        };
        let before = self.found.len();
        let mut any = false;
        for path in paths {
            any = true;
            match path {
                Ok(path) if self.has(before, &path) => {}
                Ok(path) => self.add_path(&path),
                Err(error) => self.miss(error.path(), error.error()),
            }
        }
        if !any {
            self.miss(argument, "no file matches");
        }
    }

    fn has(&self, from: usize, path: &Path) -> bool {
        self.found
            .iter()
            .skip(from)
            .any(|found| matches!(&found.origin, Origin::File(known) if known == path))
    }

    fn walk(&mut self, path: &Path, name: String) {
        if !path.is_dir() {
            let argument = self.arguments.len().saturating_sub(1);
            self.found.push(Found { name, origin: Origin::File(path.to_owned()), argument });
            return;
        }
        if leads_back(path) {
            return;
        }
        let list = || -> io::Result<Vec<_>> { path.read_dir()?.map(|e| e.map(|e| e.file_name())).collect() };
        match list() {
            Ok(mut names) => {
                names.sort();
                for below in names {
                    self.walk(&path.join(&below), format!("{name}/{}", below.to_string_lossy()));
                }
            }
            Err(error) => self.miss(path, error),
        }
    }

    fn miss(&mut self, path: &Path, why: impl ToString) {
        self.missing.push((path.to_owned(), why.to_string()));
    }
}

/// Whether a folder is a link to one that it lies in: walking it would have no end.
fn leads_back(path: &Path) -> bool {
    let links = path.is_symlink();
    let place = path.parent().and_then(|parent| parent.canonicalize().ok());
    let target = path.canonicalize().ok();
    links && place.zip(target).is_some_and(|(place, target)| place.starts_with(target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(arguments: &[PathBuf]) -> Vec<String> {
        let mut listed = Listed::default();
        arguments.iter().for_each(|argument| listed.add(argument));
        assert_eq!(listed.missing, []);
        listed.found.into_iter().map(|found| found.name).collect()
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("logs/b/2.json", "b"), ("logs/a.json", "a"), ("logs/b/1.json", "c")] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_stands_for_all_files_below_in_the_order_of_their_names() {
        let folder = folder();
        let all = ["logs/a.json", "logs/b/1.json", "logs/b/2.json"];
        assert_eq!(names(&[folder.path().join("logs")]), all);
        assert_eq!(names(&[folder.path().join("logs/.")]), all);
        assert_eq!(
            names(&[folder.path().join("logs/b/2.json"), folder.path().join("logs/a.json")]),
            ["2.json", "a.json"]
        );
    }

    #[test]
    fn a_pattern_stands_for_what_a_shell_would_make_of_it() {
        let folder = folder();
        assert_eq!(names(&[folder.path().join("logs/b/*.json")]), ["1.json", "2.json"]);
        assert_eq!(names(&[folder.path().join("logs/[ab]*")]), ["a.json", "b/1.json", "b/2.json"]);
        assert_eq!(names(&[folder.path().join("logs/**/*.json")]), ["a.json", "1.json", "2.json"]);
        assert_eq!(names(&[folder.path().join("logs/**/?.json")]), ["a.json", "1.json", "2.json"]);
    }

    #[test]
    fn a_pattern_that_matches_a_folder_and_its_files_has_each_once() {
        let folder = folder();
        assert_eq!(names(&[folder.path().join("logs/**")]), ["a.json", "b/1.json", "b/2.json"]);
    }

    #[test]
    fn a_file_whose_name_looks_like_a_pattern_is_a_file() {
        let folder = folder();
        fs::write(folder.path().join("logs/[a].json"), "").unwrap();
        assert_eq!(names(&[folder.path().join("logs/[a].json")]), ["[a].json"]);
    }

    #[test]
    fn what_is_not_there_is_missing() {
        let folder = folder();
        let mut listed = Listed::default();
        for name in ["none.json", "none-*.json", "a["] {
            listed.add(&folder.path().join(name));
        }
        assert_eq!((listed.found.len(), listed.missing.len()), (0, 3));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_the_folder_that_it_lies_in_has_an_end() {
        let folder = folder();
        std::os::unix::fs::symlink(folder.path().join("logs"), folder.path().join("logs/b/loop")).unwrap();
        assert_eq!(names(&[folder.path().join("logs")]), ["logs/a.json", "logs/b/1.json", "logs/b/2.json"]);
    }
}
