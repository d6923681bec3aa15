//! The rules of a group and direction, ready to be asked for protocol and port.

use super::world::PlatformService;
use azflow_core::model::{Decision, Endpoint, PortRange, Protocol, SecurityRule};
use hashbrown::HashMap;

/// Rules of one group and direction.
#[derive(Debug)]
pub struct List {
    /// In the order of evaluation, defaults last.
    pub rules: Vec<SecurityRule>,
    /// What each asks of protocol and ports.
    pub quick: Vec<Quick>,
    /// Words of bits that have one for each rule.
    pub words: usize,
    /// For sources and for destinations, by rule: the first rule with the same ones. Most rules of a draft share theirs.
    pub same: [Vec<u32>; 2],
}

impl List {
    /// Out of rules in the order of evaluation.
    pub fn new(rules: Vec<SecurityRule>) -> Self {
        Self {
            quick: rules.iter().map(Quick::new).collect(),
            words: rules.len().div_ceil(64),
            same: [same(&rules, |rule| &rule.sources), same(&rules, |rule| &rule.destinations)],
            rules,
        }
    }
}

/// By rule, the first with the same ends.
fn same(rules: &[SecurityRule], ends: impl Fn(&SecurityRule) -> &Vec<Endpoint>) -> Vec<u32> {
    let mut first: HashMap<&Vec<Endpoint>, u32> = HashMap::new();
    (0..).zip(rules).map(|(at, rule)| *first.entry(ends(rule)).or_insert(at)).collect()
}

/// What a rule asks of protocol and ports.
#[derive(Debug)]
pub struct Quick {
    protocol: Option<Protocol>,
    /// Sorted, apart from each other.
    ports: Vec<PortRange>,
    /// Whether it matches for certain what its fields match.
    pub sure: bool,
    /// Whether it may name a service of the platform.
    pub names: [bool; SERVICES.len()],
    pub access: Decision,
    pub priority: u16,
}

/// The services of the platform that a rule can name.
pub const SERVICES: [PlatformService; 3] =
    [PlatformService::Dns, PlatformService::Metadata, PlatformService::Licensing];

impl Quick {
    fn new(rule: &SecurityRule) -> Self {
        Self {
            protocol: rule.protocol,
            ports: joined(&rule.destination_ports),
            sure: rule.doubt.is_none() && rule.source_ports.contains(&PortRange::ALL),
            names: SERVICES.map(|service| service.may_be_named(rule)),
            access: rule.access,
            priority: rule.priority,
        }
    }

    pub fn fits(&self, protocol: Protocol, port: Option<u16>) -> bool {
        if self.protocol.is_some_and(|own| own != protocol) {
            return false;
        }
        match port {
            None => self.ports == [PortRange::ALL],
            Some(port) => {
                let at = self.ports.partition_point(|range| range.last < port);
                self.ports.get(at).is_some_and(|range| range.first <= port)
            }
        }
    }
}

/// Ranges sorted, those that overlap or touch as one.
pub fn joined(ranges: &[PortRange]) -> Vec<PortRange> {
    let mut sorted: Vec<u32> = ranges.iter().map(|r| u32::from(r.first) << 16 | u32::from(r.last)).collect();
    sorted.sort_unstable();
    let mut out: Vec<PortRange> = Vec::new();
    for range in sorted {
        let (first, last) = ((range >> 16) as u16, range as u16);
        match out.last_mut() {
            Some(before) if u32::from(first) <= u32::from(before.last) + 1 => {
                before.last = before.last.max(last)
            }
            _ => out.push(PortRange { first, last }),
        }
    }
    out
}
