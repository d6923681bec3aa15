//! The table is whole and the page shows it; what is recognised, and what keeps it working.

mod needs;
mod page;
mod recognised;
mod whole;

use super::{Recognised, Service, recognise};
use azflow_core::model::{
    Decision, Direction, Endpoint, NamedSubnet, Network, Nsg, PortRange, Prefix, Protocol, ResourceId,
    SecurityRule,
};

fn id(text: &str) -> ResourceId {
    ResourceId(format!("/subscriptions/s/resourceGroups/rg/providers/{text}"))
}

fn subnet(name: &str) -> NamedSubnet {
    NamedSubnet {
        id: id(&format!("Microsoft.Network/virtualNetworks/v/subnets/{name}")),
        name: name.to_owned(),
        prefixes: vec![Prefix::parse("10.1.1.0/24").unwrap()],
        ..NamedSubnet::default()
    }
}

fn delegated(to: &str) -> NamedSubnet {
    NamedSubnet { delegations: vec![to.to_owned()], ..subnet("snet") }
}

fn services(found: &[Recognised]) -> Vec<(Service, bool)> {
    found.iter().map(|one| (one.service, one.perhaps)).collect()
}

fn alone(subnet: &NamedSubnet) -> Vec<(Service, bool)> {
    services(&recognise(&Network::default(), subnet))
}

/// An inbound rule.
fn rule(name: &str, access: Decision, source: &str, ports: &[(u16, u16)]) -> SecurityRule {
    let source = match source {
        "*" => Endpoint::Any,
        text => Prefix::parse(text).map_or_else(|| Endpoint::Tag(text.to_owned()), Endpoint::Prefix),
    };
    SecurityRule {
        name: name.to_owned(),
        description: String::new(),
        priority: 100,
        direction: Direction::Inbound,
        access,
        protocol: Some(Protocol::TCP),
        sources: vec![source],
        source_ports: vec![PortRange::ALL],
        destinations: vec![Endpoint::Any],
        destination_ports: ports
            .iter()
            .map(|(first, last)| PortRange { first: *first, last: *last })
            .collect(),
        doubt: None,
    }
}

fn any_protocol(rule: SecurityRule) -> SecurityRule {
    SecurityRule { protocol: None, ..rule }
}

/// A network with one subnet's group.
fn guarded(rules: Vec<SecurityRule>) -> (Network, NamedSubnet) {
    let nsg =
        Nsg { id: id("Microsoft.Network/networkSecurityGroups/g"), rules, whole: true, ..Nsg::default() };
    let subnet = NamedSubnet { nsg: Some(nsg.id.clone()), ..subnet("snet") };
    (Network { nsgs: vec![nsg], ..Network::default() }, subnet)
}
