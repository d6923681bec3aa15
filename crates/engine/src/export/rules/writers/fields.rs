//! What a rule consists of, under the names of Azure's API; other languages write the same names their way.

use crate::export::endpoint_text;
use azflow_core::model::{Decision, Direction, Endpoint, PortRange, SecurityRule};

/// A field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(u16),
    /// One or several, which have another name: what the plural adds.
    List(Vec<String>, &'static str),
    /// Ids of application security groups.
    Groups(Vec<String>),
}

/// A name in camel case and a value.
pub type Field = (&'static str, Value);

/// A rule's fields but for its name, in the order in which they are written.
pub fn fields(rule: &SecurityRule) -> Vec<Field> {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut out = vec![
        ("description", text(&rule.description)),
        ("priority", Value::Number(rule.priority)),
        ("direction", text(if rule.direction == Direction::Inbound { "Inbound" } else { "Outbound" })),
        ("access", text(if rule.access == Decision::Allowed { "Allow" } else { "Deny" })),
        ("protocol", text(protocol(rule))),
    ];
    let ports = |list: &[PortRange]| Value::List(list.iter().map(PortRange::to_string).collect(), "s");
    ends(&mut out, ["sourceAddressPrefix", "sourceApplicationSecurityGroups"], &rule.sources);
    out.push(("sourcePortRange", ports(&rule.source_ports)));
    ends(&mut out, ["destinationAddressPrefix", "destinationApplicationSecurityGroups"], &rule.destinations);
    out.push(("destinationPortRange", ports(&rule.destination_ports)));
    out
}

fn ends(out: &mut Vec<Field>, [prefix, groups]: [&'static str; 2], list: &[Endpoint]) {
    let is_group = |end: &&Endpoint| matches!(end, Endpoint::Asg(_));
    let (asgs, rest): (Vec<&Endpoint>, Vec<&Endpoint>) = list.iter().partition(is_group);
    let texts = |list: Vec<&Endpoint>| list.into_iter().map(endpoint_text).collect::<Vec<_>>();
    if !rest.is_empty() {
        out.push((prefix, Value::List(texts(rest), "es")));
    }
    if !asgs.is_empty() {
        out.push((groups, Value::Groups(texts(asgs))));
    }
}

pub fn protocol(rule: &SecurityRule) -> &'static str {
    match rule.protocol.map(|p| p.number().unwrap_or_default()) {
        Some(1) => "Icmp",
        Some(6) => "Tcp",
        Some(17) => "Udp",
        Some(50) => "Esp",
        Some(51) => "Ah",
        _ => "*",
    }
}

/// `sourcePortRange` as `source-port-range` or `source_port_range`.
pub fn cased(camel: &str, between: char) -> String {
    let mut out = String::with_capacity(camel.len() + 4);
    for c in camel.chars() {
        if c.is_ascii_uppercase() {
            out.push(between);
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_their_case() {
        assert_eq!(cased("destinationAddressPrefix", '-'), "destination-address-prefix");
        assert_eq!(cased("priority", '_'), "priority");
    }
}
