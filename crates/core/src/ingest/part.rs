//! The partial table: what one scan hands to the store.
//!
//! A source arrives as one or more parts, each with its own dictionaries. Rows are grouped by
//! log record, so that a duplicate record can be left out without reading the file again.
//! Within a record, tuples of one flow key and minute are already added up.

use super::{Issue, IssueCode, TableSketch};
use crate::model::compact::{from_bytes, to_bytes};
use crate::model::{Decision, FlowDirection, LogKind, UnixMillis};
use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

/// What a row's numbers belong to, apart from addresses and port: rule, observation point,
/// direction, decision, encryption. Strings are numbers in the part's dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Context {
    /// The rule's logged name.
    pub rule: u32,
    /// The network security group or ACL, as the log names it.
    pub acl: u32,
    /// The NIC's MAC address: twelve hexadecimal digits in upper case, or what the log had.
    pub mac: u32,
    /// The encryption field; the empty string for NSG logs.
    pub encryption: u32,
    /// Which log.
    pub kind: LogKind,
    /// Direction at the NIC.
    pub direction: FlowDirection,
    /// What was decided.
    pub decision: Decision,
}

/// The tuples of one flow key in one minute of one record, added up. 64 bytes without padding,
/// so that a table crosses threads as one copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Row {
    /// Packets and bytes, in the order in which a tuple has them.
    pub counters: [u64; 4],
    /// Number of the source address.
    pub src: u32,
    /// Number of the destination address.
    pub dst: u32,
    /// Protocol and destination port: see `Protocol::service`.
    pub service: u32,
    /// Number of the context.
    pub context: u32,
    /// Minutes since 1970.
    pub minute: u32,
    /// New flows, or denied attempts, as the context's decision says.
    pub flows: u32,
    /// Tuples added up here.
    pub tuples: u32,
    /// Milliseconds of the earliest tuple into its minute.
    pub first_ms: u16,
    /// Milliseconds of the latest tuple into its minute.
    pub last_ms: u16,
}

impl Row {
    /// Time of the earliest tuple.
    pub fn first(&self) -> UnixMillis {
        UnixMillis(UnixMillis::from_minute(self.minute).0 + i64::from(self.first_ms))
    }

    /// Time of the latest tuple.
    pub fn last(&self) -> UnixMillis {
        UnixMillis(UnixMillis::from_minute(self.minute).0 + i64::from(self.last_ms))
    }
}

/// One log record: its fingerprint, what it held, and where its rows end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordInfo {
    /// XXH3-128 of what the record says: see `content`.
    pub fingerprint: u128,
    /// Tuples in it, rejected ones included.
    pub tuples: u32,
    /// Tuples that could not be read.
    pub rejected: u32,
    /// The record's number in its source, counted from 1.
    pub number: u64,
    /// The hour since 1970 of the record's own `time`, else of its latest tuple; 0 without both.
    pub hour: u32,
    /// One past its last row in the part.
    pub rows_end: u32,
}

/// How many tuples of each kind a log has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Held {
    /// Beginnings of allowed flows.
    pub begun: u64,
    /// Their continuations and ends.
    pub more: u64,
    /// Denials.
    pub denied: u64,
}

impl Held {
    /// Adds another log's.
    pub fn add(&mut self, other: Self) {
        self.begun = self.begun.saturating_add(other.begun);
        self.more = self.more.saturating_add(other.more);
        self.denied = self.denied.saturating_add(other.denied);
    }

    /// All of them.
    pub fn tuples(self) -> u64 {
        self.begun.saturating_add(self.more).saturating_add(self.denied)
    }
}

/// What a source turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum SourceKind {
    /// NSG flow log, version 1 or 2.
    NsgFlowLog,
    /// VNet flow log.
    VnetFlowLog,
    /// Rows of `AzureNetworkAnalytics_CL`.
    TrafficAnalyticsNsg,
    /// Rows of `NTANetAnalytics`.
    TrafficAnalyticsVnet,
    /// Another table of flows.
    FlowCsv,
    /// What azflow's own query over `NTANetAnalytics` returned.
    KustoNta,
    /// What azflow's own query over `AzureNetworkAnalytics_CL` returned.
    KustoAna,
    /// What azflow's own query over raw blobs returned.
    KustoBlobs,
    /// Another resource log of Azure Monitor, often named PT1H.json too.
    ResourceLog,
    /// A network's description from az, ARM or PowerShell.
    AzureNetwork,
    /// A service tag file.
    ServiceTags,
    /// An archive.
    Archive,
    /// None of these.
    Unknown,
}

impl SourceKind {
    /// The word in the summary document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NsgFlowLog => "nsg-flow-log",
            Self::VnetFlowLog => "vnet-flow-log",
            Self::TrafficAnalyticsNsg => "traffic-analytics-nsg",
            Self::TrafficAnalyticsVnet => "traffic-analytics-vnet",
            Self::FlowCsv => "flow-csv",
            Self::KustoNta => "kusto-nta",
            Self::KustoAna => "kusto-ana",
            Self::KustoBlobs => "kusto-blobs",
            Self::ResourceLog => "resource-log",
            Self::AzureNetwork => "azure-network",
            Self::ServiceTags => "service-tags",
            Self::Archive => "archive",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known of a source as a whole once it was read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    /// File name, or the path inside the chosen folder.
    pub name: String,
    /// What it turned out to be.
    pub kind: SourceKind,
    /// Its size in bytes, as on disk; of one that is unpacked, its text's.
    pub bytes: u64,
    /// Whether sizes and offsets count what a gzip or an archive unpacked to, rather than what is on disk.
    pub unpacked: bool,
    /// How many of those bytes were passed over; the issues say which.
    pub bytes_skipped: u64,
    /// Earliest tuple.
    pub first: Option<UnixMillis>,
    /// Latest tuple.
    pub last: Option<UnixMillis>,
    /// Problems, by offset.
    pub issues: Vec<Issue>,
    /// Problems of a code beyond those listed.
    pub unlisted: Vec<(IssueCode, u64)>,
    /// The beginning of a table about which people can say something, or did.
    pub table: Option<Box<TableSketch>>,
    /// Of a log of flows: the tuples that were read, duplicates too.
    pub held: Held,
}

/// A partial table.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Part {
    /// Addresses by number, as 128 bits.
    pub addresses: Vec<u128>,
    /// Strings by number.
    pub strings: Vec<String>,
    /// Contexts by number.
    pub contexts: Vec<Context>,
    /// Log records, in the order of the source.
    pub records: Vec<RecordInfo>,
    /// Rows, record after record.
    pub rows: Vec<Row>,
    /// Subnets that the source names: number of the address, number of the name.
    pub names: Vec<(u32, u32)>,
    /// Machines that the source names: number of the address, number of the name.
    pub machines: Vec<(u32, u32)>,
    /// NICs that the source names: number of the MAC address's string, number of the name.
    pub nics: Vec<(u32, u32)>,
    /// Ports that callers may have been given, but that were served here as the source ports show: number of the
    /// address, protocol and port.
    pub served: Vec<(u32, u32)>,
    /// In the last part of a network's description: its text, for the engine to read.
    pub description: Option<Vec<u8>>,
    /// The source was understood up to this byte when the part was made.
    pub up_to: u64,
    /// Of what is packed: the name of the file in whose unpacked text that byte is.
    pub unpacked: Option<String>,
    /// Present in the last part of a source.
    pub report: Option<SourceReport>,
}

#[derive(Serialize, Deserialize)]
struct Meta {
    strings: Vec<String>,
    contexts: Vec<Context>,
    names: Vec<(u32, u32)>,
    machines: Vec<(u32, u32)>,
    nics: Vec<(u32, u32)>,
    served: Vec<(u32, u32)>,
    description: Option<Vec<u8>>,
    up_to: u64,
    unpacked: Option<String>,
    report: Option<SourceReport>,
    addresses: u64,
    records: u64,
    rows: u64,
}

/// A record as it crosses threads: 48 bytes without padding.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct PackedRecord {
    fingerprint: [u64; 2],
    number: u64,
    tuples: u32,
    rejected: u32,
    hour: u32,
    rows_end: u32,
    reserved: [u32; 2],
}

/// A buffer that is not one whole part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a partial table does not decode")]
pub struct BadPart;

impl Part {
    /// One buffer: a length, the small lists (as a message), then the columns as they are in memory.
    pub fn encode(self) -> Vec<u8> {
        let meta = Meta {
            strings: self.strings,
            contexts: self.contexts,
            names: self.names,
            machines: self.machines,
            nics: self.nics,
            served: self.served,
            description: self.description,
            up_to: self.up_to,
            unpacked: self.unpacked,
            report: self.report,
            addresses: self.addresses.len() as u64,
            records: self.records.len() as u64,
            rows: self.rows.len() as u64,
        };
        let meta = to_bytes(&meta);
        let records: Vec<PackedRecord> = self.records.iter().map(PackedRecord::from).collect();
        let columns: [&[u8]; 3] = [
            bytemuck::cast_slice(&self.addresses),
            bytemuck::cast_slice(&records),
            bytemuck::cast_slice(&self.rows),
        ];
        let size = 8 + meta.len() + columns.iter().map(|c| c.len()).sum::<usize>();
        let mut out = Vec::with_capacity(size);
        out.extend_from_slice(&(meta.len() as u64).to_le_bytes());
        out.extend_from_slice(&meta);
        for column in columns {
            out.extend_from_slice(column);
        }
        out
    }

    /// The inverse of [`Part::encode`].
    ///
    /// # Errors
    /// When the bytes are not one whole part made by the same build.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadPart> {
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or(BadPart)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| BadPart)?;
        let (meta, mut rest) = rest.split_at_checked(length).ok_or(BadPart)?;
        let meta: Meta = from_bytes(meta).ok_or(BadPart)?;
        let addresses = column::<u128>(&mut rest, meta.addresses)?;
        let records = column::<PackedRecord>(&mut rest, meta.records)?;
        let rows = column::<Row>(&mut rest, meta.rows)?;
        let part = Self {
            addresses,
            strings: meta.strings,
            contexts: meta.contexts,
            records: records.iter().map(RecordInfo::from).collect(),
            rows,
            names: meta.names,
            machines: meta.machines,
            nics: meta.nics,
            served: meta.served,
            description: meta.description,
            up_to: meta.up_to,
            unpacked: meta.unpacked,
            report: meta.report,
        };
        if rest.is_empty() && part.is_consistent() { Ok(part) } else { Err(BadPart) }
    }

    /// Whether every number points into its table, so that the store may index without asking.
    fn is_consistent(&self) -> bool {
        let strings = self.strings.len() as u32;
        let ends_rise = self.records.is_sorted_by_key(|r| r.rows_end);
        let last_end = self.records.last().map_or(0, |r| r.rows_end as usize);
        ends_rise
            && self
                .names
                .iter()
                .chain(&self.machines)
                .all(|(a, s)| (*a as usize) < self.addresses.len() && *s < strings)
            && self.nics.iter().all(|(mac, name)| *mac < strings && *name < strings)
            && self.served.iter().all(|(address, _)| (*address as usize) < self.addresses.len())
            && last_end == self.rows.len()
            && self
                .contexts
                .iter()
                .all(|c| c.rule < strings && c.acl < strings && c.mac < strings && c.encryption < strings)
            && self.rows.iter().all(|r| {
                (r.src as usize) < self.addresses.len()
                    && (r.dst as usize) < self.addresses.len()
                    && (r.context as usize) < self.contexts.len()
            })
    }
}

fn column<T: Pod>(bytes: &mut &[u8], count: u64) -> Result<Vec<T>, BadPart> {
    let size = usize::try_from(count).ok().and_then(|n| n.checked_mul(size_of::<T>())).ok_or(BadPart)?;
    let (head, tail) = bytes.split_at_checked(size).ok_or(BadPart)?;
    *bytes = tail;
    Ok(bytemuck::allocation::pod_collect_to_vec(head))
}

impl From<&RecordInfo> for PackedRecord {
    fn from(r: &RecordInfo) -> Self {
        Self {
            fingerprint: [r.fingerprint as u64, (r.fingerprint >> 64) as u64],
            number: r.number,
            tuples: r.tuples,
            rejected: r.rejected,
            hour: r.hour,
            rows_end: r.rows_end,
            reserved: [0; 2],
        }
    }
}

impl From<&PackedRecord> for RecordInfo {
    fn from(r: &PackedRecord) -> Self {
        Self {
            fingerprint: u128::from(r.fingerprint[0]) | u128::from(r.fingerprint[1]) << 64,
            number: r.number,
            tuples: r.tuples,
            rejected: r.rejected,
            hour: r.hour,
            rows_end: r.rows_end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_survives_the_crossing() {
        let context = Context {
            rule: 0,
            acl: 1,
            mac: 1,
            encryption: 1,
            kind: LogKind::Vnet,
            direction: FlowDirection::Inbound,
            decision: Decision::Denied,
        };
        let row = Row { dst: 1, flows: 3, minute: 7, first_ms: 1, last_ms: 59_999, ..Row::zeroed() };
        let record = RecordInfo {
            fingerprint: u128::MAX - 5,
            tuples: 3,
            rejected: 1,
            number: 9,
            hour: 4,
            rows_end: 1,
        };
        let part = Part {
            addresses: vec![1, u128::MAX],
            strings: vec!["rule".into(), String::new()],
            contexts: vec![context],
            records: vec![record],
            rows: vec![row],
            names: vec![(1, 0)],
            machines: vec![(0, 0)],
            nics: vec![(0, 0)],
            served: vec![(1, 7)],
            description: None,
            up_to: 77,
            unpacked: Some("logs.zip/PT1H.json".into()),
            report: None,
        };
        let bytes = part.clone().encode();
        assert_eq!(Part::decode(&bytes), Ok(part));
        assert_eq!(Part::decode(&bytes[..bytes.len() - 1]), Err(BadPart));
        assert_eq!(Part::decode(&[]), Err(BadPart));
    }
}
