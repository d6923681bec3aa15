//! Programs that only the system's package manager has: browsers, and what some tests call.

use crate::shell::{Outcome, command, find, run};
use std::path::PathBuf;

/// A program that tests need, and the Debian packages that bring it.
pub struct Needed {
    program: &'static str,
    packages: &'static [&'static str],
}

/// What the native tests call.
pub const NATIVE: [Needed; 5] = [
    Needed { program: "git", packages: &["git"] },
    Needed { program: "bash", packages: &["bash"] },
    Needed { program: "node", packages: &["nodejs"] },
    Needed { program: "npm", packages: &["npm"] },
    Needed { program: "python3", packages: &["python3", "python3-venv"] },
];

/// What libFuzzer is built with.
pub const FUZZ: [Needed; 1] = [Needed { program: "c++", packages: &["g++"] }];

/// The browsers with their drivers, and what brings the checker of accessibility.
pub const BROWSERS: [Needed; 5] = [
    Needed { program: "chromedriver", packages: &["chromium", "chromium-driver", "fonts-dejavu-core"] },
    Needed { program: "firefox-esr", packages: &["firefox-esr"] },
    Needed { program: "WebKitWebDriver", packages: &["webkit2gtk-driver"] },
    Needed { program: "Xvfb", packages: &["xvfb", "xauth"] },
    Needed { program: "npm", packages: &["nodejs", "npm"] },
];

/// The compiler for C++ that there is.
pub fn cpp_compiler() -> Option<PathBuf> {
    ["c++", "g++", "clang++"].into_iter().find_map(find)
}

/// Installs what is missing where that can be done, and says what is missing where it can't. What needs it is
/// skipped then, with a note.
pub fn install_missing(needed: &[Needed]) {
    let there = |needed: &Needed| match needed.program {
        "c++" => cpp_compiler().is_some(),
        program => find(program).is_some(),
    };
    let missing = needed.iter().filter(|needed| !there(needed));
    let packages: Vec<&str> = missing.flat_map(|needed| needed.packages.iter().copied()).collect();
    if packages.is_empty() {
        return;
    }
    if let Err(reason) = install(&packages) {
        println!("{reason}; what needs them will be skipped");
    }
}

fn install(packages: &[&str]) -> Outcome {
    let list = packages.join(" ");
    if find("apt-get").is_none() {
        return Err(format!(
            "missing, and this is no Debian-like system where they could be installed: {list}"
        ));
    }
    println!("installing with apt-get (once): {list}");
    run(&mut apt(&["update", "-qq"]))?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(packages);
    run(&mut apt(&arguments)).map_err(|e| format!("{e}; install by hand: apt-get install {list}"))
}

/// `apt-get`, through `sudo` for people who are not root.
fn apt(arguments: &[&str]) -> std::process::Command {
    let is_root = crate::shell::output(&mut command("id", &["-u"])).is_ok_and(|id| id.trim() == "0");
    let mut apt = if is_root || find("sudo").is_none() {
        command("apt-get", arguments)
    } else {
        let mut all = vec!["--non-interactive", "apt-get"];
        all.extend(arguments);
        command("sudo", &all)
    };
    apt.env("DEBIAN_FRONTEND", "noninteractive");
    apt
}
