//! Where nothing can be kept coarser and memory is full, what comes later is named, not counted and not known.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::{Limit, Mode};
use azflow_engine::example::{BulkKind, bulk};
use azflow_engine::session::{
    Answer, DraftAsk, Engine, Overview, Query, RulesAnswer, RulesAsk, SourceId, ToEngine,
};
use support::{data, scan, summary, view};

/// A log whose every tuple is a conversation of its own between two private addresses, cut into four.
fn files() -> Vec<Vec<u8>> {
    let mut log = Vec::new();
    bulk(BulkKind::Broad, 2_000_000, &mut log).unwrap();
    log.chunks(log.len() / 4 + 1).map(<[u8]>::to_vec).collect()
}

fn load(files: &[Vec<u8>], limit: Limit, asking: bool) -> Engine {
    let mut engine = Engine::with_limit(limit);
    for (number, file) in (0..).zip(files) {
        engine.take_scan(SourceId(number), scan(&format!("{number}.json"), file, 1 << 16));
        if asking {
            overview(&mut engine);
        }
    }
    engine
}

fn overview(engine: &mut Engine) -> Overview {
    match engine.answer(Query::Overview(view(Mode::default()))) {
        Answer::Overview(overview) => overview,
        other => panic!("no overview: {other:?}"),
    }
}

fn draft_notes(engine: &mut Engine) -> Vec<String> {
    match engine.answer(Query::Rules(Box::new(RulesAsk::Draft(DraftAsk::default())))) {
        Answer::Rules(answer) => match *answer {
            RulesAnswer::Draft(draft) => draft.notes,
            other => panic!("no draft: {other:?}"),
        },
        other => panic!("no draft: {other:?}"),
    }
}

/// Room for the first two of the files.
const SMALL: Limit = Limit { content: 1000, derived: 1 << 30, most: 3_000_000 };

#[test]
fn every_tuple_is_counted_or_told_of() {
    let files = files();
    let mut all = load(&files, Limit::default(), false);
    let mut full = load(&files, SMALL, false);
    let (whole, some) = (overview(&mut all), overview(&mut full));
    assert_eq!((whole.left_out, some.accounts.tuples), (0, whole.accounts.tuples));
    assert!(some.left_out > 1000 && some.conversations > 1000, "{some:?}");
    assert_eq!(some.accounts.counted_tuples() + some.left_out, whole.accounts.counted_tuples());
    assert_eq!(some.accounts.records, whole.accounts.records);
    assert!(some.last < whole.last, "hours of which nothing counts are no part of the window");

    let named: u64 = data(&mut full)
        .sources
        .iter()
        .flat_map(|source| source.issues.iter().map(move |issue| (source, issue)))
        .filter(|(_, issue)| issue.code == "no-room")
        .map(|(source, issue)| {
            assert!(
                issue.lossy && issue.record.is_some() && issue.message.contains("memory is full"),
                "{issue:?}"
            );
            source.accounts.rejected_tuples
        })
        .sum();
    assert_eq!(named, some.left_out);
    assert!(summary(&mut full, Mode::default()).contains("\"no-room\""));

    let missing = format!("{} log lines are not counted", some.left_out);
    assert!(draft_notes(&mut full)[0].contains(&missing));
    assert!(draft_notes(&mut all).iter().all(|note| !note.contains("memory was full")));
}

#[test]
fn where_it_ends_does_not_depend_on_questions() {
    let files = files();
    let [mut quiet, mut asked] = [false, true].map(|asking| load(&files, SMALL, asking));
    assert_eq!(summary(&mut quiet, Mode::AsLogged), summary(&mut asked, Mode::AsLogged));
    assert_eq!(data(&mut quiet), data(&mut asked));
}

#[test]
fn a_copy_of_what_counts_is_a_duplicate_still() {
    let files = files();
    let mut engine = load(&files, SMALL, false);
    let before = overview(&mut engine);
    engine.take_scan(SourceId(9), scan("again.json", &files[0], 1 << 16));
    let after = overview(&mut engine);
    assert_eq!((after.left_out, after.all), (before.left_out, before.all));
    assert!(after.accounts.duplicate_tuples > before.accounts.duplicate_tuples);
}

#[test]
fn starting_over_makes_room() {
    let files = files();
    let mut engine = load(&files, SMALL, false);
    engine.handle(ToEngine::Clear, None);
    engine.take_scan(SourceId(0), scan("0.json", &files[3], 1 << 16));
    assert_eq!(overview(&mut engine).left_out, 0);
    assert!(overview(&mut engine).accounts.counted_tuples() > 1000);
}

#[test]
fn loading_that_is_stopped_names_what_there_was_no_room_for_too() {
    let mut log = Vec::new();
    bulk(BulkKind::Broad, 24_000_000, &mut log).unwrap();
    let mut engine = Engine::with_limit(SMALL);
    let mut begun = scan("large.json", &log, 1 << 20);
    while let Some(part) = begun.take_part() {
        engine.take_part(SourceId(0), part);
    }
    let (name, bytes) = ("large.json".to_owned(), log.len() as u64);
    engine.handle(ToEngine::Drop { source: SourceId(0), name, bytes }, None);
    let codes: Vec<String> =
        data(&mut engine).sources[0].issues.iter().map(|issue| issue.code.clone()).collect();
    assert_eq!(codes, ["no-room", "cancelled"]);
}
