//! The order in which a network's lists are.

use azflow_core::model::SortSmall;
use azflow_core::model::{Machine, NamedSubnet, Network, Nic, Peering, Route, SecurityRule, ServiceTag};
use std::cmp::Ordering;

/// Puts everything in a fixed order.
pub(super) fn sort(network: &mut Network) {
    network.networks.sort_small_by(|a, b| a.id.cmp(&b.id));
    for one in &mut network.networks {
        one.subnets.sort_small_by(|a: &NamedSubnet, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        one.peerings.sort_small_by(|a: &Peering, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    }
    network.nics.sort_small_by(|a: &Nic, b| a.id.cmp(&b.id));
    network.machines.sort_small_by(|a: &Machine, b| a.id.cmp(&b.id));
    network.nsgs.sort_small_by(|a, b| a.id.cmp(&b.id));
    for nsg in &mut network.nsgs {
        nsg.rules.sort_small_by(rules);
        nsg.default_rules.sort_small_by(rules);
        for list in [&mut nsg.subnets, &mut nsg.nics] {
            list.sort_small();
            list.dedup();
        }
    }
    network.route_tables.sort_small_by(|a, b| a.id.cmp(&b.id));
    for table in &mut network.route_tables {
        table.routes.sort_small_by(routes);
        table.subnets.sort_small();
        table.subnets.dedup();
    }
    network.effective.sort_small_by(|a, b| (&a.place, &a.tag).cmp(&(&b.place, &b.tag)));
    network.flow_logs.sort_small_by(|a, b| a.id.cmp(&b.id));
    network.tags.sort_small_by(|a: &ServiceTag, b| a.name.cmp(&b.name));
}

/// The order of a group's rules.
pub(super) fn rules(a: &SecurityRule, b: &SecurityRule) -> Ordering {
    (a.direction, a.priority, &a.name).cmp(&(b.direction, b.priority, &b.name))
}

/// The order of a table's routes.
pub(super) fn routes(a: &Route, b: &Route) -> Ordering {
    (&a.name, &a.destination).cmp(&(&b.name, &b.destination))
}
