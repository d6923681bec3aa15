//! What an archive may unpack to, all its files together: honest logs are read, a bomb is refused by name.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use azflow_engine::session::SourceRow;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use support::{data, load, summary};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const MIB: usize = 1 << 20;
/// What may be passed over in one archive.
const FLOOR: u64 = 64 << 20;

fn zipped(files: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn deflated(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    zipped(files, CompressionMethod::Deflated)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn log() -> Vec<u8> {
    let tuple =
        |n: u32| format!("\"{},10.0.0.4,10.0.1.5,{},443,T,O,A,B,,,,\"", 1_790_000_000 + n, 40_000 + n);
    let tuples: Vec<String> = (0..20).map(tuple).collect();
    format!(
        r#"{{"records":[{{"time":"2026-09-21T14:13:00Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"NSG","properties":{{"Version":2,"flows":[{{"rule":"R","flows":[{{"mac":"000D3AF87856","flowTuples":[{}]}}]}}]}}}}]}}"#,
        tuples.join(",")
    )
    .into_bytes()
}

fn sources(name: &str, bytes: &[u8]) -> Vec<SourceRow> {
    data(&mut load(&[(name, bytes)])).sources
}

fn has(source: &SourceRow, code: &str) -> bool {
    source.issues.iter().any(|issue| issue.code == code)
}

fn scanned(sources: &[SourceRow]) -> u64 {
    sources.iter().filter(|source| !source.name.ends_with(".zip")).map(|source| source.accounts.bytes).sum()
}

/// Every file is there: read, or refused by name.
fn all_accounted(sources: &[SourceRow], names: &[String]) {
    let refused: Vec<&str> = sources
        .iter()
        .filter(|source| source.name == "logs.zip")
        .flat_map(|source| source.issues.iter().map(|issue| issue.message.as_str()))
        .collect();
    for name in names {
        let read = sources.iter().any(|source| source.name == format!("logs.zip/{name}"));
        let told = refused.iter().any(|message| message.ends_with(&format!(": {name}")));
        assert!(read != told, "{name}: read {read}, refused {told}");
    }
}

#[test]
fn a_bomb_of_many_files_is_refused_and_the_log_behind_it_read() {
    let spaces = vec![b' '; 20 * MIB];
    let mut files: Vec<_> = (0..8).map(|n| (format!("{n}.json"), spaces.clone())).collect();
    files.push(("PT1H.json".to_owned(), log()));
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let bytes = deflated(&files);
    let sources = sources("logs.zip", &bytes);
    assert!(scanned(&sources) <= FLOOR + log().len() as u64, "{}", scanned(&sources));
    all_accounted(&sources, &names);
    let archive = sources.iter().find(|source| source.name == "logs.zip").unwrap();
    assert_eq!(archive.issues.len(), 5);
    assert!(archive.issues.iter().all(|issue| issue.code == "archive-limit"), "{archive:?}");
    let read = sources.iter().find(|source| source.name.ends_with("PT1H.json")).unwrap();
    assert_eq!(read.accounts.tuples, 20);
}

#[test]
fn gzips_in_an_archive_share_its_limit() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        // Behind a flow record a gzip alone may have all of the floor.
        let packed = gzip(&[log(), vec![b' '; 20 * MIB]].concat());
        let mut files: Vec<_> = (0..12).map(|n| (format!("{n}.json.gz"), packed.clone())).collect();
        files.push(("PT1H.json.gz".to_owned(), gzip(&log().repeat(2))));
        let bytes = zipped(&files, method);
        let sources = sources("logs.zip", &bytes);
        // Behind the limit each file is read as far as its own size allows.
        let most = FLOOR + 250 * bytes.len() as u64 + MIB as u64;
        assert!(scanned(&sources) < most, "{} of {most}", scanned(&sources));
        let refused = sources.iter().filter(|source| has(source, "archive-limit")).count();
        assert_eq!(refused, 9, "{method:?}");
        assert_eq!(sources.len(), 13, "each is a source of its own");
        let read = sources.iter().find(|source| source.name.ends_with("PT1H.json.gz")).unwrap();
        assert_eq!(read.accounts.tuples, 40);
    }
}

#[test]
fn what_is_packed_twice_counts_by_what_comes_of_it() {
    // Three hundred bytes, seventy kilobytes, seventy megabytes.
    let twice = gzip(&vec![b' '; 70 * MIB]);
    let bytes = deflated(&[("a.gz".to_owned(), twice)]);
    let sources = sources("logs.zip", &bytes);
    assert!(bytes.len() < 4096);
    assert!(has(&sources[0], "archive-limit"), "{sources:?}");
    assert!(scanned(&sources) <= FLOOR + MIB as u64);
    // An archive in an archive is named, and not read.
    let bytes = deflated(&[("inner.zip".to_owned(), deflated(&[("PT1H.json".to_owned(), log())]))]);
    let sources = self::sources("logs.zip", &bytes);
    assert!(has(&sources[0], "not-read-yet"), "{sources:?}");
}

#[test]
fn honest_logs_are_read_however_many_they_are() {
    // Copies of one log with other times shrink to about a hundredth.
    let one = String::from_utf8(log()).unwrap();
    let many =
        |n: usize| (0..5500).map(|m| one.replace("40000", &(n * 5500 + m).to_string())).collect::<String>();
    let files: Vec<_> = (0..10).map(|n| (format!("{n}.json"), many(n).into_bytes())).collect();
    let unpacked: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let bytes = deflated(&files);
    let ratio = unpacked / bytes.len();
    assert!(unpacked as u64 > FLOOR && (50..200).contains(&ratio), "{unpacked} {ratio}");
    let sources = sources("logs.zip", &bytes);
    assert!(sources.iter().all(|source| source.issues.is_empty()));
    assert_eq!(scanned(&sources), unpacked as u64);
}

#[test]
fn the_order_of_archives_changes_nothing() {
    let spaces = vec![b' '; 40 * MIB];
    let bomb = deflated(&(0..4).map(|n| (format!("{n}.json"), spaces.clone())).collect::<Vec<_>>());
    let honest = deflated(&[("PT1H.json".to_owned(), log())]);
    let summary_of = |sources: &[(&str, &[u8])]| summary(&mut load(sources), Mode::Conversations);
    let (a, b) = (("a.zip", bomb.as_slice()), ("b.zip", honest.as_slice()));
    assert_eq!(summary_of(&[a, b]), summary_of(&[b, a]));
}
