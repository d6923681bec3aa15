//! Descriptions of networks that grow ten times: how much longer they take to read and to ask about.
//!
//! Ten times as long is right. A hundred times as long is a list that something looks through for each entry.

#![allow(clippy::print_stdout, reason = "what was measured is told")]

use azflow_core::ingest::SourceScan;
use azflow_core::model::{Address, Prefix};
use azflow_core::store::Mode;
use azflow_engine::audit::audit;
use azflow_engine::export;
use azflow_engine::session::{Engine, Query, Selection, SourceId, ToEngine, View};
use azflow_engine::topology::HandName;
use std::hint::black_box;
use std::time::Instant;

const SMALL: usize = 10_000;
const LARGE: usize = 10 * SMALL;

const RESOURCES: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network";

fn address(at: usize) -> String {
    format!("10.{}.{}.{}", at >> 16 & 255, at >> 8 & 255, at & 255)
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|at| line(at) + "\n").collect()
}

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    format!("[{}]", (0..count).map(item).collect::<Vec<_>>().join(","))
}

fn subnet(network: &str, at: usize) -> String {
    let (id, address) = (format!("{RESOURCES}/virtualNetworks/{network}/subnets/s{at}"), address(at));
    format!(r#"{{"id":"{id}","name":"s{at}","addressPrefix":"{address}/32"}}"#)
}

fn network(at: usize, prefix: &str, peerings: &str, subnets: &str) -> String {
    let id = format!("{RESOURCES}/virtualNetworks/v{at}");
    format!(
        r#"{{"id":"{id}","name":"v{at}","addressSpace":{{"addressPrefixes":["{prefix}"]}},"subnets":{subnets},
        "virtualNetworkPeerings":{peerings}}}"#
    )
}

fn peering(from: usize, to: usize) -> String {
    let id = format!("{RESOURCES}/virtualNetworks/v{from}/virtualNetworkPeerings/p{to}");
    format!(
        r#"{{"id":"{id}","name":"p{to}","peeringState":"Connected",
        "remoteVirtualNetwork":{{"id":"{RESOURCES}/virtualNetworks/v{to}"}}}}"#
    )
}

fn rule(group: &str, at: usize) -> String {
    let (id, address) =
        (format!("{RESOURCES}/networkSecurityGroups/{group}/securityRules/r{at}"), address(at));
    format!(
        r#"{{"id":"{id}","name":"r{at}","priority":{},"direction":"Inbound","access":"Allow","protocol":"Tcp",
        "sourceAddressPrefix":"{address}/32","sourcePortRange":"*","destinationAddressPrefix":"*",
        "destinationPortRange":"443"}}"#,
        100 + at % 3900
    )
}

fn group(at: usize, rules: &str) -> String {
    let id = format!("{RESOURCES}/networkSecurityGroups/g{at}");
    format!(
        r#"{{"id":"{id}","name":"g{at}","location":"l","securityRules":{rules},
        "subnets":[{{"id":"{RESOURCES}/virtualNetworks/v/subnets/s{at}"}}]}}"#
    )
}

fn nic(at: usize) -> String {
    let (id, address) = (format!("{RESOURCES}/networkInterfaces/n{at}"), address(at));
    format!(
        r#"{{"id":"{id}","name":"n{at}","macAddress":"000D3A{at:06X}","ipConfigurations":[{{"privateIPAddress":"{address}",
        "subnet":{{"id":"{RESOURCES}/virtualNetworks/v/subnets/s{at}"}}}}],
        "virtualMachine":{{"id":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/m{at}"}}}}"#
    )
}

fn tags(count: usize, prefixes: usize) -> String {
    let tag = |at: usize| {
        let prefixes = list(prefixes, |prefix| format!(r#""{}/32""#, address(at * prefixes + prefix)));
        format!(r#"{{"name":"T{at}","properties":{{"systemService":"T","addressPrefixes":{prefixes}}}}}"#)
    };
    format!(r#"{{"changeNumber":1,"cloud":"Public","values":{}}}"#, list(count, tag))
}

fn table(at: usize, routes: &str) -> String {
    let id = format!("{RESOURCES}/routeTables/t{at}");
    format!(
        r#"{{"id":"{id}","name":"t{at}","disableBgpRoutePropagation":false,"routes":{routes},
        "subnets":[{{"id":"{RESOURCES}/virtualNetworks/v/subnets/s{at}"}}]}}"#
    )
}

fn route(at: usize) -> String {
    format!(r#"{{"name":"r{at}","addressPrefix":"{}/32","nextHopType":"Internet"}}"#, address(at))
}

fn terraform(count: usize) -> String {
    let of = |kind: &str, name: &str, values: &str| {
        format!(r#"{{"address":"{kind}.{name}","type":"{kind}","values":{values}}}"#)
    };
    let resources = list(count / 3, |at| {
        let name = format!("x{at}");
        let values = format!(
            r#"{{"name":"{name}","virtual_network_name":"v","resource_group_name":"rg","address_prefixes":["{}/32"]}}"#,
            address(at)
        );
        let group = format!(r#"{{"name":"{name}","resource_group_name":"rg","security_rule":[]}}"#);
        [
            of("azurerm_subnet", &name, &values),
            of("azurerm_network_security_group", &name, &group),
            of("azurerm_subnet_network_security_group_association", &name, "{}"),
        ]
        .join(",")
    });
    let configured = list(count / 3, |at| {
        format!(
            r#"{{"address":"azurerm_subnet_network_security_group_association.x{at}","expressions":{{
            "subnet_id":{{"references":["azurerm_subnet.x{at}.id","azurerm_subnet.x{at}"]}},
            "network_security_group_id":{{"references":["azurerm_network_security_group.x{at}"]}}}}}}"#
        )
    });
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.9","planned_values":{{"root_module":{{"resources":{resources}}}}},
        "configuration":{{"root_module":{{"resources":{configured}}}}}}}"#
    )
}

/// A kind of description: its name, and its files with so many entries.
type Kind = (&'static str, fn(usize) -> Vec<String>);

const KINDS: [Kind; 20] = [
    ("a list of subnets", |n| vec![lines(n, |at| format!("{}/32,s{at},v", address(at)))]),
    ("a list of networks", |n| vec![lines(n, |at| format!("{}/32,s{at},v{at}", address(at)))]),
    ("a list of one prefix's names", |n| vec![lines(n, |at| format!("10.0.0.0/24,s{at},v"))]),
    ("a list of one prefix's networks", |n| vec![lines(n, |at| format!("10.0.0.0/24,default,v{at}"))]),
    ("subnets of one network", |n| vec![network(0, "10.0.0.0/8", "[]", &list(n, |at| subnet("v0", at)))]),
    ("subnets one by one", |n| vec![list(n, |at| subnet("v0", at))]),
    ("networks", |n| vec![list(n, |at| network(at, &format!("{}/32", address(at)), "[]", "[]"))]),
    ("networks of one address space", |n| vec![list(n, |at| network(at, "10.0.0.0/16", "[]", "[]"))]),
    ("peerings of a hub", |n| {
        let spoke =
            |at: usize| network(at, &format!("{}/32", address(at)), &format!("[{}]", peering(at, 0)), "[]");
        let hub = network(0, "11.0.0.0/8", &list(n, |at| peering(0, at + 1)), "[]");
        vec![hub, list(n, |at| spoke(at + 1))]
    }),
    ("NICs", |n| vec![list(n, nic)]),
    ("groups", |n| vec![list(n, |at| group(at, &format!("[{}]", rule(&format!("g{at}"), 0))))]),
    ("rules of a group", |n| vec![group(0, &list(n, |at| rule("g0", at)))]),
    ("rules one by one", |n| vec![format!(r#"{{"a":{},"b":[{{}}]}}"#, list(n, |at| rule("g0", at)))]),
    ("prefixes of a tag", |n| vec![tags(1, n)]),
    ("tags", |n| vec![tags(n, 1)]),
    ("route tables", |n| vec![list(n, |at| table(at, "[]"))]),
    ("routes of a table", |n| vec![table(0, &list(n, route))]),
    ("a Terraform plan", |n| vec![terraform(n)]),
    ("files with a network each", |n| {
        (0..n / 10).map(|at| network(at, &format!("{}/32", address(at)), "[]", "[]")).collect()
    }),
    ("files that contradict each other", |n| {
        let file =
            |at: usize| network(0, &format!("{}/32", address(at)), "[]", &format!("[{}]", subnet("v0", at)));
        (0..n / 10).map(file).collect()
    }),
];

fn load(files: &[String]) -> f64 {
    let begun = Instant::now();
    let mut engine = loaded(files);
    black_box(engine.answer(Query::Network(View::default())));
    black_box(export::network(engine.network(), &[]));
    black_box(engine.answer(Query::Summary(View { mode: Mode::Conversations, ..View::default() })));
    begun.elapsed().as_secs_f64()
}

/// A log in which each of so many NICs let one flow in.
fn log(count: usize) -> String {
    let record = |at: usize| {
        let tuple = format!(
            "{},11.0.{}.{},{},50000,443,T,I,A,B,,,,",
            1_793_613_600 + at % 3000,
            at >> 8 & 255,
            at & 255,
            address(at)
        );
        format!(
            r#"{{"time":"2026-11-02T10:01:00Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"{RESOURCES}/networkSecurityGroups/g{at}",
            "properties":{{"Version":2,"flows":[{{"rule":"UserRule_r0","flows":[{{"mac":"000D3A{at:06X}","flowTuples":["{tuple}"]}}]}}]}}}}"#
        )
    };
    format!(r#"{{"records":{}}}"#, list(count, record))
}

fn flow_log(at: usize) -> String {
    format!(
        r#"{{"id":"/l{at}","name":"l{at}","location":"l","targetResourceId":"{RESOURCES}/networkSecurityGroups/g{at}","enabled":true,"storageId":"/s"}}"#
    )
}

fn loaded(files: &[String]) -> Engine {
    let mut engine = Engine::default();
    for (at, text) in (0..).zip(files) {
        let mut scan = SourceScan::new(&format!("{at:07}.json"));
        scan.push(text.as_bytes());
        engine.take_last(SourceId(at), scan.finish());
    }
    engine
}

/// What is asked of a description, with how long the question takes once all is loaded.
type Ask = (&'static str, fn(usize) -> f64);

fn audited(files: &[String]) -> f64 {
    let mut engine = loaded(files);
    let begun = Instant::now();
    let (set, world, traffic, covered) =
        (engine.rule_set(), engine.world(), engine.traffic(), engine.covered());
    black_box(audit(&set, &world, &traffic, &covered));
    begun.elapsed().as_secs_f64()
}

fn groups(count: usize) -> String {
    list(count, |at| group(at, &format!("[{}]", rule(&format!("g{at}"), 0))))
}

const QUESTIONS: [Ask; 5] = [
    ("audit of groups, each logged", |n| audited(&[groups(n), log(n)])),
    ("audit of groups at NICs, each logged", |n| audited(&[groups(n), list(n, nic), log(n)])),
    ("the document of groups with flow logs", |n| {
        let networks = list(n, |at| network(at, &format!("{}/32", address(at)), "[]", "[]"));
        let mut engine = loaded(&[groups(n), networks, list(n, flow_log)]);
        let begun = Instant::now();
        black_box(export::network(engine.network(), &[]));
        begun.elapsed().as_secs_f64()
    }),
    ("names given by hand", |n| {
        let mut engine = loaded(&[lines(n, |at| format!("{}/32,s{at},v", address(at)))]);
        let hand = |at: usize| HandName {
            prefix: Prefix::of(Address::from_v4(0x0a00_0000 | at as u32), 32),
            name: format!("h{at}"),
            network: String::new(),
        };
        let begun = Instant::now();
        engine.handle(ToEngine::Names((0..n).map(hand).collect()), None);
        black_box(engine.network());
        begun.elapsed().as_secs_f64()
    }),
    ("the files behind a selection", |n| {
        // A log with a wrong time has a span of centuries.
        let long = log(n).replacen("1793613600", "1", 1);
        let mut engine = loaded(&[long]);
        let begun = Instant::now();
        black_box(engine.answer(Query::Evidence(View::default(), Selection::default())));
        begun.elapsed().as_secs_f64()
    }),
];

fn main() {
    println!("| description | {SMALL} entries | {LARGE} entries | times as long |\n|---|---|---|---|");
    for (name, files) in KINDS {
        let (small, large) = (load(&files(SMALL)), load(&files(LARGE)));
        println!("| {name} | {:.0} ms | {:.0} ms | {:.1} |", small * 1e3, large * 1e3, large / small);
    }
    for (name, ask) in QUESTIONS {
        let (small, large) = (ask(SMALL), ask(LARGE));
        println!("| {name} | {:.0} ms | {:.0} ms | {:.1} |", small * 1e3, large * 1e3, large / small);
    }
}
