//! Unpacking: gzip members one after the other, and where they break off.
//!
//! Packed bytes are unpacked in blocks of one size, so that where a damaged stream ends does not depend on how the bytes
//! were cut. What unpacks to far more than any log does is given up.

use super::SourceScan;
use super::encoding::MAGIC;
use super::text::Text;
use crate::ingest::IssueCode;
use crate::ingest::archive::{BOMB_FLOOR, BOMB_RATIO};
use flate2::write::GzDecoder;
use std::io::Write;

/// Packed bytes that are unpacked at a time.
const BLOCK: usize = 1 << 16;

/// What is kept aside, as it may be a description, is rated from so many bytes on: it takes memory for each.
const ASIDE_FLOOR: u64 = 8 << 20;

#[derive(Debug)]
pub(super) enum Unpack {
    /// Too few bytes so far to tell.
    Unknown(Vec<u8>),
    Plain(Box<Text>),
    Gzip(Box<GzDecoder<Text>>),
    /// Behind a whole gzip member: another one, padding, or neither may follow.
    Between(Box<Text>),
    /// A gzip stream that went wrong: what came out of it, at which byte of the file, and why.
    Broken(Box<Text>, u64, IssueCode),
}

impl SourceScan {
    /// Unpacks what was held back; nothing may come behind it. The bytes of text of the whole source.
    pub(in crate::ingest) fn run_out(&mut self) -> u64 {
        if let Unpack::Unknown(_) = self.unpack {
            self.begin();
        }
        let held = std::mem::take(&mut self.held);
        self.inflate(&held);
        if let Unpack::Gzip(decoder) = &mut self.unpack
            && decoder.try_finish().is_err()
        {
            self.break_gzip(self.bytes, IssueCode::DamagedGzip);
        }
        self.text().map_or(0, |text| text.bytes)
    }

    pub(super) fn unpack(&mut self, bytes: &[u8]) {
        match &mut self.unpack {
            Unpack::Unknown(first) => {
                first.extend_from_slice(bytes);
                if first.len() >= MAGIC {
                    self.begin();
                }
            }
            Unpack::Plain(text) => text.push(bytes),
            Unpack::Gzip(_) | Unpack::Between(_) => {
                self.held.extend_from_slice(bytes);
                while self.held.len() >= BLOCK {
                    let rest = self.held.split_off(BLOCK);
                    let block = std::mem::replace(&mut self.held, rest);
                    self.inflate(&block);
                }
            }
            Unpack::Broken(..) => {}
        }
    }

    /// Unpacks members one after the other, with padding of zeros between and behind them.
    fn inflate(&mut self, mut bytes: &[u8]) {
        self.inflated += bytes.len() as u64;
        let end = self.inflated;
        while !bytes.is_empty() {
            let at = end - bytes.len() as u64;
            match &mut self.unpack {
                Unpack::Gzip(decoder) => match decoder.write(bytes) {
                    Ok(0) => {
                        let whole = decoder.try_finish().is_ok();
                        let text = Box::new(std::mem::take(decoder.get_mut()));
                        self.unpack = if whole {
                            Unpack::Between(text)
                        } else {
                            Unpack::Broken(text, at, IssueCode::DamagedGzip)
                        };
                    }
                    Ok(count) => {
                        bytes = &bytes[count..];
                        let text = decoder.get_ref();
                        let unpacked = text.bytes;
                        let floor = if text.aside.is_some() { ASIDE_FLOOR } else { BOMB_FLOOR };
                        let is_bomb = unpacked > floor && unpacked / BOMB_RATIO > end;
                        if is_bomb || unpacked > self.most {
                            self.break_gzip(end, IssueCode::ArchiveLimit);
                        }
                    }
                    Err(_) => self.break_gzip(at, IssueCode::DamagedGzip),
                },
                Unpack::Between(text) => match bytes.iter().position(|byte| *byte != 0) {
                    None => return,
                    Some(zeros) => {
                        let at = at + zeros as u64;
                        bytes = &bytes[zeros..];
                        let text = std::mem::take(&mut **text);
                        self.unpack = if bytes.first() == Some(&0x1f) {
                            Unpack::Gzip(Box::new(GzDecoder::new(text)))
                        } else {
                            Unpack::Broken(Box::new(text), at, IssueCode::DamagedGzip)
                        };
                    }
                },
                _ => return,
            }
        }
    }

    fn begin(&mut self) {
        let Unpack::Unknown(first) = &mut self.unpack else { return };
        let first = std::mem::take(first);
        let mut text = Text::hinted(std::mem::take(&mut self.hints));
        if let Some(wanted) = self.wanted.take() {
            text.scanner.seek(wanted);
        }
        self.unpack = match first.as_slice() {
            [0x1f, 0x8b, ..] => Unpack::Gzip(Box::new(GzDecoder::new(text))),
            _ => Unpack::Plain(Box::new(text)),
        };
        self.unpack(&first);
    }

    /// Keeps what came out of a stream that goes no further than this byte.
    fn break_gzip(&mut self, at: u64, code: IssueCode) {
        if let Unpack::Gzip(decoder) = &mut self.unpack {
            let text = std::mem::take(decoder.get_mut());
            self.unpack = Unpack::Broken(Box::new(text), at, code);
        }
    }
}

/// Why a gzip is given up after so many bytes.
pub(super) fn too_much(bytes: u64) -> String {
    format!("unpacks to over {BOMB_RATIO} times its size, as no log does: given up after {bytes} bytes")
}
