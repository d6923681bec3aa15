//! Which token may come where: arrays, objects and keys, down to the tuples.
//!
//! Only what flow records are made of is entered; any other value is stepped over. The stack has a frame for each
//! bracket that is open, and the state says what may come next.

use super::records::{Holds, Record};
use super::{Frame, Scanner, State, Step};
use crate::ingest::IssueCode;
use crate::ingest::keys::{self, Key};
use crate::ingest::record::Names;
use crate::ingest::tuple::Layout;

/// Objects of a record nest five deep; more is not a flow log.
const MAX_DEPTH: usize = 24;

impl Scanner {
    pub(super) fn element(&mut self) -> Step {
        let Some(byte) = self.peek() else { return Step::More };
        match byte {
            b'{' => {
                let start = self.here(self.pos);
                self.unread = None;
                self.open(Frame::Record(Record::at(start)), State::KeyOrEnd);
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

    pub(super) fn missing_head(&mut self) {
        if !self.out.issues.iter().any(|i| i.code == IssueCode::MissingHead) {
            self.note(
                IssueCode::MissingHead,
                0,
                "the file starts in the middle; records before this point are not in it",
            );
        }
    }

    pub(super) fn open(&mut self, frame: Frame, state: State) {
        if self.stack.len() >= MAX_DEPTH {
            // Only wrappers in wrappers get here outside a record; forget the outermost.
            self.stack.remove(0);
        }
        self.stack.push(frame);
        self.state = state;
    }

    /// What comes next once a frame has closed.
    pub(super) fn state_in_parent(&self) -> State {
        match self.stack.last() {
            None | Some(Frame::Records) => State::Element,
            Some(Frame::List) => State::ListElement,
            Some(Frame::Tuples(_)) => State::TupleOrEnd,
            Some(Frame::Record(_) | Frame::Object { .. }) => State::AfterValue,
        }
    }

    pub(super) fn key_or_end(&mut self) -> Step {
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

    pub(super) fn value(&mut self, key: Key) -> Step {
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

    fn descend(&mut self, frame: Frame, state: State) -> Step {
        if self.stack.len() >= MAX_DEPTH {
            return self.damage(self.pos + 1);
        }
        self.pos += 1;
        self.open(frame, state);
        Step::Go
    }

    pub(super) fn after_value(&mut self) -> Step {
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

    pub(super) fn list_element(&mut self) -> Step {
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
}
