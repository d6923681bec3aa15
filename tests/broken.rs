//! What copies suffer, case by case: everything whole is counted, the rest is named.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use azflow_engine::session::{DataAnswer, Engine, IssueRow, SourceId, SourceRow};
use std::io::Write;
use support::{data, load, scan, summary};

fn tuple(n: u32) -> String {
    format!("{},10.0.0.4,10.0.1.5,{},443,T,O,A,B,,,,", 1_790_000_000 + n, 40_000 + n)
}

/// A record with two tuples.
fn record(n: u32) -> String {
    format!(
        r#"{{"time":"2026-09-21T14:1{n}:00Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"NSG","properties":{{"Version":2,"flows":[{{"rule":"R","flows":[{{"mac":"000D3AF87856","flowTuples":["{}","{}"]}}]}}]}}}}"#,
        tuple(2 * n),
        tuple(2 * n + 1)
    )
}

fn log(records: &[u32]) -> String {
    format!("{{\"records\":[{}]}}", records.iter().map(|n| record(*n)).collect::<Vec<_>>().join(","))
}

fn read_in_pieces(bytes: &[u8], piece: usize) -> SourceRow {
    let mut engine = Engine::default();
    engine.take_scan(SourceId(0), scan("PT1H.json", bytes, piece));
    data(&mut engine).sources.remove(0)
}

fn read(bytes: impl AsRef<[u8]>) -> SourceRow {
    let mut engine = load(&[("PT1H.json", bytes.as_ref())]);
    only(data(&mut engine))
}

fn only(mut data: DataAnswer) -> SourceRow {
    assert_eq!(data.sources.len(), 1);
    data.sources.remove(0)
}

fn codes(source: &SourceRow) -> Vec<&str> {
    source.issues.iter().map(|i| i.code.as_str()).collect()
}

fn place(issue: &IssueRow) -> (&str, Option<u64>, u64, u64) {
    (&issue.code, issue.record, issue.offset, issue.length)
}

/// Records, duplicates, tuples.
fn counts(source: &SourceRow) -> (u64, u64, u64) {
    (source.accounts.records, source.accounts.duplicate_records, source.accounts.tuples)
}

#[test]
fn a_whole_file_has_no_issue() {
    let source = read(log(&[1, 2, 3]));
    assert_eq!((counts(&source), codes(&source)), ((3, 0, 6), vec![]));
    assert_eq!((source.kind.as_str(), source.hours, source.nics), ("nsg-flow-log", 1, 1));
}

#[test]
fn a_truncated_file_keeps_its_whole_records() {
    let whole = log(&[1, 2, 3]);
    let third = whole.rfind("{\"time\"").unwrap();
    for cut in third + 1..whole.len() - 2 {
        let source = read(&whole[..cut]);
        assert_eq!(counts(&source), (2, 0, 4), "cut at {cut}");
        assert_eq!(place(&source.issues[0]), ("truncated", Some(3), third as u64, (cut - third) as u64));
    }
}

#[test]
fn missing_closing_brackets_lose_nothing() {
    let whole = log(&[1, 2]);
    for cut in [whole.len() - 1, whole.len() - 2] {
        let source = read(&whole[..cut]);
        assert_eq!((counts(&source), codes(&source)), ((2, 0, 4), vec!["unclosed"]));
        assert!(!source.issues[0].lossy);
    }
}

#[test]
fn a_fragment_that_starts_with_a_comma_is_read() {
    let source = read(format!(",{},{}]}}", record(1), record(2)));
    assert_eq!((counts(&source), codes(&source)), ((2, 0, 4), vec!["missing-head"]));
}

#[test]
fn a_fragment_that_starts_inside_a_record_loses_only_that() {
    let whole = log(&[1, 2, 3]);
    let second = whole.match_indices("{\"time\"").nth(1).unwrap().0;
    for from in [20, second / 2, second - 30] {
        let source = read(&whole[from..]);
        assert_eq!(counts(&source), (2, 0, 4), "from {from}");
        assert_eq!(place(&source.issues[0]), ("unexpected-bytes", None, 0, (second - from) as u64));
    }
}

#[test]
fn two_files_in_one_count_once() {
    let source = read(log(&[1, 2]).repeat(2));
    assert_eq!((counts(&source), codes(&source)), ((4, 2, 8), vec![]));
    assert_eq!(source.accounts.duplicate_tuples, 4);
}

#[test]
fn a_truncated_file_joined_to_another_costs_one_record_wherever_it_was_cut() {
    let first = log(&[1, 2]);
    let second = first.rfind("{\"time\"").unwrap();
    for cut in second + 1..first.len() - 2 {
        let source = read(format!("{}{}", &first[..cut], log(&[3, 4])));
        assert_eq!(counts(&source), (3, 0, 6), "cut at {cut}: {:?}", source.issues);
        assert_eq!(
            place(&source.issues[0]),
            ("damaged-record", Some(2), second as u64, (cut - second) as u64)
        );
    }
}

#[test]
fn records_nested_by_a_paste_accident_are_records() {
    let source = read(format!("{{\"records\":[{},{},{}]}}", record(1), log(&[2, 1]), record(3)));
    assert_eq!((counts(&source), codes(&source)), ((4, 1, 8), vec![]));
}

#[test]
fn bare_records_lines_of_records_and_arrays_are_read() {
    assert_eq!(counts(&read(record(1))), (1, 0, 2));
    assert_eq!(counts(&read(format!("{}\r\n{}\r\n", record(1), record(2)))), (2, 0, 4));
    assert_eq!(counts(&read(format!("[{} , {}]", record(1), record(2)))), (2, 0, 4));
}

#[test]
fn marks_and_utf16_change_nothing_but_offsets() {
    let text = log(&[1, 2, 3]);
    let plain = read(&text);
    assert_eq!(counts(&read(format!("\u{feff}{text}"))), counts(&plain));
    let units = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    };
    for big in [false, true] {
        for mark in ["\u{feff}", ""] {
            assert_eq!(counts(&read(units(&format!("{mark}{text}"), big))), counts(&plain));
        }
    }
    let third = text.rfind("{\"time\"").unwrap() as u64;
    let cut = read(units(&format!("\u{feff}{}", &text[..text.len() - 9]), false));
    assert_eq!(cut.issues[0].offset, 2 + 2 * third);
    assert_eq!(cut.accounts.bytes, cut.accounts.bytes_scanned + cut.issues[0].length);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_is_unpacked_member_after_member() {
    let text = log(&[1, 2, 3]);
    assert_eq!(counts(&read(gzip(text.as_bytes()))), (3, 0, 6));
    let (a, b) = text.as_bytes().split_at(100);
    let members = [gzip(a), gzip(b)].concat();
    let source = read(&members);
    assert_eq!((counts(&source), codes(&source)), ((3, 0, 6), vec![]));
    assert_eq!(source.accounts.bytes, text.len() as u64);
}

#[test]
fn padding_behind_a_gzip_is_nothing_and_garbage_is_named() {
    let text = log(&[1, 2, 3]);
    let padded = [gzip(text.as_bytes()), vec![0; 700], gzip(b","), vec![0; 9]].concat();
    let source = read(&padded);
    assert_eq!((counts(&source), codes(&source)), ((3, 0, 6), vec![]));
    let packed = gzip(text.as_bytes());
    let source = read([packed.clone(), b"\0\0garbage".to_vec()].concat());
    assert_eq!((counts(&source), codes(&source)), ((3, 0, 6), vec!["damaged-gzip"]));
    assert_eq!(source.issues[0].length, 7);
    assert!(source.issues[0].message.contains(&format!("byte {}", packed.len() + 2)));
}

#[test]
fn a_gzip_bomb_is_given_up() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 80 << 20]).unwrap();
    let source = read(encoder.finish().unwrap());
    assert!(codes(&source).contains(&"archive-limit"), "{:?}", codes(&source));
    assert!(source.accounts.bytes < 70 << 20);
}

#[test]
fn a_gzip_that_unpacks_to_a_huge_description_is_given_up_early() {
    let described =
        |what: &str, count: usize| format!(r#"[{{"subnets":[]}},{}]"#, vec![what; count].join(","));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(described(r#"{"":0}"#, 3 << 20).as_bytes()).unwrap();
    let source = read(encoder.finish().unwrap());
    assert_eq!(codes(&source), ["archive-limit"], "{source:?}");
    assert!(source.accounts.bytes < 12 << 20, "{}", source.accounts.bytes);
    assert_eq!(source.accounts.bytes_skipped, source.accounts.bytes);
    // Unpacked it has no ratio, and takes too much memory all the same: it is named and nothing of it is read.
    let source = read(described(r#"{"":0}"#, 3 << 20).into_bytes());
    assert_eq!(codes(&source), ["description-limit"], "{source:?}");
    assert_eq!(source.accounts.bytes_skipped, source.accounts.bytes);
    let source = read(described(r#"{"":0}"#, 3 << 10).into_bytes());
    assert!(!codes(&source).contains(&"description-limit"), "{source:?}");
}

#[test]
fn a_damaged_gzip_gives_the_same_however_it_is_cut() {
    let text = log(&(0..9).collect::<Vec<_>>()).repeat(400);
    let mut packed = gzip(text.as_bytes());
    let middle = packed.len() / 2;
    packed[middle] ^= 0x55;
    let whole = read(&packed);
    assert!(!codes(&whole).is_empty());
    for piece in [1, 7, 1000] {
        assert_eq!(read_in_pieces(&packed, piece), whole);
    }
}

#[test]
fn a_truncated_gzip_keeps_what_came_out() {
    let text = log(&(0..9).collect::<Vec<_>>()).repeat(40);
    let packed = gzip(text.as_bytes());
    let source = read(&packed[..packed.len() - 20]);
    assert!(source.accounts.records > 0);
    assert!(codes(&source).contains(&"damaged-gzip"));
    assert_eq!(source.accounts.bytes, source.accounts.bytes_scanned + source.accounts.bytes_skipped);
}

#[test]
fn a_bad_tuple_is_rejected_alone_and_named() {
    let text = log(&[1, 2]).replacen(&tuple(3), "1790000003,10.0.0.4,10.0.1,40003,443,T,O,A,B,,,,", 1);
    let source = read(&text);
    assert_eq!((counts(&source), source.accounts.rejected_tuples), ((2, 0, 4), 1));
    let offset = text.find("1790000003").unwrap() as u64;
    assert_eq!(place(&source.issues[0]), ("tuple-address", Some(1), offset, 0));
    assert!(source.issues[0].message.ends_with("10.0.1"));
}

#[test]
fn many_bad_tuples_are_counted_and_some_listed() {
    let tuples = vec!["\"x\""; 400].join(",");
    let source = read(record(1).replacen(&format!("\"{}\"", tuple(2)), &tuples, 1));
    assert_eq!((source.accounts.tuples, source.accounts.rejected_tuples), (401, 400));
    assert_eq!(source.issues.len(), 51);
    assert!(source.issues[50].message.starts_with("350 more"));
}

#[test]
fn problems_of_a_duplicate_are_told_where_it_counts() {
    let bad = record(1).replacen(&tuple(2), "x", 1);
    let mut engine = load(&[("b", bad.as_bytes()), ("a", bad.as_bytes())]);
    let data = data(&mut engine);
    assert_eq!(codes(&data.sources[0]), ["tuple-fields"]);
    assert_eq!((codes(&data.sources[1]), data.sources[1].accounts.duplicate_tuples), (vec![], 2));
    assert_eq!((data.totals.rejected_tuples, data.totals.counted_tuples()), (1, 1));
}

#[test]
fn escapes_in_keys_tuples_and_names_are_resolved() {
    let text = record(1)
        .replace("flowTuples", "flow\\u0054uples")
        .replace("10.0.0.4", "10\\u002e0.0.4")
        .replace("\"R\"", "\"R\\\"q\\\"\"");
    let mut engine = load(&[("PT1H.json", text.as_bytes())]);
    let document = summary(&mut engine, Mode::AsLogged);
    assert!(document.contains(r#""rule": "R\"q\"""#), "{document}");
    assert_eq!(counts(&only(data(&mut engine))), (1, 0, 2));
}

#[test]
fn keys_match_in_any_case_and_order() {
    let text = record(1).to_uppercase();
    assert_eq!(counts(&read(text)), (1, 0, 2));
}

#[test]
fn wrong_kinds_are_named_with_the_next_step() {
    for (content, kind, code) in [
        ("", "unknown", "empty"),
        ("{\"records\":[]}", "unknown", "empty"),
        (
            "{\"time\":\"t\",\"category\":\"AuditEvent\",\"properties\":{\"id\":\"x\"}}\n",
            "resource-log",
            "wrong-kind",
        ),
        ("{\"records\":[{\"metricName\":\"x\",\"timeGrain\":\"PT1M\"}]}", "resource-log", "wrong-kind"),
        ("Name    State\n------  -----\nx       y\n", "unknown", "table-text"),
        ("1493763938,185.170.185.105,10.2.0.4,35370,23,6,I,B,NX,,,,\n", "unknown", "bare-tuples"),
        ("SrcIp,DestIp,DestPort,AclRule\n", "traffic-analytics-vnet", "table-columns"),
        ("FlowType_s;SrcIP_s;NSGRule_s\n", "traffic-analytics-nsg", "table-columns"),
        ("PK\u{3}\u{4}\u{0}\u{0}\u{0}\u{0}", "archive", "damaged-archive"),
        ("\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}", "unknown", "binary"),
        ("hello", "unknown", "wrong-kind"),
        ("{\"a\":1}", "unknown", "wrong-kind"),
    ] {
        let source = read(content);
        assert_eq!((source.kind.as_str(), codes(&source)), (kind, vec![code]), "{content}");
        assert_eq!(source.accounts.bytes_skipped, content.len() as u64);
        assert!(!source.issues[0].next_step.is_empty());
    }
}

#[test]
fn a_bad_file_spoils_nothing_beside_it() {
    let good = log(&[1, 2]);
    let mut alone = load(&[("good", good.as_bytes())]);
    let mut beside = load(&[("bad", b"\x00\xff{\"records\":[{\"time\""), ("good", good.as_bytes())]);
    let pairs = |engine: &mut Engine| {
        summary(engine, Mode::Conversations).split("\"pairs\"").nth(1).map(str::to_owned)
    };
    assert_eq!(pairs(&mut alone), pairs(&mut beside));
}

#[test]
fn a_record_of_another_log_among_flow_records_is_passed_over_and_named() {
    let other = "{\"time\":\"t\",\"category\":\"Administrative\",\"properties\":{\"flows\":3}}";
    let source = read(format!("{{\"records\":[{},{other},{}]}}", record(1), record(2)));
    assert_eq!((counts(&source), codes(&source)), ((2, 0, 4), vec!["other-record"]));
    assert_eq!(source.accounts.bytes_skipped, other.len() as u64);
}

#[test]
fn endless_tokens_and_nesting_are_damage_not_memory() {
    let long = format!("{{\"time\":\"{}", "x".repeat(3 << 20));
    let source = read(format!("{long}\"}}{}", log(&[1])));
    assert_eq!(counts(&source), (1, 0, 2));
    let deep = format!("{{\"category\":\"FlowLogFlowEvent\",{}", "\"flows\":[{".repeat(500));
    let source = read(format!("{deep}{}", log(&[1])));
    assert_eq!(counts(&source), (1, 0, 2));
    assert_eq!(codes(&source), ["damaged-record"]);
}

#[test]
fn impossible_counters_are_rejected_not_added() {
    let huge = "1790000002,10.0.0.4,10.0.1.5,1,443,T,O,A,E,18446744073709551615,1,1,1";
    let source = read(record(1).replacen(&tuple(2), huge, 1));
    assert_eq!((codes(&source), source.accounts.rejected_tuples), (vec!["counter-overflow"], 1));
}
