//! How a run ends: the exit codes, and what stops a verb.

use std::process::ExitCode;

/// How a run ended. The codes are promised in `docs/AUTOMATION.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The document is whole.
    Done,
    /// A gate that was asked for failed, or there is no draft that Azure takes.
    Refused,
    /// The arguments say nothing that can be done.
    WrongUsage,
    /// An input could not be read, or the output not be written.
    Unreadable,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Done => 0,
            Ending::Refused => 1,
            Ending::WrongUsage => 2,
            Ending::Unreadable => 3,
        }
        .into()
    }
}

/// What stops a verb before its end.
#[derive(Debug)]
pub enum Failure {
    /// Arguments that contradict each other.
    Usage(String),
    /// There is no draft that Azure takes.
    Refused(String),
    /// Something without which there is no document can't be read, or the document can't be written.
    Unreadable(String),
    /// Nobody reads standard output any longer: the reader has what it wanted.
    ReaderLeft,
}

impl Failure {
    /// The engine answered another question than it was asked, which is a bug.
    pub fn other_answer() -> Self {
        Self::Unreadable("the engine answered something else: please report this".to_owned())
    }
}
