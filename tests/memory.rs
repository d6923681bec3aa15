//! A small memory makes answers slower, never others.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::ingest::SourceScan;
use azflow_core::store::{Limit, Mode};
use azflow_engine::example::{BulkKind, bulk};
use azflow_engine::export::FlowColumn;
use azflow_engine::session::{
    Comparison, DraftAsk, Engine, FlowsQuery, Listed, Query, ReviewAsk, ReviewShow, RulesAsk, Selection,
    SimulateAsk, SourceId, ToEngine, View,
};
use proptest::prelude::*;
use support::logs::records;

fn log(kind: BulkKind, bytes: u64) -> Vec<u8> {
    let mut out = Vec::new();
    bulk(kind, bytes, &mut out).unwrap();
    out
}

fn scan(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut scan = SourceScan::new("PT1H.json");
    let mut parts = Vec::new();
    for piece in bytes.chunks(1 << 20) {
        scan.push(piece);
        parts.extend(std::iter::from_fn(|| scan.take_part()));
    }
    parts.extend(scan.finish());
    parts
}

/// What screens ask, each question of a kind after one of another, so that what is given up was there.
fn questions(filters: &[&str]) -> Vec<Query> {
    let mut out = Vec::new();
    for filter in filters {
        for mode in [Mode::Conversations, Mode::AsLogged] {
            let view = View { filter: (*filter).to_owned(), mode, ..View::default() };
            let draft = DraftAsk { view: view.clone(), ..DraftAsk::default() };
            let sort = vec![(FlowColumn::Rules, true), (FlowColumn::BytesThere, false)];
            out.extend([
                Query::Overview(view.clone()),
                Query::Matrix(view.clone()),
                Query::Flows(FlowsQuery { view: view.clone(), sort, count: 100, ..FlowsQuery::default() }),
                Query::Breakdown(view.clone(), Selection::default()),
                Query::Review(Box::new(ReviewAsk {
                    view: view.clone(),
                    marks: 0,
                    pair: Selection::default(),
                    show: ReviewShow {
                        listed: Listed::default(),
                        undecided: false,
                        hosts: true,
                        by_pair: true,
                        text: String::new(),
                        most: 100,
                    },
                })),
                Query::Timeline(view.clone(), None),
                Query::Rules(Box::new(RulesAsk::Draft(draft.clone()))),
                Query::Compare(
                    view.clone(),
                    Comparison {
                        before: "decision:allowed".to_owned(),
                        after: "port:443".to_owned(),
                        services: true,
                        kept: None,
                    },
                ),
                Query::Rules(Box::new(RulesAsk::Simulate(SimulateAsk { draft, ..SimulateAsk::default() }))),
                Query::Evidence(view.clone(), Selection::default()),
                Query::Network(view.clone()),
                Query::Findings(view.clone()),
                Query::Summary(view),
            ]);
        }
    }
    out
}

/// Asks both engines everything, twice: the second time what can be kept was.
fn assert_equal_answers(engines: &mut [Engine; 2], filters: &[&str]) {
    for query in questions(filters).into_iter().chain(questions(filters)) {
        let answers = engines.each_mut().map(|engine| engine.answer(query.clone()));
        assert!(answers[0] == answers[1], "{query:?}: {:?}", answers);
    }
}

const FILTERS: [&str; 4] = ["", "port:443", "decision:denied", "-noise:any"];

fn load(parts: &[Vec<u8>], derived: usize) -> Engine {
    let mut engine = Engine::with_limit(Limit { derived, ..Limit::default() });
    engine.take_last(SourceId(0), parts.to_vec());
    engine.handle(ToEngine::MakeReady, None);
    engine
}

#[test]
fn no_answer_needs_what_is_found_out_to_be_kept() {
    // Conversations of many rows, most of which have running sums.
    let parts = scan(&log(BulkKind::Ends, 700_000));
    let brushes = ["time:2026-10-01T01:00Z..2026-10-01T02:10Z", "time:2026-10-01T00:20Z..2026-10-01T00:50Z"];
    let filters: Vec<&str> = FILTERS.into_iter().chain(brushes).collect();
    for derived in [0, 4_000_000] {
        assert_equal_answers(&mut [load(&parts, derived), load(&parts, Limit::default().derived)], &filters);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn nor_do_those_about_logs_made_up(records in records()) {
        let parts = scan(support::logs::file(&records, 0).as_bytes());
        assert_equal_answers(&mut [load(&parts, 0), load(&parts, Limit::default().derived)], &FILTERS);
    }
}
