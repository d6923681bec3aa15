//! An ARM template. It has no comments: evidence is in the descriptions and in `metadata`.

use super::fields::{Value as Field, fields};
use super::{about, evidence};
use crate::rules::{Draft, DraftedNsg};
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

fn resource(group: &DraftedNsg) -> Value {
    let rule = |drafted: &crate::rules::DraftedRule| json!({ "name": literal(&drafted.rule.name), "properties": properties(&drafted.rule) });
    let rules: Vec<Value> = group.rules.iter().map(rule).collect();
    json!({
        "type": "Microsoft.Network/networkSecurityGroups",
        "apiVersion": "2023-09-01",
        "name": literal(&group.nsg.name),
        "location": "[parameters('location')]",
        "comments": literal(&about(group)),
        "properties": { "securityRules": rules },
    })
}

pub fn write(draft: &Draft) -> String {
    let evidence = |group: &DraftedNsg| {
        let rules: Vec<Value> = group
            .rules
            .iter()
            .filter(|drafted| drafted.seen.is_some())
            .map(|drafted| json!({ "rule": drafted.rule.name, "evidence": evidence(drafted) }))
            .collect();
        let choice = match &group.subnet_id {
            Some(id) => format!("set properties.networkSecurityGroup.id of {}", id.0),
            None => "set properties.networkSecurityGroup.id of the subnet".to_owned(),
        };
        json!({ "nsg": group.nsg.name, "to_apply_it": choice, "rules": rules })
    };
    let document = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "metadata": {
            "description": "Drafted by azflow from flow logs. Read it before deploying it.",
            "notes": draft.notes,
            "groups": draft.groups.iter().map(evidence).collect::<Vec<_>>(),
        },
        "parameters": {
            "location": { "type": "string", "defaultValue": "[resourceGroup().location]" },
        },
        "resources": draft.groups.iter().map(resource).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
