//! Subnets folded to their virtual networks.

use super::{Assignment, Subnet, SubnetKind};
use std::collections::{BTreeMap, BTreeSet};

/// Behind a network's name where something else is called the same.
const NETWORK: &str = " (network)";

/// The same addresses by virtual network; what belongs to none stays as it is. Networks come where the first
/// of their subnets was.
pub fn fold(of: &Assignment) -> Assignment {
    let others: BTreeSet<&str> =
        of.subnets.iter().filter(|s| s.network.is_none()).map(|s| s.name.as_str()).collect();
    let mut networks: BTreeMap<&str, u32> = BTreeMap::new();
    let mut folded: Vec<Subnet> = Vec::new();
    let mut place = Vec::with_capacity(of.subnets.len());
    for subnet in &of.subnets {
        let next = folded.len() as u32;
        let Some(network) = subnet.network.as_deref() else {
            place.push(next);
            folded.push(subnet.clone());
            continue;
        };
        let at = *networks.entry(network).or_insert(next);
        place.push(at);
        match folded.get_mut(at as usize) {
            Some(known) => known.addresses += subnet.addresses,
            None => folded.push(Subnet {
                name: if others.contains(network) {
                    format!("{network}{NETWORK}")
                } else {
                    network.to_owned()
                },
                kind: SubnetKind::Named,
                network: Some(network.to_owned()),
                named: None,
                addresses: subnet.addresses,
            }),
        }
    }
    let at = |number: &u32| place.get(*number as usize).copied().unwrap_or_default();
    Assignment { subnet_of: of.subnet_of.iter().map(at).collect(), subnets: folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(name: &str, network: Option<&str>) -> Subnet {
        let kind = if network.is_some() { SubnetKind::Named } else { SubnetKind::Internet };
        Subnet { name: name.to_owned(), kind, network: network.map(str::to_owned), named: None, addresses: 1 }
    }

    #[test]
    fn subnets_of_a_network_are_one_and_the_rest_stays() {
        let of = Assignment {
            subnet_of: vec![0, 1, 2, 3, 1],
            subnets: vec![
                subnet("web", Some("hub")),
                subnet("sql", Some("spoke")),
                subnet("dns", Some("hub")),
                subnet("Internet", None),
            ],
        };
        let folded = fold(&of);
        let names: Vec<(&str, u32)> = folded.subnets.iter().map(|s| (s.name.as_str(), s.addresses)).collect();
        assert_eq!(names, [("hub", 2), ("spoke", 1), ("Internet", 1)]);
        assert_eq!(folded.subnet_of, [0, 1, 0, 2, 1]);
    }

    #[test]
    fn a_network_called_like_something_else_is_told_apart() {
        let of = Assignment {
            subnet_of: vec![0, 1],
            subnets: vec![subnet("a", Some("Internet")), subnet("Internet", None)],
        };
        let folded = fold(&of);
        assert_eq!(folded.subnets[0].name, "Internet (network)");
    }
}
