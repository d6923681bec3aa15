//! The repository's tasks: what the README's commands and CI call.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks on its outputs")]

mod axe;
mod bare;
mod bench;
mod build;
mod bundle;
mod instructions;
mod pack;
mod packages;
mod serve;
mod shell;
mod streams;
mod test;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <task>

  build                 make dist/azflow.html, the whole page in one file
  serve [--port N]      build, then serve it on this machine
  test [PART…]          run all tests, or: format, lint, native, fuzz, bundle, browser
  bench [--large]       measure the page beside its peers into docs/BENCHMARKS.md";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["build"] => build::build(),
        ["bundle"] => build::bundle(),
        ["serve", rest @ ..] => serve::serve(rest),
        ["bench", rest @ ..] => bench::bench(rest),
        ["test", parts @ ..] => test::test(parts),
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
