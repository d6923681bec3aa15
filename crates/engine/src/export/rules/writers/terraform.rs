//! Terraform for the provider azurerm, formatted as `terraform fmt` does.

use super::fields::{Value, cased, fields};
use super::plan::Way;
use super::{comment, head, identifier, reason};
use crate::rules::Draft;
use azflow_core::model::SecurityRule;
use std::collections::BTreeSet;

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' | '"' => out.extend(['\\', c]),
            // A doubled sign before a brace is that sign and the brace.
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

fn list(items: &[String]) -> String {
    format!("[{}]", items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", "))
}

/// A rule's attributes, one a line.
fn attributes(rule: &SecurityRule, more: &[(&str, String)], indent: &str) -> String {
    let mut lines = vec![("name".to_owned(), quoted(&rule.name))];
    lines.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    for (name, field) in fields(rule) {
        let name = cased(name, '_');
        lines.push(match field {
            Value::Text(text) => (name, quoted(&text)),
            Value::Number(number) => (name, number.to_string()),
            Value::List(items, many) => match items.as_slice() {
                [one] => (name, quoted(one)),
                items => (format!("{name}{many}"), list(items)),
            },
            Value::Groups(ids) => (format!("{}_ids", name.trim_end_matches('s')), list(&ids)),
        });
    }
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    lines.iter().map(|(name, value)| format!("{indent}{name:width$} = {value}\n")).collect()
}

/// `inline`: rules are blocks of their group; else each is a resource.
pub fn write(draft: &Draft, ways: &[Way<'_>], inline: bool) -> String {
    let mut out = head(draft, "#");
    if !inline {
        out.push_str(
            "# Terraform writes several rules at once: where two swap their priorities, apply twice.\n",
        );
    }
    if ways.iter().any(|way| way.resource_group().is_none() && !way.removes()) {
        out.push_str("\nvariable \"resource_group_name\" {\n  type = string\n}\n");
    }
    if ways.iter().any(|way| way.location().is_none() && !way.removes()) {
        out.push_str("\nvariable \"location\" {\n  type = string\n}\n");
    }
    let mut used = BTreeSet::new();
    for way in ways {
        let label = identifier("nsg", &way.group.nsg.name, &mut used);
        out.push_str(&group(way, &label, inline, &mut used));
    }
    out
}

fn group(way: &Way<'_>, label: &str, inline: bool, used: &mut BTreeSet<String>) -> String {
    let mut out = String::from("\n");
    let whole = reason::whole(way).filter(|_| inline);
    for line in reason::head(way).into_iter().chain(whole).chain(reason::removed(way)) {
        out.push_str(&format!("# {line}\n"));
    }
    if let Some(why) = reason::blocked(way).filter(|_| !way.is_writable()) {
        out.push_str(&format!("# {why}\n"));
        return out;
    }
    if way.removes() {
        out.push_str(&match way.shared() {
            Some(shared) => format!(
                "{}\n",
                comment(&format!(
                    "# Associate the subnet with {} again, take this group's resource out of the configuration, and apply that",
                    shared.id
                ))
            ),
            None => "# Take its association and its resource out of the configuration, and apply that\n".to_owned(),
        });
        return out;
    }
    let resource_group = way.resource_group().map_or_else(|| "var.resource_group_name".to_owned(), quoted);
    let location = way.location().map_or_else(|| "var.location".to_owned(), quoted);
    let id = way.group.before.as_ref().map(|nsg| nsg.id.0.as_str());
    let import = |kind: &str, label: &str, id: &str| {
        let id = id.replace('\'', "'\\''");
        format!("{}\n", comment(&format!("# In force already: terraform import {kind}.{label} '{id}'")))
    };
    let name = quoted(&way.group.nsg.name);
    // Rules of a group in force can be resources of their own, wherever the group itself is written.
    let is_written = inline || way.is_new();
    if is_written {
        if let Some(id) = id {
            out.push_str(&import("azurerm_network_security_group", label, id));
        }
        out.push_str(&format!(
            "resource \"azurerm_network_security_group\" \"{label}\" {{\n  name                = {name}\n  location            = {location}\n  resource_group_name = {resource_group}\n"
        ));
        for rule in way.to.iter().filter(|_| inline) {
            out.push_str(&format!(
                "\n  # {}\n  security_rule {{\n{}  }}\n",
                reason::of(way, &rule.name),
                attributes(rule, &[], "    ")
            ));
        }
        if id.is_some() {
            out.push_str("\n  lifecycle {\n    ignore_changes = [tags]\n  }\n");
        }
        out.push_str("}\n");
    } else {
        out.push_str(
            "# The group itself must have no block security_rule: rules are written in one of the two ways alone\n",
        );
    }
    let group = if is_written { format!("azurerm_network_security_group.{label}.name") } else { name };
    let more = [("resource_group_name", resource_group), ("network_security_group_name", group)];
    for rule in way.to.iter().filter(|_| !inline) {
        let own = identifier(label, &rule.name, used);
        out.push_str(&format!("\n# {}\n", reason::of(way, &rule.name)));
        if let Some(id) = id.filter(|_| way.from.iter().any(|known| known.name == rule.name)) {
            let id = format!("{id}/securityRules/{}", rule.name);
            out.push_str(&import("azurerm_network_security_rule", &own, &id));
        }
        out.push_str(&format!(
            "resource \"azurerm_network_security_rule\" \"{own}\" {{\n{}}}\n",
            attributes(rule, &more, "  ")
        ));
    }
    if !way.part.rollback && way.is_attached_here() {
        let subnet = way.group.subnet_id.as_ref().map_or("the id of the subnet", |id| id.0.as_str());
        out.push_str(&format!(
            "\n# To apply it{}:\n# resource \"azurerm_subnet_network_security_group_association\" \"{label}\" {{\n#   subnet_id                 = {}\n#   network_security_group_id = azurerm_network_security_group.{label}.id\n# }}\n",
            way.shared().map(|shared| comment(&format!(", in place of {}", shared.id))).unwrap_or_default(),
            comment(&quoted(subnet))
        ));
    }
    out
}
