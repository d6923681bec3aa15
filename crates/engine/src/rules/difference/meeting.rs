//! Addresses as sources meet addresses as destinations: the lists that decide between them, in both sets, and what those
//! say of a *box* (some sources, destinations and services).

use super::axis::{Axis, Column, Sides, YES};
use super::bits::Bits;
use super::lists::Content;
use super::places::{Alternatives, Both, Places, Role};
use super::services::Services;
use crate::rules::world::{Answer, PlatformService, World};
use azflow_core::model::{Decision, SecurityRule};
use std::collections::BTreeSet;

/// Some sources, destinations and services: every combination of them.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Classes of sources.
    pub src: Bits,
    /// Classes of destinations.
    pub dst: Bits,
    /// Pieces of services.
    pub services: Bits,
}

/// A rule of a list at hand.
#[derive(Debug)]
struct Rule<'a> {
    content: &'a Content,
    src: u32,
    dst: u32,
    services: u32,
}

/// A list as it is looked at from one place.
#[derive(Debug)]
struct Track<'a> {
    rules: Vec<Rule<'a>>,
    /// What comes of it where no rule matches.
    otherwise: Decision,
}

/// Lists of which one decides, by number of track; a list that a service of the platform may pass by has two.
type Options = Vec<Vec<usize>>;

/// A stage between two places in both sets.
#[derive(Debug)]
struct Slot {
    options: Both<Options>,
    is_changed: bool,
    /// At most one list decides in either set.
    is_plain: bool,
}

/// By track, the numbers of the rules that may match something of a box, up to the first that matches all of it.
pub type Left = Vec<Vec<u32>>;

/// What a rule that may match, matches by: parts of source and destination, and what else must hold.
type Match = (u32, u32, u32);

/// A list as it stands for flows of one class: by turns what allows and what denies, perhaps, and what comes of it else.
type Sense = (Vec<(Decision, BTreeSet<Match>)>, Option<Decision>);

/// See the module's description.
#[derive(Debug)]
pub struct Meeting<'a> {
    /// The sources.
    pub src: Axis,
    /// The destinations.
    pub dst: Axis,
    /// The services.
    pub services: Services,
    of_rules: Vec<Bits>,
    tracks: Vec<Track<'a>>,
    slots: Vec<Slot>,
    is_plain: bool,
}

/// What is looked at together.
#[derive(Debug, Clone, Copy)]
pub struct Ends<'a> {
    /// Everything's places.
    pub places: &'a Places,
    /// What the network is.
    pub world: &'a World,
    /// Who begins.
    pub leaving: &'a Role,
    /// Who is reached.
    pub entering: &'a Role,
    /// Where only a service of the platform is looked at: which.
    pub service: Option<PlatformService>,
}

impl<'a> Meeting<'a> {
    /// How much work making it is, before it is done.
    pub fn cost(ends: Ends<'a>) -> u64 {
        let rules = |role: &Role| -> u64 {
            let lists = role.stops.iter().flat_map(|(_, sets)| sets).flatten().flatten().flatten();
            lists.flat_map(|list| ends.places.lists.get(*list)).map(|content| weight(&content.rule)).sum()
        };
        let atoms =
            ends.places.atoms(ends.leaving, true).len() + ends.places.atoms(ends.entering, true).len();
        let all = rules(ends.leaving).saturating_add(rules(ends.entering));
        // Each rule looks at each piece of the addresses, and cuts them further.
        all.saturating_mul(all.saturating_add(atoms as u64) / 16 + 1)
    }

    /// Makes everything ready.
    pub fn new(ends: Ends<'a>) -> Self {
        let Ends { places, world, leaving, entering, service } = ends;
        let (mut sources, mut destinations) = (Sides::default(), Sides::default());
        let mut out = Self {
            src: Axis { atoms: Vec::new(), classes: Vec::new(), columns: Vec::new(), services: Vec::new() },
            dst: Axis { atoms: Vec::new(), classes: Vec::new(), columns: Vec::new(), services: Vec::new() },
            services: Services::new(std::iter::empty()),
            of_rules: Vec::new(),
            tracks: Vec::new(),
            slots: Vec::new(),
            is_plain: false,
        };
        let mut rules: Vec<&'a SecurityRule> = Vec::new();
        for (i, (from, out_sets)) in leaving.stops.iter().enumerate() {
            for (j, (to, in_sets)) in entering.stops.iter().enumerate() {
                let stages = [
                    (true, 0, out_sets, *from),
                    (true, 1, out_sets, *from),
                    (false, 1, in_sets, *to),
                    (false, 0, in_sets, *to),
                ];
                for (outbound, at, sets, view) in stages {
                    let service = service.filter(|_| outbound);
                    let passes = service.map(|service| world.passes_outside(service, view));
                    let mut take = |alternatives: &Alternatives| -> Options {
                        let mut options = Options::new();
                        for list in alternatives {
                            let mut option = Vec::new();
                            for named in views_of(passes.as_ref()).iter().copied() {
                                let Some(list) = list else { continue };
                                let named = service.filter(|_| named);
                                let contents = places.lists.get(*list).iter();
                                let is_asked = |c: &&Content| named.is_none_or(|s| s.may_be_named(&c.rule));
                                let mut track = Track {
                                    rules: Vec::new(),
                                    otherwise: if named.is_some() {
                                        Decision::Allowed
                                    } else {
                                        Decision::Denied
                                    },
                                };
                                for content in contents.filter(is_asked) {
                                    track.rules.push(Rule {
                                        content,
                                        src: sources.number(&content.rule.sources, (view, i)),
                                        dst: destinations.number(&content.rule.destinations, (view, j)),
                                        services: rules.len() as u32,
                                    });
                                    rules.push(&content.rule);
                                }
                                option.push(out.tracks.len());
                                out.tracks.push(track);
                            }
                            options.push(option);
                        }
                        options
                    };
                    let (before, after) = (&sets[0][at], &sets[1][at]);
                    let options = [take(before), take(after)];
                    out.slots.push(Slot {
                        is_changed: before != after,
                        is_plain: before.len() == 1 && after.len() == 1 && passes.is_none(),
                        options,
                    });
                }
            }
        }
        out.is_plain = leaving.stops.len() == 1 && entering.stops.len() == 1;
        out.services = Services::new(rules.iter().copied());
        out.of_rules = rules.iter().map(|rule| out.services.of_rule(rule)).collect();
        let axis = |role: &Role, sides: &Sides<'_>| {
            let atoms = places.atoms(role, sides.name_groups());
            Axis::new(&atoms, sides, &sides.cuts(world), world)
        };
        out.src = axis(leaving, &sources);
        out.dst = axis(entering, &destinations);
        out
    }

    /// All rules of all lists.
    pub fn everything(&self) -> Left {
        self.tracks.iter().map(|track| (0..track.rules.len() as u32).collect()).collect()
    }

    fn column(&self, rule: &Rule<'_>) -> Option<(&Column, &Column, &Bits)> {
        let src = self.src.columns.get(rule.src as usize)?;
        Some((src, self.dst.columns.get(rule.dst as usize)?, self.of_rules.get(rule.services as usize)?))
    }

    /// Of the rules that are left those that matter in a part of the box.
    pub fn narrow(&self, left: &Left, cell: &Cell) -> Left {
        let of = |(track, left): (&Track<'_>, &Vec<u32>)| {
            let mut out = Vec::new();
            let mut is_over = false;
            for number in left {
                let Some(rule) = track.rules.get(*number as usize) else { continue };
                if is_over && !rule.content.is_tied {
                    break;
                }
                let Some((src, dst, services)) = self.column(rule) else { continue };
                if !cell.src.meets(&src.any) || !cell.dst.meets(&dst.any) || !cell.services.meets(services) {
                    continue;
                }
                out.push(*number);
                is_over |= rule.content.condition == 0
                    && cell.src.is_within(&src.yes)
                    && cell.dst.is_within(&dst.yes)
                    && cell.services.is_within(services);
            }
            out
        };
        self.tracks.iter().zip(left).map(of).collect()
    }

    fn rules<'s>(&'s self, track: usize, left: &'s Left) -> impl Iterator<Item = &'s Rule<'a>> + 's {
        let rules = self.tracks.get(track).map(|track| track.rules.as_slice()).unwrap_or_default();
        let left = left.get(track).map(Vec::as_slice).unwrap_or_default();
        left.iter().filter_map(|number| rules.get(*number as usize))
    }

    fn covers(&self, rule: &Rule<'_>, cell: &Cell) -> bool {
        let Some((src, dst, services)) = self.column(rule) else { return false };
        rule.content.condition == 0
            && cell.src.is_within(&src.yes)
            && cell.dst.is_within(&dst.yes)
            && cell.services.is_within(services)
    }

    /// What a list says of all of a box, where it is one thing.
    fn decided(&self, track: usize, left: &Left, cell: &Cell) -> Option<Decision> {
        let mut access = None;
        for rule in self.rules(track, left) {
            let own = rule.content.access();
            if access.is_some_and(|known| known != own) {
                return None;
            }
            access = Some(own);
        }
        let is_over = self.rules(track, left).any(|rule| self.covers(rule, cell));
        let otherwise = self.tracks.get(track)?.otherwise;
        match access {
            Some(access) if is_over => Some(access),
            Some(access) => (access == otherwise).then_some(access),
            None => Some(otherwise),
        }
    }

    /// Whether both sets decide all of a box in one way, and none of it is let pass at the stage that refused it before.
    pub fn is_the_same_throughout(&self, left: &Left, cell: &Cell) -> bool {
        if !self.is_plain {
            return false;
        }
        let mut stages: Vec<[Option<Decision>; 2]> = Vec::with_capacity(self.slots.len());
        for slot in &self.slots {
            let says = |set: usize| match slot.options[set].as_slice() {
                [] => Some(Decision::Allowed),
                [option] => match option.as_slice() {
                    [] => Some(Decision::Allowed),
                    [track] if slot.is_plain => self.decided(*track, left, cell),
                    _ => None,
                },
                _ => None,
            };
            stages.push([says(0), says(1)]);
        }
        let denied = |set: usize| stages.iter().position(|stage| stage[set] == Some(Decision::Denied));
        let allowed = |set: usize| stages.iter().all(|stage| stage[set] == Some(Decision::Allowed));
        match denied(0) {
            // What another stage may have denied before and lets pass now is to be told.
            Some(at) => {
                let is_open =
                    |(slot, stage): (&Slot, &[Option<Decision>; 2])| slot.is_changed && stage[0].is_none();
                let earlier = || self.slots.iter().zip(&stages).take(at);
                stages[at][1] == Some(Decision::Denied) && !earlier().any(is_open)
            }
            None => allowed(0) && allowed(1),
        }
    }

    /// Whether what is left of all lists says the same in both sets, whatever is not known.
    pub fn is_unchanged(&self, left: &Left, cell: &Cell) -> bool {
        self.slots.iter().all(|slot| {
            let [before, after] = &slot.options;
            !slot.is_changed
                || before.len() == after.len()
                    && before.iter().zip(after).all(|(before, after)| {
                        before.len() == after.len()
                            && before.iter().zip(after).all(|(a, b)| self.are_equal((*a, *b), left, cell))
                    })
        })
    }

    fn are_equal(&self, (a, b): (usize, usize), left: &Left, cell: &Cell) -> bool {
        let count = |track: usize| left.get(track).map_or(0, Vec::len);
        count(a) == count(b)
            && self.rules(a, left).zip(self.rules(b, left)).all(|(a, b)| self.say_the_same(a, b, cell))
    }

    fn say_the_same(&self, a: &Rule<'_>, b: &Rule<'_>, cell: &Cell) -> bool {
        if a.content.is_tied != b.content.is_tied {
            return false;
        }
        if a.content.id == b.content.id && a.src == b.src && a.dst == b.dst {
            return true;
        }
        let (Some(one), Some(other)) = (self.column(a), self.column(b)) else { return false };
        a.content.access() == b.content.access()
            && a.content.condition == b.content.condition
            && one.0.says_the_same(other.0, &cell.src)
            && one.1.says_the_same(other.1, &cell.dst)
            && cell.services.sees_the_same(one.2, other.2)
    }

    /// Parts of a box that the rules which matter most tell apart; none where no rule does.
    pub fn split(&self, left: &Left, cell: &Cell) -> Vec<Cell> {
        // Rules that only one of the sets has come first: where they don't match nothing may differ.
        for slot in self.slots.iter().filter(|slot| slot.is_changed) {
            let tracks = |set: usize| slot.options[set].iter().flatten().copied();
            for set in [0, 1] {
                let others: BTreeSet<u32> = tracks(1 - set)
                    .flat_map(|track| self.rules(track, left).map(|rule| rule.content.id))
                    .collect();
                for rule in tracks(set).flat_map(|track| self.rules(track, left)) {
                    if others.contains(&rule.content.id) {
                        continue;
                    }
                    let parts = self.parts(rule, cell);
                    if !parts.is_empty() {
                        return parts;
                    }
                }
            }
        }
        let mut all = (0..self.tracks.len()).flat_map(|track| self.rules(track, left));
        all.find_map(|rule| Some(self.parts(rule, cell)).filter(|parts| !parts.is_empty()))
            .unwrap_or_default()
    }

    /// Parts of a box that a rule tells apart.
    fn parts(&self, rule: &Rule<'_>, cell: &Cell) -> Vec<Cell> {
        let Some((src, dst, services)) = self.column(rule) else { return Vec::new() };
        if !cell.services.is_within(services) {
            let (inside, outside) = (cell.services.and(services), cell.services.without(services));
            return [inside, outside].map(|services| Cell { services, ..cell.clone() }).into();
        }
        if !src.is_uniform(&cell.src) {
            return src.split(&cell.src).into_iter().map(|src| Cell { src, ..cell.clone() }).collect();
        }
        if !dst.is_uniform(&cell.dst) {
            return dst.split(&cell.dst).into_iter().map(|dst| Cell { dst, ..cell.clone() }).collect();
        }
        Vec::new()
    }

    /// Whether what is left of both sets for flows of one class comes to the same, whatever is not known. No rule tells
    /// any of the box apart.
    pub fn has_one_sense(&self, left: &Left, cell: &Cell) -> bool {
        let (Some(src), Some(dst)) = (cell.src.iter().next(), cell.dst.iter().next()) else { return true };
        let senses = |options: &Options| -> BTreeSet<Vec<Sense>> {
            let of = |track: &usize| self.sense(*track, left, (src, dst));
            let passes = || vec![(Vec::new(), Some(Decision::Allowed))];
            let all = options.iter().map(|option| match option.as_slice() {
                [] => passes(),
                tracks => tracks.iter().map(of).collect(),
            });
            if options.is_empty() { BTreeSet::from([passes()]) } else { all.collect() }
        };
        self.slots.iter().all(|slot| !slot.is_changed || senses(&slot.options[0]) == senses(&slot.options[1]))
    }

    fn sense(&self, track: usize, left: &Left, (src, dst): (usize, usize)) -> Sense {
        let mut turns: Vec<(Decision, BTreeSet<Match>)> = Vec::new();
        let mut end = None;
        let mut is_open = false;
        for rule in self.rules(track, left) {
            let Some((sources, destinations, _)) = self.column(rule) else { continue };
            let by = (sources.code(src), destinations.code(dst), rule.content.condition);
            let access = rule.content.access();
            if end.is_some() {
                // One of the same priority that decides otherwise: either may come first.
                is_open |= end != Some(access);
            } else if by == (YES, YES, 0) {
                end = Some(access);
                continue;
            }
            match turns.last_mut() {
                Some((own, all)) if *own == access => drop(all.insert(by)),
                _ => turns.push((access, BTreeSet::from([by]))),
            }
        }
        if is_open {
            return (turns, None);
        }
        let end = end.or_else(|| self.tracks.get(track).map(|track| track.otherwise));
        // What may decide as is decided anyway says nothing.
        while turns.last().is_some_and(|(access, _)| Some(*access) == end) {
            turns.pop();
        }
        (turns, end)
    }

    /// Rules that are looked at, all lists together.
    pub fn count(left: &Left) -> u64 {
        left.iter().map(|left| left.len() as u64 + 1).sum()
    }

    /// How much there is to do for one rule.
    pub fn width(&self) -> u64 {
        (self.src.classes.len() + self.dst.classes.len() + self.services.len()) as u64 / 64 + 3
    }
}

/// How much a rule names.
fn weight(rule: &SecurityRule) -> u64 {
    (rule.sources.len() + rule.destinations.len() + rule.destination_ports.len()) as u64
}

/// Whether a list is asked as a whole, only by the rules that name a service, or both.
fn views_of(passes: Option<&Answer>) -> &'static [bool] {
    match passes {
        None | Some(Answer::No) => &[false],
        Some(Answer::Yes) => &[true],
        Some(Answer::Unknown(_)) => &[true, false],
    }
}
