//! The JSON documents `azflow.rules/1`, `azflow.audit/1`, `azflow.simulation/1`. See docs/RULES.md.

use crate::audit::Audit;
use crate::export::{csv, rule as rule_json};
use crate::rules::{
    Action, Applied, ByFate, Deciding, Draft, DraftOutcomes, Fate, GroupIndex, Maturity, Observed, RuleName,
    RuleSet, Ruling, Simulation, Traffic, Verdict, World,
};
use crate::topology::{Assignment, group_of_rules, read_network};
use azflow_core::model::SortSmall;
use azflow_core::model::{Direction, Prefix, Protocol, ResourceId, UnixMillis};
use hashbrown::HashMap;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Conversations that a simulation lists of each fate that needs looking at.
const LISTED: usize = 1000;

pub(super) fn text(document: &Value) -> String {
    // Plain data: there is nothing that could fail to be written.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// A draft, with what it does to the traffic where that was simulated.
pub fn rules_document(draft: &Draft, traffic: &Traffic, outcomes: Option<&DraftOutcomes>) -> String {
    let by_fate = |counts: Option<ByFate>| counts.map(|counts| Fates(counts).json(&[]));
    let groups: Vec<Value> = draft
        .groups
        .iter()
        .enumerate()
        .map(|(place, group)| {
            let outcomes = outcomes.and_then(|all| all.groups.get(place));
            let rules: Vec<Value> = group
                .changes()
                .iter()
                .filter_map(|change| Some((change, change.drafted?)))
                .map(|(change, drafted)| {
                    let mut rule = rule_json(&drafted.rule);
                    let here = outcomes.and_then(|all| all.rules.get(change.place?).copied());
                    rule["outcomes"] = json!(by_fate(here));
                    rule["action"] = json!(change.action.as_str());
                    rule["why"] = json!(change.why);
                    rule["before"] = json!(change.before.map(rule_json));
                    rule["serious_ports"] = json!(drafted.serious);
                    rule["evidence"] = json!({
                        "conversations": drafted.conversations,
                        "flows": drafted.flows,
                        "sources": drafted.hosts.0,
                        "destinations": drafted.hosts.1,
                        "first": drafted.seen.map(|s| UnixMillis::to_iso(s.0)),
                        "last": drafted.seen.map(|s| UnixMillis::to_iso(s.1)),
                        "maturity": drafted.maturity.map(Maturity::as_str),
                        "curve": drafted.curve,
                        "reused": drafted.reused,
                    });
                    rule
                })
                .collect();
            let removed: Vec<Value> = group
                .removed
                .iter()
                .map(|removed| {
                    let mut rule = rule_json(&removed.rule);
                    rule["why"] = json!(removed.why);
                    rule
                })
                .collect();
            let counted = Action::ALL.iter().zip(group.count());
            let changes = counted.map(|(action, count)| (action.as_str().to_owned(), json!(count))).collect();
            json!({
                "name": group.nsg.name,
                "subnet": group.subnet,
                "subnet_id": group.subnet_id.as_ref().map(|id| id.0.as_str()),
                "prefixes": group.prefixes.iter().map(Prefix::to_string).collect::<Vec<_>>(),
                "places": group.applied.iter().map(|id| id.0.as_str()).collect::<Vec<_>>(),
                "in_force": group.before.is_some(),
                "split_from": group.split_from.as_ref().map(|nsg| nsg.id.0.as_str()),
                "changes": Value::Object(changes),
                "rules": rules,
                "default_outcomes": by_fate(outcomes.map(|all| all.defaults)),
                "removed": removed,
            })
        })
        .collect();
    let number = |n: u128| u64::try_from(n).unwrap_or(u64::MAX);
    let skipped = BTreeMap::from_iter(draft.skipped.iter().map(|(why, count)| (why.as_str(), *count)));
    let still_denied = draft.still_denied.iter().map(|denied| {
        json!({
            "nsg": denied.nsg, "direction": denied.direction.map(Direction::as_str), "places": denied.at,
            "rules": denied.rules, "needed": denied.needed, "seen": denied.seen, "undecidable": denied.open,
        })
    });
    let serious = draft.serious.iter().map(|one| {
        json!({
            "finding": one.why.as_str(), "src": one.src, "dst": one.dst, "protocol": one.protocol.to_string(),
            "port": one.port, "conversations": one.conversations, "needed": one.marked, "let_in": one.passes,
            "undecidable": one.open, "rules": one.rules,
        })
    });
    text(&json!({
        "schema": "azflow.rules/1",
        "nsgs": groups,
        "figures": {
            "rules": draft.groups.iter().map(|g| g.rules.len()).sum::<usize>(),
            "conversations": traffic.conversations.len(),
            "conversations_covered": draft.seeds.len(),
            "opened_never_seen": number(draft.opened_unseen),
            "opened_to_internet": number(draft.opened_to_internet),
        },
        "outcomes": outcomes.map(|all| {
            json!({ "totals": by_fate(Some(all.totals)), "elsewhere": by_fate(Some(all.elsewhere)) })
        }),
        "left_out": draft.left_out,
        "skipped": skipped,
        "still_denied": still_denied.collect::<Vec<_>>(),
        "serious": serious.collect::<Vec<_>>(),
        "notes": draft.notes,
    }))
}

/// Reads `azflow.rules/1`, or any description of groups. A group that names no place keeps none: `places`
/// are looked up by the group's name then. A draft that changes nothing has no group, and that is noted.
///
/// # Errors
/// Where there is no group in a description, and no list of groups in a draft.
pub fn read_rules(bytes: &[u8], below: &RuleSet) -> Result<RuleSet, String> {
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    let is_ours = value.as_ref().is_some_and(|v| v["schema"] == "azflow.rules/1");
    let mut set = if is_ours {
        let groups = value.as_ref().and_then(|v| v["nsgs"].as_array());
        let groups = groups.ok_or_else(|| "the file of rules has no list of groups (nsgs)".to_owned())?;
        let empty = groups.is_empty().then(|| NOTHING.to_owned());
        RuleSet { groups: groups.iter().map(applied).collect(), notes: empty.into_iter().collect() }
    } else {
        let read = read_network(bytes);
        let notes = read.notes.into_iter().map(|(_, message)| message).collect();
        RuleSet { notes, ..RuleSet::of(&read.network) }
    };
    let mut notes = Vec::new();
    let known = GroupIndex::new(below);
    for group in &mut set.groups {
        if group.prefixes.is_empty() && group.nics.is_empty() {
            if let Some(known) = known.find(&group.nsg.id, &group.nsg.name) {
                group.places.clone_from(&known.places);
                group.prefixes.clone_from(&known.prefixes);
                group.nics.clone_from(&known.nics);
            } else if group.places.is_empty() {
                notes.push(format!("no file tells where {} of the file of rules applies", group.nsg.name));
            }
        }
    }
    set.notes.extend(notes);
    if set.groups.is_empty() && !is_ours {
        Err("there is no network security group in the file".to_owned())
    } else {
        Ok(set)
    }
}

/// Said of a draft without a group.
const NOTHING: &str = "the file of rules has no group, so it changes nothing: what is in force decides";

fn applied(group: &Value) -> Applied {
    let name = group["name"].as_str().unwrap_or_default();
    let prefixes = group["prefixes"].as_array().into_iter().flatten();
    let subnet = group["subnet_id"].as_str().filter(|id| id.contains('/'));
    let listed = group["places"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let places = listed.chain(subnet).map(|id| ResourceId(id.to_owned()));
    Applied {
        nsg: group_of_rules(name, &group["rules"]),
        places: places.collect::<std::collections::BTreeSet<_>>().into_iter().collect(),
        prefixes: prefixes.filter_map(|p| Prefix::parse(p.as_str()?)).collect(),
        nics: Vec::new(),
    }
}

fn conversation(traffic: &Traffic, seen: &Observed) -> Value {
    json!({
        "src": traffic.src(seen).to_string(),
        "dst": traffic.dst(seen).to_string(),
        "protocol": seen.protocol.to_string(),
        "port": seen.port,
        "allowed_flows": seen.tally.allowed_flows,
        "denied_flows": seen.tally.denied_flows,
    })
}

/// What is counted by fate.
#[derive(Default)]
struct Fates([u64; 5]);

impl Fates {
    fn json(&self, names: &[(&str, Value)]) -> Value {
        let mut out = serde_json::Map::new();
        for (fate, count) in Fate::ALL.iter().zip(self.0) {
            out.insert(fate.as_str().to_owned(), json!(count));
        }
        out.extend(names.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Object(out)
    }
}

/// Two subnets by number, a protocol and a port.
type Service = (u32, u32, Protocol, Option<u16>);

/// Conversations added up by the subnets of their ends and by service, in the order of subnets.
fn services<'a>(list: impl Iterator<Item = &'a Observed>, subnets: &Assignment) -> Vec<Value> {
    let mut found: HashMap<Service, (u64, u64)> = HashMap::new();
    let subnet = |address: u32| subnets.subnet_of.get(address as usize).copied().unwrap_or(u32::MAX);
    for seen in list {
        let key = (subnet(seen.src), subnet(seen.dst), seen.protocol, seen.port);
        let (conversations, flows) = found.entry(key).or_default();
        *conversations += 1;
        *flows += seen.tally.allowed_flows;
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_small_by_key(|a| a.0);
    let name = |at: u32| subnets.subnets.get(at as usize).map(|s| s.name.as_str()).unwrap_or_default();
    let row = |((src, dst, protocol, port), (conversations, flows)): (Service, (u64, u64))| {
        json!({
            "src": name(src), "dst": name(dst), "protocol": protocol.to_string(), "port": port,
            "conversations": conversations, "flows": flows,
        })
    };
    found.into_iter().map(row).collect()
}

/// What a simulation can be held against.
#[derive(Debug, Default, Clone, Copy)]
pub struct Beside<'a> {
    /// The same traffic under another set.
    pub other: Option<&'a Simulation>,
    /// What a reviewer said of each conversation.
    pub review: Option<&'a [Option<Verdict>]>,
}

impl Beside<'_> {
    /// Conversations whose fate is not the same under the other set, by both fates.
    fn compared(self, simulation: &Simulation) -> Value {
        let Some(other) = self.other else { return Value::Null };
        let totals = Fates(Fate::ALL.map(|fate| other.count(fate)));
        let counts = other.compared(simulation);
        let changes: Vec<Value> = Fate::ALL
            .into_iter()
            .flat_map(|from| Fate::ALL.into_iter().map(move |to| (from, to)))
            .map(|(from, to)| (from, to, counts[from as usize][to as usize]))
            .filter(|(from, to, count)| from != to && *count > 0)
            .map(|(from, to, count)| {
                json!({ "from": from.as_str(), "to": to.as_str(), "conversations": count })
            })
            .collect();
        json!({ "totals": totals.json(&[]), "changes": changes })
    }

    /// Fates by what was said.
    fn reviewed(self, simulation: &Simulation) -> Value {
        let Some(said) = self.review else { return Value::Null };
        let mut out: BTreeMap<&str, Fates> = BTreeMap::new();
        for (said, result) in said.iter().zip(&simulation.results) {
            let said = said.map_or("undecided", Verdict::as_str);
            out.entry(said).or_default().0[result.fate as usize] += 1;
        }
        out.iter().map(|(said, fates)| ((*said).to_owned(), fates.json(&[]))).collect()
    }
}

/// What becomes of traffic under a set, as a table: a line for each pair of subnets and service.
pub fn simulation_table(simulation: &Simulation, traffic: &Traffic, subnets: &Assignment) -> String {
    let mut found: HashMap<Service, Fates> = HashMap::new();
    let subnet = |address: u32| subnets.subnet_of.get(address as usize).copied().unwrap_or(u32::MAX);
    for (seen, result) in traffic.conversations.iter().zip(&simulation.results) {
        let key = (subnet(seen.src), subnet(seen.dst), seen.protocol, seen.port);
        found.entry(key).or_default().0[result.fate as usize] += 1;
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_small_by_key(|a| a.0);
    let name = |at: u32| subnets.subnets.get(at as usize).map(|s| s.name.clone()).unwrap_or_default();
    let mut heading: Vec<&str> = vec!["source", "destination", "protocol", "port"];
    heading.extend(Fate::ALL.map(Fate::as_str));
    let mut out = csv::line(&heading);
    for ((src, dst, protocol, port), fates) in found {
        let port = port.map(|port| port.to_string()).unwrap_or_default();
        let mut cells = vec![name(src), name(dst), protocol.to_string(), port];
        cells.extend(fates.0.map(|count| count.to_string()));
        out.push_str(&csv::line(&cells));
    }
    out
}

/// What becomes of traffic under a set. `subnets` names the subnets of the traffic's addresses.
pub fn simulation_document(
    simulation: &Simulation,
    (set, world): (&RuleSet, &World),
    traffic: &Traffic,
    subnets: &Assignment,
    beside: Beside<'_>,
) -> String {
    let mut totals = Fates::default();
    let mut pairs: HashMap<(u32, u32), Fates> = HashMap::new();
    let mut rules: HashMap<&RuleName, Fates> = HashMap::new();
    let mut by_service: HashMap<_, Fates> = HashMap::new();
    let mut listed: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let deciding = Deciding::new(set, world);
    let subnet = |address: u32| subnets.subnet_of.get(address as usize).copied().unwrap_or(u32::MAX);
    let name = |at: u32| json!(subnets.subnets.get(at as usize).map(|s| s.name.as_str()).unwrap_or_default());
    for (seen, result) in traffic.conversations.iter().zip(&simulation.results) {
        let (pair, service) = ((subnet(seen.src), subnet(seen.dst)), (seen.protocol, seen.port));
        let fate = result.fate as usize;
        totals.0[fate] += 1;
        pairs.entry(pair).or_default().0[fate] += 1;
        by_service.entry(service).or_default().0[fate] += 1;
        let by = simulation.by(result);
        if let Some(by) = by {
            rules.entry(by).or_default().0[fate] += 1;
        }
        if matches!(result.fate, Fate::WouldBreak | Fate::NewlyOpened | Fate::Undecidable) {
            let list = listed.entry(result.fate.as_str()).or_default();
            if list.len() < LISTED {
                let mut entry = conversation(traffic, seen);
                entry["nsg"] = json!(by.map(|by| by.nsg.as_str()));
                entry["rule"] = json!(by.map(|by| by.rule.as_str()));
                if let (Ruling::Undecidable(reason), _) = deciding.decide(traffic.flow(seen), seen.members) {
                    entry["reason"] = json!(reason);
                }
                list.push(entry);
            }
        }
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_small_by_key(|a| a.0);
    let pairs =
        pairs.iter().map(|((src, dst), fates)| fates.json(&[("src", name(*src)), ("dst", name(*dst))]));
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_small_by(|a, b| a.0.cmp(b.0));
    let rules = rules.iter().map(|(by, fates)| {
        let direction = json!(by.direction.as_str());
        fates.json(&[("nsg", json!(by.nsg)), ("rule", json!(by.rule)), ("direction", direction)])
    });
    let service = |protocol: Protocol, port: Option<u16>| {
        [("protocol", json!(protocol.to_string())), ("port", json!(port))]
    };
    let mut by_service: Vec<_> = by_service.into_iter().collect();
    by_service.sort_small_by_key(|a| a.0);
    let by_service = by_service.iter().map(|(of, fates)| fates.json(&service(of.0, of.1)));
    let on_default = traffic.conversations.iter().zip(&simulation.results);
    let on_default = on_default.filter(|(_, result)| result.on_default).map(|(seen, _)| seen);
    text(&json!({
        "schema": "azflow.simulation/1",
        "totals": totals.json(&[]),
        "pairs": pairs.collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
        "services": by_service.collect::<Vec<_>>(),
        "on_default_only": services(on_default, subnets),
        "conversations": listed,
        "compared_with": beside.compared(simulation),
        "review": beside.reviewed(simulation),
        "not_understood": set.not_understood(),
    }))
}

/// An audit's findings as a table.
pub fn audit_table(audit: &Audit) -> String {
    let mut out = csv::line(&["nsg", "rule", "direction", "finding", "from", "message"]);
    for group in &audit.groups {
        for found in &group.findings {
            let (kind, basis) = (found.kind.as_str(), found.kind.basis());
            let direction = found.direction.as_str();
            out.push_str(&csv::line(&[&group.name, &found.rule, direction, kind, basis, &found.message]));
        }
    }
    out
}

/// An audit.
/// `subnets` names the subnets of the traffic's addresses.
pub fn audit_document(audit: &Audit, hours: u64, traffic: &Traffic, subnets: &Assignment) -> String {
    let groups: Vec<Value> = audit
        .groups
        .iter()
        .map(|group| {
            let rules: Vec<Value> = group
                .rules
                .iter()
                .map(|audited| {
                    let mut rule = rule_json(&audited.rule);
                    rule["hits"] = json!({
                        "allowed_flows": audited.hits.0, "denied_flows": audited.hits.1,
                        "evaluated_conversations": audited.evaluated.0, "evaluated_flows": audited.evaluated.1,
                    });
                    rule
                })
                .collect();
            let findings: Vec<Value> = group
                .findings
                .iter()
                .map(|f| {
                    json!({
                        "kind": f.kind.as_str(), "basis": f.kind.basis(), "rule": f.rule,
                        "direction": f.direction.as_str(), "message": f.message,
                    })
                })
                .collect();
            json!({
                "name": group.name, "covered_hours": group.covered.0, "missing_hours": group.covered.1,
                "limits": group.limits(), "rules": rules, "findings": findings,
            })
        })
        .collect();
    let on_default = audit.on_default.iter().filter_map(|index| traffic.conversations.get(*index as usize));
    text(&json!({
        "schema": "azflow.audit/1",
        "covered_hours": hours,
        "nsgs": groups,
        "not_understood": audit.not_understood,
        "on_default_only": services(on_default, subnets),
    }))
}
