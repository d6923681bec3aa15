//! What a typed flow is answered with, stage by stage.

use crate::ui::format::{counted, exact};
use azflow_engine::session::EndLine;

/// The field for the source.
pub const SRC: &str = "source";
/// The field for the destination.
pub const DST: &str = "destination";
/// What may stand in both.
pub const END: &str = "address, machine, NIC, subnet";
/// The field for the port.
pub const PORT: &str = "port";
/// The choice of the protocol.
pub const PROTOCOL: &str = "protocol";
/// Has the typed flow decided.
pub const RUN: &str = "Decide";
/// How a flow is decided.
pub const DECIDE_LEAD: &str = "As IP flow verify does it: leaving the source at its NIC and subnet, entering the destination at its subnet and NIC. \
    Connections are stateful, so only the way there is asked for. An end is an address, or a machine, NIC or subnet by its \
    name; where that is several addresses, each is decided.";

/// What a name stands for.
pub fn end(end: &EndLine) -> String {
    match (end.addresses.rows.as_slice(), end.addresses.total) {
        ([(address, machine, subnet)], 1) => match place(machine, subnet).as_str() {
            "" => format!("{} is {address}.", end.text),
            place => format!("{} is {address} ({place}).", end.text),
        },
        (_, count) => {
            format!("{} has {} addresses; each is decided by itself.", end.text, exact(u64::from(count)))
        }
    }
}

/// Where an address is: its machine or NIC, and its subnet.
pub fn place(machine: &str, subnet: &str) -> String {
    [machine, subnet].into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Pairs of addresses by decision.
pub fn pairs([allowed, denied, open]: [u64; 3]) -> String {
    let all = counted(allowed + denied + open, "pair of addresses", "pairs of addresses");
    let parts = [(allowed, "allowed"), (denied, "denied"), (open, "not to be told")];
    let parts =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{} {word}", exact(*count)));
    format!("{all}: {}", parts.collect::<Vec<_>>().join(", "))
}

/// Columns of pairs of addresses.
pub const PAIR_COLUMNS: [&str; 6] = ["from", "to", "decision", "decided by", "in the logs", "stages"];
/// A pair that the logs have.
pub const SEEN: &str = "seen";
/// Leads to the stages of a pair.
pub const STAGES_OF: &str = "Show";

/// The same, in full.
pub fn stages_of(src: &str, dst: &str) -> String {
    format!("Show the stages from {src} to {dst}")
}

/// Stages: word of documents, name.
pub const STAGES: [(&str, &str); 4] = [
    ("source-nic", "leaving the source's NIC"),
    ("source-subnet", "leaving the source's subnet"),
    ("destination-subnet", "entering the destination's subnet"),
    ("destination-nic", "entering the destination's NIC"),
];
/// A stage without a group.
pub const NO_GROUP: &str = "no group";
/// A stage behind the one that denies.
pub const NOT_REACHED: &str = "not reached";
/// Instead of a decision, where no stage has a group.
pub const NO_GROUP_APPLIES: &str = "No group applies";
/// Why.
pub const NO_STAGE: &str =
    "No group on file applies at either end, so none denies. Load groups, networks and NICs to ask again.";
/// Heading of what the logs say of the flow.
pub const LOGGED: &str = "As logged";
/// The logs do not have the flow.
pub const NEVER_SEEN: &str = "This conversation was never seen in these files.";
/// The logs decided as the groups do.
pub const AGREES: &str = "The logs agree.";
/// The logs decided otherwise, and what that may mean.
pub const DISAGREES: &str =
    "The logs say otherwise: the groups on file may be newer than the logs, or something else decided.";

/// The verdict on a flow.
pub fn decided(allows: Option<bool>) -> &'static str {
    match allows {
        Some(true) => "✓ Allowed",
        Some(false) => "✕ Denied",
        None => "? Not to be told",
    }
}
