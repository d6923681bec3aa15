//! What a simulation says: outcomes, their matrix, tables and conversations.

use crate::ui::format::{counted, exact};
use crate::ui::grid::{Chart, Spot};
use azflow_engine::rules::{ByFate, Fate};
use azflow_engine::session::{RuleSource, Selection, SimulatedPart, SimulationAnswer};

/// What is simulated: word, explanation, handle.
pub const SOURCES: [(RuleSource, &str, &str, &str); 3] = [
    (
        RuleSource::Draft,
        "The draft",
        "The draft with its knobs, over the groups in force elsewhere",
        "simulate-draft",
    ),
    (RuleSource::Loaded, "Loaded groups", "The groups of the loaded descriptions", "simulate-loaded"),
    (
        RuleSource::File,
        "A file",
        "azflow-rules.json, or any file of groups that azflow reads, over the groups in force elsewhere",
        "simulate-file",
    ),
];
/// The switch of them.
pub const SOURCE: &str = "What is simulated";
/// Opens a file.
pub const OPEN: &str = "Open rules";

/// A fate: sign, word, explanation, handle, class.
pub fn fate(fate: Fate) -> (&'static str, &'static str, &'static str, &'static str, &'static str) {
    match fate {
        Fate::Kept => ("✓", "kept", "Was allowed and stays so", "fate-kept", "f-kept"),
        Fate::WouldBreak => {
            ("✕", "would break", "Was allowed and would be denied", "fate-would-break", "f-breaks")
        }
        Fate::StillBlocked => {
            ("–", "still blocked", "Was denied and stays so", "fate-still-blocked", "f-blocked")
        }
        Fate::NewlyOpened => {
            ("!", "newly opened", "Was denied and would be allowed", "fate-newly-opened", "f-opened")
        }
        Fate::Undecidable => (
            "?",
            "undecidable",
            "Not to be told: a tag or a membership is not on file",
            "fate-undecidable",
            "f-open",
        ),
    }
}

/// Above the matrix of a simulation.
pub const FATE_MATRIX: &str = "Outcome by pair of subnets";
/// The line of words, while nothing is pointed at.
pub const FATE_HINT: &str = "Point at a cell or use the arrow keys; click or Enter lists its conversations, Esc lists none. The table below has the same numbers.";

/// Conversations by fate, those that occur.
pub fn fates(counts: ByFate) -> String {
    let parts = Fate::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    let parts: Vec<String> = parts.map(|(of, count)| format!("{} {}", exact(count), fate(of).1)).collect();
    if parts.is_empty() { "no conversation".to_owned() } else { parts.join(", ") }
}

/// A place of the matrix of a simulation.
pub fn fate_spot(chart: &Chart, spot: Spot) -> String {
    let counts = chart.fates(spot);
    let all = counted(counts.iter().sum(), "conversation", "conversations");
    let Selection { src, dst } = chart.selection(spot);
    match (src, dst) {
        (Some(src), Some(dst)) if counts == ByFate::default() => format!("{src} → {dst}: never seen"),
        (Some(src), Some(dst)) => format!("{src} → {dst}: {all}: {}", fates(counts)),
        (Some(src), None) => format!("All from {src}: {all}: {}", fates(counts)),
        (None, Some(dst)) => format!("All to {dst}: {all}: {}", fates(counts)),
        (None, None) => format!("Everything: {all}: {}", fates(counts)),
    }
}

/// The matrix of a simulation in a sentence.
pub fn fate_summary(chart: &Chart) -> String {
    let with = |fate: Fate| chart.cells.iter().filter(|cell| cell.fates[fate as usize] > 0).count() as u64;
    format!(
        "{} talk: {} with conversations that would break, {} with newly opened, {} with undecidable ones. In all {}.",
        counted(chart.cells.len() as u64, "pair of subnets", "pairs of subnets"),
        exact(with(Fate::WouldBreak)),
        exact(with(Fate::NewlyOpened)),
        exact(with(Fate::Undecidable)),
        fates(chart.fates(Spot::All))
    )
}

/// What the shares of a cell mean.
pub const SHARES: &str = "A cell is split by outcome; each that occurs takes at least a fifth. Bars at the right: a row's conversations, hatched what changes or can't be told.";
/// Instead of a list that is empty.
pub const NONE_SEEN: &str = "No such conversation was seen.";
/// A pair without conversations.
pub const FATE_NEVER: &str = "never seen";
/// Beside the totals.
pub const UNIT: &str = "conversations, each counted once";

/// Below a fate: the same today.
pub fn now(count: u64) -> String {
    format!("loaded groups: {}", exact(count))
}

/// What would ride on the default allow of these groups.
pub fn on_default(answer: &SimulationAnswer) -> String {
    let conversations = counted(answer.on_default, "conversation", "conversations");
    format!("{conversations} would be kept by the default allow of these groups alone")
}

/// Tables of a simulation: title, first two columns, handle.
pub const TABLES: [(&str, [&str; 2], &str); 3] = [
    ("By pair of subnets", ["from", "to"], "simulation-pairs"),
    ("By deciding rule", ["group", "rule"], "simulation-rules"),
    ("By service", ["", "service"], "simulation-services"),
];
/// No group applies.
pub const NO_RULE: &str = "no group applies";
/// Columns of conversations.
pub const FLOW_COLUMNS: [&str; 6] = ["outcome", "from", "to", "service", "allowed · denied", "decided by"];

/// Heading of the listed conversations.
pub fn listed(shown: &SimulatedPart) -> String {
    if shown.on_default {
        return "Conversations that only the default allow of these groups would keep: what a later deny cuts".to_owned();
    }
    let which = shown.fate.map(|of| format!(" that are {}", fate(of).1)).unwrap_or_default();
    let place = match (&shown.ends.src, &shown.ends.dst, &shown.line) {
        (Some(src), Some(dst), _) => format!(": {src} → {dst}"),
        (Some(src), None, _) => format!(": from {src}"),
        (None, Some(dst), _) => format!(": to {dst}"),
        (None, None, Some((a, b))) if !a.is_empty() => format!(": {a} → {b}"),
        (None, None, Some((_, b))) => format!(": {b}"),
        (None, None, None) => String::new(),
    };
    format!("Conversations{which}{place}")
}

/// Lists nothing any longer.
pub const CLOSE: &str = "Close";
