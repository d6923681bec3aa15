//! The command `azflow`: the page's answers as documents on standard output.
//!
//! A verb is one file below `verbs`: its arguments, what it asks the engine, what it prints. Standard output carries
//! the document and nothing else; everything for people goes to standard error. How a run ends is in `ending`.

mod arguments;
mod console;
mod ending;
mod inputs;
mod progress;
mod verbs;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use console::Console;
use ending::{Ending, Failure};
use std::process::ExitCode;
use verbs::Verb;

const ABOUT: &str = "Azure flow logs, understood: who talks to whom, by which rule, and what rules would do";

const ENDINGS: &str = "\
Exit codes:
  0  done
  1  a gate that was asked for failed, or Azure would not take the draft
  2  wrong usage
  3  an input could not be read, or the output not be written; the document is still
     printed for the inputs that could be read";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "azflow", version, about = ABOUT, after_help = ENDINGS)]
// Of an option that is said twice the last counts, so that aliases and scripts can have options of their own.
#[command(propagate_version = true, args_override_self = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,

    /// Show no progress; what can't be read is still told
    #[arg(long, short, global = true)]
    quiet: bool,
}

/// Does what the process's arguments say.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A reader of the help that left early is none of the user's concern.
            let _ = error.print();
            let wrong = error.use_stderr();
            return if wrong { Ending::WrongUsage } else { Ending::Done }.into();
        }
    };
    let mut console = Console::new(cli.quiet);
    let failure = cli.verb.run(&mut console).err();
    if let Some(Failure::Usage(message)) = &failure {
        let _ = Cli::command().error(ErrorKind::ArgumentConflict, message).print();
    }
    console.end(failure).into()
}
