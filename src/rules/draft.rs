//! Rules out of traffic: for each destination subnet what was needed, then a deny of the rest of the
//! virtual network.
//!
//! Only allowed traffic seeds a rule; denied attempts, noise and Azure's own never do. Every rule
//! keeps what it rests on. A draft blocks nothing that seeded it, and opens no port and no source prefix
//! that no seed has; what it opens within those is counted.

use super::Observed;
use crate::model::{
    Address, Decision, Direction, Endpoint, Nsg, PortRange, Prefix, Protocol, SecurityRule, UnixMillis,
};
use crate::topology::{Assignment, SubnetKind};
use std::collections::{BTreeMap, BTreeSet};

/// Azure's limits: rules of a group, prefixes of a rule's side, length of a name.
const MOST_RULES: usize = 1000;
const MOST_PREFIXES: usize = 4000;
const MOST_NAME: usize = 80;
/// The first priority of an allow, and of the last.
const PRIORITIES: (u16, u16) = (100, 3900);

/// How exact the source of a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// Whole subnets.
    #[default]
    Subnet,
    /// The addresses that were seen.
    Host,
}

/// The knobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftOptions {
    /// Whole subnets or single addresses.
    pub scope: Scope,
    /// Whether groups for sources' outbound side are drafted too.
    pub outbound: bool,
    /// Services with fewer flows than this seed no rule (those begun earlier always do).
    pub least_flows: u64,
    /// The priority of the deny of the rest.
    pub deny_priority: u16,
}

impl Default for DraftOptions {
    fn default() -> Self {
        Self { scope: Scope::Subnet, outbound: false, least_flows: 1, deny_priority: 4000 }
    }
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DraftError {
    /// Azure takes 1,000 rules in a group.
    #[error(
        "{0} would need {1} rules; Azure allows {MOST_RULES} in a group. Draft by subnet, or raise the least number of flows"
    )]
    TooManyRules(String, usize),
    /// Azure takes 4,000 addresses and ranges on a side.
    #[error(
        "a rule of {0} would need {1} addresses; Azure allows {MOST_PREFIXES}. Draft by subnet instead of by host"
    )]
    TooManyPrefixes(String, usize),
}

/// A rule with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftedRule {
    /// The rule.
    pub rule: SecurityRule,
    /// Conversations and flows that seeded it; none for the deny and the guard.
    pub conversations: u64,
    /// See above.
    pub flows: u64,
    /// Distinct sources and destinations.
    pub hosts: (u64, u64),
    /// Earliest and latest tuple.
    pub seen: Option<(UnixMillis, UnixMillis)>,
}

/// A group for one subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftedNsg {
    /// The group, its rules in order.
    pub nsg: Nsg,
    /// The subnet that it is for.
    pub subnet: String,
    /// Its prefixes.
    pub prefixes: Vec<Prefix>,
    /// The same rules with their evidence.
    pub rules: Vec<DraftedRule>,
}

/// A draft.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Groups, by subnet.
    pub groups: Vec<DraftedNsg>,
    /// Conversations that seeded rules, by index.
    pub seeds: Vec<usize>,
    /// Address pairs with a port that rules open and nobody was seen to use.
    pub opened_unseen: u128,
    /// Subnets left out because Azure reserves them.
    pub left_out: Vec<String>,
}

/// One end of a conversation as rules know it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Subnet(String),
    Internet,
}

#[derive(Debug, Default)]
struct Need {
    ports: BTreeSet<Option<u16>>,
    conversations: u64,
    flows: u64,
    sources: BTreeSet<Address>,
    destinations: BTreeSet<Address>,
    triples: BTreeSet<(Address, Address, Option<u16>)>,
    seen: Option<(UnixMillis, UnixMillis)>,
}

impl Need {
    fn add(&mut self, seen: &Observed) {
        self.ports.insert(seen.port);
        self.conversations += 1;
        self.flows += seen.tally.allowed_flows;
        self.sources.insert(seen.src);
        self.destinations.insert(seen.dst);
        self.triples.insert((seen.src, seen.dst, seen.port));
        let (first, last) = self.seen.unwrap_or((seen.first, seen.last));
        self.seen = Some((first.min(seen.first), last.max(seen.last)));
    }
}

/// Where addresses are, for a draft: subnets with their names and prefixes.
#[derive(Debug)]
pub struct Places<'a> {
    /// The address of every number of `subnets`.
    pub addresses: &'a [Address],
    /// Which subnet each is in.
    pub subnets: &'a Assignment,
    /// Prefixes of named subnets, by the name shown.
    pub prefixes: &'a BTreeMap<String, Vec<Prefix>>,
}

impl Places<'_> {
    fn prefixes_of(&self, name: &str) -> Vec<Prefix> {
        self.prefixes.get(name).cloned().unwrap_or_else(|| Prefix::parse(name).into_iter().collect())
    }
}

/// Drafts groups for the subnets that traffic goes to.
///
/// # Errors
/// Where Azure would not take the result.
pub fn draft(traffic: &[Observed], places: &Places<'_>, options: DraftOptions) -> Result<Draft, DraftError> {
    let subnet_of: BTreeMap<Address, usize> = places
        .addresses
        .iter()
        .zip(&places.subnets.subnet_of)
        .map(|(address, subnet)| (*address, *subnet as usize))
        .collect();
    let side = |address: Address| -> Option<(Side, bool)> {
        let subnet = places.subnets.subnets.get(*subnet_of.get(&address)?)?;
        match subnet.kind {
            SubnetKind::Special(_) => Some((Side::Subnet(subnet.name.clone()), true)),
            SubnetKind::Named
            | SubnetKind::Carried
            | SubnetKind::InferredPrivate
            | SubnetKind::InferredLocal => {
                let known = !places.prefixes_of(&subnet.name).is_empty();
                known.then(|| (Side::Subnet(subnet.name.clone()), false))
            }
            SubnetKind::Internet | SubnetKind::ServiceTag => Some((Side::Internet, false)),
            _ => None,
        }
    };
    let mut out = Draft::default();
    let mut needs: BTreeMap<(Direction, String), BTreeMap<(Side, Protocol), Need>> = BTreeMap::new();
    let mut left_out = BTreeSet::new();
    for (index, seen) in traffic.iter().enumerate() {
        if seen.is_platform() {
            continue;
        }
        let (Some((src, src_special)), Some((dst, dst_special))) = (side(seen.src), side(seen.dst)) else {
            continue;
        };
        for (here, other, special, direction) in
            [(&dst, &src, dst_special, Direction::Inbound), (&src, &dst, src_special, Direction::Outbound)]
        {
            let Side::Subnet(name) = here else { continue };
            if direction == Direction::Outbound && !options.outbound {
                continue;
            }
            if special {
                left_out.insert(name.clone());
                continue;
            }
            // A subnet that was only refused gets its deny all the same.
            let need = needs.entry((direction, name.clone())).or_default();
            let seeds = seen.allowed
                && !seen.noise.is_noise()
                && (seen.begun_earlier || seen.tally.allowed_flows >= options.least_flows);
            if seeds {
                need.entry((other.clone(), seen.protocol)).or_default().add(seen);
                out.seeds.push(index);
            }
        }
    }
    out.seeds.sort_unstable();
    out.seeds.dedup();
    out.left_out = left_out.into_iter().collect();
    let mut groups: BTreeMap<String, DraftedNsg> = BTreeMap::new();
    for ((direction, name), needs) in needs {
        let prefixes = places.prefixes_of(&name);
        let group = groups.entry(name.clone()).or_insert_with(|| DraftedNsg {
            nsg: Nsg { name: format!("nsg-{}", plain(&name)), ..Nsg::default() },
            subnet: name.clone(),
            prefixes: prefixes.clone(),
            rules: Vec::new(),
        });
        rules(group, direction, &name, needs, places, options, &mut out.opened_unseen)?;
    }
    out.groups = groups.into_values().collect();
    for group in &mut out.groups {
        group.nsg.rules = group.rules.iter().map(|drafted| drafted.rule.clone()).collect();
    }
    Ok(out)
}

fn rules(
    group: &mut DraftedNsg,
    direction: Direction,
    name: &str,
    needs: BTreeMap<(Side, Protocol), Need>,
    places: &Places<'_>,
    options: DraftOptions,
    opened: &mut u128,
) -> Result<(), DraftError> {
    let count = needs.len();
    if count + 2 > MOST_RULES {
        return Err(DraftError::TooManyRules(name.to_owned(), count + 2));
    }
    let step = (usize::from(PRIORITIES.1 - PRIORITIES.0) / count.max(1)).clamp(1, 10) as u16;
    let mut used = BTreeSet::new();
    for (index, ((other, protocol), need)) in needs.into_iter().enumerate() {
        let here: Vec<Endpoint> = group.prefixes.iter().map(|p| Endpoint::Prefix(*p)).collect();
        let hosts = if direction == Direction::Inbound { &need.sources } else { &need.destinations };
        let there: Vec<Endpoint> = match (&other, options.scope) {
            (Side::Internet, _) => vec![Endpoint::Tag("Internet".to_owned())],
            (Side::Subnet(_), Scope::Host) => {
                hosts.iter().map(|a| Endpoint::Prefix(Prefix::of(*a, 128))).collect()
            }
            (Side::Subnet(other), Scope::Subnet) => {
                places.prefixes_of(other).into_iter().map(Endpoint::Prefix).collect()
            }
        };
        if there.len().max(here.len()) > MOST_PREFIXES {
            return Err(DraftError::TooManyPrefixes(name.to_owned(), there.len()));
        }
        let ports = ports(&need.ports);
        if other != Side::Internet {
            let pairs = addresses(&here).saturating_mul(addresses(&there));
            let width: u128 = if need.ports.contains(&None) { 1 } else { need.ports.len() as u128 };
            *opened =
                opened.saturating_add(pairs.saturating_mul(width).saturating_sub(need.triples.len() as u128));
        }
        let other_name = match &other {
            Side::Internet => "Internet".to_owned(),
            Side::Subnet(name) => plain(name),
        };
        let (from, to) = match direction {
            Direction::Inbound => (other_name, plain(name)),
            Direction::Outbound => (plain(name), other_name),
        };
        let (sources, destinations) =
            if direction == Direction::Inbound { (there, here) } else { (here, there) };
        let seen = need.seen;
        let rule = SecurityRule {
            name: unique(&rule_name("Allow", &from, &to, Some((protocol, &need.ports))), &mut used),
            description: format!("Seen: flows {}, conversations {}", need.flows, need.conversations),
            priority: PRIORITIES.0 + step * index as u16,
            direction,
            access: Decision::Allowed,
            protocol: azure_protocol(protocol),
            sources,
            source_ports: vec![PortRange::ALL],
            destinations,
            destination_ports: ports,
        };
        group.rules.push(DraftedRule {
            rule,
            conversations: need.conversations,
            flows: need.flows,
            hosts: (need.sources.len() as u64, need.destinations.len() as u64),
            seen,
        });
    }
    let here: Vec<Endpoint> = group.prefixes.iter().map(|p| Endpoint::Prefix(*p)).collect();
    let mut plain_rule = |name: String, priority, access, other: &str, description: &str| {
        let there = vec![Endpoint::Tag(other.to_owned())];
        let (sources, destinations) =
            if direction == Direction::Inbound { (there, here.clone()) } else { (here.clone(), there) };
        let rule = SecurityRule {
            name,
            description: description.to_owned(),
            priority,
            direction,
            access,
            protocol: None,
            sources,
            source_ports: vec![PortRange::ALL],
            destinations,
            destination_ports: vec![PortRange::ALL],
        };
        group.rules.push(DraftedRule { rule, conversations: 0, flows: 0, hosts: (0, 0), seen: None });
    };
    if direction == Direction::Inbound {
        // VirtualNetwork holds 168.63.129.16: without this the deny would cut the load balancer's probes.
        let name = unique(&rule_name("Allow", "AzureLoadBalancer", &plain(name), None), &mut used);
        let why = "The probes of load balancers, which the deny below would cut";
        plain_rule(
            name,
            options.deny_priority.saturating_sub(10),
            Decision::Allowed,
            "AzureLoadBalancer",
            why,
        );
    }
    let (from, to) = match direction {
        Direction::Inbound => ("VirtualNetwork".to_owned(), plain(name)),
        Direction::Outbound => (plain(name), "VirtualNetwork".to_owned()),
    };
    let deny = unique(&rule_name("Deny", &from, &to, None), &mut used);
    plain_rule(
        deny,
        options.deny_priority,
        Decision::Denied,
        "VirtualNetwork",
        "The rest of the virtual network",
    );
    Ok(())
}

/// Protocols that a rule can name; others need any.
fn azure_protocol(protocol: Protocol) -> Option<Protocol> {
    matches!(protocol.0, 1 | 6 | 17 | 50 | 51).then_some(protocol)
}

/// Ports as Azure takes them: neighbours together, nothing between that was not seen.
fn ports(ports: &BTreeSet<Option<u16>>) -> Vec<PortRange> {
    let mut out: Vec<PortRange> = Vec::new();
    for port in ports {
        let Some(port) = *port else { return vec![PortRange::ALL] };
        match out.last_mut() {
            Some(range) if range.last.checked_add(1) == Some(port) => range.last = port,
            _ => out.push(PortRange::one(port)),
        }
    }
    out
}

fn addresses(ends: &[Endpoint]) -> u128 {
    ends.iter()
        .map(|end| match end {
            Endpoint::Prefix(prefix) => prefix.last().bits() - prefix.first().bits() + 1,
            _ => 1,
        })
        .fold(0, u128::saturating_add)
}

/// A name as part of a rule's name: letters, digits, dots, dashes.
fn plain(name: &str) -> String {
    let text: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' })
        .collect();
    text.trim_matches(['.', '-']).to_owned()
}

fn rule_name(
    verb: &str,
    from: &str,
    to: &str,
    service: Option<(Protocol, &BTreeSet<Option<u16>>)>,
) -> String {
    let mut name = format!("{verb}_{from}_to_{to}");
    if let Some((protocol, ports)) = service {
        name.push_str(&format!("_{}", protocol.to_string().to_ascii_uppercase()));
        let all: Vec<String> = ports.iter().flatten().map(u16::to_string).collect();
        match all.as_slice() {
            [] => {}
            few if few.len() <= 3 => name.push_str(&format!("_{}", few.join("_"))),
            many => name.push_str(&format!("_{}_ports", many.len())),
        }
    }
    name
}

/// At most 80 characters, unlike any before, ending as Azure wants it.
fn unique(name: &str, used: &mut BTreeSet<String>) -> String {
    for number in 1u32.. {
        let tail = if number == 1 { String::new() } else { format!("_{number}") };
        let mut head: String = name.chars().take(MOST_NAME - tail.len()).collect();
        while head.ends_with(['.', '-']) {
            head.pop();
        }
        let candidate = head + &tail;
        if used.insert(candidate.to_ascii_lowercase()) {
            return candidate;
        }
    }
    String::new()
}
