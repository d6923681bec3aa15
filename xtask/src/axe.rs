//! axe-core, the accessibility checker that the browser tests inject into the page: fetched from npm once, at
//! one version, into the cache of tools.

use crate::shell::{Outcome, command, find, run};
use crate::skips::Skips;
use crate::tools::cache;
use azflow_skips::Need;
use std::path::PathBuf;

const VERSION: &str = "4.14.1";

/// The script; `None`, with a note that says why, where it can't be fetched.
pub fn script(skips: &Skips) -> Outcome<Option<PathBuf>> {
    let home = cache()?.join(format!("axe-core-{VERSION}"));
    let script = home.join("node_modules/axe-core/axe.min.js");
    if script.is_file() {
        return Ok(Some(script));
    }
    if find("npm").is_none() {
        let why = format!(
            "the check of accessibility needs npm, which fetches axe-core {VERSION}; on Debian: apt-get install npm"
        );
        skips.note(Need::Required, "browser", &why)?;
        return Ok(None);
    }
    std::fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    let mut install = command("npm", &["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
    run(install.arg(&home).arg(format!("axe-core@{VERSION}")))?;
    Ok(Some(script))
}
