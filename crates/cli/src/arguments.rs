//! Arguments that several verbs have, and how their values are read.

use crate::ending::Failure;
use azflow_core::model::UnixMillis;
use azflow_core::store::Mode;
use azflow_engine::session::View;
use azflow_engine::topology::Cut;
use clap::{ArgGroup, Args, ValueEnum};
use std::path::{Path, PathBuf};

/// What is read.
#[derive(Debug, Default, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("inputs").args(["files", "network"]).required(true).multiple(true))]
pub struct Inputs {
    /// Flow logs, tables of flows, descriptions of the network: files, zip archives, folders with all files below,
    /// patterns like 'logs/**/*.json', or - for standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// A description of the network; it may as well be among the other files
    #[arg(long, value_name = "FILE")]
    pub network: Vec<PathBuf>,

    /// What documents call standard input; - without this
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Standard input, where a file is expected.
pub const STANDARD_INPUT: &str = "-";

/// Whether a file's name stands for standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == STANDARD_INPUT
}

impl Inputs {
    /// Refuses arguments that would read standard input twice, with the files that are read beside these, or that name
    /// it where it isn't read.
    ///
    /// # Errors
    /// When they do.
    pub fn check_standard_input(&self, beside: &[&Option<PathBuf>]) -> Result<(), Failure> {
        let count =
            |paths: &mut dyn Iterator<Item = &PathBuf>| paths.filter(|path| is_standard_input(path)).count();
        let here = count(&mut self.network.iter().chain(&self.files));
        if here + count(&mut beside.iter().filter_map(|file| file.as_ref())) > 1 {
            return Err(Failure::Usage("standard input (-) can be read only once".to_owned()));
        }
        if here == 0 && self.name.is_some() {
            return Err(Failure::Usage("--name names standard input, but no FILE is -".to_owned()));
        }
        Ok(())
    }
}

/// The prefix lengths to which addresses without a named subnet are cut.
#[derive(Debug, Clone, Copy, Args)]
pub struct Prefixes {
    /// Prefix length of inferred IPv4 subnets, up to 32
    #[arg(long, value_name = "LENGTH", default_value_t = Cut::default().v4, value_parser = clap::value_parser!(u8).range(..=32))]
    prefix4: u8,

    /// Prefix length of inferred IPv6 subnets, up to 128
    #[arg(long, value_name = "LENGTH", default_value_t = Cut::default().v6, value_parser = clap::value_parser!(u8).range(..=128))]
    prefix6: u8,
}

impl Prefixes {
    /// As the library takes them.
    pub fn cut(self) -> Cut {
        Cut { v4: self.prefix4, v6: self.prefix6 }
    }

    /// Everything, by these subnets.
    pub fn view(self) -> View {
        View { cut: self.cut(), ..View::default() }
    }
}

/// How flows are counted.
#[derive(Debug, Clone, Copy, Args)]
pub struct Counting {
    /// What is counted
    #[arg(long, value_enum, default_value_t = CountingMode::Conversations)]
    mode: CountingMode,

    #[command(flatten)]
    prefixes: Prefixes,
}

impl Counting {
    /// Everything, counted so.
    pub fn view(self) -> View {
        let mode = match self.mode {
            CountingMode::Conversations => Mode::Conversations,
            CountingMode::AsLogged => Mode::AsLogged,
        };
        View { mode, ..self.prefixes.view() }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CountingMode {
    /// Each conversation once, whatever the number of NICs that logged it
    Conversations,
    /// Everything that was logged, added up
    AsLogged,
}

/// The form of a document that people read in tables, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// The whole document
    Json,
    /// A table
    Csv,
}

/// Reads a filter, and says where it is wrong.
pub fn filter(text: &str) -> Result<azflow_engine::filter::Filter, String> {
    azflow_engine::filter::parse(text).map_err(|e| format!("character {}: {e}", e.at + 1))
}

/// Reads a time. A day stands for its beginning.
pub fn time(text: &str) -> Result<UnixMillis, String> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    UnixMillis::from_iso(&whole).ok_or("not a time like 2026-10-01 or 2026-10-01T06:00:00Z".to_owned())
}
