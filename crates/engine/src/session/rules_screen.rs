//! The engine's part in the Rules screen: audit and draft, in words and capped.

use super::rules_simulation::LINES;
use super::rules_work::Audited;
use super::{
    AuditAnswer, Capped, DecisionAnswer, DraftAnswer, DraftAsk, Engine, Evidence, FindingLine, GroupFates,
    GroupRules, OutcomesAnswer, RuleLine, RuleSource, RulesAnswer, RulesAsk, SimulateAsk,
};
use crate::audit::{Finding, RuleAudit};
use crate::export::{Format, Part, endpoint_text, rules_document, rules_table};
use crate::rules::{Applied, DraftOutcomes, DraftedNsg, Maturity, RuleChange, Traffic, Verdict};
use azflow_core::model::{Address, Decision, Endpoint, Prefix, SecurityRule};
use hashbrown::HashSet;

/// Ends and ports that a rule in words names.
const NAMED: usize = 6;

impl Engine {
    /// Answers the Rules screen.
    pub(super) fn rules(&mut self, ask: RulesAsk) -> RulesAnswer {
        match ask {
            RulesAsk::Audit(_) => RulesAnswer::Audit(self.audit()),
            RulesAsk::Draft(ask) => RulesAnswer::Draft(self.draft_answer(&ask)),
            RulesAsk::Text(ask, format, part) => RulesAnswer::Text(self.draft_text(&ask, &format, part)),
            RulesAsk::Outcomes(ask) => RulesAnswer::Outcomes(self.outcomes_answer(&ask)),
            RulesAsk::Difference(ask) => RulesAnswer::Difference(self.differing(&ask).as_ref().clone()),
            RulesAsk::Simulate(ask) => RulesAnswer::Simulation(self.simulation(&ask)),
            RulesAsk::Decide(view, ask) => {
                RulesAnswer::Decision(self.decision(view.cut, &ask).unwrap_or_else(|problem| {
                    DecisionAnswer { problem: Some(problem), ..DecisionAnswer::default() }
                }))
            }
        }
    }

    /// Does a piece of what an answer for the Rules screen stands on; `false` where only the answer itself is left.
    pub(super) fn go_on_with_rules(&mut self, ask: &RulesAsk) -> bool {
        let of_draft = |draft: &DraftAsk| SimulateAsk { draft: draft.clone(), ..SimulateAsk::default() };
        match ask {
            RulesAsk::Draft(ask) => self.go_on_drafting(ask),
            RulesAsk::Difference(ask) => self.go_on_differing(ask),
            RulesAsk::Text(ask, format, part) => match Format::parse(format) {
                Some(format) if !shows_outcomes(Some(format)) => self.go_on_writing(ask, format, *part),
                _ => self.go_on_simulating(&of_draft(ask)),
            },
            RulesAsk::Outcomes(ask) => self.go_on_simulating(&of_draft(ask)),
            RulesAsk::Simulate(ask) => {
                self.go_on_simulating(ask) || ask.source != RuleSource::Loaded && self.go_on_adding_up()
            }
            RulesAsk::Audit(_) => self.go_on_auditing(),
            RulesAsk::Decide(..) => false,
        }
    }

    fn audit(&mut self) -> AuditAnswer {
        let made = self.audited();
        let Audited { set, hours, audit: found } = &*made;
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
        AuditAnswer { groups: groups.collect(), hours: *hours, on_default, not_understood }
    }

    fn draft_text(&mut self, ask: &DraftAsk, format: &str, part: Part) -> String {
        let made = self.reviewed_draft(ask);
        let Ok(draft) = &*made else { return String::new() };
        match Format::parse(format) {
            Some(Format::Csv) => rules_table(draft, self.draft_outcomes(ask).as_ref()),
            Some(format) => self.written(ask, format, part).as_str().to_owned(),
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
        let needed = self.verdicts_for(&traffic, ask);
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
        services.collect::<HashSet<_>>().len() as u64
    }
}

/// Whether a draft written out says what it does to the traffic; azflow's own document, which has no format, does.
fn shows_outcomes(format: Option<Format>) -> bool {
    format.is_none_or(|format| format == Format::Csv)
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
