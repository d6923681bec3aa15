//! axe-core, the accessibility checker that the browser tests inject into the page: fetched from npm once, at
//! one version, into the cache of tools.

use crate::shell::{Outcome, command, find, run};
use crate::tools::cache;
use std::path::PathBuf;

const VERSION: &str = "4.14.1";

/// The script; `None`, with a line that says why, where it can't be fetched.
pub fn script() -> Outcome<Option<PathBuf>> {
    let home = cache()?.join(format!("axe-core-{VERSION}"));
    let script = home.join("node_modules/axe-core/axe.min.js");
    if script.is_file() {
        return Ok(Some(script));
    }
    if find("npm").is_none() {
        println!("skipped: the check of accessibility needs npm, which fetches axe-core {VERSION}");
        return Ok(None);
    }
    std::fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    let mut install = command("npm", &["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
    run(install.arg(&home).arg(format!("axe-core@{VERSION}")))?;
    Ok(Some(script))
}
