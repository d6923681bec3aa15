//! The catalogue of what can be wrong with a source: stable codes, causes, next steps.
//!
//! Codes are part of the summary document and of the page's help; they are never renamed.
//! Reading never fails as a whole: it returns data and a list of these.

use serde::{Deserialize, Serialize};

/// What happened. See `docs/FORMATS.md` for the catalogue in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum IssueCode {
    /// The file has no bytes.
    Empty,
    /// The file is of a kind that has no flow tuples.
    WrongKind,
    /// The file is of a kind that azflow knows but does not read yet.
    NotReadYet,
    /// A table for people, as `az … -o table` prints it.
    TableText,
    /// The file is not text.
    Binary,
    /// Flow tuples without the JSON around them, so without NIC and rule.
    BareTuples,
    /// The file ends inside a record.
    Truncated,
    /// The file ends before its closing brackets; every record is whole.
    Unclosed,
    /// The file starts in the middle; every record after that is whole.
    MissingHead,
    /// A record's JSON breaks off or is damaged.
    DamagedRecord,
    /// Bytes between records that belong to none.
    UnexpectedBytes,
    /// An object where a record should be, but of another log.
    OtherRecord,
    /// The gzip stream is cut or damaged.
    DamagedGzip,
    /// A zip archive, or a file in it, is damaged or packed in a way that isn't supported.
    DamagedArchive,
    /// A packed file would unpack to more than any log.
    ArchiveLimit,
    /// A table's dates don't tell day from month.
    DateOrder,
    /// A table has no column for something that was said of every row.
    EveryRow,
    /// A table has as many rows as a query returns at most.
    RowLimit,
    /// A table lacks columns that a flow needs.
    TableColumns,
    /// Part of a network's description could not be understood.
    NetworkPart,
    /// Two descriptions of a network contradict each other.
    NetworkConflict,
    /// PowerShell cut a network's description off.
    DepthCut,
    /// A network's description would take more memory than azflow gives it.
    DescriptionLimit,
    /// A record's time is no time.
    RecordTime,
    /// A record holds something else, or nothing, where its flows are expected.
    UnreadPart,
    /// The path names another NIC, hour or resource than the records.
    PathMismatch,
    /// The file could not be read to its end.
    ReadFailed,
    /// azflow failed over the file: a defect of its own.
    ReaderFailed,
    /// The user stopped loading while the file was being read.
    Cancelled,
    /// A tuple with neither 8 nor 13 fields.
    TupleFields,
    /// A tuple's time is no time.
    TupleTime,
    /// A tuple's address is no address.
    TupleAddress,
    /// A tuple's port is no port.
    TuplePort,
    /// A tuple's protocol is neither T, U nor a number below 256.
    TupleProtocol,
    /// A tuple's direction is neither I nor O.
    TupleDirection,
    /// A tuple's decision is neither A nor D.
    TupleDecision,
    /// A tuple's counter is no number below 2^64.
    TupleCounter,
    /// Adding this tuple would pass what one file can sensibly hold.
    CounterOverflow,
    /// A tuple's flow state is none that is documented; its counters were added.
    UnknownState,
    /// A log's version is none that is documented.
    UnknownVersion,
    /// Records of a flow log inside a column of a table.
    RecordsInCells,
    /// A table of rules, not of flows.
    RulesTable,
    /// Rows of a table that leave something open.
    UnknownValue,
    /// A log that lacks some kinds of tuples altogether.
    RecordTypes,
    /// Memory is full, and nothing that is kept can get coarser.
    NoRoom,
    /// More problems of the same kind than are listed.
    More,
}

impl IssueCode {
    /// The stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::WrongKind => "wrong-kind",
            Self::NotReadYet => "not-read-yet",
            Self::TableText => "table-text",
            Self::Binary => "binary",
            Self::BareTuples => "bare-tuples",
            Self::Truncated => "truncated",
            Self::Unclosed => "unclosed",
            Self::MissingHead => "missing-head",
            Self::DamagedRecord => "damaged-record",
            Self::UnexpectedBytes => "unexpected-bytes",
            Self::OtherRecord => "other-record",
            Self::DamagedGzip => "damaged-gzip",
            Self::DamagedArchive => "damaged-archive",
            Self::ArchiveLimit => "archive-limit",
            Self::DateOrder => "date-order",
            Self::EveryRow => "every-row",
            Self::RowLimit => "row-limit",
            Self::TableColumns => "table-columns",
            Self::NetworkPart => "network-part",
            Self::NetworkConflict => "network-conflict",
            Self::DepthCut => "depth-cut",
            Self::DescriptionLimit => "description-limit",
            Self::RecordTime => "record-time",
            Self::UnreadPart => "unread-part",
            Self::PathMismatch => "path-mismatch",
            Self::ReadFailed => "read-failed",
            Self::ReaderFailed => "reader-failed",
            Self::Cancelled => "cancelled",
            Self::TupleFields => "tuple-fields",
            Self::TupleTime => "tuple-time",
            Self::TupleAddress => "tuple-address",
            Self::TuplePort => "tuple-port",
            Self::TupleProtocol => "tuple-protocol",
            Self::TupleDirection => "tuple-direction",
            Self::TupleDecision => "tuple-decision",
            Self::TupleCounter => "tuple-counter",
            Self::CounterOverflow => "counter-overflow",
            Self::UnknownState => "unknown-state",
            Self::UnknownVersion => "unknown-version",
            Self::RecordsInCells => "records-in-cells",
            Self::RulesTable => "rules-table",
            Self::UnknownValue => "unknown-value",
            Self::RecordTypes => "record-types",
            Self::NoRoom => "no-room",
            Self::More => "more",
        }
    }

    /// Whether something of the file was not counted: an error rather than a note.
    pub fn is_lossy(self) -> bool {
        !matches!(
            self,
            Self::Unclosed
                | Self::MissingHead
                | Self::UnknownState
                | Self::RecordTypes
                | Self::UnknownValue
                | Self::UnknownVersion
                | Self::RecordsInCells
                | Self::RecordTime
                | Self::PathMismatch
                | Self::DateOrder
                | Self::EveryRow
                | Self::NetworkPart
                | Self::NetworkConflict
                | Self::DepthCut
                | Self::RowLimit
        )
    }

    /// Whether it rejects one tuple of a record that is otherwise counted.
    pub fn rejects_tuple(self) -> bool {
        matches!(
            self,
            Self::TupleFields
                | Self::TupleTime
                | Self::TupleAddress
                | Self::TuplePort
                | Self::TupleProtocol
                | Self::TupleDirection
                | Self::TupleDecision
                | Self::TupleCounter
                | Self::CounterOverflow
        )
    }

    /// What the user can do about it.
    pub fn next_step(self) -> &'static str {
        match self {
            Self::Empty => "Download the blob again; an hour without traffic has no blob at all.",
            Self::WrongKind => {
                "Flow logs are in the containers insights-logs-networksecuritygroupflowevent (NSG) and \
                 insights-logs-flowlogflowevent (VNet). Leave this file out."
            }
            Self::NotReadYet => {
                "Drop the raw flow logs (PT1H.json) instead; this version does not read this kind of file."
            }
            Self::TableText => "Run the az command again with -o json; a table for people has lost too much.",
            Self::Binary => "Check what the file is; flow logs are JSON text, plain or gzipped.",
            Self::BareTuples => {
                "Drop the original PT1H.json: tuples alone do not say which NIC and rule they belong to."
            }
            Self::Truncated => {
                "Download the blob again for the rest. The blob of the current hour grows until the hour is over."
            }
            Self::Unclosed => "Nothing is lost. The blob was probably still growing when it was copied.",
            Self::MissingHead => {
                "Download the whole blob if earlier records matter: this copy starts after the beginning."
            }
            Self::DamagedRecord | Self::UnexpectedBytes => {
                "Compare with the blob in the storage account; the copy may have been cut or joined."
            }
            Self::OtherRecord => "Nothing to do: records of other logs hold no flow tuples.",
            Self::DamagedGzip => {
                "Compress or download the file again; what came before the damage was counted."
            }
            Self::DamagedArchive => {
                "Unpack the archive yourself and add the files. Passwords and methods other than deflate are not \
                 supported."
            }
            Self::ArchiveLimit => "If this is no mistake, unpack it yourself and add the files.",
            Self::DateOrder => {
                "Say on the Data screen whether the day or the month comes first, or export with ISO dates (format_datetime)."
            }
            Self::EveryRow => "Nothing, if that is so; else change it on the Data screen.",
            Self::RowLimit => "Export again in smaller pieces, a day at a time say, and load them together.",
            Self::TableColumns => {
                "Tell azflow on the Data screen what the columns mean, or add those that are missing to the query."
            }
            Self::NetworkPart => {
                "The rest of the file is used. az … -o json of the deployed network has everything."
            }
            Self::NetworkConflict => {
                "Remove the description that is out of date. Until then the one whose name comes last counts."
            }
            Self::DepthCut => "Run the command again with ConvertTo-Json -Depth 10.",
            Self::DescriptionLimit => {
                "Nothing of the file is used. Describe less in one file: one az network vnet list, nic list or nsg list for \
                 each subscription."
            }
            Self::RecordTime => {
                "Nothing is lost: the tuples have times of their own. Compare the record with the original blob."
            }
            Self::UnreadPart => {
                "Compare the record with the original blob. Tell the authors of azflow, if the key is documented somewhere."
            }
            Self::PathMismatch => {
                "Nothing is lost: what the records say counts. Was the file moved or renamed?"
            }
            Self::ReadFailed => {
                "Check that the file still exists and can be read, then add it again; where memory ran out, with fewer \
                 files at once."
            }
            Self::ReaderFailed => {
                "Report what this says to the authors of azflow, and read it before: it can quote the file. The other \
                 files are counted."
            }
            Self::Cancelled => "Add the file again to read the rest; what is counted already counts once.",
            Self::UnknownState => {
                "Nothing is lost. Tell the authors of azflow, if this state is documented somewhere."
            }
            Self::UnknownVersion => {
                "Compare the figures with another count. Tell the authors of azflow, if this version is documented somewhere."
            }
            Self::RulesTable => {
                "Rules are read from JSON, which keeps their groups and lists: az network nsg list -o json, or \
                 Get-AzNetworkSecurityGroup | ConvertTo-Json -Depth 10."
            }
            Self::RecordsInCells => {
                "Nothing is lost: the records were read out of their column. The other columns hold no flows."
            }
            Self::UnknownValue => {
                "Add the column to the query, if there is one. What is unknown fits no rule for certain, and seeds none."
            }
            Self::RecordTypes => {
                "Look up what the flow log keeps (recordTypes in az network watcher flow-log list). Read what is missing as \
                 unknown, not as absent."
            }
            Self::CounterOverflow => "Check the tuple: no NIC moves this much in an hour.",
            Self::NoRoom => {
                "Load fewer hours at once, or leave out the logs of the NICs from which scanners work: what is not counted is \
                 not known, and rules that are drafted without it may cut it."
            }
            Self::More => "Fix the listed ones first; the rest are of the same kinds.",
            Self::TupleFields
            | Self::TupleTime
            | Self::TupleAddress
            | Self::TuplePort
            | Self::TupleProtocol
            | Self::TupleDirection
            | Self::TupleDecision
            | Self::TupleCounter => {
                "Compare the tuple at this offset with the original blob; the rest was counted."
            }
        }
    }
}

/// One problem in one source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Issue {
    /// Byte offset in the source, counted from 0: of a packed one in its own unpacked text.
    pub offset: u64,
    /// What happened.
    pub code: IssueCode,
    /// The record's number in the source, counted from 1.
    pub record: Option<u64>,
    /// Bytes passed over from the offset on; 0 where none were.
    pub length: u64,
    /// What happened, in a sentence for people; the value from the file comes last.
    pub message: String,
}
