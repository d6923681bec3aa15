//! Where a problem is: the same damaged text has it at the same offset of its own, however it is packed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::ingest::{ArchiveReader, FoundTuple, SourceScan, Wanted};
use azflow_core::store::Mode;
use azflow_engine::session::{Engine, Failure, SourceId, SourceRow, ToEngine};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::io::{Cursor, Write};
use support::{data, load, scan, summary};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const METHODS: [CompressionMethod; 2] = [CompressionMethod::Stored, CompressionMethod::Deflated];

fn tuple(n: u32) -> String {
    format!("{},10.0.0.4,10.0.1.5,{},443,T,O,A,B,,,,", 1_790_000_000 + n, 1024 + n % 60_000)
}

fn record(n: u32, tuples: &[String]) -> String {
    format!(
        r#"{{"time":"2026-09-21T14:{:02}:00Z","category":"NetworkSecurityGroupFlowEvent","resourceId":"NSG","properties":{{"Version":2,"flows":[{{"rule":"R","flows":[{{"mac":"000D3AF87856","flowTuples":["{}"]}}]}}]}}}}"#,
        n % 60,
        tuples.join("\",\"")
    )
}

/// A log with a bad tuple, bytes between its records, and an end inside the last one.
fn damaged_log() -> String {
    let bad = [tuple(3), tuple(4).replace("10.0.1.5", "10.0.1")];
    let last = record(4, &[tuple(5)]);
    format!(
        "{{\"records\":[{},{} oh dear {},{}",
        record(1, &[tuple(1)]),
        record(2, &bad),
        record(3, &[tuple(2)]),
        &last[..last.len() - 30]
    )
}

/// The same as a table: a row with a bad address, one with a bad port.
fn damaged_table() -> String {
    let row = |src: &str, port: &str| format!("2026-10-01T10:00:00Z,{src},10.0.1.5,{port},T,I,A\n");
    format!(
        "TimeGenerated,SrcIp,DestIp,DestPort,L4Protocol,FlowDirection,FlowStatus\n{}{}{}{}",
        row("10.0.0.4", "443"),
        row("10.0.0", "443"),
        row("10.0.0.4", "44x3"),
        row("10.0.0.5", "443")
    )
}

/// The same inside a column of a table.
fn damaged_cells() -> String {
    let cell = damaged_log().replace('"', "\"\"");
    format!("time,raw\n2026-10-01,\"{cell}\"\n")
}

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// As several members, with zeros between them.
fn gzip_members(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks(bytes.len() / 3 + 1).flat_map(|piece| [gzip(piece), vec![0; 9]].concat()).collect()
}

/// Behind files of some length, so that the member's offsets are not the archive's.
fn zipped(name: &str, bytes: &[u8], method: CompressionMethod) -> Vec<u8> {
    let options = || SimpleFileOptions::default().compression_method(method);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let before = format!("{{\"records\":[{}]}}", record(9, &[tuple(99), tuple(100)]));
    for (name, bytes) in [("before.json", before.as_bytes()), (name, bytes), ("z.json", before.as_bytes())] {
        zip.start_file(name, options()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// One file as a tar archive: a block of 512 bytes before it.
fn tarred(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut head = vec![0; 512];
    head[..name.len()].copy_from_slice(name.as_bytes());
    head[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
    head[257..263].copy_from_slice(b"ustar\0");
    [head, bytes.to_vec(), vec![0; 1024 + (512 - bytes.len() % 512) % 512]].concat()
}

/// What is to be the same, with the name of the file that has it.
fn told(sources: &[SourceRow], name: &str) -> Vec<(String, Option<u64>, u64, u64, String)> {
    let of = |source: &&SourceRow| source.name == name;
    let source = sources.iter().find(of).unwrap_or_else(|| panic!("{name} is not listed: {sources:?}"));
    source.issues.iter().map(|i| (i.code.clone(), i.record, i.offset, i.length, i.message.clone())).collect()
}

fn sources(name: &str, bytes: &[u8]) -> Vec<SourceRow> {
    data(&mut load(&[(name, bytes)])).sources
}

/// Each packing of a file: its name, what is opened, and the name that the file then has.
fn packings(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let mut all = vec![("log.gz", gzip(bytes), "log.gz"), ("members.gz", gzip_members(bytes), "members.gz")];
    for method in METHODS {
        all.push(("logs.zip", zipped("a/log", bytes, method), "logs.zip/a/log"));
        all.push(("logs.zip", zipped("log.gz", &gzip(bytes), method), "logs.zip/log.gz"));
        all.push(("logs.zip", zipped("members.gz", &gzip_members(bytes), method), "logs.zip/members.gz"));
    }
    all
}

#[test]
fn the_same_damage_has_the_same_offset_however_it_is_packed() {
    for (what, bytes, codes) in [
        ("log", damaged_log().into_bytes(), 3),
        ("table", damaged_table().into_bytes(), 2),
        ("cells", damaged_cells().into_bytes(), 3),
        ("marked", [b"\xef\xbb\xbf", damaged_log().as_bytes()].concat(), 3),
        ("UTF-16", utf16(&damaged_log(), true), 3),
        ("UTF-16 without a mark", utf16(&damaged_log(), false), 3),
    ] {
        let plain = sources("log", &bytes);
        let expected = told(&plain, "log");
        assert!(expected.len() >= codes && !plain[0].unpacked, "{what}: {expected:?}");
        for (opened, packed, name) in packings(&bytes) {
            let found = sources(opened, &packed);
            assert_eq!(told(&found, name), expected, "{what} in {name}");
            let of = |source: &&SourceRow| source.name == name;
            let row = found.iter().find(of).unwrap();
            assert!(row.unpacked, "{name}");
            assert_eq!(row.accounts, plain[0].accounts, "{what} in {name}");
        }
    }
}

#[test]
fn an_offset_leads_to_the_text_that_is_named() {
    let text = damaged_log();
    let expected = told(&sources("log", text.as_bytes()), "log");
    let at = |code: &str| {
        let issue = expected.iter().find(|issue| issue.0 == code).unwrap();
        &text[issue.2 as usize..]
    };
    assert!(at("tuple-address").starts_with("1790000004,10.0.0.4,10.0.1,"));
    assert!(at("unexpected-bytes").trim_start().starts_with("oh dear"));
    assert!(at("truncated").starts_with("{\"time\":\"2026-09-21T14:04"));
}

#[test]
fn raw_tuples_are_found_at_the_offset_in_their_own_text() {
    fn all(mut scan: SourceScan, bytes: &[u8]) -> Vec<FoundTuple> {
        scan.push(bytes);
        scan.finish_seeking()
    }
    let text = damaged_log();
    for bytes in [text.clone().into_bytes(), utf16(&text, true)] {
        let expected = all(SourceScan::seeking("log", Wanted::default()), &bytes);
        assert!(expected.len() >= 3);
        for (opened, packed, name) in packings(&bytes) {
            if !packed.starts_with(b"PK") {
                assert_eq!(all(SourceScan::seeking(opened, Wanted::default()), &packed), expected);
                continue;
            }
            let size = packed.len() as u64;
            let mut archive =
                ArchiveReader::open(opened, Cursor::new(packed), size).seeking(Wanted::default());
            let mut found = Vec::new();
            while let Some(mut file) = archive.open_next() {
                while file.read_on() {
                    found.extend(file.take_found());
                }
                found.extend(file.finish_seeking());
            }
            let of_it: Vec<FoundTuple> =
                found.into_iter().filter(|(file, _)| file == name).map(|(_, tuple)| tuple).collect();
            assert_eq!(of_it, expected, "{name}");
        }
    }
}

#[test]
fn an_archives_own_issues_count_in_the_archive_and_name_the_file() {
    let text = damaged_log();
    let mut bytes = zipped("log.json", text.as_bytes(), CompressionMethod::Stored);
    let at = bytes.windows(7).position(|part| part == b"oh dear").unwrap();
    bytes[at] = b'u';
    let found = sources("logs.zip", &bytes);
    let archive = found.iter().find(|source| source.name == "logs.zip").unwrap();
    let [issue] = archive.issues.as_slice() else { panic!("{archive:?}") };
    assert!(!archive.unpacked && issue.code == "damaged-archive" && issue.message.ends_with(": log.json"));
    assert!(bytes[issue.offset as usize..].starts_with(b"PK\x03\x04"));
    // The file has its own as ever.
    let expected = told(&sources("log", text.replace("oh dear", "uh dear").as_bytes()), "log");
    assert_eq!(told(&found, "logs.zip/log.json"), expected);
}

#[test]
fn a_tar_is_not_unpacked_and_its_offsets_count_in_it() {
    let text = damaged_log();
    let plain = told(&sources("log", text.as_bytes()), "log");
    let tar = tarred("log.json", text.as_bytes());
    let found = sources("logs.tar", &tar);
    let told_of = told(&found, "logs.tar");
    for (code, record, offset, ..) in plain.iter().filter(|issue| issue.0 == "tuple-address") {
        assert!(
            told_of.iter().any(|issue| (&issue.0, issue.1, issue.2) == (code, *record, offset + 512)),
            "{told_of:?}"
        );
    }
    assert!(!found[0].unpacked);
    assert_eq!(told(&sources("logs.tar.gz", &gzip(&tar)), "logs.tar.gz"), told_of);
}

#[test]
fn the_summary_has_the_same_offsets() {
    let of = |name: &str, bytes: &[u8]| -> Value {
        let document = summary(&mut load(&[(name, bytes)]), Mode::Conversations);
        serde_json::from_str::<Value>(&document).unwrap()["sources"].clone()
    };
    let text = damaged_log();
    let plain = of("log", text.as_bytes())[0].clone();
    for (opened, packed, name) in packings(text.as_bytes()) {
        let found = of(opened, &packed);
        let member = found.as_array().unwrap().iter().find(|source| source["name"] == name).unwrap();
        assert_eq!((&member["bytes"], &member["issues"]), (&plain["bytes"], &plain["issues"]), "{name}");
    }
}

/// A log that is so long that it is taken in while it comes.
fn long_log() -> String {
    let of = |n: u32| {
        let tuples: Vec<String> = (0..400)
            .map(|m| tuple(n * 400 + m).replace("10.0.0.4", &format!("10.{}.{}.4", n % 250, m % 250)))
            .collect();
        record(n, &tuples)
    };
    format!("{{\"records\":[{}", (0..800).map(of).collect::<Vec<_>>().join(","))
}

/// Parts of a file that is read no further than this.
fn begun(engine: &mut Engine, source: SourceId, name: &str, bytes: &[u8]) {
    let mut scan = scan(name, bytes, 1 << 16);
    while let Some(part) = scan.take_part() {
        engine.take_part(source, part);
    }
}

fn stopped(engine: &mut Engine, name: &str, bytes: &[u8], by: bool) -> Vec<SourceRow> {
    let (source, name, bytes) = (SourceId(0), name.to_owned(), bytes.len() as u64);
    let failure = Failure::OutOfMemory { memory: None };
    let message = match by {
        true => ToEngine::Drop { source, name, bytes },
        false => ToEngine::Failed { source, name, bytes, failure },
    };
    engine.handle(message, None);
    data(engine).sources
}

#[test]
fn a_file_given_up_halfway_says_up_to_where_in_its_own_text() {
    let text = long_log();
    for by in [true, false] {
        let mut engine = Engine::default();
        begun(&mut engine, SourceId(0), "log", text.as_bytes());
        let plain = stopped(&mut engine, "log", text.as_bytes(), by);
        let (row, issue) = (&plain[0], &plain[0].issues[0]);
        assert!(row.accounts.records > 10 && issue.offset + issue.length == text.len() as u64);
        assert_eq!(row.accounts.bytes_scanned, issue.offset);

        let packed = gzip(text.as_bytes());
        assert!((packed.len() as u64) < issue.offset);
        let mut engine = Engine::default();
        begun(&mut engine, SourceId(0), "log.gz", &packed);
        let [row] = &*stopped(&mut engine, "log.gz", &packed, by) else { panic!() };
        assert!(row.unpacked);
        // A gzip gives its text in other pieces than a file; what is said is up to where its records were understood.
        assert_eq!(row.accounts.bytes, row.issues[0].offset);
        let until = &text[..row.issues[0].offset as usize];
        assert!(row.issues[0].offset > packed.len() as u64);
        assert_eq!(until.matches("\"time\"").count() as u64, row.accounts.records);
    }
}

#[test]
fn an_archive_given_up_halfway_names_the_file_it_was_in() {
    let text = long_log();
    let bytes = zipped("b/log.json", text.as_bytes(), CompressionMethod::Deflated);
    for by in [true, false] {
        let mut engine = Engine::default();
        let mut archive = ArchiveReader::open("logs.zip", Cursor::new(&bytes), bytes.len() as u64);
        let source = SourceId(0);
        archive.read_next(&mut |part| engine.take_part(source, part));
        let mut file = archive.open_next().unwrap();
        while file.read_on() {
            while let Some(part) = file.take_part() {
                engine.take_part(source, part);
            }
        }
        let found = stopped(&mut engine, "logs.zip", &bytes, by);
        let names: Vec<&str> = found.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["logs.zip", "logs.zip/b/log.json", "logs.zip/before.json"]);
        let (archive, member, before) = (&found[0], &found[1], &found[2]);
        let code = if by { "cancelled" } else { "read-failed" };
        assert_eq!((&*archive.issues[0].code, &*member.issues[0].code), (code, code));
        assert!(archive.issues[0].message.contains("not listed were not read"));
        let until = &text[..member.issues[0].offset as usize];
        assert_eq!(until.matches("\"time\"").count() as u64, member.accounts.records);
        assert!(member.unpacked && before.issues.is_empty() && before.accounts.tuples == 2);
    }
}

/// A description that is so long that it is taken in as soon as it has come.
fn long_description() -> Vec<u8> {
    let network = r#"[{"id":"/x/virtualNetworks/v","name":"v","addressSpace":{"addressPrefixes":["10.0.0.0/8"]},"subnets":[]}"#;
    format!("{network}{}]", " ".repeat(17 << 20)).into_bytes()
}

#[test]
fn an_archive_given_up_between_files_is_named() {
    let bytes = zipped("net.json", &long_description(), CompressionMethod::Stored);
    let mut engine = Engine::default();
    let mut archive = ArchiveReader::open("logs.zip", Cursor::new(&bytes), bytes.len() as u64);
    for _ in 0..2 {
        archive.read_next(&mut |part| engine.take_part(SourceId(0), part));
    }
    let found = stopped(&mut engine, "logs.zip", &bytes, true);
    let names: Vec<&str> = found.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["logs.zip", "logs.zip/before.json", "logs.zip/net.json"]);
    assert_eq!(found[0].issues[0].code, "cancelled");
}

#[test]
fn an_archive_that_is_read_again_is_listed_once() {
    let bytes = zipped("net.json", &long_description(), CompressionMethod::Stored);
    let expected = data(&mut load(&[("logs.zip", &bytes)]));
    let mut engine = Engine::default();
    let mut archive = ArchiveReader::open("logs.zip", Cursor::new(&bytes), bytes.len() as u64);
    for _ in 0..2 {
        archive.read_next(&mut |part| engine.take_part(SourceId(0), part));
    }
    assert_eq!(data(&mut engine).sources.len(), 2, "so much is taken in before the archive's end");
    engine.handle(ToEngine::Again { source: SourceId(0) }, None);
    let mut archive = ArchiveReader::open("logs.zip", Cursor::new(&bytes), bytes.len() as u64);
    while archive.read_next(&mut |part| engine.take_part(SourceId(0), part)) {}
    engine.take_last(SourceId(0), vec![archive.finish()]);
    assert_eq!(data(&mut engine), expected);
}
