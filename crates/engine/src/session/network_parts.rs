//! Parts of the descriptions that the Network screen lists as they are: route tables, flow logs, effective tags, and
//! what was not understood.

use super::network::Named;
use super::{Capped, DoubtRow, DoubtfulPart, EffectiveTagRow, FlowLogRow, RouteTableRow};
use azflow_core::model::{Endpoint, Network, Prefix, ResourceId, Route, SecurityRule};
use std::collections::{BTreeMap, BTreeSet};

/// Doubts that are sent to the page; the list's total says how many there are.
const DOUBTS: usize = 2_000;

pub(super) fn route_tables(named: &Named<'_>) -> Vec<RouteTableRow> {
    let described = || named.network.networks.iter().flat_map(|one| &one.subnets);
    // What subnets are called, by their ids and by the tables that they name.
    let mut by_id: BTreeMap<&ResourceId, Vec<&str>> = BTreeMap::new();
    let mut by_table: BTreeMap<&ResourceId, Vec<&str>> = BTreeMap::new();
    for (subnet, shown) in described().zip(named.naming.subnets()) {
        by_id.entry(&subnet.id).or_default().push(&shown.shown);
        if let Some(table) = &subnet.route_table {
            by_table.entry(table).or_default().push(&shown.shown);
        }
    }
    let route = |route: &Route| {
        let by = route.next_hop_address.map(|address| format!(" {address}")).unwrap_or_default();
        format!("{} → {}{by}", route.destination, route.next_hop)
    };
    let tables = named.network.route_tables.iter().map(|table| {
        let attached = table.subnets.iter().filter_map(|id| by_id.get(id)).chain(by_table.get(&table.id));
        let mut subnets: BTreeSet<String> = attached.flatten().map(|shown| (*shown).to_owned()).collect();
        let unknown = table.subnets.iter().filter(|id| !by_id.contains_key(id));
        subnets.extend(unknown.map(|id| id.name().to_owned()));
        RouteTableRow {
            name: table.name.clone(),
            routes: table.routes.iter().map(route).collect(),
            subnets: subnets.into_iter().collect(),
            ignores_gateways: table.ignores_gateways,
        }
    });
    tables.collect()
}

pub(super) fn flow_logs(network: &Network) -> Vec<FlowLogRow> {
    let logs = network.flow_logs.iter().map(|log| FlowLogRow {
        name: log.name.clone(),
        target: log.target.name().to_owned(),
        kind: log.kind().unwrap_or_default().to_owned(),
        enabled: log.enabled,
        record_types: log.record_types.clone(),
        filter: log.criteria.clone(),
        retention_days: log.retention_days,
        ends: log.ends().unwrap_or_default().to_owned(),
    });
    logs.collect()
}

pub(super) fn effective_tags(network: &Network) -> Vec<EffectiveTagRow> {
    let tags = network.effective.iter().map(|tag| EffectiveTagRow {
        place: tag.place.name().to_owned(),
        tag: tag.tag.clone(),
        prefixes: tag.prefixes.iter().map(Prefix::to_string).collect(),
    });
    tags.collect()
}

/// Everything that was not understood, in the order of [`DoubtfulPart`].
pub(super) fn doubts(network: &Network) -> Capped<DoubtRow> {
    let mut rows = Vec::new();
    let mut add = |part: DoubtfulPart, name: &str, why: Option<&String>| {
        rows.extend(why.map(|why| DoubtRow { part, name: name.to_owned(), why: why.clone() }));
    };
    for one in &network.networks {
        add(DoubtfulPart::Network, &one.name, one.doubt.as_ref());
    }
    for one in network.networks.iter().flat_map(|one| &one.subnets) {
        add(DoubtfulPart::Subnet, &one.name, one.doubt.as_ref());
    }
    for one in network.networks.iter().flat_map(|one| &one.peerings) {
        add(DoubtfulPart::Peering, &one.name, one.doubt.as_ref());
    }
    for one in &network.nics {
        add(DoubtfulPart::Nic, &one.name, one.doubt.as_ref());
    }
    for one in &network.nsgs {
        add(DoubtfulPart::Group, &one.name, one.doubt.as_ref());
    }
    for nsg in &network.nsgs {
        for rule in nsg.rules.iter().chain(&nsg.default_rules) {
            let name = format!("{} / {}", nsg.name, rule.name);
            add(DoubtfulPart::Rule, &name, rule_doubt(rule).as_ref());
        }
    }
    for one in &network.route_tables {
        add(DoubtfulPart::RouteTable, &one.name, one.doubt.as_ref());
    }
    // A rule whose direction or access was not understood is two.
    rows.dedup();
    let total = rows.len() as u32;
    rows.truncate(DOUBTS);
    Capped { rows, total }
}

/// What of a rule was not understood, ends included.
fn rule_doubt(rule: &SecurityRule) -> Option<String> {
    let ends = rule.sources.iter().chain(&rule.destinations).filter_map(|end| match end {
        Endpoint::Unknown(text) => Some(format!("not a literal value: {text}")),
        _ => None,
    });
    let all: Vec<String> = rule.doubt.iter().cloned().chain(ends).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
