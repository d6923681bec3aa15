//! Where the traffic's addresses are, what a description says of their subnets, and which groups are there.

use crate::rules::services::AtSubnet;
use crate::rules::set::{Applied, RuleSet};
use crate::rules::traffic::Traffic;
use crate::rules::world::World;
use azflow_core::model::{Assignment, Prefix, ResourceId, Subnet};
use std::collections::{BTreeMap, BTreeSet};

/// Where addresses are, for a draft, and what is there.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// Which subnet each of the traffic's addresses is in, by the same numbers.
    pub subnets: &'a Assignment,
    /// Id and prefixes of named subnets, by the name shown.
    pub named: &'a BTreeMap<String, (ResourceId, Vec<Prefix>)>,
    /// What tags mean.
    pub world: &'a World,
    /// The groups in force; those that serve are kept.
    pub existing: &'a RuleSet,
    /// Addresses of NICs of which the logs do not hold what was allowed, by number.
    pub blind: &'a [u32],
    /// The services at named subnets, by the name shown, with what they need.
    pub services: &'a BTreeMap<String, AtSubnet>,
}

impl Places<'_> {
    /// Whether a group can be drafted for a subnet: Azure takes it at subnets of networks alone, and it must not take the
    /// place of one of which not all could be read. One that is on no file at all is told in a note.
    pub(super) fn takes_group(&self, name: &str) -> bool {
        let open = |group: &Applied| group.is_on_file() && !group.is_understood();
        match self.named.get(name) {
            Some((id, _)) => !self.groups_of(id).any(open),
            None => {
                let prefixes = self.prefixes_of(name);
                let here = |group: &&Applied| prefixes.iter().all(|prefix| group.prefixes.contains(prefix));
                !self.world.sites().has_networks() && !self.existing.groups.iter().filter(here).any(open)
            }
        }
    }

    /// The groups in force at a subnet on file.
    pub(super) fn groups_of(&self, id: &ResourceId) -> impl Iterator<Item = &Applied> {
        self.existing.groups.iter().filter(move |group| group.places.contains(id))
    }

    /// What to say of groups that could not be read whole, or are not on file, at the subnets of traffic.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut out = Vec::new();
        for subnet in &self.subnets.subnets {
            let Some((id, _)) = self.named.get(&subnet.name) else { continue };
            for group in self.groups_of(id).filter(|group| !group.is_understood()) {
                let (subnet, nsg) = (&subnet.name, &group.nsg.name);
                out.push(if group.is_on_file() {
                    format!("at {subnet} not all rules of {nsg} could be read, so no group is drafted that would take its place")
                } else {
                    format!("at {subnet} is {nsg}, which is not on file: what it denies can't be kept by a draft that takes its place")
                });
            }
        }
        out
    }

    /// Names that groups have already, on file or as logged: no new one may take any of them.
    pub(super) fn names(&self, traffic: &Traffic) -> BTreeSet<String> {
        let on_file = self.existing.groups.iter().map(|group| group.nsg.name.to_ascii_lowercase());
        let logged = traffic.logged.iter().filter_map(|by| by.acl.rsplit('/').next());
        on_file.chain(logged.map(str::to_ascii_lowercase)).collect()
    }

    /// The subnet of an address, by its number.
    pub(super) fn subnet_of(&self, address: u32) -> Option<&Subnet> {
        self.subnets.subnets.get(*self.subnets.subnet_of.get(address as usize)? as usize)
    }

    pub(super) fn prefixes_of(&self, name: &str) -> Vec<Prefix> {
        let named = self.named.get(name).map(|(_, prefixes)| prefixes.clone());
        named.unwrap_or_else(|| Prefix::parse(name).into_iter().collect())
    }
}
