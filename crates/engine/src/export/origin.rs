//! Where flow records can be asked for in Kusto, and the queries that add them up there.
//!
//! Every text ends with the columns that azflow's reader of tables knows.

use serde::{Deserialize, Serialize};

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

/// The parts of a query. A filter's conditions stand between them.
pub(super) struct Parts {
    /// Up to the rows that conditions are about.
    pub rows: &'static str,
    /// What adds those rows up, where the first part has not done it.
    pub sums: Option<&'static str>,
    /// The part that takes the data's own names of subnets.
    pub names: Option<&'static str>,
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

    /// Whether it is a table of Traffic Analytics. Its rows add an interval up, so no tuple can be told apart.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Nta | Self::Ana)
    }

    /// Whether it is about NSG flow logs.
    pub(super) fn is_nsg(self) -> bool {
        matches!(self, Self::Ana | Self::NsgBlobs)
    }

    /// What a query's rows say about where they are from.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Nta => "NTANetAnalytics",
            Self::Ana => "AzureNetworkAnalytics_CL",
            Self::Blobs | Self::NsgBlobs => "blobs",
        }
    }

    /// The query that adds flow records up.
    pub(super) fn parts(self) -> Parts {
        let (rows, sums, names) = match self {
            Self::Nta => (NTA, None, Some(NAMES_OF_DATA)),
            Self::Ana => (ANA, None, Some(NAMES_OF_DATA)),
            Self::Blobs => (BLOBS, Some(SUMS_OF_BLOBS), None),
            Self::NsgBlobs => (NSG_BLOBS, Some(SUMS_OF_NSG_BLOBS), None),
        };
        Parts { rows, sums, names }
    }
}

const NAMES_OF_DATA: &str = ", SrcSubnet, DestSubnet";

/// The rows of `AzureNetworkAnalytics_CL` under the names of `NTANetAnalytics`. It is a custom log, so all of its
/// columns but `TimeGenerated` are missing until a row of that workspace has had a value for them, and a query that
/// names a missing one fails.
macro_rules! rows_of_ana {
    () => {
        "\
AzureNetworkAnalytics_CL
| project SubType = column_ifexists(\"SubType_s\", \"\"),
    FlowStartTime = column_ifexists(\"FlowStartTime_t\", datetime(null)),
    FlowEndTime = column_ifexists(\"FlowEndTime_t\", datetime(null)),
    FlowIntervalStartTime = coalesce(column_ifexists(\"FlowIntervalStartTime_t\", datetime(null)),
        bin(column_ifexists(\"FlowStartTime_t\", datetime(null)), 1h), bin(TimeGenerated, 1h)),
    FlowType = column_ifexists(\"FlowType_s\", \"\"),
    SrcIp = column_ifexists(\"SrcIP_s\", \"\"), DestIp = column_ifexists(\"DestIP_s\", \"\"),
    SrcPublicIps = column_ifexists(\"SrcPublicIPs_s\", \"\"), DestPublicIps = column_ifexists(\"DestPublicIPs_s\", \"\"),
    DestPort = toint(column_ifexists(\"DestPort_d\", real(null))), L4Protocol = column_ifexists(\"L4Protocol_s\", \"\"),
    FlowDirection = column_ifexists(\"FlowDirection_s\", \"\"), FlowStatus = column_ifexists(\"FlowStatus_s\", \"\"),
    MacAddress = column_ifexists(\"MACAddress_s\", \"\"),
    NsgList = column_ifexists(\"NSGList_s\", \"\"), NsgRule = column_ifexists(\"NSGRule_s\", \"\"),
    SrcSubnet = column_ifexists(\"Subnet1_s\", \"\"), DestSubnet = column_ifexists(\"Subnet2_s\", \"\"),
    SrcSubscription = tostring(column_ifexists(\"Subscription1_g\", guid(null))),
    DestSubscription = tostring(column_ifexists(\"Subscription2_g\", guid(null))),
    DestLoadBalancer = column_ifexists(\"LoadBalancer2_s\", \"\"),
    Country = column_ifexists(\"Country_s\", \"\"), AzureRegion = column_ifexists(\"AzureRegion_s\", \"\"),
    AllowedInFlows = tolong(column_ifexists(\"AllowedInFlows_d\", real(0))),
    DeniedInFlows = tolong(column_ifexists(\"DeniedInFlows_d\", real(0))),
    AllowedOutFlows = tolong(column_ifexists(\"AllowedOutFlows_d\", real(0))),
    DeniedOutFlows = tolong(column_ifexists(\"DeniedOutFlows_d\", real(0))),
    PacketsSrcToDest = tolong(column_ifexists(\"OutboundPackets_d\", real(0))),
    PacketsDestToSrc = tolong(column_ifexists(\"InboundPackets_d\", real(0))),
    BytesSrcToDest = tolong(column_ifexists(\"OutboundBytes_d\", real(0))),
    BytesDestToSrc = tolong(column_ifexists(\"InboundBytes_d\", real(0)))
| where SubType in (\"\", \"FlowLog\") and FlowIntervalStartTime >= start and FlowIntervalStartTime < end
"
    };
}

/// The rows of `NTANetAnalytics`, whose columns are fixed.
macro_rules! rows_of_nta {
    () => {
        "\
NTANetAnalytics
| where SubType == \"FlowLog\" and FlowIntervalStartTime >= start and FlowIntervalStartTime < end
"
    };
}

pub(super) use {rows_of_ana, rows_of_nta};

/// What rows of Traffic Analytics add up to, and by what; the columns of the rule follow.
macro_rules! sums_of_rows {
    () => {
        "\
| summarize FlowStartTime = min(FlowStartTime), FlowEndTime = max(FlowEndTime),
    AllowedInFlows = sum(AllowedInFlows), DeniedInFlows = sum(DeniedInFlows),
    AllowedOutFlows = sum(AllowedOutFlows), DeniedOutFlows = sum(DeniedOutFlows),
    PacketsSrcToDest = sum(PacketsSrcToDest), PacketsDestToSrc = sum(PacketsDestToSrc),
    BytesSrcToDest = sum(BytesSrcToDest), BytesDestToSrc = sum(BytesDestToSrc)
    by FlowIntervalStartTime, FlowType, SrcIp, DestIp, SrcPublicIps, DestPublicIps, DestPort, L4Protocol,
    FlowDirection, FlowStatus, MacAddress, "
    };
}

const NTA: &str =
    concat!(rows_of_nta!(), sums_of_rows!(), "AclGroup, AclRule, FlowEncryption, SrcSubnet, DestSubnet\n");

const ANA: &str = concat!(rows_of_ana!(), sums_of_rows!(), "NsgList, NsgRule, SrcSubnet, DestSubnet\n");

/// What tuples of raw logs add up to, and by what; the columns of the rule follow. `step` is how long a row may be.
macro_rules! sums_of_tuples {
    () => {
        "\
| summarize FlowEndTime = max(FlowStartTime), FlowStartTime = min(FlowStartTime),
    AllowedInFlows = sumif(Begun, FlowDirection == \"I\"), DeniedInFlows = sumif(Refused, FlowDirection == \"I\"),
    AllowedOutFlows = sumif(Begun, FlowDirection == \"O\"), DeniedOutFlows = sumif(Refused, FlowDirection == \"O\"),
    PacketsSrcToDest = sum(Counts * tolong(f[9])), BytesSrcToDest = sum(Counts * tolong(f[10])),
    PacketsDestToSrc = sum(Counts * tolong(f[11])), BytesDestToSrc = sum(Counts * tolong(f[12]))
    by FlowIntervalStartTime = bin(FlowStartTime, step), SrcIp, DestIp, DestPort, L4Protocol, FlowDirection, FlowStatus,
    "
    };
}

/// What is in every tuple. Its time counts seconds or milliseconds, which its size tells.
macro_rules! fields_of_tuples {
    () => {
        "\
| extend f = split(tuple, \",\")
| extend At = tolong(f[0])
| extend FlowStartTime = unixtime_milliseconds_todatetime(iff(At < 100000000000, At * 1000, At))
| where FlowStartTime >= start and FlowStartTime < end
| extend SrcIp = tostring(f[1]), DestIp = tostring(f[2]), DestPort = toint(f[4]), L4Protocol = tostring(f[5]),
    FlowDirection = tostring(f[6]), "
    };
}

/// Raw VNet flow logs. The list of blobs, each with `;` and a key or a SAS, is for the user to fill in. A record's
/// content is its fingerprint, however it is written: the canonical text of a property bag has its keys sorted.
const BLOBS: &str = concat!(
    "\
externaldata(records: dynamic) [
    h@\"https://ACCOUNT.blob.core.windows.net/insights-logs-flowlogflowevent/PATH/PT1H.json;SAS\"
] with (format = \"multijson\")
| mv-expand record = records
// A record that is there twice, in one file or in two, counts once.
| summarize record = take_any(record)
    by Content = hash_sha256(dynamic_to_json(pack_array(record[\"time\"], record.macAddress, record.flowRecords)))
| mv-expand flow = record.flowRecords.flows
| mv-expand flowGroup = flow.flowGroups
| mv-expand tuple = flowGroup.flowTuples to typeof(string)
",
    fields_of_tuples!(),
    "State = tostring(f[7]), FlowEncryption = tostring(f[8]),
    MacAddress = tostring(record.macAddress), AclGroup = tostring(flow.aclID), AclRule = tostring(flowGroup.rule)
| extend FlowStatus = iff(State == \"D\", \"D\", \"A\"), Begun = tolong(State == \"B\"), Refused = tolong(State == \"D\"),
    Counts = tolong(State !in (\"B\", \"D\"))
"
);

const SUMS_OF_BLOBS: &str = concat!(sums_of_tuples!(), "MacAddress, AclGroup, AclRule, FlowEncryption\n");

/// Raw NSG flow logs of both versions: a tuple of version 1 has eight fields, neither states nor counters.
const NSG_BLOBS: &str = concat!(
    "\
externaldata(records: dynamic) [
    h@\"https://ACCOUNT.blob.core.windows.net/insights-logs-networksecuritygroupflowevent/PATH/PT1H.json;SAS\"
] with (format = \"multijson\")
| mv-expand record = records
// A record that is there twice, in one file or in two, counts once.
| summarize record = take_any(record)
    by Content = hash_sha256(dynamic_to_json(pack_array(record[\"time\"], record.macAddress, record.resourceId,
    record.properties.flows)))
| mv-expand rule = record.properties.flows
| mv-expand nic = rule.flows
| mv-expand tuple = nic.flowTuples to typeof(string)
",
    fields_of_tuples!(),
    "FlowStatus = tostring(f[7]), State = tostring(f[8]),
    MacAddress = iff(isempty(nic.mac), tostring(record.macAddress), tostring(nic.mac)),
    NsgList = tostring(record.resourceId), NsgRule = tostring(rule.rule)
| extend Begun = tolong(FlowStatus == \"A\" and (array_length(f) == 8 or State == \"B\")),
    Refused = tolong(FlowStatus == \"D\"), Counts = tolong(FlowStatus == \"A\")
"
);

const SUMS_OF_NSG_BLOBS: &str = concat!(sums_of_tuples!(), "MacAddress, NsgList, NsgRule\n");
