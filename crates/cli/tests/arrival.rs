//! Every document of the command is the same for the same files, however they are named on the command line.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod run;

use run::{command, fixture, run, run_with_input};
use serde_json::Value;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Logs of several kinds, and what describes their network.
const FILES: [&str; 7] = [
    "appliance.json",
    "az_nic_list.json",
    "az_nsg_list.json",
    "az_vnet_list.json",
    "nsg_v2.json",
    "two_logs_of_one_nic.json",
    "vnet.json",
];

/// Verbs with the form of what they print.
const VERBS: [&[&str]; 8] = [
    &["summarize"],
    &["summarize", "--mode", "as-logged"],
    &["flows"],
    &["flows", "--format", "json", "--filter", "decision:allowed -noise:any"],
    &["network"],
    &["audit"],
    &["draft"],
    &["simulate"],
];

/// A document without what is about files.
fn apart_from_files(text: &str) -> String {
    let Ok(Value::Object(mut document)) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    document.remove("sources");
    document.remove("issues");
    Value::Object(document).to_string()
}

fn zipped(names: &[&str]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        zip.start_file(format!("logs/{name}"), SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(fixture(name)).unwrap()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn the_same_files_give_the_same_documents_however_they_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (place, file) in FILES.iter().enumerate() {
        // Below folders of other names, in another order.
        let below = at(&format!("logs/{}/{file}", 9 - place));
        fs::create_dir_all(Path::new(&below).parent().unwrap()).unwrap();
        fs::copy(fixture(file), below).unwrap();
    }
    fs::write(at("all.zip"), zipped(&FILES)).unwrap();
    let mut turned = FILES;
    turned.reverse();
    fs::write(at("turned.zip"), zipped(&turned)).unwrap();
    let logs: Vec<&str> = FILES.into_iter().filter(|name| !name.starts_with("az_")).collect();
    let descriptions: Vec<&str> = FILES.into_iter().filter(|name| name.starts_with("az_")).collect();
    let text: Vec<String> = logs.iter().map(|name| fs::read_to_string(fixture(name)).unwrap()).collect();
    fs::write(at("joined.json"), text.join("\n")).unwrap();
    let paths = |names: &[&str]| names.iter().map(|name| run::named(name)).collect::<Vec<String>>();
    let with_network = |rest: Vec<String>| {
        let networks = paths(&descriptions).into_iter().flat_map(|path| ["--network".to_owned(), path]);
        networks.chain(rest).collect::<Vec<String>>()
    };
    let ways: [(&str, Vec<String>); 7] = [
        ("the other way round", paths(&turned)),
        ("a folder", vec![at("logs")]),
        ("a pattern", vec![at("logs/**")]),
        ("an archive", vec![at("all.zip")]),
        ("an archive in another order", vec![at("turned.zip")]),
        ("with --network", with_network(paths(&logs))),
        ("joined", with_network(vec![at("joined.json")])),
    ];
    for verb in VERBS {
        let ask = |named: &[String]| {
            let ended = run(verb.iter().map(|word| (*word).to_owned()).chain(named.iter().cloned()));
            assert_eq!(ended.code, Some(0), "{verb:?}: {}", ended.err);
            apart_from_files(&ended.out)
        };
        let expected = ask(&paths(&FILES));
        for (way, named) in &ways {
            assert!(ask(named) == expected, "{verb:?} differs for {way}: {named:?}");
        }
        let input = zipped(&FILES);
        let piped = [verb, &["-"]].concat();
        assert!(
            apart_from_files(&run_with_input(&piped, &input).out) == expected,
            "{verb:?} differs for a pipe"
        );
    }
    // Nothing of the above is empty.
    let flows = command(["flows", &at("logs")]).output().unwrap();
    assert!(String::from_utf8(flows.stdout).unwrap().lines().count() > 10);
}
