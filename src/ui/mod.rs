//! The page: Yew components, one file a screen. Holds no data beyond what is on screen.
//!
//! `format`, `text` and `grid` are plain functions of plain data and are tested natively; the rest
//! needs a browser.

pub mod format;
pub mod grid;
