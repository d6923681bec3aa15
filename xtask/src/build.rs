//! `build` and its second half, `bundle`, which Trunk calls back.

use crate::bundle::bundle_dir;
use crate::shell::{Outcome, command, heading, output, root, run, target};
use crate::tools;
use std::path::PathBuf;
use std::process::Command;

/// The most that the page may weigh when a server compresses it.
pub const BUDGET: u64 = 2_000_000;

/// Tells Trunk's hook that the page is not the product, and need not be small.
const PROVOKED: &str = "AZFLOW_BUILD_PROVOKED";

/// Builds the product into `dist/`.
pub fn build() -> Outcome {
    heading("build dist/azflow.html");
    run(&mut trunk(&["--release"])?)?;
    let page = root().join("dist/azflow.html");
    println!("{} is the whole page: open it, or upload it.", page.display());
    Ok(())
}

/// Builds the page that fails on demand, which the browser tests need beside the product, and returns its path.
pub fn build_provoked() -> Outcome<PathBuf> {
    let dist = target().join("provoked-page");
    heading(&format!("build {}", dist.display()));
    let mut build = trunk(&["--cargo-profile", "provoked", "--features", "provoke-failures", "--dist"])?;
    run(build.arg(&dist).env(PROVOKED, "1"))?;
    Ok(dist.join("azflow.html"))
}

/// Trunk's build with the pinned tools on `PATH`.
fn trunk(options: &[&str]) -> Outcome<Command> {
    tools::wasm_target()?;
    // Trunk calls cargo offline.
    let fetch = ["fetch", "--locked", "--quiet", "--target", "wasm32-unknown-unknown"];
    run(Command::new("cargo").args(fetch).current_dir(root()))?;
    let trunk = tools::trunk();
    let mut paths = vec![tools::wasm_bindgen()?.bin()?];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let path = std::env::join_paths(paths).map_err(|e| e.to_string())?;
    let mut build = Command::new(trunk.path()?);
    build.arg("build").args(options).current_dir(root()).env("PATH", path);
    // Trunk takes this variable for its own switch and stumbles over the usual "1".
    build.env_remove("NO_COLOR").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags()?);
    Ok(build)
}

/// The compiler's flags for the page. They take the place of those in `.cargo/config.toml`, so the first is said again.
///
/// Messages of panics name files of the packages that were compiled along. The rest gives them the same names on every
/// machine: where a builder keeps things is nobody's business, and the same source should give the same page.
fn flags() -> Outcome<String> {
    let sysroot = output(&mut command("rustc", &["--print", "sysroot"]))?;
    let sysroot = PathBuf::from(sysroot.trim()).join("lib/rustlib/src/rust");
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let mut flags = "-Ctarget-feature=+simd128".to_owned();
    let places = [(Some(sysroot), "/rust"), (home, "/cargo"), (Some(root()), "/azflow")];
    for (place, name) in places.into_iter().filter_map(|(place, name)| Some((place?, name))) {
        let place = place.display().to_string();
        // Cargo splits this text at blanks, and knows no way to write one.
        if !place.contains(char::is_whitespace) {
            flags.push_str(&format!(" --remap-path-prefix={place}={name}"));
        }
    }
    Ok(flags)
}

/// Trunk's hook: turns what it staged into the product.
pub fn bundle() -> Outcome {
    let staging = std::env::var_os("TRUNK_STAGING_DIR")
        .map(PathBuf::from)
        .ok_or("bundle is Trunk's hook; `cargo xtask build` calls it")?;
    let size = bundle_dir(&root(), &staging).map_err(|e| e.to_string())?;
    if std::env::var_os(PROVOKED).is_some() {
        return Ok(());
    }
    println!("azflow.html: {} kB gzipped, of {} allowed", size / 1000, BUDGET / 1000);
    if size > BUDGET {
        return Err(format!("the page is {} bytes over its budget", size - BUDGET));
    }
    Ok(())
}
