//! An independent count: whole files through `serde_json`, straight sums, no code of the core.
//!
//! Only for well-formed logs. It follows docs/SEMANTICS.md word by word and as plainly as it can.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// One logged tuple with what is around it.
#[derive(Debug, Clone)]
pub struct Tuple {
    pub minute: u32,
    pub src: IpAddr,
    pub dst: IpAddr,
    pub protocol: u8,
    pub port: u16,
    pub outbound: bool,
    pub denied: bool,
    pub new: bool,
    pub counters: [u64; 4],
    pub mac: String,
    pub acl: String,
    pub rule: String,
}

/// Flows and traffic: allowed, denied, then the four counters.
pub type Numbers = [u64; 6];

#[derive(Debug, Default)]
pub struct Count {
    pub records: u64,
    pub duplicate_records: u64,
    pub tuples: u64,
    pub duplicate_tuples: u64,
    pub counted: Vec<Tuple>,
}

/// Counts log texts, each one or more JSON values.
pub fn count(texts: &[&str]) -> Count {
    let mut out = Count::default();
    let mut seen = BTreeSet::new();
    for text in texts {
        for value in
            serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter::<Value>()
        {
            walk(&value.expect("the text is well-formed"), &mut seen, &mut out);
        }
    }
    out
}

fn walk(value: &Value, seen: &mut BTreeSet<String>, out: &mut Count) {
    if let Some(records) = value.get("records").and_then(Value::as_array) {
        records.iter().for_each(|r| walk(r, seen, out));
        return;
    }
    let tuples = record(value);
    out.records += 1;
    out.tuples += tuples.len() as u64;
    if seen.insert(value.to_string()) {
        out.counted.extend(tuples);
    } else {
        out.duplicate_records += 1;
        out.duplicate_tuples += tuples.len() as u64;
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn record(record: &Value) -> Vec<Tuple> {
    let mut out = Vec::new();
    if let Some(flows) = record.get("flowRecords") {
        for acl in list(flows, "flows") {
            for group in list(acl, "flowGroups") {
                let (rule, acl) = (text(group, "rule"), text(acl, "aclID"));
                let mac = text(record, "macAddress").to_uppercase();
                out.extend(list(group, "flowTuples").iter().map(|t| vnet(t, &mac, &acl, &rule)));
            }
        }
    } else if let Some(properties) = record.get("properties") {
        for rule in list(properties, "flows") {
            for nic in list(rule, "flows") {
                let (name, mac, acl) =
                    (text(rule, "rule"), text(nic, "mac").to_uppercase(), text(record, "resourceId"));
                out.extend(list(nic, "flowTuples").iter().map(|t| nsg(t, &mac, &acl, &name)));
            }
        }
    }
    out
}

fn common(fields: &[&str], protocol: u8, mac: &str, acl: &str, rule: &str) -> Tuple {
    let number = |i: usize| fields.get(i).and_then(|f| f.parse().ok()).unwrap_or(0u64);
    let has_ports = protocol == 6 || protocol == 17;
    // Seconds, or milliseconds where there are that many digits.
    let seconds = if fields[0].len() > 11 { number(0) / 1000 } else { number(0) };
    Tuple {
        minute: (seconds / 60) as u32,
        src: fields[1].parse().expect("an address"),
        dst: fields[2].parse().expect("an address"),
        protocol,
        port: if has_ports { fields[4].parse().expect("a port") } else { 0 },
        outbound: fields[6] == "O",
        denied: false,
        new: true,
        counters: [number(9), number(10), number(11), number(12)],
        mac: mac.to_owned(),
        acl: acl.to_owned(),
        rule: rule.to_owned(),
    }
}

fn nsg(tuple: &Value, mac: &str, acl: &str, rule: &str) -> Tuple {
    let fields: Vec<&str> = tuple.as_str().expect("a text").split(',').collect();
    let mut out = common(&fields, if fields[5] == "U" { 17 } else { 6 }, mac, acl, rule);
    out.denied = fields[7] == "D";
    out.new = fields.len() == 8 || fields[8] == "B" || out.denied;
    finish(out)
}

fn vnet(tuple: &Value, mac: &str, acl: &str, rule: &str) -> Tuple {
    let fields: Vec<&str> = tuple.as_str().expect("a text").split(',').collect();
    let mut out = common(&fields, fields[5].parse().expect("a protocol"), mac, acl, rule);
    out.denied = fields[7] == "D";
    out.new = fields[7] == "B" || out.denied;
    if out.new {
        out.counters = [0; 4];
    }
    finish(out)
}

fn finish(mut tuple: Tuple) -> Tuple {
    if tuple.denied {
        tuple.counters = [0; 4];
    }
    tuple
}

fn add(sum: &mut Numbers, tuple: &Tuple) {
    sum[usize::from(tuple.denied)] += u64::from(tuple.new);
    for (sum, value) in sum[2..].iter_mut().zip(tuple.counters) {
        *sum += value;
    }
}

impl Count {
    pub fn as_logged(&self) -> Numbers {
        let mut sum = Numbers::default();
        self.counted.iter().for_each(|t| add(&mut sum, t));
        sum
    }

    /// By ACL, rule and direction.
    pub fn rules(&self) -> BTreeMap<(String, String, bool), Numbers> {
        let mut out: BTreeMap<_, Numbers> = BTreeMap::new();
        for t in &self.counted {
            add(out.entry((t.acl.clone(), t.rule.clone(), t.outbound)).or_default(), t);
        }
        out
    }

    /// Every conversation, counted once: by source, destination, protocol, port.
    pub fn conversations(&self) -> BTreeMap<(IpAddr, IpAddr, u8, u16), Numbers> {
        let mut stages: BTreeMap<_, BTreeMap<(String, bool), Numbers>> = BTreeMap::new();
        for t in &self.counted {
            let conversation = stages.entry((t.src, t.dst, t.protocol, t.port)).or_default();
            add(conversation.entry((t.mac.clone(), t.outbound)).or_default(), t);
        }
        stages.into_iter().map(|(key, stages)| (key, once(&stages))).collect()
    }
}

fn once(stages: &BTreeMap<(String, bool), Numbers>) -> Numbers {
    let mut out = Numbers::default();
    out[1] = stages.values().map(|n| n[1]).sum();
    for (here, numbers) in stages {
        let later: u64 = stages
            .iter()
            .filter(|(other, _)| *other != here && (here.1 || !other.1))
            .map(|(_, n)| n[1])
            .sum();
        out[0] = out[0].max(numbers[0].saturating_sub(later));
        for i in 2..6 {
            out[i] = out[i].max(numbers[i]);
        }
    }
    out
}

/// The six numbers of an object of the summary document.
pub fn numbers(value: &Value) -> Numbers {
    [
        "allowed_flows",
        "denied_flows",
        "packets_src_to_dst",
        "bytes_src_to_dst",
        "packets_dst_to_src",
        "bytes_dst_to_src",
    ]
    // What no log had, packets and bytes of version 1 say, is `null`.
    .map(|key| if value[key].is_null() { 0 } else { value[key].as_u64().expect("a number") })
}
