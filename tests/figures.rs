//! One number has one meaning: what several screens and documents say of one load is the same wherever it stands.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::Tally;
use azflow_core::store::{Mode, Noise};
use azflow_engine::export::FlowCell;
use azflow_engine::findings::Code;
use azflow_engine::rules::Fate;
use azflow_engine::session::{
    Answer, AuditAnswer, Breakdown, DraftAnswer, DraftAsk, Engine, FindingsAnswer, FlowsAnswer, FlowsQuery,
    Listed, MatrixAnswer, NetworkAnswer, OverTime, Overview, Query, ReviewAnswer, ReviewAsk, ReviewShow,
    RuleSource, RulesAnswer, RulesAsk, Selection, SimulateAsk, SimulatedPart, SimulationAnswer, View,
};
use proptest::prelude::*;
use serde_json::Value;
use support::logs::{file, records};
use support::network::description;
use support::oracle::numbers;
use support::{data, load, summary};

fn overview(engine: &mut Engine, filter: &str) -> Overview {
    let view = View { filter: filter.to_owned(), ..View::default() };
    match engine.answer(Query::Overview(view)) {
        Answer::Overview(found) => found,
        other => panic!("{other:?}"),
    }
}

fn rules(engine: &mut Engine, ask: RulesAsk) -> RulesAnswer {
    match engine.answer(Query::Rules(Box::new(ask))) {
        Answer::Rules(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn sum<'a>(list: impl Iterator<Item = &'a Tally>) -> Tally {
    let mut out = Tally::default();
    list.for_each(|one| out.add(one));
    out
}

fn summed(list: &Value) -> [u64; 6] {
    let mut out = [0; 6];
    for one in list.as_array().unwrap() {
        out.iter_mut().zip(numbers(one)).for_each(|(sum, value)| *sum += value);
    }
    out
}

fn six(tally: &Tally) -> [u64; 6] {
    let [a, b, c, d] = tally.counters.as_array();
    [tally.allowed_flows, tally.denied_flows, a, b, c, d]
}

/// What every screen shows of everything, counted once.
struct Screens {
    overview: Overview,
    matrix: MatrixAnswer,
    details: Breakdown,
    flows: FlowsAnswer,
    time: OverTime,
    findings: FindingsAnswer,
    network: NetworkAnswer,
    review: ReviewAnswer,
    audit: AuditAnswer,
    draft: DraftAnswer,
    simulation: SimulationAnswer,
}

impl Screens {
    fn of(engine: &mut Engine) -> Self {
        let list = FlowsQuery { count: 1000, ..FlowsQuery::default() };
        let show = ReviewShow { listed: Listed::All, most: u32::MAX, ..ReviewShow::default() };
        let review = ReviewAsk { view: View::default(), marks: 0, pair: Selection::default(), show };
        let draft = DraftAsk::default();
        let part = SimulatedPart::default();
        let simulate = SimulateAsk { draft: draft.clone(), source: RuleSource::Loaded, part, file: 0 };
        let Answer::Matrix(matrix) = engine.answer(Query::Matrix(View::default())) else { panic!() };
        let Answer::Breakdown(details) =
            engine.answer(Query::Breakdown(View::default(), Selection::default()))
        else {
            panic!()
        };
        let Answer::Flows(flows) = engine.answer(Query::Flows(list)) else { panic!() };
        let Answer::Timeline(time) = engine.answer(Query::Timeline(View::default(), None)) else { panic!() };
        let Answer::Findings(findings) = engine.answer(Query::Findings(View::default())) else { panic!() };
        let Answer::Network(network) = engine.answer(Query::Network(View::default())) else { panic!() };
        let Answer::Review(review) = engine.answer(Query::Review(Box::new(review))) else { panic!() };
        let RulesAnswer::Audit(audit) = rules(engine, RulesAsk::Audit(View::default())) else { panic!() };
        let RulesAnswer::Draft(draft) = rules(engine, RulesAsk::Draft(draft)) else { panic!() };
        let RulesAnswer::Simulation(simulation) = rules(engine, RulesAsk::Simulate(simulate)) else {
            panic!()
        };
        Self {
            overview: overview(engine, ""),
            matrix,
            details: *details,
            flows: *flows,
            time: *time,
            findings: *findings,
            network: *network,
            review: *review,
            audit,
            draft,
            simulation,
        }
    }
}

/// Distinct rows of the list of conversations whose access is a word.
fn access(flows: &FlowsAnswer, word: &str) -> u64 {
    let is = |cells: &Vec<FlowCell>| cells.contains(&FlowCell::Text(word.to_owned()));
    flows.rows.iter().filter(|row| is(&row.cells)).count() as u64
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn every_screen_says_the_same_of_one_load(
        logs in proptest::collection::vec(records(), 1..4),
        described in proptest::collection::vec(description(), 0..3),
    ) {
        let logs: Vec<Vec<u8>> = logs.iter().map(|records| file(records, 0).into_bytes()).collect();
        let names: Vec<String> = (0..logs.len() + described.len()).map(|at| format!("{at}.json")).collect();
        let given: Vec<(&str, &[u8])> =
            names.iter().map(String::as_str).zip(logs.iter().chain(&described).map(Vec::as_slice)).collect();
        let mut engine = load(&given);
        let all = Screens::of(&mut engine);
        let once: Value = serde_json::from_str(&summary(&mut engine, Mode::Conversations)).unwrap();
        let logged: Value = serde_json::from_str(&summary(&mut engine, Mode::AsLogged)).unwrap();

        // Flows and traffic, counted once.
        let tally = all.overview.tally;
        let review = || all.review.rows.rows.iter();
        prop_assert_eq!(all.overview.all, tally);
        prop_assert_eq!(sum(all.matrix.cells.iter().map(|cell| &cell.tally)), tally, "the matrix");
        prop_assert_eq!(all.details.tally, tally, "the details");
        prop_assert_eq!(sum(all.details.timeline.bins.iter()), tally, "the details over time");
        prop_assert_eq!(sum(all.time.timeline.bins.iter()), tally, "the timeline");
        prop_assert_eq!(sum(all.details.services.rows.iter().map(|row| &row.tally)), tally, "services");
        prop_assert_eq!(sum(all.details.talkers.rows.iter().map(|row| &row.tally)), tally, "talkers");
        prop_assert_eq!(sum(all.details.paths.iter().map(|row| &row.tally)), tally, "paths");
        prop_assert_eq!(sum(all.network.paths.iter().map(|row| &row.tally)), tally, "paths of the network");
        prop_assert_eq!(all.flows.sums, tally, "the list");
        prop_assert_eq!(sum(review().map(|row| &row.tally)), tally, "the review");
        prop_assert_eq!(summed(&once["pairs"]), six(&tally), "the summary");
        prop_assert_eq!(all.findings.attempts, tally.attempts(), "findings");

        // The same as logged.
        let as_logged = all.overview.as_logged;
        prop_assert_eq!(all.details.as_logged, as_logged);
        prop_assert_eq!(sum(all.details.rules.rows.iter().map(|row| &row.tally)), as_logged, "rules");
        prop_assert_eq!(sum([&all.details.inbound, &all.details.outbound].into_iter()), as_logged);
        prop_assert_eq!(sum(all.network.nics.rows.iter().map(|row| &row.tally)), as_logged, "NICs");
        for document in [&once, &logged] {
            prop_assert_eq!(numbers(&document["totals"]), six(&as_logged));
            prop_assert_eq!(summed(&document["rules"]), six(&as_logged));
        }
        for part in logged["as_logged"].as_array().unwrap().iter().filter(|part| **part != "totals") {
            prop_assert_eq!(summed(&logged[part.as_str().unwrap()]), six(&as_logged), "{}", part);
        }

        // Conversations.
        let count = all.overview.conversations;
        prop_assert_eq!(all.overview.shown, count);
        prop_assert_eq!(all.details.conversations, count);
        prop_assert_eq!(u64::from(all.flows.total), count);
        prop_assert_eq!(all.findings.conversations, count);
        prop_assert_eq!(all.draft.conversations, count);
        prop_assert_eq!(all.simulation.totals.iter().sum::<u64>() , if all.simulation.error.is_some() { 0 } else { count });
        prop_assert_eq!(review().map(|row| u64::from(row.conversations)).sum::<u64>(), count);
        prop_assert_eq!(all.network.paths.iter().map(|row| row.conversations).sum::<u64>(), count);
        prop_assert_eq!(all.details.paths.iter().map(|row| row.conversations).sum::<u64>(), count);

        // Those of which something was allowed, and those begun earlier.
        let earlier = all.details.begun_earlier;
        prop_assert_eq!(review().map(|row| u64::from(row.begun_earlier)).sum::<u64>(), earlier, "review");
        prop_assert_eq!(access(&all.flows, "begun earlier"), earlier, "begun earlier in the list");
        prop_assert_eq!(overview(&mut engine, "decision:allowed").shown, all.draft.allowed, "allowed");
        let [kept, broken, ..] = all.simulation.totals;
        prop_assert!(kept + broken <= all.draft.allowed);
        prop_assert_eq!(u64::from(all.review.services + all.review.denied), u64::from(all.review.rows.total));

        // Noise.
        for (at, kind) in Noise::KINDS.into_iter().enumerate() {
            let found = all.findings.noise.iter().find(|row| row.kind == kind).map_or(0, |row| row.conversations);
            prop_assert_eq!(review().map(|row| u64::from(row.noise[at])).sum::<u64>(), found, "{:?}", kind);
            prop_assert_eq!(overview(&mut engine, &format!("noise:{}", kind.as_str())).shown, found, "{:?}", kind);
        }

        // What rides on the default allow alone.
        let alone = all.findings.findings.iter().find(|finding| finding.code == Code::DefaultAllow);
        prop_assert_eq!(alone.map_or(0, |finding| finding.conversations), all.audit.on_default);
        prop_assert_eq!(overview(&mut engine, "by:default").shown, all.audit.on_default);
        for row in alone.map(|finding| finding.rows.as_slice()).unwrap_or_default() {
            let shown = overview(&mut engine, &row.filter);
            prop_assert_eq!((shown.shown, shown.tally), (row.conversations, row.tally), "{}", &row.filter);
        }
        if all.simulation.error.is_none() {
            prop_assert!(all.simulation.on_default <= all.simulation.totals[Fate::Kept as usize]);
        }

        // Addresses, files, tuples.
        let addresses: u64 = all.matrix.subnets.iter().map(|subnet| u64::from(subnet.addresses)).sum();
        prop_assert_eq!(addresses, all.overview.addresses);
        let sources = data(&mut engine);
        prop_assert_eq!(sources.sources.len() as u32, all.overview.sources);
        prop_assert_eq!(&sources.totals, &all.overview.accounts);
        prop_assert_eq!(once["totals"]["tuples"].as_u64(), Some(sources.totals.tuples));
        prop_assert_eq!(once["totals"]["duplicate_records"].as_u64(), Some(sources.totals.duplicate_records));
    }
}
