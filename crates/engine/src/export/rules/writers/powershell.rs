//! PowerShell with the Az module.
//!
//! The cmdlets of rules change a group that was read, in memory; `Set-AzNetworkSecurityGroup` then sends all of it, tags
//! too, in one request. So there is no state between, and only what differs is written.

use super::fields::{Value, fields};
use super::plan::Way;
use super::{comment, head, reason};
use crate::rules::Draft;
use azflow_core::model::{ResourceId, SecurityRule};

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

/// A rule's fields under `$rule`.
fn table(rule: &SecurityRule) -> String {
    let mut lines = vec![("Name".to_owned(), quoted(&rule.name))];
    for (name, field) in fields(rule) {
        let name = name.get(..1).unwrap_or_default().to_ascii_uppercase() + name.get(1..).unwrap_or_default();
        lines.push(match field {
            Value::Text(text) if text.is_empty() => continue,
            Value::Text(text) => (name, quoted(&text)),
            Value::Number(number) => (name, number.to_string()),
            Value::List(items, _) => (name, list(&items)),
            Value::Groups(ids) => (format!("{}Id", name.trim_end_matches('s')), list(&ids)),
        });
    }
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines: String = lines.iter().map(|(name, value)| format!("    {name:width$} = {value}\n")).collect();
    format!("$rule = @{{\n{lines}}}\n")
}

pub fn write(draft: &Draft, ways: &[Way<'_>]) -> String {
    let mut out = head(draft, "#");
    out.push_str("# A group in force is changed as it is on file; was it changed since, draft again.\n");
    let mut parameters = Vec::new();
    if ways.iter().any(|way| full_id(way).is_none()) {
        parameters.push("    [Parameter(Mandatory)] [string] $ResourceGroupName");
    }
    if ways.iter().any(|way| way.makes() && way.location().is_none()) {
        parameters.push("    [Parameter(Mandatory)] [string] $Location");
    }
    if !parameters.is_empty() {
        out.push_str(&format!("param(\n{}\n)\n", parameters.join(",\n")));
    }
    out.push_str("$ErrorActionPreference = 'Stop'\n");
    for way in ways {
        out.push_str(&group(way));
    }
    out
}

/// The id of a group in force, or beside one, where it says all.
fn full_id(way: &Way<'_>) -> Option<ResourceId> {
    let id = way.id()?;
    (id.is_full() && id.segment("resourceGroups").is_some()).then_some(id)
}

fn group(way: &Way<'_>) -> String {
    let mut out = String::from("\n");
    for line in reason::head(way).into_iter().chain(reason::kept(way)) {
        out.push_str(&format!("# {line}\n"));
    }
    if !way.is_writable() {
        let why = reason::blocked(way).unwrap_or_default();
        out.push_str(&format!("# {why}\nWrite-Warning 'Nothing is done with one group: see the script.'\n"));
        return out;
    }
    if way.is_idle() {
        out.push_str("# Nothing changes\n");
        return out;
    }
    let nsg = quoted(&way.group.nsg.name);
    let place = full_id(way).as_ref().and_then(|id| id.segment("resourceGroups")).map(quoted);
    let place = place.unwrap_or_else(|| "$ResourceGroupName".to_owned());
    let attach = |nsg: &str| comment(&attached(way, nsg).join("; "));
    if let (true, Some(shared)) = (way.part.rollback && way.is_attached_here(), way.shared()) {
        let old = format!(
            "$nsg = Get-AzNetworkSecurityGroup -Name {} -ResourceGroupName {place}",
            quoted(&shared.name)
        );
        let lines = [vec![old], attached(way, "$nsg")].concat();
        out.push_str(&format!("# {}\n", comment(&format!("The subnet has {} again", shared.name))));
        match way.group.subnet_id {
            Some(_) => lines.iter().for_each(|line| out.push_str(&format!("{line}\n"))),
            None => out.push_str(&format!("# {}\n", comment(&lines.join("; ")))),
        }
    } else if way.part.rollback && way.is_attached_here() {
        out.push_str(&format!("# First detach it: {}\n", attach("$null")));
    }
    if way.removes() {
        out.push_str(&format!(
            "Remove-AzNetworkSecurityGroup -Name {nsg} -ResourceGroupName {place} -Force\n"
        ));
        return out;
    }
    if way.makes() {
        out.push_str("$rules = @()\n");
        for rule in &way.to {
            out.push_str(&format!("# {}\n{}", reason::of(way, &rule.name), table(rule)));
            out.push_str("$rules += New-AzNetworkSecurityRuleConfig @rule\n");
        }
        // Without -Force it asks before it takes the place of a group that is on no file.
        out.push_str(&format!(
            "$nsg = New-AzNetworkSecurityGroup -Name {nsg} -ResourceGroupName {place} -Location {} -SecurityRules $rules\n",
            way.location().map_or_else(|| "$Location".to_owned(), quoted)
        ));
    } else {
        change(way, &nsg, &mut out);
    }
    if !way.part.rollback && way.is_attached_here() {
        let instead = way.shared().map(|shared| format!(", in place of {}", shared.name)).unwrap_or_default();
        out.push_str(&format!("# {}: {}\n", comment(&format!("To apply it{instead}")), attach("$nsg")));
    }
    out
}

/// The lines that attach a group to its subnet, or nothing. What else the subnet has stays: it is read and sent as a whole.
fn attached(way: &Way<'_>, nsg: &str) -> Vec<String> {
    let (network, subnet, place) = match &way.group.subnet_id {
        Some(id) => {
            (id.segment("virtualNetworks").unwrap_or("VNET"), id.name(), id.segment("resourceGroups"))
        }
        None => ("VNET", "SUBNET", None),
    };
    let place = place.map(|place| format!(" -ResourceGroupName {}", quoted(place))).unwrap_or_default();
    vec![
        format!("$vnet = Get-AzVirtualNetwork -Name {}{place}", quoted(network)),
        format!("$subnet = Get-AzVirtualNetworkSubnetConfig -Name {} -VirtualNetwork $vnet", quoted(subnet)),
        format!("$subnet.NetworkSecurityGroup = {nsg}"),
        "$null = Set-AzVirtualNetwork -VirtualNetwork $vnet".to_owned(),
    ]
}

/// Reads a group, changes it, sends it.
fn change(way: &Way<'_>, nsg: &str, out: &mut String) {
    let id = full_id(way);
    let place = id.as_ref().and_then(|id| id.segment("resourceGroups")).map(quoted);
    let place = place.unwrap_or_else(|| "$ResourceGroupName".to_owned());
    out.push_str(&format!("$nsg = Get-AzNetworkSecurityGroup -Name {nsg} -ResourceGroupName {place}\n"));
    if let Some(id) = id {
        out.push_str(&format!(
            "if ($nsg.Id -ne {}) {{ throw 'This is another group: select its subscription first.' }}\n",
            quoted(&id.0)
        ));
    }
    let same_name = |a: &SecurityRule, b: &SecurityRule| a.name.eq_ignore_ascii_case(&b.name);
    for rule in way.from.iter().filter(|rule| !way.to.iter().any(|other| same_name(rule, other))) {
        let why = if way.part.rollback {
            comment(&format!("Remove {}, which was not there before", rule.name))
        } else {
            reason::of(way, &rule.name)
        };
        out.push_str(&format!(
            "# {why}\n$null = Remove-AzNetworkSecurityRuleConfig -NetworkSecurityGroup $nsg -Name {}\n",
            quoted(&rule.name)
        ));
    }
    for rule in &way.to {
        let verb = match way.from.iter().find(|other| same_name(rule, other)) {
            Some(known) if known == rule => continue,
            Some(_) => "Set",
            None => "Add",
        };
        out.push_str(&format!(
            "# {}\n{}$null = {verb}-AzNetworkSecurityRuleConfig -NetworkSecurityGroup $nsg @rule\n",
            reason::of(way, &rule.name),
            table(rule)
        ));
    }
    out.push_str("$null = Set-AzNetworkSecurityGroup -NetworkSecurityGroup $nsg\n");
}
