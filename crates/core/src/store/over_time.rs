//! Conversations over time, in bins of one width.

use super::{Mode, Pick, Store};
use crate::model::Tally;

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
    /// Adds the picked conversations, all without a pick, to the bins as far as their rows pass, each spread over
    /// its minutes so that they add up to it. The mode must have been counted.
    pub fn over_time(&self, mode: Mode, pick: Option<&Pick>, out: &mut Bins) {
        let minutes = self.sums(mode, pick).into_iter().flat_map(|sums| sums.minutes.iter());
        minutes.for_each(|(minute, tally)| out.add(minute, &tally));
    }
}
