//! Names that rows of Traffic Analytics bring: of NICs, networks, and of what is outside.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::store::Mode;
use azflow_engine::session::{Answer, Engine, MatrixAnswer, Query, View};
use azflow_engine::topology::Path;
use serde_json::Value;
use support::{load, summary};

const HEAD: &str = "FlowStartTime,SrcIp,DestIp,DestPort,FlowDirection,FlowStatus,MacAddress,SrcNic,DestNic,SrcVm,SrcSubnet,DestSubnet,\
    FlowType,DestServiceName,AzureRegion,IsFlowCapturedAtUdrHop,DestPublicIps\n";

fn table(rows: &[&str]) -> String {
    let mut out = HEAD.to_owned();
    for row in rows {
        out.push_str(&format!("2026-10-01T00:00:00Z,{row}\n"));
    }
    out
}

fn matrix(engine: &mut Engine, filter: &str, fold: bool) -> MatrixAnswer {
    let view = View { filter: filter.to_owned(), fold, ..View::default() };
    let Answer::Matrix(matrix) = engine.answer(Query::Matrix(view)) else { panic!() };
    matrix
}

/// Flows that a filter leaves.
fn flows(engine: &mut Engine, filter: &str) -> u64 {
    let cells = matrix(engine, filter, false).cells;
    cells.iter().map(|cell| cell.tally.allowed_flows + cell.tally.denied_flows).sum()
}

#[test]
fn nics_are_called_as_the_rows_say() {
    let text = table(&[
        "10.0.0.4,10.0.1.5,443,Outbound,Allowed,00-0D-3A-11-22-33,rg/web-nic,rg/sql-nic,rg/web-1,,,,,,false,",
        "10.0.0.4,10.0.1.5,443,Inbound,Denied,00-0D-3A-44-55-66,rg/web-nic,rg/sql-nic,rg/web-1,,,,,,,",
        // Captured on the way: the NIC is neither end's.
        "10.0.0.4,10.0.1.5,443,Inbound,Allowed,00-0D-3A-77-88-99,rg/web-nic,rg/sql-nic,rg/web-1,,,,,,TRUE,",
    ]);
    let mut engine = load(&[("x.csv", text.as_bytes())]);
    let Answer::Network(found) = engine.answer(Query::Network(View::default())) else { panic!() };
    let nics: Vec<(&str, &str)> =
        found.nics.rows.iter().map(|nic| (nic.mac.as_str(), nic.name.as_str())).collect();
    let mut sorted = nics.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [("000D3A112233", "web-nic"), ("000D3A445566", "sql-nic"), ("000D3A778899", "")]);
    assert_eq!(["nic:web-nic", "nic:sql-nic", "nic:rg"].map(|f| flows(&mut engine, f)), [1, 1, 0]);
    // An address without a machine is called as its NIC. Counted once, the three rows are one attempt, denied.
    assert_eq!(["src:web-1", "dst:sql-nic", "src:web-nic"].map(|f| flows(&mut engine, f)), [1, 1, 0]);
}

#[test]
fn networks_are_those_of_the_subnets_that_rows_name() {
    let text = table(&[
        "10.0.0.4,10.0.1.5,443,Outbound,Allowed,,,,,rg/hub/web,rg/hub/sql,,,,,",
        "10.0.0.4,10.1.0.5,443,Outbound,Allowed,,,,,rg/hub/web,/sub/rg/spoke/web,,,,,",
        // Another group's network of the same name is another network.
        "10.0.0.4,10.2.0.5,443,Outbound,Allowed,,,,,rg/hub/web,other/hub/dns,,,,,",
    ]);
    let mut engine = load(&[("x.csv", text.as_bytes())]);
    let names = |matrix: MatrixAnswer| matrix.subnets.into_iter().map(|s| s.name).collect::<Vec<_>>();
    let mut folded = names(matrix(&mut engine, "", true));
    folded.sort_unstable();
    assert_eq!(folded, ["other/hub", "rg/hub", "spoke"]);
    let within = format!("path:{}", Path::WithinNetwork.as_str());
    assert_eq!(["net:spoke", "net:other/hub", within.as_str()].map(|f| flows(&mut engine, f)), [1, 1, 1]);

    // A subnet that only rows name and one of a description may be in one network.
    let mut engine = load(&[("x.csv", text.as_bytes()), ("subnets.csv", b"10.1.0.0/24,app,Spoke\n")]);
    let mut folded = names(matrix(&mut engine, "", true));
    folded.sort_unstable();
    assert_eq!(folded, ["Spoke", "other/hub", "rg/hub"]);
    let text = table(&["10.1.0.4,10.1.1.5,443,Outbound,Allowed,,,,,rg/spoke/app,rg/spoke/sql,,,,,"]);
    let mut engine = load(&[("x.csv", text.as_bytes()), ("subnets.csv", b"10.1.0.0/24,app,Spoke\n")]);
    assert_eq!(names(matrix(&mut engine, "", true)), ["Spoke"]);
    assert_eq!(flows(&mut engine, &within), 1);
}

#[test]
fn a_blank_side_is_called_by_what_the_row_knows_of_it() {
    let text = table(&[
        "10.0.0.4,,443,Outbound,Allowed,,,,,,,AzurePublic,Storage,westeurope,,",
        "10.0.0.4,,443,Outbound,Allowed,,,,,,,AzurePublic,,westeurope,,",
        "10.0.0.4,,443,Outbound,Allowed,,,,,,,AzurePublic,,,,",
        "10.0.0.4,,443,Outbound,Denied,,,,,,,ExternalPublic,,,,",
        "10.0.0.4,,443,Outbound,Denied,,,,,,,ExternalPublic,,,,",
        // Nothing is known; neither is it where the kind of flow is no name for one side.
        "10.0.0.4,,443,Outbound,Allowed,,,,,,,UnknownPrivate,,,,",
        // Addresses of a list are their own, and of them the kind of flow is no name.
        "10.0.0.4,,443,Outbound,Allowed,,,,,,,AzurePublic,Storage,,,20.1.1.1|1|1|1|1|1|1",
        "10.0.0.4,,443,Outbound,Allowed,,,,,,,AzurePublic,,,,20.1.1.2|1|1|1|1|1|1",
    ]);
    let mut engine = load(&[("x.csv", text.as_bytes())]);
    assert_eq!(
        [
            "dst:storage",
            "dst:=\"Azure westeurope\"",
            "dst:=AzurePublic",
            "dst:=ExternalPublic",
            "dst:UnknownPrivate"
        ]
        .map(|filter| flows(&mut engine, filter)),
        [2, 1, 1, 2, 0]
    );
    // All of them are outside, and nothing is lost or added.
    let document: Value = serde_json::from_str(&summary(&mut engine, Mode::AsLogged)).unwrap();
    let pairs = document["pairs"].as_array().unwrap();
    assert_eq!((pairs.len(), &pairs[0]["dst"]), (1, &Value::from("Internet")));
    assert_eq!((&pairs[0]["allowed_flows"], &pairs[0]["denied_flows"]), (&Value::from(6), &Value::from(2)));
}

#[test]
fn rows_that_differ_only_in_names_are_the_same_rows() {
    let row = |names: &str| format!("10.0.0.4,10.0.1.5,443,Outbound,Allowed,00-0D-3A-11-22-33,{names},,,,,");
    let (plain, named) = (row(",,,,"), row("rg/a,rg/b,rg/c,rg/n/s,rg/n/t"));
    let (plain, named) = (table(&[&plain, &plain]), table(&[&named, &named]));
    let mut engine = load(&[("a.csv", plain.as_bytes()), ("b.csv", named.as_bytes())]);
    let document: Value = serde_json::from_str(&summary(&mut engine, Mode::AsLogged)).unwrap();
    let totals = &document["totals"];
    assert_eq!((&totals["allowed_flows"], &totals["duplicate_tuples"]), (&Value::from(2), &Value::from(2)));
    // The names count whichever copy does.
    assert_eq!(flows(&mut engine, "nic:a net:n"), 2);
}
