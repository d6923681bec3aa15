//! Descriptions of the network that contradict each other: no answer depends on which came first, and both files are
//! told of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use azflow_engine::export;
use azflow_engine::session::{Engine, Query, SourceId, View};
use proptest::prelude::*;
use std::collections::BTreeMap;
use support::everything::{differences, everything};
use support::logs::{damaged, file, records};
use support::network::description;
use support::{data, load, scan, summary};

/// A file: its name and its bytes.
type Given = (String, Bytes);

/// Bytes that are told of as text.
#[derive(Clone)]
struct Bytes(Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// Loads files in an order, each under a number.
fn load_as(
    files: &[Given],
    order: &[usize],
    number: impl Fn(usize) -> u32,
) -> (Engine, BTreeMap<u32, String>) {
    let mut engine = Engine::default();
    let mut names = BTreeMap::new();
    for at in order {
        let (name, bytes) = &files[*at];
        names.insert(number(*at), name.clone());
        engine.take_scan(SourceId(number(*at)), scan(name, &bytes.0, 97));
    }
    (engine, names)
}

/// Descriptions and logs under few names, some of them copies of each other.
fn files() -> impl Strategy<Value = Vec<Given>> {
    let log = records().prop_map(|records| file(&records, 0).into_bytes());
    let one = prop_oneof![4 => description(), 2 => log, 1 => damaged()];
    let name = prop_oneof![2 => Just("vnets.json"), 1 => Just("a/vnets.json"), 1 => Just("b.json")];
    let named = proptest::collection::vec((name, one), 2..7);
    (named, proptest::collection::vec(any::<(u8, bool)>(), 0..3)).prop_map(|(named, copies)| {
        let mut files: Vec<Given> =
            named.into_iter().map(|(name, bytes)| (name.to_owned(), Bytes(bytes))).collect();
        for (at, renamed) in copies {
            let (name, bytes) = files[usize::from(at) % files.len()].clone();
            files.push((if renamed { format!("copy of {name}") } else { name }, bytes));
        }
        files
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn descriptions_in_any_order_and_under_any_number_give_the_same_answers(
        files in files(),
        order in any::<u64>(),
        shift in 0u32..50,
    ) {
        let straight: Vec<usize> = (0..files.len()).collect();
        let mut shuffled = straight.clone();
        shuffled.sort_by_key(|i| (*i as u64 + 1).wrapping_mul(order | 1).rotate_left(23));
        let (mut one, names) = load_as(&files, &straight, |at| at as u32);
        let expected = everything(&mut one, &names);
        let count = files.len() as u32;
        for (order, turned) in [(&shuffled, false), (&straight, true)] {
            let number = |at: usize| if turned { shift + count - at as u32 } else { shift + at as u32 * 3 };
            let (mut other, names) = load_as(&files, order, number);
            let found = everything(&mut other, &names);
            prop_assert_eq!(differences(&expected, &found), Vec::<String>::new());
        }
        // Asking in between, when only some has come, leaves nothing behind.
        let (mut asked, names) = (Engine::default(), (0..count).zip(files.iter().map(|f| f.0.clone())).collect());
        for at in &shuffled {
            asked.take_scan(SourceId(*at as u32), scan(&files[*at].0, &files[*at].1.0, 1 << 20));
            asked.answer(Query::Network(View::default()));
        }
        prop_assert_eq!(differences(&expected, &everything(&mut asked, &names)), Vec::<String>::new());
    }

    #[test]
    fn a_copy_of_a_description_changes_nothing_but_the_list_of_files(files in files()) {
        let without = |engine: &mut Engine| {
            let document: serde_json::Value =
                serde_json::from_str(&summary(engine, Mode::Conversations)).unwrap();
            (document["pairs"].clone(), export::network(engine.network(), &[]))
        };
        let order: Vec<usize> = (0..files.len()).collect();
        let (mut once, _) = load_as(&files, &order, |at| at as u32);
        let twice: Vec<usize> = order.iter().flat_map(|at| [*at, *at]).collect();
        let (mut again, _) = load_as(&files, &twice, |at| at as u32);
        prop_assert_eq!(without(&mut once), without(&mut again));
    }
}

/// What is told of the contradictions of a file, by its size.
fn conflicts(engine: &mut Engine, bytes: usize) -> Vec<String> {
    let found = data(engine);
    let source = found.sources.iter().find(|source| source.accounts.bytes == bytes as u64).unwrap();
    let conflicts = source.issues.iter().filter(|issue| issue.code == "network-conflict");
    conflicts.map(|issue| issue.message.clone()).collect()
}

fn network(prefix: &str, subnets: &[(&str, &str)]) -> String {
    let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub";
    let subnets: Vec<String> = subnets
        .iter()
        .map(|(name, prefix)| {
            format!(r#"{{"id":"{id}/subnets/{name}","name":"{name}","addressPrefix":"{prefix}"}}"#)
        })
        .collect();
    format!(
        r#"[{{"id":"{id}","name":"hub","addressSpace":{{"addressPrefixes":["{prefix}"]}},"subnets":[{}]}}]"#,
        subnets.join(",")
    )
}

#[test]
fn two_files_of_one_name_are_told_of_what_they_contradict_each_other_in() {
    let small = network("10.9.0.0/28", &[("web", "10.9.0.0/28")]);
    let large = network("10.0.0.0/16", &[("web", "10.0.0.0/24"), ("sql", "10.0.1.0/24")]);
    let log = file(&[], 0);
    let mut engines = [
        load(&[("vnets.json", small.as_bytes()), ("vnets.json", large.as_bytes()), ("l", log.as_bytes())]),
        load(&[("vnets.json", large.as_bytes()), ("l", log.as_bytes()), ("vnets.json", small.as_bytes())]),
    ];
    let told = engines.each_mut().map(|e| [conflicts(e, small.len()), conflicts(e, large.len())]);
    assert_eq!(told[0], told[1]);
    let [of_small, of_large] = &told[0];
    let about =
        ["virtual network hub: address space", "subnet web: prefixes", "virtual network hub: subnets"];
    for about in about {
        for (of, other) in [(of_small, large.len()), (of_large, small.len())] {
            let sentence = of.iter().find(|sentence| sentence.starts_with(about));
            assert!(sentence.unwrap().contains(&format!("vnets.json ({other} bytes)")), "{of:?}");
        }
    }
    assert_eq!((of_small.len(), of_large.len()), (3, 3));
}

#[test]
fn the_file_whose_name_comes_last_counts() {
    let older = network("10.0.0.0/16", &[("web", "10.0.0.0/24"), ("old", "10.0.1.0/24")]);
    let newer = network("10.0.0.0/16", &[("web", "10.0.2.0/24"), ("new", "10.0.1.0/24")]);
    let mut engine = load(&[("2026-11.json", newer.as_bytes()), ("2026-10.json", older.as_bytes())]);
    let hub = &engine.network().networks[0];
    let subnets: Vec<(String, Vec<String>)> = hub
        .subnets
        .iter()
        .map(|s| (s.name.clone(), s.prefixes.iter().map(ToString::to_string).collect()))
        .collect();
    // One network has a prefix once: it is the subnet's that the last file gives it to.
    let expected = [("new", vec!["10.0.1.0/24"]), ("old", vec![]), ("web", vec!["10.0.2.0/24"])];
    assert_eq!(
        subnets,
        expected.map(|(name, list)| (name.to_owned(), list.iter().map(ToString::to_string).collect()))
    );
    let found = data(&mut engine);
    let told: Vec<(&str, &str)> = found
        .sources
        .iter()
        .flat_map(|s| s.issues.iter().map(|i| (s.name.as_str(), i.message.as_str())))
        .collect();
    assert_eq!(
        told,
        [
            (
                "2026-10.json",
                "subnet web: prefixes is here: 10.0.0.0/24; 2026-11.json counts, which says: 10.0.2.0/24"
            ),
            (
                "2026-10.json",
                "virtual network hub: subnets not here, which count as 2026-11.json has them: new"
            ),
            ("2026-10.json", "virtual network hub: subnets that 2026-11.json has not, and which count: old"),
            (
                "2026-10.json",
                "virtual network hub: the subnet of 10.0.1.0/24 is here: old; 2026-11.json counts, which says: new"
            ),
            (
                "2026-11.json",
                "subnet web: prefixes is here, which counts: 10.0.2.0/24; not so 2026-10.json: 10.0.0.0/24"
            ),
            (
                "2026-11.json",
                "virtual network hub: subnets not here, which count as 2026-10.json has them: old"
            ),
            ("2026-11.json", "virtual network hub: subnets that 2026-10.json has not, and which count: new"),
            (
                "2026-11.json",
                "virtual network hub: the subnet of 10.0.1.0/24 is here, which counts: new; not so 2026-10.json: old"
            ),
        ]
    );
}

#[test]
fn parts_of_one_network_in_several_files_are_no_contradiction() {
    let id = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/hub";
    let subnet = |name: &str, prefix: &str| {
        format!(r#"{{"id":"{id}/subnets/{name}","name":"{name}","addressPrefix":"{prefix}"}}"#)
    };
    let (web, sql) = (subnet("web", "10.0.0.0/24"), subnet("sql", "10.0.1.0/24"));
    let whole = network("10.0.0.0/16", &[("web", "10.0.0.0/24"), ("sql", "10.0.1.0/24")]);
    let list = "10.0.0.0/24,web,hub\n";
    let mut engine = load(&[
        ("web.json", web.as_bytes()),
        ("sql.json", sql.as_bytes()),
        ("vnets.json", whole.as_bytes()),
        ("list.csv", list.as_bytes()),
    ]);
    assert!(data(&mut engine).sources.iter().all(|source| source.issues.is_empty()));
}

#[test]
fn an_archive_keeps_both_of_two_descriptions_of_one_name() {
    let older = network("10.0.0.0/16", &[("web", "10.0.0.0/24")]);
    let newer = network("10.0.0.0/16", &[("sql", "10.0.1.0/24")]);
    let mut engine = Engine::default();
    // The files of one archive share its number.
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for text in [&older, &newer] {
        parts.extend(scan("a.zip/vnets.json", text.as_bytes(), 64).finish());
    }
    engine.take_last(SourceId(0), parts);
    assert_eq!(engine.network().networks[0].subnets.len(), 2);
}
