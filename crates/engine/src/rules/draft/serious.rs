//! Services that findings call serious: none is let in without a mark, and each is told with what becomes of it.

use super::after::After;
use super::{DraftedRule, Places};
use crate::rules::judged::Outcome;
use crate::rules::traffic::{Decider, Observed, Traffic, Unfit};
use crate::rules::{MANAGED, named};
use azflow_core::model::SortSmall;
use azflow_core::model::{Decision, Direction, Endpoint, Protocol, SecurityRule, SubnetKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Services and rules that a note names.
const NAMED: usize = 5;

/// Why findings call a service serious.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Serious {
    /// From the Internet to a port by which machines are managed.
    Management,
    /// Let pass to a source that scans.
    Scanner,
    /// In part dropped, since the other side does not encrypt.
    Dropped,
}

impl Serious {
    /// The word of the finding.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Management => "management-open",
            Self::Scanner => "scanner",
            Self::Dropped => "encryption-drops",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Management => "from the Internet to a management port",
            Self::Scanner => "of a source that scans",
            Self::Dropped => "dropped in part for want of encryption",
        }
    }
}

/// A service that findings call serious, and what the draft makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriousService {
    /// Why.
    pub why: Serious,
    /// The source subnet, by name.
    pub src: String,
    /// The destination subnet, by name.
    pub dst: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port.
    pub port: Option<u16>,
    /// Conversations of which something was allowed, or that are marked as needed.
    pub conversations: u64,
    /// Those marked as needed.
    pub marked: u64,
    /// Those that pass with the draft in force.
    pub passes: u64,
    /// Those of which that can't be told.
    pub open: u64,
    /// The rules that let them pass, with their groups: the first few.
    pub rules: Vec<String>,
}

impl SeriousService {
    /// From where to where, and what.
    fn name(&self) -> String {
        let port = self.port.map(|port| format!("/{port}")).unwrap_or_default();
        format!("{} to {} {}{port}", self.src, self.dst, self.protocol)
    }
}

/// Tells serious conversations.
#[derive(Debug)]
pub struct Judge<'a> {
    traffic: &'a Traffic,
    places: &'a Places<'a>,
    /// By number of a decider: whether it drops for want of encryption.
    drops: Vec<bool>,
}

impl<'a> Judge<'a> {
    pub fn new(traffic: &'a Traffic, places: &'a Places<'a>) -> Self {
        let drops = |by: &crate::rules::traffic::Logged| {
            by.decider == Decider::Encryption && by.decision == Decision::Denied
        };
        let drops: Vec<bool> = traffic.logged.iter().map(drops).collect();
        let drops = if drops.contains(&true) { drops } else { Vec::new() };
        Self { traffic, places, drops }
    }

    fn kind(&self, address: u32) -> Option<SubnetKind> {
        self.places.subnet_of(address).map(|subnet| subnet.kind)
    }

    /// Why a conversation is serious once something of it passes.
    pub fn of(&self, seen: &Observed) -> Option<Serious> {
        let is_managed = seen.port.is_some_and(|port| MANAGED.contains(&port));
        if is_managed && matches!(self.kind(seen.src), Some(SubnetKind::Internet | SubnetKind::ServiceTag)) {
            return Some(Serious::Management);
        }
        if seen.allowed && seen.unfit == Some(Unfit::Scanner) {
            return Some(Serious::Scanner);
        }
        let hits = self.traffic.hits_of(seen);
        let is_dropped = seen.allowed
            && !self.drops.is_empty()
            && hits.iter().any(|hit| hit.flows > 0 && self.drops.get(hit.logged as usize) == Some(&true));
        is_dropped.then_some(Serious::Dropped)
    }
}

/// What a service is known by: why it is serious, source, destination, protocol, port.
type Key<'a> = (Serious, &'a str, &'a str, Protocol, Option<u16>);

/// A serious conversation: why, and whether it is marked as needed.
pub type Asked<'a> = (&'a Observed, Serious, bool);

/// All serious services, those that are let in first.
pub fn services(asked: &[Asked<'_>], after: &mut After<'_>, places: &Places<'_>) -> Vec<SeriousService> {
    let name =
        |address: u32| places.subnet_of(address).map(|subnet| subnet.name.as_str()).unwrap_or_default();
    let mut found: BTreeMap<Key<'_>, ([u64; 4], BTreeSet<String>)> = BTreeMap::new();
    for (seen, why, is_needed) in asked.iter().copied() {
        let key = (why, name(seen.src), name(seen.dst), seen.protocol, seen.port);
        let (counts, rules) = found.entry(key).or_default();
        counts[0] += 1;
        counts[1] += u64::from(is_needed);
        let Some(judged) = after.judge(seen) else { continue };
        match judged.outcome {
            Outcome::Decided(Decision::Allowed) => counts[2] += 1,
            Outcome::Decided(Decision::Denied) => continue,
            Outcome::Undecidable => counts[3] += 1,
        }
        // What is let in is let in where it arrives.
        let arriving = judged.steps().iter().filter(|step| step.list & 1 == 0);
        for step in arriving {
            let group = after.set.groups.get((step.list / 2) as usize);
            if let (Some(rule), Some(group)) = (after.rule(*step), group) {
                rules.insert(format!("{} of {}", rule.name, group.nsg.name));
            }
        }
    }
    let mut out: Vec<SeriousService> = found
        .into_iter()
        .map(|((why, src, dst, protocol, port), ([conversations, marked, passes, open], rules))| {
            SeriousService {
                why,
                src: src.to_owned(),
                dst: dst.to_owned(),
                protocol,
                port,
                conversations,
                marked,
                passes,
                open,
                rules: rules.into_iter().take(NAMED).collect(),
            }
        })
        .collect();
    out.sort_small_by_key(|one| (one.passes + one.open == 0, one.marked > 0));
    out
}

/// What to say of them: each that is let in, and how many are not.
pub fn notes(services: &[SeriousService]) -> Vec<String> {
    let (passing, kept_out): (Vec<_>, Vec<_>) = services.iter().partition(|one| one.passes + one.open > 0);
    let mut out = Vec::new();
    for one in passing.iter().take(NAMED) {
        let verb = if one.passes > 0 { "is let in" } else { "may be let in" };
        let by = match one.rules.as_slice() {
            [] => ": no group that is known decides there".to_owned(),
            rules => format!(" by {}", named(rules, NAMED)),
        };
        let marked = match one.marked {
            0 => "nobody marked it as needed",
            all if all == one.conversations => "it is marked as needed",
            _ => "it is marked as needed in part",
        };
        out.push(format!("serious: {} ({}) {verb}{by}; {marked}", one.name(), one.why.sentence()));
    }
    if let Some(more) = passing.len().checked_sub(NAMED).filter(|more| *more > 0) {
        out.push(format!(
            "serious: {more} more services that are let in are in the list of serious services"
        ));
    }
    let unmarked: Vec<String> = kept_out
        .iter()
        .filter(|one| one.marked == 0)
        .map(|one| format!("{} ({})", one.name(), one.why.sentence()))
        .collect();
    if !unmarked.is_empty() {
        let names = named(&unmarked, NAMED);
        out.push(format!("serious, and kept out until it is marked as needed: {names}"));
    }
    out
}

/// The management ports that a rule opens to the Internet, or to some of its addresses.
fn opens(rule: &SecurityRule) -> Vec<u16> {
    let is_public = |end: &Endpoint| match end {
        Endpoint::Any => true,
        Endpoint::Prefix(prefix) => prefix.length() == 0 || prefix.first().is_public(),
        Endpoint::Range(first, last) => first.is_public() || last.is_public(),
        Endpoint::Tag(_) => end.is_tag("Internet"),
        Endpoint::Asg(_) | Endpoint::Unknown(_) => false,
    };
    let lets_in = rule.access == Decision::Allowed
        && rule.direction == Direction::Inbound
        && rule.protocol.is_none_or(Protocol::has_ports)
        && rule.sources.iter().any(is_public);
    let has = |port: &u16| lets_in && rule.destination_ports.iter().any(|range| range.contains(*port));
    MANAGED.into_iter().filter(has).collect()
}

/// A rule with the management ports that it opens to the Internet, said in its reason, too.
pub fn told(mut drafted: DraftedRule, is_marked: bool) -> DraftedRule {
    drafted.serious = opens(&drafted.rule);
    if !drafted.serious.is_empty() {
        let names: Vec<String> = drafted.serious.iter().map(u16::to_string).collect();
        let names = named(&names, NAMED);
        let marked = if is_marked { "as marked" } else { "which nobody marked as needed" };
        let more = format!("; serious: it lets the Internet in to management ports ({names}), {marked}");
        drafted.why.push_str(&more);
    }
    drafted
}
