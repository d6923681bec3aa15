//! What must hold for any input: cuts, orders, duplicates, sums.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Address, Tally};
use azflow_core::store::{Limit, Mode, Resolution};
use azflow_engine::session::{Answer, Engine, Overview, Query, Selection, SourceId, ToEngine};
use proptest::prelude::*;
use serde_json::Value;
use support::logs::{damaged, file, record, records};
use support::{data, load, oracle, scan, summary, view};

fn with_content(content: usize) -> Limit {
    Limit { content, ..Limit::default() }
}

fn both_summaries(engine: &mut Engine) -> [String; 2] {
    [summary(engine, Mode::Conversations), summary(engine, Mode::AsLogged)]
}

fn parsed(engine: &mut Engine, mode: Mode) -> Value {
    serde_json::from_str(&summary(engine, mode)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_bytes_cut_anywhere_give_the_same_result(bytes in damaged(), piece in 1usize..200) {
        let mut whole = load(&[("PT1H.json", &bytes)]);
        let mut cut = Engine::default();
        cut.take_scan(SourceId(0), scan("PT1H.json", &bytes, piece));
        prop_assert_eq!(both_summaries(&mut whole), both_summaries(&mut cut));
        prop_assert_eq!(data(&mut whole), data(&mut cut));
    }

    #[test]
    fn files_in_any_order_and_interleaved_give_the_same_summary(
        files in proptest::collection::vec(damaged(), 1..5),
        order in any::<u64>(),
        same_names in any::<bool>(),
    ) {
        let name = |i: usize| if same_names { "PT1H.json".to_owned() } else { format!("{i}/PT1H.json") };
        let named: Vec<(String, &[u8])> = files.iter().enumerate().map(|(i, f)| (name(i), f.as_slice())).collect();
        let given: Vec<(&str, &[u8])> = named.iter().map(|(n, f)| (n.as_str(), *f)).collect();
        let mut straight = load(&given);
        // Another order of arrival, with the parts of all sources kept aside before any counts.
        let mut shuffled = Engine::default();
        let mut indices: Vec<usize> = (0..given.len()).collect();
        indices.sort_by_key(|i| (*i as u64 + 1).wrapping_mul(order | 1).rotate_left(17));
        let mut last_parts = Vec::new();
        for index in indices {
            let source = SourceId(index as u32);
            let mut parts = scan(given[index].0, given[index].1, 61).finish();
            last_parts.push((source, parts.pop().unwrap_or_default()));
            for part in parts {
                shuffled.handle(ToEngine::Part { source, worker: 0 }, Some(part));
            }
        }
        // Several sources told of at once, as small ones are.
        for batch in last_parts.chunks(2) {
            let sources = batch.iter().map(|(source, part)| (*source, part.len() as u32)).collect();
            let tables = batch.iter().flat_map(|(_, part)| part.clone()).collect();
            shuffled.handle(ToEngine::Whole { sources, worker: 0 }, Some(tables));
        }
        prop_assert_eq!(both_summaries(&mut straight), both_summaries(&mut shuffled));
        prop_assert_eq!(data(&mut straight), data(&mut shuffled));
    }

    #[test]
    fn a_small_memory_makes_times_coarser_but_changes_no_sum_and_minds_no_order(
        files in proptest::collection::vec(damaged(), 1..5),
        limit in 0usize..16_000,
    ) {
        let load = |order: &mut dyn Iterator<Item = usize>, limit: Limit| {
            let mut engine = Engine::with_limit(limit);
            for index in order {
                engine.take_scan(SourceId(index as u32), scan(&format!("{index}"), &files[index], 61));
                // A question in between seals what has come.
                engine.answer(Query::Overview(view(Mode::AsLogged)));
            }
            engine
        };
        let mut whole = load(&mut (0..files.len()), Limit::default());
        let mut small = load(&mut (0..files.len()), with_content(limit));
        let mut turned = load(&mut (0..files.len()).rev(), with_content(limit));
        prop_assert_eq!(both_summaries(&mut small), both_summaries(&mut turned));
        prop_assert_eq!(data(&mut small), data(&mut turned));
        prop_assert_eq!(known(&mut small), known(&mut turned));
        let (exact, coarse) = (overview(&mut whole), overview(&mut small));
        prop_assert_eq!(exact.as_logged, coarse.as_logged);
        prop_assert_eq!((exact.first, exact.last, exact.accounts), (coarse.first, coarse.last, coarse.accounts));
    }

    #[test]
    fn a_small_memory_minds_no_packing(
        records in proptest::collection::vec(record(), 1..12),
        size in 1usize..6,
        limit in 0usize..16_000,
        asking in any::<bool>(),
    ) {
        let load = |files: Vec<String>, asking: bool| {
            let mut engine = Engine::with_limit(with_content(limit));
            for (index, file) in files.iter().enumerate() {
                engine.take_scan(SourceId(index as u32), scan("PT1H.json", file.as_bytes(), 61));
                if asking {
                    engine.answer(Query::Overview(view(Mode::AsLogged)));
                }
            }
            engine
        };
        let mut one = load(vec![file(&records, 0)], false);
        let mut some = load(records.chunks(size).rev().map(|records| file(records, 0)).collect(), asking);
        prop_assert_eq!(known(&mut one), known(&mut some));
        for mode in [Mode::Conversations, Mode::AsLogged] {
            let (one, some) = (parsed(&mut one, mode), parsed(&mut some, mode));
            for part in ["window", "totals", "resolution", "pairs", "rules"] {
                prop_assert_eq!(&one[part], &some[part]);
            }
        }
    }

    #[test]
    fn everything_seen_is_counted_duplicate_or_rejected(files in proptest::collection::vec(damaged(), 1..4)) {
        let named: Vec<(String, &[u8])> = files.iter().enumerate().map(|(i, f)| (format!("{i}"), f.as_slice())).collect();
        let given: Vec<(&str, &[u8])> = named.iter().map(|(n, f)| (n.as_str(), *f)).collect();
        let mut engine = load(&given);
        let found = data(&mut engine);
        for (source, (_, bytes)) in found.sources.iter().zip(&given) {
            let a = source.accounts;
            prop_assert_eq!(a.bytes, bytes.len() as u64);
            prop_assert_eq!(a.bytes, a.bytes_scanned + a.bytes_skipped);
            prop_assert_eq!(a.bytes_skipped, source.issues.iter().map(|i| i.length).sum::<u64>());
            let rejected = source.issues.iter().filter(|i| i.code.starts_with("tuple-")).count() as u64;
            prop_assert_eq!(a.rejected_tuples, rejected);
        }
        // The tuples that rules decided are those that are neither duplicate nor rejected.
        let all = breakdown(&mut engine, Mode::AsLogged);
        let rules: u64 = all.rules.rows.iter().map(|r| r.tally.attempts()).sum();
        prop_assert_eq!(rules, all.tally.attempts());
        prop_assert!(found.totals.counted_tuples() >= rules);
    }

    #[test]
    fn conversations_never_exceed_what_was_logged(records in records()) {
        let text = file(&records, 0);
        let mut engine = load(&[("PT1H.json", text.as_bytes())]);
        let (once, logged) = (breakdown(&mut engine, Mode::Conversations), breakdown(&mut engine, Mode::AsLogged));
        prop_assert!(once.tally.allowed_flows <= logged.tally.allowed_flows);
        prop_assert!(once.tally.denied_flows <= logged.tally.denied_flows);
        for (a, b) in once.tally.counters.as_array().into_iter().zip(logged.tally.counters.as_array()) {
            prop_assert!(a <= b);
        }
    }

    #[test]
    fn a_single_stage_counts_as_logged(mut records in records()) {
        // One NIC, one direction, one kind of log.
        for record in &mut records {
            record.vnet = true;
            record.mac = 0;
        }
        let text = file(&records, 0).replace(",I,", ",O,");
        let mut engine = load(&[("PT1H.json", text.as_bytes())]);
        let (once, logged) = (breakdown(&mut engine, Mode::Conversations), breakdown(&mut engine, Mode::AsLogged));
        prop_assert_eq!(once.tally, logged.tally);
    }

    #[test]
    fn a_file_dropped_twice_changes_no_conversation(records in records(), style in 0u8..8) {
        let text = file(&records, style);
        let mut single = load(&[("a/PT1H.json", text.as_bytes())]);
        let mut twice = load(&[("b/PT1H.json", text.as_bytes()), ("a/PT1H.json", text.as_bytes())]);
        let (one, two) = (parsed(&mut single, Mode::Conversations), parsed(&mut twice, Mode::Conversations));
        prop_assert_eq!(&one["pairs"], &two["pairs"]);
        prop_assert_eq!(&one["rules"], &two["rules"]);
        prop_assert_eq!(&one["sources"][0], &two["sources"][0]);
        prop_assert_eq!(&two["sources"][1]["duplicate_records"], &two["sources"][1]["records"]);
    }

    #[test]
    fn sums_agree_with_an_independent_count(files in proptest::collection::vec(records(), 1..4), style in 0u8..8) {
        // One kind of log in all files: choosing between kinds has tests of its own.
        for vnet in [false, true] {
            let texts: Vec<String> = files
                .iter()
                .map(|records| {
                    let mut records = records.clone();
                    records.iter_mut().for_each(|r| r.vnet = vnet);
                    file(&records, style)
                })
                .collect();
            let given: Vec<&str> = texts.iter().map(String::as_str).collect();
            let count = oracle::count(&given);
            let sources: Vec<(&str, &[u8])> = texts.iter().map(|t| ("PT1H.json", t.as_bytes())).collect();
            let mut engine = load(&sources);
            check_against(&count, &mut engine)?;
        }
    }

    #[test]
    fn details_add_up_to_their_selection(records in records(), conversations: bool) {
        let text = file(&records, 1);
        let mode = if conversations { Mode::Conversations } else { Mode::AsLogged };
        let mut engine = load(&[("PT1H.json", text.as_bytes())]);
        let all = breakdown(&mut engine, mode);
        let sum = |tallies: Vec<Tally>| {
            let mut sum = Tally::default();
            tallies.iter().for_each(|t| sum.add(t));
            sum
        };
        prop_assert_eq!(sum(all.timeline.bins.clone()), all.tally);
        prop_assert_eq!(sum(all.services.rows.iter().map(|r| r.tally).collect()), all.tally);
        prop_assert_eq!(sum(all.talkers.rows.iter().map(|r| r.tally).collect()), all.tally);
        prop_assert_eq!(sum(all.rules.rows.iter().map(|r| r.tally).collect()), all.as_logged);
        prop_assert_eq!(sum(vec![all.inbound, all.outbound]), all.as_logged);
        if conversations {
            let d = all.denied_at;
            prop_assert_eq!(d.source + d.destination + d.on_the_way, all.tally.denied_flows);
        }
        let Answer::Matrix(matrix) = engine.answer(Query::Matrix(view(mode))) else { unreachable!() };
        prop_assert_eq!(sum(matrix.cells.iter().map(|c| c.tally).collect()), all.tally);
    }

    #[test]
    fn no_bytes_make_anything_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), piece in 1usize..50) {
        let mut engine = Engine::default();
        engine.take_scan(SourceId(0), scan("x", &bytes, piece));
        prop_assert_eq!(data(&mut engine).totals.bytes, bytes.len() as u64);
    }
}

fn overview(engine: &mut Engine) -> Overview {
    match engine.answer(Query::Overview(view(Mode::AsLogged))) {
        Answer::Overview(overview) => overview,
        other => panic!("not an overview: {other:?}"),
    }
}

/// How exact things are, how much there is of them, and every address.
fn known(engine: &mut Engine) -> (Resolution, [u64; 3], Vec<(Address, String)>) {
    let found = overview(engine);
    let Answer::Places(mut places) = engine.answer(Query::Places(view(Mode::AsLogged))) else {
        unreachable!()
    };
    places.sort();
    (found.resolution, [found.flow_records, found.conversations, found.addresses], places)
}

#[test]
fn a_memory_that_gets_smaller_takes_every_step() {
    // Each step takes something: rows of one conversation ten minutes, an hour, a day, a week and four apart, and public
    // addresses that differ in the last byte, in the third, in the second.
    let minutes =
        [0, 1, 15, 16, 70, 75, 600, 610, 1300, 1500, 4400, 14_500].map(|minute| (minute, "8.8.8.8"));
    let ends = ["8.8.8.9", "8.8.9.9", "8.9.9.9"].map(|end| (0, end));
    let tuple = |(minute, end): (u64, &str)| {
        format!("\"{},10.0.0.4,{end},50000,443,6,O,B,NX,0,0,0,0\"", 1_790_035_200_000 + minute * 60_000)
    };
    let tuples: Vec<String> = minutes.into_iter().chain(ends).map(tuple).collect();
    let log = format!(
        "{{\"records\":[{{\"time\":\"2026-09-22T00:00:00Z\",\"category\":\"FlowLogFlowEvent\",\
          \"macAddress\":\"000D3A000001\",\"flowRecords\":{{\"flows\":[{{\"aclID\":\"acl\",\"flowGroups\":\
          [{{\"rule\":\"r\",\"flowTuples\":[{}]}}]}}]}}}}]}}",
        tuples.join(",")
    );
    let mut steps: Vec<Resolution> = Vec::new();
    let mut bytes = 20_000;
    while bytes > 0 {
        bytes -= 20;
        let mut engine = Engine::with_limit(with_content(bytes));
        engine.take_scan(SourceId(0), scan("PT1H.json", log.as_bytes(), 61));
        let step = overview(&mut engine).resolution;
        if steps.last() != Some(&step) {
            steps.push(step);
        }
    }
    let steps: Vec<_> = steps.iter().map(|step| (step.bin_minutes, step.folded)).collect();
    let expected = [
        (1, None),
        (10, None),
        (60, None),
        (1440, None),
        (1440, Some((24, 48))),
        (1440, Some((16, 32))),
        (1440, Some((8, 16))),
        (10_080, Some((8, 16))),
        (40_320, Some((8, 16))),
    ];
    assert_eq!(steps, expected);
}

fn breakdown(engine: &mut Engine, mode: Mode) -> azflow_engine::session::Breakdown {
    match engine.answer(Query::Breakdown(view(mode), Selection::default())) {
        Answer::Breakdown(found) => *found,
        other => panic!("not a breakdown: {other:?}"),
    }
}

fn check_against(count: &oracle::Count, engine: &mut Engine) -> Result<(), TestCaseError> {
    let document = parsed(engine, Mode::Conversations);
    let totals = &document["totals"];
    let expected = [count.records, count.duplicate_records, count.tuples, count.duplicate_tuples, 0];
    let found = ["records", "duplicate_records", "tuples", "duplicate_tuples", "rejected_tuples"]
        .map(|key| totals[key].as_u64().unwrap());
    prop_assert_eq!(found, expected);
    prop_assert_eq!(oracle::numbers(totals), count.as_logged());
    let mut expected = oracle::Numbers::default();
    for numbers in count.conversations().values() {
        for (sum, value) in expected.iter_mut().zip(numbers) {
            *sum += value;
        }
    }
    let mut pairs = oracle::Numbers::default();
    for pair in document["pairs"].as_array().unwrap() {
        for (sum, value) in pairs.iter_mut().zip(oracle::numbers(pair)) {
            *sum += value;
        }
    }
    prop_assert_eq!(pairs, expected);
    Ok(())
}
