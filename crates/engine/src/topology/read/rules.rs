//! Rules of network security groups.

use super::value::{Object, is_expression, object, reference};
use azflow_core::model::{Address, Decision, Direction, Endpoint, PortRange, Prefix, Protocol, SecurityRule};
use serde_json::Value;

/// Whether an object is a rule.
pub fn is_rule(o: &Object<'_>) -> bool {
    o.has("priority") && o.has("access") && o.has("direction")
}

/// Reads a rule; an error says what of it could not be understood.
pub fn rule(o: &Object<'_>) -> Result<SecurityRule, String> {
    let name = o.text("name").rsplit('/').next().unwrap_or_default().to_owned();
    let wrong = |what: &str, text: &str| format!("rule {name}: {what} is not understood: {text}");
    let priority = o.number("priority").and_then(|n| u16::try_from(n).ok());
    let priority = priority
        .ok_or_else(|| wrong("priority", &o.get("priority").map(Value::to_string).unwrap_or_default()))?;
    let direction = match o.text("direction").to_ascii_lowercase().as_str() {
        "inbound" => Direction::Inbound,
        "outbound" => Direction::Outbound,
        other => return Err(wrong("direction", other)),
    };
    let access = match o.text("access").to_ascii_lowercase().as_str() {
        "allow" => Decision::Allowed,
        "deny" => Decision::Denied,
        other => return Err(wrong("access", other)),
    };
    let protocol = protocol(o.text("protocol")).ok_or_else(|| wrong("protocol", o.text("protocol")))?;
    let ports = |keys: &[&str]| -> Result<Vec<PortRange>, String> {
        let texts = o.texts(keys);
        let list: Result<Vec<_>, String> = texts
            .iter()
            .flat_map(|text| text.split(','))
            .map(|text| port_range(text).ok_or_else(|| wrong("a port", text)))
            .collect();
        Ok(list?).map(|list| if list.is_empty() { vec![PortRange::ALL] } else { list })
    };
    let ends = |keys: &[&str], groups: &str| -> Vec<Endpoint> {
        let mut ends: Vec<Endpoint> =
            o.texts(keys).into_iter().flat_map(|text| text.split(',')).map(endpoint).collect();
        ends.extend(o.list(groups).into_iter().filter_map(reference).map(Endpoint::Asg));
        if ends.is_empty() {
            ends.push(Endpoint::Any);
        }
        let mut seen = Vec::new();
        ends.retain(|end| {
            let new = !seen.contains(end);
            seen.push(end.clone());
            new
        });
        ends
    };
    Ok(SecurityRule {
        description: o.text("description").to_owned(),
        priority,
        direction,
        access,
        protocol,
        sources: ends(&["sourceAddressPrefix", "sourceAddressPrefixes"], "sourceApplicationSecurityGroups"),
        source_ports: ports(&["sourcePortRange", "sourcePortRanges"])?,
        destinations: ends(
            &["destinationAddressPrefix", "destinationAddressPrefixes"],
            "destinationApplicationSecurityGroups",
        ),
        destination_ports: ports(&["destinationPortRange", "destinationPortRanges"])?,
        name,
    })
}

/// Rules in a list; what is none is told to `note`.
pub fn rules(list: Vec<&Value>, note: &mut dyn FnMut(String)) -> Vec<SecurityRule> {
    let mut out = Vec::new();
    for value in list {
        match object(value).map(|o| rule(&o)) {
            Some(Ok(rule)) => out.push(rule),
            Some(Err(why)) => note(why),
            None => {}
        }
    }
    out
}

/// `*`, `Any`, `All` is any protocol; `None` where the text is no protocol.
fn protocol(text: &str) -> Option<Option<Protocol>> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "*" | "any" | "all" | "" => None,
        "tcp" => Some(Protocol::TCP),
        "udp" => Some(Protocol::UDP),
        "icmp" => Some(Protocol::ICMP),
        "esp" => Some(Protocol(50)),
        "ah" => Some(Protocol(51)),
        number => Some(Protocol(number.parse().ok()?)),
    })
}

/// `*`, `443`, `8000-8100`.
pub fn port_range(text: &str) -> Option<PortRange> {
    let text = text.trim();
    if text == "*" || text.eq_ignore_ascii_case("any") {
        return Some(PortRange::ALL);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = PortRange { first: first.trim().parse().ok()?, last: last.trim().parse().ok()? };
    (range.first <= range.last).then_some(range)
}

/// One side of a rule, as it is written.
pub fn endpoint(text: &str) -> Endpoint {
    let text = text.trim();
    if matches!(text, "*" | "0.0.0.0/0" | "::/0") || text.eq_ignore_ascii_case("any") {
        return Endpoint::Any;
    }
    if is_expression(text) {
        return Endpoint::Unknown(text.to_owned());
    }
    if let Some(prefix) = Prefix::parse(text) {
        return Endpoint::Prefix(prefix);
    }
    if let Some((first, last)) = text.split_once('-')
        && let (Some(first), Some(last)) = (Address::parse(first.trim()), Address::parse(last.trim()))
    {
        return if first <= last { Endpoint::Range(first, last) } else { Endpoint::Unknown(text.to_owned()) };
    }
    let is_tag = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if is_tag { Endpoint::Tag(text.to_owned()) } else { Endpoint::Unknown(text.to_owned()) }
}
