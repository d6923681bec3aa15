//! What becomes of traffic is one number wherever it stands: by pair of subnets, by rule, by service, beside the rules of
//! a draft, on the page and in documents.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use azflow_core::model::{Decision, Direction};
use azflow_engine::export::{Beside, Part, simulation_document};
use azflow_engine::rules::{ByFate, DraftOptions, Fate, Ruling, Stage, StageRuling, decide_logged, simulate};
use azflow_engine::session::{
    Answer, DraftAsk, OutcomesAnswer, Query, RulesAnswer, RulesAsk, Selection, SimulateAsk, SimulatedPart,
    SimulationAnswer,
};
use azflow_engine::topology::Cut;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::estate::{Estate, group, has, hub, nic, subnet};

/// Hosts in three subnets, one of them without a group, a NIC with a group of its own, and two outside.
const HOSTS: [&str; 8] =
    ["10.1.0.4", "10.1.0.5", "10.1.1.4", "10.1.1.5", "10.1.2.4", "10.1.2.5", "203.0.113.7", "198.51.100.9"];
const PORTS: [u16; 4] = [22, 443, 1433, 8080];

fn rule() -> impl Strategy<Value = (bool, bool, usize, usize)> {
    (any::<bool>(), any::<bool>(), 0..5_usize, 0..PORTS.len())
}

/// Rules as [`group`] takes them; the last kind of source is a tag whose addresses are not on file.
fn rules(list: &[(bool, bool, usize, usize)]) -> Vec<String> {
    let sources = ["*", "10.1.0.0/24", "VirtualNetwork", "Internet", "AzureFrontDoor.Backend"];
    let one = |(at, (inbound, allows, source, port)): (usize, &(bool, bool, usize, usize))| {
        let (way, ends) =
            if *inbound { ("in", (sources[*source], "*")) } else { ("out", ("*", sources[*source])) };
        let sign = if *allows { "+" } else { "-" };
        format!("{way} {} {sign} tcp {} > {} {} r{at}", 100 + 10 * at, ends.0, ends.1, PORTS[*port])
    };
    list.iter().enumerate().map(one).collect()
}

fn ask(estate: &mut Estate, ask: RulesAsk) -> RulesAnswer {
    match estate.engine.answer(Query::Rules(Box::new(ask))) {
        Answer::Rules(answer) => *answer,
        other => panic!("no answer about rules: {other:?}"),
    }
}

fn simulation(estate: &mut Estate, draft: &DraftAsk, part: SimulatedPart) -> SimulationAnswer {
    let asked = SimulateAsk { draft: draft.clone(), part, ..SimulateAsk::default() };
    match ask(estate, RulesAsk::Simulate(asked)) {
        RulesAnswer::Simulation(found) => found,
        other => panic!("no simulation: {other:?}"),
    }
}

fn outcomes(estate: &mut Estate, draft: &DraftAsk) -> OutcomesAnswer {
    match ask(estate, RulesAsk::Outcomes(draft.clone())) {
        RulesAnswer::Outcomes(found) => found,
        other => panic!("no outcomes: {other:?}"),
    }
}

fn sum<'a>(all: impl Iterator<Item = &'a ByFate>) -> ByFate {
    let mut out = ByFate::default();
    all.for_each(|one| out.iter_mut().zip(one).for_each(|(sum, more)| *sum += more));
    out
}

fn by_fate(value: &Value) -> ByFate {
    Fate::ALL.map(|fate| value[fate.as_str()].as_u64().unwrap())
}

/// Which group of a set, which direction, which rule.
type At = (usize, bool, String);

fn at(stage: &StageRuling) -> At {
    let outbound = matches!(stage.stage, Stage::SourceNic | Stage::SourceSubnet);
    (stage.group, outbound, stage.rule.clone())
}

/// By rule, from deciding every conversation by itself: all that it denies, leaves open or lets pass, and what of it it
/// decides.
fn one_by_one(estate: &Estate) -> BTreeMap<At, [ByFate; 2]> {
    let set = estate.draft.over(&estate.below, &estate.world);
    let mut out: BTreeMap<At, [ByFate; 2]> = BTreeMap::new();
    for seen in &estate.traffic.conversations {
        let flow = estate.traffic.flow(seen);
        let (ruling, stages) = decide_logged(&set, &estate.world, flow, estate.traffic.members_of(flow));
        let (fate, deciding) = match &ruling {
            Ruling::Undecidable(_) => {
                let open = stages.iter().find(|stage| matches!(stage.ruling, Ruling::Undecidable(_)));
                (Fate::Undecidable, open)
            }
            Ruling::Decided(Decision::Denied) => {
                (if seen.allowed { Fate::WouldBreak } else { Fate::StillBlocked }, stages.last())
            }
            Ruling::Decided(Decision::Allowed) => {
                (if seen.allowed { Fate::Kept } else { Fate::NewlyOpened }, stages.last())
            }
        };
        let passes = matches!(fate, Fate::Kept | Fate::NewlyOpened);
        let counted: BTreeSet<At> = stages.iter().filter(|_| passes).chain(deciding).map(at).collect();
        for place in counted {
            out.entry(place).or_default()[0][fate as usize] += 1;
        }
        if let Some(stage) = deciding {
            out.entry(at(stage)).or_default()[1][fate as usize] += 1;
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Totals, pairs, services and rules of a simulation add up to the same; beside each rule of a draft stands what
    /// deciding one by one gives; the documents hold the same numbers.
    #[test]
    fn what_becomes_of_traffic_is_one_number_everywhere(
        flows in vec((0..HOSTS.len(), 0..HOSTS.len(), 0..PORTS.len(), any::<bool>(), any::<bool>()), 1..60),
        app in vec(rule(), 0..4),
        data in vec(rule(), 0..4),
        own in vec(rule(), 0..3),
        outbound in any::<bool>(),
        unlogged in any::<bool>(),
    ) {
        let flows: Vec<String> = flows.iter().filter(|flow| flow.0 != flow.1).map(|(src, dst, port, allowed, inbound)| {
            let (way, sign) = (if *inbound { "in" } else { "out" }, if *allowed { "+" } else { "-" });
            format!("{way} {sign} tcp {} > {} {}", HOSTS[*src], HOSTS[*dst], PORTS[*port])
        }).collect();
        let network = hub(&[
            subnet("app", "10.1.0.0/24", has("nsg-app")), subnet("data", "10.1.1.0/24", has("nsg-data")),
            subnet("bare", "10.1.2.0/24", json!({})),
        ]);
        let texts = [rules(&app), rules(&data), rules(&own)];
        let [app, data, own] = texts.each_ref().map(|list| list.iter().map(String::as_str).collect::<Vec<_>>());
        let groups = json!([
            group("nsg-app", &app), group("nsg-data", &data), group("nsg-own", &own),
            nic("vm", "data", "10.1.1.4", has("nsg-own")),
        ]);
        let options = DraftOptions { outbound, unlogged, ..DraftOptions::default() };
        let flows: Vec<&str> = flows.iter().map(String::as_str).collect();
        let mut estate = Estate::new(&[&network, &groups], &flows, options);
        let draft = DraftAsk { options, ..DraftAsk::default() };

        let page = simulation(&mut estate, &draft, SimulatedPart::default());
        prop_assert_eq!(page.totals.iter().sum::<u64>(), estate.traffic.conversations.len() as u64);
        // The matrix: each pair once, its subnets by their names, and behind each number its conversations.
        prop_assert_eq!(sum(page.cells.iter().map(|cell| &cell.fates)), page.totals);
        prop_assert!(page.cells.is_sorted_by_key(|cell| (cell.src, cell.dst)));
        let name = |at: u32| page.subnets[at as usize].name.clone();
        let mut lines: Vec<_> =
            page.cells.iter().map(|cell| (name(cell.src), name(cell.dst), cell.fates)).collect();
        lines.sort();
        let mut listed = page.tables[0].rows.clone();
        listed.sort();
        prop_assert_eq!(lines, listed);
        for cell in page.cells.iter().take(4) {
            let ends = Selection { src: Some(name(cell.src)), dst: Some(name(cell.dst)) };
            let part = SimulatedPart { ends, ..SimulatedPart::default() };
            let rows = simulation(&mut estate, &draft, part.clone()).rows;
            prop_assert_eq!(u64::from(rows.total), cell.fates.iter().sum::<u64>());
            let mut of = ByFate::default();
            rows.rows.iter().for_each(|row| of[row.fate as usize] += 1);
            prop_assert_eq!(of, cell.fates);
            for fate in Fate::ALL {
                let part = SimulatedPart { fate: Some(fate), ..part.clone() };
                let rows = simulation(&mut estate, &draft, part).rows;
                prop_assert_eq!(u64::from(rows.total), cell.fates[fate as usize]);
            }
        }
        // What wants looking at comes first.
        let order = [Fate::WouldBreak, Fate::NewlyOpened, Fate::Undecidable, Fate::Kept, Fate::StillBlocked];
        let place = |fate: Fate| order.iter().position(|one| *one == fate);
        for (subnet, info) in (0..).zip(&page.subnets) {
            let ends = Selection { src: Some(info.name.clone()), dst: None };
            let rows = simulation(&mut estate, &draft, SimulatedPart { ends, ..SimulatedPart::default() }).rows;
            let cells = page.cells.iter().filter(|cell| cell.src == subnet);
            prop_assert_eq!(u64::from(rows.total), cells.flat_map(|cell| cell.fates).sum::<u64>());
            prop_assert!(rows.rows.is_sorted_by_key(|row| place(row.fate)));
        }
        for table in &page.tables {
            prop_assert_eq!(table.rows.len(), table.total as usize);
            prop_assert_eq!(sum(table.rows.iter().map(|line| &line.2)), page.totals);
        }

        let expected = one_by_one(&estate);
        let found = outcomes(&mut estate, &draft);
        prop_assert_eq!(found.totals, page.totals);
        let mut within = ByFate::default();
        for (place, (group, drafted)) in found.groups.iter().zip(&estate.draft.groups).enumerate() {
            let mut rest: BTreeMap<&At, [ByFate; 2]> =
                expected.iter().filter(|(at, _)| at.0 == place).map(|(at, counts)| (at, *counts)).collect();
            within = sum([within, sum(rest.values().map(|counts| &counts[1]))].iter());
            for (change, counts) in drafted.changes().iter().zip(&group.rules) {
                prop_assert_eq!(counts.is_some(), change.drafted.is_some());
                let Some(counts) = counts else { continue };
                let at = (place, change.rule.direction == Direction::Outbound, change.rule.name.clone());
                let alone = rest.remove(&at).unwrap_or_default();
                prop_assert_eq!((counts[0], counts[1]), (alone[0], alone[1]), "{:?} {:?}", drafted.nsg.name, at);
            }
            prop_assert_eq!(sum(rest.values().map(|counts| &counts[0])), group.defaults);
        }
        prop_assert_eq!(sum([within, found.elsewhere].iter()), found.totals);

        // The documents: of the draft, its table, and of the simulation.
        let text = |format: &str| RulesAsk::Text(draft.clone(), format.to_owned(), Part::default());
        let RulesAnswer::Text(document) = ask(&mut estate, text("json")) else { panic!("no text") };
        let document: Value = serde_json::from_str(&document).unwrap();
        prop_assert_eq!(by_fate(&document["outcomes"]["totals"]), found.totals);
        prop_assert_eq!(by_fate(&document["outcomes"]["elsewhere"]), found.elsewhere);
        let RulesAnswer::Text(table) = ask(&mut estate, text("csv")) else { panic!("no text") };
        // The last cells of a line are numbers or empty.
        let cells = |line: &str| line.rsplitn(6, ',').take(5).map(str::to_owned).collect::<Vec<_>>();
        let mut lines = table.lines();
        let heading = Fate::ALL.map(Fate::as_str);
        prop_assert!(cells(lines.next().unwrap()).iter().rev().eq(heading.iter()));
        for (group, saved) in found.groups.iter().zip(document["nsgs"].as_array().unwrap()) {
            prop_assert_eq!(by_fate(&saved["default_outcomes"]), group.defaults);
            let mut rules = saved["rules"].as_array().unwrap().iter();
            for counts in &group.rules {
                let mut line = cells(lines.next().unwrap());
                line.reverse();
                match counts {
                    Some(counts) => {
                        prop_assert_eq!(by_fate(&rules.next().unwrap()["outcomes"]), counts[0]);
                        prop_assert_eq!(line, counts[0].map(|count| count.to_string()));
                    }
                    None => prop_assert!(line.iter().all(String::is_empty)),
                }
            }
        }
        let set = estate.draft.over(&estate.below, &estate.world);
        let made = simulate(&set, &estate.world, &estate.traffic);
        let subnets = estate.engine.assignment(Cut::default()).unwrap();
        let beside = Beside { other: None, review: None };
        let saved = simulation_document(&made, (&set, &estate.world), &estate.traffic, subnets, beside);
        let saved: Value = serde_json::from_str(&saved).unwrap();
        prop_assert_eq!(by_fate(&saved["totals"]), page.totals);
        for (key, table) in ["pairs", "services"].iter().zip([&page.tables[0], &page.tables[2]]) {
            let all: Vec<ByFate> = saved[key].as_array().unwrap().iter().map(by_fate).collect();
            prop_assert_eq!(sum(all.iter()), page.totals);
            prop_assert_eq!(all.len(), table.rows.len());
        }
    }
}
