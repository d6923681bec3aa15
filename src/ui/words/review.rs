//! What the Review screen says.

use crate::ui::format::{counted, drawn, exact, percent};
use crate::ui::words::shared;
use azflow_engine::rules::{Conflict, Verdict};
use azflow_engine::session::{Capped, Denial, Listed, ReviewAnswer, ReviewRow, ReviewTaken, Selection};

/// The tab.
pub const TAB: &str = "Review";
/// Goes there with the selection.
pub const REVIEW: &str = "Review these services";
/// Waiting for the first answer.
pub const WAITING: &str = "Adding up services …";
/// What to do here.
pub const LEAD: &str = "What was allowed is not yet needed: say of each service whether it is. Rules are drafted from \
    what you say here; nothing is decided by itself.";
/// Keys of a row.
pub const KEYS: &str = "In a row: n needed, x not needed, a ask, u undecided; arrow keys move, o goes to the owner, \
    t to the note, Esc back.";

/// A verdict on buttons, and what it means.
pub fn verdict(verdict: Verdict) -> (&'static str, &'static str, &'static str) {
    match verdict {
        Verdict::Needed => ("✓", "Needed", "Needed: seeds a rule, even if it was denied (n)"),
        Verdict::NotNeeded => ("✕", "Not needed", "Not needed: seeds no rule (x)"),
        Verdict::Ask => ("?", "Ask", "Ask somebody first; counts as undecided until then (a)"),
    }
}

/// A test handle.
pub fn handle(verdict: Verdict, bulk: bool) -> &'static str {
    match (verdict, bulk) {
        (Verdict::Needed, false) => "mark-needed",
        (Verdict::NotNeeded, false) => "mark-not-needed",
        (Verdict::Ask, false) => "mark-ask",
        (Verdict::Needed, true) => "review-bulk-needed",
        (Verdict::NotNeeded, true) => "review-bulk-not-needed",
        (Verdict::Ask, true) => "review-bulk-ask",
    }
}

/// Which services are listed: word, explanation, handle.
pub const LISTED: [(Listed, &str, &str, &str); 3] = [
    (
        Listed::Allowed,
        "Allowed",
        "Services of which something was allowed: what there is to decide",
        "review-allowed",
    ),
    (
        Listed::Denied,
        "Only denied",
        "Services of which everything was denied; they seed no rule unless you say needed",
        "review-denied",
    ),
    (Listed::All, "All", "Every service that was seen", "review-all"),
];

/// Names the choice of which services are listed.
pub const LIST: &str = "Which services are listed";
/// The switch that lists only undecided services.
pub const UNDECIDED: &str = "Undecided only";
/// The switch that lists hosts instead of subnets.
pub const HOSTS: &str = "By host";
/// What that switch does.
pub const HOSTS_TITLE: &str =
    "A row for each two hosts; what is said of them counts before what is said of their subnets";
/// Beside the choice of how services are sorted.
pub const ORDER: &str = "order";
/// The orders to choose from.
pub const ORDERS: [&str; 2] = ["most flows", "pair"];
/// In the empty field that finds services.
pub const SEARCH: &str = "Subnet, port, service, owner or note";
/// The button that lists services of all pairs again.
pub const EVERY_PAIR: &str = "Every pair";
/// The button that lists services of one pair.
pub const ONLY_PAIR: &str = "Only this pair";
/// Column: who owns the service.
pub const OWNER: &str = "Owner";
/// Column: a note.
pub const NOTE: &str = "Note";
/// Takes a decision back.
pub const CLEAR: &str = "Undecided";
/// Saves the review as a file.
pub const SAVE: &str = "Save review";
/// What is saved.
pub const SAVE_TITLE: &str = "Every decision, owner and note as a file that opens again (azflow-review.json)";
/// Opens a saved review.
pub const OPEN: &str = "Open review";
/// What opening a review does.
pub const OPEN_TITLE: &str =
    "Takes in a saved review; where it says something it counts before what is said here";
/// Writes a table for the owners of services.
pub const CSV: &str = "Table for owners";
/// What the table has.
pub const CSV_TITLE: &str =
    "The listed services as CSV, to be filled in by those who know: decision, owner, note";
/// Reads a table that came back.
pub const CSV_IN: &str = "Take table back";
/// What reading it does.
pub const CSV_IN_TITLE: &str = "Takes in a filled-in table, as Excel saves it";
/// No row fits.
pub const NOTHING: &str = "No service fits.";
/// Nothing is left.
pub const DONE: &str = "Nothing is left to decide here. Rules can be drafted on the Rules screen.";
/// Columns.
pub const COLUMNS: [&str; 8] = [
    "from → to",
    "service",
    "allowed · denied",
    "hosts",
    "first – last (UTC)",
    "decided by",
    "decision",
    "owner · note",
];
/// Different things are said of parts.
pub const MIXED: &str = "differs by host";
/// Said by a mark of another width.
pub const WIDER: &str = "by a wider or finer mark";
/// What is overridden by marking as needed what somebody denied; and what is not, since no group's rule does it.
pub fn overrides(denials: &Capped<Denial>) -> Vec<String> {
    let more = denials.total.saturating_sub(denials.rows.len() as u32);
    let sentence = |is_group: bool| {
        let rows = denials.rows.iter().filter(|denial| denial.is_group == is_group);
        let (mut names, mut attempts) = (Vec::new(), 0);
        for Denial { by, .. } in rows {
            let group = by.acl.rsplit('/').next().unwrap_or_default();
            names.push(format!("{} ({group}, {})", bare(&by.rule), by.direction.as_str()));
            attempts += by.flows.1;
        }
        let more = if more > 0 { format!(" and {} more", exact(u64::from(more))) } else { String::new() };
        let begin = if is_group { "overrides" } else { "stays denied, whatever groups say, by" };
        let denied = counted(attempts, "attempt", "attempts");
        (!names.is_empty()).then(|| format!("{begin} {}{more}: {denied} denied", names.join(", ")))
    };
    [true, false].into_iter().filter_map(sentence).collect()
}

/// On the button that would do that.
pub fn would_override(sentences: &[String]) -> String {
    format!("; {}", sentences.join("; "))
}

/// Flows that began before the window.
pub const EARLIER: &str = "begun earlier";
/// Closes the report of a file.
pub const CLOSE: &str = "Close";

/// How far it is.
pub fn progress(answer: &ReviewAnswer) -> String {
    format!("{} of {} decided", exact(u64::from(answer.decided)), exact(u64::from(answer.services)))
}

/// The rest of it.
pub fn rest(answer: &ReviewAnswer) -> String {
    let open = answer.services - answer.decided;
    let mut words = format!(
        "{} · {} open",
        percent(u64::from(answer.decided), u64::from(answer.services)),
        exact(u64::from(open))
    );
    if answer.asked > 0 {
        words.push_str(&format!(", {} of them to ask", exact(u64::from(answer.asked))));
    }
    if answer.unseen > 0 {
        words.push_str(&format!(
            " · {} of services that are not in these files",
            counted(u64::from(answer.unseen), "mark", "marks")
        ));
    }
    words
}

/// The rows that fit.
pub fn fitting(answer: &ReviewAnswer) -> String {
    format!(
        "{} between {}",
        counted(u64::from(answer.rows.total), "service", "services"),
        counted(u64::from(answer.pairs), "pair", "pairs")
    )
}

/// Before the buttons that mark all rows on screen.
pub fn bulk(rows: usize) -> String {
    match rows {
        1 => "Mark the one shown:".to_owned(),
        n => format!("Mark all {} shown:", exact(n as u64)),
    }
}

/// The question before marks take the place of others.
pub fn overwrite(count: usize, to: Option<Verdict>) -> String {
    let decisions = counted(count as u64, "decision", "decisions");
    match to {
        Some(_) => format!("Overwrite {decisions}?"),
        None => format!("Take back {decisions}?"),
    }
}

/// What they would take the place of.
pub fn overwritten(all: usize, said: &[(Verdict, usize)], to: Option<Verdict>) -> String {
    let said: Vec<String> = said
        .iter()
        .map(|(said, count)| format!("{} “{}”", exact(*count as u64), verdict(*said).1.to_lowercase()))
        .collect();
    let to = to.map_or_else(|| CLEAR.to_lowercase(), |to| verdict(to).1.to_lowercase());
    let services = counted(all as u64, "service", "services");
    format!(
        "{services} shown would become “{to}”. Decided otherwise now: {}. Owners and notes stay.",
        said.join(", ")
    )
}

/// Marks only what nothing else is said of.
pub fn only_others(count: usize) -> String {
    format!("Keep those, mark the other {}", exact(count as u64))
}

/// Marks everything.
pub fn overwrite_all(count: usize, to: Option<Verdict>) -> String {
    let word = if to.is_some() { "Overwrite" } else { "Take back" };
    format!("{word} {}", exact(count as u64))
}

/// Leaves everything as it is.
pub const CANCEL: &str = "Cancel";

/// The buttons that take marks back and make them again: sign, and words.
pub fn step(back: bool, count: Option<usize>) -> (&'static str, String) {
    let (sign, word, key) = if back { ("↶", "Undo", "Ctrl+Z") } else { ("↷", "Redo", "Ctrl+Shift+Z") };
    let of = count.map_or_else(
        || "no decision".to_owned(),
        |count| format!("the last decision on {}", counted(count as u64, "service", "services")),
    );
    (sign, format!("{word} {of} ({key})"))
}

/// After one of them.
pub fn undone((count, back): (usize, bool)) -> String {
    let word = if back { "Undone" } else { "Redone" };
    format!("{word}: {}", counted(count as u64, "service", "services"))
}

/// Asks for the other rows.
pub fn more(total: u32, most: u32) -> String {
    if total > most {
        format!("Show {} of {}", exact(u64::from(most)), exact(u64::from(total)))
    } else {
        format!("Show all {}", exact(u64::from(total)))
    }
}

/// A pair that narrows the list.
pub fn pair(pair: &Selection) -> String {
    shared::selection(pair)
}

/// A row in a sentence, for its label.
pub fn row(row: &ReviewRow) -> String {
    let mark = &row.mark;
    let port = mark.port.map(|port| format!(" {port}")).unwrap_or_default();
    let verdict = match (row.verdict(), row.is_mixed()) {
        (Some(said), _) => verdict(said).1,
        (None, true) => MIXED,
        (None, false) => CLEAR,
    };
    format!("{} to {}, {}{port}: {verdict}", drawn(&mark.src), drawn(&mark.dst), mark.protocol)
}

/// A rule's name without what flow logs put in front of it; in words where the log tells no name.
pub fn bare(rule: &str) -> &str {
    untold(rule)
        .or_else(|| rule.strip_prefix("UserRule_"))
        .or_else(|| rule.strip_prefix("DefaultRule_"))
        .unwrap_or(rule)
}

/// What is to be said of a name that is no rule's.
pub fn untold(rule: &str) -> Option<&'static str> {
    let said = [
        ("PlatformRule", "the platform, rule not told"),
        ("UserRule", "a user\u{2019}s rule, not told which"),
        ("DefaultRule", "a default rule, not told which"),
    ];
    said.into_iter().find(|(name, _)| rule.eq_ignore_ascii_case(name)).map(|(_, words)| words)
}

/// What came of a file.
pub fn taken(taken: &ReviewTaken) -> String {
    let mut words = format!("{} taken in", counted(taken.marks as u64, "mark", "marks"));
    if !taken.conflicts.is_empty() {
        words.push_str(&format!(
            "; {} had been said otherwise before, the file counts",
            counted(taken.conflicts.len() as u64, "thing", "things")
        ));
    }
    if !taken.problems.is_empty() {
        words.push_str(&format!("; {} not understood", counted(taken.problems.len() as u64, "row", "rows")));
    }
    words
}

/// A conflict in a sentence.
pub fn conflict(conflict: &Conflict) -> String {
    let mark = &conflict.mark;
    let port = mark.port.map(|port| format!("/{port}")).unwrap_or_default();
    format!(
        "{} → {} {}{port}: {} “{}”, before “{}”",
        mark.src, mark.dst, mark.protocol, conflict.field, conflict.after, conflict.before
    )
}

/// On the start screen, when only a review is open.
pub fn waiting(marks: usize) -> String {
    format!(
        "A review with {} is open. Add the logs that it is about.",
        counted(marks as u64, "mark", "marks")
    )
}
