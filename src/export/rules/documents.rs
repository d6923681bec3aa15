//! The JSON documents `azflow.rules/1`, `azflow.audit/1`, `azflow.simulation/1`, `azflow.decision/1`. See
//! docs/RULES.md.

use crate::export::rule as rule_json;
use crate::model::{Prefix, ResourceId, UnixMillis};
use crate::rules::{Applied, Audit, Draft, Fate, Flow, Observed, RuleSet, Ruling, Simulation, StageRuling};
use crate::topology::read_network;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Conversations that a simulation lists of each fate that needs looking at.
const LISTED: usize = 1000;

fn text(document: &Value) -> String {
    // Plain data: there is nothing that could fail to be written.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

/// A draft.
pub fn rules_document(draft: &Draft, traffic: &[Observed]) -> String {
    let groups: Vec<Value> = draft
        .groups
        .iter()
        .map(|group| {
            let rules: Vec<Value> = group
                .rules
                .iter()
                .map(|drafted| {
                    let mut rule = rule_json(&drafted.rule);
                    rule["evidence"] = json!({
                        "conversations": drafted.conversations,
                        "flows": drafted.flows,
                        "sources": drafted.hosts.0,
                        "destinations": drafted.hosts.1,
                        "first": drafted.seen.map(|s| UnixMillis::to_iso(s.0)),
                        "last": drafted.seen.map(|s| UnixMillis::to_iso(s.1)),
                    });
                    rule
                })
                .collect();
            json!({
                "name": group.nsg.name,
                "subnet": group.subnet,
                "prefixes": group.prefixes.iter().map(Prefix::to_string).collect::<Vec<_>>(),
                "rules": rules,
            })
        })
        .collect();
    let opened = u64::try_from(draft.opened_unseen).unwrap_or(u64::MAX);
    text(&json!({
        "schema": "azflow.rules/1",
        "nsgs": groups,
        "figures": {
            "rules": draft.groups.iter().map(|g| g.rules.len()).sum::<usize>(),
            "conversations": traffic.len(),
            "conversations_covered": draft.seeds.len(),
            "opened_never_seen": opened,
        },
        "left_out": draft.left_out,
    }))
}

/// Reads `azflow.rules/1`, or any description of groups. A group that names no place keeps none: `places`
/// are looked up by the group's name then.
///
/// # Errors
/// Where there is no group in it.
pub fn read_rules(bytes: &[u8], below: &RuleSet) -> Result<RuleSet, String> {
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    let is_ours = value.as_ref().is_some_and(|v| v["schema"] == "azflow.rules/1");
    let mut set = if is_ours {
        let groups = value.as_ref().and_then(|v| v["nsgs"].as_array()).cloned().unwrap_or_default();
        RuleSet { groups: groups.iter().map(applied).collect() }
    } else {
        RuleSet::of(&read_network(bytes).network)
    };
    for group in &mut set.groups {
        if group.prefixes.is_empty() && group.nics.is_empty() {
            let same = |known: &&Applied| {
                known.nsg.id == group.nsg.id || known.nsg.name.eq_ignore_ascii_case(&group.nsg.name)
            };
            if let Some(known) = below.groups.iter().find(same) {
                group.prefixes.clone_from(&known.prefixes);
                group.nics.clone_from(&known.nics);
            }
        }
    }
    if set.groups.is_empty() {
        Err("there is no network security group in the file".to_owned())
    } else {
        Ok(set)
    }
}

fn applied(group: &Value) -> Applied {
    // The same words as Azure's, so its reader serves.
    let rules: Vec<Value> =
        group["rules"].as_array().cloned().unwrap_or_default().into_iter().map(azure).collect();
    let name = group["name"].as_str().unwrap_or_default();
    let azure = json!({ "name": name, "id": name, "securityRules": rules });
    let network = read_network(azure.to_string().as_bytes()).network;
    let prefixes = group["prefixes"].as_array().into_iter().flatten();
    let mut nsg = network.nsgs.into_iter().next().unwrap_or_default();
    nsg.id = ResourceId(name.to_owned());
    Applied { nsg, prefixes: prefixes.filter_map(|p| Prefix::parse(p.as_str()?)).collect(), nics: Vec::new() }
}

fn azure(rule: Value) -> Value {
    json!({
        "name": rule["name"], "priority": rule["priority"], "direction": rule["direction"], "access": rule["access"],
        "protocol": rule["protocol"], "description": rule["description"],
        "sourceAddressPrefixes": rule["sources"], "sourcePortRanges": rule["source_ports"],
        "destinationAddressPrefixes": rule["destinations"], "destinationPortRanges": rule["destination_ports"],
    })
}

fn conversation(seen: &Observed) -> Value {
    json!({
        "src": seen.src.to_string(),
        "dst": seen.dst.to_string(),
        "protocol": seen.protocol.to_string(),
        "port": seen.port,
        "allowed_flows": seen.tally.allowed_flows,
        "denied_flows": seen.tally.denied_flows,
    })
}

/// What becomes of traffic. `subnet` names the subnet of an address.
pub fn simulation_document(
    simulation: &Simulation,
    traffic: &[Observed],
    subnet: &dyn Fn(&Observed) -> (String, String),
) -> String {
    let totals: BTreeMap<&str, u64> =
        Fate::ALL.iter().map(|fate| (fate.as_str(), simulation.count(*fate))).collect();
    let mut pairs: BTreeMap<(String, String), BTreeMap<&str, u64>> = BTreeMap::new();
    let mut rules: BTreeMap<(String, String), BTreeMap<&str, u64>> = BTreeMap::new();
    let mut listed: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (seen, result) in traffic.iter().zip(&simulation.results) {
        let fate = result.fate.as_str();
        *pairs.entry(subnet(seen)).or_default().entry(fate).or_default() += 1;
        if let Some(by) = &result.by {
            *rules.entry(by.clone()).or_default().entry(fate).or_default() += 1;
        }
        if matches!(result.fate, Fate::WouldBreak | Fate::NewlyOpened | Fate::Undecidable) {
            let list = listed.entry(fate).or_default();
            if list.len() < LISTED {
                let mut entry = conversation(seen);
                entry["nsg"] = json!(result.by.as_ref().map(|by| &by.0));
                entry["rule"] = json!(result.by.as_ref().map(|by| &by.1));
                if let Some(reason) = &result.reason {
                    entry["reason"] = json!(reason);
                }
                list.push(entry);
            }
        }
    }
    let fates = |counts: &BTreeMap<&str, u64>| {
        let mut out = serde_json::Map::new();
        for fate in Fate::ALL {
            out.insert(
                fate.as_str().to_owned(),
                json!(counts.get(fate.as_str()).copied().unwrap_or_default()),
            );
        }
        out
    };
    let named = |(keys, counts): (&(String, String), &BTreeMap<&str, u64>), names: [&str; 2]| {
        let mut out = fates(counts);
        out.insert(names[0].to_owned(), json!(keys.0));
        out.insert(names[1].to_owned(), json!(keys.1));
        Value::Object(out)
    };
    text(&json!({
        "schema": "azflow.simulation/1",
        "totals": fates(&totals),
        "pairs": pairs.iter().map(|pair| named(pair, ["src", "dst"])).collect::<Vec<_>>(),
        "rules": rules.iter().map(|rule| named(rule, ["nsg", "rule"])).collect::<Vec<_>>(),
        "conversations": listed,
    }))
}

/// An audit.
pub fn audit_document(audit: &Audit, hours: u64) -> String {
    let groups: Vec<Value> = audit
        .groups
        .iter()
        .map(|group| {
            let rules: Vec<Value> = group
                .rules
                .iter()
                .map(|audited| {
                    let mut rule = rule_json(&audited.rule);
                    rule["hits"] = json!({ "allowed_flows": audited.hits.0, "denied_flows": audited.hits.1 });
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
            json!({ "name": group.name, "rules": rules, "findings": findings })
        })
        .collect();
    text(&json!({ "schema": "azflow.audit/1", "covered_hours": hours, "nsgs": groups }))
}

/// Which rule decides a flow.
pub fn decision_document(set: &RuleSet, flow: Flow, ruling: &Ruling, stages: &[StageRuling]) -> String {
    let words = |ruling: &Ruling| match ruling {
        Ruling::Decided(crate::model::Decision::Allowed) => ("allow", None),
        Ruling::Decided(crate::model::Decision::Denied) => ("deny", None),
        Ruling::Undecidable(why) => ("undecidable", Some(why.clone())),
    };
    let stages: Vec<Value> = stages
        .iter()
        .map(|stage| {
            let (decision, reason) = words(&stage.ruling);
            json!({
                "stage": stage.stage.as_str(),
                "nsg": set.groups.get(stage.group).map(|g| g.nsg.name.as_str()),
                "rule": stage.rule, "decision": decision, "reason": reason,
            })
        })
        .collect();
    let (decision, reason) = words(ruling);
    text(&json!({
        "schema": "azflow.decision/1",
        "src": flow.src.to_string(), "dst": flow.dst.to_string(),
        "protocol": flow.protocol.to_string(), "port": flow.port,
        "decision": decision, "reason": reason, "stages": stages,
    }))
}
