//! Bicep.

use super::fields::{Value, fields};
use super::plan::Way;
use super::{comment, head, identifier, reason};
use crate::rules::Draft;
use std::collections::BTreeSet;

fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' | '\'' => out.extend(['\\', c]),
            '$' if rest.peek() == Some(&'{') => out.push_str("\\$"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out + "'"
}

/// An array, one item a line.
fn array(items: impl Iterator<Item = String>, indent: &str) -> String {
    let lines: String = items.map(|item| format!("{indent}  {item}\n")).collect();
    format!("[\n{lines}{indent}]")
}

pub fn write(draft: &Draft, ways: &[Way<'_>]) -> String {
    let mut out = head(draft, "//");
    if ways.iter().any(|way| way.location().is_none() && !way.removes()) {
        out.push_str("param location string = resourceGroup().location\n");
    }
    let mut used = BTreeSet::new();
    for way in ways {
        let symbol = identifier("nsg", &way.group.nsg.name, &mut used);
        out.push_str(&group(way, &symbol));
    }
    out
}

fn group(way: &Way<'_>, symbol: &str) -> String {
    let mut out = String::from("\n");
    let told = reason::head(way).into_iter().chain(reason::whole(way)).chain(reason::removed(way));
    for line in told {
        out.push_str(&format!("// {line}\n"));
    }
    if let Some(why) = reason::blocked(way).filter(|_| !way.is_writable()) {
        out.push_str(&format!("// {why}\n"));
        return out;
    }
    let place = way.group.subnet_id.as_ref().map_or("the subnet", |id| id.0.as_str());
    if way.part.rollback && way.is_attached_here() {
        out.push_str(&comment(&match way.shared() {
            Some(shared) => {
                format!("// First say in {place}: networkSecurityGroup: {{ id: {} }}", quoted(&shared.id.0))
            }
            None => format!("// First take networkSecurityGroup out of {place}"),
        }));
        out.push('\n');
    }
    if way.removes() {
        out.push_str("// then delete the group: no file can say that it is gone\n");
        return out;
    }
    let location = way.location().map_or_else(|| "location".to_owned(), quoted);
    out.push_str(&format!(
        "resource {symbol} 'Microsoft.Network/networkSecurityGroups@2023-09-01' = {{\n  name: {}\n  location: {location}\n  properties: {{\n    securityRules: [\n",
        quoted(&way.group.nsg.name)
    ));
    for rule in &way.to {
        out.push_str(&format!(
            "      // {}\n      {{\n        name: {}\n        properties: {{\n",
            reason::of(way, &rule.name),
            quoted(&rule.name)
        ));
        for (name, field) in fields(rule) {
            let indent = "          ";
            let (name, value) = match field {
                Value::Text(text) => (name.to_owned(), quoted(&text)),
                Value::Number(number) => (name.to_owned(), number.to_string()),
                Value::List(list, many) => match list.as_slice() {
                    [one] => (name.to_owned(), quoted(one)),
                    list => (format!("{name}{many}"), array(list.iter().map(|t| quoted(t)), indent)),
                },
                Value::Groups(list) => {
                    let item = |id: &String| format!("{{\n{indent}    id: {}\n{indent}  }}", quoted(id));
                    (name.to_owned(), array(list.iter().map(item), indent))
                }
            };
            out.push_str(&format!("{indent}{name}: {value}\n"));
        }
        out.push_str("        }\n      }\n");
    }
    out.push_str("    ]\n  }\n}\n");
    if !way.part.rollback && way.is_attached_here() {
        out.push_str(&comment(&format!(
            "// To apply it, say in {place}: networkSecurityGroup: {{ id: {symbol}.id }}{}",
            way.shared().map(|shared| format!(" instead of {}", shared.id)).unwrap_or_default()
        )));
        out.push('\n');
    }
    out
}
