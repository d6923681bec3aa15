//! Everything that the page shows and that documents say, as texts to be compared.

use super::{data, summary, view};
use azflow_core::model::UnixMillis;
use azflow_core::store::Mode;
use azflow_engine::audit::audit;
use azflow_engine::export::{self, Beside, Origin, Part};
use azflow_engine::rules::{Fate, decide, simulate};
use azflow_engine::session::{
    Answer, Comparison, DecideAsk, DraftAsk, Engine, FlowsFormat, FlowsQuery, Query, ReviewAsk, ReviewShow,
    RuleSource, RulesAsk, Selection, SimulateAsk, SimulatedPart, View,
};
use std::collections::BTreeMap;

/// What was asked, and what came.
pub type Told = Vec<(&'static str, String)>;

/// How an engine is asked.
pub type How = fn(&mut Engine, Query) -> Answer;

/// Everything that the page shows and documents say, with the files' names in place of their numbers.
pub fn everything(engine: &mut Engine, names: &BTreeMap<u32, String>) -> Told {
    everything_asked(engine, names, Engine::answer)
}

/// The same, asked in some way.
pub fn everything_asked(engine: &mut Engine, names: &BTreeMap<u32, String>, how: How) -> Told {
    let mut out = Vec::new();
    out.push(("summary", summary(engine, Mode::Conversations)));
    out.push(("summary as logged", summary(engine, Mode::AsLogged)));
    let mut sources = data(engine);
    let issues: Vec<_> = sources
        .sources
        .iter()
        .flat_map(|s| s.issues.iter().map(|i| (s.name.clone(), i.code.clone(), i.message.clone())))
        .collect();
    sources.sources.iter_mut().for_each(|source| source.source = 0);
    sources.tables.iter_mut().for_each(|table| table.sources.clear());
    out.push(("data", format!("{sources:#?}")));
    let document = export::network(engine.network(), &issues);
    out.push(("network document", document));
    for mode in [Mode::Conversations, Mode::AsLogged] {
        for filter in ["", "net:web,10.0.0.0/24 -noise:any"] {
            for fold in [false, true] {
                let view = View { filter: filter.to_owned(), fold, ..view(mode) };
                views(engine, &view, (names, how), &mut out);
            }
        }
    }
    rules(engine, how, &mut out);
    out
}

fn views(engine: &mut Engine, view: &View, (names, how): (&BTreeMap<u32, String>, How), out: &mut Told) {
    let mut ask = |what, query| {
        let answer = how(engine, query);
        out.push((what, format!("{view:?}\n{answer:#?}")));
        answer
    };
    ask("overview", Query::Overview(view.clone()));
    let matrix = ask("matrix", Query::Matrix(view.clone()));
    ask("details", Query::Breakdown(view.clone(), Selection::default()));
    if let Answer::Matrix(matrix) = matrix
        && let Some(first) = matrix.subnets.first()
    {
        let selection = Selection { src: Some(first.name.clone()), dst: None };
        ask("details of a row", Query::Breakdown(view.clone(), selection));
    }
    ask("coverage", Query::Coverage);
    ask("network", Query::Network(view.clone()));
    ask("findings", Query::Findings(view.clone()));
    let between =
        Comparison { before: "port:443".into(), after: "port:445".into(), services: true, kept: None };
    ask("comparison", Query::Compare(view.clone(), between));
    ask("timeline", Query::Timeline(View { filter: String::new(), ..view.clone() }, None));
    for text in ["", "src:", "host:1", "rule:", "net:w", "nic:", "acl:"] {
        ask("suggestions", Query::Complete(view.clone(), text.to_owned(), text.len() as u32));
    }
    let list = FlowsQuery { view: view.clone(), count: 500, ..FlowsQuery::default() };
    ask("conversations", Query::Flows(list.clone()));
    let columns = export::FlowColumn::ALL.to_vec();
    ask("conversations as text", Query::FlowsText(list, columns, FlowsFormat::Csv));
    for hosts in [false, true] {
        let show = ReviewShow { hosts, listed: azflow_engine::session::Listed::All, ..ReviewShow::default() };
        let review = ReviewAsk { view: view.clone(), marks: 0, pair: Selection::default(), show };
        ask("review", Query::Review(Box::new(review.clone())));
        ask("review as table", Query::ReviewTable(Box::new(review)));
    }
    ask("descriptions", Query::Descriptions);
    let (start, end) = (UnixMillis(1_790_000_000_000), UnixMillis(1_790_080_000_000));
    for origin in [Origin::Nta, Origin::Ana, Origin::Blobs, Origin::NsgBlobs] {
        ask("queries", Query::Kusto { origin, start, end, filter: "net:web".to_owned() });
    }
    if let Answer::Places(mut places) = how(engine, Query::Places(view.clone())) {
        places.sort();
        out.push(("places", format!("{places:?}")));
    }
    if let Answer::Evidence(plan) = how(engine, Query::Evidence(view.clone(), Selection::default())) {
        let mut sources: Vec<&String> = plan.sources.iter().filter_map(|number| names.get(number)).collect();
        sources.sort();
        out.push(("evidence", format!("{sources:?} {:?}", plan.wanted.minutes)));
    }
}

fn rules(engine: &mut Engine, how: How, out: &mut Told) {
    let draft = DraftAsk::default();
    let mut ask = |what, ask| out.push((what, format!("{:#?}", how(engine, Query::Rules(Box::new(ask))))));
    ask("audit", RulesAsk::Audit(View::default()));
    ask("draft", RulesAsk::Draft(draft.clone()));
    ask("difference", RulesAsk::Difference(draft.clone()));
    for format in ["json", "az", "bicep", "csv"] {
        ask("draft as text", RulesAsk::Text(draft.clone(), format.to_owned(), Part::default()));
    }
    for source in [RuleSource::Draft, RuleSource::Loaded] {
        for fate in Fate::ALL {
            let part = SimulatedPart { fate: Some(fate), ..SimulatedPart::default() };
            ask(
                "simulation",
                RulesAsk::Simulate(SimulateAsk { draft: draft.clone(), source, part, file: 0 }),
            );
        }
    }
    let (set, world, traffic, covered) =
        (engine.rule_set(), engine.world(), engine.traffic(), engine.covered());
    for flow in traffic.conversations.iter().take(20).map(|seen| traffic.flow(seen)) {
        let decide_ask = DecideAsk {
            src: flow.src.to_string(),
            dst: flow.dst.to_string(),
            port: flow.port.map(|port| port.to_string()).unwrap_or_default(),
            protocol: flow.protocol.to_string(),
        };
        let answer = how(engine, Query::Rules(Box::new(RulesAsk::Decide(View::default(), decide_ask))));
        out.push(("decision", format!("{answer:#?}")));
    }
    let found = audit(&set, &world, &traffic, &covered);
    out.push(("audit table", export::audit_table(&found)));
    let simulation = simulate(&set, &world, &traffic);
    for seen in traffic.conversations.iter().take(20) {
        let flow = traffic.flow(seen);
        let (ruling, stages) = decide(&set, &world, flow);
        out.push(("decision document", export::decision_document(&set, flow, (&ruling, &stages), &traffic)));
    }
    if let Some(subnets) = engine.assignment(azflow_engine::topology::Cut::default()) {
        out.push(("audit document", export::audit_document(&found, covered.hours(), &traffic, subnets)));
        let beside = Beside { other: None, review: None };
        let parts = (&set, &world);
        out.push((
            "simulation document",
            export::simulation_document(&simulation, parts, &traffic, subnets, beside),
        ));
    }
}

/// Where answers differ: of each the first line that does.
pub fn differences(expected: &Told, found: &Told) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for ((what, expected), (_, found)) in expected.iter().zip(found).filter(|(a, b)| a != b) {
        let lines = expected.lines().zip(found.lines()).enumerate().find(|(_, (a, b))| a != b);
        out.push(format!("{what}: {lines:?}"));
    }
    if expected.len() != found.len() {
        out.push(format!("{} answers, then {}", expected.len(), found.len()));
    }
    out
}

/// The same without what is about files: their names, sizes, issues, and how many there are.
pub fn apart_from_files(engine: &mut Engine) -> Told {
    let all = everything(engine, &BTreeMap::new());
    let about_files = ["data", "evidence", "network document", "descriptions"];
    let document = |text: &str, without: &[&str]| {
        let mut value: serde_json::Value = serde_json::from_str(text).expect("of the test");
        without.iter().for_each(|key| value[*key] = serde_json::Value::Null);
        value.to_string()
    };
    let mut out: Told = Vec::new();
    for (what, text) in all {
        match what {
            "summary" | "summary as logged" => out.push((what, document(&text, &["sources"]))),
            "overview" => {
                let lines = text.lines().filter(|line| {
                    let about = [
                        "sources: ",
                        "flow_sources: ",
                        "sources_with_issues: ",
                        "bytes: ",
                        "bytes_scanned: ",
                        "bytes_skipped: ",
                    ];
                    !about.iter().any(|about| line.trim_start().starts_with(about))
                });
                out.push((what, lines.collect::<Vec<_>>().join("\n")));
            }
            what if about_files.contains(&what) => {}
            _ => out.push((what, text)),
        }
    }
    let network = export::network(engine.network(), &[]);
    out.push(("network document", network));
    out
}
