//! Standard output for the document, standard error for people, and what the exit code has to say.

use crate::ending::{Ending, Failure};
use crate::progress::Progress;
use std::fmt::Display;
use std::io::{ErrorKind, Write};

/// Where a verb writes, and what it met.
#[derive(Debug)]
pub struct Console {
    quiet: bool,
    unreadable: bool,
    refused: bool,
    progress: Option<Progress>,
}

impl Console {
    /// One that shows progress, or doesn't.
    pub fn new(quiet: bool) -> Self {
        Self { quiet, unreadable: false, refused: false, progress: None }
    }

    /// Prints a piece of the document.
    ///
    /// # Errors
    /// When it can't be written, or nobody reads it.
    pub fn print(&mut self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
            ErrorKind::BrokenPipe => Failure::ReaderLeft,
            _ => Failure::Unreadable(format!("standard output: {error}")),
        })
    }

    /// Tells people something. Where standard error is closed there is nobody to tell.
    pub fn say(&mut self, message: impl Display) {
        let say = || drop(writeln!(std::io::stderr(), "azflow: {message}"));
        match &self.progress {
            Some(progress) => progress.aside(say),
            None => say(),
        }
    }

    /// Tells that an input could not be read, and remembers it for the exit code.
    pub fn unreadable(&mut self, what: impl Display) {
        self.unreadable = true;
        self.say(what);
    }

    /// Tells that a gate failed, and remembers it for the exit code.
    pub fn gate_failed(&mut self, why: impl Display) {
        self.refused = true;
        self.say(format_args!("gate failed: {why}"));
    }

    /// Shows from now on how much has been read, of so many bytes where that is known.
    pub fn begin_reading(&mut self, total: Option<u64>) {
        self.progress = if self.quiet { None } else { Progress::begin(total) };
    }

    /// So many bytes more have been read.
    pub fn has_read(&mut self, bytes: u64) {
        if let Some(progress) = &mut self.progress {
            progress.add(bytes);
        }
    }

    /// Everything has been read.
    pub fn end_reading(&mut self) {
        self.progress = None;
    }

    /// The run's end, with what stopped it. An input that could not be read comes before a gate that failed: the gate
    /// did not judge what it was to judge.
    pub fn end(mut self, failure: Option<Failure>) -> Ending {
        match failure {
            Some(Failure::Usage(_)) => return Ending::WrongUsage,
            Some(Failure::Unreadable(why)) => self.unreadable(why),
            Some(Failure::Refused(why)) => {
                self.refused = true;
                self.say(why);
            }
            None | Some(Failure::ReaderLeft) => {}
        }
        match (self.unreadable, self.refused) {
            (true, _) => Ending::Unreadable,
            (false, true) => Ending::Refused,
            (false, false) => Ending::Done,
        }
    }
}
