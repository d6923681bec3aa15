//! Running other programs, and saying so.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// What a task ends with: nothing, or the words for the person who ran it.
pub type Outcome<T = ()> = Result<T, String>;

/// The repository's root, where every task works.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |target| root().join(target))
}

/// A heading above one part of a task.
pub fn heading(text: &str) {
    println!("\n== {text}");
}

/// `program arguments…` in the repository's root.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// `cargo arguments…`, by the cargo that runs this.
pub fn cargo(arguments: &[&str]) -> Command {
    command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()), arguments)
}

/// The same without what this environment wants of every build: flags for the compiler would take the place of those
/// that make a build what it is, and other settings of its profile would make another one.
pub fn as_it_is(command: &mut Command) -> &mut Command {
    let own = |name: &str| {
        matches!(
            name,
            "RUSTFLAGS" | "CARGO_ENCODED_RUSTFLAGS" | "CARGO_BUILD_RUSTFLAGS" | "CARGO_BUILD_TARGET"
        ) || name.starts_with("CARGO_PROFILE_RELEASE_")
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| own(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

/// Runs to the end; anything but success is an error that names the command.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|e| format!("{} does not start: {e}", shown(command)))?;
    succeeded(command, status)
}

/// Runs to the end and returns what was printed.
pub fn output(command: &mut Command) -> Outcome<String> {
    command.stderr(std::process::Stdio::inherit());
    let output = command.output().map_err(|e| format!("{} does not start: {e}", shown(command)))?;
    succeeded(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn succeeded(command: &Command, status: ExitStatus) -> Outcome {
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", shown(command))) }
}

fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Where `PATH` has a program of this name.
pub fn find(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let names = [program.to_owned(), format!("{program}{}", std::env::consts::EXE_SUFFIX)];
    std::env::split_paths(&paths)
        .flat_map(|dir| names.iter().map(|n| dir.join(n)).collect::<Vec<_>>())
        .find(|p| p.is_file())
}
