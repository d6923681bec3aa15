//! The keys that the scanner knows. Matched without regard to case, since documentation and
//! field data disagree about it (docs/FORMATS.md, section 1).

/// A key that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The array of log records.
    Records,
    /// When the record was written.
    Time,
    /// Which log the record belongs to.
    Category,
    /// The NSG of an NSG record.
    ResourceId,
    /// The NIC, in the record or in a group of flows.
    Mac,
    /// NSG: what holds `flows`.
    Properties,
    /// VNet: what holds `flows`.
    FlowRecords,
    /// An array of flow groups.
    Flows,
    /// VNet: the groups of one ACL.
    FlowGroups,
    /// The tuples.
    FlowTuples,
    /// The rule of a group.
    Rule,
    /// VNet: the resource whose rules were applied.
    AclId,
    /// A tuple by itself, as pipelines write one flow a record: `flow.0`, `flowTuple`.
    FlatTuple,
    /// VNet: the log's version.
    VnetVersion,
    /// NSG: the log's version.
    NsgVersion,
    /// Written only by a record itself: sign of a record's start.
    RecordOnly,
    /// A field of a record with exactly one flow, as the Network Watcher connector writes it;
    /// the number is its place in a tuple.
    Flat(u8),
    /// Anything else.
    Unknown,
}

impl Key {
    /// Whether flows, groups of them or tuples stand under it.
    pub fn holds_flows(self) -> bool {
        matches!(
            self,
            Self::Properties | Self::FlowRecords | Self::Flows | Self::FlowGroups | Self::FlowTuples
        )
    }
}

/// The longest known key.
pub const LONGEST: usize = 20;

/// Looks a key up.
pub fn lookup(name: &[u8]) -> Key {
    let mut lower = [0u8; LONGEST];
    let Some(lower) = lower.get_mut(..name.len()) else { return Key::Unknown };
    for (to, from) in lower.iter_mut().zip(name) {
        *to = from.to_ascii_lowercase();
    }
    match &*lower {
        b"records" => Key::Records,
        b"time" => Key::Time,
        b"category" => Key::Category,
        b"resourceid" => Key::ResourceId,
        b"mac" | b"macaddress" => Key::Mac,
        b"properties" => Key::Properties,
        b"flowrecords" => Key::FlowRecords,
        b"flows" => Key::Flows,
        b"flowgroups" => Key::FlowGroups,
        b"flowtuples" => Key::FlowTuples,
        b"rule" | b"nsgrulename" => Key::Rule,
        b"aclid" => Key::AclId,
        b"flowtuple" => Key::FlatTuple,
        b"flowlogversion" => Key::VnetVersion,
        b"version" => Key::NsgVersion,
        b"systemid" | b"operationname" | b"flowlogguid" | b"flowlogresourceid" | b"targetresourceid" => {
            Key::RecordOnly
        }
        b"starttime" => Key::Flat(0),
        b"sourceaddress" => Key::Flat(1),
        b"destinationaddress" => Key::Flat(2),
        b"sourceport" => Key::Flat(3),
        b"destinationport" => Key::Flat(4),
        b"transportprotocol" => Key::Flat(5),
        b"devicedirection" => Key::Flat(6),
        b"deviceaction" => Key::Flat(7),
        b"flowstate" => Key::Flat(8),
        b"packetsstod" => Key::Flat(9),
        b"bytesstod" => Key::Flat(10),
        b"packetsdtos" => Key::Flat(11),
        b"bytesdtos" => Key::Flat(12),
        _ => match lower.strip_prefix(b"flow.") {
            Some(number) if !number.is_empty() && number.iter().all(u8::is_ascii_digit) => Key::FlatTuple,
            _ => Key::Unknown,
        },
    }
}

impl Key {
    /// Whether an object that begins with this key is a log record or the wrapper of some, and
    /// never a part of one.
    pub fn starts_record(self) -> bool {
        matches!(
            self,
            Self::Records
                | Self::Time
                | Self::Category
                | Self::ResourceId
                | Self::VnetVersion
                | Self::RecordOnly
        )
    }
}
