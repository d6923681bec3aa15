//! Which files an argument stands for, and what they are called: as in a browser, by the base name, or by the path
//! from the chosen folder's own name on.

use std::io;
use std::path::{Path, PathBuf};

/// A file to read.
#[derive(Debug)]
pub struct Found {
    /// What documents call it.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// Adds the files that an argument stands for.
///
/// # Errors
/// When there is no such file, or a folder can't be listed.
pub fn find(path: &Path, found: &mut Vec<Found>) -> io::Result<()> {
    let whole = path.canonicalize()?;
    let name = whole.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    walk(path, name, found)
}

fn walk(path: &Path, name: String, found: &mut Vec<Found>) -> io::Result<()> {
    if !path.is_dir() {
        found.push(Found { name, path: path.to_owned() });
        return Ok(());
    }
    for entry in path.read_dir()? {
        let entry = entry?;
        walk(&entry.path(), format!("{name}/{}", entry.file_name().to_string_lossy()), found)?;
    }
    Ok(())
}
