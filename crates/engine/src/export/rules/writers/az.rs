//! A shell script of az commands.
//!
//! Single quotes keep text from the shell. az itself reads a file for a value that begins with `@`, takes one
//! that begins with a dash for an option, and a quote or bracket for its shorthand: such a value gets a space in
//! front.

use super::fields::{Value, cased, fields};
use super::{about, comment, evidence, head};
use crate::rules::Draft;

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn value(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '*' | '/')) || text.is_empty();
    let text = text.replace('\0', " ").replace("=@", "= @");
    quoted(&if plain { text } else { format!(" {text}") })
}

pub fn write(draft: &Draft) -> String {
    let mut out = String::from("#!/usr/bin/env bash\n");
    out.push_str(&head(draft, "#"));
    out.push_str("set -euo pipefail\n: \"${RESOURCE_GROUP:?set it to the resource group}\"\n");
    for group in &draft.groups {
        let nsg = value(&group.nsg.name);
        out.push_str(&format!(
            "\n# {}\naz network nsg create --resource-group \"$RESOURCE_GROUP\" --name {nsg}\n",
            about(group)
        ));
        for drafted in &group.rules {
            let mut options = vec![
                "--resource-group \"$RESOURCE_GROUP\"".to_owned(),
                format!("--nsg-name {nsg}"),
                format!("--name {}", value(&drafted.rule.name)),
            ];
            for (name, field) in fields(&drafted.rule) {
                let name = cased(name, '-');
                options.push(match field {
                    Value::Text(text) if text.is_empty() => continue,
                    Value::Text(text) => format!("--{name} {}", value(&text)),
                    Value::Number(number) => format!("--{name} {number}"),
                    Value::List(list, many) => {
                        let list: Vec<String> = list.iter().map(|item| value(item)).collect();
                        format!("--{name}{many} {}", list.join(" "))
                    }
                    Value::Groups(list) => {
                        let list: Vec<String> = list.iter().map(|item| value(item)).collect();
                        let side = name.split('-').next().unwrap_or_default();
                        format!("--{side}-asgs {}", list.join(" "))
                    }
                });
            }
            out.push_str(&format!(
                "# {}\naz network nsg rule create \\\n  {}\n",
                evidence(drafted),
                options.join(" \\\n  ")
            ));
        }
        let place = match &group.subnet_id {
            Some(id) => format!("--ids {}", quoted(&id.0)),
            None => "--resource-group \"$RESOURCE_GROUP\" --vnet-name VNET --name SUBNET".to_owned(),
        };
        out.push_str(&comment(&format!(
            "# To apply it: az network vnet subnet update {place} --network-security-group {nsg}"
        )));
        out.push('\n');
    }
    out
}
