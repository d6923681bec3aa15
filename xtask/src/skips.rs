//! What was skipped, by xtask itself and by the tests that it started: collected, shown, and refused on CI.

use crate::shell::{Outcome, heading};
use azflow_skips::{FILE, Need, Note};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// The notes of one run. Every process that may skip something is given the file by [`Skips::given_to`].
pub struct Skips {
    file: PathBuf,
    on_ci: bool,
}

impl Skips {
    /// Begins without notes; those of an earlier run are forgotten.
    pub fn new(file: PathBuf) -> Outcome<Self> {
        let failed = |e: std::io::Error| format!("{}: {e}", file.display());
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&file, "").map_err(failed)?;
        Ok(Self { file, on_ci: on_ci() })
    }

    /// A command whose tests note what they skip.
    pub fn given_to<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env(FILE, &self.file)
    }

    /// Notes that a part of the tests is skipped by xtask itself.
    pub fn note(&self, need: Need, part: &str, why: &str) -> Outcome {
        println!("skipped: {why}");
        let note = Note { need, who: format!("cargo xtask test {part}"), why: why.to_owned() };
        note.append(&self.file).map_err(|e| format!("{}: {e}", self.file.display()))
    }

    /// Prints all notes. On CI a note of something that CI must have is an error.
    pub fn report(&self) -> Outcome {
        heading("skipped");
        let notes = azflow_skips::read(&self.file).map_err(|e| format!("{}: {e}", self.file.display()))?;
        println!("{}", table(&notes));
        if self.on_ci { refused(&notes) } else { Ok(()) }
    }
}

/// Whether this is CI, where what can be had must not be skipped.
pub fn on_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty())
}

fn table(notes: &BTreeMap<Note, usize>) -> String {
    if notes.is_empty() {
        return "Nothing was skipped.".to_owned();
    }
    let line = |(note, times): (&Note, &usize)| {
        let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
        format!("* {}: {}{times}", note.who, note.why)
    };
    notes.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn refused(notes: &BTreeMap<Note, usize>) -> Outcome {
    let required: BTreeMap<Note, usize> = notes
        .iter()
        .filter(|(note, _)| note.need == Need::Required)
        .map(|(note, times)| (note.clone(), *times))
        .collect();
    if required.is_empty() {
        return Ok(());
    }
    Err(format!("On CI (the variable CI is set) these may not be skipped:\n{}", table(&required)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn run(name: &str, on_ci: bool) -> Skips {
        let file = std::env::temp_dir().join(format!("azflow-xtask-{name}-{}", std::process::id()));
        let mut skips = Skips::new(file).unwrap();
        skips.on_ci = on_ci;
        skips
    }

    #[test]
    fn ci_refuses_what_it_must_have_and_allows_the_rest() {
        let skips = run("ci", true);
        skips.note(Need::Optional, "native", "no folder ../shared/samples").unwrap();
        assert_eq!(skips.report(), Ok(()));
        skips.note(Need::Required, "fuzz", "no C++ compiler").unwrap();
        let refusal = skips.report().unwrap_err();
        assert!(refusal.contains("no C++ compiler") && !refusal.contains("samples"), "{refusal}");
        // A line that is no note may be a required one that was cut short.
        std::fs::write(&skips.file, "optio").unwrap();
        assert!(skips.report().is_err());
        std::fs::remove_file(&skips.file).unwrap();
    }

    #[test]
    fn elsewhere_skips_are_only_told() {
        let skips = run("desk", false);
        skips.note(Need::Required, "fuzz", "no C++ compiler").unwrap();
        assert_eq!(skips.report(), Ok(()));
        let told = table(&azflow_skips::read(&skips.file).unwrap());
        assert_eq!(told, "* cargo xtask test fuzz: no C++ compiler");
        std::fs::remove_file(&skips.file).unwrap();
    }

    #[test]
    fn an_earlier_runs_notes_are_forgotten() {
        let skips = run("again", true);
        skips.note(Need::Required, "fuzz", "no C++ compiler").unwrap();
        let skips = run("again", true);
        assert_eq!(skips.report(), Ok(()));
        std::fs::remove_file(&skips.file).unwrap();
    }

    #[test]
    fn a_process_that_is_given_the_file_adds_to_it() {
        let skips = run("child", true);
        let script = format!("printf 'required\\ttests/a.rs\\tno browser\\n' >> \"${FILE}\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]);
        assert!(skips.given_to(&mut shell).status().unwrap().success());
        assert!(skips.report().unwrap_err().contains("tests/a.rs: no browser"));
        std::fs::remove_file(&skips.file).unwrap();
    }
}
