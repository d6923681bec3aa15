//! What the Findings screen says: titles, why a finding matters, what could make it wrong, kinds of noise.

use crate::ui::format::{counted, exact, percent, span};
use crate::ui::words::shared;
use azflow_core::model::{Protocol, service_name};
use azflow_core::store::{Mode, Noise};
use azflow_engine::findings::{Code, Finding, Instance, NoiseRow, Severity};
use azflow_engine::session::{Change, CompareAnswer, KeptSide};

/// The tab.
pub const TAB: &str = "Findings";
/// Waiting for the first answer.
pub const WAITING: &str = "Looking for what stands out …";
/// Nothing was found.
pub const NONE: &str = "Nothing stands out";
/// What finding nothing means.
pub const NONE_LEAD: &str = "None of the conditions holds for what is loaded. That is no proof that all is well: \
    what was not logged is not seen.";
/// What the list is about.
pub const LEAD: &str = "About everything loaded, whatever is filtered, each conversation counted once.";
/// Shows the conversations behind a row.
pub const SHOW: &str = "Show flows";
/// Leads to the peerings.
pub const TO_NETWORK: &str = "Reasons and peerings on the Network screen";
/// Leads to the coverage.
pub const TO_DATA: &str = "Coverage on the Data screen";
/// Before what could make a finding wrong.
pub const LIMITS: &str = "Could be wrong:";
/// The section of noise.
pub const NOISE: &str = "Noise";
/// No noise at all.
pub const NO_NOISE: &str = "No conversation is noise by any of the rules.";
/// Hides it.
pub const HIDE: &str = "Hide noise";
/// Shows it again.
pub const UNHIDE: &str = "Show noise again";
/// Shows nothing else.
pub const ONLY: &str = "Only noise";
/// Shows one kind.
pub const ONLY_KIND: &str = "Only this";
/// Columns of noise.
pub const NOISE_COLUMNS: [&str; 4] = ["kind", "conv.", "attempts", ""];

/// The list of findings, as a choice.
pub const STANDING: &str = "What stands out";
/// Two filters side by side.
pub const COMPARE: &str = "Compare periods or files";
/// Explains it.
pub const COMPARE_LEAD: &str = "Two filters side by side, each within the filter above; two halves of the window to begin with, or the chosen \
    stretch of time against the rest. Attempts are as many as there were, not per hour.";
/// How other files are compared with.
pub const KEEP_LEAD: &str = "To compare with other files, keep what is loaded now and then load the others in its place; or open a summary \
    that was saved from earlier ones. Subnets are matched by name: use the same descriptions and prefix lengths for both.";
/// Keeps a side.
pub const KEEP: &str = "Keep this as “Before”";
/// Explains it.
pub const KEEP_TITLE: &str =
    "Keeps the pairs and services that pass the filter above, without noise, until this page is closed";
/// Opens a summary.
pub const OPEN: &str = "Open a saved summary …";
/// Explains it.
pub const OPEN_TITLE: &str = "A file that “Save summary” wrote, of everything that was loaded then";
/// What the side before is.
pub const BEFORE_IS: &str = "“Before” is";
/// The side before is what a filter leaves.
pub const BEFORE_FILTER: &str = "A filter";
/// The side before is what was kept of other files.
pub const BEFORE_KEPT: &str = "What was kept";

/// What is kept, in a sentence.
pub fn kept_side(side: &KeptSide) -> String {
    let files = counted(u64::from(side.sources), "source", "sources");
    let seen = side.seen.map(|(first, last)| format!(", {}", span(first, last))).unwrap_or_default();
    let of = if side.name.is_empty() { String::new() } else { format!("{}: ", side.name) };
    let filter = if side.filter.is_empty() { String::new() } else { format!("; {}", side.filter) };
    format!("{of}{files}{seen}{filter}")
}

/// What is kept was counted in another way.
pub fn kept_otherwise(how: Mode) -> String {
    let how = if how == Mode::AsLogged { shared::AS_LOGGED } else { shared::CONVERSATIONS };
    format!("Counted otherwise (“{how}”): numbers are not comparable, only what is new and gone is.")
}

/// The one filter.
pub const BEFORE: &str = "Before";
/// The other.
pub const AFTER: &str = "After";
/// What a row of the comparison is.
pub const COMPARE_BY: &str = "Compare by";
/// A row is a pair and a service.
pub const BY_SERVICE: &str = "Pairs and services";
/// A row is a pair.
pub const BY_PAIR: &str = "Pairs";
/// Column: what became of it.
pub const CHANGE: &str = "change";
/// Column: the source.
pub const FROM: &str = "from";
/// Column: the destination.
pub const TO: &str = "to";
/// Column: attempts before and now.
pub const STEP: &str = "attempts";

/// What became of a pair.
pub fn change(of: Change) -> &'static str {
    match of {
        Change::New => "new",
        Change::Gone => "gone",
        Change::Decision => "decision",
        Change::More => "more",
        Change::Less => "less",
        Change::Same => "as before",
    }
}

/// A comparison in a sentence.
pub fn compared(answer: &CompareAnswer) -> String {
    let parts = Change::ALL.iter().zip(answer.counts).filter(|(_, count)| *count > 0);
    let parts: Vec<String> =
        parts.map(|(of, count)| format!("{} {}", exact(u64::from(count)), change(*of))).collect();
    let parts = if parts.is_empty() { "Nothing on either side".to_owned() } else { parts.join(", ") };
    format!(
        "{parts}. {} → {}.",
        counted(answer.before.attempts(), "attempt", "attempts"),
        exact(answer.after.attempts())
    )
}

/// Column: how many addresses were tried.
pub const TARGETS: &str = "addresses";
/// Column: how many conversations.
pub const CONVERSATIONS: &str = "conversations";
/// Column: which ports were tried.
pub const PORTS: &str = "ports tried";
/// Column: what was allowed.
pub const THROUGH: &str = "got through";
/// Column: in how many hours.
pub const HOURS: &str = "hours";
/// Column: how many conversations both groups logged alike.
pub const ALIKE: &str = "logged alike";
/// Column: how many hours have no records.
pub const MISSING: &str = "hours missing";
/// Column: which services.
pub const SERVICES: &str = "services";
/// Column: the end that logged it.
pub const END: &str = "logged at the";
/// Column: what the NIC's logs hold.
pub const HOLDS: &str = "its logs hold";
/// Column: the earliest time.
pub const FIRST: &str = "first (UTC)";
/// Column: the latest time.
pub const LAST: &str = "last (UTC)";

/// What the first column holds.
pub fn from(of: Code) -> &'static str {
    match of {
        Code::Scanner => "source",
        Code::WithoutPeering => "network",
        Code::TwoGroups => "group",
        Code::PartialLogs | Code::CoverageGaps => "NIC",
        _ => FROM,
    }
}

/// What the second column holds.
pub fn to(of: Code) -> &'static str {
    match of {
        Code::WithoutPeering => "other network",
        Code::TwoGroups => "other group",
        Code::PartialLogs | Code::CoverageGaps => "machine",
        _ => TO,
    }
}

/// How urgent.
pub fn severity(of: Severity) -> &'static str {
    match of {
        Severity::Serious => "serious",
        Severity::Look => "look",
        Severity::Note => "note",
    }
}

/// The title of a finding.
pub fn title(of: &Finding) -> &'static str {
    match of.code {
        Code::ManagementOpen => "The Internet gets in to management ports",
        Code::Scanner => "Someone scans",
        Code::EncryptionDrops => "Packets dropped for want of encryption",
        Code::DefaultAllow => "Rides on the default allow alone",
        Code::LegacyProtocol => "Clear-text protocols, and file sharing across networks",
        Code::DeniedRetries => "Denied, and trying again for hours",
        Code::WithoutPeering => "Networks talk without a working peering",
        Code::OneSided => "Logged at one end only",
        Code::TwoGroups => "Two groups log the same flows",
        Code::PartialLogs => "Logs that hold only a part",
        Code::CoverageGaps => "Hours without records",
        Code::PublicTalk if of.tags => "Subnets talk to public addresses outside Azure",
        Code::PublicTalk => "Subnets talk to public addresses",
        Code::NewTalkers => "New at the end of the window",
        Code::GoneTalkers => "Gone before the end of the window",
    }
}

/// Why it matters, and what to do.
pub fn why(of: Code) -> &'static str {
    match of {
        Code::ManagementOpen => {
            "Public addresses were allowed to ports by which machines are managed. Close the rule, or narrow its sources to those who need it."
        }
        Code::Scanner => {
            "These sources tried many hosts or ports and nearly everything was in vain. From inside it is a tool that someone should know of, or an intruder; look at what got through first."
        }
        Code::EncryptionDrops => {
            "Virtual network encryption with enforcement drops what the other side cannot encrypt. No rule of a security group will let it through."
        }
        Code::DefaultAllow => {
            "Only Azure's default rule 65000 (AllowVnetInBound, AllowVnetOutBound) lets it through: a new deny between these subnets cuts it. Decide about each before that deny."
        }
        Code::LegacyProtocol => {
            "Passwords and data cross the network as they are, or a share is reached from afar: how one infected machine becomes many."
        }
        Code::DeniedRetries => {
            "Something is configured to use what it may not: a forgotten dependency, or a rule that is missing. Ask its owner before it becomes an outage or noise."
        }
        Code::WithoutPeering => {
            "It goes through an appliance or gateway, or the description is older than the peering."
        }
        Code::OneSided => {
            "Both NICs had records in that hour, yet only one has the flow. Routing, address translation or a log that loses records."
        }
        Code::TwoGroups => {
            "Counting assumes that one of two groups logs an allowed flow. These both do: numbers of these conversations may be up to twice too high."
        }
        Code::PartialLogs => {
            "What these logs leave out may have happened all the same: that something was never allowed, never denied or not used can't be told there."
        }
        Code::CoverageGaps => "Nothing can be said about those hours: “never seen” means less there.",
        Code::PublicTalk => {
            "Outbound to the Internet is allowed by default. What a subnet needs can be listed; the rest is a way out for data."
        }
        Code::NewTalkers => {
            "First seen in the last tenth of the window. New software, a change, or someone new in the network."
        }
        Code::GoneTalkers => {
            "Seen for hours and then not in the last third. Something was moved or broke; a rule for it may have outlived its use."
        }
    }
}

/// What could make it wrong.
pub fn limits(of: &Finding) -> &'static str {
    match of.code {
        Code::ManagementOpen => {
            "an allowed flow is no login, and a public address may be your own office. Public addresses that a network uses inside count as inside only where a NIC has them."
        }
        Code::Scanner => {
            "inventories, monitoring and authorised vulnerability scans look alike. Scans that were allowed and answered, or slower than the thresholds, are not seen. Where logs hold denials alone, everything looks in vain."
        }
        Code::EncryptionDrops => "states that this version does not know may mean something else.",
        Code::DefaultAllow => {
            "only the ends that logged are known. Where a flow was seen at its source alone, its destination may have a rule of its own."
        }
        Code::LegacyProtocol => {
            "a port is no proof of a protocol, and SMB 3 may be encrypted. Without a description of the network, every other subnet counts as another network."
        }
        Code::DeniedRetries => {
            "retries below ten attempts or three hours are not listed. Where logs hold denials alone, something of it may have been allowed."
        }
        Code::WithoutPeering => "files may be missing or old, and a hub may route between its spokes.",
        Code::OneSided => {
            "load balancers and address translation change an end's address, private endpoints do not log, and a flow may reach into the next hour."
        }
        Code::TwoGroups => "nearly equal numbers may be chance where flows are few.",
        Code::PartialLogs => {
            "a short or quiet stretch looks like a log that leaves something out. Give the flow logs as they are set up (az network watcher flow-log list) to tell the two apart."
        }
        Code::CoverageGaps => "a NIC without any traffic in an hour may have no record of it.",
        Code::PublicTalk if of.tags => {
            "an Azure service may be newer than the loaded service tags, and a public address may be your own."
        }
        Code::PublicTalk => {
            "without a file of service tags Azure's own services are among them: load one to tell them apart."
        }
        Code::NewTalkers => "what runs nightly, weekly or monthly looks new in a window shorter than that.",
        Code::GoneTalkers => "what runs nightly, weekly or monthly looks gone in a window shorter than that.",
    }
}

/// How many instances a finding has.
pub fn instances(of: &Finding) -> String {
    let (one, many) = match of.code {
        Code::Scanner => ("source", "sources"),
        Code::WithoutPeering => ("pair of networks", "pairs of networks"),
        Code::TwoGroups => ("pair of groups", "pairs of groups"),
        Code::PartialLogs | Code::CoverageGaps => ("NIC", "NICs"),
        Code::PublicTalk => ("subnet", "subnets"),
        _ => ("pair and service", "pairs and services"),
    };
    counted(u64::from(of.total), one, many)
}

/// A protocol and port: `3389/tcp ms-wbt-server`.
pub fn service((protocol, port): (Protocol, Option<u16>)) -> (String, &'static str) {
    let Some(port) = port else { return (protocol.to_string(), "") };
    let from_here = if port == azflow_core::store::DYNAMIC_PORTS { " and up" } else { "" };
    (format!("{port}{from_here}/{protocol}"), service_name(protocol, port).unwrap_or_default())
}

/// Where a one-sided conversation was logged.
pub fn end(row: &Instance) -> &'static str {
    if row.number > 0 { "destination" } else { "source" }
}

/// A kind of noise.
pub fn noise(kind: Noise) -> &'static str {
    match kind {
        Noise::None => "",
        Noise::Platform => "Azure platform",
        Noise::Broadcast => "Broadcast",
        Noise::Reply => "Suspected replies",
        Noise::Scan => "Scans",
        Noise::Background => "Internet background",
    }
}

/// By which rule it is known.
pub fn noise_rule(kind: Noise) -> &'static str {
    match kind {
        Noise::None => "",
        Noise::Platform => {
            "To or from Azure's own addresses: probes of the load balancer, DNS, DHCP, metadata."
        }
        Noise::Broadcast => "To everyone in a subnet or group: broadcast, multicast, NetBIOS.",
        Noise::Reply => "To a port for callers, and never seen to begin, or refused as a late answer.",
        Noise::Scan => {
            "In vain, by a source with 25 or more tries in vain, four fifths of all it tried, at ten ports of a host or ten hosts at a port."
        }
        Noise::Background => "In vain, by a public address that never got in anywhere.",
    }
}

/// How much of everything is noise.
pub fn noise_share(rows: &[NoiseRow], conversations: u64, attempts: u64) -> String {
    let noise: u64 = rows.iter().map(|row| row.conversations).sum();
    let tried: u64 = rows.iter().map(|row| row.tally.attempts()).sum();
    format!(
        "{} of {} ({}), and {} of attempts. Nothing is left out unless you hide it.",
        exact(noise),
        counted(conversations, "conversation", "conversations"),
        percent(noise, conversations),
        percent(tried, attempts)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_as_far_as_they_have_names() {
        assert_eq!(service((Protocol::TCP, Some(445))), ("445/tcp".to_owned(), "microsoft-ds"));
        assert_eq!(service((Protocol::UDP, Some(49_152))).0, "49152 and up/udp");
        assert_eq!(service((Protocol::ICMP, None)), ("icmp".to_owned(), ""));
    }
}
