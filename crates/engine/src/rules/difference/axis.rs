//! The addresses of one end, as classes that the rules at hand do not tell apart.

use super::bits::Bits;
use super::lists::{end_key, ends_key};
use super::spans::{Spans, plain_spans};
use crate::rules::world::{Answer, Membership, World, may_be_service};
use azflow_core::model::{Address, Endpoint};
use hashbrown::HashMap;

/// An address is none of a rule's.
const NO: u32 = 0;
/// An address is one of a rule's for certain. Higher numbers: perhaps, each for other names.
pub const YES: u32 = 1;

/// Addresses that lie together and may be at the same places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Atom {
    /// The lowest.
    pub first: u128,
    /// The highest.
    pub last: u128,
    /// The number of what is known of the places where they may be.
    pub place: u32,
}

/// Which classes are among one side of a rule.
#[derive(Debug)]
pub struct Column {
    /// For certain or perhaps.
    pub any: Bits,
    /// For certain.
    pub yes: Bits,
    /// By number, [`YES`] and those above: perhaps, for the same names.
    pub parts: Vec<(u32, Bits)>,
}

impl Column {
    /// Whether a set of classes of which some are in it is in one part of it.
    pub fn is_uniform(&self, of: &Bits) -> bool {
        self.parts.iter().any(|(_, part)| of.is_within(part))
    }

    /// The number of the part that a class is in.
    pub fn code(&self, class: usize) -> u32 {
        self.parts.iter().find(|(_, part)| part.has(class)).map_or(NO, |(code, _)| *code)
    }

    /// A set of classes by the parts that they are in.
    pub fn split(&self, of: &Bits) -> Vec<Bits> {
        let parts = self.parts.iter().map(|(_, part)| of.and(part));
        parts.chain([of.without(&self.any)]).filter(|part| !part.is_empty()).collect()
    }

    /// Whether another one says the same of these classes.
    pub fn says_the_same(&self, other: &Self, of: &Bits) -> bool {
        if !of.sees_the_same(&self.any, &other.any) || !of.sees_the_same(&self.yes, &other.yes) {
            return false;
        }
        let numbers = self.parts.iter().chain(&other.parts).map(|(code, _)| *code);
        let none = Bits::default();
        let part = |column: &Self, code: u32| {
            column.parts.iter().find(|(own, _)| *own == code).map_or(none.clone(), |(_, part)| of.and(part))
        };
        numbers.into_iter().all(|code| {
            let (a, b) = (part(self, code), part(other, code));
            a == b || a.is_empty() && b.is_empty()
        })
    }
}

/// From where one side of a rule is looked at: the view of the virtual network, and which of the places of an address.
pub type From = (Option<u32>, usize);

/// Sides of rules, each once.
#[derive(Debug, Default)]
pub struct Sides<'a> {
    sides: Vec<(&'a [Endpoint], From)>,
    known: HashMap<(Vec<String>, From), u32>,
}

impl<'a> Sides<'a> {
    /// The number of a side.
    pub fn number(&mut self, ends: &'a [Endpoint], from: From) -> u32 {
        let next = self.sides.len() as u32;
        let number = *self.known.entry((ends_key(ends), from)).or_insert(next);
        if number == next {
            self.sides.push((ends, from));
        }
        number
    }

    /// Whether application security groups are among them, which tell single addresses apart.
    pub fn name_groups(&self) -> bool {
        self.sides.iter().any(|(ends, _)| ends.iter().any(|end| matches!(end, Endpoint::Asg(_))))
    }

    /// Addresses at which one of them may begin or end.
    pub fn cuts(&self, world: &World) -> Vec<u128> {
        // What names mean depends on the networks and on what is public, and the platform's addresses are apart.
        let mut out = world.cuts(std::iter::empty());
        out.extend(Address::public_edges().into_iter().map(Address::bits));
        for end in self.sides.iter().flat_map(|(ends, _)| *ends) {
            match end {
                Endpoint::Tag(tag) => world.tag_cuts(tag, &mut out),
                plain => {
                    for (first, last) in plain_spans(plain) {
                        out.extend([Some(first), last.checked_add(1)].into_iter().flatten());
                    }
                }
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct Axis {
    /// The addresses.
    pub atoms: Vec<Atom>,
    /// By class, the numbers of its addresses.
    pub classes: Vec<Vec<u32>>,
    /// By number of a side of a rule.
    pub columns: Vec<Column>,
    /// Classes of one address of a platform service each.
    pub services: Vec<usize>,
}

impl Axis {
    /// Addresses that are cut already where their places change, cut further where these sides of rules begin and end.
    pub fn new(atoms: &[Atom], sides: &Sides<'_>, cuts: &[u128], world: &World) -> Self {
        let atoms = cut(atoms, cuts);
        let mut named = Named { world, known: HashMap::new(), texts: HashMap::new(), sets: HashMap::new() };
        let codes: Vec<Vec<u32>> = sides.sides.iter().map(|side| named.codes(*side, &atoms)).collect();
        let mut known: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut classes: Vec<Vec<u32>> = Vec::new();
        let mut services = Vec::new();
        for (number, atom) in atoms.iter().enumerate() {
            let mut key: Vec<u32> = codes.iter().filter_map(|codes| codes.get(number).copied()).collect();
            let is_service = may_be_service(Address::from_bits(atom.first));
            key.push(if is_service { number as u32 + 1 } else { 0 });
            let class = *known.entry(key).or_insert_with(|| {
                classes.push(Vec::new());
                classes.len() - 1
            });
            classes[class].push(number as u32);
            if is_service {
                services.push(class);
            }
        }
        let columns = codes.iter().map(|codes| column(codes, &classes)).collect();
        Self { atoms, classes, columns, services }
    }

    /// The atoms of some classes.
    pub fn atoms_of<'s>(&'s self, classes: &'s Bits) -> impl Iterator<Item = Atom> + 's {
        let numbers = classes.iter().filter_map(|class| self.classes.get(class)).flatten();
        numbers.filter_map(|number| self.atoms.get(*number as usize).copied())
    }

    /// All classes.
    pub fn all(&self) -> Bits {
        Bits::of(self.classes.len(), |_| true)
    }
}

fn cut(atoms: &[Atom], cuts: &[u128]) -> Vec<Atom> {
    let mut out = Vec::with_capacity(atoms.len());
    for atom in atoms {
        let mut first = atom.first;
        let inside = cuts.partition_point(|cut| *cut <= first);
        for at in cuts.iter().skip(inside).take_while(|at| **at <= atom.last) {
            out.push(Atom { first, last: *at - 1, ..*atom });
            first = *at;
        }
        out.push(Atom { first, ..*atom });
    }
    out
}

fn column(codes: &[u32], classes: &[Vec<u32>]) -> Column {
    let count = classes.len();
    let mut out = Column { any: Bits::none(count), yes: Bits::none(count), parts: Vec::new() };
    for (class, atoms) in classes.iter().enumerate() {
        let code = atoms.first().and_then(|atom| codes.get(*atom as usize)).copied().unwrap_or(NO);
        if code == NO {
            continue;
        }
        out.any.put(class);
        if code == YES {
            out.yes.put(class);
        }
        match out.parts.iter_mut().find(|(own, _)| *own == code) {
            Some((_, part)) => part.put(class),
            None => {
                let mut part = Bits::none(count);
                part.put(class);
                out.parts.push((code, part));
            }
        }
    }
    out
}

/// What names mean for addresses.
struct Named<'a> {
    world: &'a World,
    /// By name and whence it is looked at, by atom.
    known: HashMap<(String, From), Vec<u32>>,
    texts: HashMap<String, u32>,
    /// Names that an address may be among, by number above [`YES`].
    sets: HashMap<Vec<u32>, u32>,
}

impl Named<'_> {
    fn codes(&mut self, (ends, from): (&[Endpoint], From), atoms: &[Atom]) -> Vec<u32> {
        let plain = Spans::new(ends.iter().flat_map(plain_spans).collect());
        let names: Vec<&Endpoint> = ends
            .iter()
            .filter(|end| matches!(end, Endpoint::Tag(_) | Endpoint::Asg(_) | Endpoint::Unknown(_)))
            .collect();
        for end in &names {
            self.ask(end, from, atoms);
        }
        let keys: Vec<(String, From)> = names.iter().map(|end| (end_key(end), from)).collect();
        let answers: Vec<&Vec<u32>> = keys.iter().filter_map(|key| self.known.get(key)).collect();
        let mut out = Vec::with_capacity(atoms.len());
        let mut perhaps: Vec<u32> = Vec::new();
        for (number, atom) in atoms.iter().enumerate() {
            if plain.meets((atom.first, atom.first)) {
                out.push(YES);
                continue;
            }
            perhaps.clear();
            let mut code = NO;
            for answer in answers.iter().filter_map(|answer| answer.get(number)) {
                match *answer {
                    NO => {}
                    YES => code = YES,
                    name => perhaps.push(name),
                }
            }
            if code == NO && !perhaps.is_empty() {
                perhaps.sort_unstable();
                perhaps.dedup();
                let next = self.sets.len() as u32 + YES + 1;
                code = match self.sets.get(&perhaps) {
                    Some(code) => *code,
                    None => *self.sets.entry(perhaps.clone()).or_insert(next),
                };
            }
            out.push(code);
        }
        out
    }

    fn ask(&mut self, end: &Endpoint, from: From, atoms: &[Atom]) {
        let key = (end_key(end), from);
        if self.known.contains_key(&key) {
            return;
        }
        let next = self.texts.len() as u32 + YES + 1;
        let name = *self.texts.entry(key.0.clone()).or_insert(next);
        let (view, spot) = from;
        let by_nic = matches!(end, Endpoint::Asg(_));
        let told = |atom: &Atom| {
            let address = Address::from_bits(atom.first);
            let site = by_nic.then(|| self.world.sites().of(address).get(spot).copied());
            let site = site.flatten().unwrap_or_default();
            match self.world.matches(end, (address, site), view, Membership::OnFile) {
                Answer::Yes => YES,
                Answer::No => NO,
                Answer::Unknown(_) => name,
            }
        };
        let answers = atoms.iter().map(told).collect();
        self.known.insert(key, answers);
    }
}
