//! Which groups may decide at a place. Mostly it is one, or none; where files leave it open, it is one of several.

use super::set::RuleSet;
use super::sites::{Site, Sites};
use super::world::World;
use azflow_core::model::{Address, Direction, Lookup, ResourceId};
use hashbrown::{HashMap, HashSet};

/// Most groups that one place is open between; beyond, nothing can be told there.
const MOST: usize = 64;

/// Groups of which one decides at a place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Choice {
    /// Groups by number; `None` for none.
    pub groups: Vec<Option<u32>>,
    /// Why there are several.
    pub why: Why,
}

impl Choice {
    fn none() -> Self {
        Self { groups: vec![None], why: Why::Certain }
    }
}

/// Why it is open which group decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// It is not.
    Certain,
    /// Files differ in the group that is at this place.
    Differ,
    /// A group names a place of which no file tells the addresses.
    PlaceNotOnFile,
    /// The file of rules names a prefix or an address that several places have.
    SeveralPlaces,
    /// Nothing tells whether groups judge private endpoints there.
    PrivateEndpoint,
    /// The address may be a private endpoint's, which groups don't judge there.
    MayBeEndpoint,
    /// There are too many.
    TooMany,
}

/// What may decide at a site: in its subnet, and at its NIC.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stops {
    /// At the subnet.
    pub subnet: Choice,
    /// At the NIC.
    pub nic: Choice,
}

impl Stops {
    /// Perhaps nothing decides there.
    fn or_none(&mut self, why: Why) {
        for choice in [&mut self.subnet, &mut self.nic] {
            if !choice.groups.contains(&None) {
                choice.groups.push(None);
                choice.why = why;
            }
        }
    }
}

/// Groups at one place, for certain and perhaps.
#[derive(Debug, Default)]
struct Groups {
    certain: Vec<u32>,
    perhaps: Vec<u32>,
}

/// See the module's description.
#[derive(Debug)]
pub struct Stages<'a> {
    set: &'a RuleSet,
    sites: &'a Sites,
    at_subnet: HashMap<u32, Groups>,
    at_nic: HashMap<u32, Groups>,
    /// Groups at NICs without an address on file: in a subnet that lists the NIC, or anywhere.
    floating: Vec<(u32, Option<u32>)>,
    /// Groups at subnets that are not on file, with the network where that is on file.
    nowhere: Vec<(u32, Option<u32>)>,
    /// The networks of those subnets, each once.
    unlisted: Vec<Option<u32>>,
    /// Groups at prefixes that no subnet on file has, and at addresses that no NIC on file has.
    prefixes: Lookup<u32>,
    addresses: HashMap<u128, u32>,
}

impl<'a> Stages<'a> {
    /// Finds the places of a set's groups.
    pub fn new(set: &'a RuleSet, world: &'a World) -> Self {
        let mut out = Self {
            set,
            sites: world.sites(),
            at_subnet: HashMap::new(),
            at_nic: HashMap::new(),
            floating: Vec::new(),
            nowhere: Vec::new(),
            unlisted: Vec::new(),
            prefixes: Lookup::default(),
            addresses: HashMap::new(),
        };
        let mut prefixes = Vec::new();
        for (number, group) in set.groups.iter().enumerate() {
            let number = number as u32;
            // A file of rules may have both: prefixes serve where the networks of its ids are not on file.
            let known = group.places.iter().any(|place| out.is_on_file(place));
            if known || group.prefixes.is_empty() && group.nics.is_empty() {
                let said: HashSet<&ResourceId> = group.nsg.subnets.iter().collect();
                for place in &group.places {
                    out.place(number, place, said.contains(place));
                }
                continue;
            }
            for prefix in &group.prefixes {
                match out.sites.subnets_of(*prefix) {
                    [] => prefixes.push((*prefix, number)),
                    [subnet] => out.at_subnet.entry(*subnet).or_default().certain.push(number),
                    several => {
                        for subnet in several {
                            out.at_subnet.entry(*subnet).or_default().perhaps.push(number);
                        }
                    }
                }
            }
            for address in &group.nics {
                match out.sites.nics_of(*address).as_slice() {
                    [] => drop(out.addresses.entry(address.bits()).or_insert(number)),
                    [nic] => out.at_nic.entry(*nic).or_default().certain.push(number),
                    several => {
                        for nic in several {
                            out.at_nic.entry(*nic).or_default().perhaps.push(number);
                        }
                    }
                }
            }
        }
        out.prefixes = Lookup::new(prefixes);
        out.unlisted.extend(out.nowhere.iter().map(|(_, network)| *network));
        // Without any network on file, nothing is known of the subnets of NICs that are not on file.
        let anywhere = !out.sites.has_networks() && out.floating.iter().any(|(_, within)| within.is_none());
        out.unlisted.extend(anywhere.then_some(None));
        out.unlisted.sort_unstable();
        out.unlisted.dedup();
        out
    }

    /// Every place where an address may be: also in the subnets that groups name and no file has, where it is in none on
    /// file.
    pub fn sites_of(&self, address: Address) -> Vec<Site> {
        let mut out = self.sites.of(address);
        if !is_elsewhere(address) && out.iter().all(|site| site.subnet.is_none() && site.nic.is_none()) {
            let may_have = |network: &&Option<u32>| network.is_none_or(|at| self.sites.may_have(at, address));
            let unlisted = self.unlisted.iter().filter(may_have);
            out.extend(unlisted.map(|network| self.sites.unlisted(*network)));
        }
        out
    }

    fn is_on_file(&self, place: &ResourceId) -> bool {
        self.sites.subnet_of_id(place).is_some() || self.sites.nic_of_id(place).is_some()
    }

    /// Puts a group at a place; whether the group itself says that it is there.
    fn place(&mut self, group: u32, place: &ResourceId, says: bool) {
        let network = || place.parent("virtualNetworks").and_then(|id| self.sites.network_of_id(&id));
        if let Some(subnet) = self.sites.subnet_of_id(place) {
            // Addresses without a NIC on file may be in it as well, where a group says that it is there.
            if says && self.sites.is_missing(subnet) {
                self.nowhere.push((group, network()));
            }
            self.at_subnet.entry(subnet).or_default().certain.push(group);
        } else if let Some(nic) = self.sites.nic_of_id(place) {
            self.at_nic.entry(nic).or_default().certain.push(group);
            if self.sites.nics[nic as usize].is_doubtful {
                self.floating.push((group, self.sites.member_of(place)));
            }
        } else if place.segment("networkInterfaces").is_some() {
            self.floating.push((group, self.sites.member_of(place)));
        } else {
            self.nowhere.push((group, network()));
        }
    }

    /// Whether an address is told apart from its neighbours by a NIC.
    pub fn is_alone(&self, address: Address) -> bool {
        self.sites.is_held(address) || self.addresses.contains_key(&address.bits())
    }

    /// What decides of a flow in one direction at a site of an address.
    pub fn at(&self, address: Address, site: Site, direction: Direction) -> Stops {
        let mut stops = Stops { subnet: self.of_subnet(address, site), nic: self.of_nic(address, site) };
        if direction == Direction::Inbound {
            let subnet = site.subnet.and_then(|subnet| self.sites.subnets.get(subnet as usize));
            let judges = subnet.and_then(|subnet| subnet.judges_private_endpoints);
            match site.nic.and_then(|nic| self.sites.nics.get(nic as usize)) {
                Some(nic) if nic.is_private_endpoint => match judges {
                    Some(true) => {}
                    Some(false) => return Stops { subnet: Choice::none(), nic: Choice::none() },
                    None => stops.or_none(Why::PrivateEndpoint),
                },
                None if judges != Some(true) && subnet.is_some_and(|subnet| subnet.may_have_endpoint) => {
                    stops.or_none(Why::MayBeEndpoint);
                }
                _ => {}
            }
        }
        stops
    }

    fn of_subnet(&self, address: Address, site: Site) -> Choice {
        let Some(subnet) = site.subnet else {
            let certain: Vec<u32> = self.prefixes.get(address).into_iter().collect();
            let here = |(group, network): &(u32, Option<u32>)| {
                (site.unlisted && *network == site.network).then_some(*group)
            };
            let perhaps: Vec<u32> = self.nowhere.iter().filter_map(here).collect();
            return choice(&certain, &perhaps, Why::PlaceNotOnFile);
        };
        let groups = self.at_subnet.get(&subnet);
        groups
            .map_or_else(Choice::none, |groups| choice(&groups.certain, &groups.perhaps, Why::SeveralPlaces))
    }

    fn of_nic(&self, address: Address, site: Site) -> Choice {
        let by_address = self.addresses.get(&address.bits()).copied();
        if let Some(groups) = site.nic.and_then(|nic| self.at_nic.get(&nic)) {
            return choice(&groups.certain, &groups.perhaps, Why::SeveralPlaces);
        }
        if site.nic.is_some() || by_address.is_some() {
            return choice(by_address.as_slice(), &[], Why::Certain);
        }
        // Where networks are on file, an address in none of them is no NIC's.
        let is_nowhere = site.network.is_none() && !site.unlisted;
        if is_nowhere && (self.sites.has_networks() || is_elsewhere(address)) {
            return Choice::none();
        }
        let here = |within: &Option<u32>| within.is_none() || *within == site.subnet;
        let perhaps: Vec<u32> =
            self.floating.iter().filter(|(_, within)| here(within)).map(|(group, _)| *group).collect();
        choice(&[], &perhaps, Why::PlaceNotOnFile)
    }

    /// Why it is open what decides at a choice, in words.
    pub fn reason(&self, choice: &Choice) -> String {
        let names: Vec<&str> = choice
            .groups
            .iter()
            .flatten()
            .filter_map(|group| self.set.groups.get(*group as usize))
            .map(|group| group.nsg.name.as_str())
            .take(3)
            .collect();
        let names = names.join(", ");
        match choice.why {
            Why::Certain => String::new(),
            Why::Differ => format!("what is on file differs in the group: {names}"),
            Why::PlaceNotOnFile => format!("{names} is at a place whose addresses are not on file"),
            Why::SeveralPlaces => {
                format!("several places have the prefix or address that the rules of {names} name")
            }
            Why::PrivateEndpoint => {
                format!("no file tells whether {names} judges private endpoints in this subnet")
            }
            Why::MayBeEndpoint => {
                format!(
                    "a private endpoint that {names} does not judge may have this address: its NIC is not on file"
                )
            }
            Why::TooMany => {
                format!("{names} and many more groups are at places whose addresses are not on file")
            }
        }
    }
}

/// Whether an address is no machine's in a network, whatever is not on file: the Internet's and the platform's.
fn is_elsewhere(address: Address) -> bool {
    address.is_public() || address.is_platform()
}

fn choice(certain: &[u32], perhaps: &[u32], open: Why) -> Choice {
    let mut groups: Vec<Option<u32>> = certain.iter().copied().map(Some).collect();
    let mut why = if groups.len() > 1 { Why::Differ } else { Why::Certain };
    if !perhaps.is_empty() {
        if groups.is_empty() {
            groups.push(None);
        }
        groups.extend(perhaps.iter().copied().map(Some));
        why = open;
    }
    if groups.is_empty() {
        groups.push(None);
    }
    groups.sort_unstable();
    groups.dedup();
    if groups.len() == 1 {
        why = Why::Certain;
    } else if groups.len() > MOST {
        groups.truncate(MOST);
        why = Why::TooMany;
    }
    Choice { groups, why }
}
