//! Made-up logs for property tests: few addresses, NICs and rules, so that things coincide.

use proptest::prelude::*;

/// One record's parts, so that it can be written in several ways.
#[derive(Debug, Clone)]
pub struct Record {
    pub vnet: bool,
    pub minute: u32,
    pub mac: u8,
    pub groups: Vec<(u8, Vec<Tuple>)>,
}

#[derive(Debug, Clone)]
pub struct Tuple {
    second: u8,
    src: u8,
    dst: u8,
    port: u8,
    protocol: u8,
    outbound: bool,
    state: u8,
    v1: bool,
    counters: [u32; 4],
}

const ADDRESSES: [&str; 8] =
    ["10.0.0.4", "10.0.0.5", "10.0.1.4", "10.1.0.4", "8.8.8.8", "168.63.129.16", "fd00::4", "2001:db8::9"];
const PORTS: [u16; 4] = [443, 445, 53, 3389];
const RULES: [&str; 4] =
    ["UserRule_A", "DefaultRule_AllowVnetInBound", "DefaultRule_DenyAllInBound", "PlatformRule"];

fn tuple() -> impl Strategy<Value = Tuple> {
    let numbers = (0u8..60, 0u8..8, 0u8..8, 0u8..4, 0u8..4);
    (numbers, any::<bool>(), 0u8..4, any::<bool>(), proptest::array::uniform4(0u32..5000)).prop_map(
        |((second, src, dst, port, protocol), outbound, state, v1, counters)| Tuple {
            second,
            src,
            dst,
            port,
            protocol,
            outbound,
            state,
            v1,
            counters,
        },
    )
}

pub fn record() -> impl Strategy<Value = Record> {
    let groups = proptest::collection::vec((0u8..4, proptest::collection::vec(tuple(), 0..5)), 0..4);
    (any::<bool>(), 0u32..180, 0u8..4, groups).prop_map(|(vnet, minute, mac, groups)| Record {
        vnet,
        minute,
        mac,
        groups,
    })
}

pub fn records() -> impl Strategy<Value = Vec<Record>> {
    proptest::collection::vec(record(), 0..6)
}

impl Tuple {
    fn write(&self, vnet: bool, minute: u32) -> String {
        let seconds = 1_790_000_000 / 60 * 60 + u64::from(minute) * 60 + u64::from(self.second);
        let (src, dst) = (ADDRESSES[usize::from(self.src)], ADDRESSES[usize::from(self.dst)]);
        let port = PORTS[usize::from(self.port)];
        let direction = if self.outbound { 'O' } else { 'I' };
        let [a, b, c, d] = self.counters;
        let protocol = [6, 17, 6, 1][usize::from(self.protocol)];
        if vnet {
            let state = ['B', 'C', 'E', 'D'][usize::from(self.state)];
            let counters =
                if matches!(state, 'B' | 'D') { "0,0,0,0".into() } else { format!("{a},{b},{c},{d}") };
            return format!(
                "{seconds}123,{src},{dst},50000,{port},{protocol},{direction},{state},NX,{counters}"
            );
        }
        let letter = if protocol == 17 { 'U' } else { 'T' };
        let decision = if self.state == 3 { 'D' } else { 'A' };
        let begin = format!("{seconds},{src},{dst},50000,{port},{letter},{direction},{decision}");
        match (self.v1, self.state) {
            (true, _) => begin,
            (_, 1) => format!("{begin},C,{a},{b},{c},{d}"),
            (_, 2) => format!("{begin},E,{a},{b},{c},{d}"),
            _ if a % 2 == 0 => format!("{begin},B,,,,"),
            _ => format!("{begin},B,{a},{b},{c},{d}"),
        }
    }
}

impl Record {
    /// As JSON; `style` varies the order of keys, their case and white space.
    pub fn write(&self, style: u8) -> String {
        let mac = format!("000D3A00000{}", self.mac);
        let tuples = |list: &[Tuple]| {
            let written: Vec<String> =
                list.iter().map(|t| format!("\"{}\"", t.write(self.vnet, self.minute))).collect();
            written.join(",")
        };
        let group = |(rule, list): &(u8, Vec<Tuple>)| {
            let (rule, tuples) = (RULES[usize::from(*rule)], tuples(list));
            match (self.vnet, style & 1) {
                (true, 0) => format!("{{\"rule\":\"{rule}\",\"flowTuples\":[{tuples}]}}"),
                (true, _) => format!("{{\"flowTuples\" : [{tuples}] ,\n \"rule\":\"{rule}\"}}"),
                (false, 0) => format!(
                    "{{\"rule\":\"{rule}\",\"flows\":[{{\"mac\":\"{mac}\",\"flowTuples\":[{tuples}]}}]}}"
                ),
                (false, _) => format!(
                    "{{\"flows\":[{{\"flowTuples\":[{tuples}],\"mac\":\"{mac}\"}}],\"rule\":\"{rule}\"}}"
                ),
            }
        };
        let groups = self.groups.iter().map(group).collect::<Vec<_>>().join(",");
        let time = format!("2026-09-21T{:02}:{:02}:30.1234567Z", 13 + self.minute / 60, self.minute % 60);
        let rest = format!("\"unknown\":{{\"a\":[1,\"]}}\",{{}}]}},\"time\":\"{time}\"");
        let flows = if self.vnet {
            format!(
                "\"macAddress\":\"{mac}\",\"category\":\"FlowLogFlowEvent\",\"flowRecords\":{{\"flows\":[{{\"aclID\":\"acl\",\"flowGroups\":[{groups}]}}]}}"
            )
        } else {
            format!(
                "\"category\":\"NetworkSecurityGroupFlowEvent\",\"resourceId\":\"nsg\",\"properties\":{{\"Version\":2,\"flows\":[{groups}]}}"
            )
        };
        if style & 2 == 0 { format!("{{{rest},{flows}}}") } else { format!("{{ {flows} , {rest} }}") }
    }
}

/// A whole file of these records.
pub fn file(records: &[Record], style: u8) -> String {
    let written: Vec<String> = records.iter().map(|r| r.write(style)).collect();
    match style % 4 {
        3 => written.join("\n"),
        2 => format!("\u{feff}{{\r\n\t\"records\" : [ {} ] }}\n", written.join(" ,\n")),
        _ => format!("{{\"records\":[{}]}}", written.join(",")),
    }
}

/// A file, perhaps cut, with bytes changed or text put in: what copies suffer.
pub fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = (any::<proptest::sample::Index>(), any::<proptest::sample::Index>(), 0u8..5, any::<u8>());
    (records(), any::<u8>(), damage).prop_map(|(records, style, (at, to, how, byte))| {
        let mut bytes = file(&records, style).into_bytes();
        if bytes.is_empty() {
            return bytes;
        }
        let (at, to) = (at.index(bytes.len()), to.index(bytes.len()));
        match how {
            0 => bytes.truncate(at),
            1 => {
                bytes.drain(at.min(to)..at.max(to));
            }
            2 => bytes[at] = byte,
            3 => {
                let copy = bytes.clone();
                bytes.splice(at..at, copy);
            }
            _ => {}
        }
        bytes
    })
}
