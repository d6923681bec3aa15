//! A zip archive's files, one after the other, each a source of its own.
//!
//! The `zip` crate reads the directory and unpacks; this names the files, scans them and refuses what
//! would unpack to far more than any log does. A file inside is named by the archive's name, a slash
//! and its path. The archive itself is listed as a source only where something in it was not read.

use super::{
    FoundTuple, Held, Issue, IssueCode, Part, SourceKind, SourceReport, SourceScan, TableHint, Wanted,
};
use std::io::{Read, Seek};
use zip::ZipArchive;
use zip::result::ZipError;

/// Flow logs shrink twenty- to fortyfold; text that shrinks more than this is made to fill memory or
/// time, and refused once it has passed [`BOMB_FLOOR`].
pub(super) const BOMB_RATIO: u64 = 250;
/// Below this many unpacked bytes nothing is refused.
pub(super) const BOMB_FLOOR: u64 = 64 << 20;
/// The most files of one archive.
const MOST_FILES: usize = 1_000_000;
/// Bytes unpacked at a time.
const PIECE: usize = 1 << 20;

/// What an archive is read from.
trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Reads an archive, file by file.
pub struct ArchiveReader<'a> {
    name: String,
    zip: Option<ZipArchive<Box<dyn ReadSeek + 'a>>>,
    next: usize,
    /// Packed bytes of the files so far; more than the archive has means that files overlap.
    packed: u64,
    size: u64,
    skipped: u64,
    files: u64,
    issues: Vec<Issue>,
    wanted: Option<Wanted>,
    hints: Vec<TableHint>,
    found: Vec<(String, FoundTuple)>,
}

impl std::fmt::Debug for ArchiveReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchiveReader")
            .field("name", &self.name)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl<'a> ArchiveReader<'a> {
    /// Opens an archive of so many bytes. One that can't be opened has no files, and says why at its end.
    pub fn open(name: &str, reader: impl Read + Seek + 'a, size: u64) -> Self {
        let reader: Box<dyn ReadSeek + 'a> = Box::new(reader);
        let mut out = Self {
            name: name.to_owned(),
            zip: None,
            next: 0,
            packed: 0,
            size,
            skipped: 0,
            files: 0,
            issues: Vec::new(),
            wanted: None,
            hints: Vec::new(),
            found: Vec::new(),
        };
        match ZipArchive::new(reader) {
            Ok(zip) if zip.len() > MOST_FILES => {
                let message = format!("the archive has {} files; the limit is {MOST_FILES}", zip.len());
                out.refuse(IssueCode::ArchiveLimit, 0, size, message);
            }
            Ok(zip) => out.zip = Some(zip),
            Err(error) => {
                let message = format!("the archive can't be opened: {}", words(&error));
                out.refuse(IssueCode::DamagedArchive, 0, size, message);
            }
        }
        out
    }

    /// Looks for tuples instead of adding up; they come from [`ArchiveReader::take_found`].
    #[must_use]
    pub fn seeking(self, wanted: Wanted) -> Self {
        Self { wanted: Some(wanted), ..self }
    }

    /// With what people say about tables.
    #[must_use]
    pub fn hinted(self, hints: &[TableHint]) -> Self {
        Self { hints: hints.to_vec(), ..self }
    }

    /// The tuples found since the last call, each with the name of its file.
    pub fn take_found(&mut self) -> Vec<(String, FoundTuple)> {
        std::mem::take(&mut self.found)
    }

    /// Reads the next file: hands its partial tables to `sink` as they come. `false` behind the last one.
    pub fn read_next(&mut self, sink: &mut dyn FnMut(Vec<u8>)) -> bool {
        loop {
            let index = self.next;
            let Some(zip) = self.zip.as_mut().filter(|zip| index < zip.len()) else { return false };
            self.next += 1;
            let entry = match entry(zip, index) {
                Ok(entry) => entry,
                Err(message) => {
                    self.refuse(IssueCode::DamagedArchive, 0, 0, message);
                    continue;
                }
            };
            if entry.is_folder {
                continue;
            }
            self.files += 1;
            self.packed = self.packed.saturating_add(entry.packed);
            if self.packed > self.size {
                self.zip = None;
                let message =
                    format!("files overlap, as in a zip bomb; all are left out from: {}", entry.path);
                self.refuse(IssueCode::ArchiveLimit, entry.offset, 0, message);
                return false;
            }
            let Some(zip) = &mut self.zip else { return false };
            let name = format!("{}/{}", self.name, entry.path.trim_start_matches('/'));
            let mut scan = match &self.wanted {
                Some(wanted) => SourceScan::seeking(&name, wanted.clone()),
                None => SourceScan::new(&name).hinted(&self.hints),
            };
            let result = read_entry(zip, index, &entry, &mut scan, &mut |scan| {
                while let Some(part) = scan.take_part() {
                    sink(part);
                }
            });
            // What was refused at the door is told by the archive's own report alone.
            let begun = result.is_ok() || scan.has_begun();
            if self.wanted.is_some() {
                let found = scan.finish_seeking();
                self.found.extend(found.into_iter().map(|tuple| (name.clone(), tuple)));
            } else if begun {
                scan.finish().into_iter().for_each(sink);
            }
            if let Err((code, message)) = result {
                self.refuse(code, entry.offset, entry.packed, message);
            }
            return true;
        }
    }

    /// Size of the archive in bytes.
    pub fn bytes(&self) -> u64 {
        self.size
    }

    /// About how many of its bytes have been read.
    pub fn bytes_read(&self) -> u64 {
        self.packed.min(self.size)
    }

    /// Ends the archive: the last partial table, with a report where something was not read.
    pub fn finish(mut self) -> Vec<u8> {
        if self.files == 0 && self.issues.is_empty() {
            self.refuse(IssueCode::Empty, 0, self.size, "the archive holds no files".to_owned());
        }
        let report = (!self.issues.is_empty()).then(|| SourceReport {
            name: self.name,
            kind: SourceKind::Archive,
            bytes: self.skipped,
            bytes_skipped: self.skipped,
            first: None,
            last: None,
            issues: self.issues,
            unlisted: Vec::new(),
            table: None,
            held: Held::default(),
        });
        Part { report, ..Part::default() }.encode()
    }

    fn refuse(&mut self, code: IssueCode, offset: u64, length: u64, message: String) {
        self.skipped += length;
        self.issues.push(Issue { offset, code, record: None, length, message });
        self.issues.sort();
    }
}

/// What the directory says of a file.
struct Entry {
    path: String,
    offset: u64,
    packed: u64,
    unpacked: u64,
    is_folder: bool,
}

fn entry<R: Read + Seek>(zip: &mut ZipArchive<R>, index: usize) -> Result<Entry, String> {
    let file = zip.by_index_raw(index).map_err(|e| format!("file {}: {}", index + 1, words(&e)))?;
    let path = file.name().map(|name| name.replace('\\', "/"));
    Ok(Entry {
        path: path.unwrap_or_else(|_| format!("file {}", index + 1)),
        offset: file.header_start(),
        packed: file.compressed_size(),
        unpacked: file.size(),
        is_folder: file.is_dir(),
    })
}

/// Unpacks and scans one file. What was unpacked before an error is counted.
fn read_entry<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    index: usize,
    entry: &Entry,
    scan: &mut SourceScan,
    after_each: &mut dyn FnMut(&mut SourceScan),
) -> Result<(), (IssueCode, String)> {
    let Entry { path, packed, .. } = entry;
    let is_bomb = |unpacked: u64| unpacked > BOMB_FLOOR && unpacked / BOMB_RATIO > *packed;
    if is_bomb(entry.unpacked) {
        return Err((IssueCode::ArchiveLimit, too_large(path, entry.unpacked)));
    }
    let mut file =
        zip.by_index(index).map_err(|e| (IssueCode::DamagedArchive, format!("{}: {path}", words(&e))))?;
    let mut unpacked = 0u64;
    loop {
        match file.read(scan.space(PIECE)) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                scan.filled(count);
                unpacked += count as u64;
                after_each(scan);
                // The directory's size may lie.
                if is_bomb(unpacked) {
                    return Err((IssueCode::ArchiveLimit, too_large(path, unpacked)));
                }
            }
            Err(error) => {
                let message =
                    format!("unpacking stopped after {unpacked} bytes, which are counted ({error}): {path}");
                return Err((IssueCode::DamagedArchive, message));
            }
        }
    }
}

fn too_large(path: &str, unpacked: u64) -> String {
    format!(
        "unpacks to {unpacked} bytes or more, over {BOMB_RATIO} times its packed size: a zip bomb, not a log: {path}"
    )
}

fn words(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(what) => format!("not supported: {what}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn reports(bytes: Vec<u8>) -> Vec<SourceReport> {
        let size = bytes.len() as u64;
        let mut archive = ArchiveReader::open("logs.zip", Cursor::new(bytes), size);
        let mut parts = Vec::new();
        while archive.read_next(&mut |part| parts.push(part)) {}
        parts.push(archive.finish());
        parts.iter().filter_map(|part| Part::decode(part).unwrap().report).collect()
    }

    #[test]
    fn every_file_is_a_source_named_by_its_path() {
        let found = reports(zipped(&[("a/PT1H.json", b"{\"records\":[]}"), ("b/notes.txt", b"hello")]));
        let names: Vec<_> = found.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["logs.zip/a/PT1H.json", "logs.zip/b/notes.txt"]);
    }

    #[test]
    fn a_bomb_is_refused() {
        let found = reports(zipped(&[("zeros", &vec![0; (BOMB_FLOOR + 1) as usize]), ("empty", b"")]));
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].kind, found[1].issues[0].code), (SourceKind::Archive, IssueCode::ArchiveLimit));
    }

    #[test]
    fn what_is_cut_or_empty_says_so() {
        let whole = zipped(&[("a", b"hello")]);
        let cut = reports(whole[..whole.len() - 10].to_vec());
        assert_eq!(cut[0].issues[0].code, IssueCode::DamagedArchive);
        assert_eq!(reports(zipped(&[]))[0].issues[0].code, IssueCode::Empty);
    }

    #[test]
    fn damaged_packed_bytes_are_named() {
        let text: Vec<u8> =
            (0..20_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let mut bytes = zipped(&[("a", &text)]);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        let found = reports(bytes);
        assert_eq!(found.last().map(|r| r.issues[0].code), Some(IssueCode::DamagedArchive));
    }
}
