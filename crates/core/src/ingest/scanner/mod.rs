//! The streaming tokeniser for flow logs.
//!
//! It takes the source's text in pieces of any size and reads only what flow records are made
//! of; unknown values are stepped over without being kept. Invariants:
//!
//! * A token (a key with its colon, a string with the byte after it) is acted on only when all
//!   of it is in the buffer, so the result does not depend on where pieces were cut.
//! * A record counts only when it is whole. What is not counted is named by an issue with its
//!   place and length; skipped bytes and scanned bytes add up to the source.
//! * A token longer than `tokens::MAX_TOKEN` is damage, so the buffer stays small whatever comes.
//!
//! `tokens` keeps the buffer and finds whole tokens in it, `structure` says which may come where, `values` takes what
//! stands behind a key, `tuples` is the hot loop, `records` closes a record, `damage` looks for the next one behind
//! what was wrong, `outcome` is the report. A new state needs its arm in [`Scanner::step`], a place that enters it, and
//! its end of file in [`Scanner::finish`].

mod damage;
mod outcome;
mod records;
mod structure;
mod tokens;
mod tuples;
mod values;

pub use outcome::{Outcome, Stretch};

use super::keys::Key;
use super::record::{Names, PartBuilder, RecordBuilder};
use super::seek::{FoundTuple, Wanted};
use super::tuple::Layout;
use super::{IssueCode, Part};
use records::{Holds, Record};
use std::collections::VecDeque;

/// The longest name of a rule, group, NIC or resource, and the longest tuple: Azure's end at a few hundred bytes. They
/// are kept, sent and drawn, and a longer one is damage.
pub(super) const MAX_NAME: usize = 1 << 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Where a record may begin: at the top, or in an array of records.
    Element,
    /// After `{` or `,` in an object.
    KeyOrEnd,
    /// Behind a known key's colon.
    Value(Key),
    /// After a value in an object.
    AfterValue,
    /// In an array of flow groups.
    ListElement,
    /// In an array of tuples.
    TupleOrEnd,
    /// Inside a value that is stepped over.
    Skip { depth: u32, in_string: bool, escaped: bool },
    /// Looking for the next record; the stretch passed over began here.
    Search { from: u64, code: IssueCode, number: Option<u64> },
}

#[derive(Debug)]
enum Frame {
    /// An array of records.
    Records,
    /// A record, or the wrapper of some.
    Record(Record),
    /// An object inside a record.
    Object { mark: usize, names: Names, holds: Holds },
    /// An array of objects inside a record.
    List,
    /// An array of tuples.
    Tuples(Layout),
}

/// See the module's description.
pub struct Scanner {
    buf: Vec<u8>,
    len: usize,
    pos: usize,
    base: u64,
    state: State,
    stack: Vec<Frame>,
    layout: Layout,
    part: PartBuilder,
    /// Parts that are large enough, oldest first.
    ready: VecDeque<Part>,
    record: RecordBuilder,
    next_number: u64,
    /// The last key that is not known; it is kept since its value may be long.
    unknown_key: Vec<u8>,
    /// What the record holds where flows are expected, under a key that is not known, or nothing.
    unread: Option<(u64, String)>,
    /// Tuples that were looked for.
    found: Vec<FoundTuple>,
    /// Whether bytes were lost so far, which explains brackets that do not match.
    damaged: bool,
    out: Outcome,
}

enum Step {
    Go,
    More,
}

impl std::fmt::Debug for Scanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = self.base + self.pos as u64;
        f.debug_struct("Scanner").field("at", &at).field("state", &self.state).finish_non_exhaustive()
    }
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            buf: Vec::new(),
            len: 0,
            pos: 0,
            base: 0,
            state: State::Element,
            stack: Vec::new(),
            layout: Layout::Nsg,
            part: PartBuilder::default(),
            ready: VecDeque::new(),
            record: RecordBuilder::default(),
            next_number: 1,
            unknown_key: Vec::new(),
            unread: None,
            found: Vec::new(),
            damaged: false,
            out: Outcome::default(),
        }
    }
}

impl Scanner {
    /// Keeps the tuples that fit, besides adding them up.
    pub fn seek(&mut self, wanted: Wanted) {
        self.record.wanted = Some(wanted);
    }

    /// A part that is large enough to be sent on, if there is one.
    pub fn take_part(&mut self) -> Option<Part> {
        self.ready.pop_front()
    }

    fn step(&mut self) -> Step {
        match self.state {
            State::Element => self.element(),
            State::KeyOrEnd => self.key_or_end(),
            State::Value(key) => self.value(key),
            State::AfterValue => self.after_value(),
            State::ListElement => self.list_element(),
            State::TupleOrEnd => self.tuples(),
            State::Skip { depth, in_string, escaped } => self.skip(depth, in_string, escaped),
            State::Search { from, code, number } => self.search(from, code, number),
        }
    }
}
