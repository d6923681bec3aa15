//! Holds the engine's answers to a flow against those of the evaluator apart from it.

use crate::azure::{Answer, Files, Flow, Verdict};
use crate::random_azure::{Case, shrink};
use crate::support::{load, rules::log};
use azflow_core::model::{Address, Decision, Protocol};
use azflow_engine::rules::{self, Fate, Observed, RuleSet, Ruling, StageRuling, Traffic, World, simulate};
use serde_json::Value;

/// What the engine makes of files.
pub struct Engine {
    set: RuleSet,
    world: World,
}

/// What the engine says of a flow.
#[derive(Debug)]
pub struct Said {
    pub verdict: Verdict,
    pub why: Option<String>,
    pub stages: Vec<StageRuling>,
}

fn address(flow: std::net::IpAddr) -> Address {
    Address::parse(&flow.to_string()).expect("an address")
}

impl Engine {
    pub fn read(files: &[Value]) -> Self {
        let texts: Vec<Vec<u8>> = files.iter().map(|file| file.to_string().into_bytes()).collect();
        let names: Vec<String> = (0..files.len()).map(|at| format!("{at}.json")).collect();
        let sources: Vec<(&str, &[u8])> =
            names.iter().map(String::as_str).zip(texts.iter().map(Vec::as_slice)).collect();
        let mut engine = load(&sources);
        Self { set: engine.rule_set(), world: engine.world() }
    }

    pub fn decide(&self, flow: Flow) -> Said {
        let asked = rules::Flow {
            src: address(flow.src),
            dst: address(flow.dst),
            protocol: Protocol::numbered(flow.protocol),
            port: flow.port,
        };
        let (ruling, stages) = rules::decide(&self.set, &self.world, asked);
        let (verdict, why) = match ruling {
            Ruling::Decided(Decision::Allowed) => (Verdict::Allow, None),
            Ruling::Decided(Decision::Denied) => (Verdict::Deny, None),
            Ruling::Undecidable(why) => (Verdict::Undecidable, Some(why)),
        };
        Said { verdict, why, stages }
    }

    /// What simulating traffic says of the same flows, each taken as one that was allowed.
    pub fn simulate(&self, flows: &[Flow]) -> Vec<Verdict> {
        let template =
            load(&[("PT1H.json", &log(&[("10.0.0.4", "10.0.0.5", 1, 'A')]))]).traffic().conversations[0];
        let mut addresses: Vec<Address> =
            flows.iter().flat_map(|f| [address(f.src), address(f.dst)]).collect();
        addresses.sort();
        addresses.dedup();
        let number = |ip| addresses.iter().position(|a| *a == address(ip)).expect("listed") as u32;
        let seen = |flow: &Flow| Observed {
            src: number(flow.src),
            dst: number(flow.dst),
            protocol: Protocol::numbered(flow.protocol),
            port: flow.port,
            allowed: true,
            hits: (0, 0),
            logged: [false; 2],
            members: [None; 2],
            refused_outside: false,
            by_platform: false,
            ..template
        };
        let conversations: Vec<Observed> = flows.iter().map(seen).collect();
        let traffic = Traffic { conversations, addresses: addresses.clone(), ..Traffic::default() };
        let simulation = simulate(&self.set, &self.world, &traffic);
        simulation
            .results
            .iter()
            .map(|result| match result.fate {
                Fate::Kept | Fate::NewlyOpened => Verdict::Allow,
                Fate::WouldBreak | Fate::StillBlocked => Verdict::Deny,
                Fate::Undecidable => Verdict::Undecidable,
            })
            .collect()
    }

    fn group(&self, stage: &StageRuling) -> String {
        self.set.groups[stage.group].nsg.id.to_string().to_lowercase()
    }

    /// Says in which way the engine and the evaluator differ, if they do: in the verdict, or in group and rule where the
    /// evaluator names them.
    pub fn differs(&self, said: &Said, answer: &Answer) -> Option<String> {
        let stages = || {
            let shown = |s: &StageRuling| format!("{} {} {:?}", s.stage.as_str(), s.rule, s.ruling);
            said.stages.iter().map(shown).collect::<Vec<_>>().join("; ")
        };
        if said.verdict != answer.verdict {
            return Some(format!(
                "engine: {:?} ({}) [{}]\nevaluator: {:?}, open: {:?}, steps: {:?}",
                said.verdict,
                said.why.as_deref().unwrap_or_default(),
                stages(),
                answer.verdict,
                answer.open,
                answer.steps,
            ));
        }
        if answer.steps.as_ref().is_some_and(Vec::is_empty) && !said.stages.is_empty() {
            return Some(format!("engine: {:?} [{}]\nevaluator: no group judges it", said.verdict, stages()));
        }
        let (group, rule) = answer.decider().filter(|_| answer.verdict != Verdict::Undecidable)?;
        let last = said.stages.last().map(|s| (self.group(s), s.rule.clone()));
        (last != Some((group.to_owned(), rule.to_owned()))).then(|| {
            format!("engine: {:?} by {last:?} [{}]\nevaluator: by {group} {rule}", said.verdict, stages())
        })
    }
}

/// Every way in which the two differ on these flows, simulation included.
pub fn differences(files: &[Value], flows: &[Flow]) -> Vec<(Flow, String)> {
    let (engine, evaluator) = (Engine::read(files), Files::read(files));
    let simulated = engine.simulate(flows);
    let mut out = Vec::new();
    for (flow, simulated) in flows.iter().zip(simulated) {
        let said = engine.decide(*flow);
        if let Some(difference) = engine.differs(&said, &evaluator.decide(*flow)) {
            out.push((*flow, difference));
        } else if simulated != said.verdict {
            out.push((*flow, format!("simulate: {simulated:?}, decide: {:?}", said.verdict)));
        }
    }
    out
}

/// The smallest files found on which the two differ on a flow in the same way, as a text for people. What is open stays a
/// part of what was open, lest the difference become another one.
pub fn smallest(case: &Case, flow: Flow) -> String {
    let way = |files: &[Value]| {
        let answer = Files::read(files).decide(flow);
        let said = Engine::read(files).decide(flow);
        ((said.verdict, said.why), answer.verdict, answer.open)
    };
    let (said, verdict, open) = way(&case.files);
    let differs = |files: &[Value]| {
        let now = way(files);
        (&now.0, now.1) == (&said, verdict)
            && now.2.iter().all(|fact| open.contains(fact))
            && !differences(files, &[flow]).is_empty()
    };
    let files = shrink(case.files.clone(), differs);
    let what = differences(&files, &[flow]).pop().map(|(_, what)| what).unwrap_or_default();
    let files: Vec<String> = files.iter().map(Value::to_string).collect();
    let Flow { src, dst, protocol, port } = flow;
    format!(
        "{src} > {dst} protocol {protocol} port {port:?}\n{what}\nkinds: {:?}\n{}",
        case.kinds,
        files.join("\n")
    )
}
