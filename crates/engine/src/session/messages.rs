//! The envelopes that cross between threads.
//!
//! A message is a small control part (`model::compact`). Bulk data (the partial table of a scan)
//! travels beside it as one transferred buffer and is never inspected on the main thread.

use super::{Answer, Failure, Query};
use crate::rules::Mark;
use crate::topology::HandName;
use azflow_core::ingest::{FoundTuple, TableHint, Wanted};
use azflow_core::model::compact::{from_bytes, to_bytes};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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

/// What a scan worker is to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToRead {
    /// Names the source in every reply.
    pub source: SourceId,
    /// File name, or the path inside the chosen folder.
    pub name: String,
    /// Where its bytes come from.
    pub origin: Origin,
}

/// Where the bytes of a source come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// The next of the file handles beside the message.
    File,
    /// The buffer beside the message.
    Bytes,
    /// The built-in example's file of this number.
    Example(u32),
}

/// From the page to a scan worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToScan {
    /// Read these one after the other, with what people say about tables.
    Read(Vec<ToRead>, Vec<TableHint>),
    /// Look for these tuples in this source.
    Seek {
        /// The source.
        source: ToRead,
        /// The tuples.
        wanted: Wanted,
    },
    /// The engine has dealt with so many of this worker's buffers: so many more may be sent.
    Credit(u32),
    /// There is no work yet: get ready for it.
    Warm,
}

/// A source that was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    /// Which one.
    pub source: SourceId,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many bytes of the buffer beside the message are its last partial table.
    pub length: u32,
    /// Microseconds spent scanning, reading not included.
    pub scan_micros: u64,
}

/// From a scan worker to the page. A partial table travels beside `Part`, several one after the
/// other beside `Finished`.
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
    /// Tuples that were looked for, each with its file's name.
    Found(Vec<(String, FoundTuple)>),
    /// A source was searched to its end.
    Sought {
        /// Which one.
        source: SourceId,
    },
    /// The rest of these sources is beside this message: they are finished.
    Finished(Vec<Whole>),
    /// The source could not be read to its end (the device, a permission, the file changed).
    Failed {
        /// The source that was given up.
        source: SourceId,
        /// Why.
        failure: Failure,
    },
}

/// From the page to the engine. Partial tables travel beside `Part` and `Whole`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToEngine {
    /// Forget everything.
    Clear,
    /// Flow records of a source that isn't finished.
    Part {
        /// The source they are from.
        source: SourceId,
        /// The worker that waits for the engine to have dealt with them.
        worker: u32,
    },
    /// The last parts of these sources, each with its length in bytes: from now on they count.
    Whole {
        /// The sources, in the order of their parts.
        sources: Vec<(SourceId, u32)>,
        /// The worker that waits for the engine to have dealt with them.
        worker: u32,
    },
    /// The source will not be finished: what was kept aside is forgotten, what was taken in stays;
    /// it is listed with the reason.
    Failed {
        /// The source that was given up.
        source: SourceId,
        /// Its name and size in bytes, since no part may ever have told.
        name: String,
        /// Size in bytes.
        bytes: u64,
        /// Why.
        failure: Failure,
    },
    /// The source will be read again from its beginning.
    Again {
        /// The source.
        source: SourceId,
    },
    /// These sources, of which nothing was counted, are to be listed no more: they will be read again.
    Unlist(Vec<SourceId>),
    /// The source was cancelled: forget what was kept aside. It is listed only if some of it was
    /// taken in already.
    Drop {
        /// The source.
        source: SourceId,
        /// Its name.
        name: String,
        /// Size in bytes.
        bytes: u64,
    },
    /// These are the names given by hand from now on, whatever is loaded.
    Names(Vec<HandName>),
    /// This is what is said of services from now on, whatever is loaded.
    Marks(Vec<Mark>),
    /// The text of a file of rules to simulate.
    Rules(String),
    /// The side of comparisons that another engine kept: see [`FromEngine::Side`].
    Side(Vec<u8>),
    /// Make ready what the first filter, and the first look at rules, would wait for: nothing else is to be done.
    MakeReady,
    /// Nobody waits for the answer to this question any more.
    Forget {
        /// Its ticket.
        ticket: u32,
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
#[expect(clippy::large_enum_variant, reason = "few messages, each encoded at once: a box would buy nothing")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromEngine {
    /// Sources have been taken in or listed. With the worker that waits for it, if one does.
    Took {
        /// Which ones.
        sources: Vec<SourceId>,
        /// The worker whose buffer was dealt with.
        worker: Option<u32>,
    },
    /// This question is being answered from now on.
    Began {
        /// The question's ticket.
        ticket: u32,
    },
    /// This question, which was begun, was forgotten before it was answered.
    Dropped {
        /// The question's ticket.
        ticket: u32,
    },
    /// A part has been dealt with.
    Kept {
        /// The worker whose buffer it was.
        worker: u32,
    },
    /// An answer.
    Answer {
        /// The question's ticket.
        ticket: u32,
        /// The answer.
        answer: Answer,
    },
    /// The side of comparisons that is kept from now on, whatever becomes of this engine.
    Side(Vec<u8>),
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
#[error("a message between workers does not decode")]
pub struct BadMessage;

/// Encodes a message.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    to_bytes(message)
}

/// Decodes a message.
///
/// # Errors
/// When the bytes are not one whole message of this type.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadMessage> {
    from_bytes(bytes).ok_or(BadMessage)
}
