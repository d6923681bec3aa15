//! Flows that lie under a key that azflow does not know are named, since they are not counted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use support::{data, load};

const TUPLES: &str = r#"["1790000000,10.0.0.4,10.0.1.5,5,443,T,O,A"]"#;

/// An NSG record with these keys for its groups, its flows and its tuples.
fn nsg([groups, flows, tuples]: [&str; 3]) -> String {
    format!(
        r#"{{"time":"2026-10-01T05:00:00Z","category":"NetworkSecurityGroupFlowEvent","properties":{{"Version":1,
        "{groups}":[{{"rule":"UserRule_A","{flows}":[{{"mac":"000D3A000000","{tuples}":{TUPLES}}}]}}]}}}}"#
    )
}

/// Likewise a VNet record.
fn vnet([records, flows, groups, tuples]: [&str; 4]) -> String {
    format!(
        r#"{{"time":"2026-10-01T05:00:00Z","category":"FlowLogFlowEvent","flowLogVersion":4,"macAddress":"000D3A000000",
        "{records}":{{"{flows}":[{{"aclID":"a","{groups}":[{{"rule":"UserRule_A","{tuples}":
        ["1790000000000,10.0.0.4,10.0.1.5,5,443,6,O,B,NX,0,0,0,0"]}}]}}]}}}}"#
    )
}

/// What is told of a file with these records, as codes with what is named, and how many tuples count.
fn told(records: &[String]) -> (Vec<(String, Option<u64>)>, u64) {
    let log = format!(r#"{{"records":[{}]}}"#, records.join(","));
    let found = data(&mut load(&[("PT1H.json", log.as_bytes())]));
    let source = &found.sources[0];
    let unread = source.issues.iter().filter(|issue| issue.code == "unread-part");
    for issue in unread.clone() {
        // It points to the list or object itself.
        let at = log.as_bytes()[issue.offset as usize];
        assert!(matches!(at, b'[' | b'{'), "{issue:?}");
        assert!(issue.lossy, "{issue:?}");
    }
    let keys = unread.map(|issue| {
        let key = issue.message.rsplit(": ").next().unwrap();
        (key.to_owned(), issue.record)
    });
    (keys.collect(), found.totals.counted_tuples())
}

#[test]
fn flows_under_an_unknown_key_are_named_at_every_depth() {
    let whole_nsg = ["flows", "flows", "flowTuples"];
    for at in 0..3 {
        let mut keys = whole_nsg;
        keys[at] = "others";
        let (unread, counted) = told(&[nsg(whole_nsg), nsg(keys)]);
        assert_eq!((unread, counted), (vec![("others".to_owned(), Some(2))], 1), "{at}");
    }
    let whole_vnet = ["flowRecords", "flows", "flowGroups", "flowTuples"];
    for at in 0..4 {
        let mut keys = whole_vnet;
        keys[at] = "others";
        let (unread, counted) = told(&[vnet(whole_vnet), vnet(keys)]);
        assert_eq!((unread, counted), (vec![("others".to_owned(), Some(2))], 1), "{at}");
    }
}

#[test]
fn a_group_beside_known_ones_is_named_too() {
    let record = r#"{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":[{"rule":"A","flows":[{"tuples":TUPLES},
        {"flowTuples":TUPLES}]}]}}"#;
    let (unread, counted) = told(&[record.replace("TUPLES", TUPLES)]);
    assert_eq!((unread, counted), (vec![("tuples".to_owned(), Some(1))], 1));
}

#[test]
fn what_stands_beside_flows_or_holds_none_is_not_named() {
    let more = [
        // New fields beside flows, before and behind them.
        r#"{"tags":{"a":[1]},"category":"NetworkSecurityGroupFlowEvent","properties":{"extra":[1],"flows":[],"more":{}}}"#,
        // An hour without flows, and fields that are no lists.
        r#"{"category":"NetworkSecurityGroupFlowEvent","properties":{"Version":2,"flows":[],"note":"none"}}"#,
        r#"{"category":"FlowLogFlowEvent","flowLogVersion":4,"flowRecords":{"flows":[]}}"#,
    ];
    let (unread, counted) = told(&more.map(str::to_owned));
    assert_eq!((unread, counted), (vec![], 0));
}

#[test]
fn a_list_in_an_objects_place_is_named_and_so_is_the_other_way_round() {
    let record = |properties: &str| {
        format!(r#"{{"category":"NetworkSecurityGroupFlowEvent","properties":{properties}}}"#)
    };
    let groups = format!(r#"[{{"rule":"A","flows":[{{"mac":"000D3A000000","flowTuples":{TUPLES}}}]}}]"#);
    let whole = record(&format!(r#"{{"flows":{groups}}}"#));
    for (properties, key) in [
        (format!(r#"[{{"flows":{groups}}}]"#), "properties"),
        (format!(r#"{{"properties":[{{"flows":{groups}}}]}}"#), "properties"),
        (format!(r#"{{"flows":{{"a":{groups}}}}}"#), "flows"),
        (format!(r#"{{"flows":[{{"rule":"A","flows":{{"flowTuples":{TUPLES}}}}}]}}"#), "flows"),
        (format!(r#"{{"flows":[{{"flowTuples":{{"a":{TUPLES}}}}}]}}"#), "flowTuples"),
    ] {
        let (unread, counted) = told(&[whole.clone(), record(&properties)]);
        assert_eq!((unread, counted), (vec![(key.to_owned(), Some(2))], 1), "{properties}");
    }
}

#[test]
fn a_part_without_any_list_is_named_and_one_said_to_have_none_is_not() {
    let nothing =
        "a part of the record has no list of flows or tuples, as every part has: nothing of it is counted";
    let lacking = [
        r#"{"category":"NetworkSecurityGroupFlowEvent","systemId":"0"}"#,
        r#"{"category":"NetworkSecurityGroupFlowEvent","properties":{"Version":2}}"#,
        r#"{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":[{"rule":"A"}]}}"#,
        r#"{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":[{"rule":"A","flows":[{"mac":"m"}]}]}}"#,
        r#"{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":"none"}}"#,
        r#"{"category":"FlowLogFlowEvent","flowLogVersion":4,"flowRecords":{"flows":[{"aclID":"a"}]}}"#,
    ];
    for record in lacking {
        let log = format!(r#"{{"records":[{record}]}}"#);
        let found = data(&mut load(&[("PT1H.json", log.as_bytes())]));
        let told: Vec<&str> = found.sources[0].issues.iter().map(|issue| issue.message.as_str()).collect();
        assert_eq!(told, [nothing], "{record}");
    }
    let none = [
        r#"{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":null}}"#,
        r#"{"category":"NetworkSecurityGroupFlowEvent","properties":null}"#,
        r#"{"category":"NetworkSecurityGroupFlowEvent","properties":{"flows":[{"rule":"A","flows":[{"mac":"m","flowTuples":[]}]}]}}"#,
    ];
    assert_eq!(told(&none.map(str::to_owned)), (vec![], 0));
}
