//! A zip archive's files, one after the other, each a source of its own.
//!
//! The `zip` crate reads the directory and unpacks; this names the files, scans them and refuses what
//! would unpack to far more than any log does. A file inside is named by the archive's name, a slash
//! and its path. The archive itself is listed as a source only where something in it was not read.

use super::source::cap;
use super::{
    FoundTuple, Held, Issue, IssueCode, Part, SourceKind, SourceReport, SourceScan, TableHint, Wanted,
};
use crate::model::SortSmall;
use std::io::{ErrorKind, Read, Result as IoResult, Seek, SeekFrom};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

/// Flow logs shrink twenty- to fortyfold; text that shrinks more than this is made to fill memory or
/// time, and refused once it has passed [`BOMB_FLOOR`].
pub(super) const BOMB_RATIO: u64 = 250;
/// Below this many unpacked bytes nothing is refused; all such files of one archive share them.
pub(super) const BOMB_FLOOR: u64 = 64 << 20;
/// The most files of one archive.
const MOST_FILES: usize = 1_000_000;
/// Issues of one code that an archive lists, mostly files by name; more are counted.
const LISTED_PER_CODE: usize = 1_000;
/// Bytes unpacked at a time.
const PIECE: usize = 1 << 20;

/// What an archive is read from.
trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Fills whatever it is asked to fill: where a damaged file ends must not depend on how the bytes came.
struct Filling<'a>(Box<dyn ReadSeek + 'a>);

impl Read for Filling<'_> {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        let mut filled = 0;
        while filled < into.len() {
            match self.0.read(&mut into[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl Seek for Filling<'_> {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        self.0.seek(to)
    }
}

/// Reads an archive, file by file.
pub struct ArchiveReader<'a> {
    zip: Option<ZipArchive<Filling<'a>>>,
    next: usize,
    wanted: Option<Wanted>,
    hints: Vec<TableHint>,
    books: Books,
}

/// What is known of the archive as a whole.
struct Books {
    name: String,
    size: u64,
    /// Packed bytes of the files so far; more than the archive has means that files overlap.
    packed: u64,
    /// What is left of [`BOMB_FLOOR`].
    spare: u64,
    skipped: u64,
    files: u64,
    issues: Vec<Issue>,
}

impl Books {
    fn refuse(&mut self, code: IssueCode, offset: u64, length: u64, message: String) {
        self.skipped += length;
        self.issues.push(Issue { offset, code, record: None, length, message });
    }
}

/// A file of an archive on its way through the scanner.
pub struct ArchivedFile<'r, 'a> {
    file: Option<ZipFile<'r, Filling<'a>>>,
    scan: SourceScan,
    name: String,
    entry: Entry,
    unpacked: u64,
    /// Why reading stopped.
    refused: Option<(IssueCode, String)>,
    books: &'r mut Books,
}

impl std::fmt::Debug for ArchiveReader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchiveReader")
            .field("name", &self.books.name)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ArchivedFile<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchivedFile").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> ArchiveReader<'a> {
    /// Opens an archive of so many bytes. One that can't be opened has no files, and says why at its end.
    pub fn open(name: &str, reader: impl Read + Seek + 'a, size: u64) -> Self {
        let mut books = Books {
            name: name.to_owned(),
            size,
            packed: 0,
            spare: BOMB_FLOOR,
            skipped: 0,
            files: 0,
            issues: Vec::new(),
        };
        let zip = match ZipArchive::new(Filling(Box::new(reader))) {
            Ok(zip) if zip.len() > MOST_FILES => {
                let message = format!("the archive has {} files; the limit is {MOST_FILES}", zip.len());
                books.refuse(IssueCode::ArchiveLimit, 0, size, message);
                None
            }
            Ok(zip) => Some(zip),
            Err(error) => {
                let message = format!("the archive can't be opened: {}", words(&error));
                books.refuse(IssueCode::DamagedArchive, 0, size, message);
                None
            }
        };
        Self { zip, next: 0, wanted: None, hints: Vec::new(), books }
    }

    /// Looks for tuples instead of adding up; they come from [`ArchivedFile::take_found`].
    #[must_use]
    pub fn seeking(self, wanted: Wanted) -> Self {
        Self { wanted: Some(wanted), ..self }
    }

    /// With what people say about tables.
    #[must_use]
    pub fn hinted(self, hints: &[TableHint]) -> Self {
        Self { hints: hints.to_vec(), ..self }
    }

    /// Goes to the next file. None behind the last one.
    pub fn open_next(&mut self) -> Option<ArchivedFile<'_, 'a>> {
        let (index, entry) = self.next_entry()?;
        let zip = self.zip.as_mut()?;
        let name = format!("{}/{}", self.books.name, entry.path.trim_start_matches('/'));
        let most = entry.most(self.books.spare);
        let scan = match &self.wanted {
            Some(wanted) => SourceScan::seeking(&name, wanted.clone()),
            None => SourceScan::new(&name).hinted(&self.hints),
        };
        let opened = if entry.unpacked > most {
            Err((IssueCode::ArchiveLimit, too_large(&entry)))
        } else {
            zip.by_index(index)
                .map_err(|e| (IssueCode::DamagedArchive, format!("{}: {}", words(&e), entry.path)))
        };
        let (file, refused) = match opened {
            Ok(file) => (Some(file), None),
            Err(why) => (None, Some(why)),
        };
        let scan = scan.within(most);
        Some(ArchivedFile { file, scan, name, entry, unpacked: 0, refused, books: &mut self.books })
    }

    /// The next file by number, and what the directory says of it.
    fn next_entry(&mut self) -> Option<(usize, Entry)> {
        loop {
            let index = self.next;
            let zip = self.zip.as_mut().filter(|zip| index < zip.len())?;
            self.next += 1;
            let entry = match entry(zip, index) {
                Ok(entry) if entry.is_folder => continue,
                Ok(entry) => entry,
                Err(message) => {
                    self.books.refuse(IssueCode::DamagedArchive, 0, 0, message);
                    continue;
                }
            };
            let books = &mut self.books;
            books.files += 1;
            if books.packed.saturating_add(entry.packed) > books.size {
                books.packed = books.size;
                self.zip = None;
                let message =
                    format!("files overlap, as in a zip bomb; all are left out from: {}", entry.path);
                books.refuse(IssueCode::ArchiveLimit, entry.offset, 0, message);
                return None;
            }
            return Some((index, entry));
        }
    }

    /// Reads the next file whole: hands its partial tables to `sink` as they come. `false` behind the last one.
    pub fn read_next(&mut self, sink: &mut dyn FnMut(Vec<u8>)) -> bool {
        let Some(mut file) = self.open_next() else { return false };
        while file.read_on() {
            while let Some(part) = file.take_part() {
                sink(part);
            }
        }
        file.finish().into_iter().for_each(sink);
        true
    }

    /// Size of the archive in bytes.
    pub fn bytes(&self) -> u64 {
        self.books.size
    }

    /// About how many of its bytes have been read.
    pub fn bytes_read(&self) -> u64 {
        self.books.packed
    }

    /// Ends the archive: the last partial table, with a report where something was not read.
    pub fn finish(self) -> Vec<u8> {
        let mut books = self.books;
        if books.files == 0 && books.issues.is_empty() {
            books.refuse(IssueCode::Empty, 0, books.size, "the archive holds no files".to_owned());
        }
        let report = (!books.issues.is_empty()).then(|| {
            let mut report = SourceReport {
                name: books.name,
                kind: SourceKind::Archive,
                bytes: books.skipped,
                unpacked: false,
                bytes_skipped: books.skipped,
                first: None,
                last: None,
                issues: Vec::new(),
                unlisted: Vec::new(),
                table: None,
                held: Held::default(),
            };
            books.issues.sort_small();
            cap(books.issues, LISTED_PER_CODE, &mut report);
            report
        });
        Part { report, ..Part::default() }.encode()
    }
}

impl ArchivedFile<'_, '_> {
    /// Unpacks and scans a piece. `false` at the end, or where no more can be read.
    pub fn read_on(&mut self) -> bool {
        let Some(file) = &mut self.file else { return false };
        let end = self.unpacked + PIECE as u64;
        while self.unpacked < end {
            match file.read(self.scan.space(PIECE)) {
                Ok(0) => {
                    self.file = None;
                    return false;
                }
                Ok(count) => {
                    self.scan.filled(count);
                    self.unpacked += count as u64;
                }
                Err(error) => {
                    let message = format!(
                        "unpacking stopped after {} bytes, which are counted ({error}): {}",
                        self.unpacked, self.entry.path
                    );
                    self.refused = Some((IssueCode::DamagedArchive, message));
                    self.file = None;
                    return false;
                }
            }
        }
        true
    }

    /// About how many of the archive's bytes have been read.
    pub fn bytes_read(&self) -> u64 {
        let Entry { packed, unpacked, .. } = self.entry;
        let whole = unpacked.max(self.unpacked).max(1);
        self.books.packed + (u128::from(packed) * u128::from(self.unpacked) / u128::from(whole)) as u64
    }

    /// An encoded partial table, when enough has gathered to send one on.
    pub fn take_part(&mut self) -> Option<Vec<u8>> {
        self.scan.take_part()
    }

    /// The tuples found since the last call, each with the name of the file.
    pub fn take_found(&mut self) -> Vec<(String, FoundTuple)> {
        named(&self.name, self.scan.take_found())
    }

    /// Ends the file: its last partial tables.
    pub fn finish(mut self) -> Vec<Vec<u8>> {
        // What was refused at the door is told by the archive's own report alone.
        let begun = self.refused.is_none() || self.scan.has_begun();
        self.settle();
        if begun { self.scan.finish() } else { Vec::new() }
    }

    /// Ends a file in which tuples were looked for: the last ones.
    pub fn finish_seeking(mut self) -> Vec<(String, FoundTuple)> {
        self.settle();
        named(&self.name, self.scan.finish_seeking())
    }

    /// Enters the file into the archive's books.
    fn settle(&mut self) {
        let Entry { packed, offset, .. } = self.entry;
        self.books.packed += packed;
        let unpacked = self.scan.run_out().max(self.unpacked);
        if unpacked > packed.saturating_mul(BOMB_RATIO) {
            self.books.spare = self.books.spare.saturating_sub(unpacked);
        }
        if let Some((code, message)) = self.refused.take() {
            self.books.refuse(code, offset, packed, message);
        }
    }
}

fn named(name: &str, found: Vec<FoundTuple>) -> Vec<(String, FoundTuple)> {
    found.into_iter().map(|tuple| (name.to_owned(), tuple)).collect()
}

/// What the directory says of a file.
struct Entry {
    path: String,
    offset: u64,
    packed: u64,
    unpacked: u64,
    is_folder: bool,
}

impl Entry {
    /// To how many bytes the file may unpack, where so many may be passed over: see [`BOMB_FLOOR`]. Its size in
    /// the directory is held to by the `zip` crate; what a gzip in it unpacks to is not known before.
    fn most(&self, spare: u64) -> u64 {
        self.packed.saturating_mul(BOMB_RATIO).max(spare)
    }
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

fn too_large(entry: &Entry) -> String {
    format!(
        "unpacks to {} bytes, over {BOMB_RATIO} times its packed size: a zip bomb, not a log: {}",
        entry.unpacked, entry.path
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

    /// Hands out one byte at a time.
    struct Sparing(Cursor<Vec<u8>>);

    impl Read for Sparing {
        fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
            let most = into.len().min(1);
            self.0.read(&mut into[..most])
        }
    }

    impl Seek for Sparing {
        fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_damaged_file_gives_the_same_however_its_bytes_come() {
        let text: Vec<u8> =
            (0..90_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_string().into_bytes()).collect();
        let mut bytes = zipped(&[("a", &text)]);
        for at in bytes.len() / 2..bytes.len() / 2 + 40 {
            bytes[at] = !bytes[at];
        }
        let size = bytes.len() as u64;
        let parts = |mut archive: ArchiveReader<'_>| {
            let mut parts = Vec::new();
            while archive.read_next(&mut |part| parts.push(part)) {}
            parts.push(archive.finish());
            parts
        };
        let whole = parts(ArchiveReader::open("logs.zip", Cursor::new(bytes.clone()), size));
        assert!(whole == parts(ArchiveReader::open("logs.zip", Sparing(Cursor::new(bytes)), size)));
        let last = Part::decode(&whole[1]).unwrap().report.unwrap();
        assert!(last.issues[0].message.contains("unpacking stopped after"), "{last:?}");
    }

    #[test]
    fn a_directory_that_tells_a_smaller_size_is_not_believed() {
        let mut bytes = zipped(&[("a", &vec![b' '; 3 << 20])]);
        let told = (3u32 << 20).to_le_bytes();
        let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == told).collect();
        assert!(!places.is_empty());
        places.iter().for_each(|at| bytes[*at..*at + 4].copy_from_slice(&(2u32 << 20).to_le_bytes()));
        let found = reports(bytes);
        assert!(found[0].bytes <= 2 << 20, "{found:?}");
        assert_eq!(found[1].issues[0].code, IssueCode::DamagedArchive);
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
