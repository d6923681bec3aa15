//! `completions`: what shells complete.

use crate::console::Console;
use crate::ending::Failure;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

const EXAMPLES: &str = "\
Examples:
  azflow completions bash > ~/.local/share/bash-completion/completions/azflow
  azflow completions zsh > ~/.zfunc/_azflow
  azflow completions fish > ~/.config/fish/completions/azflow.fish
  azflow completions powershell >> $PROFILE";

/// Print a script that completes azflow's verbs and options in a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(self, console: &mut Console) -> Result<(), Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut crate::Cli::command(), "azflow", &mut script);
        console.print(&String::from_utf8_lossy(&script))
    }
}
