//! Rules as a file says them, with what is not understood kept as such.

use super::json::{Said, field, ids, text, texts};
use super::prefix::{Prefix, range};
use serde_json::Value;
use std::net::IpAddr;

/// One part of a rule's source or destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// `*`: every address of both families.
    Any,
    Prefix(Prefix),
    Range(IpAddr, IpAddr),
    /// A word, in small letters and without underscores, so that the classic `VIRTUAL_NETWORK` is `virtualnetwork`.
    Tag(String),
    /// An application security group, by id.
    Members(String),
    Unknown,
}

/// Ports of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    Any,
    Range(u16, u16),
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Any,
    Number(u8),
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Inbound,
    Outbound,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub name: String,
    /// `None` where it is not understood; so for all that follows.
    pub priority: Option<u32>,
    pub direction: Option<Direction>,
    pub allows: Option<bool>,
    pub protocol: Protocol,
    pub source: Vec<Part>,
    pub source_ports: Vec<Ports>,
    pub destination: Vec<Part>,
    pub ports: Vec<Ports>,
}

/// An address as rules and routes write it.
pub fn part(text: &str) -> Part {
    let tag = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    if text == "*" || text.eq_ignore_ascii_case("any") {
        Part::Any
    } else if let Some(prefix) = Prefix::parse(text) {
        Part::Prefix(prefix)
    } else if let Some((first, last)) = range(text) {
        Part::Range(first, last)
    } else if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(tag) {
        Part::Tag(text.replace('_', "").to_lowercase())
    } else {
        Part::Unknown
    }
}

fn ports(text: &str) -> Ports {
    let port = |text: &str| text.trim().parse::<u16>().ok();
    if text == "*" || text == "0-65535" {
        return Ports::Any;
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (port(first), port(last)) {
        (Some(first), Some(last)) if first <= last => Ports::Range(first, last),
        _ => Ports::Unknown,
    }
}

fn protocol(text: &str) -> Protocol {
    match text.to_lowercase().as_str() {
        "*" | "any" | "all" => Protocol::Any,
        "tcp" => Protocol::Number(6),
        "udp" => Protocol::Number(17),
        "icmp" => Protocol::Number(1),
        "esp" => Protocol::Number(50),
        "ah" => Protocol::Number(51),
        other => other.parse().map_or(Protocol::Unknown, Protocol::Number),
    }
}

/// Source or destination. A rule that says nothing of it is not a rule for everything: it was not understood.
fn end(rule: &Value, side: &str) -> Vec<Part> {
    let addresses = texts(rule, &format!("{side}AddressPrefix"), &format!("{side}AddressPrefixes"));
    let members = ids(rule, &format!("{side}ApplicationSecurityGroups"));
    let mut parts: Vec<Part> = addresses.items.iter().map(|text| part(text)).collect();
    parts.extend(members.items.into_iter().map(Part::Members));
    if parts.is_empty() || !addresses.whole || !members.whole {
        parts.push(Part::Unknown);
    }
    parts
}

fn port_list(rule: &Value, side: &str) -> Vec<Ports> {
    let texts = texts(rule, &format!("{side}PortRange"), &format!("{side}PortRanges"));
    let mut list: Vec<Ports> = texts.items.iter().map(|text| ports(text)).collect();
    if list.is_empty() || !texts.whole {
        list.push(Ports::Unknown);
    }
    list
}

impl Rule {
    /// Reads a rule. What is no object (cut off by PowerShell's `-Depth`) is a rule of which nothing is known.
    pub fn read(rule: &Value) -> Self {
        let word = |name| text(rule, name).known().unwrap_or_default().to_lowercase();
        let number = match field(rule, "priority") {
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.parse().ok(),
            _ => None,
        };
        Self {
            name: text(rule, "name").known().unwrap_or_default(),
            priority: number.and_then(|n| u32::try_from(n).ok()),
            direction: match word("direction").as_str() {
                "inbound" => Some(Direction::Inbound),
                "outbound" => Some(Direction::Outbound),
                _ => None,
            },
            allows: match word("access").as_str() {
                "allow" => Some(true),
                "deny" => Some(false),
                _ => None,
            },
            protocol: match text(rule, "protocol") {
                Said::Is(text) => protocol(&text),
                Said::Absent | Said::Unknown => Protocol::Unknown,
            },
            source: end(rule, "source"),
            source_ports: port_list(rule, "source"),
            destination: end(rule, "destination"),
            ports: port_list(rule, "destination"),
        }
    }
}

/// The rules that every group has (Microsoft, "Network security groups", default security rules).
pub fn defaults() -> Vec<Rule> {
    let rule = |name: &str, priority, direction, allows, source: &str, destination: &str| Rule {
        name: name.to_owned(),
        priority: Some(priority),
        direction: Some(direction),
        allows: Some(allows),
        protocol: Protocol::Any,
        source: vec![part(source)],
        source_ports: vec![Ports::Any],
        destination: vec![part(destination)],
        ports: vec![Ports::Any],
    };
    use Direction::{Inbound, Outbound};
    vec![
        rule("AllowVnetInBound", 65_000, Inbound, true, "VirtualNetwork", "VirtualNetwork"),
        rule("AllowAzureLoadBalancerInBound", 65_001, Inbound, true, "AzureLoadBalancer", "*"),
        rule("DenyAllInBound", 65_500, Inbound, false, "*", "*"),
        rule("AllowVnetOutBound", 65_000, Outbound, true, "VirtualNetwork", "VirtualNetwork"),
        rule("AllowInternetOutBound", 65_001, Outbound, true, "*", "Internet"),
        rule("DenyAllOutBound", 65_500, Outbound, false, "*", "*"),
    ]
}
