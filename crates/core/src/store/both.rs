//! What logs of network security groups and logs of virtual networks have of the same NICs and hours, side by side:
//! whether the one may be switched off.
//!
//! Flows are matched by NIC, hour, addresses, protocol, destination port, direction and decision, since source ports
//! are not kept.

use super::Store;
use crate::model::{Decision, FlowDirection, LogKind};
use std::collections::BTreeMap;

/// What logs of one kind have of a NIC and hour.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Had {
    /// Flows that began.
    pub begun: u64,
    /// Denied flows.
    pub denied: u64,
    bytes: u64,
    /// Whether anything was allowed, and whether the log of some of that counts bytes.
    allowed: bool,
    counts: bool,
}

impl Had {
    /// Bytes both ways; `None` where no log counts them.
    pub fn bytes(&self) -> Option<u64> {
        (self.counts || !self.allowed).then_some(self.bytes)
    }

    fn add(&mut self, flow: &Flow) {
        self.allowed |= flow.decision == Decision::Allowed;
        self.counts |= flow.decision == Decision::Allowed && flow.counts;
        let sum = if flow.decision == Decision::Denied { &mut self.denied } else { &mut self.begun };
        *sum = sum.saturating_add(flow.flows);
        self.bytes = self.bytes.saturating_add(flow.bytes);
    }
}

/// A NIC and hour of which either kind has records.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct HourOfBoth {
    /// What logs of groups have; `None`: no record.
    pub groups: Option<Had>,
    /// What logs of networks have.
    pub networks: Option<Had>,
    /// Flows that both have.
    pub matched: u64,
    /// Flows that the logs of groups alone have.
    pub only_groups: u64,
    /// Flows that the logs of networks alone have.
    pub only_networks: u64,
}

/// A conversation of which the logs of groups have something that the logs of networks lack, though they have records
/// of the NIC and hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnlyGroups {
    /// Its number.
    pub conversation: usize,
    /// What was allowed and denied of that.
    pub had: Had,
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct BothKinds {
    /// By number of the MAC address and hour.
    pub hours: BTreeMap<(u32, u32), HourOfBoth>,
    /// In the order of conversations.
    pub only_groups: Vec<OnlyGroups>,
}

/// Whether a kind is of logs of network security groups, raw or worked out.
fn is_of_groups(kind: LogKind) -> bool {
    matches!(kind, LogKind::Nsg | LogKind::AnalyticsNsg | LogKind::QueryNsg | LogKind::QueryAnalyticsNsg)
}

/// What one kind of log has of a conversation at a NIC in an hour, in one direction, decided one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Flow {
    mac: u32,
    direction: FlowDirection,
    decision: Decision,
    hour: u32,
    of_groups: bool,
    flows: u64,
    bytes: u64,
    /// Whether the log counts bytes.
    counts: bool,
}

impl Flow {
    /// What is matched besides the hour.
    fn key(&self) -> (u32, FlowDirection, Decision) {
        (self.mac, self.direction, self.decision)
    }
}

impl Store {
    /// Which kinds have records of a NIC and hour, as bits. A record's tuples reach back into the hour before: where
    /// that has no record, and tuples of one kind of log alone, they belong to the record's own. Others that name an
    /// hour without a record belong to that.
    fn records(&self) -> BTreeMap<(u32, u32), u8> {
        let named = |(mac, ..): &(u32, u32, u8)| *mac != self.unnamed();
        let mut out: BTreeMap<(u32, u32), u8> =
            self.overlaps().covered().filter(named).map(|(mac, hour, bits)| ((mac, hour), bits)).collect();
        let mut beside: BTreeMap<(u32, u32), u8> = BTreeMap::new();
        for row in 0..self.columns.len() {
            let Some(context) = self.contexts.get(self.columns.context(row) as usize) else { continue };
            let (mac, hour) = (context.mac, self.columns.minute(row) / 60);
            if mac != self.unnamed() && !out.contains_key(&(mac, hour)) {
                *beside.entry((mac, hour)).or_default() |= context.kind.bit();
            }
        }
        let has = |bits: u8, of_groups: bool| {
            LogKind::ALL.into_iter().any(|kind| bits & kind.bit() != 0 && is_of_groups(kind) == of_groups)
        };
        beside.retain(|(mac, hour), bits| {
            let next = out.get(&(*mac, hour.saturating_add(1))).copied().unwrap_or_default();
            has(*bits, true) && has(*bits, false) || *bits & next != *bits
        });
        out.extend(beside);
        out
    }

    /// Puts both side by side; `None` where no NIC has an hour in both. Where several logs of a kind have the hour, the
    /// one that counts first is taken.
    pub fn both_kinds(&self) -> Option<BothKinds> {
        if self.overlaps().is_simple() {
            return None;
        }
        let records = self.records();
        let mut first: BTreeMap<(u32, u32), [Option<LogKind>; 2]> = BTreeMap::new();
        for (place, bits) in &records {
            let kinds = || LogKind::ALL.into_iter().filter(|kind| bits & kind.bit() != 0);
            let of = |wanted: bool| kinds().find(|kind| is_of_groups(*kind) == wanted);
            first.insert(*place, [of(true), of(false)]);
        }
        first.values().find(|kinds| kinds.iter().all(Option::is_some))?;
        let mut out = BothKinds::default();
        for (place, [groups, networks]) in &first {
            let had = |kind: &Option<LogKind>| kind.map(|_| Had::default());
            let hour = HourOfBoth { groups: had(groups), networks: had(networks), ..HourOfBoth::default() };
            out.hours.insert(*place, hour);
        }
        let facts = self.log_facts();
        let mut flows: Vec<Flow> = Vec::new();
        for number in 0..self.columns.conversations() {
            flows.clear();
            for row in self.columns.conversation(number).rows {
                let Some(context) = self.contexts.get(self.columns.context(row) as usize) else { continue };
                let named = self.columns.minute(row) / 60;
                let Some(hour) = belongs(&records, context.mac, named) else { continue };
                let kinds = first.get(&(context.mac, hour)).copied().unwrap_or_default();
                if kinds.contains(&Some(context.kind)) {
                    let counters = self.columns.counters(row);
                    flows.push(Flow {
                        mac: context.mac,
                        direction: context.direction,
                        decision: context.decision,
                        hour,
                        of_groups: is_of_groups(context.kind),
                        flows: self.columns.flows(row),
                        bytes: counters[1].saturating_add(counters[3]),
                        counts: facts.counts_bytes.get(self.columns.context(row) as usize) == Some(&true),
                    });
                }
            }
            let only = compare(&mut flows, &mut out.hours);
            out.only_groups.extend(only.map(|had| OnlyGroups { conversation: number, had }));
        }
        Some(out)
    }
}

/// The hour of records that a row of an hour belongs to.
fn belongs(records: &BTreeMap<(u32, u32), u8>, mac: u32, hour: u32) -> Option<u32> {
    [hour, hour.saturating_add(1)].into_iter().find(|hour| records.contains_key(&(mac, *hour)))
}

/// Adds what there is of one conversation; what the logs of groups alone have of it.
fn compare(flows: &mut Vec<Flow>, hours: &mut BTreeMap<(u32, u32), HourOfBoth>) -> Option<Had> {
    // One of each kind, place, direction and decision.
    flows.sort_unstable();
    flows.dedup_by(|next, kept| {
        let same = next.key() == kept.key() && (next.hour, next.of_groups) == (kept.hour, kept.of_groups);
        if same {
            kept.flows = kept.flows.saturating_add(next.flows);
            kept.bytes = kept.bytes.saturating_add(next.bytes);
            kept.counts |= next.counts;
        }
        same
    });
    let mut only: Option<Had> = None;
    for flow in flows.iter() {
        let Some(hour) = hours.get_mut(&(flow.mac, flow.hour)) else { continue };
        let had = if flow.of_groups { &mut hour.groups } else { &mut hour.networks };
        if let Some(had) = had {
            had.add(flow);
        }
        if hour.groups.is_none() || hour.networks.is_none() {
            continue;
        }
        let others =
            || flows.iter().filter(|other| other.key() == flow.key() && other.of_groups != flow.of_groups);
        // What begins at the end of an hour may be written in the next one by the other.
        let is_near = |other: &Flow| other.hour.abs_diff(flow.hour) <= 1;
        match (flow.of_groups, others().any(is_near)) {
            (true, true) => hour.matched += 1,
            (true, false) => {
                hour.only_groups += 1;
                only.get_or_insert_default().add(flow);
            }
            (false, false) => hour.only_networks += 1,
            (false, true) => {}
        }
    }
    only
}
