//! Which rule decides a flow, stage by stage: leaving the source at its NIC and subnet, entering the
//! destination at its subnet and NIC. Connections are stateful, so only the initiator's way is looked at.

use super::compiled::joined;
use super::world::{Answer, Applied, RuleSet, World, is_platform};
use azflow_core::model::{Address, Decision, Direction, PortRange, Protocol, SecurityRule};

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

/// What a group, or all of them, say to a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// Decided.
    Decided(Decision),
    /// Not to be told, and why.
    Undecidable(String),
}

/// Where a group applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    if is_platform(flow.src) || is_platform(flow.dst) {
        return (Ruling::Decided(Decision::Allowed), Vec::new());
    }
    let mut stages = Vec::new();
    let mut doubt = None;
    for (stage, direction, end) in [
        (Stage::SourceNic, Direction::Outbound, flow.src),
        (Stage::SourceSubnet, Direction::Outbound, flow.src),
        (Stage::DestinationSubnet, Direction::Inbound, flow.dst),
        (Stage::DestinationNic, Direction::Inbound, flow.dst),
    ] {
        let at_nic = matches!(stage, Stage::SourceNic | Stage::DestinationNic);
        let applies = |group: &Applied| {
            if at_nic { group.nics.contains(&end) } else { group.prefixes.iter().any(|p| p.contains(end)) }
        };
        let Some(index) = set.groups.iter().position(applies) else { continue };
        let (rule, ruling) = settle(&set.groups[index].ordered(direction), world, flow, end);
        let denied = ruling == Ruling::Decided(Decision::Denied);
        if let Ruling::Undecidable(why) = &ruling {
            doubt.get_or_insert_with(|| why.clone());
        }
        stages.push(StageRuling { stage, group: index, rule, ruling });
        if denied {
            return (Ruling::Decided(Decision::Denied), stages);
        }
    }
    (doubt.map_or(Ruling::Decided(Decision::Allowed), Ruling::Undecidable), stages)
}

/// Asks rules; where membership of the virtual network is all that is missing and makes no difference, it
/// is no doubt.
fn settle(rules: &[SecurityRule], world: &World, flow: Flow, here: Address) -> (String, Ruling) {
    let first = ask(rules, world, flow, here, [None; 2]);
    if let (_, Ruling::Decided(_)) = first {
        return first;
    }
    let mut answers = Vec::new();
    for src in [true, false] {
        for dst in [true, false] {
            answers.push(ask(rules, world, flow, here, [Some(src), Some(dst)]));
        }
    }
    match answers.first() {
        Some(one) if matches!(one.1, Ruling::Decided(_)) && answers.iter().all(|a| a.1 == one.1) => {
            one.clone()
        }
        _ => first,
    }
}

/// Asks rules in their order, defaults included. A rule that may match makes the answer undecidable only if
/// it says otherwise than the first one that does.
fn ask(
    rules: &[SecurityRule],
    world: &World,
    flow: Flow,
    here: Address,
    assumed: [Option<bool>; 2],
) -> (String, Ruling) {
    let mut perhaps: Option<(&SecurityRule, String)> = None;
    for rule in rules {
        match matches(rule, world, flow, here, assumed) {
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
                    _ => (rule.name.clone(), Ruling::Decided(rule.access)),
                };
            }
        }
    }
    // Every group ends with a rule for everything; a file that brings only some of the defaults may not.
    (String::new(), Ruling::Decided(Decision::Denied))
}

/// Whether a rule matches a flow, as seen from the end at `here`.
pub(super) fn match_of(rule: &SecurityRule, world: &World, flow: Flow, here: Address) -> Answer {
    matches(rule, world, flow, here, [None; 2])
}

fn matches(
    rule: &SecurityRule,
    world: &World,
    flow: Flow,
    here: Address,
    [src, dst]: [Option<bool>; 2],
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
    let source = Answer::any(rule.sources.iter().map(|end| world.matches(end, flow.src, here, src)));
    if source == Answer::No {
        return Answer::No;
    }
    let destination =
        Answer::any(rule.destinations.iter().map(|end| world.matches(end, flow.dst, here, dst)));
    if destination == Answer::No {
        return Answer::No;
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
