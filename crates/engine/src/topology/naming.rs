//! Names for addresses out of a network's description: subnets, machines, service tags.

use super::hand::HandName;
use super::infer::is_fixed_name;
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Lookup, Network, Prefix, ResourceId, SpecialSubnet, VirtualNetwork};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// A subnet under the name that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSubnet {
    /// Its name, with its network's in front where another subnet is named alike.
    pub shown: String,
    /// Its virtual network's name.
    pub network: String,
    /// Its virtual network's place in [`Network::networks`].
    pub number: u32,
    /// Its id.
    pub id: ResourceId,
    /// What Azure reserves it for.
    pub special: Option<SpecialSubnet>,
}

/// Where an address lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// In the subnet of this number.
    In(u32),
    /// In one of several subnets of different virtual networks, by number: a clash.
    OneOf(&'a [u32]),
}

/// The same prefix in several virtual networks: addresses in it belong to the network of the NIC that logged
/// them, where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The prefix.
    pub prefix: Prefix,
    /// The subnets that have it, by number.
    pub subnets: Vec<u32>,
}

/// A NIC as logs know it, by its MAC address.
#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownNic {
    network: Option<u32>,
    addresses: Vec<Address>,
    forwards: bool,
    machine: String,
}

/// Numbers from here on mean places in the list of clashing sets.
const SEVERAL: u32 = 1 << 31;

/// See the module's description.
#[derive(Debug, Default)]
pub struct Naming {
    subnets: Vec<ShownSubnet>,
    networks: Vec<String>,
    tags: Vec<String>,
    by_prefix: Lookup<u32>,
    /// Addresses of NICs, whose subnet is known for certain.
    by_nic: HashMap<u128, u32>,
    /// Sets of subnets between which an address alone does not decide.
    several: Vec<Vec<u32>>,
    /// The place of each of them.
    several_at: BTreeMap<Vec<u32>, u32>,
    tag_by_prefix: Lookup<u32>,
    machines: HashMap<u128, String>,
    /// Those that rows of Traffic Analytics name, for addresses that no description names.
    carried: HashMap<u128, String>,
    /// The same for NICs, by MAC address.
    carried_nics: HashMap<String, String>,
    nics: HashMap<String, KnownNic>,
    clashes: Vec<Clash>,
}

impl Naming {
    /// Makes the names of a network. What is named by hand comes before what NICs say of their addresses.
    pub fn new(network: &Network, by_hand: &[HandName]) -> Self {
        let mut subnets: Vec<ShownSubnet> = Vec::new();
        let mut prefixes: BTreeMap<Prefix, Vec<u32>> = BTreeMap::new();
        for (number, one) in network.networks.iter().enumerate() {
            for subnet in &one.subnets {
                for prefix in &subnet.prefixes {
                    let owners = prefixes.entry(*prefix).or_default();
                    // Only another network's subnet can be meant by the same address. Networks come one after the
                    // other, so one of this network is the last.
                    let here = |owner: &u32| subnets.get(*owner as usize).map(|s| s.number);
                    if owners.last().and_then(here) != Some(number as u32) {
                        owners.push(subnets.len() as u32);
                    }
                }
                subnets.push(ShownSubnet {
                    shown: subnet.name.clone(),
                    network: one.name.clone(),
                    number: number as u32,
                    id: subnet.id.clone(),
                    special: SpecialSubnet::of(&subnet.name),
                });
            }
        }
        show(&mut subnets, network);
        let mut naming = Self { subnets, networks: network_names(network), ..Self::default() };
        let mut by_prefix = Vec::with_capacity(prefixes.len());
        for (prefix, owners) in prefixes {
            let owner = naming.owner(&owners);
            by_prefix.push((prefix, owner));
            if owners.len() > 1 {
                naming.clashes.push(Clash { prefix, subnets: owners });
            }
        }
        naming.by_prefix = Lookup::new(by_prefix);
        naming.add_nics(network, by_hand);
        naming.add_tags(network);
        naming
    }

    /// One subnet's own number, or that of a set.
    fn owner(&mut self, owners: &[u32]) -> u32 {
        if let [only] = owners {
            return *only;
        }
        let at = *self.several_at.entry(owners.to_vec()).or_insert(self.several.len() as u32);
        if at as usize == self.several.len() {
            self.several.push(owners.to_vec());
        }
        SEVERAL + at
    }

    fn add_nics(&mut self, network: &Network, by_hand: &[HandName]) {
        let numbers: HashMap<ResourceId, u32> =
            self.subnets.iter().enumerate().map(|(number, s)| (s.id.clone(), number as u32)).collect();
        // Subnets that are named by hand: their addresses are theirs whatever a NIC says.
        let by_hand =
            BTreeSet::from_iter(by_hand.iter().filter_map(|hand| self.by_prefix.get(hand.prefix.first())));
        let mut subnets_of: BTreeMap<Address, BTreeSet<u32>> = BTreeMap::new();
        for nic in &network.nics {
            let machine = nic.machine.as_ref().map_or(nic.name.as_str(), ResourceId::name);
            let mut in_network = None;
            for address in &nic.addresses {
                self.machines.entry(address.address.bits()).or_insert_with(|| machine.to_owned());
                let subnet = address.subnet.as_ref().and_then(|id| numbers.get(id));
                let Some(subnet) = subnet.copied() else { continue };
                in_network = in_network.or_else(|| self.subnets.get(subnet as usize).map(|s| s.number));
                if self.by_prefix.get(address.address).is_none_or(|owner| !by_hand.contains(&owner)) {
                    subnets_of.entry(address.address).or_default().insert(subnet);
                }
            }
            if let Some(mac) = &nic.mac {
                let known = KnownNic {
                    network: in_network,
                    addresses: nic.addresses.iter().map(|a| a.address).collect(),
                    forwards: nic.ip_forwarding == Some(true),
                    machine: machine.to_owned(),
                };
                self.nics.insert(mac.clone(), known);
            }
        }
        for (address, subnets) in subnets_of {
            let owner = self.owner(&subnets.into_iter().collect::<Vec<_>>());
            self.by_nic.insert(address.bits(), owner);
        }
    }

    fn add_tags(&mut self, network: &Network) {
        let mut prefixes: Vec<(Prefix, u32)> = Vec::new();
        // A tag of fewer addresses says more: it comes first where two have the same prefix.
        let mut order: Vec<usize> = (0..network.tags.len()).collect();
        let rank = |at: usize| network.tags.get(at).map(|tag| (tag.prefixes.len(), tag.name.as_str()));
        order.sort_small_by(|a, b| rank(*a).cmp(&rank(*b)));
        for index in order {
            let tag = network.tags.get(index);
            let list = tag.map(|tag| tag.prefixes.as_slice()).unwrap_or_default();
            prefixes.extend(list.iter().map(|prefix| (*prefix, index as u32)));
        }
        self.tags = network.tags.iter().map(|tag| tag.name.clone()).collect();
        self.tag_by_prefix = Lookup::new(prefixes);
    }

    /// The subnets, by network and name.
    pub fn subnets(&self) -> &[ShownSubnet] {
        &self.subnets
    }

    /// The virtual networks' names, each different: with the resource group in front where two are named alike.
    pub fn networks(&self) -> &[String] {
        &self.networks
    }

    /// The names of the service tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// An address's subnet: its NIC's, else the longest prefix's.
    pub fn place(&self, address: Address) -> Option<Place<'_>> {
        let by_nic = if self.by_nic.is_empty() { None } else { self.by_nic.get(&address.bits()).copied() };
        let owner = by_nic.or_else(|| self.by_prefix.get(address))?;
        if owner < SEVERAL {
            return Some(Place::In(owner));
        }
        self.several.get((owner - SEVERAL) as usize).map(|set| Place::OneOf(set))
    }

    /// Whether any address may be in one of several subnets.
    pub fn has_clashes(&self) -> bool {
        !self.several.is_empty()
    }

    /// The index of an address's most specific service tag.
    pub fn tag(&self, address: Address) -> Option<u32> {
        self.tag_by_prefix.get(address)
    }

    /// The machine, or else the NIC, that has an address.
    pub fn machine(&self, address: Address) -> Option<&str> {
        let bits = address.bits();
        self.machines.get(&bits).or_else(|| self.carried.get(&bits)).map(String::as_str)
    }

    /// Every address of a machine, or else of a NIC, with its name, in no order.
    pub fn machines(&self) -> impl Iterator<Item = (Address, &str)> {
        let carried = self.carried.iter().filter(|(bits, _)| !self.machines.contains_key(*bits));
        self.machines.iter().chain(carried).map(|(bits, name)| (Address::from_bits(*bits), name.as_str()))
    }

    /// Takes the machines and NICs that rows name, instead of those taken before.
    pub fn carry<'a>(
        &mut self,
        machines: impl Iterator<Item = (Address, &'a str)>,
        nics: impl Iterator<Item = (&'a str, &'a str)>,
    ) {
        self.carried_nics = nics.map(|(mac, name)| (mac.to_owned(), name.to_owned())).collect();
        self.carried = machines.map(|(address, name)| (address.bits(), name.to_owned())).collect();
    }

    /// The machine, or else the NIC, with this MAC address.
    pub fn machine_of_nic(&self, mac: &str) -> Option<&str> {
        let described = self.nics.get(mac).map(|nic| &nic.machine);
        described.or_else(|| self.carried_nics.get(mac)).map(String::as_str)
    }

    /// The virtual network, by number, of the NIC with this MAC address.
    pub fn network_of_nic(&self, mac: &str) -> Option<u32> {
        self.nics.get(mac)?.network
    }

    /// Whether the NIC with this MAC address has this address.
    pub fn nic_has(&self, mac: &str, address: Address) -> bool {
        self.nics.get(mac).is_some_and(|nic| nic.addresses.contains(&address))
    }

    /// NICs with IP forwarding and their own addresses, by MAC address in no order: what is neither from nor
    /// to these is on its way through.
    pub fn forwarders(&self) -> impl Iterator<Item = (&str, &[Address])> {
        let forwards = self.nics.iter().filter(|(_, nic)| nic.forwards);
        forwards.map(|(mac, nic)| (mac.as_str(), nic.addresses.as_slice()))
    }

    /// Prefixes that several subnets have.
    pub fn clashes(&self) -> &[Clash] {
        &self.clashes
    }

    /// The names shown of several subnets.
    pub fn names(&self, subnets: &[u32]) -> Vec<&str> {
        subnets.iter().filter_map(|n| self.subnets.get(*n as usize)).map(|s| s.shown.as_str()).collect()
    }
}

/// Names of networks, with the resource group in front where another is named alike, and the whole id where
/// that does not tell them apart.
fn network_names(network: &Network) -> Vec<String> {
    let with_group = |one: &VirtualNetwork| match one.id.segment("resourceGroups") {
        Some(group) => format!("{group}/{}", one.name),
        None => one.name.clone(),
    };
    let count = |of: &dyn Fn(&VirtualNetwork) -> String| {
        let mut out: BTreeMap<String, u32> = BTreeMap::new();
        network.networks.iter().for_each(|one| *out.entry(of(one).to_ascii_lowercase()).or_default() += 1);
        out
    };
    let (short, long) = (count(&|one| one.name.clone()), count(&with_group));
    let alone =
        |counts: &BTreeMap<String, u32>, name: &str| counts.get(&name.to_ascii_lowercase()) == Some(&1);
    let name = |one: &VirtualNetwork| {
        let long_name = with_group(one);
        if alone(&short, &one.name) {
            one.name.clone()
        } else if alone(&long, &long_name) {
            long_name
        } else {
            one.id.0.clone()
        }
    };
    network.networks.iter().map(name).collect()
}

/// Puts the network's name before names that several subnets share, and the resource group's before that
/// where the networks are named alike too.
fn show(subnets: &mut [ShownSubnet], network: &Network) {
    let taken = BTreeSet::from_iter(network.tags.iter().map(|tag| tag.name.to_ascii_lowercase()));
    // What other groups of addresses are called a subnet alone may not be called.
    let is_taken = |name: &str| is_fixed_name(name) || Prefix::parse(name).is_some() || taken.contains(name);
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, subnet) in subnets.iter().enumerate() {
        names.entry(subnet.shown.to_ascii_lowercase()).or_default().push(index);
    }
    for (name, shared) in names {
        if shared.len() == 1 && !is_taken(&name) {
            continue;
        }
        // How many of them are in networks of each name.
        let mut networks: BTreeMap<String, u32> = BTreeMap::new();
        for subnet in shared.iter().filter_map(|at| subnets.get(*at)) {
            *networks.entry(subnet.network.to_ascii_lowercase()).or_default() += 1;
        }
        for index in shared {
            let Some(subnet) = subnets.get_mut(index) else { continue };
            let with_group =
                networks.get(&subnet.network.to_ascii_lowercase()).is_some_and(|count| *count > 1);
            let group = subnet.id.segment("resourceGroups").filter(|_| with_group);
            let group = group.map(|g| format!("{g}/")).unwrap_or_default();
            if !subnet.network.is_empty() {
                subnet.shown = format!("{group}{}/{}", subnet.network, subnet.shown);
            }
        }
    }
    // Selections go by name: where nothing else tells two apart, a number does.
    let mut used: BTreeSet<String> = BTreeSet::new();
    // What was in use once stays so: numbers go on where they ended for the name.
    let mut next: BTreeMap<String, u32> = BTreeMap::new();
    for subnet in subnets {
        let plain = subnet.shown.clone();
        let next = next.entry(plain.to_ascii_lowercase()).or_insert(1);
        loop {
            if *next > 1 {
                subnet.shown = format!("{plain} ({next})");
            }
            *next += 1;
            let lower = subnet.shown.to_ascii_lowercase();
            if !is_taken(&lower) && used.insert(lower) {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::read_network;

    fn naming(text: &str) -> Naming {
        Naming::new(&read_network(text.as_bytes()).network, &[])
    }

    fn shown(naming: &Naming, address: &str) -> Option<String> {
        match naming.place(Address::parse(address)?)? {
            Place::In(subnet) => Some(naming.names(&[subnet]).concat()),
            Place::OneOf(several) => Some(naming.names(several).join(" or ")),
        }
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
    fn every_name_means_one_group() {
        let naming = naming("10.0.1.0/24,Internet,hub\n10.0.2.0/24,10.9.0.0/24,hub\n10.0.3.0/24,Internet,\n");
        let names: Vec<&str> = naming.subnets().iter().map(|s| s.shown.as_str()).collect();
        assert_eq!(names, ["Internet (2)", "hub/10.9.0.0/24", "hub/Internet"]);
    }

    #[test]
    fn a_prefix_in_two_networks_is_a_clash_and_given_to_neither() {
        let naming = naming("10.0.1.0/24,web,hub\n10.0.1.0/24,app,spoke\n");
        assert_eq!(naming.clashes().len(), 1);
        assert_eq!(naming.names(&naming.clashes()[0].subnets), ["web", "app"]);
        assert_eq!(shown(&naming, "10.0.1.4").as_deref(), Some("web or app"));
    }

    #[test]
    fn networks_named_alike_are_told_apart_by_their_groups() {
        let one = |group: &str, name: &str| {
            format!(
                r#"{{"id":"/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{name}",
                    "name":"{name}","addressSpace":{{"addressPrefixes":["10.0.0.0/16"]}}}}"#
            )
        };
        let naming = naming(&format!("[{},{},{}]", one("a", "hub"), one("b", "HUB"), one("b", "spoke")));
        assert_eq!(naming.networks(), ["a/hub", "b/HUB", "spoke"]);
    }
}
