//! Traffic made up for rules, and what is drafted from it.

use azflow_core::model::{Address, Decision, Protocol};
use azflow_engine::export::{read_rules, rules_document};
use azflow_engine::rules::{Draft, DraftOptions, Flow, RuleSet, Ruling, Traffic, World};
use azflow_engine::session::Engine;
use azflow_engine::topology::{Cut, merge_network, read_network};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;

pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name))
        .expect("of the test")
}

pub fn a(text: &str) -> Address {
    Address::parse(text).expect("of the test")
}

pub fn tcp(src: &str, dst: &str, port: u16) -> Flow {
    Flow { src: a(src), dst: a(dst), protocol: Protocol::TCP, port: Some(port) }
}

/// An NSG flow log of tuples `src,dst,port,decision`, all inbound at the destination.
pub fn log(flows: &[(&str, &str, u16, char)]) -> Vec<u8> {
    let tuples: Vec<String> = flows
        .iter()
        .enumerate()
        .map(|(i, (src, dst, port, decision))| {
            format!("{},{src},{dst},{},{port},T,I,{decision},B,,,,", 1_790_812_800 + i, 50_000 + i % 1000)
        })
        .collect();
    json!({ "records": [{
        "time": "2026-10-01T00:05:00Z", "macAddress": "000D3A445566", "category": "NetworkSecurityGroupFlowEvent",
        "resourceId": "/nsg", "properties": { "Version": 2, "flows": [{ "rule": "DefaultRule_AllowVnetInBound",
            "flows": [{ "mac": "000D3A445566", "flowTuples": tuples }] }] } }] })
    .to_string()
    .into_bytes()
}

pub fn drafted(files: &[(&str, &[u8])], cut: Cut, options: DraftOptions) -> (Engine, Rc<Traffic>, Draft) {
    let mut engine = super::load(files);
    let traffic = engine.traffic();
    let draft = engine.draft(&traffic, cut, &options).expect("of the test");
    (engine, traffic, draft)
}

/// The draft as groups in their places, by way of the document that it is saved as.
pub fn set(draft: &Draft, traffic: &Traffic) -> RuleSet {
    read_rules(rules_document(draft, traffic, None).as_bytes(), &RuleSet::default()).expect("of the test")
}

/// The example of docs/EXAMPLE-RULES.md.
pub fn ops_and_mgmt() -> Vec<u8> {
    log(&[
        ("10.10.1.4", "10.10.1.20", 3389, 'A'),
        ("10.10.1.5", "10.10.1.20", 3389, 'A'),
        ("10.10.1.4", "10.10.1.21", 445, 'A'),
        ("10.10.1.20", "10.10.1.4", 445, 'A'),
        ("10.10.1.20", "10.10.1.5", 3389, 'A'),
        ("10.10.1.4", "10.10.1.20", 23, 'D'),
    ])
}

/// A record of an NSG flow log: an hour of 1 October 2026, a NIC, a group, a rule and its tuples.
pub fn nsg_record(hour: u32, mac: &str, group: &str, rule: &str, tuples: &[String]) -> Value {
    json!({
        "time": format!("2026-10-{:02}T{:02}:30:00Z", 1 + hour / 24, hour % 24), "macAddress": mac,
        "category": "NetworkSecurityGroupFlowEvent", "resourceId": group,
        "properties": { "Version": 2, "flows": [{ "rule": rule, "flows": [{ "mac": mac, "flowTuples": tuples }] }] },
    })
}

/// A record of a VNet flow log, likewise.
pub fn vnet_record(hour: u32, mac: &str, acl: &str, rule: &str, tuples: &[String]) -> Value {
    json!({
        "time": format!("2026-10-{:02}T{:02}:30:00Z", 1 + hour / 24, hour % 24), "macAddress": mac,
        "category": "FlowLogFlowEvent", "flowLogVersion": 4,
        "flowRecords": { "flows": [{ "aclID": acl, "flowGroups": [{ "rule": rule, "flowTuples": tuples }] }] },
    })
}

/// A tuple of an NSG flow log, `I` or `O`, `A` or `D`, in the half of an hour.
pub fn tuple(hour: u32, src: &str, dst: &str, port: u16, way: char, decision: char) -> String {
    let at = 1_790_812_800 + u64::from(hour) * 3600 + 1790;
    format!("{at},{src},{dst},50123,{port},T,{way},{decision},B,,,,")
}

/// A tuple of a VNet flow log; the state is `B` or `D`.
pub fn vnet_tuple(hour: u32, ends: (&str, &str, u16), way: char, state: char, encryption: &str) -> String {
    let at = (1_790_812_800 + u64::from(hour) * 3600 + 1790) * 1000;
    let (src, dst, port) = ends;
    format!("{at},{src},{dst},50123,{port},6,{way},{state},{encryption},0,0,0,0")
}

pub fn records(list: &[Value]) -> Vec<u8> {
    json!({ "records": list }).to_string().into_bytes()
}

/// Name, priority, access, source and ports.
pub type RuleOf<'a> = (&'a str, u16, &'a str, &'a str, &'a str);

/// Groups as `azflow.rules/1` from rules of name, priority, access, sources, ports.
pub fn groups(list: &[(&str, &str, &[RuleOf<'_>])]) -> RuleSet {
    let nsgs: Vec<_> = list
        .iter()
        .map(|(name, prefix, rules)| {
            let rules: Vec<_> = rules
                .iter()
                .map(|(name, priority, access, source, port)| {
                    json!({ "name": name, "priority": priority, "direction": "inbound", "access": access,
                        "protocol": "tcp", "sources": [source], "source_ports": ["*"], "destinations": ["*"],
                        "destination_ports": [port] })
                })
                .collect();
            json!({ "name": name, "prefixes": [prefix], "rules": rules })
        })
        .collect();
    let document = json!({ "schema": "azflow.rules/1", "nsgs": nsgs });
    read_rules(document.to_string().as_bytes(), &RuleSet::default()).expect("of the test")
}

/// What a connection is decided to be.
pub const ALLOW: Ruling = Ruling::Decided(Decision::Allowed);
pub const DENY: Ruling = Ruling::Decided(Decision::Denied);

/// The groups, and the world around them, of descriptions in this order.
pub fn described(files: &[&Value]) -> (RuleSet, World) {
    let mut network = Default::default();
    for file in files {
        merge_network(&mut network, read_network(file.to_string().as_bytes()).network);
    }
    (RuleSet::of(&network), World::new(&network))
}
