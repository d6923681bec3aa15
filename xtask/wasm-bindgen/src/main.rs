//! The command of wasm-bindgen, as its own package has it: only the lock file is azflow's.
#![allow(clippy::print_stderr, reason = "a command-line tool speaks on its outputs")]

use std::process::ExitCode;

fn main() -> ExitCode {
    match wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}
