//! From bytes to flow records: what a scan worker does with one source.
//!
//! [`SourceScan`] takes a source's bytes in pieces of any size. `source` unpacks and decodes, `scanner` finds log
//! records and their tuples, `tuple` reads a tuple, `record` adds tuples up per flow key and minute, `archive` reads a
//! zip's files one by one, `table` reads exports of Traffic Analytics, `seek` finds the raw tuples of a selection,
//! `path` is what the folders say, `part` is the table that goes to the store, `classify` says what a source is,
//! `issue` what is wrong with it.
//!
//! Nothing here keeps state between sources, does I/O, or panics on any input.

mod archive;
mod cells;
mod classify;
mod content;
mod description;
mod dictionary;
mod issue;
mod keys;
mod part;
mod path;
mod record;
mod scanner;
mod seek;
mod source;
mod table;
mod text;
mod tuple;
mod utf16;

pub use archive::{ArchiveReader, ArchivedFile};
pub use description::description_limit;
pub use dictionary::{AddressTable, StringTable};
pub use issue::{Issue, IssueCode};
pub use part::{BadPart, Context, Held, Part, RecordInfo, Row, SourceKind, SourceReport};
pub use path::PathFacts;
pub use seek::{FoundTuple, Wanted, WantedContext, WantedRows};
pub use source::{SourceScan, is_zip};
pub use table::{EveryRow, Meaning, OUTSIDE, TableHint, TableSketch, missing_columns};
