//! Exports of Traffic Analytics in every dialect: the same rows, the same sums.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::ingest::{Meaning, SourceScan, TableHint, missing_columns};
use azflow_core::store::Mode;
use azflow_engine::session::{Answer, DataAnswer, Engine, Query, SourceId, SourceRow, ToEngine, View};
use proptest::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use support::{data, load, samples, scan, summary};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn read(name: &str, bytes: &[u8], mode: Mode) -> (Value, SourceRow) {
    let mut engine = load(&[(name, bytes)]);
    let document = serde_json::from_str(&summary(&mut engine, mode)).unwrap();
    (document, data(&mut engine).sources.remove(0))
}

fn codes(source: &SourceRow) -> Vec<&str> {
    source.issues.iter().map(|i| i.code.as_str()).collect()
}

const DIALECTS: [(&str, &str); 9] = [
    ("nta_portal.csv", "traffic-analytics-vnet"),
    ("nta_az_cli.json", "traffic-analytics-vnet"),
    ("nta_rest.json", "traffic-analytics-vnet"),
    ("nta_PT05M.json", "traffic-analytics-vnet"),
    ("nta_adx.csv", "traffic-analytics-vnet"),
    ("ana_schema1.csv", "traffic-analytics-nsg"),
    ("ana_powershell.csv", "traffic-analytics-nsg"),
    ("ana_excel_semicolon.csv", "traffic-analytics-nsg"),
    ("ana_tabs_utf16.csv", "traffic-analytics-nsg"),
];

#[test]
fn every_dialect_gives_the_rows_counts() {
    for (name, kind) in DIALECTS {
        let bytes = fixture(name);
        let (logged, source) = read(name, &bytes, Mode::AsLogged);
        assert_eq!(source.kind, kind, "{name}");
        let t = &logged["totals"];
        let of = |key: &str| t[key].as_u64().unwrap();
        assert_eq!((of("records"), of("tuples"), of("rejected_tuples")), (5, 5, 0), "{name}");
        assert_eq!((of("allowed_flows"), of("denied_flows")), (27, 7), "{name}");
        let counters = ["packets_src_to_dst", "bytes_src_to_dst", "packets_dst_to_src", "bytes_dst_to_src"];
        assert_eq!(counters.map(of), [274, 31300, 280, 230_600], "{name}");
        assert_eq!(logged["window"]["first"], "2026-10-01T14:05:00.500Z", "{name}");
        // The same flows at both ends count once.
        let (once, _) = read(name, &bytes, Mode::Conversations);
        let pairs: u64 =
            once["pairs"].as_array().unwrap().iter().map(|p| p["allowed_flows"].as_u64().unwrap()).sum();
        assert_eq!(pairs, 15, "{name}");
        let a = source.accounts;
        assert_eq!(a.bytes, bytes.len() as u64, "{name}");
        assert_eq!(a.bytes, a.bytes_scanned + a.bytes_skipped, "{name}");
    }
}

#[test]
fn packed_public_addresses_are_unpacked_and_add_up() {
    let mut engine = load(&[("nta_az_cli.json", &fixture("nta_az_cli.json"))]);
    let document: Value = serde_json::from_str(&summary(&mut engine, Mode::AsLogged)).unwrap();
    let pair = document["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["dst"] == "Internet")
        .unwrap_or_else(|| panic!("{document}"));
    assert_eq!((pair["allowed_flows"].as_u64(), pair["bytes_dst_to_src"].as_u64()), (Some(3), Some(50_000)));
    let denied: u64 =
        document["pairs"].as_array().unwrap().iter().filter_map(|p| p["denied_flows"].as_u64()).sum();
    assert_eq!(denied, 7);
}

#[test]
fn other_kinds_of_rows_are_passed_over_by_name() {
    let (_, source) = read("nta_portal.csv", &fixture("nta_portal.csv"), Mode::AsLogged);
    assert_eq!(codes(&source), ["other-record"]);
    assert!(source.issues[0].message.contains("Topology"), "{}", source.issues[0].message);
}

#[test]
fn equal_rows_of_a_projected_export_are_different_flows_but_a_second_copy_is_none() {
    let bytes = fixture("projected.csv");
    let (document, source) = read("projected.csv", &bytes, Mode::AsLogged);
    assert_eq!(source.kind, "traffic-analytics-nsg");
    assert_eq!(
        (document["totals"]["allowed_flows"].as_u64(), document["totals"]["denied_flows"].as_u64()),
        (Some(2), Some(1))
    );
    assert_eq!(codes(&source), ["tuple-address"]);
    // Line 2 has a newline in quotes, so the third row is on line 5.
    assert!(source.issues[0].message.contains("line 5"), "{}", source.issues[0].message);
    assert!(source.issues[0].message.ends_with("10.0.1.300"));
    let text = String::from_utf8(bytes.clone()).unwrap().replace('\n', "\r\n");
    for piece in [1, 2, 3, 1000] {
        let mut engine = Engine::default();
        engine.take_scan(SourceId(0), scan("crlf.csv", text.as_bytes(), piece));
        let source = data(&mut engine).sources.remove(0);
        assert!(source.issues[0].message.contains("line 5"), "{piece}: {}", source.issues[0].message);
    }
    let mut twice = load(&[("a.csv", &bytes), ("b.csv", &bytes)]);
    let both: Value = serde_json::from_str(&summary(&mut twice, Mode::AsLogged)).unwrap();
    assert_eq!(both["totals"]["allowed_flows"].as_u64(), Some(2));
    assert_eq!(both["totals"]["duplicate_tuples"].as_u64(), Some(4));
}

#[test]
fn a_result_that_was_probably_cut_is_flagged() {
    let mut text = String::from("Time,SrcIP_s,DestIP_s,DestPort_d,Protocol,Direction,Access\n");
    let mut rows = 0;
    for limit in [10_000, 30_000, 500_000] {
        while rows < limit {
            text.push_str(&format!(
                "2026-10-01T00:00:00Z,10.0.0.{},10.0.1.5,{},T,I,A\n",
                rows % 200,
                rows % 60_000
            ));
            rows += 1;
        }
        assert_eq!(codes(&read("cut.csv", text.as_bytes(), Mode::AsLogged).1), ["row-limit"], "{limit}");
    }
    text.push_str("2026-10-01T00:00:00Z,10.0.0.1,10.0.1.5,1,T,I,A\n");
    assert!(codes(&read("whole.csv", text.as_bytes(), Mode::AsLogged).1).is_empty());
}

#[test]
fn dates_are_read_in_the_order_that_the_data_tells() {
    let head = "Time,SrcIP,DestIP,DestPort,Protocol,Direction,Access\n";
    let row = |date: &str| format!("{date},10.0.0.4,10.0.1.5,443,T,I,A\n");
    let first = |text: String| {
        let (document, source) = read("dates.csv", text.as_bytes(), Mode::AsLogged);
        let codes: Vec<String> = codes(&source).into_iter().map(str::to_owned).collect();
        (document["window"]["first"].as_str().unwrap_or_default()[..10].to_owned(), codes)
    };
    assert_eq!(
        first(format!("{head}{}{}", row("3/4/2026 10:00"), row("25/4/2026 10:00"))),
        ("2026-04-03".into(), vec![])
    );
    assert_eq!(
        first(format!("{head}{}{}", row("3/4/2026 10:00"), row("4/25/2026 10:00"))),
        ("2026-03-04".into(), vec![])
    );
    assert_eq!(
        first(format!("{head}{}", row("3/4/2026 10:00"))),
        ("2026-03-04".into(), vec!["date-order".to_owned()])
    );
}

/// The summary and the Data screen's answer of a table read with a hint.
fn read_with(name: &str, hint: TableHint) -> (Value, DataAnswer) {
    let mut scan = SourceScan::new(name).hinted(&[hint]);
    scan.push(&fixture(name));
    let mut engine = Engine::default();
    engine.take_scan(SourceId(0), scan);
    (serde_json::from_str(&summary(&mut engine, Mode::AsLogged)).unwrap(), data(&mut engine))
}

#[test]
fn a_table_with_unknown_headings_asks_with_a_guess_for_every_column() {
    let (document, found) = read_with("unknown_headings.csv", TableHint::default());
    assert_eq!(document["totals"]["tuples"], 0);
    assert_eq!(codes(&found.sources[0]), ["table-columns"]);
    let [question] = found.tables.as_slice() else { panic!("{:?}", found.tables) };
    assert_eq!((question.sources.as_slice(), question.counted), ([0].as_slice(), false));
    let sketch = &question.sketch;
    assert_eq!((sketch.incomplete, sketch.told, sketch.day_first), (true, false, None));
    assert_eq!(sketch.headings[..2], ["Zeitpunkt", "Von"]);
    assert_eq!((sketch.rows.len(), sketch.rows[1][7].as_str()), (3, "Datenbank; die alte"));
    let names: Vec<&str> = sketch.columns.iter().map(|c| c.map_or("", Meaning::name)).collect();
    assert_eq!(names, ["time", "source", "destination", "port", "protocol", "decision", "", ""]);
    assert!(missing_columns(&sketch.columns, sketch.every_row).is_empty());
}

#[test]
fn what_people_say_about_columns_and_dates_counts_for_tables_with_those_headings() {
    let (_, found) = read_with("unknown_headings.csv", TableHint::default());
    let sketch = &found.tables[0].sketch;
    let mut columns: Vec<_> = sketch.headings.iter().cloned().zip(sketch.columns.clone()).collect();
    columns[6].1 = Some(Meaning::Count);
    let told = |headings, day_first| TableHint {
        headings,
        columns: columns.clone(),
        day_first,
        ..TableHint::default()
    };
    // Month first is assumed, and said, until somebody says otherwise.
    for (order, first, codes_found) in [
        (None, "2026-03-04T10:00:00.000Z", vec!["date-order", "unknown-value"]),
        (Some(false), "2026-03-04T10:00:00.000Z", vec!["unknown-value"]),
        (Some(true), "2026-04-03T10:00:00.000Z", vec!["unknown-value"]),
    ] {
        let (document, found) = read_with("unknown_headings.csv", told(sketch.key, order));
        let totals = &document["totals"];
        assert_eq!((totals["allowed_flows"].as_u64(), totals["denied_flows"].as_u64()), (Some(5), Some(5)));
        assert_eq!(document["window"]["first"], first);
        assert_eq!(codes(&found.sources[0]), codes_found);
        let now = &found.tables[0].sketch;
        assert_eq!((now.key, now.incomplete, now.told), (sketch.key, false, true));
        assert_eq!(now.day_first, Some(order.unwrap_or(false)));
    }
    // Said of other headings: nothing changes.
    let (document, _) = read_with("unknown_headings.csv", told(sketch.key + 1, None));
    assert_eq!(document["totals"]["tuples"], 0);
}

#[test]
fn a_column_that_was_said_counts_before_one_that_is_known() {
    let hint = |columns: &[(&str, Option<Meaning>)]| TableHint {
        columns: columns.iter().map(|(heading, meaning)| ((*heading).to_owned(), *meaning)).collect(),
        ..TableHint::default()
    };
    let (turned, _) = read_with(
        "projected.csv",
        hint(&[("SrcIP_s", Some(Meaning::Dst)), ("DestIP_s", Some(Meaning::Src)), ("NSGRule_s", None)]),
    );
    assert_eq!(
        (turned["pairs"][0]["src"].as_str(), turned["pairs"][0]["dst"].as_str()),
        (Some("10.0.1.0/24"), Some("10.0.0.0/24"))
    );
    assert_eq!(turned["rules"][0]["rule"], "");
    let (mut engine, bytes) = (
        Engine::default(),
        br#"[{"a":"10.0.0.4","b":"10.0.1.5","c":"443","d":"deny","e":"2026-10-01T00:00:00Z"}]"#,
    );
    let said = [
        ("a", Meaning::Src),
        ("b", Meaning::Dst),
        ("c", Meaning::Port),
        ("d", Meaning::Decision),
        ("e", Meaning::Time),
    ];
    let said: Vec<_> = said.iter().map(|(heading, meaning)| (*heading, Some(*meaning))).collect();
    let mut scan = SourceScan::new("x.json").hinted(&[hint(&said)]);
    scan.push(bytes);
    engine.take_scan(SourceId(0), scan);
    let document: Value = serde_json::from_str(&summary(&mut engine, Mode::AsLogged)).unwrap();
    assert_eq!(document["totals"]["denied_flows"], 1);
}

/// A table of which this was said of every row, and its summary.
fn told(bytes: &[u8], said: &[&str]) -> (Engine, Value) {
    let mut hint = TableHint::default();
    assert!(said.iter().all(|said| hint.every_row.say(said)), "{said:?}");
    let mut scan = SourceScan::new("x.csv").hinted(&[hint]);
    scan.push(bytes);
    let mut engine = Engine::default();
    engine.take_scan(SourceId(0), scan);
    let document = serde_json::from_str(&summary(&mut engine, Mode::AsLogged)).unwrap();
    (engine, document)
}

#[test]
fn what_is_said_of_every_row_counts_where_no_column_says_it_and_is_noted() {
    let aggregate = b"SourceIp,DestinationIp,Protocol,DestinationPort,count_\n10.0.0.4,10.0.1.5,TCP,443,3\n10.0.0.4,10.0.1.5,TCP,22,4\n";
    let read = |bytes: &[u8], said: &[&str]| {
        let (mut engine, document) = told(bytes, said);
        let of = |key: &str| document["totals"][key].as_u64().unwrap();
        let first = document["window"]["first"].as_str().unwrap_or_default().to_owned();
        ((of("allowed_flows"), of("denied_flows")), first, data(&mut engine))
    };
    // One of two is not enough, and nothing is guessed.
    let (counts, _, found) = read(aggregate, &["decision=denied"]);
    assert_eq!((counts, codes(&found.sources[0])), ((0, 0), vec!["table-columns"]));
    assert!(found.sources[0].issues[0].message.ends_with("without a time"));
    for (decision, counted) in [("decision=denied", (0, 7)), ("decision=allowed", (7, 0))] {
        let (counts, first, found) = read(aggregate, &[decision, "time=2026-10-01"]);
        assert_eq!((counts, first.as_str()), (counted, "2026-10-01T00:00:00.000Z"));
        let source = &found.sources[0];
        // No column says the direction.
        assert_eq!((codes(source), source.issues[0].lossy), (vec!["every-row", "unknown-value"], false));
        let (_, word) = decision.split_once('=').unwrap();
        assert!(source.issues[0].message.contains(word), "{}", source.issues[0].message);
        // It can be changed.
        assert!(found.tables[0].sketch.told && !found.tables[0].sketch.incomplete);
        assert!(found.tables[0].sketch.every_row.decision.is_some());
    }
    // A column that says it counts, and then nothing is noted.
    let own = b"Time,SourceIp,DestinationIp,Action\n2026-10-02T00:00:00Z,10.0.0.4,10.0.1.5,allow\n";
    let (counts, first, found) = read(own, &["decision=denied", "time=2026-10-01"]);
    assert_eq!((counts, first.as_str()), ((1, 0), "2026-10-02T00:00:00.000Z"));
    let noted = codes(&found.sources[0]);
    assert!(!noted.contains(&"every-row") && found.tables.is_empty(), "{noted:?}");
    // Only what no column says is said: here the decision.
    let timed = b"Time,SourceIp,DestinationIp\n2026-10-02T00:00:00Z,10.0.0.4,10.0.1.5\n";
    let (counts, first, _) = read(timed, &["decision=denied", "time=2026-10-01"]);
    assert_eq!((counts, first.as_str()), ((0, 1), "2026-10-02T00:00:00.000Z"));
}

#[test]
fn protocol_port_and_direction_can_be_said_of_every_row() {
    let read = |bytes: &[u8], said: &[&str]| {
        let (mut engine, document) = told(bytes, said);
        let services = document["pairs"][0]["services"].clone();
        let issues = data(&mut engine).sources.remove(0).issues;
        let service = (services[0]["protocol"].clone(), services[0]["port"].clone());
        let notes: Vec<(String, String)> =
            issues.into_iter().map(|issue| (issue.code, issue.message)).collect();
        (service, document["rules"][0]["direction"].clone(), notes)
    };
    let bare = b"Time,SourceIp,DestinationIp,Action\n2026-10-02T00:00:00Z,10.0.0.4,10.0.1.5,allow\n";
    let (service, direction, notes) = read(bare, &[]);
    assert_eq!((service, direction), (("unknown".into(), Value::Null), "unknown".into()));
    assert_eq!(notes.len(), 3, "{notes:?}");
    let (service, direction, notes) = read(bare, &["protocol=tcp", "port=443", "direction=inbound"]);
    assert_eq!((service, direction), (("tcp".into(), 443.into()), "inbound".into()));
    let [(code, message)] = notes.as_slice() else { panic!("{notes:?}") };
    assert_eq!(code, "every-row");
    assert!(message.contains("protocol tcp, port 443, inbound"), "{message}");
    // One of them, and the others stay unknown; a protocol without ports has none.
    let (service, direction, notes) = read(bare, &["protocol=gre", "port=443"]);
    assert_eq!((service, direction), (("gre".into(), Value::Null), "unknown".into()));
    assert!(notes.iter().any(|(code, message)| code == "unknown-value" && message.contains("direction")));
    // A column that says it counts.
    let own = b"Time,SourceIp,DestinationIp,Action,Protocol,DestPort,Direction\n2026-10-02T00:00:00Z,10.0.0.4,10.0.1.5,allow,UDP,53,Outbound\n";
    let (service, direction, notes) = read(own, &["protocol=tcp", "port=443", "direction=inbound"]);
    assert_eq!((service, direction, notes.len()), (("udp".into(), 53.into()), "outbound".into(), 0));
}

#[test]
fn a_table_of_which_nothing_was_counted_is_read_again_in_its_place() {
    let mut engine =
        load(&[("nsg_v2.json", &fixture("nsg_v2.json")), ("x.csv", &fixture("unknown_headings.csv"))]);
    let before = data(&mut engine);
    let sketch = &before.tables[0].sketch;
    let hint = TableHint {
        headings: sketch.key,
        columns: sketch.headings.iter().cloned().zip(sketch.columns.clone()).collect(),
        ..TableHint::default()
    };
    engine.handle(ToEngine::Unlist(before.tables[0].sources.iter().map(|id| SourceId(*id)).collect()), None);
    let mut scan = SourceScan::new("x.csv").hinted(&[hint]);
    scan.push(&fixture("unknown_headings.csv"));
    engine.take_scan(SourceId(7), scan);
    let after = data(&mut engine);
    assert_eq!(after.sources.len(), 2);
    assert_eq!(after.totals.tuples, before.totals.tuples + 3);
    // What counts is never taken from the list.
    engine.handle(ToEngine::Unlist(vec![SourceId(7)]), None);
    assert_eq!(data(&mut engine).sources.len(), 2);
}

#[test]
fn bare_tuples_lists_of_subnets_and_other_logs_are_no_tables() {
    for (text, kind) in [
        ("1790863500,10.1.0.4,10.2.0.5,50000,1433,T,O,A,B,,,,\n", "unknown"),
        ("prefix,name,network\n10.0.0.0/24,app,hub\n10.0.1.0/24,web,hub\n", "azure-network"),
        (
            "{\"time\":\"x\",\"callerIpAddress\":\"10.0.0.1\",\"properties\":{\"a\":\"10.0.0.2\"}}\n",
            "unknown",
        ),
    ] {
        let source = read("x", text.as_bytes(), Mode::AsLogged).1;
        assert_eq!(source.kind, kind, "{text}");
    }
}

#[test]
fn a_table_without_time_and_action_says_what_is_missing() {
    let (_, source) = read(
        "x.csv",
        b"SourceIp,DestinationIp,Protocol,DestinationPort,count_\n1.1.1.1,2.2.2.2,TCP,1,1\n",
        Mode::AsLogged,
    );
    assert_eq!((source.kind.as_str(), codes(&source)), ("flow-csv", vec!["table-columns"]));
    assert!(source.issues[0].message.contains("a time, allowed or denied"));
}

#[test]
fn raw_logs_and_exported_rows_of_one_nic_and_hour_count_once() {
    let raw = r#"{"records":[{"time":"2026-10-01T14:06:00Z","macAddress":"000D3A112233","category":"NetworkSecurityGroupFlowEvent","resourceId":"/nsg","properties":{"Version":2,"flows":[{"rule":"UserRule_allow-sql","flows":[{"mac":"000D3A112233","flowTuples":["1790863500,10.1.0.4,10.2.0.5,50000,1433,T,O,A,B,,,,"]}]}]}}]}"#;
    let exported = "FlowStartTime_t,FlowIntervalStartTime_t,SrcIP_s,DestIP_s,DestPort_d,L4Protocol_s,FlowDirection_s,FlowStatus_s,AllowedOutFlows_d,MACAddress_s,NSGRule_s,FlowType_s\n\
        2026-10-01T14:05:00Z,2026-10-01T14:00:00Z,10.1.0.4,10.2.0.5,1433,T,O,A,1,00-0D-3A-11-22-33,allow-sql,IntraVNet\n";
    let mut engine = load(&[("PT1H.json", raw.as_bytes()), ("ta.csv", exported.as_bytes())]);
    let sum = |document: &Value| {
        document["pairs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["allowed_flows"].as_u64().unwrap())
            .sum::<u64>()
    };
    let once: Value = serde_json::from_str(&summary(&mut engine, Mode::Conversations)).unwrap();
    let logged: Value = serde_json::from_str(&summary(&mut engine, Mode::AsLogged)).unwrap();
    assert_eq!((sum(&once), sum(&logged)), (1, 2));
    let overlaps = data(&mut engine).overlaps;
    assert_eq!((overlaps.len(), overlaps[0].mac.as_str(), overlaps[0].hours), (1, "000D3A112233", 1));
}

#[test]
fn an_exported_hour_dropped_beside_its_raw_log_adds_nothing_to_it() {
    let raw = fixture("raw_of_exported_hour.json");
    for (name, _) in DIALECTS {
        let mut both = load(&[("PT1H.json", &raw), (name, &fixture(name))]);
        let once: Value = serde_json::from_str(&summary(&mut both, Mode::Conversations)).unwrap();
        let sql = |document: &Value| {
            let pairs = document["pairs"].as_array().unwrap();
            let services = pairs.iter().flat_map(|pair| pair["services"].as_array().unwrap());
            let sql = services.filter(|service| service["port"] == 1433);
            sql.map(|s| (s["allowed_flows"].as_u64().unwrap(), s["bytes_dst_to_src"].as_u64().unwrap()))
                .collect::<Vec<_>>()
        };
        // The source's NIC has its raw log: two flows. The destination's NIC has exported rows alone, which
        // saw twelve; counted once, never added up.
        assert_eq!(sql(&once), [(12, 90_000)], "{name}");
        let found = data(&mut both).overlaps;
        assert_eq!((found.len(), found[0].mac.as_str(), found[0].hours), (1, "000D3A112233", 1), "{name}");
        let logged: Value = serde_json::from_str(&summary(&mut both, Mode::AsLogged)).unwrap();
        assert_eq!(sql(&logged)[0].0, 2 + 12 + 12, "{name}");
    }
}

#[test]
fn both_tables_of_traffic_analytics_about_one_hour_count_once() {
    let pairs = |files: &[(&str, &[u8])]| {
        let once: Value = serde_json::from_str(&summary(&mut load(files), Mode::Conversations)).unwrap();
        once["pairs"].clone()
    };
    let (vnet, nsg) = (fixture("nta_portal.csv"), fixture("ana_powershell.csv"));
    assert_eq!(pairs(&[("a.csv", &nsg), ("b.csv", &vnet)]), pairs(&[("b.csv", &vnet)]));
}

#[test]
fn machines_countries_and_regions_that_rows_bring_are_names_of_their_addresses() {
    let text = "FlowStartTime,SrcIp,DestIp,DestPort,FlowDirection,FlowStatus,SrcVm,DestVm,Country,AzureRegion,DestPublicIps\n\
        2026-10-01T00:00:00Z,10.0.0.4,10.0.1.5,443,Outbound,Allowed,rg/web-1,rg/sql-1,,,\n\
        2026-10-01T00:00:00Z,10.0.0.4,,443,Outbound,Allowed,rg/web-1,,us,,20.1.1.1|1|1|1|1|1|1\n\
        2026-10-01T00:00:00Z,10.0.0.4,,53,Outbound,Denied,rg/web-1,,,westeurope,20.1.1.2|1|1|1|1|1|1\n";
    let mut engine = load(&[("x.csv", text.as_bytes())]);
    let mut found = |filter: &str| {
        let view = View { filter: filter.to_owned(), ..View::default() };
        let Answer::Matrix(matrix) = engine.answer(Query::Matrix(view)) else { panic!() };
        matrix.cells.iter().map(|cell| cell.tally.allowed_flows + cell.tally.denied_flows).sum::<u64>()
    };
    assert_eq!(
        ["host:web-1", "dst:sql-1", "dst:\"country us\"", "dst:\"Azure westeurope\"", "host:rg"]
            .map(&mut found),
        [3, 1, 1, 1, 0]
    );
}

#[test]
fn real_exports_give_the_sums_of_their_columns() {
    let Some(folder) = samples() else { return };
    let bytes = fs::read(folder.join("csv/NTANetAnalytics_portal_86_columns.csv")).unwrap();
    let (document, source) = read("x.csv", &bytes, Mode::AsLogged);
    let t = &document["totals"];
    // Added up by a script from the columns themselves.
    assert_eq!((t["allowed_flows"].as_u64(), t["denied_flows"].as_u64()), (Some(14), Some(11)));
    assert_eq!((t["bytes_src_to_dst"].as_u64(), t["bytes_dst_to_src"].as_u64()), (Some(8834), Some(25227)));
    assert_eq!((source.accounts.records, codes(&source).len()), (15, 0));
    let bytes = fs::read(folder.join("csv/portal_export_aggregate.csv")).unwrap();
    assert_eq!(codes(&read("x.csv", &bytes, Mode::AsLogged).1), ["table-columns"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_table_cut_anywhere_gives_the_same(which in 0..DIALECTS.len(), piece in 1usize..300, cut in 0usize..6000) {
        let bytes = fixture(DIALECTS[which].0);
        let bytes = &bytes[..bytes.len().min(cut)];
        let mut whole = load(&[("x", bytes)]);
        let mut pieces = Engine::default();
        pieces.take_scan(SourceId(0), scan("x", bytes, piece));
        prop_assert_eq!(summary(&mut whole, Mode::AsLogged), summary(&mut pieces, Mode::AsLogged));
        prop_assert_eq!(data(&mut whole), data(&mut pieces));
    }
}

#[test]
fn a_cut_behind_the_quote_that_opens_a_row_changes_nothing() {
    let row = "2026-10-01T00:00:00Z,10.0.0.4,10.0.1.5,443,6,I,A,web\n";
    // Enough for what it is to be known before the cut.
    let mut table =
        format!("Time,SrcIp,DestIp,DestPort,Protocol,Direction,Access,AclRule\n{}", row.repeat(3000));
    let cut = table.len() + 1;
    table.push_str("\"2026-10-01T00:00:00Z\n\",10.0.0.4,10.0.1.5,443,6,I,A,web\n");
    let read = |piece: usize| {
        let mut engine = Engine::default();
        engine.take_scan(SourceId(0), scan("a.csv", table.as_bytes(), piece));
        engine.answer(Query::Data)
    };
    assert_eq!(read(cut), read(table.len()));
}

/// What the summary says decided the only flows of a table: groups and rules.
fn decided_by(text: &str) -> Vec<(String, String)> {
    let (document, source) = read("table.csv", text.as_bytes(), Mode::AsLogged);
    assert_eq!(source.accounts.rejected_tuples, 0, "{document}");
    let rules = document["rules"].as_array().unwrap().iter();
    rules.map(|r| [&r["acl"], &r["rule"]].map(|v| v.as_str().unwrap().to_owned()).into()).collect()
}

#[test]
fn of_columns_of_one_meaning_the_first_that_is_not_blank_counts_row_by_row() {
    const REST: &str =
        "SrcIp,DestIp,DestPort,L4Protocol,FlowDirection,FlowStatus,AllowedInFlows,FlowStartTime";
    const ROW: &str = "10.1.0.4,10.2.0.5,443,TCP,Inbound,Allowed,3,2026-10-01T14:05:00Z";
    let both = |group: &str| (group.to_owned(), "allow-web".to_owned());
    // Exports of one kind of log carry the columns of the other kind, blank.
    for table in [
        format!("NsgList,NsgRule,{REST},AclGroup,AclRule\n,,{ROW},nsg-web,allow-web\n"),
        format!("AclGroup,AclRule,{REST},NsgList,NsgRule\n \t,\"\",{ROW},nsg-web,allow-web\n"),
        format!("NsgList,NsgRule,{REST},AclGroup,AclRule\nnsg-web,allow-web,{ROW},,\n"),
        format!("{REST},AclList,AclRule\n{ROW},nsg-web,allow-web\n"),
    ] {
        assert_eq!(decided_by(&table), [both("nsg-web")], "{table}");
    }
    let table = format!(
        "NsgList,NsgRule,{REST},AclGroup,AclRule\n,,{ROW},nsg-b,allow-web\nnsg-a,allow-web,{ROW},nsg-c,other\n"
    );
    assert_eq!(decided_by(&table), [both("nsg-a"), both("nsg-b")]);
}

#[test]
fn blank_columns_do_not_hide_addresses_ports_or_times_either() {
    let table = "SourceIP,SrcIp,DestPort,DestinationPort,DestIp,Protocol,L4Protocol,FlowDirection,FlowStatus,date,timestamp\n\
        ,10.1.0.4,,8443,10.2.0.5,,TCP,Inbound,Allowed,,2026-10-01T14:05:00Z\n";
    let (document, _) = read("table.csv", table.as_bytes(), Mode::AsLogged);
    let service = &document["pairs"][0]["services"][0];
    assert_eq!(
        (service["protocol"].as_str(), service["port"].as_u64()),
        (Some("tcp"), Some(8443)),
        "{document}"
    );
    assert_eq!(document["window"]["first"], "2026-10-01T14:05:00.000Z");
}
