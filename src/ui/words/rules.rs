//! What the Rules screen says.

use crate::ui::format::{counted, exact, percent, span};
use crate::ui::grid::{Chart, Spot};
use azflow_engine::export::{Part, Stage};
use azflow_engine::rules::{Action, ByFate, Fate, PortMerge, PrefixMerge, Scope, Serious, SeriousService};
use azflow_engine::session::{
    AuditAnswer, DifferenceAnswer, DraftAnswer, EndLine, Evidence, GroupRules, RuleSource, Selection,
    SimulatedPart, SimulationAnswer,
};

/// The tab.
pub const TAB: &str = "Rules";
/// The parts: word, explanation, handle.
pub const PARTS: [(&str, &str, &str); 4] = [
    ("Audit", "What is wrong with the rules that are loaded", "rules-audit"),
    ("Draft", "Rules out of the traffic and the review", "rules-draft"),
    ("Simulate", "What a set of rules would do to the traffic that was seen", "rules-simulate"),
    ("Which rule decides?", "A typed flow, stage by stage", "rules-decide"),
];
/// The switch of them.
pub const PART: &str = "Part of the screen";
/// Waiting for an answer.
pub const WAITING: &str = "Working it out …";
/// While a filter is on.
pub const UNFILTERED: &str =
    "Rules are worked on with everything that is loaded; the filter plays no part here.";

/// Without groups.
pub const NO_GROUPS: &str = "No network security group is loaded";
/// What to drop where no group is loaded.
pub const NO_GROUPS_LEAD: &str = "Drop the output of these commands on the page: groups with their rules say what is in force, \
    networks and NICs where it applies.";
/// What fetches them.
pub const FETCH: [(&str, &str); 3] = [
    ("groups", "az network nsg list -o json > nsgs.json"),
    ("networks and subnets", "az network vnet list -o json > vnets.json"),
    ("NICs", "az network nic list -o json > nics.json"),
];

/// Columns of rules.
pub const RULE_COLUMNS: [&str; 7] =
    ["priority", "rule", "from", "to", "service", "flows by log", "conv. by evaluation"];
/// Columns of drafted rules.
pub const DRAFT_COLUMNS: [&str; 9] =
    ["change", "priority", "rule", "from → to", "service", "simulated", "why", "rests on", "new over time"];
/// Until the draft is simulated.
pub const SIMULATING: &str = "Simulating what the draft does to the traffic …";
/// All conversations by outcome, those that no drafted group decides, and how they are counted at rules.
pub fn simulated(totals: ByFate, elsewhere: ByFate) -> String {
    let apart = match elsewhere {
        [0, 0, 0, 0, 0] => String::new(),
        some => format!(" Decided by no group of the draft: {}.", fates(some)),
    };
    let passed =
        "A rule counts what it denies and what it lets through; what passes two groups counts at both.";
    format!("Simulated conversations: {}.{apart} {passed}", fates(totals))
}
/// Azure's rules 65000 to 65500, and where no rule matches.
pub const DEFAULT_RULES: &str = "Default rules";
/// A rule that no conversation meets.
pub const NO_CONVERSATION: &str = "none";

/// What becomes of a rule.
pub fn action(action: Action) -> &'static str {
    match action {
        Action::Keep => "= keep",
        Action::Change => "~ change",
        Action::Add => "+ add",
        Action::Remove => "− remove",
    }
}
/// The mark of what findings call serious.
pub const SERIOUS: &str = "! serious";
/// The list of such services.
pub const SERIOUS_TITLE: &str = "Serious services";
/// Above it.
pub const SERIOUS_LEAD: &str = "Findings call these serious. Nothing of them seeds a rule unless it is marked as needed; rules in force may let them in.";
/// Its columns.
pub const SERIOUS_COLUMNS: [&str; 6] =
    ["severity", "from → to", "service", "finding", "with the draft", "decision"];
/// Goes to such a service.
pub const SERIOUS_REVIEW: &str = "Review";

/// Why a service is serious.
pub fn serious_why(why: Serious) -> &'static str {
    match why {
        Serious::Management => "Internet to a management port",
        Serious::Scanner => "allowed to a scanner",
        Serious::Dropped => "dropped in part: not encrypted",
    }
}

/// Whether a serious service is let in, and what becomes of it.
pub fn serious_fate(one: &SeriousService) -> (bool, String) {
    let marked = match one.marked {
        0 => "not marked as needed",
        all if all == one.conversations => "marked as needed",
        _ => "marked as needed in part",
    };
    let by = if one.rules.is_empty() { String::new() } else { format!(" by {}", one.rules.join(", ")) };
    let conversations = |count| counted(count, "conversation", "conversations");
    if one.passes > 0 {
        (true, format!("let in{by}: {}, {marked}", conversations(one.passes)))
    } else if one.open > 0 {
        (true, format!("not to be told{by}: {}, {marked}", conversations(one.open)))
    } else if one.marked > 0 {
        (false, format!("still denied, though {marked}: {}", conversations(one.conversations)))
    } else {
        (false, format!("kept out until marked as needed: {}", conversations(one.conversations)))
    }
}

/// Protocol and port.
pub fn service(one: &SeriousService) -> String {
    one.port.map_or_else(|| one.protocol.to_string(), |port| format!("{}/{port}", one.protocol))
}

/// On the mark of a rule.
pub fn serious_ports(ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    format!("Lets the Internet in to management ports: {}", ports.join(", "))
}

/// The direction into a subnet.
pub const INBOUND: &str = "inbound";
/// The direction out of a subnet.
pub const OUTBOUND: &str = "outbound";
/// A rule that allows.
pub const ALLOW: &str = "✓ allow";
/// A rule that denies.
pub const DENY: &str = "✕ deny";
/// Heading of findings that need no logs.
pub const FROM_RULES: &str = "From the rules alone";
/// Heading of findings that stand on the logs.
pub const FROM_LOGS: &str = "From the logs";
/// Instead of a list of findings that is empty.
pub const NOTHING_FOUND: &str = "Nothing found.";
/// Opens the flows of a rule.
pub const SHOW_FLOWS: &str = "Show these flows in the matrix";

/// A finding's kind.
pub fn finding(kind: &str) -> String {
    let mut words = kind.replace('-', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Above an audit.
pub fn audited(answer: &AuditAnswer) -> String {
    let findings = answer.groups.iter().map(|group| group.findings.len() as u64).sum();
    format!(
        "{}, {}; logs cover {} of NICs; {} ride on the default allow alone",
        counted(answer.groups.len() as u64, "group", "groups"),
        counted(findings, "finding", "findings"),
        counted(answer.hours, "hour", "hours"),
        counted(answer.on_default, "conversation", "conversations")
    )
}

/// What logs can say of a group.
pub fn covered((hours, missing): (u64, u64)) -> String {
    if missing > 0 {
        format!("{} covered, {} missing between", counted(hours, "hour", "hours"), exact(missing))
    } else {
        format!("{} covered", counted(hours, "hour", "hours"))
    }
}

/// Beside a group's name: where it applies, how many rules it has, and of one that is in force what an audit says.
pub fn group(group: &GroupRules, in_force: bool) -> String {
    let mut out = Vec::from([counted(group.rules.len() as u64, "rule", "rules")]);
    if !group.places.is_empty() {
        out.insert(0, group.places.clone());
    }
    if in_force {
        out.push(counted(group.findings.len() as u64, "finding", "findings"));
        out.push(covered(group.covered));
    }
    out.join(" · ")
}

/// Beside the knob for how far ends are written.
pub const SCOPE: &str = "far ends as";
/// The positions of that knob.
pub const SCOPES: [(Scope, &str); 3] = [
    (Scope::Subnet, "whole subnets"),
    (Scope::Host, "the hosts seen"),
    (Scope::Mixed, "hosts where few, else subnets"),
];
/// Beside the knob for how ports are put together.
pub const PORTS: &str = "ports as";
/// The positions of that knob.
pub const PORT_MERGES: [(PortMerge, &str); 4] = [
    (PortMerge::Lists, "lists"),
    (PortMerge::None, "a rule each"),
    (PortMerge::Ranges(10), "ranges over gaps up to 10"),
    (PortMerge::Ranges(100), "ranges over gaps up to 100"),
];
/// Beside the knob for subnets with the same ports.
pub const PREFIXES: &str = "subnets";
/// The positions of that knob.
pub const PREFIX_MERGES: [(PrefixMerge, &str); 2] =
    [(PrefixMerge::None, "a rule each"), (PrefixMerge::Lists, "together where ports agree")];
/// Beside the knob for how many flows a conversation must have to seed a rule.
pub const LEAST: &str = "at least flows";
/// The knob that drafts outbound rules.
pub const DRAFT_OUTBOUND: &str = "Outbound too";
/// The knob that lets only needed services seed rules.
pub const ONLY_NEEDED: &str = "Only what is needed";
/// What that knob does.
pub const ONLY_NEEDED_TITLE: &str =
    "Only services marked as needed in the review seed rules, also while nothing is marked yet";
/// The knob that lets undecided services seed rules, too.
pub const UNDECIDED: &str = "Undecided too";
/// What that knob does.
pub const UNDECIDED_TITLE: &str = "Once something is marked, only what is needed seeds rules; with this, services that nobody decided on and that were allowed do too";
/// The knob that denies where nothing was logged.
pub const UNLOGGED: &str = "Deny unlogged too";
/// What that knob does.
pub const UNLOGGED_TITLE: &str = "Deny the rest also at subnets and directions of which nothing was logged: who talks there is not known, and is cut";
/// The knob that gives subnets of one group a group each.
pub const SPLIT_SHARED: &str = "Split shared groups";
/// What that knob does.
pub const SPLIT_SHARED_TITLE: &str = "A subnet whose group is at other places, too, gets a group of its own that begins with the same rules; the shared one is left as it is. Else a shared group is drafted for all its subnets";
/// The knob that takes unused allowances away.
pub const DROP_UNUSED: &str = "Drop unused allows";
/// What that knob does.
pub const DROP_UNUSED_TITLE: &str = "Take away allowances in force that nothing was seen to need: month ends and disaster recovery may need them";
/// Where no traffic stands behind a rule.
pub const NO_EVIDENCE: &str = "no traffic";
/// The knob that keeps ICMP allowed.
pub const KEEP_ICMP: &str = "Keep ICMP";
/// What that knob does, and why.
pub const KEEP_ICMP_TITLE: &str = "ICMP of the virtual network stays allowed; NSG flow logs don't show it";
/// The knob that drafts for subnets that Azure reserves.
pub const SPECIAL: &str = "Reserved subnets too";
/// What that knob does.
pub const SPECIAL_TITLE: &str = "Draft for subnets that Azure reserves, with the ports that they need";

/// Figures beside the knobs: number and words.
pub fn figures(draft: &DraftAnswer) -> Vec<(String, String, &'static str)> {
    let mut out = vec![
        (
            exact(draft.rules),
            format!("rules in {}", counted(draft.groups.len() as u64, "group", "groups")),
            "Azure takes 1,000 rules in a group",
        ),
        (
            opened(draft.opened),
            "address-ports opened, never seen".to_owned(),
            "Pairs of addresses with a port that these rules open and no conversation used; the Internet's addresses apart",
        ),
        (
            percent(draft.covered, draft.allowed),
            format!("conversations covered: {} for {} allowed", exact(draft.covered), exact(draft.allowed)),
            "Conversations that these rules rest on, against those of which something was allowed; the others are named below",
        ),
        (
            exact(draft.needed),
            "conversations marked as needed".to_owned(),
            "By the review, finer marks included",
        ),
    ];
    let [kept, changed, added, removed] = draft.changes;
    out.insert(
        1,
        (
            format!("+{} −{}", exact(added), exact(removed)),
            format!("rules added and removed; {} changed, {} kept", exact(changed), exact(kept)),
            "What deploying this changes in the groups in force; every rule says why",
        ),
    );
    if draft.undecided > 0 {
        out.push((
            exact(draft.undecided),
            format!("{} nobody decided on", if draft.undecided == 1 { "service" } else { "services" }),
            "Services of which something was allowed that are marked neither as needed nor as not needed; “Undecided too” lets them in",
        ));
    }
    if draft.opened_to_internet > 0 {
        out.push((
            opened(draft.opened_to_internet),
            "address-ports open to the Internet".to_owned(),
            "Addresses with a port that these rules open to all of the Internet",
        ));
    }
    out
}

/// So many; whole IPv6 subnets are more than a number here holds.
fn opened(count: u64) -> String {
    if count == u64::MAX { "≥ 2⁶⁴".to_owned() } else { crate::ui::format::short(count) }
}

/// What seeded nothing.
pub fn skipped(list: &[(String, u64)]) -> String {
    let part = |(why, count): &(String, u64)| {
        let why = match why.as_str() {
            "not-needed" => "marked as not needed",
            "denied" => "denied",
            "undecided" => "nobody decided on, where something is decided on",
            "internet-to-management" => "from the Internet to management ports, not marked as needed",
            "refused-in-force" => "refused by rules in force",
            "not-logged-there" => "to subnets where nothing was logged",
            "noise" => "noise: scans, broadcast, multicast",
            "of-scanner" => "let pass, of hosts that scan",
            "suspected-reply" => "suspected replies",
            "platform" => "Azure's own",
            "encryption" => "dropped by flow encryption",
            "outside-groups" => "let pass by security admin rules",
            "few-flows" => "too few flows",
            "protocol-without-name" => "of protocols that no rule can name",
            "encryption-drops" => "dropped in part for want of encryption, without a mark",
            "no-group" => "to ends for which no group is drafted",
            other => other,
        };
        format!("{} {why}", exact(*count))
    };
    format!(
        "Conversations that seed no rule unless they are marked as needed: {}.",
        list.iter().map(part).collect::<Vec<_>>().join("; ")
    )
}

/// Above what of the groups was not understood.
pub fn not_understood(count: usize) -> String {
    let what = counted(count as u64, "part of the groups was", "parts of the groups were");
    format!("{what} not understood or is not on file: what depends on it can't be decided")
}

/// Subnets left out.
pub fn left_out(list: &[String]) -> String {
    format!("Left out, since Azure reserves them: {}.", list.join(", "))
}

/// What a drafted rule rests on.
pub fn evidence(evidence: &Evidence) -> String {
    format!(
        "{}, {}; {} → {}",
        counted(evidence.conversations, "conversation", "conversations"),
        counted(evidence.flows, "flow", "flows"),
        exact(evidence.hosts.0),
        counted(evidence.hosts.1, "host", "hosts")
    )
}

/// When it was seen.
pub fn seen(evidence: &Evidence) -> String {
    evidence.seen.map(|(first, last)| span(first, last)).unwrap_or_default()
}

/// Whether it still learns.
pub fn maturity(stable: Option<bool>) -> &'static str {
    match stable {
        Some(true) => "stable",
        Some(false) => "still learning",
        None => "",
    }
}
/// No group can be drafted.
pub const NO_DRAFT: &str =
    "Nothing seeds a rule yet: mark services as needed in the review, or let undecided ones count.";

/// What the draft decides otherwise than what is in force.
pub const DIFFERENCE: &str = "What the draft decides otherwise";
/// Columns of regions.
pub const REGION_COLUMNS: [&str; 6] =
    ["change", "from → to", "service", "in force", "draft", "why not to be told"];

/// Above the regions.
pub fn difference(found: &DifferenceAnswer) -> String {
    let [allowed, denied, open, still] = found.totals.map(|count| exact(u64::from(count)));
    let against = if found.in_force { "the groups in force" } else { "no group: none is loaded" };
    if found.regions.total == 0 && found.not_compared.is_empty() {
        return format!("Nothing: over every address, protocol and port the draft decides as {against}.");
    }
    format!(
        "Over every address, protocol and port, seen or not, against {against}: {allowed} newly allowed, {denied} newly \
         denied, {open} not to be told, {still} let pass by one group and still denied by another."
    )
}

/// A group that was not compared to the end.
pub fn not_compared(group: &str, why: &str) -> String {
    format!("{group} was not compared to the end: {why}. There may be more than is listed.")
}

/// A change: sign, word, class.
pub fn change(change: &str) -> (&'static str, &'static str, &'static str) {
    match change {
        "newly-allowed" => ("!", "newly allowed", "f-opened"),
        "newly-denied" => ("✕", "newly denied", "f-breaks"),
        "still-denied" => ("–", "still denied", "f-blocked"),
        _ => ("?", "not to be told", "f-open"),
    }
}

/// By which rule of which group.
pub fn by(rule: &str, nsg: &str) -> String {
    match (rule, nsg) {
        (_, "") => "no group".to_owned(),
        ("", nsg) => format!("no rule of {nsg}"),
        (rule, nsg) => format!("{rule} · {nsg}"),
    }
}

/// What drafts are written as: word of the command line, name, how its file ends, handle.
pub const FORMATS: [(&str, &str, &str, &str); 8] = [
    ("az", "az CLI", "sh", "draft-format-az"),
    ("bicep", "Bicep", "bicep", "draft-format-bicep"),
    ("arm", "ARM", "arm.json", "draft-format-arm"),
    ("terraform", "Terraform", "tf", "draft-format-terraform"),
    ("terraform-rules", "Terraform, rules apart", "rules.tf", "draft-format-terraform-rules"),
    ("powershell", "PowerShell", "ps1", "draft-format-powershell"),
    ("csv", "CSV", "csv", "draft-format-csv"),
    ("json", "azflow", "json", "draft-format-json"),
];
/// Parts of the way into force: stage, word, explanation, handle.
pub const EXPORT_STAGES: [(Option<Stage>, &str, &str, &str); 3] = [
    (None, "Whole", "From what is in force to the draft in one go", "export-whole"),
    (
        Some(Stage::Allows),
        "Allows first",
        "The first of two files: it denies nothing that is allowed now",
        "export-stage-allows",
    ),
    (
        Some(Stage::Deny),
        "Denials later",
        "The second of two files, days later if wanted: denials and removals",
        "export-stage-deny",
    ),
];
/// Beside the choice of them.
pub const EXPORT_STAGE: &str = "Stage";
/// The way back.
pub const ROLLBACK: &str = "Rollback";
/// What that is.
pub const ROLLBACK_TITLE: &str =
    "The file that brings back what is on file now; save it before the change is deployed";
/// The file's name.
pub fn export_file(ending: &str, part: Part) -> String {
    let stage = match part.stage {
        None => "",
        Some(Stage::Allows) => ".1-allows",
        Some(Stage::Deny) => ".2-deny",
    };
    let rollback = if part.rollback { ".rollback" } else { "" };
    format!("azflow-rules{stage}{rollback}.{ending}")
}
/// The section.
pub const EXPORT: &str = "Export";
/// Until the text is there.
pub const WRITING: &str = "Writing …";
/// Beside the choice of the format.
pub const FORMAT: &str = "Format";
/// Saves the text.
pub const SAVE: &str = "Save";

/// Lines of a long text that are shown.
pub fn preview(shown: usize, all: usize) -> String {
    format!(
        "The first {} of {} lines are shown; Copy and Save have all.",
        exact(shown as u64),
        exact(all as u64)
    )
}

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
