//! Every address's subnet: SEMANTICS, "Which subnet an address belongs to".

use super::naming::{Naming, Place};
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Assignment, Prefix, Subnet, SubnetKind};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The prefix lengths to which unnamed addresses are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cut {
    /// For IPv4: 0 to 32.
    pub v4: u8,
    /// For IPv6: 0 to 128.
    pub v6: u8,
}

impl Default for Cut {
    fn default() -> Self {
        Self { v4: 24, v6: 64 }
    }
}

impl Cut {
    fn prefix(self, address: Address) -> Prefix {
        Prefix::of(address, if address.v4().is_some() { self.v4 } else { self.v6 })
    }
}

/// What is known besides the addresses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Addresses known to sit at a NIC: public ones among them make their whole inferred prefix local.
    pub own_ends: &'a [Address],
    /// Subnets that rows name, by the address's number.
    pub carried: Option<&'a HashMap<u32, String>>,
    /// Subnets of addresses that may be in several, by the address's number, where the traffic tells: see
    /// [`super::settle`].
    pub settled: Option<&'a HashMap<u32, u32>>,
    /// Names out of the network's description.
    pub naming: Option<&'a Naming>,
}

/// A group before it has a number; its order is that of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Group<'a> {
    Named(u32),
    Clash(&'a [u32]),
    Carried(&'a str),
    Inferred(Prefix, SubnetKind),
    Fixed(SubnetKind),
    Tag(u32),
    Internet,
}

impl Group<'_> {
    fn subnet(self, known: &Known<'_>, carried: &CarriedNames<'_>) -> Subnet {
        let plain = |name: String, kind| Subnet { name, kind, network: None, named: None, addresses: 0 };
        match self {
            Self::Named(index) => {
                let named = known.naming.and_then(|naming| naming.subnets().get(index as usize));
                named.map_or_else(
                    || plain(String::new(), SubnetKind::Named),
                    |named| Subnet {
                        name: named.shown.clone(),
                        kind: named.special.map_or(SubnetKind::Named, SubnetKind::Special),
                        network: Some(named.network.clone()),
                        named: Some(index),
                        addresses: 0,
                    },
                )
            }
            Self::Clash(several) => {
                let names = known.naming.map(|naming| naming.names(several).join(" or "));
                plain(names.unwrap_or_default(), SubnetKind::Clash)
            }
            Self::Carried(path) => Subnet {
                name: carried.subnets.get(path).cloned().unwrap_or_else(|| path.to_owned()),
                kind: SubnetKind::Carried,
                network: network_path(path).and_then(|network| carried.networks.get(network)).cloned(),
                named: None,
                addresses: 0,
            },
            Self::Inferred(prefix, kind) => plain(prefix.to_string(), kind),
            Self::Tag(index) => {
                let tag = known.naming.and_then(|naming| naming.tags().get(index as usize));
                plain(tag.cloned().unwrap_or_default(), SubnetKind::ServiceTag)
            }
            Self::Internet => plain("Internet".to_owned(), SubnetKind::Internet),
            Self::Fixed(kind) => plain(fixed_name(kind).to_owned(), kind),
        }
    }
}

fn fixed_name(kind: SubnetKind) -> &'static str {
    match kind {
        SubnetKind::Platform => "Azure platform",
        SubnetKind::Broadcast => "Broadcast",
        SubnetKind::Multicast => "Multicast",
        _ => "Internet",
    }
}

/// Whether a group of addresses outside is called this, in any case.
pub(super) fn is_fixed_name(name: &str) -> bool {
    [SubnetKind::Platform, SubnetKind::Broadcast, SubnetKind::Multicast, SubnetKind::Internet]
        .into_iter()
        .any(|kind| fixed_name(kind).eq_ignore_ascii_case(name))
}

/// Names shown for what rows name by paths.
struct CarriedNames<'a> {
    subnets: BTreeMap<&'a str, String>,
    networks: BTreeMap<&'a str, String>,
}

/// The path of the virtual network in that of a subnet.
fn network_path(subnet: &str) -> Option<&str> {
    subnet.rsplit_once('/').map(|(network, _)| network)
}

/// Names for the subnets that rows carry (`rg/network/subnet`), as short as they stay different from each
/// other and from those of a description.
fn carried_names<'a>(
    paths: impl Iterator<Item = &'a str>,
    taken: &BTreeSet<&str>,
) -> BTreeMap<&'a str, String> {
    let paths: BTreeSet<&str> = BTreeSet::from_iter(paths);
    let tail = |path: &str, parts: usize| {
        let all: Vec<&str> = path.split('/').collect();
        all.get(all.len().saturating_sub(parts)..).unwrap_or_default().join("/")
    };
    let counted = [1, 2].map(|parts| {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        paths.iter().for_each(|path| *counts.entry(tail(path, parts)).or_default() += 1);
        (parts, counts)
    });
    let unique = |path: &str| {
        let name = |(parts, counts): &(usize, BTreeMap<String, u32>)| {
            let short = tail(path, *parts);
            let alone = counts.get(&short) == Some(&1);
            (alone && !taken.contains(short.as_str())).then_some(short)
        };
        counted.iter().find_map(name).unwrap_or_else(|| path.to_owned())
    };
    BTreeMap::from_iter(paths.iter().map(|path| (*path, unique(path))))
}

/// Numbers groups as they come. Most addresses are in a named subnet, a tag, an inferred prefix or the Internet:
/// those are found without hashing more than one integer.
struct Numbering<'a> {
    groups: Vec<Group<'a>>,
    counts: Vec<u32>,
    named: Vec<u32>,
    tags: Vec<u32>,
    internet: u32,
    /// By first address; private and local prefixes never share one.
    inferred: HashMap<u128, u32>,
    /// By where the set lies, since each is there once: a set may be as large as the description.
    clashes: HashMap<usize, u32>,
    others: HashMap<Group<'a>, u32>,
}

impl<'a> Numbering<'a> {
    /// No number yet.
    const NONE: u32 = u32::MAX;

    fn new(naming: Option<&Naming>) -> Self {
        let of = |count: Option<usize>| vec![Self::NONE; count.unwrap_or_default()];
        Self {
            groups: Vec::new(),
            counts: Vec::new(),
            named: of(naming.map(|n| n.subnets().len())),
            tags: of(naming.map(|n| n.tags().len())),
            internet: Self::NONE,
            inferred: HashMap::new(),
            clashes: HashMap::new(),
            others: HashMap::new(),
        }
    }

    fn number(&mut self, group: Group<'a>) -> u32 {
        let slot = match group {
            Group::Named(at) => &mut self.named[at as usize],
            Group::Tag(at) => &mut self.tags[at as usize],
            Group::Internet => &mut self.internet,
            Group::Inferred(prefix, _) => self.inferred.entry(prefix.first().bits()).or_insert(Self::NONE),
            Group::Clash(several) => self.clashes.entry(several.as_ptr() as usize).or_insert(Self::NONE),
            other => self.others.entry(other).or_insert(Self::NONE),
        };
        if *slot == Self::NONE {
            *slot = self.groups.len() as u32;
            self.groups.push(group);
            self.counts.push(0);
        }
        let number = *slot;
        self.counts[number as usize] += 1;
        number
    }
}

/// Gives every address its subnet.
pub fn assign(addresses: impl Iterator<Item = Address>, known: &Known<'_>, cut: Cut) -> Assignment {
    let local = BTreeSet::from_iter(
        known
            .own_ends
            .iter()
            .filter(|a| matches!(fixed_kind(**a), Some(SubnetKind::Internet)))
            .map(|a| cut.prefix(*a)),
    );
    // Groups are numbered as they come, since there are few of them and many addresses, then put in order.
    let mut numbering = Numbering::new(known.naming);
    let mut subnet_of: Vec<u32> = Vec::with_capacity(addresses.size_hint().0);
    for (number, address) in addresses.enumerate() {
        subnet_of.push(numbering.number(group(number as u32, address, known, &local, cut)));
    }
    let Numbering { groups, counts, .. } = numbering;
    let paths = groups.iter().filter_map(|g| if let Group::Carried(path) = g { Some(*path) } else { None });
    let named = known.naming.map(Naming::subnets).unwrap_or_default();
    let taken =
        BTreeSet::from_iter(named.iter().flat_map(|subnet| [subnet.shown.as_str(), subnet.id.name()]));
    let networks = paths.clone().filter_map(network_path);
    let mut carried = CarriedNames {
        networks: carried_names(networks, &BTreeSet::new()),
        subnets: carried_names(paths, &taken),
    };
    // Rows write names in lower case: a network of a description is called as that calls it.
    if !carried.networks.is_empty() {
        let called = named.iter().rev().map(|subnet| (subnet.network.to_ascii_lowercase(), &subnet.network));
        let called: BTreeMap<String, &String> = called.collect();
        for name in carried.networks.values_mut() {
            if let Some(called) = called.get(&name.to_ascii_lowercase()) {
                name.clone_from(called);
            }
        }
    }
    let mut order: Vec<(Group<'_>, u32)> = groups.into_iter().zip(0..).collect();
    order.sort_small();
    let mut place = vec![0; order.len()];
    let mut subnets = Vec::with_capacity(order.len());
    for (group, number) in order {
        place[number as usize] = subnets.len() as u32;
        subnets.push(Subnet { addresses: counts[number as usize], ..group.subnet(known, &carried) });
    }
    subnet_of.iter_mut().for_each(|number| *number = place[*number as usize]);
    Assignment { subnet_of, subnets }
}

fn group<'a>(
    number: u32,
    address: Address,
    known: &Known<'a>,
    local: &BTreeSet<Prefix>,
    cut: Cut,
) -> Group<'a> {
    match known.naming.and_then(|naming| naming.place(address)) {
        Some(Place::In(named)) => return Group::Named(named),
        Some(Place::OneOf(several)) => {
            let settled = known.settled.and_then(|settled| settled.get(&number));
            return settled.map_or(Group::Clash(several), |named| Group::Named(*named));
        }
        None => {}
    }
    if let Some(path) = known.carried.and_then(|carried| carried.get(&number)) {
        return Group::Carried(path);
    }
    match fixed_kind(address) {
        None => Group::Inferred(cut.prefix(address), SubnetKind::InferredPrivate),
        Some(SubnetKind::Internet) => {
            if !local.is_empty() && local.contains(&cut.prefix(address)) {
                return Group::Inferred(cut.prefix(address), SubnetKind::InferredLocal);
            }
            known.naming.and_then(|naming| naming.tag(address)).map_or(Group::Internet, Group::Tag)
        }
        Some(kind) => Group::Fixed(kind),
    }
}

/// The kind of an address by its value alone; `None` for private space, whose prefix names it.
fn fixed_kind(address: Address) -> Option<SubnetKind> {
    let Some(bits) = address.v4() else {
        let bits = address.bits();
        let unique_local = bits >> 121 == 0xfc >> 1;
        let link_local = bits >> 118 == 0xfe80 >> 6;
        return match bits >> 120 {
            0xff => Some(SubnetKind::Multicast),
            _ if unique_local || link_local => None,
            _ => Some(SubnetKind::Internet),
        };
    };
    match bits.to_be_bytes() {
        [168, 63, 129, 16] | [169, 254, 169, 254] => Some(SubnetKind::Platform),
        [255, 255, 255, 255] => Some(SubnetKind::Broadcast),
        [224..=239, ..] => Some(SubnetKind::Multicast),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [169, 254, ..] => None,
        _ => Some(SubnetKind::Internet),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(addresses: &[&str], own_ends: &[&str], cut: Cut) -> Vec<String> {
        let parse = |list: &[&str]| list.iter().map(|a| Address::parse(a).unwrap()).collect::<Vec<_>>();
        let own_ends = parse(own_ends);
        let known = Known { own_ends: &own_ends, ..Known::default() };
        let assignment = assign(parse(addresses).into_iter(), &known, cut);
        assignment.subnet_of.iter().map(|s| assignment.subnets[*s as usize].name.clone()).collect()
    }

    #[test]
    fn private_space_is_cut_and_the_rest_is_grouped() {
        let cut = Cut { v4: 28, v6: 64 };
        let addresses = [
            "10.10.1.17",
            "172.31.255.1",
            "172.32.0.1",
            "100.64.0.1",
            "100.128.0.1",
            "169.254.1.1",
            "169.254.169.254",
            "168.63.129.16",
            "255.255.255.255",
            "239.1.1.1",
            "8.8.8.8",
            "0.0.0.0",
            "fd00:1::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
        ];
        let expected = [
            "10.10.1.16/28",
            "172.31.255.0/28",
            "Internet",
            "100.64.0.0/28",
            "Internet",
            "169.254.1.0/28",
            "Azure platform",
            "Azure platform",
            "Broadcast",
            "Multicast",
            "Internet",
            "Internet",
            "fd00:1::/64",
            "fe80::/64",
            "Multicast",
            "Internet",
        ];
        assert_eq!(names(&addresses, &[], cut), expected);
    }

    #[test]
    fn a_public_address_at_a_nic_makes_its_prefix_local() {
        let cut = Cut::default();
        assert_eq!(
            names(&["20.0.0.4", "20.0.0.9", "20.0.1.4"], &["20.0.0.4"], cut),
            ["20.0.0.0/24", "20.0.0.0/24", "Internet"]
        );
    }

    #[test]
    fn axes_are_in_natural_order() {
        let list = ["8.8.8.8", "10.0.10.1", "10.0.2.1", "168.63.129.16", "20.0.0.4"]
            .map(|a| Address::parse(a).unwrap());
        let own = [Address::parse("20.0.0.4").unwrap()];
        let known = Known { own_ends: &own, ..Known::default() };
        let assignment = assign(list.into_iter(), &known, Cut::default());
        let names: Vec<_> = assignment.subnets.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["10.0.2.0/24", "10.0.10.0/24", "20.0.0.0/24", "Azure platform", "Internet"]);
    }

    #[test]
    fn names_that_rows_carry_are_as_short_as_they_stay_different() {
        let paths = ["rg/hub/web", "rg/spoke/web", "rg/hub/sql"];
        let names = carried_names(paths.into_iter(), &BTreeSet::new());
        assert_eq!(names.values().collect::<Vec<_>>(), ["sql", "hub/web", "spoke/web"]);
        let names = carried_names(paths.into_iter(), &BTreeSet::from(["sql", "hub/web"]));
        assert_eq!(names.values().collect::<Vec<_>>(), ["hub/sql", "rg/hub/web", "spoke/web"]);
    }
}
