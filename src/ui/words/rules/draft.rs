//! What a draft says: what becomes of each rule, what it rests on, what is serious, and what seeded nothing.

use super::fates;
use crate::ui::format::{counted, exact, percent, span};
use azflow_engine::rules::{Action, ByFate, Serious, SeriousService};
use azflow_engine::session::{DraftAnswer, Evidence};

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

/// Where no traffic stands behind a rule.
pub const NO_EVIDENCE: &str = "no traffic";

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
