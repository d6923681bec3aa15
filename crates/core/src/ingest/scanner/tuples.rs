//! The hot loop: the tuples of one array.
//!
//! Nearly every byte of a log is read here. A tuple in the usual form takes the fast reader; any other is read by the
//! careful one, which gives the same result. A change here is measured: `cargo bench --bench core -- scan`.

use super::tokens::MAX_TOKEN;
use super::{Frame, MAX_NAME, Scanner, State, Step};
use crate::ingest::text::{End, skip_space, string_end, unescape};
use crate::ingest::tuple::{self, Layout};
use std::borrow::Cow;
use std::ops::Range;

impl Scanner {
    /// Reads all tuples of an array that are in the buffer.
    pub(super) fn tuples(&mut self) -> Step {
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
}
