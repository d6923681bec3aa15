//! The buffer, and tokens that are whole in it.
//!
//! Bytes are fed in at the end and read from the front. A token of which a part is still to come stays where it is and
//! is looked at again with the next bytes, so nothing depends on where the text was cut. What is stepped over is the
//! exception: it may be of any length, so only the depth of its brackets is kept.

use super::{Scanner, State, Step};
use crate::ingest::keys::{self, Key};
use crate::ingest::text::{End, skip_space, string_end, unescape};
use std::borrow::Cow;

/// The longest token that is kept together. Real ones are below 1 kB.
pub(super) const MAX_TOKEN: usize = 1 << 20;

/// The longest run of white space between the brace of a record and its first key that
/// searching for a record looks across.
const MAX_GAP: usize = 4096;

/// A key and the index behind its colon; `Ok(None)` where not all of it is here yet, `Err` where
/// it is no key.
pub(super) type KeyToken<'a> = Result<Option<(Cow<'a, [u8]>, usize)>, ()>;

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

    pub(super) fn compact(&mut self) {
        if self.pos > 0 {
            self.buf.copy_within(self.pos..self.len, 0);
            self.base += self.pos as u64;
            self.len -= self.pos;
            self.pos = 0;
        }
    }

    pub(super) fn here(&self, index: usize) -> u64 {
        self.base + index as u64
    }

    /// Moves over white space; the next byte, if it is there.
    pub(super) fn peek(&mut self) -> Option<u8> {
        self.pos = skip_space(&self.buf[..self.len], self.pos);
        (self.pos < self.len).then(|| self.buf[self.pos])
    }

    /// The key that begins at `open`.
    pub(super) fn key_token(&self, open: usize) -> KeyToken<'_> {
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

    /// The first key of the object that opens at `open`; `None`: it is not all here yet.
    pub(super) fn first_key(&self, open: usize) -> Option<Key> {
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

    pub(super) fn skip(&mut self, mut depth: u32, mut in_string: bool, mut escaped: bool) -> Step {
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
}
