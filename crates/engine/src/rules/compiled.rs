//! A set of groups made ready to decide millions of conversations.
//!
//! Addresses that no rule, network or tag tells apart are one *class*. For each class and list of rules, bits say
//! which rules' sources (or destinations) have it for certain, and which perhaps; a question is then the common
//! bits of two rows, in order of priority. `evaluate` is the same without preparation and says more: tests
//! hold both to one answer.

use super::world::{Answer, Applied, RuleSet, World, by_address, is_platform};
use azflow_core::model::{Address, Decision, Direction, Endpoint, PortRange, Protocol, SecurityRule};
use hashbrown::HashMap;

/// No group, no rule.
const NONE: u32 = u32::MAX;

/// What a list of rules says of a flow, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Decided.
    Decided(Decision),
    /// Not to be told.
    Undecidable,
}

/// One stage's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The group's number, twice, plus one for its outbound rules.
    pub list: u32,
    /// The place of the rule that decides, or that can't be told, in the order of evaluation; beyond the last
    /// where none matches.
    pub rule: u32,
    /// What it says.
    pub outcome: Outcome,
}

/// A flow's way through the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    steps: [Step; 4],
    count: usize,
    /// What comes of all steps.
    pub outcome: Outcome,
}

impl Judged {
    /// The stages that it met, in order, up to the one that denies.
    pub fn steps(&self) -> &[Step] {
        self.steps.get(..self.count).unwrap_or_default()
    }

    /// The step that matters: that denies, can't be told first, or allows last.
    pub fn deciding(&self) -> Option<Step> {
        let doubtful = |step: &&Step| step.outcome == Outcome::Undecidable;
        let steps = self.steps();
        if self.outcome == Outcome::Undecidable { steps.iter().find(doubtful) } else { steps.last() }.copied()
    }
}

/// Rules of one group and direction.
#[derive(Debug)]
pub struct List {
    /// In the order of evaluation, defaults last.
    pub rules: Vec<SecurityRule>,
    quick: Vec<Quick>,
    words: usize,
    /// For sources and for destinations, by rule: the first rule with the same ones. Most rules of a draft share theirs.
    same: [Vec<u32>; 2],
}

/// By rule, the first with the same ends.
fn same(rules: &[SecurityRule], ends: impl Fn(&SecurityRule) -> &Vec<Endpoint>) -> Vec<u32> {
    let mut first: HashMap<&Vec<Endpoint>, u32> = HashMap::new();
    (0..).zip(rules).map(|(at, rule)| *first.entry(ends(rule)).or_insert(at)).collect()
}

/// What a rule asks of protocol and ports.
#[derive(Debug)]
struct Quick {
    protocol: Option<Protocol>,
    /// Sorted, apart from each other.
    ports: Vec<PortRange>,
    every_source_port: bool,
    access: Decision,
}

impl Quick {
    fn new(rule: &SecurityRule) -> Self {
        Self {
            protocol: rule.protocol,
            ports: joined(&rule.destination_ports),
            every_source_port: rule.source_ports.contains(&PortRange::ALL),
            access: rule.access,
        }
    }

    fn fits(&self, protocol: Protocol, port: Option<u16>) -> bool {
        if self.protocol.is_some_and(|own| own != protocol) {
            return false;
        }
        match port {
            None => self.ports == [PortRange::ALL],
            Some(port) => {
                let at = self.ports.partition_point(|range| range.last < port);
                self.ports.get(at).is_some_and(|range| range.first <= port)
            }
        }
    }
}

/// Whether ends have an address, where the address alone tells.
fn plainly(ends: &[Endpoint], address: Address) -> Option<Answer> {
    let has = |end| by_address(end, address);
    if ends.iter().any(|end| has(end) == Some(true)) {
        return Some(Answer::Yes);
    }
    ends.iter().all(|end| has(end).is_some()).then_some(Answer::No)
}

/// Whether ends have an address, for certain and perhaps: as it is, and under both assumptions.
type Told = [(bool, bool); 3];

fn tell(world: &World, ends: &[Endpoint], address: Address, here: Address) -> Told {
    let bits = |answer: Answer| (answer == Answer::Yes, answer != Answer::No);
    match plainly(ends, address) {
        Some(answer) => [bits(answer); 3],
        None => [None, Some(true), Some(false)].map(|assumed| {
            bits(Answer::any(ends.iter().map(|end| world.matches(end, address, here, assumed))))
        }),
    }
}

/// Ranges sorted, those that overlap or touch as one.
pub fn joined(ranges: &[PortRange]) -> Vec<PortRange> {
    let mut sorted: Vec<u32> = ranges.iter().map(|r| u32::from(r.first) << 16 | u32::from(r.last)).collect();
    sorted.sort_unstable();
    let mut out: Vec<PortRange> = Vec::new();
    for range in sorted {
        let (first, last) = ((range >> 16) as u16, range as u16);
        match out.last_mut() {
            Some(before) if u32::from(first) <= u32::from(before.last) + 1 => {
                before.last = before.last.max(last)
            }
            _ => out.push(PortRange { first, last }),
        }
    }
    out
}

/// Addresses that nothing tells apart.
#[derive(Debug)]
struct Class {
    /// One of them.
    address: Address,
    /// Its network's number and one more, or 0.
    network: u32,
    /// The groups at its NIC and its subnet.
    nic: u32,
    subnet: u32,
    platform: bool,
}

/// One stage between two classes: the list and the rows of source and destination.
type Stage = (u32, u32, u32);

/// See the module's description.
#[derive(Debug)]
pub struct Compiled<'a> {
    world: &'a World,
    lists: Vec<List>,
    class_of: Vec<u32>,
    classes: Vec<Class>,
    /// Six stretches of bits each: certain and perhaps, as it is and under both assumptions.
    rows: Vec<u64>,
    row_of: HashMap<u64, u32>,
    plans: Vec<[Stage; 4]>,
    plan_of: HashMap<(u32, u32), u32>,
    last: (u32, u32, u32),
}

impl<'a> Compiled<'a> {
    /// Makes a set ready for these addresses, which questions then name by number.
    pub fn new(set: &RuleSet, world: &'a World, addresses: &[Address]) -> Self {
        let lists: Vec<List> = set
            .groups
            .iter()
            .flat_map(|group| [group.ordered(Direction::Inbound), group.ordered(Direction::Outbound)])
            .map(|rules| List {
                quick: rules.iter().map(Quick::new).collect(),
                words: rules.len().div_ceil(64),
                same: [same(&rules, |rule| &rule.sources), same(&rules, |rule| &rule.destinations)],
                rules,
            })
            .collect();
        let mut out = Self {
            world,
            lists,
            class_of: Vec::with_capacity(addresses.len()),
            classes: Vec::new(),
            rows: Vec::new(),
            row_of: HashMap::new(),
            plans: Vec::new(),
            plan_of: HashMap::new(),
            last: (NONE, NONE, NONE),
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
        let rules = || self.lists.iter().flat_map(|list| &list.rules);
        let ends = || rules().flat_map(|rule| rule.sources.iter().chain(&rule.destinations));
        let mut tags = std::collections::BTreeSet::new();
        let mut groups = false;
        let mut cuts = Vec::new();
        let mut span = |first: Address, last: Address| {
            cuts.push(first.bits());
            cuts.push(last.bits().saturating_add(1));
        };
        for end in ends() {
            match end {
                Endpoint::Prefix(prefix) => span(prefix.first(), prefix.last()),
                Endpoint::Range(first, last) => span(*first, *last),
                Endpoint::Tag(tag) => {
                    tags.insert(tag.as_str());
                }
                Endpoint::Asg(_) => groups = true,
                Endpoint::Any | Endpoint::Unknown(_) => {}
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
        let mut at_nic: HashMap<u128, u32> = HashMap::new();
        for (number, group) in set.groups.iter().enumerate() {
            for address in &group.nics {
                at_nic.entry(address.bits()).or_insert(number as u32);
            }
        }
        let mut numbers: HashMap<(u32, u32, u32), u32> = HashMap::new();
        for (number, address) in addresses.iter().enumerate() {
            let piece = cuts.partition_point(|cut| *cut <= address.bits()) as u32;
            let nic = at_nic.get(&address.bits()).copied().unwrap_or(NONE);
            let platform = is_platform(*address);
            // Membership of application security groups is each address's own.
            let alone = if groups && self.world.knows_groups_of(*address) { number as u32 + 1 } else { 0 };
            let kind = u32::from(address.is_public()) | u32::from(platform) << 1;
            let key = (piece << 2 | kind, nic, alone);
            let class = *numbers.entry(key).or_insert_with(|| {
                let has = |group: &Applied| group.prefixes.iter().any(|p| p.contains(*address));
                self.classes.push(Class {
                    address: *address,
                    network: self.world.network_of(*address).map_or(0, |network| network + 1),
                    nic,
                    subnet: set.groups.iter().position(has).map_or(NONE, |at| at as u32),
                    platform,
                });
                self.classes.len() as u32 - 1
            });
            self.class_of.push(class);
        }
    }

    /// Decides a flow between two addresses by number, leaving out stages inbound and outbound that something
    /// else decided.
    pub fn judge(
        &mut self,
        (src, dst): (u32, u32),
        protocol: Protocol,
        port: Option<u16>,
        outside: [bool; 2],
    ) -> Judged {
        let nothing = Step { list: NONE, rule: NONE, outcome: Outcome::Decided(Decision::Allowed) };
        let mut out = Judged { steps: [nothing; 4], count: 0, outcome: nothing.outcome };
        let classes = (self.class_of.get(src as usize), self.class_of.get(dst as usize));
        let (Some(&src), Some(&dst)) = classes else { return out };
        if self.last.0 != src || self.last.1 != dst {
            self.last = (src, dst, self.plan(src, dst));
        }
        let Some(plan) = self.plans.get(self.last.2 as usize) else { return out };
        for (list, src_row, dst_row) in *plan {
            if list == NONE || outside[(list & 1) as usize] {
                continue;
            }
            let Some(rules) = self.lists.get(list as usize) else { continue };
            let (rule, outcome) = self.settle(rules, src_row, dst_row, protocol, port);
            out.steps[out.count] = Step { list, rule, outcome };
            out.count += 1;
            match outcome {
                Outcome::Decided(Decision::Denied) => {
                    out.outcome = outcome;
                    break;
                }
                Outcome::Undecidable => out.outcome = outcome,
                Outcome::Decided(Decision::Allowed) => {}
            }
        }
        out
    }

    fn plan(&mut self, src: u32, dst: u32) -> u32 {
        if let Some(known) = self.plan_of.get(&(src, dst)) {
            return *known;
        }
        let (from, to) = (&self.classes[src as usize], &self.classes[dst as usize]);
        let list = |group: u32, outbound: u32| if group == NONE { NONE } else { group * 2 + outbound };
        let mut lists = [list(from.nic, 1), list(from.subnet, 1), list(to.subnet, 0), list(to.nic, 0)];
        if from.platform || to.platform {
            lists = [NONE; 4];
        }
        let plan = lists.map(|list| {
            if list == NONE {
                return (NONE, 0, 0);
            }
            let here = if list & 1 == 1 { src } else { dst };
            (list, self.row(src, list, here, false), self.row(dst, list, here, true))
        });
        let number = self.plans.len() as u32;
        self.plans.push(plan);
        self.plan_of.insert((src, dst), number);
        number
    }

    /// The bits of a class on one side of a list's rules, as seen from another class.
    fn row(&mut self, class: u32, list: u32, here: u32, is_dst: bool) -> u32 {
        let here = &self.classes[here as usize];
        let place = u64::from(list) << 17 | u64::from(here.network) << 1 | u64::from(is_dst);
        let key = u64::from(class) << 36 | place;
        if let Some(known) = self.row_of.get(&key) {
            return *known;
        }
        let (address, here) = (self.classes[class as usize].address, here.address);
        let List { rules, words, same, .. } = &self.lists[list as usize];
        let row = self.rows.len();
        self.rows.resize(row + 6 * words, 0);
        let mut told: Vec<Told> = Vec::with_capacity(rules.len());
        for ((at, rule), first) in rules.iter().enumerate().zip(&same[usize::from(is_dst)]) {
            let ends = if is_dst { &rule.destinations } else { &rule.sources };
            let cases = match told.get(*first as usize) {
                Some(told) => *told,
                None => tell(self.world, ends, address, here),
            };
            told.push(cases);
            for (case, (is, may)) in cases.into_iter().enumerate() {
                let word = row + 2 * case * words + at / 64;
                self.rows[word] |= u64::from(is) << (at % 64);
                self.rows[word + words] |= u64::from(may) << (at % 64);
            }
        }
        self.row_of.insert(key, row as u32);
        row as u32
    }

    /// Where membership of the virtual network is all that is missing and makes no difference, it is no doubt.
    fn settle(
        &self,
        list: &List,
        src: u32,
        dst: u32,
        protocol: Protocol,
        port: Option<u16>,
    ) -> (u32, Outcome) {
        let ask = |case| self.ask(list, src, dst, case, protocol, port);
        let first = ask([0, 0]);
        if first.1 != Outcome::Undecidable {
            return first;
        }
        let one = ask([1, 1]);
        let same = [[1, 2], [2, 1], [2, 2]].into_iter().all(|case| ask(case).1 == one.1);
        if one.1 != Outcome::Undecidable && same { one } else { first }
    }

    fn ask(
        &self,
        list: &List,
        src: u32,
        dst: u32,
        case: [usize; 2],
        protocol: Protocol,
        port: Option<u16>,
    ) -> (u32, Outcome) {
        let words = list.words;
        let row = |row: u32, case: usize| {
            let from = row as usize + 2 * case * words;
            (&self.rows[from..from + words], &self.rows[from + words..from + 2 * words])
        };
        let ((src_is, src_may), (dst_is, dst_may)) = (row(src, case[0]), row(dst, case[1]));
        let mut perhaps: Option<(u32, Decision)> = None;
        for word in 0..words {
            let mut bits = src_may[word] & dst_may[word];
            let certain = src_is[word] & dst_is[word];
            while bits != 0 {
                let bit = bits.trailing_zeros();
                bits &= bits - 1;
                let at = word as u32 * 64 + bit;
                let Some(quick) = list.quick.get(at as usize) else { break };
                if !quick.fits(protocol, port) {
                    continue;
                }
                let sure = certain >> bit & 1 == 1 && quick.every_source_port;
                match perhaps {
                    Some((earlier, access)) if access != quick.access => {
                        return (earlier, Outcome::Undecidable);
                    }
                    _ if sure => return (at, Outcome::Decided(quick.access)),
                    None => perhaps = Some((at, quick.access)),
                    Some(_) => {}
                }
            }
        }
        (NONE, Outcome::Decided(Decision::Denied))
    }
}
