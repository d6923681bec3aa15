//! Descriptions of networks in every shape: what is read of each, and what names come of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow::export;
use azflow::store::Mode;
use azflow::topology::read_network;
use proptest::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use support::{data, load, samples, summary};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn document(bytes: &[u8]) -> Value {
    let file = read_network(bytes);
    let issues: Vec<_> = file
        .notes
        .iter()
        .map(|(code, message)| ("x".to_owned(), code.as_str().to_owned(), message.clone()))
        .collect();
    serde_json::from_str(&export::network(&file.network, &issues)).unwrap()
}

/// Networks, subnets, peerings, NICs, groups, their rules, their default rules, issues.
fn counts(document: &Value) -> [usize; 8] {
    let length = |key: &str| document[key].as_array().unwrap().len();
    let rules = |key: &str| {
        document["nsgs"].as_array().unwrap().iter().map(|n| n[key].as_array().unwrap().len()).sum::<usize>()
    };
    [
        length("networks"),
        length("subnets"),
        length("peerings"),
        length("nics"),
        length("nsgs"),
        rules("rules"),
        rules("default_rules"),
        length("issues"),
    ]
}

#[test]
fn every_shape_is_read() {
    for (name, expected) in [
        ("az_vnet_list.json", [2, 5, 3, 0, 0, 0, 0, 0]),
        ("az_nsg_list.json", [0, 0, 0, 0, 1, 3, 0, 0]),
        ("az_nic_list.json", [0, 0, 0, 2, 0, 0, 0, 0]),
        ("arm_template.json", [1, 2, 0, 0, 1, 1, 0, 1]),
        ("resource_graph.json", [1, 1, 0, 0, 0, 0, 0, 0]),
        ("ps_nsg_cut.json", [0, 0, 0, 0, 1, 1, 0, 1]),
        ("subnets.csv", [1, 2, 0, 0, 0, 0, 0, 1]),
    ] {
        assert_eq!(counts(&document(&fixture(name))), expected, "{name}");
    }
}

#[test]
fn details_are_read_exactly() {
    let vnets = document(&fixture("az_vnet_list.json"));
    let dual = vnets["subnets"].as_array().unwrap().iter().find(|s| s["name"] == "snet-dual").unwrap();
    assert_eq!(dual["prefixes"], serde_json::json!(["10.1.8.0/24", "fd00:1::/64"]));
    let states: Vec<&str> =
        vnets["peerings"].as_array().unwrap().iter().map(|p| p["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["Connected", "Connected", "Disconnected"]);
    let nsgs = document(&fixture("az_nsg_list.json"));
    let many = &nsgs["nsgs"][0]["rules"][1];
    assert_eq!(many["sources"], serde_json::json!(["10.1.0.0/24", "10.5.0.0-10.5.0.9"]));
    assert_eq!(many["destination_ports"], serde_json::json!(["80", "8000-8100"]));
    assert_eq!(many["destinations"], serde_json::json!(["VirtualNetwork"]));
    let nics = document(&fixture("az_nic_list.json"));
    let web = nics["nics"].as_array().unwrap().iter().find(|n| n["name"] == "web1-nic").unwrap();
    assert_eq!((&web["mac"], &web["machine"]), (&"000D3A112233".into(), &"web1".into()));
    let cut = document(&fixture("ps_nsg_cut.json"));
    assert_eq!(cut["issues"][0]["code"], "depth-cut");
    let arm = document(&fixture("arm_template.json"));
    assert_eq!(arm["nsgs"][0]["rules"][0]["sources"], serde_json::json!(["[parameters('from')]"]));
}

#[test]
fn files_in_any_order_make_the_same_network() {
    let files = ["az_vnet_list.json", "az_nsg_list.json", "az_nic_list.json", "subnets.csv"];
    let bytes: Vec<Vec<u8>> = files.iter().map(|f| fixture(f)).collect();
    let given: Vec<(&str, &[u8])> = files.iter().zip(&bytes).map(|(n, b)| (*n, b.as_slice())).collect();
    let turned: Vec<(&str, &[u8])> = given.iter().rev().copied().collect();
    assert_eq!(load(&given).network(), load(&turned).network());
    assert_eq!(load(&given).network().networks.len(), 3);
}

#[test]
fn a_description_names_the_subnets_of_the_matrix() {
    let log = br#"{"records":[{"time":"2026-10-01T00:00:30Z","macAddress":"000D3A112233","category":"NetworkSecurityGroupFlowEvent","resourceId":"/nsg","properties":{"flows":[{"rule":"UserRule_Sql","flows":[{"mac":"000D3A112233","flowTuples":["1790812800,10.1.0.4,10.2.0.5,44931,1433,T,O,A,B,,,,","1790812801,10.1.0.4,10.2.1.5,44932,443,T,O,A,B,,,,"]}]}]}}]}"#;
    let vnets = fixture("az_vnet_list.json");
    for files in [
        [("PT1H.json", log.as_slice()), ("vnets.json", vnets.as_slice())],
        [("vnets.json", vnets.as_slice()), ("PT1H.json", log.as_slice())],
    ] {
        let mut engine = load(&files);
        let document: Value = serde_json::from_str(&summary(&mut engine, Mode::Conversations)).unwrap();
        let pairs: Vec<(&str, &str)> = document["pairs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| (p["src"].as_str().unwrap(), p["dst"].as_str().unwrap()))
            .collect();
        // Two networks have a snet-web, so their names go in front.
        assert_eq!(pairs, [("hub/snet-web", "snet-sql"), ("hub/snet-web", "spoke/snet-web")]);
        let source = data(&mut engine).sources.into_iter().find(|s| s.name == "vnets.json").unwrap();
        assert_eq!((source.kind.as_str(), source.issues.len()), ("azure-network", 0));
        assert_eq!(source.accounts.bytes_skipped, 0);
    }
}

#[test]
fn rows_that_name_their_subnets_name_them_in_the_matrix() {
    let rows = fixture("nta_az_cli.json");
    let mut engine = load(&[("rows.json", &rows)]);
    let document: Value = serde_json::from_str(&summary(&mut engine, Mode::Conversations)).unwrap();
    let has = |src: &str, dst: &str| {
        document["pairs"].as_array().unwrap().iter().any(|p| p["src"] == src && p["dst"] == dst)
    };
    assert!(has("hub/snet-web", "snet-sql") && has("hub/snet-web", "spoke/snet-web"), "{document:#}");
    // A description comes first.
    let vnets = fixture("az_vnet_list.json");
    let mut both = load(&[("rows.json", &rows), ("vnets.json", &vnets)]);
    assert!(summary(&mut both, Mode::Conversations).contains("\"hub/snet-web\""));
}

#[test]
fn real_files_give_what_is_in_them() {
    let Some(folder) = samples() else { return };
    for (name, expected) in [
        ("arm_vnet_crlf.json", [1, 1, 0, 0, 0, 0, 0, 0]),
        ("az_nic_old_casing.json", [0, 0, 0, 1, 0, 0, 0, 0]),
        ("az_nsg_create_wrapper.json", [0, 0, 0, 0, 1, 0, 6, 0]),
        ("az_rules_concatenated.json", [0, 0, 0, 0, 1, 2, 0, 0]),
        ("az_subnet.json", [1, 1, 0, 0, 0, 0, 0, 0]),
        ("az_subnet_list.json", [1, 4, 0, 0, 0, 0, 0, 0]),
        ("az_vnet_create_wrapper.json", [1, 1, 0, 0, 0, 0, 0, 0]),
        ("ps_Get-AzVirtualNetwork.json", [1, 4, 0, 0, 0, 0, 0, 0]),
        ("ps_default_rules.json", [0, 0, 0, 0, 1, 0, 6, 0]),
    ] {
        let bytes = fs::read(folder.join("network").join(name)).unwrap();
        assert_eq!(counts(&document(&bytes)), expected, "{name}");
    }
    let tags = fs::read(folder.join("service-tags/government_2026-07-20.json")).unwrap();
    let document = document(&tags);
    // Counted by a script: 299 values, 6591 prefixes.
    assert_eq!(document["service_tags"], serde_json::json!({ "tags": 299, "prefixes": 6591 }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_description_makes_anything_panic(
        which in 0usize..4,
        cut in 0usize..8000,
        at in 0usize..8000,
        byte in any::<u8>(),
    ) {
        let name = ["az_vnet_list.json", "az_nsg_list.json", "arm_template.json", "subnets.csv"][which];
        let mut bytes = fixture(name);
        bytes.truncate(cut);
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        document(&bytes);
        data(&mut load(&[("x", &bytes)]));
    }
}
