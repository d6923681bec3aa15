//! The part of azflow that touches every byte and every row: vocabulary, readers, the flow store.
//!
//! A package of its own only because a package is what the compiler optimises alike: this one for
//! speed, the rest for size. `azflow` re-exports it, and is where its documentation is to be read.

// The derived code of messages names this package, here as elsewhere.
extern crate self as azflow_core;

pub mod ingest;
pub mod model;
pub mod rules;
pub mod store;
