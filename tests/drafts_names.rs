//! Which group a draft changes, and what a new one is called: never what another group is called.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_engine::export::{Format, write_rules};
use azflow_engine::rules::{Action, DraftOptions};
use serde_json::{Value, json};
use support::estate::{Estate, group, has, hub, id, nic, subnet, to, with};
use support::rules::{ALLOW, DENY};

const SEEN: [&str; 2] = ["in + tcp 10.1.0.4 > 10.1.9.4 443", "in + tcp 10.1.9.4 > 10.1.0.4 22"];

fn drafted(files: &[Value], flows: &[&str]) -> Estate {
    Estate::new(&files.iter().collect::<Vec<_>>(), flows, DraftOptions::default())
}

fn two(app: Value, web: Value) -> Value {
    hub(&[subnet("app", "10.1.9.0/24", app), subnet("web", "10.1.0.0/24", web)])
}

/// The names of groups that a script would make.
fn made(estate: &Estate) -> Vec<String> {
    let new = estate.draft.groups.iter().filter(|group| group.before.is_none());
    let mut names: Vec<String> = new.map(|group| group.nsg.name.clone()).collect();
    names.sort();
    let script = write_rules(&estate.draft, Format::Az);
    for name in &names {
        assert!(script.contains(&format!("--name '{name}'")), "{name}: {script}");
    }
    assert_eq!(script.matches("az network nsg create").count(), names.len(), "{script}");
    names
}

#[test]
fn a_shared_group_is_changed_for_all_its_subnets_and_made_for_none() {
    let rules = ["in 100 + tcp Internet > * 443 https", "in 110 + tcp Internet > * 8443 api"];
    let files = [two(has("nsg-app"), has("nsg-app")), group("nsg-app", &rules)];
    // Both subnets are logged, or one of them: the rules for the other stay whatever was seen.
    for flows in [&SEEN[..], &SEEN[..1]] {
        let estate = drafted(&files, flows);
        assert_eq!(estate.draft.groups.len(), 1);
        let shared = &estate.draft.groups[0];
        assert_eq!((shared.nsg.name.as_str(), shared.applied.len()), ("nsg-app", 2));
        for name in ["https", "api"] {
            assert!(estate.rule("app", name).reused, "{name}");
        }
        for address in ["10.1.9.7", "10.1.0.7"] {
            assert_eq!(estate.decided(&format!("tcp 203.0.113.9 > {address} 8443")), (ALLOW, ALLOW));
        }
        assert_eq!(made(&estate), [""; 0]);
        // What was not logged is not denied: the deny is for the prefixes of the others alone.
        assert_eq!(estate.decided("tcp 10.1.0.77 > 10.1.9.9 22"), (ALLOW, DENY));
        let web = if flows.len() == 2 { DENY } else { ALLOW };
        assert_eq!(estate.decided("tcp 10.1.9.77 > 10.1.0.9 2222"), (ALLOW, web));
        assert_eq!(estate.is_noted("nsg-app is also at web"), flows.len() == 1);
    }
}

#[test]
fn no_name_that_a_group_has_is_taken() {
    // At another subnet, at a NIC, at nothing, in other letters, and only named by a place.
    let other = group("nsg-app", &["in 100 + tcp * > * 8443 api"]);
    let shouted = group("NSG-App", &["in 100 - * * > * * none"]);
    let far = with(
        other.clone(),
        json!({ "id": "/subscriptions/t/resourceGroups/h/providers/Microsoft.Network/networkSecurityGroups/nsg-app" }),
    );
    let db = |more: Value| {
        hub(&[
            subnet("app", "10.1.9.0/24", json!({})),
            subnet("web", "10.1.0.0/24", json!({})),
            subnet("db", "10.1.7.0/24", more),
        ])
    };
    let at_nic = nic("nic-db", "db", "10.1.7.4", has("nsg-app"));
    for files in [
        vec![db(has("nsg-app")), other.clone()],
        vec![db(json!({})), json!([at_nic.clone()]), other.clone()],
        vec![db(json!({})), other],
        vec![db(json!({})), shouted],
        vec![db(json!({})), far],
        vec![db(has("nsg-app"))],
        vec![db(json!({})), json!([at_nic])],
    ] {
        let estate = drafted(&files, &SEEN);
        assert_eq!(made(&estate), ["nsg-app_2", "nsg-web"], "{files:#?}");
        // What the group denies or allows where it is stays.
        for flow in ["tcp 203.0.113.9 > 10.1.7.4 8443", "tcp 203.0.113.9 > 10.1.7.4 22"] {
            let (before, after) = estate.decided(flow);
            assert_eq!(before, after, "{flow} {files:#?}");
        }
    }
    // Only the logs name it.
    let log = support::rules::records(&[support::rules::nsg_record(
        0,
        "000D3A445566",
        &id("networkSecurityGroups", "NSG-APP"),
        "UserRule_web",
        &[support::rules::tuple(0, "10.1.0.4", "10.1.9.4", 443, 'I', 'A')],
    )]);
    let network = db(json!({})).to_string().into_bytes();
    let files: [(&str, &[u8]); 2] = [("PT1H.json", &log), ("vnets.json", &network)];
    let (_, _, draft) = support::rules::drafted(&files, Default::default(), DraftOptions::default());
    assert_eq!(draft.groups[0].nsg.name, "nsg-app_2");
}

#[test]
fn two_new_groups_never_have_one_name() {
    // Names that are one where characters that Azure does not take are left out, or the end.
    let long = "a".repeat(78);
    for (one, two) in [("a b", "a?b"), ("App", "app"), (&*format!("{long}1"), &*format!("{long}2"))] {
        let network = |name: &str, subnet: &str, prefix: &str| {
            json!({ "id": id("virtualNetworks", name), "name": name, "addressSpace": { "addressPrefixes": [prefix] },
                "subnets": [{ "id": id("virtualNetworks", &format!("{name}/subnets/{subnet}")), "name": subnet, "addressPrefix": prefix }] })
        };
        let files = [json!([network("v1", one, "10.1.9.0/24"), network("v2", two, "10.1.0.0/24")])];
        let names = made(&drafted(&files, &SEEN));
        assert_eq!(names.len(), 2, "{one} {two}");
        assert_ne!(names[0].to_lowercase(), names[1].to_lowercase());
        assert!(names.iter().all(|name| name.len() <= 80), "{names:?}");
    }
}

/// Two networks with the same space, names and all: the NICs tell which of them was logged.
#[test]
fn the_group_of_another_network_is_never_drafted() {
    let network = |rg: &str, nsg: &str| {
        let own = |kind: &str, name: &str| {
            format!("/subscriptions/s/resourceGroups/{rg}/providers/Microsoft.Network/{kind}/{name}")
        };
        let vnet = json!({ "id": own("virtualNetworks", "vnet"), "name": "vnet", "addressSpace": { "addressPrefixes": ["10.1.0.0/16"] },
            "subnets": [{ "id": own("virtualNetworks", "vnet/subnets/db"), "name": "db", "addressPrefix": "10.1.0.0/24",
                "networkSecurityGroup": to(&own("networkSecurityGroups", nsg)) }] });
        let nic = |number: u8| {
            json!({ "id": own("networkInterfaces", &format!("nic-{number}")), "name": format!("nic-{number}"),
                "macAddress": if rg == "b" && number == 4 { "00-0D-3A-44-55-66" } else { "" },
                "ipConfigurations": [{ "privateIPAddress": format!("10.1.0.{number}"), "subnet": to(&own("virtualNetworks", "vnet/subnets/db")) }] })
        };
        let rules = if rg == "a" {
            ["in 100 + tcp 10.0.0.0/8 > * 1-65000 everyone", "in 200 + tcp * > * 22 ssh"]
        } else {
            ["in 100 + tcp 10.1.0.10/32 > * 1433 sql", "in 200 - * * > * * none"]
        };
        let group = with(group(nsg, &rules), json!({ "id": own("networkSecurityGroups", nsg) }));
        (vnet, group, json!([nic(4), nic(10)]))
    };
    for names in [["nsg-a", "nsg-b"], ["nsg", "nsg"]] {
        let ((va, ga, na), (vb, gb, nb)) = (network("a", names[0]), network("b", names[1]));
        let files = [json!([va, vb]), json!([ga, gb]), na, nb];
        let estate = drafted(&files, &["in + tcp 10.1.0.10 > 10.1.0.4 1433 UserRule_sql"]);
        for drafted in &estate.draft.groups {
            let before = drafted.before.as_ref().expect("both subnets have one");
            assert!(before.id.0.contains("resourceGroups/b/"), "{}", before.id);
            let all: Vec<_> =
                drafted.changes().iter().map(|change| (change.action, change.rule.name.clone())).collect();
            assert_eq!(all, [(Action::Keep, "sql".to_owned()), (Action::Keep, "none".to_owned())]);
        }
        assert_eq!(estate.draft.groups.len(), 1, "{:#?}", estate.draft.notes);
        assert_eq!(made(&estate), [""; 0]);
    }
}
