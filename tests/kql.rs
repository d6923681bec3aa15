//! Queries for Kusto: Microsoft's own language service finds nothing wrong, and their results read back.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and says what it installs"
)]

mod support;

use azflow_core::model::{Network, UnixMillis};
use azflow_core::store::Mode;
use azflow_engine::export::{Known, Origin, QUESTIONS, kql};
use azflow_engine::filter::{Filter, parse};
use azflow_engine::topology::read_network;
use azflow_skips::{Need, skip};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use support::{load, summary};

/// Microsoft's analyser, from npm.
const ANALYSER: &str = "@kusto/language-service-next@12.4.1";

/// Filters with every kind of condition.
const FILTERS: [&str; 10] = [
    "src:10.1.0.0/16 -rule:Deny* port:443,8000-8100",
    "host:20.1.2.3,fd00::/8 proto:udp,47 decision:denied",
    "dst:10.0.0.1-10.0.0.9 dir:in time:2026-10-01..2026-10-02",
    "acl:nsg-web -acl:=\"a \\\"b\\\"\" port:rdp,dns",
    "(port:22 or rule:*ssh*) -(port:443 proto:tcp)",
    "src:a -dst:=a host:w*b,web net:n dst:AzurePublic",
    "nic:00-0D-3A,web-nic path:platform,internet kind:query (src:a or host:b.c*d)",
    "(time:2026-10-01T10:04 or port:22) -time:2026-10-01T11:30..2026-10-01T14:20 -logged:denied -dir:out",
    "(time:2026-10-01T10:04..2026-10-01T10:20 or path:internet) -(src:10.1.0.0/16 time:2026-10-01T10)",
    "enc:NX src:0.0.0.0/0 bytes>1MB path:internet web",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the analyser, installed now if it isn't there; `None`, with a note that says why, where it
/// can't be.
fn analyser() -> Option<PathBuf> {
    let folder = root().join("target/kusto");
    if folder.join("node_modules/@kusto/language-service-next").is_dir() {
        return Some(folder);
    }
    fs::create_dir_all(&folder).unwrap();
    println!("installing {ANALYSER} into target/kusto");
    let installed = Command::new("npm")
        .args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"])
        .arg(&folder)
        .arg(ANALYSER)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if installed.is_ok_and(|status| status.success()) {
        return Some(folder);
    }
    let why =
        format!("queries are not checked without npm's {ANALYSER}; on Debian: apt-get install nodejs npm");
    skip(Need::Required, &why);
    None
}

#[test]
fn the_language_service_finds_nothing() {
    let Some(folder) = analyser() else { return };
    let named = read_network(&fs::read(root().join("tests/fixtures/az_vnet_list.json")).unwrap()).network;
    let odd = read_network(b"10.0.0.0/24,a\\\"b]'c,n\n").network;
    let (start, end) = (
        UnixMillis::from_iso("2026-10-01T00:00:00Z").unwrap(),
        UnixMillis::from_iso("2026-10-03T00:00:00Z").unwrap(),
    );
    let six = read_network(b"fd00:1::/48,wide,n\nfd00:1:2::/64,narrow,n\n").network;
    let nested =
        read_network(b"10.0.0.0/16,wide,n\n10.0.0.0/24,a,n\n10.1.0.0/24,c,m\n10.1.0.0/24,c,o\n").network;
    let both = read_network(b"10.0.0.0/24,a,n\nfd00:1:2::/64,a,n\n").network;
    let mut text = String::new();
    for origin in [Origin::Nta, Origin::Ana, Origin::Blobs, Origin::NsgBlobs] {
        for filter in FILTERS {
            let written = kql(origin, (start, end), &Known::of(&both), &parse(filter).unwrap());
            for (window, query) in written.queries {
                text.push_str(&format!("//// {window}\n{query}\n"));
            }
        }
        for network in [&Network::default(), &named, &odd, &six, &both, &nested] {
            for (window, query) in kql(origin, (start, end), &Known::of(network), &Filter::Everything).queries
            {
                text.push_str(&format!("//// {window}\n{query}\n"));
            }
        }
    }
    for question in QUESTIONS {
        for (origin, window) in [(Origin::Nta, Some((start, end))), (Origin::Ana, None)] {
            text.push_str(&format!("//// {}\n{}\n", question.id, question.kql(origin, window)));
        }
    }
    let mut node = Command::new("node")
        .arg(root().join("tests/kql/check.mjs"))
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    node.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words}");
    assert!(words.contains("158 queries, 0 diagnostics"), "{words}");
}

#[test]
fn a_querys_result_reads_back_as_the_flow_records_of_the_raw_log() {
    let raw = r#"{"records":[{"time":"2026-10-01T14:20:00Z","flowLogVersion":4,"macAddress":"000D3A112233","category":"FlowLogFlowEvent","flowRecords":{"flows":[{"aclID":"acl","flowGroups":[{"rule":"allow-sql","flowTuples":["1790863500000,10.1.0.4,10.2.0.5,50000,1433,6,O,B,NX,0,0,0,0","1790863501000,10.1.0.4,10.2.0.5,50000,1433,6,O,E,NX,5,500,4,900","1790863502000,10.1.0.4,10.2.0.5,50001,23,6,O,D,NX,0,0,0,0"]}]}]}}]}"#;
    let result = "FlowIntervalStartTime,SrcIp,DestIp,DestPort,L4Protocol,FlowDirection,FlowStatus,MacAddress,AclGroup,AclRule,FlowEncryption,FlowEndTime,FlowStartTime,AllowedInFlows,DeniedInFlows,AllowedOutFlows,DeniedOutFlows,PacketsSrcToDest,BytesSrcToDest,PacketsDestToSrc,BytesDestToSrc,AzflowQuery\n\
        2026-10-01T14:00:00Z,10.1.0.4,10.2.0.5,1433,6,O,A,000D3A112233,acl,allow-sql,NX,2026-10-01T14:05:01Z,2026-10-01T14:05:00Z,0,0,1,0,5,500,4,900,blobs\n\
        2026-10-01T14:00:00Z,10.1.0.4,10.2.0.5,23,6,O,D,000D3A112233,acl,allow-sql,NX,2026-10-01T14:05:02Z,2026-10-01T14:05:02Z,0,0,0,1,0,0,0,0,blobs\n";
    let read = |name: &str, text: &str, mode| -> Value {
        serde_json::from_str(&summary(&mut load(&[(name, text.as_bytes())]), mode)).unwrap()
    };
    for mode in [Mode::Conversations, Mode::AsLogged] {
        let (raw, result) = (read("PT1H.json", raw, mode), read("result.csv", result, mode));
        assert_eq!(raw["pairs"], result["pairs"]);
        // Marked with where it is from.
        assert_eq!(result["sources"][0]["kind"], "kusto-blobs");
        assert_eq!(raw["rules"], result["rules"]);
        for key in ["allowed_flows", "denied_flows", "bytes_src_to_dst", "bytes_dst_to_src"] {
            assert_eq!(raw["totals"][key], result["totals"][key], "{key}");
        }
    }
}
