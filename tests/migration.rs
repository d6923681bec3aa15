//! Logs of network security groups beside logs of virtual networks: whether the latter have what the former saw.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use azflow_engine::export::{Matched, Migration, NicHours};
use serde_json::{Value, json};
use support::{data, load, summary};

/// Hour 10 of 2026-11-02 in seconds.
const TEN: u64 = 1_793_613_600;

/// Seconds into an hour, source port, destination port, direction, decision, bytes.
type Tuple = (u64, u16, u16, char, char, u64);

fn mac(number: u8) -> String {
    format!("000D3AAA000{number}")
}

fn ends(number: u8, way: char) -> String {
    let (here, there) = (format!("10.0.1.{number}"), "10.0.3.9");
    if way == 'I' { format!("{there},{here}") } else { format!("{here},{there}") }
}

fn nsg(number: u8, hour: u64, tuples: &[Tuple]) -> Vec<u8> {
    let tuple = |(at, from, to, way, decision, bytes): &Tuple| {
        let (second, ends) = (TEN + (hour - 10) * 3600 + at, ends(number, *way));
        let state = if *bytes > 0 { format!("E,1,{bytes},0,0") } else { "B,,,,".to_owned() };
        format!("{second},{ends},{from},{to},T,{way},{decision},{state}")
    };
    json!({ "time": format!("2026-11-02T{hour}:59:00Z"), "category": "NetworkSecurityGroupFlowEvent", "resourceId": "/x/networkSecurityGroups/g",
        "properties": { "Version": 2, "flows": [{ "rule": "UserRule_Web", "flows": [{ "mac": mac(number), "flowTuples": tuples.iter().map(tuple).collect::<Vec<_>>() }] }] } })
    .to_string()
    .into_bytes()
}

fn vnet(number: u8, hour: u64, tuples: &[Tuple]) -> Vec<u8> {
    let tuple = |(at, from, to, way, decision, bytes): &Tuple| {
        let (second, ends) = (TEN + (hour - 10) * 3600 + at, ends(number, *way));
        let state = match (decision, bytes) {
            ('D', _) => "D,NX,0,0,0,0".to_owned(),
            (_, 0) => "B,NX,0,0,0,0".to_owned(),
            (_, bytes) => format!("E,NX,1,{bytes},0,0"),
        };
        format!("{second}137,{ends},{from},{to},6,{way},{state}")
    };
    json!({ "time": format!("2026-11-02T{hour}:59:10Z"), "macAddress": mac(number), "category": "FlowLogFlowEvent", "flowLogVersion": 4,
        "flowRecords": { "flows": [{ "aclID": "/x/networkSecurityGroups/g", "flowGroups": [{ "rule": "UserRule_Web", "flowTuples": tuples.iter().map(tuple).collect::<Vec<_>>() }] }] } })
    .to_string()
    .into_bytes()
}

fn found(files: &[Vec<u8>]) -> Option<Migration> {
    let names: Vec<String> = (0..files.len()).map(|at| format!("{at}.json")).collect();
    let given: Vec<(&str, &[u8])> =
        names.iter().zip(files).map(|(n, f)| (n.as_str(), f.as_slice())).collect();
    let mut engine = load(&given);
    let found = data(&mut engine).migration;
    for mode in [Mode::Conversations, Mode::AsLogged] {
        let document: Value = serde_json::from_str(&summary(&mut engine, mode)).unwrap();
        let written = found.as_ref().map(|found| serde_json::to_value(found).unwrap());
        assert_eq!(document["migration"], written.unwrap_or_default());
    }
    found
}

const WEB: [Tuple; 2] = [(10, 50_000, 443, 'I', 'A', 0), (20, 50_000, 443, 'I', 'A', 500)];
const SSH: Tuple = (30, 50_001, 22, 'I', 'D', 0);

#[test]
fn what_is_in_both_is_answered_with_yes() {
    let all = [WEB[0], WEB[1], SSH];
    let found = found(&[nsg(1, 10, &all), vnet(1, 10, &all), nsg(1, 11, &all), vnet(1, 11, &all)]).unwrap();
    assert_eq!(found.nic_hours, NicHours { both: 2, nsg: 0, vnet: 0 });
    assert_eq!(found.flows, Matched { both: 4, nsg: 0, vnet: 0 });
    // Hours that do not differ stand together.
    let [hours] = found.hours.as_slice() else { panic!("{:?}", found.hours) };
    assert_eq!((hours.hours, hours.first.as_str()), (2, "2026-11-02T10:00:00.000Z"));
    let counted = hours.nsg.unwrap();
    assert_eq!(
        (counted, (counted.begun, counted.denied, counted.bytes)),
        (hours.vnet.unwrap(), (2, 2, Some(1000)))
    );
    assert_eq!(
        found.answer,
        "yes: VNet flow logs have every hour of a NIC that NSG flow logs have (2), and every flow of theirs (4)"
    );
    assert!(found.only_nsg.is_empty() && !found.matched_by.contains(&"source port".to_owned()));
}

#[test]
fn what_only_one_has_is_named_by_hour_and_by_conversation() {
    let found = found(&[
        nsg(1, 10, &[WEB[0], WEB[1], SSH, (40, 50_002, 8443, 'I', 'A', 0), (50, 50_002, 8443, 'I', 'A', 70)]),
        vnet(1, 10, &[WEB[0], (20, 50_000, 443, 'I', 'A', 560), (60, 50_003, 9443, 'O', 'A', 0)]),
        nsg(2, 10, &WEB),
        vnet(2, 10, &WEB),
        nsg(2, 11, &WEB),
        nsg(3, 10, &WEB),
        vnet(4, 10, &WEB),
    ])
    .unwrap();
    assert_eq!(found.nic_hours, NicHours { both: 2, nsg: 2, vnet: 1 });
    assert_eq!(found.flows, Matched { both: 2, nsg: 2, vnet: 1 });
    let hours: Vec<(&str, bool, bool, Matched)> =
        found.hours.iter().map(|h| (&h.nic[11..], h.nsg.is_some(), h.vnet.is_some(), h.flows)).collect();
    let none = Matched::default();
    assert_eq!(
        hours,
        [
            ("1", true, true, Matched { both: 1, nsg: 2, vnet: 1 }),
            ("2", true, true, Matched { both: 1, nsg: 0, vnet: 0 }),
            ("2", true, false, none),
            ("3", true, false, none),
            ("4", false, true, none),
        ]
    );
    // Side by side, a packet more in one of them.
    let first = &found.hours[0];
    assert_eq!((first.nsg.unwrap().bytes, first.vnet.unwrap().bytes), (Some(570), Some(560)));
    assert_eq!((first.nsg.unwrap().begun, first.nsg.unwrap().denied, first.vnet.unwrap().denied), (2, 1, 0));
    let only: Vec<_> = found
        .only_nsg
        .iter()
        .map(|of| (of.dst.as_str(), of.port.unwrap(), of.begun, of.denied, of.bytes))
        .collect();
    assert_eq!(only, [("10.0.1.1", 22, 0, 1, Some(0)), ("10.0.1.1", 8443, 1, 0, Some(70))]);
    assert_eq!(found.only_nsg_total, 2);
    assert_eq!(
        found.answer,
        "no: VNet flow logs lack 2 of 4 hours of NICs that NSG flow logs have, and in the others lack 2 of 4 flows of \
         theirs"
    );
}

#[test]
fn a_flow_at_the_end_of_an_hour_may_stand_in_the_next_one() {
    let late = [(3599, 50_000, 443, 'I', 'A', 0)];
    let other = [(5, 50_009, 8080, 'I', 'A', 0)];
    let next = [(0, 50_000, 443, 'I', 'A', 0)];
    let found =
        found(&[nsg(1, 10, &late), vnet(1, 10, &other), nsg(1, 11, &other), vnet(1, 11, &next)]).unwrap();
    assert_eq!((found.flows.nsg, found.only_nsg.len()), (0, 0), "{found:?}");
}

#[test]
fn what_reaches_back_into_an_hour_without_records_belongs_to_its_record() {
    // A second before the hour, where one log rounds down and the other does not.
    let before =
        |file: Vec<u8>, from: &str, to: &str| String::from_utf8(file).unwrap().replace(from, to).into_bytes();
    let old = before(nsg(1, 10, &WEB), &format!("\"{}", TEN + 10), &format!("\"{}", TEN - 1));
    let found = found(&[old, vnet(1, 10, &WEB)]).unwrap();
    assert_eq!(found.nic_hours, NicHours { both: 1, nsg: 0, vnet: 0 });
    assert_eq!(found.flows, Matched { both: 1, nsg: 0, vnet: 0 });
    assert_eq!(found.hours[0].nsg, found.hours[0].vnet);
}

#[test]
fn a_denial_is_not_covered_by_what_was_allowed_nor_one_way_by_the_other() {
    for (there, here) in [
        ((10, 50_000, 443, 'I', 'D', 0), (10, 50_000, 443, 'I', 'A', 0)),
        ((10, 50_000, 443, 'I', 'A', 0), (10, 50_000, 443, 'O', 'A', 0)),
        ((10, 50_000, 443, 'I', 'A', 0), (10, 50_000, 80, 'I', 'A', 0)),
    ] {
        let found = found(&[nsg(1, 10, &[there]), vnet(1, 10, &[here])]).unwrap();
        assert_eq!(found.flows, Matched { both: 0, nsg: 1, vnet: 1 });
        assert!(
            found.answer.starts_with(
                "no: VNet flow logs have every hour of a NIC that NSG flow logs have (1), and lack 1 of 1"
            ),
            "{}",
            found.answer
        );
    }
    // Source ports are not kept: another one is the same flow.
    let found = found(&[
        nsg(1, 10, &[(10, 50_000, 443, 'I', 'A', 0)]),
        vnet(1, 10, &[(10, 60_000, 443, 'I', 'A', 0)]),
    ]);
    assert_eq!(found.unwrap().flows, Matched { both: 1, nsg: 0, vnet: 0 });
}

#[test]
fn bytes_that_a_log_does_not_count_are_unknown() {
    let found = found(&[nsg(1, 10, &WEB), vnet(1, 10, &[WEB[0], SSH])]).unwrap();
    let [hours] = found.hours.as_slice() else { panic!("{:?}", found.hours) };
    assert_eq!((hours.nsg.unwrap().bytes, hours.vnet.unwrap().bytes), (Some(500), None));
}

#[test]
fn nothing_is_said_where_no_hour_has_both() {
    assert_eq!(found(&[nsg(1, 10, &WEB)]), None);
    assert_eq!(found(&[nsg(1, 10, &WEB), vnet(2, 10, &WEB)]), None);
    assert_eq!(found(&[nsg(1, 10, &WEB), vnet(1, 11, &WEB)]), None);
}

#[test]
fn the_order_of_files_changes_nothing() {
    let mut files = vec![
        nsg(1, 10, &[WEB[0], SSH]),
        vnet(1, 10, &WEB),
        nsg(2, 10, &WEB),
        vnet(2, 10, &[SSH]),
        nsg(3, 10, &WEB),
    ];
    let once = found(&files);
    files.reverse();
    assert_eq!(found(&files), once);
}
