//! Whether logs of virtual networks have what logs of network security groups have of the same NICs and hours: the part
//! `migration` of the summary document, and the same on the Data screen.

use azflow_core::model::{Protocol, UnixMillis, port_of};
use azflow_core::store::{Had, HourOfBoth, Store};
use serde::{Deserialize, Serialize};

/// Conversations that are listed.
const LISTED: usize = 1000;

/// By what flows are matched, since source ports are not kept.
const MATCHED_BY: [&str; 7] = ["nic", "hour", "addresses", "protocol", "port", "direction", "decision"];

/// See the module's description.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// The answer in a sentence.
    pub answer: String,
    /// By what flows are matched: source ports are not kept.
    pub matched_by: Vec<String>,
    /// NICs with hours of which both kinds have records, of groups alone, of networks alone.
    pub nic_hours: NicHours,
    /// Flows that both have in hours of both, and that one alone has.
    pub flows: Matched,
    /// By NIC and hour; hours that do not differ are together.
    pub hours: Vec<HoursOfBoth>,
    /// Conversations of which the logs of groups alone have something in hours of both, by their ends: the first
    /// thousand.
    pub only_nsg: Vec<OnlyNsg>,
    /// How many there are in all.
    pub only_nsg_total: u64,
}

/// Counts of NICs and hours.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NicHours {
    /// With records of both.
    pub both: u64,
    /// With logs of groups alone.
    pub nsg: u64,
    /// With logs of networks alone.
    pub vnet: u64,
}

/// Flows of hours that both have.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// Those of both.
    pub both: u64,
    /// Those of groups alone.
    pub nsg: u64,
    /// Those of networks alone.
    pub vnet: u64,
}

/// What one kind has of some hours.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Flows that began.
    pub begun: u64,
    /// Denied flows.
    pub denied: u64,
    /// Bytes both ways; `None` where no log counts them.
    pub bytes: Option<u64>,
}

/// Hours of a NIC that follow each other.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursOfBoth {
    /// Its MAC address.
    pub nic: String,
    /// When the first begins.
    pub first: String,
    /// How many there are.
    pub hours: u32,
    /// What the logs of groups have; `None`: no record.
    pub nsg: Option<Counted>,
    /// What the logs of networks have.
    pub vnet: Option<Counted>,
    /// Flows that both have, and that one alone has.
    pub flows: Matched,
}

/// A conversation with what the logs of groups alone have of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OnlyNsg {
    /// The source.
    pub src: String,
    /// The destination.
    pub dst: String,
    /// The protocol's word.
    pub protocol: String,
    /// The destination port, where there is one.
    pub port: Option<u16>,
    /// Flows that began.
    pub begun: u64,
    /// Denied flows.
    pub denied: u64,
    /// Bytes both ways; `None` where no log counts them.
    pub bytes: Option<u64>,
}

fn counted(had: Had) -> Counted {
    Counted { begun: had.begun, denied: had.denied, bytes: had.bytes() }
}

/// Puts both kinds side by side; `None` where no NIC has an hour in both.
pub fn migration(store: &Store) -> Option<Migration> {
    let found = store.both_kinds()?;
    let mut out = Migration {
        matched_by: MATCHED_BY.map(str::to_owned).into(),
        only_nsg_total: found.only_groups.len() as u64,
        ..Migration::default()
    };
    let mut hours: Vec<(&str, u32, &HourOfBoth)> =
        found.hours.iter().map(|((mac, hour), of)| (store.string(*mac), *hour, of)).collect();
    hours.sort_unstable_by_key(|(mac, hour, _)| (*mac, *hour));
    let mut before: Option<u32> = None;
    for (mac, hour, of) in hours {
        let sum = match (of.groups, of.networks) {
            (Some(_), Some(_)) => &mut out.nic_hours.both,
            (Some(_), None) => &mut out.nic_hours.nsg,
            _ => &mut out.nic_hours.vnet,
        };
        *sum += 1;
        let flows = Matched { both: of.matched, nsg: of.only_groups, vnet: of.only_networks };
        out.flows = add(out.flows, flows);
        let (nsg, vnet) = (of.groups.map(counted), of.networks.map(counted));
        match out.hours.last_mut() {
            Some(last) if last.nic == mac && before == Some(hour) && joins(last, (nsg, vnet), flows) => {
                last.hours += 1;
                last.nsg = sum_of(last.nsg, nsg);
                last.vnet = sum_of(last.vnet, vnet);
                last.flows = add(last.flows, flows);
            }
            _ => out.hours.push(HoursOfBoth {
                nic: mac.to_owned(),
                first: UnixMillis::from_minute(hour.saturating_mul(60)).to_iso(),
                hours: 1,
                nsg,
                vnet,
                flows,
            }),
        }
        before = Some(hour + 1);
    }
    let only = |only: &azflow_core::store::OnlyGroups| {
        let of = store.columns().conversation(only.conversation);
        let row = OnlyNsg {
            src: store.address(of.src).to_string(),
            dst: store.address(of.dst).to_string(),
            protocol: Protocol::of(of.service).to_string(),
            port: port_of(of.service),
            begun: only.had.begun,
            denied: only.had.denied,
            bytes: only.had.bytes(),
        };
        ((store.address(of.src), store.address(of.dst), of.service), row)
    };
    let mut listed: Vec<_> = found.only_groups.iter().map(only).collect();
    listed.sort_unstable();
    out.only_nsg = listed.into_iter().take(LISTED).map(|(_, row)| row).collect();
    out.answer = answer(&out);
    Some(out)
}

/// Whether an hour may stand together with those before: both say the same, or the same one says nothing.
fn joins(last: &HoursOfBoth, (nsg, vnet): (Option<Counted>, Option<Counted>), flows: Matched) -> bool {
    let is_same = |nsg: Option<Counted>, vnet: Option<Counted>, flows: Matched| match (nsg, vnet) {
        (Some(a), Some(b)) => a == b && flows.nsg == 0 && flows.vnet == 0,
        _ => true,
    };
    let kinds = (last.nsg.is_some(), last.vnet.is_some()) == (nsg.is_some(), vnet.is_some());
    kinds && is_same(last.nsg, last.vnet, last.flows) && is_same(nsg, vnet, flows)
}

fn add(a: Matched, b: Matched) -> Matched {
    Matched { both: a.both + b.both, nsg: a.nsg + b.nsg, vnet: a.vnet + b.vnet }
}

fn sum_of(a: Option<Counted>, b: Option<Counted>) -> Option<Counted> {
    let (a, b) = (a?, b?);
    let sum = |of: fn(&Counted) -> u64| of(&a).saturating_add(of(&b));
    // A sum has what is known.
    let bytes = match (a.bytes, b.bytes) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        // Hours of which nothing was counted tell nothing of others.
        (a, b) => a.or(b).filter(|bytes| *bytes > 0),
    };
    Some(Counted { begun: sum(|c| c.begun), denied: sum(|c| c.denied), bytes })
}

/// The answer in a sentence: whether logs of virtual networks cover what logs of network security groups saw.
fn answer(found: &Migration) -> String {
    let NicHours { both, nsg, .. } = found.nic_hours;
    let (all, flows) = (both + nsg, found.flows.both + found.flows.nsg);
    let hours = match nsg {
        0 => format!("have every hour of a NIC that NSG flow logs have ({all})"),
        lacking => format!("lack {lacking} of {all} hours of NICs that NSG flow logs have"),
    };
    let (where_both, have) = if nsg == 0 { ("and", "") } else { ("and in the others", "have ") };
    let rest = match found.flows.nsg {
        0 => format!("{where_both} {have}every flow of theirs ({flows})"),
        lacking => format!("{where_both} lack {lacking} of {flows} flows of theirs"),
    };
    let word = if nsg == 0 && found.flows.nsg == 0 { "yes" } else { "no" };
    format!("{word}: VNet flow logs {hours}, {rest}")
}
