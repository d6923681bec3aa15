//! Names that people give to prefixes by hand, and the list of them as a file that azflow reads back.

use azflow_core::model::{NamedSubnet, Network, Prefix, ResourceId, VirtualNetwork};
use serde::{Deserialize, Serialize};

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
    for hand in names {
        let wanted = |one: &VirtualNetwork| {
            hand.network.is_empty() || called(one, &hand.network) && has(one, hand.prefix)
        };
        let mut owners =
            network.networks.iter().enumerate().filter(|(_, one)| has(one, hand.prefix) && wanted(one));
        let owner = owners.next().filter(|_| owners.next().is_none()).map(|(number, _)| number);
        let mut kept = None;
        for (number, one) in network.networks.iter_mut().enumerate() {
            for subnet in &mut one.subnets {
                if owner == Some(number) && kept.is_none() && subnet.prefixes.contains(&hand.prefix) {
                    kept = Some(number);
                    subnet.name.clone_from(&hand.name);
                } else {
                    subnet.prefixes.retain(|prefix| *prefix != hand.prefix);
                }
            }
        }
        if kept.is_none() {
            add(network, hand);
        }
    }
    network.networks.sort_by(|a, b| a.id.cmp(&b.id));
    for one in &mut network.networks {
        one.subnets.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    }
}

fn has(one: &VirtualNetwork, prefix: Prefix) -> bool {
    one.subnets.iter().any(|subnet| subnet.prefixes.contains(&prefix))
}

fn called(one: &VirtualNetwork, name: &str) -> bool {
    let group = one.id.segment("resourceGroups");
    one.name.eq_ignore_ascii_case(name)
        || group.is_some_and(|group| format!("{group}/{}", one.name).eq_ignore_ascii_case(name))
}

/// A subnet that no description has: in the named network, or in the only one whose address space holds it.
fn add(network: &mut Network, hand: &HandName) {
    let holds = |one: &VirtualNetwork| one.prefixes.iter().any(|space| space.holds(hand.prefix));
    let fits = |one: &VirtualNetwork| {
        if hand.network.is_empty() { holds(one) } else { called(one, &hand.network) }
    };
    let mut found =
        network.networks.iter().enumerate().filter(|(_, one)| fits(one)).map(|(number, _)| number);
    let at = found.next().filter(|_| found.next().is_none());
    let at = at.unwrap_or_else(|| {
        let id = ResourceId(hand.network.clone());
        network.networks.iter().position(|one| one.id == id).unwrap_or_else(|| {
            let name = hand.network.clone();
            network.networks.push(VirtualNetwork { id, name, ..VirtualNetwork::default() });
            network.networks.len() - 1
        })
    });
    if let Some(one) = network.networks.get_mut(at) {
        // Several prefixes under one name are one subnet, as in a list.
        let known = one.subnets.iter_mut().find(|subnet| subnet.name.eq_ignore_ascii_case(&hand.name));
        match known {
            Some(subnet) => subnet.prefixes.push(hand.prefix),
            None => one.subnets.push(NamedSubnet {
                id: ResourceId(format!("{}/subnets/{}", one.id, hand.name)),
                name: hand.name.clone(),
                prefixes: vec![hand.prefix],
                ..NamedSubnet::default()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{Naming, Place, read_network};
    use azflow_core::model::Address;

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
