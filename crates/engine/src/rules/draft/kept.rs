//! Rules in force that a draft has no reason to take away: what they deny, and the direction that is not drafted.

use super::existing::{Existing, guards};
use super::{DraftOptions, DraftedRule, PRIORITIES};
use crate::rules::evaluate::{Flow, match_of};
use crate::rules::traffic::{Observed, Traffic};
use crate::rules::world::{Answer, LOAD_BALANCER};
use azflow_core::model::{Decision, Direction, Endpoint, SecurityRule};

/// What of a group in force is kept beside what it serves.
#[derive(Debug, Default)]
pub struct Kept {
    /// The rules, with the priorities that they have from now on.
    pub rules: Vec<SecurityRule>,
    /// New allows begin here: before, a wider one would let in what is kept out today.
    pub first: u16,
    /// What is left out, and why.
    pub notes: Vec<String>,
}

/// What passes a group, made when it is asked for.
pub type Passing<'a> = &'a dyn Fn() -> Vec<Flow>;

/// Conversations with these numbers, those that are wanted, as flows.
pub fn flows(
    traffic: &Traffic,
    numbers: &mut dyn Iterator<Item = usize>,
    wanted: &dyn Fn(&Observed) -> bool,
) -> Vec<Flow> {
    let mut out = Vec::new();
    for number in numbers {
        if let Some(seen) = traffic.conversations.get(number)
            && wanted(seen)
        {
            let (src, dst) = (traffic.src(seen), traffic.dst(seen));
            out.push(Flow { src, dst, protocol: seen.protocol, port: seen.port });
        }
    }
    out
}

/// A rule in force on its way into the draft.
struct Entry<'a> {
    rule: &'a SecurityRule,
    /// Behind the draft's own rules, which let pass what it would have cut.
    behind: bool,
    /// It serves a need, and is in the draft already.
    serves: bool,
}

impl Existing<'_> {
    /// The rules of a group.
    pub fn all(&self, group: u32) -> &[SecurityRule] {
        self.places.existing.groups.get(group as usize).map(|g| g.nsg.rules.as_slice()).unwrap_or_default()
    }

    /// Of a direction that is drafted, beside the rules that serve: denials, so that a wider allow lets nothing in
    /// that is kept out today; and outbound what is about other places than the virtual network, since drafts
    /// say nothing of those. `seeds` are those that no rule in force serves, `others` what is let out to the Internet.
    pub fn beside(
        &self,
        group: u32,
        direction: Direction,
        serving: &[DraftedRule],
        (seeds, others): (Passing<'_>, Passing<'_>),
        options: &DraftOptions,
    ) -> Kept {
        let (world, inbound) = (self.places.world, direction == Direction::Inbound);
        let (mut entries, mut passing) = (Vec::new(), None);
        for rule in self.all(group).iter().filter(|rule| rule.direction == direction) {
            let far = if inbound { &rule.sources } else { &rule.destinations };
            let serves = serving.iter().any(|known| known.rule.priority == rule.priority);
            let elsewhere = !inbound && far.iter().all(is_elsewhere);
            if !(serves || elsewhere || is_denial(rule)) {
                continue;
            }
            // A denial that may hold the load balancer's probes must not come before what keeps them.
            let probe = |end: &Endpoint| world.matches_from(end, LOAD_BALANCER, LOAD_BALANCER) != Answer::No;
            let behind = !serves
                && (rule.priority >= guards(options)
                    || is_denial(rule)
                        && (inbound && far.iter().any(probe)
                            || passing
                                .get_or_insert_with(seeds)
                                .iter()
                                .any(|flow| self.matched(rule, *flow) != Answer::No)));
            // The draft has a deny of the virtual network of its own.
            if !(behind && far.iter().all(is_network)) {
                entries.push(Entry { rule, behind, serves });
            }
        }
        // Inbound what passes seeds a rule; outbound that is not so for what goes to the Internet.
        self.kept(entries, if inbound { None } else { Some(others) }, options)
    }

    /// The rules of a direction that is not drafted, but for denials that would cut a seed of the draft (someone said
    /// that it is needed).
    pub fn untouched(
        &self,
        group: u32,
        direction: Direction,
        seeds: Passing<'_>,
        options: &DraftOptions,
    ) -> Kept {
        let mut entries = Vec::new();
        for rule in self.all(group) {
            if rule.direction == direction {
                entries.push(Entry { rule, behind: false, serves: false });
            }
        }
        self.kept(entries, Some(seeds), options)
    }

    /// Gives rules their places, but for denials that would cut what passes.
    fn kept(
        &self,
        mut entries: Vec<Entry<'_>>,
        passing: Option<Passing<'_>>,
        options: &DraftOptions,
    ) -> Kept {
        entries.sort_by_key(|a| (a.behind, a.rule.priority));
        let mut out = Kept::default();
        let denies = entries.iter().any(|entry| is_denial(entry.rule));
        for flow in passing.filter(|_| denies).map(|passing| passing()).unwrap_or_default() {
            // What may match only, for all that is known, did not hinder what was seen; and what no rule of its own
            // decides comes to the defaults, which are not ours to change.
            let matches = |entry: &Entry<'_>| self.matched(entry.rule, flow) == Answer::Yes;
            if entries.iter().find(|entry| matches(entry)).is_some_and(|entry| is_denial(entry.rule)) {
                entries.retain(|entry| {
                    let cuts = is_denial(entry.rule) && matches(entry);
                    if cuts {
                        out.notes.push(format!(
                            "{} is in force and would cut what is needed: it is left out, see what that opens",
                            entry.rule.name
                        ));
                    }
                    !cuts
                });
            }
        }
        let mut last = options.deny_priority;
        for Entry { rule, behind, serves } in entries {
            if behind && last == PRIORITIES.1 {
                out.notes.push(format!(
                    "{} is in force, and no priority is left for it behind the deny: it is left out",
                    rule.name
                ));
            } else if !serves {
                let mut rule = rule.clone();
                if behind {
                    last += 1;
                    rule.priority = last;
                } else if is_denial(&rule) {
                    out.first = rule.priority / 10 * 10 + 10;
                }
                out.rules.push(rule);
            }
        }
        out
    }

    /// Whether a rule matches a flow, as seen from where it is applied.
    fn matched(&self, rule: &SecurityRule, flow: Flow) -> Answer {
        let here = if rule.direction == Direction::Inbound { flow.dst } else { flow.src };
        match_of(rule, self.places.world, flow, here)
    }
}

fn is_denial(rule: &SecurityRule) -> bool {
    rule.access == Decision::Denied
}

fn is_network(end: &Endpoint) -> bool {
    matches!(end, Endpoint::Tag(tag) if tag.eq_ignore_ascii_case("virtualnetwork"))
}

/// Whether an end can't be of the virtual network.
fn is_elsewhere(end: &Endpoint) -> bool {
    match end {
        Endpoint::Tag(_) => !is_network(end),
        Endpoint::Prefix(prefix) => prefix.first().is_public() && prefix.length() > 0,
        Endpoint::Range(first, _) => first.is_public(),
        _ => false,
    }
}
