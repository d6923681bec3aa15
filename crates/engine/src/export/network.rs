//! The document `azflow.network/1`: what was understood of a network's description. See docs/NETWORK.md.

use super::csv;
use crate::topology::HandName;
use azflow_core::model::{
    Decision, EffectiveTag, Endpoint, FlowLog, Machine, Network, Nic, Nsg, Peering, PortRange, Prefix,
    ResourceId, Route, RouteTable, SecurityRule, VirtualNetwork,
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
    machines: Vec<Value>,
    nsgs: Vec<Value>,
    route_tables: Vec<Value>,
    service_tags: Tags,
    effective_tags: Vec<Value>,
    flow_logs: Vec<Value>,
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

fn ids(ids: &[ResourceId]) -> Vec<&str> {
    ids.iter().map(|id| id.0.as_str()).collect()
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
            "flow_log": logged(network, one),
            "doubt": one.doubt,
        }));
        for subnet in &one.subnets {
            subnets.push(json!({
                "name": subnet.name,
                "network": one.name,
                "network_id": one.id.0,
                "id": subnet.id.0,
                "prefixes": texts(&subnet.prefixes),
                "nsg": id(subnet.nsg.as_ref()),
                "route_table": id(subnet.route_table.as_ref()),
                "delegations": subnet.delegations,
                "members": ids(&subnet.members),
                "judges_private_endpoints": subnet.judges_private_endpoints,
                "default_outbound": subnet.default_outbound,
                "nat_gateway": id(subnet.nat_gateway.as_ref()),
                "doubt": subnet.doubt,
            }));
        }
        peerings.extend(one.peerings.iter().map(|p| peering(p, one)));
    }
    let document = Document {
        schema: "azflow.network/1",
        networks,
        subnets,
        peerings,
        nics: network.nics.iter().map(nic).collect(),
        machines: network.machines.iter().map(machine).collect(),
        nsgs: network.nsgs.iter().map(nsg).collect(),
        route_tables: network.route_tables.iter().map(route_table).collect(),
        service_tags: Tags {
            tags: network.tags.len(),
            prefixes: network.tags.iter().map(|tag| tag.prefixes.len()).sum(),
        },
        effective_tags: network.effective.iter().map(effective_tag).collect(),
        flow_logs: network.flow_logs.iter().map(flow_log).collect(),
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

/// Whether a network is logged: `on`, `off`, `part` where only subnets, NICs or groups of it are, `none`; `unknown`
/// where no list of its region's logs is on file.
fn logged(network: &Network, one: &VirtualNetwork) -> &'static str {
    let own = || network.flow_logs.iter().filter(|log| log.target == one.id);
    let is_part = |log: &FlowLog| {
        let in_it = |id: &ResourceId| id.parent("virtualNetworks").is_some_and(|parent| parent == one.id);
        let target = &log.target;
        let applied = || network.nsgs.iter().find(|nsg| nsg.id == *target);
        in_it(target) && *target != one.id
            || one.subnets.iter().any(|subnet| subnet.nsg.as_ref() == Some(target))
            || applied().is_some_and(|nsg| nsg.subnets.iter().any(in_it))
            || network.nics.iter().any(|nic| {
                (nic.id == *target || nic.nsg.as_ref() == Some(target))
                    && nic.addresses.iter().any(|address| address.subnet.as_ref().is_some_and(in_it))
            })
    };
    let is_here = |log: &FlowLog| match (&log.location, &one.location) {
        (Some(log), Some(one)) => log.eq_ignore_ascii_case(one),
        _ => false,
    };
    if own().any(|log| log.enabled != Some(false)) {
        "on"
    } else if network.flow_logs.iter().any(|log| log.enabled != Some(false) && is_part(log)) {
        "part"
    } else if own().next().is_some() {
        "off"
    } else if network.flow_logs.iter().any(is_here) {
        "none"
    } else {
        "unknown"
    }
}

fn flow_log(log: &FlowLog) -> Value {
    json!({
        "name": log.name,
        "id": log.id.0,
        "location": log.location,
        "target": log.target.0,
        "kind": log.kind(),
        "enabled": log.enabled,
        "storage": id(log.storage.as_ref()),
        "retention_days": log.retention_days,
        "record_types": log.record_types,
        "filter": log.criteria,
        "ends": log.ends(),
    })
}

fn peering(p: &Peering, network: &VirtualNetwork) -> Value {
    json!({
        "name": p.name,
        "id": p.id.0,
        "network": network.name,
        "network_id": network.id.0,
        "remote": p.remote.0,
        "remote_prefixes": texts(&p.remote_prefixes),
        "remote_now": texts(&p.remote_now),
        "complete": p.complete,
        "local_subnets": p.local_subnets,
        "remote_subnets": p.remote_subnets,
        "state": p.state,
        "sync_level": p.sync_level,
        "allow_virtual_network_access": p.allow_virtual_network_access,
        "allow_forwarded_traffic": p.allow_forwarded_traffic,
        "allow_gateway_transit": p.allow_gateway_transit,
        "use_remote_gateways": p.use_remote_gateways,
        "doubt": p.doubt,
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
                "asgs": ids(&a.asgs),
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
        "machine_id": id(nic.machine.as_ref()),
        "accelerated_networking": nic.accelerated_networking,
        "ip_forwarding": nic.ip_forwarding,
        "private_endpoint": id(nic.private_endpoint.as_ref()),
        "doubt": nic.doubt,
    })
}

fn machine(machine: &Machine) -> Value {
    json!({
        "name": machine.name,
        "id": machine.id.0,
        "size": machine.size,
        "availability_set": id(machine.availability_set.as_ref()),
        "nics": ids(&machine.nics),
    })
}

fn nsg(nsg: &Nsg) -> Value {
    json!({
        "name": nsg.name,
        "id": nsg.id.0,
        "location": nsg.location,
        "rules": nsg.rules.iter().map(rule).collect::<Vec<_>>(),
        "default_rules": nsg.default_rules.iter().map(rule).collect::<Vec<_>>(),
        "subnets": ids(&nsg.subnets),
        "nics": ids(&nsg.nics),
        "whole": nsg.whole,
        "doubt": nsg.doubt,
    })
}

fn route_table(table: &RouteTable) -> Value {
    let route = |route: &Route| {
        json!({
            "name": route.name,
            "destination": route.destination,
            "next_hop": route.next_hop,
            "next_hop_address": route.next_hop_address.map(|address| address.to_string()),
        })
    };
    json!({
        "name": table.name,
        "id": table.id.0,
        "routes": table.routes.iter().map(route).collect::<Vec<_>>(),
        "subnets": ids(&table.subnets),
        "ignores_gateway_routes": table.ignores_gateways,
        "doubt": table.doubt,
    })
}

fn effective_tag(tag: &EffectiveTag) -> Value {
    json!({ "place": tag.place.0, "tag": tag.tag, "prefixes": texts(&tag.prefixes) })
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
    // A text alone does not tell a tag, a group of applications and what was not understood apart.
    let of_kind = |is: fn(&Endpoint) -> bool| {
        let mut out: Vec<String> =
            rule.sources.iter().chain(&rule.destinations).filter(|end| is(end)).map(endpoint_text).collect();
        out.sort();
        out.dedup();
        out
    };
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
        "application_security_groups": of_kind(|end| matches!(end, Endpoint::Asg(_))),
        "unknown_ends": of_kind(|end| matches!(end, Endpoint::Unknown(_))),
        "doubt": rule.doubt,
    })
}
