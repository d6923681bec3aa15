//! What the timeline above every screen says.

use crate::ui::format::{self, counted, exact, minute, short};
use crate::ui::words::bins::bin_width;
use azflow_core::model::{Tally, UnixMillis};
use azflow_engine::session::{Covered, OverTime};

/// What it is.
pub const TITLE: &str = "Flows over time";
/// Said of the drawing by a screen reader.
pub const ROLE: &str = "timeline";
/// How to use it by keyboard.
pub const KEYS: &str = "Arrow keys choose a stretch of time, with Shift they widen it, Home and End go to the ends; Enter applies it, \
    Escape clears it. With a mouse, drag.";
/// The field for the beginning of the typed range.
pub const FROM: &str = "from";
/// The field for its end.
pub const TO: &str = "to (UTC)";
/// What is wrong with it.
pub const BACKWARDS: &str = "The range ends before it begins.";
/// Ends the range.
pub const CLEAR: &str = "All of the time";
/// Shows everything, with what is chosen marked.
pub const ZOOM_OUT: &str = "Zoom out";
/// Shows what is chosen at full width.
pub const ZOOM_IN: &str = "Zoom in";
/// In the table: no NIC has logs there.
pub const NO_LOGS: &str = "no logs";
/// In the table: some NICs have no logs there.
pub const SOME_LOGS: &str = "some NICs without logs";

/// Beside a bin's bytes.
pub fn older(bytes: u64) -> String {
    format!(" ({} possibly from before the window)", format::bytes(bytes))
}

/// The one line beside the drawing.
pub fn summary(of: &OverTime) -> String {
    let most = |value: fn(&Tally) -> u64| of.timeline.bins.iter().map(value).max().unwrap_or_default();
    let width = of.timeline.bin_minutes;
    let mut out = format!(
        "At most {} allowed, {} denied in {}",
        short(most(|bin| bin.allowed_flows)),
        short(most(|bin| bin.denied_flows)),
        bin_width(width)
    );
    let bins = |wanted: Covered| of.covered.iter().filter(|covered| **covered == wanted).count() as u64;
    let (none, some) = (bins(Covered::Not), bins(Covered::Partly));
    if none > 0 {
        out.push_str(&format!("; no logs in {}", counted(none, "bin", "bins")));
    }
    if some > 0 {
        out.push_str(&format!("; some NICs without logs in {}", counted(some, "bin", "bins")));
    }
    out
}

/// A stretch of bins, with what is in it.
pub fn stretch(of: &OverTime, (first, end): (usize, usize)) -> String {
    let mut sum = Tally::default();
    of.timeline.bins.iter().take(end).skip(first).for_each(|bin| sum.add(bin));
    let at = |bin: usize| minute(UnixMillis::from_minute(of.minute(bin)));
    format!(
        "{} – {} UTC: {} allowed, {} denied",
        at(first),
        at(end),
        exact(sum.allowed_flows),
        exact(sum.denied_flows)
    )
}
