//! The core's work in one thread: scanning, taking in, answering.

#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "criterion's macros make public functions; counts are told"
)]

use azflow_core::ingest::SourceScan;
use azflow_core::model::{
    Address, NamedSubnet, Network, Prefix, Protocol, ResourceId, ServiceTag, Tally, UnixMillis,
    VirtualNetwork,
};
use azflow_core::store::Noise;
use azflow_engine::audit::{Covered, audit};
use azflow_engine::example::{BulkKind, bulk};
use azflow_engine::export::FlowColumn;
use azflow_engine::rules::{
    Applied, Draft, DraftError, DraftOptions, Observed, Places, RuleSet, Scope, Traffic, Want, World, draft,
    simulate,
};
use azflow_engine::session::{Answer, Engine, FlowsQuery, Query, Selection, SourceId, View};
use azflow_engine::topology::{Assignment, Cut, Known, Naming, assign};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::collections::BTreeMap;
use std::hint::black_box;

fn log(kind: BulkKind, bytes: u64) -> Vec<u8> {
    let mut out = Vec::new();
    bulk(kind, bytes, &mut out).unwrap_or_default();
    out
}

fn scan(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut scan = SourceScan::new("PT1H.json");
    let mut parts = Vec::new();
    for piece in bytes.chunks(1 << 20) {
        scan.space(piece.len())[..piece.len()].copy_from_slice(piece);
        scan.filled(piece.len());
        parts.extend(std::iter::from_fn(|| scan.take_part()));
    }
    parts.extend(scan.finish());
    parts
}

fn take(parts: Vec<Vec<u8>>) -> Engine {
    let mut engine = Engine::default();
    engine.take_last(SourceId(0), parts);
    engine
}

fn scanning(c: &mut Criterion) {
    let mut group = c.benchmark_group("scan");
    group.sample_size(10);
    for (name, kind) in [("nsg-v2", BulkKind::NsgV2), ("vnet", BulkKind::Vnet)] {
        let bytes = log(kind, 32_000_000);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| scan(black_box(&bytes))));
    }
    group.finish();
}

fn engine(c: &mut Criterion) {
    let parts = scan(&log(BulkKind::NsgV2, 70_000_000));
    let mut group = c.benchmark_group("engine, a million tuples");
    group.sample_size(10);
    group.bench_function("take in and first matrix", |b| {
        b.iter_batched(
            || parts.clone(),
            |parts| {
                let mut engine = take(parts);
                engine.answer(Query::Matrix(View::default()))
            },
            BatchSize::LargeInput,
        );
    });
    let mut engine = take(parts.clone());
    let mut v4 = 16;
    group.bench_function("matrix after a change of prefix length", |b| {
        b.iter(|| {
            v4 = if v4 == 29 { 16 } else { v4 + 1 };
            engine.answer(Query::Matrix(View { cut: Cut { v4, v6: 64 }, ..View::default() }))
        });
    });
    group.bench_function("breakdown of everything", |b| {
        b.iter(|| engine.answer(Query::Breakdown(View::default(), Selection::default())));
    });
    let mut falling = false;
    group.bench_function("list of conversations in another order", |b| {
        b.iter(|| {
            falling = !falling;
            let sort = vec![(FlowColumn::Rules, falling), (FlowColumn::BytesThere, true)];
            engine.answer(Query::Flows(FlowsQuery { sort, count: 100, ..FlowsQuery::default() }))
        });
    });
    group.bench_function("timeline", |b| b.iter(|| engine.answer(Query::Timeline(View::default(), None))));
    group.finish();
}

/// What the page asks when a filter or a stretch of time is set: totals, matrix, details, timeline. The timeline is
/// asked for without the stretch.
fn panels(engine: &mut Engine, filter: &str, over_time: &str, range: Option<(u32, u32)>) {
    let view = View { filter: filter.to_owned(), ..View::default() };
    engine.answer(Query::Overview(view.clone()));
    engine.answer(Query::Matrix(view.clone()));
    engine.answer(Query::Breakdown(view, Selection::default()));
    engine.answer(Query::Timeline(View { filter: over_time.to_owned(), ..View::default() }, range));
}

/// A filter and a brush over five million flow records of 34 thousand conversations.
fn filters(c: &mut Criterion) {
    let mut engine = Engine::default();
    let bytes = log(BulkKind::NsgV2, 341_000_000);
    let mut scan = SourceScan::new("PT1H.json");
    for piece in bytes.chunks(1 << 20) {
        scan.space(piece.len())[..piece.len()].copy_from_slice(piece);
        scan.filled(piece.len());
        while let Some(part) = scan.take_part() {
            engine.take_part(SourceId(0), part);
        }
    }
    drop(bytes);
    engine.take_last(SourceId(0), scan.finish());
    let Answer::Overview(overview) = engine.answer(Query::Overview(View::default())) else { return };
    println!("{} flow records, {} conversations", overview.flow_records, overview.conversations);
    panels(&mut engine, "", "", None);
    let mut group = c.benchmark_group("five million flow records, every panel");
    group.sample_size(10);
    group.bench_function("the filter cleared", |b| b.iter(|| panels(&mut engine, "", "", None)));
    // A space more makes another filter of it, so that nothing is kept from the last time.
    let mut turn = 0;
    let mut spaces = move || {
        turn = (turn + 1) % 4;
        " ".repeat(turn)
    };
    for filter in [
        "port:443",
        "-port:443",
        "src:10.0.0.0/24",
        "decision:denied",
        "decision:allowed",
        "rule:Web",
        "nic:000D3A000001",
    ] {
        group.bench_function(filter, |b| {
            b.iter(|| {
                let filter = format!("{filter}{}", spaces());
                panels(&mut engine, &filter, &filter, None);
            });
        });
    }
    for (from, until) in [(1u32, 11u32), (4, 8), (2, 3)] {
        let at = |hour: u32| 29_846_880 + hour * 60;
        let range = (at(from), at(until));
        let brush = format!("time:2026-10-01T{from:02}:00Z..2026-10-01T{until:02}:00Z");
        group.bench_function(format!("a brush from {from}:00 to {until}:00"), |b| {
            b.iter(|| panels(&mut engine, &format!("{brush}{}", spaces()), "", Some(range)));
        });
    }
    let mut view = || View { filter: format!("port:443{}", spaces()), ..View::default() };
    group.bench_function("list of conversations", |b| {
        b.iter(|| {
            engine.answer(Query::Flows(FlowsQuery { view: view(), count: 100, ..FlowsQuery::default() }))
        });
    });
    group.finish();
}

/// Numbers that look random, the same in every run (SplitMix64).
fn numbers() -> impl FnMut() -> u64 {
    let mut state = 0u64;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// As many tags and prefixes as the public file has, and 2,000 subnets in 60 networks.
fn network() -> Network {
    let mut next = numbers();
    let tag = |number: usize, next: &mut dyn FnMut() -> u64| {
        let v4 = (0..23).map(|_| Prefix::of(Address::from_v4(next() as u32), 16 + (next() % 17) as u8));
        let v4: Vec<Prefix> = v4.collect();
        let v6 = (0..8).map(|_| {
            Prefix::of(
                Address::from_bits(0x2603_1000 << 96 | u128::from(next()) << 40),
                40 + (next() % 80) as u8,
            )
        });
        let prefixes = v4.into_iter().chain(v6).collect();
        ServiceTag { name: format!("Tag{number}"), prefixes, ..ServiceTag::default() }
    };
    let tags = (0..2_967).map(|number| tag(number, &mut next)).collect();
    let subnet = |net: u32, number: u32| NamedSubnet {
        id: ResourceId(format!("{net}/subnets/{number}")),
        name: format!("snet-{number}"),
        prefixes: vec![Prefix::of(Address::from_v4(10 << 24 | net << 16 | number << 8), 24)],
        ..NamedSubnet::default()
    };
    let network = |net: u32| VirtualNetwork {
        id: ResourceId(net.to_string()),
        name: format!("vnet-{net}"),
        subnets: (0..33).map(|number| subnet(net, number)).collect(),
        ..VirtualNetwork::default()
    };
    Network { networks: (0..60).map(network).collect(), tags, ..Network::default() }
}

fn naming(c: &mut Criterion) {
    let network = network();
    let mut next = numbers();
    // A million distinct addresses: half inside, a tenth IPv6.
    let mut addresses: Vec<Address> = (0..1_100_000u32)
        .map(|n| match n % 10 {
            0 => Address::from_bits(0x2603_1000 << 96 | u128::from(next()) << 40),
            1..=5 => Address::from_v4(10 << 24 | next() as u32 >> 8),
            _ => Address::from_v4(next() as u32),
        })
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.sort_by_key(|a| a.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    addresses.truncate(1_000_000);
    let mut group = c.benchmark_group("naming");
    group.sample_size(10);
    group.bench_function("prepare 90,000 prefixes", |b| b.iter(|| Naming::new(black_box(&network), &[])));
    let naming = Naming::new(&network, &[]);
    let known = Known { naming: Some(&naming), ..Known::default() };
    group.bench_function("re-map a million addresses by 90,000 prefixes", |b| {
        b.iter(|| assign(addresses.iter().copied(), black_box(&known), Cut::default()));
    });
    group.finish();
}

type NamedSubnets = BTreeMap<String, (ResourceId, Vec<Prefix>)>;

/// A million conversations between the hosts of 60 subnets: most allowed by default, to a few ports each.
fn conversations(network: &Network) -> (Traffic, Assignment, NamedSubnets) {
    const HOSTS: u32 = 200;
    let mut next = numbers();
    let net = |subnet: u32| 10 << 24 | (subnet / 33) << 16 | (subnet % 33) << 8;
    let addresses: Vec<Address> =
        (0..60 * HOSTS).map(|n| Address::from_v4(net(n / HOSTS) | (4 + n % HOSTS))).collect();
    let ports = [443u16, 445, 1433, 3389, 5432, 8080, 53, 88, 389, 636];
    let mut keys: Vec<u64> = (0..1_050_000u32)
        .map(|_| {
            let (src, dst) = (next() % addresses.len() as u64, next() % addresses.len() as u64);
            (src << 40) | (dst << 16) | u64::from(ports[(next() % 10) as usize] + (dst % 3) as u16)
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys.truncate(1_000_000);
    let conversations = keys.into_iter().enumerate().map(|(number, key)| {
        let denied = number % 20 == 0;
        let at = UnixMillis(1_790_812_800_000 + (number as i64 * 604) % 604_800_000);
        Observed {
            src: (key >> 40) as u32,
            dst: ((key >> 16) as u32) & 0xff_ffff,
            protocol: Protocol::TCP,
            port: Some(key as u16),
            tally: Tally {
                allowed_flows: u64::from(!denied),
                denied_flows: u64::from(denied),
                ..Tally::default()
            },
            allowed: !denied,
            begun_earlier: false,
            blind: false,
            noise: Noise::default(),
            on_default: false,
            unfit: None,
            outside: [false; 2],
            refused_outside: false,
            by_platform: false,
            logged: [false; 2],
            members: [None; 2],
            first: at,
            last: at,
            hits: (0, 0),
        }
    });
    let mut traffic = Traffic { conversations: conversations.collect(), addresses, ..Traffic::default() };
    traffic.judge();
    let naming = Naming::new(network, &[]);
    let known = Known { naming: Some(&naming), ..Known::default() };
    let subnets = assign(traffic.addresses.iter().copied(), &known, Cut::default());
    let described = network.networks.iter().flat_map(|one| &one.subnets).zip(naming.subnets());
    let named =
        described.map(|(subnet, shown)| (shown.shown.clone(), (subnet.id.clone(), subnet.prefixes.clone())));
    (traffic, subnets, named.collect())
}

fn rules(c: &mut Criterion) {
    let network = Network { tags: Vec::new(), ..network() };
    let (traffic, subnets, named) = conversations(&network);
    let (world, existing) = (World::new(&network), RuleSet::default());
    let services = Default::default();
    let places = Places {
        subnets: &subnets,
        named: &named,
        world: &world,
        existing: &existing,
        blind: &[],
        services: &services,
    };
    let drafted = |scope| {
        let options = DraftOptions { scope, ..DraftOptions::default() };
        draft(black_box(&traffic), &places, &options, &|_, _| Want::Unmarked)
    };
    let mut group = c.benchmark_group("rules, a million conversations over 60 subnets");
    group.sample_size(10);
    group.throughput(Throughput::Elements(traffic.conversations.len() as u64));
    group.bench_function("draft", |b| b.iter(|| drafted(Scope::Subnet)));
    let set = |drafted: Result<Draft, DraftError>| RuleSet {
        groups: drafted
            .map(|draft| draft.groups)
            .unwrap_or_default()
            .into_iter()
            .map(|group| Applied { nsg: group.nsg, prefixes: group.prefixes, ..Applied::default() })
            .collect(),
        ..RuleSet::default()
    };
    let by_subnet = set(drafted(Scope::Subnet));
    group.bench_function("simulate", |b| b.iter(|| simulate(&by_subnet, &world, black_box(&traffic))));
    group.bench_function("audit", |b| {
        b.iter(|| audit(&by_subnet, &world, black_box(&traffic), &Covered::default()));
    });
    group.finish();
}

criterion_group!(benches, scanning, engine, filters, naming, rules);
criterion_main!(benches);
