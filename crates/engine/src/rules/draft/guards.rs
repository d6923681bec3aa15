//! Rules that keep what the deny of the rest would cut, and that deny.

use super::DraftOptions;
use azflow_core::model::{Decision, Direction, Endpoint, PortRange, Protocol, SecurityRule};

/// A guard: far end, protocol, description.
type Guard = (&'static str, Option<Protocol>, &'static str);

const PROBES: Guard =
    ("AzureLoadBalancer", None, "The probes of load balancers, which the deny below would cut");
const PING: Guard = ("VirtualNetwork", Some(Protocol::ICMP), "ICMP, which NSG flow logs do not show");
const DENY: Guard = ("VirtualNetwork", None, "The rest of the virtual network");

/// The guards of a direction, each with the word for its far end; without names and priorities.
pub fn guards(
    direction: Direction,
    here: &[Vec<Endpoint>],
    options: &DraftOptions,
) -> Vec<(&'static str, SecurityRule)> {
    let mut all = Vec::new();
    if options.keep_icmp {
        all.push(PING);
    }
    if direction == Direction::Inbound {
        // VirtualNetwork holds 168.63.129.16: the deny would cut the probes.
        all.push(PROBES);
    }
    let each = all.into_iter().flat_map(|guard| here.iter().map(move |here| (guard, here)));
    each.map(|(guard, here)| (guard.0, rule(direction, here, guard, Decision::Allowed))).collect()
}

/// The deny of the rest, likewise.
pub fn denials(direction: Direction, here: &[Vec<Endpoint>]) -> Vec<(&'static str, SecurityRule)> {
    here.iter().map(|here| (DENY.0, rule(direction, here, DENY, Decision::Denied))).collect()
}

fn rule(
    direction: Direction,
    here: &[Endpoint],
    (far, protocol, why): Guard,
    access: Decision,
) -> SecurityRule {
    let there = vec![Endpoint::Tag(far.to_owned())];
    let (sources, destinations) = SecurityRule::ends(direction, there, here.to_vec());
    SecurityRule {
        name: String::new(),
        description: why.to_owned(),
        priority: 0,
        direction,
        access,
        protocol,
        sources,
        source_ports: vec![PortRange::ALL],
        destinations,
        destination_ports: vec![PortRange::ALL],
        doubt: None,
    }
}
