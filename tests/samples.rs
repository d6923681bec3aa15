//! Real files from public places, which are beside a working copy but not in the project.
//! Skipped, with a line, where they are missing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use serde_json::Value;
use std::path::Path;
use support::{data, load, oracle, samples, summary};

fn read(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap()
}

fn document(name: &str, bytes: &[u8], mode: Mode) -> Value {
    serde_json::from_str(&summary(&mut load(&[(name, bytes)]), mode)).unwrap()
}

/// The numbers of the document by an independent count: totals, rules, conversations.
fn check(text: &str, document: &Value) {
    let count = oracle::count(&[text]);
    let totals = &document["totals"];
    assert_eq!(totals["records"], count.records);
    assert_eq!(totals["duplicate_records"], count.duplicate_records);
    assert_eq!(totals["tuples"], count.tuples);
    assert_eq!(totals["duplicate_tuples"], count.duplicate_tuples);
    assert_eq!(totals["rejected_tuples"], 0);
    assert_eq!(oracle::numbers(totals), count.as_logged());
    let rules: Vec<_> = document["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            let text = |key: &str| r[key].as_str().unwrap().to_owned();
            ((text("acl"), text("rule"), text("direction") == "outbound"), oracle::numbers(r))
        })
        .collect();
    assert_eq!(rules, count.rules().into_iter().collect::<Vec<_>>());
    let mut services = std::collections::BTreeMap::<(u8, u16), oracle::Numbers>::new();
    for ((_, _, protocol, port), numbers) in count.conversations() {
        let sum = services.entry((protocol, port)).or_default();
        sum.iter_mut().zip(numbers).for_each(|(s, n)| *s += n);
    }
    let mut found = std::collections::BTreeMap::<(u8, u16), oracle::Numbers>::new();
    for service in
        document["pairs"].as_array().unwrap().iter().flat_map(|p| p["services"].as_array().unwrap())
    {
        let protocol = match service["protocol"].as_str().unwrap() {
            "tcp" => 6,
            "udp" => 17,
            "icmp" => 1,
            other => other.parse().unwrap(),
        };
        let port = service["port"].as_u64().unwrap_or_default() as u16;
        let sum = found.entry((protocol, port)).or_default();
        sum.iter_mut().zip(oracle::numbers(service)).for_each(|(s, n)| *s += n);
    }
    assert_eq!(found, services);
}

#[test]
fn well_formed_logs_agree_with_an_independent_count() {
    let Some(folder) = samples() else { return };
    for file in [
        "nsg/mixed_v2_then_v1.json",
        "nsg/v1_tabs_empty_flows.json",
        "nsg/v2_bare_record.json",
        "nsg/v2_denied_only.json",
        "nsg/v2_one_line.json",
        "vnet/v4_bare_record.json",
        "vnet/v4_pretty.json",
        "vnet/v4_real_2026.json",
        "broken/v4_bom.json",
        "broken/v4_concatenated_twice.json",
    ] {
        let bytes = read(&folder, file);
        check(std::str::from_utf8(&bytes).unwrap(), &document(file, &bytes, Mode::Conversations));
    }
}

/// Everything but the list of sources.
fn numbers_of(mut document: Value) -> Value {
    document.as_object_mut().unwrap().remove("sources");
    document
}

#[test]
fn other_encodings_of_a_file_give_the_same_numbers() {
    let Some(folder) = samples() else { return };
    for (original, copies) in [
        (
            "vnet/v4_real_2026.json",
            &["broken/v4_bom.json", "broken/v4_utf16le.json", "broken/v4_no_tail_block.json"][..],
        ),
        ("nsg/mixed_v2_then_v1.json", &["broken/mixed.json.gz"][..]),
    ] {
        let expected = numbers_of(document("x", &read(&folder, original), Mode::AsLogged));
        for copy in copies {
            assert_eq!(numbers_of(document("x", &read(&folder, copy), Mode::AsLogged)), expected, "{copy}");
        }
    }
}

#[test]
fn every_sample_is_what_its_manifest_says() {
    let Some(folder) = samples() else { return };
    // Kind, records, duplicate records, tuples, first issue.
    let expected = [
        ("broken/mixed.json.gz", "nsg-flow-log", 15, 0, 2637, ""),
        ("broken/v4_appended_block.json", "vnet-flow-log", 4, 0, 61, "missing-head"),
        ("broken/v4_bom.json", "vnet-flow-log", 5, 0, 76, ""),
        ("broken/v4_concatenated_twice.json", "vnet-flow-log", 10, 5, 152, ""),
        ("broken/v4_no_tail_block.json", "vnet-flow-log", 5, 0, 76, "unclosed"),
        ("broken/v4_truncated_5000.json", "vnet-flow-log", 2, 0, 30, "truncated"),
        ("broken/v4_utf16le.json", "vnet-flow-log", 5, 0, 76, ""),
        ("broken/vnet_bare_tuples_seconds.txt", "unknown", 0, 0, 0, "bare-tuples"),
        ("csv/AzureNetworkAnalytics_CL.columns.json", "unknown", 0, 0, 0, "wrong-kind"),
        ("csv/NTANetAnalytics_portal_86_columns.csv", "traffic-analytics-vnet", 15, 0, 15, ""),
        ("csv/portal_export_aggregate.csv", "flow-csv", 0, 0, 0, "table-columns"),
        ("network/arm_vnet_crlf.json", "azure-network", 0, 0, 0, ""),
        ("network/az_nic_old_casing.json", "azure-network", 0, 0, 0, ""),
        ("network/az_nsg_create_wrapper.json", "azure-network", 0, 0, 0, ""),
        ("network/az_peerings_table.txt", "unknown", 0, 0, 0, "table-text"),
        ("network/az_rules_concatenated.json", "azure-network", 0, 0, 0, ""),
        ("network/az_subnet.json", "azure-network", 0, 0, 0, ""),
        ("network/az_subnet_list.json", "azure-network", 0, 0, 0, ""),
        ("network/az_vnet_create_wrapper.json", "azure-network", 0, 0, 0, ""),
        ("network/ps_Get-AzVirtualNetwork.json", "azure-network", 0, 0, 0, ""),
        ("network/ps_default_rules.json", "azure-network", 0, 0, 0, ""),
        ("nsg/mixed_v2_then_v1.json", "nsg-flow-log", 15, 0, 2637, ""),
        ("nsg/v1_tabs_empty_flows.json", "nsg-flow-log", 1, 0, 40, ""),
        ("nsg/v2_bare_record.json", "nsg-flow-log", 1, 0, 1, ""),
        ("nsg/v2_denied_only.json", "nsg-flow-log", 1, 0, 4, ""),
        ("nsg/v2_one_line.json", "nsg-flow-log", 2, 0, 11, ""),
        ("other/flattened_connector_record.json", "nsg-flow-log", 1, 0, 1, ""),
        ("other/keyvault_PT1H.json", "resource-log", 0, 0, 0, "wrong-kind"),
        ("service-tags/government_2026-07-20.json", "service-tags", 0, 0, 0, ""),
        ("vnet/v4_bare_record.json", "vnet-flow-log", 1, 0, 2, ""),
        ("vnet/v4_pretty.json", "vnet-flow-log", 1, 0, 19, ""),
        ("vnet/v4_real_2026.json", "vnet-flow-log", 5, 0, 76, ""),
    ];
    for (file, kind, records, duplicates, tuples, issue) in expected {
        let bytes = read(&folder, file);
        let found = data(&mut load(&[(file, &bytes)]));
        let source = &found.sources[0];
        let first = source.issues.first().map_or("", |i| i.code.as_str());
        let a = source.accounts;
        let seen = (source.kind.as_str(), a.records, a.duplicate_records, a.tuples, first);
        assert_eq!(seen, (kind, records, duplicates, tuples, issue), "{file}");
        assert_eq!(a.bytes, a.bytes_scanned + a.bytes_skipped, "{file}");
        assert_eq!(a.rejected_tuples, 0, "{file}");
    }
}
