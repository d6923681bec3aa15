//! Texts and bare values behind a key: whole ones go to the record, long ones that nobody needs are stepped over.

use super::tokens::MAX_TOKEN;
use super::{MAX_NAME, Scanner, State, Step};
use crate::ingest::keys::Key;
use crate::ingest::text::{End, skip_space, string_end, unescape};

/// A text that nobody needs is no longer held together from this length on.
const LONG_TEXT: usize = MAX_TOKEN / 2;

impl Scanner {
    pub(super) fn text_value(&mut self, key: Key) -> Step {
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
    pub(super) fn bare_value(&mut self, key: Key) -> Step {
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
}
