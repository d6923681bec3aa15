//! Rules as documents: JSON for azflow itself, and what other tools deploy.

mod documents;
mod writers;

pub use documents::{audit_document, decision_document, read_rules, rules_document, simulation_document};
pub use writers::{Format, write_rules};
