//! Random networks, rules and traffic: what holds for every one of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{
    Address, Decision, Direction, Endpoint, FlowDirection, NamedSubnet, Network, Nic, NicAddress, Nsg,
    Peering, PortRange, Prefix, Protocol, ResourceId, SecurityRule, ServiceTag, VirtualNetwork,
};
use azflow_engine::audit::{Covered, FindingKind, audit};
use azflow_engine::export::rules_document;
use azflow_engine::rules::{
    Applied, Draft, DraftOptions, Fate, Flow, Observed, PortMerge, PrefixMerge, RuleSet, Ruling, Scope,
    Traffic, World, decide, simulate,
};
use azflow_engine::topology::Cut;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;
use support::load;
use support::rules::{records, set};

/// Addresses of two networks, of neither, public ones, IPv6 and Azure's own.
const ADDRESSES: [&str; 14] = [
    "10.1.0.4",
    "10.1.0.5",
    "10.1.1.4",
    "10.2.0.4",
    "10.2.0.9",
    "10.3.0.4",
    "192.168.7.7",
    "20.60.1.1",
    "8.8.8.8",
    "168.63.129.16",
    "fd00:1::4",
    "fd00:2::4",
    "2001:db8::9",
    "10.2.1.200",
];

fn address() -> impl Strategy<Value = Address> {
    (0..ADDRESSES.len()).prop_map(|at| Address::parse(ADDRESSES[at]).unwrap())
}

fn prefix(text: &str) -> Prefix {
    Prefix::parse(text).unwrap()
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    let tag = |name: &str| Endpoint::Tag(name.to_owned());
    prop_oneof![
        3 => (address(), 8u8..=32).prop_map(|(a, l)| Endpoint::Prefix(Prefix::of(a, if a.v4().is_some() { l } else { l * 4 }))),
        // Both ends of a range are of one family; no file can say anything else.
        1 => (address(), address()).prop_map(|(a, b)| match a.v4().is_some() == b.v4().is_some() {
            true => Endpoint::Range(a.min(b), a.max(b)),
            false => Endpoint::Range(a, a),
        }),
        2 => Just(Endpoint::Any),
        3 => Just(tag("VirtualNetwork")),
        1 => Just(tag("Internet")),
        1 => Just(tag("AzureLoadBalancer")),
        1 => Just(tag("Storage")),
        1 => Just(tag("Unheard")),
        1 => Just(Endpoint::Asg(ResourceId("/asg/web".to_owned()))),
        1 => Just(Endpoint::Unknown("[parameters('x')]".to_owned())),
    ]
}

fn ports() -> impl Strategy<Value = Vec<PortRange>> {
    let range = prop_oneof![
        Just(PortRange::ALL),
        (0u16..6, 0u16..3)
            .prop_map(|(first, more)| PortRange { first: 440 + first, last: 440 + first + more }),
    ];
    vec(range, 1..3)
}

fn rule() -> impl Strategy<Value = SecurityRule> {
    let protocol = prop_oneof![
        Just(None),
        Just(Some(Protocol::TCP)),
        Just(Some(Protocol::UDP)),
        Just(Some(Protocol::ICMP))
    ];
    let what = (100u16..130, any::<bool>(), any::<bool>(), protocol);
    let source_ports = prop_oneof![9 => Just(vec![PortRange::ALL]), 1 => Just(vec![PortRange::one(88)])];
    (what, vec(endpoint(), 1..3), vec(endpoint(), 1..3), ports(), source_ports).prop_map(
        |((priority, inbound, allow, protocol), sources, destinations, destination_ports, source_ports)| {
            SecurityRule {
                // Names are a group's, whatever the direction.
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
                doubt: None,
            }
        },
    )
}

/// Rules with priorities that differ in their direction.
fn rules(most: usize) -> impl Strategy<Value = Vec<SecurityRule>> {
    vec(rule(), 0..most).prop_map(|mut rules| {
        let mut seen = BTreeSet::new();
        rules.retain(|rule| seen.insert((rule.direction, rule.priority)));
        rules
    })
}

fn group() -> impl Strategy<Value = Applied> {
    let places = ["10.1.0.0/24", "10.1.1.0/24", "10.2.0.0/24", "fd00:1::/64", "10.3.0.0/16"];
    (rules(8), proptest::sample::subsequence(places.to_vec(), 0..3), vec(address(), 0..2)).prop_map(
        |(rules, places, nics)| Applied {
            nsg: Nsg { name: format!("nsg-{}", rules.len()), rules, ..Nsg::default() },
            prefixes: places.into_iter().map(prefix).collect(),
            nics,
            ..Applied::default()
        },
    )
}

/// Two networks, peered or not, with tags and members of an application security group, or nothing on file.
fn network() -> impl Strategy<Value = Network> {
    (any::<bool>(), any::<bool>(), any::<bool>(), vec((address(), any::<bool>()), 0..4)).prop_map(
        |(known, peered, tags, members)| {
            let one = |name: &str, other: &str, prefixes: &[&str], subnets: &[&str]| VirtualNetwork {
                id: ResourceId(name.to_owned()),
                name: name.to_owned(),
                prefixes: prefixes.iter().map(|p| prefix(p)).collect(),
                subnets: subnets
                    .iter()
                    .map(|text| NamedSubnet {
                        id: ResourceId(format!("{name}/subnets/{text}")),
                        name: format!("snet-{text}"),
                        prefixes: vec![prefix(text)],
                        ..NamedSubnet::default()
                    })
                    .collect(),
                peerings: vec![Peering {
                    remote: ResourceId(other.to_owned()),
                    state: if peered { "Connected" } else { "Disconnected" }.to_owned(),
                    ..Peering::default()
                }],
                ..VirtualNetwork::default()
            };
            let networks = vec![
                one(
                    "hub",
                    "spoke",
                    &["10.1.0.0/16", "fd00:1::/48", "20.60.0.0/16"],
                    &["10.1.0.0/24", "10.1.1.0/24"],
                ),
                one("spoke", "hub", &["10.2.0.0/16", "fd00:2::/48"], &["10.2.0.0/24"]),
            ];
            let nic = |(number, (address, member)): (usize, (Address, bool))| Nic {
                id: ResourceId(format!("nic-{number}")),
                addresses: vec![NicAddress {
                    address,
                    subnet: None,
                    asgs: if member { vec![ResourceId("/asg/web".to_owned())] } else { Vec::new() },
                    public: None,
                    primary: true,
                }],
                ..Nic::default()
            };
            let storage = ServiceTag {
                name: "Storage".to_owned(),
                prefixes: vec![prefix("20.60.0.0/16")],
                ..ServiceTag::default()
            };
            Network {
                networks: if known { networks } else { Vec::new() },
                nics: members.into_iter().enumerate().map(nic).collect(),
                tags: if tags { vec![storage] } else { Vec::new() },
                ..Network::default()
            }
        },
    )
}

fn flow() -> impl Strategy<Value = Flow> {
    let service = prop_oneof![
        (438u16..448, any::<bool>())
            .prop_map(|(port, tcp)| (if tcp { Protocol::TCP } else { Protocol::UDP }, Some(port))),
        Just((Protocol::ICMP, None)),
    ];
    (address(), address(), service).prop_map(|(src, dst, (protocol, port))| Flow { src, dst, protocol, port })
}

/// Traffic made by hand: conversations with or without an allowance, each logged by nobody.
fn traffic(flows: &[(Flow, bool)]) -> Traffic {
    let addresses: Vec<Address> = ADDRESSES.iter().map(|text| Address::parse(text).unwrap()).collect();
    let number = |address: Address| addresses.iter().position(|a| *a == address).unwrap() as u32;
    let log = support::rules::log(&[("10.0.0.4", "10.0.0.5", 1, 'A')]);
    let template = load(&[("PT1H.json", &log)]).traffic().conversations[0];
    let seen = |(flow, allowed): &(Flow, bool)| Observed {
        src: number(flow.src),
        dst: number(flow.dst),
        protocol: flow.protocol,
        port: flow.port,
        allowed: *allowed,
        hits: (0, 0),
        logged: [false; 2],
        members: [None; 2],
        refused_outside: false,
        by_platform: false,
        ..template
    };
    Traffic { conversations: flows.iter().map(seen).collect(), addresses, ..Traffic::default() }
}

/// What becomes of a conversation, decided one by one.
fn naive(set: &RuleSet, world: &World, flow: Flow, allowed: bool) -> (Fate, Option<(String, String)>) {
    let (ruling, stages) = decide(set, world, flow);
    let stays = if allowed { Fate::Kept } else { Fate::StillBlocked };
    if stages.is_empty() && matches!(ruling, Ruling::Decided(_)) {
        return (stays, None);
    }
    let fate = match (&ruling, allowed) {
        (Ruling::Undecidable(_), _) => Fate::Undecidable,
        (Ruling::Decided(Decision::Allowed), true) => Fate::Kept,
        (Ruling::Decided(Decision::Denied), true) => Fate::WouldBreak,
        (Ruling::Decided(Decision::Denied), false) => Fate::StillBlocked,
        (Ruling::Decided(Decision::Allowed), false) => Fate::NewlyOpened,
    };
    let doubtful = stages.iter().find(|stage| matches!(stage.ruling, Ruling::Undecidable(_)));
    let stage = if fate == Fate::Undecidable { doubtful } else { stages.last() };
    (fate, stage.map(|stage| (set.groups[stage.group].nsg.name.clone(), stage.rule.clone())))
}

fn options() -> impl Strategy<Value = DraftOptions> {
    let scope = prop_oneof![Just(Scope::Subnet), Just(Scope::Host), Just(Scope::Mixed)];
    let ports =
        prop_oneof![Just(PortMerge::None), Just(PortMerge::Lists), (0u16..50).prop_map(PortMerge::Ranges)];
    let prefixes = prop_oneof![Just(PrefixMerge::None), Just(PrefixMerge::Lists)];
    (scope, ports, prefixes, any::<bool>(), any::<bool>(), 0u64..3).prop_map(
        |(scope, ports, prefixes, outbound, keep_icmp, least_flows)| DraftOptions {
            scope,
            ports,
            prefixes,
            outbound,
            keep_icmp,
            least_flows,
            ..DraftOptions::default()
        },
    )
}

/// Addresses with a port that a set lets through, of a small world of hosts and ports.
fn open(set: &RuleSet, world: &World, hosts: &[Address], ports: &[u16]) -> BTreeSet<(Address, Address, u16)> {
    let mut out = BTreeSet::new();
    for src in hosts {
        for dst in hosts {
            for port in ports {
                let flow = Flow { src: *src, dst: *dst, protocol: Protocol::TCP, port: Some(*port) };
                if decide(set, world, flow).0 == Ruling::Decided(Decision::Allowed) {
                    out.insert((*src, *dst, *port));
                }
            }
        }
    }
    out
}

fn priorities_and_limits(draft: &Draft) -> Result<(), TestCaseError> {
    for group in &draft.groups {
        let rules = &group.nsg.rules;
        prop_assert!(rules.len() <= 1000);
        let mut taken = BTreeSet::new();
        let mut names = BTreeSet::new();
        for rule in rules {
            prop_assert!(
                (100..=4096).contains(&rule.priority) && taken.insert((rule.direction, rule.priority))
            );
            let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            prop_assert!(rule.name.len() <= 80 && rule.name.chars().all(valid), "{}", rule.name);
            prop_assert!(rule.name.starts_with(|c: char| c.is_ascii_alphanumeric()), "{}", rule.name);
            prop_assert!(
                rule.name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'),
                "{}",
                rule.name
            );
            prop_assert!(names.insert(rule.name.to_ascii_lowercase()) && rule.description.len() <= 140);
        }
        let sum = |count: fn(&SecurityRule) -> usize| rules.iter().map(count).sum::<usize>();
        prop_assert!(sum(|r| r.sources.len()) <= 4000 && sum(|r| r.destinations.len()) <= 4000);
        prop_assert!(group.nsg.name.len() <= 80);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn a_simulation_is_what_deciding_one_by_one_gives(
        network in network(),
        groups in vec(group(), 0..4),
        flows in vec((flow(), any::<bool>()), 1..60),
    ) {
        let (set, world) = (RuleSet { groups, ..RuleSet::default() }, World::new(&network));
        let traffic = traffic(&flows);
        let simulation = simulate(&set, &world, &traffic);
        for ((flow, allowed), result) in flows.iter().zip(&simulation.results) {
            let (fate, by) = naive(&set, &world, *flow, *allowed);
            prop_assert_eq!(result.fate, fate, "{:?}", flow);
            let named = simulation.by(result).map(|by| (by.nsg.clone(), by.rule.clone()));
            prop_assert_eq!(named, by, "{:?}", flow);
        }
    }

    #[test]
    fn shadowed_and_redundant_rules_change_nothing(rules in rules(7), flows in vec(flow(), 40)) {
        // Prefixes and ports alone, so that every packet of the small world can be tried.
        let own = |end: &Endpoint| matches!(end, Endpoint::Any | Endpoint::Prefix(_) | Endpoint::Range(..));
        let rules: Vec<SecurityRule> = rules
            .into_iter()
            .filter(|rule| rule.sources.iter().chain(&rule.destinations).all(own))
            .collect();
        let set = |rules: Vec<SecurityRule>| RuleSet { groups: vec![Applied {
            nsg: Nsg { name: "nsg".to_owned(), rules, ..Nsg::default() },
            prefixes: vec![prefix("0.0.0.0/0"), prefix("::/0")],
            ..Applied::default()
        }], ..RuleSet::default() };
        let world = World::default();
        let whole = set(rules.clone());
        let found = audit(&whole, &world, &Traffic::default(), &Covered::default()).groups.remove(0).findings;
        for finding in found.iter().filter(|f| matches!(f.kind, FindingKind::Shadowed | FindingKind::Redundant)) {
            let is_it = |rule: &&SecurityRule| rule.name == finding.rule && rule.direction == finding.direction;
            let without = set(rules.iter().filter(|rule| !is_it(rule)).cloned().collect());
            for flow in &flows {
                let (before, stages) = decide(&whole, &world, *flow);
                let after = decide(&without, &world, *flow).0;
                prop_assert_eq!(&before, &after, "{} is {}, {:?}", finding.rule, finding.kind.as_str(), flow);
                if finding.kind == FindingKind::Shadowed {
                    let decides = |s: &azflow_engine::rules::StageRuling| s.rule == finding.rule && matches!(s.ruling, Ruling::Decided(_));
                    let inbound = finding.direction == Direction::Inbound;
                    let here = |s: &&azflow_engine::rules::StageRuling| (s.stage == azflow_engine::rules::Stage::DestinationSubnet) == inbound;
                    prop_assert!(!stages.iter().filter(here).any(decides), "{} decides {:?}", finding.rule, flow);
                }
            }
        }
        // And the other way round: a rule that decides no packet of the whole space of its own is found.
        for rule in rules.iter().filter(|rule| rule.source_ports == [PortRange::ALL]) {
            let same = rules.iter().any(|other| {
                other.direction == rule.direction && other.priority < rule.priority && other.source_ports == [PortRange::ALL]
                    && (other.protocol.is_none() || other.protocol == rule.protocol)
                    && (other.sources == rule.sources || other.sources.contains(&Endpoint::Any))
                    && (other.destinations == rule.destinations || other.destinations.contains(&Endpoint::Any))
                    && (other.destination_ports == rule.destination_ports || other.destination_ports.contains(&PortRange::ALL))
            });
            let shadowed = found.iter().any(|f| f.kind == FindingKind::Shadowed && f.rule == rule.name && f.direction == rule.direction);
            prop_assert!(!same || shadowed, "{} is hidden and not found", rule.name);
        }
    }
}

/// A small world: two subnets of /29 each, few ports.
fn small_flow() -> impl Strategy<Value = (u8, u8, u16, bool, bool)> {
    (0u8..32, 0u8..32, 440u16..450, any::<bool>(), any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_draft_keeps_its_seeds_and_opens_no_more_than_it_states(
        flows in vec(small_flow(), 1..40),
        options in options(),
        described in any::<bool>(),
        kept in rules(5),
        wanted in vec(0u8..4, 40),
    ) {
        let host = |low: u8| format!("10.1.0.{low}");
        let tuples: Vec<String> = flows
            .iter()
            .map(|(src, dst, port, allowed, inbound)| {
                let way = if *inbound { 'I' } else { 'O' };
                support::rules::tuple(0, &host(*src), &host(*dst), *port, way, if *allowed { 'A' } else { 'D' })
            })
            .collect();
        let bytes = records(&[support::rules::nsg_record(0, "000D3A445566", "/nsg", "DefaultRule_AllowVnetInBound", &tuples)]);
        let list = b"10.1.0.0/29,a,net\n10.1.0.8/29,b,net\n10.1.0.16/28,c,net\n";
        let mut files: Vec<(&str, &[u8])> = vec![("PT1H.json", &bytes)];
        if described {
            files.push(("subnets.csv", list));
        }
        let mut engine = load(&files);
        let (traffic, cut) = (engine.traffic(), Cut { v4: 29, v6: 64 });
        // Groups in force at one of the places.
        let below = RuleSet { groups: vec![Applied {
            nsg: Nsg { name: "nsg-kept".to_owned(), rules: kept, ..Nsg::default() },
            prefixes: vec![prefix("10.1.0.8/29")],
            ..Applied::default()
        }], ..RuleSet::default() };
        let named = engine.named_subnets();
        let world = engine.world();
        let want = |index: usize, _: &Observed| match wanted.get(index) {
            Some(0) => azflow_engine::rules::Want::Needed,
            Some(1) => azflow_engine::rules::Want::NotNeeded,
            _ => azflow_engine::rules::Want::Unmarked,
        };
        let places = azflow_engine::rules::Places {
            subnets: engine.assignment(cut).unwrap(), named: &named, world: &world, existing: &below, blind: &[],
            services: &std::collections::BTreeMap::new(),
        };
        let draft = azflow_engine::rules::draft(&traffic, &places, &options, &want).unwrap();
        priorities_and_limits(&draft)?;
        let set = set(&draft, &traffic);
        let simulation = simulate(&set, &world, &traffic);
        let drafted = |dst: Address, direction: Direction| draft.groups.iter().any(|g| {
            // Every direction that is drafted ends with a deny of its own; rules of the other are in force already.
            let own = |r: &azflow_engine::rules::DraftedRule| r.rule.direction == direction && !r.reused;
            g.prefixes.iter().any(|p| p.contains(dst)) && g.rules.iter().any(own)
        });
        // What stays of the groups in force.
        let left = {
            let stays = |rule: &SecurityRule| draft.groups.iter().any(|g| g.rules.iter().any(|r| r.reused && r.rule.name == rule.name));
            let mut left = below.groups[0].clone();
            left.nsg.rules.retain(stays);
            RuleSet { groups: vec![left], ..RuleSet::default() }
        };
        for index in &draft.seeds {
            let fate = simulation.results[*index].fate;
            let seen = &traffic.conversations[*index];
            let flow = Flow { src: traffic.src(seen), dst: traffic.dst(seen), protocol: seen.protocol, port: seen.port };
            // Denials in force stay where they are, and what can't be told of them today can't be then: of all rules
            // together, or of those that are left where one that hid them goes.
            let unknown = |set: &RuleSet| matches!(decide(set, &world, flow).0, Ruling::Undecidable(_));
            let doubted = fate == Fate::Undecidable && (unknown(&below) || unknown(&left));
            prop_assert!(doubted || matches!(fate, Fate::Kept | Fate::NewlyOpened), "{:?} is {:?}", seen, fate);
        }
        for (index, seen) in traffic.conversations.iter().enumerate() {
            // Nothing is drafted where nothing was logged.
            let arrives = traffic.decided(seen).any(|(by, _)| by.direction == FlowDirection::Inbound);
            if arrives && want(index, seen) == azflow_engine::rules::Want::Needed {
                prop_assert!(draft.seeds.contains(&index));
            }
        }
        prop_assert_eq!(rules_document(&draft, &traffic, None), rules_document(&draft, &traffic, None));
        // Every address of the places, every port near those seen: what is open there and was not a seed is counted.
        let hosts: Vec<Address> = (0..32).map(|low| Address::parse(&host(low)).unwrap()).collect();
        let ports: Vec<u16> = (438..452).collect();
        let seeds: BTreeSet<_> = draft.seeds.iter().map(|at| {
            let seen = &traffic.conversations[*at];
            (traffic.src(seen), traffic.dst(seen), seen.port.unwrap_or_default())
        }).collect();
        let open = open(&set, &world, &hosts, &ports);
        // What left a place with a group is as it was, where nothing needed it otherwise.
        let kept_whole = !draft.notes.iter().any(|note| note.contains("is in force"));
        for one in open.iter().filter(|(src, ..)| {
            kept_whole && below.groups[0].prefixes[0].contains(*src) && !drafted(*src, Direction::Outbound)
                && draft.groups.iter().any(|g| g.prefixes.iter().any(|p| p.contains(*src)))
        }) {
            let (src, dst, port) = *one;
            let alone = RuleSet { groups: vec![Applied { nsg: below.groups[0].nsg.clone(), prefixes: vec![prefix("10.1.0.8/29")], ..Applied::default() }], ..RuleSet::default() };
            let flow = Flow { src, dst, protocol: Protocol::TCP, port: Some(port) };
            let stage = decide(&alone, &world, flow).1;
            let leaving = stage.iter().find(|s| s.stage == azflow_engine::rules::Stage::SourceSubnet);
            prop_assert!(leaving.is_none_or(|s| s.ruling == Ruling::Decided(Decision::Allowed)), "{flow:?} {leaving:?}");
        }
        let unseen = open.iter().filter(|(_, dst, _)| drafted(*dst, Direction::Inbound)).filter(|one| !seeds.contains(one)).count();
        prop_assert!(unseen as u128 <= draft.opened_unseen, "{} opened, {} stated", unseen, draft.opened_unseen);
    }
}
