//! `azflow rules diff`: what two files of rules decide differently, in words, and what ends with which code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod run;

use run::{run, run_with_input};
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;

const NET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";

/// Files of one test.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: &Value) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, content.to_string()).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// A network of two subnets with a group each, and a NIC with a group of its own in the first.
fn network() -> Value {
    let group = |name: &str| json!({ "id": format!("{NET}/networkSecurityGroups/{name}") });
    let subnet = |name: &str, prefix: &str| {
        json!({ "id": format!("{NET}/virtualNetworks/vnet/subnets/{name}"), "name": name, "addressPrefix": prefix,
            "networkSecurityGroup": group(&format!("nsg-{name}")) })
    };
    json!([
        { "id": format!("{NET}/virtualNetworks/vnet"), "name": "vnet", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
          "subnets": [subnet("app", "10.0.1.0/24"), subnet("web", "10.0.3.0/24")] },
        { "id": format!("{NET}/networkInterfaces/vm"), "name": "vm", "networkSecurityGroup": group("nsg-vm"),
          "ipConfigurations": [{ "privateIPAddress": "10.0.1.4",
            "subnet": { "id": format!("{NET}/virtualNetworks/vnet/subnets/app") } }] },
    ])
}

fn rule(name: &str, priority: u16, access: &str, source: &str, port: &str) -> Value {
    json!({ "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": "Tcp",
        "sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port })
}

fn group(name: &str, rules: &[Value]) -> Value {
    json!({ "id": format!("{NET}/networkSecurityGroups/{name}"), "name": name, "location": "westeurope",
        "securityRules": rules })
}

/// The groups of the network, with these rules at the first subnet and at the NIC.
fn groups(app: &[Value], vm: &[Value]) -> Value {
    json!([group("nsg-app", app), group("nsg-web", &[]), group("nsg-vm", vm)])
}

#[test]
fn a_rule_more_is_one_region_and_a_group_that_still_denies_is_named() {
    let files = Files::new();
    let vm = [rule("no-sql", 100, "Deny", "*", "1433")];
    let network = files.write("network.json", &network());
    let before = files.write("before.json", &groups(&[], &vm));
    let after = files.write("after.json", &groups(&[rule("sql", 100, "Allow", "Internet", "1433")], &vm));
    let found = run(["rules", "diff", &before, &after, "--network", &network]);
    let document = found.json();
    assert_eq!(
        (found.code, found.err.as_str(), &document["schema"]),
        (Some(0), "", &json!("azflow.rules-diff/1"))
    );
    assert_eq!(
        document["totals"],
        json!({ "newly_allowed": 1, "newly_denied": 0, "undecidable": 0, "still_denied": 1 })
    );
    let region = &document["regions"][0];
    assert_eq!(
        (&region["change"], &region["nsg"], &region["direction"], &region["places"], &region["sources"]),
        (
            &json!("newly-allowed"),
            &json!("nsg-app"),
            &json!("inbound"),
            &json!(["vnet/app"]),
            &json!(["Internet"])
        )
    );
    // The NIC's address is left out of it.
    assert_eq!(region["destinations"], json!(["10.0.1.0/30", "10.0.1.5-10.0.1.255"]));
    assert_eq!((&region["protocols"], &region["ports"]), (&json!(["tcp"]), &json!(["1433"])));
    assert_eq!(
        (&region["before"]["decision"], &region["before"]["rule"]),
        (&json!("deny"), &json!("DenyAllInBound"))
    );
    assert_eq!((&region["after"]["decision"], &region["after"]["rule"]), (&json!("allow"), &json!("sql")));
    let still = &document["regions"][1];
    assert_eq!((&still["change"], &still["destinations"]), (&json!("still-denied"), &json!(["10.0.1.4"])));
    assert_eq!((&still["after"]["nsg"], &still["after"]["rule"]), (&json!("nsg-vm"), &json!("no-sql")));

    let arguments = ["rules", "diff", &before, &after, "--network", &network, "--format"];
    let with = |form: &str| run(arguments.into_iter().chain([form])).document();
    assert!(with("text").contains(
        "newly-allowed: Internet > 10.0.1.0/30, 10.0.1.5-10.0.1.255, tcp 1433\n  nsg-app, inbound, at vnet/app\n  \
         before: deny by DenyAllInBound of nsg-app\n  after:  allow by sql of nsg-app\n"
    ), "{}", with("text"));
    assert!(with("csv").contains("newly-allowed,nsg-app,inbound,vnet/app,Internet,"), "{}", with("csv"));
    // The other way around it is denied; with itself nothing differs, and from standard input it is the same.
    let back = run(["rules", "diff", &after, &before, "--network", &network]).json();
    assert_eq!(back["regions"][0]["change"], "newly-denied");
    let same = run(["rules", "diff", &after, &after, "--network", &network]).json();
    assert_eq!(same["regions"], json!([]));
    let text = std::fs::read(&after).unwrap();
    let piped = run_with_input(&["rules", "diff", &before, "-", "--network", &network], &text);
    assert_eq!(piped.out, found.out);
}

#[test]
fn without_a_network_groups_are_compared_with_their_namesakes() {
    let files = Files::new();
    let before =
        files.write("before.json", &groups(&[rule("web", 100, "Allow", "203.0.113.0/24", "443")], &[]));
    let only = json!([group("nsg-app", &[rule("web", 100, "Allow", "203.0.113.0/24", "443-444")])]);
    let after = files.write("after.json", &only);
    let found = run(["rules", "diff", &before, &after]).json();
    let region = &found["regions"][0];
    assert_eq!(found["regions"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(
        (&region["placed"], &region["nsg"], &region["ports"]),
        (&json!(false), &json!("nsg-app"), &json!(["444"]))
    );
    assert_eq!((&region["sources"], &region["destinations"]), (&json!(["203.0.113.0/24"]), &json!(["*"])));
    let missing: Vec<&Value> =
        found["not_compared"].as_array().unwrap().iter().map(|one| &one["nsg"]).collect();
    assert_eq!(missing, ["nsg-vm", "nsg-web"]);
}

#[test]
fn what_can_not_be_told_and_what_was_not_compared_never_pass_a_gate() {
    let files = Files::new();
    let network = files.write("network.json", &network());
    let plain = files.write("plain.json", &groups(&[], &[]));
    let opened = files.write("opened.json", &groups(&[rule("web", 100, "Allow", "Internet", "443")], &[]));
    let tag =
        files.write("tag.json", &groups(&[rule("hub", 100, "Allow", "AzureFrontDoor.Backend", "443")], &[]));
    let gate = |before: &str, after: &str, gates: &str| {
        let ended = run(["rules", "diff", before, after, "--network", &network, "--fail-on", gates]);
        assert!(!ended.out.is_empty(), "{ended:?}");
        (ended.code, ended.err)
    };
    assert_eq!(gate(&plain, &opened, "newly-allowed").0, Some(1));
    assert_eq!(gate(&plain, &opened, "newly-denied").0, Some(0));
    assert_eq!(gate(&opened, &plain, "newly-denied,newly-allowed").0, Some(1));
    assert_eq!(gate(&opened, &opened, "any"), (Some(0), String::new()));
    let (code, why) = gate(&plain, &tag, "newly-denied");
    assert!(code == Some(1) && why.contains("regions undecidable"), "{why}");
    let alone = run([
        "rules",
        "diff",
        &plain,
        &files.write("less.json", &json!([group("nsg-app", &[])])),
        "--fail-on",
        "any",
    ]);
    assert!(alone.code == Some(1) && alone.err.contains("groups not-compared: 2"), "{alone:?}");
}

#[test]
fn hostile_names_stay_data() {
    let files = Files::new();
    let name = "=cmd|'calc'!A0\u{1b}[31m,\"x\"\n";
    let mut evil = group(name, &[rule(name, 100, "Allow", "203.0.113.0/24", "443")]);
    evil["id"] = json!("nsg-evil");
    let mut empty = group(name, &[]);
    empty["id"] = json!("nsg-evil");
    let (before, after) = (files.write("a.json", &json!([empty])), files.write("b.json", &json!([evil])));
    let table = run(["rules", "diff", &before, &after, "--format", "csv"]).document();
    let row = table.split("\r\n").nth(1).unwrap();
    assert!(row.starts_with("newly-allowed,\"'=cmd"), "{row}");
    let text = run(["rules", "diff", &before, &after, "--format", "text"]).document();
    assert!(!text.contains('\u{1b}') && text.lines().count() == 7, "{text}");
    let document = run(["rules", "diff", &before, &after]).json();
    assert_eq!(document["regions"][0]["after"]["rule"], json!(name));
}

#[test]
fn wrong_usage_and_what_can_not_be_read() {
    let files = Files::new();
    let one = files.write("one.json", &groups(&[], &[]));
    assert_eq!(run(["rules"]).code, Some(2));
    assert_eq!(run(["rules", "diff", &one]).code, Some(2));
    assert_eq!(run(["rules", "diff", "-", "-"]).code, Some(2));
    assert_eq!(run(["rules", "diff", &one, &one, "--fail-on", "nothing"]).code, Some(2));
    let missing = run(["rules", "diff", &one, "no-such-file.json"]);
    assert_eq!((missing.code, missing.out.as_str()), (Some(3), ""));
    let empty = files.write("empty.json", &json!({ "schema": "azflow.rules/1", "nsgs": [] }));
    // What a draft without changes is saved as: no groups, and so nothing to compare.
    assert_eq!(run(["rules", "diff", &one, &empty]).code, Some(0));
    let listless = files.write("listless.json", &json!({ "schema": "azflow.rules/1" }));
    assert_eq!(run(["rules", "diff", &one, &listless]).code, Some(3));
}
