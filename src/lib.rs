//! azflow: Azure flow logs, understood in a browser tab.
//!
//! ```text
//! bytes ──ingest──▶ partial tables ──store──▶ sorted columns ──session──▶ answers ──ui──▶ screen
//! ```
//!
//! A scan worker feeds a file's bytes to [`ingest::SourceScan`], which hands out partial tables.
//! The engine worker owns a [`session::Engine`]: it takes the tables in and answers queries.
//! The page asks and draws. Natively the same calls run in one thread:
//!
//! ```
//! use azflow::session::{Answer, Engine, Query, SourceId, ToEngine, View};
//!
//! let log = br#"{"records":[{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":[
//!     {"rule":"UserRule_Web","flows":[{"mac":"000D3AF87856","flowTuples":[
//!     "1542110379,10.0.0.4,10.0.1.5,44931,443,T,O,A,B,,,,"]}]}]}}]}"#;
//! let mut scan = azflow::ingest::SourceScan::new("PT1H.json");
//! scan.push(log);
//! let mut engine = Engine::default();
//! engine.take_scan(SourceId(0), scan);
//! let Answer::Matrix(matrix) = engine.answer(Query::Matrix(View::default())) else { unreachable!() };
//! assert_eq!(matrix.subnets[0].name, "10.0.0.0/24");
//! assert_eq!(matrix.cells[0].tally.allowed_flows, 1);
//! ```
//!
//! Modules may use those below them in this list, never above: `ui`, `browser`, `session`,
//! `export`, `findings`, `filter`, `topology`, `audit`, `rules`, `store`, `ingest`, `model`. Only `ui` and `browser`
//! know of browsers.

pub mod audit;
#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod example;
pub mod export;
pub mod filter;
pub mod findings;
pub mod session;
pub mod topology;
pub mod ui;

pub use azflow_core::{ingest, model, rules, store};
