//! Files of rules beside a network's description: for which group they are, and what of them is not understood.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_engine::audit::{Covered, FindingKind, audit};
use azflow_engine::export::read_rules;
use azflow_engine::rules::{Fate, Ruling, Traffic, decide, simulate};
use serde_json::{Value, json};
use support::estate::{flow, group, has, hub, log, subnet, with};
use support::load;
use support::rules::{ALLOW, DENY, described};

fn network() -> Value {
    hub(&[subnet("app", "10.1.9.0/24", has("nsg-app")), subnet("web", "10.1.0.0/24", json!({}))])
}

/// A template with one rule, of which some parts are expressions.
fn template(parts: Value, parameters: Value) -> Value {
    let rule = json!({ "name": "no-smb", "properties": with(json!({ "priority": 100, "direction": "Inbound", "access": "Deny",
        "protocol": "Tcp", "sourceAddressPrefix": "10.1.0.0/24", "sourcePortRange": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": "445" }), parts) });
    json!({ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "parameters": parameters, "resources": [{ "type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2023-09-01",
            "name": "nsg-app", "location": "westeurope", "properties": { "securityRules": [rule] } }] })
}

/// What a file of rules says of SMB between the subnets, with what a simulation makes of a conversation like that.
fn asked(file: &Value) -> (Ruling, Fate, Vec<String>) {
    let (network, nsg) = (network(), group("nsg-app", &[]));
    let (below, world) = described(&[&network, &nsg]);
    let read = read_rules(file.to_string().as_bytes(), &below).unwrap();
    let notes = read.not_understood();
    let over = read.over(&below, &world);
    let smb = decide(&over, &world, flow("tcp 10.1.0.4 > 10.1.9.4 445")).0;
    let bytes = log(&["in + tcp 10.1.0.4 > 10.1.9.4 445"]);
    let (network, nsg) = (network.to_string().into_bytes(), nsg.to_string().into_bytes());
    let mut engine = load(&[("PT1H.json", &bytes), ("vnets.json", &network), ("nsgs.json", &nsg)]);
    let traffic = engine.traffic();
    let fate = simulate(&over, &world, &traffic).results[0].fate;
    (smb, fate, notes)
}

#[test]
fn what_of_a_file_of_rules_is_not_understood_decides_nothing() {
    assert_eq!(asked(&template(json!({}), json!({}))), (DENY, Fate::WouldBreak, Vec::new()));
    for (key, value, fits) in [
        ("destinationPortRange", "445", json!(445)),
        ("priority", "100", json!(200)),
        ("protocol", "Tcp", json!("*")),
        ("access", "Deny", json!("Deny")),
        ("direction", "Inbound", json!("Inbound")),
        ("sourceAddressPrefix", "10.1.0.0/24", json!("10.0.0.0/8")),
        ("destinationAddressPrefix", "*", json!("10.1.9.0/24")),
    ] {
        let parts = json!({ key: format!("[parameters('{key}')]") });
        // With a default it is what that says.
        let given = json!({ key: { "type": "string", "defaultValue": fits } });
        assert_eq!(
            asked(&template(parts.clone(), given)),
            (DENY, Fate::WouldBreak, Vec::new()),
            "{key} {value}"
        );
        // Without one nothing tells: neither kept nor broken.
        for parameters in [json!({ key: { "type": "string" } }), json!({})] {
            let (smb, fate, notes) = asked(&template(parts.clone(), parameters));
            let is_told =
                |text: &str| text.contains("no-smb") || text.contains(&format!("parameters('{key}')"));
            assert!(matches!(&smb, Ruling::Undecidable(why) if is_told(why)), "{key}: {smb:?}");
            assert_eq!(fate, Fate::Undecidable, "{key}");
            assert!(notes.iter().any(|note| is_told(note)), "{key}: {notes:?}");
        }
    }
}

/// The later of two files has a rule no more, or has more: a file of rules is for its group alone, and whole.
#[test]
fn a_file_of_rules_is_all_of_its_group() {
    let older = group("nsg-app", &["in 100 + tcp 10.1.0.0/24 > * 1433 sql", "in 4096 - * * > * * none"]);
    let (below, world) = described(&[&network(), &older]);
    let after = |file: &Value| {
        let over = read_rules(file.to_string().as_bytes(), &below).unwrap().over(&below, &world);
        decide(&over, &world, flow("tcp 10.1.0.4 > 10.1.9.4 1433")).0
    };
    assert_eq!(after(&older), ALLOW);
    assert_eq!(after(&group("nsg-app", &["in 4096 - * * > * * none"])), DENY);
    assert_eq!(after(&group("nsg-app", &[])), ALLOW);
    // A group that is at no place on file changes nothing here, and one without its rules leaves all open.
    assert_eq!(after(&group("nsg-other", &["in 100 - * * > * * none"])), ALLOW);
    let mut cut = group("nsg-app", &[]);
    cut["securityRules"] = json!("System.Object[]");
    assert!(matches!(after(&cut), Ruling::Undecidable(_)));
}

/// `::/0` and `0.0.0.0/0` are each of one family: they neither decide nor hide what the other one has.
#[test]
fn all_of_one_family_hides_nothing_of_the_other() {
    let found = |rules: &[&str]| {
        let (set, world) = described(&[&network(), &group("nsg-app", rules)]);
        let found = audit(&set, &world, &Traffic::default(), &Covered::default()).groups.remove(0).findings;
        found.into_iter().map(|found| (found.kind, found.rule)).collect::<Vec<_>>()
    };
    let is_shadowed = |rules: &[&str]| found(rules).contains(&(FindingKind::Shadowed, "web".to_owned()));
    let web = "in 200 + tcp 10.1.0.0/24 > * 443 web";
    assert!(is_shadowed(&["in 100 - * 0.0.0.0/0 > * * no-v4", web]));
    assert!(!is_shadowed(&["in 100 - * ::/0 > * * no-v6", web]));
    let six = "in 200 + tcp fd00::/64 > * 443 web";
    assert!(is_shadowed(&["in 100 - * ::/0 > * * no-v6", six]));
    assert!(!is_shadowed(&["in 100 - * 0.0.0.0/0 > * * no-v4", six]));
    let (set, world) = described(&[&network(), &group("nsg-app", &["in 100 - * ::/0 > * * no-v6", web])]);
    assert_eq!(decide(&set, &world, flow("tcp 10.1.0.4 > 10.1.9.4 443")).0, ALLOW);
    assert_eq!(decide(&set, &world, flow("tcp 2001:db8::4 > 10.1.9.4 443")).0, DENY);
}
