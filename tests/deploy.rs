//! Drafts on their way into force, request by request, against a small model of Azure's API.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{
    Address, Decision, Direction, Endpoint, Nsg, PortRange, Prefix, Protocol, ResourceId, SecurityRule,
};
use azflow_engine::export::{Format, Part, Stage, write_part};
use azflow_engine::rules::{
    Blocked, Deed, DeployStep, Draft, DraftedNsg, DraftedRule, Purpose, Removed, Steps, default_rules,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;
use support::azure_api::{Api, Group};
use support::scripts::{Watch, run_az, run_powershell, to_apply};

/// Addresses of the small world.
const ADDRESSES: [&str; 6] = ["10.0.0.4", "10.0.0.5", "10.0.1.4", "10.0.2.4", "8.8.8.8", "fd00::4"];
const TAGS: [&str; 4] = ["VirtualNetwork", "Internet", "AzureLoadBalancer", "Storage"];
const ASGS: [&str; 2] = ["/subscriptions/s/a/web", "/subscriptions/s/a/db"];
const PORTS: [u16; 5] = [22, 80, 81, 443, 8080];

/// What tags and groups of applications hold: a bit for each address. Nothing else is known of them.
#[derive(Debug, Clone)]
struct Meaning {
    tags: [u8; 4],
    asgs: [u8; 2],
}

#[derive(Debug, Clone, Copy)]
struct Flow {
    src: usize,
    dst: usize,
    protocol: Protocol,
    port: u16,
}

fn flows() -> Vec<Flow> {
    let mut out = Vec::new();
    for src in 0..ADDRESSES.len() {
        for dst in 0..ADDRESSES.len() {
            for protocol in [Protocol::TCP, Protocol::UDP] {
                out.extend(PORTS.map(|port| Flow { src, dst, protocol, port }));
            }
            out.push(Flow { src, dst, protocol: Protocol::ICMP, port: 0 });
        }
    }
    out
}

impl Meaning {
    fn is_in(&self, at: usize, end: &Endpoint) -> bool {
        let address = Address::parse(ADDRESSES[at]).unwrap();
        let bit = |held: u8| held >> at & 1 == 1;
        match end {
            Endpoint::Any => true,
            Endpoint::Prefix(prefix) => prefix.contains(address),
            Endpoint::Range(first, last) => *first <= address && address <= *last,
            Endpoint::Tag(tag) => bit(self.tags[TAGS.iter().position(|known| known == tag).unwrap()]),
            Endpoint::Asg(id) => bit(self.asgs[ASGS.iter().position(|known| *known == id.0).unwrap()]),
            Endpoint::Unknown(_) => panic!("there is none"),
        }
    }

    fn matches(&self, rule: &SecurityRule, flow: Flow) -> bool {
        let port = |list: &[PortRange], port: u16| {
            flow.protocol == Protocol::ICMP || list.iter().any(|range| range.contains(port))
        };
        rule.protocol.is_none_or(|protocol| protocol == flow.protocol)
            && rule.sources.iter().any(|end| self.is_in(flow.src, end))
            && rule.destinations.iter().any(|end| self.is_in(flow.dst, end))
            && port(&rule.source_ports, 50_000)
            && port(&rule.destination_ports, flow.port)
    }

    /// What these rules, and the defaults behind them, say to each flow of a direction.
    fn decisions(&self, rules: &[SecurityRule], direction: Direction, flows: &[Flow]) -> Vec<Decision> {
        let mut all: Vec<SecurityRule> = rules.iter().cloned().chain(default_rules()).collect();
        all.retain(|rule| rule.direction == direction);
        all.sort_by_key(|rule| rule.priority);
        let decide = |flow: &Flow| all.iter().find(|rule| self.matches(rule, *flow)).unwrap().access;
        flows.iter().map(decide).collect()
    }
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    let prefix = |text: &str| Endpoint::Prefix(Prefix::parse(text).unwrap());
    let address = |text: &str| Address::parse(text).unwrap();
    prop_oneof![
        2 => Just(Endpoint::Any),
        4 => prop_oneof![
            Just(prefix("10.0.0.0/24")),
            Just(prefix("10.0.0.4/32")),
            Just(prefix("10.0.0.0/16")),
            Just(prefix("10.0.1.0/24")),
            Just(prefix("fd00::/8")),
            Just(prefix("0.0.0.0/0")),
        ],
        1 => Just(Endpoint::Range(address("10.0.0.4"), address("10.0.1.9"))),
        2 => (0..TAGS.len()).prop_map(|at| Endpoint::Tag(TAGS[at].to_owned())),
        1 => (0..ASGS.len()).prop_map(|at| Endpoint::Asg(ResourceId(ASGS[at].to_owned()))),
    ]
}

fn ports() -> impl Strategy<Value = Vec<PortRange>> {
    prop_oneof![
        2 => Just(vec![PortRange::ALL]),
        3 => (0..PORTS.len()).prop_map(|at| vec![PortRange::one(PORTS[at])]),
        1 => Just(vec![PortRange { first: 80, last: 443 }]),
        1 => Just(vec![PortRange::one(22), PortRange { first: 80, last: 81 }]),
    ]
}

/// Addresses and tags, or application security groups: Azure takes no mixture.
fn one_kind() -> impl Strategy<Value = Vec<Endpoint>> {
    vec(endpoint(), 1..3).prop_map(|mut ends| {
        let is_group = |end: &Endpoint| matches!(end, Endpoint::Asg(_));
        let first = is_group(&ends[0]);
        ends.retain(|end| is_group(end) == first);
        // As readers have them.
        ends.sort();
        ends.dedup();
        ends
    })
}

/// What people wrote about rules, and what az, PowerShell or a shell might take for something else.
const DESCRIPTIONS: [&str; 10] = [
    "",
    "web",
    "null",
    "??",
    "it's 'so'",
    "@home",
    "[a]",
    "\"$(id)\" `id`",
    "-x=@y",
    "\u{2019}a\u{2018} # b",
];

fn rule() -> impl Strategy<Value = SecurityRule> {
    let protocol = prop_oneof![
        3 => Just(Some(Protocol::TCP)),
        1 => Just(Some(Protocol::UDP)),
        1 => Just(Some(Protocol::ICMP)),
        2 => Just(None)
    ];
    let source_ports =
        prop_oneof![9 => Just(vec![PortRange::ALL]), 1 => Just(vec![PortRange { first: 1024, last: 65535 }])];
    (any::<bool>(), protocol, one_kind(), source_ports, one_kind(), ports(), any::<u8>()).prop_map(
        |(allows, protocol, sources, source_ports, destinations, destination_ports, said)| SecurityRule {
            name: String::new(),
            description: DESCRIPTIONS[usize::from(said) % DESCRIPTIONS.len()].to_owned(),
            priority: 0,
            direction: Direction::Inbound,
            access: if allows { Decision::Allowed } else { Decision::Denied },
            protocol,
            sources,
            source_ports,
            destinations,
            destination_ports,
            doubt: None,
        },
    )
}

/// A rule of a pool under a name, at a priority: whether it is outbound, its number in the pool, its name's number, its
/// priority.
type Pick = (bool, usize, usize, u16);

/// Groups that share rules, names and priorities, so that there is everything: rules that stay, move, swap, change.
fn picks() -> impl Strategy<Value = Vec<Pick>> {
    // Few priorities close together, at the beginning, in the middle and at the end of those that Azure takes.
    let priority = prop_oneof![100u16..112, 2000u16..2006, 4085u16..=4096];
    vec((prop::bool::weighted(0.2), 0usize..8, 0usize..10, priority), 0..9)
}

fn group(pool: &[SecurityRule], picks: &[Pick]) -> Vec<SecurityRule> {
    let (mut names, mut priorities) = (BTreeSet::new(), BTreeSet::new());
    let mut out = Vec::new();
    for (outbound, at, name, priority) in picks {
        let direction = if *outbound { Direction::Outbound } else { Direction::Inbound };
        if names.insert(name) && priorities.insert((direction, priority)) {
            let mut rule = pool[at % pool.len()].clone();
            (rule.name, rule.priority, rule.direction) = (format!("rule-{name}"), *priority, direction);
            out.push(rule);
        }
    }
    out.sort_by_key(|rule| (rule.direction, rule.priority));
    out
}

fn apply(group: &mut Group, step: &DeployStep) -> Result<(), String> {
    let mut api = Api::default();
    api.groups.insert("g".to_owned(), group.clone());
    match &step.deed {
        Deed::Create(rule) | Deed::Update(rule) => {
            let known = group.rules.contains_key(&rule.name.to_lowercase());
            assert_eq!(known, matches!(step.deed, Deed::Update(_)), "{}", rule.name);
            api.put_rule("g", rule)?;
        }
        Deed::Delete(name) => api.delete_rule("g", name)?,
    }
    *group = api.groups["g"].clone();
    Ok(())
}

/// Walks from one group to another and holds every state against both.
fn walk(now: &[SecurityRule], wanted: &[SecurityRule], meaning: &Meaning) -> Result<Steps, TestCaseError> {
    let fail = |why: String| TestCaseError::fail(why);
    let steps = Steps::between(now, wanted, &[]).map_err(|why| fail(why.to_string()))?;
    let flows = flows();
    let directions = [Direction::Inbound, Direction::Outbound];
    let told = |rules: &[SecurityRule]| directions.map(|way| meaning.decisions(rules, way, &flows));
    let (before, after) = (told(now), told(wanted));
    let mut state = Group::of(now).map_err(fail)?;
    for (at, step) in steps.all().enumerate() {
        apply(&mut state, step).map_err(|why| fail(format!("step {at} is refused: {why}\n{steps:#?}")))?;
        let by_now = told(&state.sorted());
        for way in 0..2 {
            for (number, flow) in flows.iter().enumerate() {
                let (was, is, will) = (before[way][number], by_now[way][number], after[way][number]);
                prop_assert!(is == was || is == will, "step {at} harms {flow:?}: {was:?} {is:?}\n{steps:#?}");
                if at < steps.allows.len() {
                    prop_assert!(
                        is == Decision::Allowed || was == Decision::Denied,
                        "step {at} cuts {flow:?} while it should only open\n{steps:#?}"
                    );
                }
            }
        }
        if at + 1 == steps.allows.len() {
            prop_assert_eq!(&state.sorted(), &steps.between);
        }
    }
    prop_assert_eq!(state.canonical(), Group::of(wanted).map_err(fail)?.canonical());
    Ok(steps)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_step_cuts_or_opens_and_each_is_taken(
        pool in vec(rule(), 8),
        (now, wanted) in (picks(), picks()),
        (tags, asgs) in (any::<[u8; 4]>(), any::<[u8; 2]>()),
    ) {
        let meaning = Meaning { tags, asgs };
        let (now, wanted) = (group(&pool, &now), group(&pool, &wanted));
        let there = walk(&now, &wanted, &meaning)?;
        walk(&wanted, &now, &meaning)?;
        // Each stage can be taken back by itself.
        walk(&there.between, &now, &meaning)?;
        walk(&wanted, &there.between, &meaning)?;
        prop_assert_eq!(Steps::between(&now, &now, &[]).unwrap().all().count(), 0);
    }
}

const NAME: &str = "nsg-web";
const ID: &str =
    "/subscriptions/s/resourceGroups/rg-net/providers/Microsoft.Network/networkSecurityGroups/nsg-web";

/// A draft of one group: a change of these rules, or a new group.
fn draft(now: Option<&[SecurityRule]>, wanted: &[SecurityRule]) -> Draft {
    let drafted = |rule: &SecurityRule| DraftedRule::bare(rule.clone(), false);
    let nsg = |rules: &[SecurityRule]| Nsg {
        id: ResourceId(ID.to_owned()),
        name: NAME.to_owned(),
        rules: rules.to_vec(),
        ..Nsg::default()
    };
    let gone = now.unwrap_or_default().iter().filter(|rule| wanted.iter().all(|w| w.name != rule.name));
    let removed = gone.map(|rule| Removed { rule: rule.clone(), why: String::new() }).collect();
    let group = DraftedNsg {
        nsg: nsg(wanted),
        subnet: "snet-web".to_owned(),
        subnet_id: None,
        prefixes: vec![Prefix::parse("10.0.0.0/24").unwrap()],
        at: Vec::new(),
        applied: Vec::new(),
        rules: wanted.iter().map(drafted).collect(),
        before: now.map(nsg),
        split_from: None,
        removed,
    };
    Draft { groups: vec![group], ..Draft::default() }
}

type Run = fn(&str, &mut Api, Watch<'_>) -> Result<(), String>;
const SCRIPTS: [(Format, Run); 2] = [(Format::Az, run_az), (Format::PowerShell, run_powershell)];

fn part(stage: Option<Stage>, rollback: bool) -> Part {
    Part { stage, rollback }
}

/// Azure with a group in force, with tags.
fn azure(rules: &[SecurityRule]) -> Api {
    let mut group = Group::of(rules).unwrap();
    group.tags.insert("owner".to_owned(), "net".to_owned());
    Api { groups: [(NAME.to_owned(), group)].into(), ..Api::default() }
}

const SHARED: &str = "nsg-shared";
const SUBNETS: [&str; 2] = ["vnet-a/snet-web", "vnet-a/snet-app"];

/// A draft that takes a shared group's place at one subnet.
fn split(now: &[SecurityRule], wanted: &[SecurityRule]) -> Draft {
    let mut out = draft(Some(now), wanted);
    for group in &mut out.groups {
        let mut shared = group.before.take().unwrap();
        shared.name = SHARED.to_owned();
        shared.id = ResourceId(ID.replace(NAME, SHARED));
        shared.location = Some("westeurope".to_owned());
        group.nsg.id = ResourceId::default();
        group.split_from = Some(shared);
        group.subnet_id = Some(ResourceId(
            "/subscriptions/s/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/vnet-a/subnets/snet-web"
                .to_owned(),
        ));
    }
    out
}

/// Azure with a group that two subnets have.
fn shared(rules: &[SecurityRule]) -> Api {
    let mut group = Group::of(rules).unwrap();
    group.tags.insert("owner".to_owned(), "net".to_owned());
    let subnets = SUBNETS.map(|subnet| (subnet.to_owned(), SHARED.to_owned()));
    Api { groups: [(SHARED.to_owned(), group)].into(), subnets: subnets.into() }
}

/// Runs a script and holds every state against the group before and the group wanted.
fn run(
    (format, run): (Format, Run),
    draft: &Draft,
    part: Part,
    api: &mut Api,
    (meaning, before, after): (&Meaning, &[SecurityRule], &[SecurityRule]),
) -> Result<(), TestCaseError> {
    let script = write_part(draft, format, part);
    let flows = flows();
    let ways = [Direction::Inbound, Direction::Outbound];
    let told = |rules: &[SecurityRule]| ways.map(|way| meaning.decisions(rules, way, &flows));
    let (was, will) = (told(before), told(after));
    let mut watch = |api: &Api| {
        let is = told(&api.group(NAME)?.sorted());
        let harm = |way: usize, at: usize| is[way][at] != was[way][at] && is[way][at] != will[way][at];
        let found = (0..2).find_map(|way| (0..flows.len()).find(|at| harm(way, *at)));
        found.map_or(Ok(()), |at| Err(format!("{:?} is harmed", flows[at])))
    };
    run(&script, api, &mut watch).map_err(|why| TestCaseError::fail(format!("{why}\n{script}")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn scripts_lead_to_the_draft_and_back_and_harm_nothing(
        pool in vec(rule(), 8),
        (now, wanted) in (picks(), picks()),
        (tags, asgs) in (any::<[u8; 4]>(), any::<[u8; 2]>()),
    ) {
        let (now, wanted) = (group(&pool, &now), group(&pool, &wanted));
        let (draft, held) = (draft(Some(&now), &wanted), (&Meaning { tags, asgs }, &now[..], &wanted[..]));
        let begin = azure(&now);
        let end = azure(&wanted);
        let canonical = |api: &Api| api.group(NAME).unwrap().canonical();
        for script in SCRIPTS {
            // The whole way, and back.
            let mut api = begin.clone();
            run(script, &draft, part(None, false), &mut api, held)?;
            prop_assert_eq!(canonical(&api), canonical(&end));
            run(script, &draft, part(None, true), &mut api, held)?;
            prop_assert_eq!(canonical(&api), canonical(&begin));
            // By stages, each taken back by itself.
            run(script, &draft, part(Some(Stage::Allows), false), &mut api, held)?;
            let between = canonical(&api);
            run(script, &draft, part(Some(Stage::Allows), true), &mut api, held)?;
            prop_assert_eq!(canonical(&api), canonical(&begin));
            run(script, &draft, part(Some(Stage::Allows), false), &mut api, held)?;
            run(script, &draft, part(Some(Stage::Deny), false), &mut api, held)?;
            prop_assert_eq!(canonical(&api), canonical(&end));
            run(script, &draft, part(Some(Stage::Deny), true), &mut api, held)?;
            prop_assert_eq!(canonical(&api), between);
        }
    }

    #[test]
    fn a_group_takes_a_shared_one_s_place_at_one_subnet_and_gives_it_back(
        pool in vec(rule(), 8),
        (now, wanted) in (picks(), picks()),
        (tags, asgs) in (any::<[u8; 4]>(), any::<[u8; 2]>()),
    ) {
        let (now, wanted) = (group(&pool, &now), group(&pool, &wanted));
        let (draft, meaning, begin) = (split(&now, &wanted), Meaning { tags, asgs }, shared(&now));
        let flows = flows();
        let told = |rules: &[SecurityRule]| {
            [Direction::Inbound, Direction::Outbound].map(|way| meaning.decisions(rules, way, &flows))
        };
        let (was, will) = (told(&now), told(&wanted));
        let here = |api: &Api| api.group(&api.subnets[SUBNETS[0]]).unwrap().sorted();
        // At its subnet all is as it was or as it will be, elsewhere nothing changes.
        let watch = |api: &Api| {
            if api.groups[SHARED] != begin.groups[SHARED] || api.subnets[SUBNETS[1]] != SHARED {
                return Err("the shared group is touched".to_owned());
            }
            let is = told(&here(api));
            let harm = |way: usize, at: usize| is[way][at] != was[way][at] && is[way][at] != will[way][at];
            let found = (0..2).find_map(|way| (0..flows.len()).find(|at| harm(way, *at)));
            found.map_or(Ok(()), |at| Err(format!("{:?} is harmed", flows[at])))
        };
        for (format, run) in SCRIPTS {
            let go = |api: &mut Api, stage, rollback| {
                let mut script = write_part(&draft, format, part(stage, rollback));
                let apply = to_apply(&script);
                let attaches = !rollback && stage != Some(Stage::Deny);
                prop_assert_eq!(apply.is_some(), attaches, "{}", script);
                script.extend(apply);
                run(&script, api, &mut |api| watch(api)).map_err(|why| TestCaseError::fail(format!("{why}\n{script}")))
            };
            let mut api = begin.clone();
            go(&mut api, None, false)?;
            prop_assert_eq!(&api.subnets[SUBNETS[0]], NAME);
            prop_assert_eq!(Group::of(&here(&api)).unwrap().canonical(), Group::of(&wanted).unwrap().canonical());
            go(&mut api, None, true)?;
            prop_assert_eq!(&api, &begin);
            // By stages: the first only opens.
            go(&mut api, Some(Stage::Allows), false)?;
            let is = told(&here(&api));
            let cut = (0..2).any(|way| (0..flows.len()).any(|at| was[way][at] == Decision::Allowed && is[way][at] != was[way][at]));
            prop_assert!(!cut);
            let between = api.clone();
            go(&mut api, Some(Stage::Deny), false)?;
            prop_assert_eq!(Group::of(&here(&api)).unwrap().canonical(), Group::of(&wanted).unwrap().canonical());
            go(&mut api, Some(Stage::Deny), true)?;
            prop_assert_eq!(&api, &between);
            go(&mut api, Some(Stage::Allows), true)?;
            prop_assert_eq!(&api, &begin);
        }
    }

    #[test]
    fn a_new_group_is_made_and_taken_back(pool in vec(rule(), 8), wanted in picks()) {
        let wanted = group(&pool, &wanted);
        let draft = draft(None, &wanted);
        let end = Group::of(&wanted).unwrap().canonical();
        let mut quiet = |_: &Api| Ok(());
        for (format, run) in SCRIPTS {
            let script = |stage, rollback| write_part(&draft, format, part(stage, rollback));
            let mut go = |api: &mut Api, stage, rollback| {
                let script = script(stage, rollback);
                run(&script, api, &mut quiet).map_err(|why| TestCaseError::fail(format!("{why}\n{script}")))
            };
            let mut api = Api::default();
            go(&mut api, None, false)?;
            prop_assert_eq!(api.group(NAME).unwrap().canonical(), end.clone());
            go(&mut api, None, true)?;
            prop_assert_eq!(&api, &Api::default());
            for (stage, rollback) in [(Stage::Allows, false), (Stage::Deny, false), (Stage::Deny, true), (Stage::Allows, true)] {
                go(&mut api, Some(stage), rollback)?;
                if (stage, rollback) == (Stage::Deny, false) {
                    prop_assert_eq!(api.group(NAME).unwrap().canonical(), end.clone());
                }
            }
            prop_assert_eq!(&api, &Api::default());
            // A group of this name that is on no file is never taken.
            let mut taken = azure(&wanted);
            prop_assert!(go(&mut taken, None, false).is_err());
            prop_assert_eq!(taken, azure(&wanted));
        }
    }
}

/// A rule of a name and priority: `+` or `-`, a source, TCP ports.
fn made(text: &str) -> SecurityRule {
    let mut words = text.split(' ');
    let mut word = || words.next().unwrap();
    let (name, priority, access, source, port) = (word(), word(), word(), word(), word());
    let source = match source {
        "*" => Endpoint::Any,
        tag if tag.starts_with(char::is_alphabetic) => Endpoint::Tag(tag.to_owned()),
        prefix => Endpoint::Prefix(Prefix::parse(prefix).unwrap()),
    };
    SecurityRule {
        name: name.to_owned(),
        description: String::new(),
        priority: priority.parse().unwrap(),
        direction: Direction::Inbound,
        access: if access == "+" { Decision::Allowed } else { Decision::Denied },
        protocol: if port == "*" { None } else { Some(Protocol::TCP) },
        sources: vec![source],
        source_ports: vec![PortRange::ALL],
        destinations: vec![Endpoint::Any],
        destination_ports: vec![if port == "*" {
            PortRange::ALL
        } else {
            PortRange::one(port.parse().unwrap())
        }],
        doubt: None,
    }
}

fn rules(list: &[&str]) -> Vec<SecurityRule> {
    list.iter().map(|text| made(text)).collect()
}

/// Steps as text: `create name 100`, `update name 110`, `delete name`; those of the second stage after a bar.
fn told(now: &[&str], wanted: &[&str]) -> Vec<String> {
    let (now, wanted) = (rules(now), rules(wanted));
    let meaning = Meaning { tags: [0b1111, 0b1_0000, 0, 0], asgs: [0, 0] };
    let steps = walk(&now, &wanted, &meaning).unwrap();
    let line = |step: &DeployStep| {
        let (verb, name, priority) = match &step.deed {
            Deed::Create(rule) => ("create", &rule.name, format!(" {}", rule.priority)),
            Deed::Update(rule) => ("update", &rule.name, format!(" {}", rule.priority)),
            Deed::Delete(name) => ("delete", name, String::new()),
        };
        let why = match &step.purpose {
            Purpose::Draft => "",
            Purpose::MakeWay => " for now",
            Purpose::StandIn(_) => " stand-in",
        };
        format!("{verb} {name}{priority}{why}")
    };
    let mut out: Vec<String> = steps.allows.iter().map(line).collect();
    out.push("|".to_owned());
    out.extend(steps.rest.iter().map(line));
    out
}

#[test]
fn allows_come_first_then_denials_then_removals() {
    let now = ["web 200 + Internet 443", "old 300 + VirtualNetwork 22", "guests 150 - 10.0.2.0/24 *"];
    let wanted = [
        "guests 150 - 10.0.2.0/24 *",
        "app 170 + 10.0.0.0/24 443",
        "web 200 + Internet 443",
        "probes 3990 + AzureLoadBalancer *",
        "rest 4000 - VirtualNetwork *",
    ];
    assert_eq!(
        told(&now, &wanted),
        ["create app 170", "create probes 3990", "|", "create rest 4000", "delete old"]
    );
}

#[test]
fn two_rules_that_swap_go_over_a_free_number() {
    assert_eq!(
        told(
            &["a 100 + 10.0.0.0/24 443", "b 110 - 10.0.0.0/16 443"],
            &["b 100 - 10.0.0.0/16 443", "a 110 + 10.0.0.0/24 443"]
        ),
        ["|", "update a 101 for now", "update b 100", "update a 110"]
    );
}

#[test]
fn a_rule_that_changes_what_another_needs_leaves_a_stand_in() {
    // Of the two ports each gives up what the other takes: in any order of two updates one port is cut for a while.
    assert_eq!(
        told(&["a 100 + * 80", "b 110 + * 443"], &["a 100 + * 443", "b 110 + * 80"]),
        [
            "|",
            "create a_until_changed 101 stand-in",
            "update a 100",
            "update b 110",
            "delete a_until_changed stand-in"
        ]
    );
}

#[test]
fn a_rule_that_widens_is_written_once() {
    assert_eq!(
        told(&["a 100 + 10.0.0.0/24 80", "d 4000 - * *"], &["a 100 + 10.0.0.0/16 80", "d 4000 - * *"]),
        ["update a 100", "|"]
    );
    // What shrinks cuts, and waits for the second stage.
    assert_eq!(told(&["a 100 + 10.0.0.0/16 80"], &["a 100 + 10.0.0.0/24 80"]), ["|", "update a 100"]);
}

#[test]
fn an_allow_behind_a_denial_waits_for_it() {
    // Without the denial the allow would let in what is denied today and in the end.
    let wanted = ["bad 100 - 10.0.1.0/24 22", "ssh 110 + VirtualNetwork 22", "rest 4000 - VirtualNetwork *"];
    assert_eq!(told(&["rest 4000 - VirtualNetwork *"], &wanted), ["|", "create bad 100", "create ssh 110"]);
}

#[test]
fn where_there_is_no_room_no_order_is_told() {
    // All priorities are taken but one, and the limit of rules does not leave one either.
    let full = |port: u16| -> Vec<SecurityRule> {
        let one = |n: u16| made(&format!("rule-{n} {} + 10.0.{}.{}/32 {port}", 100 + n, n / 250, n % 250));
        (0..1000).map(one).collect()
    };
    let mut wanted = full(443);
    wanted.reverse();
    for (at, rule) in wanted.iter_mut().enumerate() {
        rule.priority = 100 + at as u16;
        rule.access = if at % 2 == 0 { Decision::Denied } else { Decision::Allowed };
        rule.sources = vec![Endpoint::Tag("Storage".to_owned())];
    }
    assert!(matches!(Steps::between(&full(80), &wanted, &[]), Err(Blocked::NoRoom(_))));
}

#[test]
fn a_rule_that_names_nobody_is_not_written() {
    let mut nobody = rules(&["a 100 + * 80"]);
    nobody[0].sources.clear();
    assert_eq!(Steps::between(&[], &nobody, &[]), Err(Blocked::Empty("a".to_owned())));
    let mut doubtful = rules(&["a 100 + * 80"]);
    doubtful[0].doubt = Some("its ports are not understood".to_owned());
    let wanted = rules(&["b 110 + * 80"]);
    assert_eq!(Steps::between(&doubtful, &wanted, &[]), Err(Blocked::NotUnderstood("a".to_owned())));
}

#[test]
fn a_group_in_force_is_never_made_anew() {
    let now = rules(&["web 200 + Internet 443", "old 300 + VirtualNetwork 22"]);
    let wanted = rules(&["web 200 + Internet 443", "rest 4000 - VirtualNetwork *"]);
    let draft = draft(Some(&now), &wanted);
    for rollback in [false, true] {
        for stage in [None, Some(Stage::Allows), Some(Stage::Deny)] {
            let text = write_part(&draft, Format::Az, part(stage, rollback));
            assert!(!text.contains("az network nsg create") && !text.contains("subnet update"), "{text}");
            // Where it is, its id says.
            assert!(!text.contains("RESOURCE_GROUP"), "{text}");
            let text = write_part(&draft, Format::PowerShell, part(stage, rollback));
            assert!(!text.contains("New-AzNetworkSecurityGroup") && !text.contains("param("), "{text}");
        }
    }
    let text = write_part(&draft, Format::Az, Part::default());
    for line in [
        "# Keep web: in force already",
        "# Add rest: part of the draft",
        "# Remove old: the draft has no need of it",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn whole_groups_say_that_they_are() {
    let now = rules(&["web 200 + Internet 443", "old 300 + VirtualNetwork 22"]);
    let wanted = rules(&["web 200 + Internet 443", "rest 4000 - VirtualNetwork *"]);
    let draft = draft(Some(&now), &wanted);
    for format in [Format::Bicep, Format::Arm, Format::Terraform] {
        let (there, back) =
            (write_part(&draft, format, part(None, false)), write_part(&draft, format, part(None, true)));
        for text in [&there, &back] {
            assert!(text.contains("This is all of") && text.contains("tags"), "{text}");
        }
        assert!(
            there.contains("rest") && there.contains("old: the draft has no need of it")
                || format == Format::Arm,
            "{there}"
        );
        assert!(back.contains("old") && !back.contains("rest"), "{back}");
    }
    let inline = write_part(&draft, Format::Terraform, Part::default());
    assert!(inline.contains("ignore_changes = [tags]"));
    assert!(
        inline.contains(&format!("terraform import azurerm_network_security_group.nsg_web '{ID}'")),
        "{inline}"
    );
    let apart = write_part(&draft, Format::TerraformRules, Part::default());
    assert!(
        apart.contains(&format!("'{ID}/securityRules/web'")) && !apart.contains("/securityRules/rest"),
        "{apart}"
    );
    assert!(!apart.contains("resource \"azurerm_network_security_group\""), "{apart}");
}

#[test]
fn what_can_not_be_ordered_is_not_written() {
    let mut nobody = rules(&["a 100 + * 80"]);
    nobody[0].sources.clear();
    let draft = draft(Some(&[]), &nobody);
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Csv) {
        let text = write_part(&draft, format, Part::default());
        assert!(text.contains("Not written: rule a names no source"), "{format:?}\n{text}");
        assert!(
            !text.contains("rule create") && !text.contains("@rule") && !text.contains("priority"),
            "{format:?}\n{text}"
        );
    }
}

#[test]
fn a_table_tells_what_becomes_of_each_rule() {
    let now =
        rules(&["web 200 + Internet 443", "old 300 + VirtualNetwork 22", "moved 400 + VirtualNetwork 80"]);
    let wanted =
        rules(&["web 200 + Internet 443", "moved 4001 + VirtualNetwork 80", "rest 4000 - VirtualNetwork *"]);
    let text = write_part(&draft(Some(&now), &wanted), Format::Csv, Part::default());
    let ends: Vec<&str> = text.lines().map(|line| line.split(",description").last().unwrap()).collect();
    assert_eq!(ends[0], ",action,why,before,kept,would_break,still_blocked,newly_opened,undecidable");
    // Nothing was simulated: the last five cells are empty.
    let has = |end: &str| assert!(text.lines().any(|line| line.ends_with(&format!("{end},,,,,"))), "{text}");
    has(",keep,in force already,");
    has(",remove,the draft has no need of it,");
    has(",add,part of the draft,");
    has(",change,part of the draft,priority 400");
}

#[test]
fn a_split_says_whose_place_the_group_takes_in_every_format() {
    let now = rules(&["web 200 + Internet 443", "old 300 + VirtualNetwork 22"]);
    let wanted = rules(&["web 200 + Internet 443", "rest 4000 - VirtualNetwork *"]);
    let draft = split(&now, &wanted);
    let shared = ID.replace(NAME, SHARED);
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Csv) {
        let there = write_part(&draft, format, Part::default());
        let head = "nsg-web is new, with the rules of nsg-shared: it takes that one's place at this subnet, and that one is left \
                    as it is";
        assert!(
            there.contains(head) && there.contains("in place of") || there.contains("instead of"),
            "{format:?}\n{there}"
        );
        // The shared group is never written.
        for verb in ["--nsg-name 'nsg-shared'", "--name 'nsg-shared'", "import", "This is all of"] {
            assert!(!there.contains(verb), "{format:?}\n{there}");
        }
        let back = write_part(&draft, format, part(None, true));
        assert!(back.contains(&shared) || format == Format::PowerShell, "{format:?}\n{back}");
    }
    let az = write_part(&draft, Format::Az, Part::default());
    for line in [
        "--location 'westeurope'",
        "# Keep web: in force already",
        "# To apply it, in place of nsg-shared: az network vnet subnet update --ids",
    ] {
        assert!(az.contains(line), "{line}\n{az}");
    }
    assert!(!az.contains("RESOURCE_GROUP"), "{az}");
}
