//! Rules of random groups.

use super::build::{rule, to};
use super::kinds::Kind;
use super::network::{Made, Throw};
use serde_json::{Value, json};

/// What rules can be about.
pub struct Places<'a> {
    pub made: &'a [Made],
    pub asgs: &'a [String],
}

pub fn rules(throw: &mut Throw<'_>, group: &str, places: &Places<'_>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::new();
    let mut priority = 100;
    for at in 0..throw.dice.below(8) {
        if !throw.has(Kind::Ties, 2) {
            priority += 10;
        }
        let mut value = one(throw, group, &format!("rule-{at}"), priority, places);
        if throw.has(Kind::OddRules, 3) {
            spoil(throw, &mut value);
        }
        if throw.has(Kind::CutRules, 6) {
            value = json!("Microsoft.Azure.Commands.Network.Models.PSSecurityRule");
        }
        out.push(value);
    }
    // Files list rules in any order.
    if out.len() > 1 && throw.dice.one_in(2) {
        out.reverse();
    }
    out
}

fn one(throw: &mut Throw<'_>, group: &str, name: &str, priority: u32, places: &Places<'_>) -> Value {
    let direction = *throw.dice.of(&["in", "out"]);
    let access = *throw.dice.of(&["allow", "deny"]);
    let (protocol, port) = match throw.dice.below(6) {
        0 | 1 => ("*", "*"),
        2 => *throw.dice.of(&[("udp", "53"), ("icmp", "*"), ("udp", "*")]),
        3 => ("*", *throw.dice.of(&["443", "1-1024"])),
        _ => ("tcp", *throw.dice.of(&["443", "22", "1433", "*", "1000-9000"])),
    };
    let v6 = throw.kinds.contains(&Kind::DualStack) && throw.dice.one_in(4);
    let [source, destination] = [0, 1].map(|_| address(throw, places, v6));
    let mut out = rule(
        group,
        name,
        &format!("{priority} {direction} {access} {protocol} {source} > {destination} {port}"),
    );
    if throw.members() && throw.dice.one_in(2) {
        let (side, plural) = *throw
            .dice
            .of(&[("source", "sourceAddressPrefixes"), ("destination", "destinationAddressPrefixes")]);
        out.as_object_mut().expect("an object").remove(&format!("{side}AddressPrefix"));
        out[plural] = json!([]);
        out[format!("{side}ApplicationSecurityGroups")] = json!([to(throw.dice.of::<String>(places.asgs))]);
    } else if throw.dice.one_in(4) {
        let several = json!([out["sourceAddressPrefix"], address(throw, places, v6)]);
        // A list can't hold the star.
        if !several.as_array().expect("a list").contains(&json!("*")) {
            out.as_object_mut().expect("an object").remove("sourceAddressPrefix");
            out["sourceAddressPrefixes"] = several;
        }
    } else if port != "*" && throw.dice.one_in(3) {
        out.as_object_mut().expect("an object").remove("destinationPortRange");
        out["destinationPortRanges"] = json!([port, "9999"]);
    }
    if throw.has(Kind::SourcePorts, 3) {
        out["sourcePortRange"] = json!(throw.dice.of(&["53", "1024-65535", "0-65535"]));
    }
    out
}

fn address(throw: &mut Throw<'_>, places: &Places<'_>, v6: bool) -> String {
    if throw.has(Kind::OneFamily, 3) {
        return (*throw.dice.of(&["0.0.0.0/0", "::/0"])).to_owned();
    }
    if throw.has(Kind::Tags, 3) {
        return (*throw.dice.of(&["Storage", "Sql", "Storage.WestEurope", "AzureCloud"])).to_owned();
    }
    if throw.has(Kind::ClassicTags, 3) {
        return (*throw.dice.of(&["VIRTUAL_NETWORK", "INTERNET", "AZURE_LOADBALANCER", "virtualnetwork"]))
            .to_owned();
    }
    if throw.has(Kind::Platform, 5) {
        return (*throw.dice.of(&["AzurePlatformDNS", "AzurePlatformIMDS", "168.63.129.16"])).to_owned();
    }
    match throw.dice.below(9) {
        0..=2 => "*".to_owned(),
        3 => "VirtualNetwork".to_owned(),
        4 => "Internet".to_owned(),
        5 => "AzureLoadBalancer".to_owned(),
        6 => (*throw.dice.of(&["10.0.0.0/8", "192.168.0.0/16", "8.8.8.8", "10.1.0.0/16", "52.239.0.0/16"]))
            .to_owned(),
        _ => {
            let subnet = throw.dice.of(places.made);
            let family: Vec<&String> = subnet.prefixes.iter().filter(|p| p.contains(':') == v6).collect();
            let host = throw.dice.of(&subnet.hosts);
            match (throw.dice.one_in(2), family.first()) {
                (true, Some(prefix)) => (*prefix).clone(),
                _ => host.iter().find(|a| a.contains(':') == v6).unwrap_or(&host[0]).clone(),
            }
        }
    }
}

/// Makes a part of the rule one that is not understood.
fn spoil(throw: &mut Throw<'_>, rule: &mut Value) {
    let expressions = json!("[parameters('value')]");
    let fields =
        ["sourceAddressPrefix", "destinationPortRange", "protocol", "access", "priority", "direction"];
    let remove = |rule: &mut Value, names: &[&str]| {
        for name in names {
            rule.as_object_mut().expect("an object").remove(*name);
        }
    };
    match throw.dice.below(9) {
        0..=2 => {
            let field = *throw.dice.of(&fields);
            // What is not understood stands alone.
            remove(rule, &["destinationPortRanges"][..usize::from(field == "destinationPortRange")]);
            rule[field] = expressions;
        }
        3 => {
            remove(rule, &["sourceAddressPrefix", "sourceAddressPrefixes", "sourceApplicationSecurityGroups"])
        }
        4 => remove(rule, &["destinationPortRange", "destinationPortRanges"]),
        5 => remove(rule, &["protocol"]),
        6 => rule["protocol"] = json!("Tcpp"),
        7 => rule["destinationAddressPrefix"] = json!("10.0.0/24"),
        _ => remove(rule, &["access"]),
    }
}
