//! Answers about flow logs: everything behind the store that needs no browser.
//!
//! ```text
//! partial tables ──▶ session::Engine (store, network, names, marks) ──▶ answers ──▶ screens, documents
//! ```
//!
//! # From bytes to a cell of the matrix
//!
//! 1. A scan worker feeds a file's bytes to [`SourceScan`](azflow_core::ingest::SourceScan), which hands out partial
//!    tables. `azflow_core` says on its first page what becomes of them.
//! 2. The engine worker owns an [`Engine`](session::Engine). It takes the tables in
//!    ([`take_part`](session::Engine::take_part), [`take_scan`](session::Engine::take_scan)); descriptions of the network
//!    come the same way, and [`topology`] reads them.
//! 3. A question is a [`Query`](session::Query), and says everything that its answer depends on: its
//!    [`View`](session::View) has the way of counting, the filter, and how unnamed addresses are grouped.
//! 4. [`topology::assign`] gives every address its subnet; a [`filter`] leaves a part of the conversations; the
//!    [`Store`](azflow_core::store::Store) counts each of those once.
//! 5. The [`Answer`](session::Answer) to [`Query::Matrix`](session::Query::Matrix) is a
//!    [`MatrixAnswer`](session::MatrixAnswer). Each of its [cells](session::MatrixCell) is a pair of subnets with its
//!    [`Tally`](azflow_core::model::Tally).
//!
//! The page asks and draws. Natively the same calls run in one thread:
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
//! Three programs that are there to be copied use the rest: `examples/count_folder.rs` counts a folder of logs,
//! `examples/which_rule.rs` has [`rules::decide`] say which rule decides for a pair of addresses, `examples/draft_bicep.rs`
//! drafts rules and has [`export::write_rules`] write them as Bicep.
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
