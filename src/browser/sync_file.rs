//! A file handle as something to read and seek in, for a zip archive's directory and files. Only
//! workers may read this way; the window never does.

use super::error::words;
use js_sys::Uint8Array;
use std::io::{Error, Read, Result, Seek, SeekFrom};
use web_sys::{Blob, FileReaderSync};

/// Bytes asked of the browser at a time.
const BLOCK: u64 = 4 << 20;

/// See the module's description.
#[derive(Debug)]
pub(super) struct SyncFile {
    file: Blob,
    reader: FileReaderSync,
    size: u64,
    position: u64,
    /// Bytes of the file from this offset on.
    block: (u64, Vec<u8>),
}

impl SyncFile {
    pub(super) fn new(file: Blob) -> Result<Self> {
        let reader = FileReaderSync::new().map_err(|e| Error::other(words(&e)))?;
        let size = file.size() as u64;
        Ok(Self { file, reader, size, position: 0, block: (0, Vec::new()) })
    }

    fn load(&mut self) -> Result<()> {
        let end = (self.position + BLOCK).min(self.size);
        let bytes = self
            .file
            .slice_with_f64_and_f64(self.position as f64, end as f64)
            .and_then(|slice| self.reader.read_as_array_buffer(&slice))
            .map_err(|e| Error::other(words(&e)))?;
        self.block = (self.position, Uint8Array::new(&bytes).to_vec());
        Ok(())
    }
}

impl Read for SyncFile {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        if self.position >= self.size || into.is_empty() {
            return Ok(0);
        }
        let (start, bytes) = &self.block;
        if self.position < *start || self.position >= start + bytes.len() as u64 {
            self.load()?;
        }
        let (start, bytes) = &self.block;
        let from = bytes.get((self.position - start) as usize..).unwrap_or_default();
        let count = from.len().min(into.len());
        into[..count].copy_from_slice(&from[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for SyncFile {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| Error::other("a seek to before the beginning"))?;
        Ok(self.position)
    }
}
