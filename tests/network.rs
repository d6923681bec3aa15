//! Descriptions of networks in every shape: what is read of each, and what names come of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Address, Prefix};
use azflow_core::store::Mode;
use azflow_engine::export;
use azflow_engine::session::{
    Answer, Breakdown, Engine, LinkState, NetworkAnswer, Query, Selection, ToEngine, View,
};
use azflow_engine::topology::{HandName, Path, read_network};
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
fn folded_to_networks_the_sums_are_the_same() {
    let pairs = [
        ("10.1.0.4", "10.1.8.4"),
        ("10.1.8.4", "10.2.0.5"),
        ("10.1.0.4", "10.2.0.5"),
        ("10.1.0.4", "192.168.0.1"),
        ("10.1.0.4", "8.8.8.8"),
    ];
    let tuples: Vec<String> = pairs.iter().map(|(a, b)| tuple(a, b, 'O', 'A')).collect();
    let log = log(&[record("000D3A112233", "r", &tuples.iter().map(String::as_str).collect::<Vec<_>>())]);
    let vnets = fixture("az_vnet_list.json");
    let mut engine = load(&[("PT1H.json", &log), ("vnets.json", &vnets)]);
    let mut matrix = |fold: bool| match engine.answer(Query::Matrix(View { fold, ..View::default() })) {
        Answer::Matrix(matrix) => matrix,
        other => panic!("{other:?}"),
    };
    let (plain, folded) = (matrix(false), matrix(true));
    let networks = |matrix: &azflow_engine::session::MatrixAnswer| {
        matrix.subnets.iter().filter_map(|s| s.network.clone()).collect::<Vec<_>>()
    };
    let mut known = networks(&plain);
    known.sort();
    known.dedup();
    assert_eq!(networks(&folded), known, "each network once");
    assert!(folded.subnets.len() < plain.subnets.len());
    let sum = |matrix: &azflow_engine::session::MatrixAnswer| {
        let mut sum = azflow_core::model::Tally::default();
        matrix.cells.iter().for_each(|cell| sum.add(&cell.tally));
        sum
    };
    assert_eq!(sum(&plain), sum(&folded));
    // The details of a network are those of its row.
    let name = folded.subnets.iter().find(|s| s.network.is_some()).map(|s| s.name.clone());
    let row = folded.subnets.iter().position(|s| Some(&s.name) == name.as_ref()).unwrap() as u32;
    let selection = Selection { src: name, dst: None };
    let view = View { fold: true, ..View::default() };
    let Answer::Breakdown(found) = engine.answer(Query::Breakdown(view, selection)) else { panic!() };
    let mut of_row = azflow_core::model::Tally::default();
    folded.cells.iter().filter(|cell| cell.src == row).for_each(|cell| of_row.add(&cell.tally));
    assert_eq!(found.tally, of_row);
    assert!(found.tally.attempts() > 0);
}

#[test]
fn a_path_shows_just_its_conversations_and_all_paths_make_the_whole() {
    let pairs = [
        ("10.1.0.4", "10.1.8.4"),
        ("10.1.0.4", "10.2.0.5"),
        ("10.1.0.4", "192.168.0.1"),
        ("10.1.0.4", "8.8.8.8"),
        ("10.1.0.5", "8.8.4.4"),
    ];
    let tuples: Vec<String> = pairs.iter().map(|(a, b)| tuple(a, b, 'O', 'A')).collect();
    let log = log(&[record("000D3A112233", "r", &tuples.iter().map(String::as_str).collect::<Vec<_>>())]);
    let vnets = fixture("az_vnet_list.json");
    let mut engine = load(&[("PT1H.json", &log), ("vnets.json", &vnets)]);
    let whole = breakdown(&mut engine, Selection::default());
    let mut sum = azflow_core::model::Tally::default();
    for path in Path::ALL {
        let view = View { filter: format!("path:{}", path.as_str()), ..View::default() };
        let Answer::Breakdown(found) = engine.answer(Query::Breakdown(view.clone(), Selection::default()))
        else {
            panic!()
        };
        let row = whole.paths.iter().find(|row| row.path == path);
        assert_eq!(found.tally, row.map(|row| row.tally).unwrap_or_default(), "{path:?}");
        assert_eq!(found.conversations, row.map_or(0, |row| row.conversations), "{path:?}");
        let Answer::Matrix(matrix) = engine.answer(Query::Matrix(view.clone())) else { panic!() };
        let mut cells = azflow_core::model::Tally::default();
        matrix.cells.iter().for_each(|cell| cells.add(&cell.tally));
        assert_eq!(cells, found.tally, "{path:?}");
        sum.add(&cells);
        let Answer::Evidence(plan) = engine.answer(Query::Evidence(view, Selection::default())) else {
            panic!()
        };
        assert_eq!(
            plan.wanted.rows.map(|rows| rows.conversations.len() as u64),
            Some(found.conversations),
            "{path:?}"
        );
    }
    assert_eq!(sum, whole.tally);
    assert!(whole.paths.len() >= 3, "{:?}", whole.paths);
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

/// One NSG flow log record of tuples at a NIC.
fn record(mac: &str, rule: &str, tuples: &[&str]) -> String {
    let list: Vec<String> = tuples.iter().map(|t| format!("\"{t}\"")).collect();
    format!(
        r#"{{"time":"2026-10-01T00:00:30Z","macAddress":"{mac}","category":"NetworkSecurityGroupFlowEvent","resourceId":"/nsg","properties":{{"flows":[{{"rule":"{rule}","flows":[{{"mac":"{mac}","flowTuples":[{}]}}]}}]}}}}"#,
        list.join(",")
    )
}

fn log(records: &[String]) -> Vec<u8> {
    format!("{{\"records\":[{}]}}", records.join(",")).into_bytes()
}

fn tuple(src: &str, dst: &str, direction: char, decision: char) -> String {
    format!("1790812800,{src},{dst},44931,1433,T,{direction},{decision},B,,,,")
}

fn breakdown(engine: &mut Engine, selection: Selection) -> Breakdown {
    match engine.answer(Query::Breakdown(View::default(), selection)) {
        Answer::Breakdown(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn network_answer(engine: &mut Engine) -> NetworkAnswer {
    match engine.answer(Query::Network(View::default())) {
        Answer::Network(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn subnets(engine: &mut Engine) -> Vec<String> {
    match engine.answer(Query::Matrix(View::default())) {
        Answer::Matrix(found) => found.subnets.into_iter().map(|s| s.name).collect(),
        other => panic!("{other:?}"),
    }
}

fn by_hand(prefix: &str, name: &str, network: &str) -> HandName {
    HandName { prefix: Prefix::parse(prefix).unwrap(), name: name.into(), network: network.into() }
}

#[test]
fn a_selection_says_what_its_conversations_cross() {
    let pairs = [
        ("10.1.0.4", "10.1.8.4"),
        ("10.1.0.4", "10.2.0.5"),
        ("10.1.0.4", "192.168.0.1"),
        ("10.1.0.4", "8.8.8.8"),
    ];
    let tuples: Vec<String> = pairs.iter().map(|(a, b)| tuple(a, b, 'O', 'A')).collect();
    let log = log(&[record("000D3A112233", "r", &tuples.iter().map(String::as_str).collect::<Vec<_>>())]);
    let vnets = fixture("az_vnet_list.json");
    let mut engine = load(&[("PT1H.json", &log), ("vnets.json", &vnets)]);
    let found = breakdown(&mut engine, Selection::default());
    let paths: Vec<_> = found.paths.iter().map(|p| (p.path.as_str(), p.conversations)).collect();
    assert_eq!(
        paths,
        [("within-network", 1), ("across-peering", 1), ("unmapped-private", 1), ("internet", 1)]
    );
    assert_eq!(found.paths.iter().map(|p| p.tally.attempts()).sum::<u64>(), found.tally.attempts());
    let one = Selection { src: None, dst: Some("Internet".into()) };
    assert_eq!(breakdown(&mut engine, one).paths.len(), 1);
}

#[test]
fn the_network_is_shown_with_its_traffic() {
    let log = log(&[record("000D3A112233", "r", &[&tuple("10.1.0.4", "10.2.0.5", 'O', 'A')])]);
    let (vnets, nics) = (fixture("az_vnet_list.json"), fixture("az_nic_list.json"));
    let files =
        [("PT1H.json", log.as_slice()), ("vnets.json", vnets.as_slice()), ("nics.json", nics.as_slice())];
    let mut engine = load(&files);
    let found = network_answer(&mut engine);
    let turned: Vec<_> = files.iter().rev().copied().collect();
    assert_eq!(found, network_answer(&mut load(&turned)));
    assert_eq!(found.nics.rows[0].mac, "000D3A112233");
    assert_eq!(found.nics.rows[0].tally.allowed_flows, 1);
    let link = found.links.iter().find(|l| l.tally.allowed_flows > 0).unwrap();
    let name = |at: u32| found.networks[at as usize].name.as_str();
    assert_eq!((name(link.a), name(link.b), link.state), ("hub", "spoke", LinkState::Connected));
    assert!(found.findings.iter().any(|f| f.kind.as_str() == "peering-not-connected"));
    assert_eq!(found.subnets.iter().filter(|s| s.network.is_some()).count(), 5);
}

#[test]
fn names_given_by_hand_change_everything_at_once_and_can_be_taken_back() {
    let log = log(&[record("000D3A112233", "r", &[&tuple("10.1.0.4", "192.168.7.5", 'O', 'A')])]);
    let vnets = fixture("az_vnet_list.json");
    let mut engine = load(&[("PT1H.json", &log), ("vnets.json", &vnets)]);
    let before = subnets(&mut engine);
    assert_eq!(before, ["hub/snet-web", "192.168.7.0/24"]);
    let names =
        vec![by_hand("192.168.0.0/16", "Office, \"west\"", "branch"), by_hand("10.1.0.0/24", "=web", "")];
    engine.handle(ToEngine::Names(names.clone()), None);
    // Named by hand, it shares its name with no other.
    assert_eq!(subnets(&mut engine), ["=web", "Office, \"west\""]);
    assert!(summary(&mut engine, Mode::Conversations).contains("Office, \\\"west\\\""));
    // What is saved reads back as the same names.
    let list = export::subnet_list(&names);
    let again = read_network(list.as_bytes());
    assert_eq!(again.notes, []);
    let read: Vec<_> = again
        .network
        .networks
        .iter()
        .flat_map(|n| n.subnets.iter().map(|s| (n.name.clone(), s.name.clone(), s.prefixes[0].to_string())))
        .collect();
    assert_eq!(
        read,
        [
            (String::new(), "=web".to_owned(), "10.1.0.0/24".to_owned()),
            ("branch".to_owned(), "Office, \"west\"".to_owned(), "192.168.0.0/16".to_owned())
        ]
    );
    engine.handle(ToEngine::Names(Vec::new()), None);
    assert_eq!(subnets(&mut engine), before);
}

/// Two networks with one prefix, each with a NIC on file and a subnet of its own besides.
const TWINS: &str = r#"[
    {"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/a","name":"a",
     "addressSpace":{"addressPrefixes":["10.0.0.0/16"]},
     "subnets":[{"name":"left","addressPrefix":"10.0.0.0/24"},{"name":"a-only","addressPrefix":"10.0.1.0/24"}]},
    {"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/b","name":"b",
     "addressSpace":{"addressPrefixes":["10.0.0.0/16"]},
     "subnets":[{"name":"right","addressPrefix":"10.0.0.0/24"},{"name":"b-only","addressPrefix":"10.0.2.0/24"}]}]"#;

#[test]
fn a_prefix_of_two_networks_is_the_ones_that_logged_it() {
    // The first NIC's own address is only in network a; the second's in either.
    let log = log(&[
        record("000000000001", "r", &[&tuple("10.0.1.4", "10.0.0.5", 'O', 'A')]),
        record("000000000002", "r", &[&tuple("10.0.0.9", "10.0.0.10", 'O', 'A')]),
    ]);
    let mut engine = load(&[("PT1H.json", &log), ("twins.json", TWINS.as_bytes())]);
    assert_eq!(subnets(&mut engine), ["a-only", "left", "left or right"]);
    // A NIC file tells where the second one is.
    let nic = br#"[{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/networkInterfaces/n2","name":"n2",
        "macAddress":"00-00-00-00-00-02","enableAcceleratedNetworking":false,"ipConfigurations":[{"privateIPAddress":"10.0.0.9",
        "subnet":{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/b/subnets/right"}}]}]"#;
    let mut engine = load(&[("PT1H.json", &log), ("twins.json", TWINS.as_bytes()), ("nics.json", nic)]);
    assert_eq!(subnets(&mut engine), ["a-only", "left", "right"]);
    let found = network_answer(&mut engine);
    assert!(found.findings.iter().any(|f| f.kind.as_str() == "same-prefix" && f.subject == "10.0.0.0/24"));
}

#[test]
fn an_appliances_second_capture_is_a_hop_and_counts_once() {
    // Source out, into one NIC of the appliance, out of its other, where the last attempt of three is denied.
    let [o, i] = ['O', 'I'].map(|way| tuple("10.1.0.4", "10.2.0.5", way, 'A'));
    let denied = tuple("10.1.0.4", "10.2.0.5", 'O', 'D');
    let records = [
        record("0000000000AA", "in", &[&i, &i, &i]),
        record("0000000000BB", "out", &[&o, &o]),
        record("0000000000BB", "no", &[&denied]),
    ];
    let nic = |mac: &str, address: &str| {
        format!(
            r#"{{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/networkInterfaces/n{mac}","name":"n{mac}",
                "macAddress":"{mac}","enableIPForwarding":true,"enableAcceleratedNetworking":true,
                "virtualMachine":{{"id":"/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/fw"}},
                "ipConfigurations":[{{"privateIPAddress":"{address}"}}]}}"#
        )
    };
    let nics = format!("[{},{}]", nic("0000000000AA", "10.9.0.4"), nic("0000000000BB", "10.9.1.4"));
    let log = log(&records);
    let without = breakdown(&mut load(&[("PT1H.json", &log)]), Selection::default());
    assert_eq!((without.tally.allowed_flows, without.tally.denied_flows), (3, 1));
    assert_eq!(without.hops.total, 0);
    for files in [
        [("PT1H.json", log.as_slice()), ("nics.json", nics.as_bytes())],
        [("nics.json", nics.as_bytes()), ("PT1H.json", log.as_slice())],
    ] {
        let mut engine = load(&files);
        let found = breakdown(&mut engine, Selection::default());
        assert_eq!((found.tally.allowed_flows, found.tally.denied_flows), (2, 1));
        assert_eq!((found.seen_at.on_the_way, found.denied_at.on_the_way), (1, 1));
        let hops: Vec<_> = found
            .hops
            .rows
            .iter()
            .map(|h| (h.machine.as_deref(), h.mac.as_str(), h.tally.denied_flows))
            .collect();
        assert_eq!(hops, [(Some("fw"), "0000000000AA", 0), (Some("fw"), "0000000000BB", 1)]);
        assert_eq!(found.timeline.bins.iter().map(|b| b.attempts()).sum::<u64>(), 3);
        // The same count everywhere.
        assert_eq!(engine.traffic().conversations[0].tally, found.tally);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_saved_list_of_names_reads_back(
        names in proptest::collection::vec(("[ -~]{1,20}", "[ -~]{0,10}", any::<u32>(), 0u8..=32), 0..8),
    ) {
        let mut given: Vec<HandName> = names
            .into_iter()
            .map(|(name, network, bits, length)| HandName {
                prefix: Prefix::of(Address::from_v4(bits), length),
                name: name.trim().to_owned(),
                network: network.trim().to_owned(),
            })
            .filter(HandName::is_sound)
            .collect();
        given.sort_by_key(|hand| hand.prefix);
        given.dedup_by_key(|hand| hand.prefix);
        let read = read_network(export::subnet_list(&given).as_bytes());
        prop_assert_eq!(read.notes, []);
        let mut found: Vec<HandName> = read
            .network
            .networks
            .iter()
            .flat_map(|n| n.subnets.iter().flat_map(|s| s.prefixes.iter().map(|prefix| HandName {
                prefix: *prefix, name: s.name.clone(), network: n.id.0.clone(),
            })))
            .collect();
        found.sort_by_key(|hand| hand.prefix);
        let lower = |list: &[HandName]| list.iter().map(|h| (h.prefix, h.name.clone(), h.network.to_lowercase())).collect::<Vec<_>>();
        prop_assert_eq!(lower(&found), lower(&given));
    }
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
