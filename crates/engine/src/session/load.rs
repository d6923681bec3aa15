//! How loading stands, for people to see.

use super::{Failure, Query};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// What loading is doing. The words of `load-status` on the page begin with these, lower-case.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoadPhase {
    /// Nothing has been given yet.
    #[default]
    Idle,
    /// Sources are being read.
    Loading,
    /// Everything given has been taken in or listed with its reason.
    Ready,
    /// The user stopped; what was finished stays, marked partial.
    Cancelled,
    /// Nothing could be read at all.
    Failed,
}

/// Progress of the current load.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadState {
    /// What is going on.
    pub phase: LoadPhase,
    /// Sources given in this load.
    pub files_total: u32,
    /// Sources finished, well or badly.
    pub files_done: u32,
    /// Sources whose size isn't known yet; `bytes_total` is without them.
    pub files_unsized: u32,
    /// Bytes of all sources given.
    pub bytes_total: u64,
    /// Bytes read so far.
    pub bytes_done: u64,
    /// Milliseconds since this load began, for rate and time left.
    pub elapsed_ms: u64,
    /// Microseconds that scanning took, over all workers, reading not included.
    pub scan_micros: u64,
    /// Grows whenever the engine has taken in something new: answers asked for before are old.
    pub generation: u32,
    /// In `Failed`: the first source that could not be read, and why.
    pub failure: Option<(String, Failure)>,
    /// Whether what is loaded is the built-in example.
    pub example: bool,
}

/// What the engine is at.
#[derive(Debug, Clone, PartialEq)]
pub enum Doing {
    /// It answers a question.
    Answering(Rc<Query>),
    /// It takes in what was read of these sources, by name.
    TakingIn(Vec<String>),
}

/// An engine that lives, and lets others wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Busy {
    /// What it is at.
    pub doing: Doing,
    /// For how long.
    pub seconds: u32,
}

/// An engine's end.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    /// Why.
    pub failure: Failure,
    /// What it was at.
    pub during: Option<Doing>,
    /// How many sources can be read again, but for the one that it was taking in.
    pub again: u32,
}
