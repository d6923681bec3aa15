//! Subnets inferred from addresses alone: SEMANTICS, "Which subnet an address belongs to",
//! steps 3, 4 and 6.

use crate::model::{Address, Prefix};
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

/// What a group of addresses is, and so how it got its name. In the order of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SubnetKind {
    /// Private addresses, cut to a prefix length.
    InferredPrivate,
    /// Public addresses used inside a virtual network, cut to a prefix length.
    InferredLocal,
    /// Azure's own addresses: 168.63.129.16 and 169.254.169.254.
    Platform,
    /// 255.255.255.255.
    Broadcast,
    /// 224.0.0.0/4 and ff00::/8.
    Multicast,
    /// Everything else.
    Internet,
}

/// A group of addresses with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// The name shown.
    pub name: String,
    /// What it is.
    pub kind: SubnetKind,
    /// Distinct addresses seen in it.
    pub addresses: u32,
}

/// Every address's subnet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// By address number: index into `subnets`.
    pub subnet_of: Vec<u32>,
    /// In natural order: inferred ones by address, then the outside.
    pub subnets: Vec<Subnet>,
}

/// A group before it has a number; its order is that of the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Inferred(Prefix, SubnetKind),
    Fixed(SubnetKind),
}

impl Group {
    fn subnet(self) -> Subnet {
        let (name, kind) = match self {
            Self::Inferred(prefix, kind) => (prefix.to_string(), kind),
            Self::Fixed(kind) => {
                let name = match kind {
                    SubnetKind::Platform => "Azure platform",
                    SubnetKind::Broadcast => "Broadcast",
                    SubnetKind::Multicast => "Multicast",
                    _ => "Internet",
                };
                (name.to_owned(), kind)
            }
        };
        Subnet { name, kind, addresses: 0 }
    }
}

/// Gives every address its subnet. `own_ends` are addresses known to sit at a NIC: public ones
/// among them make their whole inferred prefix local.
pub fn assign(addresses: impl Iterator<Item = Address>, own_ends: &[Address], cut: Cut) -> Assignment {
    let local: BTreeSet<Prefix> = own_ends
        .iter()
        .filter(|a| matches!(fixed_kind(**a), Some(SubnetKind::Internet)))
        .map(|a| cut.prefix(*a))
        .collect();
    let groups: Vec<Group> = addresses.map(|address| group(address, &local, cut)).collect();
    let mut numbers: BTreeMap<Group, u32> = groups.iter().map(|g| (*g, 0)).collect();
    let mut subnets = Vec::with_capacity(numbers.len());
    for (group, number) in &mut numbers {
        *number = subnets.len() as u32;
        subnets.push(group.subnet());
    }
    let subnet_of: Vec<u32> = groups.iter().map(|g| numbers.get(g).copied().unwrap_or_default()).collect();
    for subnet in &subnet_of {
        subnets[*subnet as usize].addresses += 1;
    }
    Assignment { subnet_of, subnets }
}

fn group(address: Address, local: &BTreeSet<Prefix>, cut: Cut) -> Group {
    match fixed_kind(address) {
        None => Group::Inferred(cut.prefix(address), SubnetKind::InferredPrivate),
        Some(SubnetKind::Internet) if !local.is_empty() && local.contains(&cut.prefix(address)) => {
            Group::Inferred(cut.prefix(address), SubnetKind::InferredLocal)
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
        let assignment = assign(parse(addresses).into_iter(), &parse(own_ends), cut);
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
        let assignment = assign(list.into_iter(), &own, Cut::default());
        let names: Vec<_> = assignment.subnets.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["10.0.2.0/24", "10.0.10.0/24", "20.0.0.0/24", "Azure platform", "Internet"]);
    }
}
