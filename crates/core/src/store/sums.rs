//! What conversations add up to, for all panels.

use super::{Minutes, Mode, Pick, Store};
use crate::model::{Tally, UnixMillis};

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
    /// Conversations that only superseded logs hold, so that nothing of them counts: those with something allowed, and
    /// those that were denied alone.
    pub superseded: [u64; 2],
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
    pub(super) hops: Vec<Hop>,
}

impl Sums {
    /// Nothing yet, with room for everything of a store.
    pub fn new(store: &Store) -> Self {
        let minutes = Minutes::new(store.minutes().unwrap_or_default());
        let contexts = vec![(0, Tally::default()); store.contexts.len()];
        let hops = vec![Hop::default(); store.stage_mac.len()];
        Self { minutes, contexts, hops, ..Self::default() }
    }

    /// Bytes that they take.
    pub fn held(&self) -> usize {
        self.minutes.held()
            + self.contexts.len() * size_of::<(u64, Tally)>()
            + self.hops.len() * size_of::<Hop>()
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
        self.superseded.iter_mut().zip(other.superseded).for_each(|(a, b)| number(a, b));
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

impl Store {
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
