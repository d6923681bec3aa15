//! Reads the scripts that a draft is written as, as text, and applies them to the model of Azure's API, request by
//! request. What it does not know is a failure: a script that does anything else is not taken.

use super::azure_api::{Api, Group};
use azflow_core::model::SecurityRule;
use azflow_engine::topology::read_network;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What watches every state that a request leaves.
pub type Watch<'a> = &'a mut dyn FnMut(&Api) -> Result<(), String>;

/// Words of a shell script, a list for each command. Single and double quotes, comments and continued lines.
fn shell_words(script: &str) -> Vec<Vec<String>> {
    let (mut commands, mut words, mut word) = (Vec::new(), Vec::new(), None::<String>);
    let mut rest = script.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '#' if word.is_none() => while rest.next_if(|c| *c != '\n').is_some() {},
            '\\' if rest.peek() == Some(&'\n') => drop(rest.next()),
            '\\' => word.get_or_insert_default().extend(rest.next()),
            '\'' => {
                let word = word.get_or_insert_default();
                word.extend(std::iter::from_fn(|| rest.next().filter(|c| *c != '\'')));
            }
            '"' => {
                let word = word.get_or_insert_default();
                word.extend(std::iter::from_fn(|| rest.next().filter(|c| *c != '"')));
            }
            ' ' | '\n' | ';' => {
                words.extend(word.take());
                if c != ' ' && !words.is_empty() {
                    commands.push(std::mem::take(&mut words));
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    commands.extend((!words.is_empty()).then_some(words));
    commands
}

/// What az makes of a value: its own quoting is undone; `null` and `??` are not texts to it.
fn as_az_reads(value: &str) -> Result<String, String> {
    match value {
        "" | "null" | "??" => Err(format!("az stops at {value:?}")),
        value if value.starts_with('@') => Err(format!("az reads a file: {value}")),
        value => match value.strip_prefix('\'') {
            Some(inner) => {
                let inner = inner.strip_suffix('\'').ok_or("a quote without an end")?;
                Ok(inner.replace("'/", "'"))
            }
            None => Ok(value.to_owned()),
        },
    }
}

type Options = BTreeMap<String, Vec<String>>;

fn options(words: &[String]) -> Result<Options, String> {
    let mut out = Options::new();
    let mut last = String::new();
    for word in words {
        match (word.strip_prefix("--"), word.starts_with('-')) {
            (Some(option), _) => {
                let (option, value) = option.split_once('=').map_or((option, None), |(o, v)| (o, Some(v)));
                option.clone_into(&mut last);
                let values = out.entry(last.clone()).or_default();
                if let Some(value) = value {
                    values.push(as_az_reads(value)?);
                }
            }
            (None, true) => return Err(format!("an option: {word}")),
            (None, false) => out.get_mut(&last).ok_or("a word without an option")?.push(as_az_reads(word)?),
        }
    }
    Ok(out)
}

fn one<'a>(options: &'a Options, name: &str) -> Result<&'a str, String> {
    match options.get(name).map(Vec::as_slice) {
        Some([one]) => Ok(one),
        other => Err(format!("--{name} is {other:?}")),
    }
}

/// A rule of Azure's API, under its names there.
fn rule(properties: Value) -> Result<SecurityRule, String> {
    let group = json!({ "name": "g", "id": "g", "securityRules": [properties] });
    let nsg = read_network(group.to_string().as_bytes()).network.nsgs.pop().ok_or("no group")?;
    let mut rules = nsg.rules;
    let rule = rules.pop().filter(|_| rules.is_empty()).ok_or("no rule")?;
    if rule.doubt.is_some() { Err(format!("not understood: {rule:?}")) } else { Ok(rule) }
}

fn az_rule(options: &Options) -> Result<SecurityRule, String> {
    let many = |name: &str, otherwise: &[&str]| {
        let default = || otherwise.iter().map(|text| (*text).to_owned()).collect();
        options.get(name).cloned().unwrap_or_else(default)
    };
    let asgs = |side: &str| many(&format!("{side}-asgs"), &[]);
    let ids = |side: &str| asgs(side).into_iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
    // What is not given is any, but beside application security groups.
    let prefixes = |side: &str| {
        let any: &[&str] = if asgs(side).is_empty() { &["*"] } else { &[] };
        many(&format!("{side}-address-prefixes"), any)
    };
    let priority: u16 = one(options, "priority")?.parse().map_err(|_| "no priority")?;
    rule(json!({
        "name": one(options, "name")?, "priority": priority,
        "description": options.get("description").map(|_| one(options, "description")).transpose()?,
        "direction": one(options, "direction")?, "access": one(options, "access")?, "protocol": one(options, "protocol")?,
        "sourceAddressPrefixes": prefixes("source"), "sourcePortRanges": many("source-port-ranges", &["*"]),
        "destinationAddressPrefixes": prefixes("destination"),
        "destinationPortRanges": many("destination-port-ranges", &["*"]),
        "sourceApplicationSecurityGroups": ids("source"), "destinationApplicationSecurityGroups": ids("destination"),
    }))
}

/// Runs an az script.
pub fn run_az(script: &str, api: &mut Api, watch: Watch<'_>) -> Result<(), String> {
    let mut skips = false;
    for words in shell_words(script) {
        let text: Vec<&str> = words.iter().map(String::as_str).collect();
        if skips {
            skips = text != ["fi"];
            continue;
        }
        match text.as_slice() {
            ["set", "-euo", "pipefail"] | [":", _] => {}
            ["if", "az", "network", "nsg", "show", rest @ ..] => {
                let end =
                    rest.iter().position(|word| *word == "2>").ok_or("what az says is not kept away")?;
                let words: Vec<String> = rest[..end].iter().map(|word| (*word).to_owned()).collect();
                if api.group(one(&options(&words)?, "name")?).is_ok() {
                    return Err("the group is there already".to_owned());
                }
                skips = true;
            }
            ["az", "network", "nsg", verb, rest @ ..] => {
                let (verb, rest) = match (*verb, rest) {
                    ("rule", [verb, rest @ ..]) => (format!("rule {verb}"), rest),
                    (verb, rest) => (verb.to_owned(), rest),
                };
                let words: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
                let options = options(&words)?;
                match verb.as_str() {
                    // The body is empty: no rules, no tags.
                    "create" => api.put_group(one(&options, "name")?, Group::default())?,
                    "delete" => api.delete_group(one(&options, "name")?)?,
                    "rule create" => api.put_rule(one(&options, "nsg-name")?, &az_rule(&options)?)?,
                    "rule delete" => api.delete_rule(one(&options, "nsg-name")?, one(&options, "name")?)?,
                    other => return Err(format!("az network nsg {other}")),
                }
                watch(api)?;
            }
            ["az", "network", "vnet", "subnet", "update", rest @ ..] => {
                let words: Vec<String> = rest.iter().map(|word| (*word).to_owned()).collect();
                let options = options(&words)?;
                let (subnet, group) = (one(&options, "ids")?, one(&options, "network-security-group")?);
                let path: Vec<&str> = subnet.split('/').collect();
                let [.., "virtualNetworks", network, "subnets", subnet] = path.as_slice() else {
                    return Err(format!("no subnet: {subnet}"));
                };
                // A name alone is sought in the subnet's own resource group.
                let name = group.rsplit_once("/networkSecurityGroups/").ok_or("no id of a group")?.1;
                api.attach(network, subnet, name)?;
                watch(api)?;
            }
            other => return Err(format!("not known: {other:?}")),
        }
    }
    Ok(())
}

/// What a script says is to be done to apply it, as lines of the script.
pub fn to_apply(script: &str) -> Option<String> {
    let line = script.lines().find(|line| line.starts_with("# To apply it"))?;
    let (_, command) = line.split_once(": ")?;
    Some(command.replace("; ", "\n") + "\n")
}

/// A word or a text of a PowerShell script.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
}

/// The tokens of each line; a text may hold line breaks.
fn powershell_lines(script: &str) -> Vec<Vec<Token>> {
    let is_quote = |c: char| c == '\'' || matches!(c, '\u{2018}'..='\u{201b}');
    let (mut lines, mut line, mut word) = (Vec::new(), Vec::new(), String::new());
    let mut rest = script.chars().peekable();
    let end = |word: &mut String, line: &mut Vec<Token>| {
        if !word.is_empty() {
            line.push(Token::Word(std::mem::take(word)));
        }
    };
    while let Some(c) = rest.next() {
        match c {
            '#' if word.is_empty() => while rest.next_if(|c| *c != '\n').is_some() {},
            ' ' => end(&mut word, &mut line),
            ',' => {
                end(&mut word, &mut line);
                line.push(Token::Word(",".to_owned()));
            }
            '\n' => {
                end(&mut word, &mut line);
                lines.extend((!line.is_empty()).then(|| std::mem::take(&mut line)));
            }
            c if is_quote(c) => {
                end(&mut word, &mut line);
                let mut text = String::new();
                while let Some(c) = rest.next() {
                    if is_quote(c) && rest.next_if(|c| is_quote(*c)).is_none() {
                        break;
                    }
                    text.push(c);
                }
                line.push(Token::Text(text));
            }
            c => word.push(c),
        }
    }
    end(&mut word, &mut line);
    lines.extend((!line.is_empty()).then_some(line));
    lines
}

fn powershell_rule(fields: &BTreeMap<String, Vec<String>>) -> Result<SecurityRule, String> {
    let many = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let one = |name: &str| many(name).first().cloned();
    let ids = |name: &str| many(name).into_iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
    let priority: Option<u16> = one("Priority").and_then(|text| text.parse().ok());
    rule(json!({
        "name": one("Name"), "description": one("Description"), "priority": priority, "direction": one("Direction"),
        "access": one("Access"), "protocol": one("Protocol"),
        "sourceAddressPrefixes": many("SourceAddressPrefix"), "sourcePortRanges": many("SourcePortRange"),
        "destinationAddressPrefixes": many("DestinationAddressPrefix"),
        "destinationPortRanges": many("DestinationPortRange"),
        "sourceApplicationSecurityGroups": ids("SourceApplicationSecurityGroupId"),
        "destinationApplicationSecurityGroups": ids("DestinationApplicationSecurityGroupId"),
    }))
}

/// Runs a PowerShell script. Groups that were read change in memory alone until they are sent.
pub fn run_powershell(script: &str, api: &mut Api, watch: Watch<'_>) -> Result<(), String> {
    let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut rules: Vec<SecurityRule> = Vec::new();
    let mut read: Option<(String, Group)> = None;
    let (mut network, mut subnet, mut attached) = (String::new(), String::new(), None::<String>);
    let (mut in_table, mut in_parameters) = (false, false);
    for line in powershell_lines(script) {
        let texts: Vec<&str> = line
            .iter()
            .map(|token| match token {
                Token::Word(text) | Token::Text(text) => text.as_str(),
            })
            .collect();
        if in_parameters {
            in_parameters = texts != [")"];
            continue;
        }
        if in_table && line != [Token::Word("}".to_owned())] {
            let [name, "=", values @ ..] = texts.as_slice() else { return Err(format!("{texts:?}")) };
            let values: Vec<String> = line
                .iter()
                .skip(2)
                .zip(values)
                .filter(|(token, _)| **token != Token::Word(",".to_owned()))
                .map(|(_, text)| (*text).to_owned())
                .collect();
            table.insert((*name).to_owned(), values);
            continue;
        }
        let in_memory =
            |read: &mut Option<(String, Group)>| read.clone().ok_or("no group was read".to_owned());
        match texts.as_slice() {
            ["param("] => in_parameters = true,
            ["$ErrorActionPreference", "=", "Stop"] => {}
            ["$rules", "=", "@()"] => rules.clear(),
            ["$rule", "=", "@{"] => {
                table.clear();
                in_table = true;
            }
            ["}"] if in_table => in_table = false,
            ["$rules", "+=", "New-AzNetworkSecurityRuleConfig", "@rule"] => {
                rules.push(powershell_rule(&table)?)
            }
            [
                "$nsg",
                "=",
                "New-AzNetworkSecurityGroup",
                "-Name",
                name,
                "-ResourceGroupName",
                _,
                "-Location",
                _,
                "-SecurityRules",
                "$rules",
            ] => {
                if api.group(name).is_ok() {
                    return Err("it asks, and nobody answers".to_owned());
                }
                api.put_group(name, Group::of(&rules)?)?;
                read = Some(((*name).to_owned(), api.group(name)?.clone()));
                watch(api)?;
            }
            ["Remove-AzNetworkSecurityGroup", "-Name", name, "-ResourceGroupName", _, "-Force"] => {
                api.delete_group(name)?;
                watch(api)?;
            }
            ["$nsg", "=", "Get-AzNetworkSecurityGroup", "-Name", name, "-ResourceGroupName", _] => {
                read = Some(((*name).to_owned(), api.group(name)?.clone()));
            }
            ["$vnet", "=", "Get-AzVirtualNetwork", "-Name", name, "-ResourceGroupName", _] => {
                (*name).clone_into(&mut network);
            }
            [
                "$subnet",
                "=",
                "Get-AzVirtualNetworkSubnetConfig",
                "-Name",
                name,
                "-VirtualNetwork",
                "$vnet",
            ] => {
                (*name).clone_into(&mut subnet);
            }
            ["$subnet.NetworkSecurityGroup", "=", "$nsg"] => {
                attached = Some(in_memory(&mut read)?.0);
            }
            ["$null", "=", "Set-AzVirtualNetwork", "-VirtualNetwork", "$vnet"] => {
                api.attach(&network, &subnet, &attached.take().ok_or("nothing changed")?)?;
                watch(api)?;
            }
            ["if", "($nsg.Id", "-ne", _, ")", "{", "throw", _, "}"] => {}
            [
                "$null",
                "=",
                "Remove-AzNetworkSecurityRuleConfig",
                "-NetworkSecurityGroup",
                "$nsg",
                "-Name",
                name,
            ] => {
                let (group, mut rules) = in_memory(&mut read)?;
                rules.rules.remove(&name.to_lowercase()).ok_or(format!("no rule {name}"))?;
                read = Some((group, rules));
            }
            [
                "$null",
                "=",
                verb @ ("Set-AzNetworkSecurityRuleConfig" | "Add-AzNetworkSecurityRuleConfig"),
                "-NetworkSecurityGroup",
                "$nsg",
                "@rule",
            ] => {
                let rule = powershell_rule(&table)?;
                let (group, mut rules) = in_memory(&mut read)?;
                let known = rules.rules.insert(rule.name.to_lowercase(), rule);
                if known.is_some() != verb.starts_with("Set") {
                    return Err(format!("{verb} finds {known:?}"));
                }
                read = Some((group, rules));
            }
            ["$null", "=", "Set-AzNetworkSecurityGroup", "-NetworkSecurityGroup", "$nsg"] => {
                let (name, group) = in_memory(&mut read)?;
                api.group(&name)?;
                api.put_group(&name, group)?;
                watch(api)?;
            }
            other => return Err(format!("not known: {other:?}")),
        }
    }
    Ok(())
}
