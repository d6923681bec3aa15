//! The details of a selection, named, sorted and cut to what a screen can show.

use super::network::{Named, paths};
use super::{
    Breakdown, Capped, DeniedAt, HopRow, RuleRow, SeenAt, Selection, ServiceRow, TalkerRow, Timeline,
};
use crate::model::order;
use crate::model::{Protocol, Tally, service_name};
use crate::store::{Detail, Minutes, Mode, Pick, Store};
use crate::topology::Assignment;
use std::cmp::Reverse;

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
    let detail = store.detail(mode, pick, |s, d| !unknown && fits(src, s) && fits(dst, d));
    let [inbound, outbound] = detail.directions;
    let [source_only, destination_only, both, on_the_way] = detail.seen_at;
    let [source, destination, way] = detail.denied_at;
    Breakdown {
        mode,
        selection,
        tally: detail.tally,
        as_logged: detail.as_logged,
        conversations: detail.conversations,
        begun_earlier: detail.begun_earlier,
        first: detail.span.first,
        last: detail.span.last,
        services: services(&detail),
        rules: rules(&detail, store),
        inbound,
        outbound,
        talkers: talkers(&detail, store),
        timeline: timeline(&detail.minutes, store.resolution().bin_minutes),
        seen_at: SeenAt { source_only, destination_only, both, on_the_way },
        denied_at: DeniedAt { source, destination, on_the_way: way },
        paths: {
            let pairs = detail.talkers.iter();
            paths(
                named,
                pairs.map(|(pair, (tally, services))| ((pair.src, pair.dst), u64::from(*services), *tally)),
            )
        },
        hops: hops(&detail, store, named),
    }
}

/// Most attempts first, then most bytes; the rest of the key makes the order total.
fn size(tally: &Tally) -> impl Ord + use<> {
    Reverse((tally.attempts(), tally.counters.bytes()))
}

fn cap<T>(mut rows: Vec<T>) -> Capped<T> {
    let total = rows.len() as u32;
    rows.truncate(SHOWN);
    Capped { rows, total }
}

fn services(detail: &Detail) -> Capped<ServiceRow> {
    let mut rows: Vec<ServiceRow> = detail
        .services
        .iter()
        .map(|(service, found)| {
            let protocol = Protocol((service >> 16) as u8);
            let port = protocol.has_ports().then_some(*service as u16);
            ServiceRow {
                protocol: protocol.to_string(),
                port,
                name: port.and_then(|p| service_name(protocol, p)).map(str::to_owned),
                tally: found.tally,
                sources: found.sources.len() as u32,
                destinations: found.destinations.len() as u32,
            }
        })
        .collect();
    order::sort_by(&mut rows, |a, b| {
        (size(&a.tally), &a.protocol, a.port).cmp(&(size(&b.tally), &b.protocol, b.port))
    });
    cap(rows)
}

fn rules(detail: &Detail, store: &Store) -> Capped<RuleRow> {
    let mut rows: Vec<RuleRow> = detail
        .rules
        .iter()
        .map(|(key, tally)| RuleRow {
            acl: store.string(key.acl).to_owned(),
            rule: store.string(key.rule).to_owned(),
            direction: key.direction,
            tally: *tally,
        })
        .collect();
    order::sort_by(&mut rows, |a, b| {
        (size(&a.tally), &a.acl, &a.rule, a.direction).cmp(&(size(&b.tally), &b.acl, &b.rule, b.direction))
    });
    cap(rows)
}

fn talkers(detail: &Detail, store: &Store) -> Capped<TalkerRow> {
    let mut pairs: Vec<_> = detail
        .talkers
        .iter()
        .map(|(pair, (tally, services))| {
            (size(tally), store.address(pair.src), store.address(pair.dst), tally, services)
        })
        .collect();
    let total = pairs.len() as u32;
    pairs.sort_by(|a, b| (&a.0, a.1, a.2).cmp(&(&b.0, b.1, b.2)));
    let row =
        |(_, src, dst, tally, services): &(_, crate::model::Address, crate::model::Address, &Tally, &u32)| {
            TalkerRow { src: src.to_string(), dst: dst.to_string(), tally: **tally, services: **services }
        };
    Capped { rows: pairs.iter().take(SHOWN).map(row).collect(), total }
}

fn hops(detail: &Detail, store: &Store, named: &Named<'_>) -> Capped<HopRow> {
    let row = |(mac, hop): (&u32, &crate::store::Hop)| {
        let mac = store.string(*mac).to_owned();
        let machine = named.naming.machine_of_nic(&mac).map(str::to_owned);
        HopRow { machine, mac, conversations: hop.conversations, tally: hop.tally }
    };
    let mut rows: Vec<HopRow> = detail.hops.iter().map(row).collect();
    order::sort_by(&mut rows, |a, b| {
        (Reverse(a.conversations), &a.mac).cmp(&(Reverse(b.conversations), &b.mac))
    });
    cap(rows)
}

/// Bins of one width from the first to the last minute, aligned to that width.
fn timeline(minutes: &Minutes, least: u32) -> Timeline {
    let all = || minutes.iter().map(|(minute, _)| minute);
    let (Some(first), Some(last)) = (all().min(), all().max()) else { return Timeline::default() };
    let bins_at = |width: u32| last / width - first / width + 1;
    let listed = BIN_MINUTES.into_iter().find(|width| *width >= least && bins_at(*width) <= MAX_BINS);
    let bin_minutes = listed.unwrap_or_else(|| ((last - first) / MAX_BINS + 1).next_multiple_of(10_080));
    let start = first / bin_minutes;
    let mut bins = vec![Tally::default(); bins_at(bin_minutes) as usize];
    for (minute, tally) in minutes.iter() {
        if let Some(bin) = bins.get_mut((minute / bin_minutes - start) as usize) {
            bin.add(tally);
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
            minutes.add(0, &tally);
            minutes.add(last, &tally);
            let found = timeline(&minutes, 1);
            assert!(found.bins.len() <= MAX_BINS as usize + 1, "{last}: {}", found.bins.len());
            assert_eq!(found.bins.iter().map(|b| b.allowed_flows).sum::<u64>(), 2);
        }
    }
}
