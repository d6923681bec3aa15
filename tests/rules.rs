//! From traffic to rules and back: which rule decides, what a draft is, what it would do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow::export::{Format, read_rules, rules_document, write_rules};
use azflow::model::{Address, Decision, Direction, Network, Protocol};
use azflow::rules::{
    Draft, DraftOptions, Fate, FindingKind, Flow, Observed, RuleSet, Ruling, Scope, World, audit, decide,
    simulate,
};
use azflow::session::Engine;
use azflow::store::Noise;
use azflow::topology::{Cut, read_network};
use proptest::prelude::*;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use support::load;

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

fn a(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn tcp(src: &str, dst: &str, port: u16) -> Flow {
    Flow { src: a(src), dst: a(dst), protocol: Protocol::TCP, port: Some(port) }
}

/// An NSG flow log of tuples `src,dst,port,decision`, all inbound at the destination.
fn log(flows: &[(&str, &str, u16, char)]) -> Vec<u8> {
    let tuples: Vec<String> = flows
        .iter()
        .enumerate()
        .map(|(i, (src, dst, port, decision))| {
            format!("{},{src},{dst},{},{port},T,I,{decision},B,,,,", 1_790_812_800 + i, 50_000 + i % 1000)
        })
        .collect();
    json!({ "records": [{
        "time": "2026-10-01T00:05:00Z", "macAddress": "000D3A445566", "category": "NetworkSecurityGroupFlowEvent",
        "resourceId": "/nsg", "properties": { "Version": 2, "flows": [{ "rule": "DefaultRule_AllowVnetInBound",
            "flows": [{ "mac": "000D3A445566", "flowTuples": tuples }] }] } }] })
    .to_string()
    .into_bytes()
}

fn drafted(files: &[(&str, &[u8])], cut: Cut, options: DraftOptions) -> (Engine, Vec<Observed>, Draft) {
    let mut engine = load(files);
    let traffic = engine.observed();
    let draft = engine.draft(&traffic, cut, options).unwrap();
    (engine, traffic, draft)
}

/// The draft as groups in their places, by way of the document that it is saved as.
fn set(draft: &Draft, traffic: &[Observed]) -> RuleSet {
    read_rules(rules_document(draft, traffic).as_bytes(), &RuleSet::default()).unwrap()
}

/// The example of docs/EXAMPLE-RULES.md.
fn ops_and_mgmt() -> Vec<u8> {
    log(&[
        ("10.10.1.4", "10.10.1.20", 3389, 'A'),
        ("10.10.1.5", "10.10.1.20", 3389, 'A'),
        ("10.10.1.4", "10.10.1.21", 445, 'A'),
        ("10.10.1.20", "10.10.1.4", 445, 'A'),
        ("10.10.1.20", "10.10.1.5", 3389, 'A'),
        ("10.10.1.4", "10.10.1.20", 23, 'D'),
    ])
}

#[test]
fn ops_and_mgmt_keep_rdp_and_smb_and_nothing_else() {
    let bytes = ops_and_mgmt();
    let cut = Cut { v4: 28, v6: 64 };
    let (engine, traffic, draft) = drafted(&[("PT1H.json", &bytes)], cut, DraftOptions::default());
    let names: Vec<&str> = draft.groups.iter().map(|g| g.subnet.as_str()).collect();
    assert_eq!(names, ["10.10.1.0/28", "10.10.1.16/28"]);
    let mut engine = engine;
    let (set, world) = (set(&draft, &traffic), engine.world());
    let simulation = simulate(&set, &world, &traffic);
    assert_eq!(Fate::ALL.map(|fate| simulation.count(fate)), [5, 0, 1, 0, 0]);
    let allowed = |flow| decide(&set, &world, flow).0 == Ruling::Decided(Decision::Allowed);
    assert!(allowed(tcp("10.10.1.9", "10.10.1.22", 3389)) && allowed(tcp("10.10.1.9", "10.10.1.22", 445)));
    for port in [22, 80, 135, 443, 1433, 5985] {
        assert!(!allowed(tcp("10.10.1.9", "10.10.1.22", port)), "{port}");
        assert!(!allowed(tcp("10.10.1.22", "10.10.1.9", port)), "{port}");
    }
}

#[test]
fn the_same_across_two_peered_networks() {
    let network = fixture("az_vnet_list.json");
    let bytes = log(&[
        ("10.1.0.4", "10.2.0.5", 3389, 'A'),
        ("10.1.0.4", "10.2.0.5", 445, 'A'),
        ("10.1.0.9", "10.2.0.5", 22, 'D'),
    ]);
    let files: [(&str, &[u8]); 2] = [("PT1H.json", &bytes), ("vnets.json", &network)];
    let (mut engine, traffic, draft) = drafted(&files, Cut::default(), DraftOptions::default());
    assert_eq!(draft.groups[0].nsg.name, "nsg-snet-sql");
    assert_eq!(draft.groups[0].rules[0].rule.name, "Allow_hub-snet-web_to_snet-sql_TCP_445_3389");
    let (set, world) = (set(&draft, &traffic), engine.world());
    assert_eq!(Fate::ALL.map(|f| simulate(&set, &world, &traffic).count(f)), [2, 0, 1, 0, 0]);
    // VirtualNetwork holds the peered space, so the deny reaches across the peering.
    assert_eq!(decide(&set, &world, tcp("10.1.0.4", "10.2.0.5", 80)).0, Ruling::Decided(Decision::Denied));
}

#[test]
fn trap_every_draft_pairs_allows_with_a_deny() {
    let bytes = ops_and_mgmt();
    let (_, _, draft) = drafted(&[("PT1H.json", &bytes)], Cut { v4: 28, v6: 64 }, DraftOptions::default());
    for group in &draft.groups {
        let last = group.rules.last().unwrap();
        assert_eq!((last.rule.access, last.rule.priority), (Decision::Denied, 4000));
    }
}

#[test]
fn trap_the_deny_does_not_hide_the_load_balancer() {
    let bytes = ops_and_mgmt();
    let (_, _, draft) = drafted(&[("PT1H.json", &bytes)], Cut { v4: 28, v6: 64 }, DraftOptions::default());
    let rules = &draft.groups[0].nsg.rules;
    let guard = rules.iter().find(|r| r.name.contains("AzureLoadBalancer")).unwrap();
    assert!(guard.access == Decision::Allowed && guard.priority < 4000);
}

#[test]
fn trap_denied_noise_seeds_nothing() {
    let bytes = log(&[
        ("10.0.0.4", "10.0.1.5", 443, 'A'),
        ("10.0.0.66", "10.0.1.5", 22, 'D'),
        ("203.0.113.9", "10.0.1.5", 3389, 'D'),
    ]);
    let (_, _, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    let allows: Vec<&str> =
        draft.groups[0].rules.iter().filter(|r| r.conversations > 0).map(|r| r.rule.name.as_str()).collect();
    assert_eq!(allows, ["Allow_10.0.0.0-24_to_10.0.1.0-24_TCP_443"]);
}

#[test]
fn trap_platform_traffic_needs_no_rule_and_is_never_broken() {
    let bytes = log(&[("168.63.129.16", "10.0.1.5", 80, 'A'), ("10.0.0.4", "10.0.1.5", 443, 'A')]);
    let (mut engine, traffic, draft) =
        drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    assert_eq!(draft.groups[0].rules.iter().filter(|r| r.conversations > 0).count(), 1);
    let world = engine.world();
    assert_eq!(simulate(&set(&draft, &traffic), &world, &traffic).count(Fate::WouldBreak), 0);
}

#[test]
fn trap_special_subnets_are_left_out() {
    let network = fixture("az_vnet_list.json");
    let bytes = log(&[("10.1.0.4", "10.1.255.5", 443, 'A')]);
    let files: [(&str, &[u8]); 2] = [("PT1H.json", &bytes), ("vnets.json", &network)];
    let (_, _, draft) = drafted(&files, Cut::default(), DraftOptions::default());
    assert_eq!((draft.groups.len(), draft.left_out), (0, vec!["GatewaySubnet".to_owned()]));
}

#[test]
fn trap_a_suspected_reply_seeds_nothing() {
    let reply = json!({ "records": [{ "time": "2026-10-01T00:05:00Z", "macAddress": "000D3A445566",
        "category": "NetworkSecurityGroupFlowEvent", "resourceId": "/nsg", "properties": { "flows": [{ "rule": "r", "flows": [{
            "mac": "000D3A445566", "flowTuples": [
                "1790812800,10.0.0.4,10.0.1.5,443,51000,T,I,A,C,5,500,5,500",
                "1790812800,10.0.0.4,10.0.1.5,51000,443,T,I,A,C,5,500,5,500"] }] }] } }] });
    let bytes = reply.to_string().into_bytes();
    let (_, traffic, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    assert!(traffic.iter().any(|seen| seen.noise == Noise::Reply));
    // The other one began earlier too, but goes to a server's port: it counts as evidence.
    assert_eq!(draft.groups[0].rules[0].rule.name, "Allow_10.0.0.0-24_to_10.0.1.0-24_TCP_443");
    assert_eq!(draft.seeds.len(), 1);
}

#[test]
fn what_a_scan_was_let_through_without_an_answer_seeds_nothing() {
    let seeds = |ports: u32| {
        let tuples: Vec<String> = (0..ports)
            .map(|port| format!("1790812800,10.0.0.4,10.0.1.5,50000,{},T,I,A,E,3,180,0,0", 1000 + port))
            .chain(
                (0..ports)
                    .map(|port| format!("1790812800,10.0.0.4,10.0.1.5,50000,{},T,I,A,B,,,,", 1000 + port)),
            )
            .collect();
        let file = json!({ "records": [{ "time": "2026-10-01T00:00:59Z", "category": "NetworkSecurityGroupFlowEvent",
            "resourceId": "/nsg", "properties": { "flows": [{ "rule": "r", "flows": [{
                "mac": "000D3A445566", "flowTuples": tuples }] }] } }] });
        let bytes = file.to_string().into_bytes();
        drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default()).2.seeds.len()
    };
    assert_eq!((seeds(24), seeds(25)), (24, 0));
}

#[test]
fn trap_merged_ports_open_nothing_that_was_not_seen() {
    let bytes = log(&[
        ("10.0.0.4", "10.0.1.5", 80, 'A'),
        ("10.0.0.4", "10.0.1.5", 81, 'A'),
        ("10.0.0.4", "10.0.1.5", 443, 'A'),
    ]);
    let (_, _, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    let ports: Vec<String> =
        draft.groups[0].rules[0].rule.destination_ports.iter().map(ToString::to_string).collect();
    assert_eq!(ports, ["80-81", "443"]);
    // 256 × 256 addresses, three ports, less the three that were used.
    assert_eq!(draft.opened_unseen, 256 * 256 * 3 - 3);
    let hosts = DraftOptions { scope: Scope::Host, ..DraftOptions::default() };
    let (_, _, exact) = drafted(&[("PT1H.json", &bytes)], Cut::default(), hosts);
    assert_eq!(exact.opened_unseen, 256 * 3 - 3);
}

#[test]
fn trap_virtual_network_is_wide_and_what_is_not_on_file_is_undecidable() {
    let network = read_network(&fixture("az_vnet_list.json")).network;
    let world = World::new(&network);
    let groups = json!({ "schema": "azflow.rules/1", "nsgs": [{ "name": "n", "prefixes": ["10.2.0.0/24"], "rules": [
        { "name": "deny", "priority": 4000, "direction": "inbound", "access": "deny", "protocol": "*",
          "sources": ["VirtualNetwork"], "source_ports": ["*"], "destinations": ["*"], "destination_ports": ["*"] }] }] });
    let set = read_rules(groups.to_string().as_bytes(), &RuleSet::default()).unwrap();
    assert_eq!(decide(&set, &world, tcp("10.1.0.4", "10.2.0.5", 80)).0, Ruling::Decided(Decision::Denied));
    // Not in a network on file. If it is on premises this deny decides, if not the default one: denied either way.
    assert_eq!(decide(&set, &world, tcp("192.168.7.7", "10.2.0.5", 80)).0, Ruling::Decided(Decision::Denied));
    // Without the deny it is allowed if on premises and denied if not: nobody can tell.
    let empty = json!({ "schema": "azflow.rules/1", "nsgs": [{ "name": "n", "prefixes": ["10.2.0.0/24"], "rules": [] }] });
    let open = read_rules(empty.to_string().as_bytes(), &RuleSet::default()).unwrap();
    let ruling = decide(&open, &world, tcp("192.168.7.7", "10.2.0.5", 80)).0;
    assert!(matches!(ruling, Ruling::Undecidable(why) if why.contains("on premises")));
}

#[test]
fn service_tags_without_their_file_are_undecidable_and_say_so() {
    let groups = json!({ "schema": "azflow.rules/1", "nsgs": [{ "name": "n", "prefixes": ["10.2.0.0/24"], "rules": [
        { "name": "storage", "priority": 100, "direction": "inbound", "access": "allow", "protocol": "*",
          "sources": ["Storage"], "source_ports": ["*"], "destinations": ["*"], "destination_ports": ["*"] }] }] });
    let set = read_rules(groups.to_string().as_bytes(), &RuleSet::default()).unwrap();
    let ruling = decide(&set, &World::default(), tcp("20.60.1.1", "10.2.0.5", 443)).0;
    assert!(matches!(ruling, Ruling::Undecidable(why) if why.contains("Storage")));
    let denied = decide(&set, &World::default(), tcp("10.9.0.1", "10.2.0.5", 443));
    assert_eq!(denied.1[0].rule, "AllowVnetInBound");
}

#[test]
fn groups_at_subnet_and_nic_must_both_allow() {
    let mut network = Network::default();
    for name in ["az_vnet_list.json", "az_nsg_list.json", "az_nic_list.json"] {
        azflow::topology::merge_network(&mut network, read_network(&fixture(name)).network);
    }
    let (set, world) = (RuleSet::of(&network), World::new(&network));
    let (ruling, stages) = decide(&set, &world, tcp("10.1.0.4", "10.2.0.5", 1433));
    assert_eq!(ruling, Ruling::Decided(Decision::Allowed));
    assert_eq!(stages.last().unwrap().rule, "allow-sql");
    assert_eq!(decide(&set, &world, tcp("10.1.0.4", "10.2.0.5", 1434)).1.last().unwrap().rule, "deny-rest");
}

#[test]
fn audits_tell_config_from_log() {
    let rule = |name: &str, priority: u16, access: &str, source: &str, port: &str| {
        json!({ "name": name, "priority": priority, "direction": "inbound", "access": access, "protocol": "Tcp",
            "sources": [source], "source_ports": ["*"], "destinations": ["*"], "destination_ports": [port] })
    };
    let groups = json!({ "schema": "azflow.rules/1", "nsgs": [{ "name": "nsg", "prefixes": ["10.0.1.0/24"], "rules": [
        rule("wide", 100, "allow", "10.0.0.0/8", "*"), rule("shadowed", 110, "deny", "10.1.0.0/16", "80"),
        rule("rdp", 120, "allow", "*", "3389"), rule("conflict", 130, "deny", "*", "3000-4000")] }] });
    let set = read_rules(groups.to_string().as_bytes(), &RuleSet::default()).unwrap();
    let found = audit(&set, &[], 24).groups.remove(0).findings;
    let kinds = |name: &str| found.iter().filter(|f| f.rule == name).map(|f| f.kind).collect::<Vec<_>>();
    assert_eq!(kinds("shadowed"), [FindingKind::Shadowed, FindingKind::NeverHit]);
    assert!(kinds("rdp").contains(&FindingKind::Exposed));
    assert!(kinds("conflict").contains(&FindingKind::Conflicting));
    assert!(!kinds("wide").contains(&FindingKind::Shadowed));
}

#[test]
fn every_format_keeps_names_as_data() {
    let evil = "x'; rm -rf / #\"${env}$(id)`id`\n*/";
    let list = format!("10.0.0.0/24,\"{}\",n\n10.0.1.0/24,web,n\n", "a$(id)`x`'q");
    let bytes = log(&[("10.0.0.4", "10.0.1.5", 443, 'A')]);
    let files: [(&str, &[u8]); 2] = [("PT1H.json", &bytes), ("list.csv", list.as_bytes())];
    let (_, _, mut draft) = drafted(&files, Cut::default(), DraftOptions::default());
    for group in &mut draft.groups {
        group.subnet = evil.to_owned();
        evil.clone_into(&mut group.nsg.name);
        for drafted in &mut group.rules {
            evil.clone_into(&mut drafted.rule.description);
        }
    }
    let az = write_rules(&draft, Format::Az);
    assert!(az.contains(r"'x'\''; rm -rf / #"));
    let arm: serde_json::Value = serde_json::from_str(&write_rules(&draft, Format::Arm)).unwrap();
    assert_eq!(arm["resources"][0]["name"], evil);
    assert!(write_rules(&draft, Format::Bicep).contains(r"'x\'; rm -rf / #"));
    assert!(write_rules(&draft, Format::Terraform).contains("$${env}"));
    assert!(write_rules(&draft, Format::PowerShell).contains("'x''; rm -rf / #"));
    assert!(!write_rules(&draft, Format::Csv).is_empty());
}

#[test]
fn the_arm_template_reads_back_as_the_same_rules() {
    let bytes = ops_and_mgmt();
    let (_, _, draft) = drafted(&[("PT1H.json", &bytes)], Cut { v4: 28, v6: 64 }, DraftOptions::default());
    let network = read_network(write_rules(&draft, Format::Arm).as_bytes()).network;
    assert_eq!(network.nsgs.len(), draft.groups.len());
    for (read, group) in network.nsgs.iter().zip(&draft.groups) {
        assert_eq!((&read.name, &read.rules), (&group.nsg.name, &group.nsg.rules));
    }
}

fn any_flow() -> impl Strategy<Value = (u8, u8, u8, u8, u16, bool)> {
    (
        0u8..4,
        1u8..20,
        0u8..4,
        1u8..20,
        prop_oneof![Just(22u16), Just(80), Just(443), Just(1433), 8000u16..8010],
        any::<bool>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_draft_blocks_nothing_that_seeded_it_and_opens_only_what_it_says(
        flows in proptest::collection::vec(any_flow(), 1..40),
        hosts in any::<bool>(),
        outbound in any::<bool>(),
        ask in proptest::collection::vec(any_flow(), 1..40),
    ) {
        let text: Vec<(String, String, u16, char)> = flows
            .iter()
            .map(|(s, sh, d, dh, port, allowed)| {
                (format!("10.0.{s}.{sh}"), format!("10.0.{d}.{dh}"), *port, if *allowed { 'A' } else { 'D' })
            })
            .collect();
        let given: Vec<(&str, &str, u16, char)> = text.iter().map(|(s, d, p, x)| (s.as_str(), d.as_str(), *p, *x)).collect();
        let bytes = log(&given);
        let options = DraftOptions {
            scope: if hosts { Scope::Host } else { Scope::Subnet },
            outbound,
            ..DraftOptions::default()
        };
        let (mut engine, traffic, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), options);
        let (set, world) = (set(&draft, &traffic), engine.world());
        let simulation = simulate(&set, &world, &traffic);
        for index in &draft.seeds {
            prop_assert_eq!(simulation.results[*index].fate, Fate::Kept, "{:?}", traffic[*index]);
        }
        // Inside the drafted subnets only a seeded pair of subnets and port is open.
        for (s, sh, d, dh, port, _) in ask {
            let (src, dst) = (format!("10.0.{s}.{sh}"), format!("10.0.{d}.{dh}"));
            let inbound = |g: &azflow::rules::DraftedNsg| g.nsg.rules.iter().any(|r| r.direction == Direction::Inbound);
            let drafted = draft.groups.iter().any(|g| inbound(g) && g.prefixes.iter().any(|p| p.contains(a(&dst))));
            // A rule joins the hosts and the ports of one pair of subnets: each host was seen, and each port.
            let net = |x: Address| x.bits() >> 8;
            let pair = |seen: &Observed| net(seen.src) == net(a(&src)) && net(seen.dst) == net(a(&dst));
            let seeds = || draft.seeds.iter().map(|i| &traffic[*i]).filter(|seen| pair(seen));
            let seeded = seeds().any(|seen| seen.port == Some(port)) && (!hosts || seeds().any(|seen| seen.src == a(&src)));
            let open = decide(&set, &world, tcp(&src, &dst, port)).0 == Ruling::Decided(Decision::Allowed);
            prop_assert!(!drafted || !open || seeded, "{} → {}:{} is open", src, dst, port);
        }
        for group in &draft.groups {
            for direction in [Direction::Inbound, Direction::Outbound] {
                let mut priorities: Vec<u16> = group.nsg.rules.iter().filter(|r| r.direction == direction).map(|r| r.priority).collect();
                let all = priorities.len();
                priorities.sort_unstable();
                priorities.dedup();
                prop_assert_eq!(priorities.len(), all);
                prop_assert!(priorities.iter().all(|p| (100..=4096).contains(p)) && all <= 1000);
            }
            prop_assert!(group.nsg.rules.iter().all(|r| r.name.len() <= 80));
        }
    }
}
