//! What the engine answers. Small tables, sorted, ready to show; no row of the store.
//!
//! Times are UTC milliseconds since 1970. Flow counts follow the asked mode unless a field's
//! description says *as logged*.

use crate::export::Migration;
use crate::topology::SubnetKind;
use azflow_core::ingest::{TableSketch, Wanted};
use azflow_core::model::{Address, FlowDirection, LogKind, Tally, UnixMillis};
use azflow_core::store::{Holds, Mode, Resolution};
use serde::{Deserialize, Serialize};

/// The answer to one [`crate::session::Query`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// To `Query::Overview`.
    Overview(Overview),
    /// To `Query::Matrix`.
    Matrix(MatrixAnswer),
    /// To `Query::Breakdown`.
    Breakdown(Box<Breakdown>),
    /// To `Query::Data`.
    Data(DataAnswer),
    /// To `Query::Places`, in no order.
    Places(Vec<(Address, String)>),
    /// To `Query::Coverage`.
    Coverage(Coverage),
    /// To `Query::Evidence`.
    Evidence(Box<EvidencePlan>),
    /// To `Query::Kusto`.
    Kusto(KustoAnswer),
    /// To `Query::Network`.
    Network(Box<super::NetworkAnswer>),
    /// To `Query::Findings`.
    Findings(Box<super::FindingsAnswer>),
    /// To `Query::Compare`.
    Compare(Box<super::CompareAnswer>),
    /// To `Query::KeepSide` and `Query::ReadSide`: what is kept from now on; or why the file can't be.
    SideKept(Result<super::KeptSide, String>),
    /// To `Query::Accelerate`.
    Acceleration(Box<crate::topology::Acceleration>),
    /// To `Query::Review`.
    Review(Box<super::ReviewAnswer>),
    /// To `Query::ReadReview`; or why it is none.
    ReviewRead(Result<super::ReviewRead, String>),
    /// To `Query::Rules`.
    Rules(Box<super::RulesAnswer>),
    /// A file to save, by its name: to `Query::ReviewTable`.
    File(String, String),
    /// To `Query::Complete`.
    Completion(crate::filter::Completion),
    /// To `Query::Timeline`.
    Timeline(Box<super::OverTime>),
    /// To `Query::Flows`.
    Flows(Box<super::FlowsAnswer>),
    /// To `Query::FlowsText`.
    FlowsText(super::FlowsText),
    /// To `Query::Descriptions`: file names and texts; `None`: too large to be kept.
    Descriptions(Option<Texts>),
    /// To `Query::Summary`: the document's text.
    Summary(String),
}

/// Files by name and text.
pub type Texts = Vec<(String, String)>;

/// Queries for Kusto, one a day.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KustoAnswer {
    /// What each is about, and its text.
    pub queries: Vec<(String, String)>,
    /// Whether they carry names of subnets.
    pub named: bool,
    /// Conditions of the filter that a query can't say.
    pub unsaid: Vec<String>,
    /// The filter with its times in whole hours, where the rows asked for are no finer and it was.
    pub in_hours: Option<String>,
}

/// Records and tuples by their fate. `tuples = counted + duplicate_tuples + rejected_tuples`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// Bytes of the sources as they are on disk.
    pub bytes: u64,
    /// Bytes that were understood; `bytes = scanned + skipped`.
    pub bytes_scanned: u64,
    /// Bytes passed over, each stretch named by an issue.
    pub bytes_skipped: u64,
    /// Log records seen, duplicates included.
    pub records: u64,
    /// Records whose bytes had been counted before.
    pub duplicate_records: u64,
    /// Tuples seen.
    pub tuples: u64,
    /// Tuples inside duplicate records.
    pub duplicate_tuples: u64,
    /// Tuples that could not be read, each named by an issue.
    pub rejected_tuples: u64,
}

impl Accounts {
    /// Tuples that the numbers on the page stand on.
    pub fn counted_tuples(&self) -> u64 {
        self.tuples.saturating_sub(self.duplicate_tuples).saturating_sub(self.rejected_tuples)
    }
}

/// Totals of everything loaded.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// How many sources are loaded.
    pub sources: u32,
    /// How many of them hold at least one flow record.
    pub flow_sources: u32,
    /// How many have at least one issue.
    pub sources_with_issues: u32,
    /// Records and tuples by their fate.
    pub accounts: Accounts,
    /// Everything added up as logged.
    pub as_logged: Tally,
    /// Everything in the asked mode.
    pub all: Tally,
    /// What passes the filter, in the asked mode.
    pub tally: Tally,
    /// Conversations that pass the filter, at least with one row.
    pub shown: u64,
    /// Flow records in the store.
    pub flow_records: u64,
    /// Distinct (source, destination, protocol, port).
    pub conversations: u64,
    /// Distinct addresses.
    pub addresses: u64,
    /// Earliest tuple counted.
    pub first: Option<UnixMillis>,
    /// Latest tuple counted.
    pub last: Option<UnixMillis>,
    /// How exact times and addresses could be kept.
    pub resolution: Resolution,
    /// Tuples that are not counted, since memory was full.
    pub left_out: u64,
}

/// A subnet on the matrix's axes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetInfo {
    /// The name shown, unique within the answer: `10.10.1.0/28`, `Internet`.
    pub name: String,
    /// What kind of group it is, and so how its name came about.
    pub kind: SubnetKind,
    /// The virtual network it belongs to, where that is known.
    pub network: Option<String>,
    /// Distinct addresses seen in it.
    pub addresses: u32,
}

/// One pair of subnets that was seen. A pair that is absent was never seen; a present one
/// with no flows carried only traffic of connections begun before the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixCell {
    /// Index of the source subnet in [`MatrixAnswer::subnets`].
    pub src: u32,
    /// Index of the destination subnet.
    pub dst: u32,
    /// Flows and traffic from source to destination.
    pub tally: Tally,
}

/// Who talks to whom. Subnets are in natural order (by address, then the outside); cells are
/// sorted by source, then destination index.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixAnswer {
    /// The axes.
    pub subnets: Vec<SubnetInfo>,
    /// The pairs seen.
    pub cells: Vec<MatrixCell>,
}

/// The first rows of a list, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capped<T> {
    /// The largest ones, largest first (ties by name).
    pub rows: Vec<T>,
    /// How many rows the whole list has.
    pub total: u32,
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), total: 0 }
    }
}

/// A protocol and port with its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRow {
    /// The protocol's keyword or number: `tcp`.
    pub protocol: String,
    /// The destination port; `None` for protocols without ports.
    pub port: Option<u16>,
    /// The IANA service name.
    pub name: Option<String>,
    /// Flows and traffic.
    pub tally: Tally,
    /// Distinct source addresses.
    pub sources: u32,
    /// Distinct destination addresses.
    pub destinations: u32,
}

/// A rule at the resource it belongs to, *as logged*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRow {
    /// The network security group or ACL as the log names it.
    pub acl: String,
    /// The rule's logged name.
    pub rule: String,
    /// The direction it was applied in.
    pub direction: FlowDirection,
    /// Flows and traffic that it decided, as logged.
    pub tally: Tally,
}

/// Two hosts that talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TalkerRow {
    /// Source address.
    pub src: String,
    /// Destination address.
    pub dst: String,
    /// Flows and traffic.
    pub tally: Tally,
    /// Distinct services (protocol and port) between the two.
    pub services: u32,
}

/// Flows and traffic over time, in bins of equal width without holes. Adds up to the
/// selection's tally.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// The start of the first bin, in minutes since 1970.
    pub start_minute: u32,
    /// The width of a bin in minutes.
    pub bin_minutes: u32,
    /// One tally a bin.
    pub bins: Vec<Tally>,
}

/// At how many ends conversations were observed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenAt {
    /// Conversations logged only where they leave their source.
    pub source_only: u64,
    /// Conversations logged only where they reach their destination.
    pub destination_only: u64,
    /// Conversations logged at both ends.
    pub both: u64,
    /// Conversations logged at a NIC that they entered and left: an appliance on the way.
    pub on_the_way: u64,
}

/// Where denials happened. The three add up to the selection's denied flows in the mode
/// *Conversations*.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeniedAt {
    /// Denied leaving the source.
    pub source: u64,
    /// Denied entering the destination.
    pub destination: u64,
    /// Denied at an appliance on the way.
    pub on_the_way: u64,
}

/// The details of a part of the matrix.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// Which mode these numbers are in.
    pub mode: Mode,
    /// The part asked for.
    pub selection: super::Selection,
    /// Flows and traffic in the asked mode.
    pub tally: Tally,
    /// Flows and traffic as logged.
    pub as_logged: Tally,
    /// Distinct (source, destination, protocol, port).
    pub conversations: u64,
    /// Conversations without a new flow in the window: allowed, begun earlier.
    pub begun_earlier: u64,
    /// Earliest tuple.
    pub first: Option<UnixMillis>,
    /// Latest tuple.
    pub last: Option<UnixMillis>,
    /// By protocol and port.
    pub services: Capped<ServiceRow>,
    /// By rule, *as logged*.
    pub rules: Capped<RuleRow>,
    /// By direction at the NIC, *as logged*: inbound, outbound.
    pub inbound: Tally,
    /// See `inbound`.
    pub outbound: Tally,
    /// What was logged without a direction.
    pub no_direction: Tally,
    /// By pair of hosts.
    pub talkers: Capped<TalkerRow>,
    /// Over time.
    pub timeline: Timeline,
    /// At which ends conversations were logged.
    pub seen_at: SeenAt,
    /// Where denials happened.
    pub denied_at: DeniedAt,
    /// What the conversations cross, nearest first.
    pub paths: Vec<super::PathRow>,
    /// Appliances on the way.
    pub hops: Capped<super::HopRow>,
}

/// A stretch of hours of which a NIC has records, all of the same kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredRun {
    /// The first hour, since 1970.
    pub first: u32,
    /// How many hours.
    pub hours: u32,
    /// Whether VNet flow logs cover it.
    pub vnet: bool,
    /// Whether NSG flow logs cover it.
    pub nsg: bool,
    /// Whether rows of Traffic Analytics cover it.
    pub analytics: bool,
}

/// A NIC's coverage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredNic {
    /// Its MAC address.
    pub mac: String,
    /// The hours that have records, in order, neighbours of one kind together.
    pub runs: Vec<CoveredRun>,
    /// Hours that have records.
    pub hours: u32,
    /// Hours without any between its first and its last.
    pub missing: u32,
    /// What its logs hold.
    pub holds: Holds,
}

/// Which NIC has records of which hour: what the data can speak about.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The first hour of any NIC, since 1970.
    pub first: u32,
    /// Hours from the first to the last, of all NICs.
    pub hours: u32,
    /// The NICs, by MAC address.
    pub nics: Vec<CoveredNic>,
}

/// Where the raw tuples of a part are.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidencePlan {
    /// Numbers of the sources that can hold some, by name.
    pub sources: Vec<u32>,
    /// Which tuples to look for in them.
    pub wanted: Wanted,
}

/// A problem in a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRow {
    /// Stable code, see docs/FORMATS.md: `truncated`.
    pub code: String,
    /// Whether data was lost: `true` for an error, `false` for a note.
    pub lossy: bool,
    /// The record's number in the file, counted from 1.
    pub record: Option<u64>,
    /// Byte offset in the file, counted from 0: where [`SourceRow::unpacked`] says so, in its unpacked text.
    pub offset: u64,
    /// Bytes passed over from that offset; 0 where none were.
    pub length: u64,
    /// What happened, for people.
    pub message: String,
    /// What to do about it.
    pub next_step: String,
}

/// What a source turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// The number it was given by; the files of one archive share theirs.
    pub source: u32,
    /// The name it was given by: a file name, or a path inside the chosen folder.
    pub name: String,
    /// The kind as the summary document names it: `nsg-flow-log`.
    pub kind: String,
    /// Whether sizes and offsets count what a gzip or an archive unpacked to, rather than what is on disk.
    pub unpacked: bool,
    /// Bytes, records and tuples by their fate.
    pub accounts: Accounts,
    /// Earliest tuple.
    pub first: Option<UnixMillis>,
    /// Latest tuple.
    pub last: Option<UnixMillis>,
    /// Distinct hours (UTC) that have records.
    pub hours: u32,
    /// NICs that logged.
    pub nics: u32,
    /// What was wrong or worth saying.
    pub issues: Vec<IssueRow>,
}

/// Hours in which several kinds of log describe the same NIC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The NIC's MAC address.
    pub mac: String,
    /// Hours (UTC) covered by all of the kinds.
    pub hours: u32,
    /// The kinds; conversations use the first in those hours.
    pub kinds: Vec<LogKind>,
}

/// Every source, and the sums.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataAnswer {
    /// The sources, by name, then content.
    pub sources: Vec<SourceRow>,
    /// The sums over all sources.
    pub totals: Accounts,
    /// Where several kinds of log cover the same NIC and hour.
    pub overlaps: Vec<Overlap>,
    /// Conversations that only the logs hold which do not count there: with something allowed, and denied alone.
    pub superseded: [u64; 2],
    /// Logs of groups and of networks side by side, where some NIC has an hour in both.
    pub migration: Option<Migration>,
    /// Tables about which people can say something, or did, one for all that have the same headings.
    pub tables: Vec<TableQuestion>,
    /// How many more such there are.
    pub more_tables: u32,
}

/// Tables with the same headings about which people can say something, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableQuestion {
    /// The name of the first such table.
    pub name: String,
    /// Numbers of all sources of the kind.
    pub sources: Vec<u32>,
    /// How the first begins.
    pub sketch: TableSketch,
    /// Whether rows of any of them are counted.
    pub counted: bool,
}
