//! What the filter bar says.

use crate::session::Overview;
use crate::ui::format::{counted, exact, short};

/// The bar.
pub const LABEL: &str = "Filter";
/// What the input is for.
pub const INPUT: &str = "Add a condition to the filter";
/// In the empty input.
pub const PLACEHOLDER: &str = "type to add: src:web port:443 decision:denied, or any name";
/// Takes all conditions away.
pub const CLEAR: &str = "Clear the filter";
/// Ends the filter, in words.
pub const SHOW_ALL: &str = "Show everything";

/// Removes a condition.
pub fn remove(term: &str) -> String {
    format!("Remove {term}")
}

/// How much passes the filter.
pub fn shown(overview: &Overview) -> String {
    format!(
        "Shown: {} of {}, {} of {} flows. Sources and the summary document stay whole.",
        exact(overview.shown),
        counted(overview.conversations, "conversation", "conversations"),
        short(overview.tally.attempts()),
        short(overview.all.attempts()),
    )
}
