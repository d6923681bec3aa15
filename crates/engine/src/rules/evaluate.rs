//! Which rule decides a flow, stage by stage: leaving the source at its NIC and subnet, entering the
//! destination at its subnet and NIC. Connections are stateful, so only the initiator's way is looked at.
//!
//! Where an end may be in several places, or one of several groups decides there, every possibility is asked; the
//! answer is theirs if all agree, and else is not to be told.

use super::compiled::{MEMBERSHIPS, parts};
use super::lists::joined;
use super::set::RuleSet;
use super::sites::Site;
use super::stages::{Choice, Stages};
use super::world::{Answer, Membership, PlatformService, World};
use azflow_core::model::{Address, Decision, Direction, PortRange, Protocol, SecurityRule};
use std::cell::OnceCell;

/// Most combinations of places of both ends that are asked.
pub(super) const MOST_PLACES: usize = 36;

/// A flow to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// The initiator.
    pub src: Address,
    /// The other end.
    pub dst: Address,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port; `None` for protocols without ports.
    pub port: Option<u16>,
}

/// What logs say of the far end's membership of the virtual network: that of the source as seen from the destination
/// (inbound), and that of the destination as seen from the source (outbound).
pub type Members = [Option<bool>; 2];

impl Flow {
    /// What of it is not on file, so that it might be anything.
    fn untold(&self) -> Option<&'static str> {
        if self.protocol == Protocol::UNKNOWN {
            Some("the protocol is not on file")
        } else {
            (self.protocol.has_ports() && self.port.is_none()).then_some("the port is not on file")
        }
    }
}

/// What a group, or all of them, say to a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// Decided.
    Decided(Decision),
    /// Not to be told, and why.
    Undecidable(String),
}

/// Where a group applies, in the order in which a flow comes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Leaving the source's NIC.
    SourceNic,
    /// Leaving the source's subnet.
    SourceSubnet,
    /// Entering the destination's subnet.
    DestinationSubnet,
    /// Entering the destination's NIC.
    DestinationNic,
}

impl Stage {
    /// Every stage in order.
    pub const ALL: [Self; 4] =
        [Self::SourceNic, Self::SourceSubnet, Self::DestinationSubnet, Self::DestinationNic];

    /// The word used in documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SourceNic => "source-nic",
            Self::SourceSubnet => "source-subnet",
            Self::DestinationSubnet => "destination-subnet",
            Self::DestinationNic => "destination-nic",
        }
    }
}

/// One stage's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRuling {
    /// Where.
    pub stage: Stage,
    /// The group's index in the set.
    pub group: usize,
    /// The rule that decides, or that can't be told.
    pub rule: String,
    /// What it says.
    pub ruling: Ruling,
}

/// Decides a flow: every stage that has a group, up to the first that denies, and what comes of them. With
/// no group at any stage everything is allowed.
pub fn decide(set: &RuleSet, world: &World, flow: Flow) -> (Ruling, Vec<StageRuling>) {
    decide_logged(set, world, flow, Members::default())
}

/// The same, with what logs say of membership of the virtual network.
pub fn decide_logged(
    set: &RuleSet,
    world: &World,
    flow: Flow,
    members: Members,
) -> (Ruling, Vec<StageRuling>) {
    Deciding::new(set, world).decide(flow, members)
}

/// A set whose groups' places are found, to decide several flows.
#[derive(Debug)]
pub struct Deciding<'a> {
    set: &'a RuleSet,
    world: &'a World,
    stages: Stages<'a>,
    /// By group: its rules inbound and outbound, in their order, once they are asked for.
    ordered: Vec<[OnceCell<Vec<SecurityRule>>; 2]>,
}

impl<'a> Deciding<'a> {
    /// Finds the places.
    pub fn new(set: &'a RuleSet, world: &'a World) -> Self {
        let ordered = set.groups.iter().map(|_| Default::default()).collect();
        Self { set, world, stages: Stages::new(set, world), ordered }
    }

    /// Which groups may decide where.
    pub(super) fn stages(&self) -> &Stages<'a> {
        &self.stages
    }

    fn ordered(&self, group: usize, direction: Direction) -> Option<&[SecurityRule]> {
        let cell = &self.ordered.get(group)?[usize::from(direction == Direction::Outbound)];
        let known = self.set.groups.get(group)?;
        Some(cell.get_or_init(|| known.ordered(direction)))
    }

    /// Decides a flow: see [`decide_logged`].
    pub fn decide(&self, flow: Flow, members: Members) -> (Ruling, Vec<StageRuling>) {
        let asking = Asking { deciding: self, world: self.world, stages: &self.stages, flow, members };
        asking.anywhere()
    }
}

/// What is asked.
struct Asking<'a> {
    deciding: &'a Deciding<'a>,
    world: &'a World,
    stages: &'a Stages<'a>,
    flow: Flow,
    members: Members,
}

impl Asking<'_> {
    /// With the ends wherever they may be.
    fn anywhere(&self) -> (Ruling, Vec<StageRuling>) {
        let (from, to) = (self.stages.sites_of(self.flow.src), self.stages.sites_of(self.flow.dst));
        if from.len().saturating_mul(to.len()) > MOST_PLACES {
            let why = format!("{} and {} may be in too many places", self.flow.src, self.flow.dst);
            return (Ruling::Undecidable(why), Vec::new());
        }
        let mut answers: Vec<(Ruling, Vec<StageRuling>)> = Vec::new();
        for src in &from {
            for dst in &to {
                answers.push(self.between(*src, *dst));
            }
        }
        let allowed = Ruling::Decided(Decision::Allowed);
        let first = answers.first().cloned().unwrap_or((allowed.clone(), Vec::new()));
        let same = |answer: &(Ruling, Vec<StageRuling>)| match (&answer.0, &first.0) {
            (Ruling::Decided(one), Ruling::Decided(other)) => one == other,
            _ => false,
        };
        if answers.len() < 2 || answers.iter().all(same) {
            return first;
        }
        let open = answers.iter().find(|(ruling, _)| matches!(ruling, Ruling::Undecidable(_)));
        let telling = open.or_else(|| answers.iter().find(|(ruling, _)| *ruling != allowed));
        let (ruling, stages) = telling.cloned().unwrap_or(first);
        match ruling {
            Ruling::Undecidable(_) => (ruling, stages),
            Ruling::Decided(_) => (Ruling::Undecidable(self.places(&from, &to)), stages),
        }
    }

    /// With the ends at these places.
    fn between(&self, src: Site, dst: Site) -> (Ruling, Vec<StageRuling>) {
        let (leaving, entering) = (
            self.stages.at(self.flow.src, src, Direction::Outbound),
            self.stages.at(self.flow.dst, dst, Direction::Inbound),
        );
        let mut stages = Vec::new();
        let mut doubt = None;
        let choices = [&leaving.nic, &leaving.subnet, &entering.subnet, &entering.nic];
        for (stage, choice) in Stage::ALL.into_iter().zip(choices) {
            let Some(ruling) = self.stage(stage, choice, [src, dst]) else { continue };
            let denied = ruling.ruling == Ruling::Decided(Decision::Denied);
            if let Ruling::Undecidable(why) = &ruling.ruling {
                doubt.get_or_insert_with(|| why.clone());
            }
            stages.push(ruling);
            if denied {
                return (Ruling::Decided(Decision::Denied), stages);
            }
        }
        (doubt.map_or(Ruling::Decided(Decision::Allowed), Ruling::Undecidable), stages)
    }

    /// What one of the groups that may decide there says; `None` where there is no group.
    fn stage(&self, stage: Stage, choice: &Choice, sites: [Site; 2]) -> Option<StageRuling> {
        let all: Vec<Option<StageRuling>> = choice
            .groups
            .iter()
            .map(|group| group.and_then(|group| self.group(stage, group as usize, sites)))
            .collect();
        let allowed = |ruling: &Option<StageRuling>| {
            ruling.as_ref().is_none_or(|r| r.ruling == Ruling::Decided(Decision::Allowed))
        };
        let denied = |ruling: &Option<StageRuling>| {
            ruling.as_ref().is_some_and(|r| r.ruling == Ruling::Decided(Decision::Denied))
        };
        if all.len() == 1 || all.iter().all(allowed) || all.iter().all(denied) {
            return all.into_iter().flatten().next();
        }
        let telling = all.iter().flatten().find(|r| matches!(r.ruling, Ruling::Undecidable(_)));
        let telling = telling.or_else(|| all.iter().find(|r| denied(r)).and_then(Option::as_ref));
        let mut open = telling?.clone();
        if matches!(open.ruling, Ruling::Decided(_)) {
            open.ruling = Ruling::Undecidable(self.stages.reason(choice));
        }
        Some(open)
    }

    fn group(&self, stage: Stage, group: usize, sites: [Site; 2]) -> Option<StageRuling> {
        let direction = match stage {
            Stage::SourceNic | Stage::SourceSubnet => Direction::Outbound,
            Stage::DestinationSubnet | Stage::DestinationNic => Direction::Inbound,
        };
        let rules = self.deciding.ordered(group, direction)?;
        if let Some(why) = self.flow.untold() {
            let ruling = Ruling::Undecidable(why.to_owned());
            return Some(StageRuling { stage, group, rule: String::new(), ruling });
        }
        let service = PlatformService::of(self.flow.dst, self.flow.protocol, self.flow.port);
        let Some(service) = service.filter(|_| direction == Direction::Outbound) else {
            let (rule, ruling) = self.settle(rules, direction, sites, false);
            return Some(StageRuling { stage, group, rule, ruling });
        };
        let outside = || {
            let named: Vec<SecurityRule> =
                rules.iter().filter(|rule| service.may_be_named(rule)).cloned().collect();
            let (rule, ruling) = self.settle(&named, direction, sites, true);
            // Where no rule names the service it passes, and no rule let it.
            let none = rule.is_empty() && matches!(ruling, Ruling::Decided(_));
            (!none).then_some(StageRuling { stage, group, rule, ruling })
        };
        match self.world.passes_outside(service, sites[0].view) {
            Answer::Yes => outside(),
            answer => {
                let (rule, ruling) = self.settle(rules, direction, sites, false);
                let inside = StageRuling { stage, group, rule, ruling };
                let Answer::Unknown(why) = answer else { return Some(inside) };
                let passes = outside().is_none_or(|r| r.ruling == Ruling::Decided(Decision::Allowed));
                let same = passes == (inside.ruling == Ruling::Decided(Decision::Allowed));
                let ruling = if same { inside.ruling } else { Ruling::Undecidable(why) };
                Some(StageRuling { ruling, ..inside })
            }
        }
    }

    /// Asks rules; where membership of the virtual network is all that is missing and makes no difference, it
    /// is no doubt.
    fn settle(
        &self,
        rules: &[SecurityRule],
        direction: Direction,
        sites: [Site; 2],
        service: bool,
    ) -> (String, Ruling) {
        let cases = parts(direction == Direction::Outbound, self.members)
            .map(|parts| parts.map(|part| MEMBERSHIPS[part]));
        let ask = |src, dst| self.ask(rules, direction, sites, [src, dst], service);
        let first = ask(cases[0][0], cases[1][0]);
        if let (_, Ruling::Decided(_)) = first {
            return first;
        }
        let mut answers = Vec::new();
        for src in cases[0].iter().skip(1) {
            for dst in cases[1].iter().skip(1) {
                answers.push(ask(*src, *dst));
            }
        }
        match answers.first() {
            Some(one) if matches!(one.1, Ruling::Decided(_)) && answers.iter().all(|a| a.1 == one.1) => {
                one.clone()
            }
            _ => first,
        }
    }

    /// Asks rules in their order, defaults included, or those alone that name a service of the platform. A rule that may match makes the answer undecidable only if
    /// it says otherwise than the first one that does.
    fn ask(
        &self,
        rules: &[SecurityRule],
        direction: Direction,
        sites: [Site; 2],
        members: [Membership; 2],
        service: bool,
    ) -> (String, Ruling) {
        let view = if direction == Direction::Inbound { sites[1].view } else { sites[0].view };
        let mut perhaps: Option<(&SecurityRule, String)> = None;
        for (at, rule) in rules.iter().enumerate() {
            let matched = |rule| matches(rule, self.world, self.flow, sites, view, members);
            match matched(rule) {
                Answer::No => {}
                Answer::Unknown(why) => {
                    if perhaps.as_ref().is_none_or(|(earlier, _)| earlier.access == rule.access) {
                        perhaps.get_or_insert((rule, why));
                    } else if let Some((earlier, why)) = perhaps {
                        return (earlier.name.clone(), Ruling::Undecidable(why));
                    }
                }
                Answer::Yes => {
                    return match perhaps {
                        Some((earlier, why)) if earlier.access != rule.access => {
                            (earlier.name.clone(), Ruling::Undecidable(why))
                        }
                        // Azure takes no two rules of one priority: the file mixes two states of the group.
                        _ => {
                            let twins = rules.iter().skip(at + 1).take_while(|r| r.priority == rule.priority);
                            let mut other =
                                twins.filter(|r| r.access != rule.access && matched(r) != Answer::No);
                            let ruling = match other.next() {
                                Some(other) if rule.priority > 0 => Ruling::Undecidable(format!(
                                    "rules {} and {} have one priority",
                                    rule.name, other.name
                                )),
                                _ => Ruling::Decided(rule.access),
                            };
                            (rule.name.clone(), ruling)
                        }
                    };
                }
            }
        }
        match (service, perhaps) {
            // Every group ends with a rule for everything; a file that brings only some of the defaults may not.
            (false, _) => (String::new(), Ruling::Decided(Decision::Denied)),
            // No rule names the service for certain, and one that may would refuse it.
            (true, Some((earlier, why))) if earlier.access == Decision::Denied => {
                (earlier.name.clone(), Ruling::Undecidable(why))
            }
            (true, _) => (String::new(), Ruling::Decided(Decision::Allowed)),
        }
    }

    fn places(&self, from: &[Site], to: &[Site]) -> String {
        let sites = self.world.sites();
        let of = |address: Address, all: &[Site]| {
            let names: Vec<String> = all.iter().map(|site| sites.describe(*site)).take(4).collect();
            format!("{address} may be in {}", names.join(" or in "))
        };
        let ends = [(self.flow.src, from), (self.flow.dst, to)];
        let open = ends.into_iter().filter(|(_, all)| all.len() > 1);
        open.map(|(address, all)| of(address, all)).collect::<Vec<_>>().join("; ")
    }
}

fn matches(
    rule: &SecurityRule,
    world: &World,
    flow: Flow,
    sites: [Site; 2],
    view: Option<u32>,
    [src, dst]: [Membership; 2],
) -> Answer {
    if rule.protocol.is_some_and(|protocol| protocol != flow.protocol) {
        return Answer::No;
    }
    let port_fits = match flow.port {
        Some(port) => rule.destination_ports.iter().any(|range| range.contains(port)),
        None => joined(&rule.destination_ports) == [PortRange::ALL],
    };
    if !port_fits {
        return Answer::No;
    }
    let (from, to) = ((flow.src, sites[0]), (flow.dst, sites[1]));
    let source = Answer::any(rule.sources.iter().map(|end| world.matches(end, from, view, src)));
    if source == Answer::No {
        return Answer::No;
    }
    let destination = Answer::any(rule.destinations.iter().map(|end| world.matches(end, to, view, dst)));
    if destination == Answer::No {
        return Answer::No;
    }
    if let Some(why) = &rule.doubt {
        let is_named = !rule.name.is_empty();
        return Answer::Unknown(if is_named { format!("rule {}: {why}", rule.name) } else { why.clone() });
    }
    if !rule.source_ports.contains(&PortRange::ALL) {
        return Answer::Unknown(format!(
            "rule {} looks at the source port, which flows don't keep",
            rule.name
        ));
    }
    match (source, destination) {
        (Answer::Unknown(why), _) | (_, Answer::Unknown(why)) => Answer::Unknown(why),
        _ => Answer::Yes,
    }
}
