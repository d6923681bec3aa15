//! What leaves the page: documents that other programs and people read.

pub mod csv;
mod file_name;
mod flows;
mod known;
mod kql;
mod migration;
mod network;
mod origin;
mod questions;
mod restrict;
mod review;
mod rules;
mod summary;
mod summary_read;
mod svg;

pub use file_name::file_name;
pub use flows::*;
pub use known::Known;
pub use kql::{Queries, comment, kql};
pub use migration::{Counted, HoursOfBoth, Matched, Migration, NicHours, OnlyNsg, migration};
pub use network::{endpoint_text, network, rule, subnet_list};
pub use origin::Origin;
pub use questions::{Place, QUESTIONS, Question};
pub use review::{REVIEW_COLUMNS, REVIEW_SCHEMA, ReadReview, is_review, read_review, review_document};
pub use rules::{
    Beside, Format, NOT_COMPARED, Part, RULES_DIFF_SCHEMA, Stage, audit_document, audit_table,
    decision_document, decisions_document, difference_document, difference_table, difference_text,
    read_rules, rules_document, rules_table, simulation_document, simulation_table, write_in_pieces,
    write_part, write_rules,
};
pub use summary::{SUMMARY_SCHEMA, summary};
pub use summary_read::{ReadSummary, SummaryPair, read_summary};
pub use svg::{Svg, TextAt, coordinate};
