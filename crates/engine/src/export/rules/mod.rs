//! Rules as documents: JSON for azflow itself, and what other tools deploy.

mod difference;
mod documents;
mod writers;

pub use difference::{
    NOT_COMPARED, RULES_DIFF_SCHEMA, difference_document, difference_table, difference_text,
};
pub use documents::{
    Beside, audit_document, audit_table, decision_document, read_rules, rules_document, simulation_document,
    simulation_table,
};
pub use writers::{Format, Part, Stage, write_part, write_rules};
