//! What keeps a service working, and whether rules in force do.

use super::{any_protocol, delegated, guarded, rule};
use crate::rules::services::{
    By, Here, Recognised, SafetyRule, Service, Severity, Standing, recognise, recognise_name, safety_rules,
};
use azflow_core::model::{
    Decision, Direction, Endpoint, Network, PortRange, Prefix, Protocol, SecurityRule, ServiceTag,
};

const BOTH: [Direction; 2] = [Direction::Inbound, Direction::Outbound];

fn certain(service: Service) -> [Recognised; 1] {
    [Recognised { service, by: By::SubnetName("s".to_owned()), perhaps: false }]
}

fn here(prefixes: &[Prefix]) -> Here<'_> {
    Here { prefixes, ..Here::default() }
}

fn prefixes(texts: &[&str]) -> Vec<Prefix> {
    texts.iter().filter_map(|text| Prefix::parse(text)).collect()
}

/// As a table: far end, protocol, ports.
fn said(rules: &[SafetyRule]) -> Vec<String> {
    let text = |rule: &SafetyRule| {
        let protocol = rule.protocol.map_or("any".to_owned(), |protocol| protocol.to_string());
        let ports: Vec<String> = rule.ports.iter().map(PortRange::to_string).collect();
        format!("{} {protocol} {} {}", rule.far(), ports.join(","), rule.severity.as_str())
    };
    rules.iter().map(text).collect()
}

fn deny_all(direction: Direction) -> SecurityRule {
    let rule = any_protocol(rule("DenyRest", Decision::Denied, "*", &[(0, 65535)]));
    SecurityRule { direction, ..rule }
}

#[test]
fn bastion_needs_eight_rules() {
    let own = prefixes(&["10.1.1.0/26"]);
    let found = recognise_name("AzureBastionSubnet");
    let rules = safety_rules(&found, &here(&own), Direction::Inbound);
    assert_eq!(
        said(&rules),
        [
            "Internet tcp 443 refused",
            "GatewayManager tcp 443 refused",
            "AzureLoadBalancer tcp 443 refused",
            "VirtualNetwork any 5701,8080 refused"
        ]
    );
    assert!(rules[0].opens_to_internet() && rules[0].is_for_clients && !rules[1].opens_to_internet());
    let rules = safety_rules(&found, &here(&own), Direction::Outbound);
    assert_eq!(
        said(&rules),
        [
            "VirtualNetwork any 22,3389 refused",
            "AzureCloud tcp 443 refused",
            "VirtualNetwork any 5701,8080 refused",
            "Internet any 80 refused"
        ]
    );
    let made = rules[0].rule("Allow_Bastion".to_owned(), 120);
    assert_eq!((made.priority, made.access, made.sources), (120, Decision::Allowed, vec![Endpoint::Any]));
    assert_eq!(
        made.description,
        "Azure Bastion, by the subnet's name AzureBastionSubnet: to the machines; Azure refuses a group without it \
         (https://learn.microsoft.com/azure/bastion/bastion-nsg, 2026-02-24)"
    );
    // A set of addresses may stand for the Internet.
    let chosen = rule("Users", Decision::Allowed, "198.51.100.0/24", &[(443, 443)]);
    let users = &safety_rules(&found, &here(&own), Direction::Inbound)[0];
    assert_eq!(
        users.standing(&[chosen, deny_all(Direction::Inbound)]),
        Standing::Served(vec!["Users".to_owned()])
    );
}

#[test]
fn an_application_gateways_group_in_force_serves_it() {
    let group = vec![
        any_protocol(rule("GatewayManager", Decision::Allowed, "GatewayManager", &[(65200, 65535)])),
        rule("Web", Decision::Allowed, "Internet", &[(80, 80), (443, 443)]),
        any_protocol(rule("Probes", Decision::Allowed, "AzureLoadBalancer", &[(0, 65535)])),
        deny_all(Direction::Inbound),
    ];
    let own = prefixes(&["10.1.0.0/24"]);
    let found = recognise(&Network::default(), &delegated("Microsoft.Network/applicationGateways"));
    let rules = safety_rules(&found, &here(&own), Direction::Inbound);
    assert_eq!(said(&rules), ["GatewayManager tcp 65200-65535 refused", "AzureLoadBalancer any * breaks"]);
    let served = |name: &str| Standing::Served(vec![name.to_owned()]);
    assert_eq!(rules[0].standing(&group), served("GatewayManager"));
    assert_eq!(rules[1].standing(&group), served("Probes"));
    let serves = |rule: &&SecurityRule| rules.iter().any(|safety| safety.is_served_in_part_by(rule));
    let kept: Vec<&str> = group.iter().filter(serves).map(|rule| rule.name.as_str()).collect();
    assert_eq!(kept, ["GatewayManager", "Probes"]);
    // Without it, or behind the deny, the gateway's range is cut; half of it is not enough.
    assert_eq!(rules[0].standing(&group[1..]), Standing::Cut("DenyRest".to_owned()));
    assert_eq!(rules[0].standing(&group[1..3]), Standing::Missing);
    let half = rule("Half", Decision::Allowed, "GatewayManager", &[(65200, 65400)]);
    assert_eq!(
        rules[0].standing(&[half, deny_all(Direction::Inbound)]),
        Standing::Cut("DenyRest".to_owned())
    );
    let internet = rule("NoInternet", Decision::Denied, "Internet", &[(0, 65535)]);
    assert_eq!(rules[0].standing(&[internet]), Standing::Cut("NoInternet".to_owned()));
    let private = rule("NoPrivate", Decision::Denied, "10.0.0.0/8", &[(0, 65535)]);
    assert_eq!(rules[0].standing(&[private, group[0].clone()]), served("GatewayManager"));
}

#[test]
fn a_managed_instance_keeps_its_own_rules_and_redirect() {
    let own = prefixes(&["10.1.1.0/24"]);
    let found = recognise(&Network::default(), &delegated("Microsoft.Sql/managedInstances"));
    let rules = safety_rules(&found, &here(&own), Direction::Inbound);
    let unconditional: Vec<String> = said(&rules)
        .into_iter()
        .zip(&rules)
        .filter(|(_, rule)| rule.only_where.is_none())
        .map(|(text, _)| text)
        .collect();
    assert_eq!(
        unconditional,
        ["AzureLoadBalancer any * refused", "subnet any * refused", "VirtualNetwork tcp 1433 recommended"]
    );
    let redirect = rule("allow_redirect_inbound", Decision::Allowed, "VirtualNetwork", &[(11000, 11999)]);
    let legacy = rule("sqlmgmt", Decision::Allowed, "SqlManagement", &[(9000, 9000), (1438, 1438)]);
    for kept in [&redirect, &legacy] {
        let by: Vec<_> = rules.iter().filter(|safety| safety.is_served_in_part_by(kept)).collect();
        assert_eq!(by.len(), 1, "{}", kept.name);
        assert!(by[0].only_where.is_some(), "{}", kept.name);
    }
    // Another subnet's rule is not the instance's own.
    let other = any_protocol(rule("other", Decision::Allowed, "10.1.2.0/24", &[(0, 65535)]));
    assert!(!rules[1].is_served_in_part_by(&other));
    assert!(matches!(rules[1].sources.as_slice(), [Endpoint::Prefix(prefix)] if *prefix == own[0]));
    let out = safety_rules(&found, &here(&own), Direction::Outbound);
    assert_eq!(out[0].far(), "subnet");
    assert_eq!(out[0].severity, Severity::Refused);
}

#[test]
fn what_is_perhaps_there_says_so() {
    let (network, place) =
        guarded(vec![rule("ApimControl", Decision::Allowed, "ApiManagement", &[(3443, 3443)])]);
    let own = prefixes(&["10.1.0.0/24"]);
    let rules = safety_rules(&recognise(&network, &place), &here(&own), Direction::Inbound);
    assert!(rules.iter().all(|rule| rule.perhaps));
    let control = rules.iter().find(|rule| rule.far() == "ApiManagement").unwrap();
    assert_eq!(control.standing(&network.nsgs[0].rules), Standing::Served(vec!["ApimControl".to_owned()]));
    assert!(control.why.starts_with("perhaps API Management (classic tiers), by the rule ApimControl: "));
    // The Internet is let in where the service is external alone, which no file tells.
    let open: Vec<_> = rules.iter().filter(|rule| rule.opens_to_internet()).collect();
    assert!(!open.is_empty() && open.iter().all(|rule| rule.only_where.is_some()));
    let wide = rule("wide", Decision::Allowed, "Internet", &[(3443, 3443)]);
    assert!(!control.is_served_in_part_by(&wide), "the Internet is not API Management");
}

#[test]
fn the_internet_is_let_in_by_bastion_alone_unasked() {
    let own = prefixes(&["10.1.0.0/24"]);
    for service in Service::ALL {
        let rules = safety_rules(&certain(service), &here(&own), Direction::Inbound);
        let open = rules.iter().any(|rule| rule.opens_to_internet() && rule.only_where.is_none());
        assert_eq!(open, service == Service::Bastion, "{}", service.as_str());
    }
}

#[test]
fn the_tag_of_a_region_is_spelled_as_the_file_has_it() {
    let tags = [
        ServiceTag { name: "Storage".to_owned(), ..ServiceTag::default() },
        ServiceTag { name: "BatchNodeManagement.WestEurope".to_owned(), ..ServiceTag::default() },
    ];
    let own = prefixes(&["10.1.0.0/24"]);
    let far = |tags: &[ServiceTag], region| {
        let here = Here { prefixes: &own, region, tags };
        safety_rules(&certain(Service::Batch), &here, Direction::Outbound)[0].far().to_owned()
    };
    assert_eq!(far(&tags, Some("West Europe")), "BatchNodeManagement.WestEurope");
    assert_eq!(far(&tags, Some("westeurope")), "BatchNodeManagement.WestEurope");
    assert_eq!(far(&tags, Some("northeurope")), "BatchNodeManagement");
    assert_eq!(far(&[], Some("westeurope")), "BatchNodeManagement");
    // What is in force for a region serves.
    let here = here(&own);
    let rules = safety_rules(&certain(Service::HdInsight), &here, Direction::Inbound);
    let group =
        [rule("hdi", Decision::Allowed, "HDInsight.WestEurope", &[(443, 443)]), deny_all(Direction::Inbound)];
    assert_eq!(rules[0].standing(&group), Standing::Served(vec!["hdi".to_owned()]));
    let rules = safety_rules(&certain(Service::ApiManagement), &here, Direction::Inbound);
    let group = [rule("apim", Decision::Allowed, "ApiManagement.WestEurope", &[(3443, 3443)])];
    assert_eq!(rules[0].standing(&group), Standing::Missing);
}

#[test]
fn licences_go_to_three_addresses() {
    let rules = safety_rules(&certain(Service::WindowsActivation), &here(&[]), Direction::Outbound);
    assert_eq!(said(&rules), ["addresses tcp 1688 breaks"]);
    assert_eq!(rules[0].destinations.len(), 3);
    let end = any_protocol(rule("r", Decision::Denied, "VirtualNetwork", &[(0, 65535)]));
    let deny = SecurityRule {
        direction: Direction::Outbound,
        destinations: end.sources.clone(),
        sources: vec![Endpoint::Any],
        ..end
    };
    // A default route makes members of the virtual network of them: the deny may cut them.
    assert_eq!(rules[0].standing(&[deny]), Standing::Open("r".to_owned()));
}

#[test]
fn a_group_of_the_safety_rules_alone_serves_and_a_deny_before_them_cuts() {
    let spaces = [
        &["10.1.1.0/24"][..],
        &["10.1.1.0/24", "10.1.9.0/26"],
        &["fd00::/64"],
        &["10.1.1.0/24", "fd00::/64"],
    ];
    for own in spaces.map(prefixes) {
        for service in Service::ALL {
            for direction in BOTH {
                let safety = safety_rules(&certain(service), &here(&own), direction);
                let rules: Vec<SecurityRule> =
                    safety.iter().zip(100..).map(|(one, at)| one.rule(format!("r{at}"), at)).collect();
                let below: Vec<_> = rules.iter().cloned().chain([deny_all(direction)]).collect();
                let above: Vec<_> = [deny_all(direction)].into_iter().chain(rules).collect();
                for (one, at) in safety.iter().zip(100..) {
                    let what = format!("{} r{at} {:?}", service.as_str(), one.standing(&below));
                    assert!(matches!(one.standing(&below), Standing::Served(_)), "{what}");
                    assert_eq!(one.standing(&above), Standing::Cut("DenyRest".to_owned()), "{what}");
                    assert!(
                        !one.why.is_empty() && one.why.contains("https://learn.microsoft.com/"),
                        "{what}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_was_not_understood_leaves_it_open() {
    let own = prefixes(&["10.1.1.0/24"]);
    let rules = safety_rules(&certain(Service::Bastion), &here(&own), Direction::Inbound);
    let unread = SecurityRule {
        doubt: Some("a port is not understood".to_owned()),
        ..rule("unread", Decision::Allowed, "GatewayManager", &[(0, 65535)])
    };
    assert_eq!(rules[1].standing(std::slice::from_ref(&unread)), Standing::Open("unread".to_owned()));
    assert!(!rules[1].is_served_in_part_by(&unread));
    let udp =
        SecurityRule { protocol: Some(Protocol::UDP), ..rule("udp", Decision::Denied, "*", &[(0, 65535)]) };
    assert_eq!(rules[1].standing(&[udp]), Standing::Missing);
}

#[test]
fn without_prefixes_nothing_names_the_subnet() {
    for service in Service::ALL {
        for direction in BOTH {
            for one in safety_rules(&certain(service), &here(&[]), direction) {
                assert!(!one.sources.is_empty() && !one.destinations.is_empty(), "{}", one.why);
            }
        }
    }
}
