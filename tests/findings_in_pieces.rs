//! Findings over many subnets come in pieces, between which a small question is answered; nothing of the answer changes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use azflow_core::ingest::SourceScan;
use azflow_core::store::Mode;
use azflow_engine::session::{Answer, Engine, FromEngine, Query, SourceId, ToEngine, View, next};
use std::fmt::Write;

const SUBNETS: u32 = 420;

/// A log of as many conversations as tuples, each twice for every third, between hosts of all subnets.
fn log() -> Vec<u8> {
    let host = |number: u32| {
        let subnet = number % SUBNETS;
        format!("10.{}.{}.{}", 20 + subnet / 250, subnet % 250, 4 + number / SUBNETS % 200)
    };
    let mut out = "{\"records\":[".to_owned();
    for record in 0..200u32 {
        let tuples = (0..500u32).map(|at| {
            let number = record * 500 + at;
            let state = if number.is_multiple_of(7) { "D" } else { "B" };
            let port = [22, 443, 445, 3389][number as usize % 4];
            let (src, dst) = (host(number), host(number.wrapping_mul(7919) + 1));
            format!("\"{},{src},{dst},50000,{port},6,I,{state},NX,0,0,0,0\"", 1_790_035_200_000u64)
        });
        let tuples = tuples.collect::<Vec<_>>().join(",");
        write!(
            out,
            "{}{{\"time\":\"2026-09-22T00:00:00Z\",\"category\":\"FlowLogFlowEvent\",\"macAddress\":\"000D3A{record:06X}\",\
             \"flowRecords\":{{\"flows\":[{{\"aclID\":\"acl\",\"flowGroups\":[{{\"rule\":\"r\",\"flowTuples\":[{tuples}]}}]}}]}}}}",
            if record == 0 { "" } else { "," }
        )
        .unwrap();
    }
    out.push_str("]}");
    out.into_bytes()
}

fn load(log: &[u8]) -> Engine {
    let mut engine = Engine::default();
    let mut scan = SourceScan::new("PT1H.json");
    scan.push(log);
    engine.take_scan(SourceId(0), scan);
    engine
}

#[test]
fn a_small_question_is_answered_while_findings_of_many_subnets_are_computed() {
    let log = log();
    let (mut engine, mut other) = (load(&log), load(&log));
    let Answer::Overview(overview) = other.answer(Query::Overview(View::default())) else {
        panic!("no overview")
    };
    assert!(overview.conversations >= 50_000, "{}", overview.conversations);
    let logged = View { mode: Mode::AsLogged, ..View::default() };
    let ask = |ticket, query| (ToEngine::Ask { ticket, query }, 0);
    // The small one comes while the conversations are looked at.
    let mut waiting = vec![ask(1, Query::Findings(View::default()))];
    let mut small = Some(ask(2, Query::Matrix(logged.clone())));
    // What deals with them takes a turn off after each piece.
    let (mut answers, mut pieces) = (Vec::new(), 0);
    while let Some(at) = next(waiting.iter().map(|(message, _)| message)) {
        let (ToEngine::Ask { query, .. }, done) = &mut waiting[at] else { panic!("no question") };
        let long = matches!(query, Query::Findings(_));
        if engine.prepare(query, *done) {
            *done += 1;
            pieces += usize::from(long);
            waiting.extend(small.take_if(|_| pieces == 6));
            continue;
        }
        let (message, _) = waiting.remove(at);
        let Some(FromEngine::Answer { ticket, answer }) = engine.handle(message, None) else {
            panic!("no answer")
        };
        answers.push((ticket, answer));
    }
    let [(2, matrix), (1, findings)] = answers.as_slice() else { panic!("findings came first") };
    // Five for what they stand on, and at least two for the conversations themselves.
    assert!(pieces >= 7, "{pieces}");
    assert!(*findings == other.answer(Query::Findings(View::default())), "in one piece they are others");
    assert!(*matrix == other.answer(Query::Matrix(logged)));
    let Answer::Findings(found) = findings else { panic!("no findings") };
    assert!(!found.findings.is_empty());
}

#[test]
fn what_was_begun_of_findings_is_forgotten_when_names_or_data_change() {
    let log = log();
    let (mut engine, mut other) = (load(&log), Engine::default());
    let query = Query::Findings(View::default());
    assert!((0..6).all(|piece| engine.prepare(&query, piece)));
    let more =
        String::from_utf8(log.clone()).unwrap().replace("\"10.20.", "\"10.40.").replace(",10.20.", ",10.41.");
    for engine in [&mut engine, &mut other] {
        if engine.answer(Query::Data) == Engine::default().answer(Query::Data) {
            *engine = load(&log);
        }
        let mut scan = SourceScan::new("more.json");
        scan.push(more.as_bytes());
        engine.take_scan(SourceId(1), scan);
    }
    assert!(engine.answer(query.clone()) == other.answer(query));
}
