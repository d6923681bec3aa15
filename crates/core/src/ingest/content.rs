//! The fingerprint of what a log record says, whatever way it is written.
//!
//! Copies of a record differ in white space, line ends, the order of keys and what is wrapped around them. So not the
//! file's bytes are hashed but a text with one spelling: each array of tuples as JSON without white space, in the order
//! of the record, then what the record and each array belong to. What is there when the last brace closes depends on
//! no order of keys. The scanner hands in whole stretches of a file that already is in this spelling, as Azure writes
//! it; only elsewhere a tuple goes in by itself.

use std::borrow::Cow;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Text that is gathered before the hash takes it: small records are then hashed in one go, which costs least.
const GATHERED: usize = 4096;

/// The spelling of one record so far.
#[derive(Default)]
pub struct Content {
    gathered: Vec<u8>,
    hash: Option<Box<Xxh3>>,
    /// Whether `hash` has taken something of this record.
    begun: bool,
    /// Whether the array that is open has a tuple.
    filled: bool,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl Content {
    /// Forgets the record.
    pub fn clear(&mut self) {
        self.gathered.clear();
        self.begun = false;
    }

    /// An array of tuples begins.
    pub fn open_array(&mut self) {
        self.filled = false;
        self.add(b"[");
    }

    /// The array ends.
    pub fn close_array(&mut self) {
        self.add(b"]");
    }

    /// One or more of the array's tuples with their quotes, a comma between each two and nothing else. None has escapes.
    pub fn tuples(&mut self, stretch: &[u8]) {
        if !stretch.is_empty() {
            if std::mem::replace(&mut self.filled, true) {
                self.add(b",");
            }
            self.add(stretch);
        }
    }

    /// A tuple of the array whose text has no quotes around it and may hold anything.
    pub fn tuple(&mut self, text: &[u8]) {
        let text = escape(text);
        let mut quoted = Vec::with_capacity(text.len() + 2);
        quoted.push(b'"');
        quoted.extend_from_slice(&text);
        quoted.push(b'"');
        self.tuples(&quoted);
    }

    /// What stands behind the arrays: a text, told apart from its neighbours by its length.
    pub fn text(&mut self, text: &str) {
        self.add(&(text.len() as u64).to_le_bytes());
        self.add(text.as_bytes());
    }

    /// Some bytes, always as many at this place.
    pub fn add(&mut self, bytes: &[u8]) {
        if self.gathered.len() + bytes.len() <= GATHERED {
            self.gathered.extend_from_slice(bytes);
            return;
        }
        let hash = self.hash.get_or_insert_with(|| Box::new(Xxh3::new()));
        if !std::mem::replace(&mut self.begun, true) {
            hash.reset();
        }
        hash.update(&self.gathered);
        self.gathered.clear();
        hash.update(bytes);
    }

    /// The fingerprint of all that was said.
    pub fn fingerprint(&mut self) -> u128 {
        match &mut self.hash {
            Some(hash) if self.begun => {
                hash.update(&self.gathered);
                hash.digest128()
            }
            _ => xxh3_128(&self.gathered),
        }
    }
}

/// The text as it stands between quotes in the one spelling: without it, a quote could end a tuple.
fn escape(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'"', b'\\', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() + 8);
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pieces: &[&[u8]]) -> u128 {
        let mut content = Content::default();
        content.open_array();
        pieces.iter().for_each(|piece| content.tuples(piece));
        content.close_array();
        content.text("rule");
        content.fingerprint()
    }

    #[test]
    fn however_the_text_comes_its_fingerprint_is_one() {
        let tuple = format!("\"{}\"", "1,10.0.0.4,10.0.1.5,1,443,T,O,A".repeat(50));
        let all = vec![tuple.as_str(); 40].join(",");
        let single: Vec<&[u8]> = vec![tuple.as_bytes(); 40];
        assert_eq!(of(&[all.as_bytes()]), of(&single));
        assert_ne!(of(&single[1..]), of(&single));
    }

    #[test]
    fn a_hash_that_was_used_begins_anew() {
        let long = vec![b'x'; 3 * GATHERED];
        let mut content = Content::default();
        let mut again = || {
            content.clear();
            content.add(&long);
            content.fingerprint()
        };
        assert_eq!(again(), again());
        content.clear();
        content.add(b"short");
        assert_eq!(content.fingerprint(), xxh3_128(b"short"));
    }

    #[test]
    fn a_quote_inside_a_tuple_does_not_make_two_of_it() {
        let mut one = Content::default();
        one.tuple(b"a\",\"b");
        let mut two = Content::default();
        two.tuple(b"a");
        two.tuple(b"b");
        assert_ne!(one.fingerprint(), two.fingerprint());
    }
}
