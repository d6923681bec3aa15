//! What a filter by decision leaves of conversations: the part that was allowed, or the part that was denied, of what
//! was counted once.
//!
//! An attempt that one NIC lets pass and another refuses was denied: that a log line says *allowed* makes it no
//! allowed flow. So a conversation is counted first, from all rows that pass what else is asked, and its part is
//! taken then. The two parts add up to the whole. Packets and bytes go with what was allowed; where nothing was, with
//! what was denied.
//!
//! Only conversations with rows of both decisions need this: of all others each row's own decision is theirs.

use super::known::Known;
use super::look::Looking;
use super::{Bits, Columns, ConversationRows, Mode, Pick, Store, Sums, Test};
use crate::model::{Decision, Tally};

/// A filter by decision, three times: with each decision as its own answer, and with what each row says.
#[derive(Debug, Clone)]
pub struct ByDecision {
    /// What passes as the part that was allowed, that was denied.
    pub parts: [Test; 2],
    /// What passes where a row's own decision is asked.
    pub logged: Test,
}

/// What of a conversation's figures is added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    pub allowed: bool,
    pub denied: bool,
    pub counters: bool,
}

impl Share {
    /// All of them.
    pub const ALL: Self = Self { allowed: true, denied: true, counters: true };

    fn of(self, tally: &Tally) -> Tally {
        Tally {
            allowed_flows: if self.allowed { tally.allowed_flows } else { 0 },
            denied_flows: if self.denied { tally.denied_flows } else { 0 },
            counters: if self.counters { tally.counters } else { Default::default() },
        }
    }
}

/// Of conversations with rows of both decisions, the rows from which each part is counted.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    of: Bits,
    rows: [Bits; 2],
}

impl Parts {
    pub fn new(columns: &Columns) -> Self {
        let rows = || Bits::none(columns.len());
        Self { of: Bits::none(columns.conversations()), rows: [rows(), rows()] }
    }

    /// Bytes that they take.
    pub fn held(&self) -> usize {
        self.of.held() + self.rows.iter().map(Bits::held).sum::<usize>()
    }

    /// Whether a conversation is counted by its parts.
    pub fn has(&self, number: usize) -> bool {
        self.of.has(number)
    }

    /// Notes the rows of a conversation that pass as each part.
    pub fn add(&mut self, number: usize, of: &ConversationRows, tests: &[Test; 2], columns: &Columns) {
        self.of.set(number);
        for (rows, test) in self.rows.iter_mut().zip(tests) {
            let passing = of
                .rows
                .clone()
                .filter(|row| test.row(number, of, (columns.context(*row), columns.minute(*row))));
            passing.for_each(|row| rows.set(row));
        }
    }
}

impl ByDecision {
    /// As [`Test::whole`], for a conversation with rows of both decisions.
    pub(super) fn whole(
        &self,
        number: usize,
        of: &ConversationRows,
        within: (&Columns, &Known),
    ) -> Option<bool> {
        let [allowed, denied] = &self.parts;
        let passes = allowed.whole(number, of, within)?;
        (denied.whole(number, of, within)? == passes).then_some(passes)
    }
}

impl Store {
    /// Evaluates a filter by decision, counting each conversation once.
    pub fn pick_by_decision(&mut self, tests: &ByDecision) -> Pick {
        let mode = Mode::Conversations;
        self.count(mode);
        self.know();
        match (&self.known, &self.whole[super::slot(mode)]) {
            (Some(known), Some(whole)) => self.picked(mode, (&tests.logged, Some(tests)), known, whole),
            _ => Pick::default(),
        }
    }

    /// Which sets of contexts have both decisions.
    pub(super) fn mixed_sets(&self, known: &Known) -> Vec<bool> {
        let is =
            |set: &[u32], decision| set.iter().any(|at| self.contexts[*at as usize].decision == decision);
        known.sets.iter().map(|set| is(set, Decision::Allowed) && is(set, Decision::Denied)).collect()
    }

    /// Looks at the parts of a conversation, and adds what they come to. Gives their tally, and notes the rows that
    /// are theirs; `None`: neither part is there. Where the same rows pass as both, they are the whole. `aside` is for
    /// what of each look does not count.
    pub(super) fn look_at_parts(
        &self,
        of: &ConversationRows,
        parts: &Parts,
        looking: &mut Looking,
        (out, aside): (&mut Sums, &mut Sums),
        rows: &mut dyn FnMut(usize),
    ) -> Option<Tally> {
        let mode = Mode::Conversations;
        let slice = self.columns.slice(of.rows.clone());
        let (from, count) = (of.rows.start, of.rows.len());
        let [allowed, denied] = &parts.rows;
        if of.rows.clone().all(|row| allowed.has(row) == denied.has(row)) {
            of.rows.clone().filter(|row| allowed.has(*row)).for_each(rows);
            return self.look(mode, of, Some(allowed), looking, out);
        }
        let decision = |at: usize| self.contexts[self.columns.context(from + at) as usize].decision;
        let mut tally = Tally::default();
        let mut there = [false; 2];
        for (part, asked) in [Decision::Allowed, Decision::Denied].into_iter().enumerate() {
            looking.list(count, |at| parts.rows[part].has(from + at));
            if looking.listed().is_empty() {
                continue;
            }
            let has = |decided| looking.listed().iter().any(|at| decision(*at as usize) == decided);
            let logged = [has(Decision::Allowed), has(Decision::Denied)];
            aside.minutes = Default::default();
            let (whole, counted) = self.look_but_for_minutes(mode, of, &slice, looking, aside);
            // Where no attempt was counted, there is what the rows say: traffic of a flow that began before, for one.
            let silent = whole.attempts() == 0;
            let is = [
                whole.allowed_flows > 0 || silent && logged[0],
                whole.denied_flows > 0 || silent && logged[1],
            ];
            there[part] = is[part];
            if !is[part] {
                continue;
            }
            let allowed = asked == Decision::Allowed;
            let share = Share { allowed, denied: !allowed, counters: allowed || !is[0] };
            tally.add(&share.of(&whole));
            if let Some((first, last)) = aside.minutes.reach().filter(|_| share.counters) {
                out.minutes.stretch(first, last);
            }
            self.add_minutes((mode, share), &counted, &slice, looking, &mut out.minutes);
        }
        let part_of = |at: usize| usize::from(decision(at) == Decision::Denied);
        looking.list(count, |at| there[part_of(at)] && parts.rows[part_of(at)].has(from + at));
        if looking.listed().is_empty() {
            return None;
        }
        looking.listed().iter().for_each(|at| rows(from + *at as usize));
        // Of what was logged: these rows, whatever they would come to alone.
        let (sum, earlier) = (out.tally, out.begun_earlier);
        self.look_but_for_minutes(mode, of, &slice, looking, out);
        out.tally = sum;
        out.tally.add(&tally);
        out.begun_earlier = earlier + u64::from(there[0] && tally.attempts() == 0);
        Some(tally)
    }
}
