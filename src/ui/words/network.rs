//! What the Network screen and the paths of a selection say.

use crate::ui::format::{counted, exact, short};
use azflow_engine::session::{DoubtfulPart, LinkRow, LinkState, NetworkAnswer, NicRow, SubnetRow};
use azflow_engine::topology::{FindingKind, Path, SpecialSubnet};

/// The tab.
pub const TAB: &str = "Network";
/// Waiting for the first answer.
pub const WAITING: &str = "Looking at the network …";

/// The section of paths in the details.
pub const PATHS: &str = "Crosses";
/// Its first column.
pub const CROSSES: &str = "path";
/// Another.
pub const CONVERSATIONS: &str = "conv.";
/// The section of appliances in the details.
pub const HOPS: &str = "Through appliances";
/// Beside it.
pub const HOPS_NOTE: &str = "counted once";
/// Its first column.
pub const APPLIANCE: &str = "appliance";

/// Above the drawing.
pub const DRAWING: &str = "Virtual networks and peerings";
/// The choice of a network whose peerings are shown.
pub const FOCUS: &str = "peerings of";
/// All of them.
pub const EVERY: &str = "every network";
/// A network that only a peering names.
pub const NOT_ON_FILE: &str = "not on file";
/// The legend: a subnet with addresses seen.
pub const CHIP_SEEN: &str = "subnet, addresses seen";
/// The legend: a subnet without addresses seen.
pub const CHIP_UNSEEN: &str = "none seen";
/// The legend: a subnet that Azure reserves.
pub const CHIP_SPECIAL: &str = "reserved by Azure";
/// The legend: what a line's width says.
pub const WIDTH: &str = "a wider line: more flows seen";
/// The list of findings.
pub const FINDINGS: &str = "Findings";
/// None of them.
pub const NO_FINDINGS: &str = "Nothing is wrong with what is on file.";
/// The section of what is missing.
pub const MISSING: &str = "What is missing";
/// Nothing.
pub const NOTHING_MISSING: &str = "Everything seen is named by the files loaded.";
/// Explains it.
pub const MISSING_LEAD: &str = "Run a command, then drop its file anywhere here.";
/// The section of NICs.
pub const NICS: &str = "NICs";
/// Explains it.
pub const NICS_LEAD: &str =
    "Most traffic first, as logged. Mark some to get the commands that switch accelerated networking on.";
/// The same where there are none to mark.
pub const NICS_ORDER: &str = "Most traffic first, as logged.";
/// Marks a NIC.
pub const MARK: &str = "Choose";
/// Marks all of them that may gain by it.
pub const MARK_ALL: &str = "Choose all without accelerated networking";
/// Unmarks all.
pub const UNMARK: &str = "Choose none";
/// The commands.
pub const ACCELERATE: &str = "Switch accelerated networking on";
/// The commands for the Azure CLI.
pub const AZ: &str = "Azure CLI";
/// The commands for PowerShell.
pub const POWERSHELL: &str = "PowerShell";
/// What must hold before.
pub const PRECONDITIONS: [&str; 4] = [
    "The size supports it: most with two or more vCPUs do, those with hyper-threads from four on.",
    "The guest system has the drivers (Mellanox and MANA); current Windows Server and Linux images do.",
    "There is a downtime: the machine, and every machine of its availability set, is deallocated first. Temporary \
     disks are emptied, and dynamic public addresses may change.",
    "An appliance needs its vendor's word that it works with it.",
];
/// The section of peerings.
pub const PEERINGS: &str = "Peerings";
/// Columns: peering, then state and options.
pub const PEERING_COLUMNS: [&str; 9] = [
    "network",
    "peering",
    "remote network",
    "state",
    "sync",
    "access",
    "forwarded",
    "gateway transit",
    "remote gateways",
];
/// The section of networks.
pub const NETWORKS: &str = "Networks";
/// Columns.
pub const NETWORK_COLUMNS: [&str; 5] = ["network", "region", "address space", "subnets", "addresses seen"];
/// The section of subnets.
pub const SUBNETS: &str = "Subnets";
/// Columns.
pub const SUBNET_COLUMNS: [&str; 6] =
    ["subnet", "network", "prefixes", "security group", "route table", "addresses seen"];
/// The section of route tables.
pub const ROUTE_TABLES: &str = "Route tables";
/// Columns.
pub const ROUTE_TABLE_COLUMNS: [&str; 4] = ["route table", "routes", "subnets", "ignores gateways"];
/// The section of flow logs as they are set up.
pub const FLOW_LOGS: &str = "Flow logs as set up";
/// Columns.
pub const FLOW_LOG_COLUMNS: [&str; 7] =
    ["flow log", "logs", "on", "records", "keeps only", "kept for", "Azure ends it"];
/// The section of what tags hold at single places.
pub const EFFECTIVE_TAGS: &str = "What tags hold, by effective rules";
/// Columns.
pub const EFFECTIVE_TAG_COLUMNS: [&str; 3] = ["tag", "at", "prefixes"];
/// The section of what was not understood.
pub const DOUBTS: &str = "Not understood";
/// Explains it.
pub const DOUBTS_LEAD: &str = "What depends on these is undecidable: it may be allowed or denied.";
/// Columns.
pub const DOUBT_COLUMNS: [&str; 3] = ["part", "name", "what"];
/// Columns of NICs; figures from `NIC_FIGURES` on.
pub const NIC_COLUMNS: [&str; 9] = [
    "machine, NIC",
    "addresses",
    "subnet",
    "security groups",
    "accel.",
    "forwards",
    "allowed",
    "denied",
    "bytes",
];
/// The first column of NICs that is a figure.
pub const NIC_FIGURES: usize = 6;
/// A NIC that only logged.
pub const UNKNOWN_NIC: &str = "not on file";
/// Names a subnet.
pub const NAME: &str = "Name";
/// Renames it.
pub const RENAME: &str = "Rename";
/// The section of names given by hand.
pub const BY_HAND: &str = "Names by hand";
/// Explains it.
pub const BY_HAND_LEAD: &str =
    "A name for a prefix. It counts before what files say, everywhere and at once; nothing is read again.";
/// Marks a name given by hand.
pub const HAND: &str = "by hand";
/// The field for the prefix.
pub const PREFIX: &str = "Prefix";
/// The field for the subnet's name.
pub const SUBNET_NAME: &str = "Subnet name";
/// The field for the network's name.
pub const NETWORK_NAME: &str = "Network (optional)";
/// Takes the name.
pub const GIVE: &str = "Give name";
/// Takes a name back.
pub const REMOVE: &str = "Remove";
/// Saves the names.
pub const SAVE: &str = "Save list";
/// Explains it.
pub const SAVE_TITLE: &str = "Save as CIDR,name,network: drop the file here to have these names again";
/// What was typed is no prefix.
pub const BAD_PREFIX: &str = "This is no prefix such as 10.0.1.0/24.";
/// What was typed is no name.
pub const BAD_NAME: &str =
    "A name is not empty, no prefix, begins with no quote or #, and a network's has no slash.";
/// Without any description.
pub const EMPTY: &str = "No description of the network yet";
/// What to drop where there is no description, and what it brings.
pub const EMPTY_LEAD: &str = "Drop what Azure's own tools print, with the logs or after them: subnets then have their names, \
    conversations their paths, NICs their machines. Any of these files helps; each names its part.";
/// What to drop: what it brings, the command.
pub const FETCH: [(&str, &str); 4] = [
    ("Virtual networks, subnets, peerings", "az network vnet list -o json > vnets.json"),
    ("NICs: machines, accelerated networking, IP forwarding", "az network nic list -o json > nics.json"),
    ("Network security groups and their rules", "az network nsg list -o json > nsgs.json"),
    ("Sizes and availability sets of machines", "az vm list -o json > vms.json"),
];
/// Or without any tool.
pub const EMPTY_LIST: &str =
    "Or write a list yourself, a line for each subnet: 10.0.1.0/24,web,vnet-hub. Or name prefixes below.";

/// What a conversation crosses, short.
pub fn path(path: Path) -> &'static str {
    match path {
        Path::WithinSubnet => "within a subnet",
        Path::WithinNetwork => "within a network",
        Path::AcrossPeering => "across a peering",
        Path::WithoutPeering => "no working peering",
        Path::UnmappedPrivate => "unmapped private",
        Path::Platform => "Azure platform",
        Path::AzureService => "Azure service",
        Path::Internet => "Internet",
    }
}

/// The same in a sentence.
pub fn path_means(path: Path) -> &'static str {
    match path {
        Path::WithinSubnet => "Both ends are in one subnet.",
        Path::WithinNetwork => "Two subnets of one virtual network.",
        Path::AcrossPeering => "Two virtual networks with a peering that works.",
        Path::WithoutPeering => {
            "Two virtual networks without a working peering on file: through an appliance or gateway, or the file is old."
        }
        Path::UnmappedPrivate => {
            "One end is a private address that no description has, or that several networks have."
        }
        Path::Platform => "To or from Azure's own addresses.",
        Path::AzureService => "To or from an Azure service, by its service tag.",
        Path::Internet => "To or from the Internet.",
    }
}

/// What Azure reserves a subnet for.
pub fn special(of: SpecialSubnet) -> &'static str {
    match of {
        SpecialSubnet::Gateway => "VPN or ExpressRoute gateway",
        SpecialSubnet::Bastion => "Bastion",
        SpecialSubnet::Firewall => "Azure Firewall",
        SpecialSubnet::RouteServer => "Route Server",
    }
}

/// Every state of a link, as the legend has them.
pub const STATES: [LinkState; 7] = [
    LinkState::Connected,
    LinkState::Untold,
    LinkState::NoAccess,
    LinkState::Initiated,
    LinkState::Disconnected,
    LinkState::OneSided,
    LinkState::NoPeering,
];

/// The word of a link's state.
pub fn state(state: LinkState) -> &'static str {
    match state {
        LinkState::Connected => "Connected",
        LinkState::Untold => "state not on file",
        LinkState::NoAccess => "no access",
        LinkState::Initiated => "Initiated",
        LinkState::Disconnected => "Disconnected",
        LinkState::OneSided => "one-sided",
        LinkState::NoPeering => "no peering",
    }
}

/// The class of a link's line.
pub fn state_class(state: LinkState) -> &'static str {
    match state {
        LinkState::Connected => "connected",
        LinkState::Untold => "untold",
        LinkState::NoAccess => "no-access",
        LinkState::Initiated => "initiated",
        LinkState::Disconnected => "disconnected",
        LinkState::OneSided => "one-sided",
        LinkState::NoPeering => "no-peering",
    }
}

/// The title of a finding.
pub fn finding(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::OneSidedPeering => "Peering on one side only",
        FindingKind::PeeringNotConnected => "Peering not connected",
        FindingKind::PeeringWithoutAccess => "Peering without access",
        FindingKind::PeeringOutOfSync => "Peering out of sync",
        FindingKind::OverlappingSpaces => "Overlapping address spaces",
        FindingKind::SamePrefix => "One prefix in several networks",
        FindingKind::TrafficWithoutPeering => "Traffic without a working peering",
    }
}

fn name(answer: &NetworkAnswer, at: u32) -> &str {
    answer.networks.get(at as usize).map(|n| n.name.as_str()).unwrap_or_default()
}

/// A link in words, for its title.
pub fn link(answer: &NetworkAnswer, link: &LinkRow) -> String {
    let traffic = match link.tally.attempts() {
        0 => "no flows seen".to_owned(),
        _ => {
            format!("{} allowed, {} denied", exact(link.tally.allowed_flows), exact(link.tally.denied_flows))
        }
    };
    let gateway = if link.gateway { ", with a remote gateway" } else { "" };
    format!(
        "{} and {}: {}{gateway}; {traffic}",
        name(answer, link.a),
        name(answer, link.b),
        state(link.state)
    )
}

/// The drawing in a sentence.
pub fn summary(answer: &NetworkAnswer) -> String {
    let on_file = answer.networks.iter().filter(|n| n.on_file).count() as u64;
    let others = answer.networks.len() as u64 - on_file;
    let subnets = answer.subnets.iter().filter(|s| s.network.is_some()).count() as u64;
    let peered = answer.links.iter().filter(|l| l.state != LinkState::NoPeering);
    let (all, broken, untold) = peered.fold((0u64, 0u64, 0u64), |(all, broken, untold), link| {
        let is_untold = link.state == LinkState::Untold;
        let is_broken = link.state != LinkState::Connected && !is_untold;
        (all + 1, broken + u64::from(is_broken), untold + u64::from(is_untold))
    });
    let mut out = format!(
        "{} with {}, {}",
        counted(on_file, "network", "networks"),
        counted(subnets, "subnet", "subnets"),
        counted(all, "peering", "peerings")
    );
    if broken > 0 {
        out.push_str(&format!(", {} not working", exact(broken)));
    }
    if untold > 0 {
        out.push_str(&format!(", {} of which no file tells whether it works", exact(untold)));
    }
    if others > 0 {
        out.push_str(&format!("; {} not on file", counted(others, "peered network", "peered networks")));
    }
    out
}

/// All that files described.
pub fn found(answer: &NetworkAnswer) -> String {
    let besides = besides(answer);
    if besides.is_empty() { summary(answer) } else { format!("{}, {besides}", summary(answer)) }
}

/// What else is known.
pub fn besides(answer: &NetworkAnswer) -> String {
    let on_file = answer.nics.rows.iter().filter(|n| !n.id.is_empty()).count() as u64;
    let mut parts = Vec::new();
    for (count, one, many) in [
        (on_file, "NIC", "NICs"),
        (u64::from(answer.groups), "security group", "security groups"),
        (u64::from(answer.tags), "service tag", "service tags"),
    ] {
        if count > 0 {
            parts.push(counted(count, one, many));
        }
    }
    parts.join(", ")
}

/// A subnet in words, for its title.
pub fn subnet(row: &SubnetRow) -> String {
    let role = row.special.map(|of| format!(", {}", special(of))).unwrap_or_default();
    let seen = match row.addresses {
        0 => "no address seen".to_owned(),
        n => format!("{} seen", counted(u64::from(n), "address", "addresses")),
    };
    format!("{}{role}: {}; {seen}", row.name, row.prefixes.join(", "))
}

/// A flag that a file may leave out.
pub fn flag(flag: Option<bool>) -> &'static str {
    match flag {
        Some(true) => "yes",
        Some(false) => "no",
        None => "–",
    }
}

/// What is in doubt.
pub fn part(of: DoubtfulPart) -> &'static str {
    match of {
        DoubtfulPart::Network => "network",
        DoubtfulPart::Subnet => "subnet",
        DoubtfulPart::Peering => "peering",
        DoubtfulPart::Nic => "NIC",
        DoubtfulPart::Group => "security group",
        DoubtfulPart::Rule => "rule",
        DoubtfulPart::RouteTable => "route table",
    }
}

/// What a flow log logs.
pub fn log_kind(kind: &str) -> &str {
    match kind {
        "network" => "virtual network",
        "nic" => "NIC",
        "nsg" => "security group",
        other => other,
    }
}

/// The kinds of records that a flow log keeps.
pub fn records(types: &str) -> String {
    let word = |letter: &str| match letter.trim() {
        "B" => "begun".to_owned(),
        "C" => "continuing".to_owned(),
        "E" => "ended".to_owned(),
        "D" => "denied".to_owned(),
        other => other.to_owned(),
    };
    match types {
        "" => "all".to_owned(),
        types => format!("{} alone", types.split(',').map(word).collect::<Vec<_>>().join(", ")),
    }
}

/// How long blobs are kept.
pub fn retention(days: Option<u32>) -> String {
    match days {
        None => "–".to_owned(),
        Some(0) => "always".to_owned(),
        Some(days) => counted(u64::from(days), "day", "days"),
    }
}

/// Rows that the page was not sent.
pub fn not_listed(rows: usize) -> String {
    format!("{} more are not listed; azflow network has all of them.", exact(rows as u64))
}

/// Prefixes that are not written out.
pub fn and_more(prefixes: usize) -> String {
    format!("and {} more", exact(prefixes as u64))
}

/// The security groups of a NIC: its own, and its subnet's.
pub fn groups(row: &NicRow) -> Vec<String> {
    let mut out = Vec::new();
    if !row.nsg.is_empty() {
        out.push(format!("{} (NIC)", row.nsg));
    }
    if !row.subnet_nsg.is_empty() {
        out.push(format!("{} (subnet)", row.subnet_nsg));
    }
    out
}

/// What is chosen, and what stops for it.
pub fn chosen(nics: usize, machines: usize) -> String {
    match nics {
        0 => "The chosen NICs have it already, or are not on file.".to_owned(),
        _ => format!(
            "{}; {} for it",
            counted(nics as u64, "NIC", "NICs"),
            match machines {
                0 => "nothing stops".to_owned(),
                1 => "one machine stops".to_owned(),
                n => format!("{} machines stop", short(n as u64)),
            }
        ),
    }
}

/// Links that are not drawn.
pub fn hidden(links: usize) -> String {
    format!(
        "{} with traffic and no peering: choose a network to see its own",
        counted(links as u64, "more pair", "more pairs")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_engine::session::NetworkRow;

    #[test]
    fn the_drawing_says_what_it_shows() {
        let network = |on_file| NetworkRow { on_file, ..NetworkRow::default() };
        let link = |state| LinkRow { state, ..LinkRow::default() };
        let answer = NetworkAnswer {
            networks: vec![network(true), network(true), network(false)],
            links: vec![
                link(LinkState::Connected),
                link(LinkState::Disconnected),
                link(LinkState::Untold),
                link(LinkState::NoPeering),
            ],
            ..NetworkAnswer::default()
        };
        assert_eq!(
            summary(&answer).replace('\u{a0}', " "),
            "2 networks with 0 subnets, 3 peerings, 1 not working, 1 of which no file tells whether it works; \
             1 peered network not on file"
        );
    }

    #[test]
    fn every_state_has_its_own_word_and_line() {
        let words: std::collections::BTreeSet<_> = STATES.map(state).into();
        let lines: std::collections::BTreeSet<_> = STATES.map(state_class).into();
        assert_eq!((words.len(), lines.len()), (STATES.len(), STATES.len()));
    }
}
