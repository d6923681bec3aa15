//! Rules that keep what the deny of the rest would cut, and that deny.

use super::name;
use super::{DraftOptions, DraftedRule};
use azflow_core::model::{Decision, Direction, Endpoint, PortRange, Protocol, SecurityRule};
use std::collections::BTreeSet;

/// A guard: far end, service, ports, why.
type Guard = (&'static str, Option<Protocol>, &'static [u16], &'static str);

const PROBES: Guard =
    ("AzureLoadBalancer", None, &[], "The probes of load balancers, which the deny below would cut");
const PING: Guard = ("VirtualNetwork", Some(Protocol::ICMP), &[], "ICMP, which NSG flow logs do not show");
/// The guards of a direction.
fn guards(direction: Direction, options: &DraftOptions) -> Vec<Guard> {
    let inbound = direction == Direction::Inbound;
    let mut out = Vec::new();
    if options.keep_icmp {
        out.push(PING);
    }
    if inbound {
        // VirtualNetwork holds 168.63.129.16: the deny would cut the probes.
        out.push(PROBES);
    }
    out
}

/// The guards of a subnet and direction, and behind them its deny; without priorities. A guard that a rule in force is
/// already is left out: `serves` tells.
pub fn rules(
    direction: Direction,
    subnet: &str,
    here: &[Vec<Endpoint>],
    options: &DraftOptions,
    serves: &dyn Fn(&SecurityRule) -> bool,
    used: &mut BTreeSet<String>,
) -> Vec<DraftedRule> {
    let mut out = Vec::new();
    let deny = ("VirtualNetwork", None, &[] as &[u16], "The rest of the virtual network");
    let all = guards(direction, options).into_iter().map(|guard| (guard, Decision::Allowed));
    for ((far, protocol, ports, why), access) in all.chain([(deny, Decision::Denied)]) {
        for here in here {
            let ports: Vec<PortRange> = ports.iter().map(|port| PortRange::one(*port)).collect();
            let service = match protocol {
                Some(protocol) => name::service(protocol, &ports),
                None => ports.iter().map(PortRange::to_string).collect::<Vec<_>>().join("_"),
            };
            let there = vec![Endpoint::Tag(far.to_owned())];
            let inbound = direction == Direction::Inbound;
            let (from, to) = if inbound { (far, subnet) } else { (subnet, far) };
            let (sources, destinations) = if inbound { (there, here.clone()) } else { (here.clone(), there) };
            let mut rule = SecurityRule {
                name: String::new(),
                description: why.to_owned(),
                priority: 0,
                direction,
                access,
                protocol,
                sources,
                source_ports: vec![PortRange::ALL],
                destinations,
                destination_ports: if ports.is_empty() { vec![PortRange::ALL] } else { ports },
                doubt: None,
            };
            if access == Decision::Allowed && serves(&rule) {
                continue;
            }
            let verb = if access == Decision::Denied { "Deny" } else { "Allow" };
            rule.name = name::rule(verb, from, to, &service, used);
            let why = if access == Decision::Denied {
                "what was not seen within the virtual network is denied from here on"
            } else {
                "the deny of the rest would cut this"
            };
            out.push(DraftedRule { why: why.to_owned(), ..DraftedRule::bare(rule, false) });
        }
    }
    out
}
