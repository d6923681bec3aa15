//! The JSON documents `azflow.decision/1` and `azflow.decisions/1`: which rule decides a flow, or each of the flows that
//! names stand for. See docs/RULES.md.

use super::documents::text;
use crate::rules::{DecidedFlow, Flow, Observed, RuleSet, Ruling, StageRuling, Traffic};
use crate::topology::{End, EndAddress};
use azflow_core::model::Decision;
use serde_json::{Value, json};

/// Which rule decides a flow, and what the logs say of it.
pub fn decision_document(
    set: &RuleSet,
    flow: Flow,
    (ruling, stages): (&Ruling, &[StageRuling]),
    traffic: &Traffic,
) -> String {
    let mut out = json!({ "schema": "azflow.decision/1" });
    tell(&mut out, set, flow, (ruling, stages), logged(traffic, traffic.find(flow), ruling));
    out["not_understood"] = json!(set.not_understood());
    text(&out)
}

/// The same of every flow that two ends stand for, where one of them is a name.
pub fn decisions_document(
    set: &RuleSet,
    ends: &[End; 2],
    decided: &[DecidedFlow<'_>],
    traffic: &Traffic,
) -> String {
    let mut totals = [0_u64; 3];
    let decisions: Vec<Value> = decided
        .iter()
        .map(|one| {
            totals[one.place()] += 1;
            let mut out = json!({});
            let logged = logged(traffic, one.seen, &one.ruling);
            tell(&mut out, set, one.flow, (&one.ruling, &one.stages), logged);
            out
        })
        .collect();
    let [src, dst] = ends.each_ref().map(end);
    text(&json!({
        "schema": "azflow.decisions/1",
        "src": src, "dst": dst,
        "totals": { "allow": totals[0], "deny": totals[1], "undecidable": totals[2] },
        "decisions": decisions,
        "not_understood": set.not_understood(),
    }))
}

fn end(end: &End) -> Value {
    let one = |one: &EndAddress| {
        let of = one.of.iter().map(|(kind, id)| json!({ "kind": kind.as_str(), "id": id }));
        json!({ "address": one.address.to_string(), "of": of.collect::<Vec<_>>() })
    };
    let addresses: Vec<Value> = end.addresses.iter().map(one).collect();
    json!({ "text": end.text, "addresses": addresses, "notes": end.notes })
}

/// Puts a decision into a document.
fn tell(
    out: &mut Value,
    set: &RuleSet,
    flow: Flow,
    (ruling, stages): (&Ruling, &[StageRuling]),
    logged: Value,
) {
    let words = |ruling: &Ruling| match ruling {
        Ruling::Decided(decided) => (decision(*decided), None),
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
    let (word, reason) = words(ruling);
    out["src"] = json!(flow.src.to_string());
    out["dst"] = json!(flow.dst.to_string());
    out["protocol"] = json!(flow.protocol.to_string());
    out["port"] = json!(flow.port);
    out["decision"] = json!(word);
    out["reason"] = json!(reason);
    out["stages"] = json!(stages);
    out["logged"] = logged;
}

/// What the logs say of a flow, and whether evaluating says the same; null where it was never seen.
fn logged(traffic: &Traffic, seen: Option<&Observed>, ruling: &Ruling) -> Value {
    let Some(seen) = seen else {
        return Value::Null;
    };
    let by: Vec<Value> = traffic
        .decided(seen)
        .map(|(by, flows)| {
            json!({
                "acl": by.acl, "rule": by.rule, "direction": by.direction.as_str(),
                "decision": decision(by.decision), "flows": flows,
            })
        })
        .collect();
    let agrees = match ruling {
        Ruling::Decided(decided) => json!((*decided == Decision::Allowed) == seen.allowed),
        Ruling::Undecidable(_) => Value::Null,
    };
    json!({
        "allowed_flows": seen.tally.allowed_flows, "denied_flows": seen.tally.denied_flows,
        "first": seen.first.to_iso(), "last": seen.last.to_iso(), "by": by, "agrees": agrees,
    })
}

fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "allow",
        Decision::Denied => "deny",
    }
}
