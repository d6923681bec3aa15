//! The page of azflow: Azure flow logs, understood in a browser tab.
//!
//! [`ui`] is what one sees, `browser` all that talks to the browser beside it: workers, files, downloads. What the page
//! shows are answers of [`azflow_engine::session::Engine`], which lives in a worker. The parts of `ui` that are plain
//! functions of plain data compile natively and are tested there; all else needs a browser.

#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod ui;
