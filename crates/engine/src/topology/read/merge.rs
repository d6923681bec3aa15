//! Two descriptions made one by the ids of what they describe.

use super::{machines, network_of, nsg_of, put, put_rule, sort};
use azflow_core::model::{EffectiveTag, Network};

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
        ours.doubt = theirs.doubt.or(ours.doubt.take());
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
        // What a file has as a whole replaces what others have of it; single rules are added.
        if theirs.whole {
            ours.rules.clear();
            ours.default_rules.clear();
            ours.whole = true;
            ours.doubt = theirs.doubt;
        } else if !ours.whole {
            ours.doubt = ours.doubt.take().or(theirs.doubt);
        }
        for rule in theirs.rules {
            put_rule(&mut ours.rules, rule);
        }
        for rule in theirs.default_rules {
            put_rule(&mut ours.default_rules, rule);
        }
        ours.subnets.extend(theirs.subnets);
        ours.nics.extend(theirs.nics);
    }
    for theirs in other.route_tables {
        match into.route_tables.iter_mut().find(|ours| ours.id == theirs.id) {
            // Single routes add to a table that a file has as a whole.
            Some(ours) if theirs.doubt.is_some() && ours.doubt.is_none() => {
                for route in theirs.routes {
                    match ours.routes.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&route.name)) {
                        Some(known) => *known = route,
                        None => ours.routes.push(route),
                    }
                }
            }
            Some(ours) => *ours = theirs,
            None => into.route_tables.push(theirs),
        }
    }
    for theirs in other.effective {
        let same = |ours: &&mut EffectiveTag| {
            ours.place == theirs.place && ours.tag.eq_ignore_ascii_case(&theirs.tag)
        };
        match into.effective.iter_mut().find(same) {
            Some(ours) => *ours = theirs,
            None => into.effective.push(theirs),
        }
    }
    for log in other.flow_logs {
        put(&mut into.flow_logs, log, |l| &l.id);
    }
    for tag in other.tags {
        match into.tags.iter_mut().find(|t| t.name.eq_ignore_ascii_case(&tag.name)) {
            Some(known) => *known = tag,
            None => into.tags.push(tag),
        }
    }
    sort(into);
}
