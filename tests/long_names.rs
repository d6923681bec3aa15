//! Cells and names end at 64 kB: what is longer is named and not counted, never cut, so that no two become one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::ingest::Part;
use azflow_core::store::Mode;
use azflow_engine::session::SourceRow;
use support::{data, load, scan, summary};

const MOST: usize = 1 << 16;
const HEADINGS: &str = "FlowStartTime,SrcIp,DestIp,DestPort,L4Protocol,FlowDirection,FlowStatus,AclRule,MacAddress,AllowedInFlows,SrcSubnet,DestSubnet,Note";

/// A row with this rule, source subnet and note, in quotes or not.
fn row(rule: &str, subnet: &str, note: &str) -> String {
    format!(
        "2026-10-01T00:00:00Z,10.0.0.1,10.1.0.4,443,T,I,A,{rule},00-0D-3A-11-22-33,1,{subnet},x/y/z,{note}"
    )
}

fn source(name: &str, text: &str) -> SourceRow {
    data(&mut load(&[(name, text.as_bytes())])).sources.remove(0)
}

/// Everything that a scan tells, however its bytes came.
fn parts(text: &str) -> Vec<Vec<u8>> {
    let told = |piece| {
        let mut scan = scan("t.csv", text.as_bytes(), piece);
        let mut parts: Vec<Vec<u8>> = std::iter::from_fn(|| scan.take_part()).collect();
        parts.extend(scan.finish());
        parts
    };
    let whole = told(text.len());
    assert!([7, 1000, 70_000].into_iter().all(|piece| told(piece) == whole));
    whole
}

#[test]
fn a_row_with_a_longer_cell_is_named_and_the_others_count() {
    let long = "n".repeat(MOST);
    let longer = format!("{long}n");
    for [open, close] in [["", ""], ["\"", "\""]] {
        let cell = |text: &str| format!("{open}{text}{close}");
        let rows = [
            row("r", &cell("a/b/c"), "1"),
            row("r", &cell(&longer), "2"),
            row("r", &cell(&long), "3"),
            row(&longer, "a/b/c", "4"),
        ];
        let text = format!("{HEADINGS}\n{}\n", rows.join("\n"));
        let source = source("t.csv", &text);
        assert_eq!((source.accounts.tuples, source.accounts.rejected_tuples), (2, 0));
        let issues: Vec<_> = source.issues.iter().map(|i| (i.code.as_str(), i.offset)).collect();
        let at = |n: usize| text.find(&rows[n]).unwrap() as u64;
        assert_eq!(issues, [("damaged-record", at(1)), ("damaged-record", at(3))]);
        assert!(source.issues[0].message.contains("64 kB"), "{:?}", source.issues[0]);
        assert_eq!(source.accounts.bytes_skipped, (rows[1].len() + rows[3].len() + 2) as u64);
        parts(&text);
    }
}

#[test]
fn names_that_differ_at_their_ends_stay_two() {
    let long = "n".repeat(MOST - 1);
    let text =
        format!("{HEADINGS}\n{}\n{}\n", row(&format!("{long}1"), "", ""), row(&format!("{long}2"), "", ""));
    let strings: Vec<String> =
        parts(&text).iter().flat_map(|part| Part::decode(part).unwrap().strings).collect();
    assert!(strings.contains(&format!("{long}1")) && strings.contains(&format!("{long}2")));
}

#[test]
fn a_column_of_no_meaning_may_be_long_but_no_row_longer_than_a_megabyte() {
    let ends = |length: usize, quote: &str| {
        let note = format!("{quote}{}{quote}", "x".repeat(length));
        let text = format!("{HEADINGS}\n{}\n{}\n", row("r", "", &note), row("r", "", "-"));
        parts(&text);
        let source = source("t.csv", &text);
        (source.accounts.tuples, source.accounts.bytes_skipped > length as u64)
    };
    for quote in ["", "\""] {
        assert_eq!(ends(100_000, quote), (2, false));
        assert_eq!(ends(1 << 20, quote), (1, true));
        assert_eq!(ends(9 << 20, quote), (1, true));
    }
}

#[test]
fn names_in_a_log_end_at_the_same_length() {
    let record = |n: u32, rule: &str, acl: &str| {
        format!(
            r#"{{"time":"2026-09-21T14:1{n}:00Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"{acl}","properties":{{"Version":2,"flows":[{{"rule":"{rule}","flows":[{{"mac":"000D3AF87856","flowTuples":["{},10.0.0.4,10.0.1.5,40000,443,T,O,A,B,,,,"]}}]}}]}}}}"#,
            1_790_000_000 + n
        )
    };
    let (long, longer) = ("r".repeat(MOST - 1), "r".repeat(MOST));
    let records = [
        record(1, &long, "NSG"),
        record(2, &longer, "NSG"),
        record(3, "r", &long),
        record(4, "r", &longer),
        record(5, "r", "NSG"),
    ];
    let text = format!("{{\"records\":[{}]}}", records.join(","));
    let source = source("PT1H.json", &text);
    assert_eq!((source.accounts.records, source.accounts.tuples), (3, 3), "{:?}", source.accounts);
    assert!(source.issues.iter().all(|issue| issue.code == "damaged-record"));
    parts(&text);
    // The summary of a log with the longest of names is made as any other's.
    let document = summary(&mut load(&[("PT1H.json", text.as_bytes())]), Mode::Conversations);
    assert!(serde_json::from_str::<serde_json::Value>(&document).is_ok());
}
