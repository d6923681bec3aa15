//! From bytes to conversations counted once: the part of azflow that touches every byte and every row.
//!
//! ```text
//! bytes ──ingest──▶ partial tables ──store──▶ sorted columns, conversations counted once
//! ```
//!
//! [`model`] has the vocabulary and needs no data. [`ingest`] turns the bytes of one source into partial tables.
//! [`store`] takes these in, leaves out records that it has, and counts each conversation once. A module uses only
//! those before it in this list. Nothing here knows of networks, rules, screens or browsers.
//!
//! # From bytes to a cell of the matrix
//!
//! 1. A file's bytes go into a [`SourceScan`](ingest::SourceScan), in pieces of any size. It unpacks, finds log records
//!    and reads their tuples; what it does not understand it names as an [`Issue`](ingest::Issue) with its place.
//! 2. Tuples of one flow key in one minute become one [`Row`](ingest::Row). Rows gather in a [`Part`](ingest::Part) with
//!    the dictionaries that they share: [addresses](ingest::AddressTable) and [strings](ingest::StringTable). A row's
//!    [`Context`](ingest::Context) says where it was logged and which rule decided. Encoded, a part crosses from a scan
//!    worker to the engine, and the source's last one has its [report](ingest::SourceReport).
//! 3. The [`Store`](store::Store) takes parts in, in whatever order they come, leaves out records that it has, merges
//!    equal rows, and keeps all in sorted [columns](store::Columns).
//! 4. A conversation may have been logged at several places. The store chooses one and counts it once, or adds
//!    everything up as it was logged: that is the [`Mode`](store::Mode).
//! 5. What then is asked for a pair of subnets, the cell, is a [`Tally`](model::Tally): flows allowed and denied, packets
//!    and bytes each way. Which subnet an address belongs to is said by an [`Assignment`](model::Assignment), which
//!    `azflow-engine` makes out of descriptions of the network.
//!
//! ```
//! use azflow_core::ingest::{Part, SourceScan};
//!
//! let log = br#"{"records":[{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":[
//!     {"rule":"UserRule_Web","flows":[{"mac":"000D3AF87856","flowTuples":[
//!     "1542110379,10.0.0.4,10.0.1.5,44931,443,T,O,A,B,,,,"]}]}]}}]}"#;
//! let mut scan = SourceScan::new("PT1H.json");
//! for piece in log.chunks(7) {
//!     scan.push(piece);
//! }
//! let parts = scan.finish();
//! let part = Part::decode(&parts[0])?;
//! assert_eq!((part.rows.len(), part.rows[0].flows), (1, 1));
//! # Ok::<(), azflow_core::ingest::BadPart>(())
//! ```

pub mod ingest;
pub mod model;
pub mod store;
