//! Rules in force that name service tags stay what they are: whom a tag means nobody else may stand in for.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Decision, Direction, Endpoint};
use azflow_engine::rules::services::managed_rule;
use azflow_engine::rules::{Action, DraftOptions, Fate, Ruling};
use serde_json::{Value, json};
use support::estate::{Estate, group, has, hub, outbound, subnet};
use support::rules::{ALLOW, DENY};

/// A service tag file in which the first tag holds 20.60.0.0/16 and the second 20.70.0.0/16.
fn tags(names: [&str; 2]) -> Value {
    let of = |name: &str, prefix: &str| json!({ "name": name, "id": name, "properties": { "region": "", "addressPrefixes": [prefix] } });
    let values = [of(names[0], "20.60.0.0/16"), of(names[1], "20.70.0.0/16")];
    json!({ "changeNumber": 1, "cloud": "Public", "values": values })
}

fn app(rules: &[&str]) -> Vec<Value> {
    let app = subnet("app", "10.1.9.0/24", has("nsg-app"));
    vec![hub(&[app, subnet("web", "10.1.0.0/24", json!({}))]), group("nsg-app", rules)]
}

fn drafted(files: &[Value], flows: &[&str], options: DraftOptions) -> Estate {
    let files: Vec<&Value> = files.iter().collect();
    Estate::new(&files, flows, options)
}

/// Whether a new rule lets in whoever comes.
fn opens_to_everyone(estate: &Estate) -> bool {
    let all = estate.draft.groups.iter().flat_map(|group| &group.rules);
    let everyone = |end: &Endpoint| {
        *end == Endpoint::Any
            || end.is_tag("Internet")
            || matches!(end, Endpoint::Prefix(prefix) if prefix.length() < 32 && prefix.first().is_public())
    };
    all.filter(|drafted| !drafted.reused && drafted.rule.access == Decision::Allowed)
        .any(|drafted| drafted.rule.far().iter().any(everyone))
}

#[test]
fn a_tag_that_lets_traffic_in_never_becomes_the_internet() {
    for tag in [
        "AzureFrontDoor.Backend",
        "AzureTrafficManager",
        "ApiManagement",
        "ActionGroup",
        "Storage.WestEurope",
        "LogicApps",
    ] {
        let front = format!("in 100 + tcp {tag} > * 443 front");
        for more in [&[][..], &["in 4096 - * * > * * none"], &["in 200 - * Internet > * * no-internet"]] {
            for on_file in [false, true] {
                let rules: Vec<&str> = [front.as_str()].into_iter().chain(more.iter().copied()).collect();
                let mut files = app(&rules);
                if on_file {
                    files.push(tags([tag, "Batch"]));
                }
                let flows = ["in + tcp 20.60.1.9 > 10.1.9.4 443 UserRule_front"];
                let mut estate = drafted(&files, &flows, DraftOptions::default());
                let what = format!("{tag} beside {more:?}, on file {on_file}");
                let kept = estate.rule("app", "front");
                assert!(kept.reused && kept.conversations == 1, "{what}: {}", kept.why);
                assert!(!opens_to_everyone(&estate), "{what}: {:#?}", estate.at("app").nsg.rules);
                assert_eq!(estate.draft.opened_to_internet, 0, "{what}");
                let (before, after) = estate.decided("tcp 203.0.113.9 > 10.1.9.4 443");
                assert_eq!(before, after, "{what}");
                assert_eq!(matches!(before, Ruling::Undecidable(_)), !on_file, "{what}: {before:?}");
                let (before, after) = estate.decided("tcp 20.60.1.9 > 10.1.9.4 443");
                assert_eq!(before, after, "{what}");
                assert_eq!(estate.simulated().count(Fate::WouldBreak), 0, "{what}");
                assert_eq!(estate.changed_again(&DraftOptions::default()), [], "{what}");
            }
        }
    }
}

/// Someone else came by a rule of the Internet: that one stays for him, and the tag's rule for the service.
#[test]
fn a_rule_of_the_internet_beside_a_tag_stays_apart() {
    let rules = ["in 100 + tcp AzureFrontDoor.Backend > * 443 front", "in 110 + tcp Internet > * 8443 open"];
    let mut files = app(&rules);
    files.push(tags(["AzureFrontDoor.Backend", "Batch"]));
    let flows = ["in + tcp 20.60.1.9 > 10.1.9.4 443", "in + tcp 203.0.113.9 > 10.1.9.4 8443"];
    let estate = drafted(&files, &flows, DraftOptions::default());
    let far = |name: &str| estate.rule("app", name).rule.sources.clone();
    assert!(far("front")[0].is_tag("AzureFrontDoor.Backend") && far("open")[0].is_tag("Internet"));
    assert!(estate.at("app").removed.is_empty());
    // 256 addresses with the one port that is open to everyone.
    assert_eq!(estate.draft.opened_to_internet, 256, "{:#?}", estate.draft.groups);
}

#[test]
fn a_denial_of_the_internet_behind_tags_denies_what_it_denied() {
    for (first, second) in
        [("Storage", "AzureKeyVault"), ("Storage.WestEurope", "Sql"), ("AzureCloud", "Storage")]
    {
        let rules = [
            format!("out 100 + tcp * > {first} 443 one"),
            format!("out 110 + tcp * > {second} 443 two"),
            "out 200 - * * > Internet * no-internet".to_owned(),
        ];
        let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
        for on_file in [false, true] {
            let mut files = app(&rules);
            if on_file {
                files.push(tags([first, second]));
            }
            let flows = [
                "out + tcp 10.1.9.4 > 20.60.1.9 443 UserRule_one",
                "out + tcp 10.1.9.4 > 10.1.0.5 443",
                "out - tcp 10.1.9.4 > 8.8.8.8 443 UserRule_no-internet",
            ];
            let mut estate = drafted(&files, &flows, outbound());
            for (name, priority) in [("one", 100), ("two", 110), ("no-internet", 200)] {
                let kept = estate.rule("app", name);
                assert!(kept.reused && kept.rule.priority == priority, "{name}: {}", kept.why);
            }
            assert!(estate.at("app").removed.is_empty());
            let (before, after) = estate.decided("tcp 10.1.9.4 > 8.8.8.8 443");
            assert_eq!((&before, on_file), (&after, matches!(before, Ruling::Decided(_))));
            assert_eq!(estate.decided("tcp 10.1.9.4 > 8.8.8.8 22"), (DENY, DENY));
            let simulated = estate.simulated();
            assert_eq!((simulated.count(Fate::NewlyOpened), simulated.count(Fate::WouldBreak)), (0, 0));
            assert_eq!(estate.draft.opened_to_internet, 0);
            assert_eq!(estate.changed_again(&outbound()), []);
        }
    }
}

/// Rules that services write themselves, and those of needs that no file tells of, stay whatever was seen or asked.
#[test]
fn rules_that_services_write_stay() {
    let mi = "Microsoft.Sql-managedInstances_UseOnly_mi-";
    let dbx = "Microsoft.Databricks-workspaces_UseOnly_databricks-";
    let managed = [
        format!(
            "in 100 + tcp SqlManagement > 10.1.9.0/24 9000,9003,1438,1440,1452 {mi}sqlmgmt-in-10-1-9-0-24-v11"
        ),
        format!("in 101 + tcp CorpNetSaw > 10.1.9.0/24 9000,9003,1440 {mi}corpsaw-in-10-1-9-0-24-v11"),
        format!("in 103 + * 10.1.9.0/24 > 10.1.9.0/24 * {mi}internal-in-10-1-9-0-24-v11"),
        format!("in 104 + * AzureLoadBalancer > 10.1.9.0/24 * {mi}healthprobe-in-10-1-9-0-24-v11"),
        format!("in 110 + * VirtualNetwork > VirtualNetwork * {dbx}worker-to-worker-inbound"),
        format!("out 100 + tcp 10.1.9.0/24 > AzureCloud 443,12000 {mi}services-out-10-1-9-0-24-v11"),
        format!("out 101 + * 10.1.9.0/24 > 10.1.9.0/24 * {mi}internal-out-10-1-9-0-24-v11"),
        format!("out 110 + * VirtualNetwork > VirtualNetwork * {dbx}worker-to-worker-outbound"),
        format!("out 111 + tcp VirtualNetwork > 20.5.5.0/24 3306 {dbx}worker-to-metastore"),
    ];
    let mut rules: Vec<&str> = managed.iter().map(String::as_str).collect();
    rules.extend([
        "in 1100 + tcp VirtualNetwork > 10.1.9.0/24 11000-11999 redirect",
        "in 4096 - * * > * * none-in",
    ]);
    rules.push("out 4096 - * * > * * none-out");
    let flows = ["in + tcp 10.1.0.4 > 10.1.9.4 11003", "out + tcp 10.1.9.4 > 10.1.0.5 443"];
    for delegation in
        [json!({}), json!({ "delegations": [{ "serviceName": "Microsoft.Sql/managedInstances" }] })]
    {
        for drop_unused in [false, true] {
            let more = support::estate::with(has("nsg-app"), delegation.clone());
            let app = subnet("app", "10.1.9.0/24", more);
            let files = [hub(&[app, subnet("web", "10.1.0.0/24", json!({}))]), group("nsg-app", &rules)];
            let options = DraftOptions { drop_unused, ..outbound() };
            let mut estate = drafted(&files, &flows, options);
            let what = format!("{delegation}, {drop_unused}: {:#?}", estate.at("app").removed);
            for direction in [Direction::Inbound, Direction::Outbound] {
                let own: Vec<_> = estate
                    .changes("app", direction)
                    .into_iter()
                    .filter(|(_, _, name)| managed_rule(name).is_some() || name.starts_with("none"))
                    .collect();
                assert_eq!(own.len(), if direction == Direction::Inbound { 6 } else { 5 }, "{what} {own:?}");
                assert!(own.iter().all(|(action, _, _)| *action == Action::Keep), "{what} {own:?}");
            }
            // The range is one that the service needs, and is no less than it was.
            if delegation != json!({}) {
                let redirect = estate.rule("app", "redirect");
                assert_eq!(
                    (redirect.rule.destination_ports[0].to_string(), redirect.reused),
                    ("11000-11999".to_owned(), true)
                );
                assert_eq!(estate.decided("tcp 10.1.0.7 > 10.1.9.4 11417"), (ALLOW, ALLOW));
            }
            assert_eq!(estate.changed_again(&options), [], "{what}");
        }
    }
}

/// What is near to everyone is counted as open to everyone, a service's tag with whatever ports is not.
#[test]
fn what_is_open_to_everyone_is_counted_alone() {
    let count = |rules: &[&str]| {
        let flows = ["in + tcp 10.1.0.4 > 10.1.9.4 443"];
        drafted(&app(rules), &flows, DraftOptions::default()).draft.opened_to_internet
    };
    assert_eq!(count(&[]), 0);
    assert_eq!(
        count(&["in 100 + * GatewayManager > * 65200-65535 gw", "in 110 + * AzureLoadBalancer > * * lb"]),
        0
    );
    assert_eq!(count(&["in 100 + tcp Internet,Storage > * 80-81 web"]), 512);
    assert_eq!(count(&["in 100 + tcp 0.0.0.0/0 > * 8443 web"]), 256);
    assert_eq!(count(&["in 100 + tcp 198.51.100.0/24 > * 80,443 web"]), 0);
    assert_eq!(count(&["in 100 + * Internet > 10.1.9.4 53 dns"]), 256);
}
