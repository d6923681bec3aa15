//! Answers about flow logs: everything behind the store that needs no browser.
//!
//! ```text
//! partial tables ──▶ session::Engine (store, network, names, marks) ──▶ answers ──▶ screens, documents
//! ```
//!
//! A scan worker feeds a file's bytes to [`SourceScan`](azflow_core::ingest::SourceScan), which hands out partial
//! tables. The engine worker owns a [`session::Engine`]: it takes the tables in and answers queries. The page asks and
//! draws. Natively the same calls run in one thread:
//!
//! ```
//! use azflow_core::ingest::SourceScan;
//! use azflow_engine::session::{Answer, Engine, Query, SourceId, View};
//!
//! let log = br#"{"records":[{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":[
//!     {"rule":"UserRule_Web","flows":[{"mac":"000D3AF87856","flowTuples":[
//!     "1542110379,10.0.0.4,10.0.1.5,44931,443,T,O,A,B,,,,"]}]}]}}]}"#;
//! let mut scan = SourceScan::new("PT1H.json");
//! scan.push(log);
//! let mut engine = Engine::default();
//! engine.take_scan(SourceId(0), scan);
//! let Answer::Matrix(matrix) = engine.answer(Query::Matrix(View::default())) else { unreachable!() };
//! assert_eq!(matrix.subnets[0].name, "10.0.0.0/24");
//! assert_eq!(matrix.cells[0].tally.allowed_flows, 1);
//! ```
//!
//! A module uses only those behind it in this list: `session`, `export`, `findings`, `filter`, `topology`, `audit`,
//! `rules`, `pieces`. `example` makes logs up. Nothing here knows of browsers.

pub mod audit;
pub mod example;
pub mod export;
pub mod filter;
pub mod findings;
pub mod pieces;
pub mod rules;
pub mod session;
pub mod topology;
