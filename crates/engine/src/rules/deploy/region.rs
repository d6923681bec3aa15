//! What rules match, as far as it can be proved of two of them whatever tags and application security groups mean.
//!
//! Every answer errs to one side: what is not proved is not said. So an order of steps that rests on these answers is
//! safe in every network.

use crate::rules::lists::joined;
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Decision, Endpoint, PortRange, Protocol, SecurityRule};

/// What a rule matches, and what it says then. Rules that differ in name, priority or spelling alone are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Region {
    pub access: Decision,
    protocol: Option<Protocol>,
    sources: Vec<Endpoint>,
    source_ports: Vec<PortRange>,
    destinations: Vec<Endpoint>,
    destination_ports: Vec<PortRange>,
}

impl Region {
    pub fn of(rule: &SecurityRule) -> Self {
        Self {
            access: rule.access,
            protocol: rule.protocol,
            sources: ends(&rule.sources),
            source_ports: joined(&rule.source_ports),
            destinations: ends(&rule.destinations),
            destination_ports: joined(&rule.destination_ports),
        }
    }

    /// Whether it matches whatever all of these match at once.
    pub fn holds(&self, all: &[&Self]) -> bool {
        let protocol = |one: &&Self| self.protocol.is_none() || self.protocol == one.protocol;
        all.iter().any(protocol)
            && all.iter().any(|one| are_within(&one.sources, &self.sources))
            && all.iter().any(|one| are_within(&one.destinations, &self.destinations))
            && all.iter().any(|one| ports_within(&one.source_ports, &self.source_ports))
            && all.iter().any(|one| ports_within(&one.destination_ports, &self.destination_ports))
    }

    /// Whether no flow is matched by both.
    pub fn is_apart(&self, other: &Self) -> bool {
        let differ = matches!((self.protocol, other.protocol), (Some(one), Some(two)) if one != two);
        // Whether ports count for a protocol that has none is not said anywhere, so they tell rules apart where
        // there are ports for certain.
        let has_ports = [self, other].iter().any(|one| one.protocol.is_some_and(Protocol::has_ports));
        differ
            || are_apart(&self.sources, &other.sources)
            || are_apart(&self.destinations, &other.destinations)
            || has_ports && ports_apart(&self.source_ports, &other.source_ports)
            || has_ports && ports_apart(&self.destination_ports, &other.destination_ports)
    }
}

/// Ends in one order and spelling.
fn ends(list: &[Endpoint]) -> Vec<Endpoint> {
    let spelled = |end: &Endpoint| match end {
        Endpoint::Tag(tag) => Endpoint::Tag(tag.to_ascii_lowercase()),
        other => other.clone(),
    };
    let mut out: Vec<Endpoint> = list.iter().map(spelled).collect();
    out.sort_small();
    out.dedup();
    out
}

fn is_v4(address: Address) -> bool {
    address.v4().is_some()
}

fn is_within(one: &Endpoint, other: &Endpoint) -> bool {
    // Only a rule that names one of the platform's services decides over it: to such a flow no other end is wider.
    let names_service = matches!(one, Endpoint::Tag(tag) if tag.starts_with("azureplatform"));
    if one == other || *other == Endpoint::Any && !names_service {
        return true;
    }
    match (one.span(), other.span()) {
        (Some(one), Some(other)) => is_v4(one.0) == is_v4(other.0) && other.0 <= one.0 && one.1 <= other.1,
        _ => false,
    }
}

fn are_within(some: &[Endpoint], others: &[Endpoint]) -> bool {
    some == others || some.iter().all(|one| others.iter().any(|other| is_within(one, other)))
}

fn are_apart(some: &[Endpoint], others: &[Endpoint]) -> bool {
    let apart = |one: &Endpoint, other: &Endpoint| match (one.span(), other.span()) {
        (Some(one), Some(other)) => is_v4(one.0) != is_v4(other.0) || other.1 < one.0 || one.1 < other.0,
        _ => false,
    };
    some.iter().all(|one| others.iter().all(|other| apart(one, other)))
}

fn ports_within(some: &[PortRange], others: &[PortRange]) -> bool {
    let within = |one: &PortRange| others.iter().any(|other| other.holds(*one));
    some.iter().all(within)
}

fn ports_apart(some: &[PortRange], others: &[PortRange]) -> bool {
    some.iter().all(|one| others.iter().all(|other| other.last < one.first || one.last < other.first))
}
