//! What tests skip and why, noted where `cargo xtask test` reads it.
//!
//! A skipped test passes, and cargo hides what a passing test prints. So a skip is also written to the file that
//! the variable [`FILE`] names: `cargo xtask test` sets it for every process that it starts, prints the notes at its
//! end, and fails on CI if one of them is [`Need::Required`]. A line of the file is one note; each is written in one
//! piece, so processes that write at the same time do not mix their notes.
#![allow(clippy::print_stdout, reason = "a skip is said where the person who runs the tests can see it")]

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::panic::Location;
use std::path::Path;

/// The variable that names the file of notes.
pub const FILE: &str = "AZFLOW_SKIPS";

/// Whether a machine that runs all tests may lack what the test needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A Debian package brings it, or `cargo xtask test` fetches it: on CI it must be there.
    Required,
    /// Files or programs that nobody needs to have, such as real logs or Microsoft's own tools.
    Optional,
}

/// One thing that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Whether CI allows it.
    pub need: Need,
    /// Who skipped: the file of a test, or a part of `cargo xtask test`.
    pub who: String,
    /// What is missing, and how to get it.
    pub why: String,
}

/// Notes that a test skips for this reason. The test's file is the place that calls this.
///
/// # Panics
///
/// When the note can't be written: a skip that nobody is told of would look like a test that passed.
#[track_caller]
pub fn skip(need: Need, why: &str) {
    let note = Note { need, who: Location::caller().file().replace('\\', "/"), why: why.to_owned() };
    println!("skipped: {why}");
    if let Some(file) = std::env::var_os(FILE) {
        let written = note.append(Path::new(&file));
        assert!(written.is_ok(), "the skip can't be noted in {}: {written:?}", file.display());
    }
}

impl Note {
    /// Adds the note to a file, which is made if it isn't there.
    pub fn append(&self, file: &Path) -> std::io::Result<()> {
        let need = match self.need {
            Need::Required => "required",
            Need::Optional => "optional",
        };
        let plain = |text: &str| text.replace(['\t', '\n', '\r'], " ");
        let line = format!("{need}\t{}\t{}\n", plain(&self.who), plain(&self.why));
        OpenOptions::new().create(true).append(true).open(file)?.write_all(line.as_bytes())
    }

    /// The note that a line holds. A line that is no note counts as required, so that nothing is lost.
    fn read(line: &str) -> Self {
        let mut fields = line.splitn(3, '\t');
        match (fields.next(), fields.next(), fields.next()) {
            (Some(need @ ("required" | "optional")), Some(who), Some(why)) => Self {
                need: if need == "optional" { Need::Optional } else { Need::Required },
                who: who.to_owned(),
                why: why.to_owned(),
            },
            _ => Self { need: Need::Required, who: "unknown".to_owned(), why: line.to_owned() },
        }
    }
}

/// All notes of a file, sorted, each with how often it was made. A file that isn't there has none.
pub fn read(file: &Path) -> std::io::Result<BTreeMap<Note, usize>> {
    let text = match std::fs::read(file) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(e),
    };
    let mut notes = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        *notes.entry(Note::read(line)).or_default() += 1;
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn notes_read_back_sorted_and_counted() {
        let file = std::env::temp_dir().join(format!("azflow-skips-{}", std::process::id()));
        let note = |need, why: &str| Note { need, who: "tests/a.rs".to_owned(), why: why.to_owned() };
        for note in
            [note(Need::Optional, "no logs"), note(Need::Required, "no g++"), note(Need::Optional, "no logs")]
        {
            note.append(&file).unwrap();
        }
        let notes: Vec<(Note, usize)> = read(&file).unwrap().into_iter().collect();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(notes, [(note(Need::Required, "no g++"), 1), (note(Need::Optional, "no logs"), 2)]);
        assert_eq!(read(&file).unwrap(), BTreeMap::new());
    }

    #[test]
    fn a_line_that_is_no_note_is_not_lost() {
        assert_eq!(Note::read("half a li").need, Need::Required);
        assert_eq!(Note::read("optional\twho").why, "optional\twho");
        assert_eq!(Note::read("optional\twho\twhy\tmore").why, "why\tmore");
    }
}
