//! A shell script of az commands.
//!
//! A group in force is changed rule by rule: `nsg create` would empty it first, and take its tags. `rule create` sends
//! one rule as a whole, also where one of that name is there; `rule update` would keep what it is not told.
//!
//! Single quotes keep text from the shell. az itself reads a file for a value that begins with `@`, takes one that
//! begins with a dash for an option, `null` for none, `??` for a call for help, and a quote for its own quoting: a
//! description of that kind is quoted az's way, behind an equals sign. A name or an address of that kind, which Azure
//! would not take anyway, gets a space in front.

use super::fields::{Value, cased, fields};
use super::plan::Way;
use super::{comment, head, reason};
use crate::rules::{Deed, Draft};
use azflow_core::model::SecurityRule;

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Whether az takes a text for what it is: not for a file, an option or its own syntax.
fn is_plain(text: &str) -> bool {
    let first = |c: char| c.is_alphanumeric() || matches!(c, '*' | '/');
    text.starts_with(first) && text != "null" && !text.contains("=@")
}

fn value(text: &str) -> String {
    if text == "null" {
        return quoted("'null'");
    }
    let text = text.replace('\0', " ").replace("=@", "= @");
    quoted(&if is_plain(&text) || text.is_empty() { text } else { format!(" {text}") })
}

/// An option with a text that comes through as it is, whatever it is.
fn exactly(option: &str, text: &str) -> String {
    let text = text.replace('\0', " ");
    if is_plain(&text) {
        format!("--{option} {}", quoted(&text))
    } else {
        format!("--{option}={}", quoted(&format!("'{}'", text.replace('\'', "'/"))))
    }
}

/// The options that say which group it is; a group in force is where its id says.
fn place(way: &Way<'_>) -> Vec<String> {
    let id = way.id();
    let segment = |name: &str| id.as_ref().and_then(|id| id.segment(name)).map(value);
    match (segment("subscriptions"), segment("resourceGroups")) {
        (Some(subscription), Some(group)) => {
            vec![format!("--subscription {subscription}"), format!("--resource-group {group}")]
        }
        _ => vec!["--resource-group \"$RESOURCE_GROUP\"".to_owned()],
    }
}

/// A command, one option a line.
fn command(words: &str, options: &[String]) -> String {
    format!("az network nsg {words} \\\n  {}\n", options.join(" \\\n  "))
}

fn written(rule: &SecurityRule, mut options: Vec<String>) -> String {
    options.push(format!("--name {}", value(&rule.name)));
    for (name, field) in fields(rule) {
        let option = cased(name, '-');
        let values = |list: &[String]| list.iter().map(|item| value(item)).collect::<Vec<_>>().join(" ");
        options.push(match field {
            Value::Text(text) if text.is_empty() => continue,
            Value::Text(text) if name == "description" => exactly(&option, &text),
            Value::Text(text) => format!("--{option} {}", value(&text)),
            Value::Number(number) => format!("--{option} {number}"),
            Value::List(list, many) => format!("--{option}{many} {}", values(&list)),
            Value::Groups(list) => {
                let side = option.split('-').next().unwrap_or_default();
                format!("--{side}-asgs {}", values(&list))
            }
        });
    }
    command("rule create", &options)
}

pub fn write(draft: &Draft, ways: &[Way<'_>]) -> String {
    let mut out = String::from("#!/usr/bin/env bash\n");
    out.push_str(&head(draft, "#"));
    out.push_str("# A group in force is changed as it is on file; was it changed since, draft again.\n");
    out.push_str("set -euo pipefail\n");
    let needs_place = |way: &Way<'_>| place(way).len() == 1;
    if ways.iter().any(needs_place) {
        out.push_str(": \"${RESOURCE_GROUP:?set it to the resource group}\"\n");
    }
    for way in ways {
        out.push_str(&group(way));
    }
    out
}

fn group(way: &Way<'_>) -> String {
    let mut out = String::from("\n");
    let nsg = value(&way.group.nsg.name);
    for line in reason::head(way).into_iter().chain(reason::kept(way)) {
        out.push_str(&format!("# {line}\n"));
    }
    if let Some(why) = reason::blocked(way) {
        out.push_str(&format!("# {why}\necho \"Nothing is done with one group: see the script.\" >&2\n"));
    }
    let Ok(steps) = &way.steps else { return out };
    if way.is_idle() {
        out.push_str("# Nothing changes\n");
    }
    let named = [place(way), vec![format!("--name {nsg}")]].concat();
    if way.makes() {
        out.push_str(&format!(
            "if az network nsg show {} --output none 2> /dev/null; then\n  echo \"A group that is to be new is there already: draft with its rules.\" >&2\n  exit 1\nfi\n",
            named.join(" ")
        ));
        // Without a region az takes the resource group's, and a subnet takes no group of another one.
        let location = way.location().map(|location| format!("--location {}", value(location)));
        out.push_str(&command("create", &named.iter().cloned().chain(location).collect::<Vec<_>>()));
    }
    let subnet = match &way.group.subnet_id {
        Some(id) => format!("--ids {}", value(&id.0)),
        None => "--resource-group \"$RESOURCE_GROUP\" --vnet-name VNET --name SUBNET".to_owned(),
    };
    let shared = way.shared().map(|nsg| (&nsg.name, value(&nsg.id.0)));
    if let (true, Some((name, id))) = (way.part.rollback && way.is_attached_here(), &shared) {
        out.push_str(&format!("# {}\n", comment(&format!("The subnet has {name} again"))));
        let attach =
            format!("az network vnet subnet update \\\n  {subnet} \\\n  --network-security-group {id}\n");
        match way.group.subnet_id {
            Some(_) => out.push_str(&attach),
            None => out.push_str(&format!("# {}\n", comment(&attach))),
        }
    } else if way.part.rollback && way.is_attached_here() {
        out.push_str(&comment(&format!(
            "# First detach it: az network vnet subnet update {subnet} --remove networkSecurityGroup"
        )));
        out.push('\n');
    }
    if way.removes() {
        out.push_str(&command("delete", &named));
        return out;
    }
    for step in steps {
        let options = [place(way), vec![format!("--nsg-name {nsg}")]].concat();
        out.push_str(&format!("# {}\n", reason::of_step(way, step)));
        out.push_str(&match &step.deed {
            Deed::Create(rule) | Deed::Update(rule) => written(rule, options),
            Deed::Delete(name) => {
                command("rule delete", &[options, vec![format!("--name {}", value(name))]].concat())
            }
        });
    }
    if !way.part.rollback && way.is_attached_here() {
        let instead = shared.map(|(name, _)| format!(", in place of {name}")).unwrap_or_default();
        let nsg = way.id().filter(|_| way.shared().is_some()).map_or(nsg, |id| value(&id.0));
        out.push_str(&comment(&format!(
            "# To apply it{instead}: az network vnet subnet update {subnet} --network-security-group {nsg}"
        )));
        out.push('\n');
    }
    out
}
