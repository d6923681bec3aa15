//! Traps on the way from flows to rules: one test for each, named after it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Decision, PortRange};
use azflow_engine::audit::{Audit, FindingKind, audit};
use azflow_engine::export::{Format, read_rules, write_rules};
use azflow_engine::rules::{
    DraftError, DraftOptions, Fate, Maturity, Observed, RuleSet, Ruling, Scope, Skip, Unfit, Want, World,
    decide, simulate,
};
use azflow_engine::session::Engine;
use azflow_engine::topology::{Cut, read_network};
use serde_json::json;
use support::load;
use support::rules::{
    a, drafted, fixture, groups, log, nsg_record, ops_and_mgmt, records, set, tcp, tuple, vnet_record,
    vnet_tuple,
};

const MAC: &str = "000D3A445566";

/// The names of the rules that rest on traffic, of all groups.
fn allows(draft: &azflow_engine::rules::Draft) -> Vec<&str> {
    let rules = draft.groups.iter().flat_map(|g| &g.rules).filter(|r| r.conversations > 0);
    rules.map(|r| r.rule.name.as_str()).collect()
}

fn audited(engine: &mut Engine, set: &RuleSet) -> Audit {
    let (world, traffic, covered) = (engine.world(), engine.traffic(), engine.covered());
    audit(set, &world, &traffic, &covered)
}

fn kinds(audit: &Audit, rule: &str) -> Vec<FindingKind> {
    let all = audit.groups.iter().flat_map(|g| &g.findings);
    all.filter(|f| f.rule == rule).map(|f| f.kind).collect()
}

fn message(audit: &Audit, rule: &str, kind: FindingKind) -> String {
    let mut all = audit.groups.iter().flat_map(|g| &g.findings);
    all.find(|f| f.rule == rule && f.kind == kind).unwrap().message.clone()
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
    assert!(traffic.conversations.iter().any(|seen| seen.unfit == Some(Unfit::SuspectedReply)));
    // The other one began earlier too, but goes to a server's port: it counts as evidence.
    assert_eq!(draft.groups[0].rules[0].rule.name, "Allow_10.0.0.0-24_to_10.0.1.0-24_TCP_443");
    assert_eq!(draft.seeds.len(), 1);
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
fn trap_what_rides_on_default_allow_alone_is_shown() {
    let bytes = log(&[("10.0.0.4", "10.0.1.5", 443, 'A'), ("10.0.0.4", "10.0.1.5", 22, 'A')]);
    let mut engine = load(&[("PT1H.json", &bytes)]);
    let set = groups(&[("nsg", "10.0.1.0/24", &[("web", 100, "allow", "10.0.0.0/24", "443")])]);
    let traffic = engine.traffic();
    let result = simulate(&set, &engine.world(), &traffic);
    let alone: Vec<_> =
        traffic.conversations.iter().zip(&result.results).filter(|(_, r)| r.on_default).collect();
    assert_eq!(alone.iter().map(|(seen, _)| seen.port).collect::<Vec<_>>(), [Some(22)]);
    // The log names the default rule for both: that is what was, whatever the groups on file would do.
    assert!(traffic.conversations.iter().all(|seen| seen.on_default));
    let found = audited(&mut engine, &set);
    assert_eq!(found.on_default.len(), 2);
    let message = message(&found, "AllowVnetInBound", FindingKind::DefaultOnly);
    assert!(message.contains("TCP 22, TCP 443") || message.contains("TCP 443, TCP 22"), "{message}");
}

#[test]
fn trap_removed_rules_do_not_cut_live_connections() {
    let bytes = ops_and_mgmt();
    let (_, _, draft) = drafted(&[("PT1H.json", &bytes)], Cut { v4: 28, v6: 64 }, DraftOptions::default());
    assert!(draft.notes.iter().any(|note| note.contains("test with new ones")));
    for format in [Format::Az, Format::Bicep, Format::Arm, Format::Terraform, Format::PowerShell] {
        assert!(write_rules(&draft, format).contains("test with new ones"), "{format:?}");
    }
}

#[test]
fn trap_zero_bytes_is_not_zero_use() {
    // Inbound flows without a flow timeout log no bytes.
    let bytes = log(&[("10.0.0.4", "10.0.1.5", 443, 'A'), ("10.0.0.4", "10.0.1.5", 443, 'A')]);
    let (_, traffic, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    assert_eq!(traffic.conversations[0].tally.counters.bytes(), 0);
    assert_eq!((draft.groups[0].rules[0].flows, draft.seeds.len()), (2, 1));
}

#[test]
fn trap_deny_stops_allow_goes_on_so_one_log_alone_proves_nothing() {
    // Subnet and NIC have a group; the allow is logged by the last one, the NIC's.
    let mut set = groups(&[
        (
            "nsg-subnet",
            "10.2.0.0/24",
            &[("sql", 100, "allow", "10.1.0.0/24", "1433"), ("old", 110, "allow", "10.1.0.0/24", "21")],
        ),
        ("nsg-nic", "10.99.0.0/24", &[("sql-too", 100, "allow", "10.1.0.0/24", "1433")]),
    ]);
    set.groups[1].prefixes.clear();
    set.groups[1].nics = vec![a("10.2.0.5")];
    let bytes = records(&[nsg_record(
        0,
        MAC,
        "/nsg-nic",
        "UserRule_sql-too",
        &[tuple(0, "10.1.0.4", "10.2.0.5", 1433, 'I', 'A')],
    )]);
    let mut engine = load(&[("PT1H.json", &bytes)]);
    let found = audited(&mut engine, &set);
    assert!(!kinds(&found, "sql").contains(&FindingKind::NeverHit));
    let old = message(&found, "old", FindingKind::NeverHit);
    assert!(old.contains("logged by the last group only"), "{old}");
    // Where it is not on file where a group applies, its allows are not judged at all.
    set.groups.truncate(1);
    set.groups[0].prefixes.clear();
    let found = audited(&mut engine, &set);
    assert_eq!(kinds(&found, "old"), [FindingKind::NotAttributable]);
}

#[test]
fn trap_what_the_platform_let_pass_is_application_traffic_unless_an_end_is_the_platforms() {
    // A balancer's connections that the platform makes again, and its probe, under one rule.
    let acl = "00000000-0000-0000-0000-000000000000";
    let ends =
        [("10.0.0.4", 'I'), ("10.0.0.5", 'I'), ("fd00::4", 'I'), ("10.0.0.6", 'O'), ("168.63.129.16", 'I')];
    for rule in ["PlatformRule", "platformrule", "DefaultRule_AllowAzureLoadBalancerInBound"] {
        let tuple = |(src, way): &(&str, char)| {
            let dst = if src.contains(':') { "fd00:1::5" } else { "10.0.1.5" };
            vnet_tuple(0, (src, dst, 443), *way, 'B', "NX")
        };
        let tuples: Vec<String> = ends.iter().map(tuple).collect();
        let bytes = records(&[vnet_record(0, MAC, acl, rule, &tuples)]);
        let options = DraftOptions { outbound: true, ..DraftOptions::default() };
        let (mut engine, traffic, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), options);
        let of = |wanted| traffic.conversations.iter().filter(|seen| seen.unfit == wanted).count();
        assert_eq!((of(None), of(Some(Unfit::Platform))), (4, 1), "{rule}");
        let noise = |seen: &&Observed| seen.noise.is_noise();
        assert_eq!(traffic.conversations.iter().filter(noise).count(), 1, "{rule}");
        // The probe's allow is a guard of every draft; the others were seen.
        assert_eq!(draft.seeds.len(), 4, "{rule}");
        let told =
            draft.notes.iter().any(|note| note.contains("does not tell") && note.contains("10.0.0.0/24"));
        assert_eq!(told, rule.eq_ignore_ascii_case("PlatformRule"), "{rule}: {:?}", draft.notes);
        let result = simulate(&set(&draft, &traffic), &engine.world(), &traffic);
        assert_eq!((result.count(Fate::Kept), result.count(Fate::WouldBreak)), (5, 0), "{rule}");
        // A set that denies them breaks them: no one told that the platform lets them pass whatever groups say.
        let closed = groups(&[("nsg", "10.0.1.0/24", &[("no", 100, "deny", "10.0.0.0/24", "443")])]);
        let result = simulate(&closed, &engine.world(), &traffic);
        assert_eq!(result.count(Fate::WouldBreak), 3, "{rule}");
    }
}

#[test]
fn trap_what_the_platform_refused_is_denied_like_any_other() {
    let acl = "00000000-0000-0000-0000-000000000000";
    let seen = [vnet_tuple(0, ("10.0.0.4", "10.0.1.5", 443), 'I', 'D', "NX")];
    let bytes = records(&[vnet_record(0, MAC, acl, "PlatformRule", &seen)]);
    let (mut engine, traffic, draft) =
        drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    assert_eq!((traffic.conversations[0].unfit, allows(&draft).len()), (Some(Unfit::Denied), 0));
    // Nobody told that it stays blocked whatever groups say: rules that let it in open it.
    let open = groups(&[("nsg", "10.0.1.0/24", &[("yes", 100, "allow", "10.0.0.0/24", "443")])]);
    assert_eq!(simulate(&open, &engine.world(), &traffic).count(Fate::NewlyOpened), 1);
}

#[test]
fn trap_a_class_of_rules_without_a_name_is_a_groups_rule() {
    let acl = "7d1f0b52-3c5a-4d63-9a6e-0f4f3c1b2a90";
    for rule in ["UserRule", "DefaultRule"] {
        let seen = [vnet_tuple(0, ("10.0.0.4", "10.0.1.5", 443), 'I', 'B', "NX")];
        let bytes = records(&[vnet_record(0, MAC, acl, rule, &seen)]);
        let (_, traffic, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
        assert_eq!((traffic.conversations[0].unfit, allows(&draft).len()), (None, 1), "{rule}");
    }
}

#[test]
fn trap_icmp_is_not_in_nsg_logs_so_its_deny_is_asked_for() {
    let bytes = ops_and_mgmt();
    let cut = Cut { v4: 28, v6: 64 };
    let (_, _, draft) = drafted(&[("PT1H.json", &bytes)], cut, DraftOptions::default());
    assert!(draft.notes.iter().any(|note| note.contains("ICMP")));
    let keep = DraftOptions { keep_icmp: true, ..DraftOptions::default() };
    let (mut engine, traffic, draft) = drafted(&[("PT1H.json", &bytes)], cut, keep);
    assert!(!draft.notes.iter().any(|note| note.contains("ICMP")));
    let ping = azflow_engine::rules::Flow {
        protocol: azflow_core::model::Protocol::ICMP,
        port: None,
        ..tcp("10.10.1.4", "10.10.1.20", 0)
    };
    let ruling = decide(&set(&draft, &traffic), &engine.world(), ping).0;
    assert_eq!(ruling, Ruling::Decided(Decision::Allowed));
    // A VNet flow log would show it: nothing to ask.
    let vnet = records(&[vnet_record(
        0,
        MAC,
        "/nsg",
        "UserRule_web",
        &[vnet_tuple(0, ("10.0.0.4", "10.0.1.5", 443), 'I', 'B', "X")],
    )]);
    let (_, _, draft) = drafted(&[("PT1H.json", &vnet)], Cut::default(), DraftOptions::default());
    assert!(!draft.notes.iter().any(|note| note.contains("ICMP")));
}

#[test]
fn trap_security_admin_rules_come_first_and_make_rules_not_attributable() {
    let acl = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkManagers/avnm";
    let always = vnet_record(
        0,
        MAC,
        acl,
        "AlwaysAllowSsh",
        &[vnet_tuple(0, ("10.0.0.4", "10.0.1.5", 22), 'I', 'B', "NX")],
    );
    let denied = vnet_record(
        0,
        MAC,
        acl,
        "BlockHighRisk",
        &[vnet_tuple(0, ("10.0.0.4", "10.0.1.5", 23), 'I', 'D', "NX")],
    );
    let bytes = records(&[always, denied]);
    let (mut engine, traffic, draft) =
        drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    assert!(allows(&draft).is_empty());
    let set = groups(&[(
        "nsg",
        "10.0.1.0/24",
        &[("ssh", 100, "allow", "10.0.0.0/24", "22"), ("telnet", 110, "allow", "10.0.0.0/24", "23")],
    )]);
    let found = audited(&mut engine, &set);
    assert_eq!(kinds(&found, "ssh"), [FindingKind::NotAttributable]);
    assert_eq!(kinds(&found, "telnet"), [FindingKind::NotAttributable]);
    // No group lets through what a security admin rule denies, and none stops what one always allows.
    let result = simulate(&set, &engine.world(), &traffic);
    assert_eq!(Fate::ALL.map(|fate| result.count(fate)), [1, 0, 1, 0, 0]);
}

#[test]
fn trap_encryption_drops_are_apart() {
    let dropped = vnet_tuple(0, ("10.0.0.4", "10.0.1.5", 443), 'I', 'D', "NX_NOT_ACCEPTED");
    let bytes = records(&[vnet_record(0, MAC, "unspecified", "unspecified", &[dropped])]);
    let (_, traffic, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    assert_eq!(traffic.conversations[0].unfit, Some(Unfit::Encryption));
    assert_eq!((allows(&draft).len(), draft.skipped.get(&Skip::Unfit(Unfit::Encryption))), (0, Some(&1)));
}

#[test]
fn trap_what_a_scanner_reached_is_not_needed() {
    let mut flows: Vec<(String, u16, char)> =
        (0..30).map(|n| ("10.0.0.66".to_owned(), 1000 + n, 'D')).collect();
    flows.push(("10.0.0.66".to_owned(), 443, 'A'));
    flows.push(("10.0.0.4".to_owned(), 443, 'A'));
    let given: Vec<_> =
        flows.iter().map(|(src, port, decision)| (src.as_str(), "10.0.1.5", *port, *decision)).collect();
    let bytes = log(&given);
    let (_, traffic, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    let unfit = traffic.conversations.iter().filter(|seen| seen.unfit == Some(Unfit::Scanner)).count();
    assert_eq!((unfit, draft.groups[0].rules[0].hosts.0), (1, 1));
}

#[test]
fn trap_a_scan_that_was_let_through_without_an_answer_seeds_nothing() {
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
fn trap_allowed_is_not_needed_so_a_person_decides() {
    let bytes = log(&[
        ("10.0.0.4", "10.0.1.5", 443, 'A'),
        ("10.0.0.4", "10.0.1.5", 21, 'A'),
        ("10.0.0.4", "10.0.1.5", 22, 'D'),
    ]);
    let mut engine = load(&[("PT1H.json", &bytes)]);
    let traffic = engine.traffic();
    let want = |_: usize, seen: &Observed| match seen.port {
        Some(21) => Want::NotNeeded,
        Some(22) => Want::Needed,
        _ => Want::Unmarked,
    };
    let draft = engine.draft_reviewed(&traffic, Cut::default(), &DraftOptions::default(), &want).unwrap();
    assert_eq!(allows(&draft), ["Allow_10.0.0.0-24_to_10.0.1.0-24_TCP_22_443"]);
    assert_eq!(draft.skipped.get(&Skip::NotNeeded), Some(&1));
    let result = simulate(&set(&draft, &traffic), &engine.world(), &traffic);
    assert_eq!(Fate::ALL.map(|fate| result.count(fate)), [1, 1, 0, 1, 0]);
}

#[test]
fn trap_unused_in_the_window_is_said_with_its_hours_and_gaps() {
    let one = |hour| {
        nsg_record(hour, MAC, "/nsg", "UserRule_web", &[tuple(hour, "10.0.0.4", "10.0.1.5", 443, 'I', 'A')])
    };
    let bytes = records(&[one(0), one(1), one(5)]);
    let mut engine = load(&[("PT1H.json", &bytes)]);
    let set = groups(&[(
        "nsg",
        "10.0.1.0/24",
        &[("web", 100, "allow", "10.0.0.0/24", "443"), ("month-end", 110, "allow", "10.0.0.0/24", "1521")],
    )]);
    let found = audited(&mut engine, &set);
    let said = message(&found, "month-end", FindingKind::NeverHit);
    assert!(
        said.contains("3 covered hours")
            && said.contains("3 more between them missing")
            && said.contains("no proof"),
        "{said}"
    );
    assert_eq!(found.groups[0].covered, (3, 3));
}

#[test]
fn trap_what_was_seen_late_is_still_learning() {
    let at = |hour, port| {
        nsg_record(hour, MAC, "/nsg", "UserRule_x", &[tuple(hour, "10.0.0.4", "10.0.1.5", port, 'I', 'A')])
    };
    let again = |hour, src: &str| {
        nsg_record(hour, MAC, "/nsg", "UserRule_x", &[tuple(hour, src, "10.0.1.5", 443, 'I', 'A')])
    };
    let bytes = records(&[at(0, 443), again(1, "10.0.0.5"), again(40, "10.0.0.4"), at(47, 1433)]);
    let options = DraftOptions { ports: azflow_engine::rules::PortMerge::None, ..DraftOptions::default() };
    let (_, _, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), options);
    let rules = &draft.groups[0].rules;
    assert_eq!((rules[0].maturity, rules[1].maturity), (Some(Maturity::Stable), Some(Maturity::Learning)));
    let curve = &rules[0].curve;
    assert_eq!((curve.len(), curve[0], curve[22], curve[23]), (24, 2, 2, 3));
    // Less than a day proves nothing.
    let bytes = records(&[at(0, 443), again(5, "10.0.0.4")]);
    let (_, _, draft) = drafted(&[("PT1H.json", &bytes)], Cut::default(), options);
    assert_eq!(draft.groups[0].rules[0].maturity, Some(Maturity::Learning));
}

#[test]
fn trap_dynamic_ports_are_one_range_for_the_server_alone() {
    let bytes = log(&[
        ("10.0.0.4", "10.0.1.5", 135, 'A'),
        ("10.0.0.4", "10.0.1.5", 49_700, 'A'),
        ("10.0.0.5", "10.0.1.5", 50_111, 'A'),
        ("10.0.0.4", "10.0.1.9", 443, 'A'),
    ]);
    let (mut engine, traffic, draft) =
        drafted(&[("PT1H.json", &bytes)], Cut::default(), DraftOptions::default());
    let rules = &draft.groups[0].nsg.rules;
    let range =
        rules.iter().find(|r| r.destination_ports == [PortRange { first: 49_152, last: 65_535 }]).unwrap();
    assert_eq!(
        range.destinations,
        [azflow_core::model::Endpoint::Prefix(azflow_core::model::Prefix::parse("10.0.1.5/32").unwrap())]
    );
    assert_eq!(range.name, "Allow_10.0.0.0-24_to_10.0.1.5_TCP_49152-65535");
    let (set, world) = (set(&draft, &traffic), engine.world());
    let ask =
        |dst, port| decide(&set, &world, tcp("10.0.0.77", dst, port)).0 == Ruling::Decided(Decision::Allowed);
    assert!(ask("10.0.1.5", 60_000) && !ask("10.0.1.9", 60_000) && ask("10.0.1.9", 443));
    assert_eq!(simulate(&set, &world, &traffic).count(Fate::WouldBreak), 0);
}

#[test]
fn trap_azures_limits_are_checked_with_clear_errors() {
    let list: Vec<(String, String, u16)> = (0..1100)
        .map(|n| (format!("10.{}.{}.4", 1 + n / 250, n % 250), "10.0.1.5".to_owned(), 443))
        .collect();
    let flows: Vec<_> = list.iter().map(|(s, d, p)| (s.as_str(), d.as_str(), *p, 'A')).collect();
    let bytes = log(&flows);
    let mut engine = load(&[("PT1H.json", &bytes)]);
    let traffic = engine.traffic();
    let mut draft = |options: DraftOptions| engine.draft(&traffic, Cut::default(), &options);
    let error = draft(DraftOptions::default()).unwrap_err();
    assert!(matches!(error, DraftError::TooManyRules(..)) && error.to_string().contains("1000"), "{error}");
    // Sharing a rule is within the limits.
    let shared =
        DraftOptions { prefixes: azflow_engine::rules::PrefixMerge::Lists, ..DraftOptions::default() };
    assert!(draft(shared).unwrap().groups[0].rules.len() < 10);
    let error = draft(DraftOptions { deny_priority: 5000, ..DraftOptions::default() }).unwrap_err();
    assert!(matches!(error, DraftError::Priorities(..)));
    let few = DraftOptions { deny_priority: 150, ..DraftOptions::default() };
    assert!(matches!(draft(few).unwrap_err(), DraftError::NoRoom(..) | DraftError::TooManyRules(..)));
    let hosts: Vec<_> = (0..4100u32).map(|n| format!("10.9.{}.{}", n / 128, 2 * (n % 128))).collect();
    let flows: Vec<_> = hosts.iter().map(|s| (s.as_str(), "10.0.1.5", 443, 'A')).collect();
    let bytes = log(&flows);
    let mut engine = load(&[("PT1H.json", &bytes)]);
    let traffic = engine.traffic();
    let options = DraftOptions {
        scope: Scope::Host,
        prefixes: azflow_engine::rules::PrefixMerge::Lists,
        ..DraftOptions::default()
    };
    let error = engine.draft(&traffic, Cut { v4: 16, v6: 64 }, &options).unwrap_err();
    assert!(
        matches!(error, DraftError::TooManyPrefixes(..)) && error.to_string().contains("4000"),
        "{error}"
    );
}

#[test]
fn trap_a_hub_appliance_is_counted_once() {
    let bytes = fixture("appliance.json");
    let mut engine = load(&[("PT1H.json", &bytes)]);
    let traffic = engine.traffic();
    let logged: u64 =
        traffic.conversations.iter().flat_map(|seen| traffic.decided(seen)).map(|(_, flows)| flows).sum();
    let counted: u64 = traffic.conversations.iter().map(|seen| seen.tally.attempts()).sum();
    assert!(counted < logged, "{counted} of {logged} as logged");
    let keys: std::collections::BTreeSet<_> =
        traffic.conversations.iter().map(|s| (s.src, s.dst, s.protocol, s.port)).collect();
    assert_eq!(keys.len(), traffic.conversations.len());
}

#[test]
fn trap_two_logs_of_the_same_traffic_are_one_evidence() {
    let bytes = fixture("two_logs_of_one_nic.json");
    let mut engine = load(&[("PT1H.json", &bytes)]);
    let traffic = engine.traffic();
    let flows = |traffic: &azflow_engine::rules::Traffic| {
        traffic.conversations.iter().map(|s| s.tally.attempts()).sum::<u64>()
    };
    let logged: u64 =
        traffic.conversations.iter().flat_map(|seen| traffic.decided(seen)).map(|(_, flows)| flows).sum();
    assert!(flows(&traffic) < logged);
}

#[test]
fn trap_an_existing_rule_is_reused_only_where_it_says_whom_it_is_for() {
    let network = fixture("az_vnet_list.json");
    let rules = json!([{ "id": "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-net/providers/Microsoft.Network/networkSecurityGroups/nsg-sql",
        "name": "nsg-sql", "subnets": [{ "id": "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/spoke/subnets/snet-sql" }],
        "securityRules": [
            { "name": "sql-from-web", "priority": 120, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "10.1.0.0/24",
              "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "1433" },
            { "name": "anything", "priority": 130, "direction": "Inbound", "access": "Allow", "protocol": "*", "sourceAddressPrefix": "*",
              "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*" }] },
        { "id": "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-net/providers/Microsoft.Network/networkSecurityGroups/nsg-web",
          "name": "nsg-web", "securityRules": [] }]).to_string().into_bytes();
    let bytes = log(&[("10.1.0.4", "10.2.0.5", 1433, 'A'), ("10.1.0.4", "10.2.0.5", 3389, 'A')]);
    let files: [(&str, &[u8]); 3] = [("PT1H.json", &bytes), ("vnets.json", &network), ("nsgs.json", &rules)];
    let (mut engine, traffic, draft) = drafted(&files, Cut::default(), DraftOptions::default());
    let group = draft.groups.iter().find(|g| g.subnet.contains("snet-sql")).unwrap();
    let kept: Vec<_> = group
        .rules
        .iter()
        .filter(|r| r.reused)
        .map(|r| (r.rule.name.as_str(), r.rule.priority, r.conversations))
        .collect();
    assert_eq!((kept, group.nsg.name.as_str()), (vec![("sql-from-web", 120, 1)], "nsg-sql"));
    assert_eq!(allows(&draft).len(), 2);
    let over = set(&draft, &traffic).over(&engine.rule_set(), &engine.world());
    assert_eq!(simulate(&over, &engine.world(), &traffic).count(Fate::Kept), 2);
    assert_eq!(
        decide(&over, &engine.world(), tcp("10.1.0.4", "10.2.0.5", 22)).0,
        Ruling::Decided(Decision::Denied)
    );
}

/// The group of the test below: two hosts are kept out, the Internet is kept from being reached.
fn denying() -> Vec<u8> {
    let path = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-net/providers/Microsoft.Network";
    let rule = |name: &str, priority: u16, way: &str, access: &str, ends: [&str; 2], port: &str| {
        json!({ "name": name, "priority": priority, "direction": way, "access": access, "protocol": "*",
            "sourceAddressPrefix": ends[0], "sourcePortRange": "*", "destinationAddressPrefix": ends[1], "destinationPortRange": port })
    };
    json!([{ "id": format!("{path}/networkSecurityGroups/nsg-sql"), "name": "nsg-sql",
        "subnets": [{ "id": format!("{path}/virtualNetworks/spoke/subnets/snet-sql") }],
        "securityRules": [
            rule("not-this-host", 110, "Inbound", "Deny", ["10.1.0.66", "*"], "*"),
            rule("anything", 130, "Inbound", "Allow", ["*", "*"], "*"),
            rule("nothing-else", 4096, "Inbound", "Deny", ["*", "*"], "*"),
            rule("backup", 200, "Outbound", "Allow", ["*", "20.1.2.3"], "443"),
            rule("no-internet", 300, "Outbound", "Deny", ["*", "Internet"], "*"),
            rule("no-web", 310, "Outbound", "Deny", ["*", "10.1.0.0/24"], "8080"),
        ] }])
    .to_string()
    .into_bytes()
}

#[test]
fn trap_what_is_denied_today_stays_denied() {
    let (network, rules) = (fixture("az_vnet_list.json"), denying());
    let bytes = log(&[
        ("10.1.0.4", "10.2.0.5", 1433, 'A'),
        ("10.2.0.5", "20.1.2.3", 443, 'A'),
        ("10.2.0.5", "8.8.8.8", 443, 'D'),
        ("10.2.0.5", "10.1.0.4", 445, 'A'),
    ]);
    let files: [(&str, &[u8]); 3] = [("PT1H.json", &bytes), ("vnets.json", &network), ("nsgs.json", &rules)];
    for outbound in [false, true] {
        // The log is of what comes in alone.
        let options = DraftOptions { outbound, unlogged: true, ..DraftOptions::default() };
        let (mut engine, traffic, draft) = drafted(&files, Cut::default(), options);
        let group = draft.groups.iter().find(|g| g.subnet.contains("snet-sql")).unwrap();
        let kept: Vec<_> = group
            .rules
            .iter()
            .filter(|r| r.reused)
            .map(|r| (r.rule.name.as_str(), r.rule.priority))
            .collect();
        let inbound = [("not-this-host", 110), ("nothing-else", 4096)];
        assert_eq!(
            kept,
            [&inbound[..], &[("backup", 200), ("no-internet", 300), ("no-web", 310)]].concat(),
            "outbound {outbound}"
        );
        let (set, world) = (set(&draft, &traffic), engine.world());
        let decided = |src: &str, dst: &str, port: u16| decide(&set, &world, tcp(src, dst, port)).0;
        assert_eq!(decided("10.1.0.4", "10.2.0.5", 1433), Ruling::Decided(Decision::Allowed));
        assert_eq!(decided("10.1.0.66", "10.2.0.5", 1433), Ruling::Decided(Decision::Denied));
        assert_eq!(decided("203.0.113.9", "10.2.0.5", 22), Ruling::Decided(Decision::Denied));
        assert_eq!(decided("10.2.0.5", "20.1.2.3", 443), Ruling::Decided(Decision::Allowed));
        assert_eq!(decided("10.2.0.5", "8.8.8.8", 443), Ruling::Decided(Decision::Denied));
    }
}

#[test]
fn trap_a_denial_gives_way_to_what_is_needed_and_says_so() {
    let (network, rules) = (fixture("az_vnet_list.json"), denying());
    let bytes = log(&[("10.1.0.4", "10.2.0.5", 1433, 'A'), ("10.2.0.5", "10.1.0.4", 8080, 'D')]);
    let mut engine = load(&[("PT1H.json", &bytes), ("vnets.json", &network), ("nsgs.json", &rules)]);
    let traffic = engine.traffic();
    let needed = |_: usize, _: &Observed| Want::Needed;
    for outbound in [false, true] {
        // The log is of what comes in alone.
        let options = DraftOptions { outbound, unlogged: true, ..DraftOptions::default() };
        let draft = engine.draft_reviewed(&traffic, Cut::default(), &options, &needed).unwrap();
        let (set, world) = (set(&draft, &traffic), engine.world());
        let decided = |dst: &str, port: u16| decide(&set, &world, tcp("10.2.0.5", dst, port)).0;
        assert_eq!(decided("10.1.0.4", 8080), Ruling::Decided(Decision::Allowed), "outbound {outbound}");
        assert_eq!(decided("8.8.8.8", 443), Ruling::Decided(Decision::Denied), "outbound {outbound}");
        let group = draft.groups.iter().find(|g| g.subnet.contains("snet-sql")).unwrap();
        // The denial stays where it is, for everyone else, and what is needed stands before it.
        let denial = group.rules.iter().find(|r| r.rule.name == "no-web").map(|r| r.rule.priority);
        assert_eq!(denial, Some(310));
        assert!(draft.notes.iter().any(|note| note.contains("no-web is in force")), "{:?}", draft.notes);
        assert_eq!(decided("10.1.0.5", 8080), Ruling::Decided(Decision::Denied), "outbound {outbound}");
    }
}

#[test]
fn trap_a_denial_kept_without_the_allow_before_it_would_cut_what_passes_today() {
    let network = fixture("az_vnet_list.json");
    // The allow names no one, so it is replaced where rules are drafted; behind the denial 443 would be cut.
    let rules = String::from_utf8(denying()).unwrap().replace("\"20.1.2.3\"", "\"*\"").into_bytes();
    let bytes = log(&[
        ("10.2.0.5", "10.1.0.4", 445, 'A'),
        ("10.2.0.5", "20.1.2.3", 443, 'A'),
        ("10.1.0.4", "10.2.0.5", 1433, 'A'),
    ]);
    let files: [(&str, &[u8]); 3] = [("PT1H.json", &bytes), ("vnets.json", &network), ("nsgs.json", &rules)];
    for outbound in [false, true] {
        // The log is of what comes in alone.
        let options = DraftOptions { outbound, unlogged: true, ..DraftOptions::default() };
        let (mut engine, traffic, draft) = drafted(&files, Cut::default(), options);
        let (set, world) = (set(&draft, &traffic), engine.world());
        let decided = decide(&set, &world, tcp("10.2.0.5", "20.1.2.3", 443)).0;
        assert_eq!(decided, Ruling::Decided(Decision::Allowed), "outbound {outbound}");
        // What stands for the allow comes in its place, before the denial, which denies what it denied.
        assert_eq!(draft.notes.iter().any(|note| note.contains("backup is in force and goes")), outbound);
        assert_eq!(
            decide(&set, &world, tcp("10.2.0.5", "20.1.2.3", 22)).0,
            Ruling::Decided(Decision::Denied)
        );
    }
}
