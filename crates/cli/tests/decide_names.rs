//! `azflow decide` by names: which document comes, what a gate says, and what a name that leads nowhere ends with.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod run;

use run::{named, run};
use serde_json::json;

#[test]
fn a_name_gives_a_decision_for_each_of_its_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules.json");
    let group = json!({ "name": "nsg-web", "subnet": null, "prefixes": ["10.1.0.0/24"], "rules": [
        { "name": "web", "priority": 100, "direction": "inbound", "access": "allow", "protocol": "tcp",
          "sources": ["*"], "source_ports": ["*"], "destinations": ["*"], "destination_ports": ["443"] }] });
    std::fs::write(&rules, json!({ "schema": "azflow.rules/1", "nsgs": [group] }).to_string()).unwrap();
    let files = [named("az_vnet_list.json"), named("az_nic_list.json")];
    let decide = |more: &[&str]| {
        let mut arguments = vec!["decide", "--port", "443", "--rules", rules.to_str().unwrap()];
        arguments.extend(files.iter().flat_map(|file| ["--network", file.as_str()]));
        arguments.extend(more);
        run(arguments)
    };
    // Addresses alone give the document of one flow, as ever.
    let one = decide(&["--src", "203.0.113.9", "--dst", "10.1.0.4"]).json();
    assert_eq!(one["schema"], "azflow.decision/1");
    // A name gives a list, also of one.
    let by_name = decide(&["--src", "203.0.113.9", "--dst", "WEB1"]).json();
    assert_eq!(by_name["schema"], "azflow.decisions/1");
    assert_eq!(by_name["dst"]["addresses"][0]["address"], "10.1.0.4");
    assert_eq!(by_name["dst"]["addresses"][0]["of"][0]["kind"], "machine");
    assert_eq!(by_name["src"]["addresses"][0]["of"], json!([{ "kind": "address", "id": "203.0.113.9" }]));
    let mut expected = one.clone();
    for key in ["schema", "not_understood"] {
        expected.as_object_mut().unwrap().remove(key);
    }
    assert_eq!(by_name["decisions"], json!([expected]));
    let total: u64 = by_name["totals"].as_object().unwrap().values().filter_map(|count| count.as_u64()).sum();
    assert_eq!(total, 1);

    // A gate holds for every address, and names the one that fails it.
    let word = one["decision"].as_str().unwrap();
    let other = if word == "allow" { "deny" } else { "allow" };
    assert_eq!(decide(&["--src", "203.0.113.9", "--dst", "web1", "--expect", word]).code, Some(0));
    let failed = decide(&["--src", "203.0.113.9", "--dst", "web1", "--expect", other]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.err.contains("203.0.113.9 to 10.1.0.4: the flow is"), "{}", failed.err);

    let unknown = decide(&["--src", "203.0.113.9", "--dst", "web9"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (Some(2), ""));
    assert!(unknown.err.contains("no machine, NIC or subnet on file is called so"), "{}", unknown.err);
}
