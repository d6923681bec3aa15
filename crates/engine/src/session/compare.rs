//! Two filters, or what was kept and a filter, side by side: which pairs and services are new, gone, or changed.

use super::Capped;
use super::kept_side::{KeptSide, Side};
use crate::findings::{between, grouped};
use crate::topology::Assignment;
use azflow_core::model::SortSmall;
use azflow_core::model::{Protocol, Tally, port_of};
use azflow_core::store::{Mode, Pick, Store};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// Rows that are sent to the page; the list's total says how many there are.
const ROWS: usize = 300;
/// What changes by less attempts than this is as it was.
const LEAST: u64 = 10;

/// Source and destination subnet, and the service.
pub(super) type PairKey = (u32, u32, u32);

/// What both sides say of pairs; a kept side says it in the first place.
pub(super) type Pairs = HashMap<PairKey, [Option<Tally>; 2]>;

/// Adds to what a side says of a pair.
pub(super) fn add(pairs: &mut Pairs, side: usize, key: PairKey, tally: &Tally) {
    if let Some(sum) = pairs.entry(key).or_default().get_mut(side) {
        sum.get_or_insert_default().add(tally);
    }
}

/// The pair of a conversation.
pub(super) fn pair_key(store: &Store, subnets: &Assignment, conversation: usize) -> PairKey {
    let conversation = store.columns().conversation(conversation);
    let subnet = |address: u32| subnets.subnet_of.get(address as usize).copied().unwrap_or_default();
    (subnet(conversation.src), subnet(conversation.dst), conversation.service)
}

/// Two filters whose conversations are compared, each within the view's own filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The one; not looked at where a side was kept for it.
    pub before: String,
    /// The other.
    pub after: String,
    /// By pair of subnets and service, or by pair alone.
    pub services: bool,
    /// The side that was kept stands in for the one: its number, so that another kept one is another question.
    pub kept: Option<u32>,
}

/// What became of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Change {
    /// Only after.
    New,
    /// Only before.
    Gone,
    /// What was allowed is denied, or the other way round.
    Decision,
    /// At least twice as many attempts, and ten more.
    More,
    /// At most half as many, and ten less.
    Less,
    /// None of these.
    Same,
}

impl Change {
    /// Every one, in the order in which they are listed.
    pub const ALL: [Self; 6] = [Self::New, Self::Gone, Self::Decision, Self::More, Self::Less, Self::Same];

    fn of(before: Option<&Tally>, after: Option<&Tally>) -> Self {
        let (Some(a), Some(b)) = (before, after) else {
            return if before.is_none() { Self::New } else { Self::Gone };
        };
        // A pair without a flow carried traffic of flows begun earlier: that was allowed.
        let denied = |tally: &Tally| tally.denied_flows > 0 && tally.allowed_flows == 0;
        let (less, more) = (a.attempts(), b.attempts());
        if denied(a) != denied(b) {
            Self::Decision
        } else if more >= less.saturating_add(less.max(LEAST)) {
            Self::More
        } else if less >= more.saturating_add(more.max(LEAST)) {
            Self::Less
        } else {
            Self::Same
        }
    }
}

/// A pair, perhaps with a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareRow {
    /// The source subnet.
    pub src: String,
    /// The destination subnet.
    pub dst: String,
    /// Protocol and port, if services are told apart; the port is 0 for protocols without.
    pub service: Option<(Protocol, Option<u16>)>,
    /// What became of it.
    pub change: Change,
    /// Flows and traffic on the one side.
    pub before: Tally,
    /// On the other.
    pub after: Tally,
    /// Shows its conversations, of both sides.
    pub filter: String,
}

/// Two filters side by side.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareAnswer {
    /// New, gone and changed ones, in that order, those with the largest change of attempts first; what stayed as
    /// it was is only counted.
    pub rows: Capped<CompareRow>,
    /// How many there are of each [`Change::ALL`].
    pub counts: [u32; 6],
    /// Everything on the one side.
    pub before: Tally,
    /// On the other.
    pub after: Tally,
    /// What is kept as a side, compared with or not.
    pub kept: Option<KeptSide>,
}

/// Compares what is kept with what a pick left, or what two picks left, by these subnets.
pub(super) fn compare(
    store: &Store,
    subnets: &Assignment,
    mode: Mode,
    (kept, picks): (Option<&Side>, &[Option<&Pick>]),
    services: bool,
) -> CompareAnswer {
    let mut out = CompareAnswer::default();
    let mut names: Vec<&str> = subnets.subnets.iter().map(|subnet| subnet.name.as_str()).collect();
    let mut pairs = Pairs::new();
    let mut count = |side: usize, (src, dst, service): PairKey, tally: &Tally| {
        let key = (src, dst, if services { grouped(service) } else { 0 });
        add(&mut pairs, side, key, tally);
        (if side == 0 { &mut out.before } else { &mut out.after }).add(tally);
    };
    if let Some(kept) = kept {
        kept.each(&mut names, |key, tally| count(0, key, tally));
    }
    let first = usize::from(kept.is_some());
    for (side, pick) in picks.iter().enumerate() {
        for (number, tally) in store.tallies(mode, *pick) {
            count(first + side, pair_key(store, subnets, number), tally);
        }
    }
    let mut rows = Vec::new();
    for (key, [before, after]) in pairs {
        let change = Change::of(before.as_ref(), after.as_ref());
        out.counts[change as usize] += 1;
        if change != Change::Same {
            rows.push((key, change, before.unwrap_or_default(), after.unwrap_or_default()));
        }
    }
    let name = |subnet: u32| names.get(subnet as usize).copied().unwrap_or_default();
    rows.sort_small_by(|a, b| {
        let by = |row: &(PairKey, Change, Tally, Tally)| {
            (row.1, Reverse(row.2.attempts().abs_diff(row.3.attempts())))
        };
        (by(a), a.0).cmp(&(by(b), b.0))
    });
    let total = rows.len() as u32;
    rows.truncate(ROWS);
    let row = |((from, to, service), change, before, after)| {
        let (src, dst) = (name(from).to_owned(), name(to).to_owned());
        // What is only in other files has nothing here to be shown.
        let shown = kept.is_none() || change != Change::Gone;
        let filter = if shown { between(&src, &dst, services.then_some(service)) } else { String::new() };
        let service = services.then_some((Protocol::of(service), port_of(service)));
        CompareRow { src, dst, service, change, before, after, filter }
    };
    out.rows = Capped { rows: rows.into_iter().map(row).collect(), total };
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_one_of_kind_or_of_size() {
        let tally =
            |allowed, denied| Tally { allowed_flows: allowed, denied_flows: denied, ..Tally::default() };
        let of = |a: (u64, u64), b: (u64, u64)| Change::of(Some(&tally(a.0, a.1)), Some(&tally(b.0, b.1)));
        assert_eq!(Change::of(None, Some(&tally(1, 0))), Change::New);
        assert_eq!(Change::of(Some(&tally(1, 0)), None), Change::Gone);
        assert_eq!(of((5, 0), (0, 5)), Change::Decision);
        assert_eq!((of((20, 0), (40, 0)), of((20, 0), (39, 0))), (Change::More, Change::Same));
        assert_eq!((of((40, 0), (20, 0)), of((5, 0), (1, 0))), (Change::Less, Change::Same));
        // What began earlier was allowed.
        assert_eq!(of((0, 0), (5, 0)), Change::Same);
    }
}
