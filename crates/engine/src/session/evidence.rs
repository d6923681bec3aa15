//! What the data can speak about, and where what it says can be read: coverage, and the sources that
//! hold the raw tuples of a selection.

use super::holds::holds;
use super::{Coverage, CoveredNic, CoveredRun, EvidencePlan, Selection};
use crate::topology::Assignment;
use azflow_core::ingest::{Wanted, WantedContext, WantedRows};
use azflow_core::model::SortSmall;
use azflow_core::model::{Decision, FlowDirection, Network};
use azflow_core::store::{ConversationRows, Holds, Pick, Store};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;

/// Every NIC's hours with records.
pub(super) fn coverage(store: &Store, network: &Network) -> Coverage {
    let held: BTreeMap<&str, Holds> =
        holds(store, network).into_iter().map(|(mac, holds)| (store.string(mac), holds)).collect();
    let mut by_mac: BTreeMap<&str, Vec<(u32, u8)>> = BTreeMap::new();
    for (mac, hour, kinds) in store.overlaps().covered() {
        by_mac.entry(store.string(mac)).or_default().push((hour, kinds));
    }
    let hours = || by_mac.values().flatten().map(|(hour, _)| *hour);
    let (Some(first), Some(last)) = (hours().min(), hours().max()) else { return Coverage::default() };
    let held = |mac: &str| held.get(mac).copied().unwrap_or_default();
    let nics = by_mac.into_iter().map(|(mac, hours)| nic(mac, hours, held(mac))).collect();
    Coverage { first, hours: last - first + 1, nics }
}

fn nic(mac: &str, mut hours: Vec<(u32, u8)>, holds: Holds) -> CoveredNic {
    hours.sort_small();
    let mut runs: Vec<CoveredRun> = Vec::new();
    for (hour, kinds) in &hours {
        let run = CoveredRun {
            first: *hour,
            hours: 1,
            vnet: kinds & 1 != 0,
            nsg: kinds & 2 != 0,
            analytics: kinds & !3 != 0,
        };
        match runs.last_mut() {
            Some(last)
                if last.first + last.hours == *hour
                    && (last.vnet, last.nsg, last.analytics) == (run.vnet, run.nsg, run.analytics) =>
            {
                last.hours += 1;
            }
            _ => runs.push(run),
        }
    }
    let span = match (hours.first(), hours.last()) {
        (Some(first), Some(last)) => last.0 - first.0 + 1,
        _ => 0,
    };
    let covered = hours.len() as u32;
    CoveredNic { mac: mac.to_owned(), runs, hours: covered, missing: span - covered, holds }
}

/// Plans the search for a selection's raw tuples. A source can hold some only if it tells of a NIC and
/// an hour that the selection's rows have.
pub(super) fn evidence(
    store: &Store,
    subnets: &Assignment,
    pick: Option<&Pick>,
    selection: &Selection,
) -> EvidencePlan {
    let index = |name: &Option<String>| {
        name.as_ref().map(|name| subnets.subnets.iter().position(|s| s.name == *name).map(|i| i as u32))
    };
    let (src, dst) = (index(&selection.src), index(&selection.dst));
    let fits = |wanted: Option<Option<u32>>, address: u32| {
        wanted.is_none_or(|subnet| {
            subnet.is_some() && subnet == subnets.subnet_of.get(address as usize).copied()
        })
    };
    let columns = store.columns();
    let bin = store.resolution().bin_minutes;
    let mut places: HashSet<(u32, u32)> = HashSet::new();
    let (mut sources, mut destinations) = (HashSet::new(), HashSet::new());
    let mut rows = pick.map(Rows::new);
    let mut minutes: Option<(u32, u32)> = None;
    for at in 0..pick.map_or(columns.conversations(), Pick::len) {
        let conversation = columns.conversation(pick.map_or(at, |pick| pick.number(at)));
        let (from, to) = (conversation.src, conversation.dst);
        if !fits(src, from) || !fits(dst, to) {
            continue;
        }
        if let Some(rows) = &mut rows {
            rows.add(store, &conversation);
        }
        sources.insert(conversation.src);
        destinations.insert(conversation.dst);
        for row in conversation.rows.filter(|row| pick.is_none_or(|pick| pick.has_row(*row))) {
            let minute = columns.minute(row);
            minutes = Some(minutes.map_or((minute, minute), |(a, b)| (a.min(minute), b.max(minute))));
            let mac = store.context(columns.context(row)).mac;
            places.insert((mac, minute / 60));
        }
    }
    // A source's span may be of any length, so it is looked up among the hours that are wanted, not gone through.
    let mut hours_of: HashMap<u32, Vec<u32>> = HashMap::new();
    for (mac, hour) in places {
        hours_of.entry(mac).or_default().push(hour);
    }
    hours_of.values_mut().for_each(|hours| hours.sort_unstable());
    let addresses = |wanted: &Option<String>, numbers: HashSet<u32>| {
        wanted.as_ref().map(|_| {
            let mut list: Vec<u128> = numbers.into_iter().map(|a| store.address(a).bits()).collect();
            list.sort_unstable();
            list
        })
    };
    let can_hold = |source: &&azflow_core::store::Source| {
        let nics: &[u32] = &source.nics;
        // Records without a NIC are filed under the empty name, which no source lists.
        let unnamed = [store.unnamed()];
        let (Some(first), Some(last)) = (source.report.first, source.report.last) else { return false };
        // Where times were made coarser, a row's minute is the first of its bin.
        let first = first.minute() / bin * bin / 60;
        nics.iter().chain(&unnamed).filter_map(|mac| hours_of.get(mac)).any(|hours| {
            hours.get(hours.partition_point(|hour| *hour < first)).is_some_and(|hour| *hour <= last.hour())
        })
    };
    let mut found: Vec<_> = store.sources().iter().filter(can_hold).collect();
    found.sort_small_by(|a, b| (&a.report.name, a.id).cmp(&(&b.report.name, b.id)));
    let mut ids: Vec<u32> = found.into_iter().map(|source| source.id).collect();
    ids.dedup();
    EvidencePlan {
        sources: ids,
        wanted: Wanted {
            src: addresses(&selection.src, sources),
            dst: addresses(&selection.dst, destinations),
            services: None,
            minutes: minutes.map(|(first, last)| (first, last.saturating_add(bin - 1))),
            rows: rows.map(|rows| rows.wanted(store)),
        },
    }
}

/// A conversation, and of its passing rows the numbers of their contexts with their first and last minute.
type Runs = ((u128, u128, u32), Vec<[u32; 3]>);

/// The rows that pass, as a search can tell them: runs of a context's rows with none between that does not pass.
struct Rows<'a> {
    pick: &'a Pick,
    list: Vec<Runs>,
    contexts: HashMap<u32, u32>,
    /// By context, the run that is open.
    open: HashMap<u32, usize>,
}

impl<'a> Rows<'a> {
    fn new(pick: &'a Pick) -> Self {
        Self { pick, list: Vec::new(), contexts: HashMap::new(), open: HashMap::new() }
    }

    fn add(&mut self, store: &Store, of: &ConversationRows) {
        let mut runs: Vec<[u32; 3]> = Vec::new();
        self.open.clear();
        let rows = if self.pick.splits() { of.rows.clone() } else { 0..0 };
        for row in rows {
            let (id, minute) = (store.columns().context(row), store.columns().minute(row));
            if !self.pick.has_row(row) {
                self.open.remove(&id);
                continue;
            }
            let last = minute.saturating_add(store.resolution().bin_minutes - 1);
            match self.open.get(&id).and_then(|at| runs.get_mut(*at)) {
                Some(run) => run[2] = last,
                None => {
                    let next = self.contexts.len() as u32;
                    let context = *self.contexts.entry(id).or_insert(next);
                    self.open.insert(id, runs.len());
                    runs.push([context, minute, last]);
                }
            }
        }
        let bits = |address: u32| store.address(address).bits();
        self.list.push(((bits(of.src), bits(of.dst), of.service), runs));
    }

    fn wanted(mut self, store: &Store) -> WantedRows {
        self.list.sort_small_by_key(|a| a.0);
        let mut contexts = vec![WantedContext::default(); self.contexts.len()];
        for (id, at) in &self.contexts {
            let of = store.context(*id);
            let name = |number: u32| store.string(number).to_owned();
            if let Some(context) = contexts.get_mut(*at as usize) {
                *context = WantedContext {
                    rule: name(of.rule),
                    acl: name(of.acl),
                    mac: name(of.mac),
                    encryption: name(of.encryption),
                    outbound: of.direction == FlowDirection::Outbound,
                    denied: of.decision == Decision::Denied,
                };
            }
        }
        let numbered = self.list.iter().zip(0u32..);
        let runs = numbered
            .flat_map(|((_, runs), at)| runs.iter().map(move |[c, first, last]| [at, *c, *first, *last]));
        let runs = self.pick.splits().then(|| runs.collect());
        WantedRows { conversations: self.list.iter().map(|(key, _)| *key).collect(), contexts, runs }
    }
}
