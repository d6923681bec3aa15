//! The pinned tools: taken from `PATH` in exactly the right version, otherwise installed by cargo into a cache of
//! this user's.
//!
//! Layout of the cache: `<cache>/<name>-<version>/bin/<program>`, so that versions live side by side and the
//! system's own tools are never touched.

use crate::compiler::sysroot;
use crate::read;
use crate::shell::{Outcome, cargo, command, find, root, run, target};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A tool from crates.io at one version, compiled from a lock file.
pub struct Tool {
    name: &'static str,
    version: String,
    program: &'static str,
    lock: Lock,
    /// About how long two cores compile it.
    minutes: u32,
    /// Where programs are that someone else compiled.
    releases: &'static str,
}

/// Which lock file a tool is compiled from.
enum Lock {
    /// The one in its package.
    Its,
    /// The one of a package in this folder, which has nothing but the tool.
    Ours(&'static str),
}

/// Builds the page.
pub fn trunk() -> Tool {
    Tool {
        name: "trunk",
        version: "0.21.14".to_owned(),
        program: "trunk",
        lock: Lock::Its,
        minutes: 5,
        releases: "https://github.com/trunk-rs/trunk/releases",
    }
}

/// Runs the fuzz targets.
pub fn cargo_fuzz() -> Tool {
    Tool {
        name: "cargo-fuzz",
        version: "0.13.2".to_owned(),
        program: "cargo-fuzz",
        lock: Lock::Its,
        minutes: 1,
        releases: "https://github.com/rust-fuzz/cargo-fuzz/releases",
    }
}

/// Judges dependencies.
pub fn cargo_deny() -> Tool {
    Tool {
        name: "cargo-deny",
        version: "0.20.2".to_owned(),
        program: "cargo-deny",
        lock: Lock::Its,
        minutes: 3,
        releases: "https://github.com/EmbarkStudios/cargo-deny/releases",
    }
}

/// Drives Firefox.
pub fn geckodriver() -> Tool {
    Tool {
        name: "geckodriver",
        version: "0.37.1".to_owned(),
        program: "geckodriver",
        lock: Lock::Its,
        minutes: 2,
        releases: "https://github.com/mozilla/geckodriver/releases",
    }
}

/// Makes the glue; it must be of exactly the version that the page is compiled with. What it writes depends on the
/// packages that it is compiled with, too, and its own lock file names one that registries no longer have.
pub fn wasm_bindgen() -> Outcome<Tool> {
    Ok(Tool {
        name: "wasm-bindgen-cli",
        version: locked_version("wasm-bindgen")?,
        program: "wasm-bindgen",
        lock: Lock::Ours("xtask/wasm-bindgen"),
        minutes: 2,
        releases: "https://github.com/wasm-bindgen/wasm-bindgen/releases",
    })
}

/// The version that the lock file has of a package.
pub fn locked_version(package: &str) -> Outcome<String> {
    locked(&read::text(&root().join("Cargo.lock"))?, package)
        .ok_or_else(|| format!("Cargo.lock does not name {package}"))
}

fn locked(lock: &str, package: &str) -> Option<String> {
    let from = lock.find(&format!("name = \"{package}\"\n"))?;
    let version = lock[from..].lines().nth(1)?;
    Some(version.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}

impl Tool {
    /// The version that is pinned.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The folder that has the program, installing it first if it is missing.
    pub fn bin(&self) -> Outcome<PathBuf> {
        let path = self.path()?;
        path.parent().map(Path::to_owned).ok_or_else(|| format!("{} is in no folder", path.display()))
    }

    /// The program itself, installing it first if it is missing.
    pub fn path(&self) -> Outcome<PathBuf> {
        let ready = if only_compiled() { None } else { find(self.program) };
        if let Some(ready) = ready.filter(|program| self.is_version_of(program)) {
            return Ok(ready);
        }
        let kept = cache()?.join(self.kept_as()?);
        let program = kept.join("bin").join(format!("{}{}", self.program, std::env::consts::EXE_SUFFIX));
        if program.is_file() {
            return Ok(program);
        }
        println!("{}", self.announcement(&kept));
        let mut install = cargo(&["install", "--locked", "--root"]);
        install.arg(&kept);
        match self.lock {
            Lock::Its => install.args([self.name, "--version", &self.version]),
            Lock::Ours(package) => install
                .arg("--target-dir")
                .arg(target().join("tools"))
                .arg("--path")
                .arg(root().join(package)),
        };
        // The page's own flags and target folder are not meant for tools. Trunk's package asks for link-time
        // optimisation of everything in one piece, which takes minutes; it only calls others.
        install
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        run(&mut install)?;
        Ok(program)
    }

    /// The name of its folder in the cache: what is compiled from another lock file is another tool.
    fn kept_as(&self) -> Outcome<String> {
        let Self { name, version, lock, .. } = self;
        Ok(match lock {
            Lock::Its => format!("{name}-{version}"),
            Lock::Ours(package) => {
                let hash = read::sha256(&read::bytes(&root().join(package).join("Cargo.lock"))?);
                format!("{name}-{version}-{}", &hash[..8])
            }
        })
    }

    /// Whether a program says that it is of the pinned version.
    fn is_version_of(&self, program: &Path) -> bool {
        let said = std::process::Command::new(program).arg("--version").output();
        said.is_ok_and(|out| {
            out.status.success() && says_version(&String::from_utf8_lossy(&out.stdout), &self.version)
        })
    }

    /// What is about to happen, how long it takes, and how to do without.
    fn announcement(&self, into: &Path) -> String {
        let Self { name, version, program, minutes, releases, .. } = self;
        format!(
            "{program} {version} is not on PATH. Compiling it with cargo, once, into {}: this may take {minutes} \
             min on two cores.\n\
             To skip that, have {program} {version} on PATH, ready-made: `cargo binstall {name}@{version}`, or from \
             {releases}",
            into.display()
        )
    }
}

/// Tells the tasks that build a release, and what they call, to take no program from `PATH`: one of the same version may
/// have been compiled from other packages.
pub const ONLY_COMPILED: &str = "AZFLOW_TOOLS_COMPILED";

fn only_compiled() -> bool {
    std::env::var_os(ONLY_COMPILED).is_some_and(|value| !value.is_empty())
}

/// Whether the first line of what a program says of itself names this version, and no longer one.
fn says_version(said: &str, version: &str) -> bool {
    said.lines().next().is_some_and(|line| line.split_whitespace().nth(1) == Some(version))
}

/// `PATH` with these tools on it, before everything else.
pub fn on_path(tools: &[Tool]) -> Outcome<OsString> {
    let mut folders = tools.iter().map(Tool::bin).collect::<Outcome<Vec<PathBuf>>>()?;
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    std::env::join_paths(folders).map_err(|e| e.to_string())
}

/// Where tools are kept.
pub fn cache() -> Outcome<PathBuf> {
    let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    var("AZFLOW_TOOLS")
        .or_else(|| var("XDG_CACHE_HOME").map(|dir| dir.join("azflow-tools")))
        .or_else(|| var("HOME").or_else(|| var("USERPROFILE")).map(|dir| dir.join(".cache/azflow-tools")))
        .ok_or_else(|| "set AZFLOW_TOOLS to a folder for the tools: there is no home folder".to_owned())
}

/// Makes sure that the compiler can build for the browser.
pub fn wasm_target() -> Outcome {
    const TARGET: &str = "wasm32-unknown-unknown";
    added(&format!("lib/rustlib/{TARGET}"), &["target", "add", TARGET])
        .map_err(|e| format!("{e}; azflow needs a Rust toolchain that can build for {TARGET}"))
}

/// Has rustup add what is not yet in the compiler's folder.
fn added(folder: &str, how: &[&str]) -> Outcome {
    if sysroot()?.join(folder).is_dir() {
        return Ok(());
    }
    println!("adding to the compiler, once: rustup {}", how.join(" "));
    run(&mut command("rustup", how))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn only_the_very_version_is_taken_from_the_path() {
        assert!(says_version("trunk 0.21.14\n", "0.21.14"));
        assert!(says_version("geckodriver 0.37.1 (1a2b 2026-01-01)\n\nThe source code …", "0.37.1"));
        assert!(!says_version("trunk 0.21.1\n", "0.21.14"));
        assert!(!says_version("trunk 0.21.14-beta.1\n", "0.21.14"));
        assert!(!says_version("", "0.21.14"));
    }

    #[test]
    fn documents_name_the_versions_that_a_build_takes() {
        let (trunk, bindgen) = (trunk(), wasm_bindgen().unwrap());
        let command = format!("cargo binstall trunk@{} wasm-bindgen-cli@{}", trunk.version, bindgen.version);
        for document in ["README.md", "CONTRIBUTING.md"] {
            let text = std::fs::read_to_string(root().join(document)).unwrap();
            assert!(text.contains(&command), "{document} does not say: {command}");
        }
    }

    #[test]
    fn the_package_of_wasm_bindgen_locks_the_version_that_the_page_has() {
        let tool = wasm_bindgen().unwrap();
        let Lock::Ours(package) = tool.lock else { panic!("wasm-bindgen has its own lock file again") };
        let lock = std::fs::read_to_string(root().join(package).join("Cargo.lock")).unwrap();
        assert_eq!(locked(&lock, "wasm-bindgen-cli"), Some(tool.version.clone()));
        assert!(tool.kept_as().unwrap().starts_with(&format!("wasm-bindgen-cli-{}-", tool.version)));
    }

    #[test]
    fn the_locked_version_of_a_package_is_found_by_its_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
            [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked(lock, "wasm"), None);
    }
}
