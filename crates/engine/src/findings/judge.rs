//! From sums to findings.

use super::gather::{As, Gathered, Ground, Pair, Sum};
use super::{Code, Finding, Instance, MOST, Severity, between};
use crate::filter::{Field, exactly};
use crate::rules::MANAGED;
use crate::topology::{Connection, SubnetKind};
use azflow_core::model::SortSmall;
use azflow_core::model::{Protocol, Tally, UnixMillis, port_of};
use azflow_core::store::{Holds, Store};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Protocols without encryption: FTP, Telnet, TFTP, POP3, IMAP, the r-services.
const CLEAR_TEXT: [(Protocol, u16); 8] = [
    (Protocol::TCP, 21),
    (Protocol::TCP, 23),
    (Protocol::UDP, 69),
    (Protocol::TCP, 110),
    (Protocol::TCP, 143),
    (Protocol::TCP, 512),
    (Protocol::TCP, 513),
    (Protocol::TCP, 514),
];
/// File sharing of Windows: remarkable where it leaves its network.
const FILE_SHARING: [(Protocol, u16); 2] = [(Protocol::TCP, 139), (Protocol::TCP, 445)];
/// The window is so many minutes before newcomers and leavers mean anything.
const LEAST_WINDOW: u32 = 10 * 60;
/// Who left had been there for so many minutes.
const REGULAR: u32 = 3 * 60;
/// Conversations of which something was allowed, or that began earlier.
const ALLOWED: &str = "(allowed>0 or flows=0)";
/// Rules of an instance that are named.
const RULES: usize = 4;
/// Two groups log alike in so many conversations.
const ALIKE: u64 = 10;

/// Findings, the most urgent first.
pub fn judge(store: &Store, ground: &Ground<'_>, gathered: Gathered) -> Vec<Finding> {
    let judge = Judge { store, ground };
    let mut pairs: Vec<_> = gathered.pairs.iter().collect();
    pairs.sort_small_by(|a, b| a.0.cmp(b.0));
    let mut found = Found::default();
    for (key, pair) in &pairs {
        judge.pair(**key, pair, gathered.window, &mut found);
    }
    judge.networks(&pairs, &mut found);
    judge.public(&pairs, &mut found);
    judge.scanners(&gathered, &mut found);
    judge.groups(&gathered, &mut found);
    judge.partial(&gathered, &mut found);
    judge.gaps(&gathered, &mut found);
    found.finish(!ground.naming.tags().is_empty())
}

/// Instances by code.
#[derive(Default)]
struct Found(BTreeMap<Code, Rows>);

/// Instances of one code: all are counted, the largest are kept. Hundreds of subnets have half a million.
#[derive(Default)]
struct Rows {
    kept: Vec<Instance>,
    total: u32,
    conversations: u64,
    tally: Tally,
    /// Whether one makes it serious: from inside, or let through somewhere.
    serious: bool,
    /// What is smaller is not among the largest.
    least: Option<Size>,
}

/// So many are kept before the smaller ones go.
const KEPT: usize = 32 * MOST;

/// What counts most: from inside; what got through; attempts; the number; bytes.
type Size = (bool, u64, u64, u64, u64);

impl Rows {
    fn count(&mut self, tally: &Tally, conversations: u64) {
        self.total += 1;
        self.conversations += conversations;
        self.tally.add(tally);
    }

    fn keep(&mut self, code: Code, row: Instance) {
        self.serious |= row.through > 0 || row.dst.is_empty();
        self.kept.push(row);
        if self.kept.len() >= KEPT {
            self.cut(code);
            self.least = self.kept.last().map(|row| size(code, row));
        }
    }

    fn cut(&mut self, code: Code) {
        self.kept.sort_small_by(|a, b| rank(code, a).cmp(&rank(code, b)));
        self.kept.truncate(MOST);
    }
}

impl Found {
    fn add(&mut self, code: Code, row: Instance) {
        let rows = self.0.entry(code).or_default();
        rows.count(&row.tally, row.conversations);
        rows.keep(code, row);
    }

    /// The same for one that is put together only if it may be among the largest. Nothing of it got through.
    fn add_sum(&mut self, code: Code, sum: &Sum, make: impl FnOnce() -> Instance) {
        let rows = self.0.entry(code).or_default();
        rows.count(&sum.tally, sum.conversations);
        let size = (false, 0, sum.tally.attempts(), sum.number, sum.tally.counters.bytes());
        if rows.least.is_none_or(|least| size >= least) {
            rows.keep(code, make());
        }
    }

    fn finish(self, tags: bool) -> Vec<Finding> {
        let mut out: Vec<Finding> = Vec::new();
        for (code, mut rows) in self.0 {
            rows.cut(code);
            let severity = severity(code, rows.serious);
            let Rows { kept, total, conversations, tally, .. } = rows;
            out.push(Finding { code, severity, rows: kept, total, tally, conversations, tags });
        }
        out.sort_small_by_key(|a| (a.severity, a.code));
        out
    }
}

fn size(code: Code, row: &Instance) -> Size {
    let from_inside = code == Code::Scanner && row.dst.is_empty();
    (from_inside, row.through, row.tally.attempts(), row.number, row.tally.counters.bytes())
}

/// Largest first, by what counts most; names make the order total.
fn rank(code: Code, row: &Instance) -> impl Ord + '_ {
    (Reverse(size(code, row)), &row.src, &row.dst, row.service, &row.rules)
}

fn severity(code: Code, serious: bool) -> Severity {
    match code {
        Code::ManagementOpen | Code::EncryptionDrops => Severity::Serious,
        Code::Scanner if serious => Severity::Serious,
        Code::DefaultAllow
        | Code::LegacyProtocol
        | Code::DeniedRetries
        | Code::WithoutPeering
        | Code::TwoGroups
        | Code::PartialLogs
        | Code::CoverageGaps => Severity::Look,
        Code::Scanner | Code::OneSided | Code::PublicTalk | Code::NewTalkers | Code::GoneTalkers => {
            Severity::Note
        }
    }
}

struct Judge<'a> {
    store: &'a Store,
    ground: &'a Ground<'a>,
}

type Key = (u32, u32, u32);
type Pairs<'a> = [(&'a Key, &'a Pair)];

impl Judge<'_> {
    fn name(&self, subnet: u32) -> &str {
        self.ground.subnets.subnets.get(subnet as usize).map(|s| s.name.as_str()).unwrap_or_default()
    }

    /// What a pair and its service are an instance of.
    fn pair(&self, key: Key, pair: &Pair, window: Option<(u32, u32)>, found: &mut Found) {
        let (from, to, service) = key;
        // A protocol or port that is not on file is none of those that are looked for.
        let of = port_of(service).map(|port| (Protocol::of(service), port));
        let is_one_of = |list: &[(Protocol, u16)]| of.is_some_and(|of| list.contains(&of));
        let inside = (self.ground.is_inside(from), self.ground.is_inside(to));
        let mut add = |code, what: As, beside: &str| {
            if let Some(sum) = &pair.sums[what as usize] {
                found.add_sum(code, sum, || self.instance(key, pair, sum, (what, beside)));
            }
        };
        let is_public = matches!(self.ground.kind(from), SubnetKind::Internet | SubnetKind::ServiceTag);
        let management = |(protocol, port)| protocol == Protocol::TCP && MANAGED.contains(&port);
        if is_public && inside.1 && of.is_some_and(management) {
            add(Code::ManagementOpen, As::Allowed, ALLOWED);
        }
        let shares = is_one_of(&FILE_SHARING) && inside == (true, true) && self.are_apart(from, to);
        if shares || is_one_of(&CLEAR_TEXT) && (inside.0 || inside.1) {
            add(Code::LegacyProtocol, As::Allowed, ALLOWED);
        }
        add(Code::DefaultAllow, As::Default, "by:default");
        add(Code::DeniedRetries, As::Retry, "denied>=10 allowed=0 -noise:any");
        add(Code::OneSided, As::OneSided, "-noise:any");
        add(Code::EncryptionDrops, As::Unencrypted, "decision:denied enc:NX*");
        let (Some((first, last)), Some((start, end))) = (pair.seen, window) else { return };
        let length = end - start;
        if length < LEAST_WINDOW {
            return;
        }
        let (late, silent) = (end - length / 10, end - length / 3);
        // A log that only began then tells nothing of before, nor one that ended of after.
        if first >= late && pair.logged.0 < late / 60 {
            add(Code::NewTalkers, As::Allowed, ALLOWED);
        } else if last < silent && last - first >= REGULAR && pair.logged.1 > silent / 60 {
            add(Code::GoneTalkers, As::Allowed, ALLOWED);
        }
    }

    /// Whether two subnets are in different networks, or in different subnets where the networks are not known.
    fn are_apart(&self, a: u32, b: u32) -> bool {
        match (self.ground.network(a), self.ground.network(b)) {
            (Some(a), Some(b)) => a != b,
            _ => a != b,
        }
    }

    fn instance(
        &self,
        (from, to, service): Key,
        pair: &Pair,
        sum: &Sum,
        (what, beside): (As, &str),
    ) -> Instance {
        let (src, dst) = (self.name(from).to_owned(), self.name(to).to_owned());
        let mut filter = between(&src, &dst, Some(service));
        filter.push(' ');
        filter.push_str(beside);
        let mut rules: Vec<String> = pair.rules[usize::from(!matches!(what, As::Retry | As::Unencrypted))]
            .iter()
            .map(|rule| self.store.string(*rule).to_owned())
            .collect();
        rules.sort_small();
        rules.truncate(RULES);
        Instance {
            src,
            dst,
            service: Some((Protocol::of(service), port_of(service))),
            number: sum.number,
            rules,
            seen: pair
                .seen
                .map(|(first, last)| (UnixMillis::from_minute(first), UnixMillis::from_minute(last))),
            filter,
            ..counted(sum)
        }
    }

    /// Networks that talk without a working peering; why is on the Network screen.
    fn networks(&self, pairs: &Pairs<'_>, found: &mut Found) {
        let mut sums: BTreeMap<(u32, u32), Instance> = BTreeMap::new();
        for ((from, to, _), pair) in pairs {
            let (Some(a), Some(b)) = (self.ground.network(*from), self.ground.network(*to)) else { continue };
            let sum = pair.sums.first().and_then(Option::as_ref);
            if let Some(sum) =
                sum.filter(|_| a != b && self.ground.connections.between(a, b) < Connection::Untold)
            {
                let row = sums.entry((a.min(b), a.max(b))).or_default();
                row.tally.add(&sum.tally);
                row.conversations += sum.conversations;
            }
        }
        let name = |at: u32| self.ground.naming.networks().get(at as usize).cloned().unwrap_or_default();
        for ((a, b), row) in sums {
            found.add(Code::WithoutPeering, Instance { src: name(a), dst: name(b), ..row });
        }
    }

    /// Subnets that talk to public addresses: one instance for each.
    fn public(&self, pairs: &Pairs<'_>, found: &mut Found) {
        let mut sums: BTreeMap<(u32, u32), Sum> = BTreeMap::new();
        for ((from, to, _), pair) in pairs {
            let sum = pair.sums.first().and_then(Option::as_ref);
            let outward = self.ground.is_inside(*from) && self.ground.kind(*to) == SubnetKind::Internet;
            if let Some(sum) = sum.filter(|_| outward) {
                let all = sums.entry((*from, *to)).or_default();
                all.tally.add(&sum.tally);
                all.conversations += sum.conversations;
                all.number += 1;
                all.sources.extend(&sum.sources);
                all.destinations.extend(&sum.destinations);
            }
        }
        for ((from, to), sum) in sums {
            let (src, dst) = (self.name(from).to_owned(), self.name(to).to_owned());
            let filter = format!("{} {ALLOWED} -noise:platform,reply", between(&src, &dst, None));
            found.add(Code::PublicTalk, Instance { src, dst, filter, number: sum.number, ..counted(&sum) });
        }
    }

    /// One instance for each source; those from inside have no `dst`.
    fn scanners(&self, gathered: &Gathered, found: &mut Found) {
        for (src, scanned) in &gathered.scanners {
            let address = self.store.address(*src);
            let subnet = self.ground.subnets.subnet_of.get(*src as usize).copied().unwrap_or_default();
            let outside = if self.ground.is_inside(subnet) { "" } else { self.name(subnet) };
            let row = Instance {
                src: address.to_string(),
                dst: outside.to_owned(),
                number: scanned.ports.len() as u64,
                through: scanned.through,
                filter: format!("src:{address}"),
                ..counted(&scanned.sum)
            };
            found.add(Code::Scanner, row);
        }
    }

    fn groups(&self, gathered: &Gathered, found: &mut Found) {
        for ((one, other), (both, alike)) in &gathered.groups {
            if *alike < ALIKE || *alike * 2 < *both {
                continue;
            }
            let name = |acl: u32| self.store.string(acl).to_owned();
            let (a, b) = (name(*one).min(name(*other)), name(*one).max(name(*other)));
            let filter = format!("{} or {}", exactly(Field::Acl, &a), exactly(Field::Acl, &b));
            let row = Instance {
                src: a,
                dst: b,
                conversations: *both,
                number: *alike,
                filter,
                ..Instance::default()
            };
            found.add(Code::TwoGroups, row);
        }
    }

    /// NICs of which the logs do not hold everything.
    fn partial(&self, gathered: &Gathered, found: &mut Found) {
        for (mac, (first, last, hours)) in &gathered.hours {
            let holds = self.ground.holds(*mac);
            if holds != Holds::Whole {
                found.add(Code::PartialLogs, self.nic(*mac, (*first, *last), *hours));
            }
        }
    }

    /// An instance that is about a NIC.
    fn nic(&self, mac: u32, (first, last): (u32, u32), hours: u32) -> Instance {
        let name = self.store.string(mac);
        let at = |hour: u32| UnixMillis::from_minute(hour.saturating_mul(60));
        Instance {
            src: name.to_owned(),
            dst: self.ground.naming.machine_of_nic(name).unwrap_or_default().to_owned(),
            number: u64::from(hours),
            seen: Some((at(first), at(last + 1))),
            holds: self.ground.holds(mac),
            ..Instance::default()
        }
    }

    fn gaps(&self, gathered: &Gathered, found: &mut Found) {
        for (mac, (first, last, hours)) in &gathered.hours {
            let missing = (last - first + 1).saturating_sub(*hours);
            if missing == 0 {
                continue;
            }
            found.add(Code::CoverageGaps, self.nic(*mac, (*first, *last), missing));
        }
    }
}

fn counted(sum: &Sum) -> Instance {
    Instance {
        tally: sum.tally,
        conversations: sum.conversations,
        hosts: (sum.sources.len() as u32, sum.destinations.len() as u32),
        ..Instance::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_instances_all_count_and_the_largest_are_kept() {
        let many = 3 * KEPT as u64 + 5;
        let row = |n: u64| Instance {
            src: format!("{:05}", n * 7919 % many),
            tally: Tally { allowed_flows: n * 31 % 97, ..Tally::default() },
            conversations: 2,
            ..Instance::default()
        };
        let mut found = Found::default();
        for row in (0..many).map(row) {
            let sum = Sum { tally: row.tally, conversations: 2, ..Sum::default() };
            found.add_sum(Code::DefaultAllow, &sum, || row.clone());
            found.add(Code::OneSided, row);
        }
        let mut all: Vec<Instance> = (0..many).map(row).collect();
        all.sort_by(|a, b| rank(Code::OneSided, a).cmp(&rank(Code::OneSided, b)));
        for finding in found.finish(false) {
            assert_eq!(finding.rows, all[..MOST]);
            assert_eq!((u64::from(finding.total), finding.conversations), (many, 2 * many));
            assert_eq!(finding.tally.allowed_flows, (0..many).map(|n| n * 31 % 97).sum::<u64>());
        }
    }
}
