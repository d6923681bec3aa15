//! What several screens say.

use crate::ui::format::{counted, drawn, exact, exact_bytes, moment, percent};
use azflow_core::model::{Tally, UnixMillis};
use azflow_engine::session::Selection;

/// The product's name.
pub const NAME: &str = "azflow";
/// Forgets everything.
pub const CLEAR: &str = "Start over";
/// Stops loading.
pub const CANCEL: &str = "Cancel";
/// Puts text on the clipboard.
pub const COPY: &str = "Copy";
/// It is there now.
pub const COPIED: &str = "Copied";
/// The clipboard is closed; the text is selected instead.
pub const COPY_BY_HAND: &str = "Press Ctrl+C";
/// More rows.
pub const MORE: &str = "Show more";
/// Lets the selection go.
pub const EVERYTHING: &str = "Show everything";
/// The tab of the matrix.
pub const TAB_MATRIX: &str = "Matrix";
/// The switch's position that counts each conversation once.
pub const CONVERSATIONS: &str = "Conversations";
/// What counting conversations means.
pub const CONVERSATIONS_TITLE: &str =
    "Each conversation counted once, however many network interfaces logged it";
/// The switch's position that adds up everything.
pub const AS_LOGGED: &str = "As logged";
/// What adding up everything means.
pub const AS_LOGGED_TITLE: &str =
    "Everything logged, added up: a connection logged at both ends counts twice, as in a plain KQL sum";

/// What a selection is called.
pub fn selection(selection: &Selection) -> String {
    match (&selection.src, &selection.dst) {
        (None, None) => "Everything".to_owned(),
        (Some(src), None) => format!("{} → anywhere", drawn(src)),
        (None, Some(dst)) => format!("anywhere → {}", drawn(dst)),
        (Some(src), Some(dst)) => format!("{} → {}", drawn(src), drawn(dst)),
    }
}

/// A tally in words, exactly.
pub fn tally(tally: &Tally) -> String {
    let c = &tally.counters;
    let denied = match (tally.denied_flows, tally.attempts()) {
        (0, _) | (_, 0) => String::new(),
        (denied, all) => format!(" ({} of attempts)", percent(denied, all)),
    };
    let traffic = if c.packets() == 0 && c.bytes() == 0 {
        "no packets or bytes logged".to_owned()
    } else {
        format!(
            "{} there and {} back in {}",
            exact_bytes(c.bytes_src_to_dst),
            exact_bytes(c.bytes_dst_to_src),
            counted(c.packets(), "packet", "packets")
        )
    };
    format!(
        "{} allowed, {} denied flows{denied}; {traffic}",
        exact(tally.allowed_flows),
        exact(tally.denied_flows)
    )
}

/// A moment, or a dash.
pub fn when(at: Option<UnixMillis>) -> String {
    at.map_or_else(|| "–".to_owned(), moment)
}

/// How many rows of a capped list are shown.
pub fn shown(rows: usize, total: u32) -> String {
    format!("{} of {} shown", exact(rows as u64), exact(u64::from(total)))
}

/// While the first answer is on its way.
pub const WAITING: &str = "Counting …";

/// Opens the whole of a list.
pub fn all(total: usize) -> String {
    format!("Show all {}", exact(total as u64))
}

/// A message as a sentence: a capital at its beginning, a full stop at its end.
pub fn sentence(message: &str) -> String {
    // A name that is written small stays so.
    if message.starts_with("azflow ") {
        return format!("{message}.");
    }
    let mut letters = message.chars();
    let first: String = letters.next().map(|c| c.to_ascii_uppercase().into()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
