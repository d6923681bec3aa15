//! The story in Azure's formats: one file for a NIC and an hour, one record a minute.

use super::estate::{End, Format, LINKS, Link, NICS, Nic, When};
use super::random::Random;
use azflow_core::model::SortSmall;
use azflow_core::model::UnixMillis;
use std::collections::BTreeMap;
use std::fmt::Write;

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-00000000E8A3";

/// One connection, the same at both of its ends.
struct Flow {
    /// Milliseconds since 1970.
    at: i64,
    src: String,
    dst: String,
    sport: u16,
    dport: u16,
    protocol: u8,
    /// Milliseconds until it ended.
    lasted: i64,
    packets: (u64, u64),
    bytes: (u64, u64),
}

fn resource(nic: &Nic) -> String {
    format!(
        "/SUBSCRIPTIONS/{SUBSCRIPTION}/RESOURCEGROUPS/RG-EXAMPLE/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/{}",
        nic.nsg
    )
}

/// The path at which Azure would keep a NIC's file of an hour of the day.
pub(super) fn path(nic: &Nic, hour: u32) -> String {
    let top = match nic.format {
        Format::Vnet => {
            let (network, id) = (nic.network.to_ascii_uppercase(), SUBSCRIPTION);
            format!(
                "insights-logs-flowlogflowevent/flowLogResourceID=/{id}_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_{network}-FLOWLOG"
            )
        }
        _ => format!("insights-logs-networksecuritygroupflowevent/resourceId={}", resource(nic)),
    };
    format!("example/{top}/y=2026/m=10/d=07/h={hour:02}/m=00/macAddress={}/PT1H.json", nic.mac)
}

/// The bytes of a NIC's file of the hour that begins at this minute.
pub(super) fn hour_file(nic: &Nic, start: u32) -> Vec<u8> {
    let records: Vec<String> = (start..start + 60).filter_map(|minute| record(nic, minute)).collect();
    format!("{{\"records\":[{}]}}", records.join(",")).into_bytes()
}

/// A NIC's record of a minute, if anything happened.
fn record(nic: &Nic, minute: u32) -> Option<String> {
    // Rules in a fixed order, each with its tuples in the order of time.
    let mut rules: BTreeMap<&str, Vec<(i64, String)>> = BTreeMap::new();
    for (number, link) in LINKS.iter().enumerate() {
        for flow in flows(number as u64, link, minute) {
            if flow.dst == nic.address && !link.in_rule.is_empty() {
                tuples(nic.format, &flow, 'I', link.allowed, rules.entry(link.in_rule).or_default());
            }
            if flow.src == nic.address {
                tuples(nic.format, &flow, 'O', true, rules.entry(link.out_rule).or_default());
            }
        }
    }
    if rules.is_empty() {
        return None;
    }
    let mut text = String::new();
    let time = UnixMillis(UnixMillis::from_minute(minute).0 + 59_900).to_iso();
    let mac = nic.mac;
    let groups: Vec<String> = rules
        .into_iter()
        .map(|(rule, mut tuples)| {
            tuples.sort_small();
            let tuples: Vec<String> = tuples.into_iter().map(|(_, t)| format!("\"{t}\"")).collect();
            let tuples = tuples.join(",");
            match nic.format {
                Format::Vnet => format!("{{\"rule\":\"{rule}\",\"flowTuples\":[{tuples}]}}"),
                _ => format!(
                    "{{\"rule\":\"{rule}\",\"flows\":[{{\"mac\":\"{mac}\",\"flowTuples\":[{tuples}]}}]}}"
                ),
            }
        })
        .collect();
    let groups = groups.join(",");
    let resource = resource(nic);
    let written = match nic.format {
        Format::Vnet => write!(
            text,
            "{{\"time\":\"{time}\",\"flowLogVersion\":4,\"macAddress\":\"{mac}\",\"category\":\"FlowLogFlowEvent\",\
             \"targetResourceID\":\"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-example/providers/Microsoft.Network/virtualNetworks/{}\",\
             \"operationName\":\"FlowLogFlowEvent\",\"flowRecords\":{{\"flows\":[{{\"aclID\":\"{resource}\",\"flowGroups\":[{groups}]}}]}}}}",
            nic.network
        ),
        _ => write!(
            text,
            "{{\"time\":\"{time}\",\"category\":\"NetworkSecurityGroupFlowEvent\",\"resourceId\":\"{resource}\",\
             \"operationName\":\"NetworkSecurityGroupFlowEvents\",\"properties\":{{\"Version\":{},\"flows\":[{groups}]}}}}",
            if nic.format == Format::NsgV1 { 1 } else { 2 }
        ),
    };
    written.is_ok().then_some(text)
}

/// The connections of a link that begin in a minute: the same whoever asks.
fn flows(number: u64, link: &Link, minute: u32) -> Vec<Flow> {
    let mut random = Random::new(&[number, u64::from(minute)]);
    let hour = minute / 60 % 24;
    let per_mille = match link.when {
        When::Always => link.per_mille,
        When::Hours(from, to) if (from..to).contains(&hour) => link.per_mille,
        When::Hours(..) => 0,
        // A working day in percent of its busiest hour.
        When::Office => {
            const LOAD: [u64; 24] = [
                14, 10, 8, 8, 9, 14, 28, 52, 78, 92, 100, 97, 80, 88, 99, 96, 90, 76, 58, 47, 41, 36, 28, 20,
            ];
            link.per_mille * LOAD[hour as usize] / 100
        }
    };
    let count = random.times(per_mille);
    let flow = |_| {
        let at = UnixMillis::from_minute(minute).0 + random.below(50_000) as i64;
        let vary = |random: &mut Random, value: u64| value / 2 + random.below(value.max(1));
        let bytes = (vary(&mut random, link.bytes.0), vary(&mut random, link.bytes.1));
        Flow {
            at,
            src: end(link.from, &mut random),
            dst: end(link.to, &mut random),
            sport: 49_152 + random.below(16_000) as u16,
            dport: if link.port == 0 { scanned_port(&mut random) } else { link.port },
            protocol: link.protocol,
            lasted: 200 + random.below(8_000) as i64,
            packets: (bytes.0 / 700 + 2, bytes.1 / 1100 + 1),
            bytes,
        }
    };
    (0..count).map(flow).collect()
}

fn scanned_port(random: &mut Random) -> u16 {
    const FAVOURITES: [u16; 12] = [22, 23, 80, 135, 139, 443, 445, 1433, 3306, 3389, 5985, 8080];
    match random.below(3) {
        0 => 1 + random.below(10_000) as u16,
        _ => FAVOURITES[random.below(FAVOURITES.len() as u64) as usize],
    }
}

fn end(end: End, random: &mut Random) -> String {
    match end {
        End::One(address) => address.to_owned(),
        End::Any(prefix) => {
            let inside: Vec<&str> =
                NICS.iter().map(|n| n.address).filter(|a| a.starts_with(prefix)).collect();
            match inside.len() as u64 {
                0 => format!("{prefix}.{}", 20 + random.below(40)),
                count => inside[random.below(count) as usize].to_owned(),
            }
        }
        // Documentation prefixes (RFC 5737): they belong to nobody.
        End::Internet => {
            let prefix = ["192.0.2", "198.51.100"][random.below(2) as usize];
            format!("{prefix}.{}", 1 + random.below(254))
        }
        End::Stranger => format!("203.0.113.{}", 1 + random.below(254)),
    }
}

/// A connection's tuples at one NIC.
fn tuples(format: Format, flow: &Flow, direction: char, allowed: bool, out: &mut Vec<(i64, String)>) {
    let Flow { at, src, dst, sport, dport, .. } = flow;
    let ended = at + flow.lasted;
    let letter = if flow.protocol == 17 { 'U' } else { 'T' };
    let decision = if allowed { 'A' } else { 'D' };
    let ((po, pi), (bo, bi)) = (flow.packets, flow.bytes);
    let begin = format!("{src},{dst},{sport},{dport}");
    match format {
        Format::NsgV1 => out.push((*at, format!("{},{begin},{},{direction},{decision}", at / 1000, letter))),
        Format::NsgV2 => {
            let middle = format!("{begin},{},{direction},{decision}", letter);
            out.push((*at, format!("{},{middle},B,,,,", at / 1000)));
            if allowed {
                out.push((ended, format!("{},{middle},E,{po},{bo},{pi},{bi}", ended / 1000)));
            }
        }
        Format::Vnet => {
            let middle = format!("{begin},{},{direction}", flow.protocol);
            out.push((*at, format!("{at},{middle},{},NX,0,0,0,0", if allowed { 'B' } else { 'D' })));
            if allowed {
                out.push((ended, format!("{ended},{middle},E,NX,{po},{bo},{pi},{bi}")));
            }
        }
    }
}
