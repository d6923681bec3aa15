//! `build` and its second half, `bundle`, which Trunk calls back.

use crate::bundle::bundle_dir;
use crate::shell::{Outcome, heading, root, run};
use crate::tools;
use std::path::PathBuf;
use std::process::Command;

/// The most that the page may weigh when a server compresses it.
pub const BUDGET: u64 = 700_000;

/// What the page's build asks of the compiler beyond `Cargo.toml`, as cargo's environment: the standard
/// library is compiled along, for size (its sorts alone are 18 kB smaller), and a panic ends the module at once
/// instead of putting a message together that nobody can read in a release (40 kB of messages, places and
/// formatting); and functions marked so are compiled for size in a package that is compiled for speed. All are features that the pinned compiler has and does not promise yet; `RUSTC_BOOTSTRAP`
/// says that we know. Native builds and tests, where panics must speak, use none of it.
const SMALL: [(&str, &str); 4] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    // Takes the place of the flags in `.cargo/config.toml`, so it says the first of them again.
    (
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
        "-Ctarget-feature=+simd128 -Zunstable-options -Cpanic=immediate-abort --cfg azflow_small",
    ),
];

/// Builds the product into `dist/`.
pub fn build() -> Outcome {
    heading("build dist/azflow.html");
    tools::wasm_target()?;
    tools::std_source()?;
    // Trunk calls cargo offline, and the standard library has packages of its own that nothing else asked for.
    let fetch = ["fetch", "--locked", "--quiet", "--target", "wasm32-unknown-unknown"];
    run(Command::new("cargo").args(fetch).current_dir(root()).envs(SMALL))?;
    let trunk = tools::trunk();
    let mut paths = vec![tools::wasm_bindgen()?.bin()?];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let path = std::env::join_paths(paths).map_err(|e| e.to_string())?;
    let mut build = Command::new(trunk.path()?);
    build.args(["build", "--release"]).current_dir(root()).env("PATH", path);
    // Build scripts look at `RUSTC_BOOTSTRAP`: in one directory each build would undo the other's.
    build.env("CARGO_TARGET_DIR", target().join("page"));
    // Trunk takes this variable for its own switch and stumbles over the usual "1".
    build.env_remove("NO_COLOR").envs(SMALL);
    run(&mut build)?;
    let page = root().join("dist/azflow.html");
    println!("{} is the whole page: open it, or upload it.", page.display());
    Ok(())
}

/// Where cargo builds.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Trunk's hook: turns what it staged into the product.
pub fn bundle() -> Outcome {
    let staging = std::env::var_os("TRUNK_STAGING_DIR")
        .map(PathBuf::from)
        .ok_or("bundle is Trunk's hook; `cargo xtask build` calls it")?;
    let target = target();
    let wasm32 = "wasm32-unknown-unknown";
    let mut unpack = Command::new("cargo");
    // As a module only: what is a library for Rust too is not optimised as a whole.
    unpack.args(["rustc", "--release", "--package", "azflow-unpack", "--lib", "--crate-type", "cdylib"]);
    // For size as such ("z") it is no smaller, and slower by a third.
    unpack.args(["--config", "profile.release.opt-level=\"s\""]);
    run(unpack.args(["--target", wasm32, "--target-dir"]).arg(&target).current_dir(root()))?;
    let unpack = target.join(wasm32).join("release/azflow_unpack.wasm");
    let size = bundle_dir(&root(), &staging, &unpack).map_err(|e| e.to_string())?;
    println!("azflow.html: {} kB gzipped, of {} allowed", size / 1000, BUDGET / 1000);
    if size > BUDGET {
        return Err(format!("the page is {} bytes over its budget", size - BUDGET));
    }
    Ok(())
}
