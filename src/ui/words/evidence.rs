//! What the search for raw tuples says.

use super::failure::of_file;
use crate::ui::format::{counted, exact};
use azflow_engine::session::Failure;

/// The section.
pub const TITLE: &str = "Raw tuples";
/// Before it is begun.
pub const LEAD: &str = "The logged lines behind these figures. The files that can hold some are read again for them; bytes count from a \
    file's first, unpacked where it is packed.";
/// Begins it.
pub const FIND: &str = "Find the raw tuples";
/// Looks beyond the limit.
pub const FIND_ALL: &str = "Find all of them";
/// Saves what was found.
pub const SAVE: &str = "Save as CSV";
/// Shows more rows.
pub const MORE: &str = "Show more";
/// Before the files are known.
pub const PLANNING: &str = "Choosing the files to read …";
/// Columns.
pub const COLUMNS: [&str; 5] = ["tuple, as logged", "rule", "file", "record", "byte"];

fn tuples(count: usize) -> String {
    counted(count as u64, "tuple", "tuples")
}

fn files(count: usize) -> String {
    counted(count as u64, "file", "files")
}

/// While it runs.
pub fn searching(found: usize, done: usize, all: usize) -> String {
    format!("{} found; {} of {} searched …", tuples(found), exact(done as u64), files(all))
}

/// At the limit.
pub fn full(found: usize) -> String {
    format!("The first {} are here; there are more.", tuples(found))
}

/// At its end.
pub fn done(found: usize, all: usize) -> String {
    format!("{} in {}; a record that is in several files is shown once.", tuples(found), files(all))
}

/// Some of many.
pub fn shown(shown: usize, all: usize) -> String {
    format!("{} of {} shown", exact(shown as u64), exact(all as u64))
}

/// A file that could not be read again.
pub fn failed(name: &str, failure: &Failure) -> String {
    format!("Not searched: {name} ({})", of_file(failure))
}
