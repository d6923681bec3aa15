//! The streaming tokeniser for flow logs.
//!
//! It takes the source's text in pieces of any size and reads only what flow records are made
//! of; unknown values are stepped over without being kept. Invariants:
//!
//! * A token (a key with its colon, a string with the byte after it) is acted on only when all
//!   of it is in the buffer, so the result does not depend on where pieces were cut.
//! * A record counts only when it is whole. What is not counted is named by an issue with its
//!   place and length; skipped bytes and scanned bytes add up to the source.
//! * A token longer than [`MAX_TOKEN`] is damage, so the buffer stays small whatever comes.
//!
//! After damage the scanner looks for the next record from just behind the start of the token
//! that was wrong: where two files were joined inside a string, the second one begins there.

use super::classify::Sketch;
use super::keys::{self, Key};
use super::record::{Header, Names, PartBuilder, RecordBuilder};
use super::seek::{FoundTuple, Wanted};
use super::text::{End, skip_space, string_end, unescape};
use super::tuple::{self, Layout};
use super::{Held, Issue, IssueCode, Part};
use crate::model::UnixMillis;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

/// The longest token that is kept together. Real ones are below 1 kB.
const MAX_TOKEN: usize = 1 << 20;
/// The longest name of a rule, group, NIC or resource, and the longest tuple: Azure's end at a few hundred bytes. They
/// are kept, sent and drawn, and a longer one is damage.
pub(super) const MAX_NAME: usize = 1 << 16;
/// A text that nobody needs is no longer held together from this length on.
const LONG_TEXT: usize = MAX_TOKEN / 2;
/// Objects of a record nest five deep; more is not a flow log.
const MAX_DEPTH: usize = 24;
/// The longest run of white space between the brace of a record and its first key that
/// searching for a record looks across.
const MAX_GAP: usize = 4096;

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

/// What an object of a record holds beside its names.
#[derive(Debug, Default)]
struct Holds {
    /// Where it begins.
    at: u64,
    /// Lists or objects that flows are in.
    flows: bool,
    /// The first list or object that azflow does not read, with its key and offset.
    unknown: Option<(u64, String)>,
}

impl Holds {
    fn at(at: u64) -> Self {
        Self { at, ..Self::default() }
    }

    /// What takes the place of flows, perhaps; with an empty name the object itself, where nothing does.
    fn instead(self) -> Option<(u64, String)> {
        (!self.flows).then(|| self.unknown.unwrap_or((self.at, String::new())))
    }
}

#[derive(Debug, Default)]
struct Record {
    start: u64,
    wrapper: bool,
    names: Names,
    resource: Option<u32>,
    time: Option<UnixMillis>,
    /// What stands in its place and is no time.
    odd_time: Option<String>,
    category: Option<String>,
    flat: Option<Box<[Vec<u8>; 13]>>,
    /// Tuples that stand by themselves, with their offsets.
    tuples: Vec<(u64, Vec<u8>)>,
    /// A version that azflow does not know.
    odd_version: Option<String>,
    holds: Holds,
}

/// A stretch of bytes that belongs to no counted record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins, in the scanner's own text.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// Why it was passed over.
    pub code: IssueCode,
    /// The number of the record that was given up.
    pub record: Option<u64>,
    /// Other logs' records: their category.
    pub category: String,
}

/// What the scanner knows at the end of the text.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Notes and rejected tuples.
    pub issues: Vec<Issue>,
    /// Stretches passed over, by offset.
    pub stretches: Vec<Stretch>,
    /// Bytes passed over in stretches that are not listed, because there were too many.
    pub unlisted_skipped: u64,
    /// NSG records and VNet records.
    pub flow_records: [u64; 2],
    /// Tuples by kind.
    pub held: Held,
    /// Earliest tuple.
    pub first: Option<UnixMillis>,
    /// Latest tuple.
    pub last: Option<UnixMillis>,
    /// Length of the text.
    pub length: u64,
    /// Keys of the first object, for telling what a file without flow records is.
    pub sketch: Sketch,
    /// Issues not kept because there were too many, by code.
    pub unlisted: Vec<(IssueCode, u64)>,
}

/// Characters of a value that are shown.
const MOST_SHOWN: usize = 48;

/// Notes and rejected tuples that are kept in a source; more are only counted.
const MAX_ISSUES: usize = 1000;

/// Rows, or records, after which a part is sent on: about 2 MB.
const PART_ROWS: usize = 1 << 15;

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

/// A key and the index behind its colon; `Ok(None)` where not all of it is here yet, `Err` where
/// it is no key.
type KeyToken<'a> = Result<Option<(Cow<'a, [u8]>, usize)>, ()>;

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
    /// Room for the next bytes of the text: fill it from the front, then call [`Scanner::filled`].
    pub fn space(&mut self, want: usize) -> &mut [u8] {
        self.compact();
        let end = self.len + want;
        if self.buf.len() < end {
            self.buf.resize(end, 0);
        }
        &mut self.buf[self.len..end]
    }

    /// Reads the `count` bytes that were put into [`Scanner::space`].
    pub fn filled(&mut self, count: usize) {
        self.len = (self.len + count).min(self.buf.len());
        loop {
            while let Step::Go = self.step() {}
            if self.len - self.pos <= MAX_TOKEN {
                break;
            }
            self.damage(self.pos + 1);
        }
    }

    /// Reads a piece of the text.
    pub fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(MAX_TOKEN) {
            self.space(piece.len())[..piece.len()].copy_from_slice(piece);
            self.filled(piece.len());
        }
    }

    /// Keeps the tuples that fit, besides adding them up.
    pub fn seek(&mut self, wanted: Wanted) {
        self.record.wanted = Some(wanted);
    }

    /// The tuples found since the last call.
    pub fn take_found(&mut self) -> Vec<FoundTuple> {
        std::mem::take(&mut self.found)
    }

    /// Whether a flow record was found.
    pub fn has_flow_records(&self) -> bool {
        self.out.flow_records != [0, 0]
    }

    /// A part that is large enough to be sent on, if there is one.
    pub fn take_part(&mut self) -> Option<Part> {
        self.ready.pop_front()
    }

    /// Ends the text.
    pub fn finish(mut self) -> (VecDeque<Part>, Outcome) {
        let end = self.base + self.len as u64;
        let mut cut = None;
        match self.state {
            State::Search { from, code, number } => cut = Some((from, code, number)),
            _ => {
                if let Some(start) = self.open_record() {
                    cut = Some((start, IssueCode::Truncated, Some(self.next_number)));
                } else if skip_space(&self.buf[..self.len], self.pos) < self.len {
                    cut = Some((self.base + self.pos as u64, IssueCode::UnexpectedBytes, None));
                }
            }
        }
        match cut {
            Some((from, code, number)) => {
                self.record.clear();
                self.skip_stretch(from, end, code, number, String::new());
            }
            None if !self.stack.is_empty() && !self.damaged => {
                self.note(
                    IssueCode::Unclosed,
                    end,
                    "the file ends before its closing brackets; every record in it is whole",
                );
            }
            None => {}
        }
        self.out.length = end;
        self.ready.push_back(self.part.take(end));
        (self.ready, self.out)
    }

    fn compact(&mut self) {
        if self.pos > 0 {
            self.buf.copy_within(self.pos..self.len, 0);
            self.base += self.pos as u64;
            self.len -= self.pos;
            self.pos = 0;
        }
    }

    /// Where the record being read begins, if one is open that is no wrapper.
    fn open_record(&self) -> Option<u64> {
        self.stack.iter().rev().find_map(|f| match f {
            Frame::Record(r) => Some((!r.wrapper).then_some(r.start)),
            _ => None,
        })?
    }

    fn here(&self, index: usize) -> u64 {
        self.base + index as u64
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

    /// Moves over white space; the next byte, if it is there.
    fn peek(&mut self) -> Option<u8> {
        self.pos = skip_space(&self.buf[..self.len], self.pos);
        (self.pos < self.len).then(|| self.buf[self.pos])
    }

    fn element(&mut self) -> Step {
        let Some(byte) = self.peek() else { return Step::More };
        match byte {
            b'{' => {
                let start = self.here(self.pos);
                self.unread = None;
                self.open(Frame::Record(Record { start, ..Record::default() }), State::KeyOrEnd);
                self.record.clear();
                self.layout = Layout::Nsg;
                self.pos += 1;
            }
            b'[' => {
                self.open(Frame::Records, State::Element);
                self.pos += 1;
            }
            b',' => {
                if self.stack.is_empty() && self.out.flow_records == [0, 0] && !self.damaged {
                    self.missing_head();
                }
                self.pos += 1;
            }
            b']' => {
                if let Some(Frame::Records) = self.stack.last() {
                    self.stack.pop();
                    self.state = self.state_in_parent();
                } else if !self.damaged {
                    self.missing_head();
                }
                self.pos += 1;
            }
            b'}' => {
                // The wrapper's brace, where the array's bracket is missing or was lost.
                while let Some(Frame::Records) = self.stack.last() {
                    self.stack.pop();
                }
                if self.stack.pop().is_none() && !self.damaged {
                    self.missing_head();
                }
                self.state = self.state_in_parent();
                self.pos += 1;
            }
            _ => {
                self.state = State::Search {
                    from: self.here(self.pos),
                    code: IssueCode::UnexpectedBytes,
                    number: None,
                };
            }
        }
        Step::Go
    }

    fn missing_head(&mut self) {
        if !self.out.issues.iter().any(|i| i.code == IssueCode::MissingHead) {
            self.note(
                IssueCode::MissingHead,
                0,
                "the file starts in the middle; records before this point are not in it",
            );
        }
    }

    fn open(&mut self, frame: Frame, state: State) {
        if self.stack.len() >= MAX_DEPTH {
            // Only wrappers in wrappers get here outside a record; forget the outermost.
            self.stack.remove(0);
        }
        self.stack.push(frame);
        self.state = state;
    }

    /// What comes next once a frame has closed.
    fn state_in_parent(&self) -> State {
        match self.stack.last() {
            None | Some(Frame::Records) => State::Element,
            Some(Frame::List) => State::ListElement,
            Some(Frame::Tuples(_)) => State::TupleOrEnd,
            Some(Frame::Record(_) | Frame::Object { .. }) => State::AfterValue,
        }
    }

    fn key_or_end(&mut self) -> Step {
        match self.peek() {
            None => return Step::More,
            Some(b'"') => {}
            Some(b'}') => {
                self.pos += 1;
                self.close_object();
                return Step::Go;
            }
            Some(_) => return self.damage(self.pos),
        }
        let open = self.pos;
        // Its room is used again: some logs have dozens of other keys in each record.
        let mut unknown = std::mem::take(&mut self.unknown_key);
        let (name, after) = match self.key_token(open) {
            Ok(Some(token)) => token,
            Ok(None) => return Step::More,
            Err(()) => return self.damage(open + 1),
        };
        let key = keys::lookup(&name);
        if key == Key::Unknown || key.holds_flows() {
            unknown.clear();
            unknown.extend_from_slice(&name);
        }
        if let (Some(Frame::Record(_)), true) = (self.stack.last(), self.next_number == 1) {
            let name = String::from_utf8_lossy(&name).into_owned();
            self.out.sketch.add_key(name);
        }
        self.unknown_key = unknown;
        self.pos = after;
        self.state = State::Value(key);
        Step::Go
    }

    /// The key that begins at `open`.
    fn key_token(&self, open: usize) -> KeyToken<'_> {
        let bytes = &self.buf[..self.len];
        let End::At(close, escaped) = string_end(bytes, open) else { return Ok(None) };
        let colon = skip_space(bytes, close + 1);
        match bytes.get(colon) {
            None => Ok(None),
            Some(b':') if colon - open <= MAX_TOKEN => {
                let raw = &bytes[open + 1..close];
                let name = if escaped { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) };
                Ok(Some((name, colon + 1)))
            }
            Some(_) => Err(()),
        }
    }

    fn value(&mut self, key: Key) -> Step {
        let Some(byte) = self.peek() else { return Step::More };
        let in_wrapper_or_new = match self.stack.last() {
            Some(Frame::Record(r)) => r.wrapper || !self.record.has_groups(),
            _ => false,
        };
        if byte == b'{' && self.in_record() {
            // A file that was cut behind this key's colon and joined to another goes on like this.
            match self.first_key(self.pos) {
                None => return Step::More,
                Some(first) if first == Key::Records || (key != Key::Unknown && first.starts_record()) => {
                    return self.damage(self.pos);
                }
                Some(_) => {}
            }
        }
        match (key, byte) {
            (Key::Records, b'[') if in_wrapper_or_new => {
                if let Some(Frame::Record(r)) = self.stack.last_mut() {
                    r.wrapper = true;
                }
                self.pos += 1;
                self.open(Frame::Records, State::Element);
                return Step::Go;
            }
            (Key::Properties | Key::FlowRecords, b'{') if self.in_record() => {
                self.hold(None);
                self.layout = if key == Key::FlowRecords { Layout::Vnet } else { Layout::Nsg };
                return self.descend(
                    Frame::Object {
                        mark: self.record.mark(),
                        names: Names::default(),
                        holds: Holds::at(self.here(self.pos)),
                    },
                    State::KeyOrEnd,
                );
            }
            (Key::Flows | Key::FlowGroups, b'[') if self.in_record() => {
                self.hold(None);
                if key == Key::FlowGroups {
                    self.layout = Layout::Vnet;
                }
                return self.descend(Frame::List, State::ListElement);
            }
            (Key::FlowTuples, b'[') if self.in_record() => {
                self.hold(None);
                self.record.open_group(self.layout);
                return self.descend(Frame::Tuples(self.layout), State::TupleOrEnd);
            }
            _ => {}
        }
        match byte {
            b'{' | b'[' => {
                // A list where an object belongs, or the other way round, is as little read as what has another name.
                if key == Key::Unknown || key.holds_flows() {
                    self.hold(Some(self.here(self.pos)));
                }
                self.pos += 1;
                self.state = State::Skip { depth: 1, in_string: false, escaped: false };
                Step::Go
            }
            b'"' => self.text_value(key),
            b',' | b'}' | b']' | b':' => self.damage(self.pos),
            _ => self.bare_value(key),
        }
    }

    fn in_record(&self) -> bool {
        self.open_record().is_some()
    }

    fn descend(&mut self, frame: Frame, state: State) -> Step {
        if self.stack.len() >= MAX_DEPTH {
            return self.damage(self.pos + 1);
        }
        self.pos += 1;
        self.open(frame, state);
        Step::Go
    }

    fn text_value(&mut self, key: Key) -> Step {
        let open = self.pos;
        let unneeded = matches!(key, Key::Unknown | Key::RecordOnly);
        let bytes = &self.buf[..self.len];
        let End::At(close, escaped) = string_end(bytes, open) else {
            if unneeded && self.len - open > LONG_TEXT {
                self.pos = open + 1;
                self.state = State::Skip { depth: 0, in_string: true, escaped: false };
                return Step::Go;
            }
            return Step::More;
        };
        if unneeded && close - open > LONG_TEXT {
            self.pos = close + 1;
            self.state = State::AfterValue;
            return Step::Go;
        }
        let after = skip_space(bytes, close + 1);
        let is_name =
            matches!(key, Key::Rule | Key::Mac | Key::AclId | Key::ResourceId | Key::Category | Key::Flat(_));
        match bytes.get(after) {
            None => return Step::More,
            Some(_) if is_name && close - open > MAX_NAME => return self.damage(open + 1),
            Some(b',' | b'}') if after - open <= MAX_TOKEN => {}
            Some(_) => return self.damage(open + 1),
        }
        let raw = &bytes[open + 1..close];
        let value = if escaped { unescape(raw) } else { raw.to_vec() };
        self.pos = close + 1;
        self.state = State::AfterValue;
        self.keep(key, value, self.here(open + 1));
        Step::Go
    }

    /// A number, `true`, `false` or `null`.
    fn bare_value(&mut self, key: Key) -> Step {
        let start = self.pos;
        let bytes = &self.buf[start..self.len];
        let Some(length) =
            bytes.iter().position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'))
        else {
            return Step::More;
        };
        let value = &bytes[..length];
        if length > 64 || !value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        {
            return self.damage(start);
        }
        let value = value.to_vec();
        if value.eq_ignore_ascii_case(b"null") && key.holds_flows() {
            // What is said not to be there.
            self.hold(None);
        }
        self.pos += length;
        self.state = State::AfterValue;
        if let Key::Flat(_) | Key::VnetVersion | Key::NsgVersion = key {
            self.keep(key, value, self.here(start));
        }
        Step::Go
    }

    fn keep(&mut self, key: Key, value: Vec<u8>, offset: u64) {
        if let Key::Unknown | Key::RecordOnly = key {
            return;
        }
        let text = String::from_utf8_lossy(&value);
        if let Key::VnetVersion | Key::NsgVersion = key
            && !is_known_version(key, &text)
        {
            let shown = text.chars().take(MOST_SHOWN).collect();
            let record = self.stack.iter_mut().rev().find_map(|frame| match frame {
                Frame::Record(record) => Some(record),
                _ => None,
            });
            if let Some(record) = record {
                record.odd_version = Some(shown);
            }
            return;
        }
        match self.stack.last_mut() {
            Some(Frame::Object { names, .. }) => match key {
                Key::Rule => names.rule = Some(self.part.intern(&text)),
                Key::Mac => names.mac = Some(self.part.intern(&normal_mac(&text))),
                Key::AclId => names.acl = Some(self.part.intern(&text)),
                _ => {}
            },
            Some(Frame::Record(record)) if !record.wrapper => match key {
                Key::Rule => record.names.rule = Some(self.part.intern(&text)),
                Key::Mac => record.names.mac = Some(self.part.intern(&normal_mac(&text))),
                Key::AclId => record.names.acl = Some(self.part.intern(&text)),
                Key::ResourceId => record.resource = Some(self.part.intern(&text)),
                Key::Time => {
                    record.time = UnixMillis::from_iso(&text);
                    let odd = record.time.is_none() && !text.is_empty();
                    record.odd_time = odd.then(|| text.chars().take(MOST_SHOWN).collect());
                }
                Key::Category => record.category = Some(text.into_owned()),
                Key::FlatTuple | Key::FlowTuples => record.tuples.push((offset, value)),
                Key::Flat(place) => {
                    if let Some(slot) = record.flat.get_or_insert_default().get_mut(usize::from(place)) {
                        *slot = value;
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn after_value(&mut self) -> Step {
        match self.peek() {
            None => Step::More,
            Some(b',') => {
                self.pos += 1;
                self.state = State::KeyOrEnd;
                Step::Go
            }
            Some(b'}') => {
                self.pos += 1;
                self.close_object();
                Step::Go
            }
            Some(_) => self.damage(self.pos),
        }
    }

    /// Notes what the object that is open holds: flows, or what begins at an offset and is not read.
    fn hold(&mut self, unknown: Option<u64>) {
        let holds = match self.stack.last_mut() {
            Some(Frame::Object { holds, .. } | Frame::Record(Record { holds, .. })) => holds,
            _ => return,
        };
        match unknown {
            None => holds.flows = true,
            Some(offset) if holds.unknown.is_none() && !holds.flows => {
                let key: String =
                    String::from_utf8_lossy(&self.unknown_key).chars().take(MOST_SHOWN).collect();
                holds.unknown = Some((offset, key));
            }
            Some(_) => {}
        }
    }

    fn close_object(&mut self) {
        match self.stack.pop() {
            Some(Frame::Object { mark, names, holds }) => {
                self.record.name_since(mark, names);
                self.unread = self.unread.take().or(holds.instead());
            }
            Some(Frame::Record(record)) if !record.wrapper => self.close_record(record),
            _ => {}
        }
        self.state = self.state_in_parent();
    }

    fn list_element(&mut self) -> Step {
        match self.peek() {
            None => return Step::More,
            Some(b',') => {
                self.pos += 1;
                return Step::Go;
            }
            Some(b']') => {
                self.pos += 1;
                self.stack.pop();
                self.state = self.state_in_parent();
                return Step::Go;
            }
            Some(b'{') => {}
            Some(_) => return self.damage(self.pos),
        }
        // An object that begins like a record shows that this one was cut and another follows.
        match self.first_key(self.pos) {
            None => return Step::More,
            Some(key) if key.starts_record() => return self.damage(self.pos),
            Some(_) => {}
        }
        self.descend(
            Frame::Object {
                mark: self.record.mark(),
                names: Names::default(),
                holds: Holds::at(self.here(self.pos)),
            },
            State::KeyOrEnd,
        )
    }

    /// The first key of the object that opens at `open`; `None`: it is not all here yet.
    fn first_key(&self, open: usize) -> Option<Key> {
        let bytes = &self.buf[..self.len];
        let quote = skip_space(bytes, open + 1);
        if quote - open > MAX_GAP {
            return Some(Key::Unknown);
        }
        if *bytes.get(quote)? != b'"' {
            return Some(Key::Unknown);
        }
        let name = &bytes[quote + 1..bytes.len().min(quote + 2 + keys::LONGEST)];
        match memchr::memchr(b'"', name) {
            Some(end) => Some(keys::lookup(&name[..end])),
            None if name.len() <= keys::LONGEST => None,
            None => Some(Key::Unknown),
        }
    }

    /// Reads all tuples of an array that are in the buffer.
    fn tuples(&mut self) -> Step {
        let Some(Frame::Tuples(layout)) = self.stack.last() else { return self.damage(self.pos) };
        let layout = *layout;
        let mut run = self.pos..self.pos;
        let step = self.tuples_of(layout, &mut run);
        self.record.content.tuples(&self.buf[run]);
        if let State::AfterValue = self.state {
            self.record.content.close_array();
        }
        step
    }

    /// The hot loop. `run` is the stretch of tuples that the record's content has not taken yet: they lie side by side
    /// as it spells them, so that all of them cost it one call.
    fn tuples_of(&mut self, layout: Layout, run: &mut Range<usize>) -> Step {
        loop {
            match self.peek() {
                None => return Step::More,
                Some(b'"') => {}
                Some(b',') => {
                    self.pos += 1;
                    continue;
                }
                Some(b']') => {
                    self.pos += 1;
                    self.stack.pop();
                    self.state = self.state_in_parent();
                    return Step::Go;
                }
                Some(_) => return self.damage(self.pos),
            }
            let open = self.pos;
            let bytes = &self.buf[..self.len];
            if let Some((tuple, length)) = tuple::fast(&bytes[open + 1..], layout) {
                let close = open + 1 + length;
                if let Some(b',' | b']') = bytes.get(close + 1) {
                    let offset = self.base + open as u64 + 1;
                    self.record.add(&mut self.part, &tuple, offset, &bytes[open + 1..close]);
                    self.pos = close + 1;
                    self.run_on(run, open);
                    continue;
                }
            }
            match self.careful_tuple(open, layout, run) {
                Some(Step::Go) => {}
                Some(Step::More) => return Step::More,
                None => return self.damage(open + 1),
            }
        }
    }

    /// The tuple from `open` to here joins the run, where one comma alone is between them, or begins another.
    #[inline]
    fn run_on(&mut self, run: &mut Range<usize>, open: usize) {
        if run.start == run.end || run.end + 1 != open {
            self.record.content.tuples(&self.buf[run.clone()]);
            run.start = open;
        }
        run.end = self.pos;
    }

    /// Reads the tuple at `open` at leisure. `None`: it is no string of an array.
    fn careful_tuple(&mut self, open: usize, layout: Layout, run: &mut Range<usize>) -> Option<Step> {
        let bytes = &self.buf[..self.len];
        let End::At(close, escaped) = string_end(bytes, open) else { return Some(Step::More) };
        let after = skip_space(bytes, close + 1);
        match bytes.get(after) {
            None => return Some(Step::More),
            Some(b',' | b']') if close - open <= MAX_NAME && after - open <= MAX_TOKEN => {}
            Some(_) => return None,
        }
        let raw = &bytes[open + 1..close];
        let text = if escaped { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) };
        let offset = self.base + open as u64 + 1;
        match tuple::careful(&text, layout) {
            Ok(tuple) => self.record.add(&mut self.part, &tuple, offset, raw),
            Err(rejected) => self.record.reject(offset, rejected.code, rejected.message),
        }
        self.pos = close + 1;
        if let Cow::Owned(text) = &text {
            self.record.content.tuples(&self.buf[run.clone()]);
            self.record.content.tuple(text);
            *run = self.pos..self.pos;
        } else {
            self.run_on(run, open);
        }
        Some(Step::Go)
    }

    fn skip(&mut self, mut depth: u32, mut in_string: bool, mut escaped: bool) -> Step {
        let mut at = self.pos;
        while at < self.len {
            if in_string {
                if escaped {
                    escaped = false;
                    at += 1;
                    continue;
                }
                match memchr::memchr2(b'"', b'\\', &self.buf[at..self.len]) {
                    None => at = self.len,
                    Some(found) => {
                        escaped = self.buf[at + found] == b'\\';
                        in_string = escaped;
                        at += found + 1;
                        if !in_string && depth == 0 {
                            break;
                        }
                    }
                }
                continue;
            }
            match self.buf[at] {
                b'"' => in_string = true,
                b'{' if self.in_record() => match self.first_key(at) {
                    None => {
                        self.pos = at;
                        self.state = State::Skip { depth, in_string, escaped };
                        return Step::More;
                    }
                    Some(Key::Records) => return self.damage(at),
                    Some(_) => depth = depth.saturating_add(1),
                },
                b'{' | b'[' => depth = depth.saturating_add(1),
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 {
                break;
            }
        }
        self.pos = at;
        if depth == 0 && !in_string {
            self.state = State::AfterValue;
            return Step::Go;
        }
        self.state = State::Skip { depth, in_string, escaped };
        Step::More
    }

    /// Gives up the record being read (or, outside one, the wrapper's syntax) and looks for the
    /// next from index `again` on.
    fn damage(&mut self, again: usize) -> Step {
        let start = self.open_record();
        if start.is_some() {
            while let Some(frame) = self.stack.pop() {
                if let Frame::Record(_) = frame {
                    break;
                }
            }
            self.record.clear();
            let number = Some(self.next_number);
            self.next_number += 1;
            self.state =
                State::Search { from: start.unwrap_or_default(), code: IssueCode::DamagedRecord, number };
        } else {
            let from = self.here(self.pos);
            self.state = State::Search { from, code: IssueCode::UnexpectedBytes, number: None };
        }
        self.damaged = true;
        self.pos = again.min(self.len);
        Step::Go
    }

    fn search(&mut self, from: u64, code: IssueCode, number: Option<u64>) -> Step {
        loop {
            let Some(found) = memchr::memchr(b'{', &self.buf[self.pos..self.len]) else {
                self.pos = self.len;
                return Step::More;
            };
            self.pos += found;
            match self.first_key(self.pos) {
                None => return Step::More,
                Some(key) if key.starts_record() => break,
                Some(_) => self.pos += 1,
            }
        }
        let here = self.here(self.pos);
        self.damaged = true;
        self.skip_stretch(from, here, code, number, String::new());
        self.state = State::Element;
        Step::Go
    }

    fn close_record(&mut self, mut record: Record) {
        let number = self.next_number;
        self.next_number += 1;
        self.flat_tuples(&mut record);
        record.holds.at = record.start;
        record.holds.flows |= record.flat.is_some() || self.record.has_groups();
        let unread = self.unread.take().or(std::mem::take(&mut record.holds).instead());
        let layout = self.record.layout();
        let category = record.category.take().unwrap_or_default();
        let is_nsg =
            layout == Some(Layout::Nsg) || category.eq_ignore_ascii_case("NetworkSecurityGroupFlowEvent");
        let is_vnet = layout == Some(Layout::Vnet) || category.eq_ignore_ascii_case("FlowLogFlowEvent");
        if let (false, Some(fields)) = (self.record.has_groups(), &record.flat) {
            // One flow a record: the same fields, so the same reader.
            let without_state = fields[8..].iter().all(Vec::is_empty);
            let text = fields[..if without_state { 8 } else { 13 }].join(&b',');
            self.record.open_group(Layout::Nsg);
            self.lone_tuple(&text, Layout::Nsg, record.start);
            self.record.content.close_array();
        } else if !is_nsg && !is_vnet {
            let (from, to) = (record.start, self.here(self.pos));
            self.record.clear();
            self.skip_stretch(from, to, IssueCode::OtherRecord, Some(number), category);
            return;
        }
        self.out.flow_records[usize::from(is_vnet)] += 1;
        record.names.acl = record.names.acl.or(record.resource);
        self.record.name_since(0, record.names);
        let header = Header {
            vnet: is_vnet,
            names: record.names,
            time: record.time,
            odd_time: record.odd_time.as_deref(),
        };
        let closed = self.record.close(&mut self.part, &header, number);
        if let Some(version) = record.odd_version
            && !self.out.issues.iter().any(|issue| issue.code == IssueCode::UnknownVersion)
        {
            let message = format!(
                "a version of flow logs that azflow does not know, read like those it does: {version}"
            );
            let (code, offset, record) = (IssueCode::UnknownVersion, record.start, Some(number));
            self.list(Issue { offset, code, record, length: 0, message });
        }
        if let Some((offset, key)) = unread {
            let message = if key.is_empty() {
                "a part of the record has no list of flows or tuples, as every part has: nothing of it is counted"
                    .to_owned()
            } else {
                format!(
                    "the record's flows may lie where azflow does not know them, so they are not counted: {key}"
                )
            };
            let (code, record) = (IssueCode::UnreadPart, Some(number));
            self.list(Issue { offset, code, record, length: 0, message });
        }
        if let Some(text) = record.odd_time {
            let message =
                format!("the record's time is no time, so its hour is that of its last tuple: {text}");
            let (code, offset, record) = (IssueCode::RecordTime, record.start, Some(number));
            self.list(Issue { offset, code, record, length: 0, message });
        }
        self.found.extend(closed.found);
        self.out.held.add(closed.held);
        self.out.first = self.out.first.into_iter().chain(closed.first).min();
        self.out.last = self.out.last.max(closed.last);
        for issue in closed.issues {
            self.list(issue);
        }
        // Between records no number of the part's dictionaries is in use.
        if self.part.rows().max(self.part.records()) >= PART_ROWS {
            let part = self.part.take(self.base + self.pos as u64);
            self.ready.push_back(part);
        }
    }

    /// Reads a tuple that stands in no array of its group.
    fn lone_tuple(&mut self, text: &[u8], layout: Layout, offset: u64) {
        match tuple::careful(text, layout) {
            Ok(tuple) => self.record.add(&mut self.part, &tuple, offset, text),
            Err(rejected) => self.record.reject(offset, rejected.code, rejected.message),
        }
        self.record.content.tuple(text);
    }

    /// Reads tuples that stand by themselves: what they belong to is in the record beside them.
    fn flat_tuples(&mut self, record: &mut Record) {
        let tuples = std::mem::take(&mut record.tuples);
        if self.record.has_groups() {
            return;
        }
        let mut open = None;
        for (offset, text) in tuples {
            let layout = tuple::layout(&text).unwrap_or(match record.names.acl {
                Some(_) => Layout::Vnet,
                None => Layout::Nsg,
            });
            if open != Some(layout) {
                if open.is_some() {
                    self.record.content.close_array();
                }
                self.record.open_group(layout);
                open = Some(layout);
            }
            self.lone_tuple(&text, layout, offset);
        }
        if open.is_some() {
            self.record.content.close_array();
        }
    }

    /// Notes that the text is what a column of a table holds.
    pub fn note_cells(&mut self) {
        let message = "the records stand in a column of a table; its other columns are passed over";
        self.note(IssueCode::RecordsInCells, 0, message);
    }

    fn note(&mut self, code: IssueCode, offset: u64, message: &str) {
        self.list(Issue { offset, code, record: None, length: 0, message: message.to_owned() });
    }

    fn list(&mut self, issue: Issue) {
        if self.out.issues.len() < MAX_ISSUES {
            self.out.issues.push(issue);
        } else {
            self.count_unlisted(issue.code);
        }
    }

    fn count_unlisted(&mut self, code: IssueCode) {
        match self.out.unlisted.iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count += 1,
            None => self.out.unlisted.push((code, 1)),
        }
    }

    fn skip_stretch(&mut self, from: u64, to: u64, code: IssueCode, record: Option<u64>, category: String) {
        if code != IssueCode::OtherRecord {
            self.damaged = true;
        }
        if let Some(last) = self.out.stretches.last_mut() {
            // Neighbours of one kind are one stretch: the separator between them goes along.
            let gap = from.saturating_sub(last.offset + last.length);
            let same = last.code == code && last.category == category;
            if same && code == IssueCode::OtherRecord && gap <= 4 {
                last.length = to - last.offset;
                return;
            }
        }
        if self.out.stretches.len() < MAX_ISSUES {
            self.out.stretches.push(Stretch { offset: from, length: to - from, code, record, category });
        } else {
            self.out.unlisted_skipped += to - from;
            self.count_unlisted(code);
        }
    }
}

/// Version 4 of VNet flow logs, 1 and 2 of NSG flow logs: as a number, a real one, or text.
fn is_known_version(key: Key, text: &str) -> bool {
    let whole = text.trim().split('.').next().unwrap_or_default();
    let known: &[&str] = if key == Key::VnetVersion { &["4"] } else { &["1", "2"] };
    whole.is_empty() || text == "null" || known.contains(&whole)
}

/// A MAC address as twelve upper-case digits, whatever separators it was written with; anything
/// else as it is.
fn normal_mac(text: &str) -> Cow<'_, str> {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let others = text.bytes().all(|b| b.is_ascii_hexdigit() || matches!(b, b'-' | b':' | b'.'));
    if digits != 12 || !others {
        return Cow::Borrowed(text);
    }
    if text.len() == 12 && !text.bytes().any(|b| b.is_ascii_lowercase()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_uppercase()).collect())
}
