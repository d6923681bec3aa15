//! Rules that keep what the deny of the rest would cut, and that deny.

use super::name;
use super::{DraftOptions, DraftedRule};
use azflow_core::model::{Decision, Direction, Endpoint, PortRange, Protocol, SecurityRule, SpecialSubnet};
use std::collections::BTreeSet;

/// A guard: far end, service, ports, why.
type Guard = (&'static str, Option<Protocol>, &'static [u16], &'static str);

const PROBES: Guard =
    ("AzureLoadBalancer", None, &[], "The probes of load balancers, which the deny below would cut");
const PING: Guard = ("VirtualNetwork", Some(Protocol::ICMP), &[], "ICMP, which NSG flow logs do not show");
/// Microsoft Learn: "Working with NSG access and Azure Bastion".
const BASTION: [Guard; 5] = [
    ("Internet", Some(Protocol::TCP), &[443], "Azure Bastion: its users"),
    ("GatewayManager", Some(Protocol::TCP), &[443], "Azure Bastion: its control plane"),
    ("VirtualNetwork", None, &[5701, 8080], "Azure Bastion: between its instances"),
    ("VirtualNetwork", Some(Protocol::TCP), &[22, 3389], "Azure Bastion: to the machines"),
    ("VirtualNetwork", None, &[5701, 8080], "Azure Bastion: between its instances"),
];

/// The guards of a direction.
fn guards(direction: Direction, special: Option<SpecialSubnet>, options: &DraftOptions) -> Vec<Guard> {
    let inbound = direction == Direction::Inbound;
    let mut out = Vec::new();
    if special == Some(SpecialSubnet::Bastion) {
        out.extend(if inbound { &BASTION[..3] } else { &BASTION[3..] });
    }
    if options.keep_icmp {
        out.push(PING);
    }
    if inbound {
        // VirtualNetwork holds 168.63.129.16: the deny would cut the probes.
        out.push(PROBES);
    }
    out
}

/// How many priorities below the deny the guards take, and how far apart they are.
pub fn room(direction: Direction, special: Option<SpecialSubnet>, options: &DraftOptions) -> (u16, u16) {
    let count = guards(direction, special, options).len() as u16;
    let wide = options.deny_priority - options.first_priority >= 200;
    (count, if wide { 10 } else { 1 })
}

/// The guards and the deny of a subnet and direction.
pub fn rules(
    direction: Direction,
    (subnet, special): (&str, Option<SpecialSubnet>),
    here: &[Endpoint],
    options: &DraftOptions,
    used: &mut BTreeSet<String>,
) -> Vec<DraftedRule> {
    let (count, step) = room(direction, special, options);
    let deny = ("VirtualNetwork", None, &[] as &[u16], "The rest of the virtual network");
    let all = guards(direction, special, options).into_iter().chain([deny]).enumerate();
    let rule = |(at, (far, protocol, ports, why)): (usize, Guard)| {
        let is_deny = at == usize::from(count);
        let ports: Vec<PortRange> = ports.iter().map(|port| PortRange::one(*port)).collect();
        let service = match protocol {
            Some(protocol) => name::service(protocol, &ports),
            None => ports.iter().map(PortRange::to_string).collect::<Vec<_>>().join("_"),
        };
        let there = vec![Endpoint::Tag(far.to_owned())];
        let inbound = direction == Direction::Inbound;
        let (from, to) = if inbound { (far, subnet) } else { (subnet, far) };
        let (sources, destinations) = if inbound { (there, here.to_vec()) } else { (here.to_vec(), there) };
        let rule = SecurityRule {
            name: name::rule(if is_deny { "Deny" } else { "Allow" }, from, to, &service, used),
            description: why.to_owned(),
            priority: options.deny_priority - (count - at as u16) * step,
            direction,
            access: if is_deny { Decision::Denied } else { Decision::Allowed },
            protocol,
            sources,
            source_ports: vec![PortRange::ALL],
            destinations,
            destination_ports: if ports.is_empty() { vec![PortRange::ALL] } else { ports },
            doubt: None,
        };
        DraftedRule::bare(rule, false)
    };
    all.map(rule).collect()
}
