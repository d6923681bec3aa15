//! What the documents about rules say beyond the numbers that they are made of: the log beside a decision, another
//! set and a review beside a simulation, and the same as tables.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_engine::audit::audit;
use azflow_engine::export::{
    Beside, audit_table, decision_document, read_review, read_rules, rules_document, simulation_document,
    simulation_table,
};
use azflow_engine::rules::{DraftOptions, RuleSet, decide, simulate};
use azflow_engine::session::{
    Answer, DraftAsk, Engine, Query, RegionLine, RulesAnswer, RulesAsk, ToEngine, View,
};
use azflow_engine::topology::Cut;
use serde_json::{Value, json};
use support::load;
use support::rules::{drafted, groups, log, ops_and_mgmt, set, tcp};

const CUT: Cut = Cut { v4: 28, v6: 64 };

fn example() -> (Engine, RuleSet) {
    let bytes = ops_and_mgmt();
    let (engine, traffic, draft) = drafted(&[("PT1H.json", &bytes)], CUT, DraftOptions::default());
    let set = set(&draft, &traffic);
    (engine, set)
}

fn simulated(engine: &mut Engine, set: &RuleSet, beside: Beside<'_>) -> Value {
    let (world, traffic) = (engine.world(), engine.traffic());
    let simulation = simulate(set, &world, &traffic);
    let subnets = engine.assignment(CUT).unwrap();
    let text = simulation_document(&simulation, (set, &world), &traffic, subnets, beside);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_decision_says_whether_the_log_agrees() {
    let (mut engine, set) = example();
    let (world, traffic) = (engine.world(), engine.traffic());
    let said = |port: u16| -> Value {
        let flow = tcp("10.10.1.4", "10.10.1.20", port);
        let (ruling, stages) = decide(&set, &world, flow);
        serde_json::from_str(&decision_document(&set, flow, (&ruling, &stages), &traffic)).unwrap()
    };
    let rdp = said(3389);
    assert_eq!((&rdp["decision"], &rdp["logged"]["agrees"]), (&json!("allow"), &json!(true)));
    assert_eq!(rdp["logged"]["allowed_flows"], 1);
    assert_eq!(
        rdp["logged"]["by"],
        json!([{ "acl": "/nsg", "rule": "DefaultRule_AllowVnetInBound", "direction": "inbound", "decision": "allow", "flows": 1 }])
    );
    let telnet = said(23);
    assert_eq!((&telnet["decision"], &telnet["logged"]["agrees"]), (&json!("deny"), &json!(true)));
    assert_eq!(said(22)["logged"], Value::Null);

    // A set that denies what was allowed does not agree with the log.
    let closed = groups(&[("nsg", "10.10.1.16/28", &[("no", 100, "deny", "*", "3389")])]);
    let flow = tcp("10.10.1.4", "10.10.1.20", 3389);
    let (ruling, stages) = decide(&closed, &world, flow);
    let text = decision_document(&closed, flow, (&ruling, &stages), &traffic);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["logged"]["agrees"], false);
}

#[test]
fn two_sets_are_compared_conversation_by_conversation() {
    let (mut engine, set) = example();
    let narrow = groups(&[(
        "nsg-mgmt",
        "10.10.1.16/28",
        &[("rdp", 100, "allow", "10.10.1.0/28", "3389"), ("rest", 4000, "deny", "VirtualNetwork", "*")],
    )]);
    let (world, traffic) = (engine.world(), engine.traffic());
    let other = simulate(&narrow, &world, &traffic);
    let document = simulated(&mut engine, &set, Beside { other: Some(&other), review: None });
    // Under the narrow set, SMB to Mgmt would break; under the draft nothing does.
    assert_eq!(document["totals"]["would_break"], 0);
    assert_eq!(document["compared_with"]["totals"]["would_break"], 1);
    let changes = json!([{ "from": "would_break", "to": "kept", "conversations": 1 }]);
    assert_eq!(document["compared_with"]["changes"], changes);
    let alone = simulated(&mut engine, &set, Beside::default());
    assert_eq!((&alone["compared_with"], &alone["review"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_simulation_says_what_becomes_of_what_is_needed() {
    let (mut engine, set) = example();
    let review = "source,destination,protocol,port,decision\r\n\
        10.10.1.0/28,10.10.1.16/28,tcp,3389,needed\r\n10.10.1.0/28,10.10.1.16/28,tcp,23,not needed\r\n";
    let marks = read_review(review).unwrap().review.marks().to_vec();
    engine.handle(ToEngine::Marks(marks), None);
    let traffic = engine.traffic();
    let said = engine.verdicts(&traffic, &View { cut: CUT, ..View::default() });
    let document = simulated(&mut engine, &set, Beside { other: None, review: Some(&said) });
    let fates = |said: &str| -> Vec<u64> {
        let of = &document["review"][said];
        ["kept", "would_break", "still_blocked"].iter().map(|fate| of[fate].as_u64().unwrap()).collect()
    };
    assert_eq!(fates("needed"), [2, 0, 0]);
    assert_eq!(fates("not needed"), [0, 0, 1]);
    assert_eq!(fates("undecided"), [3, 0, 0]);
}

#[test]
fn tables_have_a_line_for_each_service_and_finding() {
    let (mut engine, set) = example();
    let (world, traffic) = (engine.world(), engine.traffic());
    let simulation = simulate(&set, &world, &traffic);
    let covered = engine.covered();
    let table = simulation_table(&simulation, &traffic, engine.assignment(CUT).unwrap());
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines[0],
        "source,destination,protocol,port,kept,would_break,still_blocked,newly_opened,undecidable"
    );
    assert!(lines.contains(&"10.10.1.0/28,10.10.1.16/28,tcp,3389,2,0,0,0,0"), "{table}");
    assert!(lines.contains(&"10.10.1.0/28,10.10.1.16/28,tcp,23,0,0,1,0,0"), "{table}");
    assert_eq!(lines.len(), 1 + 5, "{table}");

    let any = groups(&[("=nsg", "10.10.1.16/28", &[("all", 100, "allow", "*", "*")])]);
    let table = audit_table(&audit(&any, &world, &traffic, &covered));
    // A name out of a file is no formula in a spreadsheet.
    assert!(table.lines().skip(1).all(|line| line.starts_with("'=nsg,")), "{table}");
    assert!(table.contains("all,inbound,exposed,config,"), "{table}");
}

#[test]
fn the_draft_is_compared_with_what_is_in_force() {
    let group = json!({ "id": "nsg-web", "name": "nsg-web", "securityRules": [
        { "name": "web", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
          "sourceAddressPrefix": "Internet", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "443" }] });
    let network = json!([{ "id": "vnet", "name": "vnet", "addressSpace": { "addressPrefixes": ["10.10.0.0/16"] }, "subnets": [
        { "id": "vnet/subnets/ops", "name": "ops", "addressPrefix": "10.10.1.0/28" },
        { "id": "vnet/subnets/mgmt", "name": "mgmt", "addressPrefix": "10.10.1.16/28", "networkSecurityGroup": { "id": "nsg-web" } }] }]);
    let (log, group, network) = (ops_and_mgmt(), group.to_string(), network.to_string());
    let files: [(&str, &[u8]); 3] =
        [("PT1H.json", &log), ("nsgs.json", group.as_bytes()), ("vnets.json", network.as_bytes())];
    let mut engine = load(&files);
    let ask = RulesAsk::Difference(DraftAsk::default());
    let Answer::Rules(answer) = engine.answer(Query::Rules(Box::new(ask))) else { panic!() };
    let RulesAnswer::Difference(found) = *answer else { panic!() };
    assert!(found.in_force && found.error.is_none() && found.not_compared.is_empty(), "{found:?}");
    assert_eq!(found.regions.total, found.totals.iter().sum::<u32>());
    // What nothing was seen of is denied from now on, and the words say by which rule.
    let denied = |line: &&RegionLine| line.change == "newly-denied" && line.decided[1].1.starts_with("Deny_");
    let line = found.regions.rows.iter().find(denied).unwrap();
    assert_eq!((line.decided[0].0, line.decided[1].0), (Some(true), Some(false)), "{line:?}");
}

/// A draft without a group changes nothing; a file without a list of groups is no draft.
#[test]
fn a_draft_that_changes_nothing_leaves_what_is_in_force() {
    let refused = log(&[("10.10.1.4", "10.10.1.20", 3389, 'D')]);
    let (_, traffic, draft) = drafted(&[("PT1H.json", &refused)], CUT, DraftOptions::default());
    let saved = rules_document(&draft, &traffic, None);
    assert!(draft.groups.is_empty(), "{saved}");
    let below = groups(&[("nsg", "10.10.1.16/28", &[("no", 100, "deny", "*", "3389")])]);
    let world = load(&[("PT1H.json", &refused)]).world();
    let bare = json!({ "schema": "azflow.rules/1", "nsgs": [] }).to_string();
    for text in [saved, bare] {
        let read = read_rules(text.as_bytes(), &below).unwrap();
        assert_eq!((read.groups.len(), read.notes.len()), (0, 1));
        assert!(read.not_understood()[0].contains("has no group"), "{:?}", read.not_understood());
        let over = read.over(&below, &world);
        for port in [3389, 443] {
            let flow = tcp("10.10.1.4", "10.10.1.20", port);
            assert_eq!(decide(&over, &world, flow), decide(&below, &world, flow));
        }
    }
    for text in [
        json!({ "schema": "azflow.rules/1" }),
        json!({ "schema": "azflow.rules/1", "nsgs": "[]" }),
        json!({ "schema": "azflow.rules/1", "nsgs": null }),
        json!([]),
        json!({}),
        json!([{ "name": "v", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] }, "subnets": [] }]),
    ] {
        assert!(read_rules(text.to_string().as_bytes(), &below).is_err(), "{text}");
    }
}
