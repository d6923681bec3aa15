//! What the page says, a file for each screen or part of one; what several say is in `shared`. Plain data and pure
//! functions: names from logs are put in as text, never as markup.

pub mod bins;
pub mod coverage;
pub mod details;
pub mod evidence;
pub mod failure;
pub mod filter;
pub mod findings;
pub mod flows;
pub mod header;
pub mod intake;
pub mod kusto;
pub mod matrix;
pub mod migration;
pub mod network;
pub mod notice;
pub mod picture;
pub mod privacy;
pub mod questions;
pub mod review;
pub mod rules;
pub mod shared;
pub mod sources;
pub mod start;
pub mod tables;
pub mod timeline;
