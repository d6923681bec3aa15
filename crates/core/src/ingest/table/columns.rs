//! What the columns of a table of flows mean, told from their headings.
//!
//! Headings differ by table, by export and by the query that renamed them: FORMATS, section 4.

use super::every_row::{EveryRow, missing};
use serde::{Deserialize, Serialize};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[repr(u8)]
pub enum Meaning {
    /// Source address.
    Src,
    /// Destination address.
    Dst,
    /// Destination port.
    Port,
    /// Protocol: a letter, a word or a number.
    Protocol,
    /// Direction at the NIC.
    Direction,
    /// Allowed or denied.
    Decision,
    /// The rule that decided.
    Rule,
    /// The network security group or ACL.
    Acl,
    /// The NIC's MAC address.
    Mac,
    /// When the first flow of the row began.
    Start,
    /// When the last flow of the row began.
    End,
    /// The beginning of the interval that the row adds up.
    Interval,
    /// Any other time: of the row's making, say.
    Time,
    /// New flows into the NIC that were allowed.
    AllowedIn,
    /// New flows into the NIC that were denied.
    DeniedIn,
    /// New flows out of the NIC that were allowed.
    AllowedOut,
    /// New flows out of the NIC that were denied.
    DeniedOut,
    /// New flows, however they were decided.
    Count,
    /// Packets from the source to the destination.
    PacketsThere,
    /// Bytes from the source to the destination.
    BytesThere,
    /// Packets from the destination to the source.
    PacketsBack,
    /// Bytes from the destination to the source.
    BytesBack,
    /// Packed public addresses of the source side.
    SrcPublic,
    /// Packed public addresses of the destination side.
    DstPublic,
    /// Packed public addresses of the side that is not `Machine`: schema 1 of Traffic Analytics.
    Public,
    /// The machine's own address, where the sides are blank: schema 1 of Traffic Analytics.
    Machine,
    /// Packed rules: schema 1 of Traffic Analytics.
    Rules,
    /// Flow encryption.
    Encryption,
    /// What kind of row it is: only `FlowLog` rows are flows.
    SubType,
    /// Whether the row was captured at a hop on the way.
    Hop,
    /// The Azure region of a public address.
    Region,
    /// The country of a public address.
    Country,
    /// The service that the source is.
    SrcService,
    /// The service that the destination is.
    DstService,
    /// Which of azflow's own queries made the table.
    Query,
    /// Why it was decided so, where no rule did: a firewall's table.
    Reason,
    /// The resource that wrote the row.
    Resource,
    /// Between what the flow is: a sign of the table, and a name for a side of which nothing else is known.
    FlowType,
    /// The source's subnet. From here on: names of addresses, which make no row another one.
    SrcSubnet,
    /// The destination's subnet.
    DstSubnet,
    /// The source's machine.
    SrcVm,
    /// The destination's machine.
    DstVm,
    /// The source's NIC.
    SrcNic,
    /// The destination's NIC.
    DstNic,
}

/// How many meanings there are.
pub const MEANINGS: usize = Meaning::DstNic as usize + 1;

/// What people can say that a column holds, by the names of the command line and of what is kept.
const NAMED: [(Meaning, &str); 28] = [
    (Meaning::Src, "source"),
    (Meaning::Dst, "destination"),
    (Meaning::Port, "port"),
    (Meaning::Protocol, "protocol"),
    (Meaning::Direction, "direction"),
    (Meaning::Decision, "decision"),
    (Meaning::Start, "start"),
    (Meaning::End, "end"),
    (Meaning::Interval, "interval"),
    (Meaning::Time, "time"),
    (Meaning::Count, "flows"),
    (Meaning::AllowedIn, "allowed-in"),
    (Meaning::DeniedIn, "denied-in"),
    (Meaning::AllowedOut, "allowed-out"),
    (Meaning::DeniedOut, "denied-out"),
    (Meaning::PacketsThere, "packets-there"),
    (Meaning::BytesThere, "bytes-there"),
    (Meaning::PacketsBack, "packets-back"),
    (Meaning::BytesBack, "bytes-back"),
    (Meaning::Rule, "rule"),
    (Meaning::Acl, "acl"),
    (Meaning::Mac, "mac"),
    (Meaning::SrcSubnet, "source-subnet"),
    (Meaning::DstSubnet, "destination-subnet"),
    (Meaning::SrcPublic, "source-list"),
    (Meaning::DstPublic, "destination-list"),
    (Meaning::Encryption, "encryption"),
    (Meaning::SubType, "kind-of-row"),
];

impl Meaning {
    /// Everything that people can say a column holds, in the order in which it is offered.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        NAMED.iter().map(|(meaning, _)| *meaning)
    }

    /// The name by which people say it; empty where they can't.
    pub fn name(self) -> &'static str {
        NAMED.iter().find(|(meaning, _)| *meaning == self).map_or("", |(_, name)| name)
    }

    /// By its name.
    pub fn parse(name: &str) -> Option<Self> {
        NAMED.iter().find(|(_, known)| *known == name).map(|(meaning, _)| *meaning)
    }
}

/// A heading without the marks that exports and custom logs add.
pub fn normal(heading: &str) -> String {
    let mut text = heading.trim().trim_matches(['"', '\u{feff}']).trim().to_ascii_lowercase();
    if let Some(head) = text.strip_suffix("[utc]") {
        text = head.trim().to_owned();
    }
    for suffix in ["_s", "_d", "_t", "_b", "_g"] {
        if let Some(head) = text.strip_suffix(suffix) {
            text = head.to_owned();
            break;
        }
    }
    text.chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}

/// What a heading most probably means.
pub fn guess(heading: &str) -> Option<Meaning> {
    Some(match normal(heading).as_str() {
        "srcip" | "sourceip" | "sourceaddress" | "sourceipaddress" | "src" | "source" | "ipaddress" => {
            Meaning::Src
        }
        "destip"
        | "destinationip"
        | "dstip"
        | "destinationaddress"
        | "destinationipaddress"
        | "dst"
        | "dest"
        | "destination" => Meaning::Dst,
        "destport" | "destinationport" | "dstport" | "port" => Meaning::Port,
        "l4protocol" | "protocol" | "proto" | "transportprotocol" => Meaning::Protocol,
        "flowdirection" | "direction" => Meaning::Direction,
        "flowstatus" | "access" | "action" | "decision" => Meaning::Decision,
        "nsgrule" | "aclrule" | "rule" | "rulename" | "nsgrulematched" => Meaning::Rule,
        "nsglist" | "aclgroup" | "acllist" | "nsg" | "acl" => Meaning::Acl,
        "macaddress" | "mac" => Meaning::Mac,
        "flowstarttime" | "starttime" => Meaning::Start,
        "flowendtime" | "endtime" => Meaning::End,
        "flowintervalstarttime" => Meaning::Interval,
        "timegenerated" | "time" | "timestamp" | "datetime" | "date" => Meaning::Time,
        "allowedinflows" => Meaning::AllowedIn,
        "deniedinflows" => Meaning::DeniedIn,
        "allowedoutflows" => Meaning::AllowedOut,
        "deniedoutflows" => Meaning::DeniedOut,
        "flowcount" | "count" | "flows" => Meaning::Count,
        "outboundpackets" | "packetssrctodest" => Meaning::PacketsThere,
        "outboundbytes" | "bytessrctodest" => Meaning::BytesThere,
        "inboundpackets" | "packetsdesttosrc" => Meaning::PacketsBack,
        "inboundbytes" | "bytesdesttosrc" => Meaning::BytesBack,
        "srcpublicips" => Meaning::SrcPublic,
        "destpublicips" => Meaning::DstPublic,
        "publicips" => Meaning::Public,
        "vmip" => Meaning::Machine,
        "nsgrules" => Meaning::Rules,
        "flowencryption" | "encryption" => Meaning::Encryption,
        "subtype" => Meaning::SubType,
        "isflowcapturedatudrhop" => Meaning::Hop,
        "srcsubnet" | "subnet1" => Meaning::SrcSubnet,
        "destsubnet" | "subnet2" => Meaning::DstSubnet,
        "srcvm" | "vm1" => Meaning::SrcVm,
        "destvm" | "vm2" => Meaning::DstVm,
        "srcnic" | "nic1" => Meaning::SrcNic,
        "destnic" | "nic2" => Meaning::DstNic,
        "srcservicename" => Meaning::SrcService,
        "destservicename" => Meaning::DstService,
        "azureregion" => Meaning::Region,
        "country" => Meaning::Country,
        "flowtype" => Meaning::FlowType,
        "azflowquery" => Meaning::Query,
        "actionreason" => Meaning::Reason,
        "resourceid" if heading.contains("_") => Meaning::Resource,
        _ => return None,
    })
}

/// Whether headings are of a table of rules: they have priorities and actions, and no time.
pub fn is_rules(headings: &[String]) -> bool {
    let words: Vec<String> = headings.iter().map(|heading| normal(heading)).collect();
    let any = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let timed = headings
        .iter()
        .filter_map(|heading| guess(heading))
        .any(|meaning| matches!(meaning, Meaning::Start | Meaning::End | Meaning::Interval | Meaning::Time));
    any(&["priority"])
        && any(&["access", "action"])
        && any(&[
            "source",
            "sourceaddressprefix",
            "sourceaddressprefixes",
            "destination",
            "destinationaddressprefix",
        ])
        && !timed
}

/// Which table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `NTANetAnalytics`: VNet flow logs.
    Vnet,
    /// `AzureNetworkAnalytics_CL`: NSG flow logs.
    Nsg,
    /// Some other table of flows.
    Other,
}

/// Column by column its meaning. Several columns may have one: in each row the first of them that is not blank counts,
/// since tables of both kinds of log carry the other kind's columns and leave them empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// By column.
    pub columns: Vec<Option<Meaning>>,
    /// Which table the headings are of.
    pub table: Table,
}

impl Mapping {
    /// Guesses every column.
    #[cfg(test)]
    fn of(headings: &[&str]) -> Self {
        let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
        Self::by(&headings, &guess)
    }

    /// Takes every column for what a function says of its heading.
    pub fn by(headings: &[String], means: &dyn Fn(&str) -> Option<Meaning>) -> Self {
        let columns: Vec<Option<Meaning>> = headings.iter().map(|heading| means(heading)).collect();
        let seen = |meaning: Meaning| columns.contains(&Some(meaning));
        let has = |text: &str| headings.iter().any(|h| normal(h) == text);
        let suffixed = headings.iter().any(|h| {
            let lower = h.trim().trim_matches('"').to_ascii_lowercase();
            ["srcip_s", "destip_s", "flowtype_s", "nsgrule_s", "flowstatus_s"].contains(&lower.as_str())
        });
        let table = if has("aclrule") || has("aclgroup") || has("acllist") {
            Table::Vnet
        } else if suffixed {
            Table::Nsg
        } else if seen(Meaning::FlowType) && seen(Meaning::Interval) {
            if has("nsgrule") { Table::Nsg } else { Table::Vnet }
        } else {
            Table::Other
        };
        Self { columns, table }
    }

    /// Whether some column has this meaning.
    pub fn has(&self, meaning: Meaning) -> bool {
        self.columns.contains(&Some(meaning))
    }

    /// Whether this looks like a table of flows at all.
    pub fn is_flows(&self) -> bool {
        (self.has(Meaning::Src) || self.has(Meaning::SrcPublic) || self.has(Meaning::FlowType))
            && (self.has(Meaning::Dst) || self.has(Meaning::DstPublic) || self.has(Meaning::Port))
    }

    /// What a flow needs and neither a column holds nor was said, in words.
    pub fn missing(&self, said: EveryRow) -> Vec<&'static str> {
        missing(&self.columns, said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_mean_the_same_in_every_dialect() {
        for heading in ["SrcIP_s", "SrcIp", "\"SrcIP\"", "srcip_s", "SourceIp"] {
            assert_eq!(guess(heading), Some(Meaning::Src), "{heading}");
        }
        assert_eq!(guess("FlowStartTime_t [UTC]"), Some(Meaning::Start));
        assert_eq!(guess("TimeGenerated [UTC]"), Some(Meaning::Time));
        assert_eq!(guess("count_"), Some(Meaning::Count));
        assert_eq!(guess("InboundBytes_d"), Some(Meaning::BytesBack));
        assert_eq!(guess("Computer"), None);
    }

    #[test]
    fn a_table_without_time_and_action_says_so() {
        let mapping = Mapping::of(&["SourceIp", "DestinationIp", "Protocol", "DestinationPort", "count_"]);
        assert_eq!(mapping.table, Table::Other);
        assert_eq!(mapping.missing(EveryRow::default()), ["a time", "allowed or denied"]);
        let mut said = EveryRow::default();
        assert!(said.say("decision=denied") && !said.say("decision=perhaps") && !said.say("host=a"));
        assert!(said.say("time=2026-10-01") && said.say("decision=denied"));
        assert!(mapping.missing(said).is_empty());
        assert_eq!(said.lacked_by(&mapping.columns), said);
        assert_eq!(said.lacked_by(&[Some(Meaning::Decision)]), EveryRow { decision: None, ..said });
        assert_eq!(said.words(), ["decision=denied", "time=2026-10-01T00:00:00.000Z"]);
    }
}
