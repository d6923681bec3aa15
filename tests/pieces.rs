//! A question that is answered in pieces, after others that were dropped half way, has the answer that it has in one go.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use azflow_engine::session::{
    Answer, DraftAsk, Engine, Query, ReviewAsk, ReviewShow, RulesAsk, Selection, SimulateAsk, ToEngine, View,
};
use azflow_engine::topology::Cut;
use std::collections::BTreeMap;
use support::everything::{differences, everything, everything_asked};
use support::rules::fixture;
use support::{load, view};

const FILES: [&str; 7] = [
    "nsg_v2.json",
    "vnet.json",
    "appliance.json",
    "az_vnet_list.json",
    "az_nic_list.json",
    "az_nsg_list.json",
    "nta_az_cli.json",
];

fn loaded() -> (Engine, BTreeMap<u32, String>) {
    let files = FILES.map(|name| (name, fixture(name)));
    let sources: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let names = FILES.iter().enumerate().map(|(number, name)| (number as u32, (*name).to_owned()));
    (load(&sources), names.collect())
}

fn prepare(engine: &mut Engine, query: &Query, most: usize) -> usize {
    (0..most).take_while(|piece| engine.prepare(query, *piece)).count()
}

/// Drops others half way, then answers in pieces. Nothing that was found out before is known.
fn pieced(engine: &mut Engine, query: Query) -> Answer {
    engine.handle(ToEngine::Names(Vec::new()), None);
    let filtered = View { filter: "port:443".to_owned(), ..view(Mode::AsLogged) };
    let others = [
        Query::Matrix(filtered.clone()),
        Query::Review(Box::new(ReviewAsk {
            view: filtered,
            marks: 0,
            pair: Selection::default(),
            show: ReviewShow::default(),
        })),
        Query::Rules(Box::new(RulesAsk::Audit(View::default()))),
        Query::Rules(Box::new(RulesAsk::Draft(DraftAsk::default()))),
        Query::Rules(Box::new(RulesAsk::Simulate(SimulateAsk::default()))),
    ];
    for (dropped, other) in others.iter().enumerate() {
        prepare(engine, other, dropped + 1);
    }
    assert!((0..2).all(|piece| engine.make_ready(piece)));
    let most = 1_000;
    let served = |piece: &usize| {
        let more = engine.prepare(&query, *piece);
        // Another one is answered between, by other subnets.
        engine.answer(Query::Matrix(View { cut: Cut { v4: 16, ..Cut::default() }, ..View::default() }));
        more
    };
    assert!((0..most).take_while(served).count() < most, "{query:?} comes to an end");
    engine.answer(query)
}

#[test]
fn pieces_change_no_answer() {
    let (mut engine, names) = loaded();
    let expected = everything(&mut engine, &names);
    let (mut engine, names) = loaded();
    let found = everything_asked(&mut engine, &names, pieced);
    assert_eq!(differences(&expected, &found), Vec::<String>::new());
}
