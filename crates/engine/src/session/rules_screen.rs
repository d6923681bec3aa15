//! The engine's part in the Rules screen: audit and draft, in words and capped. A draft and a
//! simulation are kept until what they stand on changes.

use super::review::Judge;
use super::rules_simulation::LINES;
use super::{
    AuditAnswer, Capped, DecisionAnswer, DraftAnswer, DraftAsk, Engine, Evidence, FindingLine, GroupFates,
    GroupRules, OutcomesAnswer, RuleLine, RuleSource, RulesAnswer, RulesAsk, SimulateAsk, View,
};
use crate::audit::{Finding, RuleAudit, audit};
use crate::export::{Format, Part, endpoint_text, read_rules, rules_document, rules_table, write_part};
use crate::rules::{
    Applied, ByFate, Draft, DraftError, DraftOutcomes, DraftedNsg, FateSums, Maturity, Observed, RuleChange,
    RuleSet, Simulation, Traffic, Verdict, Verdicts, Want, World, simulate, simulated_totals,
};
use azflow_core::model::{Address, Decision, Endpoint, Prefix, SecurityRule};
use std::rc::Rc;

/// Ends and ports that a rule in words names.
const NAMED: usize = 6;

/// What is kept between questions.
#[derive(Debug, Default)]
pub(super) struct Kept {
    draft: Option<(DraftAsk, Rc<Result<Draft, DraftError>>)>,
    simulation: Option<(SimulateAsk, Rc<Simulated>)>,
    /// Totals of the loaded groups.
    loaded: Option<ByFate>,
}

impl Kept {
    /// Bytes that what is kept by conversation takes.
    pub fn held(&self) -> usize {
        let simulation = self.simulation.as_ref().map_or(0, |(_, kept)| kept.simulation.held());
        let draft = self.draft.as_ref().and_then(|(_, draft)| draft.as_ref().as_ref().ok());
        simulation + draft.map_or(0, |draft| draft.seeds.len() * size_of::<u64>())
    }
}

/// A simulation that was made.
#[derive(Debug)]
pub(super) struct Simulated {
    pub groups: usize,
    pub not_understood: Vec<String>,
    pub simulation: Simulation,
    pub sums: FateSums,
}

impl Engine {
    /// Answers the Rules screen.
    pub(super) fn rules(&mut self, ask: RulesAsk) -> RulesAnswer {
        match ask {
            RulesAsk::Audit(_) => RulesAnswer::Audit(self.audit()),
            RulesAsk::Draft(ask) => RulesAnswer::Draft(self.draft_answer(&ask)),
            RulesAsk::Text(ask, format, part) => RulesAnswer::Text(self.draft_text(&ask, &format, part)),
            RulesAsk::Outcomes(ask) => RulesAnswer::Outcomes(self.outcomes_answer(&ask)),
            RulesAsk::Difference(ask) => RulesAnswer::Difference(self.draft_difference(&ask)),
            RulesAsk::Simulate(ask) => RulesAnswer::Simulation(self.simulation(&ask)),
            RulesAsk::Decide(view, ask) => {
                RulesAnswer::Decision(self.decision(view.cut, &ask).unwrap_or_else(|problem| {
                    DecisionAnswer { problem: Some(problem), ..DecisionAnswer::default() }
                }))
            }
        }
    }

    fn audit(&mut self) -> AuditAnswer {
        let (set, world, traffic, covered) = (self.rule_set(), self.world(), self.traffic(), self.covered());
        let found = audit(&set, &world, &traffic, &covered);
        let groups = found.groups.iter().zip(&set.groups).map(|(group, applied)| {
            let line = |rule: &RuleAudit| RuleLine {
                hits: rule.hits,
                evaluated: rule.evaluated,
                ..line(&rule.rule)
            };
            let finding = |found: &Finding| FindingLine {
                kind: found.kind.as_str().to_owned(),
                from_logs: found.kind.basis() == "log",
                rule: found.rule.clone(),
                message: found.message.clone(),
            };
            GroupRules {
                name: group.name.clone(),
                places: places(applied),
                rules: group.rules.iter().map(line).collect(),
                covered: group.covered,
                limits: group.limits(),
                findings: group.findings.iter().map(finding).collect(),
            }
        });
        let on_default = found.on_default.len() as u64;
        let not_understood = found.not_understood.clone();
        AuditAnswer { groups: groups.collect(), hours: covered.hours(), on_default, not_understood }
    }

    /// What a review says of each conversation.
    pub fn verdicts(&mut self, traffic: &Traffic, view: &View) -> Vec<Option<Verdict>> {
        self.derive(view.cut);
        let verdicts = Verdicts::new(&self.review);
        if verdicts.is_empty() {
            return vec![None; traffic.conversations.len()];
        }
        let Some(named) = self.named() else { return Vec::new() };
        let mut judge = Judge::new(&verdicts, &named);
        let of = |seen: &Observed| judge.of(&self.store, seen.src, seen.dst, seen.protocol, seen.port);
        traffic.conversations.iter().map(of).collect()
    }

    /// The draft of a question, by the review that the engine was told; made once.
    pub fn reviewed_draft(&mut self, ask: &DraftAsk) -> Rc<Result<Draft, DraftError>> {
        if let Some((_, made)) = self.kept.draft.as_ref().filter(|(known, _)| known == ask) {
            return Rc::clone(made);
        }
        let traffic = self.traffic();
        let verdicts = self.verdicts(&traffic, &ask.view);
        // Once something is decided on, nothing is let in that nobody decided on, unless that is asked for.
        let decided =
            verdicts.iter().any(|verdict| matches!(verdict, Some(Verdict::Needed | Verdict::NotNeeded)));
        let closed = ask.only_needed || decided && !ask.undecided;
        let want = |at: usize, _: &Observed| match verdicts.get(at).copied().flatten() {
            Some(Verdict::Needed) => Want::Needed,
            Some(Verdict::NotNeeded) => Want::NotNeeded,
            _ if closed => Want::Undecided,
            _ => Want::Unmarked,
        };
        let made = Rc::new(self.draft_reviewed(&traffic, ask.view.cut, &ask.options, &want));
        self.kept.draft = Some((ask.clone(), Rc::clone(&made)));
        made
    }

    fn draft_text(&mut self, ask: &DraftAsk, format: &str, part: Part) -> String {
        let made = self.reviewed_draft(ask);
        let Ok(draft) = &*made else { return String::new() };
        match Format::parse(format) {
            Some(Format::Csv) => rules_table(draft, self.draft_outcomes(ask).as_ref()),
            Some(format) => write_part(draft, format, part),
            None => rules_document(draft, &self.traffic(), self.draft_outcomes(ask).as_ref()),
        }
    }

    /// What a draft does to the traffic; `None` without a draft.
    pub fn draft_outcomes(&mut self, ask: &DraftAsk) -> Option<DraftOutcomes> {
        let made = self.reviewed_draft(ask);
        let draft = made.as_ref().as_ref().ok()?;
        let kept = self.simulated(&SimulateAsk { draft: ask.clone(), ..SimulateAsk::default() }).ok()?;
        Some(DraftOutcomes::of(draft, &kept.simulation))
    }

    fn outcomes_answer(&mut self, ask: &DraftAsk) -> OutcomesAnswer {
        let (Some(found), made) = (self.draft_outcomes(ask), self.reviewed_draft(ask)) else {
            return OutcomesAnswer::default();
        };
        let drafted = made.iter().flat_map(|draft| &draft.groups);
        let groups = drafted.zip(found.groups).map(|(group, sums)| GroupFates {
            rules: group
                .changes()
                .iter()
                .map(|change| {
                    let place = change.place?;
                    Some([*sums.rules.get(place)?, *sums.decided.get(place)?])
                })
                .collect(),
            defaults: sums.defaults,
        });
        OutcomesAnswer { totals: found.totals, groups: groups.collect(), elsewhere: found.elsewhere }
    }

    fn draft_answer(&mut self, ask: &DraftAsk) -> DraftAnswer {
        let made = self.reviewed_draft(ask);
        let traffic = self.traffic();
        let draft = match &*made {
            Ok(draft) => draft,
            Err(why) => return DraftAnswer { error: Some(why.to_string()), ..DraftAnswer::default() },
        };
        let groups = draft.groups.iter().map(|group| {
            let one = |change: &RuleChange<'_>| RuleLine {
                evidence: change.drafted.filter(|drafted| drafted.conversations > 0).map(|drafted| {
                    Evidence {
                        conversations: drafted.conversations,
                        flows: drafted.flows,
                        hosts: drafted.hosts,
                        seen: drafted.seen,
                        stable: drafted.maturity.map(|maturity| maturity == Maturity::Stable),
                        curve: drafted.curve.clone(),
                        reused: drafted.reused,
                    }
                }),
                change: Some((change.action, change.why.to_owned())),
                serious: change.drafted.map(|drafted| drafted.serious.clone()).unwrap_or_default(),
                ..line(change.rule)
            };
            let subnet =
                group.prefixes.iter().map(Prefix::to_string).filter(|prefix| *prefix != group.subnet);
            let instead = group.split_from.iter().map(|shared| format!("in place of {}", shared.name));
            let places: Vec<String> =
                std::iter::once(group.subnet.clone()).chain(subnet).chain(instead).collect();
            GroupRules {
                name: group.nsg.name.clone(),
                places: few(&places),
                rules: group.changes().iter().map(one).collect(),
                covered: (0, 0),
                limits: Vec::new(),
                findings: Vec::new(),
            }
        });
        let groups: Vec<GroupRules> = groups.collect();
        let needed = self.verdicts(&traffic, &ask.view);
        let undecided = self.undecided(&traffic, &needed, ask);
        let number = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
        DraftAnswer {
            error: None,
            rules: draft.groups.iter().map(|group| group.rules.len() as u64).sum(),
            groups,
            changes: draft
                .groups
                .iter()
                .map(DraftedNsg::count)
                .fold([0; 4], |sum, of| [0, 1, 2, 3].map(|at| sum[at] + of[at])),
            undecided,
            conversations: traffic.conversations.len() as u64,
            allowed: traffic.allowed,
            covered: draft.seeds.len() as u64,
            needed: needed.iter().filter(|verdict| **verdict == Some(Verdict::Needed)).count() as u64,
            opened: number(draft.opened_unseen),
            opened_to_internet: number(draft.opened_to_internet),
            left_out: draft.left_out.clone(),
            skipped: draft.skipped.iter().map(|(why, count)| (why.as_str().to_owned(), *count)).collect(),
            serious: Capped {
                rows: draft.serious.iter().take(LINES).cloned().collect(),
                total: draft.serious.len() as u32,
            },
            notes: draft.notes.clone(),
            not_understood: self.rule_set().not_understood(),
        }
    }

    /// Services that nobody decided on, while something is decided.
    fn undecided(&self, traffic: &Traffic, verdicts: &[Option<Verdict>], ask: &DraftAsk) -> u64 {
        let is_decided =
            |verdict: &Option<Verdict>| matches!(verdict, Some(Verdict::Needed | Verdict::NotNeeded));
        if !verdicts.iter().any(is_decided) {
            return 0;
        }
        let subnets = self.assignment_at(ask.view.cut);
        let at = |address: u32| subnets.and_then(|all| all.subnet_of.get(address as usize).copied());
        let open = traffic
            .conversations
            .iter()
            .zip(verdicts)
            .filter(|(seen, verdict)| seen.allowed && seen.unfit.is_none() && !is_decided(verdict));
        let services = open.map(|(seen, _)| (at(seen.src), at(seen.dst), seen.protocol, seen.port));
        services.collect::<std::collections::BTreeSet<_>>().len() as u64
    }

    /// The rules to simulate, over those in force.
    pub(super) fn set_of(
        &mut self,
        ask: &SimulateAsk,
        below: &RuleSet,
        world: &World,
    ) -> Result<RuleSet, String> {
        match ask.source {
            RuleSource::Loaded if below.groups.is_empty() => {
                Err("no network security group is loaded".to_owned())
            }
            RuleSource::Loaded => Ok(below.clone()),
            RuleSource::File if self.rules_file.is_empty() => Err("no file of rules is open yet".to_owned()),
            RuleSource::File => Ok(read_rules(self.rules_file.as_bytes(), below)?.over(below, world)),
            RuleSource::Draft => {
                let made = self.reviewed_draft(&ask.draft);
                let draft = made.as_ref().as_ref().map_err(DraftError::to_string)?;
                Ok(draft.over(below, world))
            }
        }
    }

    pub(super) fn simulated(&mut self, ask: &SimulateAsk) -> Result<Rc<Simulated>, String> {
        // What plays no part for these rules makes no other simulation.
        let mut key = SimulateAsk { part: Default::default(), ..ask.clone() };
        if key.source != RuleSource::File {
            key.file = 0;
        }
        if key.source != RuleSource::Draft {
            key.draft = DraftAsk { view: key.draft.view, ..DraftAsk::default() };
        }
        if let Some((_, kept)) = self.kept.simulation.as_ref().filter(|(known, _)| *known == key) {
            return Ok(Rc::clone(kept));
        }
        let (below, world) = (self.rule_set(), self.world());
        let (set, traffic) = (self.set_of(ask, &below, &world)?, self.traffic());
        let simulation = simulate(&set, &world, &traffic);
        let subnets = self.assignment(ask.draft.view.cut);
        let subnet_of = subnets.map(|s| s.subnet_of.as_slice()).unwrap_or_default();
        let kept = Rc::new(Simulated {
            groups: set.groups.len(),
            not_understood: set.not_understood(),
            sums: simulation.sums(&traffic, subnet_of),
            simulation,
        });
        self.kept.simulation = Some((key, Rc::clone(&kept)));
        Ok(kept)
    }

    /// Totals of the loaded groups; `None` where there is none.
    pub(super) fn loaded_totals(&mut self) -> Option<ByFate> {
        let loaded = self.rule_set();
        if loaded.groups.is_empty() {
            return None;
        }
        if self.kept.loaded.is_none() {
            self.kept.loaded = Some(simulated_totals(&loaded, &self.world(), &self.traffic()));
        }
        self.kept.loaded
    }
}

pub(super) fn few(list: &[String]) -> String {
    let more = list.len().saturating_sub(NAMED);
    let mut out = list.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 {
        out.push_str(&format!(" + {more}"));
    }
    out
}

fn places(applied: &Applied) -> String {
    let prefixes = applied.prefixes.iter().map(Prefix::to_string);
    few(&prefixes.chain(applied.nics.iter().map(Address::to_string)).collect::<Vec<_>>())
}

fn line(rule: &SecurityRule) -> RuleLine {
    let ends = |list: &[Endpoint]| few(&list.iter().map(endpoint_text).collect::<Vec<_>>());
    let port = |range: &azflow_core::model::PortRange| {
        if *range == azflow_core::model::PortRange::ALL {
            "any".to_owned()
        } else if range.first == range.last {
            range.first.to_string()
        } else {
            format!("{}-{}", range.first, range.last)
        }
    };
    RuleLine {
        name: rule.name.clone(),
        priority: rule.priority,
        inbound: rule.direction == azflow_core::model::Direction::Inbound,
        allows: rule.access == Decision::Allowed,
        protocol: rule.protocol.map_or_else(|| "any".to_owned(), |protocol| protocol.to_string()),
        sources: ends(&rule.sources),
        destinations: ends(&rule.destinations),
        ports: few(&rule.destination_ports.iter().map(port).collect::<Vec<_>>()),
        hits: (0, 0),
        evaluated: (0, 0),
        evidence: None,
        change: None,
        serious: Vec::new(),
    }
}
