//! Where addresses may be in both sets: which groups may decide there, and who has them in common.

use super::axis::Atom;
use super::lists::Lists;
use crate::rules::RuleSet;
use crate::rules::evaluate::Deciding;
use crate::rules::stages::{Choice, Stops};
use crate::rules::world::World;
use azflow_core::model::{Address, Direction};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;

/// Before and after.
pub type Both<T> = [T; 2];
/// Inbound and outbound.
const DIRECTIONS: [Direction; 2] = [Direction::Inbound, Direction::Outbound];

/// One of the places where an address may be: the view of the virtual network there, and what may decide in both sets,
/// inbound and outbound.
type Spot = (Option<u32>, Both<[Stops; 2]>);

/// Lists of which one decides; `None` for none. Sorted.
pub type Alternatives = Vec<Option<u32>>;

/// What may decide of what leaves, or enters, one of the places of an address: the view there, and by set the lists at
/// the NIC and at the subnet.
pub type Stop = (Option<u32>, Both<[Alternatives; 2]>);

/// Addresses of which the same lists decide in one direction.
#[derive(Debug)]
pub struct Role {
    /// One for each of the places where they may be.
    pub stops: Vec<Stop>,
    /// The numbers of their places.
    places: Vec<u32>,
}

impl Role {
    /// Whether other lists decide in one set than in the other.
    pub fn is_changed(&self) -> bool {
        self.stops.iter().any(|(_, [before, after])| before != after)
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct Places {
    /// The lists of both sets.
    pub lists: Lists,
    places: Vec<Vec<Spot>>,
    /// By place: its addresses, NICs' apart, and in as few pieces as possible.
    atoms: Vec<(Vec<Atom>, Vec<Atom>)>,
    /// As sources.
    pub leaving: Vec<Role>,
    /// As destinations.
    pub entering: Vec<Role>,
}

impl Places {
    /// Finds the places of all addresses.
    pub fn new(sets: Both<&RuleSet>, deciding: &Both<Deciding<'_>>, world: &World) -> Self {
        let mut lists = Lists::default();
        let numbers = sets.map(|set| {
            let of = |group: &crate::rules::Applied| DIRECTIONS.map(|way| group.ordered(way));
            set.groups.iter().map(|group| of(group).map(|rules| lists.number(&rules))).collect::<Vec<_>>()
        });
        let mut places: Vec<Vec<Spot>> = Vec::new();
        let mut known: HashMap<Vec<Spot>, u32> = HashMap::new();
        let mut atoms: Vec<(Vec<Atom>, Vec<Atom>)> = Vec::new();
        let starts = starts(sets, world);
        for (at, first) in starts.iter().enumerate() {
            let last = starts.get(at + 1).map_or(u128::MAX, |next| next - 1);
            let address = Address::from_bits(*first);
            // Either set may name subnets that are not on file.
            let mut sites = deciding[0].stages().sites_of(address);
            let others = deciding[1].stages().sites_of(address);
            sites.extend(others.into_iter().filter(|site| site.unlisted));
            let mut seen = HashSet::new();
            sites.retain(|site| seen.insert(*site));
            let spots: Vec<Spot> = sites
                .into_iter()
                .map(|site| {
                    let stops = |deciding: &Deciding<'_>| {
                        DIRECTIONS.map(|direction| deciding.stages().at(address, site, direction))
                    };
                    let [before, after] = deciding;
                    (site.view, [stops(before), stops(after)])
                })
                .collect();
            let place = *known.entry(spots).or_insert_with_key(|spots| {
                places.push(spots.clone());
                atoms.push((Vec::new(), Vec::new()));
                places.len() as u32 - 1
            });
            let (fine, coarse) = &mut atoms[place as usize];
            let atom = Atom { first: *first, last, place };
            fine.push(atom);
            match coarse.last_mut() {
                Some(before) if before.last.checked_add(1) == Some(*first) => before.last = last,
                _ => coarse.push(atom),
            }
        }
        let roles = |outbound: bool| {
            let mut out: Vec<Role> = Vec::new();
            let mut known: HashMap<Vec<Stop>, usize> = HashMap::new();
            for (number, spots) in places.iter().enumerate() {
                let stops: Vec<Stop> = spots.iter().map(|spot| stop(spot, outbound, &numbers)).collect();
                let at = *known.entry(stops).or_insert_with_key(|stops| {
                    out.push(Role { stops: stops.clone(), places: Vec::new() });
                    out.len() - 1
                });
                out[at].places.push(number as u32);
            }
            out
        };
        let (leaving, entering) = (roles(true), roles(false));
        Self { lists, places, atoms, leaving, entering }
    }

    /// The addresses of a role; where single addresses are told apart, those of NICs by themselves.
    pub fn atoms(&self, role: &Role, single: bool) -> Vec<Atom> {
        let of = |place: &u32| self.atoms.get(*place as usize);
        let some =
            role.places.iter().filter_map(of).flat_map(|(fine, coarse)| if single { fine } else { coarse });
        some.copied().collect()
    }

    /// The groups of one set that may decide at a place.
    pub fn groups(&self, place: u32, set: usize, outbound: bool) -> BTreeSet<u32> {
        let spots = self.places.get(place as usize).map(Vec::as_slice).unwrap_or_default();
        let stops = spots.iter().map(|(_, sets)| &sets[set][usize::from(outbound)]);
        let choices = stops.flat_map(|stops| [&stops.nic, &stops.subnet]);
        choices.flat_map(|choice| choice.groups.iter().flatten().copied()).collect()
    }
}

/// Where the places of addresses may change, from the lowest address on.
fn starts(sets: Both<&RuleSet>, world: &World) -> Vec<u128> {
    let mut out = vec![0];
    let mut span = |first: Address, last: Address| {
        out.push(first.bits());
        out.extend(last.bits().checked_add(1));
    };
    for group in sets.iter().flat_map(|set| &set.groups) {
        group.prefixes.iter().for_each(|prefix| span(prefix.first(), prefix.last()));
        group.nics.iter().for_each(|address| span(*address, *address));
    }
    world.sites().held().into_iter().for_each(|address| span(address, address));
    // A prefix of IPv6 around IPv4's addresses does not hold these.
    span(Address::from_v4(0), Address::from_v4(u32::MAX));
    out.extend(Address::public_edges().into_iter().map(Address::bits));
    out.extend(world.cuts(std::iter::empty()));
    out.sort_unstable();
    out.dedup();
    out
}

fn stop((view, sets): &Spot, outbound: bool, numbers: &Both<Vec<[u32; 2]>>) -> Stop {
    let way = usize::from(outbound);
    let lists = |set: usize, choice: &Choice| -> Alternatives {
        let of = |group: u32| numbers[set].get(group as usize).map(|lists| lists[way]);
        let mut out: Alternatives = choice.groups.iter().map(|group| group.and_then(of)).collect();
        out.sort_unstable();
        out.dedup();
        out
    };
    let both = [0, 1].map(|set| {
        let stops = &sets[set][way];
        [lists(set, &stops.nic), lists(set, &stops.subnet)]
    });
    let is_empty = both.iter().flatten().all(|alternatives| alternatives.iter().all(Option::is_none));
    // Where no list decides nothing is looked at from there.
    (view.filter(|_| !is_empty), both)
}
