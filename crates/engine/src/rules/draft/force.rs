//! What is in force where a draft is made: which rules may have let a conversation pass, and what stays of them.
//!
//! A draft changes as little as it can. Denials stay where they are. Allowances stay, used or not, but for those that
//! are wide (the whole virtual network, any address, every port): what was seen to need one gets rules of its own
//! in its place.

use super::{DraftOptions, Places};
use crate::rules::compiled::{Compiled, Question};
use crate::rules::judged::Outcome;
use crate::rules::memo::Memo;
use crate::rules::services::managed_rule;
use crate::rules::set::{Applied, FIRST_DEFAULT};
use crate::rules::traffic::{Observed, Traffic};
use azflow_core::model::{
    Decision, Direction, Endpoint, PortRange, Prefix, Protocol, ResourceId, SecurityRule,
};
use hashbrown::HashMap;

/// The groups in force, ready to be asked.
#[derive(Debug)]
pub struct Force<'a> {
    places: &'a Places<'a>,
    compiled: Compiled<'a>,
    /// By list: its rules' names, as numbers.
    names: Vec<Vec<u32>>,
    /// By logged decider: the name that it allowed under, as a number, and the directions that it may have done so in.
    allowing: Vec<Option<(u32, [bool; 2])>>,
    /// By list: the patterns that conversations were found to have.
    patterns: Vec<Patterns>,
    /// The pattern of the conversation asked about, kept for its room.
    asked: Pattern,
    known: Memo<Known>,
    /// The place in `known` of the conversation that is at hand.
    place: Option<usize>,
}

/// What was found of conversations that nothing tells apart.
#[derive(Debug, Default, Clone)]
struct Known {
    refuses: Option<bool>,
    /// Inbound and outbound: the list, and the number of the pattern, where no log's naming plays a part in it.
    patterns: [Option<(u32, u32)>; 2],
}

/// Rules that may decide a conversation, in order, up to the first that does for certain; and the one of them that the
/// log names.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    pub rules: Vec<(u32, bool)>,
    pub named: Option<u32>,
}

/// Patterns, each once.
#[derive(Debug, Default, Clone)]
struct Patterns {
    all: Vec<Pattern>,
    numbers: HashMap<Pattern, u32>,
}

impl Patterns {
    fn number(&mut self, pattern: &Pattern) -> u32 {
        if let Some(known) = self.numbers.get(pattern) {
            return *known;
        }
        let next = self.all.len() as u32;
        self.all.push(pattern.clone());
        self.numbers.insert(pattern.clone(), next);
        next
    }
}

impl<'a> Force<'a> {
    /// `None` where there are no groups.
    pub fn new(places: &'a Places<'a>, traffic: &Traffic) -> Option<Self> {
        if places.existing.groups.is_empty() {
            return None;
        }
        let compiled = Compiled::new(places.existing, places.world, &traffic.addresses);
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut number = |name: &str| {
            let next = numbers.len() as u32;
            *numbers.entry(name.to_owned()).or_insert(next)
        };
        let lists = places.existing.groups.len() * 2;
        let names = (0..lists as u32)
            .map(|list| {
                compiled.list(list).iter().map(|rule| number(&rule.name.to_ascii_lowercase())).collect()
            })
            .collect();
        let allowing = traffic
            .logged
            .iter()
            .map(|by| (by.decision == Decision::Allowed).then(|| (number(&bare(&by.rule)), by.ways())))
            .collect();
        let patterns = vec![Patterns::default(); lists];
        let known = Memo::new(traffic.addresses.len());
        let asked = Pattern::default();
        Some(Self { places, compiled, names, allowing, patterns, asked, known, place: None })
    }

    /// The number of the group at a subnet, by its id where it has one; `None` where files differ, or none of them has
    /// the group's rules.
    pub fn group_at(&self, subnet: Option<&ResourceId>, prefixes: &[Prefix]) -> Option<u32> {
        let here = |group: &&(usize, &Applied)| {
            let (_, group) = group;
            match subnet {
                Some(id) if !group.places.is_empty() => group.places.contains(id),
                _ => !prefixes.is_empty() && prefixes.iter().all(|p| group.prefixes.contains(p)),
            }
        };
        let all: Vec<(usize, &Applied)> = self.places.existing.groups.iter().enumerate().collect();
        let mut found = all.iter().filter(here);
        let (at, group) = found.next()?;
        (found.next().is_none() && group.is_understood()).then_some(*at as u32)
    }

    /// The rules of a group and direction in the order of evaluation, defaults last.
    pub fn rules(&self, at: u32, direction: Direction) -> &[SecurityRule] {
        self.compiled.list(list(at, direction))
    }

    /// Takes a conversation in hand, which is then asked about: what is known of it is looked up once.
    pub fn turn_to(&mut self, seen: &Observed) {
        let key = self.compiled.asked(&Question::of(seen));
        self.place = key.map(|key| self.known.place(key).0);
    }

    /// Whether the rules in force refuse the conversation at hand for certain, whatever the logs saw.
    pub fn refuses(&mut self, seen: &Observed) -> bool {
        if let Some(known) = self.place.and_then(|place| self.known.at(place).refuses) {
            return known;
        }
        let judged = self.compiled.judge_anew(&Question::of(seen));
        let refuses = judged.outcome == Outcome::Decided(Decision::Denied);
        if let Some(place) = self.place {
            self.known.at(place).refuses = Some(refuses);
        }
        refuses
    }

    /// The patterns of a group and direction that conversations were found to have, by number.
    pub fn patterns(&self, at: u32, direction: Direction) -> &[Pattern] {
        self.patterns.get(list(at, direction) as usize).map(|known| known.all.as_slice()).unwrap_or_default()
    }

    /// The rules that may have decided the conversation at hand at a group, as a number in [`Self::patterns`].
    pub fn pattern(&mut self, traffic: &Traffic, seen: &Observed, at: u32, direction: Direction) -> u32 {
        let list = list(at, direction);
        let way = usize::from(direction == Direction::Outbound);
        let known = self.place.and_then(|place| self.known.at(place).patterns[way]);
        if let Some((_, number)) = known.filter(|(of, _)| *of == list) {
            return number;
        }
        let asked = Question { outside: [false; 2], ..Question::of(seen) };
        let mut pattern = std::mem::take(&mut self.asked);
        self.compiled.candidates(&asked, list, &mut pattern.rules);
        // What comes behind the first that matches for certain decides nothing today, whatever an older log says.
        let certain = pattern.rules.iter().position(|(_, certain)| *certain);
        let deciding = certain.map_or(pattern.rules.len(), |at| at + 1);
        pattern.named = if deciding > 1 {
            let all = pattern.rules.iter().take(deciding).map(|(number, _)| *number);
            all.into_iter().find(|number| self.is_named(traffic, seen, (list, *number)))
        } else {
            None
        };
        let known = self.patterns.get_mut(list as usize);
        let number = known.map_or(u32::MAX, |known| known.number(&pattern));
        if let Some(place) = self.place.filter(|_| deciding <= 1) {
            self.known.at(place).patterns[way] = Some((list, number));
        }
        self.asked = pattern;
        number
    }

    /// Whether the log names a rule of a list as having allowed a conversation in the list's direction.
    fn is_named(&self, traffic: &Traffic, seen: &Observed, (list, rule): (u32, u32)) -> bool {
        let name = self.names.get(list as usize).and_then(|names| names.get(rule as usize));
        traffic
            .hits_of(seen)
            .iter()
            .filter_map(|hit| self.allowing.get(hit.logged as usize)?.as_ref())
            .any(|(allowing, ways)| Some(allowing) == name && ways[usize::from(list & 1 == 1)])
    }
}

fn list(at: u32, direction: Direction) -> u32 {
    at * 2 + u32::from(direction == Direction::Outbound)
}

/// A rule's name as a log has it, in lower case. Names of groups' own rules are written with their class in front, or
/// bare.
fn bare(logged: &str) -> String {
    let lower = logged.to_ascii_lowercase();
    let bare = lower.strip_prefix("userrule_").or(lower.strip_prefix("defaultrule_"));
    bare.map(str::to_owned).unwrap_or(lower)
}

pub fn is_denial(rule: &SecurityRule) -> bool {
    rule.access == Decision::Denied
}

pub fn is_default(rule: &SecurityRule) -> bool {
    rule.priority >= FIRST_DEFAULT
}

/// Whether a rule names what somebody else decides on: service tags, groups of applications, the load balancer.
pub fn is_somebodys(rule: &SecurityRule) -> bool {
    rule.sources.iter().chain(&rule.destinations).any(|end| match end {
        Endpoint::Tag(_) => !end.is_tag("VirtualNetwork") && !end.is_tag("Internet"),
        Endpoint::Asg(_) | Endpoint::Unknown(_) => true,
        _ => false,
    })
}

/// Whether a rule is the one that keeps ICMP allowed, where that is asked for.
pub fn is_ping(rule: &SecurityRule, options: &DraftOptions) -> bool {
    let network = rule.far().iter().all(|end| end.is_tag("VirtualNetwork"));
    options.keep_icmp && rule.protocol == Some(Protocol::ICMP) && network && !is_denial(rule)
}

/// Whether an allowance lets in more than a draft would: everyone, or every port. One that names a service tag, a group of
/// applications or the load balancer is somebody's decision about those, and a rule that a managed service made is
/// not ours to change.
pub fn is_wide(rule: &SecurityRule, options: &DraftOptions) -> bool {
    if is_denial(rule) || managed_rule(&rule.name).is_some() || is_somebodys(rule) || is_ping(rule, options) {
        return false;
    }
    let all = |end: &Endpoint| match end {
        Endpoint::Any => true,
        Endpoint::Prefix(prefix) => prefix.length() == 0,
        end => end.is_tag("VirtualNetwork"),
    };
    let portless = rule.protocol.is_some_and(|protocol| !protocol.has_ports());
    rule.far().iter().any(all) || !portless && rule.destination_ports.contains(&PortRange::ALL)
}

/// Whether a rule refuses all of the virtual network at these prefixes, so that there is nothing left to deny.
pub fn denies_the_rest(rule: &SecurityRule, prefixes: &[Prefix]) -> bool {
    let everyone = rule.far().iter().any(|end| *end == Endpoint::Any || end.is_tag("VirtualNetwork"));
    is_denial(rule)
        && !is_default(rule)
        && rule.doubt.is_none()
        && rule.protocol.is_none()
        && rule.source_ports.contains(&PortRange::ALL)
        && rule.destination_ports.contains(&PortRange::ALL)
        && everyone
        && prefixes.iter().all(|prefix| holds_prefix(rule.near(), *prefix))
}

/// Whether one of some ends holds all of a prefix.
pub fn holds_prefix(ends: &[Endpoint], prefix: Prefix) -> bool {
    ends.iter().any(|end| match end {
        Endpoint::Any => true,
        Endpoint::Prefix(own) => {
            own.first().v4().is_some() == prefix.first().v4().is_some() && own.holds(prefix)
        }
        Endpoint::Range(first, last) => {
            first.v4().is_some() == prefix.first().v4().is_some()
                && *first <= prefix.first()
                && prefix.last() <= *last
        }
        _ => false,
    })
}

/// Whether some ranges of ports hold all of others, each by one of them.
pub fn holds_ports(own: &[PortRange], wanted: &[PortRange]) -> bool {
    wanted.iter().all(|range| own.iter().any(|own| own.holds(*range)))
}

/// Whether two rules may have a packet in common; names may stand for any address.
pub fn may_meet(a: &SecurityRule, b: &SecurityRule) -> bool {
    let side = |a: &[Endpoint], b: &[Endpoint]| a.iter().any(|a| b.iter().any(|b| may_share(a, b)));
    let ports = a
        .destination_ports
        .iter()
        .any(|a| b.destination_ports.iter().any(|b| a.first <= b.last && b.first <= a.last));
    let portless = |rule: &SecurityRule| rule.protocol.is_some_and(|protocol| !protocol.has_ports());
    let protocol = a.protocol.is_none() || b.protocol.is_none() || a.protocol == b.protocol;
    protocol
        && (ports || portless(a) || portless(b))
        && side(&a.sources, &b.sources)
        && side(&a.destinations, &b.destinations)
}

fn may_share(a: &Endpoint, b: &Endpoint) -> bool {
    match (a.span(), b.span()) {
        (Some(a), Some(b)) => a.0.v4().is_some() == b.0.v4().is_some() && a.0 <= b.1 && b.0 <= a.1,
        // The Internet's addresses are not the virtual network's, and neither is the load balancer.
        _ => !(apart(a, b) || apart(b, a)),
    }
}

fn apart(a: &Endpoint, b: &Endpoint) -> bool {
    a.is_tag("AzureLoadBalancer")
        && match b {
            Endpoint::Tag(_) => !b.is_tag("AzureLoadBalancer") && !b.is_tag("VirtualNetwork"),
            Endpoint::Asg(_) => true,
            Endpoint::Prefix(prefix) => !prefix.contains(crate::rules::world::LOAD_BALANCER),
            _ => false,
        }
}
