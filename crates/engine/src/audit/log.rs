//! What the logs, and evaluating what they hold, say of rules.

use super::shared::shared;
use super::{Covered, CoveredAt, Finding, FindingKind, NAMED, NsgAudit, RuleAudit, is_name};
use crate::pieces::end_of_piece;
use crate::rules::{
    Allows, Applied, Compiled, DEFAULT_ALLOW, Decider, Hit, Observed, Outcome, Question, RuleSet, Traffic,
    World, is_unread, joined, named,
};
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Decision, Direction, Endpoint, PortRange, Prefix, Protocol, SecurityRule};
use azflow_core::store::{AT_ONCE, Holds};
use hashbrown::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};

/// How often one rule was come to.
#[derive(Debug, Default, Clone)]
struct Usage {
    /// Conversations in which a log names it, with allowed and denied flows.
    named: u64,
    hits: (u64, u64),
    /// Conversations that evaluating comes to it for, and their flows.
    evaluated: (u64, u64),
    /// Conversations that it would decide, had nothing else decided before.
    outside: u64,
    /// What it was used for: flows by service, and the ends.
    services: HashMap<(Protocol, Option<u16>), u64>,
    sources: HashSet<u32>,
    destinations: HashSet<u32>,
    /// Conversations that this, the default allow, alone lets pass.
    alone: u64,
}

/// A logged decider that evaluating does not confirm: how often, and one such conversation.
#[derive(Debug, Clone, Copy)]
struct Difference {
    conversations: u64,
    example: u32,
}

/// See the module's description.
#[derive(Debug)]
pub struct Used<'a> {
    traffic: &'a Traffic,
    /// By list of rules (group and direction), by place of the rule.
    usage: Vec<Vec<Usage>>,
    /// By list, logged decider, and the rule that evaluating gives.
    differences: BTreeMap<(u32, u32, u32), Difference>,
    /// By list, conversations of which it can't be told which rule decides.
    open: Vec<u64>,
    /// Whether other groups apply where a group does.
    shared: Vec<bool>,
    /// Whether it is on file where a group applies.
    placed: Vec<bool>,
    /// See [`super::Audit::on_default`].
    pub on_default: Vec<u32>,
}

impl<'a> Used<'a> {
    /// Goes through all conversations once, in pieces.
    pub async fn new(set: &RuleSet, world: &World, traffic: &'a Traffic) -> Self {
        let mut compiled = Compiled::new(set, world, &traffic.addresses);
        let lists = set.groups.len() as u32 * 2;
        let usage = (0..lists).map(|list| vec![Usage::default(); compiled.list(list).len() + 1]).collect();
        let mut out = Self {
            traffic,
            usage,
            differences: BTreeMap::new(),
            open: vec![0; lists as usize],
            shared: shared(&set.groups),
            placed: set.groups.iter().map(|group| !group.is_unplaced()).collect(),
            on_default: Vec::new(),
        };
        let logged = logged_rules(set, traffic, &compiled);
        for (at, some) in traffic.conversations.chunks(AT_ONCE).enumerate() {
            for (index, seen) in (at * AT_ONCE..).zip(some) {
                out.look(index as u32, seen, &mut compiled, &logged);
            }
            end_of_piece().await;
        }
        out
    }

    fn look(
        &mut self,
        index: u32,
        seen: &Observed,
        compiled: &mut Compiled<'_>,
        logged: &[Option<(u32, Vec<u32>)>],
    ) {
        let refused = seen.refused_outside;
        let mut one_way = |outside| compiled.judge(&Question { outside, ..Question::of(seen) });
        let ways = [one_way([false, true]), one_way([true, false])];
        let hits = self.traffic.hits_of(seen);
        for hit in hits {
            let Some(Some((list, rules))) = logged.get(hit.logged as usize) else { continue };
            let by = &self.traffic.logged[hit.logged as usize];
            for rule in rules {
                let usage = &mut self.usage[*list as usize][*rule as usize];
                usage.named += 1;
                match by.decision {
                    Decision::Allowed => usage.hits.0 = usage.hits.0.saturating_add(hit.flows),
                    Decision::Denied => usage.hits.1 = usage.hits.1.saturating_add(hit.flows),
                }
            }
            let Some(direction) = by.direction.known() else { continue };
            let way = ways[usize::from(direction == Direction::Outbound)];
            let step = way.steps().iter().find(|step| step.list == *list);
            if let Some(step) = step
                && let Outcome::Decided(decision) = step.outcome
                && (decision != by.decision || !rules.contains(&step.rule) && by.decider != Decider::Unnamed)
            {
                let first = Difference { conversations: 0, example: index };
                let key = (*list, hit.logged, step.rule);
                self.differences.entry(key).or_insert(first).conversations += 1;
            }
        }
        // Leaving comes first; what may not leave does not arrive.
        for (way, outside) in [(ways[1], seen.outside[1]), (ways[0], seen.outside[0])] {
            for step in way.steps() {
                let list = &mut self.usage[step.list as usize];
                let at = (step.rule as usize).min(list.len() - 1);
                let is_default = compiled.rule(*step).is_none_or(|rule| rule.priority >= 65_000);
                let usage = &mut list[at];
                if outside || refused {
                    usage.outside += 1;
                    continue;
                }
                if step.outcome == Outcome::Undecidable {
                    self.open[step.list as usize] += 1;
                    continue;
                }
                usage.evaluated.0 += 1;
                usage.evaluated.1 = usage.evaluated.1.saturating_add(seen.tally.attempts());
                if !is_default || step.outcome == Outcome::Decided(Decision::Denied) {
                    *usage.services.entry((seen.protocol, seen.port)).or_default() += seen.tally.attempts();
                    usage.sources.insert(seen.src);
                    usage.destinations.insert(seen.dst);
                }
            }
            if way.outcome == Outcome::Decided(Decision::Denied) {
                break;
            }
        }
        if seen.on_default {
            self.on_default.push(index);
            self.note_alone(seen, hits, logged, compiled);
        }
    }

    /// Notes a conversation that rides on the default allow alone at that rule of the groups which the log names.
    fn note_alone(
        &mut self,
        seen: &Observed,
        hits: &[Hit],
        logged: &[Option<(u32, Vec<u32>)>],
        compiled: &Compiled<'_>,
    ) {
        let mut allows = Allows::default();
        let named = |hit: &&Hit| {
            self.traffic.logged.get(hit.logged as usize).filter(|by| by.decision == Decision::Allowed)
        };
        hits.iter().filter_map(|hit| named(&hit)).for_each(|by| allows.add(by.direction, true));
        let Some((way, _)) = allows.alone() else { return };
        let mut lists: Vec<u32> = Vec::new();
        for hit in hits.iter().filter(|hit| named(hit).is_some_and(|by| by.direction == way.into())) {
            if let Some(Some((list, _))) = logged.get(hit.logged as usize)
                && !lists.contains(list)
            {
                lists.push(*list);
            }
        }
        for list in lists {
            let at = compiled.list(list).iter().position(|rule| rule.priority == DEFAULT_ALLOW);
            if let Some(usage) = at.and_then(|at| self.usage[list as usize].get_mut(at)) {
                usage.alone += 1;
                *usage.services.entry((seen.protocol, seen.port)).or_default() += seen.tally.attempts();
            }
        }
    }

    /// Adds what one group's rules of one direction show, in their order, defaults last.
    pub fn findings(
        &mut self,
        group: usize,
        direction: Direction,
        ordered: &[SecurityRule],
        out: &mut NsgAudit,
    ) {
        let list = group * 2 + usize::from(direction == Direction::Outbound);
        let (hours, missing) = out.covered;
        let open = match self.open[list] {
            0 => String::new(),
            count => format!("; of {} it can't be told which rule decides", conversations(count)),
        };
        let unseen = [Decision::Allowed, Decision::Denied].map(|decision| unseen(out, decision));
        for (at, rule) in ordered.iter().enumerate().filter(|(_, rule)| !is_unread(rule)) {
            let usage = std::mem::take(&mut self.usage[list][at]);
            let mut say = |kind, message: String| {
                out.findings.push(Finding { kind, rule: rule.name.clone(), direction, message });
            };
            if usage.alone > 0 {
                let message = format!(
                    "{} ride on this rule alone, and the deny of a draft will cut them: {}",
                    conversations(usage.alone),
                    services(&usage)
                );
                say(FindingKind::DefaultOnly, message);
            }
            let denies = rule.access == Decision::Denied;
            let is_own = rule.priority < 65_000;
            let unused = usage.named == 0 && usage.evaluated.0 == 0;
            let (limits, is_blind) = &unseen[usize::from(denies)];
            let limits = limits.join("; ");
            if is_own && unused && usage.outside > 0 {
                let message = format!(
                    "{} that it would decide were decided by security admin rules or the platform before it",
                    conversations(usage.outside)
                );
                say(FindingKind::NotAttributable, message);
            } else if is_own && unused && hours == 0 {
                say(FindingKind::NotAttributable, "no log covers where this group applies".to_owned());
            } else if is_own && unused && *is_blind {
                let what = if denies { "denied" } else { "allowed" };
                let message = format!("{limits}: what it {what} is not in them");
                say(FindingKind::NotAttributable, message);
            } else if is_own && unused && !self.placed[group] && !denies {
                let message =
                    "where the group applies is not on file, and an allow is logged by the last group only";
                say(FindingKind::NotAttributable, message.to_owned());
            } else if is_own && unused {
                let gaps = if missing > 0 {
                    format!(", {missing} more between them missing")
                } else {
                    String::new()
                };
                let shared = if self.shared[group] {
                    "; another group applies at the same machines: a deny stops there, and an allow is logged by the \
                     last group only, so evaluating looked too"
                } else {
                    ""
                };
                let partial = if limits.is_empty() { String::new() } else { format!("; {limits}") };
                let message = format!(
                    "not hit in {hours} covered hours{gaps}; that is no proof that it is not needed{shared}{partial}{open}"
                );
                say(FindingKind::NeverHit, message);
            } else if denies && (usage.hits.1 > 0 || usage.evaluated.0 > 0) {
                let flows = usage.hits.1.max(usage.evaluated.1);
                let message = format!("denied flows: {flows}; {}", used(&usage));
                say(FindingKind::DenyHit, message);
            } else if is_own
                && !denies
                && !is_blind
                && let Some(message) = wider(rule, &usage, self.traffic)
            {
                let partial = if limits.is_empty() {
                    String::new()
                } else {
                    format!("; {limits}, so it may be used more")
                };
                say(FindingKind::WiderThanUsed, format!("{message}{partial}"));
            }
            out.rules.push(RuleAudit { rule: rule.clone(), hits: usage.hits, evaluated: usage.evaluated });
        }
        let differences = self.differences.range((list as u32, 0, 0)..(list as u32 + 1, 0, 0));
        for ((_, logged, rule), difference) in differences {
            let by = &self.traffic.logged[*logged as usize];
            let word = |decision| if decision == Decision::Allowed { "allowed" } else { "denied" };
            let known = ordered.iter().any(|rule| is_name(&by.rule, &rule.name));
            let gives = match ordered.get(*rule as usize) {
                Some(rule) => format!("{} by {}", word(rule.access), rule.name),
                None => "denied by no rule".to_owned(),
            };
            let example = self.traffic.conversations.get(difference.example as usize);
            let example = example.map(|seen| text(self.traffic, seen)).unwrap_or_default();
            let message = format!(
                "{} logged as {} by {}{} evaluate to {gives}, {example} for one: the rules changed while this was \
                 logged, or the file is not the one in force",
                conversations(difference.conversations),
                word(by.decision),
                by.rule,
                if known { "" } else { ", which the file does not have," },
            );
            let rule = ordered.get(*rule as usize).map(|rule| rule.name.clone()).unwrap_or_default();
            out.findings.push(Finding { kind: FindingKind::Differs, rule, direction, message });
        }
    }
}

/// The NICs that logged, to be asked group after group.
pub struct LoggedNics<'a> {
    covered: &'a Covered,
    /// Their numbers by their addresses.
    by_address: Vec<(Address, usize)>,
    /// Of all of them together.
    all: OfNics,
}

/// What logs at some NICs can speak about.
#[derive(Debug, Default, Clone)]
pub struct OfNics {
    /// Hours with records, and hours without between.
    pub hours: (u64, u64),
    /// How many of the NICs have logs that hold what.
    pub holds: BTreeMap<Holds, u64>,
}

impl OfNics {
    fn add(&mut self, nic: &CoveredAt) {
        self.hours.0 += u64::from(nic.hours);
        self.hours.1 += u64::from(nic.missing);
        *self.holds.entry(nic.holds).or_default() += 1;
    }
}

impl<'a> LoggedNics<'a> {
    /// Of what is covered.
    pub fn new(covered: &'a Covered) -> Self {
        let numbered = covered.nics.iter().enumerate();
        let mut by_address: Vec<(Address, usize)> =
            numbered.flat_map(|(at, nic)| nic.addresses.iter().map(move |address| (*address, at))).collect();
        by_address.sort_unstable();
        let mut all = OfNics::default();
        covered.nics.iter().for_each(|nic| all.add(nic));
        Self { covered, by_address, all }
    }

    /// Of those that a group applies to; of all where that is not on file.
    pub fn of(&self, group: &Applied) -> OfNics {
        if group.is_unplaced() {
            return self.all.clone();
        }
        let single = group.nics.iter().map(|nic| (*nic, *nic));
        let spans = single.chain(group.prefixes.iter().map(|prefix| (prefix.first(), prefix.last())));
        let within = |(first, last): (Address, Address)| {
            let from = self.by_address.partition_point(|(address, _)| *address < first);
            let rest = self.by_address.get(from..).unwrap_or_default();
            rest.iter().take_while(move |(address, _)| *address <= last).map(|(_, at)| *at)
        };
        let numbers: BTreeSet<usize> = spans.flat_map(within).collect();
        let mut out = OfNics::default();
        numbers.into_iter().filter_map(|at| self.covered.nics.get(at)).for_each(|nic| out.add(nic));
        out
    }
}

/// What the logs of some of the NICs hold.
pub fn limit(holds: Holds, count: u64, nics: u64) -> String {
    let of = if count == nics {
        "the logs there".to_owned()
    } else {
        format!("the logs of {count} of {nics} NICs there")
    };
    format!("{of} hold {}", holds.words())
}

/// What keeps the logs at a group's NICs from showing a decision: a sentence, and whether none of them could.
fn unseen(out: &NsgAudit, decision: Decision) -> (Vec<String>, bool) {
    let nics: u64 = out.holds.values().sum();
    let shows = |holds: &Holds| match decision {
        Decision::Allowed => holds.shows_allowed(),
        Decision::Denied => holds.shows_denied(),
    };
    let blind = out.holds.iter().filter(|(holds, _)| !shows(holds));
    let count: u64 = blind.clone().map(|(_, count)| count).sum();
    (blind.map(|(holds, count)| limit(*holds, *count, nics)).collect(), count > 0 && count == nics)
}

/// For each logged decider: the list of rules of the group that it names, and which of them it may be.
fn logged_rules(set: &RuleSet, traffic: &Traffic, compiled: &Compiled<'_>) -> Vec<Option<(u32, Vec<u32>)>> {
    let mut ids: HashMap<String, usize> = HashMap::new();
    // By name: the first group of all, and the first that has no full id.
    let mut names: HashMap<String, [Option<usize>; 2]> = HashMap::new();
    for (at, group) in set.groups.iter().enumerate() {
        ids.entry(group.nsg.id.0.to_ascii_lowercase()).or_insert(at);
        let [any, short] = names.entry(group.nsg.name.to_ascii_lowercase()).or_default();
        any.get_or_insert(at);
        if !group.nsg.id.is_full() {
            short.get_or_insert(at);
        }
    }
    let of = |by: &crate::rules::Logged| {
        if !by.decider.is_group() {
            return None;
        }
        let acl = by.acl.to_ascii_lowercase();
        let last = acl.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        // Where both are full ids, the name alone does not make them one.
        let full = acl.contains('/') && acl.len() > last.len() + 1 && acl.contains("/subscriptions/");
        let named = || names.get(last).filter(|_| !last.is_empty());
        let group = ids.get(&acl).copied().or_else(|| named().and_then(|found| found[usize::from(full)]))?;
        // A rule is of one direction; which, a table may not say.
        let list = group as u32 * 2 + u32::from(by.direction.known()? == Direction::Outbound);
        let rules = compiled.list(list).iter().zip(0u32..).filter(|(rule, _)| is_name(&by.rule, &rule.name));
        Some((list, rules.map(|(_, at)| at).collect()))
    };
    traffic.logged.iter().map(of).collect()
}

fn conversations(count: u64) -> String {
    if count == 1 { "1 conversation".to_owned() } else { format!("{count} conversations") }
}

fn text(traffic: &Traffic, seen: &Observed) -> String {
    let service = service((seen.protocol, seen.port));
    format!("{} to {} {service}", traffic.src(seen), traffic.dst(seen))
}

fn service((protocol, port): (Protocol, Option<u16>)) -> String {
    let protocol = protocol.to_string().to_ascii_uppercase();
    port.map_or(protocol.clone(), |port| format!("{protocol} {port}"))
}

/// The services of most flows.
fn services(usage: &Usage) -> String {
    let mut list: Vec<_> = usage.services.iter().map(|(service, flows)| (*service, *flows)).collect();
    list.sort_small_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    named(&list.iter().map(|(of, _)| service(*of)).collect::<Vec<_>>(), NAMED)
}

fn used(usage: &Usage) -> String {
    format!(
        "{}, sources {}, destinations {}",
        if usage.services.is_empty() { "services unknown".to_owned() } else { services(usage) },
        usage.sources.len(),
        usage.destinations.len()
    )
}

/// What a rule allows beyond what it was used for, by ports and by blocks of addresses (/24, /64).
fn wider(rule: &SecurityRule, usage: &Usage, traffic: &Traffic) -> Option<String> {
    if usage.evaluated.0 == 0 {
        return None;
    }
    let mut more = Vec::new();
    let open: u32 = joined(&rule.destination_ports).iter().map(|r| u32::from(r.last - r.first) + 1).sum();
    let seen = BTreeSet::from_iter(usage.services.keys().filter_map(|(_, port)| *port)).len() as u32;
    let any_protocol = rule.protocol.is_none() && usage.services.keys().all(|(p, _)| p.has_ports());
    if rule.protocol.is_none_or(Protocol::has_ports) && seen > 0 && seen < open {
        let all = rule.destination_ports.contains(&PortRange::ALL);
        more.push(if all { "every port".to_owned() } else { format!("{} ports", open - seen) });
    }
    if any_protocol {
        more.push("every protocol".to_owned());
    }
    for (word, ends, hosts) in [
        ("sources", &rule.sources, &usage.sources),
        ("destinations", &rule.destinations, &usage.destinations),
    ] {
        let block = |number: &u32| {
            let address = traffic.addresses.get(*number as usize)?;
            Some(Prefix::of(*address, if address.v4().is_some() { 24 } else { 64 }))
        };
        let blocks = BTreeSet::from_iter(hosts.iter().filter_map(block)).len() as u128;
        let named: u128 = ends.iter().map(size).fold(0, u128::saturating_add);
        if blocks < named {
            let list: Vec<String> = ends.iter().take(NAMED).map(super::end_text).collect();
            more.push(format!("{word} in {} ({blocks} blocks of /24 were seen)", list.join(", ")));
        }
    }
    if more.is_empty() {
        return None;
    }
    Some(format!("allows {} beyond what was used: {}", more.join("; "), used(usage)))
}

/// How many blocks of /24 (IPv6: /64) an end may be; a name may be many.
fn size(end: &Endpoint) -> u128 {
    let blocks = |first: Address, last: Address| {
        let width = if first.v4().is_some() { 8 } else { 64 };
        (last.bits() >> width) - (first.bits() >> width) + 1
    };
    match end {
        Endpoint::Prefix(prefix) => blocks(prefix.first(), prefix.last()),
        Endpoint::Range(first, last) => blocks(*first, *last),
        Endpoint::Asg(_) => 0,
        Endpoint::Any | Endpoint::Tag(_) | Endpoint::Unknown(_) => u128::MAX,
    }
}
