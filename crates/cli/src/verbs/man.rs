//! `man`: manual pages.

use crate::console::Console;
use crate::ending::Failure;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;
use std::io;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  azflow man | man -l -
  azflow man summarize > azflow-summarize.1
  azflow man --out ~/.local/share/man/man1";

/// Print a manual page, or write all of them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Manual {
    /// The verb that the page is about; without one it is about the command
    #[arg(value_name = "VERB")]
    verb: Option<String>,

    /// Write the pages of the command and of every verb into this folder, which is made where there is none
    #[arg(long, value_name = "FOLDER", conflicts_with = "verb")]
    out: Option<PathBuf>,
}

impl Manual {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        let mut command = crate::Cli::command().disable_help_subcommand(true);
        // Names the verbs as people call them: `azflow summarize`.
        command.build();
        if let Some(folder) = &self.out {
            return write(&command, folder)
                .map_err(|error| Failure::Unreadable(format!("{}: {error}", folder.display())));
        }
        let wanted = match &self.verb {
            Some(verb) => {
                command.find_subcommand(verb).ok_or(Failure::Usage(format!("there is no verb {verb}")))?
            }
            None => &command,
        };
        let mut page = Vec::new();
        Man::new(wanted.clone()).render(&mut page).map_err(|error| Failure::Unreadable(error.to_string()))?;
        console.print(&String::from_utf8_lossy(&page))
    }
}

fn write(command: &Command, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for page in std::iter::once(command).chain(command.get_subcommands()) {
        Man::new(page.clone()).generate_to(folder)?;
    }
    Ok(())
}
