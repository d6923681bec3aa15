//! What a stretch of time leaves: brushing the timeline has to be fast, and cuts nearly every conversation.
//!
//! Running sums (`steps`) tell what the rows within the stretch add up to. Over the minutes they are, mostly, what
//! everything is within the stretch: a figure is taken from the stage that has the largest, and that is the same one
//! for a part of the time. Only where it is another, what it changes is added minute by minute.

use super::columns::{Slice, narrowly};
use super::count::{Counted, Stages, count_once};
use super::known::Known;
use super::look::{Looking, Taken, earliest};
use super::parts::Share;
use super::steps::Stepped;
use super::{Bits, ConversationRows, Minutes, Mode, Pick, Store, Sums, Whole};
use crate::model::{Tally, UnixMillis};
use std::ops::Range;

/// What of a conversation lies within the minutes.
struct Stretch {
    /// Its rows.
    rows: Range<u32>,
    /// The minutes of the first and the last.
    first: u32,
    last: u32,
}

/// The first and the last minute of all.
fn ends(of: &[Stretch]) -> (u32, u32) {
    of.iter().fold((u32::MAX, 0), |(first, last), one| (first.min(one.first), last.max(one.last)))
}

/// What is added up on the way.
struct Window<'a> {
    mode: Mode,
    known: &'a Known,
    looking: Looking,
    /// The stages of all of a conversation.
    stages: Stages,
    /// By place, what of its rows everything has in their minutes.
    taken: Vec<Taken>,
    sums: Sums,
}

impl Store {
    /// Whether [`Store::within`] can be asked, and is faster.
    pub(super) fn has_steps(&self, mode: Mode, known: &Known) -> bool {
        let all_used = mode == Mode::AsLogged || self.overlaps.is_simple();
        all_used && known.steps.cover_most(self.columns.len())
    }

    /// The rows from a minute on, up to, but without, another.
    #[inline(never)] // beside the other way of picking, whose code would be worse for it
    pub(super) fn within(&self, mode: Mode, (from, until): (u32, u32), known: &Known, whole: &Whole) -> Pick {
        let mut rows = Bits::none(self.columns.len());
        let mut window = Window {
            mode,
            known,
            looking: self.looking(),
            stages: Stages::new(self.stage_mac.len()),
            taken: vec![[0; 6]; self.contexts.len()],
            sums: Sums::new(self),
        };
        let stretches = self.stretches(from, until);
        let (first, last) = ends(&stretches);
        let (mut conversations, mut tallies, mut cut) = (Vec::new(), Vec::new(), false);
        for (number, stretch) in stretches.iter().enumerate() {
            if stretch.rows.is_empty() {
                continue;
            }
            let of = self.columns.conversation(number);
            let part = stretch.rows.start as usize..stretch.rows.end as usize;
            cut |= part.len() < of.rows.len();
            rows.set_all(part.clone());
            let slice = self.columns.slice(part.clone());
            if stretch.first == first || stretch.last == last || known.spills {
                window.sums.span.add(earliest(&slice, 0..part.len()), latest(&slice, known.spills));
            }
            conversations.push(number as u32);
            tallies.push(self.look_within(number, &of, &slice, &mut window));
        }
        let mut sums = window.sums;
        if let Some(end) = until.checked_sub(1).filter(|_| !conversations.is_empty()) {
            sums.minutes.stretch(first, last);
            sums.minutes.combine_within(&whole.sums.minutes, from..=end, u64::wrapping_add);
            if mode == Mode::Conversations {
                sums.minutes.combine_within(&known.walked, from..=end, u64::wrapping_sub);
            }
        }
        Pick { conversations, tallies, rows: cut.then_some(rows), parts: None, sums }
    }

    /// By conversation, what of it lies within the minutes.
    fn stretches(&self, from: u32, until: u32) -> Vec<Stretch> {
        let stretch = |number| {
            let rows = self.columns.conversation(number).rows;
            let minutes = &self.columns.minutes()[rows.clone()];
            // Counted, not searched: who jumps waits for memory at every jump.
            let before =
                |bound: u32| -> u32 { minutes.iter().map(|minute| u32::from(*minute < bound)).sum() };
            let (start, end) = (before(from), before(until).max(before(from)));
            let of = &minutes[start as usize..end as usize];
            let (first, last) = of.first().zip(of.last()).unwrap_or((&u32::MAX, &0));
            let begin = rows.start as u32;
            Stretch { rows: begin + start..begin + end, first: *first, last: *last }
        };
        (0..self.columns.conversations()).map(stretch).collect()
    }

    fn look_within(
        &self,
        number: usize,
        of: &ConversationRows,
        slice: &Slice<'_>,
        window: &mut Window<'_>,
    ) -> Tally {
        let Window { mode, known, looking, sums, .. } = window;
        let stretch = slice.from..slice.from + slice.minute.len();
        let Some(steps) = known.steps.get(number, &of.rows) else {
            looking.list(stretch.len(), |_| true);
            let part = ConversationRows { rows: stretch, ..*of };
            let (tally, counted) = self.look_but_for_minutes(*mode, &part, slice, looking, sums);
            // As logged, all of each row is in its minute, whatever is counted.
            if *mode == Mode::Conversations {
                self.add_minutes((*mode, Share::ALL), &counted, slice, looking, &mut sums.minutes);
            }
            return tally;
        };
        let cut = stretch != of.rows;
        steps.add(&self.columns, stretch, &mut looking.sums);
        looking.met[..steps.contexts.len()].copy_from_slice(steps.contexts);
        let (tally, counted) = self.add_conversation(*mode, of, steps.contexts.len(), looking, sums);
        if cut && *mode == Mode::Conversations {
            self.move_minutes(&steps, slice, &counted, window);
        }
        tally
    }

    /// Adds what a part of a conversation, counted for itself, has in its minutes other than all of it has there.
    fn move_minutes(
        &self,
        steps: &Stepped<'_>,
        slice: &Slice<'_>,
        counted: &Counted,
        window: &mut Window<'_>,
    ) {
        let Window { looking, stages, taken, sums, .. } = window;
        stages.begin();
        for (context, [_, flows, counters @ ..]) in steps.contexts.iter().zip(steps.whole) {
            looking.facts[*context as usize].add_to(stages, *flows, *counters);
        }
        let before = count_once(stages.as_slice()).taken(stages.as_slice());
        let now = counted.taken(looking.stages.as_slice());
        // Who has nothing of a figure need not be told from another.
        if now.iter().zip(before).all(|(now, before)| now.is_none() || *now == before) {
            return;
        }
        for context in steps.contexts {
            let fact = looking.facts[*context as usize];
            looking.taken[*context as usize] = fact.takes(now);
            taken[*context as usize] = fact.takes(before);
        }
        self.move_rows(slice, &looking.taken, taken, &mut sums.minutes);
    }

    /// Adds to minutes what of rows is taken now, less what was before.
    fn move_rows(&self, slice: &Slice<'_>, now: &[Taken], before: &[Taken], out: &mut Minutes) {
        let rows = slice.context.iter().zip(slice.minute).zip(slice.flows.iter().zip(slice.counters));
        for (at, ((context, minute), (flows, counters))) in rows.enumerate() {
            let (now, before) = (&now[*context as usize], &before[*context as usize]);
            if now == before {
                continue;
            }
            let [a, b, c, d] = narrowly(counters).unwrap_or_else(|| self.columns.counters(slice.from + at));
            let flows = u64::from(*flows);
            let sums = out.of(*minute);
            for (place, number) in [flows, flows, a, b, c, d].into_iter().enumerate() {
                let change = (number & now[place]).wrapping_sub(number & before[place]);
                sums[place] = sums[place].wrapping_add(change);
            }
        }
    }
}

/// The latest tuple of rows in the order of their minutes.
fn latest(slice: &Slice<'_>, spills: bool) -> UnixMillis {
    let last = slice.minute.last().copied().unwrap_or_default();
    let rows = slice.minute.iter().zip(slice.last_ms).rev();
    let rows = rows.take_while(|(minute, _)| spills || **minute == last);
    let ms = rows.map(|(minute, ms)| u64::from(*minute) * 60_000 + u64::from(*ms)).max();
    UnixMillis(ms.unwrap_or_default() as i64)
}
