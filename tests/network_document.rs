//! The document `azflow.network/1`: everything that was read is in it, doubts too, and reading it gives that again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/agreement.rs"]
#[allow(dead_code, reason = "random networks need a part of it")]
mod agreement;
#[path = "support/azure/mod.rs"]
#[allow(dead_code, reason = "random networks need a part of it")]
mod azure;
#[path = "support/random_azure/mod.rs"]
#[allow(dead_code, unused_imports, reason = "random networks alone are needed")]
mod random_azure;
mod support;

use azflow_core::model::{Network, Protocol, SecurityRule};
use azflow_engine::export;
use azflow_engine::rules::{RuleSet, Ruling, World, decide};
use azflow_engine::session::{Answer, DoubtfulPart, NetworkAnswer, Query, View};
use azflow_engine::topology::{combine_networks, read_network};
use proptest::prelude::*;
use random_azure::{Kind, random};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use support::load;
use support::network::description;
use support::rules::tcp;

const NET: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network";

fn id(kind: &str, name: &str) -> String {
    format!("{NET}/{kind}/{name}")
}

fn combined(files: &[Vec<u8>]) -> Network {
    let read = |(at, file): (usize, &Vec<u8>)| (format!("{at}"), read_network(file).network);
    combine_networks(&files.iter().enumerate().map(read).collect::<Vec<_>>()).network
}

fn document(network: &Network) -> Value {
    serde_json::from_str(&export::network(network, &[])).unwrap()
}

/// Reads a document as the only description there is; it has no service tags.
fn again(document: &Value) -> Network {
    let file = document.to_string().into_bytes();
    combined(&[file])
}

/// Holds that the document has all of a network.
fn keeps(network: &Network, about: &str) {
    let written = document(network);
    let mut read = again(&written);
    // Its service tags are counted, not listed; those that effective tags make again are what they were.
    assert!(read.tags.iter().all(|tag| network.tags.contains(tag)), "{about}: {:?}", read.tags);
    read.tags.clone_from(&network.tags);
    assert_eq!(read, *network, "{about}");
    assert_eq!(document(&read), written, "{about}");
}

/// Descriptions of which something is not understood, one for each part of a network, and where its document says so.
fn doubtful() -> Vec<(&'static str, Value, &'static str)> {
    let rule = |change: Value| {
        let mut rule = json!({ "name": "r", "priority": 200, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
            "sourceAddressPrefix": "10.0.3.0/24", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "443" });
        for (key, value) in change.as_object().unwrap() {
            rule[key] = value.clone();
        }
        json!([{ "id": id("networkSecurityGroups", "g"), "name": "g", "securityRules": [rule] }])
    };
    let network = |change: Value| {
        let mut one = json!({ "id": id("virtualNetworks", "v"), "name": "v", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] }, "subnets": [] });
        for (key, value) in change.as_object().unwrap() {
            one[key] = value.clone();
        }
        json!([one])
    };
    let subnet = |prefix: &str| json!([{ "id": id("virtualNetworks", "v/subnets/a"), "name": "a", "addressPrefix": prefix }]);
    let peering = json!([{ "id": id("virtualNetworks", "v/virtualNetworkPeerings/p"), "name": "p", "peeringState": "Connected",
        "remoteVirtualNetwork": { "id": id("virtualNetworks", "w") }, "remoteAddressSpace": "@{addressPrefixes=System.Object[]}" }]);
    let nic = json!([{ "id": id("networkInterfaces", "n"), "name": "n", "macAddress": "00-0D-3A-00-00-01", "ipConfigurations": [{ "privateIPAddress": "[x]" }] }]);
    vec![
        ("its port", rule(json!({ "destinationPortRange": "some" })), "/nsgs/0/rules/0/doubt"),
        ("its priority", rule(json!({ "priority": "first" })), "/nsgs/0/rules/0/doubt"),
        ("its direction", rule(json!({ "direction": "Both" })), "/nsgs/0/rules/1/doubt"),
        ("its access", rule(json!({ "access": "Maybe" })), "/nsgs/0/rules/1/doubt"),
        ("its protocol", rule(json!({ "protocol": "quic" })), "/nsgs/0/rules/0/doubt"),
        ("its source", rule(json!({ "sourceAddressPrefix": null })), "/nsgs/0/rules/0/doubt"),
        (
            "10.0.0.0/33",
            rule(json!({ "sourceAddressPrefix": "10.0.0.0/33" })),
            "/nsgs/0/rules/0/unknown_ends/0",
        ),
        (
            "[x]",
            rule(json!({ "sourceAddressPrefix": "", "sourceApplicationSecurityGroups": [{ "id": "[x]" }] })),
            "/nsgs/0/rules/0/application_security_groups/0",
        ),
        (
            "{\"a\":1}",
            rule(json!({ "sourceAddressPrefixes": ["10.0.0.4", { "a": 1 }] })),
            "/nsgs/0/rules/0/unknown_ends/0",
        ),
        (
            "not all rules",
            json!([{ "id": id("networkSecurityGroups", "g"), "name": "g", "securityRules": "System.Object[]" }]),
            "/nsgs/0/doubt",
        ),
        (
            "without its rules",
            json!([{ "id": id("networkSecurityGroups", "g"), "name": "g" }]),
            "/nsgs/0/doubt",
        ),
        (
            "address space",
            network(json!({ "addressSpace": { "addressPrefixes": ["[x]"] } })),
            "/networks/0/doubt",
        ),
        ("not all subnets", network(json!({ "subnets": "System.Object[]" })), "/networks/0/doubt"),
        ("a prefix of subnet a", subnet("[x]"), "/subnets/0/doubt"),
        ("what p peers", peering, "/peerings/0/doubt"),
        ("an address of n", nic, "/nics/0/doubt"),
        (
            "not all routes",
            json!([{ "id": id("routeTables", "t"), "name": "t", "disableBgpRoutePropagation": false, "routes": ["System.Object[]"] }]),
            "/route_tables/0/doubt",
        ),
        (
            "only single routes",
            json!([{ "id": id("routeTables", "t/routes/r"), "name": "r", "nextHopType": "None", "addressPrefix": "Storage" }]),
            "/route_tables/0/doubt",
        ),
    ]
}

#[test]
fn every_doubt_is_in_the_document_and_comes_back() {
    for (words, file, place) in doubtful() {
        let network = read_network(file.to_string().as_bytes()).network;
        let written = document(&network);
        let said = written.pointer(place).and_then(Value::as_str).unwrap_or_default();
        assert!(said.contains(words), "{words}: {place} is {:?}", written.pointer(place));
        keeps(&network, words);
    }
}

#[test]
fn what_is_not_in_doubt_says_so() {
    let files = [
        json!([{ "id": id("virtualNetworks", "v"), "name": "v", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
            "subnets": [{ "id": id("virtualNetworks", "v/subnets/a"), "name": "a", "addressPrefix": "10.0.0.0/24",
                "routeTable": { "id": id("routeTables", "t") }, "natGateway": { "id": "/n" }, "defaultOutboundAccess": false,
                "privateEndpointNetworkPolicies": "Enabled", "ipConfigurations": [{ "id": "/m" }] }],
            "virtualNetworkPeerings": [{ "id": id("virtualNetworks", "v/virtualNetworkPeerings/p"), "name": "p", "peeringState": "Connected",
                "peerCompleteVnets": false, "localSubnetNames": ["a"], "remoteSubnetNames": ["b"],
                "remoteVirtualNetwork": { "id": id("virtualNetworks", "w") }, "remoteAddressSpace": { "addressPrefixes": ["10.1.0.0/24"] },
                "remoteVirtualNetworkAddressSpace": { "addressPrefixes": ["10.1.0.0/16"] } }] }]),
        json!([{ "id": id("routeTables", "t"), "name": "t", "disableBgpRoutePropagation": true, "subnets": [{ "id": id("virtualNetworks", "v/subnets/a") }],
            "routes": [{ "name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4" },
                       { "name": "tag", "addressPrefix": "Storage", "nextHopType": "Internet" }] }]),
        json!([{ "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m", "name": "m", "hardwareProfile": { "vmSize": "Standard_D2s_v5" },
            "networkProfile": { "networkInterfaces": [{ "id": id("networkInterfaces", "n") }] } }]),
        json!([{ "id": id("networkInterfaces", "n"), "name": "n", "macAddress": "00-0D-3A-00-00-01", "privateEndpoint": { "id": "/e" },
            "virtualMachine": { "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m" },
            "ipConfigurations": [{ "privateIPAddress": "10.0.0.4", "primary": true, "subnet": { "id": id("virtualNetworks", "v/subnets/a") } }] }]),
        json!([{ "name": "l", "id": "/l", "targetResourceId": id("virtualNetworks", "v"), "enabled": true, "storageId": "/s", "recordTypes": "B,D",
            "location": "westeurope", "retentionPolicy": { "enabled": true, "days": 7 }, "enabledFilteringCriteria": "dstPort == 443" }]),
        json!({ "value": [{ "networkSecurityGroup": { "id": id("networkSecurityGroups", "g") }, "association": { "subnet": { "id": id("virtualNetworks", "v/subnets/a") } },
            "effectiveSecurityRules": [{ "name": "securityRules/r", "protocol": "Tcp", "sourcePortRange": "0-65535", "destinationPortRange": "443-443",
                "sourceAddressPrefix": "Storage", "expandedSourceAddressPrefix": ["52.239.0.0/16"], "destinationAddressPrefix": "10.0.0.0/24",
                "access": "Allow", "priority": 100, "direction": "Inbound" }] }] }),
    ];
    let network = combined(&files.map(|file| file.to_string().into_bytes()));
    let written = document(&network);
    for list in ["networks", "subnets", "peerings", "nics", "nsgs", "route_tables"] {
        let all = written[list].as_array().unwrap();
        assert!(
            !all.is_empty() && all.iter().all(|one| one["doubt"].is_null() && one.get("doubt").is_some()),
            "{list}"
        );
    }
    assert_eq!(
        written["route_tables"][0]["routes"][0],
        json!({ "name": "out", "destination": "0.0.0.0/0", "next_hop": "VirtualAppliance", "next_hop_address": "10.0.0.4" })
    );
    assert_eq!(written["route_tables"][0]["ignores_gateway_routes"], true);
    assert_eq!(
        written["effective_tags"],
        json!([{ "place": id("virtualNetworks", "v/subnets/a"), "tag": "Storage", "prefixes": ["52.239.0.0/16"] }])
    );
    assert_eq!(
        (&written["flow_logs"][0]["record_types"], &written["machines"][0]["size"]),
        (&json!("B,D"), &json!("Standard_D2s_v5"))
    );
    assert_eq!(written["peerings"][0]["remote_subnets"], json!(["b"]));
    keeps(&network, "everything");
}

/// What the Network screen shows of these files.
fn screen(files: &[&Value]) -> NetworkAnswer {
    let files: Vec<Vec<u8>> = files.iter().map(|file| file.to_string().into_bytes()).collect();
    let names: Vec<String> = (0..files.len()).map(|at| format!("{at}.json")).collect();
    let given: Vec<(&str, &[u8])> =
        names.iter().zip(&files).map(|(n, f)| (n.as_str(), f.as_slice())).collect();
    match load(&given).answer(Query::Network(View::default())) {
        Answer::Network(answer) => *answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_screen_lists_what_was_not_understood_as_the_document_does() {
    for (words, file, place) in doubtful() {
        let rows = screen(&[&file]).doubts.rows;
        let part = match place.split('/').nth(1).unwrap() {
            "networks" => DoubtfulPart::Network,
            "subnets" => DoubtfulPart::Subnet,
            "peerings" => DoubtfulPart::Peering,
            "nics" => DoubtfulPart::Nic,
            "route_tables" => DoubtfulPart::RouteTable,
            _ if place.contains("/rules/") => DoubtfulPart::Rule,
            _ => DoubtfulPart::Group,
        };
        // A group of applications by an expression names a group that no NIC has: it is understood as far as it goes.
        let expected = usize::from(!place.contains("application_security_groups"));
        let found = rows.iter().filter(|row| row.part == part && row.why.contains(words)).count();
        assert_eq!(found, expected, "{words}: {rows:?}");
    }
}

#[test]
fn the_screen_lists_route_tables_flow_logs_and_effective_tags() {
    let subnet = id("virtualNetworks", "v/subnets/a");
    let network = json!([{ "id": id("virtualNetworks", "v"), "name": "v", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
        "subnets": [{ "id": subnet, "name": "a", "addressPrefix": "10.0.0.0/24", "routeTable": { "id": id("routeTables", "t") } },
            { "id": id("virtualNetworks", "v/subnets/b"), "name": "b", "addressPrefix": "10.0.1.0/24" }] }]);
    let table = json!([{ "id": id("routeTables", "t"), "name": "t", "disableBgpRoutePropagation": true,
        "subnets": [{ "id": id("virtualNetworks", "v/subnets/b") }, { "id": id("virtualNetworks", "w/subnets/gone") }],
        "routes": [{ "name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4" }] }]);
    let log = json!([{ "name": "l", "id": "/l", "targetResourceId": id("networkSecurityGroups", "g"), "enabled": false, "storageId": "/s", "recordTypes": "D" }]);
    let effective = json!({ "value": [{ "networkSecurityGroup": { "id": id("networkSecurityGroups", "g") }, "association": { "subnet": { "id": subnet } },
        "effectiveSecurityRules": [], "tagMap": { "Storage": ["52.239.0.0/16", "20.38.0.0/16"] } }] });
    let answer = screen(&[&network, &table, &log, &effective]);
    let [table] = answer.route_tables.as_slice() else { panic!("{:?}", answer.route_tables) };
    assert_eq!((table.name.as_str(), table.ignores_gateways), ("t", Some(true)));
    assert_eq!(table.routes, ["0.0.0.0/0 → VirtualAppliance 10.0.0.4"]);
    assert_eq!(table.subnets, ["a", "b", "gone"]);
    let [log] = answer.flow_logs.as_slice() else { panic!("{:?}", answer.flow_logs) };
    assert_eq!((log.kind.as_str(), log.enabled, log.record_types.as_str()), ("nsg", Some(false), "D"));
    assert_eq!((log.target.as_str(), log.ends.as_str()), ("g", "2027-09-30"));
    let [tag] = answer.effective_tags.as_slice() else { panic!("{:?}", answer.effective_tags) };
    assert_eq!((tag.place.as_str(), tag.tag.as_str(), tag.prefixes.len()), ("a", "Storage", 2));
    assert_eq!(screen(&[&network]).doubts.total, 0);
}

#[test]
fn fixtures_come_back_as_they_were_read() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let network = fs::read(&path).map(|bytes| combined(&[bytes])).unwrap_or_default();
        read += usize::from(network != Network::default());
        keeps(&network, &path.display().to_string());
    }
    assert!(read > 6, "only {read} fixtures describe a network");
}

#[test]
fn random_networks_of_every_kind_come_back_and_decide_the_same() {
    let mut open = 0;
    for seed in 0..300 {
        let case = random(seed, &Kind::ALL);
        let network =
            combined(&case.files.iter().map(|file| file.to_string().into_bytes()).collect::<Vec<_>>());
        keeps(&network, &format!("seed {seed}"));
        let mut read = again(&document(&network));
        read.tags.clone_from(&network.tags);
        let (sets, worlds) = ([&network, &read].map(RuleSet::of), [&network, &read].map(World::new));
        for flow in &case.flows {
            let Some(port) = flow.port else { continue };
            let flow = tcp(&flow.src.to_string(), &flow.dst.to_string(), port);
            let [before, after] = [0, 1].map(|at| decide(&sets[at], &worlds[at], flow).0);
            open += usize::from(matches!(before, Ruling::Undecidable(_)));
            assert_eq!(before, after, "seed {seed}");
        }
    }
    assert!(open > 100, "only {open} decisions are open");
}

proptest! {
    #[test]
    fn descriptions_that_contradict_each_other_come_back_as_they_were_put_together(
        files in proptest::collection::vec(description(), 1..5),
    ) {
        keeps(&combined(&files), "made up");
    }
}

#[test]
fn rules_of_every_protocol_come_back() {
    for protocol in Protocol::all().filter(|protocol| protocol.number().is_some()) {
        let number = protocol.number().map(|number| number.to_string());
        let file = json!([{ "id": id("networkSecurityGroups", "g"), "name": "g", "securityRules": [{ "name": "r", "priority": 100, "direction": "Inbound",
            "access": "Deny", "protocol": number, "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*" }] }]);
        let network = read_network(file.to_string().as_bytes()).network;
        assert_eq!(network.nsgs[0].rules[0].protocol, Some(protocol));
        keeps(&network, &protocol.to_string());
    }
}

/// A document of one group at one subnet, with one rule.
fn small() -> Value {
    let files = [
        json!([{ "id": id("virtualNetworks", "v"), "name": "v", "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] },
            "subnets": [{ "id": id("virtualNetworks", "v/subnets/a"), "name": "a", "addressPrefix": "10.0.0.0/24",
                "networkSecurityGroup": { "id": id("networkSecurityGroups", "g") } },
                { "id": id("virtualNetworks", "v/subnets/b"), "name": "b", "addressPrefix": "10.0.1.0/24" }] }]),
        json!([{ "id": id("networkSecurityGroups", "g"), "name": "g", "securityRules": [{ "name": "r", "priority": 100, "direction": "Inbound",
            "access": "Deny", "protocol": "Tcp", "sourceAddressPrefix": "10.0.1.0/24", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "443" }] }]),
    ];
    document(&combined(&files.map(|file| file.to_string().into_bytes())))
}

fn ruling(document: &Value) -> Ruling {
    let network = again(document);
    decide(&RuleSet::of(&network), &World::new(&network), tcp("10.0.1.4", "10.0.0.4", 443)).0
}

#[test]
fn a_document_that_was_cut_decides_nothing_that_depends_on_what_is_gone() {
    let whole = small();
    assert!(matches!(ruling(&whole), Ruling::Decided(_)));
    for (place, key) in [
        ("/nsgs/0", "doubt"),
        ("/nsgs/0", "rules"),
        ("/nsgs/0/rules/0", "doubt"),
        ("/nsgs/0/rules/0", "priority"),
        ("/nsgs/0/rules/0", "access"),
        ("/nsgs/0/rules/0", "protocol"),
        ("/nsgs/0/rules/0", "sources"),
        ("/nsgs/0/rules/0", "destination_ports"),
        ("/subnets/0", "nsg"),
        ("", "nsgs"),
    ] {
        let mut cut = whole.clone();
        let gone = cut.pointer_mut(place).and_then(Value::as_object_mut).unwrap().remove(key);
        assert!(gone.is_some(), "{place} has no {key}");
        assert!(
            matches!(ruling(&cut), Ruling::Undecidable(_)),
            "without {key} of {place}: {:?}",
            ruling(&cut)
        );
    }
}

#[test]
fn a_document_of_another_version_is_named_and_not_read() {
    let mut later = small();
    later["schema"] = json!("azflow.network/2");
    let read = read_network(later.to_string().as_bytes());
    assert_eq!(read.network, Network::default());
    assert!(read.notes[0].1.contains("azflow.network/2"), "{:?}", read.notes);
}

#[test]
fn what_was_said_of_the_files_is_said_of_the_document() {
    let issues = [
        (
            "x.json".to_owned(),
            "network-part".to_owned(),
            "rule r: its port is not understood: some".to_owned(),
        ),
        ("log.json".to_owned(), "truncated".to_owned(), "the file ends early".to_owned()),
    ];
    let text = export::network(&combined(&[small().to_string().into_bytes()]), &issues);
    let said: Vec<String> =
        read_network(text.as_bytes()).notes.into_iter().map(|(_, message)| message).collect();
    assert_eq!(said, ["rule r: its port is not understood: some"]);
    let tagged = json!({ "name": "Storage", "changeNumber": 1, "values": [{ "name": "Storage", "properties": { "addressPrefixes": ["52.239.0.0/16"] } }], "cloud": "Public" });
    let network = read_network(tagged.to_string().as_bytes()).network;
    assert_eq!(network.tags.len(), 1);
    let said = read_network(document(&network).to_string().as_bytes()).notes;
    assert!(said.iter().any(|(_, message)| message.contains("service tags")), "{said:?}");
}

#[test]
fn rules_that_a_draft_writes_keep_their_doubts() {
    let rule = |doubt: Value| {
        let rules: Vec<SecurityRule> = read_network(
            json!([{ "id": "g", "name": "g", "securityRules": [{ "name": "r", "priority": 100, "direction": "Inbound", "access": "Deny", "protocol": "Tcp",
                "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": doubt }] }])
            .to_string()
            .as_bytes(),
        )
        .network
        .nsgs
        .remove(0)
        .rules;
        export::rule(&rules[0])
    };
    for (port, doubtful) in [(json!("443"), false), (json!("some"), true)] {
        let written = json!({ "schema": "azflow.rules/1", "nsgs": [{ "name": "g", "prefixes": ["10.0.0.0/24"], "rules": [rule(port)] }] });
        let set = export::read_rules(written.to_string().as_bytes(), &RuleSet::default()).unwrap();
        assert_eq!(set.groups[0].nsg.rules[0].doubt.is_some(), doubtful);
    }
}
