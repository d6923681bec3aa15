//! One source from its first byte to its last: unpack, decode, scan, and account for every byte.
//!
//! `unpacking` takes gzip apart, `encoding` tells UTF-8 from UTF-16, `text` chooses the reader and feeds it, `report`
//! says at the end what became of every byte.

mod encoding;
mod report;
mod text;
mod unpacking;

pub(super) use report::cap;

use super::path::PathCheck;
use super::seek::{FoundTuple, Wanted};
use super::table::TableHint;
use encoding::Encoding;
use text::Text;
use unpacking::Unpack;

/// Reads one source, fed in chunks of any size; hands out partial tables. The same bytes give
/// the same tables however they are cut.
#[derive(Debug)]
pub struct SourceScan {
    name: String,
    bytes: u64,
    staging: Vec<u8>,
    unpack: Unpack,
    /// Packed bytes that wait for their block to fill, so that where a damaged stream ends does not
    /// depend on how the bytes were cut.
    held: Vec<u8>,
    /// Packed bytes that were given to the unpacker.
    inflated: u64,
    /// Until reading begins: the tuples that are looked for.
    wanted: Option<Wanted>,
    /// Until reading begins: what people say about tables.
    hints: Vec<TableHint>,
    path: PathCheck,
    /// More text than this is not to come of it, whatever its size.
    most: u64,
    /// Whether the bytes that come were unpacked from another source.
    inside: bool,
}

impl SourceScan {
    /// Begins a source. `name` is a file name, or the path inside the chosen folder.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            bytes: 0,
            staging: Vec::new(),
            unpack: Unpack::Unknown(Vec::new()),
            held: Vec::new(),
            inflated: 0,
            wanted: None,
            hints: Vec::new(),
            path: PathCheck::new(name),
            most: u64::MAX,
            inside: false,
        }
    }

    /// With what people say about tables. To be told before the first byte.
    #[must_use]
    pub fn hinted(self, hints: &[TableHint]) -> Self {
        Self { hints: hints.to_vec(), ..self }
    }

    /// A source that is packed in another one: with the most bytes of text that may come of it.
    #[must_use]
    pub(super) fn within(self, most: u64) -> Self {
        Self { most, inside: true, ..self }
    }

    /// Begins a source of which the tuples that fit are looked for; they come from
    /// [`SourceScan::take_found`].
    pub fn seeking(name: &str, wanted: Wanted) -> Self {
        Self { wanted: Some(wanted), ..Self::new(name) }
    }

    /// The tuples found since the last call, with offsets in the source. What was added up is let go.
    pub fn take_found(&mut self) -> Vec<FoundTuple> {
        let Some(text) = self.text() else { return Vec::new() };
        while text.take_part().is_some() {}
        let found = text.scanner.take_found();
        found
            .into_iter()
            .map(|found| FoundTuple { offset: text.encoding.raw_offset(found.offset), ..found })
            .collect()
    }

    /// Ends the source; the tuples found since the last call of [`SourceScan::take_found`].
    pub fn finish_seeking(mut self) -> Vec<FoundTuple> {
        self.run_out();
        if let Some(text) = self.text()
            && let Encoding::Unknown(_) = text.encoding
        {
            text.begin();
        }
        if let Some(text) = self.text() {
            text.choose();
        }
        self.take_found()
    }

    fn text(&mut self) -> Option<&mut Text> {
        match &mut self.unpack {
            Unpack::Plain(text) | Unpack::Between(text) | Unpack::Broken(text, ..) => Some(text),
            Unpack::Gzip(decoder) => Some(decoder.get_mut()),
            Unpack::Unknown(_) => None,
        }
    }

    /// Room for at least `len` bytes: fill it from the front, then call [`SourceScan::filled`].
    pub fn space(&mut self, len: usize) -> &mut [u8] {
        match &mut self.unpack {
            Unpack::Plain(text) if text.is_direct() => text.scanner.space(len),
            _ => {
                self.staging.resize(len, 0);
                &mut self.staging
            }
        }
    }

    /// Tells that the first `len` bytes of the last [`SourceScan::space`] now hold the source's
    /// next bytes.
    pub fn filled(&mut self, len: usize) {
        match &mut self.unpack {
            Unpack::Plain(text) if text.is_direct() => {
                text.bytes += len as u64;
                text.scanner.filled(len);
                self.bytes += len as u64;
            }
            _ => {
                let staging = std::mem::take(&mut self.staging);
                self.push(&staging[..len.min(staging.len())]);
                self.staging = staging;
            }
        }
    }

    /// The same as `space` and `filled`, with a copy.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.unpack(bytes);
    }

    /// Whether any byte has come.
    pub fn has_begun(&self) -> bool {
        self.bytes > 0
    }

    /// Whether the source's first bytes are a zip archive's: [`super::ArchiveReader`] reads those.
    pub fn is_archive(&self) -> bool {
        match &self.unpack {
            Unpack::Plain(text) => match &text.encoding {
                Encoding::Unknown(first) => is_zip(first),
                Encoding::Utf8(0) => is_zip(&text.head),
                _ => false,
            },
            Unpack::Unknown(first) => is_zip(first),
            Unpack::Gzip(_) | Unpack::Between(_) | Unpack::Broken(..) => false,
        }
    }

    /// An encoded partial table, when enough has gathered to send one on.
    pub fn take_part(&mut self) -> Option<Vec<u8>> {
        let text = self.text()?;
        let mut part = text.take_part()?;
        part.up_to = text.encoding.raw_offset(part.up_to);
        part.unpacked = self.is_unpacked().then(|| self.name.clone());
        self.path.look(&part);
        Some(part.encode())
    }

    /// Whether offsets count unpacked text.
    fn is_unpacked(&self) -> bool {
        self.inside || matches!(self.unpack, Unpack::Gzip(_) | Unpack::Between(_) | Unpack::Broken(..))
    }
}

/// Whether a source begins like a zip archive: with its first file or, when empty, with its directory's end.
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}
