//! The summary document `azflow.summary/1`: see docs/SEMANTICS.md.
//!
//! Keys are in a fixed order and lists are sorted, so that the same input gives the same bytes
//! whatever the order of files or the number of workers.

use super::migration::{Migration, migration};
use crate::topology::Assignment;
use azflow_core::ingest::Issue;
use azflow_core::model::SortSmall;
use azflow_core::model::{Counters, LogKind, Protocol, Tally, UnixMillis, port_of};
use azflow_core::store::{ConversationRows, LogFacts, Mode, Resolution, RuleKey, SourceAccount, Store};
use hashbrown::HashMap;
use serde::Serialize;
use std::collections::BTreeMap;

/// The schema's name; a file that has it near its beginning is a summary.
pub const SUMMARY_SCHEMA: &str = "azflow.summary/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    mode: &'static str,
    window: Option<Window>,
    totals: Totals,
    /// Only where memory made times or addresses coarser.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolution: Option<Resolution>,
    /// What of the totals may be from before the window; only where there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    possibly_older: Option<OlderEntry>,
    /// Only where several kinds of log cover a NIC and hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    overlaps: Option<OverlapsEntry<'a>>,
    sources: Vec<SourceEntry<'a>>,
    pairs: Vec<Pair<'a>>,
    rules: Vec<Rule<'a>>,
    /// The parts whose flows are added up as logged, whatever the mode. Behind all that was there before it.
    as_logged: &'static [&'static str],
    /// Only where logs of groups and of networks cover a NIC and hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    migration: Option<Migration>,
}

#[derive(Serialize)]
struct Window {
    first: String,
    last: String,
}

#[derive(Default, Serialize)]
struct Totals {
    records: u64,
    duplicate_records: u64,
    tuples: u64,
    duplicate_tuples: u64,
    rejected_tuples: u64,
    #[serde(flatten)]
    flows: Flows,
}

/// A tally under the document's names. Packets and bytes are `null` where no log of it has any.
#[derive(Default, Serialize)]
struct Flows {
    allowed_flows: u64,
    denied_flows: u64,
    packets_src_to_dst: Option<u64>,
    bytes_src_to_dst: Option<u64>,
    packets_dst_to_src: Option<u64>,
    bytes_dst_to_src: Option<u64>,
}

impl Flows {
    fn of(tally: &Tally, counts_bytes: bool) -> Self {
        let c = tally.counters;
        let known = |number: u64| counts_bytes.then_some(number);
        Self {
            allowed_flows: tally.allowed_flows,
            denied_flows: tally.denied_flows,
            packets_src_to_dst: known(c.packets_src_to_dst),
            bytes_src_to_dst: known(c.bytes_src_to_dst),
            packets_dst_to_src: known(c.packets_dst_to_src),
            bytes_dst_to_src: known(c.bytes_dst_to_src),
        }
    }
}

/// What first tuples of flows counted that were not seen to begin.
#[derive(Serialize)]
struct OlderEntry {
    packets_src_to_dst: u64,
    bytes_src_to_dst: u64,
    packets_dst_to_src: u64,
    bytes_dst_to_src: u64,
}

/// What several kinds of log say of the same hours.
#[derive(Serialize)]
struct OverlapsEntry<'a> {
    /// Conversations that only logs hold which do not count there: with something allowed, and denied alone.
    superseded_allowed: u64,
    superseded_denied: u64,
    /// Every NIC, by its hours: of several kinds the first counts.
    hours: Vec<HoursEntry<'a>>,
}

#[derive(Serialize)]
struct HoursEntry<'a> {
    nic: &'a str,
    first: String,
    hours: u32,
    kinds: Vec<&'static str>,
}

#[derive(Serialize)]
struct SourceEntry<'a> {
    name: &'a str,
    kind: &'static str,
    bytes: u64,
    records: u64,
    duplicate_records: u64,
    tuples: u64,
    duplicate_tuples: u64,
    rejected_tuples: u64,
    first: Option<String>,
    last: Option<String>,
    issues: Vec<IssueEntry<'a>>,
}

#[derive(Serialize)]
struct IssueEntry<'a> {
    code: &'static str,
    record: Option<u64>,
    /// In the source's own unpacked text, where it is packed.
    offset: u64,
    message: &'a str,
}

impl<'a> From<&'a Issue> for IssueEntry<'a> {
    fn from(issue: &'a Issue) -> Self {
        Self {
            code: issue.code.as_str(),
            record: issue.record,
            offset: issue.offset,
            message: &issue.message,
        }
    }
}

#[derive(Serialize)]
struct Pair<'a> {
    src: &'a str,
    dst: &'a str,
    #[serde(flatten)]
    flows: Flows,
    services: Vec<Service>,
}

#[derive(Serialize)]
struct Service {
    protocol: String,
    port: Option<u16>,
    #[serde(flatten)]
    flows: Flows,
}

#[derive(Serialize)]
struct Rule<'a> {
    acl: &'a str,
    rule: &'a str,
    direction: &'static str,
    #[serde(flatten)]
    flows: Flows,
}

/// Writes the document: indented JSON with a final newline.
pub fn summary(store: &mut Store, accounts: &[SourceAccount], subnets: &Assignment, mode: Mode) -> String {
    store.count(mode);
    store.count(Mode::AsLogged);
    store.find_older();
    let overlapping = !store.overlaps().covered_twice().is_empty();
    if overlapping {
        store.count(Mode::Conversations);
    }
    let mut as_logged = Tally::default();
    for tally in store.totals(Mode::AsLogged) {
        as_logged.add(tally);
    }
    let facts = store.log_facts();
    let counted = facts.counts(store.contexts().iter().zip(0..).map(|(context, at)| (at, context.decision)));
    let mut totals = Totals { flows: Flows::of(&as_logged, counted), ..Totals::default() };
    let mut span: Option<(UnixMillis, UnixMillis)> = None;
    let mut sources = Vec::with_capacity(accounts.len());
    for account in accounts {
        let Some(source) = store.sources().get(account.index) else { continue };
        let report = &source.report;
        totals.records += account.records;
        totals.duplicate_records += account.duplicate_records;
        totals.tuples += account.tuples;
        totals.duplicate_tuples += account.duplicate_tuples;
        totals.rejected_tuples += account.rejected_tuples;
        if let (Some(first), Some(last)) = (report.first, report.last) {
            span = Some(span.map_or((first, last), |(f, l)| (f.min(first), l.max(last))));
        }
        sources.push(SourceEntry {
            name: &report.name,
            kind: report.kind.as_str(),
            bytes: report.bytes,
            records: account.records,
            duplicate_records: account.duplicate_records,
            tuples: account.tuples,
            duplicate_tuples: account.duplicate_tuples,
            rejected_tuples: account.rejected_tuples,
            first: report.first.map(UnixMillis::to_iso),
            last: report.last.map(UnixMillis::to_iso),
            issues: account.issues.iter().map(IssueEntry::from).collect(),
        });
    }
    let overlaps = overlapping.then(|| overlaps(store));
    let document = Document {
        schema: SUMMARY_SCHEMA,
        mode: mode.as_str(),
        window: span.map(|(first, last)| Window { first: first.to_iso(), last: last.to_iso() }),
        totals,
        resolution: Some(store.resolution()).filter(|r| *r != Resolution::default()),
        possibly_older: older(store),
        overlaps,
        sources,
        pairs: pairs(store, subnets, mode, &facts),
        rules: rules(store, &facts),
        as_logged: match mode {
            Mode::Conversations => &["totals", "rules"],
            Mode::AsLogged => &["totals", "pairs", "rules"],
        },
        migration: overlapping.then(|| migration(store)).flatten(),
    };
    // Plain data without maps: there is nothing that could fail to be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// As logged, as the totals are.
fn older(store: &Store) -> Option<OlderEntry> {
    let mut sum = Tally::default();
    for older in store.older(Mode::AsLogged, None) {
        sum.add(&Tally { counters: older.counters, ..Tally::default() });
    }
    let Counters { packets_src_to_dst, bytes_src_to_dst, packets_dst_to_src, bytes_dst_to_src } =
        sum.counters;
    (sum != Tally::default()).then_some(OlderEntry {
        packets_src_to_dst,
        bytes_src_to_dst,
        packets_dst_to_src,
        bytes_dst_to_src,
    })
}

fn overlaps(store: &Store) -> OverlapsEntry<'_> {
    let [superseded_allowed, superseded_denied] =
        store.sums(Mode::Conversations, None).map(|sums| sums.superseded).unwrap_or_default();
    let covered = store.overlaps().covered();
    let mut covered: Vec<(&str, u32, u8)> =
        covered.map(|(mac, hour, kinds)| (store.string(mac), hour, kinds)).collect();
    covered.sort_unstable();
    let mut runs: Vec<(&str, u32, u32, u8)> = Vec::new();
    for (nic, hour, kinds) in covered {
        match runs.last_mut() {
            Some((of, first, hours, same)) if *of == nic && *same == kinds && *first + *hours == hour => {
                *hours += 1;
            }
            _ => runs.push((nic, hour, 1, kinds)),
        }
    }
    let entry = |(nic, first, hours, kinds): (_, u32, u32, u8)| HoursEntry {
        nic,
        first: UnixMillis::from_minute(first.saturating_mul(60)).to_iso(),
        hours,
        kinds: LogKind::ALL.into_iter().filter(|kind| kinds & kind.bit() != 0).map(LogKind::as_str).collect(),
    };
    OverlapsEntry { superseded_allowed, superseded_denied, hours: runs.into_iter().map(entry).collect() }
}

fn pairs<'a>(store: &Store, subnets: &'a Assignment, mode: Mode, facts: &LogFacts) -> Vec<Pair<'a>> {
    let mut by_service: HashMap<(u32, u32, u32), (Tally, bool)> = HashMap::new();
    let all_count = facts.all_count();
    let counts = |of: &ConversationRows| {
        let context = |row: usize| store.columns().context(row);
        all_count || facts.counts(of.rows.clone().map(context).map(|at| (at, store.context(at).decision)))
    };
    for (index, tally) in store.totals(mode).iter().enumerate() {
        let conversation = store.columns().conversation(index);
        let subnet = |address: u32| subnets.subnet_of[address as usize];
        let key = (subnet(conversation.src), subnet(conversation.dst), conversation.service);
        let known = by_service.entry(key).or_default();
        known.0.add(tally);
        // Of several the sum is what those have that count: the sources' issues say which do not.
        known.1 |= counts(&conversation);
    }
    let mut by_service: Vec<_> = by_service.into_iter().collect();
    by_service.sort_unstable_by_key(|(key, _)| *key);
    let name = |subnet: u32| subnets.subnets[subnet as usize].name.as_str();
    let mut pairs: BTreeMap<(&str, &str), (Tally, bool, Vec<Service>)> = BTreeMap::new();
    for ((src, dst, service), (tally, counts)) in by_service {
        let pair = pairs.entry((name(src), name(dst))).or_default();
        pair.0.add(&tally);
        pair.1 |= counts;
        let protocol = Protocol::of(service);
        let service = Service {
            protocol: protocol.to_string(),
            port: port_of(service),
            flows: Flows::of(&tally, counts),
        };
        pair.2.push(service);
    }
    let pair =
        |((src, dst), (tally, counts, mut services)): ((&'a str, &'a str), (Tally, bool, Vec<Service>))| {
            services.sort_small_by(|a, b| (&a.protocol, a.port).cmp(&(&b.protocol, b.port)));
            Pair { src, dst, flows: Flows::of(&tally, counts), services }
        };
    pairs.into_iter().map(pair).collect()
}

fn rules<'a>(store: &'a Store, facts: &LogFacts) -> Vec<Rule<'a>> {
    let mut counts: HashMap<RuleKey, bool> = HashMap::new();
    for (context, known) in store.contexts().iter().zip(&facts.counts_bytes) {
        *counts.entry(RuleKey::of(context)).or_default() |= *known;
    }
    let rule = |(key, tally): (RuleKey, Tally)| Rule {
        acl: store.string(key.acl),
        rule: store.string(key.rule),
        direction: key.direction.as_str(),
        flows: Flows::of(&tally, counts.get(&key).copied().unwrap_or(true)),
    };
    let mut rules: Vec<Rule<'_>> = store.rules().into_iter().map(rule).collect();
    rules.sort_small_by(|a, b| (a.acl, a.rule, a.direction).cmp(&(b.acl, b.rule, b.direction)));
    rules
}
