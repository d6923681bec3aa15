//! What the header says: what is loaded, how loading stands, and what was given up.

use crate::ui::format::{bytes, counted, duration, exact, exact_bytes, short, span};
use azflow_core::store::Resolution;
use azflow_engine::session::{LoadPhase, LoadState, Overview};

/// Explains the badge about memory.
pub const RESOLUTION: &str = "More flow records than fit in memory: times, then public addresses, are kept less exactly. \
    All sums are unchanged.";
/// Explains the badge about what there was no room for.
pub const LEFT_OUT: &str = "Memory is full, and nothing that is kept can get coarser. What came later is not counted, and \
    not known: the Data screen names it.";
/// Adds files to what is loaded.
pub const ADD_FILES: &str = "Add files";
/// Adds a folder.
pub const ADD_FOLDER: &str = "Add folder";
/// Saves the summary document.
pub const SAVE: &str = "Save summary";
/// What that is.
pub const SAVE_TITLE: &str = "Save every number of this page as a JSON document";
/// The tab of the sources.
pub const TAB_DATA: &str = "Data";
/// The way from the matrix to what is shown.
pub const CRUMBS: &str = "Where this is";
/// The switch of modes.
pub const MODE: &str = "How flows are counted";
/// The switch of themes.
pub const THEME: &str = "theme";
/// Its positions.
pub const THEMES: [&str; 3] = ["system", "light", "dark"];
/// The tabs.
pub const SCREENS: &str = "Screens";
/// The badge.
pub const EXAMPLE: &str = "Example data, generated in this page";
/// What loading left behind when stopped.
pub const PARTIAL: &str = "Partial: loading was cancelled";

/// How loading stands; begins with the phase's word.
pub fn load_status(load: &LoadState) -> String {
    match load.phase {
        LoadPhase::Idle => "idle: waiting for files".to_owned(),
        LoadPhase::Loading => loading(load),
        LoadPhase::Ready => {
            // The example's files have no size before they are made.
            let size =
                if load.bytes_done == 0 { String::new() } else { format!(" ({})", bytes(load.bytes_done)) };
            let files = counted(u64::from(load.files_done), "file", "files");
            format!("ready: {files}{size} read in {}", duration(load.elapsed_ms))
        }
        LoadPhase::Cancelled => format!(
            "cancelled: {} of {} finished and kept; what is shown is partial",
            exact(u64::from(load.files_done)),
            counted(u64::from(load.files_total), "file", "files")
        ),
        LoadPhase::Failed => match &load.failure {
            Some((name, failure)) => format!("failed: {name}: {}", failure.says()),
            None => "failed: no flow log could be read".to_owned(),
        },
    }
}

fn loading(load: &LoadState) -> String {
    let files = format!(
        "loading: {} of {}",
        exact(u64::from(load.files_done)),
        counted(u64::from(load.files_total), "file", "files")
    );
    if load.files_unsized > 0 {
        // Sums over some of the sizes would promise an end that moves away.
        return format!("{files}, {} read; still measuring", bytes(load.bytes_done));
    }
    let mut text = format!("{files}, {} of {}", bytes(load.bytes_done), bytes(load.bytes_total));
    if load.elapsed_ms >= 500 && load.bytes_done > 0 {
        let rate = u128::from(load.bytes_done) * 1000 / u128::from(load.elapsed_ms);
        let left = u128::from(load.bytes_total.saturating_sub(load.bytes_done)) * 1000 / rate.max(1);
        text.push_str(&format!(", {}/s, about {} left", bytes(rate as u64), duration(left as u64)));
    }
    text
}

/// What memory made coarser, if it did.
pub fn resolution(resolution: &Resolution) -> Option<String> {
    let Resolution { bin_minutes, folded } = resolution;
    if *bin_minutes == 1 {
        return None;
    }
    let mut words = format!(
        "times kept to {}",
        match bin_minutes {
            10 => "10 minutes",
            60 => "the hour",
            1440 => "the day",
            10_080 => "the week",
            _ => "four weeks",
        }
    );
    if let Some((v4, v6)) = folded {
        words.push_str(&format!(", public addresses to /{v4} and /{v6}"));
    }
    Some(words)
}

/// What there was no room for.
pub fn left_out(tuples: u64) -> String {
    format!("memory is full: {} tuples are not counted", short(tuples))
}

/// The header's line about what is loaded.
pub fn loaded(overview: &Overview) -> String {
    let mut parts =
        vec![counted(u64::from(overview.sources), "file", "files"), bytes(overview.accounts.bytes)];
    if let (Some(first), Some(last)) = (overview.first, overview.last) {
        parts.push(format!("{} UTC", span(first, last)));
    }
    parts.push(format!("{} tuples", short(overview.accounts.counted_tuples())));
    parts.join(" · ")
}

/// The same, exactly.
pub fn loaded_exactly(overview: &Overview) -> String {
    let a = &overview.accounts;
    format!(
        "{}, {} with flow records, {}; {} counted of {} seen; {}; {}; {}",
        counted(u64::from(overview.sources), "file", "files"),
        exact(u64::from(overview.flow_sources)),
        exact_bytes(a.bytes),
        counted(a.counted_tuples(), "tuple", "tuples"),
        exact(a.tuples),
        counted(overview.flow_records, "flow record", "flow records"),
        counted(overview.conversations, "conversation", "conversations"),
        counted(overview.addresses, "address", "addresses"),
    )
}

/// What could not be answered or saved.
pub fn refused(why: &str) -> String {
    format!("That did not work: {why}. What is shown may be older than your choice.")
}
