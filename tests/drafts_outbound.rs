//! Outbound drafts: what routes make of the tag `VirtualNetwork`, and that nothing is denied in the dark.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::Direction;
use azflow_engine::rules::{Action, DraftOptions, Fate, Skip};
use serde_json::{Value, json};
use support::estate::{Estate, NET, group, has, hub, outbound, subnet, to, with};
use support::rules::{ALLOW, DENY};

fn table(prefixes: &[&str]) -> Value {
    let route = |(number, prefix): (usize, &&str)| json!({ "name": format!("r{number}"), "addressPrefix": prefix, "nextHopType": "VirtualAppliance" });
    let routes: Vec<Value> = prefixes.iter().enumerate().map(route).collect();
    json!([{ "id": format!("{NET}/routeTables/rt"), "name": "rt", "routes": routes }])
}

fn routed() -> Value {
    json!({ "routeTable": to(&format!("{NET}/routeTables/rt")) })
}

fn two(app: Value) -> Value {
    hub(&[subnet("app", "10.1.9.0/24", app), subnet("web", "10.1.0.0/24", json!({}))])
}

fn drafted(files: &[Value], flows: &[&str]) -> Estate {
    Estate::new(&files.iter().collect::<Vec<_>>(), flows, outbound())
}

/// To a neighbour, to the Internet twice, and for a licence.
const SEEN: [&str; 4] = [
    "out + tcp 10.1.9.4 > 10.1.0.5 443",
    "out + tcp 10.1.9.4 > 93.184.216.34 443",
    "out + tcp 10.1.9.4 > 20.50.4.4 5671",
    "out + tcp 10.1.9.4 > 23.102.135.246 1688",
];

/// With the default routes that a table, or two halves, have.
#[test]
fn a_default_route_makes_the_internet_part_of_what_is_denied() {
    for routes in [&["0.0.0.0/0"][..], &["0.0.0.0/1", "128.0.0.0/1"], &["10.7.0.0/16", "0.0.0.0/0"]] {
        for in_force in [None, Some(&["in 100 + tcp 10.1.0.0/24 > * 443 in"][..])] {
            let app = if in_force.is_some() { with(routed(), has("nsg-app")) } else { routed() };
            let mut files = vec![two(app), table(routes)];
            files.extend(in_force.map(|rules| group("nsg-app", rules)));
            let mut estate = drafted(&files, &SEEN);
            let what = format!("{routes:?} {in_force:?}: {:#?}", estate.changes("app", Direction::Outbound));
            let simulated = estate.simulated();
            assert_eq!(simulated.count(Fate::Kept), SEEN.len() as u64, "{what}");
            assert_eq!(estate.draft.seeds.len(), SEEN.len(), "{what}");
            // What was not seen is denied, in the Internet as well, and that is said.
            assert_eq!(estate.decided("tcp 10.1.9.4 > 1.1.1.1 443"), (ALLOW, DENY), "{what}");
            assert_eq!(estate.decided("tcp 10.1.9.4 > 10.1.0.9 22"), (ALLOW, DENY), "{what}");
            assert_eq!(estate.decided("tcp 10.1.9.4 > 20.118.99.224 1688").1, ALLOW, "{what}");
            let noted = "of VirtualNetwork there, by the default route of rt";
            assert_eq!(estate.is_noted(noted), routes.contains(&"0.0.0.0/0"), "{:#?}", estate.draft.notes);
            assert_eq!(estate.changed_again(&outbound()), [], "{what}");
            // Who comes from the Internet is a member there as well: the tag Internet is nobody.
            assert_eq!(estate.decided("tcp 203.0.113.9 > 10.1.9.4 22").0, ALLOW, "{what}");
        }
    }
}

/// A route to some public addresses makes just those members.
#[test]
fn a_route_to_public_addresses_makes_those_alone_part_of_it() {
    let mut estate = drafted(&[two(routed()), table(&["93.184.0.0/16"])], &SEEN);
    assert_eq!(estate.simulated().count(Fate::Kept), SEEN.len() as u64);
    assert_eq!(estate.decided("tcp 10.1.9.4 > 93.184.9.9 443"), (ALLOW, DENY));
    assert_eq!(estate.decided("tcp 10.1.9.4 > 1.1.1.1 443"), (ALLOW, ALLOW));
    assert!(!estate.is_noted("of VirtualNetwork there"));
    assert_eq!(estate.changed_again(&outbound()), []);
}

/// Routes that a gateway learns are in no file: the rule that the log names tells.
#[test]
fn a_default_route_that_only_logs_show_is_known_too() {
    let flows: Vec<String> =
        SEEN.iter().map(|flow| format!("{flow} DefaultRule_AllowVnetOutBound")).collect();
    let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
    // A table that is not on file; none, and the gateway's routes come by themselves.
    for files in [vec![two(routed())], vec![two(json!({}))]] {
        let mut estate = drafted(&files, &flows);
        let what = format!("{:#?} {:#?}", estate.changes("app", Direction::Outbound), estate.draft.notes);
        assert_eq!(estate.simulated().count(Fate::WouldBreak), 0, "{what}");
        assert_eq!(estate.draft.seeds.len(), SEEN.len(), "{what}");
        assert!(estate.is_noted("of VirtualNetwork there, as the logs say"), "{what}");
        assert_eq!(estate.changed_again(&outbound()), [], "{what}");
    }
    // The log may as well say that they are not: where no file has the table nothing is to be added for them.
    let mut estate = drafted(&[two(routed())], &SEEN);
    let own = estate.changes("app", Direction::Outbound).into_iter().map(|(_, _, name)| name);
    assert_eq!(own.collect::<Vec<_>>(), ["Allow_app_to_web_TCP_443", "Deny_app_to_VirtualNetwork"]);
    assert_eq!(estate.simulated().count(Fate::Kept), SEEN.len() as u64);
    assert_eq!(estate.changed_again(&outbound()), []);
}

/// Only one end logs. The other's direction is not drafted, whatever is in force there, unless that is asked for.
#[test]
fn nothing_is_denied_where_nothing_was_logged() {
    let rules = ["out 100 + tcp * > * 443 https", "out 110 + udp * > * 123 ntp", "out 4096 - * * > * * rest"];
    let files = [two(has("nsg-app")), group("nsg-app", &rules)];
    let from_app = ["in + tcp 10.1.9.4 > 10.1.0.5 443"];
    let estate = drafted(&files, &from_app);
    assert!(!estate.draft.groups.iter().any(|group| group.subnet == "app"));
    assert!(estate.is_noted("nothing was logged at app (outbound)"), "{:#?}", estate.draft.notes);
    assert_eq!(estate.decided("tcp 10.1.9.4 > 93.184.216.34 443"), (ALLOW, ALLOW));
    assert_eq!(estate.decided("tcp 10.1.9.4 > 93.184.216.34 22"), (DENY, DENY));
    // Only the client's NIC was logged: who else comes to the server is not known.
    let plain = [two(json!({}))];
    let estate = drafted(&plain, &["out + tcp 10.1.0.5 > 10.1.9.4 1433"]);
    assert!(!estate.draft.groups.iter().any(|group| group.subnet == "app"));
    assert!(estate.is_noted("nothing was logged at app (inbound)"), "{:#?}", estate.draft.notes);
    assert_eq!(estate.decided("tcp 10.1.0.77 > 10.1.9.4 1433"), (ALLOW, ALLOW));
    assert_eq!(estate.draft.skipped.get(&Skip::Unlogged), None);
    // Drafted for the server alone it is no seed at all, and counted.
    let inbound = DraftOptions { outbound: false, ..outbound() };
    let files: Vec<&Value> = plain.iter().collect();
    let estate = Estate::new(&files, &["out + tcp 10.1.0.5 > 10.1.9.4 1433"], inbound);
    assert_eq!((estate.draft.groups.len(), estate.draft.skipped[&Skip::Unlogged]), (0, 1));
    // Asked for, the server's subnet gets its deny.
    let estate = Estate::new(
        &files,
        &["out + tcp 10.1.0.5 > 10.1.9.4 1433"],
        DraftOptions { unlogged: true, ..inbound },
    );
    assert_eq!(estate.decided("tcp 10.1.9.77 > 10.1.9.4 1433"), (ALLOW, DENY));
    assert_eq!(estate.decided("tcp 10.1.0.77 > 10.1.9.4 1433"), (ALLOW, ALLOW));
}

/// Allows to everywhere are about other places than the network as well; what was seen to need them keeps passing.
#[test]
fn an_allow_to_everywhere_is_replaced_for_what_was_seen_alone() {
    let rules = ["out 100 + tcp * > * 443 https", "out 110 + udp * > * 123 ntp", "out 4096 - * * > * * rest"];
    let files = [two(has("nsg-app")), group("nsg-app", &rules)];
    let flows = [
        "out + tcp 10.1.9.4 > 10.1.0.5 443 UserRule_https",
        "out + tcp 10.1.9.4 > 93.184.216.34 443 UserRule_https",
    ];
    let mut estate = drafted(&files, &flows);
    // The Internet behind it is seen, so that stays open for all of it: single hosts of it change.
    assert_eq!(estate.simulated().count(Fate::Kept), 2);
    assert_eq!(estate.rule("app", "ntp").rule.priority, 110);
    assert_eq!(estate.rule("app", "rest").rule.priority, 4096);
    assert_eq!(estate.decided("tcp 10.1.9.4 > 10.1.0.9 22"), (DENY, DENY));
    let goes: Vec<_> = estate
        .changes("app", Direction::Outbound)
        .into_iter()
        .filter(|(action, _, _)| *action == Action::Remove)
        .map(|(_, _, name)| name)
        .collect();
    assert_eq!(goes, ["https"]);
    assert!(estate.is_noted("https is in force and goes"));
    assert_eq!(estate.changed_again(&outbound()), []);
}
