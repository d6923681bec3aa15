//! Gates: what ends with 1, what does not, and that what can't be told never passes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod run;

use run::{Run, fixture, named, run};

/// The document is printed whether a gate fails or not.
#[track_caller]
fn fails(arguments: &[&str], why: &str) -> Run {
    let ended = run(arguments);
    assert_eq!(ended.code, Some(1), "{arguments:?}: {ended:?}");
    assert!(ended.err.contains("azflow: gate failed: ") && ended.err.contains(why), "{}", ended.err);
    assert!(!ended.out.is_empty());
    ended
}

#[track_caller]
fn passes(arguments: &[&str]) {
    run(arguments).document();
}

/// A group that allows SSH from the Internet and denies the rest, in the subnet of `az_vnet_list.json` or as the text
/// says.
fn group(rules: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
    std::fs::write(
        file.path(),
        format!(
            r#"[{{"id":"/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-a",
            "name":"nsg-a","type":"Microsoft.Network/networkSecurityGroups","securityRules":[{rules}],"defaultSecurityRules":[],"subnets":[],"networkInterfaces":[]}}]"#
        ),
    )
    .unwrap();
    file
}

fn rule(name: &str, priority: u16, access: &str, source: &str, port: &str) -> String {
    format!(
        r#"{{"name":"{name}","priority":{priority},"direction":"Inbound","access":"{access}","protocol":"Tcp",
        "sourceAddressPrefix":"{source}","sourcePortRange":"*","destinationAddressPrefix":"*","destinationPortRange":"{port}"}}"#
    )
}

#[test]
fn an_audit_fails_on_the_findings_that_it_is_asked_to_fail_on() {
    let open = group(&rule("ssh", 100, "Allow", "Internet", "22"));
    let open = open.path().to_str().unwrap();
    for kinds in ["exposed", "any-any,exposed", "config", "any"] {
        fails(&["audit", "--fail-on", kinds, open], "findings exposed: 1");
    }
    fails(&["audit", "--fail-on", "exposed", "--format", "csv", open], "exposed");
    passes(&["audit", open]);
    passes(&["audit", "--fail-on", "shadowed,any-any", open]);
    let closed = group(&rule("web", 100, "Allow", "10.0.0.0/8", "443"));
    passes(&["audit", "--fail-on", "config", closed.path().to_str().unwrap()]);
}

#[test]
fn an_audit_of_nothing_or_of_what_cannot_be_told_is_no_pass() {
    fails(&["audit", "--fail-on", "exposed", &named("nsg_v2.json")], "there is no group to audit");
    let closed = group(&rule("web", 100, "Allow", "10.0.0.0/8", "443"));
    let closed = closed.path().to_str().unwrap();
    // Without a log nobody can say that a rule is used.
    fails(&["audit", "--fail-on", "never-hit", closed], "findings not-attributable: 1");
    fails(&["audit", "--fail-on", "deny-hit", closed], "no log covers where nsg-a applies");
}

/// A rule for every second port from the first on, and for every second of some small blocks.
fn combed(number: usize, prefixes: usize, ports: usize) -> String {
    let at = |i: usize| number * 7 + i * 2;
    let prefix = |i: usize| format!("\"10.{}.{}.{}/28\"", at(i) / 4096, at(i) / 16 % 256, at(i) % 16 * 16);
    let prefixes: Vec<String> = (0..prefixes).map(prefix).collect();
    let ports: Vec<String> = (0..ports).map(|i| format!("\"{}\"", 1000 + number % 100 * 5 + 2 * i)).collect();
    format!(
        r#"{{"name":"r{number}","priority":{},"direction":"Inbound","access":"Allow","protocol":"Tcp",
        "sourceAddressPrefixes":[{}],"sourcePortRange":"*","destinationAddressPrefix":"*","destinationPortRanges":[{}]}}"#,
        100 + number % 3900,
        prefixes.join(","),
        ports.join(",")
    )
}

#[test]
fn rules_of_many_prefixes_and_ports_are_compared() {
    // A million packets' corners each: what a list of single corners took minutes for.
    let rules: Vec<String> = (0..20).map(|number| combed(number, 250, 250)).collect();
    let hidden =
        combed(3, 200, 200).replace("\"r3\"", "\"hidden\"").replace("\"priority\":103", "\"priority\":4000");
    let file = group(&format!("{},{hidden}", rules.join(",")));
    let ended = run(["audit", "--fail-on", "not-compared", file.path().to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    fails(&["audit", "--fail-on", "shadowed", file.path().to_str().unwrap()], "findings shadowed: 1");
}

#[test]
fn rules_too_large_to_compare_are_no_pass() {
    // More pieces of addresses, for more rules, than comparing has room for.
    let rules: Vec<String> = (0..2500).map(|number| combed(number * 20, 60, 1)).collect();
    let large = group(&rules.join(","));
    let large = large.path().to_str().unwrap();
    fails(&["audit", "--fail-on", "exposed", large], "findings not-compared: 2500");
}

#[test]
fn an_unknown_kind_is_wrong_usage() {
    let ended = run(["audit", "--fail-on", "high", &named("az_nsg_list.json")]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("shadowed") && ended.err.contains("any"), "{}", ended.err);
}

#[test]
fn a_decision_is_held_against_what_is_expected() {
    let open = group(&rule("ssh", 100, "Allow", "Internet", "22"));
    let closed = group(&rule("no-ssh", 100, "Deny", "*", "22"));
    let flow = ["--src", "203.0.113.9", "--dst", "10.0.0.4", "--port", "22"];
    // `--rules` places the group where its document says: in the subnet of the destination.
    let placed = |file: &tempfile::NamedTempFile, access: &str, source: &str| {
        let text = format!(
            r#"{{"schema":"azflow.rules/1","nsgs":[{{"name":"nsg-a","subnet":null,"prefixes":["10.0.0.0/24"],"rules":[
            {{"name":"ssh","priority":100,"direction":"inbound","access":"{access}","protocol":"tcp",
            "sources":["{source}"],"source_ports":["*"],"destinations":["*"],"destination_ports":["22"]}}]}}]}}"#
        );
        std::fs::write(file.path(), text).unwrap();
        file.path().to_str().unwrap().to_owned()
    };
    let decide = |rules: &str, expected: &str| {
        let mut arguments = vec!["decide", "--rules", rules, "--expect", expected];
        arguments.extend(flow);
        run(arguments)
    };
    for (file, access, word, other) in [(&open, "Allow", "allow", "deny"), (&closed, "Deny", "deny", "allow")]
    {
        let rules = placed(file, &access.to_ascii_lowercase(), "*");
        let expected = decide(&rules, word);
        assert_eq!((expected.code, expected.err.as_str()), (Some(0), ""), "{expected:?}");
        assert_eq!(expected.json()["decision"], word);
        let unexpected = decide(&rules, other);
        assert_eq!(unexpected.code, Some(1), "{unexpected:?}");
        assert_eq!(unexpected.out, expected.out);
    }
    // Whose addresses a service tag has is not on file.
    let rules = placed(&closed, "allow", "AzureFrontDoor.Backend");
    for expected in ["allow", "deny"] {
        let ended = decide(&rules, expected);
        assert_eq!((ended.code, &ended.json()["decision"]), (Some(1), &"undecidable".into()), "{ended:?}");
        assert!(ended.err.contains("it can't be decided: "), "{}", ended.err);
    }
}

#[test]
fn a_decision_without_groups_or_that_cannot_be_made_is_as_nobody_expects() {
    let flow = ["--src", "10.0.0.4", "--dst", "10.0.1.5", "--port", "443"];
    for expected in ["allow", "deny"] {
        let mut arguments = vec!["decide", "--expect", expected];
        arguments.extend(flow);
        fails(&arguments, "no group is on file");
    }
}

#[test]
fn a_simulation_fails_on_what_breaks_opens_or_changes() {
    let folder = tempfile::tempdir().unwrap();
    let logs = [named("nsg_v2.json"), named("vnet.json")];
    let logs = [logs[0].as_str(), logs[1].as_str()];
    let written = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // The logs are of one end; who else talks at the other is not known, and would get no deny.
    let document = run(["draft", "--unlogged"].iter().chain(&logs)).document();
    let draft = written("draft.json", &document);
    let denying = document.replace("\"access\": \"allow\"", "\"access\": \"deny\"");
    let deny = written("deny.json", &denying);
    let allow = written("allow.json", &document.replace("\"access\": \"deny\"", "\"access\": \"allow\""));
    for rules in [&draft, &deny, &allow] {
        let simulate = |more: &[&str]| {
            let arguments =
                ["simulate", "--rules", rules].into_iter().chain(more.iter().copied()).chain(logs);
            run(arguments)
        };
        let whole = simulate(&[]);
        let totals = whole.json()["totals"].clone();
        let count = |fate: &str| totals[fate].as_u64().unwrap();
        for fate in ["would_break", "newly_opened", "undecidable"] {
            let ended = simulate(&["--fail-on", fate]);
            let wrong = count(fate) > 0 || count("undecidable") > 0;
            assert_eq!(
                (ended.code, &ended.out),
                (Some(i32::from(wrong)), &whole.out),
                "{fate}: {}",
                ended.err
            );
            let said = format!("conversations {fate}: {}\n", count(fate));
            assert_eq!(ended.err.contains(&said), count(fate) > 0, "{fate}: {}", ended.err);
        }
        let changes = simulate(&["--against", &draft, "--fail-on", "changes"]);
        assert_eq!(changes.code, Some(i32::from(rules != &draft)), "{}", changes.err);
    }
    // Each fate is met by one of them.
    let with = |rules: &str, fates: &str| {
        run(["simulate", "--rules", rules, "--fail-on", fates].into_iter().chain(logs)).err
    };
    assert!(with(&deny, "newly_opened,would_break").contains("conversations would_break: "));
    assert!(with(&allow, "newly_opened,would_break").contains("conversations newly_opened: "));
}

#[test]
fn a_simulation_of_nothing_is_no_pass() {
    let networks = named("az_vnet_list.json");
    fails(&["simulate", "--fail-on", "would_break", &networks], "no conversation was simulated");
    fails(&["simulate", "--fail-on", "would_break", &named("nsg_v2.json")], "there is no group to simulate");
    let ended = run(["simulate", "--fail-on", "changes", &named("nsg_v2.json")]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
}

#[test]
fn a_list_is_held_against_what_is_expected() {
    let log = named("nsg_v2.json");
    passes(&["flows", "--expect", "some", &log]);
    passes(&["flows", "--expect", "none", "--filter", "port:1", &log]);
    fails(&["flows", "--expect", "none", &log], "none was expected");
    fails(&["flows", "--expect", "some", "--filter", "port:1", &log], "no conversation is listed");
    fails(&["flows", "--expect", "none", &named("az_vnet_list.json")], "no conversation was read");
}

#[test]
fn an_input_that_cannot_be_read_comes_before_a_gate() {
    let open = group(&rule("ssh", 100, "Allow", "Internet", "22"));
    let ended = run(["audit", "--fail-on", "exposed", open.path().to_str().unwrap(), "there-is-none.json"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.err.contains("gate failed: findings exposed: 1"), "{}", ended.err);
    assert!(!fixture("there-is-none.json").exists());
}

#[test]
fn a_draft_that_azure_would_not_take_ends_with_1() {
    let logs = [named("nsg_v2.json"), named("vnet.json")];
    let ended = run(["draft", "--deny-priority", "101", &logs[0], &logs[1]]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{}", ended.err);
    assert!(ended.err.contains("there is room for"), "{}", ended.err);
}
