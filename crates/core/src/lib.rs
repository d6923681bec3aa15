//! From bytes to conversations counted once: the part of azflow that touches every byte and every row.
//!
//! ```text
//! bytes ──ingest──▶ partial tables ──store──▶ sorted columns, conversations counted once
//! ```
//!
//! [`model`] has the vocabulary and needs no data. [`ingest`] turns the bytes of one source into partial tables.
//! [`store`] takes these in, leaves out records that it has, and counts each conversation once. A module uses only
//! those before it in this list. Nothing here knows of networks, rules, screens or browsers.

pub mod ingest;
pub mod model;
pub mod store;
