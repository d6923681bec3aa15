//! The engine's part in rules: hands out the traffic, the places and the groups that `rules` works on.

use super::Engine;
use super::evidence::coverage;
use super::holds::holds;
use crate::audit::{Covered, CoveredAt};
use crate::rules::services::{AtSubnet, Here, Recognised, Recogniser};
use crate::rules::{
    Draft, DraftError, DraftOptions, Observed, Observing, Places, RuleSet, Traffic, Want, World, draft,
};
use crate::topology::{Assignment, Cut};
use azflow_core::model::{Prefix, ResourceId};
use std::collections::BTreeMap;
use std::rc::Rc;

impl Engine {
    /// Every conversation, counted once, with who decided it as logged. Made once until the data changes.
    pub fn traffic(&mut self) -> Rc<Traffic> {
        while self.go_on_observing() {}
        self.traffic.clone().unwrap_or_default()
    }

    /// Does a piece of it; `false` where it is there.
    pub(super) fn go_on_observing(&mut self) -> bool {
        if self.traffic.is_some() {
            return false;
        }
        self.know();
        self.store.mark_noise();
        let store = &self.store;
        let mut begun = self.observing.take().unwrap_or_else(|| Box::new(Observing::new(store)));
        if begun.go_on(store) {
            self.observing = Some(begun);
        } else {
            self.traffic = Some(Rc::new(begun.finish()));
        }
        true
    }

    /// The groups that descriptions of the network place.
    pub fn rule_set(&mut self) -> RuleSet {
        RuleSet::of(self.network())
    }

    /// What evaluating needs to know of the network.
    pub fn world(&mut self) -> World {
        let mut world = World::new(self.network());
        // Going through everything logged is worth it only where descriptions leave an address open.
        if world.sites().is_any_held_twice() {
            self.know();
            for (mac, end) in self.store.own_end_of_nics() {
                world.logged(self.store.address(end), self.store.string(mac));
            }
        }
        world
    }

    /// The hours that logs cover, by NIC.
    pub fn covered(&mut self) -> Covered {
        self.know();
        let mut addresses: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (mac, end) in self.store.own_end_of_nics() {
            addresses.entry(self.store.string(mac)).or_default().push(self.store.address(end));
        }
        for nic in &self.described_network().nics {
            if let Some(mac) = &nic.mac {
                addresses.entry(mac).or_default().extend(nic.addresses.iter().map(|a| a.address));
            }
        }
        let coverage = coverage(&self.store, self.described_network());
        let nics = coverage.nics.into_iter().map(|nic| CoveredAt {
            addresses: addresses.remove(nic.mac.as_str()).unwrap_or_default(),
            hours: nic.hours,
            missing: nic.missing,
            holds: nic.holds,
            nic: nic.mac,
        });
        Covered { nics: nics.collect() }
    }

    /// Id and prefixes of named subnets, by the name shown.
    pub fn named_subnets(&mut self) -> BTreeMap<String, (ResourceId, Vec<Prefix>)> {
        let shown: Vec<_> = self.know().subnets().iter().map(|s| (s.id.clone(), s.shown.clone())).collect();
        let network = self.network();
        let prefixes: BTreeMap<_, &Vec<Prefix>> = network
            .networks
            .iter()
            .flat_map(|one| &one.subnets)
            .map(|subnet| (subnet.id.clone(), &subnet.prefixes))
            .collect();
        let named = |(id, name)| {
            let prefixes = (*prefixes.get(&id)?).clone();
            Some((name, (id, prefixes)))
        };
        shown.into_iter().filter_map(named).collect()
    }

    /// Addresses of NICs of which the logs do not hold what was allowed, by number.
    fn blind(&mut self) -> Vec<u32> {
        let held = holds(&self.store, self.described_network());
        if held.values().all(|holds| holds.shows_allowed()) {
            return Vec::new();
        }
        let is_blind = |mac: &u32| held.get(mac).is_some_and(|holds| !holds.shows_allowed());
        let ends = self.store.own_end_of_nics().into_iter();
        ends.filter(|(mac, _)| is_blind(mac)).map(|(_, end)| end).collect()
    }

    /// The services at subnets of a cut, by the name shown, with what they need.
    pub fn services(&mut self, traffic: &Traffic, cut: Cut) -> BTreeMap<String, AtSubnet> {
        let mut seen: BTreeMap<String, Recognised> = BTreeMap::new();
        let controllers = self.controllers(traffic);
        if let Some(subnets) = self.assignment(cut) {
            for (host, known) in controllers.iter() {
                let at =
                    subnets.subnet_of.get(*host as usize).and_then(|at| subnets.subnets.get(*at as usize));
                if let Some(subnet) = at {
                    seen.entry(subnet.name.clone()).or_insert_with(|| known.clone());
                }
            }
        }
        let shown: BTreeMap<ResourceId, String> =
            self.know().subnets().iter().map(|s| (s.id.clone(), s.shown.clone())).collect();
        let network = self.network();
        let recogniser = Recogniser::new(network);
        let mut out = BTreeMap::new();
        for one in &network.networks {
            for subnet in &one.subnets {
                let Some(name) = shown.get(&subnet.id) else { continue };
                let mut recognised = recogniser.at(subnet);
                recognised.extend(seen.remove(name));
                if !recognised.is_empty() {
                    let region = one.location.as_deref();
                    let here = Here { prefixes: &subnet.prefixes, region, tags: &network.tags };
                    out.insert(name.clone(), AtSubnet::of(recognised, &here));
                }
            }
        }
        for (name, known) in seen {
            let prefixes: Vec<Prefix> = Prefix::parse(&name).into_iter().collect();
            let here = Here { prefixes: &prefixes, region: None, tags: &network.tags };
            out.insert(name, AtSubnet::of(vec![known], &here));
        }
        out
    }

    /// The subnets of a cut, by the traffic's numbers of addresses.
    pub fn assignment(&mut self, cut: Cut) -> Option<&Assignment> {
        self.derive(cut);
        self.subnets.as_ref().map(|(_, subnets)| &**subnets)
    }

    /// The same where it is derived already.
    pub(super) fn assignment_at(&self, cut: Cut) -> Option<&Assignment> {
        self.subnets.as_ref().filter(|(known, _)| *known == cut).map(|(_, subnets)| &**subnets)
    }

    /// Drafts rules from traffic, by the subnets of this cut, without a review.
    ///
    /// # Errors
    /// Where Azure would not take the result.
    pub fn draft(
        &mut self,
        traffic: &Traffic,
        cut: Cut,
        options: &DraftOptions,
    ) -> Result<Draft, DraftError> {
        self.draft_reviewed(traffic, cut, options, &|_, _| Want::Unmarked)
    }

    /// Drafts rules from traffic, by the subnets of this cut and by what a reviewer says of each conversation.
    ///
    /// # Errors
    /// Where Azure would not take the result.
    pub fn draft_reviewed(
        &mut self,
        traffic: &Traffic,
        cut: Cut,
        options: &DraftOptions,
        want: &dyn Fn(usize, &Observed) -> Want,
    ) -> Result<Draft, DraftError> {
        match self.ground(traffic, cut) {
            Some(ground) => draft(traffic, &ground.places(), options, want),
            None => Ok(Draft::default()),
        }
    }

    /// All that a draft by the subnets of a cut stands on.
    pub(super) fn ground(&mut self, traffic: &Traffic, cut: Cut) -> Option<Ground> {
        let named = self.named_subnets();
        let (world, existing) = (self.world(), self.rule_set());
        let blind = self.blind();
        let services = self.services(traffic, cut);
        self.derive(cut);
        let (_, subnets) = self.subnets.as_ref()?;
        Some(Ground { subnets: Rc::clone(subnets), named, world, existing, blind, services })
    }
}

/// What [`Places`] borrow, for a draft that is made in pieces.
#[derive(Debug)]
pub(super) struct Ground {
    subnets: Rc<Assignment>,
    named: BTreeMap<String, (ResourceId, Vec<Prefix>)>,
    world: World,
    existing: RuleSet,
    blind: Vec<u32>,
    services: BTreeMap<String, AtSubnet>,
}

impl Ground {
    pub fn places(&self) -> Places<'_> {
        Places {
            subnets: &self.subnets,
            named: &self.named,
            world: &self.world,
            existing: &self.existing,
            blind: &self.blind,
            services: &self.services,
        }
    }
}
