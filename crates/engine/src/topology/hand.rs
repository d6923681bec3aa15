//! Names that people give to prefixes by hand, and the list of them as a file that azflow reads back.

use azflow_core::model::SortSmall;
use azflow_core::model::{NamedSubnet, Network, Prefix, ResourceId, VirtualNetwork};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A name for a prefix, given by hand. It counts before what files say of the same prefix.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HandName {
    /// The prefix.
    pub prefix: Prefix,
    /// The subnet's name.
    pub name: String,
    /// The virtual network's name; empty where it is left to the descriptions.
    pub network: String,
}

impl HandName {
    /// Whether a list can keep it: a name that is not empty, no apostrophe or quote where a cell's own would be,
    /// a network's name that is no path.
    pub fn is_sound(&self) -> bool {
        let plain = |text: &str| !text.starts_with(['\'', '"', '#']) && !text.contains(char::is_control);
        let is_prefix = Prefix::parse(&self.name).is_some();
        !self.name.is_empty()
            && !is_prefix
            && plain(&self.name)
            && plain(&self.network)
            && !self.network.contains('/')
    }
}

/// Puts names given by hand into a description.
///
/// A subnet that has exactly the prefix is renamed and stays what it is. Where several networks have such a
/// one, the named network's gets the name and the prefix alone; without a network the prefix becomes a subnet
/// of its own.
pub fn apply(network: &mut Network, names: &[HandName]) {
    if !names.is_empty() {
        let mut places = Places::of(network);
        names.iter().for_each(|hand| places.put(network, hand));
    }
    network.networks.sort_small_by(|a, b| a.id.cmp(&b.id));
    for one in &mut network.networks {
        one.subnets.sort_small_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    }
}

/// Where what a name can be about is found: by number of the network, and of the subnet in it.
#[derive(Debug, Default)]
struct Places {
    /// Subnets by their prefixes, in order.
    subnets: HashMap<Prefix, Vec<(usize, usize)>>,
    /// Networks by what they are called, in lower case.
    called: HashMap<String, Vec<usize>>,
    /// Networks by their prefixes.
    spaces: HashMap<Prefix, Vec<usize>>,
    /// The first network of an id.
    ids: HashMap<ResourceId, usize>,
    /// The subnets of a network by their names in lower case.
    named: HashMap<(usize, String), BTreeSet<usize>>,
}

impl Places {
    fn of(network: &Network) -> Self {
        let mut out = Self::default();
        for (at, one) in network.networks.iter().enumerate() {
            out.enter(at, one);
        }
        out
    }

    fn enter(&mut self, at: usize, one: &VirtualNetwork) {
        let name = one.name.to_ascii_lowercase();
        let group =
            one.id.segment("resourceGroups").map(|group| format!("{}/{name}", group.to_ascii_lowercase()));
        for called in std::iter::once(name).chain(group) {
            let known = self.called.entry(called).or_default();
            if known.last() != Some(&at) {
                known.push(at);
            }
        }
        for space in &one.prefixes {
            self.spaces.entry(*space).or_default().push(at);
        }
        self.ids.entry(one.id.clone()).or_insert(at);
        for (number, subnet) in one.subnets.iter().enumerate() {
            self.named.entry((at, subnet.name.to_ascii_lowercase())).or_default().insert(number);
            for prefix in &subnet.prefixes {
                self.subnets.entry(*prefix).or_default().push((at, number));
            }
        }
    }

    fn put(&mut self, network: &mut Network, hand: &HandName) {
        let mut holders = self.subnets.remove(&hand.prefix).unwrap_or_default();
        holders.dedup();
        let called = self.called(&hand.network);
        let wanted = |at: usize| hand.network.is_empty() || called.binary_search(&at).is_ok();
        let mut owners: Vec<usize> = holders.iter().map(|(at, _)| *at).filter(|at| wanted(*at)).collect();
        owners.dedup();
        let owner = if let [owner] = owners.as_slice() { Some(*owner) } else { None };
        let mut kept = None;
        for place in holders {
            let (at, number) = place;
            let subnet = network.networks.get_mut(at).and_then(|one| one.subnets.get_mut(number));
            let Some(subnet) = subnet else { continue };
            if owner == Some(at) && kept.is_none() {
                kept = Some(place);
                self.rename(place, subnet, &hand.name);
            } else {
                subnet.prefixes.retain(|prefix| *prefix != hand.prefix);
            }
        }
        let place = kept.unwrap_or_else(|| self.add(network, hand));
        self.subnets.insert(hand.prefix, vec![place]);
    }

    fn rename(&mut self, (at, number): (usize, usize), subnet: &mut NamedSubnet, name: &str) {
        if let Some(known) = self.named.get_mut(&(at, subnet.name.to_ascii_lowercase())) {
            known.remove(&number);
        }
        self.named.entry((at, name.to_ascii_lowercase())).or_default().insert(number);
        name.clone_into(&mut subnet.name);
    }

    /// The networks that are called so, by their names or with their resource groups before them.
    fn called(&self, name: &str) -> Vec<usize> {
        self.called.get(&name.to_ascii_lowercase()).cloned().unwrap_or_default()
    }

    /// The only network whose address space holds the prefix.
    fn only_holder(&self, prefix: Prefix) -> Option<usize> {
        let own = (0..=prefix.length()).map(|length| Prefix::of(prefix.first(), length));
        let mut holders = own.filter_map(|space| self.spaces.get(&space)).flatten();
        let first = holders.next()?;
        holders.all(|other| other == first).then_some(*first)
    }

    /// A subnet that no description has: in the named network, or in the only one whose address space holds it.
    fn add(&mut self, network: &mut Network, hand: &HandName) -> (usize, usize) {
        let at = if hand.network.is_empty() {
            self.only_holder(hand.prefix)
        } else if let [only] = self.called(&hand.network).as_slice() {
            Some(*only)
        } else {
            None
        };
        let id = ResourceId(hand.network.clone());
        let at = at.or_else(|| self.ids.get(&id).copied()).unwrap_or_else(|| {
            let one = VirtualNetwork { id, name: hand.network.clone(), ..VirtualNetwork::default() };
            self.enter(network.networks.len(), &one);
            network.networks.push(one);
            network.networks.len() - 1
        });
        let Some(one) = network.networks.get_mut(at) else { return (at, 0) };
        // Several prefixes under one name are one subnet, as in a list.
        let known = self.named.entry((at, hand.name.to_ascii_lowercase())).or_default();
        if let Some((number, subnet)) =
            known.first().and_then(|number| Some((*number, one.subnets.get_mut(*number)?)))
        {
            subnet.prefixes.push(hand.prefix);
            return (at, number);
        }
        known.insert(one.subnets.len());
        one.subnets.push(NamedSubnet {
            id: ResourceId(format!("{}/subnets/{}", one.id, hand.name)),
            name: hand.name.clone(),
            prefixes: vec![hand.prefix],
            ..NamedSubnet::default()
        });
        (at, one.subnets.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{Naming, Place, read_network};
    use azflow_core::model::Address;
    use proptest::prelude::*;

    fn hand(prefix: &str, name: &str, network: &str) -> HandName {
        let prefix = Prefix::parse(prefix).unwrap();
        HandName { prefix, name: name.into(), network: network.into() }
    }

    fn shown(list: &str, names: &[HandName], address: &str) -> String {
        let mut network = read_network(list.as_bytes()).network;
        apply(&mut network, names);
        let naming = Naming::new(&network, names);
        match naming.place(Address::parse(address).unwrap()) {
            Some(Place::In(number)) => {
                let subnet = &naming.subnets()[number as usize];
                format!("{}:{}", subnet.network, subnet.shown)
            }
            Some(Place::OneOf(_)) => "several".into(),
            None => "none".into(),
        }
    }

    /// What `apply` does, looked for from the beginning for each name.
    fn slowly(network: &mut Network, names: &[HandName]) {
        let has = |one: &VirtualNetwork, prefix| one.subnets.iter().any(|s| s.prefixes.contains(&prefix));
        let called = |one: &VirtualNetwork, name: &str| {
            let group = one.id.segment("resourceGroups");
            one.name.eq_ignore_ascii_case(name)
                || group.is_some_and(|group| format!("{group}/{}", one.name).eq_ignore_ascii_case(name))
        };
        for hand in names {
            let wanted = |one: &VirtualNetwork| hand.network.is_empty() || called(one, &hand.network);
            let numbered = network.networks.iter().enumerate();
            let owners: Vec<usize> =
                numbered.filter(|(_, one)| has(one, hand.prefix) && wanted(one)).map(|(at, _)| at).collect();
            let mut kept = false;
            for (at, one) in network.networks.iter_mut().enumerate() {
                for subnet in &mut one.subnets {
                    if !kept && owners == [at] && subnet.prefixes.contains(&hand.prefix) {
                        kept = true;
                        subnet.name.clone_from(&hand.name);
                    } else {
                        subnet.prefixes.retain(|prefix| *prefix != hand.prefix);
                    }
                }
            }
            if kept {
                continue;
            }
            let holds = |one: &VirtualNetwork| one.prefixes.iter().any(|space| space.holds(hand.prefix));
            let fits = |one: &VirtualNetwork| match hand.network.as_str() {
                "" => holds(one),
                name => called(one, name),
            };
            let found: Vec<usize> =
                (0..network.networks.len()).filter(|at| fits(&network.networks[*at])).collect();
            let id = ResourceId(hand.network.clone());
            let at = match found.as_slice() {
                [only] => *only,
                _ => network.networks.iter().position(|one| one.id == id).unwrap_or_else(|| {
                    let name = hand.network.clone();
                    network.networks.push(VirtualNetwork { id, name, ..VirtualNetwork::default() });
                    network.networks.len() - 1
                }),
            };
            let one = &mut network.networks[at];
            match one.subnets.iter_mut().find(|subnet| subnet.name.eq_ignore_ascii_case(&hand.name)) {
                Some(subnet) => subnet.prefixes.push(hand.prefix),
                None => one.subnets.push(NamedSubnet {
                    id: ResourceId(format!("{}/subnets/{}", one.id, hand.name)),
                    name: hand.name.clone(),
                    prefixes: vec![hand.prefix],
                    ..NamedSubnet::default()
                }),
            }
        }
        network.networks.sort_by(|a, b| a.id.cmp(&b.id));
        for one in &mut network.networks {
            one.subnets.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        }
    }

    fn prefix() -> impl Strategy<Value = Prefix> {
        let texts =
            ["10.0.0.0/8", "10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/28", "::/0", "fd00::/64", "0.0.0.0/0"];
        proptest::sample::select(texts.to_vec()).prop_map(|text| Prefix::parse(text).unwrap())
    }

    fn name() -> impl Strategy<Value = String> {
        proptest::sample::select(vec!["app", "App", "web", "hub", "rg/hub"]).prop_map(str::to_owned)
    }

    fn described() -> impl Strategy<Value = Network> {
        let subnet = (name(), proptest::collection::vec(prefix(), 0..3)).prop_map(|(name, prefixes)| {
            NamedSubnet { id: ResourceId(format!("/s/{name}")), name, prefixes, ..NamedSubnet::default() }
        });
        let id = proptest::sample::select(vec!["/resourceGroups/rg/v", "hub", "/x"]);
        let one =
            (id, name(), proptest::collection::vec(prefix(), 0..3), proptest::collection::vec(subnet, 0..4))
                .prop_map(|(id, name, prefixes, subnets)| VirtualNetwork {
                    id: ResourceId(id.to_owned()),
                    name,
                    prefixes,
                    subnets,
                    ..VirtualNetwork::default()
                });
        proptest::collection::vec(one, 0..4).prop_map(|networks| Network { networks, ..Network::default() })
    }

    proptest! {
        #[test]
        fn the_same_as_looking_from_the_beginning_for_each_name(
            network in described(),
            names in proptest::collection::vec((prefix(), name(), proptest::option::of(name())), 0..6)
        ) {
            let names: Vec<HandName> = names
                .into_iter()
                .map(|(prefix, name, network)| HandName { prefix, name, network: network.unwrap_or_default() })
                .collect();
            let (mut quick, mut slow) = (network.clone(), network);
            apply(&mut quick, &names);
            slowly(&mut slow, &names);
            prop_assert_eq!(quick, slow);
        }
    }

    #[test]
    fn a_prefix_of_a_description_is_renamed_in_its_network() {
        let list = "10.0.0.0/24,app,hub\n";
        assert_eq!(shown(list, &[hand("10.0.0.0/24", "Shop", "")], "10.0.0.4"), "hub:Shop");
        assert_eq!(shown(list, &[hand("10.0.0.0/28", "Jump", "hub")], "10.0.0.4"), "hub:Jump");
        assert_eq!(shown(list, &[hand("10.9.0.0/16", "Office", "")], "10.9.1.4"), ":Office");
    }

    #[test]
    fn a_clash_is_settled_by_a_name_for_one_of_its_networks() {
        let list = "10.0.0.0/24,app,hub\n10.0.0.0/24,web,spoke\n";
        assert_eq!(shown(list, &[], "10.0.0.4"), "several");
        assert_eq!(shown(list, &[hand("10.0.0.0/24", "web", "spoke")], "10.0.0.4"), "spoke:web");
        assert_eq!(shown(list, &[hand("10.0.0.0/24", "both", "")], "10.0.0.4"), ":both");
    }
}
