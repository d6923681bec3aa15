//! Two descriptions made one by the ids of what they describe.

use super::{machines, network_of, nsg_of, put, put_rule, sort};
use azflow_core::model::Network;

/// Adds another description: what has the same id becomes one; where both say something, the later one
/// counts. Give files in a fixed order.
pub fn merge(into: &mut Network, other: Network) {
    for theirs in other.networks {
        let ours = network_of(into, &theirs.id);
        ours.location = theirs.location.or(ours.location.take());
        if !theirs.prefixes.is_empty() {
            ours.prefixes = theirs.prefixes;
        }
        ours.flow_timeout_minutes = theirs.flow_timeout_minutes.or(ours.flow_timeout_minutes);
        for subnet in theirs.subnets {
            put(&mut ours.subnets, subnet, |s| &s.id);
        }
        for peering in theirs.peerings {
            put(&mut ours.peerings, peering, |p| &p.id);
        }
    }
    for nic in other.nics {
        put(&mut into.nics, nic, |n| &n.id);
    }
    for machine in other.machines {
        machines::put(&mut into.machines, machine);
    }
    for theirs in other.nsgs {
        let ours = nsg_of(into, &theirs.id);
        ours.location = theirs.location.or(ours.location.take());
        for rule in theirs.rules {
            put_rule(&mut ours.rules, rule);
        }
        for rule in theirs.default_rules {
            put_rule(&mut ours.default_rules, rule);
        }
        ours.subnets.extend(theirs.subnets);
        ours.nics.extend(theirs.nics);
    }
    for tag in other.tags {
        match into.tags.iter_mut().find(|t| t.name.eq_ignore_ascii_case(&tag.name)) {
            Some(known) => *known = tag,
            None => into.tags.push(tag),
        }
    }
    sort(into);
}
