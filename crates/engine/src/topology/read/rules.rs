//! Rules of network security groups.

use super::value::{Object, is_expression, last, object, plain, reference};
use azflow_core::model::{Address, Decision, Direction, Endpoint, PortRange, Prefix, Protocol, SecurityRule};
use serde_json::Value;
use std::collections::BTreeSet;

/// Whether an object is a rule.
pub fn is_rule(o: &Object<'_>) -> bool {
    o.has("priority") && o.has("access") && o.has("direction")
}

/// Reads a rule. What of it is not understood is as wide as it may be, and the rule says so: one whose direction or
/// access is not understood becomes two.
pub fn rule(o: &Object<'_>) -> Vec<SecurityRule> {
    let mut doubts = Doubts::default();
    let priority = o.number("priority").and_then(|n| u16::try_from(n).ok());
    let priority = priority.unwrap_or_else(|| doubts.add("its priority", o.get("priority"), 0));
    let directions = match o.text("direction").trim().to_ascii_lowercase().as_str() {
        "inbound" => vec![Direction::Inbound],
        "outbound" => vec![Direction::Outbound],
        _ => {
            let both = vec![Direction::Inbound, Direction::Outbound];
            doubts.add("its direction", o.get("direction"), both)
        }
    };
    let accesses = match o.text("access").trim().to_ascii_lowercase().as_str() {
        "allow" => vec![Decision::Allowed],
        "deny" => vec![Decision::Denied],
        _ => doubts.add("its access", o.get("access"), vec![Decision::Allowed, Decision::Denied]),
    };
    let protocol = match o.get("protocol").and_then(|value| protocol(&plain(value)?)) {
        Some(protocol) => protocol,
        None => doubts.add("its protocol", o.get("protocol"), None),
    };
    let sources = ends(
        o,
        ("its source", &["sourceAddressPrefix", "sourceAddressPrefixes"]),
        "sourceApplicationSecurityGroups",
        &mut doubts,
    );
    let destinations = ends(
        o,
        ("its destination", &["destinationAddressPrefix", "destinationAddressPrefixes"]),
        "destinationApplicationSecurityGroups",
        &mut doubts,
    );
    let source_ports = ports(o, ("its source port", &["sourcePortRange", "sourcePortRanges"]), &mut doubts);
    let destination_ports =
        ports(o, ("its port", &["destinationPortRange", "destinationPortRanges"]), &mut doubts);
    let one = SecurityRule {
        name: last(o.text("name")).to_owned(),
        description: o.text("description").to_owned(),
        priority,
        direction: Direction::Inbound,
        access: Decision::Allowed,
        protocol,
        sources,
        source_ports,
        destinations,
        destination_ports,
        doubt: doubts.finish(),
    };
    let mut out = Vec::new();
    for direction in directions {
        for access in &accesses {
            out.push(SecurityRule { direction, access: *access, ..one.clone() });
        }
    }
    out
}

/// What of a rule is not understood.
#[derive(Debug, Default)]
struct Doubts(Vec<String>);

impl Doubts {
    /// Notes a part that is missing or not understood, and gives the widest that it may be.
    fn add<T>(&mut self, part: &str, value: Option<&Value>, widest: T) -> T {
        self.0.push(match value {
            Some(value) => format!("{part} is not understood: {}", shown(value)),
            None => format!("{part} is not in the file"),
        });
        widest
    }

    fn finish(mut self) -> Option<String> {
        self.0.dedup();
        (!self.0.is_empty()).then(|| self.0.join("; "))
    }
}

/// A value in a sentence.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(120).collect()
}

/// All values under some keys: a text, a number, a list of them, each split at commas; empty ones are left out. What
/// is neither comes back as it is.
fn values(o: &Object<'_>, keys: &[&str]) -> Vec<Result<String, Value>> {
    let mut out = Vec::new();
    let mut take = |value: &Value| match plain(value).map(|text| text.trim().to_owned()) {
        Some(text) if is_expression(&text) => out.push(Ok(text)),
        Some(text) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            out.extend(parts.map(|part| Ok(part.to_owned())));
        }
        None => out.push(Err(value.clone())),
    };
    for key in keys {
        match o.get(key) {
            Some(Value::Array(_)) => o.list(key).into_iter().for_each(&mut take),
            Some(Value::Object(_)) => {
                let list = o.list(key);
                list.into_iter().for_each(&mut take);
            }
            Some(value) => take(value),
            None => {}
        }
    }
    out
}

fn ends(o: &Object<'_>, (part, keys): (&str, &[&str]), groups: &str, doubts: &mut Doubts) -> Vec<Endpoint> {
    let mut ends: Vec<Endpoint> = Vec::new();
    for value in values(o, keys) {
        ends.push(match value {
            Ok(text) => endpoint(&text),
            Err(value) => Endpoint::Unknown(shown(&value)),
        });
    }
    for group in o.list(groups) {
        ends.push(match reference(group) {
            Some(id) => Endpoint::Asg(id),
            None => Endpoint::Unknown(shown(group)),
        });
    }
    if let Some(Value::String(text)) = o.get(groups)
        && !text.trim().is_empty()
    {
        ends.push(Endpoint::Unknown(shown(&Value::String(text.clone()))));
    }
    if ends.is_empty() {
        ends.push(doubts.add(part, None, Endpoint::Unknown("not in the file".to_owned())));
    }
    let mut seen = BTreeSet::new();
    ends.retain(|end| seen.insert(end.clone()));
    ends
}

fn ports(o: &Object<'_>, (part, keys): (&str, &[&str]), doubts: &mut Doubts) -> Vec<PortRange> {
    let mut out = Vec::new();
    let mut is_known = true;
    for value in values(o, keys) {
        match &value {
            Ok(text) => match port_range(text) {
                Some(range) => out.push(range),
                None => is_known = doubts.add(part, Some(&Value::String(text.clone())), false),
            },
            Err(value) => is_known = doubts.add(part, Some(value), false),
        }
    }
    if is_known && out.is_empty() {
        is_known = doubts.add(part, None, false);
    }
    if is_known { out } else { vec![PortRange::ALL] }
}

/// Rules in a list; what of them is not understood is told to `note`, and whether anything in the list is no rule.
pub fn rules(list: Vec<&Value>, note: &mut dyn FnMut(String)) -> (Vec<SecurityRule>, bool) {
    let mut out = Vec::new();
    let mut other = false;
    for value in list {
        let Some(o) = object(value).filter(looks_like_rule) else {
            other = true;
            continue;
        };
        let read = rule(&o);
        if let Some((name, why)) = read.first().and_then(|rule| Some((&rule.name, rule.doubt.as_ref()?))) {
            note(format!("rule {name}: {why}"));
        }
        out.extend(read);
    }
    (out, other)
}

/// Whether an object in a list of rules is one, if only in part.
pub fn looks_like_rule(o: &Object<'_>) -> bool {
    ["priority", "access", "direction", "protocol"].iter().any(|key| o.has(key))
}

/// `*`, `Any`, `All` is any protocol; `None` where the text is no protocol.
fn protocol(text: &str) -> Option<Option<Protocol>> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "*" | "any" | "all" => None,
        "tcp" => Some(Protocol::TCP),
        "udp" => Some(Protocol::UDP),
        "icmp" => Some(Protocol::ICMP),
        "icmpv6" => Some(Protocol::numbered(58)),
        "esp" => Some(Protocol::numbered(50)),
        "ah" => Some(Protocol::numbered(51)),
        number => Some(Protocol::numbered(number.parse().ok()?)),
    })
}

/// `*`, `443`, `8000-8100`.
pub fn port_range(text: &str) -> Option<PortRange> {
    let text = text.trim();
    if text == "*" || text.eq_ignore_ascii_case("any") || text.eq_ignore_ascii_case("all") {
        return Some(PortRange::ALL);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = PortRange { first: first.trim().parse().ok()?, last: last.trim().parse().ok()? };
    (range.first <= range.last).then_some(range)
}

/// One side of a rule, as it is written.
pub fn endpoint(text: &str) -> Endpoint {
    let text = text.trim();
    if text == "*" || text.eq_ignore_ascii_case("any") {
        return Endpoint::Any;
    }
    // The names that tags had in classic deployments.
    for (classic, tag) in [
        ("VIRTUAL_NETWORK", "VirtualNetwork"),
        ("AZURE_LOADBALANCER", "AzureLoadBalancer"),
        ("INTERNET", "Internet"),
    ] {
        if text.eq_ignore_ascii_case(classic) {
            return Endpoint::Tag(tag.to_owned());
        }
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
        return if first <= last && first.v4().is_some() == last.v4().is_some() {
            Endpoint::Range(first, last)
        } else {
            Endpoint::Unknown(text.to_owned())
        };
    }
    let is_tag = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
    if is_tag { Endpoint::Tag(text.to_owned()) } else { Endpoint::Unknown(text.to_owned()) }
}
