//! Any rows behind headings of a table of flows, given so that the fuzzer gets past them, cut anywhere.

#![no_main]

use azflow_core::ingest::{Meaning, SourceScan, TableHint};
use azflow_engine::session::{Answer, Engine, Query, SourceId, View};

const HEADS: [&str; 4] = [
    "FlowStartTime_t,SrcIP_s,DestIP_s,DestPort_d,L4Protocol_s,FlowDirection_s,FlowStatus_s,AllowedInFlows_d,SrcPublicIPs_s\n",
    "Time;SrcIp;DestIp;DestPort;Protocol;Direction;Access;AclRule\n",
    "[{\"FlowType\":\"IntraVNet\",\"TimeGenerated\":\"2026-10-01T00:00:00Z\",\"SrcIp\":\"10.0.0.1\",\"DestIp\":\"10.0.0.2\",\"FlowStatus\":\"A\"},",
    "von;nach;port;wann;was\n10.0.0.1;10.0.0.2;443;3/4/2026 10:00;allow\n",
];

/// What the fourth table's columns mean.
fn hint() -> TableHint {
    let meanings = ["source", "destination", "port", "time", "decision"].map(Meaning::parse);
    let columns = ["von", "nach", "port", "wann", "was"].map(str::to_owned).into_iter().zip(meanings).collect();
    TableHint { headings: 0, columns, day_first: Some(true), ..TableHint::default() }
}

fn read(head: &str, bytes: &[u8], piece: usize) -> (Answer, Answer) {
    let mut scan = SourceScan::new("fuzz.csv").hinted(&[hint()]);
    for piece in [head.as_bytes(), bytes].concat().chunks(piece) {
        scan.push(piece);
    }
    let mut engine = Engine::default();
    engine.take_scan(SourceId(0), scan);
    (engine.answer(Query::Data), engine.answer(Query::Summary(View::default())))
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else { return };
    let head = HEADS[usize::from(*choice) % HEADS.len()];
    let whole = read(head, bytes, usize::MAX);
    assert_eq!(read(head, bytes, usize::from(*choice) + 1), whole);
    let Answer::Data(data) = whole.0 else { unreachable!() };
    let t = data.totals;
    assert_eq!(t.bytes, t.bytes_scanned + t.bytes_skipped);
});
