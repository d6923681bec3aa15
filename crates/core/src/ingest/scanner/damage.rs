//! Damage: giving up a record, looking for the next one, and what the end of the text cuts off.
//!
//! The search begins just behind the start of the token that was wrong: where two files were joined inside a string,
//! the second one begins there. What is passed over on the way is one stretch with an issue.

use super::outcome::Outcome;
use super::{Frame, Scanner, State, Step};
use crate::ingest::text::skip_space;
use crate::ingest::{IssueCode, Part};
use std::collections::VecDeque;

impl Scanner {
    /// Gives up the record being read (or, outside one, the wrapper's syntax) and looks for the
    /// next from index `again` on.
    pub(super) fn damage(&mut self, again: usize) -> Step {
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

    /// Looks for the next object that begins like a record; what lies before it is a stretch passed over.
    pub(super) fn search(&mut self, from: u64, code: IssueCode, number: Option<u64>) -> Step {
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
}
