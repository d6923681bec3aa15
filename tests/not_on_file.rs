//! What is not on file is nothing that exists: values that a table lacks, and files that are named by what they are.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use azflow_engine::export::FlowColumn;
use azflow_engine::rules::{DraftOptions, Fate, simulate};
use azflow_engine::session::{Answer, Engine, FlowsFormat, FlowsQuery, Query, View};
use azflow_engine::topology::Cut;
use serde_json::{Value, json};
use std::fmt::Write;
use support::rules::{drafted, ops_and_mgmt, set};
use support::{data, load, summary};

fn read(name: &str, text: &str) -> (Engine, Value) {
    let mut engine = load(&[(name, text.as_bytes())]);
    let document = serde_json::from_str(&summary(&mut engine, Mode::Conversations)).unwrap();
    (engine, document)
}

fn codes(engine: &mut Engine) -> Vec<String> {
    data(engine).sources.remove(0).issues.into_iter().map(|issue| issue.code).collect()
}

fn services(document: &Value) -> Vec<(String, Option<u64>, u64)> {
    let pairs = document["pairs"].as_array().unwrap().iter();
    let all = pairs.flat_map(|pair| pair["services"].as_array().unwrap());
    all.map(|of| {
        (
            of["protocol"].as_str().unwrap().to_owned(),
            of["port"].as_u64(),
            of["allowed_flows"].as_u64().unwrap(),
        )
    })
    .collect()
}

fn flows(engine: &mut Engine, filter: &str) -> Vec<Value> {
    let view = View { filter: filter.to_owned(), ..View::default() };
    let query = FlowsQuery { view, sort: vec![(FlowColumn::Dst, false)], ..FlowsQuery::default() };
    let columns =
        vec![FlowColumn::Dst, FlowColumn::Direction, FlowColumn::Access, FlowColumn::Rules, FlowColumn::Port];
    let Answer::FlowsText(part) = engine.answer(Query::FlowsText(query, columns, FlowsFormat::Json)) else {
        panic!("no list")
    };
    serde_json::from_str::<Value>(&part.text).unwrap()["flows"].as_array().unwrap().clone()
}

#[test]
fn a_table_without_protocol_and_direction_keeps_its_ports() {
    let (mut engine, document) = read(
        "flows.csv",
        "FlowStartTime,SrcIp,DestIp,DestPort,FlowStatus\n\
         2026-11-02T10:02:00Z,10.0.3.9,10.0.1.4,443,A\n\
         2026-11-02T10:02:00Z,10.0.3.9,10.0.1.4,22,A\n",
    );
    assert_eq!(
        services(&document),
        [("unknown".to_owned(), Some(22), 1), ("unknown".to_owned(), Some(443), 1)]
    );
    assert_eq!(codes(&mut engine), ["unknown-value", "unknown-value"]);
    assert_eq!(document["rules"][0]["direction"], "unknown");
    assert!(flows(&mut engine, "").iter().all(|row| row["direction"] == "unknown"));
    for (filter, count) in [
        ("proto:unknown", 2),
        ("proto:hopopt", 0),
        ("proto:tcp", 0),
        ("port:443", 1),
        ("dir:unknown", 2),
        ("dir:in", 0),
        ("dir:out", 0),
    ] {
        assert_eq!(flows(&mut engine, filter).len(), count, "{filter}");
    }
}

#[test]
fn a_blank_cell_is_no_value() {
    let (mut engine, document) = read(
        "flows.csv",
        "FlowStartTime,SrcIp,DestIp,DestPort,L4Protocol,FlowDirection,FlowStatus\n\
         2026-11-02T10:02:00Z,10.0.3.9,10.0.1.4,443,,I,A\n\
         2026-11-02T10:02:00Z,10.0.3.9,10.0.1.4,,TCP,I,A\n\
         2026-11-02T10:02:00Z,10.0.3.9,10.0.1.4,0,TCP,I,A\n\
         2026-11-02T10:02:00Z,10.0.3.9,10.0.1.4,,0,I,A\n\
         2026-11-02T10:02:00Z,10.0.3.9,10.0.1.4,80,TCP,,A\n\
         2026-11-02T10:02:00Z,10.0.3.9,10.0.1.4,80,TCP,I,\n",
    );
    let of = |protocol: &str, port| (protocol.to_owned(), port, 1);
    assert_eq!(
        services(&document),
        [
            of("hopopt", None),
            of("tcp", None),
            of("tcp", Some(0)),
            of("tcp", Some(80)),
            of("unknown", Some(443))
        ]
    );
    let mut found = codes(&mut engine);
    found.sort();
    assert_eq!(found, ["tuple-decision", "unknown-value", "unknown-value", "unknown-value"]);
    // The port that is not on file is not port 0.
    assert_eq!((flows(&mut engine, "port:0").len(), flows(&mut engine, "proto:tcp").len()), (1, 3));
}

#[test]
fn rules_do_not_decide_what_is_not_on_file() {
    let (log, options) = (ops_and_mgmt(), DraftOptions::default());
    let (mut engine, traffic, draft) = drafted(&[("PT1H.json", &log)], Cut::default(), options);
    let set = set(&draft, &traffic);
    let mut table = "FlowStartTime,SrcIp,DestIp,DestPort,L4Protocol,FlowDirection,FlowStatus\n".to_owned();
    for (port, protocol) in [("3389", ""), ("", "TCP"), ("3389", "TCP")] {
        writeln!(table, "2026-11-02T10:02:00Z,10.10.1.4,10.10.1.20,{port},{protocol},I,A").unwrap();
    }
    let (_, traffic, draft) = drafted(&[("flows.csv", table.as_bytes())], Cut::default(), options);
    let fates: Vec<Fate> =
        simulate(&set, &engine.world(), &traffic).results.iter().map(|result| result.fate).collect();
    assert_eq!(fates.iter().filter(|fate| **fate == Fate::Undecidable).count(), 2, "{fates:?}");
    // Nor do they become rules.
    assert_eq!(draft.seeds.len(), 1);
    let mut rules = draft.groups.iter().flat_map(|group| &group.rules);
    assert!(rules.all(|drafted| drafted.conversations == 0 || drafted.rule.protocol.is_some()));
}

const GROUP: &str =
    "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-app";

#[test]
fn records_that_a_pipeline_flattened_are_read() {
    let vnet = |key: &str, tuple: &str| json!({"time": "2026-11-02T10:01:00Z", "macAddress": "000D3AAA0001", "aclID": GROUP, "rule": "UserRule_Web", key: tuple});
    let lines = [
        vnet("flow.0", "1793613600005,10.0.3.9,10.0.1.4,50001,443,6,I,B,NX,0,0,0,0"),
        vnet("flow.1", "1793613600905,10.0.3.9,10.0.1.4,50001,443,6,I,E,NX,9,1200,8,7000"),
        vnet("flowTuple", "1793613600009,203.0.113.7,10.0.1.4,40000,445,6,I,D,NX,0,0,0,0"),
        vnet("flowTuples", "1793613600009,203.0.113.7,10.0.1.4,40000,446,6,I,D,NX,0,0,0,0"),
    ];
    let text = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let (mut engine, document) = read("vnet.ndjson", &text);
    assert_eq!(document["sources"][0]["kind"], "vnet-flow-log");
    let totals = &document["totals"];
    assert_eq!((&totals["records"], &totals["tuples"]), (&json!(4), &json!(4)));
    assert_eq!((&totals["allowed_flows"], &totals["denied_flows"]), (&json!(1), &json!(2)));
    assert_eq!((&totals["bytes_src_to_dst"], &document["rules"][0]["acl"]), (&json!(1200), &json!(GROUP)));
    assert_eq!(codes(&mut engine), [""; 0]);

    let nsg = |version: &str, tuple: &str| json!({"time": "2026-11-02T10:01:00Z", "resourceId": "/NSG", "macAddress": "000D3AAA0001", "version": version, "rule": "R", "flow.0": tuple});
    let lines = [
        nsg("2", "1793613605,10.0.3.9,10.0.1.4,50001,443,T,I,A,B,,,,"),
        nsg("2", "1793613605,10.0.3.9,10.0.1.4,50001,22,T,I,D,B,,,,"),
        nsg("1", "1793613606,10.0.3.9,10.0.1.4,50002,443,T,I,A"),
        nsg("1", "no tuple"),
    ];
    let (mut engine, document) = read("nsg.ndjson", &lines.map(|line| line.to_string()).join("\n"));
    assert_eq!(document["sources"][0]["kind"], "nsg-flow-log");
    let totals = &document["totals"];
    assert_eq!((&totals["allowed_flows"], &totals["denied_flows"]), (&json!(2), &json!(1)));
    assert_eq!(
        (&totals["rejected_tuples"], codes(&mut engine)),
        (&json!(1), vec!["tuple-fields".to_owned()])
    );
}

#[test]
fn records_inside_a_column_are_the_same_records() {
    let record = json!({
        "time": "2026-11-02T10:01:00Z", "category": "NetworkSecurityGroupFlowEvent", "resourceId": "/NSG",
        "properties": { "Version": 2, "flows": [{ "rule": "UserRule_\"quoted\"", "flows": [{ "mac": "000D3AAA0001", "flowTuples": [
            "1793613605,203.0.113.47,10.0.1.4,54211,443,T,I,A,B,,,,",
            "1793613609,203.0.113.47,10.0.1.4,54211,443,T,I,A,C,18,2841,12,14822"
        ] }] }] }
    });
    let cell = record.to_string().replace('"', "\"\"");
    let table = format!(
        "source,raw,note\nnsg,\"{cell}\",\"a \"\"note\"\"\"\nnsg,\"{}\",\n",
        cell.replace("443", "444")
    );
    let (mut engine, document) = read("events.csv", &table);
    assert_eq!((&document["totals"]["records"], &document["totals"]["tuples"]), (&json!(2), &json!(4)));
    assert_eq!(document["rules"][0]["rule"], "UserRule_\"quoted\"");
    assert_eq!(document["sources"][0]["bytes"], table.len());
    assert_eq!(codes(&mut engine), ["records-in-cells"]);
    let text = record.to_string();
    let mut both = load(&[("events.csv", table.as_bytes()), ("PT1H.json", text.as_bytes())]);
    let document: Value = serde_json::from_str(&summary(&mut both, Mode::AsLogged)).unwrap();
    assert_eq!(document["totals"]["duplicate_records"], 1);
}

#[test]
fn tables_of_rules_are_named_and_never_taken_for_flows() {
    for (text, words) in [
        (
            "\"PRIORITY\",\"NAME\",\"PORT\",\"PROTOCOL\",\"SOURCE\",\"DESTINATION\",\"ACTION\"\n\
             \"100\",\"AllowWeb\",\"443\",\"TCP\",\"10.0.3.0/24\",\"10.0.1.0/24\",\"Allow\"\n",
            "as CSV",
        ),
        (
            "#TYPE PSSecurityRule\n\"Protocol\",\"SourceAddressPrefix\",\"DestinationAddressPrefix\",\"Access\",\"Priority\"\n\
             \"TCP\",\"System.Collections.Generic.List`1[System.String]\",\"x\",\"Allow\",\"100\"\n",
            "Export-Csv has lost",
        ),
        // Addresses instead of prefixes do not make it one of flows either.
        ("Name;Priority;Source;Destination;Access\nWeb;100;10.0.0.4;10.0.1.5;Deny\n", "as CSV"),
    ] {
        let (mut engine, _) = read("portal.csv", text);
        let found = data(&mut engine);
        let issue = &found.sources[0].issues[0];
        assert_eq!((issue.code.as_str(), found.tables.len()), ("rules-table", 0), "{text}");
        assert!(issue.message.contains(words) && issue.next_step.contains("-o json"), "{}", issue.message);
    }
    // Flows that have a priority have a time, too.
    let flows = "Time,Source,Destination,Action,Priority\n2026-11-02T10:02:00Z,10.0.0.4,10.0.1.5,Allow,1\n";
    assert_eq!(read("flows.csv", flows).1["totals"]["allowed_flows"], 1);
}

#[test]
fn a_firewalls_table_says_what_the_firewall_did() {
    let table = "TenantId,TimeGenerated,Protocol,SourceIp,SourcePort,DestinationIp,DestinationPort,Action,Policy,RuleCollectionGroup,RuleCollection,Rule,ActionReason,_ResourceId\n\
        0,2026-11-02 10:00:00.1234560,TCP,10.0.3.9,50001,10.5.1.4,443,Allow,pol,Drcg,Spokes,spoke-to-spoke,,/subscriptions/0/providers/microsoft.network/azurefirewalls/fw-hub\n\
        0,2026-11-02 10:00:01.1234560,TCP,10.0.3.9,50002,10.5.1.5,443,Deny,,,,,Default Action,/subscriptions/0/providers/microsoft.network/azurefirewalls/fw-hub\n\
        0,2026-11-02 10:00:02.1234560,ICMP Type=8,10.0.3.9,0,10.5.1.6,0,Deny,,,,,Default Action,/subscriptions/0/providers/microsoft.network/azurefirewalls/fw-hub\n";
    let log = json!({
        "time": "2026-11-02T10:01:00Z", "macAddress": "000D3AAA0001", "category": "FlowLogFlowEvent",
        "flowRecords": { "flows": [{ "aclID": GROUP, "flowGroups": [{ "rule": "DefaultRule_AllowVnetOutBound", "flowTuples": [
            "1793613600100,10.0.3.9,10.5.1.4,50001,443,6,O,B,NX,0,0,0,0",
            "1793613601100,10.0.3.9,10.5.1.5,50002,443,6,O,B,NX,0,0,0,0"
        ] }] }] }
    })
    .to_string();
    let mut engine = load(&[("azfw.csv", table.as_bytes()), ("PT1H.json", log.as_bytes())]);
    let rows = flows(&mut engine, "");
    let of = |row: &Value| {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        (text("dst"), text("direction"), text("access"), row["rules"].clone())
    };
    let row = |dst: &str, direction: &str, access: &str, rules: &[&str]| {
        (dst.to_owned(), direction.to_owned(), access.to_owned(), json!(rules))
    };
    assert_eq!(
        rows.iter().map(of).collect::<Vec<_>>(),
        [
            row("10.5.1.4", "outbound", "allowed", &["DefaultRule_AllowVnetOutBound", "spoke-to-spoke"]),
            row("10.5.1.5", "outbound", "denied", &["Default Action", "DefaultRule_AllowVnetOutBound"]),
            row("10.5.1.6", "unknown", "denied", &["Default Action"]),
        ]
    );
    let document: Value = serde_json::from_str(&summary(&mut engine, Mode::Conversations)).unwrap();
    let firewall =
        document["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == "Default Action").unwrap();
    assert!(firewall["acl"].as_str().unwrap().ends_with("/azurefirewalls/fw-hub"));
    assert_eq!((&firewall["direction"], &firewall["denied_flows"]), (&json!("unknown"), &json!(2)));
}

#[test]
fn a_version_that_nobody_documents_is_noted() {
    let record = |version: Value| {
        json!({
            "time": "2026-11-02T10:01:00Z", "flowLogVersion": version, "macAddress": "000D3AAA0001",
            "category": "FlowLogFlowEvent",
            "flowRecords": { "flows": [{ "aclID": GROUP, "flowGroups": [{ "rule": "R", "flowTuples": [
                "1793613600100,10.0.3.9,10.5.1.4,50001,443,6,O,B,NX,0,0,0,0",
                "1793613600100,10.0.3.9,10.5.1.4,50001,443,6,O,E,NX,1,2,3,4"
            ] }] }] }
        })
        .to_string()
    };
    for version in [json!(4), json!(4.0), json!("4"), Value::Null] {
        assert_eq!(codes(&mut read("a", &record(version)).0), [""; 0]);
    }
    let two = format!("{}\n{}", record(json!(5)), record(json!(5)));
    let (mut engine, document) = read("a", &two);
    assert_eq!(codes(&mut engine), ["unknown-version"]);
    assert_eq!(document["totals"]["allowed_flows"], 1);
    let nsg = |version: &str| {
        format!(
            r#"{{"time":"2026-11-02T10:01:00Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"/N","properties":{{"Version":{version},"flows":[{{"rule":"R","flows":[{{"mac":"M","flowTuples":["1793613605,10.0.3.9,10.0.1.4,1,443,T,I,A,B,,,,"]}}]}}]}}}}"#
        )
    };
    for (version, found) in [("1", 0), ("2", 0), ("2.0", 0), ("\"2\"", 0), ("3", 1)] {
        assert_eq!(codes(&mut read("a", &nsg(version)).0).len(), found, "{version}");
    }
}
