//! A flow is asked for by names as by addresses: a name is decided as each of its addresses is, on the page and in the
//! document, and one that leads nowhere is refused with its reason.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Address, Protocol};
use azflow_engine::export::{decision_document, decisions_document};
use azflow_engine::rules::{Flow, decide_each, decide_logged};
use azflow_engine::session::{Answer, DecideAsk, DecisionAnswer, Engine, Query, RulesAnswer, RulesAsk, View};
use azflow_engine::topology::{Cut, EndKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::rules::log;

const NET: &str = "/subscriptions/s/resourceGroups/rg-net/providers/Microsoft.Network";

fn machine(group: &str, name: &str) -> String {
    format!("/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}")
}

fn subnet_id(network: &str, name: &str) -> String {
    format!("{NET}/virtualNetworks/{network}/subnets/{name}")
}

/// A NIC: its name, its machine, the network and subnet, its addresses.
fn nic(name: &str, machine: Option<String>, (network, subnet): (&str, &str), addresses: &[&str]) -> Value {
    let held = |address: &&str| json!({ "name": address, "privateIPAddress": address, "subnet": { "id": subnet_id(network, subnet) } });
    json!({
        "id": format!("{NET}/networkInterfaces/{name}"), "name": name,
        "virtualMachine": machine.map(|id| json!({ "id": id })),
        "ipConfigurations": addresses.iter().map(held).collect::<Vec<_>>(),
    })
}

fn network(name: &str, space: &str, subnets: &[(&str, &str, Option<&str>)]) -> Value {
    let subnet = |(subnet, prefix, group): &(&str, &str, Option<&str>)| {
        let group = group.map(|name| json!({ "id": format!("{NET}/networkSecurityGroups/{name}") }));
        json!({ "id": subnet_id(name, subnet), "name": subnet, "addressPrefix": prefix, "networkSecurityGroup": group })
    };
    json!({
        "id": format!("{NET}/virtualNetworks/{name}"), "name": name, "addressSpace": { "addressPrefixes": [space] },
        "subnets": subnets.iter().map(subnet).collect::<Vec<_>>(),
    })
}

/// Two networks. *web* is two machines; *sql* has two NICs, one of them with two addresses; *ghost* has none on file;
/// *edge* is a machine and a subnet.
fn estate() -> Engine {
    let rule = |name: &str, priority: u16, access: &str, source: &str, port: &str| {
        json!({ "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": "Tcp",
            "sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": "*",
            "destinationPortRange": port })
    };
    let files = json!([
        network("hub", "10.1.0.0/16", &[
            ("front", "10.1.1.0/24", None), ("data", "10.1.2.0/24", Some("nsg-data")), ("bare", "10.1.9.0/24", None),
            ("edge", "10.1.5.0/24", None),
        ]),
        network("spoke", "10.2.0.0/16", &[("data", "10.2.2.0/24", None)]),
        nic("web-a-nic", Some(machine("rg-a", "web")), ("hub", "front"), &["10.1.1.4"]),
        nic("web-b-nic", Some(machine("rg-b", "web")), ("hub", "front"), &["10.1.1.5"]),
        nic("sql-nic-1", Some(machine("rg-a", "sql")), ("hub", "data"), &["10.1.2.4", "10.1.2.5"]),
        nic("sql-nic-2", Some(machine("rg-a", "sql")), ("spoke", "data"), &["10.2.2.4"]),
        nic("edge-nic", Some(machine("rg-a", "edge")), ("hub", "front"), &["10.1.1.9"]),
        nic("edge-pe", None, ("hub", "edge"), &["10.1.5.4"]),
        nic("empty-nic", Some(machine("rg-a", "ghost")), ("hub", "front"), &[]),
        { "id": machine("rg-a", "half"), "name": "half", "type": "Microsoft.Compute/virtualMachines",
          "hardwareProfile": { "vmSize": "Standard_B2s" }, "networkProfile": { "networkInterfaces": [
              { "id": format!("{NET}/networkInterfaces/edge-pe") }, { "id": format!("{NET}/networkInterfaces/gone") } ] } },
        { "id": format!("{NET}/networkSecurityGroups/nsg-data"), "name": "nsg-data", "location": "westeurope",
          "securityRules": [
            rule("from-a", 100, "Allow", "10.1.1.4", "1433"), rule("cdn", 200, "Allow", "AzureFrontDoor.Backend", "443"),
            rule("rest", 4000, "Deny", "*", "*"),
          ] },
    ]);
    let logs = log(&[
        ("10.1.1.4", "10.1.2.4", 1433, 'A'),
        ("10.1.1.5", "10.1.2.5", 1433, 'D'),
        ("10.1.1.77", "10.1.2.4", 1433, 'D'),
        ("192.168.7.7", "192.168.7.8", 22, 'A'),
    ]);
    support::load(&[("all.json", files.to_string().as_bytes()), ("PT1H.json", &logs)])
}

fn ask(engine: &mut Engine, src: &str, dst: &str, port: u16) -> DecisionAnswer {
    let flow = DecideAsk { src: src.into(), dst: dst.into(), port: port.to_string(), protocol: "tcp".into() };
    match engine.answer(Query::Rules(Box::new(RulesAsk::Decide(View::default(), flow)))) {
        Answer::Rules(answer) => match *answer {
            RulesAnswer::Decision(found) => found,
            other => panic!("no decision: {other:?}"),
        },
        other => panic!("no decision: {other:?}"),
    }
}

/// The addresses that a name stands for.
fn addresses(engine: &mut Engine, name: &str) -> Result<Vec<String>, String> {
    let asked = engine.asked([name, "203.0.113.1"], (Protocol::TCP, Some(443)), Cut::default())?;
    Ok(asked.ends[0].addresses.iter().map(|one| one.address.to_string()).collect())
}

#[test]
fn a_name_leads_to_all_addresses_of_what_is_called_so() {
    let mut engine = estate();
    for (name, expected) in [
        ("web", &["10.1.1.4", "10.1.1.5"][..]),
        (" SQL ", &["10.1.2.4", "10.1.2.5", "10.2.2.4"]),
        ("sql-nic-2", &["10.2.2.4"]),
        // Of a subnet those on file and those that were seen.
        ("front", &["10.1.1.4", "10.1.1.5", "10.1.1.9", "10.1.1.77"]),
        // A name in two networks leads to both, with its network in front to one.
        ("data", &["10.1.2.4", "10.1.2.5", "10.2.2.4"]),
        ("spoke/DATA", &["10.2.2.4"]),
        // A machine and a subnet.
        ("edge", &["10.1.1.9", "10.1.5.4"]),
        // A subnet that no file has.
        ("192.168.7.0/24", &["192.168.7.7", "192.168.7.8"]),
        ("10.1.1.4", &["10.1.1.4"]),
    ] {
        assert_eq!(addresses(&mut engine, name).unwrap(), expected, "{name}");
    }
    // An id leads to just one.
    assert_eq!(addresses(&mut engine, &machine("RG-B", "Web")).unwrap(), ["10.1.1.5"]);
    assert_eq!(addresses(&mut engine, &subnet_id("spoke", "data")).unwrap(), ["10.2.2.4"]);
    let asked = engine.asked(["edge", "web"], (Protocol::TCP, Some(443)), Cut::default()).unwrap();
    let kinds: Vec<EndKind> = asked.ends[0].addresses.iter().flat_map(|one| &one.of).map(|of| of.0).collect();
    assert_eq!(kinds, [EndKind::Machine, EndKind::Subnet]);
}

#[test]
fn a_name_that_leads_nowhere_is_refused_with_its_reason() {
    let mut engine = estate();
    for (name, part) in [
        ("webb", "no machine, NIC or subnet on file is called so"),
        ("", "is missing"),
        ("10.1.1", "is no address"),
        ("10.9.0.0/16", "is no address"),
        ("ghost", "has no address on file"),
        ("empty-nic", "has no address on file"),
        // Of an empty subnet any address may be asked for.
        ("bare", "ask for an address of 10.1.9.0/24"),
    ] {
        let why = addresses(&mut engine, name).unwrap_err();
        assert!(why.contains(part), "{name}: {why}");
        let answer = ask(&mut engine, "10.1.1.4", name, 443);
        assert_eq!(answer.problem.as_deref(), Some(why.as_str()), "{name}");
    }
    // What may be missing is said.
    let asked = engine.asked(["half", "data"], (Protocol::TCP, Some(443)), Cut::default()).unwrap();
    assert_eq!(asked.ends[0].notes, ["gone of half is not on file"]);
    assert!(
        asked.ends[1].notes.iter().all(|note| note.contains("only addresses that are on file or were seen"))
    );
}

#[test]
fn too_many_pairs_are_refused_and_not_cut() {
    let many: Vec<(String, String)> =
        (0..150).map(|i| (format!("10.7.0.{i}"), format!("10.8.0.{i}"))).collect();
    let tuples: Vec<_> = many.iter().map(|(a, b)| (a.as_str(), b.as_str(), 443, 'A')).collect();
    let mut engine = support::load(&[("PT1H.json", &log(&tuples))]);
    let answer = ask(&mut engine, "10.7.0.0/24", "10.8.0.0/24", 443);
    assert!(answer.problem.is_some_and(|why| why.contains("22500 pairs")));
    assert_eq!(ask(&mut engine, "10.7.0.0/24", "10.8.0.5", 443).pairs.total, 150);
}

/// Names, ids and addresses of the estate, each asked of each: every pair is decided as its addresses are, alone; what is
/// counted is what is listed; and the page and the document say the same.
#[test]
fn a_name_is_decided_as_its_addresses_are() {
    let mut engine = estate();
    let (set, world, traffic) = (engine.rule_set(), engine.world(), engine.traffic());
    let names =
        ["web", "sql", "sql-nic-1", "front", "data", "hub/data", "edge", "192.168.7.0/24", "10.1.1.4"];
    let mut met = [0; 3];
    for (src, dst) in names.iter().flat_map(|src| names.iter().map(move |dst| (*src, *dst))) {
        for port in [443, 1433, 3389] {
            let service = (Protocol::TCP, Some(port));
            let asked = engine.asked([src, dst], service, Cut::default()).unwrap();
            let ends = asked
                .ends
                .each_ref()
                .map(|end| end.addresses.iter().map(|one| one.address).collect::<Vec<Address>>());
            let decided = decide_each(&set, &world, &traffic, &asked.flows);
            let mut alone: BTreeMap<String, (String, String)> = BTreeMap::new();
            for flow in ends[0].iter().flat_map(|src| ends[1].iter().map(move |dst| (*src, *dst))) {
                let flow = Flow { src: flow.0, dst: flow.1, protocol: Protocol::TCP, port: Some(port) };
                if flow.src == flow.dst && ends[0].len() * ends[1].len() > 1 {
                    continue;
                }
                let (ruling, stages) = decide_logged(&set, &world, flow, traffic.members_of(flow));
                let text = decision_document(&set, flow, (&ruling, &stages), &traffic);
                let document: Value = serde_json::from_str(&text).unwrap();
                let place = format!("{} {}", flow.src, flow.dst);
                alone.insert(place, (document["decision"].as_str().unwrap().to_owned(), text));
            }
            assert_eq!(decided.len(), alone.len(), "{src} {dst}");

            let document = decisions_document(&set, &asked.ends, &decided, &traffic);
            let document: Value = serde_json::from_str(&document).unwrap();
            let mut counts = [0_u64; 3];
            for one in document["decisions"].as_array().unwrap() {
                let place = format!("{} {}", one["src"].as_str().unwrap(), one["dst"].as_str().unwrap());
                let (word, text) = &alone[&place];
                let mut expected: Value = serde_json::from_str(text).unwrap();
                expected.as_object_mut().unwrap().remove("schema");
                expected.as_object_mut().unwrap().remove("not_understood");
                assert_eq!(*one, expected, "{src} {dst} {port}");
                counts[["allow", "deny", "undecidable"].iter().position(|known| known == word).unwrap()] += 1;
            }
            let totals = &document["totals"];
            assert_eq!(json!([totals["allow"], totals["deny"], totals["undecidable"]]), json!(counts));

            let page = ask(&mut engine, src, dst, port);
            assert_eq!(page.totals, counts, "{src} {dst} {port}");
            let words =
                |allows: Option<bool>| allows.map_or("undecidable", |yes| if yes { "allow" } else { "deny" });
            for line in &page.pairs.rows {
                assert_eq!(alone[&format!("{} {}", line.src, line.dst)].0, words(line.allows));
            }
            if let [one] = decided.as_slice() {
                assert_eq!(page.pairs.total, 0);
                assert_eq!(alone[&format!("{} {}", one.flow.src, one.flow.dst)].0, words(page.allows));
            } else {
                assert_eq!(page.pairs.total as usize, decided.len());
            }
            (0..3).for_each(|at| met[at] += counts[at]);
        }
    }
    assert!(met.iter().all(|count| *count > 0), "each decision is met: {met:?}");
}
