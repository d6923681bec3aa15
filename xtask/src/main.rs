//! The repository's tasks: what the README's commands and CI call.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a command-line tool speaks on its outputs

mod build;
mod bundle;
mod serve;
mod shell;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <task>

  build                 make dist/azflow.html, the whole page in one file
  serve [--port N]      build, then serve it on this machine";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["build"] => build::build(),
        ["bundle"] => build::bundle(),
        ["serve", rest @ ..] => serve::serve(rest),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
