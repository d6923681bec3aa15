//! Files compared with other files: what was kept of the ones, or read from their summary, beside the others. What is
//! expected comes from the two summary documents alone.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::Tally;
use azflow_core::store::Mode;
use azflow_engine::session::{
    Answer, Change, CompareAnswer, Comparison, Engine, KeptSide, Query, SourceId, ToEngine, View,
};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use support::logs::{Record, file, records};
use support::oracle::{Numbers, numbers};
use support::{load, scan, summary, view};

/// Pair and service; ports for callers are one.
type Key = (String, String, String, u64);

fn expected(summaries: [&str; 2]) -> BTreeMap<Key, [Option<Numbers>; 2]> {
    let mut out: BTreeMap<Key, [Option<Numbers>; 2]> = BTreeMap::new();
    for (side, text) in summaries.into_iter().enumerate() {
        let document: Value = serde_json::from_str(text).unwrap();
        for pair in document["pairs"].as_array().unwrap() {
            for service in pair["services"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let port = service["port"].as_u64().unwrap_or_default().min(49_152);
                let key = (text(&pair["src"]), text(&pair["dst"]), text(&service["protocol"]), port);
                let sum = out.entry(key).or_default()[side].get_or_insert_default();
                numbers(service).iter().zip(sum).for_each(|(one, sum)| *sum += one);
            }
        }
    }
    out
}

fn six(tally: &Tally) -> Numbers {
    let [a, b, c, d] = tally.counters.as_array();
    [tally.allowed_flows, tally.denied_flows, a, b, c, d]
}

fn compare(engine: &mut Engine, mode: Mode, between: Comparison) -> CompareAnswer {
    match engine.answer(Query::Compare(view(mode), between)) {
        Answer::Compare(answer) => *answer,
        other => panic!("no comparison: {other:?}"),
    }
}

fn keep(engine: &mut Engine, query: Query) -> KeptSide {
    match engine.answer(query) {
        Answer::SideKept(Ok(side)) => side,
        other => panic!("nothing was kept: {other:?}"),
    }
}

/// Everything beside what is kept.
fn beside(kept: &KeptSide) -> Comparison {
    Comparison { before: String::new(), after: String::new(), services: true, kept: Some(kept.number) }
}

/// In place of what is loaded.
fn replace(engine: &mut Engine, name: &str, text: &str) {
    engine.handle(ToEngine::Clear, None);
    engine.take_scan(SourceId(7), scan(name, text.as_bytes(), text.len()));
}

fn texts(old: &[Record], new: &[Record]) -> [String; 2] {
    [file(old, 0), file(new, 1)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn other_files_are_compared_as_their_summaries_say(old in records(), new in records()) {
        let [old, new] = texts(&old, &new);
        for mode in [Mode::Conversations, Mode::AsLogged] {
            let mut engine = load(&[("old.json", old.as_bytes())]);
            let before = summary(&mut engine, mode);
            let kept = keep(&mut engine, Query::KeepSide(view(mode)));
            // In one of the modes another engine takes this one's place, as it does when the page starts over.
            if mode == Mode::AsLogged {
                let side = engine.side().unwrap();
                engine = Engine::default();
                engine.handle(ToEngine::Side(side), None);
            }
            replace(&mut engine, "new.json", &new);
            let after = summary(&mut engine, mode);
            let found = compare(&mut engine, mode, beside(&kept));
            let expected = expected([&before, &after]);

            let sum = |side: usize| {
                let mut out = Numbers::default();
                for one in expected.values().filter_map(|sides| sides[side]) {
                    out.iter_mut().zip(one).for_each(|(sum, n)| *sum += n);
                }
                out
            };
            prop_assert_eq!([six(&found.before), six(&found.after)], [sum(0), sum(1)]);
            prop_assert_eq!(found.counts.iter().sum::<u32>() as usize, expected.len());
            let only = |side: usize| expected.values().filter(|sides| sides[1 - side].is_none()).count() as u32;
            prop_assert_eq!((found.counts[0], found.counts[1]), (only(1), only(0)));
            prop_assert_eq!(found.rows.rows.len(), found.rows.total as usize);
            for row in &found.rows.rows {
                let (protocol, port) = row.service.unwrap();
                let key = (row.src.clone(), row.dst.clone(), protocol.to_string(), port.map_or(0, u64::from));
                let [a, b] = expected[&key];
                prop_assert_eq!([six(&row.before), six(&row.after)], [a.unwrap_or_default(), b.unwrap_or_default()]);
                prop_assert_eq!(row.change == Change::New, a.is_none());
                prop_assert_eq!(row.change == Change::Gone, b.is_none());
                prop_assert_eq!(row.filter.is_empty(), b.is_none());
            }

            // The document of the same files says the same, and so does an engine that never saw them.
            let mut other = load(&[("new.json", new.as_bytes())]);
            let read = keep(&mut other, Query::ReadSide("old-summary.json".to_owned(), before.clone()));
            prop_assert_eq!((&read.name, read.mode, read.seen), (&"old-summary.json".to_owned(), mode, kept.seen));
            prop_assert_eq!(read.sources, kept.sources);
            let again = compare(&mut other, mode, beside(&read));
            prop_assert_eq!((again.rows, again.counts), (found.rows, found.counts));
        }
    }
}

#[test]
fn what_is_kept_is_what_passed_and_outlives_the_files() {
    let log = support::rules::ops_and_mgmt();
    let text = String::from_utf8(log).unwrap();
    let mut engine = load(&[("old.json", text.as_bytes())]);
    let all = keep(&mut engine, Query::KeepSide(View::default()));
    let denied =
        keep(&mut engine, Query::KeepSide(View { filter: "decision:denied".to_owned(), ..View::default() }));
    assert_eq!((all.number, denied.number), (1, 2));
    assert_eq!(denied.filter, "decision:denied");
    replace(&mut engine, "new.json", &text);
    let found = compare(&mut engine, Mode::Conversations, beside(&denied));
    assert_eq!(found.before.allowed_flows, 0);
    assert_eq!(found.before.denied_flows, found.after.denied_flows);
    assert_eq!(found.kept, Some(denied));
    // A document that is none leaves what is kept.
    match engine.answer(Query::ReadSide("x.json".to_owned(), "{}".to_owned())) {
        Answer::SideKept(Err(why)) => assert!(why.contains("azflow.summary/1"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(compare(&mut engine, Mode::Conversations, beside(&all)).kept.unwrap().number, 2);
}
