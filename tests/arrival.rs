//! However the same files arrive, every answer and every document is the same: one by one, in any order, in a folder, in
//! an archive, joined into one file, under other names, in interleaved pieces, after something else was forgotten.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use azflow_engine::example;
use azflow_engine::session::{Engine, Query, SourceId, ToEngine, View};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use support::everything::{Told, apart_from_files, differences};
use support::logs::{Record, file, records};
use support::network::description;
use support::{load, scan};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A file: its name and its bytes.
type Given = (String, Vec<u8>);

/// What is loaded: logs, whose names mean nothing, and descriptions, of which the one whose name comes last counts.
#[derive(Debug, Clone)]
struct Files {
    logs: Vec<String>,
    described: Vec<String>,
}

const TABLE: &str = "TimeGenerated,SubType,FlowStartTime,FlowEndTime,SrcIp,DestIp,DestPort,L4Protocol,FlowDirection,FlowStatus,AllowedInFlows,DeniedInFlows,AllowedOutFlows,DeniedOutFlows,BytesSrcToDest,BytesDestToSrc,MacAddress,AclRule,AclGroup,SrcSubnet,DestSubnet\n\
    2026-09-21T13:10:00Z,FlowLog,2026-09-21T13:10:02Z,2026-09-21T13:12:00Z,10.0.0.4,10.0.1.4,443,T,I,A,4,0,0,0,900,400,000D3A000001,UserRule_A,nsg-a,,\n\
    2026-09-21T13:10:00Z,FlowLog,2026-09-21T13:11:02Z,2026-09-21T13:12:00Z,10.0.0.5,10.0.1.4,445,T,I,D,0,3,0,0,0,0,000D3A000001,DefaultRule_DenyAllInBound,nsg-a,rg/hub/web,rg/hub/app\n";

fn files() -> impl Strategy<Value = Files> {
    let log = prop_oneof![
        4 => records().prop_map(|records: Vec<Record>| file(&records, 0)),
        1 => Just(TABLE.to_owned()),
    ];
    let described = proptest::collection::vec(description(), 0..3);
    let copies = any::<bool>();
    (proptest::collection::vec(log, 1..5), described, copies).prop_map(|(mut logs, described, copies)| {
        if copies {
            logs.push(logs[0].clone());
        }
        let described = described.into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
        Files { logs, described }
    })
}

impl Files {
    /// As files one by one. Descriptions keep the order of their names; those of logs are made by `called`.
    fn given(&self, called: impl Fn(usize) -> String) -> Vec<Given> {
        let logs = self.logs.iter().enumerate().map(|(at, text)| (called(at), text.clone().into_bytes()));
        let described = self.described.iter().enumerate();
        let described = described.map(|(at, text)| (format!("vnets-{at}.json"), text.clone().into_bytes()));
        logs.chain(described).collect()
    }
}

fn told(given: &[Given]) -> Told {
    let given: Vec<(&str, &[u8])> =
        given.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    apart_from_files(&mut load(&given))
}

fn zipped(given: &[Given]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in given {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Parts of all files, some of each in turn, as scan workers hand them over.
fn interleaved(given: &[Given]) -> Engine {
    let mut engine = Engine::default();
    let mut open: Vec<(SourceId, std::vec::IntoIter<Vec<u8>>)> = given
        .iter()
        .enumerate()
        .map(|(at, (name, bytes))| (SourceId(90 - at as u32), scan(name, bytes, 61).finish().into_iter()))
        .collect();
    while !open.is_empty() {
        open.retain_mut(|(source, parts)| match (parts.next(), parts.len()) {
            (Some(part), 0) => {
                engine.take_last(*source, vec![part]);
                false
            }
            (Some(part), _) => {
                engine.take_part(*source, part);
                true
            }
            (None, _) => false,
        });
    }
    engine
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_same_files_say_the_same_however_they_arrive(files in files(), order in any::<u64>()) {
        let plain = files.given(|at| format!("log-{at}.json"));
        let expected = told(&plain);
        let check = |how: &str, found: &Told| -> Result<(), TestCaseError> {
            prop_assert_eq!(differences(&expected, found), Vec::<String>::new(), "{}", how);
            Ok(())
        };
        let mut shuffled = plain.clone();
        shuffled.sort_by_key(|(name, _)| (name.len() as u64 + u64::from(name.as_bytes()[4])).wrapping_mul(order | 1).rotate_left(23));
        check("in another order", &told(&shuffled))?;
        // As Azure lays files out, all of one name, and the other way round by name.
        let folder = files.given(|at| format!("logs/m={:02}/PT1H.json", 60 - at));
        let folder: Vec<Given> = folder.into_iter().map(|(name, bytes)| (format!("chosen/{name}"), bytes)).collect();
        check("in a folder", &told(&folder))?;
        check("under one name", &told(&files.given(|_| "PT1H.json".to_owned())))?;
        check("in an archive", &told(&[("logs.zip".to_owned(), zipped(&plain))]))?;
        check("in an archive, in another order", &told(&[("a.zip".to_owned(), zipped(&shuffled))]))?;
        check("in pieces in turn", &apart_from_files(&mut interleaved(&plain)))?;
        // Logs of JSON one behind the other are one file; a table has its own.
        let (tables, logs): (Vec<&String>, Vec<&String>) = files.logs.iter().partition(|text| text.starts_with("TimeGenerated"));
        let mut joined: Vec<Given> = tables.iter().map(|text| ("t.csv".to_owned(), text.as_bytes().to_vec())).collect();
        let text: Vec<&str> = logs.iter().map(|text| text.as_str()).collect();
        joined.push(("all.json".to_owned(), text.join("\n").into_bytes()));
        joined.extend(Files { logs: Vec::new(), ..files.clone() }.given(|_| String::new()));
        check("joined", &told(&joined))?;
        // The example, or anything else, leaves nothing behind.
        let mut engine = Engine::default();
        for number in (0..example::FILES).step_by(7) {
            let (name, bytes) = example::file(number);
            engine.take_scan(SourceId(number), scan(&name, &bytes, bytes.len().max(1)));
        }
        engine.answer(Query::Findings(View::default()));
        engine.handle(ToEngine::Clear, None);
        for (at, (name, bytes)) in plain.iter().enumerate() {
            engine.take_scan(SourceId(at as u32), scan(name, bytes, 500));
        }
        check("after the example", &apart_from_files(&mut engine))?;
    }
}
