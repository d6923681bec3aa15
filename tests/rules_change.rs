//! A draft is a change to what is in force: nothing in force goes silently, no denial denies less, and drafting with the
//! draft in force changes nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{
    Address, Decision, Direction, Endpoint, Nsg, PortRange, Prefix, Protocol, ResourceId, SecurityRule,
};
use azflow_engine::rules::{
    Action, Applied, Draft, DraftOptions, Flow, Observed, Places, RuleSet, Ruling, Traffic, Want, World,
    decide, draft,
};
use azflow_engine::topology::Cut;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::load;
use support::rules::{nsg_record, records, tuple};

/// The subnets of the small world: three in one network, and one of a peered one.
const SUBNETS: [(&str, &str); 4] =
    [("web", "10.1.0.0/29"), ("app", "10.1.0.8/29"), ("db", "10.1.0.16/29"), ("far", "10.2.0.0/29")];
const BASE: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";

fn subnet_id(name: &str) -> String {
    let network = if name == "far" { "vnet-b" } else { "vnet-a" };
    format!("{BASE}/virtualNetworks/{network}/subnets/{name}")
}

fn networks() -> Value {
    let network = |name: &str, space: &str, other: &str, theirs: &str| {
        let own = SUBNETS.iter().filter(|(subnet, _)| subnet_id(subnet).contains(&format!("/{name}/")));
        json!({
            "id": format!("{BASE}/virtualNetworks/{name}"), "name": name,
            "addressSpace": { "addressPrefixes": [space] },
            "subnets": own.map(|(subnet, prefix)| json!({ "id": subnet_id(subnet), "name": subnet, "addressPrefix": prefix })).collect::<Vec<_>>(),
            "virtualNetworkPeerings": [{
                "name": "peer", "peeringState": "Connected", "allowVirtualNetworkAccess": true,
                "remoteVirtualNetwork": { "id": format!("{BASE}/virtualNetworks/{other}") },
                "remoteAddressSpace": { "addressPrefixes": [theirs] },
            }],
        })
    };
    json!([
        network("vnet-a", "10.1.0.0/16", "vnet-b", "10.2.0.0/16"),
        network("vnet-b", "10.2.0.0/16", "vnet-a", "10.1.0.0/16"),
    ])
}

/// NICs on file, by subnet and address.
const NICS: [(&str, &str, &str); 3] =
    [("nic-web", "web", "10.1.0.1"), ("nic-app", "app", "10.1.0.9"), ("nic-db", "db", "10.1.0.17")];

fn nic_id(name: &str) -> String {
    format!("{BASE}/networkInterfaces/{name}")
}

fn nics() -> Value {
    let nic = |(name, subnet, address): (&str, &str, &str)| {
        json!({
            "id": nic_id(name), "name": name,
            "ipConfigurations": [{ "privateIPAddress": address, "subnet": { "id": subnet_id(subnet) } }],
        })
    };
    NICS.map(nic).to_vec().into()
}

fn prefix(text: &str) -> Prefix {
    Prefix::parse(text).unwrap()
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    let tag = |name: &str| Endpoint::Tag(name.to_owned());
    let blocks = [
        "10.1.0.0/29",
        "10.1.0.8/29",
        "10.1.0.16/29",
        "10.2.0.0/29",
        "10.1.0.0/16",
        "10.1.0.9/32",
        "10.1.0.2/31",
    ];
    prop_oneof![
        5 => proptest::sample::select(blocks.to_vec()).prop_map(|text| Endpoint::Prefix(prefix(text))),
        2 => Just(Endpoint::Any),
        2 => Just(tag("VirtualNetwork")),
        1 => Just(tag("Internet")),
        1 => Just(tag("AzureLoadBalancer")),
        1 => Just(tag("Storage")),
        1 => Just(Endpoint::Asg(ResourceId(format!("{BASE}/applicationSecurityGroups/asg-1")))),
    ]
}

fn rule() -> impl Strategy<Value = SecurityRule> {
    let ports = prop_oneof![
        2 => Just(vec![PortRange::ALL]),
        3 => (440u16..446, 0u16..2).prop_map(|(first, more)| vec![PortRange { first, last: first + more }]),
    ];
    let priority = prop_oneof![6 => 100u16..140, 1 => 3990u16..4010, 1 => Just(4096u16)];
    let protocol = prop_oneof![Just(None), Just(Some(Protocol::TCP))];
    (priority, any::<bool>(), any::<bool>(), protocol, endpoint(), endpoint(), ports).prop_map(
        |(priority, inbound, allow, protocol, source, destination, destination_ports)| SecurityRule {
            name: format!("{}-{priority}", if inbound { "in" } else { "out" }),
            description: "somebody's".to_owned(),
            priority,
            direction: if inbound { Direction::Inbound } else { Direction::Outbound },
            access: if allow { Decision::Allowed } else { Decision::Denied },
            protocol,
            sources: vec![source],
            source_ports: vec![PortRange::ALL],
            destinations: vec![destination],
            destination_ports,
            doubt: None,
        },
    )
}

/// A group of these rules at these subnets and NICs.
fn applied(name: &str, rules: Vec<SecurityRule>, subnets: &[&str], nics: &[&str]) -> Applied {
    let id = ResourceId(format!("{BASE}/networkSecurityGroups/{name}"));
    let prefixes =
        SUBNETS.iter().filter(|(subnet, _)| subnets.contains(subnet)).map(|(_, text)| prefix(text));
    let own = NICS.iter().filter(|(nic, ..)| nics.contains(nic)).map(|(.., address)| address);
    let places = subnets.iter().map(|name| subnet_id(name)).chain(nics.iter().map(|name| nic_id(name)));
    Applied {
        nsg: Nsg { id, name: name.to_owned(), rules, whole: true, ..Nsg::default() },
        places: places.map(ResourceId).collect(),
        prefixes: prefixes.collect(),
        nics: own.map(|text| Address::parse(text).unwrap()).collect(),
    }
}

/// Groups in force: at subnets, at NICs, at both.
fn groups() -> impl Strategy<Value = Vec<Applied>> {
    let subnets = proptest::sample::subsequence(SUBNETS.map(|(name, _)| name).to_vec(), 0..4);
    let nics = proptest::sample::subsequence(NICS.map(|(name, ..)| name).to_vec(), 0..3);
    let one = (vec(rule(), 0..6), subnets, nics, any::<bool>());
    vec(one, 0..4).prop_map(|list| {
        let mut taken = BTreeSet::new();
        let mut out = Vec::new();
        for (number, (mut rules, mut subnets, mut nics, has_nics)) in list.into_iter().enumerate() {
            subnets.retain(|name| taken.insert(*name));
            nics.retain(|name| has_nics && taken.insert(*name));
            if subnets.is_empty() && nics.is_empty() {
                continue;
            }
            let mut seen = BTreeSet::new();
            rules.retain(|rule| seen.insert((rule.direction, rule.priority)));
            out.push(applied(&format!("nsg-{number}"), rules, &subnets, &nics));
        }
        out
    })
}

/// Source, destination, port, whether allowed, whether logged inbound: hosts of the four subnets.
type Seen = (u8, u8, u16, bool, bool);

fn host(number: u8) -> String {
    if number < 24 { format!("10.1.0.{number}") } else { format!("10.2.0.{}", number - 24) }
}

/// Few ports, so that rules meet; and some of servers that hand out others.
fn port() -> impl Strategy<Value = u16> {
    let handed_out = vec![21u16, 135, 1433, 11_003, 11_417, 40_112, 40_990, 49_700, 50_000];
    prop_oneof![8 => 440u16..446, 2 => proptest::sample::select(handed_out)]
}

fn seen() -> impl Strategy<Value = Vec<Seen>> {
    vec((0u8..32, 0u8..32, port(), prop::bool::weighted(0.8), any::<bool>()), 1..30)
}

fn logs(list: &[Seen]) -> Vec<u8> {
    let tuples: Vec<String> = list
        .iter()
        .map(|(src, dst, port, allowed, inbound)| {
            let (way, decision) = (if *inbound { 'I' } else { 'O' }, if *allowed { 'A' } else { 'D' });
            tuple(0, &host(*src), &host(*dst), *port, way, decision)
        })
        .collect();
    records(&[nsg_record(0, "000D3A445566", "/nsg", "DefaultRule_AllowVnetInBound", &tuples)])
}

/// What a draft is made of.
struct Estate {
    traffic: std::rc::Rc<Traffic>,
    world: World,
    named: BTreeMap<String, (ResourceId, Vec<Prefix>)>,
    subnets: azflow_engine::topology::Assignment,
}

impl Estate {
    fn of(list: &[Seen]) -> Self {
        Self::of_log(&logs(list))
    }

    fn of_log(bytes: &[u8]) -> Self {
        let networks = networks().to_string().into_bytes();
        let nics = nics().to_string().into_bytes();
        let mut engine = load(&[("PT1H.json", bytes), ("vnets.json", &networks), ("nics.json", &nics)]);
        let (traffic, named, world) = (engine.traffic(), engine.named_subnets(), engine.world());
        let subnets = engine.assignment(Cut::default()).unwrap().clone();
        Self { traffic, world, named, subnets }
    }

    fn draft(&self, existing: &RuleSet, options: &DraftOptions, wanted: &[u8]) -> Draft {
        let services = BTreeMap::new();
        let places = Places {
            subnets: &self.subnets,
            named: &self.named,
            world: &self.world,
            existing,
            blind: &[],
            services: &services,
        };
        let want = |index: usize, _: &Observed| match wanted.get(index) {
            Some(0) => Want::Needed,
            Some(1) => Want::NotNeeded,
            _ => Want::Unmarked,
        };
        draft(&self.traffic, &places, options, &want).unwrap()
    }

    fn with(&self, draft: &Draft, below: &RuleSet) -> RuleSet {
        draft.over(below, &self.world)
    }
}

fn options() -> impl Strategy<Value = DraftOptions> {
    any::<[bool; 4]>().prop_map(|[outbound, keep_icmp, drop_unused, split_shared]| DraftOptions {
        outbound,
        keep_icmp,
        drop_unused,
        split_shared,
        ..DraftOptions::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn drafting_with_the_draft_in_force_changes_nothing(
        list in seen(), groups in groups(), options in options(), wanted in vec(0u8..4, 40),
    ) {
        let estate = Estate::of(&list);
        let below = RuleSet { groups, ..RuleSet::default() };
        let first = estate.draft(&below, &options, &wanted);
        let then = estate.with(&first, &below);
        let second = estate.draft(&then, &options, &wanted);
        for group in &second.groups {
            prop_assert!(group.split_from.is_none(), "{} is split again", group.nsg.name);
            let changes: Vec<_> = group.changes().into_iter().filter(|change| change.action != Action::Keep)
                .map(|change| (change.action, change.rule.clone(), change.why.to_owned())).collect();
            prop_assert!(changes.is_empty(), "{}: {changes:#?}\nin force: {:#?}", group.nsg.name, group.before);
        }
    }

    #[test]
    fn nothing_in_force_goes_silently_and_no_denial_denies_less(
        list in seen(), groups in groups(), options in options(), wanted in vec(0u8..4, 40),
    ) {
        let estate = Estate::of(&list);
        let below = RuleSet { groups, ..RuleSet::default() };
        let draft = estate.draft(&below, &options, &wanted);
        let names: Vec<_> = draft.groups.iter().map(|group| group.nsg.name.to_lowercase()).collect();
        prop_assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a name twice");
        for group in &draft.groups {
            if group.before.is_none() {
                prop_assert!(!below.groups.iter().any(|known| known.nsg.name.eq_ignore_ascii_case(&group.nsg.name)));
            }
            if let Some(shared) = &group.split_from {
                // The shared group is what it was, at all places but those of the draft's own groups.
                prop_assert!(options.split_shared && group.at.len() == 1 && group.applied.len() == 1);
                let taken: BTreeSet<_> = draft.groups.iter().flat_map(|group| &group.applied).collect();
                let of = |set: &RuleSet| set.groups.iter().find(|known| known.nsg.id == shared.id).cloned();
                let (was, is) = (of(&below).unwrap(), of(&estate.with(&draft, &below)));
                let rest: Vec<_> = was.places.iter().filter(|place| !taken.contains(place)).cloned().collect();
                prop_assert_eq!(&was.nsg, shared);
                prop_assert_eq!(is.as_ref().map(|is| &is.places), (!rest.is_empty()).then_some(&rest));
                prop_assert!(is.is_none_or(|is| is.nsg == was.nsg));
            }
            let shared = below.groups.iter().filter(|known| known.places.len() > 1);
            let shared: Vec<_> = shared.map(|known| &known.nsg.name).collect();
            prop_assert!(!options.split_shared || !shared.contains(&&group.nsg.name), "{} is shared", group.nsg.name);
            let Some(before) = group.now() else { continue };
            // Each rule in force is in the list of changes once, with its reason.
            let changes = group.changes();
            for rule in &before.rules {
                let own: Vec<_> = changes.iter().filter(|change| change.action != Action::Add && change.rule.name == rule.name).collect();
                prop_assert_eq!(own.len(), 1, "{}", rule.name);
                prop_assert!(!own[0].why.is_empty(), "{} has no reason", rule.name);
                prop_assert!(rule.access == Decision::Allowed || own[0].action != Action::Remove, "{} is a denial", rule.name);
            }
            prop_assert!(changes.iter().all(|change| !change.why.is_empty()));
        }
        // No seed that can be told of is cut, by what is in force or by the new deny; what is marked as needed may be by a
        // group that is left as it is, and each of those is told.
        let then = estate.with(&draft, &below);
        let is_cut = |seen: &Observed| {
            decide(&then, &estate.world, estate.traffic.flow(seen)).0 == Ruling::Decided(Decision::Denied)
        };
        let told: u64 = draft.still_denied.iter().map(|one| one.needed).sum();
        let cut = estate.traffic.conversations.iter().enumerate().filter(|(index, seen)| wanted.get(*index) == Some(&0) && is_cut(seen));
        prop_assert_eq!(cut.count() as u64, told, "{:#?}", draft);
        for index in &draft.seeds {
            let seen = &estate.traffic.conversations[*index];
            let is_told = wanted.get(*index) == Some(&0) && told > 0;
            prop_assert!(is_told || !is_cut(seen), "{:?} is cut\n{:#?}", estate.traffic.flow(seen), draft);
        }
        // Probes of load balancers are in no log of what needs them, and pass then where they pass today.
        for dst in [1, 9, 17, 25] {
            for port in [0, 439, 440, 443, 445, 446] {
                let (src, dst) = (Address::from_v4(0xa83f_8110), Address::parse(&host(dst)).unwrap());
                let probe = Flow { src, dst, protocol: Protocol::TCP, port: Some(port) };
                let (before, after) = (decide(&below, &estate.world, probe).0, decide(&then, &estate.world, probe).0);
                let is_cut = before == Ruling::Decided(Decision::Allowed) && after != before;
                prop_assert!(!is_cut, "{probe:?} {before:?} {after:?}\nin force: {below:#?}\n{draft:#?}");
            }
        }
        // What a group's rules refuse for certain they refuse then, but for what was marked as needed.
        let marked: BTreeSet<_> = estate.traffic.conversations.iter().enumerate()
            .filter(|(index, _)| wanted.get(*index) == Some(&0))
            .map(|(_, seen)| (estate.traffic.src(seen), estate.traffic.dst(seen), seen.port)).collect();
        for (src, dst) in [(0, 8), (1, 9), (2, 16), (9, 17), (16, 1), (24, 9), (8, 25), (3, 4)] {
            for port in 439..447 {
                let address = |number| Address::parse(&host(number)).unwrap();
                let flow = Flow { src: address(src), dst: address(dst), protocol: Protocol::TCP, port: Some(port) };
                let (before, after) = (decide(&below, &estate.world, flow).0, decide(&then, &estate.world, flow).0);
                let opened = before == Ruling::Decided(Decision::Denied) && after != before;
                prop_assert!(!opened || marked.contains(&(flow.src, flow.dst, flow.port)), "{flow:?} {before:?} {after:?}\n{draft:#?}");
            }
        }
    }
}

/// A rule for what comes to a subnet, of TCP where it names a port.
fn inbound(name: &str, priority: u16, access: Decision, source: Endpoint, port: PortRange) -> SecurityRule {
    SecurityRule {
        name: name.to_owned(),
        description: String::new(),
        priority,
        direction: Direction::Inbound,
        access,
        protocol: if port == PortRange::ALL { None } else { Some(Protocol::TCP) },
        sources: vec![source],
        source_ports: vec![PortRange::ALL],
        destinations: vec![Endpoint::Any],
        destination_ports: vec![port],
        doubt: None,
    }
}

/// A group at the subnet `app`.
fn at_app(rules: Vec<SecurityRule>) -> RuleSet {
    RuleSet { groups: vec![applied("nsg-mgmt", rules, &["app"], &[])], ..RuleSet::default() }
}

/// What becomes of each rule of the draft's first group.
fn changes(draft: &Draft) -> Vec<(Action, u16, String)> {
    let changes = draft.groups[0].changes();
    changes.iter().map(|change| (change.action, change.rule.priority, change.rule.name.clone())).collect()
}

/// The second example of docs/EXAMPLE-RULES.md.
#[test]
fn the_worked_example_with_a_group_in_force() {
    let host = |text: &str| Endpoint::Prefix(prefix(text));
    let network = Endpoint::Tag("VirtualNetwork".to_owned());
    let below = at_app(vec![
        inbound("no-guests", 100, Decision::Denied, host("10.1.0.3/32"), PortRange::ALL),
        inbound("AllowAll", 200, Decision::Allowed, network, PortRange::ALL),
        inbound("backup", 300, Decision::Allowed, host("10.1.0.20/32"), PortRange::one(10_000)),
    ]);
    let estate = Estate::of(&[(1, 9, 445, true, true), (2, 10, 3389, true, true)]);
    let draft = estate.draft(&below, &DraftOptions::default(), &[]);
    let expected = [
        (Action::Keep, 100, "no-guests"),
        (Action::Add, 110, "Allow_web_to_app_TCP_445_3389"),
        (Action::Remove, 200, "AllowAll"),
        (Action::Keep, 300, "backup"),
        (Action::Add, 3990, "Allow_AzureLoadBalancer_to_app"),
        (Action::Add, 4000, "Deny_VirtualNetwork_to_app"),
    ];
    assert_eq!(changes(&draft), expected.map(|(action, priority, name)| (action, priority, name.to_owned())));
}

/// Where a wide rule goes, what it let pass would come to the next wide one: that one is no less used than the first.
#[test]
fn a_wide_rule_behind_one_that_goes_does_not_keep_all_open() {
    let estate = Estate::of(&[(1, 9, 445, true, true), (2, 10, 446, true, true)]);
    let network = || Endpoint::Tag("VirtualNetwork".to_owned());
    let below = at_app(vec![
        inbound("first", 200, Decision::Allowed, network(), PortRange::ALL),
        inbound("second", 300, Decision::Allowed, Endpoint::Any, PortRange::ALL),
        inbound(
            "narrow",
            400,
            Decision::Allowed,
            Endpoint::Prefix(prefix("10.1.0.0/29")),
            PortRange::one(445),
        ),
    ]);
    let goes = |wanted: &[u8], name: &str| {
        let all = changes(&estate.draft(&below, &DraftOptions::default(), wanted));
        all.iter().any(|(action, _, rule)| *action == Action::Remove && rule == name)
    };
    // All of it needed: both wide rules go. One part not needed, the other undecided: as well.
    for wanted in [&[0, 0], &[1, 0], &[0, 1]] {
        assert!(goes(wanted, "first") && goes(wanted, "second"), "{wanted:?}");
    }
    // What is behind them and narrow serves what is needed, and stays.
    assert!(!goes(&[0, 0], "narrow"));
}

/// The draft is made for the subnet; the NIC's own group decides, too, and stays as it is.
#[test]
fn what_a_group_at_a_nic_still_denies_is_told() {
    let denied = |port| (1, 9, port, false, true);
    let estate = Estate::of(&[(1, 10, 443, true, true), (1, 10, 444, true, true), denied(443), denied(444)]);
    let any = || Endpoint::Any;
    let only = |nics: &[&str]| {
        let rules = vec![inbound("no-443", 200, Decision::Denied, any(), PortRange::one(443))];
        RuleSet { groups: vec![applied("nsg-nic", rules, &[], nics)], ..RuleSet::default() }
    };
    let index = |port: u16, allowed: bool| {
        let all = &estate.traffic.conversations;
        all.iter().position(|seen| seen.port == Some(port) && seen.allowed == allowed).unwrap()
    };
    // Nothing is marked: the rule for the whole subnet lets in what was seen to be denied, and the NIC's group denies it.
    let told = |below: &RuleSet, wanted: &[u8]| {
        let draft = estate.draft(below, &DraftOptions::default(), wanted);
        let counts =
            draft.still_denied.iter().map(|one| (one.needed, one.seen, one.open)).collect::<Vec<_>>();
        (draft, counts)
    };
    let (draft, counts) = told(&only(&["nic-app"]), &[]);
    assert_eq!(counts, [(0, 1, 0)]);
    let sentence = "nsg-nic at NIC nic-app (inbound): of what the draft lets pass it still denies \
                    1 conversation that was seen, by no-443";
    assert_eq!(draft.notes[0], sentence);
    // Both are marked: the group denies one of them.
    let mut wanted = vec![3; 4];
    for port in [443, 444] {
        wanted[index(port, false)] = 0;
    }
    let (draft, counts) = told(&only(&["nic-app"]), &wanted);
    assert_eq!(counts, [(1, 0, 0)]);
    assert_eq!(draft.still_denied[0].at, ["NIC nic-app"]);
    assert!(draft.notes[0].contains("1 conversation marked as needed"), "{}", draft.notes[0]);
    // At another NIC the group decides nothing of it.
    assert_eq!(told(&only(&["nic-db"]), &wanted).1, []);
    // One of which no file has the rules may deny both.
    let mut unknown = only(&["nic-app"]);
    unknown.groups[0].nsg.rules.clear();
    unknown.groups[0].nsg.whole = false;
    unknown.groups[0].nsg.doubt = Some("not on file".to_owned());
    let (draft, counts) = told(&unknown, &wanted);
    assert_eq!(counts, [(0, 0, 2)]);
    assert!(draft.notes[0].contains("it may deny 2 conversations marked as needed"), "{}", draft.notes[0]);
    // What is marked as not needed is nobody's loss.
    wanted[index(443, false)] = 1;
    assert_eq!(told(&only(&["nic-app"]), &wanted).1, []);
}

/// The source's side counts as well: what leaves there may be denied by the NIC's group.
#[test]
fn a_group_at_the_source_s_nic_is_told_too() {
    let estate = Estate::of(&[(1, 9, 443, false, true), (2, 9, 443, true, true)]);
    let mut rule = inbound("stay", 200, Decision::Denied, Endpoint::Any, PortRange::one(443));
    rule.direction = Direction::Outbound;
    let below =
        RuleSet { groups: vec![applied("nsg-out", vec![rule], &[], &["nic-web"])], ..RuleSet::default() };
    let wanted: Vec<u8> =
        estate.traffic.conversations.iter().map(|seen| if seen.allowed { 3 } else { 0 }).collect();
    let draft = estate.draft(&below, &DraftOptions::default(), &wanted);
    let told = &draft.still_denied;
    assert_eq!(
        told.iter().map(|one| (one.direction, one.needed)).collect::<Vec<_>>(),
        [(Some(Direction::Outbound), 1)]
    );
    assert_eq!(told[0].at, ["NIC nic-web"]);
}

/// A group at two subnets: drafted for both, or split into one each.
#[test]
fn a_shared_group_is_drafted_for_all_its_subnets_or_split() {
    let network = || Endpoint::Tag("VirtualNetwork".to_owned());
    let rules = vec![
        inbound("no-guests", 100, Decision::Denied, Endpoint::Prefix(prefix("10.1.0.3/32")), PortRange::ALL),
        inbound("AllowAll", 200, Decision::Allowed, network(), PortRange::ALL),
    ];
    let group = applied("nsg-app", rules, &["app", "db"], &["nic-web"]);
    let below = RuleSet { groups: vec![group], ..RuleSet::default() };
    let estate = Estate::of(&[(1, 9, 445, true, true), (1, 17, 446, true, true)]);
    let whole = estate.draft(&below, &DraftOptions::default(), &[]);
    assert_eq!(whole.groups.len(), 1);
    assert_eq!((whole.groups[0].subnet.as_str(), whole.groups[0].split_from.is_some()), ("app, db", false));
    let options = DraftOptions { split_shared: true, ..DraftOptions::default() };
    let split = estate.draft(&below, &options, &[]);
    let names: Vec<_> = split.groups.iter().map(|g| (g.nsg.name.as_str(), g.subnet.as_str())).collect();
    // The first name that comes to mind is taken.
    assert_eq!(names, [("nsg-app_2", "app"), ("nsg-db", "db")]);
    // Each starts from the shared one: what is wide goes, since only one subnet is asked about now.
    for (group, port) in split.groups.iter().zip([445, 446]) {
        let changes = group.changes();
        let of =
            |name: &str| changes.iter().find(|change| change.rule.name == name).map(|change| change.action);
        assert_eq!((of("no-guests"), of("AllowAll")), (Some(Action::Keep), Some(Action::Remove)));
        let added = changes.iter().filter(|change| change.action == Action::Add);
        let ports: Vec<_> = added.flat_map(|change| change.rule.destination_ports.clone()).collect();
        assert!(ports.contains(&PortRange::one(port)), "{ports:?}");
        assert!(group.before.is_none() && group.subnet_id.is_some());
    }
    let told = "nsg-app is split: its place is taken by nsg-app_2 at app, nsg-db at db. nsg-app itself is left as it is; \
                it stays at nic-web";
    assert!(split.notes.iter().any(|note| note == told), "{:#?}", split.notes);
    // A group at one place is nobody else's: nothing is split.
    let alone = estate.draft(&at_app(Vec::new()), &options, &[]);
    assert!(alone.groups.iter().all(|group| group.split_from.is_none()));
}

/// From the Internet to the ports by which machines are managed, and what else findings call serious.
#[test]
fn what_is_serious_needs_a_mark_and_is_told() {
    use azflow_engine::rules::Serious;
    let seen = [
        ("203.0.113.7", "10.1.0.9", 23),
        ("203.0.113.7", "10.1.0.9", 3389),
        ("203.0.113.7", "10.1.0.9", 443),
        ("10.1.0.1", "10.1.0.9", 23),
    ];
    let tuples = seen.map(|(src, dst, port)| tuple(0, src, dst, port, 'I', 'A'));
    let bytes = records(&[nsg_record(0, "000D3A445566", "/nsg", "UserRule_old", &tuples)]);
    let estate = Estate::of_log(&bytes);
    let index = |src: &str, port: u16| {
        let all = &estate.traffic.conversations;
        all.iter()
            .position(|seen| estate.traffic.src(seen).to_string() == src && seen.port == Some(port))
            .unwrap()
    };
    let told = |draft: &Draft| {
        let one = |one: &azflow_engine::rules::SeriousService| (one.why, one.port, one.marked, one.passes);
        draft.serious.iter().map(one).collect::<Vec<_>>()
    };
    let open = RuleSet::default();
    let draft = estate.draft(&open, &DraftOptions::default(), &[3; 4]);
    let kept_out = |port| (Serious::Management, Some(port), 0, 0);
    assert_eq!(told(&draft), [kept_out(23), kept_out(3389)]);
    assert!(!draft.seeds.contains(&index("203.0.113.7", 23)) && draft.seeds.contains(&index("10.1.0.1", 23)));
    assert!(draft.groups[0].rules.iter().all(|drafted| drafted.serious.is_empty()));
    let note = "serious, and kept out until it is marked as needed: Internet to app tcp/23 (from the Internet to a \
                management port), Internet to app tcp/3389 (from the Internet to a management port)";
    assert!(draft.notes.iter().any(|own| own == note), "{:#?}", draft.notes);
    // Marked, it is let in, and its rule says what that is.
    let mut wanted = [3; 4];
    wanted[index("203.0.113.7", 3389)] = 0;
    let draft = estate.draft(&open, &DraftOptions::default(), &wanted);
    assert_eq!(told(&draft), [(Serious::Management, Some(3389), 1, 1), kept_out(23)]);
    let rule = draft.groups[0].rules.iter().find(|drafted| !drafted.serious.is_empty()).unwrap();
    assert_eq!(rule.serious, [3389]);
    assert!(
        rule.why.ends_with("; serious: it lets the Internet in to management ports (3389), as marked"),
        "{}",
        rule.why
    );
    // A rule in force that lets it in stays, and is told with its name: nobody marked it.
    let below = at_app(vec![inbound(
        "AllowRdp",
        200,
        Decision::Allowed,
        Endpoint::Tag("Internet".to_owned()),
        PortRange::one(3389),
    )]);
    let draft = estate.draft(&below, &DraftOptions::default(), &[3; 4]);
    assert_eq!(told(&draft), [(Serious::Management, Some(3389), 0, 1), kept_out(23)]);
    assert_eq!(draft.serious[0].rules, ["AllowRdp of nsg-mgmt"]);
    let rule = draft.groups[0].rules.iter().find(|drafted| drafted.rule.name == "AllowRdp").unwrap();
    assert!(rule.why.ends_with("which nobody marked as needed"), "{}", rule.why);
    let note = "serious: Internet to app tcp/3389 (from the Internet to a management port) is let in by AllowRdp of \
                nsg-mgmt; nobody marked it as needed";
    assert!(draft.notes.iter().any(|own| own == note), "{:#?}", draft.notes);
}
