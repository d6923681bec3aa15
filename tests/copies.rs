//! A record is what it says, not how it is written: copies in other spellings count once, other records don't.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use azflow_engine::session::{Engine, SourceId};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::io::Write;
use support::logs::{file, records};
use support::{load, oracle, scan, summary};

fn nsg() -> Value {
    let tuple =
        |n: u32| format!("{},10.0.0.4,10.0.1.5,{},443,T,O,A,E,1,60,2,1200", 1_790_000_000 + n, 40_000 + n);
    json!({
        "time": "2026-09-21T14:13:20.5Z", "systemId": "s", "category": "NetworkSecurityGroupFlowEvent",
        "resourceId": "/SUBSCRIPTIONS/0/NSG", "operationName": "NetworkSecurityGroupFlowEvents",
        "properties": { "Version": 2, "flows": [
            { "rule": "UserRule_Web", "flows": [{ "mac": "000D3A000001", "flowTuples": [tuple(1), tuple(2)] }] },
            { "rule": "DefaultRule_Deny", "flows": [{ "mac": "000D3A000001", "flowTuples": [tuple(3)] }] }
        ] }
    })
}

fn vnet() -> Value {
    let tuple = |n: u32| {
        format!("{},2001:db8::1,fd00::4,{},443,6,I,B,NX,0,0,0,0", 1_790_000_000_000_u64 + u64::from(n), n)
    };
    json!({
        "time": "2026-09-21T14:13:20.5Z", "flowLogVersion": 4, "flowLogGUID": "g", "macAddress": "000D3A000001",
        "category": "FlowLogFlowEvent", "flowLogResourceID": "/FLOWLOG", "targetResourceID": "/vnet",
        "operationName": "FlowLogFlowEvent",
        "flowRecords": { "flows": [{ "aclID": "acl", "flowGroups": [
            { "rule": "UserRule_Web", "flowTuples": [tuple(1), tuple(2)] },
            { "rule": "PlatformRule", "flowTuples": [tuple(3)] }
        ] }] }
    })
}

/// The value with the keys of every object in the order that `compare` gives.
fn written(value: &Value, compare: fn(&str, &str) -> std::cmp::Ordering) -> String {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort_by(|a, b| compare(a, b));
            let fields: Vec<String> =
                keys.iter().map(|key| format!("\"{key}\":{}", written(&fields[*key], compare))).collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(list) => {
            format!("[{}]", list.iter().map(|one| written(one, compare)).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// The ways in which tools write one record again.
fn spellings(record: &Value) -> Vec<Vec<u8>> {
    let plain = written(record, |a, b| a.len().cmp(&b.len()).then(a.cmp(b)));
    let pretty = serde_json::to_string_pretty(record).unwrap();
    let wrapped = format!("{{\"records\":[{plain}]}}");
    let mut out: Vec<Vec<u8>> = [
        plain.clone(),
        pretty.clone(),
        pretty.replace('\n', "\r\n"),
        pretty.replace("  ", "\t"),
        written(record, |a, b| a.cmp(b)),
        written(record, |a, b| b.cmp(a)),
        wrapped.clone(),
        format!("{{\"records\":[{wrapped}]}}"),
        format!("[{plain}]\n"),
        format!("{{ \"count\": 1, \"records\" : [\r\n{pretty}\r\n] }}"),
        plain.replace("\",\"", "\" , \""),
        plain.replace('/', "\\/").replace(",443,", ",\\u003443,").replace("10.0", "1\\u0030.0"),
        format!("\u{feff}{plain}"),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    out.extend([utf16(&pretty, false), utf16(&wrapped, true), gzipped(plain.as_bytes())]);
    out
}

fn totals(engine: &mut Engine) -> Value {
    serde_json::from_str::<Value>(&summary(engine, Mode::AsLogged)).unwrap()["totals"].clone()
}

fn loaded(files: &[Vec<u8>], piece: usize) -> Engine {
    let mut engine = Engine::default();
    for (number, bytes) in (0..).zip(files) {
        engine.take_scan(SourceId(number), scan(&format!("{number}/PT1H.json"), bytes, piece));
    }
    engine
}

#[test]
fn one_record_in_every_spelling_is_one_record() {
    for record in [nsg(), vnet()] {
        let files = spellings(&record);
        let mut alone = totals(&mut loaded(&files[..1], 1 << 20));
        assert_eq!((&alone["records"], &alone["tuples"]), (&json!(1), &json!(3)));
        for piece in [1, 7, 64, 1 << 20] {
            let mut all = totals(&mut loaded(&files, piece));
            assert_eq!(all["records"], files.len(), "in pieces of {piece}");
            assert_eq!(all["duplicate_records"], files.len() - 1, "in pieces of {piece}");
            for key in ["records", "duplicate_records", "tuples", "duplicate_tuples"] {
                all[key] = Value::Null;
                alone[key] = Value::Null;
            }
            assert_eq!(all, alone);
        }
    }
}

#[test]
fn records_that_differ_in_anything_that_counts_stay_two() {
    type Change = fn(&mut Value);
    let first = |record: &mut Value, of: usize| {
        record["properties"]["flows"][of]["flows"][0]["flowTuples"].as_array_mut().unwrap().remove(0)
    };
    let changes: [Change; 12] = [
        |_| {},
        |r| r["time"] = json!("2026-09-21T14:13:20.6Z"),
        |r| r["resourceId"] = json!("/SUBSCRIPTIONS/0/OTHER"),
        |r| r["properties"]["flows"][0]["rule"] = json!("UserRule_Other"),
        |r| r["properties"]["flows"][1]["flows"][0]["mac"] = json!("000D3A000002"),
        |r| r["properties"]["flows"][0]["flows"][0]["flowTuples"].as_array_mut().unwrap().reverse(),
        |r| r["properties"]["flows"].as_array_mut().unwrap().reverse(),
        |r| {
            let tuple = r["properties"]["flows"][0]["flows"][0]["flowTuples"][1].clone();
            r["properties"]["flows"][1]["flows"][0]["flowTuples"].as_array_mut().unwrap().insert(0, tuple);
            r["properties"]["flows"][0]["flows"][0]["flowTuples"].as_array_mut().unwrap().pop();
        },
        |r| {
            let list = r["properties"]["flows"][0]["flows"][0]["flowTuples"].as_array_mut().unwrap();
            list.push(list[0].clone());
        },
        // Tuples that can't be read are part of what a record says.
        |r| r["properties"]["flows"][0]["flows"][0]["flowTuples"].as_array_mut().unwrap().push(json!("bad")),
        |r| {
            r["properties"]["flows"][0]["flows"][0]["flowTuples"].as_array_mut().unwrap().push(json!("worse"))
        },
        |r| {
            let list = r["properties"]["flows"][0]["flows"][0]["flowTuples"].as_array_mut().unwrap();
            list.push(json!("bad\",\"worse"));
        },
    ];
    let mut files: Vec<Vec<u8>> = Vec::new();
    for change in changes {
        let mut record = nsg();
        change(&mut record);
        files.push(record.to_string().into_bytes());
    }
    // A record that was split in two is neither half nor the whole.
    let [mut left, mut right] = [nsg(), nsg()];
    first(&mut left, 0);
    first(&mut right, 1);
    files.extend([left, right].map(|half| half.to_string().into_bytes()));
    let all = totals(&mut loaded(&files, 1 << 20));
    assert_eq!((&all["records"], &all["duplicate_records"]), (&json!(files.len()), &json!(0)));
}

#[test]
fn a_record_longer_than_any_buffer_is_known_again() {
    let mut record = nsg();
    let list = record["properties"]["flows"][0]["flows"][0]["flowTuples"].as_array_mut().unwrap();
    for n in 0..60_000 {
        list.push(json!(format!("{},10.0.0.4,10.0.1.5,{},443,T,O,A,B,,,,", 1_790_000_000, n)));
    }
    let files =
        [record.to_string().into_bytes(), serde_json::to_string_pretty(&record).unwrap().into_bytes()];
    for piece in [4_095, 1 << 16, 1 << 24] {
        assert_eq!(totals(&mut loaded(&files, piece))["duplicate_records"], 1, "in pieces of {piece}");
    }
}

#[test]
fn one_flow_a_record_is_told_apart_by_all_of_its_fields() {
    let flat = |port: u16, rule: &str| {
        json!({
            "time": "2026-09-21T14:13:20Z", "category": "NetworkSecurityGroupFlowEvents", "resourceId": "/NSG",
            "nsgRuleName": rule, "mac": "000D3A000001", "startTime": "1790000000", "sourceAddress": "10.0.0.4",
            "destinationAddress": "10.0.1.5", "sourcePort": "40000", "destinationPort": port.to_string(),
            "transportProtocol": "T", "deviceDirection": "I", "deviceAction": "A", "flowState": "B"
        })
    };
    let (one, two, three) = (flat(443, "R"), flat(444, "R"), flat(443, "S"));
    let pretty = serde_json::to_string_pretty(&one).unwrap();
    let files = [one.to_string(), two.to_string(), three.to_string(), pretty].map(String::into_bytes);
    let all = totals(&mut loaded(&files, 1 << 20));
    assert_eq!((&all["records"], &all["duplicate_records"]), (&json!(4), &json!(1)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_records_in_two_spellings_count_as_often_as_their_values_differ(
        records in records(), styles: [u8; 2], piece in 1usize..300,
    ) {
        let texts = styles.map(|style| file(&records, style));
        let count = oracle::count(&[&texts[0], &texts[1]]);
        let mut engine = Engine::default();
        for (number, text) in (0..).zip(&texts) {
            engine.take_scan(SourceId(number), scan(&format!("{number}.json"), text.as_bytes(), piece));
        }
        let totals = totals(&mut engine);
        prop_assert_eq!(&totals["records"], count.records);
        prop_assert_eq!(&totals["duplicate_records"], count.duplicate_records);
        prop_assert_eq!(&totals["duplicate_tuples"], count.duplicate_tuples);
        prop_assert_eq!(oracle::numbers(&totals), count.as_logged());
    }

    #[test]
    fn a_spelling_alone_gives_the_same_document(records in records(), styles: [u8; 2]) {
        // Offsets and sizes are the file's own; what was counted is not.
        let rest = |style: u8| {
            let text = file(&records, style);
            let mut document: Value =
                serde_json::from_str(&summary(&mut load(&[("a", text.as_bytes())]), Mode::Conversations)).unwrap();
            document["sources"] = Value::Null;
            document
        };
        prop_assert_eq!(rest(styles[0]), rest(styles[1]));
    }
}
