//! Programs that only the system's package manager has: the browsers that tests drive.

use crate::shell::{Outcome, command, find, run};

/// A program that tests need, and the Debian packages that bring it.
struct Needed {
    program: &'static str,
    packages: &'static [&'static str],
}

const BROWSERS: [Needed; 4] = [
    Needed { program: "chromedriver", packages: &["chromium", "chromium-driver", "fonts-dejavu-core"] },
    Needed { program: "firefox-esr", packages: &["firefox-esr"] },
    Needed { program: "WebKitWebDriver", packages: &["webkit2gtk-driver"] },
    Needed { program: "Xvfb", packages: &["xvfb", "xauth"] },
];

/// Installs the browsers and their drivers where that can be done, and says what is missing where
/// it can't. On CI a missing browser is an error: its tests must not be skipped unseen.
pub fn browsers() -> Outcome {
    let missing: Vec<&Needed> = BROWSERS.iter().filter(|n| find(n.program).is_none()).collect();
    if !missing.is_empty() {
        let packages: Vec<&str> = missing.iter().flat_map(|n| n.packages.iter().copied()).collect();
        let installed = install(&packages);
        let on_ci = std::env::var_os("CI").is_some();
        match installed {
            Err(reason) if on_ci => return Err(reason),
            Err(reason) => println!("{reason}; the tests of those browsers will be skipped"),
            Ok(()) => {}
        }
    }
    Ok(())
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
