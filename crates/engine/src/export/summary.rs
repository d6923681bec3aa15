//! The summary document `azflow.summary/1`: see docs/SEMANTICS.md.
//!
//! Keys are in a fixed order and lists are sorted, so that the same input gives the same bytes
//! whatever the order of files or the number of workers.

use crate::topology::Assignment;
use azflow_core::ingest::Issue;
use azflow_core::model::{Protocol, Tally, UnixMillis};
use azflow_core::store::{Mode, Resolution, SourceAccount, Store};
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
    sources: Vec<SourceEntry<'a>>,
    pairs: Vec<Pair<'a>>,
    rules: Vec<Rule<'a>>,
    /// The parts whose flows are added up as logged, whatever the mode. Last, so that all before it stays as it was.
    as_logged: &'static [&'static str],
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

/// A tally under the document's names.
#[derive(Default, Serialize)]
struct Flows {
    allowed_flows: u64,
    denied_flows: u64,
    packets_src_to_dst: u64,
    bytes_src_to_dst: u64,
    packets_dst_to_src: u64,
    bytes_dst_to_src: u64,
}

impl From<&Tally> for Flows {
    fn from(tally: &Tally) -> Self {
        let c = tally.counters;
        Self {
            allowed_flows: tally.allowed_flows,
            denied_flows: tally.denied_flows,
            packets_src_to_dst: c.packets_src_to_dst,
            bytes_src_to_dst: c.bytes_src_to_dst,
            packets_dst_to_src: c.packets_dst_to_src,
            bytes_dst_to_src: c.bytes_dst_to_src,
        }
    }
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
    let mut as_logged = Tally::default();
    for tally in store.totals(Mode::AsLogged) {
        as_logged.add(tally);
    }
    let mut totals = Totals { flows: Flows::from(&as_logged), ..Totals::default() };
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
    let document = Document {
        schema: SUMMARY_SCHEMA,
        mode: mode.as_str(),
        window: span.map(|(first, last)| Window { first: first.to_iso(), last: last.to_iso() }),
        totals,
        resolution: Some(store.resolution()).filter(|r| *r != Resolution::default()),
        sources,
        pairs: pairs(store, subnets, mode),
        rules: rules(store),
        as_logged: match mode {
            Mode::Conversations => &["totals", "rules"],
            Mode::AsLogged => &["totals", "pairs", "rules"],
        },
    };
    // Plain data without maps: there is nothing that could fail to be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn pairs<'a>(store: &Store, subnets: &'a Assignment, mode: Mode) -> Vec<Pair<'a>> {
    let mut by_service: BTreeMap<(u32, u32, u32), Tally> = BTreeMap::new();
    for (index, tally) in store.totals(mode).iter().enumerate() {
        let conversation = store.columns().conversation(index);
        let subnet = |address: u32| subnets.subnet_of[address as usize];
        let key = (subnet(conversation.src), subnet(conversation.dst), conversation.service);
        by_service.entry(key).or_default().add(tally);
    }
    let name = |subnet: u32| subnets.subnets[subnet as usize].name.as_str();
    let mut pairs: BTreeMap<(&str, &str), (Tally, Vec<Service>)> = BTreeMap::new();
    for ((src, dst, service), tally) in by_service {
        let pair = pairs.entry((name(src), name(dst))).or_default();
        pair.0.add(&tally);
        let protocol = Protocol((service >> 16) as u8);
        let service = Service {
            protocol: protocol.to_string(),
            port: protocol.has_ports().then_some(service as u16),
            flows: Flows::from(&tally),
        };
        pair.1.push(service);
    }
    let pair = |((src, dst), (tally, mut services)): ((&'a str, &'a str), (Tally, Vec<Service>))| {
        services.sort_by(|a, b| (&a.protocol, a.port).cmp(&(&b.protocol, b.port)));
        Pair { src, dst, flows: Flows::from(&tally), services }
    };
    pairs.into_iter().map(pair).collect()
}

fn rules(store: &Store) -> Vec<Rule<'_>> {
    let rule = |(key, tally): (azflow_core::store::RuleKey, Tally)| Rule {
        acl: store.string(key.acl),
        rule: store.string(key.rule),
        direction: key.direction.as_str(),
        flows: Flows::from(&tally),
    };
    let mut rules: Vec<Rule<'_>> = store.rules().into_iter().map(rule).collect();
    rules.sort_by(|a, b| (a.acl, a.rule, a.direction).cmp(&(b.acl, b.rule, b.direction)));
    rules
}
