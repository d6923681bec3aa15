//! A draft for the tools that deploy it. Names come from files and may be anybody's text: every writer quotes
//! them so that they stay data in its language.

use crate::export::csv;
use crate::export::endpoint_text;
use crate::model::{Decision, Direction, PortRange, SecurityRule};
use crate::rules::{Draft, DraftedNsg};
use serde_json::{Value, json};

/// What rules are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A shell script of az commands.
    Az,
    /// Bicep.
    Bicep,
    /// An ARM template.
    Arm,
    /// Terraform, azurerm.
    Terraform,
    /// PowerShell, Az module.
    PowerShell,
    /// A table.
    Csv,
}

impl Format {
    /// By its name on the command line.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "az" => Self::Az,
            "bicep" => Self::Bicep,
            "arm" => Self::Arm,
            "terraform" => Self::Terraform,
            "powershell" => Self::PowerShell,
            "csv" => Self::Csv,
            _ => return None,
        })
    }
}

/// Writes a draft.
pub fn write_rules(draft: &Draft, format: Format) -> String {
    match format {
        Format::Az => az(draft),
        Format::Bicep => bicep(draft),
        Format::Arm => arm(draft),
        Format::Terraform => terraform(draft),
        Format::PowerShell => powershell(draft),
        Format::Csv => table(draft),
    }
}

/// Text for a comment: one line, nothing that could end it.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().replace("*/", "* /")
}

fn protocol(rule: &SecurityRule) -> &'static str {
    match rule.protocol.map(|p| p.0) {
        Some(1) => "Icmp",
        Some(6) => "Tcp",
        Some(17) => "Udp",
        Some(50) => "Esp",
        Some(51) => "Ah",
        _ => "*",
    }
}

fn direction(rule: &SecurityRule) -> &'static str {
    if rule.direction == Direction::Inbound { "Inbound" } else { "Outbound" }
}

fn access(rule: &SecurityRule) -> &'static str {
    if rule.access == Decision::Allowed { "Allow" } else { "Deny" }
}

fn sources(rule: &SecurityRule) -> Vec<String> {
    rule.sources.iter().map(endpoint_text).collect()
}

fn destinations(rule: &SecurityRule) -> Vec<String> {
    rule.destinations.iter().map(endpoint_text).collect()
}

fn ports(list: &[PortRange]) -> Vec<String> {
    list.iter().map(PortRange::to_string).collect()
}

/// An identifier for languages that want one.
fn identifier(name: &str) -> String {
    let text: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if text.starts_with(|c: char| c.is_ascii_digit()) { format!("n_{text}") } else { text }
}

fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn az(draft: &Draft) -> String {
    let list = |items: &[String]| items.iter().map(|i| shell(i)).collect::<Vec<_>>().join(" ");
    let mut out = String::from(
        "#!/usr/bin/env bash\n# Drafted by azflow from flow logs. Read it before running it; test with new connections.\nset -euo pipefail\n: \"${RESOURCE_GROUP:?set it to the resource group}\"\n",
    );
    for group in &draft.groups {
        let name = shell(&group.nsg.name);
        out.push_str(&format!(
            "\n# {}\naz network nsg create --resource-group \"$RESOURCE_GROUP\" --name {name}\n",
            comment(&group.subnet)
        ));
        for drafted in &group.rules {
            let rule = &drafted.rule;
            out.push_str(&format!("# {}\n", comment(&rule.description)));
            out.push_str(&format!(
                "az network nsg rule create --resource-group \"$RESOURCE_GROUP\" --nsg-name {name} --name {} --priority {} --direction {} --access {} --protocol {} --source-address-prefixes {} --source-port-ranges '*' --destination-address-prefixes {} --destination-port-ranges {} --description {}\n",
                shell(&rule.name), rule.priority, direction(rule), access(rule), shell(protocol(rule)),
                list(&sources(rule)), list(&destinations(rule)), list(&ports(&rule.destination_ports)),
                shell(&rule.description),
            ));
        }
        out.push_str(&format!(
            "# az network vnet subnet update --resource-group \"$RESOURCE_GROUP\" --vnet-name VNET --name {} --network-security-group {name}\n",
            shell(&comment(&group.subnet))
        ));
    }
    out
}

/// A rule's properties as ARM has them.
fn properties(rule: &SecurityRule) -> Value {
    let mut out = json!({
        "description": rule.description, "priority": rule.priority, "direction": direction(rule),
        "access": access(rule), "protocol": protocol(rule), "sourcePortRange": "*",
    });
    let mut put = |one: &str, many: &str, list: Vec<String>| match list.as_slice() {
        [single] => out[one] = json!(single),
        _ => out[many] = json!(list),
    };
    put("sourceAddressPrefix", "sourceAddressPrefixes", sources(rule));
    put("destinationAddressPrefix", "destinationAddressPrefixes", destinations(rule));
    put("destinationPortRange", "destinationPortRanges", ports(&rule.destination_ports));
    out
}

fn arm(draft: &Draft) -> String {
    // A leading bracket would be an expression.
    let literal = |text: &str| if text.starts_with('[') { format!("[{text}") } else { text.to_owned() };
    let resource = |group: &DraftedNsg| {
        let rules: Vec<Value> = group
            .rules
            .iter()
            .map(|drafted| {
                let mut properties = properties(&drafted.rule);
                properties["description"] = json!(literal(&drafted.rule.description));
                json!({ "name": literal(&drafted.rule.name), "properties": properties })
            })
            .collect();
        json!({
            "type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2023-09-01",
            "name": literal(&group.nsg.name), "location": "[resourceGroup().location]",
            "properties": { "securityRules": rules },
        })
    };
    let document = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": draft.groups.iter().map(resource).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn bicep(draft: &Draft) -> String {
    let quote = |text: &str| {
        let escaped = text
            .replace('\\', "\\\\")
            .replace('\'', "\\'")
            .replace("${", "\\${")
            .replace('\n', "\\n")
            .replace('\r', "\\r");
        format!("'{escaped}'")
    };
    let list =
        |items: Vec<String>| format!("[{}]", items.iter().map(|i| quote(i)).collect::<Vec<_>>().join(", "));
    let mut out = String::from(
        "// Drafted by azflow from flow logs. Read it before deploying it; test with new connections.\nparam location string = resourceGroup().location\n",
    );
    for group in &draft.groups {
        out.push_str(&format!(
            "\n// {}\nresource {} 'Microsoft.Network/networkSecurityGroups@2023-09-01' = {{\n  name: {}\n  location: location\n  properties: {{\n    securityRules: [\n",
            comment(&group.subnet), identifier(&group.nsg.name), quote(&group.nsg.name)
        ));
        for drafted in &group.rules {
            let rule = &drafted.rule;
            out.push_str(&format!("      {{\n        name: {}\n        properties: {{\n", quote(&rule.name)));
            for (key, value) in [
                ("description", quote(&rule.description)),
                ("priority", rule.priority.to_string()),
                ("direction", quote(direction(rule))),
                ("access", quote(access(rule))),
                ("protocol", quote(protocol(rule))),
                ("sourcePortRange", quote("*")),
            ] {
                out.push_str(&format!("          {key}: {value}\n"));
            }
            for (one, many, values) in [
                ("sourceAddressPrefix", "sourceAddressPrefixes", sources(rule)),
                ("destinationAddressPrefix", "destinationAddressPrefixes", destinations(rule)),
                ("destinationPortRange", "destinationPortRanges", ports(&rule.destination_ports)),
            ] {
                match values.as_slice() {
                    [single] => out.push_str(&format!("          {one}: {}\n", quote(single))),
                    _ => out.push_str(&format!("          {many}: {}\n", list(values))),
                }
            }
            out.push_str("        }\n      }\n");
        }
        out.push_str("    ]\n  }\n}\n");
    }
    out
}

fn terraform(draft: &Draft) -> String {
    let quote = |text: &str| {
        let escaped = text
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace("${", "$${")
            .replace("%{", "%%{")
            .replace('\n', "\\n")
            .replace('\r', "\\r");
        format!("\"{escaped}\"")
    };
    let mut out = String::from(
        "# Drafted by azflow from flow logs. Read it before applying it; test with new connections.\n\nvariable \"resource_group_name\" {\n  type = string\n}\n\nvariable \"location\" {\n  type = string\n}\n",
    );
    for group in &draft.groups {
        out.push_str(&format!(
            "\n# {}\nresource \"azurerm_network_security_group\" {} {{\n  name                = {}\n  location            = var.location\n  resource_group_name = var.resource_group_name\n",
            comment(&group.subnet), quote(&identifier(&group.nsg.name)), quote(&group.nsg.name)
        ));
        for drafted in &group.rules {
            let rule = &drafted.rule;
            let mut fields = vec![
                ("name".to_owned(), quote(&rule.name)),
                ("description".to_owned(), quote(&rule.description)),
                ("priority".to_owned(), rule.priority.to_string()),
                ("direction".to_owned(), quote(direction(rule))),
                ("access".to_owned(), quote(access(rule))),
                ("protocol".to_owned(), quote(protocol(rule))),
                ("source_port_range".to_owned(), quote("*")),
            ];
            for (one, values) in [
                ("source_address_prefix", sources(rule)),
                ("destination_address_prefix", destinations(rule)),
                ("destination_port_range", ports(&rule.destination_ports)),
            ] {
                match values.as_slice() {
                    [single] => fields.push((one.to_owned(), quote(single))),
                    _ => {
                        let many =
                            if one.ends_with("prefix") { format!("{one}es") } else { format!("{one}s") };
                        let list = values.iter().map(|v| quote(v)).collect::<Vec<_>>().join(", ");
                        fields.push((many, format!("[{list}]")));
                    }
                }
            }
            let width = fields.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
            out.push_str("\n  security_rule {\n");
            for (key, value) in fields {
                out.push_str(&format!("    {key:width$} = {value}\n"));
            }
            out.push_str("  }\n");
        }
        out.push_str("}\n");
    }
    out
}

fn powershell(draft: &Draft) -> String {
    let quote = |text: &str| {
        format!(
            "'{}'",
            text.replace('\'', "''")
                .replace('\u{2018}', "\u{2018}\u{2018}")
                .replace('\u{2019}', "\u{2019}\u{2019}")
        )
    };
    let list = |items: Vec<String>| items.iter().map(|i| quote(i)).collect::<Vec<_>>().join(", ");
    let mut out = String::from(
        "# Drafted by azflow from flow logs. Read it before running it; test with new connections.\nparam(\n    [Parameter(Mandatory)] [string] $ResourceGroupName,\n    [Parameter(Mandatory)] [string] $Location\n)\n$ErrorActionPreference = 'Stop'\n",
    );
    for group in &draft.groups {
        out.push_str(&format!("\n# {}\n$rules = @(\n", comment(&group.subnet)));
        for drafted in &group.rules {
            let rule = &drafted.rule;
            out.push_str(&format!(
                "    New-AzNetworkSecurityRuleConfig -Name {} -Description {} -Priority {} -Direction {} -Access {} -Protocol {} -SourceAddressPrefix {} -SourcePortRange '*' -DestinationAddressPrefix {} -DestinationPortRange {}\n",
                quote(&rule.name), quote(&rule.description), rule.priority, quote(direction(rule)), quote(access(rule)),
                quote(protocol(rule)), list(sources(rule)), list(destinations(rule)), list(ports(&rule.destination_ports)),
            ));
        }
        out.push_str(&format!(
            ")\nNew-AzNetworkSecurityGroup -Name {} -ResourceGroupName $ResourceGroupName -Location $Location -SecurityRules $rules\n",
            quote(&group.nsg.name)
        ));
    }
    out
}

fn table(draft: &Draft) -> String {
    let mut out = csv::line(&[
        "nsg",
        "subnet",
        "name",
        "priority",
        "direction",
        "access",
        "protocol",
        "sources",
        "destinations",
        "ports",
        "conversations",
        "flows",
        "description",
    ]);
    for group in &draft.groups {
        for drafted in &group.rules {
            let rule = &drafted.rule;
            out.push_str(&csv::line(&[
                group.nsg.name.clone(),
                group.subnet.clone(),
                rule.name.clone(),
                rule.priority.to_string(),
                direction(rule).to_owned(),
                access(rule).to_owned(),
                protocol(rule).to_owned(),
                sources(rule).join(" "),
                destinations(rule).join(" "),
                ports(&rule.destination_ports).join(" "),
                drafted.conversations.to_string(),
                drafted.flows.to_string(),
                rule.description.clone(),
            ]));
        }
    }
    out
}
