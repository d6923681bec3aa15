//! What leaves the page: documents that other programs and people read.

mod summary;

pub use summary::summary;
