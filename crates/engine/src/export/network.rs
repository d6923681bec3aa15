//! The document `azflow.network/1`: what was understood of a network's description. See docs/NETWORK.md.

use super::csv;
use crate::topology::HandName;
use azflow_core::model::SortSmall;
use azflow_core::model::{
    Decision, EffectiveTag, Endpoint, FlowLog, Machine, Network, Nic, Nsg, Peering, PortRange, Prefix,
    ResourceId, Route, RouteTable, SecurityRule, VirtualNetwork,
};
use hashbrown::{HashMap, HashSet};
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
    let logged = LoggedNetworks::of(network);
    for one in &network.networks {
        networks.push(json!({
            "name": one.name,
            "id": one.id.0,
            "location": one.location,
            "prefixes": texts(&one.prefixes),
            "subnets": one.subnets.len(),
            "peerings": one.peerings.len(),
            "flow_timeout_minutes": one.flow_timeout_minutes,
            "flow_log": logged.word(one),
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
    names.sort_small();
    let mut out = csv::line(&["CIDR", "name", "network"]);
    for hand in names {
        out.push_str(&csv::line(&[hand.prefix.to_string().as_str(), &hand.name, &hand.network]));
    }
    out
}

/// Which networks are logged, found out for all at once: flow logs, NICs and networks may be many.
struct LoggedNetworks<'a> {
    /// By network: whether a log of the whole is on.
    own: HashMap<&'a ResourceId, bool>,
    /// Networks of which a subnet, a NIC or a group is logged.
    parts: HashSet<ResourceId>,
    /// Regions, in lower case, of which a log is on file.
    regions: HashSet<String>,
}

impl<'a> LoggedNetworks<'a> {
    fn of(network: &'a Network) -> Self {
        let mut out = Self { own: HashMap::new(), parts: HashSet::new(), regions: HashSet::new() };
        let mut targets: HashSet<&ResourceId> = HashSet::new();
        for log in &network.flow_logs {
            let is_on = log.enabled != Some(false);
            *out.own.entry(&log.target).or_default() |= is_on;
            out.regions.extend(log.location.as_ref().map(|region| region.to_ascii_lowercase()));
            if is_on {
                targets.insert(&log.target);
                out.parts.extend(log.target.parent("virtualNetworks").filter(|parent| *parent != log.target));
            }
        }
        let is_target = |id: &Option<ResourceId>| id.as_ref().is_some_and(|id| targets.contains(id));
        let parent = |id: &ResourceId| id.parent("virtualNetworks");
        for one in network.networks.iter().filter(|one| one.subnets.iter().any(|of| is_target(&of.nsg))) {
            out.parts.insert(one.id.clone());
        }
        let mut groups: HashSet<&ResourceId> = HashSet::new();
        for nsg in &network.nsgs {
            // Of several of one id the first counts.
            if groups.insert(&nsg.id) && targets.contains(&nsg.id) {
                out.parts.extend(nsg.subnets.iter().filter_map(parent));
            }
        }
        for nic in &network.nics {
            if targets.contains(&nic.id) || is_target(&nic.nsg) {
                out.parts.extend(nic.addresses.iter().filter_map(|held| parent(held.subnet.as_ref()?)));
            }
        }
        out
    }

    /// Whether a network is logged: `on`, `off`, `part` where only subnets, NICs or groups of it are, `none`; `unknown`
    /// where no list of its region's logs is on file.
    fn word(&self, one: &VirtualNetwork) -> &'static str {
        let is_here = |region: &String| self.regions.contains(&region.to_ascii_lowercase());
        match self.own.get(&one.id) {
            Some(true) => "on",
            _ if self.parts.contains(&one.id) => "part",
            Some(false) => "off",
            None if one.location.as_ref().is_some_and(is_here) => "none",
            None => "unknown",
        }
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
        out.sort_small();
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
