//! azflow.
#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod example;
pub mod ingest;
pub mod model;
pub mod session;
pub mod store;
pub mod topology;
#[cfg(target_arch = "wasm32")]
pub mod ui;
