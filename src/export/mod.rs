//! What leaves the page: documents that other programs and people read.

pub mod csv;
mod network;
mod summary;

pub use network::{endpoint_text, network, rule};
pub use summary::summary;
