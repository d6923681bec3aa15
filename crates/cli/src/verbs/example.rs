//! `example`: the files of the page's built-in example.

use crate::ending::Failure;
use azflow_engine::example;
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  azflow example --out example && azflow summarize example";

/// Write the files of the page's built-in example
///
/// Flow logs and descriptions of a small company's network, in Azure's folders.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Example {
    /// Where they are written; the folder is made where there is none
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

impl Example {
    pub fn run(self) -> Result<(), Failure> {
        for index in 0..example::FILES {
            let (name, bytes) = example::file(index);
            let path = self.out.join(name);
            let folder = path.parent().unwrap_or(&self.out);
            std::fs::create_dir_all(folder)
                .and_then(|()| std::fs::write(&path, bytes))
                .map_err(|error| Failure::Unreadable(format!("{}: {error}", path.display())))?;
        }
        Ok(())
    }
}
