//! An ARM template. It has no comments: reasons are in the descriptions and in `metadata`.

use super::fields::{Value as Field, fields};
use super::plan::Way;
use super::reason;
use crate::rules::Draft;
use azflow_core::model::SecurityRule;
use serde_json::{Map, Value, json};

/// A leading bracket would be an expression.
fn literal(text: &str) -> String {
    if text.starts_with('[') { format!("[{text}") } else { text.to_owned() }
}

fn properties(rule: &SecurityRule) -> Value {
    let mut out = Map::new();
    for (name, field) in fields(rule) {
        let texts = |list: &[String]| list.iter().map(|text| literal(text)).collect::<Vec<_>>();
        let (name, value) = match field {
            Field::Text(text) => (name.to_owned(), json!(literal(&text))),
            Field::Number(number) => (name.to_owned(), json!(number)),
            Field::List(list, many) => match list.as_slice() {
                [one] => (name.to_owned(), json!(literal(one))),
                list => (format!("{name}{many}"), json!(texts(list))),
            },
            Field::Groups(list) => {
                let ids: Vec<Value> = list.iter().map(|id| json!({ "id": literal(id) })).collect();
                (name.to_owned(), json!(ids))
            }
        };
        out.insert(name, value);
    }
    Value::Object(out)
}

fn resource(way: &Way<'_>) -> Value {
    let rule = |rule: &SecurityRule| json!({ "name": literal(&rule.name), "properties": properties(rule) });
    let rules: Vec<Value> = way.to.iter().map(rule).collect();
    let location = way.location().map_or_else(|| "[parameters('location')]".to_owned(), literal);
    json!({
        "type": "Microsoft.Network/networkSecurityGroups",
        "apiVersion": "2023-09-01",
        "name": literal(&way.group.nsg.name),
        "location": location,
        "comments": literal(&reason::head(way).join(". ")),
        "properties": { "securityRules": rules },
    })
}

/// What a file does to a group, for a person.
fn told(way: &Way<'_>) -> Value {
    let place = match &way.group.subnet_id {
        Some(id) => id.0.as_str(),
        None => "the subnet",
    };
    let choice = match way.part.rollback {
        _ if !way.is_attached_here() => None,
        false => match way.shared() {
            Some(shared) => Some(format!(
                "set properties.networkSecurityGroup.id of {place} to this group's, in place of {}",
                shared.id
            )),
            None => Some(format!("set properties.networkSecurityGroup.id of {place}")),
        },
        true if way.shared().is_some() => way.shared().map(|shared| {
            let id = &shared.id;
            format!("set properties.networkSecurityGroup.id of {place} to {id}, then delete the group")
        }),
        true if way.removes() => {
            Some(format!("take properties.networkSecurityGroup out of {place}, then delete the group"))
        }
        true => Some(format!("take properties.networkSecurityGroup out of {place}")),
    };
    let changes = way.group.changes();
    let rules = changes.iter().filter(|_| !way.part.rollback).map(|change| {
        json!({ "rule": change.rule.name, "action": change.action.as_str(), "why": reason::why(change) })
    });
    json!({
        "nsg": way.group.nsg.name,
        "about": reason::head(way),
        "whole": reason::whole(way),
        "not_written": reason::blocked(way).filter(|_| !way.is_writable()),
        "to_apply_it": choice,
        "rules": rules.collect::<Vec<_>>(),
    })
}

pub fn write(draft: &Draft, ways: &[Way<'_>]) -> String {
    let written = ways.iter().filter(|way| way.is_writable() && !way.removes());
    let document = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "metadata": {
            "description": "Drafted by azflow from flow logs. Read it before deploying it.",
            "notes": draft.notes,
            "groups": ways.iter().map(told).collect::<Vec<_>>(),
        },
        "parameters": {
            "location": { "type": "string", "defaultValue": "[resourceGroup().location]" },
        },
        "resources": written.map(resource).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
