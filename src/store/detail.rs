//! A close look at a part of the traffic: everything that the details of a selection show.

use super::count::{Counted, Stage, Stages, count_once, later_denials, may_follow};
use super::{ConversationRows, Mode, Pick, Store};
use crate::ingest::Context;
use crate::model::{Counters, Decision, Direction, Tally, UnixMillis};
use hashbrown::{HashMap, HashSet};

/// A rule at the resource that it belongs to, by numbers of strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RuleKey {
    /// The network security group or ACL.
    pub acl: u32,
    /// The rule's logged name.
    pub rule: u32,
    /// The direction it was applied in.
    pub direction: Direction,
}

/// Numbers of a source and a destination address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HostPair {
    /// Source.
    pub src: u32,
    /// Destination.
    pub dst: u32,
}

/// The earliest and latest tuple.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Earliest.
    pub first: Option<UnixMillis>,
    /// Latest.
    pub last: Option<UnixMillis>,
}

impl Span {
    fn add(&mut self, first: UnixMillis, last: UnixMillis) {
        self.first = Some(self.first.map_or(first, |t| t.min(first)));
        self.last = Some(self.last.map_or(last, |t| t.max(last)));
    }
}

/// A service's numbers and the hosts that use it.
#[derive(Debug, Default, Clone)]
pub struct ServiceDetail {
    /// Flows and traffic.
    pub tally: Tally,
    /// Source addresses.
    pub sources: HashSet<u32>,
    /// Destination addresses.
    pub destinations: HashSet<u32>,
}

/// What an appliance on the way saw.
#[derive(Debug, Default, Clone)]
pub struct Hop {
    /// Conversations that passed it or ended there.
    pub conversations: u64,
    /// What it let through, the larger of its two sides, and what it denied.
    pub tally: Tally,
}

/// Tallies by minute: side by side for the first quarter of a year, beyond that in a map.
#[derive(Debug, Default, Clone)]
pub struct Minutes {
    start: u32,
    near: Vec<Option<Tally>>,
    far: HashMap<u32, Tally>,
}

/// Minutes that are kept side by side: 7 MB.
const NEAR: u32 = 1 << 17;

impl Minutes {
    /// With room for these minutes, the first and the one behind the last.
    pub fn new((first, end): (u32, u32)) -> Self {
        let near = vec![None; end.saturating_sub(first).min(NEAR) as usize];
        Self { start: first, near, far: HashMap::new() }
    }

    /// Adds to a minute.
    #[inline]
    pub fn add(&mut self, minute: u32, tally: &Tally) {
        match self.near.get_mut(minute.wrapping_sub(self.start) as usize) {
            Some(near) => near.get_or_insert_default().add(tally),
            None => self.far.entry(minute).or_default().add(tally),
        }
    }

    /// Every minute that was added to, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Tally)> {
        let near =
            (self.start..).zip(&self.near).filter_map(|(minute, tally)| Some((minute, tally.as_ref()?)));
        near.chain(self.far.iter().map(|(minute, tally)| (*minute, tally)))
    }
}

/// What the rows of a look add up to; reused from conversation to conversation.
#[derive(Default)]
struct Looking {
    stages: Stages,
    /// Rows that count in the mode: row, stage, context.
    used: Vec<(usize, usize, Context)>,
    /// As logged, by the context's number: rules and directions come from it.
    by_context: Vec<Option<Tally>>,
}

/// See the module's description. Tallies follow the asked mode but for those named *as logged*.
#[derive(Debug, Default, Clone)]
pub struct Detail {
    /// Everything, in the asked mode.
    pub tally: Tally,
    /// Everything, as logged.
    pub as_logged: Tally,
    /// Conversations.
    pub conversations: u64,
    /// Conversations that were allowed but began before the window.
    pub begun_earlier: u64,
    /// Earliest and latest tuple.
    pub span: Span,
    /// By protocol (upper 16 bits) and port.
    pub services: HashMap<u32, ServiceDetail>,
    /// By rule, as logged.
    pub rules: HashMap<RuleKey, Tally>,
    /// Inbound and outbound at the NIC, as logged.
    pub directions: [Tally; 2],
    /// By pair of hosts, with the number of services between them.
    pub talkers: HashMap<HostPair, (Tally, u32)>,
    /// By minute.
    pub minutes: Minutes,
    /// Conversations seen at the source only, the destination only, both, on the way.
    pub seen_at: [u64; 4],
    /// Denied flows at the source, at the destination, on the way.
    pub denied_at: [u64; 3],
    /// Appliances on the way, by the number of the MAC address.
    pub hops: HashMap<u32, Hop>,
}

impl Store {
    /// Looks at the picked conversations, all without a pick, that `wanted` accepts by their two addresses'
    /// numbers, as far as their rows pass.
    pub fn detail(&mut self, mode: Mode, pick: Option<&Pick>, wanted: impl Fn(u32, u32) -> bool) -> Detail {
        self.seal();
        let minutes = Minutes::new(self.minutes().unwrap_or_default());
        let mut out = Detail { minutes, ..Detail::default() };
        let mut looking = Looking { by_context: vec![None; self.contexts.len()], ..Looking::default() };
        for at in 0..pick.map_or(self.columns.conversations(), Pick::len) {
            let conversation = self.columns.conversation(pick.map_or(at, |pick| pick.number(at)));
            if wanted(conversation.src, conversation.dst) {
                self.look(mode, &conversation, pick, &mut looking, &mut out);
            }
        }
        for (context, tally) in self.contexts.iter().zip(&looking.by_context) {
            let Some(tally) = tally else { continue };
            out.directions[usize::from(context.direction == Direction::Outbound)].add(tally);
            let key = RuleKey { acl: context.acl, rule: context.rule, direction: context.direction };
            out.rules.entry(key).or_default().add(tally);
        }
        out
    }

    fn look(
        &self,
        mode: Mode,
        conversation: &ConversationRows,
        pick: Option<&Pick>,
        Looking { stages, used, by_context }: &mut Looking,
        out: &mut Detail,
    ) {
        stages.begin(self.stage_mac.len());
        used.clear();
        let mut as_logged = Tally::default();
        for row in conversation.rows.clone().filter(|row| pick.is_none_or(|pick| pick.has_row(*row))) {
            let id = self.columns.context(row);
            let context = self.contexts[id as usize];
            let tally = self.row_tally(row);
            as_logged.add(&tally);
            by_context[id as usize].get_or_insert_default().add(&tally);
            let (first, last) = self.columns.span(row);
            out.span.add(first, last);
            if mode == Mode::AsLogged || self.counts(row, &context) {
                let stage = self.add_to_stage(conversation, row, (id, &context), stages);
                used.push((row, stage, context));
            }
        }
        let tally = match mode {
            Mode::AsLogged => {
                for (row, ..) in used.iter() {
                    out.minutes.add(self.columns.minute(*row), &self.row_tally(*row));
                }
                as_logged
            }
            Mode::Conversations => {
                let counted = count_once(stages.as_slice());
                self.spread(stages.as_slice(), used, &counted, &mut |minute, tally| {
                    out.minutes.add(minute, tally)
                });
                counted.tally
            }
        };
        out.as_logged.add(&as_logged);
        out.tally.add(&tally);
        out.conversations += 1;
        let allowed_rows = used.iter().any(|(_, _, c)| c.decision == Decision::Allowed);
        out.begun_earlier += u64::from(allowed_rows && as_logged.attempts() == 0);

        let service = out.services.entry(conversation.service).or_default();
        service.tally.add(&tally);
        service.sources.insert(conversation.src);
        service.destinations.insert(conversation.dst);
        let pair = HostPair { src: conversation.src, dst: conversation.dst };
        let talker = out.talkers.entry(pair).or_default();
        talker.0.add(&tally);
        talker.1 += 1;
        self.place(stages.as_slice(), out);
    }

    /// Spreads a conversation that was counted once over its minutes, so that what `add` is given adds up
    /// to it: denials where they happened; allowances as the stage logged them that they were
    /// taken from, less the later denials, each in its own minute as far as it can be, the rest
    /// from the latest minutes; each counter as its own largest stage logged it.
    pub(super) fn spread(
        &self,
        stages: &[Stage],
        used: &[(usize, usize, Context)],
        counted: &Counted,
        add: &mut dyn FnMut(u32, &Tally),
    ) {
        // What one stage logged counts as logged.
        if let [_] = stages {
            used.iter().for_each(|(row, ..)| add(self.columns.minute(*row), &self.row_tally(*row)));
            return;
        }
        let mut allowed: Vec<(u32, u64)> = Vec::new();
        let mut later: HashMap<u32, u64> = HashMap::new();
        for (row, stage, context) in used {
            let minute = self.columns.minute(*row);
            let flows = self.columns.flows(*row);
            let mut tally = Tally::default();
            match context.decision {
                Decision::Denied => {
                    tally.denied_flows = flows;
                    let counts_as_later = *stage != counted.allowed_by
                        && stages
                            .get(counted.allowed_by)
                            .zip(stages.get(*stage))
                            .is_some_and(|(here, other)| may_follow(here, other));
                    if counts_as_later {
                        *later.entry(minute).or_default() += flows;
                    }
                }
                Decision::Allowed if *stage == counted.allowed_by => allowed.push((minute, flows)),
                Decision::Allowed => {}
            }
            let mut counters = [0; 4];
            for (place, value) in self.columns.counters(*row).into_iter().enumerate() {
                if counted.counters_by[place] == *stage {
                    counters[place] = value;
                }
            }
            tally.counters = Counters::from_array(counters);
            add(minute, &tally);
        }
        if counted.tally.allowed_flows > 0 {
            let mut missing = later_denials(stages, counted.allowed_by);
            for (minute, flows) in &mut allowed {
                if let Some(denied) = later.get_mut(minute) {
                    let less = (*denied).min(*flows);
                    *denied -= less;
                    *flows -= less;
                    missing -= less;
                }
            }
            allowed.sort_unstable();
            for (_, flows) in allowed.iter_mut().rev() {
                let less = missing.min(*flows);
                *flows -= less;
                missing -= less;
            }
            for (minute, flows) in allowed {
                add(minute, &Tally { allowed_flows: flows, ..Tally::default() });
            }
        }
    }

    /// Where a conversation was seen and where it was denied. A NIC that it both entered and
    /// left is an appliance on the way, and so is one with IP forwarding that has neither end.
    fn place(&self, stages: &[Stage], out: &mut Detail) {
        let mac_of = |stage: &Stage| self.stage_mac.get(stage.id as usize).copied();
        let passes = |stage: &Stage| {
            stages.iter().any(|other| other.outbound != stage.outbound && mac_of(other) == mac_of(stage))
        };
        let (mut source, mut destination, mut way) = (false, false, false);
        let mut hops: Vec<(u32, Tally)> = Vec::new();
        for stage in stages {
            let denied = if stage.hop || passes(stage) {
                way = true;
                let mac = mac_of(stage).unwrap_or_default();
                let counters = Counters::from_array(stage.counters);
                match hops.iter_mut().find(|(known, _)| *known == mac) {
                    Some((_, tally)) => {
                        tally.allowed_flows = tally.allowed_flows.max(stage.allowed);
                        tally.denied_flows = tally.denied_flows.saturating_add(stage.denied);
                        tally.counters = tally.counters.max(counters);
                    }
                    None => hops.push((
                        mac,
                        Tally { allowed_flows: stage.allowed, denied_flows: stage.denied, counters },
                    )),
                }
                2
            } else if stage.outbound {
                source = true;
                0
            } else {
                destination = true;
                1
            };
            out.denied_at[denied] = out.denied_at[denied].saturating_add(stage.denied);
        }
        for (mac, tally) in hops {
            let hop = out.hops.entry(mac).or_default();
            hop.conversations += 1;
            hop.tally.add(&tally);
        }
        let seen = match (way, source, destination) {
            (true, ..) => 3,
            (_, true, true) => 2,
            (_, true, false) => 0,
            (_, false, true) => 1,
            (false, false, false) => return,
        };
        out.seen_at[seen] += 1;
    }
}
