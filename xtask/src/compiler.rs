//! The Rust compiler: which one it is, and where it keeps its own files.

use crate::shell::{Outcome, command, output};
use std::path::PathBuf;

/// What the compiler says of itself.
pub struct Compiler {
    pub version: String,
    /// The commit that it was made of; none where its maker doesn't say.
    pub commit: Option<String>,
    /// The system that it runs on.
    pub host: String,
    pub sysroot: PathBuf,
}

impl Compiler {
    /// The one that builds here.
    pub fn ask() -> Outcome<Self> {
        let said = output(&mut command("rustc", &["-vV"]))?;
        let find = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        let line = |name: &str| find(name).ok_or_else(|| format!("rustc -vV has no line {name}"));
        Ok(Self {
            version: line("release: ")?,
            commit: find("commit-hash: "),
            host: line("host: ")?,
            sysroot: sysroot()?,
        })
    }
}

/// Where the compiler keeps its own files.
pub fn sysroot() -> Outcome<PathBuf> {
    Ok(PathBuf::from(output(&mut command("rustc", &["--print", "sysroot"]))?.trim()))
}
