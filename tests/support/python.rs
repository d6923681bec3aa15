//! Python environments of the tests' own, below `target`: made once, and again when what they hold changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The interpreter of an environment with these packages, as a requirements file lists them. `None` where it can't be
/// made.
pub fn environment(name: &str, requirements: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("venv-{name}"));
    let python = folder.join("bin/python");
    // Written last, so that an environment that was cut short is made again.
    let made_of = folder.join("requirements.txt");
    if fs::read_to_string(&made_of).is_ok_and(|held| held == requirements) && python.exists() {
        return Some(python);
    }
    let wanted = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-requirements.txt"));
    fs::write(&wanted, requirements).ok()?;
    let quiet = |command: &mut Command| {
        let run = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    };
    let pip = ["-m", "pip", "install", "-q", "--retries", "1", "--timeout", "10", "-r"];
    let made = quiet(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))
        && quiet(Command::new(&python).args(pip).arg(&wanted));
    (made && fs::write(&made_of, requirements).is_ok()).then_some(python)
}
