//! Files of any size for measuring: forty subnets, forty thousand reasons to talk of which few are
//! frequent, states in the mix of real logs. No story.

use super::random::Random;
use azflow_core::model::UnixMillis;
use std::io::{self, Write};

/// The format of a bulk file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkKind {
    /// NSG flow log, version 2.
    NsgV2,
    /// VNet flow log.
    Vnet,
    /// NSG flow log, version 2, of as many conversations as tuples, between the hosts of sixty subnets.
    Broad,
    /// NSG flow log, version 2, in which each flow is logged by the NICs of its two ends: by no other, as real ones are.
    Ends,
}

/// 2026-10-01T00:00:00Z in minutes since 1970.
pub(super) const START: u32 = 29_846_880;
/// Tuples of a record: as many as Azure puts into one before it begins another.
const TUPLES: u64 = 550;
pub(super) const RULES: [&str; 8] = [
    "DefaultRule_AllowVnetInBound",
    "DefaultRule_AllowVnetOutBound",
    "DefaultRule_AllowInternetOutBound",
    "UserRule_Allow_Web",
    "UserRule_Allow_Sql",
    "UserRule_Allow_Mgmt",
    "UserRule_Deny_Legacy",
    "DefaultRule_DenyAllInBound",
];
pub(super) const PORTS: [u16; 12] = [443, 1433, 53, 445, 80, 8080, 22, 3389, 5985, 389, 88, 135];

/// How many combinations of hosts, port and rule there are.
pub(super) const REASONS: u64 = 40_000;

/// One host's reason to talk to another: always the same for the same number.
pub(super) struct Reason {
    pub(super) src: String,
    pub(super) dst: String,
    pub(super) port: u16,
    pub(super) rule: usize,
}

impl Reason {
    pub(super) fn new(number: u64) -> Self {
        let mut random = Random::new(&[11, number]);
        let mut host = || {
            let subnet = random.below(40) * random.below(40) / 40;
            format!("10.{}.{}.{}", subnet / 10, subnet % 10, 4 + random.below(8) * random.below(8) / 3)
        };
        let (src, dst) = (host(), host());
        let port = PORTS[(random.below(12) * random.below(12) / 12) as usize];
        Self { src, dst, port, rule: (random.below(8) * random.below(8) / 7) as usize }
    }

    /// The same, each with another pair of hosts and port: no number of a host or port shares a factor with the
    /// numbers of the others, so that nothing comes again soon.
    fn broad(number: u64) -> Self {
        const HOSTS: u64 = 199;
        let host = |number: u64| {
            let (subnet, host) = (number % 60, number / 60 % HOSTS);
            format!("10.{}.{}.{}", 20 + subnet / 30, subnet % 30, 4 + host)
        };
        let mixed = |by: u64| number.wrapping_mul(by) % (60 * HOSTS);
        let rule = if number.is_multiple_of(20) { 7 } else { 0 };
        Self {
            src: host(mixed(7_919)),
            dst: host(mixed(7_919) + 1 + number / (60 * HOSTS) * 61),
            port: PORTS[(number % 11) as usize],
            rule,
        }
    }
}

/// Writes a flow log of about `bytes` bytes; the same arguments always write the same.
///
/// # Errors
/// When `out` does.
pub fn bulk(kind: BulkKind, bytes: u64, out: &mut impl Write) -> io::Result<()> {
    if kind == BulkKind::Ends {
        return super::ends::write(bytes, out);
    }
    let mut written = 0;
    let mut record = String::new();
    out.write_all(b"{\"records\":[")?;
    for number in 0.. {
        if written >= bytes {
            break;
        }
        record.clear();
        if number > 0 {
            record.push(',');
        }
        write_record(kind, number, &mut record);
        out.write_all(record.as_bytes())?;
        written += record.len() as u64;
    }
    out.write_all(b"]}")
}

fn write_record(kind: BulkKind, number: u64, out: &mut String) {
    let mut random = Random::new(&[7, number]);
    // Twelve NICs take turns; each twelve records are a minute.
    let nic = number % 12;
    let minute = START + (number / 12) as u32;
    let mut groups: Vec<Vec<String>> = vec![Vec::new(); RULES.len()];
    for at in 0..TUPLES {
        let reason = match kind {
            BulkKind::Broad => Reason::broad(number * TUPLES + at),
            _ => Reason::new(random.below(REASONS) * random.below(REASONS) / REASONS),
        };
        groups[reason.rule].push(tuple(kind, minute, &reason, &mut random));
    }
    let groups = RULES.into_iter().zip(groups).filter(|(_, tuples)| !tuples.is_empty());
    record(out, kind == BulkKind::Vnet, minute, (&format!("000D3A00{nic:04X}"), &nic.to_string()), groups);
}

/// Writes what a NIC, by its MAC address and the end of its group's name, logs in a minute: rules with their tuples.
pub(super) fn record(
    out: &mut String,
    vnet: bool,
    minute: u32,
    (mac, nsg): (&str, &str),
    groups: impl Iterator<Item = (&'static str, Vec<String>)>,
) {
    let time = UnixMillis(UnixMillis::from_minute(minute).0 + 60_000).to_iso();
    let id = format!(
        "/SUBSCRIPTIONS/0/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/NSG-{nsg}"
    );
    out.push_str(&if vnet {
        format!(
            "{{\"time\":\"{time}\",\"flowLogVersion\":4,\"macAddress\":\"{mac}\",\"category\":\"FlowLogFlowEvent\",\
             \"operationName\":\"FlowLogFlowEvent\",\"flowRecords\":{{\"flows\":[{{\"aclID\":\"{id}\",\"flowGroups\":["
        )
    } else {
        format!(
            "{{\"time\":\"{time}\",\"systemId\":\"0\",\"macAddress\":\"{mac}\",\"category\":\"NetworkSecurityGroupFlowEvent\",\
             \"resourceId\":\"{id}\",\"operationName\":\"NetworkSecurityGroupFlowEvents\",\"properties\":{{\"Version\":2,\"flows\":["
        )
    });
    for (number, (rule, tuples)) in groups.enumerate() {
        out.push_str(if number == 0 { "" } else { "," });
        let tuples = tuples.join("\",\"");
        out.push_str(&if vnet {
            format!("{{\"rule\":\"{rule}\",\"flowTuples\":[\"{tuples}\"]}}")
        } else {
            format!("{{\"rule\":\"{rule}\",\"flows\":[{{\"mac\":\"{mac}\",\"flowTuples\":[\"{tuples}\"]}}]}}")
        });
    }
    out.push_str(if vnet { "]}]}}" } else { "]}}" });
}

fn tuple(kind: BulkKind, minute: u32, reason: &Reason, random: &mut Random) -> String {
    let millis = UnixMillis::from_minute(minute).0 + random.below(60_000) as i64;
    let Reason { src, dst, port, rule } = reason;
    let sport = 49_152 + random.below(16_000);
    let direction = if random.below(2) == 0 { 'I' } else { 'O' };
    let allowed = *rule < 6;
    let state = ['B', 'C', 'E', 'E'][random.below(4) as usize];
    let quiet = state == 'B' || !allowed;
    let counters = [random.below(90), random.below(90_000), random.below(90), random.below(900_000)];
    let [a, b, c, d] = counters;
    match (kind, quiet) {
        (BulkKind::NsgV2 | BulkKind::Broad | BulkKind::Ends, _) => {
            let (protocol, decision) = (if *port == 53 { 'U' } else { 'T' }, if allowed { 'A' } else { 'D' });
            let state = if allowed { state } else { 'B' };
            let begin = format!(
                "{},{src},{dst},{sport},{port},{protocol},{direction},{decision},{state}",
                millis / 1000
            );
            if quiet { format!("{begin},,,,") } else { format!("{begin},{a},{b},{c},{d}") }
        }
        (BulkKind::Vnet, quiet) => {
            let protocol = if *port == 53 { 17 } else { 6 };
            let state = if allowed { state } else { 'D' };
            let begin = format!("{millis},{src},{dst},{sport},{port},{protocol},{direction},{state},NX");
            if quiet { format!("{begin},0,0,0,0") } else { format!("{begin},{a},{b},{c},{d}") }
        }
    }
}
