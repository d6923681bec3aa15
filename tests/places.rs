//! Places are told apart by their ids: what a name or a prefix leads to is open where it leads to several.

mod support;

use azflow_core::model::ResourceId;
use azflow_engine::audit::{Covered, FindingKind, audit};
use azflow_engine::export::read_rules;
use azflow_engine::rules::{DraftOptions, Fate, RuleSet, Ruling, Traffic, decide, simulate};
use azflow_engine::topology::Cut;
use serde_json::{Value, json};
use support::rules::{ALLOW, DENY, described, drafted, log, set, tcp};

fn id(group: &str, kind: &str, name: &str) -> String {
    format!("/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Network/{kind}/{name}")
}

/// A network in a resource group, with one subnet that has the group nsg-app of the same resource group.
fn network(rg: &str, space: &str, prefix: &str) -> Value {
    json!({ "id": id(rg, "virtualNetworks", "vnet"), "name": "vnet", "addressSpace": { "addressPrefixes": [space] },
        "subnets": [{ "id": id(rg, "virtualNetworks", "vnet/subnets/app"), "name": "app", "addressPrefix": prefix,
            "networkSecurityGroup": { "id": id(rg, "networkSecurityGroups", "nsg-app") } }] })
}

fn group(rg: &str, rules: Value) -> Value {
    json!({ "id": id(rg, "networkSecurityGroups", "nsg-app"), "name": "nsg-app", "location": "westeurope", "securityRules": rules })
}

fn rule(name: &str, access: &str, source: &str, port: &str) -> Value {
    json!({ "name": name, "priority": 100, "direction": "Inbound", "access": access, "protocol": "Tcp", "sourceAddressPrefix": source,
        "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port })
}

#[test]
fn a_file_of_rules_is_for_the_group_of_its_id_not_of_its_name() {
    let open = json!([rule("a", "Allow", "*", "*")]);
    let (below, world) = described(&[
        &network("rg-a", "10.1.0.0/16", "10.1.0.0/24"),
        &network("rg-b", "10.2.0.0/16", "10.2.0.0/24"),
        &group("rg-a", open.clone()),
        &group("rg-b", open),
    ]);
    let closed = group("rg-b", json!([rule("b2", "Deny", "*", "*")]));
    let over = read_rules(closed.to_string().as_bytes(), &below).unwrap().over(&below, &world);
    let to = |dst: &str| decide(&over, &world, tcp("203.0.113.9", dst, 443)).0;
    assert_eq!((to("10.1.0.4"), to("10.2.0.4")), (ALLOW, DENY));
    // A bare name that two groups have leads to neither, and that is said.
    let mut bare = closed;
    bare["id"] = json!("nsg-app");
    let read = read_rules(bare.to_string().as_bytes(), &below).unwrap();
    assert!(
        read.not_understood().iter().any(|note| note.contains("where nsg-app")),
        "{:?}",
        read.not_understood()
    );
    assert_eq!(below.find(&ResourceId("nsg-app".into()), "nsg-app"), None);
}

#[test]
fn a_prefix_that_two_networks_have_is_open() {
    let (below, world) = described(&[
        &network("rg-a", "10.1.0.0/16", "10.1.0.0/24"),
        &network("rg-b", "10.1.0.0/16", "10.1.0.0/24"),
        &group("rg-a", json!([rule("all", "Allow", "*", "*")])),
        &group("rg-b", json!([rule("all", "Allow", "*", "*")])),
    ]);
    let rules = json!({ "schema": "azflow.rules/1", "nsgs": [{ "name": "new", "prefixes": ["10.1.0.0/24"], "rules": [
        { "name": "no", "priority": 100, "direction": "inbound", "access": "deny", "protocol": "*", "sources": ["*"], "source_ports": ["*"],
          "destinations": ["*"], "destination_ports": ["*"] }] }] });
    let over = read_rules(rules.to_string().as_bytes(), &below).unwrap().over(&below, &world);
    assert!(matches!(decide(&over, &world, tcp("203.0.113.9", "10.1.0.4", 443)).0, Ruling::Undecidable(_)));
    // With its id it is for that one's subnet; where the address is, is open still.
    let mut named = rules;
    named["nsgs"][0]["subnet_id"] = json!(id("rg-a", "virtualNetworks", "vnet/subnets/app"));
    let over = read_rules(named.to_string().as_bytes(), &below).unwrap().over(&below, &world);
    let open = decide(&over, &world, tcp("203.0.113.9", "10.1.0.4", 443)).0;
    assert!(matches!(&open, Ruling::Undecidable(why) if why.contains("may be in vnet/app")), "{open:?}");
}

#[test]
fn no_group_is_drafted_where_no_network_on_file_is() {
    let vnet = json!([{ "id": id("rg", "virtualNetworks", "hub"), "name": "hub", "addressSpace": { "addressPrefixes": ["10.1.0.0/16"] },
        "subnets": [{ "id": id("rg", "virtualNetworks", "hub/subnets/app"), "name": "app", "addressPrefix": "10.1.5.0/28" }] }])
        .to_string()
        .into_bytes();
    // To the subnet; around it, within the same /24; and on premises.
    let bytes = log(&[
        ("10.9.0.4", "10.1.5.4", 443, 'A'),
        ("10.9.0.4", "10.1.5.99", 443, 'A'),
        ("10.1.5.4", "192.168.10.7", 88, 'A'),
    ]);
    let files: [(&str, &[u8]); 2] = [("PT1H.json", &bytes), ("vnets.json", &vnet)];
    let (mut engine, traffic, draft) = drafted(&files, Cut::default(), DraftOptions::default());
    let places: Vec<&str> = draft.groups.iter().map(|group| group.subnet.as_str()).collect();
    assert_eq!(places, ["app"]);
    assert_eq!(draft.skipped.values().sum::<u64>(), 2);
    let world = engine.world();
    let over = set(&draft, &traffic).over(&engine.rule_set(), &world);
    let simulated = simulate(&over, &world, &traffic);
    // Whether an address on premises is of the virtual network can't be told.
    assert_eq!((simulated.count(Fate::Kept), simulated.count(Fate::Undecidable)), (2, 1));
    // A group at the /24 around it does not apply in the subnet.
    let around = json!({ "schema": "azflow.rules/1", "nsgs": [{ "name": "around", "prefixes": ["10.1.5.0/24"], "rules": [
        { "name": "no", "priority": 100, "direction": "inbound", "access": "deny", "protocol": "*", "sources": ["*"], "source_ports": ["*"],
          "destinations": ["*"], "destination_ports": ["*"] }] }] });
    let around = read_rules(around.to_string().as_bytes(), &RuleSet::default()).unwrap();
    let to = |dst: &str| decide(&around, &world, tcp("10.9.0.4", dst, 443)).0;
    assert_eq!((to("10.1.5.4"), to("10.1.5.99")), (ALLOW, DENY));
}

#[test]
fn an_address_outside_its_subnets_prefixes_makes_no_rule_for_all() {
    let vnet = json!([{ "id": id("rg", "virtualNetworks", "hub"), "name": "hub", "addressSpace": { "addressPrefixes": ["10.1.0.0/16"] },
        "subnets": [{ "id": id("rg", "virtualNetworks", "hub/subnets/a"), "name": "a", "addressPrefix": "10.1.0.0/24" },
            { "id": id("rg", "virtualNetworks", "hub/subnets/b"), "name": "b", "addressPrefix": "10.1.1.0/24" }] }]).to_string().into_bytes();
    let nic = |name: &str, subnet: &str, addresses: &[&str]| {
        let configurations: Vec<Value> = addresses
            .iter()
            .map(|address| {
                json!({ "privateIPAddress": address,
            "subnet": { "id": id("rg", "virtualNetworks", &format!("hub/subnets/{subnet}")) } })
            })
            .collect();
        json!({ "id": id("rg", "networkInterfaces", name), "name": name, "macAddress": "", "ipConfigurations": configurations })
    };
    let nics = json!([
        nic("n1", "a", &["10.1.0.4", "fd00:1::4"]),
        nic("n2", "b", &["10.1.1.5", "fd00:2::5", "10.7.0.5"])
    ])
    .to_string()
    .into_bytes();
    let bytes = log(&[
        ("10.1.0.4", "10.1.1.5", 443, 'A'),
        ("fd00:1::4", "fd00:2::5", 443, 'A'),
        ("10.1.0.4", "10.7.0.5", 443, 'A'),
        ("fd00:1::4", "10.1.1.5", 444, 'A'),
    ]);
    let files: [(&str, &[u8]); 3] = [("PT1H.json", &bytes), ("vnets.json", &vnet), ("nics.json", &nics)];
    let (_, _, draft) = drafted(&files, Cut::default(), DraftOptions::default());
    for rule in draft.groups.iter().flat_map(|group| &group.rules).map(|drafted| &drafted.rule) {
        assert!(!rule.sources.is_empty() && !rule.destinations.is_empty(), "{rule:?}");
    }
    assert!(draft.notes.iter().any(|note| note.starts_with("3 ends")), "{:?}", draft.notes);
    assert_eq!(draft.seeds.len(), 1);
}

#[test]
fn the_internet_is_exposed_to_what_no_rule_before_keeps_it_from() {
    let exposed = |rules: Value| {
        let (set, world) = described(&[
            &json!({ "id": id("rg", "networkSecurityGroups", "n"), "name": "n", "securityRules": rules }),
        ]);
        let found = audit(&set, &world, &Traffic::default(), &Covered::default()).groups.remove(0).findings;
        found.into_iter().filter(|f| f.kind == FindingKind::Exposed).map(|f| f.rule).collect::<Vec<_>>()
    };
    let at = |name: &str, priority: u16, access: &str, sources: &[&str], port: &str| {
        json!({ "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": "Tcp", "sourceAddressPrefixes": sources,
            "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": port })
    };
    let ssh = |sources: &[&str]| at("ssh", 200, "Allow", sources, "22");
    for open in [&["*"][..], &["Internet"], &["0.0.0.0/0"], &["0.0.0.0/1", "128.0.0.0/1"]] {
        assert_eq!(exposed(json!([ssh(open)])), ["ssh"], "{open:?}");
        for denied in [&["Internet"][..], &["*"], &["0.0.0.0/0"], &["0.0.0.0/1", "128.0.0.0/1"]] {
            assert_eq!(
                exposed(json!([at("no", 100, "Deny", denied, "22"), ssh(open)])),
                [""; 0],
                "{open:?} {denied:?}"
            );
            assert_eq!(exposed(json!([at("no", 100, "Deny", denied, "23"), ssh(open)])), ["ssh"]);
        }
        for partly in [&["VirtualNetwork"][..], &["0.0.0.0/1"], &["10.0.0.0/8"]] {
            assert_eq!(
                exposed(json!([at("no", 100, "Deny", partly, "*"), ssh(open)])),
                ["ssh"],
                "{open:?} {partly:?}"
            );
        }
    }
    for narrow in [&["10.0.0.0/8"][..], &["203.0.113.0/24"], &["VirtualNetwork"], &["::/0"]] {
        let wide = narrow == ["::/0"];
        assert_eq!(!exposed(json!([ssh(narrow)])).is_empty(), wide, "{narrow:?}");
    }
    // A denial that was not understood keeps nothing out for certain.
    let mut odd = at("no", 100, "Deny", &["Internet"], "22");
    odd["destinationPortRange"] = json!("[parameters('p')]");
    assert_eq!(exposed(json!([odd, ssh(&["*"])])), ["ssh"]);
}

#[test]
fn what_was_logged_at_a_nic_leaves_that_nic_alone() {
    let nic = |rg: &str, mac: &str| {
        json!({ "id": id(rg, "networkInterfaces", "nic"), "name": "nic", "macAddress": mac, "ipConfigurations": [
        { "privateIPAddress": "10.1.0.4", "subnet": { "id": id(rg, "virtualNetworks", "vnet/subnets/app") } }] })
    };
    let files = json!([
        network("rg-a", "10.1.0.0/16", "10.1.0.0/24"),
        network("rg-b", "10.1.0.0/16", "10.1.0.0/24"),
        group("rg-a", json!([rule("no", "Deny", "*", "*")])),
        group("rg-b", json!([rule("yes", "Allow", "*", "*")])),
        nic("rg-a", "00-0D-3A-00-00-0A"),
        nic("rg-b", "00-0D-3A-00-00-0B")
    ])
    .to_string()
    .into_bytes();
    let asked = |logged_at: Option<&str>| {
        let tuple = support::rules::tuple(0, "203.0.113.9", "10.1.0.4", 443, 'I', 'A');
        let bytes = support::rules::records(&[support::rules::nsg_record(
            0,
            logged_at.unwrap_or("000D3A0000FF"),
            "/nsg",
            "UserRule_x",
            &[tuple],
        )]);
        let mut engine = support::load(&[("PT1H.json", &bytes), ("net.json", &files)]);
        decide(&engine.rule_set(), &engine.world(), tcp("203.0.113.9", "10.1.0.4", 443)).0
    };
    assert_eq!((asked(Some("000D3A00000A")), asked(Some("000D3A00000B"))), (DENY, ALLOW));
    assert!(matches!(asked(None), Ruling::Undecidable(_)));
}
