//! The envelopes that cross between threads.
//!
//! A message is a small postcard-encoded control part. Bulk data (the partial table of a scan)
//! travels beside it as one transferred buffer and is never inspected on the main thread.

use super::{Answer, Query};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Which role a worker plays; told once, at its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Reads sources.
    Scan,
    /// Owns the store.
    Engine,
}

/// Names one source for as long as the page lives; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// From the page to a scan worker. A `File` handle travels beside `File`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToScan {
    /// Read the file handle that came along.
    File {
        /// Names the source in every reply.
        source: SourceId,
        /// File name, or the path inside the chosen folder.
        name: String,
    },
    /// Generate the built-in example's file of this number and read it.
    Example {
        /// Names the source in every reply.
        source: SourceId,
        /// Which file of the example.
        index: u32,
    },
}

/// From a scan worker to the page. A partial table travels beside `Part`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromScan {
    /// Bytes of this source read so far.
    Progress {
        /// The source being read.
        source: SourceId,
        /// Bytes read from its beginning.
        bytes: u64,
    },
    /// Some of this source's flow records are beside this message; more will follow.
    Part {
        /// The source being read.
        source: SourceId,
    },
    /// The rest is beside this message, and the source is finished.
    Done {
        /// The source that was read.
        source: SourceId,
    },
    /// The source could not be read to its end (the device, a permission, the file changed).
    Failed {
        /// The source that was given up.
        source: SourceId,
        /// The browser's own words.
        reason: String,
    },
}

/// From the page to the engine. A partial table travels beside `Part` and `Done`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToEngine {
    /// Forget everything.
    Clear,
    /// Flow records of a source that isn't finished: kept aside.
    Part {
        /// The source they are from.
        source: SourceId,
    },
    /// The last part of a source: from now on it counts.
    Done {
        /// The source they are from.
        source: SourceId,
    },
    /// The source will not be finished: forget its parts; list it with the reason.
    Failed {
        /// The source that was given up.
        source: SourceId,
        /// Its name and size in bytes, since no part may ever have told.
        name: String,
        /// Size in bytes.
        bytes: u64,
        /// Why.
        reason: String,
    },
    /// The source was cancelled: forget its parts and don't list it.
    Drop {
        /// The source to forget.
        source: SourceId,
    },
    /// Answer this.
    Ask {
        /// Returned with the answer, so that stale ones can be told.
        ticket: u32,
        /// The question.
        query: Query,
    },
}

/// From the engine to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromEngine {
    /// A source has been taken in.
    Took {
        /// Which one.
        source: SourceId,
    },
    /// An answer.
    Answer {
        /// The question's ticket.
        ticket: u32,
        /// The answer.
        answer: Answer,
    },
    /// A question could not be answered.
    Refused {
        /// The question's ticket.
        ticket: u32,
        /// Why.
        reason: String,
    },
}

/// A message that does not decode. Both ends are the same build, so this means a defect.
#[derive(Debug, thiserror::Error)]
#[error("a message between workers does not decode: {0}")]
pub struct BadMessage(#[from] postcard::Error);

/// Encodes a message.
///
/// # Errors
/// Only when memory is short.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, BadMessage> {
    Ok(postcard::to_allocvec(message)?)
}

/// Decodes a message.
///
/// # Errors
/// When the bytes are not one whole message of this type.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadMessage> {
    Ok(postcard::from_bytes(bytes)?)
}
