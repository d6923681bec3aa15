//! ARM templates: names and ids of their resources are worked out, so that groups, subnets and what names them meet.

use super::expression::{Scope, path};
use super::growing::Part;
use super::resources::subnet;
use super::value::{is_expression, object};
use super::{MAX_DEPTH, Reading, read_value};
use azflow_core::ingest::IssueCode;
use azflow_core::model::ResourceId;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Reads an object if it is a template.
pub(super) fn read(value: &Value, out: &mut Reading, depth: u32) -> bool {
    let Some(template) = value.as_object().filter(|map| is_template(map)) else { return false };
    let mut open = Vec::new();
    read_template(template, None, &mut open, out, depth);
    // Which network or group it belongs to can't be told, so it may be any of the template's.
    let mut doubted = BTreeSet::new();
    for Open { kind, id, why, resource } in open {
        // A subnet without a known name still has its addresses and its group.
        if kind == "microsoft.network/virtualnetworks/subnets" && id.is_none() {
            let networks = out.network.networks().len();
            out.open += networks;
            if out.open > MOST_OPEN {
                let message = "subnets that may be in any of many networks are in none: they are too many";
                out.note(IssueCode::NetworkPart, message.to_owned());
            } else {
                for network in 0..networks {
                    let parent = out.network.network_at(network).id.clone();
                    if let Some(found) = object(&resource).and_then(|o| subnet(&o, &parent, out)) {
                        out.network.put_subnet(network, found);
                    }
                }
            }
        }
        let part = PARTS.iter().find(|(of, _)| kind.starts_with(of)).map(|(_, part)| *part);
        // What is in doubt once stays so, by the first reason.
        if let Some(part) = part
            && (id.is_some() || doubted.insert(part))
        {
            out.network.doubt(part, id.as_ref(), &why);
        }
        out.note(IssueCode::NetworkPart, why);
    }
    true
}

/// What a template's child may belong to, by its type's beginning.
const PARTS: [(&str, Part); 3] = [
    ("microsoft.network/networksecuritygroups", Part::Group),
    ("microsoft.network/virtualnetworks", Part::Network),
    ("microsoft.network/routetables", Part::RouteTable),
];

/// So often in a file are subnets without a known name put into each network that they may be in.
const MOST_OPEN: usize = 100_000;

/// What a template leaves open of a resource.
struct Open {
    kind: String,
    /// The network, group or table that it is about; any of the template's where it can't be told.
    id: Option<ResourceId>,
    why: String,
    resource: Value,
}

fn is_template(map: &Map<String, Value>) -> bool {
    let schema = map.get("$schema").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    map.contains_key("resources")
        && (schema.contains("deploymenttemplate.json") || map.contains_key("contentVersion"))
}

fn read_template(
    template: &Map<String, Value>,
    given: Option<&Map<String, Value>>,
    open: &mut Vec<Open>,
    out: &mut Reading,
    depth: u32,
) {
    let mut scope = Scope::new(template, given);
    let texts =
        resources(template).into_iter().chain(template.get("resources")).filter(|one| one.is_string());
    if texts.count() > 0 {
        let message = "not all resources of the template are in the file: they were cut off".to_owned();
        out.note(IssueCode::DepthCut, message);
    }
    for resource in resources(template) {
        // A deployment within the template has parameters of its own.
        let nested =
            resource.get("properties").filter(|_| kind_of(resource) == "microsoft.resources/deployments");
        if let Some(properties) = nested {
            deployment(properties, &mut scope, open, out, depth);
            continue;
        }
        let resolved = scope.resolve(resource);
        resource_of(resolved, ("", ""), open, out, depth);
    }
}

/// The resources of a template: a list, or an object with a name for each.
fn resources(map: &Map<String, Value>) -> Vec<&Value> {
    match map.get("resources") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Object(map)) => map.values().collect(),
        _ => Vec::new(),
    }
}

fn kind_of(resource: &Value) -> String {
    resource.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase()
}

fn deployment(
    properties: &Value,
    scope: &mut Scope<'_>,
    open: &mut Vec<Open>,
    out: &mut Reading,
    depth: u32,
) {
    if depth >= MAX_DEPTH {
        return;
    }
    let options = properties.get("expressionEvaluationOptions").and_then(|options| options.get("scope"));
    let is_inner = options.and_then(Value::as_str).is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
    let Some(template) = properties.get("template").and_then(Value::as_object) else {
        let message = "a deployment within the template whose own template is not in the file".to_owned();
        out.note(IssueCode::NetworkPart, message);
        return;
    };
    if is_inner {
        let given = scope.resolve(properties.get("parameters").unwrap_or(&Value::Null));
        read_template(template, given.as_object(), open, out, depth + 1);
    } else {
        let resolved = scope.resolve(&Value::Object(template.clone()));
        let resolved = resolved.as_object().map(resources).unwrap_or_default();
        for resource in resolved {
            resource_of(resource.clone(), ("", ""), open, out, depth + 1);
        }
    }
}

/// Reads a resource and those within it, whose names and types continue their parent's.
fn resource_of(
    mut resource: Value,
    (parent_kind, parent_name): (&str, &str),
    open: &mut Vec<Open>,
    out: &mut Reading,
    depth: u32,
) {
    let Some(map) = resource.as_object_mut().filter(|_| depth < MAX_DEPTH) else { return };
    let text = |map: &Map<String, Value>, key: &str| {
        map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (mut kind, mut name) = (text(map, "type"), text(map, "name"));
    if !parent_kind.is_empty() && !kind.contains('/') {
        kind = format!("{parent_kind}/{kind}");
        name = if is_expression(&name) { name } else { format!("{parent_name}/{name}") };
    }
    let lower = kind.to_ascii_lowercase();
    let condition = map.get("condition").cloned();
    if condition == Some(Value::Bool(false)) {
        return;
    }
    let is_conditional = condition.is_some_and(|condition| condition != Value::Bool(true));
    let is_child = lower.split('/').count() > 2;
    let is_looped = map.contains_key("copy");
    map.insert("type".to_owned(), Value::String(kind.clone()));
    let id = if is_expression(&name) { None } else { path(&kind, &name.split('/').collect::<Vec<_>>()) };
    if let Some(id) = id.clone() {
        map.insert("id".to_owned(), Value::String(id));
        map.insert("name".to_owned(), Value::String(name.clone()));
    }
    let is_network = lower.starts_with("microsoft.network/");
    if is_network && (id.is_none() || is_looped) {
        let what = "a template's expression, which only a deployment can resolve";
        out.note(IssueCode::NetworkPart, format!("the name of a resource {kind} is {what}: {name}"));
    }
    if is_network && is_child && id.is_none() {
        let why = format!("a template's expression says where a resource {kind} belongs: {name}");
        open.push(Open { kind: lower, id: None, why, resource });
        return;
    }
    if is_network && is_conditional {
        let why = format!("a template's condition decides whether {kind} {name} exists");
        // The first type and name are those of what it belongs to.
        let parent = kind.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
        let id = path(&parent, &[name.split('/').next().unwrap_or_default()]).filter(|_| id.is_some());
        open.push(Open { kind: lower, id: id.map(ResourceId), why, resource: Value::Null });
    }
    loops(map);
    let within: Vec<Value> = match map.remove("resources") {
        Some(Value::Array(list)) => list,
        Some(Value::Object(named)) => named.into_iter().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    };
    read_value(&resource, out, depth + 1);
    for child in within {
        resource_of(child, (&kind, &name), open, out, depth + 1);
    }
}

/// Lists that a loop makes: how many items they have is not known.
fn loops(resource: &mut Map<String, Value>) {
    let Some(properties) = resource.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let Some(Value::Array(copies)) = properties.get("copy").cloned() else { return };
    for copy in copies {
        if let Some(name) = copy.get("name").and_then(Value::as_str) {
            properties.insert(name.to_owned(), Value::String("[copy]".to_owned()));
        }
    }
}
