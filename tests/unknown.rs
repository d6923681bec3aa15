//! What is not known is never a definite answer: groups, rules and places of which a file leaves something open.
//!
//! Every case here is a kind: beside what led to it stand its siblings.

mod support;

use azflow_engine::rules::{Ruling, decide};
use azflow_engine::topology::read_network;
use serde_json::{Value, json};
use support::rules::{ALLOW, DENY, described, tcp};

const NET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";

fn id(kind: &str, name: &str) -> String {
    format!("{NET}/{kind}/{name}")
}

/// A network of two subnets, app (10.0.1.0/24) and web (10.0.3.0/24); what is given is added to app.
fn network(app: Value) -> Value {
    let mut subnet = json!({ "id": id("virtualNetworks", "vnet/subnets/app"), "name": "app", "addressPrefix": "10.0.1.0/24" });
    for (key, value) in app.as_object().into_iter().flatten() {
        subnet[key] = value.clone();
    }
    json!([{ "id": id("virtualNetworks", "vnet"), "name": "vnet", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
        "subnets": [subnet, { "id": id("virtualNetworks", "vnet/subnets/web"), "name": "web", "addressPrefix": "10.0.3.0/24" }] }])
}

fn at_app(group: &str) -> Value {
    json!({ "networkSecurityGroup": { "id": id("networkSecurityGroups", group) } })
}

fn rule(name: &str, priority: u16, access: &str, source: &str, port: &str) -> Value {
    json!({ "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": "Tcp",
        "sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port })
}

fn group(name: &str, rules: Value) -> Value {
    json!({ "id": id("networkSecurityGroups", name), "name": name, "location": "westeurope", "securityRules": rules })
}

/// What is decided of a connection, with these descriptions.
fn decided(files: &[&Value], src: &str, dst: &str, port: u16) -> Ruling {
    let (set, world) = described(files);
    decide(&set, &world, tcp(src, dst, port)).0
}

fn open(ruling: Ruling, reason: &str) {
    assert!(matches!(&ruling, Ruling::Undecidable(why) if why.contains(reason)), "{ruling:?}, not {reason}");
}

#[test]
fn a_group_that_no_file_has_decides_nothing() {
    let vnets = network(at_app("nsg-app"));
    open(decided(&[&vnets], "10.0.3.9", "10.0.1.4", 22), "subnet app has nsg-app, which is not on file");
    // At a NIC, and by another id than that of the group on file.
    let nic = json!([{ "id": id("networkInterfaces", "nic-1"), "name": "nic-1", "macAddress": "00-0D-3A-00-00-01",
        "networkSecurityGroup": { "id": id("networkSecurityGroups", "nsg-nic") },
        "ipConfigurations": [{ "privateIPAddress": "10.0.1.4", "subnet": { "id": id("virtualNetworks", "vnet/subnets/app") } }] }]);
    let plain = network(json!({}));
    open(decided(&[&plain, &nic], "10.0.3.9", "10.0.1.4", 22), "NIC nic-1 has nsg-nic, which is not on file");
    assert_eq!(decided(&[&plain, &nic], "10.0.3.9", "10.0.1.5", 22), ALLOW);
    let other = json!({ "id": "/subscriptions/s/resourceGroups/other/providers/Microsoft.Network/networkSecurityGroups/nsg-app",
        "name": "nsg-app", "securityRules": [rule("all", 100, "Allow", "*", "*")] });
    open(decided(&[&vnets, &other], "10.0.3.9", "10.0.1.4", 22), "not on file");
    // What another stage denies is denied whatever the group says.
    let deny = json!({ "id": id("networkSecurityGroups", "nsg-nic"), "name": "nsg-nic", "securityRules": [rule("no", 100, "Deny", "*", "*")] });
    assert_eq!(decided(&[&vnets, &nic, &deny], "10.0.3.9", "10.0.1.4", 22), DENY);
}

#[test]
fn a_group_at_a_place_without_addresses_may_be_anywhere_in_its_subnet() {
    let deny = |extra: Value| {
        let mut group = group("nsg-nic", json!([rule("no-ssh", 100, "Deny", "*", "22")]));
        group["networkInterfaces"] = extra;
        group
    };
    let nic = json!([{ "id": id("networkInterfaces", "nic-1") }]);
    let plain = network(json!({}));
    open(decided(&[&plain, &deny(nic.clone())], "10.0.3.9", "10.0.1.4", 22), "addresses are not on file");
    // What the group allows passes, whether it is there or not.
    assert_eq!(decided(&[&plain, &deny(nic.clone())], "10.0.3.9", "10.0.1.4", 443), ALLOW);
    // The subnet that lists the NIC is the only one where it can be.
    let listed =
        json!({ "ipConfigurations": [{ "id": id("networkInterfaces", "nic-1/ipConfigurations/one") }] });
    let listed = network(listed);
    assert_eq!(decided(&[&listed, &deny(nic.clone())], "10.0.1.4", "10.0.3.9", 22), ALLOW);
    open(decided(&[&listed, &deny(nic)], "10.0.3.9", "10.0.1.4", 22), "addresses are not on file");
    // A group of a subnet that is not on file.
    let mut far = group("nsg-far", json!([rule("no-ssh", 100, "Deny", "*", "22")]));
    far["subnets"] = json!([{ "id": id("virtualNetworks", "far/subnets/one") }]);
    open(decided(&[&far], "10.9.3.9", "10.9.1.4", 22), "addresses are not on file");
    assert_eq!(decided(&[&plain, &far], "10.0.3.9", "10.0.1.4", 22), ALLOW);
}

#[test]
fn what_of_a_rule_is_not_understood_is_neither_absent_nor_any() {
    let vnets = network(at_app("nsg-app"));
    let with = |change: &dyn Fn(&mut Value)| {
        let mut one = rule("one", 100, "Deny", "10.0.3.0/24", "445");
        change(&mut one);
        group("nsg-app", json!([one]))
    };
    let ask = |group: &Value, port| decided(&[&vnets, group], "10.0.3.9", "10.0.1.4", port);
    let whole = with(&|_| {});
    assert_eq!((ask(&whole, 445), ask(&whole, 446)), (DENY, ALLOW));
    for key in [
        "sourceAddressPrefix",
        "destinationAddressPrefix",
        "destinationPortRange",
        "sourcePortRange",
        "protocol",
        "priority",
        "direction",
        "access",
    ] {
        for value in [None, Some(json!("[parameters('p')]")), Some(json!({ "odd": 1 })), Some(json!(true))] {
            let changed = with(&|rule| match &value {
                None => drop(rule.as_object_mut().unwrap().remove(key)),
                Some(value) => rule[key] = value.clone(),
            });
            // Without two of priority, access and direction it is no longer told from other objects; one may miss.
            let answer = ask(&changed, 445);
            assert!(matches!(answer, Ruling::Undecidable(_)), "{key} {value:?}: {answer:?}");
            let notes = read_network(changed.to_string().as_bytes()).notes;
            let is_end = key.ends_with("AddressPrefix") && value.is_some();
            assert!(
                is_end || notes.iter().any(|(_, note)| note.contains("rule one")),
                "{key} {value:?}: {notes:?}"
            );
        }
    }
    // What is known of such a rule still keeps it from what it can't mean.
    let no_ports = with(&|rule| drop(rule.as_object_mut().unwrap().remove("destinationPortRange")));
    assert_eq!(decided(&[&vnets, &no_ports], "10.0.1.9", "10.0.1.4", 445), ALLOW);
    // A number is a text's equal.
    let number = with(&|rule| rule["destinationPortRange"] = json!(445));
    assert_eq!((ask(&number, 445), ask(&number, 446)), (DENY, ALLOW));
    let list = with(&|rule| rule["destinationPortRanges"] = json!([445, "446-447"]));
    assert_eq!((ask(&list, 447), ask(&list, 448)), (DENY, ALLOW));
}

#[test]
fn a_group_without_all_its_rules_is_not_one_with_few() {
    let vnets = network(at_app("nsg-app"));
    let ask = |group: Value| decided(&[&vnets, &group], "10.0.3.9", "10.0.1.4", 23);
    let reason = "rules of nsg-app";
    for cut in [
        json!("System.Object[]"),
        json!("@{Name=no-telnet; Priority=100}"),
        json!(["Microsoft.Azure.Commands.Network.Models.PSSecurityRule"]),
        json!(["@{Name=no-telnet}"]),
        json!("[variables('rules')]"),
        json!([7]),
        json!([{ "name": "no-telnet" }]),
    ] {
        open(ask(group("nsg-app", cut)), reason);
    }
    let mut bare = group("nsg-app", json!([]));
    bare.as_object_mut().unwrap().remove("securityRules");
    open(ask(bare), "without its rules");
    assert_eq!(ask(group("nsg-app", json!([]))), ALLOW);
}

#[test]
fn a_network_without_all_its_subnets_may_have_a_group_anywhere() {
    let mut vnets = network(json!({}));
    assert_eq!(decided(&[&vnets], "10.0.3.9", "10.0.7.4", 22), ALLOW);
    vnets[0]["subnets"].as_array_mut().into_iter().for_each(|list| list.push(json!("@{Name=db}")));
    open(decided(&[&vnets], "10.0.3.9", "10.0.7.4", 22), "subnets that are not on file");
    assert_eq!(decided(&[&vnets], "10.0.3.9", "10.0.1.4", 22), ALLOW);
}

#[test]
fn an_unknown_word_is_no_tag_without_private_addresses() {
    let vnets = network(at_app("nsg-app"));
    let ask = |word: &str| {
        let group = group("nsg-app", json!([rule("one", 100, "Deny", word, "*")]));
        decided(&[&vnets, &group], "10.0.3.9", "10.0.1.4", 85)
    };
    assert_eq!((ask("VIRTUAL_NETWORK"), ask("VirtualNetwork"), ask("virtualnetwork")), (DENY, DENY, DENY));
    assert_eq!(
        (ask("AZURE_LOADBALANCER"), ask("INTERNET"), ask("Storage.WestEurope")),
        (ALLOW, ALLOW, ALLOW)
    );
    open(ask("MyOffice"), "MyOffice");
    open(ask("192.0.2/24"), "192.0.2/24");
}

#[test]
fn all_of_one_family_is_not_all() {
    let vnets = network(at_app("nsg-app"));
    let ask = |word: &str, src: &str| {
        let group = group("nsg-app", json!([rule("one", 100, "Deny", word, "*")]));
        decided(&[&vnets, &group], src, "10.0.1.4", 85)
    };
    assert_eq!((ask("::/0", "10.0.3.9"), ask("0.0.0.0/0", "10.0.3.9")), (ALLOW, DENY));
    assert_eq!(ask("*", "10.0.3.9"), DENY);
}

#[test]
fn rules_of_a_newer_file_are_all_there_are() {
    let vnets = network(at_app("nsg-app"));
    let older = group(
        "nsg-app",
        json!([rule("sql", 100, "Allow", "10.0.3.0/24", "1433"), rule("rest", 200, "Deny", "*", "*")]),
    );
    let newer = group("nsg-app", json!([rule("rest", 200, "Deny", "*", "*")]));
    assert_eq!(decided(&[&vnets, &older], "10.0.3.9", "10.0.1.4", 1433), ALLOW);
    assert_eq!(decided(&[&vnets, &older, &newer], "10.0.3.9", "10.0.1.4", 1433), DENY);
    // A rule by itself adds to the group.
    let lone = json!([{ "id": id("networkSecurityGroups", "nsg-app/securityRules/ssh"), "name": "ssh", "priority": 110, "direction": "Inbound",
        "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "22" }]);
    assert_eq!(decided(&[&vnets, &newer, &lone[0]], "10.0.3.9", "10.0.1.4", 22), ALLOW);
    assert_eq!(decided(&[&vnets, &newer, &lone[0]], "10.0.3.9", "10.0.1.4", 1433), DENY);
}

#[test]
fn probes_are_decided_by_rules() {
    let vnets = network(at_app("nsg-app"));
    let deny = group("nsg-app", json!([rule("deny-all", 100, "Deny", "*", "*")]));
    let probe = |group: &Value| decided(&[&vnets, group], "168.63.129.16", "10.0.1.4", 443);
    assert_eq!(probe(&deny), DENY);
    assert_eq!(probe(&group("nsg-app", json!([]))), ALLOW);
    // Names and metadata pass, whatever is denied outbound, unless a rule names their tag.
    let out = |destination: &str| {
        let mut one = rule("out", 100, "Deny", "*", "*");
        (one["direction"], one["protocol"]) = (json!("Outbound"), json!("*"));
        one["destinationAddressPrefix"] = json!(destination);
        group("nsg-app", json!([one]))
    };
    let dns = |group: &Value| decided(&[&vnets, group], "10.0.1.4", "168.63.129.16", 53);
    assert_eq!(
        (dns(&out("*")), dns(&out("AzurePlatformDNS")), dns(&out("AzurePlatformIMDS"))),
        (ALLOW, DENY, ALLOW)
    );
    let metadata = |group: &Value| decided(&[&vnets, group], "10.0.1.4", "169.254.169.254", 80);
    assert_eq!((metadata(&out("*")), metadata(&out("AzurePlatformIMDS"))), (ALLOW, DENY));
}
