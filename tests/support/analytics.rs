//! Tables of Traffic Analytics, made from logs as Microsoft's pages on its schema describe them: what a NIC logged in
//! one interval of one conversation, decision and rule is a row; a public address stands in a packed list.

use super::oracle::Tuple;
use azflow_core::model::UnixMillis;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::PathBuf;

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// `NTANetAnalytics`.
    Nta,
    /// `AzureNetworkAnalytics_CL`.
    Ana,
}

impl Schema {
    pub fn name(self) -> &'static str {
        match self {
            Self::Nta => "NTANetAnalytics",
            Self::Ana => "AzureNetworkAnalytics_CL",
        }
    }

    /// Its columns with their types, those of the language service's check.
    pub fn columns(self) -> Vec<(String, String)> {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/kql/schema.json");
        let schema: Value =
            serde_json::from_str(&fs::read_to_string(file).expect("the schema")).expect("JSON");
        let text = schema[self.name()].as_str().expect("columns");
        let column =
            |text: &str| text.split_once(": ").map(|(name, kind)| (name.to_owned(), kind.to_owned()));
        text.split(", ").map(|text| column(text).expect("a name and a type")).collect()
    }
}

type Key = (u32, IpAddr, IpAddr, u8, u16, bool, bool, String, String, String);

/// Flows, the four counters, the first and the last minute.
type Sums = (u64, [u64; 4], u32, u32);

/// The table of these tuples, by intervals of so many minutes: columns, types and rows.
pub fn table(schema: Schema, tuples: &[Tuple], minutes: u32) -> Value {
    let mut rows: BTreeMap<Key, Sums> = BTreeMap::new();
    for t in tuples {
        let interval = t.minute / minutes * minutes;
        let (mac, acl, rule) = (t.mac.clone(), t.acl.clone(), t.rule.clone());
        let key = (interval, t.src, t.dst, t.protocol, t.port, t.outbound, t.denied, mac, acl, rule);
        let row = rows.entry(key).or_insert((0, [0; 4], u32::MAX, 0));
        row.0 += u64::from(t.new);
        row.1.iter_mut().zip(t.counters).for_each(|(sum, value)| *sum += value);
        (row.2, row.3) = (row.2.min(t.minute), row.3.max(t.minute));
    }
    let columns = schema.columns();
    let rows: Vec<Value> = rows
        .iter()
        .map(|(key, sums)| {
            let cells = cells(schema, key, sums, minutes);
            // A text is never null in Kusto.
            let nothing = |kind: &str| if kind == "string" { "".into() } else { Value::Null };
            columns
                .iter()
                .map(|(name, kind)| cells.get(name).cloned().unwrap_or_else(|| nothing(kind)))
                .collect()
        })
        .collect();
    json!({ "table": schema.name(), "columns": columns, "rows": rows })
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_private() && !address.is_link_local(),
        IpAddr::V6(address) => !address.is_unique_local() && !address.is_unicast_link_local(),
    }
}

fn cells(schema: Schema, key: &Key, sums: &Sums, minutes: u32) -> Map<String, Value> {
    let (interval, src, dst, protocol, port, outbound, denied, mac, acl, rule) = key;
    let (flows, [packets_there, bytes_there, packets_back, bytes_back], first, last) = *sums;
    let at = |minute: u32| Value::from(UnixMillis::from_minute(minute).to_iso());
    // Address, flows begun, flows ended, packets there, packets back, bytes there, bytes back.
    let list = |address: &IpAddr| {
        format!("{address}|{flows}|{flows}|{packets_there}|{packets_back}|{bytes_there}|{bytes_back}")
    };
    let sides = [src, dst].map(|address| match is_public(*address) {
        true => (String::new(), list(address)),
        false => (address.to_string(), String::new()),
    });
    let [(src_ip, src_list), (dst_ip, dst_list)] = sides;
    let of = |way: bool, what: bool| if (*outbound, *denied) == (way, what) { flows } else { 0 };
    let [allowed_in, denied_in, allowed_out, denied_out] =
        [of(false, false), of(false, true), of(true, false), of(true, true)];
    let word = |nta: &'static str, ana: &'static str| if schema == Schema::Nta { nta } else { ana };
    let l4 = match protocol {
        6 => word("TCP", "T").to_owned(),
        17 => word("UDP", "U").to_owned(),
        other => other.to_string(),
    };
    let mac: Vec<&str> =
        mac.as_bytes().chunks(2).map(|two| std::str::from_utf8(two).expect("digits")).collect();
    let cell = |nta: &'static str, ana: &'static str, value: Value| (word(nta, ana).to_owned(), value);
    Map::from_iter([
        cell("TimeGenerated", "TimeGenerated", at(interval + minutes + 7)),
        cell("SubType", "SubType_s", "FlowLog".into()),
        cell("FlowIntervalStartTime", "FlowIntervalStartTime_t", at(*interval)),
        cell("FlowIntervalEndTime", "FlowIntervalEndTime_t", at(interval + minutes)),
        cell("FlowStartTime", "FlowStartTime_t", at(first)),
        cell("FlowEndTime", "FlowEndTime_t", at(last)),
        cell("FlowType", "FlowType_s", "ExternalPublic".into()),
        cell("SrcIp", "SrcIP_s", src_ip.into()),
        cell("DestIp", "DestIP_s", dst_ip.into()),
        cell("SrcPublicIps", "SrcPublicIPs_s", src_list.into()),
        cell("DestPublicIps", "DestPublicIPs_s", dst_list.into()),
        cell("DestPort", "DestPort_d", (*port).into()),
        cell("L4Protocol", "L4Protocol_s", l4.into()),
        cell(
            "FlowDirection",
            "FlowDirection_s",
            match outbound {
                true => word("Outbound", "O").into(),
                false => word("Inbound", "I").into(),
            },
        ),
        cell(
            "FlowStatus",
            "FlowStatus_s",
            match denied {
                true => word("Denied", "D").into(),
                false => word("Allowed", "A").into(),
            },
        ),
        cell("MacAddress", "MACAddress_s", mac.join("-").into()),
        cell("AclGroup", "NSGList_s", acl.as_str().into()),
        cell("AclRule", "NSGRule_s", rule.as_str().into()),
        cell("AllowedInFlows", "AllowedInFlows_d", allowed_in.into()),
        cell("DeniedInFlows", "DeniedInFlows_d", denied_in.into()),
        cell("AllowedOutFlows", "AllowedOutFlows_d", allowed_out.into()),
        cell("DeniedOutFlows", "DeniedOutFlows_d", denied_out.into()),
        cell("PacketsSrcToDest", "OutboundPackets_d", packets_there.into()),
        cell("PacketsDestToSrc", "InboundPackets_d", packets_back.into()),
        cell("BytesSrcToDest", "OutboundBytes_d", bytes_there.into()),
        cell("BytesDestToSrc", "InboundBytes_d", bytes_back.into()),
    ])
}
