//! A million conversations under sixty groups in force: the longest piece of each question.
//!
//! A question is answered in pieces, and another one waits no longer than for the piece in hand. Natively: a browser
//! takes about twice as long.

#![allow(clippy::print_stdout, reason = "what was measured is told")]

use azflow_core::ingest::SourceScan;
use azflow_core::model::Protocol;
use azflow_core::store::Mode;
use azflow_engine::example::{BulkKind, bulk};
use azflow_engine::export::Part;
use azflow_engine::rules::{Mark, Verdict};
use azflow_engine::session::{
    Comparison, DraftAsk, Engine, FlowsQuery, Query, ReviewAsk, ReviewShow, RuleSource, RulesAsk, Selection,
    SimulateAsk, SourceId, ToEngine, View,
};
use std::hint::black_box;
use std::time::Instant;

const BYTES: u64 = 71_000_000;
const RESOURCES: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    format!("[{}]", (0..count).map(item).collect::<Vec<_>>().join(","))
}

/// The networks of the kind `broad`, peered.
fn networks() -> String {
    let subnet = |network: usize, at: usize| {
        format!(
            r#"{{"id":"{RESOURCES}/virtualNetworks/v{network}/subnets/s{at}","name":"s{at}",
            "addressPrefix":"10.{network}.{at}.0/24",
            "networkSecurityGroup":{{"id":"{RESOURCES}/networkSecurityGroups/g-{network}-{at}"}}}}"#
        )
    };
    list(2, |at| {
        let (own, other) = (20 + at, 21 - at);
        format!(
            r#"{{"id":"{RESOURCES}/virtualNetworks/v{own}","name":"v{own}",
            "type":"Microsoft.Network/virtualNetworks","addressSpace":{{"addressPrefixes":["10.{own}.0.0/16"]}},
            "subnets":{},"virtualNetworkPeerings":[{{
            "id":"{RESOURCES}/virtualNetworks/v{own}/virtualNetworkPeerings/p","name":"p",
            "peeringState":"Connected","allowVirtualNetworkAccess":true,
            "remoteVirtualNetwork":{{"id":"{RESOURCES}/virtualNetworks/v{other}"}},
            "remoteAddressSpace":{{"addressPrefixes":["10.{other}.0.0/16"]}}}}]}}"#,
            list(30, |at| subnet(own, at))
        )
    })
}

/// A group at each subnet, which lets the whole network pass as most estates do.
fn groups() -> String {
    let rule = |name: &str, priority: u16, access: &str, protocol: &str, source: &str, port: &str| {
        format!(
            r#"{{"name":"{name}","priority":{priority},"direction":"Inbound","access":"{access}",
            "protocol":"{protocol}","sourceAddressPrefix":"{source}","sourcePortRange":"*",
            "destinationAddressPrefix":"*","destinationPortRange":"{port}"}}"#
        )
    };
    list(60, |at| {
        let (network, at) = (20 + at / 30, at % 30);
        format!(
            r#"{{"id":"{RESOURCES}/networkSecurityGroups/g-{network}-{at}","name":"g-{network}-{at}",
            "type":"Microsoft.Network/networkSecurityGroups","securityRules":[{},{},{}],
            "subnets":[{{"id":"{RESOURCES}/virtualNetworks/v{network}/subnets/s{at}"}}]}}"#,
            rule("no-smb", 150, "Deny", "Tcp", "10.21.0.0/16", "445"),
            rule("web", 200, "Allow", "Tcp", "10.0.0.0/8", "443"),
            rule("all", 300, "Allow", "*", "VirtualNetwork", "*"),
        )
    })
}

fn loaded() -> Engine {
    let mut log = Vec::new();
    if let Err(problem) = bulk(BulkKind::Broad, BYTES, &mut log) {
        println!("no log: {problem}");
    }
    let files = [("broad.json", log), ("groups.json", groups().into()), ("networks.json", networks().into())];
    let mut engine = Engine::default();
    for (at, (name, bytes)) in (0..).zip(files) {
        let mut scan = SourceScan::new(name);
        for piece in bytes.chunks(1 << 20) {
            scan.push(piece);
            while let Some(part) = scan.take_part() {
                engine.take_part(SourceId(at), part);
            }
        }
        engine.take_last(SourceId(at), scan.finish());
    }
    engine
}

/// What is asked after so many changes of marks.
fn questions(marks: u32) -> Vec<(&'static str, Query)> {
    let view = View { mode: Mode::Conversations, ..View::default() };
    let filtered = View { filter: "port:443".to_owned(), ..view.clone() };
    let draft = DraftAsk { view: view.clone(), marks, ..DraftAsk::default() };
    let simulated = |source| SimulateAsk { source, draft: draft.clone(), ..SimulateAsk::default() };
    let rules = |ask| Query::Rules(Box::new(ask));
    let text = |format: &str| rules(RulesAsk::Text(draft.clone(), format.to_owned(), Part::default()));
    let review =
        ReviewAsk { view: view.clone(), marks, pair: Selection::default(), show: ReviewShow::default() };
    vec![
        ("totals", Query::Overview(view.clone())),
        ("matrix", Query::Matrix(view.clone())),
        ("matrix under a filter", Query::Matrix(filtered.clone())),
        ("details", Query::Breakdown(view.clone(), Selection::default())),
        ("timeline", Query::Timeline(view.clone(), None)),
        (
            "list of conversations",
            Query::Flows(FlowsQuery { view: view.clone(), count: 100, ..FlowsQuery::default() }),
        ),
        ("review", Query::Review(Box::new(review))),
        (
            "comparison",
            Query::Compare(
                view.clone(),
                Comparison {
                    before: "decision:allowed".to_owned(),
                    after: "port:443".to_owned(),
                    services: true,
                    kept: None,
                },
            ),
        ),
        ("network", Query::Network(view.clone())),
        ("draft", rules(RulesAsk::Draft(draft.clone()))),
        ("difference", rules(RulesAsk::Difference(draft.clone()))),
        ("outcomes", rules(RulesAsk::Outcomes(draft.clone()))),
        ("draft for az", text("az")),
        ("draft in Bicep", text("bicep")),
        ("draft's document", text("")),
        ("simulation of the draft", rules(RulesAsk::Simulate(simulated(RuleSource::Draft)))),
        ("simulation of the groups in force", rules(RulesAsk::Simulate(simulated(RuleSource::Loaded)))),
        ("audit", rules(RulesAsk::Audit(view.clone()))),
        ("findings", Query::Findings(view.clone())),
        ("summary", Query::Summary(view)),
    ]
}

/// Half of the subnets need what comes to them from one other at the port of HTTPS.
fn marks() -> Vec<Mark> {
    let subnet = |at: usize| format!("10.{}.{}.0/24", 20 + at / 30, at % 30);
    let needed = |at: usize| Mark {
        verdict: Some(Verdict::Needed),
        ..Mark::of(&subnet(at + 30), &subnet(at), Protocol::TCP, Some(443))
    };
    (0..30).map(needed).collect()
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e3
}

/// Asks once: how long it takes, in how many pieces, and how long the longest takes.
fn ask(engine: &mut Engine, query: &Query) -> (f64, usize, f64) {
    let mut pieces = Vec::new();
    let mut more = true;
    while more {
        let done = pieces.len();
        pieces.push(milliseconds(|| more = engine.prepare(query, done)));
    }
    let last = milliseconds(|| drop(black_box(engine.answer(query.clone()))));
    // The last piece and the answer come in one turn.
    if let Some(piece) = pieces.last_mut() {
        *piece += last;
    }
    (pieces.iter().sum(), pieces.len(), pieces.iter().copied().fold(0.0, f64::max))
}

fn main() {
    let mut engine = loaded();
    let mut ready = Vec::new();
    let mut more = true;
    while more {
        let done = ready.len();
        ready.push(milliseconds(|| more = engine.make_ready(done)));
    }
    println!(
        "| question, natively | in all | pieces | the longest | once some are marked: in all | the longest |"
    );
    println!("|---|---|---|---|---|---|");
    let longest = ready.iter().copied().fold(0.0, f64::max);
    println!(
        "| made ready after loading | {:.0} ms | {} | {longest:.0} ms | | |",
        ready.iter().sum::<f64>(),
        ready.len()
    );
    let first: Vec<_> = questions(0).iter().map(|(_, query)| ask(&mut engine, query)).collect();
    engine.handle(ToEngine::Marks(marks()), None);
    for ((name, query), (all, pieces, longest)) in questions(1).iter().zip(first) {
        let (again, _, longest_again) = ask(&mut engine, query);
        println!(
            "| {name} | {all:.0} ms | {pieces} | {longest:.0} ms | {again:.0} ms | {longest_again:.0} ms |"
        );
    }
}
