//! What becomes of a flow: each group on its way, in Azure's order, in every world that the files leave open.

use super::members::{End, Member, any, settle};
use super::objects::{Files, Group, name};
use super::places::{Applies, Place};
use super::prefix::{HOST, LICENSING, METADATA};
use super::rules::{Direction, Part, Ports, Protocol, Rule, defaults};
use super::worlds::{World, every};
use std::net::IpAddr;

/// A connection's first packet. Replies need no rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    pub src: IpAddr,
    pub dst: IpAddr,
    pub protocol: u8,
    /// The destination port of TCP and UDP.
    pub port: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    Deny,
    Undecidable,
}

/// What one group says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The group's id.
    pub group: String,
    /// The rule that decides; `None` for a group whose rules are not on file.
    pub rule: Option<String>,
    pub allows: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub verdict: Verdict,
    /// The groups on the way up to the first that denies, where all worlds agree on them.
    pub steps: Option<Vec<Step>>,
    /// What was not known. With a definite verdict it made no difference.
    pub open: Vec<String>,
}

fn allowed(steps: &[Step]) -> bool {
    steps.iter().all(|step| step.allows)
}

impl Files {
    pub fn decide(&self, flow: Flow) -> Answer {
        let both =
            |ways: &[Vec<Step>]| ways.iter().any(|way| allowed(way)) && ways.iter().any(|way| !allowed(way));
        let (ways, open) = every(|world| self.steps(flow, world), both);
        let verdict = match () {
            () if both(&ways) => Verdict::Undecidable,
            () if ways.iter().all(|way| allowed(way)) => Verdict::Allow,
            () => Verdict::Deny,
        };
        Answer { verdict, steps: (ways.len() == 1).then(|| ways[0].clone()), open }
    }

    /// The groups on the way in one world: out at the NIC, then the subnet; in at the subnet, then the NIC.
    fn steps(&self, flow: Flow, world: &mut World) -> Vec<Step> {
        let (from, to) = (self.place(flow.src, world), self.place(flow.dst, world));
        let ends =
            [End { address: flow.src, place: from.as_ref() }, End { address: flow.dst, place: to.as_ref() }];
        let mut steps = Vec::new();
        for direction in [Direction::Outbound, Direction::Inbound] {
            let own = if direction == Direction::Outbound { ends[0] } else { ends[1] };
            let Some(here) = own.place else { continue };
            // Nothing is opened from a private endpoint; as far as a flow says so, its subnet's group has it.
            if direction == Direction::Inbound && self.is_unjudged_endpoint(own.address, here, world) {
                continue;
            }
            let mut stages = [true, false];
            if direction == Direction::Inbound {
                stages.reverse();
            }
            for at_nic in stages {
                let applies = if at_nic {
                    self.nic_group(own.address, here, world)
                } else {
                    self.subnet_group(here, world)
                };
                let Some(applies) = applies else { continue };
                steps.extend(self.step(&applies, direction, flow, ends, here, at_nic, world));
                if !allowed(&steps) {
                    return steps;
                }
            }
        }
        steps
    }

    #[expect(clippy::too_many_arguments, reason = "a stage is all of these")]
    fn step(
        &self,
        applies: &Applies,
        direction: Direction,
        flow: Flow,
        ends: [End<'_>; 2],
        here: &Place<'_>,
        at_nic: bool,
        world: &mut World,
    ) -> Option<Step> {
        // What no tag names no rule can stop, whatever the group.
        if platform_service(flow, direction) == Some(None) {
            return None;
        }
        let unknown = |why: String, world: &mut World| {
            let allows = world.is(&why);
            Some(Step { group: String::new(), rule: None, allows })
        };
        let id = match applies {
            Applies::Open(why) => return unknown(format!("{why} ({direction:?})"), world),
            Applies::Group(id) => id,
        };
        let versions: Vec<&Group> = self.groups.iter().filter(|group| group.id == *id).collect();
        if versions.is_empty() {
            let place = match (at_nic, place_name(here)) {
                (true, (_, nic)) => format!("NIC {nic}"),
                (false, (subnet, _)) => format!("subnet {subnet}"),
            };
            let why = format!("{place} has {}, which is not on file ({direction:?})", name(id));
            return unknown(why, world).map(|step| Step { group: id.clone(), ..step });
        }
        let group = versions[world.pick(&format!("which {id} is in force"), versions.len())];
        let (rule, allows) = self.judge(group, direction, flow, ends, here, world)?;
        Some(Step { group: id.clone(), rule: Some(rule), allows })
    }

    /// The rule of a group that decides. `None` where the platform lets the flow pass outside the rules.
    fn judge(
        &self,
        group: &Group,
        direction: Direction,
        flow: Flow,
        ends: [End<'_>; 2],
        here: &Place<'_>,
        world: &mut World,
    ) -> Option<(String, bool)> {
        let mut rules: Vec<Rule> = group.rules.clone();
        let own_defaults =
            if group.default_rules.is_empty() { defaults() } else { group.default_rules.clone() };
        rules.extend(own_defaults);
        let service = platform_service(flow, direction).filter(|tag| {
            let disabled = *tag == Some("azureplatformlkm") && {
                let default_route = self.has_default_route(here);
                settle(&[default_route], world)
            };
            !disabled
        });
        if let Some(tag) = service {
            let names =
                |part: &Part| *part == Part::Unknown || tag.is_some_and(|tag| *part == Part::Tag(tag.into()));
            // A destination that is not understood may be that.
            rules.retain(|rule| rule.destination.iter().any(names));
            if rules.is_empty() {
                return None;
            }
        }
        let mut candidates = Vec::new();
        for (at, rule) in rules.into_iter().enumerate() {
            let fact = format!("rule {at} {} of {}", rule.name, name(&group.id));
            if let Some(conditions) = self.conditions(&rule, direction, flow, ends, here, (&group.id, &fact))
            {
                candidates.push(Candidate { fact, rule, conditions });
            }
        }
        let mut candidates = by_priority(candidates, world);
        while let Some(Candidate { fact, rule, conditions }) = next(&group.id, &mut candidates, world) {
            if conditions.iter().all(|condition| settle(condition, world)) {
                let allows = match rule.allows {
                    Some(allows) => allows,
                    None => world.is(&format!("{fact} allows")),
                };
                return Some((rule.name, allows));
            }
        }
        // Only the rules that name a platform service judge it; where none of them matches, it passes.
        None
    }

    /// What must hold for a rule to match, each one of several; `None` where it certainly does not.
    fn conditions(
        &self,
        rule: &Rule,
        direction: Direction,
        flow: Flow,
        ends: [End<'_>; 2],
        here: &Place<'_>,
        (group, fact): (&str, &str),
    ) -> Option<[Vec<Member>; 6]> {
        let unknown = |part: &str| vec![Member::If(format!("{fact}: {part}"))];
        let known = |holds: bool| if holds { vec![Member::Yes] } else { Vec::new() };
        let conditions = [
            rule.direction.map_or_else(|| unknown("direction"), |d| known(d == direction)),
            match rule.protocol {
                Protocol::Any => known(true),
                Protocol::Number(number) => known(number == flow.protocol),
                Protocol::Unknown => unknown("protocol"),
            },
            any(rule.source_ports.iter().map(|ports| match ports {
                Ports::Any => Member::Yes,
                // The flow's source port is not known.
                Ports::Range(..) | Ports::Unknown => Member::If(format!("{fact}: source port")),
            })),
            any(rule.ports.iter().map(|ports| match (ports, flow.port) {
                (Ports::Any, _) => Member::Yes,
                (Ports::Range(first, last), Some(port)) if (*first..=*last).contains(&port) => Member::Yes,
                (Ports::Range(..), _) => Member::No,
                (Ports::Unknown, _) => Member::If(format!("{fact}: port")),
            })),
            self.matches(&rule.source, ends[0], here, (group, &format!("{fact}, source"))),
            self.matches(&rule.destination, ends[1], here, (group, &format!("{fact}, destination"))),
        ];
        conditions.iter().all(|condition| !condition.is_empty()).then_some(conditions)
    }
}

/// A rule that may match.
struct Candidate {
    fact: String,
    rule: Rule,
    conditions: [Vec<Member>; 6],
}

/// Rules by priority. One of unknown priority may come before all others or after them.
fn by_priority(candidates: Vec<Candidate>, world: &mut World) -> Vec<(u32, Candidate)> {
    let mut keyed: Vec<(u32, Candidate)> = Vec::new();
    for candidate in candidates {
        let priority = match candidate.rule.priority {
            Some(priority) => priority,
            None if world.is(&format!("the priority of {}", candidate.fact)) => 0,
            None => u32::MAX,
        };
        keyed.push((priority, candidate));
    }
    keyed.sort_by_key(|(priority, _)| *priority);
    keyed
}

/// Takes the next rule. Of several with one priority any may come first.
fn next(group: &str, rules: &mut Vec<(u32, Candidate)>, world: &mut World) -> Option<Candidate> {
    let (priority, _) = rules.first()?;
    let tied = rules.iter().take_while(|(p, _)| p == priority).count();
    let names: Vec<&str> = rules.iter().take(tied).map(|(_, candidate)| candidate.fact.as_str()).collect();
    let fact = format!("which rule of priority {priority} of {group} comes first: {}", names.join(", "));
    Some(rules.remove(world.pick(&fact, tied)).1)
}

/// The names of the subnet and the NIC of a place.
fn place_name(here: &Place<'_>) -> (String, String) {
    let subnet = here.subnet.as_deref().map_or("unknown", name).to_owned();
    (subnet, here.nic.map_or("unknown", |(nic, _)| name(&nic.id)).to_owned())
}

/// Whether a flow is one that the platform lets pass, and the tag by which a rule can stop it all the same.
///
/// Microsoft, "What is IP address 168.63.129.16?" and "Network security groups", platform considerations: DHCP, DNS and
/// instance metadata are provided by the host. "By default DNS communication isn't subject to the configured network
/// security groups unless targeted using the AzurePlatformDNS service tag." The first page says of the virtual machine
/// agent's ports 80 and 32526: "isn't subject to the configured network security groups". Probes come from the same
/// address, and rules decide them. Of Windows licences (port 1688) the second page says: "For deployments using default
/// route 0.0.0.0/0 configuration, this platform rule is disabled."
fn platform_service(flow: Flow, direction: Direction) -> Option<Option<&'static str>> {
    let to = |address: &str| address.parse() == Ok(flow.dst);
    if direction == Direction::Inbound {
        return None;
    }
    match (flow.protocol, flow.port) {
        (6 | 17, Some(53)) if to(HOST) => Some(Some("azureplatformdns")),
        (17, Some(67)) if to(HOST) => Some(None),
        (6, Some(80 | 32526)) if to(HOST) => Some(None),
        (6, Some(1688)) if LICENSING.iter().any(|address| to(address)) => Some(Some("azureplatformlkm")),
        (6, Some(80)) if to(METADATA) => Some(Some("azureplatformimds")),
        _ => None,
    }
}

impl Answer {
    /// The group and rule that decide: the one that denies, else the last that allows. `None` where that is open, or
    /// where nothing was on the way.
    pub fn decider(&self) -> Option<(&str, &str)> {
        let step = self.steps.as_ref()?.last()?;
        Some((&step.group, step.rule.as_deref()?))
    }
}
