//! What the page says about tables with unknown headings, and about what the browser keeps.

use crate::ui::format::{bytes, counted};
use azflow_core::ingest::{Meaning, missing_columns};
use azflow_engine::session::{Kept, TableQuestion};

/// The section.
pub const TITLE: &str = "Tables that azflow asks about";
/// Opens the mapping.
pub const TELL: &str = "Tell azflow what the columns mean";
/// The same, where it was told.
pub const CHANGE: &str = "Change what the columns mean";
/// The mapping's caption.
pub const CAPTION: &str = "First rows of the table, with what each column holds";
/// A column that holds nothing of a flow.
pub const NOTHING: &str = "– not used –";
/// Nothing is missing.
pub const COMPLETE: &str = "Everything that a flow needs is there.";
/// Keeps it.
pub const REMEMBER: &str = "Remember for files with these headings";
/// Reads the files again.
pub const APPLY: &str = "Apply";
/// Closes the mapping.
pub const CLOSE: &str = "Close";
/// The order of dates.
pub const DATES: &str = "Dates like 3/4/2026";
/// Its positions: words, explanation, test handle.
pub const ORDERS: [(&str, &str, &str); 2] = [
    ("Day first", "3/4/2026 is the third of April", "day-first"),
    ("Month first", "3/4/2026 is the fourth of March", "month-first"),
];
/// The section about what is kept.
pub const KEPT: &str = "Kept in this browser";
/// Nothing is.
pub const NONE_KEPT: &str = "Nothing. Names, descriptions of the network and what columns mean are kept only if you ask for it; logs never are.";
/// Forgets it.
pub const FORGET: &str = "Forget everything kept in this browser";
/// The badge.
pub const RESTORED: &str = "Names from your last visit are in use";
/// Explains it.
pub const RESTORED_TITLE: &str =
    "They are kept in this browser. The Data screen shows what is kept, and forgets it.";
/// Keeps names given by hand.
pub const REMEMBER_NAMES: &str = "Remember these names in this browser";
/// Keeps descriptions.
pub const REMEMBER_NETWORK: &str = "Remember the descriptions of the network in this browser";
/// Beyond what a browser keeps.
pub const TOO_LARGE: &str = "The descriptions are not kept: together they are larger than 2 MB.";

/// The browser refused.
pub fn not_kept(why: &str) -> String {
    format!("This browser does not keep it: {why}")
}

/// Which tables, and what about them.
pub fn about(question: &TableQuestion) -> String {
    let others = question.sources.len().saturating_sub(1) as u64;
    let others = match others {
        0 => String::new(),
        n => format!(" and {} with the same headings", counted(n, "other", "others")),
    };
    let sketch = &question.sketch;
    let unknown = missing_columns(&sketch.columns, sketch.every_row);
    let missing = format!("nothing is counted, since no column seems to hold {}", unknown.join(", "));
    let what = if sketch.incomplete && !unknown.is_empty() {
        &missing
    } else if sketch.incomplete {
        "nothing is counted before you say whether azflow guesses right what the columns mean"
    } else if sketch.told {
        "read as you said"
    } else if sketch.day_first == Some(true) {
        "no row tells day from month: read with the day first, as you said"
    } else {
        "no row tells day from month: read with the month first"
    };
    format!("{}{others}: {what}.", question.name)
}

/// More kinds of tables than are shown.
pub fn more(count: u32) -> String {
    format!(
        "{} more with other headings are not shown; answer these first.",
        counted(u64::from(count), "table", "tables")
    )
}

/// What was decided of every row, where no column says it.
pub const EVERY_DECISION: &str = "No column says what was decided: every row is";
/// Its choices.
pub const DECISIONS: [&str; 3] = ["– not said –", "allowed", "denied"];
/// When every row was, where no column says it.
pub const EVERY_TIME: &str = "No column says when: every row is of (UTC)";

/// The protocol of every row, where no column says it.
pub const EVERY_PROTOCOL: &str = "No column says the protocol: every row is";
/// Its choices.
pub const PROTOCOLS: [&str; 4] = ["– not said –", "TCP", "UDP", "ICMP"];
/// The destination port of every row, where no column says it.
pub const EVERY_PORT: &str = "No column says the port: every row is to port";
/// The direction of every row, where no column says it.
pub const EVERY_DIRECTION: &str = "No column says the direction: every row is";
/// Its choices.
pub const DIRECTIONS: [&str; 3] = ["– not said –", "inbound", "outbound"];

/// What no column holds yet.
pub fn missing(list: &[&str]) -> String {
    format!("Still missing: {}.", list.join(", "))
}

/// What the select of a column is called.
pub fn column(heading: &str) -> String {
    format!("What \u{201c}{heading}\u{201d} holds")
}

/// What is kept.
pub fn kept(kept: &Kept) -> String {
    let mut parts = Vec::new();
    if let Some(names) = &kept.names {
        parts.push(counted(names.len() as u64, "name given by hand", "names given by hand"));
    }
    if !kept.files.is_empty() {
        let size: usize = kept.files.iter().map(|(_, text)| text.len()).sum();
        let files =
            counted(kept.files.len() as u64, "description of the network", "descriptions of the network");
        parts.push(format!("{files} ({})", bytes(size as u64)));
    }
    if !kept.tables.is_empty() {
        let kinds = counted(kept.tables.len() as u64, "kind of table", "kinds of tables");
        parts.push(format!("what the columns of {kinds} mean"));
    }
    format!("{}. Logs never.", parts.join(", "))
}

/// What a column can hold, in words.
pub fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Src => "source address",
        Meaning::Dst => "destination address",
        Meaning::Port => "destination port",
        Meaning::Protocol => "protocol",
        Meaning::Direction => "direction at the NIC",
        Meaning::Decision => "allowed or denied",
        Meaning::Start => "time: first flow",
        Meaning::End => "time: last flow",
        Meaning::Interval => "time: interval",
        Meaning::Time => "time",
        Meaning::Count => "number of flows",
        Meaning::AllowedIn => "flows allowed in",
        Meaning::DeniedIn => "flows denied in",
        Meaning::AllowedOut => "flows allowed out",
        Meaning::DeniedOut => "flows denied out",
        Meaning::PacketsThere => "packets to destination",
        Meaning::BytesThere => "bytes to destination",
        Meaning::PacketsBack => "packets back",
        Meaning::BytesBack => "bytes back",
        Meaning::Rule => "rule",
        Meaning::Acl => "security group",
        Meaning::Mac => "MAC address",
        Meaning::SrcSubnet => "source subnet",
        Meaning::DstSubnet => "destination subnet",
        Meaning::SrcPublic => "source addresses, packed",
        Meaning::DstPublic => "destination addresses, packed",
        Meaning::Encryption => "encryption",
        Meaning::SubType => "kind of row",
        _ => "",
    }
}
