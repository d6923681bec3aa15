//! Terraform for the provider azurerm, formatted as `terraform fmt` does.

use super::fields::{Value, cased, fields};
use super::{about, comment, evidence, head, identifier};
use crate::rules::Draft;
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

pub fn write(draft: &Draft) -> String {
    let mut out = head(draft, "#");
    out.push_str(
        "\nvariable \"resource_group_name\" {\n  type = string\n}\n\nvariable \"location\" {\n  type = string\n}\n",
    );
    let mut used = BTreeSet::new();
    for group in &draft.groups {
        let label = identifier(&group.nsg.name, &mut used);
        out.push_str(&format!(
            "\n# {}\nresource \"azurerm_network_security_group\" \"{label}\" {{\n  name                = {}\n  location            = var.location\n  resource_group_name = var.resource_group_name\n",
            about(group),
            quoted(&group.nsg.name)
        ));
        for drafted in &group.rules {
            let mut lines = vec![("name".to_owned(), quoted(&drafted.rule.name))];
            for (name, field) in fields(&drafted.rule) {
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
            out.push_str(&format!("\n  # {}\n  security_rule {{\n", evidence(drafted)));
            for (name, value) in lines {
                out.push_str(&format!("    {name:width$} = {value}\n"));
            }
            out.push_str("  }\n");
        }
        out.push_str("}\n");
        let subnet = group.subnet_id.as_ref().map_or("the id of the subnet", |id| id.0.as_str());
        out.push_str(&format!(
            "\n# To apply it:\n# resource \"azurerm_subnet_network_security_group_association\" \"{label}\" {{\n#   subnet_id                 = {}\n#   network_security_group_id = azurerm_network_security_group.{label}.id\n# }}\n",
            comment(&quoted(subnet))
        ));
    }
    out
}
