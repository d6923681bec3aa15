//! The page's end of the workers: gives files out, asks the engine, reports what happens.

use crate::session::{Answer, LoadState, Query};

/// A file the user gave, with the path inside the chosen folder where there is one.
#[derive(Debug, Clone)]
pub struct PickedFile {
    /// File name, or path inside the chosen folder with `/` between parts.
    pub path: String,
    /// The handle; its bytes are read by a worker.
    pub file: web_sys::File,
}

/// What the page is told.
#[derive(Debug, Clone)]
pub enum HubEvent {
    /// Loading moved on (at most ten times a second, and at every change of phase).
    Load(LoadState),
    /// An answer to [`Hub::ask`].
    Answer {
        /// What `ask` returned.
        ticket: u32,
        /// The answer.
        answer: Answer,
    },
    /// A question that could not be answered.
    Refused {
        /// What `ask` returned.
        ticket: u32,
        /// Why.
        reason: String,
    },
    /// The engine died or could not start; the data is gone. The text says why.
    Fatal(String),
}

/// A handle on the workers; clones share them.
#[derive(Debug, Clone, PartialEq)]
pub struct Hub {}

impl Hub {
    /// Starts the engine worker; scan workers start with the first files.
    pub fn start(on_event: impl Fn(HubEvent) + 'static) -> Self {
        let _ = on_event;
        Self {}
    }

    /// Loads files beside what is loaded.
    pub fn add(&self, files: Vec<PickedFile>) {
        let _ = files;
    }

    /// Replaces what is loaded by the built-in example.
    pub fn load_example(&self) {}

    /// Stops loading within a fifth of a second; finished sources stay.
    pub fn cancel(&self) {}

    /// Forgets everything loaded.
    pub fn clear(&self) {}

    /// Asks the engine; the answer comes as a [`HubEvent::Answer`] with the returned ticket.
    pub fn ask(&self, query: Query) -> u32 {
        let _ = query;
        0
    }
}
