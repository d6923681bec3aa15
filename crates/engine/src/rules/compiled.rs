//! A set of groups made ready to decide millions of conversations.
//!
//! Addresses that no rule, network or tag tells apart are one *class*. For each class and list of rules, bits say
//! which rules' sources (or destinations) have it for certain, and which perhaps; a question is then the common
//! bits of two rows, in order of priority. Where an end may be in several places, or one of several groups decides,
//! all are asked, as one. `evaluate` is the same without preparation and says more: tests hold both to one answer.

use super::evaluate::{MOST_PLACES, Members};
use super::judged::{Judged, NONE, Outcome, Step, one_of};
use super::lists::{List, SERVICES};
use super::memo::{Asked, Memo};
use super::set::{FIRST_DEFAULT, RuleSet};
use super::sites::Site;
use super::stages::{Choice, Stages, Stops};
use super::traffic::Observed;
use super::world::{Answer, Membership, PlatformService, World, by_address, may_be_service};
use azflow_core::model::{Address, Decision, Direction, Endpoint, Protocol, SecurityRule};
use hashbrown::HashMap;

/// Whether ends have an address, where the address alone tells.
fn plainly(ends: &[Endpoint], address: Address) -> Option<Answer> {
    let has = |end| by_address(end, address);
    if ends.iter().any(|end| has(end) == Some(true)) {
        return Some(Answer::Yes);
    }
    ends.iter().all(|end| has(end).is_some()).then_some(Answer::No)
}

/// What may be taken for granted of membership; rows have a part for each.
pub(super) const MEMBERSHIPS: [Membership; 4] =
    [Membership::OnFile, Membership::IfOpen(true), Membership::IfOpen(false), Membership::Logged];

/// Numbers of [`MEMBERSHIPS`] that are asked for one end: first, and then by turns where that leaves it open.
pub(super) type Parts = [usize; 3];
/// An end at whose own place a rule is asked: an address is of the network that it is in.
const OWN: Parts = [1, 1, 1];
/// Where logs say nothing, and where they say yes or no.
const OPEN: Parts = [0, 1, 2];
const MEMBER: Parts = [3, 3, 3];
const NO_MEMBER: Parts = [2, 2, 2];

/// The parts of source and destination: an end's own membership is given, the far one's is as logged.
pub(super) fn parts(outbound: bool, members: Members) -> [Parts; 2] {
    let far = match members[usize::from(outbound)] {
        None => OPEN,
        Some(true) => MEMBER,
        Some(false) => NO_MEMBER,
    };
    if outbound { [OWN, far] } else { [far, OWN] }
}

/// Whether ends have an address, for certain and perhaps, by what is taken for granted.
type Told = [(bool, bool); MEMBERSHIPS.len()];

fn tell(world: &World, ends: &[Endpoint], at: (Address, Site), view: Option<u32>) -> Told {
    let bits = |answer: Answer| (answer == Answer::Yes, answer != Answer::No);
    match plainly(ends, at.0) {
        Some(answer) => [bits(answer); MEMBERSHIPS.len()],
        None => MEMBERSHIPS.map(|membership| {
            bits(Answer::any(ends.iter().map(|end| world.matches(end, at, view, membership))))
        }),
    }
}

/// An address at one of the places where it may be.
#[derive(Debug)]
struct Spot {
    /// The address, or one that nothing tells apart from it.
    address: Address,
    site: Site,
    /// What decides of what comes in, and of what goes out.
    stops: [Stops; 2],
}

/// A place of an address, and what decides there of what comes in, and of what goes out.
type Placed = (Site, [Stops; 2]);

/// Addresses that nothing tells apart: their spots, which follow each other.
#[derive(Debug)]
struct Class {
    spots: std::ops::Range<u32>,
    /// Whether the address may be one of a platform service.
    is_service: bool,
}

/// One stage between two spots: the list and the rows of source and destination.
type Stage = (u32, u32, u32);

/// What may decide between two spots: by stage, one of these.
type Open = [Vec<Option<Stage>>; 4];

/// What decides between two classes.
#[derive(Debug, Clone)]
enum Plan {
    /// At most one group at each stage, between two spots.
    Certain([Stage; 4]),
    /// Number in [`Compiled::open`].
    Open(u32),
    /// There are too many places.
    Unknown,
}

/// A flow to judge.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The ends, by number.
    pub ends: (u32, u32),
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port.
    pub port: Option<u16>,
    /// Stages inbound and outbound that something else than a group decided: they are left out.
    pub outside: [bool; 2],
    /// What logs say of membership.
    pub members: Members,
}

impl Question {
    /// What becomes of a conversation.
    pub fn of(seen: &Observed) -> Self {
        Self {
            ends: (seen.src, seen.dst),
            protocol: seen.protocol,
            port: seen.port,
            outside: seen.outside,
            members: seen.members,
        }
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct Compiled<'a> {
    world: &'a World,
    addresses: Vec<Address>,
    lists: Vec<List>,
    class_of: Vec<u32>,
    classes: Vec<Class>,
    spots: Vec<Spot>,
    /// Two stretches of bits for each of [`MEMBERSHIPS`]: certain and perhaps.
    rows: Vec<u64>,
    row_of: HashMap<(u32, u32, Option<u32>, bool), u32>,
    plans: Vec<Plan>,
    open: Vec<Vec<(Site, Open)>>,
    plan_of: HashMap<(u32, u32), u32>,
    last: (u32, u32, u32),
    judged: Memo<Option<Judged>>,
}

impl<'a> Compiled<'a> {
    /// Makes a set ready for these addresses, which questions then name by number.
    pub fn new(set: &RuleSet, world: &'a World, addresses: &[Address]) -> Self {
        let lists: Vec<List> = set
            .groups
            .iter()
            .flat_map(|group| [group.ordered(Direction::Inbound), group.ordered(Direction::Outbound)])
            .map(List::new)
            .collect();
        let mut out = Self {
            world,
            addresses: addresses.to_vec(),
            lists,
            class_of: Vec::with_capacity(addresses.len()),
            classes: Vec::new(),
            spots: Vec::new(),
            rows: Vec::new(),
            row_of: HashMap::new(),
            plans: Vec::new(),
            open: Vec::new(),
            plan_of: HashMap::new(),
            last: (NONE, NONE, NONE),
            judged: Memo::new(addresses.len()),
        };
        out.classify(set, addresses);
        out
    }

    /// The rules of [`Step::list`].
    pub fn list(&self, number: u32) -> &[SecurityRule] {
        self.lists.get(number as usize).map(|list| list.rules.as_slice()).unwrap_or_default()
    }

    /// The rule of a step; `None` where none matches.
    pub fn rule(&self, step: Step) -> Option<&SecurityRule> {
        self.list(step.list).get(step.rule as usize)
    }

    fn classify(&mut self, set: &RuleSet, addresses: &[Address]) {
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

    /// The classes of a flow's ends; what decides between them is the last plan then.
    fn prepare(&mut self, asked: &Question) -> Option<(u32, u32)> {
        let (src, dst) = asked.ends;
        let (src, dst) = (*self.class_of.get(src as usize)?, *self.class_of.get(dst as usize)?);
        if self.last.0 != src || self.last.1 != dst {
            self.last = (src, dst, self.plan(src, dst));
        }
        Some((src, dst))
    }

    /// All that an answer hangs on: the same for questions whose ends nothing tells apart. `None` where the ends themselves
    /// play a part.
    pub fn asked(&mut self, asked: &Question) -> Option<Asked> {
        let (_, dst) = self.prepare(asked)?;
        self.service(dst, asked).is_none().then(|| Asked::of(self.last.2, asked))
    }

    /// The service of the platform that a destination of a class may be.
    fn service(&self, dst: u32, asked: &Question) -> Option<PlatformService> {
        self.classes.get(dst as usize).filter(|class| class.is_service)?;
        let address = self.addresses.get(asked.ends.1 as usize)?;
        PlatformService::of(*address, asked.protocol, asked.port)
    }

    /// A row's bits by what is taken for granted: certain, and perhaps.
    fn bits(&self, row: u32, case: usize, words: usize) -> (&[u64], &[u64]) {
        let from = row as usize + 2 * case * words;
        (&self.rows[from..from + words], &self.rows[from + words..from + 2 * words])
    }

    /// Decides a flow.
    pub fn judge(&mut self, asked: &Question) -> Judged {
        let Some(key) = self.asked(asked) else { return self.judge_anew(asked) };
        let (place, _) = self.judged.place(key);
        if let Some(known) = self.judged.at(place) {
            return *known;
        }
        let judged = self.judge_anew(asked);
        *self.judged.at(place) = Some(judged);
        judged
    }

    /// The same for those who remember answers themselves.
    pub fn judge_anew(&mut self, asked: &Question) -> Judged {
        let Some((src, dst)) = self.prepare(asked) else {
            return Judged::of(Outcome::Decided(Decision::Allowed));
        };
        self.judge_between(src, asked, self.service(dst, asked))
    }

    /// Decides by the last plan, whose source is of a class.
    fn judge_between(&self, src: u32, asked: &Question, service: Option<PlatformService>) -> Judged {
        match self.plans.get(self.last.2 as usize) {
            Some(Plan::Certain(plan)) if service.is_none() => self.certain(plan, asked),
            Some(Plan::Certain(plan)) => {
                let view = self.spots[self.classes[src as usize].spots.start as usize].site;
                let open = plan.map(|stage| vec![(stage.0 != NONE).then_some(stage)]);
                self.between(view, &open, asked, service)
            }
            Some(Plan::Open(open)) => self.anywhere(&self.open[*open as usize], asked, service),
            Some(Plan::Unknown) | None => Judged::of(Outcome::Undecidable),
        }
    }

    /// The rules of a list that may match a flow, in order, each with whether it does for certain, up to the first denial
    /// or default rule that does: allowances may be taken away, and what follows decides then. Nothing where the list does
    /// not apply. Several places are looked at as one: what is not the same at all of them is not certain. They take the
    /// place of what `out` holds, which is asked for so often that its room is used again.
    pub fn candidates(&mut self, asked: &Question, list: u32, out: &mut Vec<(u32, bool)>) {
        out.clear();
        if self.prepare(asked).is_none() {
            return;
        }
        match self.plans.get(self.last.2 as usize) {
            Some(Plan::Certain(plan)) => {
                if let Some(stage) = plan.iter().find(|stage| stage.0 == list) {
                    self.walk(*stage, asked, out);
                }
            }
            Some(Plan::Open(open)) => {
                let places = &self.open[*open as usize];
                let stages = places.iter().flat_map(|(_, plan)| plan.iter().flatten().flatten());
                let walked = |stage: &Stage| {
                    let mut out = Vec::new();
                    self.walk(*stage, asked, &mut out);
                    out
                };
                let all: Vec<_> = stages.filter(|stage| stage.0 == list).map(walked).collect();
                let mut rules: std::collections::BTreeMap<u32, usize> = std::collections::BTreeMap::new();
                for (rule, certain) in all.iter().flatten() {
                    *rules.entry(*rule).or_default() += usize::from(*certain);
                }
                let is_certain = |certain: usize| certain == all.len() && places.len() == all.len();
                out.extend(rules.into_iter().map(|(rule, certain)| (rule, is_certain(certain))));
            }
            // Any of them may.
            _ => out.extend((0..self.list(list).len() as u32).map(|rule| (rule, false))),
        }
    }

    /// Adds the rules of one stage that may match, up to the first denial or default that does for certain.
    fn walk(&self, (list, src, dst): Stage, asked: &Question, out: &mut Vec<(u32, bool)>) {
        let Some(rules) = self.lists.get(list as usize) else { return };
        let [from, to] = parts(list & 1 == 1, asked.members);
        let bits = |row, case| self.bits(row, case, rules.words);
        let ((src_is, src_may), (dst_is, dst_may)) = (bits(src, from[0]), bits(dst, to[0]));
        for word in 0..rules.words {
            let mut bits = src_may[word] & dst_may[word];
            while bits != 0 {
                let bit = bits.trailing_zeros();
                bits &= bits - 1;
                let at = word as u32 * 64 + bit;
                let Some(quick) = rules.quick.get(at as usize) else { break };
                if quick.fits(asked.protocol, asked.port) {
                    let certain = (src_is[word] & dst_is[word]) >> bit & 1 == 1 && quick.sure;
                    out.push((at, certain));
                    if certain && (quick.access == Decision::Denied || quick.priority >= FIRST_DEFAULT) {
                        return;
                    }
                }
            }
        }
    }

    fn certain(&self, plan: &[Stage; 4], asked: &Question) -> Judged {
        let mut out = Judged::of(Outcome::Decided(Decision::Allowed));
        for stage in plan {
            if stage.0 == NONE || asked.outside[(stage.0 & 1) as usize] {
                continue;
            }
            let Some(step) = self.step(*stage, asked, None) else { continue };
            if out.push(step) {
                break;
            }
        }
        out
    }

    /// With the ends wherever they may be.
    fn anywhere(&self, open: &[(Site, Open)], asked: &Question, service: Option<PlatformService>) -> Judged {
        let mut all = open.iter().map(|(site, plan)| self.between(*site, plan, asked, service));
        let Some(first) = all.next() else { return Judged::of(Outcome::Decided(Decision::Allowed)) };
        let mut telling = first;
        let mut same = true;
        for judged in all {
            same &= judged.outcome == first.outcome;
            let more = |outcome| match outcome {
                Outcome::Undecidable => 2,
                Outcome::Decided(Decision::Denied) => 1,
                Outcome::Decided(Decision::Allowed) => 0,
            };
            if more(judged.outcome) > more(telling.outcome) {
                telling = judged;
            }
        }
        if same { first } else { telling.opened() }
    }

    /// With the ends at one place each.
    fn between(&self, src: Site, plan: &Open, asked: &Question, service: Option<PlatformService>) -> Judged {
        let mut out = Judged::of(Outcome::Decided(Decision::Allowed));
        for (number, stage) in plan.iter().enumerate() {
            let outbound = number < 2;
            if asked.outside[usize::from(outbound)] {
                continue;
            }
            let service = service.filter(|_| outbound);
            let one = |stage: &Option<Stage>| stage.and_then(|stage| self.at(stage, src, asked, service));
            let Some(step) = one_of(stage.iter().map(one)) else { continue };
            if out.push(step) {
                break;
            }
        }
        out
    }

    /// What a list says, or what the platform does before it.
    fn at(
        &self,
        stage: Stage,
        src: Site,
        asked: &Question,
        service: Option<PlatformService>,
    ) -> Option<Step> {
        let Some(service) = service else { return self.step(stage, asked, None) };
        match self.world.passes_outside(service, src.view) {
            Answer::Yes => self.step(stage, asked, Some(service)),
            Answer::No => self.step(stage, asked, None),
            Answer::Unknown(_) => {
                let passes = self.step(stage, asked, Some(service));
                let inside = self.step(stage, asked, None)?;
                let allowed = Outcome::Decided(Decision::Allowed);
                let same = passes.is_none_or(|step| step.outcome == allowed) == (inside.outcome == allowed);
                Some(if same { inside } else { Step { outcome: Outcome::Undecidable, ..inside } })
            }
        }
    }

    /// What a list says; `None` where a service of the platform passes it because no rule names it.
    fn step(
        &self,
        (list, src, dst): Stage,
        asked: &Question,
        service: Option<PlatformService>,
    ) -> Option<Step> {
        let rules = self.lists.get(list as usize)?;
        // What a table does not say might be anything.
        let told =
            asked.protocol != Protocol::UNKNOWN && (asked.port.is_some() || !asked.protocol.has_ports());
        if !told {
            return Some(Step { list, rule: NONE, outcome: Outcome::Undecidable });
        }
        let (rule, outcome) = self.settle(rules, list, (src, dst), asked, service);
        let none = rule == NONE && service.is_some();
        (!none).then_some(Step { list, rule, outcome })
    }

    fn plan(&mut self, src: u32, dst: u32) -> u32 {
        if let Some(known) = self.plan_of.get(&(src, dst)) {
            return *known;
        }
        let (from, to) = (self.classes[src as usize].spots.clone(), self.classes[dst as usize].spots.clone());
        let plan = if from.len().saturating_mul(to.len()) > MOST_PLACES {
            Plan::Unknown
        } else {
            let mut all = Vec::new();
            for src in from {
                for dst in to.clone() {
                    let site = self.spots[src as usize].site;
                    all.push((site, self.spot_plan(src, dst)));
                }
            }
            match all.as_slice() {
                [(_, open)] if open.iter().all(|stage| stage.len() == 1) => {
                    let stage = |number: usize| open[number].first().copied().flatten();
                    Plan::Certain([0, 1, 2, 3].map(|number| stage(number).unwrap_or((NONE, 0, 0))))
                }
                _ => {
                    self.open.push(all);
                    Plan::Open(self.open.len() as u32 - 1)
                }
            }
        };
        self.plans.push(plan);
        let number = self.plans.len() as u32 - 1;
        self.plan_of.insert((src, dst), number);
        number
    }

    fn spot_plan(&mut self, src: u32, dst: u32) -> Open {
        let stops = |spot: u32, outbound: usize| &self.spots[spot as usize].stops[outbound];
        let groups = |choice: &Choice| choice.groups.clone();
        let choices = [
            (groups(&stops(src, 1).nic), 1),
            (groups(&stops(src, 1).subnet), 1),
            (groups(&stops(dst, 0).subnet), 0),
            (groups(&stops(dst, 0).nic), 0),
        ];
        choices.map(|(groups, outbound)| {
            let stage = |group: Option<u32>| {
                let list = group? * 2 + outbound;
                let here = if outbound == 1 { src } else { dst };
                let view = self.spots[here as usize].site.view;
                Some((list, self.row(src, list, view, false), self.row(dst, list, view, true)))
            };
            groups.into_iter().map(stage).collect()
        })
    }

    /// The bits of a spot against the rules of a list, as seen with a view of the virtual network.
    fn row(&mut self, spot: u32, list: u32, view: Option<u32>, is_dst: bool) -> u32 {
        let key = (spot, list, view, is_dst);
        if let Some(known) = self.row_of.get(&key) {
            return *known;
        }
        let Spot { address, site, .. } = self.spots[spot as usize];
        let at = (address, site);
        let List { rules, words, same, .. } = &self.lists[list as usize];
        let row = self.rows.len();
        self.rows.resize(row + 2 * MEMBERSHIPS.len() * words, 0);
        let mut told: Vec<Told> = Vec::with_capacity(rules.len());
        for ((number, rule), first) in rules.iter().enumerate().zip(&same[usize::from(is_dst)]) {
            let ends = if is_dst { &rule.destinations } else { &rule.sources };
            let cases = match told.get(*first as usize) {
                Some(told) => *told,
                None => tell(self.world, ends, at, view),
            };
            told.push(cases);
            for (case, (is, may)) in cases.into_iter().enumerate() {
                let word = row + 2 * case * words + number / 64;
                self.rows[word] |= u64::from(is) << (number % 64);
                self.rows[word + words] |= u64::from(may) << (number % 64);
            }
        }
        self.row_of.insert(key, row as u32);
        row as u32
    }

    /// Where membership of the virtual network is all that is missing and makes no difference, it is no doubt.
    fn settle(
        &self,
        list: &List,
        number: u32,
        rows: (u32, u32),
        asked: &Question,
        service: Option<PlatformService>,
    ) -> (u32, Outcome) {
        let [src, dst] = parts(number & 1 == 1, asked.members);
        let ask = |case| self.ask(list, rows, case, asked, service);
        let first = ask([src[0], dst[0]]);
        if first.1 != Outcome::Undecidable {
            return first;
        }
        let one = ask([src[1], dst[1]]);
        let rest = [[src[1], dst[2]], [src[2], dst[1]], [src[2], dst[2]]];
        let same = rest.into_iter().all(|case| ask(case).1 == one.1);
        if one.1 != Outcome::Undecidable && same { one } else { first }
    }

    fn ask(
        &self,
        list: &List,
        (src, dst): (u32, u32),
        case: [usize; 2],
        asked: &Question,
        service: Option<PlatformService>,
    ) -> (u32, Outcome) {
        let words = list.words;
        let named = service.map(|service| SERVICES.iter().position(|known| *known == service));
        let bits = |row, case| self.bits(row, case, words);
        let ((src_is, src_may), (dst_is, dst_may)) = (bits(src, case[0]), bits(dst, case[1]));
        let mut perhaps: Option<(u32, Decision)> = None;
        for word in 0..words {
            let mut bits = src_may[word] & dst_may[word];
            let certain = src_is[word] & dst_is[word];
            while bits != 0 {
                let bit = bits.trailing_zeros();
                bits &= bits - 1;
                let at = word as u32 * 64 + bit;
                let Some(quick) = list.quick.get(at as usize) else { break };
                if !quick.fits(asked.protocol, asked.port) {
                    continue;
                }
                if let Some(named) = named
                    && !named.is_some_and(|service| quick.names[service])
                {
                    continue;
                }
                let sure = certain >> bit & 1 == 1 && quick.sure;
                match perhaps {
                    Some((earlier, access)) if access != quick.access => {
                        return (earlier, Outcome::Undecidable);
                    }
                    _ if sure => {
                        let fits = |at: usize| {
                            let may = (src_may[at / 64] & dst_may[at / 64]) >> (at % 64) & 1 == 1;
                            list.quick.get(at).is_some_and(|other| {
                                let is_asked =
                                    named.is_none_or(|named| named.is_some_and(|n| other.names[n]));
                                may && is_asked
                                    && other.access != quick.access
                                    && other.fits(asked.protocol, asked.port)
                            })
                        };
                        let last = list.quick.len();
                        let twins = (at as usize + 1..last)
                            .take_while(|at| list.quick[*at].priority == quick.priority);
                        let open = quick.priority > 0 && twins.into_iter().any(fits);
                        let outcome =
                            if open { Outcome::Undecidable } else { Outcome::Decided(quick.access) };
                        return (at, outcome);
                    }
                    None => perhaps = Some((at, quick.access)),
                    Some(_) => {}
                }
            }
        }
        match (service, perhaps) {
            (None, _) => (NONE, Outcome::Decided(Decision::Denied)),
            // No rule names the service for certain, and one that may would refuse it.
            (Some(_), Some((earlier, Decision::Denied))) => (earlier, Outcome::Undecidable),
            (Some(_), _) => (NONE, Outcome::Decided(Decision::Allowed)),
        }
    }
}
