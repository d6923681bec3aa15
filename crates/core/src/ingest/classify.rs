//! What a source is, told from its content; and, where it holds no flow record, what to say.
//!
//! `PT1H.json` is the name of every hourly diagnostic log of Azure, so names prove nothing.

use super::scanner::Outcome;
use super::table::is_rules;
use super::tuple::{self, Layout, excerpt};
use super::{IssueCode, SourceKind};
use crate::model::Prefix;

/// Bytes of the text that are kept for telling its kind.
pub const HEAD: usize = 4096;

/// The keys of a source's first object.
#[derive(Debug, Default)]
pub struct Sketch {
    keys: Vec<String>,
}

impl Sketch {
    /// Notes a key, up to a bound.
    pub fn add_key(&mut self, mut key: String) {
        if self.keys.len() < 64 {
            key.make_ascii_lowercase();
            self.keys.push(key);
        }
    }

    fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|k| k == key)
    }

    fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|k| self.has(k))
    }
}

/// The verdict on a source without flow records: why nothing of it was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The code of the issue.
    pub code: IssueCode,
    /// A sentence for people.
    pub message: String,
}

fn verdict(kind: SourceKind, code: IssueCode, message: impl Into<String>) -> (SourceKind, Option<Verdict>) {
    (kind, Some(Verdict { code, message: message.into() }))
}

/// Tells the kind of a source from the scan and the first bytes of its text. With a verdict the
/// whole source counts as passed over.
pub fn classify(head: &[u8], outcome: &Outcome) -> (SourceKind, Option<Verdict>) {
    let [nsg, vnet] = outcome.flow_records;
    if nsg + vnet > 0 {
        return (if vnet > nsg { SourceKind::VnetFlowLog } else { SourceKind::NsgFlowLog }, None);
    }
    if outcome.length == 0 {
        return verdict(SourceKind::Unknown, IssueCode::Empty, "the file is empty");
    }
    let text = String::from_utf8_lossy(head);
    let trimmed = text.trim_start();
    // A flow log of which not one record is whole: its own issues say so.
    if text.contains("FlowLogFlowEvent") || text.contains("flowRecords") {
        return (SourceKind::VnetFlowLog, None);
    }
    if text.contains("NetworkSecurityGroupFlowEvent") || text.contains("flowTuples") {
        return (SourceKind::NsgFlowLog, None);
    }
    if head.starts_with(b"PK\x03\x04") {
        return verdict(SourceKind::Archive, IssueCode::NotReadYet, "a zip archive");
    }
    let control = head.iter().filter(|b| **b < 32 && !matches!(b, b'\n' | b'\r' | b'\t' | 12)).count();
    if control * 50 > head.len() {
        return verdict(SourceKind::Unknown, IssueCode::Binary, "not text: the file is binary");
    }
    if trimmed.starts_with(['{', '[']) {
        return classify_json(&text, outcome);
    }
    classify_text(trimmed)
}

fn classify_json(text: &str, outcome: &Outcome) -> (SourceKind, Option<Verdict>) {
    let sketch = &outcome.sketch;
    let category = outcome.stretches.iter().map(|s| s.category.as_str()).find(|c| !c.is_empty());
    if let Some(category) = category {
        let what =
            format!("another resource log of Azure Monitor, of category {}", excerpt(category.as_bytes()));
        return verdict(SourceKind::ResourceLog, IssueCode::WrongKind, what);
    }
    if sketch.has_any(&["metricname", "timegrain"]) {
        return verdict(
            SourceKind::ResourceLog,
            IssueCode::WrongKind,
            "metrics of Azure Monitor, not a flow log",
        );
    }
    if sketch.has("changenumber") && sketch.has("values") {
        return verdict(SourceKind::ServiceTags, IssueCode::NotReadYet, "a list of Azure service tags");
    }
    if sketch.has_any(&[
        "tables",
        "tablename",
        "flowtype",
        "flowtype_s",
        "flowintervalstarttime",
        "flowintervalstarttime_t",
    ]) {
        let what = "a query result of Log Analytics without the columns that a flow needs";
        return verdict(SourceKind::FlowCsv, IssueCode::TableColumns, what);
    }
    const NETWORK: [&str; 21] = [
        "addressspace",
        "addressprefix",
        "addressprefixes",
        "subnets",
        "virtualnetworkpeerings",
        "peeringstate",
        "remotevirtualnetwork",
        "securityrules",
        "defaultsecurityrules",
        "ipconfigurations",
        "newvnet",
        "newnsg",
        "newnic",
        "sourceportrange",
        "destinationportrange",
        "destinationaddressprefix",
        "dhcpoptions",
        "networkinterfaces",
        "enableacceleratednetworking",
        "hardwareprofile",
        "platformfaultdomaincount",
    ];
    // What stands deeper than the first object's keys.
    const WITHIN: [&str; 6] = [
        "microsoft.network/",
        "\"nexthoptype\"",
        "\"effectivesecurityrules\"",
        "\"targetresourceid\"",
        "\"terraform_version\"",
        "\"azurerm_",
    ];
    let names_network = || {
        let text = text.to_ascii_lowercase();
        WITHIN.iter().any(|word| text.contains(word))
    };
    if sketch.has_any(&NETWORK) || names_network() || (sketch.has("$schema") && sketch.has("resources")) {
        return verdict(
            SourceKind::AzureNetwork,
            IssueCode::NotReadYet,
            "a description of a network, not a flow log",
        );
    }
    if sketch.has("records") && outcome.stretches.is_empty() {
        return verdict(SourceKind::Unknown, IssueCode::Empty, "a wrapper without any record");
    }
    verdict(SourceKind::Unknown, IssueCode::WrongKind, "JSON, but not a flow log")
}

fn classify_text(text: &str) -> (SourceKind, Option<Verdict>) {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().trim();
    let second = lines.next().unwrap_or_default().trim();
    let is_tuple =
        |layout| tuple::careful(first.trim_end_matches("\",").trim_matches('"').as_bytes(), layout).is_ok();
    if is_tuple(Layout::Nsg) || is_tuple(Layout::Vnet) {
        let what = "flow tuples without the JSON around them, so without NIC and rule";
        return verdict(SourceKind::Unknown, IssueCode::BareTuples, what);
    }
    let is_list = |line: &str| {
        let mut cells = line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"'));
        let (a, b) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let is_prefix = |text: &str| text.contains('/') && Prefix::parse(text).is_some();
        is_prefix(a) && !b.is_empty() || is_prefix(b) && !a.is_empty()
    };
    if is_list(first) || is_list(second) {
        return verdict(SourceKind::AzureNetwork, IssueCode::NotReadYet, "a list of subnets");
    }
    let ruled =
        |line: &str| line.len() > 3 && line.bytes().all(|b| matches!(b, b'-' | b' ' | b'+' | b'|' | b'='));
    if ruled(second) || ruled(first) {
        return verdict(SourceKind::Unknown, IssueCode::TableText, "a table as az prints it with -o table");
    }
    let mut header = first;
    if header.starts_with("#TYPE") {
        header = second;
    }
    let separator = [',', ';', '\t'].into_iter().max_by_key(|s| header.matches(*s).count()).unwrap_or(',');
    let headings: Vec<String> = header.split(separator).map(str::to_owned).collect();
    if is_rules(&headings) {
        let lost = text.contains("System.Collections.Generic.List");
        let what = if lost {
            "rules of a network security group as CSV, whose lists Export-Csv has lost"
        } else {
            "rules of a network security group as CSV"
        };
        return verdict(SourceKind::Unknown, IssueCode::RulesTable, what);
    }
    let columns: Vec<String> = header
        .split(separator)
        .map(|c| c.trim().trim_matches('"').trim_end_matches(" [UTC]").to_ascii_lowercase())
        .collect();
    let has = |name: &str| columns.iter().any(|c| c == name);
    if columns.len() > 1 {
        let what = "rows of Traffic Analytics without the columns that a flow needs";
        if has("aclrule") || has("aclgroup") || (has("flowtype") && has("srcip")) {
            return verdict(SourceKind::TrafficAnalyticsVnet, IssueCode::TableColumns, what);
        }
        if has("nsgrule_s") || has("flowtype_s") || has("srcip_s") {
            return verdict(SourceKind::TrafficAnalyticsNsg, IssueCode::TableColumns, what);
        }
        if columns.iter().any(|c| c.contains("ip") || c.contains("port")) {
            return verdict(
                SourceKind::FlowCsv,
                IssueCode::TableColumns,
                "a table without the columns that a flow needs",
            );
        }
    }
    verdict(SourceKind::Unknown, IssueCode::WrongKind, "text, but not a flow log")
}
