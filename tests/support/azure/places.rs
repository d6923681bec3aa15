//! Where an address may be, and which groups, tables and endpoints are there.
//!
//! Names and prefixes only lead to ids. Where they lead to several, each is a place where the address may be.

use super::json::{Listed, Said};
use super::objects::{Files, Group, Nic, NicAddress, Subnet, name, parent};
use super::prefix::{Prefix, any_holds, is_platform, is_private};
use super::worlds::World;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// A place inside Azure.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The network's id, where it is known.
    pub network: Option<String>,
    /// The subnet's id, where it is known.
    pub subnet: Option<String>,
    /// The NIC there that holds the address, if it is on file.
    pub nic: Option<(&'a Nic, &'a NicAddress)>,
    /// It is known to be in no subnet.
    pub outside: bool,
}

/// A group that applies at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applies {
    /// By id; it may be on file or not.
    Group(String),
    /// Some group or none, for this reason.
    Open(String),
}

impl Files {
    /// The place of an address in this world; `None` where it is at no place that files tell of.
    pub fn place(&self, address: IpAddr, world: &mut World) -> Option<Place<'_>> {
        let mut candidates: Vec<Option<Place<'_>>> = Vec::new();
        for network in self.network_ids() {
            candidates.extend(self.in_network(&network, address).into_iter().map(Some));
        }
        candidates.extend(self.nics_without_network(address).into_iter().map(Some));
        // A NIC on file says where its address is; only without one do prefixes count.
        if candidates.iter().flatten().any(|place| place.nic.is_some()) {
            candidates.retain(|place| place.as_ref().is_some_and(|place| place.nic.is_some()));
        }
        if candidates.is_empty() {
            candidates.extend(self.outside(address));
            candidates.extend(self.at_subnets_not_on_file(address).into_iter().map(Some));
        }
        let at = world.pick(&format!("where {address} is"), candidates.len());
        candidates.swap_remove(at)
    }

    /// Where an address is that is in no subnet on file: in a network's space all the same, or, where no network is on
    /// file, anywhere.
    fn outside(&self, address: IpAddr) -> Vec<Option<Place<'_>>> {
        let place = |network| Some(Place { network, subnet: None, nic: None, outside: true });
        let holds = |space: &Listed<Prefix>| any_holds(&space.items, address);
        let networks: BTreeSet<&String> =
            self.networks.iter().filter(|n| holds(&n.space)).map(|n| &n.id).collect();
        if !networks.is_empty() {
            return networks.into_iter().map(|id| place(Some(id.clone()))).collect();
        }
        let anywhere = self.networks.is_empty() && is_private(address) && !is_platform(address);
        vec![if anywhere { place(None) } else { None }]
    }

    fn network_ids(&self) -> BTreeSet<String> {
        let nics = self.nics.iter().flat_map(|nic| &nic.addresses.items);
        let by_nics = nics.filter_map(|a| a.subnet.clone().known()).map(|subnet| parent(&subnet));
        let by_subnets = self.subnets.iter().map(|subnet| parent(&subnet.id));
        self.networks.iter().map(|n| n.id.clone()).chain(by_nics).chain(by_subnets).collect()
    }

    /// The NICs of a network that hold the address; else its subnets that do, those with the longest prefix.
    fn in_network(&self, network: &str, address: IpAddr) -> Vec<Place<'_>> {
        let place = |subnet: Option<String>, nic| Place {
            network: Some(network.to_owned()),
            subnet,
            nic,
            outside: false,
        };
        let mut places = Vec::new();
        for nic in &self.nics {
            for own in nic.addresses.items.iter().filter(|own| own.address == address) {
                if let Said::Is(subnet) = &own.subnet
                    && parent(subnet) == network
                {
                    places.push(place(Some(subnet.clone()), Some((nic, own))));
                }
            }
        }
        if !places.is_empty() {
            return places;
        }
        let bits =
            |subnet: &Subnet| subnet.prefixes.items.iter().filter(|p| p.holds(address)).map(|p| p.bits).max();
        let here = || self.subnets.iter().filter(|subnet| parent(&subnet.id) == network);
        let longest = here().filter_map(bits).max();
        let ids: BTreeSet<&str> =
            here().filter(|s| longest.is_some() && bits(s) == longest).map(|s| s.id.as_str()).collect();
        places.extend(ids.into_iter().map(|id| place(Some(id.to_owned()), None)));
        let may_be_elsewhere = self
            .networks
            .iter()
            .any(|n| n.id == network && !n.all_subnets && n.space.items.iter().any(|p| p.holds(address)));
        if places.is_empty() && (may_be_elsewhere || here().any(|s| !s.prefixes.whole)) {
            places.push(place(None, None));
        }
        places
    }

    fn nics_without_network(&self, address: IpAddr) -> Vec<Place<'_>> {
        let mut places = Vec::new();
        for nic in &self.nics {
            for own in nic.addresses.items.iter().filter(|own| own.address == address) {
                if own.subnet.clone().known().is_none() {
                    places.push(Place { network: None, subnet: None, nic: Some((nic, own)), outside: false });
                }
            }
        }
        places
    }

    /// Subnets that groups name as their places and no file describes: an address that is nowhere else may be there.
    fn at_subnets_not_on_file(&self, address: IpAddr) -> Vec<Place<'_>> {
        if !is_private(address) || is_platform(address) {
            return Vec::new();
        }
        let named: BTreeSet<&String> = self.groups.iter().flat_map(|group| &group.subnets.items).collect();
        let may_hold = |subnet: &&String| {
            let network = self.networks.iter().find(|n| n.id == parent(subnet));
            network.is_none_or(|n| !n.space.whole || n.space.items.iter().any(|p| p.holds(address)))
        };
        let not_on_file = |subnet: &&String| !self.subnets.iter().any(|s| s.id == **subnet);
        let place = |subnet: &String| Place {
            network: Some(parent(subnet)),
            subnet: Some(subnet.clone()),
            nic: None,
            outside: false,
        };
        named.into_iter().filter(not_on_file).filter(may_hold).map(place).collect()
    }

    /// The descriptions of a subnet.
    pub fn subnets_of<'a>(&'a self, place: &Place<'_>) -> Vec<&'a Subnet> {
        self.subnets.iter().filter(|s| Some(&s.id) == place.subnet.as_ref()).collect()
    }

    /// The group at the place's subnet, as the subnet or the group says.
    pub fn subnet_group(&self, place: &Place<'_>, world: &mut World) -> Option<Applies> {
        let Some(subnet) = &place.subnet else {
            if place.outside {
                return None;
            }
            let network = place.network.as_deref().map_or("a network", name);
            return Some(Applies::Open(format!("a subnet of {network} is not on file")));
        };
        let described = self.subnets_of(place);
        let mut claims = BTreeSet::new();
        for subnet in &described {
            match &subnet.group {
                Said::Is(group) => _ = claims.insert(Applies::Group(group.clone())),
                Said::Unknown => {
                    _ = claims.insert(Applies::Open(format!(
                        "the group of subnet {} is not understood",
                        subnet.name
                    )));
                }
                Said::Absent => {}
            }
        }
        for group in self.groups.iter().filter(|group| group.subnets.items.contains(subnet)) {
            claims.insert(Applies::Group(group.id.clone()));
        }
        if claims.is_empty() && described.is_empty() {
            return Some(Applies::Open(format!("subnet {} is not on file", name(subnet))));
        }
        one_of(claims, &format!("the group of {subnet}"), world)
    }

    /// The group at the place's NIC. Where the NIC is not on file it may be one that a group names as its place.
    pub fn nic_group(&self, address: IpAddr, place: &Place<'_>, world: &mut World) -> Option<Applies> {
        let Some((nic, _)) = place.nic else { return self.group_of_a_nic_not_on_file(address, place, world) };
        let mut claims = BTreeSet::new();
        match &nic.group {
            Said::Is(group) => _ = claims.insert(Applies::Group(group.clone())),
            Said::Unknown => {
                _ = claims
                    .insert(Applies::Open(format!("the group of NIC {} is not understood", name(&nic.id))));
            }
            Said::Absent => {}
        }
        for group in self.groups.iter().filter(|group| group.nics.items.contains(&nic.id)) {
            claims.insert(Applies::Group(group.id.clone()));
        }
        one_of(claims, &format!("the group of {}", nic.id), world)
    }

    fn group_of_a_nic_not_on_file(
        &self,
        address: IpAddr,
        place: &Place<'_>,
        world: &mut World,
    ) -> Option<Applies> {
        let not_on_file = |nic: &String| !self.nics.iter().any(|n| n.id == *nic && n.addresses.whole);
        let may_be_here = |nic: &String| {
            let mut told = self.subnets.iter().filter(|subnet| subnet.nics.contains(nic)).peekable();
            told.peek().is_none() || told.any(|subnet| Some(&subnet.id) == place.subnet.as_ref())
        };
        let at = |group: &Group| group.nics.items.iter().any(|nic| not_on_file(nic) && may_be_here(nic));
        let groups: Vec<&Group> = self.groups.iter().filter(|group| at(group)).collect();
        let pick = world.pick(&format!("the NIC of {address} is not on file"), groups.len() + 1);
        (pick > 0).then(|| Applies::Group(groups[pick - 1].id.clone()))
    }

    /// Whether groups pass over this place: a private endpoint in a subnet whose network policies are off.
    pub fn is_unjudged_endpoint(&self, address: IpAddr, place: &Place<'_>, world: &mut World) -> bool {
        let described = self.subnets_of(place);
        let endpoint = match place.nic {
            Some((nic, _)) => nic.endpoint != Said::Absent,
            None => {
                let on_file = |endpoint: &String| {
                    self.nics.iter().any(|nic| nic.endpoint == Said::Is(endpoint.to_lowercase()))
                };
                let may_be = described.iter().any(|subnet| {
                    subnet.judges_endpoints != Said::Is(true) && !subnet.endpoints.iter().all(on_file)
                });
                may_be && world.is(&format!("{address} is a private endpoint"))
            }
        };
        if !endpoint {
            return false;
        }
        let policies: BTreeSet<Option<bool>> =
            described.iter().map(|subnet| subnet.judges_endpoints.clone().known()).collect();
        match policies.into_iter().collect::<Vec<_>>()[..] {
            [Some(judges)] => !judges,
            _ => world.is(&format!("private endpoints at {address} are not judged")),
        }
    }
}

fn one_of(claims: BTreeSet<Applies>, fact: &str, world: &mut World) -> Option<Applies> {
    let pick = world.pick(fact, claims.len());
    claims.into_iter().nth(pick)
}
