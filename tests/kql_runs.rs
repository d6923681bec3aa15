//! Queries for Kusto are run, and what comes back is what azflow makes of the same logs: raw blobs in streaming-kql,
//! tables of Traffic Analytics in duckdb-kql, neither of which shares code with the language service or with azflow.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Network, UnixMillis};
use azflow_core::store::Mode;
use azflow_engine::export::{FlowColumn, Known, Origin, QUESTIONS, kql};
use azflow_engine::filter::{in_hours, parse};
use azflow_engine::session::{Answer, Engine, FlowsFormat, FlowsQuery, Query, View};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::analytics::{Schema, table};
use support::kusto::runner;
use support::logs::{Record, file, record};
use support::{load, oracle, summary};

/// Names every address, so that no name depends on how often an address was logged.
const NETWORK: &str = "10.0.0.0/24,a,n\n10.0.1.0/24,b,n\n10.1.0.0/24,c,m\nfd00::/64,six,n\n8.8.8.0/24,dns,p\n2001:db8::/64,doc,p\n";

/// The made-up logs lie in this day.
const DAY: (&str, &str) = ("2026-09-21T00:00:00Z", "2026-09-22T00:00:00Z");

/// Every kind of condition, alone and with times that cut an hour.
const FILTERS: [&str; 30] = [
    "",
    "time:2026-09-21T14:20..2026-09-21T15:10",
    "time:2026-09-21T14:15",
    "time:2026-09-21T14:20..2026-09-21T14:31,2026-09-21T16:50..",
    "time:..2026-09-21T15:17",
    "time:2026-09-21T15",
    "-time:2026-09-21T14:30..2026-09-21T16:40",
    "-time:2026-09-21T14:00..2026-09-21T15:00",
    "time:2026-09-21T14:20..2026-09-21T16:10 port:443,445",
    "(time:2026-09-21T14:20..2026-09-21T15:10 or port:53)",
    "(time:2026-09-21T14:20..2026-09-21T15:10 or src:b)",
    "-(time:2026-09-21T14:20..2026-09-21T16:10 proto:tcp)",
    "(time:2026-09-21T14:20..2026-09-21T15:10 or path:within-subnet)",
    "(port:3389 or -time:2026-09-21T14:40..2026-09-21T16:20)",
    "time:2026-09-21T14:20..2026-09-21T16:10 -(dir:in logged:denied)",
    "decision:denied",
    "-decision:denied",
    "decision:allowed",
    "logged:allowed",
    "-logged:denied",
    "(decision:denied or time:2026-09-21T14:20..2026-09-21T15:10)",
    "dir:in",
    "-dir:in port:https,dns",
    "src:10.0.0.0/23",
    "dst:10.0.0.5-10.0.1.4 -port:443",
    "host:8.8.8.8",
    "host:fd00::/8",
    "rule:*deny* acl:nsg,acl",
    "nic:00-0D-3A-00-00-01 net:10.1.0.0/24",
    "bytes>5000 proto:tcp,icmp",
];

/// Where packets and bytes stand in the list of conversations.
const COUNTERS: std::ops::Range<usize> = 9..13;

fn window() -> (UnixMillis, UnixMillis) {
    (UnixMillis::from_iso(DAY.0).unwrap(), UnixMillis::from_iso(DAY.1).unwrap())
}

/// An engine with these sources and the names of all addresses.
fn engine(sources: &[(String, String)]) -> Engine {
    let mut all: Vec<(&str, &[u8])> = vec![("subnets.csv", NETWORK.as_bytes())];
    all.extend(sources.iter().map(|(name, text)| (name.as_str(), text.as_bytes())));
    load(&all)
}

/// The list of conversations that pass a filter, with the columns that hold at any resolution. The last column is the
/// window of all that is loaded.
fn flows(engine: &mut Engine, mode: Mode, filter: &str, more: &[FlowColumn]) -> Vec<String> {
    let view = View { mode, filter: parse(filter).unwrap().to_string(), ..View::default() };
    let mut columns = vec![
        FlowColumn::Src,
        FlowColumn::Dst,
        FlowColumn::Protocol,
        FlowColumn::Port,
        FlowColumn::Direction,
        FlowColumn::Access,
        FlowColumn::Allowed,
        FlowColumn::Denied,
        FlowColumn::Rules,
        FlowColumn::PacketsThere,
        FlowColumn::PacketsBack,
        FlowColumn::BytesThere,
        FlowColumn::BytesBack,
    ];
    columns.extend(more);
    let query = FlowsQuery {
        view,
        sort: vec![(FlowColumn::Src, false), (FlowColumn::Dst, false)],
        count: u32::MAX,
        ..FlowsQuery::default()
    };
    match engine.answer(Query::FlowsText(query, columns, FlowsFormat::Csv)) {
        Answer::FlowsText(part) => {
            assert!(part.next.is_none(), "the list is in one part");
            let without_window = |line: &str| line.rsplit_once(',').map(|(line, _)| line.to_owned());
            part.text.lines().filter_map(without_window).collect()
        }
        other => panic!("no list: {other:?}"),
    }
}

/// A list with what a restricted result can't know: whether a NIC's log counts packets and bytes shows in rows that the
/// query may have left out, so what is 0 in the logs may be unknown here. Of a whole result all must be known.
fn known(found: &[String], expected: &[String], filter: &str) -> Vec<String> {
    if filter.is_empty() || found.len() != expected.len() {
        return found.to_vec();
    }
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<String>>();
    let line = |(found, expected): (&String, &String)| {
        let (found, expected) = (cells(found), cells(expected));
        if found.len() != expected.len() {
            return found.join(",");
        }
        let cell = |(at, (found, expected)): (usize, (&String, &String))| {
            let unknown = COUNTERS.contains(&at) && found.is_empty() && expected == "0";
            if unknown { "0".to_owned() } else { found.clone() }
        };
        found.iter().zip(&expected).enumerate().map(cell).collect::<Vec<String>>().join(",")
    };
    found.iter().zip(expected).map(line).collect()
}

/// The parts of a summary that say what was logged.
fn said(engine: &mut Engine, mode: Mode) -> Value {
    let text: Value = serde_json::from_str(&summary(engine, mode)).unwrap();
    let totals = ["allowed_flows", "denied_flows", "packets_src_to_dst", "bytes_src_to_dst"];
    let more = ["packets_dst_to_src", "bytes_dst_to_src"];
    let totals: Vec<&Value> = totals.iter().chain(&more).map(|key| &text["totals"][*key]).collect();
    json!([totals, text["pairs"], text["rules"]])
}

/// Made-up records of one kind of log, some of them several times, in two files.
fn logs(case: usize, tries: &mut TestRunner) -> Vec<(String, String)> {
    let strategy = (proptest::collection::vec(record(), 1..7), proptest::collection::vec(0usize..7, 0..4));
    let (mut records, again) = strategy.new_tree(tries).unwrap().current();
    records.iter_mut().for_each(|record| record.vnet = case.is_multiple_of(2));
    let repeated: Vec<Record> = again.iter().filter_map(|at| records.get(*at)).cloned().collect();
    let (first, second) = repeated.split_at(repeated.len() / 2);
    let files = [[&records[..], first].concat(), second.to_vec()];
    let named = files.iter().enumerate().filter(|(_, records)| !records.is_empty());
    // The second file is written in another order of keys and with spaces.
    named.map(|(number, records)| (format!("{number}/PT1H.json"), file(records, number as u8))).collect()
}

/// One query for each part of the window, each as a job.
fn jobs(origin: Origin, filter: &str, data: &Value) -> Vec<Value> {
    let written = kql(origin, window(), &Known::of(&Network::default()), &parse(filter).unwrap());
    written.queries.iter().map(|(_, query)| json!({ "query": query, "data": data })).collect()
}

fn results(texts: Vec<String>) -> Vec<(String, String)> {
    texts.into_iter().enumerate().map(|(number, text)| (format!("{number}.csv"), text)).collect()
}

#[test]
fn queries_over_blobs_give_what_the_logs_give() {
    let Some(runner) = runner() else { return };
    let mut tries = TestRunner::deterministic();
    let cases: Vec<(&str, Vec<(String, String)>)> =
        (0..2 * FILTERS.len()).map(|case| (FILTERS[case / 2], logs(case, &mut tries))).collect();
    let all: Vec<Value> = cases
        .iter()
        .enumerate()
        .flat_map(|(case, (filter, files))| {
            let origin = if case.is_multiple_of(2) { Origin::Blobs } else { Origin::NsgBlobs };
            let texts: Vec<&String> = files.iter().map(|(_, text)| text).collect();
            jobs(origin, filter, &json!({ "files": texts }))
        })
        .collect();
    assert_eq!(all.len(), cases.len());
    let found = runner.run(&all);
    let mut repeats = 0;
    for ((filter, files), text) in cases.iter().zip(found) {
        let (mut raw, mut back) = (engine(files), engine(&results(vec![text.clone()])));
        for mode in [Mode::Conversations, Mode::AsLogged] {
            let first = [FlowColumn::First];
            let (expected, found) =
                (flows(&mut raw, mode, filter, &first), flows(&mut back, mode, filter, &first));
            assert_eq!(known(&found, &expected, filter), expected, "{filter} of\n{files:?}\ngave\n{text}");
            if filter.is_empty() {
                assert_eq!(said(&mut back, mode), said(&mut raw, mode), "{files:?}\ngave\n{text}");
            }
        }
        let texts: Vec<&str> = files.iter().map(|(_, text)| text.as_str()).collect();
        repeats += oracle::count(&texts).duplicate_records;
    }
    assert!(repeats > 20, "records were repeated");
}

/// The tuples of made-up logs, repeated records left out.
fn tuples(files: &[(String, String)]) -> Vec<oracle::Tuple> {
    let texts: Vec<&str> = files.iter().map(|(_, text)| text.as_str()).collect();
    oracle::count(&texts).counted
}

#[test]
fn queries_over_tables_give_what_the_logs_give_in_whole_hours() {
    let Some(runner) = runner() else { return };
    let mut tries = TestRunner::deterministic();
    let mut all = Vec::new();
    let mut cases = Vec::new();
    for (number, filter) in FILTERS.iter().flat_map(|filter| [filter; 2]).enumerate() {
        let files = logs(number, &mut tries);
        let (schema, origin) =
            if number.is_multiple_of(2) { (Schema::Nta, Origin::Nta) } else { (Schema::Ana, Origin::Ana) };
        let minutes = if number.is_multiple_of(3) { 10 } else { 60 };
        all.extend(jobs(origin, filter, &table(schema, &tuples(&files), minutes)));
        cases.push((*filter, files));
    }
    assert_eq!(all.len(), cases.len());
    for ((filter, files), text) in cases.iter().zip(runner.run(&all)) {
        let (mut raw, mut back) = (engine(files), engine(&results(vec![text.clone()])));
        let hourly = in_hours(&parse(filter).unwrap()).to_string();
        for mode in [Mode::Conversations, Mode::AsLogged] {
            let (expected, found) =
                (flows(&mut raw, mode, &hourly, &[]), flows(&mut back, mode, &hourly, &[]));
            assert_eq!(known(&found, &expected, filter), expected, "{filter} of\n{files:?}\ngave\n{text}");
            if filter.is_empty() {
                assert_eq!(said(&mut back, mode), said(&mut raw, mode), "{files:?}\ngave\n{text}");
            }
        }
    }
}

/// A log whose table has something in every column.
fn busy() -> Vec<(String, String)> {
    let tuples = [
        "1790000100,10.0.0.4,10.0.1.4,50000,443,T,O,A,B,,,,",
        "1790000101,10.0.0.4,10.0.1.4,50000,443,T,O,A,E,7,700,5,5000",
        "1790000102,8.8.8.8,10.0.1.4,50000,3389,T,I,D,B,,,,",
        "1790000103,10.0.0.4,8.8.8.8,50000,53,U,O,D,B,,,,",
        "1790000104,8.8.8.8,10.0.0.4,50000,443,T,I,A,B,,,,",
        "1790003700,10.0.0.4,10.0.1.4,50000,443,T,O,A,B,,,,",
    ]
    .map(|tuple| format!("\"{tuple}\""));
    let (tuples, mac) = (tuples.join(","), "000D3A000001");
    let text = format!(
        r#"{{"records":[{{"time":"2026-09-21T14:15:30Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"nsg","properties":{{"Version":2,"flows":[{{"rule":"UserRule_A","flows":[{{"mac":"{mac}","flowTuples":[{tuples}]}}]}}]}}}}]}}"#
    );
    vec![("PT1H.json".to_owned(), text)]
}

/// A table without one of its columns, and one that has it empty: a text is never null in Kusto.
fn without(whole: &Value, column: &str) -> [Value; 2] {
    let columns = whole["columns"].as_array().unwrap();
    let at = columns.iter().position(|one| one[0] == column).unwrap();
    let (mut lacking, mut empty) = (whole.clone(), whole.clone());
    lacking["columns"].as_array_mut().unwrap().remove(at);
    for row in lacking["rows"].as_array_mut().unwrap() {
        row.as_array_mut().unwrap().remove(at);
    }
    let nothing = if columns[at][1] == "string" { json!("") } else { Value::Null };
    for row in empty["rows"].as_array_mut().unwrap() {
        row[at] = nothing.clone();
    }
    [lacking, empty]
}

/// The lines of a result, whose order is no one's promise.
fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn a_custom_log_may_lack_any_column_that_never_had_a_value() {
    let Some(runner) = runner() else { return };
    let whole = table(Schema::Ana, &tuples(&busy()), 60);
    let columns: Vec<String> = Schema::Ana
        .columns()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name != "TimeGenerated")
        .collect();
    let written = |filter: &str| {
        let written = kql(Origin::Ana, window(), &Known::of(&Network::default()), &parse(filter).unwrap());
        written.queries[0].1.clone()
    };
    // Whatever a query names of the table, and that it does name it in the way that can be missing.
    let query = written("");
    let read: Vec<&String> = columns.iter().filter(|column| query.contains(column.as_str())).collect();
    assert!(read.len() > 25, "{read:?}");
    for column in &columns {
        let named = query.matches(column.as_str()).count();
        assert_eq!(named, query.matches(&format!("column_ifexists(\"{column}\",")).count(), "{column}");
    }

    let mut all = vec![json!({ "query": query, "data": whole })];
    for column in &read {
        all.extend(without(&whole, column).map(|data| json!({ "query": query, "data": data })));
    }
    // None of them at all, for whatever else is asked of the table.
    let mut bare = whole.clone();
    let mut blank = whole.clone();
    for column in &columns {
        bare = without(&bare, column)[0].clone();
        blank = without(&blank, column)[1].clone();
    }
    let filter =
        "time:2026-09-21T14:15..2026-09-21T14:30 host:10.0.0.4 decision:allowed dir:in -rule:x nic:00";
    let others = std::iter::once(written(filter))
        .chain(QUESTIONS.iter().map(|question| question.kql(Origin::Ana, Some(window()))));
    for query in others {
        all.extend([&bare, &blank].map(|data| json!({ "query": query, "data": data })));
    }

    let found: Vec<Vec<String>> = runner.run(&all).iter().map(|text| sorted(text)).collect();
    let (each, others) = found[1..].split_at(2 * read.len());
    let has_value = |column: &str| without(&whole, column)[1]["rows"] != whole["rows"];
    for (column, pair) in read.iter().zip(each.chunks(2)) {
        assert_eq!(pair[0], pair[1], "without {column}");
        // The kind of row may be blank, and a blank interval is that of the first flow.
        let replaced = ["SubType_s", "FlowIntervalStartTime_t"].contains(&column.as_str());
        if has_value(column) && !replaced {
            assert_ne!(pair[0], found[0], "{column} is read");
        }
    }
    for (number, pair) in others.chunks(2).enumerate() {
        assert_eq!(pair[0], pair[1], "of {number}");
    }
}

#[test]
fn questions_ask_for_the_whole_hours_of_what_is_loaded() {
    let Some(runner) = runner() else { return };
    let files = busy();
    let window = (UnixMillis(1_790_000_100_000), UnixMillis(1_790_003_700_000));
    let question = QUESTIONS.iter().find(|question| question.id == "subnet-pairs").unwrap();
    let all: Vec<Value> = [(Schema::Nta, Origin::Nta), (Schema::Ana, Origin::Ana)]
        .map(|(schema, origin)| {
            json!({ "query": question.kql(origin, Some(window)), "data": table(schema, &tuples(&files), 60) })
        })
        .to_vec();
    let [logged_allowed, logged_denied, .., there, back] = {
        let sum = oracle::count(&[files[0].1.as_str()]).as_logged();
        [sum[0], sum[1], 0, sum[3], sum[5]]
    };
    for text in runner.run(&all) {
        let expected = format!(
            "SrcSubnet,DestSubnet,Allowed,Denied,Bytes\n,,{logged_allowed},{logged_denied},{}\n",
            there + back
        );
        assert_eq!(text, expected);
    }
}

#[test]
fn both_tables_answer_every_question_alike() {
    let Some(runner) = runner() else { return };
    let mut tries = TestRunner::deterministic();
    let logged: Vec<oracle::Tuple> =
        (0..12).flat_map(|case| tuples(&logs(2 * case + 1, &mut tries))).collect();
    let all: Vec<Value> = QUESTIONS
        .iter()
        .flat_map(|question| {
            [(Schema::Nta, Origin::Nta), (Schema::Ana, Origin::Ana)].map(|(schema, origin)| {
                json!({ "query": question.kql(origin, Some(window())), "data": table(schema, &logged, 60) })
            })
        })
        .collect();
    let found = runner.run(&all);
    let mut answered = 0;
    for (question, pair) in QUESTIONS.iter().zip(found.chunks(2)) {
        // The one difference between the tables is how they write a protocol. What has equal counts may stand in any order.
        let lines = |text: &str| sorted(&text.replace(",T,", ",TCP,").replace(",U,", ",UDP,"));
        assert_eq!(lines(&pair[0]), lines(&pair[1]), "{}", question.id);
        answered += usize::from(pair[0].lines().count() > 1);
    }
    assert!(answered >= 10, "{answered}");
}

/// A network whose prefixes lie in one another, and two that share one.
const NESTED: &str = "10.0.0.0/16,wide,n\n10.0.0.0/24,a,n\n10.1.0.0/24,c,m\n10.1.0.0/24,c,o\n168.63.129.0/24,p,q\nfd00::/64,six,n\n";

/// The name in it that an address has.
fn nested(address: &str) -> &'static str {
    match address {
        "10.0.0.4" | "10.0.0.5" => "n/a",
        "10.0.1.4" => "n/wide",
        "168.63.129.16" => "q/p",
        "fd00::4" => "n/six",
        // Of two networks, or of none.
        _ => "",
    }
}

#[test]
fn names_neither_add_rows_nor_take_one() {
    let Some(runner) = runner() else { return };
    let network = azflow_engine::topology::read_network(NESTED.as_bytes()).network;
    let mut tries = TestRunner::deterministic();
    let mut all = Vec::new();
    for (case, origin) in [Origin::Blobs, Origin::NsgBlobs, Origin::Nta, Origin::Ana].into_iter().enumerate()
    {
        let files: Vec<(String, String)> = (0..6).flat_map(|_| logs(case, &mut tries)).collect();
        let texts: Vec<&String> = files.iter().map(|(_, text)| text).collect();
        let data = match origin {
            Origin::Nta => table(Schema::Nta, &tuples(&files), 60),
            Origin::Ana => table(Schema::Ana, &tuples(&files), 60),
            _ => json!({ "files": texts }),
        };
        for network in [&Network::default(), &network] {
            let written = kql(origin, window(), &Known::of(network), &parse("").unwrap());
            all.push(json!({ "query": written.queries[0].1, "data": data }));
        }
    }
    for pair in runner.run(&all).chunks(2) {
        let read = |text: &str| -> Vec<BTreeMap<String, String>> {
            let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
            let headings = lines.next().unwrap();
            lines.map(|cells| headings.iter().cloned().zip(cells).collect()).collect()
        };
        let (plain, mut named) = (read(&pair[0]), read(&pair[1]));
        assert!(plain.len() > 10);
        for row in &mut named {
            for (side, address) in [("SrcSubnet", "SrcIp"), ("DestSubnet", "DestIp")] {
                assert_eq!(
                    row.insert(side.to_owned(), String::new()).unwrap(),
                    nested(&row[address]),
                    "{row:?}"
                );
            }
        }
        let shape = |rows: Vec<BTreeMap<String, String>>| {
            let mut rows: Vec<BTreeMap<String, String>> = rows
                .into_iter()
                .map(|mut row| {
                    row.remove("SrcSubnet");
                    row.remove("DestSubnet");
                    row
                })
                .collect();
            rows.sort();
            rows
        };
        assert_eq!(shape(named), shape(plain));
    }
}
