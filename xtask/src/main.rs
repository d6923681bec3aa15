//! The repository's tasks: what the README's commands and CI call.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool speaks on its outputs")]

mod axe;
mod bench;
mod build;
mod bundle;
mod compiler;
mod dependencies;
mod equal_builds;
mod imports;
mod licences;
mod mutate;
mod pack;
mod packages;
mod parts;
mod read;
mod release;
mod sbom;
mod serve;
mod shell;
mod skips;
mod source;
mod test;
mod tools;
mod twin;

use clap::Parser;
use std::process::ExitCode;

/// The repository's tasks.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Make dist/azflow.html, the whole page in one file
    Build {
        /// Make the page that fails on demand instead, for the browser tests, into target/
        #[arg(long)]
        provoked: bool,
    },
    /// Build, then serve the page on this machine and open it
    Serve {
        /// Where to listen on this machine
        #[arg(long, value_name = "N", default_value_t = serve::DEFAULT_PORT)]
        port: u16,
    },
    /// Run all tests, or some parts, or some tests of a part
    #[command(after_help = test::HELP)]
    Test {
        /// Parts, each followed by the names of its tests to run; all parts if there are none
        #[arg(value_name = "PART [NAME…]")]
        words: Vec<String>,
    },
    /// Change files in their structure and test what must hold of each
    Mutate {
        /// For how long; a minute without this and without a seed
        #[arg(long, value_name = "N")]
        minutes: Option<u64>,
        /// The mutant of a seed that was printed; with minutes, and those behind it
        #[arg(long, value_name = "S")]
        seed: Option<u64>,
    },
    /// Measure the page beside its peers into docs/BENCHMARKS.md
    Bench {
        /// Measure a file of a gigabyte, too
        #[arg(long)]
        large: bool,
        /// Measure nothing but a load of so many gigabytes; may be given several times
        #[arg(long, value_name = "GB")]
        load: Vec<u64>,
    },
    /// Build the page twice, in different folders, and compare
    EqualBuilds,
    /// Write all that is attached to a release into target/release-files
    Release,
    /// Turn what Trunk made into one file; Trunk's hook
    #[command(hide = true)]
    Bundle,
}

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Build { provoked: false } => build::build(),
        Task::Build { provoked: true } => build::build_provoked().map(|page| println!("{}", page.display())),
        Task::Serve { port } => serve::serve(port),
        Task::Test { words } => test::test(&words),
        Task::Mutate { minutes, seed } => mutate::mutate(minutes, seed),
        Task::Bench { large, load } if load.is_empty() => bench::bench(large),
        Task::Bench { load, .. } => bench::loads(&load),
        Task::EqualBuilds => equal_builds::equal_builds(),
        Task::Release => release::release(),
        Task::Bundle => build::bundle(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
