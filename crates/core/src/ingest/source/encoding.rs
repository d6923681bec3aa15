//! UTF-8 or UTF-16, told from the first bytes, and where in the source a byte of the text is.

use crate::ingest::utf16::Utf16;

/// Bytes that tell an encoding.
pub(super) const MAGIC: usize = 4;

#[derive(Debug)]
pub(super) enum Encoding {
    /// Too few bytes so far to tell.
    Unknown(Vec<u8>),
    /// UTF-8 behind this many bytes of mark.
    Utf8(u64),
    Utf16(Utf16),
}

impl Encoding {
    /// What a text that begins like this is written in, and how many bytes are its mark.
    pub(super) fn of(first: &[u8]) -> (Self, usize) {
        match first {
            [0xef, 0xbb, 0xbf, ..] => (Self::Utf8(3), 3),
            [0xff, 0xfe, ..] => (Self::Utf16(Utf16::new(false, 2)), 2),
            [0xfe, 0xff, ..] => (Self::Utf16(Utf16::new(true, 2)), 2),
            [a, 0, b, 0, ..] if *a != 0 && *b != 0 => (Self::Utf16(Utf16::new(false, 0)), 0),
            [0, a, 0, b, ..] if *a != 0 && *b != 0 => (Self::Utf16(Utf16::new(true, 0)), 0),
            _ => (Self::Utf8(0), 0),
        }
    }

    /// Where in the source a byte of the text is.
    pub(super) fn raw_offset(&self, text: u64) -> u64 {
        match self {
            Self::Unknown(_) => text,
            Self::Utf8(mark) => text + mark,
            Self::Utf16(decoder) => decoder.raw_offset(text),
        }
    }
}

impl Default for Encoding {
    fn default() -> Self {
        Self::Unknown(Vec::new())
    }
}
