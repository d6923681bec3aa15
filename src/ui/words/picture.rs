//! What is said beside a chart that can be saved, and in its picture.

use super::matrix::measure;
use super::shared::{AS_LOGGED, AS_LOGGED_TITLE, CONVERSATIONS, CONVERSATIONS_TITLE, selection, shown};
use crate::ui::format::span;
use crate::ui::grid::Measure;
use azflow_core::model::UnixMillis;
use azflow_core::store::Mode;
use azflow_engine::session::{Selection, View};

/// Stands before the kinds of picture.
pub const SAVE_PICTURE: &str = "Save picture";
/// Explains one.
pub const SAVE_SVG: &str = "Save this chart as SVG, sharp at every size";
/// Explains the other.
pub const SAVE_PNG: &str = "Save this chart as PNG, at the size chosen beside";
/// How large a PNG is.
pub const SCALE: &str = "at";

/// The buttons that save a chart.
pub fn save(title: &str) -> String {
    format!("Save picture: {title}")
}

/// The title of a picture of them.
pub fn bars_title(of: &Selection, pictured: usize, count: usize) -> String {
    let all = selection(of);
    if pictured < count { format!("{all}: the largest {}", shown(pictured, count as u32)) } else { all }
}

/// The title of a picture of the chart over time.
pub fn timeline_title(of: &Selection) -> String {
    format!("{}: flows over time", selection(of))
}

/// What is written in a picture besides its title.
pub fn lines(view: &View, of: Measure, window: Option<(UnixMillis, UnixMillis)>) -> Vec<String> {
    let mode = match view.mode {
        Mode::Conversations => format!("{}: {}", CONVERSATIONS, CONVERSATIONS_TITLE),
        Mode::AsLogged => format!("{}: {}", AS_LOGGED, AS_LOGGED_TITLE),
    };
    let window = window.map_or_else(String::new, |(first, last)| format!("{} UTC · ", span(first, last)));
    let filter =
        if view.filter.is_empty() { "no filter".to_owned() } else { format!("filter {}", view.filter) };
    vec![format!("{window}{} · {filter}", measure(of)), mode]
}
