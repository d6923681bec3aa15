//! What a filter leaves is what a plain look at every tuple leaves.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Tally, UnixMillis};
use azflow_core::store::Mode;
use azflow_engine::filter::parse;
use azflow_engine::session::{
    Answer, Breakdown, Engine, FlowsQuery, FromEngine, MatrixAnswer, Overview, Query, Selection, ToEngine,
    View,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;
use support::load;
use support::logs::{file, records};
use support::oracle::{Count, Numbers, Tuple, count};

/// A filter written twice: as text, and as plainly as it can be said.
#[derive(Debug, Clone)]
enum Plain {
    Src(u8),
    Host(u8),
    Dst(u8),
    Port(u8),
    Protocol(u8),
    Denied(bool),
    Logged(bool),
    Outbound(bool),
    Rule(u8),
    Nic(u8),
    Word(u8),
    Time(u32, u32),
    Flows(u64),
    Packets(u64),
    Not(Box<Plain>),
    All(Vec<Plain>),
    Any(Vec<Plain>),
}

const BLOCKS: [(&str, &str, &str); 5] = [
    ("10.0.0.0/24", "10.0.0.0", "10.0.0.255"),
    ("10.0.0.5-10.0.1.9", "10.0.0.5", "10.0.1.9"),
    ("8.8.8.8", "8.8.8.8", "8.8.8.8"),
    ("10.", "10.0.0.0", "10.255.255.255"),
    ("fd00::/8", "fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
];
const PORTS: [(&str, &[(u8, u16)]); 4] = [
    ("443", &[(6, 443), (17, 443)]),
    ("440-450", &[(6, 443), (6, 445), (17, 443), (17, 445)]),
    ("domain,rdp", &[(6, 53), (17, 53), (6, 3389), (17, 3389)]),
    ("http*", &[(6, 443), (17, 443)]),
];
const PROTOCOLS: [(&str, u8); 3] = [("tcp", 6), ("17", 17), ("icmp", 1)];
const RULES: [(&str, &str); 3] =
    [("Default*", "DefaultRule"), ("platform", "PlatformRule"), ("=UserRule_A", "UserRule_A")];
const FIRST: u32 = (1_790_000_000u64 / 60) as u32;

type Key = (IpAddr, IpAddr, u8, u16);

fn in_block(block: u8, address: IpAddr) -> bool {
    let (_, first, last) = BLOCKS[usize::from(block)];
    let (first, last): (IpAddr, IpAddr) = (first.parse().unwrap(), last.parse().unwrap());
    first.is_ipv4() == address.is_ipv4() && (first..=last).contains(&address)
}

fn minute(minute: u32) -> String {
    UnixMillis::from_minute(FIRST + minute).to_iso()[..16].to_owned()
}

impl Plain {
    fn text(&self) -> String {
        let join = |list: &[Self], with: &str| {
            let list: Vec<String> = list.iter().map(|one| format!("({})", one.text())).collect();
            list.join(with)
        };
        match self {
            Self::Src(block) => format!("src:{}", BLOCKS[usize::from(*block)].0),
            Self::Dst(block) => format!("dst:{}", BLOCKS[usize::from(*block)].0),
            Self::Host(block) => format!("host:{}", BLOCKS[usize::from(*block)].0),
            Self::Port(port) => format!("port:{}", PORTS[usize::from(*port)].0),
            Self::Protocol(protocol) => format!("proto:{}", PROTOCOLS[usize::from(*protocol)].0),
            Self::Denied(denied) => format!("decision:{}", if *denied { "denied" } else { "allowed" }),
            Self::Logged(denied) => format!("logged:{}", if *denied { "denied" } else { "allowed" }),
            Self::Outbound(outbound) => format!("dir:{}", if *outbound { "out" } else { "in" }),
            Self::Rule(rule) => format!("rule:{}", RULES[usize::from(*rule)].0),
            Self::Nic(nic) => format!("mac:00-0D-3A-00-00-0{nic}"),
            Self::Word(word) => ["userrule", "https", "microsoft-ds"][usize::from(*word)].to_owned(),
            Self::Time(from, width) => format!("time:{}..{}", minute(*from), minute(from + width)),
            Self::Flows(least) => format!("flows>={least}"),
            Self::Packets(most) => format!("packets<{most}"),
            Self::Not(inner) => format!("-({})", inner.text()),
            Self::All(list) => join(list, " "),
            Self::Any(list) => join(list, " or "),
        }
    }

    /// Whether it asks what became of conversations.
    fn asks(&self) -> bool {
        match self {
            Self::Denied(_) => true,
            Self::Not(inner) => inner.asks(),
            Self::All(list) | Self::Any(list) => list.iter().any(Self::asks),
            _ => false,
        }
    }

    /// Whether a tuple passes, as a part of what its conversation comes to: of what was denied, or of what was not.
    fn passes(&self, tuple: &Tuple, denied: bool, whole: &BTreeMap<Key, Numbers>) -> bool {
        let numbers = || whole[&(tuple.src, tuple.dst, tuple.protocol, tuple.port)];
        let is = |list: &[(u8, u16)]| list.contains(&(tuple.protocol, tuple.port));
        match self {
            Self::Src(block) => in_block(*block, tuple.src),
            Self::Dst(block) => in_block(*block, tuple.dst),
            Self::Host(block) => in_block(*block, tuple.src) || in_block(*block, tuple.dst),
            Self::Port(port) => is(PORTS[usize::from(*port)].1),
            Self::Protocol(protocol) => tuple.protocol == PROTOCOLS[usize::from(*protocol)].1,
            Self::Denied(asked) => denied == *asked,
            Self::Logged(denied) => tuple.denied == *denied,
            Self::Outbound(outbound) => tuple.outbound == *outbound,
            Self::Rule(rule) => tuple.rule.starts_with(RULES[usize::from(*rule)].1),
            Self::Nic(nic) => tuple.mac.ends_with(&nic.to_string()),
            Self::Word(0) => tuple.rule.contains("UserRule"),
            Self::Word(1) => is(&[(6, 443), (17, 443)]),
            Self::Word(_) => is(&[(6, 445), (17, 445)]),
            Self::Time(from, width) => (FIRST + from..FIRST + from + width).contains(&tuple.minute),
            Self::Flows(least) => numbers()[0] + numbers()[1] >= *least,
            Self::Packets(most) => numbers()[2] + numbers()[4] < *most,
            Self::Not(inner) => !inner.passes(tuple, denied, whole),
            Self::All(list) => list.iter().all(|one| one.passes(tuple, denied, whole)),
            Self::Any(list) => list.iter().any(|one| one.passes(tuple, denied, whole)),
        }
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    let term = prop_oneof![
        (0u8..5).prop_map(Plain::Src),
        (0u8..5).prop_map(Plain::Dst),
        (0u8..5).prop_map(Plain::Host),
        (0u8..4).prop_map(Plain::Port),
        (0u8..3).prop_map(Plain::Protocol),
        any::<bool>().prop_map(Plain::Denied),
        any::<bool>().prop_map(Plain::Denied),
        any::<bool>().prop_map(Plain::Logged),
        any::<bool>().prop_map(Plain::Outbound),
        (0u8..3).prop_map(Plain::Rule),
        (0u8..4).prop_map(Plain::Nic),
        (0u8..3).prop_map(Plain::Word),
        (0u32..180, 1u32..60).prop_map(|(from, width)| Plain::Time(from, width)),
        (1u64..4).prop_map(Plain::Flows),
        (1u64..9000).prop_map(Plain::Packets),
    ];
    term.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| Plain::Not(Box::new(one))),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Plain::All),
            proptest::collection::vec(inner, 1..4).prop_map(Plain::Any),
        ]
    })
}

fn breakdown(engine: &mut Engine, mode: Mode, filter: &str) -> Breakdown {
    let view = View { mode, filter: filter.to_owned(), ..View::default() };
    match engine.answer(Query::Breakdown(view, Selection::default())) {
        Answer::Breakdown(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn matrix(engine: &mut Engine, view: &View) -> MatrixAnswer {
    match engine.answer(Query::Matrix(view.clone())) {
        Answer::Matrix(found) => found,
        other => panic!("{other:?}"),
    }
}

fn overview(engine: &mut Engine, view: &View) -> Overview {
    match engine.answer(Query::Overview(view.clone())) {
        Answer::Overview(found) => found,
        other => panic!("{other:?}"),
    }
}

fn numbers(tally: &Tally) -> Numbers {
    let [a, b, c, d] = tally.counters.as_array();
    [tally.allowed_flows, tally.denied_flows, a, b, c, d]
}

fn sum<'a>(list: impl Iterator<Item = &'a Numbers>) -> Numbers {
    let mut out = Numbers::default();
    list.for_each(|one| out.iter_mut().zip(one).for_each(|(sum, value)| *sum += value));
    out
}

fn key(tuple: &Tuple) -> Key {
    (tuple.src, tuple.dst, tuple.protocol, tuple.port)
}

/// What a filter leaves of conversations counted once, and of which tuples: each part (what was allowed, what was
/// denied) is counted from all that passes as it, and taken if it is there.
fn parts(all: &Count, plain: &Plain, whole: &BTreeMap<Key, Numbers>) -> (BTreeMap<Key, Numbers>, Count) {
    let (mut out, mut left) = (BTreeMap::<Key, Numbers>::new(), Count::default());
    let same = |of: &Key| {
        let mut tuples = all.counted.iter().filter(|t| key(t) == *of);
        tuples.all(|t| plain.passes(t, false, whole) == plain.passes(t, true, whole))
    };
    for denied in [false, true] {
        let passing = |t: &&Tuple| plain.passes(t, denied, whole);
        let passing =
            Count { counted: all.counted.iter().filter(passing).cloned().collect(), ..Count::default() };
        for (of, numbers) in passing.conversations() {
            // What passes whatever is asked of decisions is the whole.
            if same(&of) {
                if !denied {
                    out.insert(of, numbers);
                    left.counted.extend(passing.counted.iter().filter(|t| key(t) == of).cloned());
                }
                continue;
            }
            let mut tuples = passing.counted.iter().filter(|t| key(t) == of);
            let silent = numbers[0] + numbers[1] == 0;
            let there = |part: bool| {
                numbers[usize::from(part)] > 0 || silent && tuples.clone().any(|t| t.denied == part)
            };
            if !there(denied) {
                continue;
            }
            let [allowed, refused, counters @ ..] = numbers;
            // Traffic is of what was allowed, where anything was.
            let counters = if denied && there(false) { [0; 4] } else { counters };
            let [a, b, c, d] = counters;
            let part = if denied { [0, refused, a, b, c, d] } else { [allowed, 0, a, b, c, d] };
            let sum = out.entry(of).or_default();
            *sum = self::sum([*sum, part].iter());
            left.counted.extend(tuples.by_ref().filter(|t| t.denied == denied).cloned());
        }
    }
    (out, left)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_filter_leaves_what_a_look_at_every_tuple_leaves(
        files in proptest::collection::vec(records(), 1..4),
        plain in plain(),
        as_logged: bool,
    ) {
        // One kind of log in all files: choosing between kinds has tests of its own.
        let texts: Vec<String> = files.iter().map(|records| {
            let records: Vec<_> = records.iter().cloned().map(|mut r| { r.vnet = true; r }).collect();
            file(&records, 0)
        }).collect();
        let named: Vec<String> = (0..texts.len()).map(|i| i.to_string()).collect();
        let given: Vec<(&str, &[u8])> = named.iter().map(String::as_str).zip(texts.iter().map(String::as_bytes)).collect();
        let mut engine = load(&given);
        let all = count(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let by_key = |count: &Count| -> BTreeMap<Key, Numbers> {
            if !as_logged {
                return count.conversations();
            }
            let mut out: BTreeMap<Key, Numbers> = BTreeMap::new();
            for t in &count.counted {
                let one = Count { counted: vec![t.clone()], ..Count::default() }.as_logged();
                let known = out.entry((t.src, t.dst, t.protocol, t.port)).or_default();
                *known = sum([*known, one].iter());
            }
            out
        };
        let whole = by_key(&all);
        let (expected, left) = if as_logged {
            let left = all.counted.iter().filter(|t| plain.passes(t, t.denied, &whole)).cloned();
            let left = Count { counted: left.collect(), ..Count::default() };
            (by_key(&left), left)
        } else {
            parts(&all, &plain, &whole)
        };
        let mode = if as_logged { Mode::AsLogged } else { Mode::Conversations };
        let text = parse(&plain.text()).unwrap().to_string();
        let found = breakdown(&mut engine, mode, &text);
        prop_assert_eq!(numbers(&found.tally), sum(expected.values()), "{}", &text);
        prop_assert_eq!(numbers(&found.as_logged), left.as_logged());
        prop_assert_eq!(found.conversations, expected.len() as u64);
        let mut over_time = Tally::default();
        found.timeline.bins.iter().for_each(|bin| over_time.add(bin));
        prop_assert_eq!(over_time, found.tally);
        let view = View { mode, filter: text.clone(), ..View::default() };
        let mut cells = Tally::default();
        let shown = matrix(&mut engine, &view);
        shown.cells.iter().for_each(|cell| cells.add(&cell.tally));
        prop_assert_eq!(cells, found.tally);
        // The details of each line are what its cells add up to, over time too.
        let mut details = (Tally::default(), Tally::default(), 0);
        for subnet in &shown.subnets {
            let selection = Selection { src: Some(subnet.name.clone()), dst: None };
            let Answer::Breakdown(of) = engine.answer(Query::Breakdown(view.clone(), selection)) else { panic!() };
            let mut time = Tally::default();
            of.timeline.bins.iter().for_each(|bin| time.add(bin));
            prop_assert_eq!(time, of.tally);
            details.0.add(&of.tally);
            details.1.add(&of.as_logged);
            details.2 += of.conversations;
        }
        prop_assert_eq!(details, (found.tally, found.as_logged, found.conversations));
        let list = FlowsQuery { view: view.clone(), count: 500, ..FlowsQuery::default() };
        let Answer::Flows(list) = engine.answer(Query::Flows(list)) else { panic!() };
        prop_assert_eq!((list.sums, u64::from(list.total)), (found.tally, found.conversations));
        let top = overview(&mut engine, &view);
        prop_assert_eq!((top.tally, top.shown), (found.tally, found.conversations));
        prop_assert_eq!((numbers(&top.all), top.conversations), (sum(whole.values()), whole.len() as u64));
        // The raw tuples behind it are just those.
        let Answer::Evidence(plan) = engine.answer(Query::Evidence(view, Selection::default())) else { panic!() };
        let mut tuples = Vec::new();
        for (name, text) in &given {
            let mut scan = azflow_core::ingest::SourceScan::seeking(name, plan.wanted.clone());
            scan.push(text);
            tuples.extend(scan.finish_seeking().into_iter().map(|found| (found.fingerprint, found.offset)));
        }
        prop_assert!(tuples.len() >= left.counted.len());
        let seen = count(&texts.iter().map(String::as_str).collect::<Vec<_>>()).duplicate_tuples;
        prop_assert!(seen > 0 || tuples.len() == left.counted.len(), "{}: {} {}", &text, tuples.len(), left.counted.len());
        // What passes and what does not are everything, as logged; but that a line says "allowed" of what was denied
        // later is no part of what was allowed.
        let rest = breakdown(&mut engine, mode, &format!("-({})", plain.text()));
        if as_logged || !plain.asks() {
            prop_assert_eq!(sum([numbers(&found.as_logged), numbers(&rest.as_logged)].iter()), all.as_logged());
        }
        // The part that was allowed and the part that was denied are the whole.
        if !plain.asks() {
            let part = |engine: &mut Engine, decision: &str| {
                numbers(&breakdown(engine, mode, &format!("({}) decision:{decision}", plain.text())).tally)
            };
            let both = [part(&mut engine, "allowed"), part(&mut engine, "denied")];
            prop_assert_eq!(sum(both.iter()), numbers(&found.tally), "{}", &text);
            if !as_logged {
                prop_assert_eq!((both[0][1], both[1][0]), (0, 0));
            }
        }
    }
}

#[test]
fn a_filter_follows_what_is_loaded_and_what_it_is_called() {
    let log = |a: &str| {
        format!(
            r#"{{"records":[{{"time":"2026-10-01T00:00:30Z","macAddress":"000D3AF87856","category":"FlowLogFlowEvent","flowRecords":{{"flows":[{{"aclID":"/x/networkSecurityGroups/nsg-web","flowGroups":[{{"rule":"r","flowTuples":["1790812800123,{a},10.0.1.5,44931,443,6,O,B,NX,0,0,0,0"]}}]}}]}}}}]}}"#
        )
    };
    let mut engine = load(&[("a", log("10.0.0.4").as_bytes())]);
    let shown = |engine: &mut Engine, filter: &str| breakdown(engine, Mode::default(), filter).conversations;
    assert_eq!([shown(&mut engine, "host:10.0."), shown(&mut engine, "src:front")], [1, 0]);
    for filter in
        ["nsg-web", "acl:NSG-*", "enc:nx", "nic:3af8", "kind:vnet", "10.0.1.5", "time:2026-10-01", "tcp"]
    {
        assert_eq!(shown(&mut engine, filter), 1, "{filter}");
    }
    for filter in
        ["nsg-db", "enc:x", "kind:nsg", "10.0.1.6", "time:2026-10-02..", "udp", "rule:=R2", "no such"]
    {
        assert_eq!(shown(&mut engine, filter), 0, "{filter}");
    }
    let mut scan = azflow_core::ingest::SourceScan::new("b");
    scan.push(log("10.0.0.9").as_bytes());
    engine.take_scan(azflow_engine::session::SourceId(7), scan);
    assert_eq!(shown(&mut engine, "host:10.0."), 2);
    let front = azflow_engine::topology::HandName {
        prefix: azflow_core::model::Prefix::parse("10.0.0.0/24").unwrap(),
        name: "snet-front".into(),
        network: "hub".into(),
    };
    engine.handle(ToEngine::Names(vec![front]), None);
    let named = View { names: 1, filter: "src:front dst:10.0.1.0/24".into(), ..View::default() };
    assert_eq!(overview(&mut engine, &named).shown, 2);
    assert_eq!(matrix(&mut engine, &View { filter: "net:hub".into(), ..named }).cells.len(), 1);
}

#[test]
fn what_is_no_filter_is_refused() {
    let mut engine = Engine::default();
    let view = View { filter: "src:".into(), ..View::default() };
    let ask = ToEngine::Ask { ticket: 3, query: Query::Matrix(view) };
    let Some(FromEngine::Refused { ticket: 3, reason }) = engine.handle(ask, None) else { panic!() };
    assert!(reason.contains("a value is missing"), "{reason}");
}

/// The source's NIC lets all out, the destination's refuses some: as a VNet flow log, and as rows of Traffic Analytics.
#[test]
fn what_was_let_out_and_refused_later_was_not_allowed() {
    let tuple = |port: u16, way: char, state: char, bytes: u32| {
        format!("\"1790812800123,10.0.0.4,10.0.1.5,44931,{port},6,{way},{state},NX,{bytes},{bytes},0,0\"")
    };
    let record = |mac: &str, rule: &str, tuples: Vec<String>| {
        let tuples = tuples.join(",");
        format!(
            r#"{{"time":"2026-10-01T00:00:30Z","macAddress":"{mac}","category":"FlowLogFlowEvent","flowRecords":{{"flows":[{{"aclID":"/x/networkSecurityGroups/nsg","flowGroups":[{{"rule":"{rule}","flowTuples":[{tuples}]}}]}}]}}}}"#
        )
    };
    let many = |port, way, state, count: usize| vec![tuple(port, way, state, 0); count];
    let out = [
        many(443, 'O', 'B', 5),
        vec![tuple(443, 'O', 'E', 60)],
        many(445, 'O', 'B', 7),
        vec![tuple(445, 'O', 'E', 90)],
    ];
    // What was begun earlier talks on while new attempts are refused; 53 only talks on.
    let out = [out.concat(), vec![tuple(446, 'O', 'C', 30), tuple(53, 'O', 'C', 20)]].concat();
    let records = [
        record("000D3A000001", "UserRule_out", out),
        record("000D3A000002", "UserRule_in", many(443, 'I', 'B', 3)),
        record(
            "000D3A000002",
            "UserRule_no",
            [many(443, 'I', 'D', 2), many(445, 'I', 'D', 7), many(446, 'I', 'D', 1)].concat(),
        ),
    ];
    let log = format!("{{\"records\":[{}]}}", records.join(","));
    let table = "TimeGenerated,SubType,FlowStartTime,FlowEndTime,SrcIp,DestIp,DestPort,L4Protocol,FlowDirection,FlowStatus,AllowedInFlows,DeniedInFlows,AllowedOutFlows,DeniedOutFlows,BytesSrcToDest,BytesDestToSrc,PacketsSrcToDest,PacketsDestToSrc,MacAddress,AclRule,AclGroup\n\
        2026-10-01T00:00:00Z,FlowLog,2026-10-01T00:00:00Z,2026-10-01T00:00:30Z,10.0.0.4,10.0.1.5,443,T,O,A,0,0,5,0,60,0,60,0,00-0D-3A-00-00-01,UserRule_out,nsg\n\
        2026-10-01T00:00:00Z,FlowLog,2026-10-01T00:00:00Z,2026-10-01T00:00:30Z,10.0.0.4,10.0.1.5,443,T,I,A,3,0,0,0,0,0,0,0,00-0D-3A-00-00-02,UserRule_in,nsg\n\
        2026-10-01T00:00:00Z,FlowLog,2026-10-01T00:00:00Z,2026-10-01T00:00:30Z,10.0.0.4,10.0.1.5,443,T,I,D,0,2,0,0,9,0,9,0,00-0D-3A-00-00-02,UserRule_no,nsg\n\
        2026-10-01T00:00:00Z,FlowLog,2026-10-01T00:00:00Z,2026-10-01T00:00:30Z,10.0.0.4,10.0.1.5,445,T,O,A,0,0,7,0,90,0,90,0,00-0D-3A-00-00-01,UserRule_out,nsg\n\
        2026-10-01T00:00:00Z,FlowLog,2026-10-01T00:00:00Z,2026-10-01T00:00:30Z,10.0.0.4,10.0.1.5,445,T,I,D,0,7,0,0,0,0,0,0,00-0D-3A-00-00-02,UserRule_no,nsg\n";
    for (name, bytes, more) in [("PT1H.json", log.as_str(), true), ("nta.csv", table, false)] {
        let mut engine = load(&[(name, bytes.as_bytes())]);
        let mut ask = |mode, filter: &str| {
            let found = breakdown(&mut engine, mode, filter);
            (
                found.conversations,
                found.tally.allowed_flows,
                found.tally.denied_flows,
                found.tally.counters.bytes(),
            )
        };
        let once = Mode::Conversations;
        let earlier = if more { (1, 50) } else { (0, 0) };
        // 443: three of five. 445: nothing, whatever its source's log says; its bytes are those of refused attempts.
        assert_eq!(ask(once, "port:443 decision:allowed"), (1, 3, 0, 60), "{name}");
        assert_eq!(ask(once, "port:443 decision:denied"), (1, 0, 2, 0), "{name}");
        assert_eq!(ask(once, "port:445 decision:allowed"), (0, 0, 0, 0), "{name}");
        assert_eq!(ask(once, "port:445 decision:denied"), (1, 0, 7, 90), "{name}");
        assert_eq!(ask(once, "port:445 logged:allowed"), (1, 7, 0, 90), "{name}");
        assert_eq!(ask(once, "port:443,445 -decision:denied"), (1, 3, 0, 60), "{name}");
        assert_eq!(ask(once, "port:443 or decision:denied").1, 3, "{name}");
        assert_eq!(ask(Mode::AsLogged, "port:443,445 decision:allowed").1, 15, "{name}");
        if earlier.0 > 0 {
            assert_eq!(ask(once, "port:446 decision:allowed"), (0, 0, 0, 0), "{name}");
            assert_eq!(ask(once, "port:446 decision:denied"), (1, 0, 1, 30), "{name}");
            assert_eq!(ask(once, "port:53 decision:allowed"), (1, 0, 0, 20), "{name}");
            assert_eq!(ask(once, "port:53 decision:denied"), (0, 0, 0, 0), "{name}");
        }
    }
}
