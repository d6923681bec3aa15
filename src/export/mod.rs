//! What leaves the page: documents that other programs and people read.

pub mod csv;
mod summary;

pub use summary::summary;
