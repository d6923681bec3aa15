//! A look at conversations row by row: what each counts to, and what they add up to beyond that.
//!
//! A conversation's rows are first added up by context, of which it has few; everything but the minutes follows
//! from those. Where nothing is counted twice each row is all of its minute's, and is added on the same walk. Elsewhere
//! what a context's rows add to their minutes follows too, mostly, so that a second walk only adds.

use super::columns::{Slice, narrowly};
use super::count::{Counted, Stage, Stages, count_once, later_denials, may_follow};
use super::{Bits, ConversationRows, Minutes, Mode, Pick, Store};
use crate::ingest::Context;
use crate::model::{Counters, Decision, Tally, UnixMillis};
use hashbrown::HashMap;

/// The earliest and latest tuple.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Earliest.
    pub first: Option<UnixMillis>,
    /// Latest.
    pub last: Option<UnixMillis>,
}

impl Span {
    /// Takes another stretch in.
    pub(super) fn add(&mut self, first: UnixMillis, last: UnixMillis) {
        self.first = Some(self.first.map_or(first, |t| t.min(first)));
        self.last = Some(self.last.map_or(last, |t| t.max(last)));
    }
}

/// What an appliance on the way saw.
#[derive(Debug, Default, Clone)]
pub struct Hop {
    /// Conversations that passed it or ended there.
    pub conversations: u64,
    /// What it let through, the larger of its two sides, and what it denied.
    pub tally: Tally,
}

/// What conversations add up to, in a mode.
#[derive(Debug, Default, Clone)]
pub struct Sums {
    /// Everything, in the mode.
    pub tally: Tally,
    /// Everything, as logged.
    pub as_logged: Tally,
    /// Conversations.
    pub conversations: u64,
    /// Conversations that were allowed but began before the window.
    pub begun_earlier: u64,
    /// Earliest and latest tuple.
    pub span: Span,
    /// By minute.
    pub minutes: Minutes,
    /// As logged, by the context's number: how many rows, and their tally.
    pub contexts: Vec<(u64, Tally)>,
    /// Conversations seen at the source only, the destination only, both, on the way.
    pub seen_at: [u64; 4],
    /// Denied flows at the source, at the destination, on the way.
    pub denied_at: [u64; 3],
    /// Appliances on the way, by the lower number of their two stages: see [`Store::hops`].
    hops: Vec<Hop>,
}

impl Sums {
    /// Nothing yet, with room for everything of a store.
    pub fn new(store: &Store) -> Self {
        let minutes = Minutes::new(store.minutes().unwrap_or_default());
        let contexts = vec![(0, Tally::default()); store.contexts.len()];
        let hops = vec![Hop::default(); store.stage_mac.len()];
        Self { minutes, contexts, hops, ..Self::default() }
    }

    /// Adds another's numbers, or takes them away: all but [`Sums::span`] and the minutes' reach.
    pub fn combine(&mut self, other: &Self, op: fn(u64, u64) -> u64) {
        let number = |a: &mut u64, b: u64| *a = op(*a, b);
        let tally = |a: &mut Tally, b: &Tally| {
            let (mut sum, other) = (a.as_array(), b.as_array());
            sum.iter_mut().zip(other).for_each(|(a, b)| *a = op(*a, b));
            *a = Tally::from_array(sum);
        };
        tally(&mut self.tally, &other.tally);
        tally(&mut self.as_logged, &other.as_logged);
        number(&mut self.conversations, other.conversations);
        number(&mut self.begun_earlier, other.begun_earlier);
        self.minutes.combine(&other.minutes, op);
        for (a, b) in self.contexts.iter_mut().zip(&other.contexts) {
            number(&mut a.0, b.0);
            tally(&mut a.1, &b.1);
        }
        self.seen_at.iter_mut().zip(other.seen_at).for_each(|(a, b)| number(a, b));
        self.denied_at.iter_mut().zip(other.denied_at).for_each(|(a, b)| number(a, b));
        for (a, b) in self.hops.iter_mut().zip(&other.hops) {
            number(&mut a.conversations, b.conversations);
            tally(&mut a.tally, &b.tally);
        }
    }
}

/// The rows of one conversation and context.
#[derive(Debug, Default, Clone, Copy)]
struct Group {
    context: u32,
    /// Whether the mode uses them.
    used: bool,
    denied: bool,
    rows: u64,
    flows: u64,
    counters: [u64; 4],
    stage: usize,
    /// What of them is added to their minutes: all bits of a number, or none.
    taken: [u64; 6],
    /// Whether anything is.
    adds: bool,
}

impl Group {
    #[cold]
    fn add_wide(&mut self, counters: [u64; 4]) {
        for (sum, value) in self.counters.iter_mut().zip(counters) {
            *sum = sum.saturating_add(value);
        }
    }
}

/// The earliest tuple of the wanted rows from a place on, which are in the order of their minutes: it is one of the first
/// minute's, where a row's latest may be of any.
fn earliest(slice: &Slice<'_>, wanted: Option<&Bits>, first: usize) -> UnixMillis {
    let minute = slice.minute[first];
    let same = (first..slice.minute.len()).take_while(|at| slice.minute[*at] == minute);
    let same = same.filter(|at| wanted.is_none_or(|wanted| wanted.has(slice.from + at)));
    let ms = same.map(|at| slice.first_ms[at]).min().unwrap_or_default();
    UnixMillis(i64::from(minute) * 60_000 + i64::from(ms))
}

/// No row of this place is looked at.
const NONE: u32 = u32::MAX;

/// What looking needs, used again from conversation to conversation.
#[derive(Debug, Default)]
pub(super) struct Looking {
    stages: Stages,
    groups: Vec<Group>,
    /// For a context, used and not: when it was last met, and where it is in `groups`.
    index: Vec<(u32, u32)>,
    round: u32,
    /// The group of each row.
    of_row: Vec<u32>,
}

impl Looking {
    fn begin(&mut self, contexts: usize, stages: usize) {
        self.groups.clear();
        self.of_row.clear();
        self.index.resize(2 * contexts, (0, 0));
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.index.fill((0, 0));
            self.round = 1;
        }
        self.stages.begin(stages);
    }
}

impl Store {
    /// Looks at those of the rows of the conversation of a number that are among the wanted, all without any, and adds
    /// what they come to. Gives their tally in the mode; `None`: there is no such row.
    pub(super) fn look(
        &self,
        mode: Mode,
        (number, of): (usize, &ConversationRows),
        wanted: Option<&Bits>,
        looking: &mut Looking,
        out: &mut Sums,
    ) -> Option<Tally> {
        looking.begin(self.contexts.len(), self.stage_mac.len());
        let slice = self.columns.slice(of.rows.clone());
        let all_used = mode == Mode::AsLogged || self.overlaps.is_simple();
        // Nothing is counted twice as logged, nor where one stage logged everything.
        let at_once = mode == Mode::AsLogged || self.is_of_one_stage(number);
        let (mut first, mut last) = (usize::MAX, 0);
        // Rows are in the order of their minutes.
        let mut reach = (u32::MAX, 0);
        let Looking { groups, index, of_row, round, .. } = &mut *looking;
        if !at_once {
            of_row.resize(slice.context.len(), NONE);
        }
        let columns = slice.context.iter().zip(slice.minute).zip(slice.flows).zip(slice.counters);
        for (at, ((((context, minute), flows), narrow), last_ms)) in columns.zip(slice.last_ms).enumerate() {
            let row = slice.from + at;
            if wanted.is_some_and(|wanted| !wanted.has(row)) {
                continue;
            }
            let used = all_used || self.counts(row, &self.contexts[*context as usize]);
            let slot = &mut index[2 * *context as usize + usize::from(used)];
            if slot.0 != *round {
                *slot = (*round, groups.len() as u32);
                let denied = self.contexts[*context as usize].decision == Decision::Denied;
                groups.push(Group { context: *context, used, denied, ..Group::default() });
            }
            let group = &mut groups[slot.1 as usize];
            group.rows += 1;
            group.flows += u64::from(*flows);
            // Number by number: what is put together in memory first is waited for.
            let counters = narrowly(narrow);
            if let Some([a, b, c, d]) = counters {
                group.counters[0] = group.counters[0].wrapping_add(a);
                group.counters[1] = group.counters[1].wrapping_add(b);
                group.counters[2] = group.counters[2].wrapping_add(c);
                group.counters[3] = group.counters[3].wrapping_add(d);
            } else {
                group.add_wide(self.columns.counters(row));
            }
            first = first.min(at);
            last = last.max(u64::from(*minute) * 60_000 + u64::from(*last_ms));
            if used {
                reach = (reach.0.min(*minute), *minute);
            }
            if !at_once {
                of_row[at] = slot.1;
            } else if used {
                let denied = group.denied;
                let [a, b, c, d] = counters.unwrap_or_else(|| self.columns.counters(row));
                let sum = out.minutes.of(*minute);
                sum[usize::from(denied)] = sum[usize::from(denied)].wrapping_add(u64::from(*flows));
                sum[2] = sum[2].wrapping_add(a);
                sum[3] = sum[3].wrapping_add(b);
                sum[4] = sum[4].wrapping_add(c);
                sum[5] = sum[5].wrapping_add(d);
            }
        }
        if groups.is_empty() {
            return None;
        }
        if reach.0 <= reach.1 {
            out.minutes.stretch(reach.0, reach.1);
        }
        out.span.add(earliest(&slice, wanted, first), UnixMillis(last as i64));
        let (as_logged, allowed) = self.add_groups(of, looking, out);
        out.begun_earlier += u64::from(allowed && as_logged.attempts() == 0);
        let counted = count_once(looking.stages.as_slice());
        let tally = if mode == Mode::AsLogged { as_logged } else { counted.tally };
        out.tally.add(&tally);
        out.as_logged.add(&as_logged);
        out.conversations += 1;
        self.place(&looking.stages, out);
        if !at_once {
            self.add_minutes(mode, &counted, of, looking, &mut out.minutes);
        }
        Some(tally)
    }

    /// Whether one stage logged all rows of the conversation of this number, as far as that was found out.
    fn is_of_one_stage(&self, number: usize) -> bool {
        let known = self.known.as_ref().and_then(|known| {
            let set = known.set_of.get(number)?;
            known.one_stage.get(*set as usize)
        });
        known.copied().unwrap_or_default()
    }

    /// Adds the groups of a conversation to the contexts and the stages. What they come to as logged, and whether
    /// one that is used was allowed.
    fn add_groups(&self, of: &ConversationRows, looking: &mut Looking, out: &mut Sums) -> (Tally, bool) {
        let (mut as_logged, mut any_allowed) = (Tally::default(), false);
        for group in &mut looking.groups {
            let context = &self.contexts[group.context as usize];
            let denied = group.denied;
            let tally = Tally {
                allowed_flows: if denied { 0 } else { group.flows },
                denied_flows: if denied { group.flows } else { 0 },
                counters: Counters::from_array(group.counters),
            };
            as_logged.add(&tally);
            let sum = &mut out.contexts[group.context as usize];
            sum.0 += group.rows;
            sum.1.add(&tally);
            if group.used {
                any_allowed |= !denied;
                let stage = self.stage_of[group.context as usize];
                let (direction, decision) = (context.direction, context.decision);
                group.stage = looking.stages.add(stage, direction, decision, group.flows, group.counters);
                if self.is_hop(context.mac, of) {
                    looking.stages.set_hop(group.stage);
                }
            }
        }
        (as_logged, any_allowed)
    }

    /// Spreads a conversation that was counted over its minutes, so that they add up to it: see [`Store::spread`].
    fn add_minutes(
        &self,
        mode: Mode,
        counted: &Counted,
        of: &ConversationRows,
        looking: &mut Looking,
        out: &mut Minutes,
    ) {
        let stages = looking.stages.as_slice();
        let slice = self.columns.slice(of.rows.clone());
        if mode == Mode::Conversations && !stages.is_empty() && later_denials(stages, counted.allowed_by) > 0
        {
            let used: Vec<(usize, usize, Context)> = (slice.from..)
                .zip(&looking.of_row)
                .filter_map(|(row, group)| Some((row, looking.groups.get(*group as usize)?)))
                .filter(|(_, group)| group.used)
                .map(|(row, group)| (row, group.stage, self.contexts[group.context as usize]))
                .collect();
            self.spread(stages, &used, counted, &mut |minute, tally| out.add(minute, tally.as_array()));
            return;
        }
        // Mostly nothing that was let pass was denied later: then each row stays where it is, and of stages that
        // a figure was not taken from it adds nothing.
        let all = |is: bool| if is { u64::MAX } else { 0 };
        for group in &mut looking.groups {
            let denied = group.denied;
            let is_of = |by: usize| group.used && (mode == Mode::AsLogged || by == group.stage);
            let [a, b, c, d] = counted.counters_by.map(|by| all(is_of(by)));
            group.taken = [all(!denied && is_of(counted.allowed_by)), all(denied && group.used), a, b, c, d];
            group.adds = group.taken != [0; 6];
        }
        let columns = slice.minute.iter().zip(slice.flows).zip(slice.counters).zip(slice.from..);
        for ((((minute, flows), narrow), row), group) in columns.zip(&looking.of_row) {
            let Some(group) = looking.groups.get(*group as usize).filter(|group| group.adds) else {
                continue;
            };
            let (sum, taken, flows) = (out.of(*minute), &group.taken, u64::from(*flows));
            let mut add = |place: usize, number: u64| {
                sum[place] = sum[place].wrapping_add(number & taken[place]);
            };
            add(0, flows);
            add(1, flows);
            let [a, b, c, d] = narrowly(narrow).unwrap_or_else(|| self.columns.counters(row));
            add(2, a);
            add(3, b);
            add(4, c);
            add(5, d);
        }
    }

    /// Spreads a conversation that was counted once over its minutes, so that what `add` is given adds up
    /// to it: denials where they happened; allowances as the stage logged them that they were
    /// taken from, less the later denials, each in its own minute as far as it can be, the rest
    /// from the latest minutes; each counter as its own largest stage logged it.
    fn spread(
        &self,
        stages: &[Stage],
        used: &[(usize, usize, Context)],
        counted: &Counted,
        add: &mut dyn FnMut(u32, &Tally),
    ) {
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
    fn place(&self, stages: &Stages, out: &mut Sums) {
        let (mut source, mut destination, mut way) = (false, false, false);
        for stage in stages.as_slice() {
            let other = self.other_stage.get(stage.id as usize).copied().unwrap_or(u32::MAX);
            let beyond = stages.get(other);
            let denied = if stage.hop || beyond.is_some() {
                way = true;
                // Both sides together, when the one with the lower number comes.
                if beyond.is_none() || stage.id < other {
                    let sides = [Some(stage), beyond].map(|side| side.copied().unwrap_or_default());
                    let [here, there] = sides;
                    let counters = sides.map(|side| Counters::from_array(side.counters));
                    let hop = &mut out.hops[stage.id.min(other) as usize];
                    hop.conversations += 1;
                    hop.tally.add(&Tally {
                        allowed_flows: here.allowed.max(there.allowed),
                        denied_flows: here.denied.saturating_add(there.denied),
                        counters: counters[0].max(counters[1]),
                    });
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
        let seen = match (way, source, destination) {
            (true, ..) => 3,
            (_, true, true) => 2,
            (_, true, false) => 0,
            (_, false, true) => 1,
            (false, false, false) => return,
        };
        out.seen_at[seen] += 1;
    }

    /// The appliances on the way that conversations passed, each with the number of its MAC address.
    pub fn hops<'a>(&'a self, sums: &'a Sums) -> impl Iterator<Item = (u32, &'a Hop)> {
        let hops = self.stage_mac.iter().copied().zip(&sums.hops);
        hops.filter(|(_, hop)| hop.conversations > 0)
    }

    /// What the picked conversations add up to, all without a pick; empty before [`Store::count`].
    pub fn sums<'a>(&'a self, mode: Mode, pick: Option<&'a Pick>) -> Option<&'a Sums> {
        pick.map(Pick::sums).or(self.whole[super::slot(mode)].as_ref().map(|whole| &whole.sums))
    }
}
