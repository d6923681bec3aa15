//! What two sets of rules decide differently, held against deciding every packet of a small space.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use azflow_core::model::{
    Address, Decision, Direction, EffectiveTag, Endpoint, NamedSubnet, Network, Nic, NicAddress, Nsg,
    Peering, PortRange, Prefix, Protocol, ResourceId, SecurityRule, ServiceTag, VirtualNetwork,
};
use azflow_engine::rules::{
    Applied, Budget, Change, Deciding, Difference, Flow, Region, RuleSet, Ruling, StageRuling, Word, World,
    difference,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

fn prefix(text: &str) -> Prefix {
    Prefix::parse(text).unwrap()
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// Two subnets of eight addresses, private space that no file has, public addresses, Azure's own, IPv6.
fn space() -> Vec<Address> {
    let subnets =
        (0u32..2).flat_map(|net| (0..8).map(move |host| Address::from_v4(0x0a00_0000 | net << 8 | host)));
    let others = [
        "10.8.0.1",
        "10.9.0.1",
        "10.0.2.1",
        "20.60.1.1",
        "8.8.8.8",
        "168.63.129.16",
        "169.254.169.254",
        "2001:db8::9",
    ];
    subnets.chain(others.iter().map(|text| address(text))).collect()
}

fn services() -> Vec<(Protocol, Option<u16>)> {
    let ports =
        [53, 80, 440, 441, 442, 443].map(|port| [(Protocol::TCP, Some(port)), (Protocol::UDP, Some(port))]);
    ports.into_iter().flatten().chain([(Protocol::ICMP, None), (Protocol::numbered(47), None)]).collect()
}

fn flows() -> Vec<Flow> {
    let mut out = Vec::new();
    for src in space() {
        for dst in space() {
            out.extend(services().iter().map(|(protocol, port)| Flow {
                src,
                dst,
                protocol: *protocol,
                port: *port,
            }));
        }
    }
    out
}

const SUBNETS: [(&str, &str); 2] = [("vnet/subnets/a", "10.0.0.0/29"), ("vnet/subnets/b", "10.0.1.0/29")];
const NIC: &str = "rg/networkInterfaces/vm";

/// One network with both subnets, a NIC with a member of a group of applications, and a file of tags or none.
fn network(storage: bool) -> Network {
    let subnet = |(id, text): &(&str, &str)| NamedSubnet {
        id: ResourceId((*id).to_owned()),
        name: ResourceId((*id).to_owned()).name().to_owned(),
        prefixes: vec![prefix(text)],
        ..NamedSubnet::default()
    };
    let nic = |name: &str, text: &str, subnet: usize, asgs: &[&str]| Nic {
        id: ResourceId(name.to_owned()),
        name: "vm".to_owned(),
        addresses: vec![NicAddress {
            address: address(text),
            subnet: Some(ResourceId(SUBNETS[subnet].0.to_owned())),
            asgs: asgs.iter().map(|id| ResourceId((*id).to_owned())).collect(),
            public: None,
            primary: true,
        }],
        ..Nic::default()
    };
    let tag = ServiceTag {
        name: "Storage".to_owned(),
        prefixes: vec![prefix("20.60.0.0/16")],
        ..ServiceTag::default()
    };
    Network {
        networks: vec![VirtualNetwork {
            id: ResourceId("vnet".to_owned()),
            name: "vnet".to_owned(),
            prefixes: vec![prefix("10.0.0.0/16")],
            subnets: SUBNETS.iter().map(subnet).collect(),
            // A member of the virtual network that is at no place on file.
            peerings: vec![Peering {
                remote: ResourceId("other".to_owned()),
                state: "Connected".to_owned(),
                remote_prefixes: vec![prefix("10.8.0.0/16")],
                ..Peering::default()
            }],
            ..VirtualNetwork::default()
        }],
        nics: vec![
            nic(NIC, "10.0.0.5", 0, &["/asg/web"]),
            nic("rg/networkInterfaces/other", "10.0.1.5", 1, &[]),
        ],
        tags: if storage { vec![tag] } else { Vec::new() },
        ..Network::default()
    }
}

fn endpoint(open: bool) -> impl Strategy<Value = Endpoint> {
    let tag = |name: &str| Endpoint::Tag(name.to_owned());
    let plain = prop_oneof![
        4 => (0..space().len(), 24u8..=32).prop_map(|(at, length)| {
            let address = space()[at];
            Endpoint::Prefix(Prefix::of(address, if address.v4().is_some() { length } else { 64 }))
        }),
        1 => (0u32..8, 0u32..8).prop_map(|(a, b)| {
            Endpoint::Range(Address::from_v4(0x0a00_0000 | a.min(b)), Address::from_v4(0x0a00_0000 | a.max(b)))
        }),
        2 => Just(Endpoint::Any),
        2 => Just(tag("VirtualNetwork")),
        1 => Just(tag("Internet")),
        1 => Just(tag("AzureLoadBalancer")),
        1 => Just(tag("Storage")),
        1 => Just(tag("AzurePlatformDNS")),
        1 => Just(Endpoint::Asg(ResourceId("/asg/web".to_owned()))),
    ];
    let opened = prop_oneof![
        Just(tag("Unheard")),
        Just(Endpoint::Asg(ResourceId("/asg/none".to_owned()))),
        Just(Endpoint::Unknown("[parameters('x')]".to_owned())),
    ];
    if open { prop_oneof![12 => plain, 2 => opened].boxed() } else { plain.boxed() }
}

fn ports() -> impl Strategy<Value = Vec<PortRange>> {
    let range = prop_oneof![
        3 => Just(PortRange::ALL),
        3 => (0u16..5, 0u16..3).prop_map(|(first, more)| PortRange { first: 440 + first, last: 440 + first + more }),
        1 => Just(PortRange::one(53)),
    ];
    vec(range, 1..3)
}

fn rule(open: bool) -> impl Strategy<Value = SecurityRule> {
    let protocol = prop_oneof![
        2 => Just(None),
        2 => Just(Some(Protocol::TCP)),
        1 => Just(Some(Protocol::UDP)),
        1 => Just(Some(Protocol::ICMP))
    ];
    let what = (100u16..112, any::<bool>(), any::<bool>(), protocol);
    let sure = (Just(vec![PortRange::ALL]), Just(None));
    let source_ports = (Just(vec![PortRange::one(88)]), Just(None));
    let doubt = (Just(vec![PortRange::ALL]), Just(Some("its port is not understood: [p]".to_owned())));
    let extra = if open {
        prop_oneof![18 => sure.boxed(), 1 => source_ports.boxed(), 1 => doubt.boxed()].boxed()
    } else {
        sure.boxed()
    };
    (what, vec(endpoint(open), 1..3), vec(endpoint(open), 1..3), ports(), extra).prop_map(
        |(
            (priority, inbound, allow, protocol),
            sources,
            destinations,
            destination_ports,
            (source_ports, doubt),
        )| {
            SecurityRule {
                name: format!("{}-{priority}", if inbound { "in" } else { "out" }),
                description: String::new(),
                priority,
                direction: if inbound { Direction::Inbound } else { Direction::Outbound },
                access: if allow { Decision::Allowed } else { Decision::Denied },
                protocol,
                sources,
                source_ports,
                destinations,
                destination_ports,
                doubt,
            }
        },
    )
}

/// Rules with priorities that differ in their direction, but for a few.
fn rules(open: bool) -> impl Strategy<Value = Vec<SecurityRule>> {
    (vec(rule(open), 0..7), 0..3).prop_map(move |(mut rules, twins)| {
        let mut seen = BTreeSet::new();
        rules.retain(|rule| open && twins == 0 || seen.insert((rule.direction, rule.priority)));
        rules
    })
}

fn group(place: &str, rules: Vec<SecurityRule>) -> Applied {
    let name = format!("nsg-{}", ResourceId(place.to_owned()).name());
    let nsg = Nsg { id: ResourceId(name.clone()), name, rules, ..Nsg::default() };
    Applied { nsg, places: vec![ResourceId(place.to_owned())], ..Applied::default() }
}

/// Groups at some of the subnets and at the NIC.
fn set(open: bool) -> impl Strategy<Value = RuleSet> {
    let places = [SUBNETS[0].0, SUBNETS[1].0, NIC];
    vec(proptest::option::weighted(0.7, rules(open)), 3).prop_map(move |all| {
        let some = all.into_iter().zip(places).filter_map(|(rules, place)| Some(group(place, rules?)));
        RuleSet { groups: some.collect(), ..RuleSet::default() }
    })
}

/// Two sets: one and another, or one and the same with a rule more or less.
fn two_sets(open: bool) -> impl Strategy<Value = (RuleSet, RuleSet)> {
    let changed = (set(open), rule(open), 0..8usize, 0..3u8).prop_map(|(before, rule, at, how)| {
        let mut after = before.clone();
        if let Some(group) = after.groups.get_mut(at % 3) {
            let rules = &mut group.nsg.rules;
            match rules.len() {
                0 => rules.push(rule),
                count if how == 0 => drop(rules.remove(at % count)),
                count if how == 1 => rules[at % count].access = rule.access,
                _ => rules.push(SecurityRule { priority: 131, ..rule }),
            }
        }
        (before, after)
    });
    prop_oneof![1 => (set(open), set(open)), 2 => changed]
}

fn compared(before: &RuleSet, after: &RuleSet, network: &Network) -> Difference {
    difference(before, after, network, &World::new(network), Budget::default())
}

/// What a set says of a flow, and the name of the rule that it says so by.
fn say(deciding: &Deciding<'_>, flow: Flow) -> (Word, Option<String>) {
    let (ruling, stages) = deciding.decide(flow, [None, None]);
    let doubtful = stages.iter().find(|stage| matches!(stage.ruling, Ruling::Undecidable(_)));
    let last = stages.last();
    let name = |stage: Option<&StageRuling>| stage.map(|stage| stage.rule.clone());
    match ruling {
        Ruling::Decided(Decision::Allowed) => (Word::Allowed, name(last)),
        Ruling::Decided(Decision::Denied) => (Word::Denied, name(last)),
        Ruling::Undecidable(_) => (Word::Undecidable, name(doubtful.or(last))),
    }
}

fn of_flow(found: &Difference, flow: Flow) -> Vec<&Region> {
    found.regions.iter().filter(|region| region.change != Change::StillDenied && region.holds(flow)).collect()
}

fn expected(before: Word, after: Word) -> Option<Change> {
    match (before, after) {
        (before, after) if before == after => None,
        (Word::Undecidable, _) | (_, Word::Undecidable) => Some(Change::Undecidable),
        (Word::Denied, _) => Some(Change::NewlyAllowed),
        _ => Some(Change::NewlyDenied),
    }
}

/// Holds what was found against every packet.
fn hold(before: &RuleSet, after: &RuleSet, network: &Network) -> Result<(), TestCaseError> {
    let world = World::new(network);
    let found = compared(before, after, network);
    prop_assert!(found.not_compared.is_empty(), "{:?}", found.not_compared);
    let (one, other) = (Deciding::new(before, &world), Deciding::new(after, &world));
    for flow in flows() {
        let (was, is) = (say(&one, flow), say(&other, flow));
        let regions = of_flow(&found, flow);
        prop_assert!(regions.len() < 2, "{:?} is in {:#?}", flow, regions);
        let region = regions.first();
        match expected(was.0, is.0) {
            None if was.0 == Word::Undecidable => {
                prop_assert!(region.is_none_or(|r| r.change == Change::Undecidable), "{:?}", flow);
            }
            wanted => prop_assert_eq!(
                region.map(|r| r.change),
                wanted,
                "{:?} {:?} {:?} {:#?}",
                flow,
                was,
                is,
                found
            ),
        }
        let Some(region) = region else { continue };
        prop_assert_eq!((region.before.word, region.after.word), (was.0, is.0), "{:?}", flow);
        prop_assert_eq!(&region.before.rule, &was.1.unwrap_or_default(), "{:?} {:#?}", flow, region);
        prop_assert_eq!(&region.after.rule, &is.1.unwrap_or_default(), "{:?} {:#?}", flow, region);
    }
    Ok(())
}

/// The network with everything told that was open: what tags and groups of applications hold, and who is a member.
fn told(network: &Network, (storage, unheard, none, member): (bool, bool, u32, bool)) -> Network {
    let mut out = network.clone();
    let tag = |name: &str, all: &[&str]| ServiceTag {
        name: name.to_owned(),
        prefixes: all.iter().map(|text| prefix(text)).collect(),
        ..ServiceTag::default()
    };
    out.tags = vec![
        tag("Storage", if storage { &["20.60.0.0/16"] } else { &["8.8.8.0/24"] }),
        tag(
            "Unheard",
            if unheard { &["10.0.0.0/30", "8.0.0.0/6"] } else { &["10.0.1.0/24", "2001:db8::/32"] },
        ),
    ];
    out.nics.clear();
    for (number, address) in space().into_iter().take(16).enumerate() {
        let known = network.nics.iter().find(|nic| nic.addresses[0].address == address);
        let mut asgs: Vec<ResourceId> = known.map(|nic| nic.addresses[0].asgs.clone()).unwrap_or_default();
        if known.is_none() {
            let is_in = |bit: usize| none >> ((number + bit) % 32) & 1 == 1;
            asgs.extend(is_in(0).then(|| ResourceId("/asg/web".to_owned())));
            asgs.extend(is_in(7).then(|| ResourceId("/asg/none".to_owned())));
        }
        out.nics.push(Nic {
            id: known.map_or(ResourceId(format!("nic-{number}")), |nic| nic.id.clone()),
            addresses: vec![NicAddress {
                address,
                subnet: Some(ResourceId(SUBNETS[number / 8].0.to_owned())),
                asgs,
                public: None,
                primary: true,
            }],
            ..Nic::default()
        });
    }
    let members =
        if member { vec!["10.0.0.0/16", "10.8.0.0/15"] } else { vec!["10.0.0.0/16", "10.8.0.0/16"] };
    let listed = |(id, _): &(&str, &str)| EffectiveTag {
        place: ResourceId((*id).to_owned()),
        tag: "VirtualNetwork".to_owned(),
        prefixes: members.iter().map(|text| prefix(text)).collect(),
    };
    out.effective = SUBNETS.iter().map(listed).collect();
    out
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn the_difference_is_what_deciding_every_packet_gives((before, after) in two_sets(true), tags in any::<bool>()) {
        hold(&before, &after, &network(tags))?;
    }

    #[test]
    fn where_nothing_differs_nothing_can_whatever_is_not_known(
        (before, after) in two_sets(true),
        truths in vec((any::<bool>(), any::<bool>(), any::<u32>(), any::<bool>()), 2),
    ) {
        // A rule that was not understood has no truth that could be told.
        let understood = |mut set: RuleSet| {
            for group in &mut set.groups {
                group.nsg.rules.retain(|rule| rule.doubt.is_none() && rule.source_ports == [PortRange::ALL]);
                for rule in &mut group.nsg.rules {
                    rule.sources.retain(|end| !matches!(end, Endpoint::Unknown(_)));
                    rule.destinations.retain(|end| !matches!(end, Endpoint::Unknown(_)));
                }
            }
            set
        };
        let (before, after) = (understood(before), understood(after));
        let open = network(false);
        let found = compared(&before, &after, &open);
        for truth in truths {
            let whole = World::new(&told(&open, truth));
            let (one, other) = (Deciding::new(&before, &whole), Deciding::new(&after, &whole));
            for flow in flows() {
                // No file can list what is held by private addresses outside.
                if flow.src == address("10.0.2.1") || flow.dst == address("10.0.2.1") {
                    continue;
                }
                let (was, is) = (say(&one, flow).0, say(&other, flow).0);
                if was != is && was != Word::Undecidable && is != Word::Undecidable {
                    prop_assert!(!of_flow(&found, flow).is_empty(), "{:?} {:?} {:?}", flow, was, is);
                }
            }
        }
    }

    #[test]
    fn a_set_does_not_differ_from_itself_however_it_is_written(set in set(true), tags in any::<bool>()) {
        let network = network(tags);
        let same = compared(&set, &set, &network);
        prop_assert!(same.regions.is_empty() && same.not_compared.is_empty(), "{:#?}", same);
        let mut written = set.clone();
        for rule in written.groups.iter_mut().flat_map(|group| &mut group.nsg.rules) {
            rule.name = format!("renamed-{}", rule.name);
            rule.description = "another text".to_owned();
            rule.priority = rule.priority * 3 + 7;
            rule.sources.reverse();
            let again = rule.destinations.clone();
            rule.destinations.extend(again);
        }
        let found = compared(&set, &written, &network);
        prop_assert!(found.regions.is_empty(), "{:#?}", found.regions);
    }

    #[test]
    fn the_other_way_around_what_was_opened_is_closed((before, after) in two_sets(true)) {
        let network = network(false);
        let (there, back) = (compared(&before, &after, &network), compared(&after, &before, &network));
        for flow in flows() {
            let turned = match of_flow(&there, flow).first().map(|region| region.change) {
                Some(Change::NewlyAllowed) => Some(Change::NewlyDenied),
                Some(Change::NewlyDenied) => Some(Change::NewlyAllowed),
                other => other,
            };
            prop_assert_eq!(of_flow(&back, flow).first().map(|region| region.change), turned, "{:?}", flow);
        }
    }

    #[test]
    fn groups_of_which_no_file_tells_the_place_are_compared_by_themselves(one in rules(true), other in rules(true)) {
        let nowhere = |rules: &[SecurityRule]| {
            let mut group = group("somewhere", rules.to_vec());
            group.places.clear();
            RuleSet { groups: vec![group], ..RuleSet::default() }
        };
        let found = compared(&nowhere(&one), &nowhere(&other), &Network::default());
        prop_assert!(found.regions.iter().all(|region| !region.is_placed && region.places.is_empty()));
        // At one subnet the group decides alone of what comes in.
        let placed = |rules: &[SecurityRule]| {
            let mut set = nowhere(rules);
            set.groups[0].prefixes = vec![prefix("10.0.1.0/29")];
            set
        };
        let (before, after, world) = (placed(&one), placed(&other), World::default());
        let (before, after) = (Deciding::new(&before, &world), Deciding::new(&after, &world));
        let inside = |address: Address| prefix("10.0.1.0/29").contains(address);
        for flow in flows().into_iter().filter(|flow| inside(flow.dst) && !inside(flow.src)) {
            let inbound = |region: &&Region| region.direction() == Some("inbound");
            let region = of_flow(&found, flow).into_iter().find(inbound).map(|region| region.change);
            let (was, is) = (say(&before, flow).0, say(&after, flow).0);
            if was != Word::Undecidable || is != Word::Undecidable {
                prop_assert_eq!(region, expected(was, is), "{:?}", flow);
            }
        }
    }
}

/// Rules that meet each other everywhere: each of a prefix of its own, on ports of its own.
fn many(count: u32, seed: u32, prefixes: u32) -> Vec<SecurityRule> {
    let mut state = seed;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    (0..count)
        .map(|number| {
            let mut end = || {
                Endpoint::Prefix(Prefix::of(
                    Address::from_v4(0x0a00_0000 | random(1 << 24)),
                    12 + random(21) as u8,
                ))
            };
            let sources = (0..prefixes).map(|_| end()).collect();
            let destinations = vec![end()];
            let first = random(60_000) as u16;
            SecurityRule {
                name: format!("rule-{number}"),
                description: String::new(),
                priority: 100 + number as u16,
                direction: Direction::Inbound,
                access: if random(2) == 0 { Decision::Allowed } else { Decision::Denied },
                protocol: None,
                sources,
                source_ports: vec![PortRange::ALL],
                destinations,
                destination_ports: vec![PortRange { first, last: first + random(5000) as u16 }],
                doubt: None,
            }
        })
        .collect()
}

fn everywhere(rules: Vec<SecurityRule>) -> RuleSet {
    let mut group = group("all", rules);
    group.places.clear();
    group.prefixes = vec![prefix("10.0.0.0/8")];
    RuleSet { groups: vec![group], ..RuleSet::default() }
}

#[test]
fn a_thousand_rules_against_a_thousand_others_end_with_a_word() {
    let (one, other) = (everywhere(many(1000, 1, 1)), everywhere(many(1000, 2, 1)));
    let begun = Instant::now();
    let found = compared(&one, &other, &Network::default());
    println!("{} regions, {:?}, {:?}", found.regions.len(), found.not_compared, begun.elapsed());
    assert!(!found.not_compared.is_empty() || !found.regions.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", begun.elapsed());
}

#[test]
fn one_rule_among_a_thousand_with_four_thousand_prefixes_is_found() {
    let rules = many(1000, 3, 4);
    let mut changed = rules.clone();
    changed[500].access = match changed[500].access {
        Decision::Allowed => Decision::Denied,
        Decision::Denied => Decision::Allowed,
    };
    let begun = Instant::now();
    let found = compared(&everywhere(rules), &everywhere(changed), &Network::default());
    println!("{} regions, {:?}, {:?}", found.regions.len(), found.not_compared, begun.elapsed());
    assert!(found.not_compared.is_empty(), "{:?}", found.not_compared);
    let is_of = |region: &&Region| region.before.rule == "rule-500" || region.after.rule == "rule-500";
    assert!(!found.regions.is_empty() && found.regions.iter().all(|region| is_of(&region)));
}

#[test]
fn a_rule_of_the_same_priority_that_says_otherwise_can_not_be_told() {
    let one = |access, priority| SecurityRule {
        access,
        priority,
        sources: vec![Endpoint::Any],
        destinations: vec![Endpoint::Any],
        ..many(1, 1, 1).remove(0)
    };
    let (allow, deny) = (one(Decision::Allowed, 100), one(Decision::Denied, 100));
    let later = SecurityRule { priority: 101, ..deny.clone() };
    let alone = everywhere(vec![allow.clone()]);
    let twins = compared(&alone, &everywhere(vec![allow.clone(), deny]), &Network::default());
    let changes: Vec<Change> = twins.regions.iter().map(|region| region.change).collect();
    assert_eq!(changes, [Change::Undecidable], "{:#?}", twins.regions);
    assert_eq!(compared(&alone, &everywhere(vec![allow, later]), &Network::default()).regions, []);
}
