//! The document `azflow.network/1`: what was understood of a network's description. See docs/NETWORK.md.

use super::csv;
use crate::topology::HandName;
use azflow_core::model::{
    Decision, Endpoint, Network, Nic, Nsg, Peering, PortRange, Prefix, ResourceId, SecurityRule,
};
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    networks: Vec<Value>,
    subnets: Vec<Value>,
    peerings: Vec<Value>,
    nics: Vec<Value>,
    nsgs: Vec<Value>,
    service_tags: Tags,
    issues: Vec<Value>,
}

#[derive(Serialize)]
struct Tags {
    tags: usize,
    prefixes: usize,
}

fn texts(prefixes: &[Prefix]) -> Vec<String> {
    prefixes.iter().map(Prefix::to_string).collect()
}

fn id(id: Option<&ResourceId>) -> Option<&str> {
    id.map(|id| id.0.as_str())
}

/// Writes the document: indented JSON with a final newline. `issues` are source, code and message.
pub fn network(network: &Network, issues: &[(String, String, String)]) -> String {
    let mut subnets = Vec::new();
    let mut peerings = Vec::new();
    let mut networks = Vec::new();
    for one in &network.networks {
        networks.push(json!({
            "name": one.name,
            "id": one.id.0,
            "location": one.location,
            "prefixes": texts(&one.prefixes),
            "subnets": one.subnets.len(),
            "peerings": one.peerings.len(),
            "flow_timeout_minutes": one.flow_timeout_minutes,
        }));
        for subnet in &one.subnets {
            subnets.push(json!({
                "name": subnet.name,
                "network": one.name,
                "id": subnet.id.0,
                "prefixes": texts(&subnet.prefixes),
                "nsg": id(subnet.nsg.as_ref()),
                "route_table": id(subnet.route_table.as_ref()),
                "delegations": subnet.delegations,
            }));
        }
        peerings.extend(one.peerings.iter().map(|p| peering(p, &one.name)));
    }
    let document = Document {
        schema: "azflow.network/1",
        networks,
        subnets,
        peerings,
        nics: network.nics.iter().map(nic).collect(),
        nsgs: network.nsgs.iter().map(nsg).collect(),
        service_tags: Tags {
            tags: network.tags.len(),
            prefixes: network.tags.iter().map(|tag| tag.prefixes.len()).sum(),
        },
        issues: issues
            .iter()
            .map(|(source, code, message)| json!({ "source": source, "code": code, "message": message }))
            .collect(),
    };
    // Plain data without maps: there is nothing that could fail to be written.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// Names given by hand as the list `CIDR,name,network` that azflow reads back, by prefix.
pub fn subnet_list(names: &[HandName]) -> String {
    let mut names: Vec<&HandName> = names.iter().collect();
    names.sort();
    let mut out = csv::line(&["CIDR", "name", "network"]);
    for hand in names {
        out.push_str(&csv::line(&[hand.prefix.to_string().as_str(), &hand.name, &hand.network]));
    }
    out
}

fn peering(p: &Peering, network: &str) -> Value {
    json!({
        "name": p.name,
        "network": network,
        "remote": p.remote.0,
        "remote_prefixes": texts(&p.remote_prefixes),
        "state": p.state,
        "sync_level": p.sync_level,
        "allow_virtual_network_access": p.allow_virtual_network_access,
        "allow_forwarded_traffic": p.allow_forwarded_traffic,
        "allow_gateway_transit": p.allow_gateway_transit,
        "use_remote_gateways": p.use_remote_gateways,
    })
}

fn nic(nic: &Nic) -> Value {
    let addresses: Vec<Value> = nic
        .addresses
        .iter()
        .map(|a| {
            json!({
                "address": a.address.to_string(),
                "subnet": id(a.subnet.as_ref()),
                "asgs": a.asgs.iter().map(|g| g.0.as_str()).collect::<Vec<_>>(),
                "public": id(a.public.as_ref()),
                "primary": a.primary,
            })
        })
        .collect();
    json!({
        "name": nic.name,
        "id": nic.id.0,
        "mac": nic.mac,
        "addresses": addresses,
        "nsg": id(nic.nsg.as_ref()),
        "machine": nic.machine.as_ref().map(ResourceId::name),
        "accelerated_networking": nic.accelerated_networking,
        "ip_forwarding": nic.ip_forwarding,
    })
}

fn nsg(nsg: &Nsg) -> Value {
    json!({
        "name": nsg.name,
        "id": nsg.id.0,
        "location": nsg.location,
        "rules": nsg.rules.iter().map(rule).collect::<Vec<_>>(),
        "default_rules": nsg.default_rules.iter().map(rule).collect::<Vec<_>>(),
        "subnets": nsg.subnets.iter().map(|s| s.0.as_str()).collect::<Vec<_>>(),
        "nics": nsg.nics.iter().map(|n| n.0.as_str()).collect::<Vec<_>>(),
    })
}

/// One side of a rule as Azure writes it.
pub fn endpoint_text(end: &Endpoint) -> String {
    match end {
        Endpoint::Any => "*".to_owned(),
        Endpoint::Prefix(prefix) => prefix.to_string(),
        Endpoint::Range(first, last) => format!("{first}-{last}"),
        Endpoint::Tag(text) | Endpoint::Unknown(text) => text.clone(),
        Endpoint::Asg(id) => id.0.clone(),
    }
}

/// A rule as JSON, the same in every document.
pub fn rule(rule: &SecurityRule) -> Value {
    let ports = |list: &[PortRange]| list.iter().map(PortRange::to_string).collect::<Vec<_>>();
    let ends = |list: &[Endpoint]| list.iter().map(endpoint_text).collect::<Vec<_>>();
    json!({
        "name": rule.name,
        "priority": rule.priority,
        "direction": rule.direction.as_str(),
        "access": if rule.access == Decision::Allowed { "allow" } else { "deny" },
        "protocol": rule.protocol.map_or_else(|| "*".to_owned(), |p| p.to_string()),
        "sources": ends(&rule.sources),
        "source_ports": ports(&rule.source_ports),
        "destinations": ends(&rule.destinations),
        "destination_ports": ports(&rule.destination_ports),
        "description": rule.description,
    })
}
