//! Logs that do not count, and logs that do not hold everything: what they say is named, what they leave out unknown.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::{Holds, Mode};
use azflow_engine::audit::audit;
use azflow_engine::export::{FlowColumn, audit_document};
use azflow_engine::findings::{Code, Finding};
use azflow_engine::rules::{DraftOptions, Observed, Want};
use azflow_engine::session::{Answer, Engine, FlowsFormat, FlowsQuery, Query, View};
use azflow_engine::topology::Cut;
use serde_json::{Value, json};
use support::rules::drafted;
use support::{data, load, summary};

/// A VNet flow log of one NIC; tuples as destination port, state and counters.
fn vnet(mac: &str, tuples: &[(u16, char, &str)]) -> Vec<u8> {
    let tuples: Vec<String> = tuples
        .iter()
        .zip(100..)
        .map(|((port, state, counters), ms)| {
            format!("1793613600{ms},10.0.3.9,10.0.1.4,{},{port},6,I,{state},NX,{counters}", 50_000 + ms)
        })
        .collect();
    json!({
        "time": "2026-11-02T10:01:00Z", "macAddress": mac, "category": "FlowLogFlowEvent", "flowLogVersion": 4,
        "flowRecords": { "flows": [{ "aclID": "/x/networkSecurityGroups/nsg-app", "flowGroups": [
            { "rule": "UserRule_Web", "flowTuples": tuples }
        ] }] }
    })
    .to_string()
    .into_bytes()
}

/// An NSG flow log of the same hour.
fn nsg(mac: &str, tuples: &[(u16, &str)]) -> Vec<u8> {
    let tuples: Vec<String> = tuples
        .iter()
        .map(|(port, rest)| format!("1793613605,10.0.3.9,10.0.1.4,50001,{port},T,I,{rest}"))
        .collect();
    json!({
        "time": "2026-11-02T10:01:00Z", "category": "NetworkSecurityGroupFlowEvent",
        "resourceId": "/x/networkSecurityGroups/nsg-app",
        "properties": { "Version": 2, "flows": [
            { "rule": "UserRule_Web", "flows": [{ "mac": mac, "flowTuples": tuples }] }
        ] }
    })
    .to_string()
    .into_bytes()
}

const MAC: &str = "000D3AAA0001";

fn document(engine: &mut Engine, mode: Mode) -> Value {
    serde_json::from_str(&summary(engine, mode)).unwrap()
}

/// Port, access, flows and bytes of every conversation that passes.
fn listed(engine: &mut Engine, mode: Mode, filter: &str) -> Vec<(u64, String, u64, u64, Option<u64>)> {
    let view = View { mode, filter: filter.to_owned(), ..View::default() };
    let query = FlowsQuery { view, sort: vec![(FlowColumn::Port, false)], ..FlowsQuery::default() };
    let columns = vec![
        FlowColumn::Port,
        FlowColumn::Access,
        FlowColumn::Allowed,
        FlowColumn::Denied,
        FlowColumn::BytesThere,
    ];
    let Answer::FlowsText(part) = engine.answer(Query::FlowsText(query, columns, FlowsFormat::Json)) else {
        panic!("no list")
    };
    let list: Value = serde_json::from_str(&part.text).unwrap();
    let rows = list["conversations"].as_array().or(list["flows"].as_array()).unwrap().clone();
    rows.iter()
        .map(|row| {
            let number = |key: &str| row[key].as_u64().unwrap();
            let access = row["access"].as_str().unwrap().to_owned();
            let bytes = row["bytes_src_to_dst"].as_u64();
            (number("port"), access, number("allowed_flows"), number("denied_flows"), bytes)
        })
        .collect()
}

fn both_kinds() -> Engine {
    load(&[
        (
            "nsg.json",
            &nsg(
                MAC,
                &[
                    (22, "D,B,,,,"),
                    (443, "A,B,,,,"),
                    (8443, "A,B,,,,"),
                    (8443, "A,E,5,500,5,500"),
                    (9000, "D,B,,,,"),
                    (9000, "A,B,,,,"),
                ],
            ),
        ),
        (
            "vnet.json",
            &vnet(MAC, &[(443, 'B', "0,0,0,0"), (443, 'E', "9,900,9,900"), (9443, 'E', "1,60,1,60")]),
        ),
    ])
}

#[test]
fn what_only_a_superseded_log_holds_is_named() {
    let mut engine = both_kinds();
    let words = |rows: Vec<(u64, String, u64, u64, Option<u64>)>| -> Vec<(u64, String, u64, u64)> {
        rows.into_iter().map(|(port, access, a, d, _)| (port, access, a, d)).collect()
    };
    let row = |port, access: &str, a, d| (port, access.to_owned(), a, d);
    assert_eq!(
        words(listed(&mut engine, Mode::Conversations, "")),
        [
            row(22, "denied (superseded log)", 0, 0),
            row(443, "allowed", 1, 0),
            row(8443, "allowed (superseded log)", 0, 0),
            row(9000, "both (superseded log)", 0, 0),
            row(9443, "begun earlier", 0, 0),
        ]
    );
    // A filter that leaves the other log alone leaves what does not count.
    let of_nsg = words(listed(&mut engine, Mode::Conversations, "kind:nsg"));
    assert!(of_nsg.iter().all(|row| row.1.ends_with("(superseded log)")), "{of_nsg:?}");
    let logged = words(listed(&mut engine, Mode::AsLogged, ""));
    assert_eq!(logged[0], row(22, "denied", 0, 1));
    assert!(logged.iter().all(|row| !row.1.contains("superseded")));

    let found = data(&mut engine);
    assert_eq!((found.overlaps.len(), found.superseded), (1, [2, 1]));
    let overlaps = document(&mut engine, Mode::AsLogged)["overlaps"].clone();
    assert_eq!((&overlaps["superseded_allowed"], &overlaps["superseded_denied"]), (&json!(2), &json!(1)));
    assert_eq!(overlaps["hours"][0]["kinds"], json!(["vnet-flow-log", "nsg-flow-log"]));
    assert_eq!(overlaps["hours"][0]["first"], "2026-11-02T10:00:00.000Z");

    // Alone, nothing is superseded.
    let mut alone = load(&[("nsg.json", &nsg(MAC, &[(22, "D,B,,,,")]))]);
    assert_eq!(words(listed(&mut alone, Mode::Conversations, "")), [row(22, "denied", 0, 1)]);
    assert_eq!(document(&mut alone, Mode::Conversations)["overlaps"], Value::Null);
}

/// The issues of the only source.
fn notes(engine: &mut Engine) -> Vec<(String, String)> {
    let found = data(engine).sources.remove(0);
    found.issues.into_iter().map(|issue| (issue.code, issue.message)).collect()
}

#[test]
fn a_log_that_keeps_some_kinds_of_tuples_says_what_it_can_not_tell() {
    let six = |state, counters| vnet(MAC, &[(443, state, counters); 6]);
    for (state, counters, words) in [
        ('B', "0,0,0,0", "no C or E among 6 tuples: packets and bytes can't be told"),
        ('C', "1,2,3,4", "no B or D among 6 tuples: attempts and denials can't be told"),
        ('E', "1,2,3,4", "no B or D among 6 tuples: attempts and denials can't be told"),
        ('D', "0,0,0,0", "nothing but D among 6 tuples: what was allowed can't be told"),
    ] {
        let mut engine = load(&[("PT1H.json", &six(state, counters))]);
        assert_eq!(notes(&mut engine), [("record-types".to_owned(), words.to_owned())]);
        let document = document(&mut engine, Mode::Conversations);
        assert_eq!(document["totals"]["bytes_src_to_dst"].is_null(), state == 'B', "{state}");
        let bytes = listed(&mut engine, Mode::Conversations, "")[0].4;
        assert_eq!(bytes.is_none(), state == 'B', "{state}: {bytes:?}");
    }
    // Microsoft's own example B,E lacks nothing that could be told by its absence.
    let both = vnet(MAC, &[(443, 'B', "0,0,0,0"), (443, 'E', "1,2,3,4")]);
    assert_eq!(notes(&mut load(&[("PT1H.json", &both)])), []);
    // Of version 1 there are no bytes, and of NSG flow logs there is no such setting.
    let mut first = load(&[("PT1H.json", &nsg(MAC, &[(443, "A")]))]);
    assert_eq!((notes(&mut first).len(), listed(&mut first, Mode::Conversations, "")[0].4), (0, None));
}

#[test]
fn a_short_hour_lacks_nothing_that_its_nic_has_in_another() {
    let (quiet, other) = (vnet(MAC, &[(22, 'D', "0,0,0,0")]), vnet("000D3AAA0002", &[(22, 'D', "0,0,0,0")]));
    let busy = vnet(MAC, &[(443, 'B', "0,0,0,0"), (443, 'E', "1,2,3,4")]);
    let mut engine = load(&[("busy.json", &busy), ("other.json", &other), ("quiet.json", &quiet)]);
    let found = data(&mut engine).sources;
    let lacking: Vec<&str> =
        found.iter().filter(|row| !row.issues.is_empty()).map(|row| row.name.as_str()).collect();
    assert_eq!(lacking, ["other.json"]);
}

#[test]
fn a_log_of_denials_alone_drafts_no_deny() {
    let denied = vnet(MAC, &[(5432, 'D', "0,0,0,0"); 6]);
    for outbound in [false, true] {
        let options = DraftOptions { outbound, ..DraftOptions::default() };
        let (_, _, draft) = drafted(&[("PT1H.json", &denied)], Cut::default(), options);
        assert!(draft.groups.is_empty());
        assert!(
            draft.notes.iter().any(|note| note.contains("10.0.1.0/24") && note.contains("denials alone"))
        );
    }
    // With something allowed on file the denials are what they were.
    let whole = vnet(MAC, &[(443, 'B', "0,0,0,0"), (5432, 'D', "0,0,0,0")]);
    let (_, _, draft) = drafted(&[("PT1H.json", &whole)], Cut::default(), DraftOptions::default());
    assert_eq!(draft.groups.len(), 1);
}

/// A log of a NIC of its own with its own address; tuples as destination port and state.
fn vnet_of(number: u8, tuples: &[(u16, char)]) -> Vec<u8> {
    let tuples: Vec<(u16, char, &str)> = tuples
        .iter()
        .map(|(port, state)| {
            (*port, *state, if *state == 'B' || *state == 'D' { "0,0,0,0" } else { "1,60,1,60" })
        })
        .collect();
    let text = String::from_utf8(vnet(&format!("000D3AAA000{number}"), &tuples)).unwrap();
    text.replace("10.0.1.4", &format!("10.0.1.{number}")).into_bytes()
}

const NET: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network";

/// One subnet with a group, and NICs 4 and 5 in it.
fn described() -> Vec<u8> {
    let (network, group) =
        (format!("{NET}/virtualNetworks/v"), format!("{NET}/networkSecurityGroups/nsg-app"));
    let subnet = format!("{network}/subnets/app");
    let nic = |number: u8| {
        json!({ "id": format!("{NET}/networkInterfaces/n{number}"), "name": format!("n{number}"), "macAddress": format!("00-0D-3A-AA-00-0{number}"),
            "ipConfigurations": [{ "privateIPAddress": format!("10.0.1.{number}"), "subnet": { "id": subnet } }] })
    };
    let rule = |name: &str, priority: u16, access: &str, port: &str| {
        json!({ "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": "Tcp", "sourceAddressPrefix": "*",
            "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port })
    };
    json!([
        { "id": network, "name": "v", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
            "subnets": [{ "id": subnet, "name": "app", "addressPrefix": "10.0.1.0/24", "networkSecurityGroup": { "id": group } }] },
        { "id": group, "name": "nsg-app", "securityRules": [
            rule("Web", 100, "Allow", "443"), rule("Old", 110, "Allow", "8443"), rule("Never", 120, "Deny", "3389"), rule("Wide", 130, "Allow", "5000-6000")] },
        nic(4),
        nic(5)
    ])
    .to_string()
    .into_bytes()
}

/// A list of flow logs with one of the whole network.
fn set_up(types: &str, filter: &str) -> Vec<u8> {
    json!([{ "name": "l", "id": "/l", "targetResourceId": format!("{NET}/virtualNetworks/v"), "enabled": true, "storageId": "/s",
        "recordTypes": types, "enabledFilteringCriteria": filter }])
    .to_string()
    .into_bytes()
}

fn audited(files: &[(&str, &[u8])]) -> Value {
    let mut engine = load(files);
    let (set, world, traffic, covered) =
        (engine.rule_set(), engine.world(), engine.traffic(), engine.covered());
    let found = audit(&set, &world, &traffic, &covered);
    let subnets = engine.assignment(Cut::default()).unwrap();
    let text = audit_document(&found, covered.hours(), &traffic, subnets);
    serde_json::from_str(&text).unwrap()
}

/// Kind and message of the findings from the log about a rule.
fn of_rule<'a>(audit: &'a Value, rule: &str) -> Vec<(&'a str, &'a str)> {
    let all = audit["nsgs"][0]["findings"].as_array().unwrap().iter();
    let text = |one: &'a Value, key: &str| one[key].as_str().unwrap();
    all.filter(|one| one["rule"] == rule && one["basis"] == "log")
        .map(|one| (text(one, "kind"), text(one, "message")))
        .collect()
}

#[test]
fn an_audit_says_never_hit_of_no_rule_that_the_logs_could_not_show() {
    let described = described();
    let audited = |logs: [&[(u16, char)]; 2], list: Option<Vec<u8>>| {
        let [four, five] = [vnet_of(4, logs[0]), vnet_of(5, logs[1])];
        let list = list.unwrap_or_else(|| b"[]".to_vec());
        audited(&[("4.json", &four), ("5.json", &five), ("d.json", &described), ("l.json", &list)])
    };
    let whole: &[(u16, char)] = &[(443, 'B'), (443, 'E'), (22, 'D'), (5432, 'B'), (5432, 'E')];
    let denials: &[(u16, char)] = &[(22, 'D'); 6];
    let begun: &[(u16, char)] = &[(443, 'B'), (5432, 'B')];
    let kinds = |audit: &Value, rule: &str| -> Vec<String> {
        of_rule(audit, rule).iter().map(|(kind, _)| (*kind).to_owned()).collect()
    };
    let (never, open) = (["never-hit".to_owned()], ["not-attributable".to_owned()]);

    let all = audited([whole, whole], None);
    assert_eq!(all["nsgs"][0]["limits"], json!([]));
    assert_eq!((kinds(&all, "Old").as_slice(), kinds(&all, "Never").as_slice()), (&never[..], &never[..]));
    assert!(!of_rule(&all, "Old")[0].1.contains("hold"));

    // Denials alone: no allow can be called unused, a deny can.
    let blind = audited([denials, denials], None);
    assert_eq!(blind["nsgs"][0]["limits"], json!(["the logs there hold denials alone"]));
    assert_eq!((kinds(&blind, "Old").as_slice(), kinds(&blind, "Never").as_slice()), (&open[..], &never[..]));
    assert!(of_rule(&blind, "Old")[0].1.contains("hold denials alone"));

    // Begun flows alone: the other way round.
    let no_denials = audited([begun, begun], None);
    assert_eq!(no_denials["nsgs"][0]["limits"], json!(["the logs there hold begun flows alone"]));
    assert_eq!(
        (kinds(&no_denials, "Old").as_slice(), kinds(&no_denials, "Never").as_slice()),
        (&never[..], &open[..])
    );

    // One of two: said, and what was used may have been used more.
    let mixed = audited([whole, denials], None);
    assert_eq!(mixed["nsgs"][0]["limits"], json!(["the logs of 1 of 2 NICs there hold denials alone"]));
    let old = of_rule(&mixed, "Old")[0];
    assert!(old.0 == "never-hit" && old.1.contains("1 of 2 NICs there hold denials alone"), "{old:?}");
    let wide = of_rule(&mixed, "Wide")[0];
    assert!(wide.0 == "wider-than-used" && wide.1.contains("1 of 2 NICs"), "{wide:?}");
    assert!(!of_rule(&all, "Wide")[0].1.contains("NICs"));

    // How the log is set up tells what its data can't.
    let quiet = audited([denials, whole], Some(set_up("", "")));
    assert_eq!(quiet["nsgs"][0]["limits"], json!([]));
    let no_d = audited([&[(443, 'B'), (443, 'E')], &[(443, 'B'), (443, 'E')]], Some(set_up("B,C,E", "")));
    assert_eq!(no_d["nsgs"][0]["limits"], json!(["the logs there hold no denials"]));
    assert_eq!(kinds(&no_d, "Never"), open);
    let filtered = audited([whole, whole], Some(set_up("", "dstPort == 443")));
    assert_eq!(
        (kinds(&filtered, "Old").as_slice(), kinds(&filtered, "Never").as_slice()),
        (&open[..], &open[..])
    );
}

fn findings(engine: &mut Engine) -> Vec<Finding> {
    match engine.answer(Query::Findings(View::default())) {
        Answer::Findings(answer) => answer.findings,
        other => panic!("{other:?}"),
    }
}

#[test]
fn findings_and_coverage_name_the_nics_of_which_logs_hold_a_part() {
    let logs = [
        (4, Holds::DenialsAlone, vnet_of(4, &[(22, 'D'); 3])),
        (5, Holds::BegunAlone, vnet_of(5, &[(443, 'B'); 3])),
        (6, Holds::CountersAlone, vnet_of(6, &[(443, 'E'); 3])),
        (7, Holds::Whole, vnet_of(7, &[(443, 'B'), (443, 'E')])),
    ];
    let names = ["4", "5", "6", "7"];
    let files: Vec<(&str, &[u8])> =
        names.into_iter().zip(&logs).map(|(n, (_, _, log))| (n, log.as_slice())).collect();
    let mut engine = load(&files);
    let found = findings(&mut engine);
    let partial = found.iter().find(|finding| finding.code == Code::PartialLogs).unwrap();
    let mut rows: Vec<(String, Holds)> =
        partial.rows.iter().map(|row| (row.src.clone(), row.holds)).collect();
    rows.sort();
    let expected: Vec<(String, Holds)> = logs
        .iter()
        .filter(|(_, holds, _)| *holds != Holds::Whole)
        .map(|(number, holds, _)| (format!("000D3AAA000{number}"), *holds))
        .collect();
    assert_eq!(rows, expected);
    let Answer::Coverage(coverage) = engine.answer(Query::Coverage) else { panic!() };
    assert_eq!(
        coverage.nics.iter().map(|nic| nic.holds).collect::<Vec<_>>(),
        logs.each_ref().map(|(_, holds, _)| *holds)
    );

    // A gap of such a NIC says it too.
    let mut later = String::from_utf8(vnet_of(4, &[(22, 'D'); 3])).unwrap();
    later = later.replace("1793613600", "1793624400").replace("T10:01", "T13:01");
    let mut engine = load(&[("a", &logs[0].2), ("b", later.as_bytes())]);
    let found = findings(&mut engine);
    let gaps = found.iter().find(|finding| finding.code == Code::CoverageGaps).unwrap();
    assert_eq!((gaps.rows[0].number, gaps.rows[0].holds), (2, Holds::DenialsAlone));
}

/// A log of NIC 9, whose machine has 10.0.3.9, which it leaves for 10.0.1.4.
fn leaving(tuples: &[(u16, char)]) -> Vec<u8> {
    let text = String::from_utf8(vnet_of(4, tuples)).unwrap();
    text.replace("000D3AAA0004", "000D3AAA0009").replace(",6,I,", ",6,O,").into_bytes()
}

#[test]
fn a_log_that_could_not_show_a_flow_makes_no_finding_of_one_side() {
    let is_one_sided = |source: &[(u16, char)], destination: &[(u16, char)], list: &[u8]| {
        let (there, here) = (leaving(source), vnet_of(4, destination));
        let described = described();
        let mut engine = load(&[("a", &there), ("b", &here), ("d", &described), ("l", list)]);
        findings(&mut engine).iter().any(|finding| finding.code == Code::OneSided)
    };
    let other = [(8080, 'B'), (8080, 'E'), (22, 'D')];
    let flow = [(443, 'B'), (443, 'E'), (23, 'D'), (22, 'B'), (8080, 'B')];
    assert!(is_one_sided(&flow, &other, b"[]"));
    // The destination's log holds denials alone, or no denials: what left may have been let in, or refused.
    assert!(!is_one_sided(&flow, &[(22, 'D')], b"[]"));
    assert!(!is_one_sided(&flow, &[(8080, 'B')], b"[]"));
    // Set up to hold everything, it would have shown it.
    assert!(is_one_sided(&flow, &[(22, 'D')], &set_up("", "")));
}

#[test]
fn a_subnet_with_a_nic_logged_with_denials_alone_gets_no_deny_unless_asked() {
    let busy = vnet_of(4, &[(443, 'B'), (443, 'E'), (22, 'D')]);
    let blind = vnet_of(5, &[(22, 'D'); 6]);
    let both: [(&str, &[u8]); 2] = [("4.json", &busy), ("5.json", &blind)];
    let (mut engine, traffic, draft) = drafted(&both, Cut::default(), DraftOptions::default());
    assert!(draft.groups.is_empty(), "{:?}", draft.groups);
    assert!(
        draft.notes.iter().any(|note| note.contains("10.0.1.0/24") && note.contains("denials alone")),
        "{:?}",
        draft.notes
    );
    // What was marked as needed asks for it; the rest that was seen there stays.
    let want = |_: usize, seen: &Observed| if seen.port == Some(443) { Want::Needed } else { Want::Unmarked };
    let asked = engine.draft_reviewed(&traffic, Cut::default(), &DraftOptions::default(), &want).unwrap();
    assert_eq!(asked.groups.len(), 1);
    // The one NIC alone is not blind, and neither is a quiet one of a log that is set up to hold everything.
    let (_, _, alone) = drafted(&both[..1], Cut::default(), DraftOptions::default());
    assert_eq!(alone.groups.len(), 1);
    let (described, list) = (described(), set_up("", ""));
    let with = |list: &[u8]| {
        let files = [both[0], both[1], ("d.json", described.as_slice()), ("l.json", list)];
        drafted(&files, Cut::default(), DraftOptions::default()).2.groups.len()
    };
    assert_eq!((with(b"[]"), with(&list)), (0, 1));
}

fn timeline(engine: &mut Engine, mode: Mode) -> (u64, Vec<u64>) {
    let Answer::Timeline(found) = engine.answer(Query::Timeline(View { mode, ..View::default() }, None))
    else {
        panic!("no timeline")
    };
    (found.timeline.bins.iter().map(|bin| bin.counters.bytes()).sum(), found.older_bytes)
}

#[test]
fn what_a_first_end_counts_may_be_from_before_the_window() {
    // An E alone, as of a clock that has been running for days.
    let lone = vnet(MAC, &[(123, 'E', "27347,984492,26811,965196")]);
    let mut engine = load(&[("PT1H.json", &lone)]);
    let (all, older) = timeline(&mut engine, Mode::Conversations);
    assert_eq!((all, older.iter().sum::<u64>()), (984_492 + 965_196, 984_492 + 965_196));
    let document = document(&mut engine, Mode::Conversations);
    assert_eq!(document["totals"]["bytes_src_to_dst"], 984_492);
    assert_eq!(document["possibly_older"]["bytes_src_to_dst"], 984_492);

    // What began in the window counts what passed in it.
    let begun = vnet(MAC, &[(123, 'B', "0,0,0,0"), (123, 'E', "27347,984492,26811,965196")]);
    let mut engine = load(&[("PT1H.json", &begun)]);
    assert_eq!(timeline(&mut engine, Mode::Conversations).1, [0u64; 0]);
    assert_eq!(self::document(&mut engine, Mode::Conversations)["possibly_older"], Value::Null);

    // Both ends log it: once in conversations, twice as logged.
    let (here, there) = (lone, vnet("000D3AAA0002", &[(123, 'E', "27347,984492,26811,965196")]));
    let mut engine = load(&[("a.json", &here), ("b.json", &there)]);
    let sum = |engine: &mut Engine, mode| timeline(engine, mode).1.iter().sum::<u64>();
    assert_eq!(sum(&mut engine, Mode::Conversations), 984_492 + 965_196);
    assert_eq!(sum(&mut engine, Mode::AsLogged), 2 * (984_492 + 965_196));
}
