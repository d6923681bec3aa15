//! What scripts called before there was a command: says so, and runs the command `azflow`. Goes with the next version.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut people = std::io::stderr();
    let _ = writeln!(
        people,
        "azflow: `cargo run --example azflow` goes with the next version: \
         install the command with `cargo install --path crates/cli --locked`"
    );
    // Cargo tells the programs that it runs which cargo it is.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--package", "azflow-cli", "--manifest-path"]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    match command.arg("--").args(std::env::args_os().skip(1)).status() {
        Ok(status) => {
            status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
        }
        Err(error) => {
            let _ = writeln!(people, "azflow: cargo: {error}");
            ExitCode::FAILURE
        }
    }
}
