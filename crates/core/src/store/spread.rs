//! Conversations over their minutes where what one stage let pass was denied at another later.

use super::Store;
use super::columns::Slice;
use super::count::{Counted, Stage, later_denials, may_follow};
use super::minutes::Minutes;
use super::parts::Share;

/// A row that is used: its place in a slice, the index of its stage, whether it was denied.
pub(super) type Used = (usize, usize, bool);

impl Store {
    /// Spreads a share of a conversation that was counted once over its minutes, so that what is added adds up
    /// to it: denials where they happened; allowances as the stage logged them that they were
    /// taken from, less the later denials, each in its own minute as far as it can be, the rest
    /// from the latest minutes; each counter as its own largest stage logged it.
    pub(super) fn spread(
        &self,
        slice: &Slice<'_>,
        stages: &[Stage],
        used: impl Iterator<Item = Used>,
        (counted, share): (&Counted, Share),
        out: &mut Minutes,
    ) {
        // Both in the order of minutes, as the rows are.
        let (mut allowed, mut later) = (Vec::<(u32, u64)>::new(), Vec::<(u32, u64)>::new());
        for (at, stage, denied) in used {
            let (minute, flows) = (slice.minute[at], u64::from(slice.flows[at]));
            let mut numbers = [0; 6];
            if denied {
                numbers[1] = if share.denied { flows } else { 0 };
                let here = stages.get(counted.allowed_by).filter(|_| stage != counted.allowed_by);
                if here.zip(stages.get(stage)).is_some_and(|(here, other)| may_follow(here, other)) {
                    add(&mut later, minute, flows);
                }
            } else if stage == counted.allowed_by {
                add(&mut allowed, minute, flows);
            }
            let counters = self.columns.counters(slice.from + at);
            for ((number, value), by) in numbers[2..].iter_mut().zip(counters).zip(counted.counters_by) {
                *number = if share.counters && by == stage { value } else { 0 };
            }
            out.add(minute, numbers);
        }
        if counted.tally.allowed_flows == 0 || !share.allowed {
            return;
        }
        let mut missing = later_denials(stages, counted.allowed_by);
        for (minute, flows) in &mut allowed {
            if let Ok(at) = later.binary_search_by_key(minute, |(minute, _)| *minute) {
                let less = later[at].1.min(*flows);
                *flows -= less;
                missing -= less;
            }
        }
        for (_, flows) in allowed.iter_mut().rev() {
            let less = missing.min(*flows);
            *flows -= less;
            missing -= less;
        }
        for (minute, flows) in allowed {
            out.add(minute, [flows, 0, 0, 0, 0, 0]);
        }
    }
}

/// Adds to the last minute, or to a new one.
fn add(list: &mut Vec<(u32, u64)>, minute: u32, flows: u64) {
    match list.last_mut() {
        Some((last, sum)) if *last == minute => *sum += flows,
        _ => list.push((minute, flows)),
    }
}
