//! The table itself.

use crate::rules::services::table::{End, Severity, table};
use crate::rules::services::{Service, group_fate, managed_rule, needs, refusal};
use crate::rules::tags::is_service_tag;
use azflow_core::model::Direction;
use std::collections::BTreeSet;

fn is_date(text: &str) -> bool {
    let text = text.strip_prefix("read ").unwrap_or(text);
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let within = |text: &str, width: usize, range: std::ops::RangeInclusive<u16>| {
        text.len() == width && text.parse().is_ok_and(|number| range.contains(&number))
    };
    within(year, 4, 2019..=2026) && within(month, 2, 1..=12) && within(day, 2, 1..=31)
}

#[test]
fn every_line_is_read() {
    assert_eq!(table().unread, Vec::<&str>::new());
    assert!(needs().len() > 100);
}

#[test]
fn every_page_is_microsofts_dated_and_used() {
    let mut keys = BTreeSet::new();
    for page in &table().pages {
        assert!(keys.insert(page.key), "{} twice", page.key);
        assert!(page.address.starts_with("https://learn.microsoft.com/"), "{}", page.address);
        assert!(!page.address.contains(char::is_whitespace) && !page.title.is_empty(), "{}", page.key);
        assert!(is_date(page.date), "{}: {}", page.key, page.date);
    }
    let mut used: BTreeSet<&str> = needs().iter().flat_map(|need| &need.pages).map(|page| page.key).collect();
    used.extend(table().groups.iter().map(|fate| fate.page.key));
    used.extend(table().refusals.iter().map(|refusal| refusal.page.key));
    used.extend(table().managed.iter().map(|managed| managed.page.key));
    assert_eq!(keys, used);
}

#[test]
fn every_need_is_a_rule_that_azure_takes() {
    for need in needs() {
        let what = format!("{} {}", need.service.as_str(), need.purpose);
        assert!(!need.pages.is_empty() && !need.purpose.is_empty() && !need.ports.is_empty(), "{what}");
        assert!(need.ports.iter().all(|range| range.first <= range.last), "{what}");
        let near = if need.direction == Direction::Inbound { &need.destination } else { &need.source };
        // The service's own end is its subnet, or nothing narrower than what a group at the subnet judges anyway.
        let is_near = matches!(near, End::Any | End::Subnet) || matches!(near, End::Tag("VirtualNetwork", _));
        assert!(is_near, "{what}");
        for end in [&need.source, &need.destination] {
            if let End::Tag(tag, _) = end {
                let is_known =
                    is_service_tag(tag) || ["VirtualNetwork", "Internet", "AzureLoadBalancer"].contains(tag);
                assert!(is_known, "{what}: {tag}");
            }
        }
    }
    for (at, need) in needs().iter().enumerate() {
        assert!(!needs().iter().skip(at + 1).any(|other| other == need), "twice: {need:?}");
    }
}

#[test]
fn what_is_refused_is_said_how() {
    for service in Service::ALL {
        let refused =
            needs().iter().any(|need| need.service == service && need.severity == Severity::Refused);
        assert_eq!(refused, refusal(service).is_some(), "{}", service.as_str());
        let is_there = needs().iter().any(|need| need.service == service) || group_fate(service).is_some();
        assert!(is_there, "nothing is said of {}", service.as_str());
    }
}

#[test]
fn signs_look_like_what_they_are() {
    for sign in table().delegated.iter().chain(&table().resources) {
        assert!(sign.word.starts_with("Microsoft.") && sign.word.matches('/').count() == 1, "{}", sign.word);
    }
    for sign in &table().tags {
        let of_need = |tag: &str| tag.eq_ignore_ascii_case(sign.word);
        let says = needs().iter().any(|need| {
            need.service == sign.service
                && matches!(need.source, End::Tag(tag, _) if of_need(tag))
                && need.ports.iter().any(|range| range.contains(sign.port))
        });
        assert!(says, "no need of {} has {} and {}", sign.service.as_str(), sign.word, sign.port);
    }
}

#[test]
fn rules_that_services_write_are_known_by_their_names() {
    let managed = |name: &str| managed_rule(name).map(|managed| (managed.service, managed.may_go));
    let instance = Some((Service::ManagedInstance, false));
    assert_eq!(managed("Microsoft.Sql-managedInstances_UseOnly_mi-internal-in-10-1-1-0-24-v11"), instance);
    assert_eq!(managed("microsoft.sql-managedinstances_useonly_mi-healthprobe-in"), instance);
    assert_eq!(
        managed("Microsoft.Sql-managedInstances_UseOnly_mi-optional-azure-out"),
        Some((Service::ManagedInstance, true))
    );
    assert_eq!(
        managed("Microsoft.Databricks-workspaces_UseOnly_databricks-worker-to-sql"),
        Some((Service::Databricks, false))
    );
    assert_eq!(managed("allow_redirect_inbound"), None);
    assert_eq!(managed("Microsoft.Sql-managedInstances"), None);
    assert_eq!(managed("データ"), None);
}
