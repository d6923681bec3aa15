//! PowerShell with the Az module.

use super::fields::{Value, fields};
use super::{about, comment, evidence, head};
use crate::rules::Draft;

/// Single quotes keep everything as it is; PowerShell takes typographic ones for the same.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            out.push(c);
        }
        out.push(c);
    }
    out + "'"
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ")
}

pub fn write(draft: &Draft) -> String {
    let mut out = head(draft, "#");
    out.push_str(
        "param(\n    [Parameter(Mandatory)] [string] $ResourceGroupName,\n    [Parameter(Mandatory)] [string] $Location\n)\n$ErrorActionPreference = 'Stop'\n",
    );
    for group in &draft.groups {
        out.push_str(&format!("\n# {}\n$rules = @()\n", about(group)));
        for drafted in &group.rules {
            let mut lines = vec![("Name".to_owned(), quoted(&drafted.rule.name))];
            for (name, field) in fields(&drafted.rule) {
                let name = name.get(..1).unwrap_or_default().to_ascii_uppercase()
                    + name.get(1..).unwrap_or_default();
                lines.push(match field {
                    Value::Text(text) if text.is_empty() => continue,
                    Value::Text(text) => (name, quoted(&text)),
                    Value::Number(number) => (name, number.to_string()),
                    Value::List(items, _) => (name, list(&items)),
                    Value::Groups(ids) => (format!("{}Id", name.trim_end_matches('s')), list(&ids)),
                });
            }
            let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
            out.push_str(&format!("# {}\n$rule = @{{\n", evidence(drafted)));
            for (name, value) in lines {
                out.push_str(&format!("    {name:width$} = {value}\n"));
            }
            out.push_str("}\n$rules += New-AzNetworkSecurityRuleConfig @rule\n");
        }
        let nsg = quoted(&group.nsg.name);
        out.push_str(&format!(
            "$nsg = New-AzNetworkSecurityGroup -Name {nsg} -ResourceGroupName $ResourceGroupName -Location $Location -SecurityRules $rules -Force\n",
        ));
        let (network, subnet, prefix) = match &group.subnet_id {
            Some(id) => {
                (id.segment("virtualNetworks").unwrap_or("VNET"), id.name(), group.prefixes.as_slice())
            }
            None => ("VNET", "SUBNET", group.prefixes.as_slice()),
        };
        let prefixes: Vec<String> = prefix.iter().map(ToString::to_string).collect();
        out.push_str(&comment(&format!(
            "# To apply it: $vnet = Get-AzVirtualNetwork -Name {}; Set-AzVirtualNetworkSubnetConfig -VirtualNetwork $vnet -Name {} -AddressPrefix {} -NetworkSecurityGroup $nsg | Set-AzVirtualNetwork",
            quoted(network), quoted(subnet), list(&prefixes)
        )));
        out.push('\n');
    }
    out
}
