//! Names for addresses out of a network's description: subnets, machines, service tags.

use super::Lookup;
use crate::model::{Address, Network, Prefix, ResourceId};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Subnets that Azure reserves for one of its services: they need fixed ports, and rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SpecialSubnet {
    /// `GatewaySubnet`: VPN and ExpressRoute gateways.
    Gateway,
    /// `AzureBastionSubnet`.
    Bastion,
    /// `AzureFirewallSubnet` and `AzureFirewallManagementSubnet`.
    Firewall,
    /// `RouteServerSubnet`.
    RouteServer,
}

impl SpecialSubnet {
    /// By the name, which Azure prescribes.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "gatewaysubnet" => Self::Gateway,
            "azurebastionsubnet" => Self::Bastion,
            "azurefirewallsubnet" | "azurefirewallmanagementsubnet" => Self::Firewall,
            "routeserversubnet" => Self::RouteServer,
            _ => return None,
        })
    }
}

/// A subnet under the name that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSubnet {
    /// Its name, with its network's in front where another subnet is named alike.
    pub shown: String,
    /// Its virtual network's name.
    pub network: String,
    /// Its id.
    pub id: ResourceId,
    /// What Azure reserves it for.
    pub special: Option<SpecialSubnet>,
}

/// The same prefix in several virtual networks: addresses in it can't be told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The prefix.
    pub prefix: Prefix,
    /// The names shown of the subnets that have it; addresses are given to the first.
    pub subnets: Vec<String>,
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Naming {
    subnets: Vec<ShownSubnet>,
    tags: Vec<String>,
    by_prefix: Lookup<u32>,
    /// Addresses of NICs, whose subnet is known for certain.
    by_nic: HashMap<u128, u32>,
    tag_by_prefix: Lookup<u32>,
    machines: HashMap<u128, String>,
    clashes: Vec<Clash>,
}

impl Naming {
    /// Makes the names of a network.
    pub fn new(network: &Network) -> Self {
        let mut subnets: Vec<ShownSubnet> = Vec::new();
        let mut prefixes: Vec<(Prefix, u32)> = Vec::new();
        for one in &network.networks {
            for subnet in &one.subnets {
                for prefix in &subnet.prefixes {
                    prefixes.push((*prefix, subnets.len() as u32));
                }
                subnets.push(ShownSubnet {
                    shown: subnet.name.clone(),
                    network: one.name.clone(),
                    id: subnet.id.clone(),
                    special: SpecialSubnet::of(&subnet.name),
                });
            }
        }
        show(&mut subnets);
        let mut by_nic = HashMap::new();
        let mut machines = HashMap::new();
        for nic in &network.nics {
            for address in &nic.addresses {
                let subnet = address.subnet.as_ref().and_then(|id| subnets.iter().position(|s| s.id == *id));
                if let Some(subnet) = subnet {
                    by_nic.entry(address.address.bits()).or_insert(subnet as u32);
                }
                let machine = nic.machine.as_ref().map_or(nic.name.as_str(), ResourceId::name);
                machines.entry(address.address.bits()).or_insert_with(|| machine.to_owned());
            }
        }
        let mut tag_prefixes: Vec<(Prefix, u32)> = Vec::new();
        // A tag of fewer addresses says more: it comes first where two have the same prefix.
        let mut order: Vec<usize> = (0..network.tags.len()).collect();
        order.sort_by_key(|i| network.tags.get(*i).map(|tag| (tag.prefixes.len(), tag.name.clone())));
        for index in order {
            let tag = network.tags.get(index);
            let list = tag.map(|tag| tag.prefixes.as_slice()).unwrap_or_default();
            tag_prefixes.extend(list.iter().map(|prefix| (*prefix, index as u32)));
        }
        let clashes = clashes(&prefixes, &subnets);
        Self {
            tags: network.tags.iter().map(|tag| tag.name.clone()).collect(),
            by_prefix: Lookup::new(prefixes),
            tag_by_prefix: Lookup::new(tag_prefixes),
            subnets,
            by_nic,
            machines,
            clashes,
        }
    }

    /// The subnets, by network and name.
    pub fn subnets(&self) -> &[ShownSubnet] {
        &self.subnets
    }

    /// The names of the service tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// The index of an address's subnet: its NIC's, else the longest prefix's.
    pub fn subnet(&self, address: Address) -> Option<u32> {
        self.by_nic.get(&address.bits()).copied().or_else(|| self.by_prefix.get(address))
    }

    /// The index of an address's most specific service tag.
    pub fn tag(&self, address: Address) -> Option<u32> {
        self.tag_by_prefix.get(address)
    }

    /// The machine, or else the NIC, that has an address.
    pub fn machine(&self, address: Address) -> Option<&str> {
        self.machines.get(&address.bits()).map(String::as_str)
    }

    /// Prefixes that several subnets have.
    pub fn clashes(&self) -> &[Clash] {
        &self.clashes
    }
}

/// Puts the network's name before names that several subnets share, and the resource group's before that
/// where the networks are named alike too.
fn show(subnets: &mut [ShownSubnet]) {
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, subnet) in subnets.iter().enumerate() {
        names.entry(subnet.shown.to_ascii_lowercase()).or_default().push(index);
    }
    for shared in names.into_values().filter(|list| list.len() > 1) {
        let same_network = |a: usize, b: usize| match (subnets.get(a), subnets.get(b)) {
            (Some(a), Some(b)) => a.network.eq_ignore_ascii_case(&b.network),
            _ => false,
        };
        let groups: Vec<bool> =
            shared.iter().map(|a| shared.iter().any(|b| a != b && same_network(*a, *b))).collect();
        for (index, with_group) in shared.into_iter().zip(groups) {
            let Some(subnet) = subnets.get_mut(index) else { continue };
            let group = subnet.id.segment("resourceGroups").filter(|_| with_group);
            let group = group.map(|g| format!("{g}/")).unwrap_or_default();
            subnet.shown = format!("{group}{}/{}", subnet.network, subnet.shown);
        }
    }
}

fn clashes(prefixes: &[(Prefix, u32)], subnets: &[ShownSubnet]) -> Vec<Clash> {
    let mut by_prefix: BTreeMap<Prefix, Vec<u32>> = BTreeMap::new();
    for (prefix, subnet) in prefixes {
        by_prefix.entry(*prefix).or_default().push(*subnet);
    }
    let name = |index: &u32| subnets.get(*index as usize).map(|s| s.shown.clone()).unwrap_or_default();
    let clash =
        |(prefix, list): (Prefix, Vec<u32>)| Clash { prefix, subnets: list.iter().map(name).collect() };
    by_prefix.into_iter().filter(|(_, list)| list.len() > 1).map(clash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::read_network;

    fn naming(text: &str) -> Naming {
        Naming::new(&read_network(text.as_bytes()).network)
    }

    fn shown(naming: &Naming, address: &str) -> Option<String> {
        let index = naming.subnet(Address::parse(address)?)?;
        naming.subnets().get(index as usize).map(|s| s.shown.clone())
    }

    #[test]
    fn the_longest_prefix_names_an_address() {
        let naming = naming("10.0.0.0/16,all,hub\n10.0.1.0/24,web,hub\nfd00::/64,six,hub\n");
        assert_eq!(shown(&naming, "10.0.1.4").as_deref(), Some("web"));
        assert_eq!(shown(&naming, "10.0.2.4").as_deref(), Some("all"));
        assert_eq!(shown(&naming, "fd00::5").as_deref(), Some("six"));
        assert_eq!(shown(&naming, "10.1.0.1"), None);
    }

    #[test]
    fn names_that_are_shared_get_their_networks_in_front() {
        let naming = naming("10.0.1.0/24,web,hub\n10.1.1.0/24,web,spoke\n10.1.2.0/24,sql,spoke\n");
        assert_eq!(shown(&naming, "10.0.1.4").as_deref(), Some("hub/web"));
        assert_eq!(shown(&naming, "10.1.2.4").as_deref(), Some("sql"));
        assert!(naming.clashes().is_empty());
    }

    #[test]
    fn a_prefix_in_two_networks_is_a_clash() {
        let naming = naming("10.0.1.0/24,web,hub\n10.0.1.0/24,app,spoke\n");
        assert_eq!(naming.clashes().len(), 1);
        assert_eq!(naming.clashes()[0].subnets, ["web", "app"]);
    }
}
