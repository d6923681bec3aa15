//! One look at every conversation: what it is an instance of, added up by pair of subnets and service.

use crate::rules::DefaultAllows;
use crate::topology::{Assignment, Connections, Naming, SubnetKind, network_of};
use azflow_core::ingest::Context;
use azflow_core::model::{Decision, Direction, FlowDirection, Tally};
use azflow_core::store::{Holds, Mode, Noise, Store};
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeMap;

/// A denied conversation retries from so many distinct hours and flows on.
pub const RETRY: (u32, u64) = (3, 10);

/// What is known besides the traffic.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// Which subnet every address is in.
    pub subnets: &'a Assignment,
    /// Names of networks and machines.
    pub naming: &'a Naming,
    /// How networks are connected.
    pub connections: &'a Connections,
    /// NICs with the address that is their own end: numbers of MAC address and address.
    pub own_ends: &'a [(u32, u32)],
    /// By number of a NIC's MAC address, what its logs hold.
    pub holds: &'a BTreeMap<u32, Holds>,
}

impl Ground<'_> {
    /// The kind of a subnet, by its place.
    pub fn kind(&self, subnet: u32) -> SubnetKind {
        self.subnets.subnets.get(subnet as usize).map_or(SubnetKind::Internet, |s| s.kind)
    }

    /// Whether it lies inside: not the Internet, an Azure service, the platform, or many receivers.
    pub fn is_inside(&self, subnet: u32) -> bool {
        use SubnetKind::{Broadcast, Internet, Multicast, Platform, ServiceTag};
        !matches!(self.kind(subnet), Broadcast | Internet | Multicast | Platform | ServiceTag)
    }

    /// What the logs of a NIC hold.
    pub fn holds(&self, mac: u32) -> Holds {
        self.holds.get(&mac).copied().unwrap_or_default()
    }

    /// Its network's number, where a description has it.
    pub fn network(&self, subnet: u32) -> Option<u32> {
        network_of(self.subnets.subnets.get(subnet as usize)?, self.naming)
    }
}

/// Conversations added up.
#[derive(Debug, Default, Clone)]
pub struct Sum {
    pub tally: Tally,
    pub conversations: u64,
    pub sources: HashSet<u32>,
    pub destinations: HashSet<u32>,
    /// The most that one conversation counted besides.
    pub number: u64,
}

impl Sum {
    fn add(&mut self, tally: &Tally, src: u32, dst: u32, number: u64) {
        self.tally.add(tally);
        self.conversations += 1;
        self.sources.insert(src);
        self.destinations.insert(dst);
        self.number = self.number.max(number);
    }
}

/// What a conversation can be an instance of by its pair of subnets and its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum As {
    /// Allowed.
    Allowed,
    /// Rides on the default allow alone.
    Default,
    /// Denied again and again.
    Retry,
    /// Logged at one end only.
    OneSided,
    /// Dropped for want of encryption.
    Unencrypted,
}

/// A pair of subnets and a service.
#[derive(Debug, Default, Clone)]
pub struct Pair {
    /// By [`As`]; one that nothing was an instance of costs nothing.
    pub sums: [Option<Box<Sum>>; 5],
    /// Minutes of the first and last tuple of what was allowed and is no noise.
    pub seen: Option<(u32, u32)>,
    /// The first and last hour with records of any NIC that logged it.
    pub logged: (u32, u32),
    /// Rules that denied it, and that allowed it.
    pub rules: [Vec<u32>; 2],
}

impl Pair {
    fn sum(&mut self, what: As) -> &mut Sum {
        self.sums[what as usize].get_or_insert_default()
    }
}

/// What a scanner did.
#[derive(Debug, Default, Clone)]
pub struct Scanned {
    pub sum: Sum,
    pub ports: HashSet<u32>,
    pub through: u64,
}

/// See the module's description.
#[derive(Debug, Default)]
pub struct Gathered {
    /// By source subnet, destination subnet, service.
    pub pairs: HashMap<(u32, u32, u32), Pair>,
    /// By the number of the source address.
    pub scanners: HashMap<u32, Scanned>,
    /// Two groups of one NIC and direction: conversations that both allowed, and those that they log nearly alike.
    pub groups: HashMap<(u32, u32), (u64, u64)>,
    /// Minutes of the first and last tuple of all.
    pub window: Option<(u32, u32)>,
    /// Hours with records of each NIC: first, last, how many.
    pub hours: BTreeMap<u32, (u32, u32, u32)>,
}

/// What a context means here.
#[derive(Debug)]
struct Meaning {
    dropped: bool,
}

/// Whether the platform dropped for want of encryption.
fn is_dropped(store: &Store, context: &Context) -> bool {
    let is = |id: u32| store.string(id).eq_ignore_ascii_case("unspecified");
    let state = store.string(context.encryption);
    context.decision == Decision::Denied
        && (is(context.rule) || is(context.acl))
        && state.get(..2).is_some_and(|begin| begin.eq_ignore_ascii_case("NX"))
}

/// A look at every conversation that can be interrupted. What it is at belongs to the store and the ground that it began
/// with, as they are.
#[derive(Debug)]
pub struct Gathering {
    out: Gathered,
    /// The next conversation.
    at: usize,
    /// By context.
    meanings: Vec<Meaning>,
    defaults: DefaultAllows,
    /// The NIC of an address, once the first piece has told.
    nic_of: Option<HashMap<u32, u32>>,
}

impl Gathering {
    /// Before the first conversation. Noise must have been marked.
    pub fn new(store: &Store) -> Self {
        let mut out = Gathered::default();
        for (mac, hour, _) in store.overlaps().covered() {
            let (first, last, count) = out.hours.entry(mac).or_insert((hour, hour, 0));
            (*first, *last, *count) = (hour.min(*first), hour.max(*last), *count + 1);
        }
        for (at, _) in store.noise().iter().enumerate().filter(|(_, noise)| **noise == Noise::Scan) {
            out.scanners.entry(store.columns().conversation(at).src).or_default();
        }
        let meanings = store.contexts().iter().map(|of| Meaning { dropped: is_dropped(store, of) }).collect();
        Self { out, at: 0, meanings, defaults: DefaultAllows::new(store), nic_of: None }
    }

    /// Looks at the next conversations, of so many rows. Whether there are more.
    pub fn go_on(&mut self, store: &Store, ground: &Ground<'_>, rows: usize) -> bool {
        let nic_of = (self.nic_of)
            .get_or_insert_with(|| ground.own_ends.iter().map(|(mac, end)| (*end, *mac)).collect());
        let known = (self.meanings.as_slice(), &*nic_of, &self.defaults);
        let mut groups = Vec::new();
        let mut seen = 0;
        while let Some(tally) = store.totals(Mode::Conversations).get(self.at)
            && seen < rows
        {
            let noise = store.noise().get(self.at).copied().unwrap_or_default();
            look(store, ground, known, (self.at, tally, noise), &mut groups, &mut self.out);
            // A conversation costs as much as a few rows.
            seen += 4 + store.columns().conversation(self.at).rows.len();
            self.at += 1;
        }
        self.at < store.columns().conversations()
    }

    /// What was found, once all were looked at.
    pub fn finish(self) -> Gathered {
        self.out
    }
}

type Known<'a> = (&'a [Meaning], &'a HashMap<u32, u32>, &'a DefaultAllows);

/// What the rows of a conversation say.
#[derive(Default)]
struct Rows {
    /// Allowed at all.
    allowed: bool,
    denied_hours: u32,
    last_denied: Option<u32>,
    dropped: u64,
    /// Rules that denied, and that allowed.
    rules: [Vec<u32>; 2],
    seen: (u32, u32),
    logged: (u32, u32),
    /// Seen at the source's own NIC, at the destination's.
    ends: [bool; 2],
    /// Flows that the other end should have logged too.
    missed: u64,
}

fn look(
    store: &Store,
    ground: &Ground<'_>,
    (meanings, nic_of, defaults): Known<'_>,
    (at, tally, noise): (usize, &Tally, Noise),
    groups: &mut Vec<((u32, FlowDirection), u32, u64)>,
    out: &mut Gathered,
) {
    let columns = store.columns();
    let conversation = columns.conversation(at);
    let (src, dst) = (conversation.src, conversation.dst);
    let nics = [src, dst].map(|end| nic_of.get(&end).copied());
    let mut rows = Rows { seen: (u32::MAX, 0), logged: (u32::MAX, 0), ..Rows::default() };
    groups.clear();
    for row in conversation.rows {
        let id = columns.context(row);
        let (Some(context), Some(meaning)) = (store.contexts().get(id as usize), meanings.get(id as usize))
        else {
            continue;
        };
        let (minute, flows) = (columns.minute(row), columns.flows(row));
        rows.seen = (rows.seen.0.min(minute), rows.seen.1.max(minute));
        if let Some((first, last, _)) = out.hours.get(&context.mac) {
            rows.logged = (rows.logged.0.min(*first), rows.logged.1.max(*last));
        }
        if !store.counts(row, context) {
            continue;
        }
        // Which of source and destination the NIC is at, where that is on file.
        let end = context.direction.known().map(|direction| usize::from(direction == Direction::Inbound));
        let is_own = end.is_some_and(|end| nics[end] == Some(context.mac));
        if let Some(end) = end {
            rows.ends[end] |= is_own;
        }
        note(&mut rows.rules[usize::from(context.decision == Decision::Allowed)], context.rule);
        if context.decision == Decision::Denied {
            let hour = Some(minute / 60);
            rows.denied_hours += u32::from(rows.last_denied != hour);
            rows.last_denied = hour;
            rows.dropped += if meaning.dropped { flows } else { 0 };
        } else {
            rows.allowed = true;
            let stage = (context.mac, context.direction);
            match groups.iter_mut().find(|(of, acl, _)| (*of, *acl) == (stage, context.acl)) {
                Some((.., sum)) => *sum += flows,
                None => groups.push((stage, context.acl, flows)),
            }
        }
        // What its source let out the destination should have logged; what came in, the source.
        let other = end.and_then(|end| nics[1 - end]).filter(|mac| *mac != context.mac);
        // A log that leaves out what it would have to show misses nothing. The destination may have denied it.
        let would_show = |mac: u32| {
            let holds = ground.holds(mac);
            holds.shows_allowed() && (end == Some(1) || holds.shows_denied())
        };
        if is_own
            && (end == Some(1) || context.decision == Decision::Allowed)
            && other.is_some_and(|mac| store.overlaps().has_records(mac, minute / 60) && would_show(mac))
        {
            rows.missed += flows;
        }
    }
    if rows.seen.0 == u32::MAX {
        return;
    }
    out.window = Some(out.window.map_or(rows.seen, |(a, b)| (a.min(rows.seen.0), b.max(rows.seen.1))));
    two_groups(groups, &mut out.groups);
    if let Some(scanned) = out.scanners.get_mut(&src) {
        if noise == Noise::Scan {
            scanned.sum.add(tally, src, dst, 0);
            scanned.ports.insert(conversation.service);
        } else if !noise.is_noise() {
            scanned.through += tally.allowed_flows;
        }
    }
    if matches!(noise, Noise::Platform | Noise::Broadcast | Noise::Reply) && rows.dropped == 0 {
        return;
    }
    let subnet = |address: u32| ground.subnets.subnet_of.get(address as usize).copied().unwrap_or_default();
    let (from, to) = (subnet(src), subnet(dst));
    let is_inside = ground.is_inside(from) && ground.is_inside(to);
    let begun_earlier = rows.allowed && tally.attempts() == 0;
    let is_allowed = tally.allowed_flows > 0 || begun_earlier;
    let retries = !noise.is_noise()
        && is_inside
        && tally.allowed_flows == 0
        && rows.denied_hours >= RETRY.0
        && tally.denied_flows >= RETRY.1;
    let one_sided = rows.missed > 0 && rows.ends[0] != rows.ends[1] && !noise.is_noise();
    let on_default = defaults.has(store, at, tally);
    if !(is_allowed || retries || one_sided || on_default || rows.dropped > 0) {
        return;
    }
    let service = super::grouped(conversation.service);
    let pair = out.pairs.entry((from, to, service)).or_default();
    for (known, rules) in pair.rules.iter_mut().zip(&rows.rules) {
        rules.iter().for_each(|rule| note(known, *rule));
    }
    if is_allowed {
        pair.sum(As::Allowed).add(tally, src, dst, 0);
        if !noise.is_noise() {
            let seen = pair.seen.unwrap_or(rows.seen);
            pair.seen = Some((seen.0.min(rows.seen.0), seen.1.max(rows.seen.1)));
            let logged = if pair.logged == (0, 0) { rows.logged } else { pair.logged };
            pair.logged = (logged.0.min(rows.logged.0), logged.1.max(rows.logged.1));
        }
    }
    if on_default {
        pair.sum(As::Default).add(tally, src, dst, 0);
    }
    if retries {
        pair.sum(As::Retry).add(tally, src, dst, u64::from(rows.denied_hours));
    }
    if one_sided {
        pair.sum(As::OneSided).add(tally, src, dst, u64::from(rows.ends[1]));
    }
    if rows.dropped > 0 {
        let dropped = Tally { denied_flows: rows.dropped, ..Tally::default() };
        pair.sum(As::Unencrypted).add(&dropped, src, dst, 0);
    }
}

/// Adds a rule to those known.
fn note(rules: &mut Vec<u32>, rule: u32) {
    if !rules.contains(&rule) {
        rules.push(rule);
    }
}

/// Notes groups that allowed the same conversation at one NIC in one direction.
fn two_groups(found: &[((u32, FlowDirection), u32, u64)], out: &mut HashMap<(u32, u32), (u64, u64)>) {
    for (at, (stage, acl, flows)) in found.iter().enumerate() {
        for (_, other, more) in found.iter().skip(at + 1).filter(|(of, ..)| of == stage) {
            let (less, most) = (*flows.min(more), *flows.max(more));
            if less == 0 || most < 3 {
                continue;
            }
            let count = out.entry((*acl.min(other), *acl.max(other))).or_default();
            count.0 += 1;
            count.1 += u64::from(less * 10 >= most * 9);
        }
    }
}
