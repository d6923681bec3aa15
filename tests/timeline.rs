//! Over time: bins add up to the totals, and what no log covers is a gap, not zero.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Tally, UnixMillis};
use azflow_core::store::Mode;
use azflow_engine::example;
use azflow_engine::session::{Answer, Covered, Engine, OverTime, Query};
use proptest::prelude::*;
use support::{load, logs, view};

fn over_time(engine: &mut Engine, mode: Mode, range: Option<(u32, u32)>) -> OverTime {
    match engine.answer(Query::Timeline(view(mode), range)) {
        Answer::Timeline(answer) => *answer,
        other => panic!("not a timeline: {other:?}"),
    }
}

fn sum(of: &OverTime) -> Tally {
    let mut sum = Tally::default();
    of.timeline.bins.iter().for_each(|bin| sum.add(bin));
    sum
}

fn total(engine: &mut Engine, mode: Mode) -> Tally {
    let Answer::Overview(overview) = engine.answer(Query::Overview(view(mode))) else { panic!() };
    overview.tally
}

#[test]
fn bins_of_the_example_add_up_whatever_their_width() {
    let files: Vec<(String, Vec<u8>)> = (0..example::FILES).map(example::file).collect();
    let sources: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let mut engine = load(&sources);
    for mode in [Mode::Conversations, Mode::AsLogged] {
        let all = over_time(&mut engine, mode, None);
        assert_eq!(sum(&all), total(&mut engine, mode));
        assert!(
            all.timeline.bins.len() > 40 && all.timeline.bins.len() <= 161,
            "{}",
            all.timeline.bins.len()
        );
        assert_eq!(all.covered.len(), all.timeline.bins.len());
        // Two halves, each in finer bins, are the whole.
        let middle = all.minute(all.timeline.bins.len() / 2);
        let halves = [(0, middle), (middle, u32::MAX)].map(|range| over_time(&mut engine, mode, Some(range)));
        assert!(halves.iter().all(|half| half.timeline.bin_minutes < all.timeline.bin_minutes));
        let mut both = sum(&halves[0]);
        both.add(&sum(&halves[1]));
        assert_eq!(both, sum(&all));
        assert_eq!(halves[1].timeline.start_minute, middle);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn bins_of_any_log_add_up(records in logs::records()) {
        let text = logs::file(&records, 0);
        let mut engine = load(&[("PT1H.json", text.as_bytes())]);
        for mode in [Mode::Conversations, Mode::AsLogged] {
            prop_assert_eq!(sum(&over_time(&mut engine, mode, None)), total(&mut engine, mode));
        }
    }
}

/// A record of a NIC with these tuples.
fn logged(mac: u8, at: UnixMillis, tuples: &str) -> String {
    format!(
        "{{\"time\":\"{}\",\"category\":\"NetworkSecurityGroupFlowEvent\",\"resourceId\":\"nsg\",\"properties\":{{\"flows\":[\
         {{\"rule\":\"UserRule_A\",\"flows\":[{{\"mac\":\"000D3A00000{mac}\",\"flowTuples\":[{tuples}]}}]}}]}}}}",
        at.to_iso()
    )
}

/// A record of one flow at a NIC in an hour of the first of October.
fn record(mac: u8, hour: i64, minute: i64) -> String {
    let at = UnixMillis(1_790_812_800_000 + (hour * 60 + minute) * 60_000);
    logged(mac, at, &format!("\"{},10.0.0.4,10.0.1.5,44931,443,T,O,A,B,,,,\"", at.0 / 1000))
}

#[test]
fn hours_without_records_are_gaps() {
    // One NIC in hours 0, 1 and 5, another in hours 1 to 2: nothing at all in 3 and 4, the first missing in 2.
    let records = [record(1, 0, 30), record(1, 1, 30), record(2, 1, 40), record(2, 2, 10), record(1, 5, 59)];
    let text = format!("{{\"records\":[{}]}}", records.join(","));
    let mut engine = load(&[("PT1H.json", text.as_bytes())]);
    let all = over_time(&mut engine, Mode::AsLogged, None);
    let first = UnixMillis(1_790_812_800_000).minute();
    assert_eq!(all.whole, (first, first + 360));
    assert_eq!(sum(&all).allowed_flows, 5);
    for (bin, covered) in all.covered.iter().enumerate() {
        let hour = (all.minute(bin) - first) / 60;
        let expected = match hour {
            2 => Covered::Partly,
            3 | 4 => Covered::Not,
            _ => Covered::Whole,
        };
        assert_eq!(*covered, expected, "bin {bin} of hour {hour}");
    }
    // A range within a gap is all gap; one outside everything is not taken.
    let gap = over_time(&mut engine, Mode::AsLogged, Some((first + 190, first + 250)));
    assert_eq!((gap.timeline.start_minute, gap.timeline.bin_minutes), (first + 190, 1));
    assert!(gap.covered.iter().all(|covered| *covered == Covered::Not) && gap.covered.len() == 60);
    assert_eq!(over_time(&mut engine, Mode::AsLogged, Some((5, 9))), all);
    // Nothing loaded is no timeline.
    assert_eq!(over_time(&mut Engine::default(), Mode::AsLogged, None), OverTime::default());
}

#[test]
fn what_was_logged_late_is_never_hidden_by_a_gap() {
    // The record is of hour 1, its tuple of the last minute of hour 0.
    let text = record(1, 1, 0).replace("\"flowTuples\":[\"1790816400", "\"flowTuples\":[\"1790816390");
    let mut engine = load(&[("PT1H.json", format!("{{\"records\":[{text}]}}").as_bytes())]);
    let all = over_time(&mut engine, Mode::Conversations, None);
    let with_flows = all.timeline.bins.iter().zip(&all.covered).find(|(bin, _)| bin.allowed_flows == 1);
    assert_eq!(with_flows.map(|(_, covered)| *covered), Some(Covered::Partly));
}

/// A log of a flow between two hosts as one NIC saw it: so many in each of two minutes.
fn two_minutes(mac: u8, way: char, flows: [usize; 2]) -> String {
    let begin = 1_790_812_800;
    let tuple = |minute: i64, number: usize| {
        let (seconds, port) = (begin + minute * 60 + number as i64, 40_000 + number);
        format!("\"{seconds},10.0.0.4,10.0.1.5,{port},443,T,{way},A,B,,,,\"")
    };
    let each =
        (0..).zip(flows).flat_map(|(minute, count)| (0..count).map(move |number| tuple(minute, number)));
    format!(
        "{{\"records\":[{}]}}",
        logged(mac, UnixMillis(begin * 1000), &each.collect::<Vec<_>>().join(","))
    )
}

#[test]
fn of_stages_with_equal_figures_the_same_one_is_taken_whatever_came_first() {
    // Both saw three flows, but not in the same minutes: which one's minutes count must not depend on the order.
    let (leaving, entering) = (two_minutes(1, 'O', [1, 2]), two_minutes(2, 'I', [2, 1]));
    let bins = |files: [&str; 2]| {
        let mut engine = load(&[("a", files[0].as_bytes()), ("b", files[1].as_bytes())]);
        over_time(&mut engine, Mode::Conversations, None).timeline.bins.iter().map(Tally::attempts).collect()
    };
    let found: Vec<u64> = bins([&leaving, &entering]);
    assert_eq!(found.iter().sum::<u64>(), 3);
    assert_eq!(found, bins([&entering, &leaving]));
}
