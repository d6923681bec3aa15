//! What is in force stays where it is: denials, rules that nothing needed, groups of which not all is known.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Decision, Direction};
use azflow_engine::rules::{Action, DraftOptions, Fate, Observed, Ruling, Skip, Want};
use serde_json::{Value, json};
use support::estate::{Estate, group, has, hub, id, nic, outbound, subnet, to, with};
use support::rules::{ALLOW, DENY};

fn two(app: Value) -> Value {
    hub(&[
        subnet("app", "10.1.9.0/24", app),
        subnet("web", "10.1.0.0/24", json!({})),
        subnet("pub", "20.181.1.0/24", json!({})),
    ])
}

fn drafted(files: &[Value], flows: &[&str], options: DraftOptions) -> Estate {
    Estate::new(&files.iter().collect::<Vec<_>>(), flows, options)
}

fn member(name: &str, subnet: &str, address: &str, asgs: &[&str]) -> Value {
    let mut nic = nic(name, subnet, address, json!({}));
    let asgs: Vec<Value> = asgs.iter().map(|asg| to(&id("applicationSecurityGroups", asg))).collect();
    nic["ipConfigurations"][0]["applicationSecurityGroups"] = asgs.into();
    nic
}

/// Whoever is in a group of applications, known or not: its denial stays before what it stood before.
#[test]
fn a_denial_of_an_application_group_stays_where_it_is() {
    let nics = json!([
        member("guest", "web", "10.1.0.66", &["asg-guests"]),
        member("web", "web", "10.1.0.4", &["asg-web"]),
        member("sql", "app", "10.1.9.4", &["asg-sql"]),
    ]);
    for denial in [
        "in 100 - * asg:asg-guests > * * no-guests",
        "in 100 - tcp asg:asg-guests > asg:asg-sql 1433 no-guests",
        "in 100 - * 10.1.0.66/32 > asg:asg-sql * no-guests",
    ] {
        for allow in ["in 200 + tcp 10.1.0.0/24 > * 1433 sql", "in 200 + * VirtualNetwork > * * sql"] {
            let files = [two(has("nsg-app")), group("nsg-app", &[denial, allow]), nics.clone()];
            let mut estate =
                drafted(&files, &["in + tcp 10.1.0.4 > 10.1.9.4 1433 UserRule_sql"], DraftOptions::default());
            let what = format!("{denial}, {allow}: {:#?}", estate.changes("app", Direction::Inbound));
            let kept = estate.rule("app", "no-guests");
            assert!(kept.reused && kept.rule.priority == 100, "{what}");
            assert_eq!(estate.decided("tcp 10.1.0.66 > 10.1.9.4 1433"), (DENY, DENY), "{what}");
            assert_eq!(estate.decided("tcp 10.1.0.4 > 10.1.9.4 1433"), (ALLOW, ALLOW), "{what}");
            assert_eq!(estate.changed_again(&DraftOptions::default()), [], "{what}");
            // Without NICs nobody tells who is in the group, and the denial stands before all the same.
            let mut estate = drafted(
                &files[..2],
                &["in + tcp 10.1.0.4 > 10.1.9.4 1433 UserRule_sql"],
                DraftOptions::default(),
            );
            assert_eq!(estate.rule("app", "no-guests").rule.priority, 100, "{what}");
            let (before, after) = estate.decided("tcp 10.1.0.66 > 10.1.9.4 1433");
            assert_eq!(before, after, "{what}");
            assert!(after != ALLOW, "{what}: {after:?}");
            assert_eq!(estate.simulated().count(Fate::WouldBreak), 0, "{what}");
            assert_eq!(estate.changed_again(&DraftOptions::default()), [], "{what}");
        }
    }
}

#[test]
fn what_nothing_needed_stays_and_says_so() {
    let rules = [
        "in 100 + tcp 10.1.7.0/24 > * 1521 month-end",
        "in 110 + tcp 198.51.100.0/24 > * 443 dr-site",
        "in 120 + tcp 10.1.0.0/24 > * 443 web",
        "in 130 + tcp Storage > * 443 tag",
        "in 140 + tcp asg:asg-web > * 8443 group",
        "in 150 + udp 10.1.0.0/24 > 10.1.9.7/32 514 one-host",
        "in 4096 - * * > * * none",
    ];
    let files = [two(has("nsg-app")), group("nsg-app", &rules)];
    let seen = ["in + tcp 10.1.0.4 > 10.1.9.4 443 UserRule_web"];
    let mut estate = drafted(&files, &seen, DraftOptions::default());
    let all = estate.changes("app", Direction::Inbound);
    assert!(all.len() == rules.len() && all.iter().all(|(action, _, _)| *action == Action::Keep), "{all:?}");
    for unused in ["month-end", "dr-site", "tag", "group", "one-host"] {
        let why = &estate.rule("app", unused).why;
        assert!(why.contains("no proof"), "{unused}: {why}");
    }
    assert_eq!(estate.changed_again(&DraftOptions::default()), []);
    // Where such are to go each says so, on the list and in the notes; what names a tag or a group stays.
    let drop = DraftOptions { drop_unused: true, ..DraftOptions::default() };
    let estate = drafted(&files, &seen, drop);
    let gone: Vec<&str> = estate.at("app").removed.iter().map(|gone| gone.rule.name.as_str()).collect();
    assert_eq!(gone, ["month-end", "dr-site", "one-host"]);
    for gone in &estate.at("app").removed {
        assert!(gone.why.contains("nothing was seen that needs it"), "{}", gone.why);
        assert!(estate.is_noted(&format!("{} is in force and goes", gone.rule.name)));
    }
    // A direction that is not drafted keeps all of its rules, whatever is asked.
    let outward = ["out 100 + tcp * > 10.1.7.0/24 25 mail", "in 120 + tcp 10.1.0.0/24 > * 443 web"];
    let files = [two(has("nsg-app")), group("nsg-app", &outward)];
    let estate = drafted(&files, &seen, drop);
    assert!(estate.at("app").removed.is_empty() && estate.rule("app", "mail").reused);
}

/// Public space of the network's own is no Internet: what was drafted for it is there the next time.
#[test]
fn drafts_of_public_space_do_not_pile_up() {
    let options = outbound();
    let flows = [
        "out + tcp 10.1.9.4 > 10.1.0.4 443",
        "out + tcp 10.1.9.4 > 20.181.1.4 443",
        "in + tcp 20.181.1.4 > 10.1.9.4 8443",
    ];
    for rules in [
        &[][..],
        &["out 3885 - Icmp * > 203.0.113.9/32 * no-ping"],
        &["out 100 + tcp * > 20.181.0.0/16 1-1000 wide"],
    ] {
        let files = [two(has("nsg-app")), group("nsg-app", rules)];
        let mut estate = drafted(&files, &flows, options);
        let what = format!("{rules:?}: {:#?}", estate.at("app").nsg.rules);
        assert_eq!(estate.changed_again(&options), [], "{what}");
        assert_eq!(estate.simulated().count(Fate::Kept), 3, "{what}");
        assert_eq!(estate.draft.opened_to_internet, 0, "{what}");
        // What somebody allowed by name stays as wide as it is.
        let after = if rules.iter().any(|rule| rule.ends_with("wide")) { ALLOW } else { DENY };
        assert_eq!(estate.decided("tcp 10.1.9.4 > 20.181.1.9 22"), (ALLOW, after), "{what}");
    }
}

/// A group of which not all rules are known is not replaced; one that is on no file at all is told.
#[test]
fn a_group_that_is_not_known_is_not_replaced() {
    let seen = ["in + tcp 10.1.0.4 > 10.1.9.4 443"];
    let whole = group("nsg-app", &["in 100 - tcp * > * 23 no-telnet", "in 200 + tcp * > * 443 web"]);
    let mut odd = whole.clone();
    odd["securityRules"][0]["destinationPortRanges"] = json!(["[parameters('port')]"]);
    for cut in [
        with(whole.clone(), json!({ "securityRules": "System.Object[]" })),
        with(whole.clone(), json!({ "securityRules": ["@{Name=no-telnet; Priority=100}"] })),
        odd,
    ] {
        let estate = drafted(&[two(has("nsg-app")), cut], &seen, DraftOptions::default());
        assert!(estate.draft.groups.is_empty(), "{:#?}", estate.draft.groups);
        assert!(estate.is_noted("not all rules of nsg-app could be read"), "{:#?}", estate.draft.notes);
        assert_eq!(estate.draft.skipped[&Skip::NoGroup], 1);
        let (before, after) = estate.decided("tcp 10.1.0.4 > 10.1.9.4 23");
        assert!(before == after && matches!(after, Ruling::Undecidable(_)), "{after:?}");
    }
    let estate = drafted(&[two(has("nsg-app"))], &seen, DraftOptions::default());
    assert!(estate.is_noted("at app is nsg-app, which is not on file"), "{:#?}", estate.draft.notes);
    assert!(matches!(estate.decided("tcp 10.1.0.4 > 10.1.9.4 3389").0, Ruling::Undecidable(_)));
    assert_ne!(estate.at("app").nsg.name, "nsg-app");
    // Whole again it is drafted like any other.
    let estate = drafted(&[two(has("nsg-app")), whole], &seen, DraftOptions::default());
    assert_eq!(estate.decided("tcp 10.1.0.4 > 10.1.9.4 23"), (DENY, DENY));
}

/// Needed hosts stand before the denial that refuses them, in the order of their addresses.
#[test]
fn rules_for_single_addresses_are_in_their_order() {
    let files = [two(has("nsg-app")), group("nsg-app", &["in 4000 - * * > * * none"])];
    // Not in the order of their text, and told backwards.
    let flows: Vec<String> = [100, 20, 9, 3]
        .iter()
        .map(|host| format!("in - tcp 10.1.0.{host} > 10.1.9.{host} {} UserRule_none", 8000 + host))
        .collect();
    let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
    let needed = |_: usize, _: &Observed| Want::Needed;
    let estate = Estate::wanted(&files.iter().collect::<Vec<_>>(), &flows, DraftOptions::default(), &needed);
    let new = estate.at("app").rules.iter().filter(|drafted| drafted.rule.access == Decision::Allowed);
    let ports: Vec<String> = new.map(|drafted| drafted.rule.destination_ports[0].to_string()).collect();
    assert_eq!(ports, ["8003", "8009", "8020", "8100"]);
    for host in [3, 9, 20, 100] {
        let own = format!("tcp 10.1.0.{host} > 10.1.9.{host} {}", 8000 + host);
        assert_eq!(estate.decided(&own), (DENY, ALLOW), "{own}");
        let other = format!("tcp 10.1.0.{} > 10.1.9.{host} {}", host + 1, 8000 + host);
        assert_eq!(estate.decided(&other), (DENY, DENY), "{other}");
    }
}

/// What a denial may refuse stands behind it as it did, unless it is needed and was refused now and then.
#[test]
fn what_is_needed_and_was_refused_passes_whoever_is_in_a_group() {
    let rules = ["in 100 - * asg:asg-guests > * * no-guests", "in 200 + * VirtualNetwork > * * all"];
    let files = [two(has("nsg-app")), group("nsg-app", &rules)];
    let files: Vec<&Value> = files.iter().collect();
    let allowed = "in + tcp 10.1.0.4 > 10.1.9.4 1433 UserRule_all";
    let refused = "in - tcp 10.1.0.4 > 10.1.9.4 1433 UserRule_no-guests";
    for (flows, want, expected) in [
        (&[allowed][..], Want::Unmarked, None),
        (&[allowed], Want::Needed, None),
        (&[allowed, refused], Want::Unmarked, None),
        (&[allowed, refused], Want::Needed, Some(ALLOW)),
        (&[refused], Want::Needed, Some(ALLOW)),
    ] {
        let estate = Estate::wanted(&files, flows, DraftOptions::default(), &|_, _| want);
        let (before, after) = estate.decided("tcp 10.1.0.4 > 10.1.9.4 1433");
        assert!(matches!(before, Ruling::Undecidable(_)), "{before:?}");
        assert_eq!(after, expected.clone().unwrap_or(before), "{flows:?} {want:?}");
        // Its denial is before all others.
        assert!(estate.decided("tcp 10.1.0.5 > 10.1.9.4 1433").1 != ALLOW, "{flows:?} {want:?}");
        assert_eq!(estate.is_noted("no-guests is in force and would refuse"), expected.is_some());
    }
}
