//! The list of conversations: sorted as plainly as can be, page by page, and as documents.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Prefix, Tally};
use azflow_core::store::Mode;
use azflow_engine::example;
use azflow_engine::export::{FlowCell, FlowColumn};
use azflow_engine::session::{
    Answer, Engine, FlowRow, FlowSort, FlowsAnswer, FlowsFormat, FlowsQuery, FlowsText, Query, Selection,
};
use proptest::prelude::*;
use std::cmp::Ordering;
use support::{load, view};

/// A tenth of the built-in example: enough of everything.
fn engine() -> Engine {
    let files: Vec<(String, Vec<u8>)> = (0..example::FILES).step_by(10).map(example::file).collect();
    let sources: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    load(&sources)
}

fn ask(engine: &mut Engine, query: FlowsQuery) -> FlowsAnswer {
    match engine.answer(Query::Flows(query)) {
        Answer::Flows(answer) => *answer,
        other => panic!("not a list: {other:?}"),
    }
}

fn query(mode: Mode, sort: &[(FlowColumn, bool)]) -> FlowsQuery {
    FlowsQuery { view: view(mode), sort: sort.to_vec(), count: u32::MAX, ..FlowsQuery::default() }
}

/// The whole list, in pages of this size.
fn whole(engine: &mut Engine, query: &FlowsQuery, page: u32) -> Vec<FlowRow> {
    let mut rows = Vec::new();
    loop {
        let from = rows.len() as u32;
        let answer = ask(engine, FlowsQuery { from, count: page, ..query.clone() });
        assert_eq!(answer.from, from);
        rows.extend(answer.rows);
        if rows.len() as u32 >= answer.total {
            assert_eq!(rows.len() as u32, answer.total);
            return rows;
        }
    }
}

/// Compares what stands in a column as a reader would.
fn compare(column: FlowColumn, a: &FlowRow, b: &FlowRow) -> Ordering {
    let (x, y) = (&a.cells[column as usize], &b.cells[column as usize]);
    let word = |cell: &FlowCell, words: &[&str]| {
        let FlowCell::Text(text) = cell else { panic!("no text") };
        words.iter().position(|word| word == text).unwrap()
    };
    match (column, x, y) {
        (FlowColumn::Direction, ..) => {
            let words = ["inbound", "outbound", "both", "unknown"];
            word(x, &words).cmp(&word(y, &words))
        }
        (FlowColumn::Access, ..) => {
            let words = [
                "begun earlier",
                "allowed",
                "denied",
                "both",
                "allowed (superseded log)",
                "denied (superseded log)",
                "both (superseded log)",
            ];
            word(x, &words).cmp(&word(y, &words))
        }
        (FlowColumn::Path, ..) => {
            let words = azflow_engine::topology::Path::ALL.map(azflow_engine::topology::Path::as_str);
            word(x, &words).cmp(&word(y, &words))
        }
        (FlowColumn::Src, ..) => a.key.src.cmp(&b.key.src),
        (FlowColumn::Dst, ..) => a.key.dst.cmp(&b.key.dst),
        (FlowColumn::SrcSubnet | FlowColumn::DstSubnet, FlowCell::Text(x), FlowCell::Text(y)) => {
            let key = |name: &str| (Prefix::parse(name).is_none(), Prefix::parse(name), name.to_owned());
            key(x).cmp(&key(y))
        }
        (_, FlowCell::Nothing, FlowCell::Nothing) => Ordering::Equal,
        (_, FlowCell::Nothing, _) => Ordering::Less,
        (_, _, FlowCell::Nothing) => Ordering::Greater,
        (_, FlowCell::Text(x), FlowCell::Text(y)) => x.cmp(y),
        (_, FlowCell::Number(x), FlowCell::Number(y)) => x.cmp(y),
        (_, FlowCell::Time(x), FlowCell::Time(y)) => x.cmp(y),
        (_, FlowCell::List(x), FlowCell::List(y)) => x.cmp(y),
        other => panic!("cells of two kinds: {other:?}"),
    }
}

fn naively<'a>(rows: &'a [FlowRow], sort: &FlowSort) -> Vec<&'a FlowRow> {
    let mut rows: Vec<&FlowRow> = rows.iter().collect();
    rows.sort_by(|a, b| {
        let by_columns = sort.iter().map(|(column, falling)| {
            let order = compare(*column, a, b);
            if *falling { order.reverse() } else { order }
        });
        let by_columns = by_columns.fold(Ordering::Equal, Ordering::then);
        by_columns.then((a.key.src, a.key.dst, a.key.service).cmp(&(b.key.src, b.key.dst, b.key.service)))
    });
    rows
}

#[test]
fn each_column_sorts_as_a_reader_would() {
    let mut engine = engine();
    let all = whole(&mut engine, &query(Mode::Conversations, &[]), 1000);
    assert!(all.len() > 300, "the example has {} conversations", all.len());
    for column in FlowColumn::ALL {
        for falling in [false, true] {
            let sort = vec![(column, falling)];
            let found = whole(&mut engine, &query(Mode::Conversations, &sort), 1000);
            assert!(found.iter().eq(naively(&all, &sort)), "{column:?} {falling}");
        }
    }
}

#[test]
fn what_is_sorted_by_several_columns_is_sorted_by_the_first_of_them_first() {
    let mut engine = engine();
    let all = whole(&mut engine, &query(Mode::Conversations, &[]), 1000);
    let engine = std::cell::RefCell::new(engine);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(25));
    let column = proptest::sample::select(FlowColumn::ALL.to_vec());
    let sorts = proptest::collection::vec((column, any::<bool>()), 0..4);
    runner
        .run(&sorts, |sort| {
            let found = whole(&mut engine.borrow_mut(), &query(Mode::Conversations, &sort), 1000);
            prop_assert!(found.iter().eq(naively(&all, &sort)), "{sort:?}");
            Ok(())
        })
        .unwrap();
}

#[test]
fn pages_are_the_whole_and_sums_are_the_overviews() {
    let mut engine = engine();
    for mode in [Mode::Conversations, Mode::AsLogged] {
        let query = query(mode, &[(FlowColumn::Denied, true), (FlowColumn::Rules, false)]);
        let all = whole(&mut engine, &query, 1000);
        assert_eq!(whole(&mut engine, &query, 7), all);
        let Answer::Overview(overview) = engine.answer(Query::Overview(view(mode))) else { panic!() };
        let answer = ask(&mut engine, FlowsQuery { marked: (0, u32::MAX), ..query.clone() });
        assert_eq!(u64::from(answer.total), overview.conversations);
        assert_eq!((answer.sums, answer.marked), (overview.tally, overview.tally));
        assert_eq!(answer.window, overview.first.zip(overview.last));
        // A stretch that is marked adds up to its rows.
        let marked = ask(&mut engine, FlowsQuery { marked: (3, 9), ..query }).marked;
        let denied = |row: &FlowRow| match row.cells[FlowColumn::Denied as usize] {
            FlowCell::Number(n) => n,
            _ => panic!("no number"),
        };
        assert_eq!(marked.denied_flows, all[3..9].iter().map(denied).sum::<u64>());
    }
}

#[test]
fn a_selection_lists_what_its_cell_holds() {
    let mut engine = engine();
    let Answer::Matrix(matrix) = engine.answer(Query::Matrix(view(Mode::Conversations))) else { panic!() };
    let mut sum = Tally::default();
    for cell in &matrix.cells {
        let name = |at: u32| Some(matrix.subnets[at as usize].name.clone());
        let selection = Selection { src: name(cell.src), dst: name(cell.dst) };
        let answer = ask(&mut engine, FlowsQuery { selection, ..query(Mode::Conversations, &[]) });
        assert_eq!(answer.sums, cell.tally);
        sum.add(&answer.sums);
    }
    assert_eq!(sum, ask(&mut engine, query(Mode::Conversations, &[])).sums);
    let nowhere = Selection { src: Some("no such subnet".into()), dst: None };
    let answer = ask(&mut engine, FlowsQuery { selection: nowhere, ..query(Mode::Conversations, &[]) });
    assert_eq!((answer.total, answer.window), (0, None));
}

/// A document from all of its stretches.
fn document(
    engine: &mut Engine,
    query: &FlowsQuery,
    columns: &[FlowColumn],
    format: FlowsFormat,
) -> FlowsText {
    let mut out = FlowsText::default();
    let mut from = Some(0);
    while let Some(at) = from {
        let query = FlowsQuery { from: at, ..query.clone() };
        match engine.answer(Query::FlowsText(query, columns.to_vec(), format)) {
            Answer::FlowsText(text) => {
                out.text.push_str(&text.text);
                out.name = text.name;
                from = text.next;
            }
            other => panic!("not a document: {other:?}"),
        }
    }
    out
}

#[test]
fn documents_hold_every_row_in_its_order() {
    let mut engine = engine();
    let query = query(Mode::AsLogged, &[(FlowColumn::BytesThere, true)]);
    let all = whole(&mut engine, &query, 1000);
    let columns = FlowColumn::ALL;
    let json = document(&mut engine, &query, &columns, FlowsFormat::Json);
    assert!(
        json.name.starts_with("azflow-flows_20") && json.name.ends_with("_as-logged.json"),
        "{}",
        json.name
    );
    let read: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!(read["mode"], "as-logged");
    assert_eq!(read["conversations"], all.len());
    let csv = document(&mut engine, &query, &columns, FlowsFormat::Csv);
    let lines: Vec<&str> = csv.text.lines().collect();
    assert_eq!(lines.len(), all.len() + 1);
    for ((row, object), line) in all.iter().zip(read["flows"].as_array().unwrap()).zip(&lines[1..]) {
        assert_eq!(object["src"], row.key.src.to_string());
        let FlowCell::Number(bytes) = row.cells[FlowColumn::BytesThere as usize] else { panic!() };
        assert_eq!(object["bytes_src_to_dst"], bytes);
        assert!(line.contains(&row.key.dst.to_string()) && line.contains(",as-logged,"), "{line}");
    }
    // Only what is shown.
    let two = document(&mut engine, &query, &[FlowColumn::Port, FlowColumn::Src], FlowsFormat::Csv);
    assert_eq!(two.text.lines().next(), Some("port,src,mode,filter,window"));
}

#[test]
fn a_longer_list_than_one_stretch_is_one_document() {
    let mut log = Vec::new();
    example::bulk(example::BulkKind::NsgV2, 12_000_000, &mut log).unwrap();
    let mut engine = load(&[("PT1H.json", &log)]);
    let query = query(Mode::Conversations, &[(FlowColumn::Last, true)]);
    let total = ask(&mut engine, FlowsQuery { count: 0, ..query.clone() }).total as usize;
    assert!(total > 20_000, "only {total} conversations");
    let columns = [FlowColumn::Src, FlowColumn::Dst, FlowColumn::Protocol, FlowColumn::Port];
    let csv = document(&mut engine, &query, &columns, FlowsFormat::Csv);
    assert_eq!(csv.text.lines().count(), total + 1);
    let different: std::collections::HashSet<&str> = csv.text.lines().collect();
    assert_eq!(different.len(), total + 1);
    let json = document(&mut engine, &query, &columns, FlowsFormat::Json);
    let read: serde_json::Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!(read["flows"].as_array().unwrap().len(), total);
}

#[test]
fn names_from_a_log_do_not_become_formulas() {
    let log = br#"{"records":[{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":[
        {"rule":"=HYPERLINK(\"x\")","flows":[{"mac":"000D3AF87856","flowTuples":[
        "1542110379,10.0.0.4,10.0.1.5,44931,443,T,O,A,B,,,,"]}]}]}}]}"#;
    let mut engine = load(&[("PT1H.json", log)]);
    let query = query(Mode::Conversations, &[]);
    let csv = document(&mut engine, &query, &[FlowColumn::Rules], FlowsFormat::Csv);
    assert!(csv.text.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{}", csv.text);
}

#[test]
fn a_filter_leaves_the_list_its_sums_and_its_documents() {
    let mut engine = engine();
    let mut view = view(Mode::Conversations);
    view.filter = "decision:denied port:1433".to_owned();
    let query = FlowsQuery { view: view.clone(), ..query(Mode::Conversations, &[(FlowColumn::Src, false)]) };
    let rows = whole(&mut engine, &query, 500);
    assert!(rows.len() > 1 && rows.iter().all(|row| row.key.service == 6 << 16 | 1433), "{}", rows.len());
    let Answer::Overview(overview) = engine.answer(Query::Overview(view)) else { panic!() };
    let answer = ask(&mut engine, query.clone());
    assert_eq!((answer.sums, u64::from(answer.total)), (overview.tally, overview.shown));
    // Only what passes is looked at: an allowed observation of the same conversation names no rule here.
    let allowed = |row: &FlowRow| match &row.cells[FlowColumn::Rules as usize] {
        FlowCell::List(rules) => rules.iter().any(|rule| rule.contains("Allow")),
        _ => true,
    };
    assert!(!rows.iter().any(allowed));
    let csv = document(&mut engine, &query, &[FlowColumn::Dst], FlowsFormat::Csv);
    assert!(csv.name.contains("_decision-denied-port-1433") || csv.name.contains("1433"), "{}", csv.name);
    assert!(csv.text.lines().nth(1).is_some_and(|line| line.contains("decision:denied")), "{}", csv.text);
}

#[test]
fn a_conversation_is_found_by_its_own_filter() {
    // What the panel beside the list asks for, with addresses of both families and a protocol without ports.
    let mut engine = engine();
    let log = br#"{"records":[{"category":"FlowLogFlowEvent","macAddress":"000D3AF87856","flowRecords":{"flows":[{"aclID":"acl","flowGroups":[
        {"rule":"A","flowTuples":["1790812800123,fd00::4,2001:db8::9,50000,443,6,O,B,NX,0,0,0,0"]},
        {"rule":"B","flowTuples":["1790812800123,10.0.0.4,10.0.0.5,0,0,1,O,B,NX,0,0,0,0"]}]}]}}]}"#;
    let mut small = load(&[("PT1H.json", log)]);
    for (engine, step) in [(&mut engine, 23), (&mut small, 1)] {
        let all = whole(engine, &query(Mode::Conversations, &[]), 1000);
        for row in all.iter().step_by(step) {
            let mut view = view(Mode::Conversations);
            view.filter = row.key.filter();
            let only = FlowsQuery { view, ..query(Mode::Conversations, &[]) };
            assert_eq!(ask(engine, only).rows, std::slice::from_ref(row));
        }
    }
}
