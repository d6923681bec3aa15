//! What the filter bar and the list of keys say.

use crate::ui::format::{counted, exact, short};
use azflow_engine::filter::FilterError;
use azflow_engine::session::Overview;

/// The bar.
pub const LABEL: &str = "Filter";
/// What the input is for.
pub const INPUT: &str = "Add a condition to the filter";
/// In the empty input.
pub const PLACEHOLDER: &str = "type to add: src:web port:443 decision:denied, or any name";
/// The list below it.
pub const SUGGESTIONS: &str = "Suggestions";
/// Takes all conditions away.
pub const CLEAR: &str = "Clear the filter";
/// Ends the filter, in words.
pub const SHOW_ALL: &str = "Show everything";
/// Takes a condition back into the input.
pub const EDIT: &str = "Edit";
/// Back to what was chosen before.
pub const UNDO: &str = "Undo (Ctrl+Z)";
/// And forth again.
pub const REDO: &str = "Redo (Ctrl+Shift+Z)";
/// The address holds a place of a later version.
pub const UNKNOWN_PLACE: &str = "The address of this page names a view of a later version of azflow. It was left aside; everything is shown.";
/// Narrows by what a cell says.
pub const NARROW: &str = "Show only this";

/// The list of keys.
pub mod keys {
    /// Its heading and the button that opens it.
    pub const TITLE: &str = "Keys";
    /// Switches single keys.
    pub const SINGLE: &str = "Keys without Ctrl work everywhere on the page";
    /// Closes the list.
    pub const CLOSE: &str = "Close";
    /// Keys and what they do.
    pub const ALL: [(&str, &str); 12] = [
        ("/", "look for an address, subnet, machine, port or rule"),
        ("?", "this list"),
        ("Ctrl+Z", "undo what was chosen last; in the review: what was decided last"),
        ("Ctrl+Shift+Z", "redo it"),
        ("Enter", "in the filter: apply; in the matrix: select"),
        ("↑ ↓", "in the filter: choose a suggestion"),
        ("Backspace", "in the empty filter: edit the last condition"),
        ("← ↑ → ↓, Home, End, Page Up, Page Down", "in the matrix: move"),
        ("+ − 0", "in the matrix: larger cells, smaller ones, all of them"),
        ("← →, Shift+← →, Enter", "on the timeline: choose a stretch, widen it, apply it"),
        ("n x a u, o, t", "in the review: needed, not needed, ask, undecided; owner, note"),
        ("Esc", "in the filter: leave it; in the matrix: show everything; a panel: close it"),
    ];
}

/// Removes a condition.
pub fn remove(term: &str) -> String {
    format!("Remove {term}")
}

/// Where a text is wrong: what is before, the wrong part, what is behind.
pub fn place(text: &str, error: &FilterError) -> [String; 3] {
    let part = |from: usize, most: usize| text.chars().skip(from).take(most).collect::<String>();
    // What is missing has no letter of its own.
    let wrong = part(error.at, error.length);
    let wrong = if wrong.trim().is_empty() { "␣".to_owned() } else { wrong };
    [part(0, error.at), wrong, part(error.at + error.length, usize::MAX)]
}

/// Offers what was probably meant.
pub fn instead(words: &str) -> String {
    format!("write {}", words.trim())
}

/// What is said where there is no filter.
pub const EVERYTHING: &str = "Everything that is loaded is shown.";

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
