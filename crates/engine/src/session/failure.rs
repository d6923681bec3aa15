//! Why a worker ended or a source could not be read: a kind that crosses threads, with a code for scripts.
//!
//! The browser's words are looked at in one place (`browser::failure`, with `boot.js`); everything behind it decides by
//! the kind.

use azflow_core::ingest::IssueCode;
use serde::{Deserialize, Serialize};

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// A panic: a defect of azflow.
    Panic {
        /// Its message.
        message: String,
        /// Where in the source it was, as `file:line`.
        place: String,
    },
    /// Calls were nested too deep, in the browser's words: a defect too.
    StackOverflow(String),
    /// Memory could not be had.
    OutOfMemory {
        /// Bytes that the failed part had by then, where that is known.
        memory: Option<u64>,
    },
    /// The browser ended the worker, or never started it.
    Killed,
    /// The worker had something to do and was not heard of.
    Silent {
        /// For how long.
        seconds: u32,
    },
    /// The user did not want to wait any longer.
    GivenUp {
        /// How long it had taken by then.
        seconds: u32,
    },
    /// The browser could not read the file, in its words.
    Unreadable(String),
    /// Anything else that was thrown, in the words that came with it.
    Thrown(String),
}

impl Failure {
    /// How a place in the source is told, from the path as the compiler names it.
    pub fn place(file: &str, line: u32) -> String {
        format!("{}:{line}", short(file))
    }

    /// A code that is never renamed: see `docs/AUTOMATION.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Panic { .. } => "panic",
            Self::StackOverflow(_) => "stack-overflow",
            Self::OutOfMemory { .. } => "out-of-memory",
            Self::Killed => "killed",
            Self::Silent { .. } => "silent",
            Self::GivenUp { .. } => "given-up",
            Self::Unreadable(_) => "unreadable",
            Self::Thrown(_) => "thrown",
        }
    }

    /// Whether azflow is to blame, rather than the machine or the file.
    pub fn is_defect(&self) -> bool {
        matches!(self, Self::Panic { .. } | Self::StackOverflow(_) | Self::Thrown(_))
    }

    /// What happened, without saying to what.
    pub fn says(&self) -> String {
        match self {
            Self::Panic { message, place } => format!("{message} at {place}"),
            Self::StackOverflow(text) => format!("calls were nested too deep ({text})"),
            Self::OutOfMemory { memory: Some(bytes) } => format!("memory ran out at {} MiB", bytes >> 20),
            Self::OutOfMemory { memory: None } => "memory ran out".to_owned(),
            Self::Killed => "the browser ended the worker, or did not start it".to_owned(),
            Self::Silent { seconds } => format!("the worker gave no sign of life for {seconds} seconds"),
            Self::GivenUp { seconds } => format!("given up by hand after {seconds} seconds"),
            Self::Unreadable(text) | Self::Thrown(text) => text.clone(),
        }
    }

    /// How a source that was given up for this is listed.
    pub fn issue(&self) -> (IssueCode, String) {
        if self.is_defect() {
            let says = self.says();
            let message =
                format!("azflow failed over this file: {says}; this is a defect of azflow, not of the file");
            return (IssueCode::ReaderFailed, message);
        }
        let message = match self {
            Self::Unreadable(text) => text.clone(),
            Self::GivenUp { .. } => format!("taking this file in was {}", self.says()),
            _ => format!("this file was given up: {}", self.says()),
        };
        (IssueCode::ReadFailed, message)
    }
}

/// A source file's path without what only the machine that built the page knows: where packages and the compiler lie.
fn short(file: &str) -> String {
    let file = file.replace('\\', "/");
    if let Some((_, inside)) = file.split_once("/registry/src/") {
        return inside.split_once('/').map_or(inside, |(_, path)| path).to_owned();
    }
    // The page's build calls the compiler's sources `/rust`; elsewhere they lie in `/rustc/` and a version's number.
    let library = file.strip_prefix("/rust/");
    let library = library.or_else(|| file.strip_prefix("/rustc/")?.split_once('/').map(|(_, path)| path));
    library.map(str::to_owned).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_does_not_tell_where_the_page_was_built() {
        let place = |file| Failure::place(file, 7);
        assert_eq!(place("src/ui/app.rs"), "src/ui/app.rs:7");
        let package = "/somewhere/registry/src/index.crates.io-1949cf8c6b5b557f/hashbrown-0.17.1/src/lib.rs";
        assert_eq!(place(package), "hashbrown-0.17.1/src/lib.rs:7");
        assert_eq!(
            place("/cargo/registry/src/index.crates.io-19/hashbrown-0.17.1/src/lib.rs"),
            "hashbrown-0.17.1/src/lib.rs:7"
        );
        for library in ["/rust/library/core/src/cell.rs", "/rustc/0123abc/library/core/src/cell.rs"] {
            assert_eq!(place(library), "library/core/src/cell.rs:7");
        }
    }

    #[test]
    fn only_defects_are_listed_as_such() {
        let panic = Failure::Panic { message: "no such thing".into(), place: "src/a.rs:3".into() };
        let (code, message) = panic.issue();
        assert_eq!(code, IssueCode::ReaderFailed);
        assert!(message.contains("no such thing at src/a.rs:3; this is a defect of azflow"), "{message}");
        for failure in
            [Failure::OutOfMemory { memory: None }, Failure::Killed, Failure::Silent { seconds: 30 }]
        {
            assert_eq!(failure.issue().0, IssueCode::ReadFailed);
        }
        assert_eq!(Failure::Unreadable("NotReadableError: gone".into()).issue().1, "NotReadableError: gone");
    }
}
