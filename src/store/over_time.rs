//! Conversations over time, in bins of one width.

use super::count::{Stages, count_once, later_denials};
use super::{Mode, Pick, Store};
use crate::model::{Counters, Decision, Tally};

/// Bins without holes from one minute on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bins {
    /// The first minute of the first bin.
    pub start: u32,
    /// The width of a bin in minutes; never 0.
    pub width: u32,
    /// One tally a bin.
    pub bins: Vec<Tally>,
}

impl Bins {
    /// Empty bins of this width that hold all minutes from `start` up to, but without, `end`.
    pub fn new(start: u32, end: u32, width: u32) -> Self {
        let width = width.max(1);
        let count = end.saturating_sub(start).div_ceil(width);
        Self { start, width, bins: vec![Tally::default(); count as usize] }
    }

    fn add(&mut self, minute: u32, tally: &Tally) {
        let Some(after) = minute.checked_sub(self.start) else { return };
        if let Some(bin) = self.bins.get_mut((after / self.width) as usize) {
            bin.add(tally);
        }
    }
}

impl Store {
    /// The first minute of any row, and the one behind the last.
    pub fn minutes(&self) -> Option<(u32, u32)> {
        let minutes = || (0..self.columns.len()).map(|row| self.columns.minute(row));
        let width = self.resolution.bin_minutes;
        minutes().min().zip(minutes().max()).map(|(first, last)| (first, last.saturating_add(width)))
    }

    /// Adds the picked conversations, all without a pick, to the bins as far as their rows pass, each spread over
    /// its minutes so that they add up to it: see [`Store::spread`].
    pub fn over_time(&self, mode: Mode, pick: Option<&Pick>, out: &mut Bins) {
        let mut stages = Stages::default();
        // Rows that count, each with its stage and whether it was denied.
        let mut used: Vec<(usize, usize, bool)> = Vec::new();
        for at in 0..pick.map_or(self.columns.conversations(), Pick::len) {
            let conversation = self.columns.conversation(pick.map_or(at, |pick| pick.number(at)));
            let rows = conversation.rows.clone().filter(|row| pick.is_none_or(|pick| pick.has_row(*row)));
            if mode == Mode::AsLogged {
                rows.for_each(|row| out.add(self.columns.minute(row), &self.row_tally(row)));
                continue;
            }
            stages.begin(self.stage_mac.len());
            used.clear();
            for row in rows {
                let id = self.columns.context(row);
                let context = &self.contexts[id as usize];
                if self.counts(row, context) {
                    let at = self.add_to_stage(&conversation, row, (id, context), &mut stages);
                    used.push((row, at, context.decision == Decision::Denied));
                }
            }
            if used.is_empty() {
                continue;
            }
            let stages = stages.as_slice();
            let counted = count_once(stages);
            if later_denials(stages, counted.allowed_by) > 0 {
                let of = |(row, at, _): &(usize, usize, bool)| {
                    (*row, *at, self.contexts[self.columns.context(*row) as usize])
                };
                let used: Vec<_> = used.iter().map(of).collect();
                self.spread(stages, &used, &counted, &mut |minute, tally| out.add(minute, tally));
                continue;
            }
            // Mostly nothing that was let pass was denied later: then each row stays where it is, and rows of
            // stages that no figure was taken from add nothing.
            for (row, at, denied) in &used {
                let allowed = *at == counted.allowed_by;
                if !(allowed || *denied || counted.counters_by.contains(at)) {
                    continue;
                }
                let mut tally = self.row_tally(*row);
                if !allowed {
                    tally.allowed_flows = 0;
                }
                let mut counters = tally.counters.as_array();
                for (value, by) in counters.iter_mut().zip(counted.counters_by) {
                    if by != *at {
                        *value = 0;
                    }
                }
                tally.counters = Counters::from_array(counters);
                out.add(self.columns.minute(*row), &tally);
            }
        }
    }
}
