//! Goes through the boxes in which two sets may decide otherwise, and decides one flow of each that no rule divides.

use super::axis::Atom;
use super::bits::Bits;
use super::meeting::{Cell, Ends, Left, Meeting};
use super::places::Both;
use super::spans::Spans;
use super::{Budget, Change, Piece, Verdict, Word};
use crate::rules::evaluate::{Deciding, Flow, MOST_PLACES, Members, Ruling, Stage, StageRuling};
use crate::rules::world::PlatformService;
use azflow_core::model::{Address, Decision, Direction};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Services of the platform that pass rules by.
const SERVICES: [PlatformService; 5] = [
    PlatformService::Dhcp,
    PlatformService::Agent,
    PlatformService::Dns,
    PlatformService::Metadata,
    PlatformService::Licensing,
];

/// What was done so far, and what may be.
#[derive(Debug)]
pub struct Work {
    budget: Budget,
    spent: u64,
}

impl Work {
    /// Nothing so far.
    pub fn new(budget: Budget) -> Self {
        Self { budget, spent: 0 }
    }
}

/// Why some of the space was not compared.
pub const TOO_MUCH: &str = "too many rules, prefixes and ports meet there to compare them exactly";
/// Likewise.
pub const TOO_LONG: &str = "the whole comparison took too long to come to it";

/// See the module's description.
#[derive(Debug)]
pub struct Explorer<'a> {
    /// Before and after.
    pub deciding: &'a Both<Deciding<'a>>,
    /// The one direction that is looked at, if it is one.
    pub only: Option<Direction>,
}

impl Explorer<'_> {
    /// Adds what differs between the addresses of two roles.
    ///
    /// # Errors
    /// A sentence that says why not everything was compared; what was found until then is true all the same.
    pub fn between(&self, ends: Ends<'_>, work: &mut Work, out: &mut Vec<Piece>) -> Result<(), &'static str> {
        if work.spent >= work.budget.whole {
            return Err(TOO_LONG);
        }
        let mut left = work.budget.each.min(work.budget.whole - work.spent);
        let all = left;
        let done = self.within(ends, &mut left, work.budget.pieces, out);
        work.spent += all - left;
        done
    }

    fn within(
        &self,
        ends: Ends<'_>,
        left: &mut u64,
        most: usize,
        out: &mut Vec<Piece>,
    ) -> Result<(), &'static str> {
        spend(left, Meeting::cost(ends))?;
        let meeting = Meeting::new(ends);
        if ends.leaving.stops.len().saturating_mul(ends.entering.stops.len()) > MOST_PLACES {
            // Nothing can be told there, and lists differ.
            return self.leaf(&meeting, &whole(&meeting), None, left, out);
        }
        // What a service of the platform is at has lists of its own.
        let mut services: Vec<(PlatformService, usize, Bits)> = Vec::new();
        let mut cells = Vec::new();
        let special = Bits::of(meeting.dst.classes.len(), |class| meeting.dst.services.contains(&class));
        let all = whole(&meeting);
        cells.push(Cell { dst: all.dst.without(&special), ..all.clone() });
        for class in special.iter() {
            let mut ordinary = all.services.clone();
            for service in SERVICES {
                let pieces = pieces_of(&meeting, class, service);
                if !pieces.is_empty() {
                    ordinary = ordinary.without(&pieces);
                    services.push((service, class, pieces));
                }
            }
            let dst = Bits::of(meeting.dst.classes.len(), |own| own == class);
            cells.push(Cell { dst, services: ordinary, ..all.clone() });
        }
        for cell in cells {
            self.explore(&meeting, cell, left, most, out)?;
        }
        for (service, class, _) in services {
            let ends = Ends { service: Some(service), ..ends };
            spend(left, Meeting::cost(ends))?;
            let address = address_of(&meeting, class);
            let own = Meeting::new(ends);
            let here =
                |class: &usize| own.dst.services.contains(class) && address_of(&own, *class) == address;
            let Some(class) = (0..own.dst.classes.len()).find(here) else { continue };
            let dst = Bits::of(own.dst.classes.len(), |number| number == class);
            let cell = Cell { dst, services: pieces_of(&own, class, service), ..whole(&own) };
            self.explore(&own, cell, left, most, out)?;
        }
        Ok(())
    }

    fn explore(
        &self,
        meeting: &Meeting<'_>,
        from: Cell,
        budget: &mut u64,
        most: usize,
        out: &mut Vec<Piece>,
    ) -> Result<(), &'static str> {
        let mut open = vec![(from, Rc::new(meeting.everything()))];
        while let Some((cell, parent)) = open.pop() {
            if cell.src.is_empty() || cell.dst.is_empty() || cell.services.is_empty() {
                continue;
            }
            spend(budget, Meeting::count(&parent).saturating_mul(meeting.width()))?;
            let left = meeting.narrow(&parent, &cell);
            if meeting.is_the_same_throughout(&left, &cell) || meeting.is_unchanged(&left, &cell) {
                continue;
            }
            let parts = meeting.split(&left, &cell);
            if parts.is_empty() {
                if out.len() >= most {
                    return Err(TOO_MUCH);
                }
                self.leaf(meeting, &cell, Some(&left), budget, out)?;
                continue;
            }
            let left = Rc::new(left);
            open.extend(parts.into_iter().rev().map(|part| (part, Rc::clone(&left))));
        }
        Ok(())
    }

    /// Decides a box that no rule divides: one flow of it stands for all.
    fn leaf(
        &self,
        meeting: &Meeting<'_>,
        cell: &Cell,
        left: Option<&Left>,
        budget: &mut u64,
        out: &mut Vec<Piece>,
    ) -> Result<(), &'static str> {
        spend(budget, 16 * left.map_or(0, Meeting::count) + 64)?;
        let (src, dst): (Vec<Atom>, Vec<Atom>) =
            (meeting.src.atoms_of(&cell.src).collect(), meeting.dst.atoms_of(&cell.dst).collect());
        let services = meeting.services.all_of(&cell.services);
        let (Some(one), Some(other), Some((protocol, port))) = (src.first(), dst.first(), services.one())
        else {
            return Ok(());
        };
        let flow = |src: &Atom, dst: &Atom| Flow {
            src: Address::from_bits(src.first),
            dst: Address::from_bits(dst.first),
            protocol,
            port,
        };
        let verdicts = |flow: Flow| [0, 1].map(|set| self.verdict(set, flow));
        let [before, after] = verdicts(flow(one, other));
        let change = change_of(&before, &after);
        if before.word == Word::Undecidable
            && after.word == Word::Undecidable
            && left.is_some_and(|left| meeting.has_one_sense(left, cell))
        {
            return Ok(());
        }
        let Some(change) = change else { return Ok(()) };
        // Groups with the same rules are looked at together; where one of them is named, each is by itself.
        let stages = [before.stage, after.stage];
        let is_at = |wanted: bool| stages.iter().flatten().any(|stage| is_outbound(*stage) == wanted);
        for src in by_place(src, is_at(true)) {
            for dst in by_place(dst.clone(), is_at(false)) {
                let (Some(one), Some(other)) = (src.first(), dst.first()) else { continue };
                spend(budget, 16)?;
                let [before, after] = verdicts(flow(one, other));
                let spans = |atoms: &[Atom]| Spans::new(atoms.iter().map(|a| (a.first, a.last)).collect());
                out.push(Piece {
                    change,
                    before,
                    after,
                    src: spans(&src),
                    dst: spans(&dst),
                    services: services.clone(),
                });
            }
        }
        Ok(())
    }

    fn verdict(&self, set: usize, flow: Flow) -> Verdict {
        let (ruling, stages) = self.deciding[set].decide(flow, Members::default());
        let is_here = |stage: &&StageRuling| {
            self.only.is_none_or(|way| (way == Direction::Outbound) == is_outbound(stage.stage))
        };
        let (word, reason, by) = match ruling {
            Ruling::Decided(Decision::Allowed) => (Word::Allowed, None, stages.iter().rfind(is_here)),
            Ruling::Decided(Decision::Denied) => (Word::Denied, None, stages.last()),
            Ruling::Undecidable(why) => {
                let doubtful = |stage: &&StageRuling| matches!(stage.ruling, Ruling::Undecidable(_));
                let by = stages.iter().find(doubtful).or(stages.iter().rfind(is_here));
                (Word::Undecidable, Some(why), by)
            }
        };
        Verdict {
            word,
            reason,
            stage: by.map(|by| by.stage),
            group: by.map(|by| by.group),
            rule: by.map(|by| by.rule.clone()).unwrap_or_default(),
        }
    }
}

/// What a change is called; `None` where there is none.
fn change_of(before: &Verdict, after: &Verdict) -> Option<Change> {
    match (before.word, after.word) {
        (Word::Denied, Word::Allowed) => Some(Change::NewlyAllowed),
        (Word::Allowed, Word::Denied) => Some(Change::NewlyDenied),
        (Word::Undecidable, _) | (_, Word::Undecidable) => Some(Change::Undecidable),
        (Word::Denied, Word::Denied) if before.stage < after.stage => Some(Change::StillDenied),
        _ => None,
    }
}

/// Whether a stage is one that a flow meets when it leaves.
pub fn is_outbound(stage: Stage) -> bool {
    matches!(stage, Stage::SourceNic | Stage::SourceSubnet)
}

fn spend(left: &mut u64, cost: u64) -> Result<(), &'static str> {
    match left.checked_sub(cost) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => {
            *left = 0;
            Err(TOO_MUCH)
        }
    }
}

fn whole(meeting: &Meeting<'_>) -> Cell {
    let services = Bits::of(meeting.services.len(), |_| true);
    Cell { src: meeting.src.all(), dst: meeting.dst.all(), services }
}

fn address_of(meeting: &Meeting<'_>, class: usize) -> Option<Address> {
    let atom = meeting.dst.classes.get(class)?.first()?;
    meeting.dst.atoms.get(*atom as usize).map(|atom| Address::from_bits(atom.first))
}

/// The pieces of services that are a service of the platform at the one address of a class.
fn pieces_of(meeting: &Meeting<'_>, class: usize, service: PlatformService) -> Bits {
    let address = address_of(meeting, class);
    Bits::of(meeting.services.len(), |number| {
        let one = meeting.services.get(number).and_then(super::services::ServiceSet::one);
        let of = |(protocol, port)| PlatformService::of(address?, protocol, port);
        one.and_then(of) == Some(service)
    })
}

fn by_place(atoms: Vec<Atom>, apart: bool) -> Vec<Vec<Atom>> {
    if !apart {
        return vec![atoms];
    }
    let mut out: BTreeMap<u32, Vec<Atom>> = BTreeMap::new();
    atoms.into_iter().for_each(|atom| out.entry(atom.place).or_default().push(atom));
    out.into_values().collect()
}

/// What a region is told apart by, besides its space.
type Label = (Change, Both<(Word, Option<Stage>, Option<usize>, String)>);

/// Joins pieces that differ in their sources, their destinations or their services alone, as long as there are any.
pub fn joined(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let mut numbers: HashMap<Label, usize> = HashMap::new();
    let mut label = |piece: &Piece| {
        let of = |verdict: &Verdict| (verdict.word, verdict.stage, verdict.group, verdict.rule.clone());
        let next = numbers.len();
        *numbers.entry((piece.change, [of(&piece.before), of(&piece.after)])).or_insert(next)
    };
    let numbered: Vec<(usize, Piece)> = pieces.drain(..).map(|piece| (label(&piece), piece)).collect();
    // What comes of it depends on what is joined first: the shortest list is taken, and of long ones the first.
    let orders: &[[u8; 3]] = if numbered.len() > MOST_TRIED {
        &[[0, 1, 2]]
    } else {
        &[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    };
    let lines =
        |pieces: &[(usize, Piece)]| pieces.iter().map(|(_, piece)| piece.services.lines().len()).sum();
    let tried = orders.iter().map(|order| joined_in(numbered.clone(), *order));
    let best = tried.min_by_key(|pieces| -> usize { lines(pieces) }).unwrap_or_default();
    best.into_iter().map(|(_, piece)| piece).collect()
}

/// Of so many pieces every order of joining is tried.
const MOST_TRIED: usize = 2000;

/// Joins over sources (0), destinations (1) and services (2) in this order, until nothing is left to join.
fn joined_in(mut pieces: Vec<(usize, Piece)>, order: [u8; 3]) -> Vec<(usize, Piece)> {
    loop {
        let count = pieces.len();
        for over in order {
            pieces = match over {
                0 => join(
                    pieces,
                    |piece| (piece.dst.clone(), piece.services.clone()),
                    |into, piece| into.src = into.src.or(&piece.src),
                ),
                1 => join(
                    pieces,
                    |piece| (piece.src.clone(), piece.services.clone()),
                    |into, piece| into.dst = into.dst.or(&piece.dst),
                ),
                _ => join(
                    pieces,
                    |piece| (piece.src.clone(), piece.dst.clone()),
                    |into, piece| into.services = into.services.or(&piece.services),
                ),
            };
        }
        if pieces.len() == count {
            return pieces;
        }
    }
}

fn join<K: std::hash::Hash + Eq>(
    pieces: Vec<(usize, Piece)>,
    key: impl Fn(&Piece) -> K,
    add: impl Fn(&mut Piece, &Piece),
) -> Vec<(usize, Piece)> {
    let mut known: HashMap<(usize, K), usize> = HashMap::new();
    let mut out: Vec<(usize, Piece)> = Vec::new();
    for (label, piece) in pieces {
        match known.entry((label, key(&piece))) {
            hashbrown::hash_map::Entry::Occupied(at) => {
                if let Some((_, into)) = out.get_mut(*at.get()) {
                    add(into, &piece);
                }
            }
            hashbrown::hash_map::Entry::Vacant(new) => {
                new.insert(out.len());
                out.push((label, piece));
            }
        }
    }
    out
}
