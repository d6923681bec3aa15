//! Rules as documents: JSON for azflow itself, and what other tools deploy.

mod decisions;
mod difference;
mod documents;
mod writers;

pub use decisions::{decision_document, decisions_document};
pub use difference::{
    NOT_COMPARED, RULES_DIFF_SCHEMA, difference_document, difference_table, difference_text,
};
pub use documents::{
    Beside, audit_document, audit_table, read_rules, rules_document, simulation_document, simulation_table,
};
pub use writers::{Format, Part, Stage, rules_table, write_in_pieces, write_part, write_rules};
