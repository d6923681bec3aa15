//! Drives azflow's page in real browsers, and watches what they try to send.
//!
//! ```no_run
//! use azflow_browser_tests::{Browser, Over, Stage};
//! # fn main() -> azflow_browser_tests::Outcome {
//! let Some(stage) = Stage::set(Browser::Chromium)? else { return Ok(()) }; // not installed: said so
//! let page = stage.open(Over::File)?;
//! page.load(&["PT1H.json".into()])?;
//! let summary = page.summary()?;
//! # Ok(()) }
//! ```
//!
//! A [`Stage`] is a fresh browser profile behind a [`Tripwire`], the proxy that records whatever
//! the browser would send anywhere but to the page's own server.
//!
//! `cargo xtask test browser` builds the page and the native twin from this source, says in `AZFLOW_PAGE` and
//! `AZFLOW_TWIN` (and for `failures`, in `AZFLOW_PROVOKED_PAGE`) where they are, and runs these tests. Without the variables every test fails and says so.
#![allow(clippy::print_stdout, reason = "a press that a driver lost is said")]
// The preferences that keep Firefox quiet are one long literal.
#![recursion_limit = "256"]

mod axe;
mod browser;
mod native;
mod page;
mod server;
mod ways;
mod webdriver;

pub use axe::checker;
pub use browser::{Browser, Stage, chromium_version};
pub use native::{
    cases_to_compare, files_to_compare, fixture, native_output, native_scan_ms, native_summary,
    native_summary_with, page_file, provoked_page_file, repository, target_dir,
};
pub use page::{Over, Page};
pub use server::{PageServer, Tripwire};
pub use ways::{Ways, armed, defenceless};
pub use webdriver::{Element, Session};

/// What a step ends with.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;
