//! What two sets of groups decide differently, over every source, destination, protocol and port.
//!
//! Addresses that the same lists of rules decide of are a *role*; where the lists of two roles that meet differ, the box
//! of all their addresses and services is divided by the rules that only one set has, and each part is left alone as
//! soon as what is left of both lists says the same (`meeting`). So unchanged rules cost nothing, however many there are.
//! A part that no rule divides is decided by [`Deciding`], which is the truth for one flow. What is not known stays
//! unknown: where both sets can't be told, they differ unless they rest on the same things that are not known.
//!
//! Groups of which no file tells where they apply are compared with their namesakes by themselves (`region::Scope`).

mod axis;
mod bits;
mod explore;
mod lists;
mod meeting;
mod places;
mod region;
mod services;
mod spans;

use super::evaluate::{Deciding, Stage};
use super::set::{Applied, GroupIndex, RuleSet};
use super::world::World;
use crate::pieces::{all_at_once, end_of_piece};
use azflow_core::model::SortSmall;
use azflow_core::model::{Direction, Network, ResourceId};
use explore::{Explorer, Work};
use meeting::Ends;
use places::{Both, Places, Role};
pub use region::{Addresses, Region, Side};
use services::ServiceSet;
use spans::Spans;
pub use spans::plain_spans;
use std::collections::{BTreeMap, BTreeSet};

/// How much work a comparison may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Of everything, in looks at a rule.
    pub whole: u64,
    /// Of what lies between addresses of two kinds.
    pub each: u64,
    /// Parts that differ, before they are joined.
    pub pieces: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { whole: 400_000_000, each: 100_000_000, pieces: 50_000 }
    }
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// Denied before, allowed after.
    NewlyAllowed,
    /// Allowed before, denied after.
    NewlyDenied,
    /// Before or after can't be told, and they don't rest on the same.
    Undecidable,
    /// Denied in both: the group that denied it lets it pass, and another one still denies.
    StillDenied,
}

impl Change {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::NewlyAllowed, Self::NewlyDenied, Self::Undecidable, Self::StillDenied];

    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewlyAllowed => "newly-allowed",
            Self::NewlyDenied => "newly-denied",
            Self::Undecidable => "undecidable",
            Self::StillDenied => "still-denied",
        }
    }
}

/// What a set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Word {
    /// It passes.
    Allowed,
    /// It is stopped.
    Denied,
    /// Not to be told.
    Undecidable,
}

impl Word {
    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allow",
            Self::Denied => "deny",
            Self::Undecidable => "undecidable",
        }
    }
}

/// What a set says of a flow, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Verdict {
    word: Word,
    reason: Option<String>,
    stage: Option<Stage>,
    group: Option<usize>,
    rule: String,
}

/// A part of the space that is decided differently, for one reason.
#[derive(Debug, Clone)]
struct Piece {
    change: Change,
    before: Verdict,
    after: Verdict,
    src: Spans,
    dst: Spans,
    services: ServiceSet,
}

/// Something that was not compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotCompared {
    /// The group.
    pub nsg: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// Everything that two sets decide differently.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The regions: by change, group, direction, then space.
    pub regions: Vec<Region>,
    /// What was not compared, sorted.
    pub not_compared: Vec<NotCompared>,
    /// What of both sets was not understood, in sentences.
    pub not_understood: Both<Vec<String>>,
}

impl Difference {
    /// How many regions there are of a change.
    pub fn count(&self, change: Change) -> usize {
        self.regions.iter().filter(|region| region.change == change).count()
    }
}

/// Compares two sets of groups in a network.
pub fn difference(
    before: &RuleSet,
    after: &RuleSet,
    network: &Network,
    world: &World,
    budget: Budget,
) -> Difference {
    all_at_once(difference_in_pieces([before, after], &World::of_no_place(network), world, budget))
}

/// The same in pieces; `nowhere` is [`World::of_no_place`].
pub async fn difference_in_pieces(
    [before, after]: Both<&RuleSet>,
    nowhere: &World,
    world: &World,
    budget: Budget,
) -> Difference {
    let mut out = Difference {
        not_understood: [before.not_understood(), after.not_understood()],
        ..Difference::default()
    };
    let mut work = Work::new(budget);
    let (placed_before, elsewhere_before) = placed(before, world);
    let (placed_after, elsewhere_after) = placed(after, world);
    compare([&placed_before, &placed_after], world, None, &mut work, &mut out).await;
    let elsewhere: BTreeMap<_, _> = elsewhere_after.into_iter().chain(elsewhere_before).collect();
    let sets = [&GroupIndex::new(before), &GroupIndex::new(after)];
    for (id, name) in &elsewhere {
        same_group(sets, (id, name), nowhere, &mut work, &mut out).await;
    }
    out.not_compared.sort_small();
    out.not_compared.dedup();
    region::sort(&mut out.regions);
    out.regions.dedup();
    out
}

/// A group's id and its name.
type Named = (ResourceId, String);

/// The set without places that no file has, and the groups that are, or may be, at such places.
fn placed(set: &RuleSet, world: &World) -> (RuleSet, Vec<Named>) {
    let is_on_file =
        |id: &_| world.sites().subnet_of_id(id).is_some() || world.sites().nic_of_id(id).is_some();
    let mut out = RuleSet::default();
    let mut elsewhere = Vec::new();
    for group in &set.groups {
        let mut group = group.clone();
        let has_addresses = !group.prefixes.is_empty() || !group.nics.is_empty();
        let is_known = group.places.iter().any(is_on_file);
        if group.is_unplaced()
            || !is_known && !has_addresses
            || is_known && !group.places.iter().all(is_on_file)
        {
            elsewhere.push((group.nsg.id.clone(), group.nsg.name.clone()));
        }
        // Where prefixes or addresses serve in place of ids they stay: see `Stages`.
        if is_known || !has_addresses {
            group.places.retain(is_on_file);
        }
        out.groups.push(group);
    }
    (out, elsewhere)
}

/// Compares a group with its namesake, at a place that no file has.
async fn same_group(
    sets: Both<&GroupIndex<'_>>,
    (id, name): (&ResourceId, &str),
    nowhere: &World,
    work: &mut Work,
    out: &mut Difference,
) {
    let [before, after] = sets.map(|set| set.find(id, name));
    let (Some(before), Some(after)) = (before, after) else {
        let which = if after.is_none() { "first" } else { "second" };
        let reason = format!("only the {which} set has it, and no file tells all places where it applies");
        out.not_compared.push(NotCompared { nsg: name.to_owned(), reason });
        return;
    };
    for way in [Direction::Inbound, Direction::Outbound] {
        let alone = |group: &Applied| RuleSet { groups: vec![group.one_way(way)], ..RuleSet::default() };
        let sets = [alone(before), alone(after)];
        compare([&sets[0], &sets[1]], nowhere, Some(way), work, out).await;
    }
}

/// Compares sets of which files tell all places.
async fn compare(
    sets: Both<&RuleSet>,
    world: &World,
    only: Option<Direction>,
    work: &mut Work,
    out: &mut Difference,
) {
    let deciding = sets.map(|set| Deciding::new(set, world));
    let places = Places::new(sets, &deciding, world);
    let explorer = Explorer { deciding: &deciding, only };
    let mut pieces = Vec::new();
    let mut not_compared: BTreeMap<String, &'static str> = BTreeMap::new();
    for entering in &places.entering {
        for leaving in &places.leaving {
            if !entering.is_changed() && !leaving.is_changed() {
                continue;
            }
            let ends = Ends { places: &places, world, leaving, entering, service: None };
            if let Err(why) = explorer.between(ends, work, &mut pieces) {
                for (role, outbound) in [(leaving, true), (entering, false)] {
                    for name in changed_groups(&places, role, outbound, sets) {
                        not_compared.entry(name).or_insert(why);
                    }
                }
            }
            end_of_piece().await;
        }
    }
    let of = |(nsg, reason): (String, &str)| NotCompared { nsg, reason: reason.to_owned() };
    out.not_compared.extend(not_compared.into_iter().map(of));
    region::add(explore::joined(pieces), sets, world, only.is_none(), &mut out.regions);
}

/// The names of groups that decide otherwise in one direction than in the other set.
fn changed_groups(places: &Places, role: &Role, outbound: bool, sets: Both<&RuleSet>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    if role.is_changed() {
        for place in places.atoms(role, false).iter().map(|atom| atom.place).collect::<BTreeSet<_>>() {
            for (set, all) in sets.iter().enumerate() {
                let groups = places.groups(place, set, outbound);
                let named = groups.iter().filter_map(|group| all.groups.get(*group as usize));
                out.extend(named.map(|group| group.nsg.name.clone()));
            }
        }
    }
    out
}
