//! Networks told of without their subscription, as lists, topology rows and templates do, join the one that is meant.

use super::sort;
use azflow_core::model::{Network, ResourceId, VirtualNetwork};
use std::collections::BTreeMap;

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
    for (id, bare) in joining {
        let Some(into) = kept.iter_mut().find(|one| one.id == id) else { continue };
        for mut subnet in bare.subnets {
            let known = into.subnets.iter_mut().find(|s| s.name.eq_ignore_ascii_case(&subnet.name));
            match known {
                Some(known) => {
                    subnet.prefixes.retain(|prefix| !known.prefixes.contains(prefix));
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
pub(super) fn meant<'a>(
    one: &VirtualNetwork,
    full: &'a BTreeMap<String, Vec<ResourceId>>,
) -> Option<&'a ResourceId> {
    if !is_partial(&one.id) {
        return None;
    }
    let partial = one.id.0.to_ascii_lowercase();
    let can_be = |id: &&ResourceId| !partial.contains('/') || id.0.to_ascii_lowercase().ends_with(&partial);
    let mut ids = full.get(&one.name.to_ascii_lowercase())?.iter().filter(can_be);
    ids.next().filter(|_| ids.next().is_none())
}

/// The ids of networks that have one, by their names in lower case.
pub(super) fn full_ids(network: &Network) -> BTreeMap<String, Vec<ResourceId>> {
    let mut full: BTreeMap<String, Vec<ResourceId>> = BTreeMap::new();
    for one in network.networks.iter().filter(|one| !is_partial(&one.id)) {
        full.entry(one.name.to_ascii_lowercase()).or_default().push(one.id.clone());
    }
    full
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
