//! A look at conversations row by row: what each counts to, and what they add up to beyond that.
//!
//! A conversation's rows are first added up by context, of which it has few; everything but the minutes follows
//! from those. What a context's rows add to their minutes follows too, mostly, so that a second walk only adds.
//!
//! Both walks are made for millions of rows: contexts have their places side by side instead of in a table of
//! hashes, and what is wanted, met or added is listed without a branch, which would be guessed wrong every other time.

use super::columns::{Slice, narrowly};
use super::count::{Counted, Stages, count_once, later_denials};
use super::parts::Share;
use super::spread::Used;
use super::steps::RowSums;
use super::{Bits, ConversationRows, Minutes, Mode, Store, Sums};
use crate::ingest::Context;
use crate::model::{Counters, Decision, FlowDirection, Tally, UnixMillis};

/// What of a context counts here, side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fact {
    stage: u32,
    rank: u32,
    denied: bool,
    direction: FlowDirection,
}

impl Fact {
    /// Adds a context's rows to the stages of a conversation; returns the index of theirs.
    pub fn add_to(self, stages: &mut Stages, flows: u64, counters: [u64; 4]) -> usize {
        let tally = if self.denied { [0, flows] } else { [flows, 0] };
        stages.add((self.stage, self.rank), self.direction, tally, counters)
    }

    /// What of its rows is added to their minutes where figures were taken from these stages: see [`Counted::taken`].
    pub fn takes(self, [allowed, counters @ ..]: [Option<u32>; 5]) -> Taken {
        let all = |is: bool| if is { u64::MAX } else { 0 };
        let is = |by: Option<u32>| by == Some(self.stage);
        let [a, b, c, d] = counters.map(|by| all(is(by)));
        [all(!self.denied && is(allowed)), all(self.denied), a, b, c, d]
    }
}

/// The rows of one context that a conversation has, those that the mode uses apart from those that it does not.
#[derive(Debug, Clone, Copy)]
struct Group {
    place: u32,
    /// Index of their stage; `None`: they are not used.
    stage: Option<u32>,
    denied: bool,
}

/// Whether rows of a conversation say that something was allowed.
#[derive(Debug, Default, Clone, Copy)]
struct AnyAllowed {
    /// Any row.
    of_any: bool,
    /// A row that the mode uses.
    of_used: bool,
}

/// What of a group's rows is added to their minutes: all bits of a number, or none.
pub(super) type Taken = [u64; 6];

/// What looking needs, used again from conversation to conversation.
///
/// A *place* is a context's number for rows that the mode uses, and so many more as there are contexts for others.
#[derive(Debug)]
pub(super) struct Looking {
    pub facts: Vec<Fact>,
    pub stages: Stages,
    /// The rows that are looked at, from the conversation's first row on.
    rows: Vec<u32>,
    /// The group of each of them, as a place.
    places: Vec<u32>,
    /// The places that were met, in the order of their first row.
    pub met: Vec<u32>,
    groups: Vec<Group>,
    /// By place: where it is in `groups`.
    group_at: Vec<u32>,
    /// By place. Zeros between two conversations.
    pub sums: Vec<RowSums>,
    /// By place.
    pub taken: Vec<Taken>,
    /// By place: whether anything is taken.
    adds: Vec<bool>,
}

impl Looking {
    /// Lists the rows that pass of so many.
    #[inline]
    pub fn list(&mut self, count: usize, pass: impl Fn(usize) -> bool) {
        if self.rows.len() < count {
            self.rows.resize(count, 0);
            self.places.resize(count, 0);
        }
        let mut listed = 0;
        for at in 0..count {
            self.rows[listed] = at as u32;
            listed += usize::from(pass(at));
        }
        self.rows.truncate(listed);
    }

    /// The rows that pass.
    pub fn listed(&self) -> &[u32] {
        &self.rows
    }

    /// Those of the rows that are used.
    fn used_rows(&self) -> impl Iterator<Item = Used> + '_ {
        self.rows.iter().zip(&self.places).filter_map(|(at, place)| {
            let group = self.groups.get(self.group_at[*place as usize] as usize)?;
            Some((*at as usize, group.stage? as usize, group.denied))
        })
    }
}

/// The earliest tuple of some rows, which are in the order of their minutes: it is one of the first
/// minute's, where a row's latest may be of any.
pub(super) fn earliest(slice: &Slice<'_>, rows: impl Iterator<Item = usize> + Clone) -> UnixMillis {
    let minute = |at: &usize| slice.minute[*at];
    let first = rows.clone().next().as_ref().map_or(0, minute);
    let same = rows.take_while(|at| minute(at) == first);
    let ms = same.map(|at| slice.first_ms[at]).min().unwrap_or_default();
    UnixMillis(i64::from(first) * 60_000 + i64::from(ms))
}

impl Store {
    /// To look with, as long as the table does not change.
    pub(super) fn looking(&self) -> Looking {
        let fact = |(context, stage): (&Context, &u32)| Fact {
            stage: *stage,
            rank: self.stage_rank.get(*stage as usize).copied().unwrap_or_default(),
            denied: context.decision == Decision::Denied,
            direction: context.direction,
        };
        let places = 2 * self.contexts.len();
        Looking {
            facts: self.contexts.iter().zip(&self.stage_of).map(fact).collect(),
            stages: Stages::new(self.stage_mac.len()),
            rows: Vec::new(),
            places: Vec::new(),
            met: vec![0; places + 1],
            groups: Vec::new(),
            group_at: vec![0; places],
            sums: vec![[0; 6]; places],
            taken: vec![[0; 6]; places],
            adds: vec![false; places],
        }
    }

    /// Looks at those of the rows of a conversation that are among the wanted, all without any, and adds what they
    /// come to. Gives their tally in the mode; `None`: there is no such row.
    pub(super) fn look(
        &self,
        mode: Mode,
        of: &ConversationRows,
        wanted: Option<&Bits>,
        looking: &mut Looking,
        out: &mut Sums,
    ) -> Option<Tally> {
        let from = of.rows.start;
        looking.list(of.rows.len(), |at| wanted.is_none_or(|wanted| wanted.has(from + at)));
        self.look_listed(mode, of, looking, out)
    }

    /// The same for the rows that were listed.
    pub(super) fn look_listed(
        &self,
        mode: Mode,
        of: &ConversationRows,
        looking: &mut Looking,
        out: &mut Sums,
    ) -> Option<Tally> {
        if looking.rows.is_empty() {
            return None;
        }
        let slice = self.columns.slice(of.rows.clone());
        let (tally, counted) = self.look_but_for_minutes(mode, of, &slice, looking, out);
        self.add_minutes((mode, Share::ALL), &counted, &slice, looking, &mut out.minutes);
        Some(tally)
    }

    /// The same, of which nothing is added to the minutes. Also how it was counted once.
    #[inline]
    pub(super) fn look_but_for_minutes(
        &self,
        mode: Mode,
        of: &ConversationRows,
        slice: &Slice<'_>,
        looking: &mut Looking,
        out: &mut Sums,
    ) -> (Tally, Counted) {
        let met = self.add_rows(mode, slice, looking, out);
        self.add_conversation(mode, of, met, looking, out)
    }

    /// Adds a conversation whose rows were added up for the first so many of the places that were met.
    #[inline]
    pub(super) fn add_conversation(
        &self,
        mode: Mode,
        of: &ConversationRows,
        met: usize,
        looking: &mut Looking,
        out: &mut Sums,
    ) -> (Tally, Counted) {
        looking.groups.clear();
        looking.stages.begin();
        let (as_logged, allowed) = self.add_groups(of, met, looking, out);
        let counted = count_once(looking.stages.as_slice());
        let tally = if mode == Mode::AsLogged { as_logged } else { counted.tally };
        if looking.stages.as_slice().is_empty() {
            out.superseded[usize::from(!allowed.of_any)] += 1;
        } else {
            out.begun_earlier += u64::from(allowed.of_used && tally.attempts() == 0);
        }
        out.tally.add(&tally);
        out.as_logged.add(&as_logged);
        out.conversations += 1;
        self.place(&looking.stages, out);
        (tally, counted)
    }

    /// Adds the listed rows up by context. How many groups were met.
    fn add_rows(&self, mode: Mode, slice: &Slice<'_>, looking: &mut Looking, out: &mut Sums) -> usize {
        let all_used = mode == Mode::AsLogged || self.overlaps.is_simple();
        let Looking { rows, places, met, sums, .. } = looking;
        let unused = self.contexts.len() as u32;
        let count = slice.context.len();
        // Of one length, so that a place in one is a place in all.
        let (minutes, flows) = (&slice.minute[..count], &slice.flows[..count]);
        let (counters, last_ms) = (&slice.counters[..count], &slice.last_ms[..count]);
        let mut many = 0;
        let mut last = 0;
        for (at, place) in rows.iter().map(|at| *at as usize).zip(places) {
            let Some(context) = slice.context.get(at) else { break };
            let used = all_used || self.counts(slice.from + at, &self.contexts[*context as usize]);
            *place = if used { *context } else { context + unused };
            let sum = &mut sums[*place as usize];
            met[many] = *place;
            many += usize::from(sum[0] == 0);
            sum[0] += 1;
            sum[1] += u64::from(flows[at]);
            // Number by number: what is put together in memory first is waited for.
            if let Some([a, b, c, d]) = narrowly(&counters[at]) {
                sum[2] = sum[2].wrapping_add(a);
                sum[3] = sum[3].wrapping_add(b);
                sum[4] = sum[4].wrapping_add(c);
                sum[5] = sum[5].wrapping_add(d);
            } else {
                add_wide(sum, self.columns.counters(slice.from + at));
            }
            last = last.max(u64::from(minutes[at]) * 60_000 + u64::from(last_ms[at]));
        }
        let first = earliest(slice, rows.iter().map(|at| *at as usize));
        out.span.add(first, UnixMillis(last as i64));
        // Rows are in the order of their minutes.
        let used = |(_, place): &(&u32, &u32)| **place < unused;
        let minute = |(at, _): (&u32, &u32)| minutes[*at as usize];
        let mut of_used = rows.iter().zip(&looking.places[..rows.len()]);
        if let Some(first) = of_used.find(used).map(minute) {
            out.minutes.stretch(first, of_used.rfind(used).map_or(first, minute));
        }
        many
    }

    /// Adds the groups of a conversation to the contexts and the stages. What they come to as logged, and what of it
    /// was allowed.
    fn add_groups(
        &self,
        of: &ConversationRows,
        met: usize,
        looking: &mut Looking,
        out: &mut Sums,
    ) -> (Tally, AnyAllowed) {
        let (mut as_logged, mut allowed_rows) = (Tally::default(), AnyAllowed::default());
        let contexts = self.contexts.len();
        for place in &looking.met[..met] {
            let [rows, flows, counters @ ..] = std::mem::take(&mut looking.sums[*place as usize]);
            if rows == 0 {
                continue;
            }
            let used = (*place as usize) < contexts;
            let context = *place as usize - if used { 0 } else { contexts };
            let fact = looking.facts[context];
            let denied = fact.denied;
            let [allowed, refused] = if denied { [0, flows] } else { [flows, 0] };
            let tally = Tally {
                allowed_flows: allowed,
                denied_flows: refused,
                counters: Counters::from_array(counters),
            };
            as_logged.add(&tally);
            let sum = &mut out.contexts[context];
            sum.0 += rows;
            sum.1.add(&tally);
            let mut group = Group { place: *place, stage: None, denied };
            allowed_rows.of_any |= !denied;
            if used {
                allowed_rows.of_used |= !denied;
                let at = fact.add_to(&mut looking.stages, flows, counters);
                if self.is_hop(self.contexts[context].mac, of) {
                    looking.stages.set_hop(at);
                }
                group.stage = Some(at as u32);
            }
            looking.group_at[*place as usize] = looking.groups.len() as u32;
            looking.groups.push(group);
        }
        (as_logged, allowed_rows)
    }

    /// Spreads a share of a conversation that was counted over its minutes, so that they add up to it: see
    /// [`Store::spread`].
    pub(super) fn add_minutes(
        &self,
        (mode, share): (Mode, Share),
        counted: &Counted,
        slice: &Slice<'_>,
        looking: &mut Looking,
        out: &mut Minutes,
    ) {
        let stages = looking.stages.as_slice();
        if mode == Mode::Conversations && !stages.is_empty() && later_denials(stages, counted.allowed_by) > 0
        {
            self.spread(slice, stages, looking.used_rows(), (counted, share), out);
            return;
        }
        // Mostly nothing that was let pass was denied later: then each row stays where it is, and of stages that
        // a figure was not taken from it adds nothing.
        let all = |is: bool| if is { u64::MAX } else { 0 };
        for group in &looking.groups {
            let is_of = |by| group.stage.is_some_and(|stage| mode == Mode::AsLogged || by == stage as usize);
            let [a, b, c, d] = counted.counters_by.map(|by| all(share.counters && is_of(by)));
            let denied = share.denied && group.denied && group.stage.is_some();
            let allowed = share.allowed && !group.denied && is_of(counted.allowed_by);
            let taken = [all(allowed), all(denied), a, b, c, d];
            looking.adds[group.place as usize] = taken != [0; 6];
            looking.taken[group.place as usize] = taken;
        }
        let Looking { rows, places, taken, adds, .. } = looking;
        let mut adding = 0;
        for at in 0..rows.len().min(places.len()) {
            let (row, place) = (rows[at], places[at]);
            (rows[adding], places[adding]) = (row, place);
            adding += usize::from(adds[place as usize]);
        }
        let count = slice.minute.len();
        let (flows, counters) = (&slice.flows[..count], &slice.counters[..count]);
        for (at, place) in rows.iter().map(|at| *at as usize).zip(&*places).take(adding) {
            let Some(minute) = slice.minute.get(at) else { break };
            let (sum, taken) = (out.of(*minute), &taken[*place as usize]);
            let flows = u64::from(flows[at]);
            let [a, b, c, d] =
                narrowly(&counters[at]).unwrap_or_else(|| self.columns.counters(slice.from + at));
            sum[0] = sum[0].wrapping_add(flows & taken[0]);
            sum[1] = sum[1].wrapping_add(flows & taken[1]);
            sum[2] = sum[2].wrapping_add(a & taken[2]);
            sum[3] = sum[3].wrapping_add(b & taken[3]);
            sum[4] = sum[4].wrapping_add(c & taken[4]);
            sum[5] = sum[5].wrapping_add(d & taken[5]);
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
            } else {
                match stage.direction {
                    FlowDirection::Outbound => {
                        source = true;
                        0
                    }
                    FlowDirection::Inbound => {
                        destination = true;
                        1
                    }
                    // Where it is, is not on file.
                    FlowDirection::Unknown => continue,
                }
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
}

#[cold]
fn add_wide(sum: &mut [u64; 6], counters: [u64; 4]) {
    for (sum, value) in sum[2..].iter_mut().zip(counters) {
        *sum = sum.saturating_add(value);
    }
}
