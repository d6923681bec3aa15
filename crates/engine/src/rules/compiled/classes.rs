//! Classes: addresses that no rule, network or tag tells apart, and the places where they may be.

use super::Compiled;
use crate::rules::set::RuleSet;
use crate::rules::sites::Site;
use crate::rules::stages::{Stages, Stops};
use crate::rules::world::may_be_service;
use azflow_core::model::{Address, Direction, Endpoint};
use hashbrown::HashMap;

/// An address at one of the places where it may be.
#[derive(Debug)]
pub(super) struct Spot {
    /// The address, or one that nothing tells apart from it.
    pub(super) address: Address,
    pub(super) site: Site,
    /// What decides of what comes in, and of what goes out.
    pub(super) stops: [Stops; 2],
}

/// A place of an address, and what decides there of what comes in, and of what goes out.
type Placed = (Site, [Stops; 2]);

/// Addresses that nothing tells apart: their spots, which follow each other.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) spots: std::ops::Range<u32>,
    /// Whether the address may be one of a platform service.
    pub(super) is_service: bool,
}

impl Compiled<'_> {
    pub(super) fn classify(&mut self, set: &RuleSet, addresses: &[Address]) {
        let stages = Stages::new(set, self.world);
        let cuts = self.cuts(set);
        let groups = self.lists.iter().flat_map(|list| &list.rules).any(|rule| {
            rule.sources.iter().chain(&rule.destinations).any(|end| matches!(end, Endpoint::Asg(_)))
        });
        // What an address without a NIC is told apart by is its piece of the address space; a NIC's address has places
        // and groups of its own.
        let mut plain: HashMap<u32, u32> = HashMap::new();
        let mut known: HashMap<(u32, u32, Vec<Placed>), u32> = HashMap::new();
        for (number, address) in addresses.iter().enumerate() {
            let piece = cuts.partition_point(|cut| *cut <= address.bits()) as u32;
            let piece = piece << 1 | u32::from(address.is_public());
            let alone = stages.is_alone(*address);
            if !alone && let Some(class) = plain.get(&piece) {
                self.class_of.push(*class);
                continue;
            }
            let spots: Vec<Placed> = stages
                .sites_of(*address)
                .into_iter()
                .map(|site| {
                    let at = |direction| stages.at(*address, site, direction);
                    (site, [at(Direction::Inbound), at(Direction::Outbound)])
                })
                .collect();
            // The NIC itself matters where its application security groups do.
            let key =
                |(site, stops): &Placed| (Site { nic: site.nic.filter(|_| groups), ..*site }, stops.clone());
            let own = if groups && alone { number as u32 + 1 } else { 0 };
            let key = (piece, own, spots.iter().map(key).collect());
            let class = *known.entry(key).or_insert_with(|| {
                let from = self.spots.len() as u32;
                self.spots.extend(spots.into_iter().map(|(site, stops)| Spot {
                    address: *address,
                    site,
                    stops,
                }));
                let spots = from..self.spots.len() as u32;
                self.classes.push(Class { spots, is_service: may_be_service(*address) });
                self.classes.len() as u32 - 1
            });
            if !alone {
                plain.insert(piece, class);
            }
            self.class_of.push(class);
        }
    }

    /// Addresses at which answers may change.
    fn cuts(&self, set: &RuleSet) -> Vec<u128> {
        let rules = || self.lists.iter().flat_map(|list| &list.rules);
        let ends = || rules().flat_map(|rule| rule.sources.iter().chain(&rule.destinations));
        let mut tags = std::collections::BTreeSet::new();
        let mut cuts = Vec::new();
        let mut span = |first: Address, last: Address| {
            cuts.push(first.bits());
            cuts.push(last.bits().saturating_add(1));
        };
        for end in ends() {
            match end {
                Endpoint::Prefix(prefix) => span(prefix.first(), prefix.last()),
                Endpoint::Range(first, last) => span(*first, *last),
                Endpoint::Tag(tag) => drop(tags.insert(tag.as_str())),
                Endpoint::Asg(_) | Endpoint::Any | Endpoint::Unknown(_) => {}
            }
        }
        for prefix in set.groups.iter().flat_map(|group| &group.prefixes) {
            span(prefix.first(), prefix.last());
        }
        // A prefix of IPv6 around the mapped addresses does not hold IPv4.
        span(Address::from_v4(0), Address::from_v4(u32::MAX));
        cuts.extend(self.world.cuts(tags.into_iter()));
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    }
}
