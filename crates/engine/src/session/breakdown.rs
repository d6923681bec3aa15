//! The details of a selection, named, sorted and cut to what a screen can show.

use super::network::{Named, paths};
use super::{
    Breakdown, Capped, DeniedAt, HopRow, RuleRow, SeenAt, Selection, ServiceRow, TalkerRow, Timeline,
};
use crate::topology::Assignment;
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Protocol, Tally, port_of, service_name};
use azflow_core::store::{Detail, Minutes, Mode, Pick, Store};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Rows of a list that are sent to the page; the list's total says how many there are.
const SHOWN: usize = 200;
/// Widths of a timeline's bins, in minutes.
pub(super) const BIN_MINUTES: [u32; 13] = [1, 2, 5, 10, 20, 30, 60, 120, 180, 360, 720, 1440, 10_080];
/// The most bins a timeline has, as long as a width of the list above allows.
const MAX_BINS: u32 = 120;

/// Looks at the part of the traffic between the selected of these subnets or networks.
pub(super) fn breakdown(
    store: &mut Store,
    named: &Named<'_>,
    subnets: &Assignment,
    pick: Option<&Pick>,
    mode: Mode,
    selection: Selection,
) -> Breakdown {
    let index = |name: &Option<String>| {
        name.as_ref().map(|name| subnets.subnets.iter().position(|s| s.name == *name).map(|i| i as u32))
    };
    let (src, dst) = (index(&selection.src), index(&selection.dst));
    // `Some(None)` is a subnet that this cut does not have: nothing lies in it.
    let fits = |wanted: Option<Option<u32>>, address: u32| {
        wanted.is_none_or(|subnet| subnet == subnets.subnet_of.get(address as usize).copied())
    };
    let unknown = src == Some(None) || dst == Some(None);
    let wanted = |s: u32, d: u32| !unknown && fits(src, s) && fits(dst, d);
    let least = store.resolution().bin_minutes;
    let narrowed = src.is_some() || dst.is_some();
    let detail = store.detail(mode, pick, if narrowed { Some(&wanted) } else { None });
    let sums = &*detail.sums;
    let [inbound, outbound, unknown] = detail.directions;
    let [source_only, destination_only, both, on_the_way] = sums.seen_at;
    let [source, destination, way] = sums.denied_at;
    Breakdown {
        mode,
        selection,
        tally: sums.tally,
        as_logged: sums.as_logged,
        conversations: sums.conversations,
        begun_earlier: sums.begun_earlier,
        first: sums.span.first,
        last: sums.span.last,
        services: services(&detail),
        rules: rules(&detail),
        inbound,
        outbound,
        no_direction: unknown,
        talkers: talkers(&detail),
        timeline: timeline(&sums.minutes, least),
        seen_at: SeenAt { source_only, destination_only, both, on_the_way },
        denied_at: DeniedAt { source, destination, on_the_way: way },
        paths: {
            let pairs = detail.pairs.iter().zip(&detail.talkers).filter(|(_, (_, services))| *services > 0);
            paths(named, pairs.map(|(pair, (tally, services))| (*pair, u64::from(*services), *tally)))
        },
        hops: hops(&detail, named),
    }
}

/// Most attempts first, then most bytes; the rest of the key makes the order total.
type Size = Reverse<(u64, u64)>;

fn size(tally: &Tally) -> Size {
    Reverse((tally.attempts(), tally.counters.bytes()))
}

fn cap<T>(mut rows: Vec<T>) -> Capped<T> {
    let total = rows.len() as u32;
    rows.truncate(SHOWN);
    Capped { rows, total }
}

fn services(detail: &Detail<'_>) -> Capped<ServiceRow> {
    let mut rows: Vec<ServiceRow> = detail
        .services
        .iter()
        .map(|found| {
            let (protocol, port) = (Protocol::of(found.service), port_of(found.service));
            ServiceRow {
                protocol: protocol.to_string(),
                port,
                name: port.and_then(|p| service_name(protocol, p)).map(str::to_owned),
                tally: found.tally,
                sources: found.sources,
                destinations: found.destinations,
            }
        })
        .collect();
    rows.sort_small_by(|a, b| {
        (size(&a.tally), &a.protocol, a.port).cmp(&(size(&b.tally), &b.protocol, b.port))
    });
    cap(rows)
}

fn rules(detail: &Detail<'_>) -> Capped<RuleRow> {
    let mut rows: Vec<RuleRow> = detail
        .rules
        .iter()
        .map(|(key, tally)| RuleRow {
            acl: detail.store.string(key.acl).to_owned(),
            rule: detail.store.string(key.rule).to_owned(),
            direction: key.direction,
            tally: *tally,
        })
        .collect();
    rows.sort_small_by(|a, b| {
        (size(&a.tally), &a.acl, &a.rule, a.direction).cmp(&(size(&b.tally), &b.acl, &b.rule, b.direction))
    });
    cap(rows)
}

/// The largest few pairs, without sorting all of them.
fn talkers(detail: &Detail<'_>) -> Capped<TalkerRow> {
    let address = |number: u32| detail.store.address(number);
    let mut total = 0;
    // The last of those kept is on top.
    let mut kept: BinaryHeap<(Size, Address, Address, usize)> = BinaryHeap::with_capacity(SHOWN + 1);
    for (place, (tally, _)) in detail.talkers.iter().enumerate().filter(|(_, (_, many))| *many > 0) {
        total += 1;
        let size = size(tally);
        if kept.len() == SHOWN && kept.peek().is_some_and(|(least, ..)| *least < size) {
            continue;
        }
        let (src, dst) = detail.pairs.get(place).copied().unwrap_or_default();
        kept.push((size, address(src), address(dst), place));
        if kept.len() > SHOWN {
            kept.pop();
        }
    }
    let row = |(_, src, dst, place): (Size, Address, Address, usize)| {
        let (tally, services) = detail.talkers.get(place).copied().unwrap_or_default();
        TalkerRow { src: src.to_string(), dst: dst.to_string(), tally, services }
    };
    Capped { rows: kept.into_sorted_vec().into_iter().map(row).collect(), total }
}

fn hops(detail: &Detail<'_>, named: &Named<'_>) -> Capped<HopRow> {
    let row = |(mac, hop): (u32, &azflow_core::store::Hop)| {
        let mac = detail.store.string(mac).to_owned();
        let machine = named.naming.machine_of_nic(&mac).map(str::to_owned);
        HopRow { machine, mac, conversations: hop.conversations, tally: hop.tally }
    };
    let mut rows: Vec<HopRow> = detail.store.hops(&detail.sums).map(row).collect();
    rows.sort_small_by(|a, b| (Reverse(a.conversations), &a.mac).cmp(&(Reverse(b.conversations), &b.mac)));
    cap(rows)
}

/// Bins of one width from the first to the last minute, aligned to that width.
fn timeline(minutes: &Minutes, least: u32) -> Timeline {
    let Some((first, last)) = minutes.reach() else { return Timeline::default() };
    let bins_at = |width: u32| last / width - first / width + 1;
    let listed = BIN_MINUTES.into_iter().find(|width| *width >= least && bins_at(*width) <= MAX_BINS);
    let bin_minutes = listed.unwrap_or_else(|| ((last - first) / MAX_BINS + 1).next_multiple_of(10_080));
    let start = first / bin_minutes;
    let mut bins = vec![Tally::default(); bins_at(bin_minutes) as usize];
    for (minute, tally) in minutes.iter() {
        if let Some(bin) = bins.get_mut((minute / bin_minutes - start) as usize) {
            bin.add(&tally);
        }
    }
    Timeline { start_minute: start * bin_minutes, bin_minutes, bins }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeline_has_no_holes_and_few_bins() {
        let tally = Tally { allowed_flows: 1, ..Tally::default() };
        for last in [0, 1, 119, 120, 5000, 50_000, 5_000_000, 4_000_000_000u32] {
            let mut minutes = Minutes::new((0, last.saturating_add(1)));
            minutes.add(0, tally.as_array());
            minutes.add(last, tally.as_array());
            minutes.stretch(0, last);
            let found = timeline(&minutes, 1);
            assert!(found.bins.len() <= MAX_BINS as usize + 1, "{last}: {}", found.bins.len());
            assert_eq!(found.bins.iter().map(|b| b.allowed_flows).sum::<u64>(), 2);
        }
    }
}
