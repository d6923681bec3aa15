//! axe-core, for a page that has given up what axe-core does some things by.

use crate::Outcome;
use azflow_skips::{Need, skip};

/// What axe-core does by what the page has given up, and what does the same: a link that tells XHTML, one that reads an
/// address, and a style that is set as markup.
const OTHERWISE: [(&str, &str); 3] = [
    ("\"A\"===e.createElement(\"A\").localName", "\"B\"===e.createElement(\"B\").localName"),
    ("(r=document.createElement(\"a\")).href=e.getAttribute(t)", "(r=new URL(e.getAttribute(t),location))"),
    (".innerHTML=e?\"* {", ".textContent=e?\"* {"),
];

/// axe-core's own text; `None`, with a note that says why, where `cargo xtask test` could not fetch it.
///
/// # Errors
/// Where it can't be read, or is another than this was written for.
pub fn checker() -> Outcome<Option<String>> {
    match std::env::var_os("AZFLOW_AXE") {
        Some(path) => {
            let mut axe = std::fs::read_to_string(path)?;
            for (what, otherwise) in OTHERWISE {
                if !axe.contains(what) {
                    return Err(format!("axe-core has no {what} any more").into());
                }
                axe = axe.replace(what, otherwise);
            }
            Ok(Some(axe))
        }
        None => {
            skip(
                Need::Required,
                "AZFLOW_AXE names no axe-core; `cargo xtask test browser` fetches it with npm",
            );
            Ok(None)
        }
    }
}
