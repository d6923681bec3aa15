//! All that a view shows over time, and the hours of which there are no logs: what is missing there is not zero.

use super::Timeline;
use super::breakdown::BIN_MINUTES;
use azflow_core::store::{Bins, Mode, Pick, Store};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// The most bins of a page's width.
const MAX_BINS: u32 = 160;

/// Whether the logs can speak about a bin.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Covered {
    /// Every NIC has records of all its hours.
    #[default]
    Whole,
    /// Some NICs have no records of some of its hours, though they have earlier and later ones.
    Partly,
    /// No NIC has a record of any of its hours.
    Not,
}

/// The answer to [`crate::session::Query::Timeline`].
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverTime {
    /// Flows and traffic, bin by bin.
    pub timeline: Timeline,
    /// For each bin, whether there are logs of it.
    pub covered: Vec<Covered>,
    /// For each bin, the bytes in it that may be from before the window: those of first tuples of flows that were not
    /// seen to begin. Empty where there are none.
    pub older_bytes: Vec<u64>,
    /// The first minute of everything loaded, and the one behind the last.
    pub whole: (u32, u32),
}

impl OverTime {
    /// The first minute of a bin; that of the one behind the last is where the timeline ends.
    pub fn minute(&self, bin: usize) -> u32 {
        let Timeline { start_minute, bin_minutes, .. } = &self.timeline;
        start_minute.saturating_add(bin_minutes.saturating_mul(bin as u32))
    }
}

/// Spreads what passes over the bins of a range, or of everything loaded.
pub(super) fn over_time(
    store: &Store,
    mode: Mode,
    pick: Option<&Pick>,
    range: Option<(u32, u32)>,
) -> OverTime {
    let coverage = Coverage::of(store);
    let (Some(rows), hours) = (store.minutes(), coverage.span()) else { return OverTime::default() };
    let whole = hours.map_or(rows, |(first, end)| (rows.0.min(first * 60), rows.1.max(end * 60)));
    let shown = range.map(|(first, end)| (first.max(whole.0), end.min(whole.1)));
    let shown = shown.filter(|(first, end)| first < end);
    let (first, end) = shown.unwrap_or(whole);
    let least = store.resolution().bin_minutes;
    let fits = |width: &u32| *width >= least && (end - first).div_ceil(*width) < MAX_BINS;
    let width = BIN_MINUTES.into_iter().find(fits);
    let width = width.unwrap_or_else(|| ((end - first) / MAX_BINS + 1).next_multiple_of(10_080));
    // Everything begins where people begin to count, what was chosen begins where it was chosen.
    let start = if shown.is_some() { first } else { first / width * width };
    let mut bins = Bins::new(start, end, width);
    store.over_time(mode, pick, &mut bins);
    let older_bytes = older_bytes(store, mode, pick, &bins);
    let covered = (0u32..).zip(&bins.bins).map(|(bin, tally)| {
        let from = start + bin * width;
        match coverage.between(from / 60, (from + width).min(end).div_ceil(60)) {
            // A record's tuples reach back into the hour before.
            Covered::Not if tally.attempts() > 0 || tally.counters.bytes() > 0 => Covered::Partly,
            found => found,
        }
    });
    let covered = covered.collect();
    OverTime {
        timeline: Timeline { start_minute: start, bin_minutes: width, bins: bins.bins },
        covered,
        older_bytes,
        whole,
    }
}

fn older_bytes(store: &Store, mode: Mode, pick: Option<&Pick>, bins: &Bins) -> Vec<u64> {
    let mut out = vec![0u64; bins.bins.len()];
    for older in store.older(mode, pick) {
        let bin = older.minute.checked_sub(bins.start).map(|after| (after / bins.width) as usize);
        if let Some(sum) = bin.and_then(|bin| out.get_mut(bin)) {
            *sum = sum.saturating_add(older.counters.bytes());
        }
    }
    if out.iter().all(|bytes| *bytes == 0) { Vec::new() } else { out }
}

/// Hours with records.
struct Coverage {
    /// By hour: how many NICs have records of it.
    there: HashMap<u32, u32>,
    /// The first and the last hour of each NIC.
    spans: Vec<(u32, u32)>,
}

impl Coverage {
    fn of(store: &Store) -> Self {
        let mut there: HashMap<u32, u32> = HashMap::new();
        let mut of_mac: HashMap<u32, (u32, u32)> = HashMap::new();
        for (mac, hour, _) in store.overlaps().covered() {
            *there.entry(hour).or_default() += 1;
            let span = of_mac.entry(mac).or_insert((hour, hour));
            *span = (span.0.min(hour), span.1.max(hour));
        }
        Self { there, spans: of_mac.into_values().collect() }
    }

    /// The first hour of all, and the one behind the last.
    fn span(&self) -> Option<(u32, u32)> {
        let first = self.spans.iter().map(|span| span.0).min();
        first.zip(self.spans.iter().map(|span| span.1 + 1).max())
    }

    fn between(&self, first: u32, end: u32) -> Covered {
        let there: u64 = (first..end).filter_map(|hour| self.there.get(&hour)).map(|n| u64::from(*n)).sum();
        let hours = |(from, last): &(u32, u32)| u64::from(end.min(last + 1).saturating_sub(first.max(*from)));
        let due: u64 = self.spans.iter().map(hours).sum();
        match there {
            0 => Covered::Not,
            _ if there < due => Covered::Partly,
            _ => Covered::Whole,
        }
    }
}
