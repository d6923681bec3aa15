//! Groups: which there are, what each is for, and what there is to say of them once their rules are made.

use super::assemble::Part;
use super::force::Force;
use super::handed_out::{HandedOut, Hosts};
use super::needs::{Far, GroupNeeds, Member, Needs};
use super::pieces::Cutter;
use super::{
    Draft, DraftError, DraftOptions, DraftedNsg, MOST_PORTS, MOST_PREFIXES, MOST_RULES, Place, Places, Skip,
    evidence, name,
};
use crate::rules::traffic::Traffic;
use azflow_core::model::SortSmall;
use azflow_core::model::{Direction, Nsg, ResourceId, SecurityRule};
use std::collections::{BTreeMap, BTreeSet};

/// Both directions, in the order in which groups list them.
const DIRECTIONS: [Direction; 2] = [Direction::Inbound, Direction::Outbound];

/// The subnets that one group is for.
#[derive(Debug)]
pub struct Site {
    /// The group in force.
    pub group: Option<u32>,
    /// Numbers of subnets, by name.
    pub subnets: Vec<u32>,
    /// The group in force is elsewhere, too, and this subnet gets one of its own in its stead.
    pub is_split: bool,
}

/// What making the rules needs.
pub struct Maker<'a, 'b> {
    pub traffic: &'a Traffic,
    pub places: &'a Places<'a>,
    pub options: &'a DraftOptions,
    pub cutter: Cutter<'a>,
    pub ledger: evidence::Ledger<'a>,
    pub force: Option<&'b mut Force<'a>>,
    /// Names that groups have.
    pub names: BTreeSet<String>,
    /// Conversations that rules came of where the rest is not denied.
    pub covered: BTreeSet<usize>,
}

/// Checks what Azure counts for a group as a whole.
fn limits(group: &DraftedNsg) -> Result<(), DraftError> {
    let name = || group.subnet.clone();
    if group.rules.len() > MOST_RULES {
        return Err(DraftError::TooManyRules(name(), group.rules.len()));
    }
    let sum =
        |count: &dyn Fn(&SecurityRule) -> usize| group.rules.iter().map(|r| count(&r.rule)).sum::<usize>();
    let prefixes = sum(&|rule| rule.sources.len()).max(sum(&|rule| rule.destinations.len()));
    if prefixes > MOST_PREFIXES {
        return Err(DraftError::TooManyPrefixes(name(), prefixes));
    }
    let ports = sum(&|rule| rule.destination_ports.len());
    if ports > MOST_PORTS {
        return Err(DraftError::TooManyPorts(name(), ports));
    }
    Ok(())
}

impl<'a, 'b> Maker<'a, 'b> {
    /// Of a draft whose seeds are known.
    pub fn new(
        out: &Draft,
        traffic: &'a Traffic,
        places: &'a Places<'a>,
        options: &'a DraftOptions,
        hosts: &Hosts,
        force: Option<&'b mut Force<'a>>,
    ) -> Self {
        let handed_out = HandedOut::of(traffic, &out.seeds, hosts);
        Self {
            traffic,
            places,
            options,
            cutter: Cutter { traffic, places, options, handed_out },
            ledger: evidence::Ledger::new(traffic),
            force,
            names: places.names(traffic),
            covered: BTreeSet::new(),
        }
    }

    /// Makes the group of a site out of what is needed there, which is taken.
    pub fn make(&mut self, out: &mut Draft, site: &Site, all: &mut Needs) -> Result<(), DraftError> {
        let mut group = self.group(site);
        for direction in DIRECTIONS {
            let mut part =
                Part { site, direction, needs: BTreeMap::new(), unneeded: Vec::new(), closed: Vec::new() };
            for subnet in &site.subnets {
                if let Some(needs) = all.groups.remove(&(*subnet, direction)) {
                    part.needs.insert(*subnet, needs);
                    part.closed.push(*subnet);
                }
                part.unneeded.extend(all.unneeded.remove(&(*subnet, direction)).unwrap_or_default());
                if let Some(members) = all.marked.remove(&(*subnet, direction)) {
                    part.needs.insert(*subnet, self.by_far(members, direction));
                }
            }
            self.direction(out, &mut group, part)?;
        }
        limits(&group)?;
        self.elsewhere(out, site, &group);
        out.groups.push(group);
        Ok(())
    }

    /// When the groups of all sites are made.
    pub fn finish(&self, out: &mut Draft, needs: &Needs) {
        for seen in &needs.open {
            if self.covered.contains(seen) {
                out.seeds.push(*seen);
            } else {
                *out.skipped.entry(Skip::Unlogged).or_default() += 1;
            }
        }
        out.notes.extend(self.cutter.handed_out.notes(self.traffic));
        out.seeds.sort_unstable();
        out.groups.retain(|group| !group.rules.is_empty() || !group.removed.is_empty());
        out.groups.sort_small_by(|a, b| a.subnet.cmp(&b.subnet));
        for group in &mut out.groups {
            group.rules.sort_small_by_key(|a| (a.rule.direction, a.rule.priority));
            group.nsg.rules = group.rules.iter().map(|drafted| drafted.rule.clone()).collect();
        }
    }

    /// Subnets that something is drafted for, those of one group in force together.
    pub fn sites(&self, needs: &Needs) -> Vec<Site> {
        let numbers: BTreeSet<u32> =
            needs.groups.keys().chain(needs.marked.keys()).map(|(subnet, _)| *subnet).collect();
        let mut out: Vec<Site> = Vec::new();
        let mut named: Vec<(&str, u32)> = numbers.iter().map(|at| (self.name(*at), *at)).collect();
        named.sort_unstable();
        for (name, subnet) in named {
            let id = self.places.named.get(name).map(|(id, _)| id);
            let force = self.force.as_deref();
            let group = force.and_then(|force| force.group_at(id, &self.places.prefixes_of(name)));
            let is_split = group.is_some_and(|group| self.options.split_shared && self.is_shared(group));
            match out.iter_mut().find(|site| group.is_some() && site.group == group && !is_split) {
                Some(site) => site.subnets.push(subnet),
                None => out.push(Site { group, subnets: vec![subnet], is_split }),
            }
        }
        out
    }

    /// Whether a group in force is at several places.
    fn is_shared(&self, group: u32) -> bool {
        let group = self.places.existing.groups.get(group as usize);
        group.is_some_and(|group| self.places.world.sites().places_of(group).len() > 1)
    }

    /// The name of a subnet.
    pub fn name(&self, subnet: u32) -> &'a str {
        self.places.subnets.subnets.get(subnet as usize).map(|s| s.name.as_str()).unwrap_or_default()
    }

    /// A group without rules yet: the one in force, or a new one of a name that no other has.
    fn group(&mut self, site: &Site) -> DraftedNsg {
        let one = |subnet: &u32| {
            let name = self.name(*subnet).to_owned();
            let id = self.places.named.get(&name).map(|(id, _)| id.clone());
            Place { prefixes: self.places.prefixes_of(&name), name, id }
        };
        let at: Vec<Place> = site.subnets.iter().map(one).collect();
        let subnet = at.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join(", ");
        let known = self.places.existing.groups.get(site.group.map_or(usize::MAX, |at| at as usize));
        let split_from = known.filter(|_| site.is_split).map(|known| known.nsg.clone());
        let known = known.filter(|_| !site.is_split);
        let nsg = match known {
            Some(known) => Nsg { id: known.nsg.id.clone(), name: known.nsg.name.clone(), ..Nsg::default() },
            None => Nsg { name: name::group(&subnet, &mut self.names), ..Nsg::default() },
        };
        let own = || at.iter().filter_map(|place| place.id.clone()).collect();
        DraftedNsg {
            nsg,
            subnet,
            subnet_id: at.first().filter(|_| at.len() == 1).and_then(|place| place.id.clone()),
            prefixes: at.iter().flat_map(|place| place.prefixes.clone()).collect(),
            applied: known.map_or_else(own, |known| known.places.clone()),
            at,
            rules: Vec::new(),
            before: known.map(|known| known.nsg.clone()),
            split_from,
            removed: Vec::new(),
        }
    }

    /// Says where else a group is, since a change of it is a change there.
    fn elsewhere(&self, out: &mut Draft, site: &Site, group: &DraftedNsg) {
        let here = |place: &&ResourceId| !group.at.iter().any(|at| at.id.as_ref() == Some(place));
        let others: Vec<&str> = group.applied.iter().filter(here).map(|place| place.name()).collect();
        if site.group.is_some() && !site.is_split && !others.is_empty() && !group.is_unchanged() {
            out.notes.push(format!(
                "{} is also at {}: what changes in it changes there. Nothing new is denied there, and a rule goes only where all of its places were logged",
                group.nsg.name,
                others.join(", ")
            ));
        }
    }

    /// Conversations marked as needed where the rest is not denied, by far end, as others are.
    fn by_far(&self, members: Vec<Member>, direction: Direction) -> GroupNeeds {
        let mut out = GroupNeeds::new();
        for member in members {
            let Some(seen) = self.traffic.conversations.get(member.index as usize) else { continue };
            let far = if direction == Direction::Inbound { member.src } else { member.dst };
            let at = self.places.subnets.subnet_of.get(far as usize).copied().unwrap_or(u32::MAX);
            out.entry((Far::Hosts(at), seen.protocol)).or_default().push(member);
        }
        out
    }
}
