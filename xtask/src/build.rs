//! `build` and its second half, `bundle`, which Trunk calls back.

use crate::bundle::bundle_dir;
use crate::compiler::Compiler;
use crate::shell::{Outcome, as_it_is, heading, root, run, target};
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
    as_it_is(build.env_remove("NO_COLOR")).env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags()?);
    Ok(build)
}

/// A folder of this machine, and what stands for it in the page.
struct Place {
    folder: String,
    stands: String,
}

/// The folders that the compiler may put into the page; a later one is the one that counts.
///
/// Messages of panics name files of the packages that were compiled along. Where a builder keeps things is nobody's
/// business, and the same source should give the same page.
fn places() -> Outcome<Vec<Place>> {
    let compiler = Compiler::ask()?;
    let sysroot = compiler.sysroot.join("lib/rustlib/src/rust");
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    // The standard library's sources, where they are installed, have the names that they have where they are not.
    let commit = compiler.commit.as_deref().unwrap_or("unknown");
    let mut all = vec![(sysroot, format!("/rustc/{commit}")), (root(), "/azflow".to_owned())];
    if let Some(home) = home {
        // Each registry has a folder of its own, which is another one where a mirror is in its place.
        let registries = std::fs::read_dir(home.join("registry/src")).into_iter().flatten().flatten();
        let mut registries: Vec<PathBuf> = registries.map(|registry| registry.path()).collect();
        registries.sort();
        all.push((home, "/cargo".to_owned()));
        all.extend(registries.into_iter().map(|registry| (registry, "/crates".to_owned())));
    }
    Ok(all
        .into_iter()
        .map(|(folder, stands)| Place { folder: folder.display().to_string(), stands })
        .collect())
}

impl Place {
    /// Whether the compiler can be told of it: cargo splits its flags at blanks, and knows no way to write one.
    fn can_be_hidden(&self) -> bool {
        !self.folder.contains(char::is_whitespace)
    }
}

/// The compiler's flags for the page. They take the place of those in `.cargo/config.toml`, so the first is said again.
fn flags() -> Outcome<String> {
    Ok(format!("-Ctarget-feature=+simd128 {}", hidden()?))
}

/// The compiler's flags that keep folders of this machine out of what it makes.
pub fn hidden() -> Outcome<String> {
    let places = places()?;
    let places = places.iter().filter(|place| place.can_be_hidden());
    let flags = places.map(|place| format!("--remap-path-prefix={}={}", place.folder, place.stands));
    Ok(flags.collect::<Vec<String>>().join(" "))
}

/// Trunk's hook: turns what it staged into the product.
pub fn bundle() -> Outcome {
    let staging = std::env::var_os("TRUNK_STAGING_DIR")
        .map(PathBuf::from)
        .ok_or("bundle is Trunk's hook; `cargo xtask build` calls it")?;
    let (hidden, seen): (Vec<Place>, Vec<Place>) = places()?.into_iter().partition(Place::can_be_hidden);
    for place in &seen {
        println!("{} has a blank in its path, so the page may name it and be like no other", place.folder);
    }
    let hidden: Vec<String> = hidden.into_iter().map(|place| place.folder).collect();
    let size = bundle_dir(&root(), &staging, &hidden).map_err(|e| e.to_string())?;
    if std::env::var_os(PROVOKED).is_some() {
        return Ok(());
    }
    println!("azflow.html: {} kB gzipped, of {} allowed", size / 1000, BUDGET / 1000);
    if size > BUDGET {
        return Err(format!("the page is {} bytes over its budget", size - BUDGET));
    }
    Ok(())
}
