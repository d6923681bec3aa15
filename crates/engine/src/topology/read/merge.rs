//! Two descriptions made one by the ids of what they describe.

use super::growing::Growing;
use azflow_core::model::Network;

/// Adds another description: what has the same id becomes one; where both say something, the later one
/// counts. Give files in a fixed order.
pub fn merge(into: &mut Network, other: Network) {
    let mut growing = Growing::from(std::mem::take(into));
    add(&mut growing, other);
    *into = growing.finish();
}

/// The same, where more are to come.
pub(super) fn add(into: &mut Growing, other: Network) {
    for theirs in other.networks {
        let place = into.place(&theirs.id);
        let ours = into.network_at(place);
        ours.location = theirs.location.or(ours.location.take());
        if !theirs.prefixes.is_empty() {
            ours.prefixes = theirs.prefixes;
        }
        ours.flow_timeout_minutes = theirs.flow_timeout_minutes.or(ours.flow_timeout_minutes);
        ours.doubt = theirs.doubt.or(ours.doubt.take());
        theirs.subnets.into_iter().for_each(|subnet| into.put_subnet(place, subnet));
        theirs.peerings.into_iter().for_each(|peering| into.put_peering(place, peering));
    }
    other.nics.into_iter().for_each(|nic| into.put_nic(nic));
    other.machines.into_iter().for_each(|machine| into.put_machine(machine));
    for theirs in other.nsgs {
        let id = theirs.id;
        let ours = into.nsg_of(&id);
        ours.location = theirs.location.or(ours.location.take());
        ours.subnets.extend(theirs.subnets);
        ours.nics.extend(theirs.nics);
        // What a file has as a whole replaces what others have of it; single rules are added.
        if theirs.whole {
            ours.whole = true;
            ours.doubt = theirs.doubt;
            into.clear_rules(&id);
        } else if !ours.whole {
            ours.doubt = ours.doubt.take().or(theirs.doubt);
        }
        into.put_rules(&id, false, theirs.rules);
        into.put_rules(&id, true, theirs.default_rules);
    }
    for theirs in other.route_tables {
        // Single routes add to a table that a file has as a whole.
        if theirs.doubt.is_some() && into.has_whole_table(&theirs.id) {
            into.put_routes(&theirs.id, theirs.routes);
        } else {
            into.put_route_table(theirs);
        }
    }
    other.effective.into_iter().for_each(|tag| into.put_effective(tag));
    other.flow_logs.into_iter().for_each(|log| into.put_flow_log(log));
    other.tags.into_iter().for_each(|tag| into.put_tag(tag));
}
