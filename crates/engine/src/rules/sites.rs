//! Where an address may be: in which network and subnet, at which NIC.
//!
//! An address alone is no place, since networks may use the same addresses. A NIC on file says where its addresses are;
//! else every network whose space has the address is a candidate, and within one the subnet of the longest prefix. What
//! was logged at a NIC on file leaves that NIC alone.

use super::set::Applied;
use super::views::{View, Views, any_of, is_any, space};
use azflow_core::model::{Address, Lookup, NamedSubnet, Network, Nic, Prefix, ResourceId};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;

/// A place where an address may be, by numbers; nothing of it is known where it is in no network on file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Site {
    /// The network.
    pub network: Option<u32>,
    /// The subnet.
    pub subnet: Option<u32>,
    /// The NIC.
    pub nic: Option<u32>,
    /// What the tag `VirtualNetwork` holds there.
    pub view: Option<u32>,
    /// It is in a subnet that is not on file.
    pub unlisted: bool,
}

impl Site {
    /// Whether it is in no network, as far as files tell.
    pub fn is_nowhere(self) -> bool {
        self.network.is_none() && self.subnet.is_none() && self.nic.is_none() && !self.unlisted
    }
}

/// A subnet as a place.
#[derive(Debug)]
pub struct SubnetPlace {
    pub id: ResourceId,
    pub name: String,
    pub network: Option<u32>,
    pub prefixes: Vec<Prefix>,
    /// Whether groups judge what comes to private endpoints in it.
    pub judges_private_endpoints: Option<bool>,
    /// There is a private endpoint in it whose NIC, and so whose address, is not on file.
    pub may_have_endpoint: bool,
    /// There may be more prefixes than are known.
    pub is_doubtful: bool,
    view: u32,
}

/// A NIC as a place.
#[derive(Debug)]
pub struct NicPlace {
    pub id: ResourceId,
    pub name: String,
    pub addresses: Vec<Address>,
    pub is_private_endpoint: bool,
    /// There may be more addresses than are known.
    pub is_doubtful: bool,
}

/// A network as a place.
#[derive(Debug)]
struct NetworkPlace {
    name: String,
    space: Lookup<()>,
    subnets: Lookup<u32>,
    /// Its subnets of which not all prefixes are known.
    doubtful: Vec<u32>,
    is_doubtful: bool,
    view: u32,
    /// The view from a subnet that is not on file.
    unlisted: u32,
}

/// An address of a NIC.
#[derive(Debug)]
struct Held {
    site: Site,
    asgs: Vec<ResourceId>,
}

/// Subnets that NICs are in and no file has, each once; and one for each network of which not all was read, since it may
/// have subnets that are not listed.
pub fn missing_subnets(network: &Network) -> BTreeSet<ResourceId> {
    let known: HashSet<&ResourceId> =
        network.networks.iter().flat_map(|one| &one.subnets).map(|subnet| &subnet.id).collect();
    let named = network.nics.iter().flat_map(|nic| &nic.addresses).filter_map(|a| a.subnet.as_ref());
    let unread = network.networks.iter().filter(|one| one.doubt.is_some());
    let unread = unread.map(|one| any_of(&one.id));
    named.filter(|id| !known.contains(id)).cloned().chain(unread).collect()
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Sites {
    networks: Vec<NetworkPlace>,
    network_of_id: HashMap<ResourceId, u32>,
    /// The networks with a prefix, by number, and the lengths that there are, for IPv4 or not.
    networks_at: HashMap<Prefix, Vec<u32>>,
    lengths: BTreeSet<(bool, u8)>,
    /// Networks of whose space not all is known.
    doubtful: Vec<u32>,
    pub subnets: Vec<SubnetPlace>,
    pub nics: Vec<NicPlace>,
    views: Vec<View>,
    /// The view from a subnet of a network that is not on file.
    unlisted: Option<u32>,
    held: HashMap<u128, Vec<Held>>,
    of_prefix: HashMap<Prefix, Vec<u32>>,
    subnet_of_id: HashMap<ResourceId, u32>,
    nic_of_id: HashMap<ResourceId, u32>,
    /// Subnets that list a NIC as a member, by the NIC's id.
    member_of: HashMap<ResourceId, u32>,
    nic_of_mac: HashMap<String, u32>,
    /// NICs at which an address was logged as the near end.
    logged_at: HashMap<u128, HashSet<u32>>,
}

impl Sites {
    /// Out of a network's description.
    pub fn new(network: &Network) -> Self {
        let mut views = Views::new(network);
        let mut out = Self::default();
        let endpoints: HashSet<&ResourceId> =
            network.nics.iter().filter_map(|nic| nic.private_endpoint.as_ref()).collect();
        for one in &network.networks {
            let number = out.networks.len() as u32;
            let mut prefixes = Vec::new();
            let mut doubtful = Vec::new();
            for subnet in &one.subnets {
                let at = out.subnets.len() as u32;
                prefixes.extend(subnet.prefixes.iter().map(|prefix| (*prefix, at)));
                if subnet.doubt.is_some() {
                    doubtful.push(at);
                }
                let view = views.of(one, Some(subnet));
                out.subnet(subnet, number, view);
                let is_endpoint = |member: &ResourceId| member.segment("privateEndpoints").is_some();
                if let Some(place) = out.subnets.last_mut() {
                    let mut named = subnet.members.iter().filter(|member| is_endpoint(member));
                    place.may_have_endpoint = named.any(|endpoint| !endpoints.contains(endpoint));
                }
            }
            let space = space(one);
            let here = space.iter().chain(one.subnets.iter().flat_map(|subnet| &subnet.prefixes));
            for prefix in here {
                out.lengths.insert((prefix.first().v4().is_some(), prefix.length()));
                let networks = out.networks_at.entry(*prefix).or_default();
                if networks.last() != Some(&number) {
                    networks.push(number);
                }
            }
            if one.doubt.is_some() {
                out.doubtful.push(number);
            }
            out.network_of_id.entry(one.id.clone()).or_insert(number);
            out.networks.push(NetworkPlace {
                name: one.name.clone(),
                space: Lookup::new(space.into_iter().map(|prefix| (prefix, ())).collect()),
                subnets: Lookup::new(prefixes),
                doubtful,
                is_doubtful: one.doubt.is_some(),
                view: views.of(one, None),
                unlisted: views.of_missing(Some(one), &any_of(&one.id)),
            });
        }
        out.unlisted = Some(views.of_missing(None, &any_of(&ResourceId::default())));
        for id in missing_subnets(network) {
            let parent = id.parent("virtualNetworks");
            let at = parent.and_then(|parent| out.network_of_id(&parent)).map(|at| at as usize);
            let view = views.of_missing(at.and_then(|at| network.networks.get(at)), &id);
            if let Some(one) = at.and_then(|at| out.networks.get_mut(at)).filter(|_| is_any(&id)) {
                one.doubtful.push(out.subnets.len() as u32);
            }
            out.missing(&id, at.map(|at| at as u32), view);
        }
        for nic in &network.nics {
            let listed = views.listed(&nic.id);
            out.nic(nic, listed);
        }
        out.views = views.finish();
        out
    }

    fn subnet(&mut self, subnet: &NamedSubnet, network: u32, view: u32) {
        let at = self.subnets.len() as u32;
        for prefix in &subnet.prefixes {
            self.of_prefix.entry(*prefix).or_default().push(at);
        }
        for member in &subnet.members {
            let nic = member.parent("networkInterfaces").unwrap_or_else(|| member.clone());
            self.member_of.insert(nic, at);
        }
        self.subnet_of_id.insert(subnet.id.clone(), at);
        self.subnets.push(SubnetPlace {
            id: subnet.id.clone(),
            name: subnet.name.clone(),
            network: Some(network),
            prefixes: subnet.prefixes.clone(),
            judges_private_endpoints: subnet.judges_private_endpoints,
            may_have_endpoint: false,
            is_doubtful: subnet.doubt.is_some(),
            view,
        });
    }

    /// A subnet that NICs are in and no file has.
    fn missing(&mut self, id: &ResourceId, network: Option<u32>, view: u32) {
        self.subnet_of_id.insert(id.clone(), self.subnets.len() as u32);
        self.subnets.push(SubnetPlace {
            id: id.clone(),
            name: id.name().to_owned(),
            network,
            prefixes: Vec::new(),
            judges_private_endpoints: None,
            may_have_endpoint: false,
            is_doubtful: true,
            view,
        });
    }

    fn nic(&mut self, nic: &Nic, listed: Option<u32>) {
        let at = self.nics.len() as u32;
        self.nic_of_id.insert(nic.id.clone(), at);
        if let Some(mac) = &nic.mac {
            self.nic_of_mac.insert(mac.clone(), at);
        }
        for address in &nic.addresses {
            let subnet = address.subnet.as_ref().and_then(|id| self.subnet_of_id.get(id)).copied();
            let sites: Vec<Site> = match subnet {
                Some(subnet) => vec![self.in_subnet(subnet)],
                None => self.by_space(address.address),
            };
            let held = self.held.entry(address.address.bits()).or_default();
            for site in sites {
                let site = Site { nic: Some(at), view: listed.or(site.view), ..site };
                held.push(Held { site, asgs: address.asgs.clone() });
            }
        }
        self.nics.push(NicPlace {
            id: nic.id.clone(),
            name: nic.name.clone(),
            addresses: nic.addresses.iter().map(|a| a.address).collect(),
            is_private_endpoint: nic.private_endpoint.is_some(),
            is_doubtful: nic.doubt.is_some() || nic.addresses.is_empty(),
        });
    }

    fn in_subnet(&self, subnet: u32) -> Site {
        let place = &self.subnets[subnet as usize];
        Site { network: place.network, subnet: Some(subnet), view: Some(place.view), ..Site::default() }
    }

    /// Tells that an address was logged as the near end at the NIC of a MAC address.
    pub fn logged(&mut self, address: Address, mac: &str) {
        if let Some(nic) = self.nic_of_mac.get(mac) {
            self.logged_at.entry(address.bits()).or_default().insert(*nic);
        }
    }

    /// Every place where an address may be; at least one.
    pub fn of(&self, address: Address) -> Vec<Site> {
        let held = self.held.get(&address.bits()).map(Vec::as_slice).unwrap_or_default();
        if held.is_empty() {
            return self.by_space(address);
        }
        let logged = self.logged_at.get(&address.bits());
        let at_logged =
            |held: &&Held| logged.is_some_and(|nics| held.site.nic.is_some_and(|nic| nics.contains(&nic)));
        let some = held.iter().any(|held| at_logged(&held));
        held.iter().filter(|held| !some || at_logged(held)).map(|held| held.site).collect()
    }

    /// Whether an address may be at several places by the NICs on file: what was logged tells more.
    pub fn is_any_held_twice(&self) -> bool {
        self.held.values().any(|held| held.len() > 1)
    }

    /// Whether a NIC on file has the address.
    pub fn is_held(&self, address: Address) -> bool {
        self.held.contains_key(&address.bits())
    }

    /// The addresses of NICs on file, sorted.
    pub fn held(&self) -> Vec<Address> {
        let mut out: Vec<Address> = self.held.keys().map(|bits| Address::from_bits(*bits)).collect();
        out.sort_unstable();
        out
    }

    /// The application security groups of an address at a NIC; `None` where no NIC on file tells.
    pub fn asgs(&self, address: Address, nic: u32) -> Option<&[ResourceId]> {
        let held = self.held.get(&address.bits())?;
        held.iter().find(|held| held.site.nic == Some(nic)).map(|held| held.asgs.as_slice())
    }

    fn by_space(&self, address: Address) -> Vec<Site> {
        let mut out = Vec::new();
        let mut outside = Vec::new();
        // Others have neither a subnet nor space there.
        let v4 = address.v4().is_some();
        let lengths = self.lengths.range((v4, 0)..=(v4, u8::MAX)).map(|(_, length)| *length);
        let at = lengths.filter_map(|length| self.networks_at.get(&Prefix::of(address, length)));
        let here: BTreeSet<u32> = at.flatten().chain(&self.doubtful).copied().collect();
        for number in here {
            let Some(one) = self.networks.get(number as usize) else { continue };
            if let Some(subnet) = one.subnets.get(address) {
                out.push(self.in_subnet(subnet));
            } else if one.space.get(address).is_some() {
                outside.push(Site { network: Some(number), view: Some(one.view), ..Site::default() });
                outside.extend(one.doubtful.iter().map(|subnet| self.in_subnet(*subnet)));
            } else if one.is_doubtful && !address.is_public() && !address.is_platform() {
                outside.push(Site { network: Some(number), view: Some(one.view), ..Site::default() });
                outside.push(Site::default());
                outside.extend(one.doubtful.iter().map(|subnet| self.in_subnet(*subnet)));
            }
        }
        // Nobody is at an address of a network that is in none of its subnets.
        if out.is_empty() {
            out = outside;
        }
        if out.is_empty() {
            out.push(Site::default());
        }
        let mut seen = HashSet::new();
        out.retain(|site| seen.insert(*site));
        out
    }

    /// In a subnet that is not on file, of a network on file or of one that is not.
    pub fn unlisted(&self, network: Option<u32>) -> Site {
        let view = match network {
            Some(at) => self.networks.get(at as usize).map(|one| one.unlisted),
            None => self.unlisted,
        };
        Site { network, view, unlisted: true, ..Site::default() }
    }

    /// Whether the space of a network has an address, or may have it.
    pub fn may_have(&self, network: u32, address: Address) -> bool {
        let network = self.networks.get(network as usize);
        network.is_some_and(|one| one.is_doubtful || one.space.get(address).is_some())
    }

    /// The view of a number.
    pub fn view(&self, view: Option<u32>) -> Option<&View> {
        self.views.get(view? as usize)
    }

    /// Whether any network is on file.
    pub fn has_networks(&self) -> bool {
        !self.networks.is_empty()
    }

    /// Subnets that have just this prefix.
    pub fn subnets_of(&self, prefix: Prefix) -> &[u32] {
        self.of_prefix.get(&prefix).map(Vec::as_slice).unwrap_or_default()
    }

    /// NICs that have this address.
    pub fn nics_of(&self, address: Address) -> Vec<u32> {
        let held = self.held.get(&address.bits()).map(Vec::as_slice).unwrap_or_default();
        let nics: BTreeSet<u32> = held.iter().filter_map(|held| held.site.nic).collect();
        nics.into_iter().collect()
    }

    /// The subnet of an id.
    pub fn subnet_of_id(&self, id: &ResourceId) -> Option<u32> {
        self.subnet_of_id.get(id).copied()
    }

    /// The NIC of an id.
    pub fn nic_of_id(&self, id: &ResourceId) -> Option<u32> {
        self.nic_of_id.get(id).copied()
    }

    /// The number of a network.
    pub fn network_of_id(&self, id: &ResourceId) -> Option<u32> {
        self.network_of_id.get(id).copied()
    }

    /// Whether a subnet is known by the NICs in it alone.
    pub fn is_missing(&self, subnet: u32) -> bool {
        self.subnets.get(subnet as usize).is_some_and(|place| place.prefixes.is_empty() && place.is_doubtful)
    }

    /// The subnet that lists a NIC which is not on file.
    pub fn member_of(&self, nic: &ResourceId) -> Option<u32> {
        self.member_of.get(nic).copied()
    }

    /// The ids of the places where a group applies, as far as its prefixes and addresses lead to one each.
    pub fn places_of(&self, group: &Applied) -> Vec<ResourceId> {
        if !group.places.is_empty() {
            return group.places.clone();
        }
        let mut out = Vec::new();
        for prefix in &group.prefixes {
            if let [subnet] = self.subnets_of(*prefix) {
                out.push(self.subnets[*subnet as usize].id.clone());
            }
        }
        for address in &group.nics {
            if let [nic] = self.nics_of(*address).as_slice() {
                out.push(self.nics[*nic as usize].id.clone());
            }
        }
        out
    }

    /// The prefixes of those of the places that are subnets on file.
    pub fn prefixes_at(&self, places: &[ResourceId]) -> Vec<Prefix> {
        let subnets = places.iter().filter_map(|id| self.subnet_of_id(id));
        let prefixes: BTreeSet<Prefix> =
            subnets.flat_map(|subnet| self.subnets[subnet as usize].prefixes.clone()).collect();
        prefixes.into_iter().collect()
    }

    /// The addresses of those of the places that are NICs on file.
    pub fn addresses_at(&self, places: &[ResourceId]) -> Vec<Address> {
        let nics = places.iter().filter_map(|id| self.nic_of_id(id));
        let addresses: BTreeSet<Address> =
            nics.flat_map(|nic| self.nics[nic as usize].addresses.clone()).collect();
        addresses.into_iter().collect()
    }

    /// Addresses at which the places of an address without a NIC may change.
    pub fn cuts(&self, out: &mut Vec<u128>) {
        for one in &self.networks {
            out.extend(one.space.starts());
            out.extend(one.subnets.starts());
        }
        self.views.iter().for_each(|view| out.extend(view.starts()));
    }

    /// A site in words: `vnet-a/app`.
    pub fn describe(&self, site: Site) -> String {
        let network = site.network.and_then(|at| self.networks.get(at as usize)).map(|one| one.name.as_str());
        let subnet = site.subnet.and_then(|at| self.subnets.get(at as usize)).map(|one| one.name.as_str());
        let nic = site.nic.and_then(|at| self.nics.get(at as usize)).map(|one| one.name.as_str());
        match (network, subnet, nic) {
            (Some(network), Some(subnet), Some(nic)) => format!("{network}/{subnet} at {nic}"),
            (Some(network), None, None) if site.unlisted => {
                format!("a subnet of {network} that is not on file")
            }
            (None, None, None) if site.unlisted => "a subnet that is not on file".to_owned(),
            (Some(network), Some(subnet), None) => format!("{network}/{subnet}"),
            (Some(network), None, _) => format!("no subnet of {network}"),
            (None, Some(subnet), _) => format!("{subnet}, whose network is not on file"),
            (None, None, Some(nic)) => format!("no network on file, at {nic}"),
            (None, None, None) => "no network on file".to_owned(),
        }
    }
}
