//! What is said of the bars of a chart over time.

use crate::ui::format::{counted, exact, moment, short};
use azflow_core::model::UnixMillis;
use azflow_engine::session::Timeline;

/// The chart over time in a sentence.
pub fn timeline(timeline: &Timeline) -> String {
    let most = timeline.bins.iter().map(|b| b.attempts()).max().unwrap_or_default();
    format!(
        "Flows over time, allowed above the line and denied below it: {} of {}, at most {} flows in one.",
        counted(timeline.bins.len() as u64, "bin", "bins"),
        bin_width(timeline.bin_minutes),
        exact(most)
    )
}

/// The highest bars of the chart over time.
pub fn timeline_most(timeline: &Timeline) -> String {
    let most =
        |of: fn(&azflow_core::model::Tally) -> u64| timeline.bins.iter().map(of).max().unwrap_or_default();
    let mut words = format!("at most {} allowed", short(most(|b| b.allowed_flows)));
    match most(|b| b.denied_flows) {
        0 => {}
        denied => words.push_str(&format!(", {} denied", short(denied))),
    }
    format!("{words} in {}", bin_width(timeline.bin_minutes))
}

/// The width of a bin.
pub fn bin_width(minutes: u32) -> String {
    match minutes {
        m if m % 1440 == 0 && m > 0 => counted(u64::from(m / 1440), "day", "days"),
        m if m % 60 == 0 && m > 0 => counted(u64::from(m / 60), "hour", "hours"),
        m => counted(u64::from(m), "minute", "minutes"),
    }
}

/// The start of a timeline's bin.
pub fn bin_start(timeline: &Timeline, index: usize) -> UnixMillis {
    UnixMillis::from_minute(
        timeline.start_minute.saturating_add(timeline.bin_minutes.saturating_mul(index as u32)),
    )
}

/// The start of a bin, in words.
pub fn bin_time(timeline: &Timeline, index: usize) -> String {
    let text = moment(bin_start(timeline, index));
    // Bins begin on whole minutes: the seconds say nothing.
    text.strip_suffix(":00").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_say_their_width_in_the_largest_unit() {
        let widths = [1, 10, 60, 360, 1440].map(|m| bin_width(m).replace('\u{a0}', " "));
        assert_eq!(widths, ["1 minute", "10 minutes", "1 hour", "6 hours", "1 day"]);
    }
}
