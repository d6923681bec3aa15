//! The part of azflow that touches every byte and every row: vocabulary, readers, the flow store.
//!
//! A package of its own only because a package is what the compiler optimises alike: this one for
//! speed, the rest for size. `azflow` re-exports it, and is where its documentation is to be read.

pub mod ingest;
pub mod model;
pub mod rules;
pub mod store;
