//! Queries that compute azflow's flow records where the data is, for estates that outgrow a tab.
//!
//! Every query returns the columns that azflow's reader of tables knows, so that its result, exported as
//! CSV, reads back as the same flow records. Long windows are split by day to stay under the portal's limit
//! of rows. Text goes into a query as a quoted literal, never as a part of it.

use super::known::Known;
use super::restrict::restrict;
use crate::filter::Filter;
use azflow_core::model::{Network, UnixMillis};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// Where the data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// The table `NTANetAnalytics` of a Log Analytics workspace: VNet flow logs.
    Nta,
    /// The table `AzureNetworkAnalytics_CL`: NSG flow logs.
    Ana,
    /// Raw blobs of VNet flow logs, from Azure Data Explorer.
    Blobs,
    /// Raw blobs of NSG flow logs, from Azure Data Explorer.
    NsgBlobs,
}

impl Origin {
    /// By its name on the command line.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "nta" => Self::Nta,
            "ana" => Self::Ana,
            "blobs" => Self::Blobs,
            "nsg-blobs" => Self::NsgBlobs,
            _ => return None,
        })
    }

    /// What a query's rows say about where they are from.
    fn mark(self) -> &'static str {
        match self {
            Self::Nta => "NTANetAnalytics",
            Self::Ana => "AzureNetworkAnalytics_CL",
            Self::Blobs | Self::NsgBlobs => "blobs",
        }
    }

    /// The query that adds flow records up, and the part of it that takes the data's own names of subnets.
    fn query(self) -> (&'static str, &'static str) {
        match self {
            Self::Nta => (NTA, ", SrcSubnet, DestSubnet"),
            Self::Ana => (ANA, ", SrcSubnet = Subnet1_s, DestSubnet = Subnet2_s"),
            Self::Blobs => (BLOBS, "\0"),
            Self::NsgBlobs => (NSG_BLOBS, "\0"),
        }
    }
}

/// A string literal.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

const DAY: i64 = 86_400_000;

/// Queries, and what they leave to the page.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Queries {
    /// What each is about, and its text.
    pub queries: Vec<(String, String)>,
    /// Conditions of the filter that a query can't say: what comes back is filtered by them in the page.
    pub unsaid: Vec<String>,
}

/// One query a day from `start` up to `end`, each with its heading. With a description of the network the
/// rows carry the names of its subnets.
pub fn kql(
    origin: Origin,
    (start, end): (UnixMillis, UnixMillis),
    known: &Known<'_>,
    filter: &Filter,
) -> Queries {
    let (body, own) = origin.query();
    let query = match names(known.network) {
        None => body.to_owned(),
        // The names loaded here take the place of those in the data.
        Some(Names { table, lookup }) => format!("{table}{}{lookup}", body.replace(own, "")),
    };
    let (said, unsaid) = restrict(filter, origin, known);
    let conditions: String = said.iter().map(|condition| format!("| where {condition}\n")).collect();
    let query = format!("{query}{conditions}");
    // The reader marks what comes back by this.
    let query = format!("{query}| extend AzflowQuery = {}\n", quoted(origin.mark()));
    let mut out = Vec::new();
    let mut from = start.0;
    while from < end.0 {
        let to = ((from.div_euclid(DAY) + 1) * DAY).min(end.0);
        let (first, last) = (UnixMillis(from).to_iso(), UnixMillis(to).to_iso());
        let head = format!("let start = datetime({first});\nlet end = datetime({last});\n");
        out.push((format!("{first} – {last}"), format!("{head}{query}")));
        from = to;
    }
    Queries { queries: out, unsaid }
}

/// Names of prefixes, and the lookup of both sides by them.
struct Names {
    /// What stands before the query: the IPv4 prefixes as a table.
    table: String,
    /// What stands behind it.
    lookup: String,
}

/// The names that a description gives; `None` without any. IPv4 is looked up in a table; for IPv6 Log Analytics
/// has no lookup, so each prefix is a case, the longest first.
fn names(network: &Network) -> Option<Names> {
    let (mut rows, mut cases) = (Vec::new(), Vec::new());
    for one in &network.networks {
        for subnet in &one.subnets {
            let name = quoted(&format!("{}/{}", one.name, subnet.name));
            for prefix in &subnet.prefixes {
                let text = quoted(&prefix.to_string());
                if prefix.first().v4().is_some() {
                    rows.push(format!("    {text}, {name}"));
                } else {
                    cases.push((std::cmp::Reverse(prefix.length()), text, name.clone()));
                }
            }
        }
    }
    if rows.is_empty() && cases.is_empty() {
        return None;
    }
    cases.sort();
    let mut out = Names { table: String::new(), lookup: String::new() };
    if !rows.is_empty() {
        out.table =
            format!("let subnets = datatable(Prefix: string, Subnet: string) [\n{}\n];\n", rows.join(",\n"));
        out.lookup.push_str(NAMED);
    }
    if !cases.is_empty() {
        for (side, address) in [("SrcSubnet", "SrcIp"), ("DestSubnet", "DestIp")] {
            let known = if rows.is_empty() { String::new() } else { format!("isnotempty({side}), {side},") };
            out.lookup.push_str(&format!("| extend {side} = case({known}\n"));
            for (_, prefix, name) in &cases {
                out.lookup.push_str(&format!("    ipv6_is_in_range({address}, {prefix}), {name},\n"));
            }
            out.lookup.push_str("    \"\")\n");
        }
    }
    Some(out)
}

/// Looks both sides up among named prefixes.
const NAMED: &str = "\
| evaluate ipv4_lookup(subnets, SrcIp, Prefix, return_unmatched = true)
| project-rename SrcSubnet = Subnet
| project-away Prefix
| evaluate ipv4_lookup(subnets, DestIp, Prefix, return_unmatched = true)
| project-rename DestSubnet = Subnet
| project-away Prefix
";

const NTA: &str = "\
NTANetAnalytics
| where SubType == \"FlowLog\" and FlowIntervalStartTime >= start and FlowIntervalStartTime < end
| summarize FlowStartTime = min(FlowStartTime), FlowEndTime = max(FlowEndTime),
    AllowedInFlows = sum(AllowedInFlows), DeniedInFlows = sum(DeniedInFlows),
    AllowedOutFlows = sum(AllowedOutFlows), DeniedOutFlows = sum(DeniedOutFlows),
    PacketsSrcToDest = sum(PacketsSrcToDest), PacketsDestToSrc = sum(PacketsDestToSrc),
    BytesSrcToDest = sum(BytesSrcToDest), BytesDestToSrc = sum(BytesDestToSrc)
    by FlowIntervalStartTime, FlowType, SrcIp, DestIp, SrcPublicIps, DestPublicIps, DestPort, L4Protocol,
    FlowDirection, FlowStatus, MacAddress, AclGroup, AclRule, FlowEncryption, SrcSubnet, DestSubnet
";

const ANA: &str = "\
AzureNetworkAnalytics_CL
| where SubType_s == \"FlowLog\" and FlowIntervalStartTime_t >= start and FlowIntervalStartTime_t < end
| summarize FlowStartTime = min(FlowStartTime_t), FlowEndTime = max(FlowEndTime_t),
    AllowedInFlows = tolong(sum(AllowedInFlows_d)), DeniedInFlows = tolong(sum(DeniedInFlows_d)),
    AllowedOutFlows = tolong(sum(AllowedOutFlows_d)), DeniedOutFlows = tolong(sum(DeniedOutFlows_d)),
    PacketsSrcToDest = tolong(sum(OutboundPackets_d)), PacketsDestToSrc = tolong(sum(InboundPackets_d)),
    BytesSrcToDest = tolong(sum(OutboundBytes_d)), BytesDestToSrc = tolong(sum(InboundBytes_d))
    by FlowIntervalStartTime = FlowIntervalStartTime_t, FlowType = FlowType_s, SrcIp = SrcIP_s, DestIp = DestIP_s,
    SrcPublicIps = SrcPublicIPs_s, DestPublicIps = DestPublicIPs_s, DestPort = toint(DestPort_d),
    L4Protocol = L4Protocol_s, FlowDirection = FlowDirection_s, FlowStatus = FlowStatus_s,
    MacAddress = MACAddress_s, NsgList = NSGList_s, NsgRule = NSGRule_s, SrcSubnet = Subnet1_s, DestSubnet = Subnet2_s
";

/// What tuples of raw logs add up to, and by what; the columns of the rule follow.
macro_rules! sums_of_tuples {
    () => {
        "\
| summarize FlowEndTime = max(FlowStartTime), FlowStartTime = min(FlowStartTime),
    AllowedInFlows = sumif(Begun, FlowDirection == \"I\"), DeniedInFlows = sumif(Refused, FlowDirection == \"I\"),
    AllowedOutFlows = sumif(Begun, FlowDirection == \"O\"), DeniedOutFlows = sumif(Refused, FlowDirection == \"O\"),
    PacketsSrcToDest = sum(Counts * tolong(f[9])), BytesSrcToDest = sum(Counts * tolong(f[10])),
    PacketsDestToSrc = sum(Counts * tolong(f[11])), BytesDestToSrc = sum(Counts * tolong(f[12]))
    by FlowIntervalStartTime = bin(FlowStartTime, 1h), SrcIp, DestIp, DestPort, L4Protocol, FlowDirection, FlowStatus,
    "
    };
}

/// Raw VNet flow logs. The list of blobs, each with `;` and a key or a SAS, is for the user to fill in.
const BLOBS: &str = concat!(
    "\
externaldata(records: dynamic) [
    h@\"https://ACCOUNT.blob.core.windows.net/insights-logs-flowlogflowevent/PATH/PT1H.json;SAS\"
] with (format = \"multijson\")
| mv-expand record = records
| mv-expand flow = record.flowRecords.flows
| mv-expand flowGroup = flow.flowGroups
| mv-expand tuple = flowGroup.flowTuples to typeof(string)
| extend f = split(tuple, \",\")
| extend FlowStartTime = unixtime_milliseconds_todatetime(tolong(f[0])), State = tostring(f[7])
| where FlowStartTime >= start and FlowStartTime < end
| extend SrcIp = tostring(f[1]), DestIp = tostring(f[2]), DestPort = toint(f[4]), L4Protocol = tostring(f[5]),
    FlowDirection = tostring(f[6]), FlowStatus = iff(State == \"D\", \"D\", \"A\"), FlowEncryption = tostring(f[8]),
    MacAddress = tostring(record.macAddress), AclGroup = tostring(flow.aclID), AclRule = tostring(flowGroup.rule),
    Begun = tolong(State == \"B\"), Refused = tolong(State == \"D\"), Counts = tolong(State == \"C\" or State == \"E\")
",
    sums_of_tuples!(),
    "MacAddress, AclGroup, AclRule, FlowEncryption
"
);

/// Raw NSG flow logs of both versions: version 1 has neither states nor counters.
const NSG_BLOBS: &str = concat!(
    "\
externaldata(records: dynamic) [
    h@\"https://ACCOUNT.blob.core.windows.net/insights-logs-networksecuritygroupflowevent/PATH/PT1H.json;SAS\"
] with (format = \"multijson\")
| mv-expand record = records
| mv-expand rule = record.properties.flows
| mv-expand nic = rule.flows
| mv-expand tuple = nic.flowTuples to typeof(string)
| extend f = split(tuple, \",\")
| extend FlowStartTime = unixtime_seconds_todatetime(tolong(f[0])), State = tostring(f[8])
| where FlowStartTime >= start and FlowStartTime < end
| extend SrcIp = tostring(f[1]), DestIp = tostring(f[2]), DestPort = toint(f[4]), L4Protocol = tostring(f[5]),
    FlowDirection = tostring(f[6]), FlowStatus = tostring(f[7]), MacAddress = tostring(nic.mac),
    NsgList = tostring(record.resourceId), NsgRule = tostring(rule.rule)
| extend Begun = tolong(FlowStatus == \"A\" and State in (\"\", \"B\")), Refused = tolong(FlowStatus == \"D\"),
    Counts = tolong(FlowStatus == \"A\")
",
    sums_of_tuples!(),
    "MacAddress, NsgList, NsgRule
"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::read_network;

    #[test]
    fn a_window_is_split_by_day() {
        let at = |text: &str| UnixMillis::from_iso(text).unwrap();
        let queries = kql(
            Origin::Nta,
            (at("2026-10-01T06:00:00Z"), at("2026-10-03T00:00:00Z")),
            &Known::of(&Network::default()),
            &Filter::Everything,
        )
        .queries;
        assert_eq!(queries.len(), 2);
        assert!(queries[0].1.contains("datetime(2026-10-02T00:00:00.000Z)"));
    }

    #[test]
    fn names_are_literals() {
        let network = read_network(b"10.0.0.0/24,we\\\"b] | take 1,net\n").network;
        let window = (UnixMillis(0), UnixMillis(1));
        let queries = kql(Origin::Ana, window, &Known::of(&network), &Filter::Everything).queries;
        assert!(queries[0].1.contains(r#"\\\"b] | take 1"#), "{}", queries[0].1);
    }
}
