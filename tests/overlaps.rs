//! The same traffic in several files: raw logs, tables of Traffic Analytics, results of azflow's own queries.
//! One of them counts, never the sum.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::LogKind;
use azflow_core::store::Mode;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use support::{data, load, summary};

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// The pairs of fixtures loaded together, in one mode.
fn pairs(names: &[&str], mode: Mode) -> Value {
    let files: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (*name, fixture(name))).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let document: Value = serde_json::from_str(&summary(&mut load(&files), mode)).unwrap();
    document["pairs"].clone()
}

/// Allowed flows, denied flows, bytes there and back over all pairs.
fn sums(pairs: &Value) -> [u64; 4] {
    ["allowed_flows", "denied_flows", "bytes_src_to_dst", "bytes_dst_to_src"]
        .map(|key| pairs.as_array().unwrap().iter().map(|pair| pair[key].as_u64().unwrap()).sum())
}

/// NICs, hours and kinds of the list of overlaps.
fn overlaps(names: &[&str]) -> Vec<(String, u32, Vec<LogKind>)> {
    let files: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (*name, fixture(name))).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    data(&mut load(&files)).overlaps.into_iter().map(|o| (o.mac, o.hours, o.kinds)).collect()
}

#[test]
fn a_querys_result_beside_the_export_of_its_table_adds_nothing() {
    for (table, result, kinds) in [
        ("nta_portal.csv", "kusto_nta.csv", [LogKind::Analytics, LogKind::QueryAnalytics]),
        ("ana_powershell.csv", "kusto_ana.csv", [LogKind::AnalyticsNsg, LogKind::QueryAnalyticsNsg]),
        // One of each table: the exported rows count, whichever of both tables they are of.
        ("nta_portal.csv", "kusto_ana.csv", [LogKind::Analytics, LogKind::QueryAnalyticsNsg]),
        ("ana_powershell.csv", "kusto_nta.csv", [LogKind::AnalyticsNsg, LogKind::QueryAnalytics]),
        ("kusto_nta.csv", "kusto_ana.csv", [LogKind::QueryAnalytics, LogKind::QueryAnalyticsNsg]),
    ] {
        let once = [15, 7, 17_300, 140_600];
        for alone in [table, result] {
            assert_eq!(sums(&pairs(&[alone], Mode::Conversations)), once, "{alone}");
        }
        let both = pairs(&[result, table], Mode::Conversations);
        assert_eq!(both, pairs(&[table], Mode::Conversations), "{result}");
        // As logged adds everything, and says so.
        let logged = sums(&pairs(&[table, result], Mode::AsLogged));
        assert_eq!(logged, [2 * 27, 2 * 7, 2 * 31_300, 2 * 230_600], "{result}");
        assert_eq!(
            overlaps(&[table, result]),
            [("000D3A112233".to_owned(), 2, kinds.to_vec()), ("000D3A445566".to_owned(), 1, kinds.to_vec())],
            "{result}"
        );
    }
}

#[test]
fn a_filtered_querys_result_hides_nothing_of_the_export() {
    let result = String::from_utf8(fixture("kusto_nta.csv")).unwrap();
    // As a query with `port:3389` returns it: one row of the NIC's hour, of three.
    let mut lines = result.lines();
    let head = lines.next().unwrap();
    let wanted: Vec<&str> =
        std::iter::once(head).chain(lines.filter(|line| line.contains(",3389,"))).collect();
    assert_eq!(wanted.len(), 2);
    let wanted = wanted.join("\n");
    let files = [("a.csv", wanted.as_bytes()), ("b.csv", &fixture("nta_portal.csv"))];
    let document: Value = serde_json::from_str(&summary(&mut load(&files), Mode::Conversations)).unwrap();
    assert_eq!(document["pairs"], pairs(&["nta_portal.csv"], Mode::Conversations));
}

#[test]
fn raw_logs_count_before_results_of_queries() {
    let raw = "raw_of_exported_hour.json";
    // Over the raw log itself: the very same flow records.
    assert_eq!(pairs(&[raw], Mode::AsLogged), pairs(&["kusto_nsg_blobs.csv"], Mode::AsLogged));
    assert_eq!(sums(&pairs(&[raw, "kusto_nsg_blobs.csv"], Mode::Conversations)), [2, 0, 1000, 7000]);
    assert_eq!(sums(&pairs(&[raw, "kusto_nsg_blobs.csv"], Mode::AsLogged)), [4, 0, 2000, 14_000]);
    assert_eq!(
        overlaps(&[raw, "kusto_nsg_blobs.csv"]),
        [("000D3A112233".to_owned(), 1, vec![LogKind::Nsg, LogKind::QueryNsg])]
    );
    // Over Traffic Analytics: at the source's NIC the raw log's two flows; the destination's NIC, of which the
    // result alone tells, saw twelve. Of the other hour the result alone tells.
    for (result, kind) in
        [("kusto_nta.csv", LogKind::QueryAnalytics), ("kusto_ana.csv", LogKind::QueryAnalyticsNsg)]
    {
        assert_eq!(sums(&pairs(&[raw, result], Mode::Conversations)), [15, 7, 17_300, 140_600]);
        assert_eq!(overlaps(&[raw, result]), [("000D3A112233".to_owned(), 1, vec![LogKind::Nsg, kind])]);
        assert_eq!(sums(&pairs(&[raw, result], Mode::AsLogged))[0], 2 + 27);
    }
}

#[test]
fn everything_about_one_hour_at_once_counts_once() {
    let all = [
        "ana_powershell.csv",
        "kusto_ana.csv",
        "kusto_nsg_blobs.csv",
        "kusto_nta.csv",
        "nta_portal.csv",
        "raw_of_exported_hour.json",
    ];
    let mut turned = all;
    turned.reverse();
    for names in [all, turned] {
        assert_eq!(sums(&pairs(&names, Mode::Conversations)), [15, 7, 17_300, 140_600]);
        assert_eq!(
            sums(&pairs(&names, Mode::AsLogged)),
            [4 * 27 + 2 * 2, 28, 4 * 31_300 + 2000, 4 * 230_600 + 14_000]
        );
    }
}
