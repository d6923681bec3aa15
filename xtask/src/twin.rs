//! The native twin: the command line's program, which the page is held against and which makes test files.

use crate::shell::{Outcome, as_it_is, cargo, output};
use std::path::PathBuf;
use std::process::Command;

/// What cargo is to build.
const WHAT: [&str; 2] = ["--package", "azflow-cli"];

/// Builds the twin from this source and says where it is.
pub fn build() -> Outcome<PathBuf> {
    built(&mut cargo(&["build", "--release"]))
}

/// Builds the command for others, for this system by name: only then cargo gives flags to what runs there alone.
pub fn build_for(system: &str, flags: &str) -> Outcome<PathBuf> {
    let mut build = cargo(&["build", "--release", "--locked", "--target", system]);
    let name = format!("CARGO_TARGET_{}_RUSTFLAGS", system.to_uppercase().replace('-', "_"));
    built(as_it_is(&mut build).env(name, flags))
}

fn built(build: &mut Command) -> Outcome<PathBuf> {
    build.arg("--message-format=json-render-diagnostics").args(WHAT);
    program(&output(build)?).ok_or_else(|| "cargo built no program for the native twin".to_owned())
}

/// The last program that cargo's messages name. Cargo knows where it builds, whatever its settings are.
fn program(messages: &str) -> Option<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_where_cargo_says() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n\
            {\"reason\":\"compiler-artifact\",\"executable\":\"/t/release/azflow\"}\n\
            {\"reason\":\"build-finished\",\"success\":true}\n";
        assert_eq!(program(messages), Some(PathBuf::from("/t/release/azflow")));
        assert_eq!(program("not JSON\n{}"), None);
    }
}
