//! From traffic to rules and back: which rule decides, what a draft is, what it would do.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Address, Decision, Direction, Network, Nsg};
use azflow_engine::audit::{Covered, CoveredAt, FindingKind, audit};
use azflow_engine::export::{Format, read_rules, write_rules};
use azflow_engine::rules::{
    DraftOptions, Fate, Observed, RuleSet, Ruling, Scope, Traffic, World, decide, simulate,
};
use azflow_engine::topology::{Cut, read_network};
use proptest::prelude::*;
use serde_json::json;
use support::rules::{a, drafted, fixture, log, ops_and_mgmt, set, tcp};

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
        azflow_engine::topology::merge_network(&mut network, read_network(&fixture(name)).network);
    }
    let (set, world) = (RuleSet::of(&network), World::new(&network));
    let (ruling, _) = decide(&set, &world, tcp("10.1.0.4", "10.2.0.5", 1433));
    let reason = "subnet snet-web has nsg-web, which is not on file";
    assert_eq!(ruling, Ruling::Undecidable(reason.to_owned()));
    // With the group that the source's subnet names, everything is on file.
    let id = network
        .networks
        .iter()
        .flat_map(|n| &n.subnets)
        .find_map(|s| s.nsg.clone().filter(|id| id.name() == "nsg-web"));
    let nsg = Nsg { id: id.unwrap(), name: "nsg-web".to_owned(), whole: true, ..Nsg::default() };
    azflow_engine::topology::merge_network(&mut network, Network { nsgs: vec![nsg], ..Network::default() });
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
    let nic = CoveredAt { addresses: vec![a("10.0.1.4")], hours: 24, missing: 2, ..CoveredAt::default() };
    let covered = Covered { nics: vec![nic] };
    let found = audit(&set, &World::default(), &Traffic::default(), &covered).groups.remove(0).findings;
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
        if flows.iter().all(|flow| !flow.5) {
            // What a log of denials alone leaves out, a deny would cut.
            prop_assert!(draft.groups.is_empty() && draft.notes.iter().any(|note| note.contains("denials alone")));
            return Ok(());
        }
        let (set, world) = (set(&draft, &traffic), engine.world());
        let simulation = simulate(&set, &world, &traffic);
        for index in &draft.seeds {
            prop_assert_eq!(simulation.results[*index].fate, Fate::Kept, "{:?}", traffic.conversations[*index]);
        }
        // Inside the drafted subnets only a seeded pair of subnets and port is open.
        for (s, sh, d, dh, port, _) in ask {
            let (src, dst) = (format!("10.0.{s}.{sh}"), format!("10.0.{d}.{dh}"));
            let inbound = |g: &azflow_engine::rules::DraftedNsg| g.nsg.rules.iter().any(|r| r.direction == Direction::Inbound);
            let drafted = draft.groups.iter().any(|g| inbound(g) && g.prefixes.iter().any(|p| p.contains(a(&dst))));
            // A rule joins the hosts and the ports of one pair of subnets: each host was seen, and each port.
            let net = |x: Address| x.bits() >> 8;
            let pair = |seen: &Observed| net(traffic.src(seen)) == net(a(&src)) && net(traffic.dst(seen)) == net(a(&dst));
            let seeds = || draft.seeds.iter().map(|i| &traffic.conversations[*i]).filter(|seen| pair(seen));
            let seeded = seeds().any(|seen| seen.port == Some(port)) && (!hosts || seeds().any(|seen| traffic.src(seen) == a(&src)));
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
