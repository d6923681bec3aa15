//! Networks told of without their subscription, as lists, topology rows and templates do, join the one that is meant.

use super::growing::{Keys, folded, keys};
use super::sort;
use azflow_core::model::{Network, Prefix, ResourceId, VirtualNetwork};
use std::collections::{BTreeMap, BTreeSet};

/// Gives the subnets of networks without a whole id to the only network that they can be. Call it when all files are
/// merged, so that their order does not matter.
pub fn join(network: &mut Network) {
    let full = full_ids(network);
    let mut kept = Vec::with_capacity(network.networks.len());
    let mut joining = Vec::new();
    for one in std::mem::take(&mut network.networks) {
        match meant(&one, &full) {
            Some(id) => joining.push((id.clone(), one)),
            None => kept.push(one),
        }
    }
    let places = keys(&kept, |one| folded(&one.id));
    // By the place of a network: its subnets by name. By the places of both: the prefixes of the subnet.
    let mut names: BTreeMap<usize, Keys> = BTreeMap::new();
    let mut held: BTreeMap<(usize, usize), BTreeSet<Prefix>> = BTreeMap::new();
    for (id, bare) in joining {
        let Some(at) = places.get(&folded(&id)).copied() else { continue };
        let Some(into) = kept.get_mut(at) else { continue };
        let names =
            names.entry(at).or_insert_with(|| keys(&into.subnets, |subnet| subnet.name.to_ascii_lowercase()));
        for mut subnet in bare.subnets {
            let place = *names.entry(subnet.name.to_ascii_lowercase()).or_insert(into.subnets.len());
            match into.subnets.get_mut(place) {
                Some(known) => {
                    let held =
                        held.entry((at, place)).or_insert_with(|| known.prefixes.iter().copied().collect());
                    subnet.prefixes.retain(|prefix| !held.contains(prefix));
                    held.extend(&subnet.prefixes);
                    known.prefixes.append(&mut subnet.prefixes);
                }
                None => into.subnets.push(subnet),
            }
        }
    }
    network.networks = kept;
    sort(network);
}

/// Whether an id lacks what tells it apart: it is a bare name, or has no subscription as those of templates.
fn is_partial(id: &ResourceId) -> bool {
    let id = id.0.to_ascii_lowercase();
    !id.contains('/') || id.starts_with("/providers/") || id.starts_with("/resourcegroups/")
}

/// The only network with a whole id that this one can be, if it has none itself.
pub(super) fn meant<'a>(one: &VirtualNetwork, full: &'a FullIds) -> Option<&'a ResourceId> {
    if !is_partial(&one.id) {
        return None;
    }
    let partial = one.id.0.to_ascii_lowercase();
    let end = if partial.contains('/') { backwards(&partial) } else { String::new() };
    let from = (one.name.to_ascii_lowercase(), end);
    let is_meant = |(name, id): &(String, String)| *name == from.0 && id.starts_with(&from.1);
    let mut ids = full.range(&from..).take_while(|(key, _)| is_meant(key));
    ids.next().filter(|_| ids.next().is_none()).map(|(_, id)| id)
}

/// Ids by the names of their networks and themselves backwards, in lower case: those with the same end lie together.
pub(super) type FullIds = BTreeMap<(String, String), ResourceId>;

fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

/// The ids of networks that have a whole one.
pub(super) fn full_ids(network: &Network) -> FullIds {
    let whole = network.networks.iter().filter(|one| !is_partial(&one.id));
    let key =
        |one: &VirtualNetwork| (one.name.to_ascii_lowercase(), backwards(&one.id.0.to_ascii_lowercase()));
    whole.map(|one| (key(one), one.id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{merge, read_network};
    use super::*;

    #[test]
    fn a_list_adds_to_the_network_of_its_name() {
        let full = r#"{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/hub","name":"hub",
            "addressSpace":{"addressPrefixes":["10.0.0.0/16"]},"subnets":[{"name":"web","addressPrefix":"10.0.1.0/24"}]}"#;
        let list = "10.0.1.0/24,Web,HUB\n10.0.2.0/24,web,hub\n10.0.3.0/24,sql,hub\n10.9.0.0/24,far,spoke\n";
        let mut network = read_network(full.as_bytes()).network;
        merge(&mut network, read_network(list.as_bytes()).network);
        join(&mut network);
        assert_eq!(network.networks.len(), 2);
        let hub = network.networks.iter().find(|n| n.name == "hub").unwrap();
        let subnets: Vec<_> = hub.subnets.iter().map(|s| (s.name.as_str(), s.prefixes.len())).collect();
        assert_eq!(subnets, [("sql", 1), ("web", 2)]);
    }
}
