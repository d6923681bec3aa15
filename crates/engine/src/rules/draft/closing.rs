//! What closes a direction: rules that services need, guards, and the deny of the rest.

use super::build::{Maker, Site};
use super::force::is_default;
use super::instead::{Instead, holds, parts};
use super::served::Lots;
use super::{Draft, DraftedNsg, DraftedRule, guards, name};
use crate::rules::services::{SafetyRule, Service, Severity, Standing};
use azflow_core::model::{Decision, Direction, Endpoint, PortRange, Prefix, ResourceId, SecurityRule};
use std::collections::BTreeSet;

/// What closes a direction, without priorities.
#[derive(Debug, Default)]
pub struct Closing {
    /// Rules in the place of such as go, before denials in force.
    pub placed: Vec<Instead>,
    /// Rules that services need, the guards, and behind them the deny of the rest; nothing where that is denied already.
    pub last: Vec<DraftedRule>,
}

/// Where rules are added.
struct Ground<'a> {
    direction: Direction,
    /// What is in force, with what becomes of it.
    lots: &'a Lots<'a>,
    /// The prefixes of the subnets that it is for.
    prefixes: Vec<Prefix>,
    /// Their name.
    near: String,
}

impl Ground<'_> {
    /// A new rule with a name: from or to a far end.
    fn drafted(&self, far: &str, rule: SecurityRule, why: &str, used: &mut BTreeSet<String>) -> DraftedRule {
        let (from, to) = match self.direction {
            Direction::Inbound => (far, self.near.as_str()),
            Direction::Outbound => (self.near.as_str(), far),
        };
        let service = match (rule.protocol, rule.destination_ports.as_slice()) {
            (Some(protocol), ports) => name::service(protocol, ports),
            (None, [PortRange::ALL]) => String::new(),
            (None, ports) => ports.iter().map(PortRange::to_string).collect::<Vec<_>>().join("_"),
        };
        let verb = if rule.access == Decision::Denied { "Deny" } else { "Allow" };
        let name = name::rule(verb, from, to, &service, used);
        DraftedRule { why: why.to_owned(), ..DraftedRule::bare(SecurityRule { name, ..rule }, false) }
    }

    /// Adds what of a rule passes until now by rules that go; whether that is anything.
    fn instead(
        &self,
        far: &str,
        rule: &SecurityRule,
        why: &str,
        placed: &mut Vec<Instead>,
        used: &mut BTreeSet<String>,
    ) -> bool {
        let parts = parts(self.lots, rule, &self.prefixes);
        let is_any = !parts.is_empty();
        for (part, before, old) in parts {
            let own = placed.iter().filter(|one| one.before <= before);
            if !own.map(|one| &one.drafted.rule).chain(self.staying()).any(|own| holds(own, &part)) {
                placed.push(Instead { drafted: self.drafted(far, part, why, used), before, old });
            }
        }
        is_any
    }

    /// The rules in force that stay.
    fn staying(&self) -> impl Iterator<Item = &SecurityRule> {
        let stays =
            (0..).zip(self.lots.rules).filter(|(at, rule)| !is_default(rule) && self.lots.stays_at(*at));
        stays.map(|(_, rule)| rule)
    }
}

impl<'a> Maker<'a, '_> {
    /// What services need, the guards, and the deny of the rest where it is not denied already.
    pub fn closing(
        &self,
        out: &mut Draft,
        group: &DraftedNsg,
        lots: &Lots<'_>,
        direction: Direction,
        (closed, closes): (&[u32], bool),
        used: &mut BTreeSet<String>,
    ) -> Closing {
        let mut closing = Closing::default();
        if closed.is_empty() {
            return closing;
        }
        self.safety(out, lots, direction, closed, &mut closing, used);
        if !closes {
            let missing = closing.last.drain(..).map(|drafted| {
                format!(
                    "{}: {}; no rule in force lets it pass, and none is added behind the deny in force",
                    group.subnet, drafted.why
                )
            });
            out.notes.extend(missing);
        }
        let prefixes: Vec<Prefix> =
            closed.iter().flat_map(|subnet| self.places.prefixes_of(self.name(*subnet))).collect();
        let (v4, v6): (Vec<Prefix>, Vec<Prefix>) = prefixes.iter().partition(|p| p.first().v4().is_some());
        let as_ends = |list: &[Prefix]| list.iter().map(|p| Endpoint::Prefix(*p)).collect::<Vec<_>>();
        // Prefixes of both families don't go together; where the group is at this subnet alone, any address is one of it.
        let alone = group.at.len() <= 1 && group.applied.len() <= 1;
        let here = match (v4.is_empty(), v6.is_empty()) {
            (false, false) if alone => vec![vec![Endpoint::Any]],
            (false, false) => vec![as_ends(&v4), as_ends(&v6)],
            _ => vec![as_ends(&prefixes)],
        };
        let name = match closed {
            [one] => self.name(*one),
            _ => group.nsg.name.as_str(),
        };
        let ground = Ground { direction, lots, prefixes, near: name::plain(name) };
        for (far, guard) in guards::guards(direction, &here, self.options) {
            ground.instead(far, &guard, "the denial in force would cut this", &mut closing.placed, used);
            // What a service's rule lets pass already needs no guard beside it.
            let new = closing.placed.iter().map(|one| &one.drafted).chain(&closing.last);
            let is_served =
                ground.staying().chain(new.map(|drafted| &drafted.rule)).any(|own| holds(own, &guard));
            if closes && !is_served {
                let why = "the deny of the rest would cut this";
                closing.last.push(ground.drafted(far, guard, why, used));
            }
        }
        for (far, denial) in guards::denials(direction, &here).into_iter().filter(|_| closes) {
            let why = "what was not seen within the virtual network is denied from here on";
            closing.last.push(ground.drafted(far, denial, why, used));
        }
        closing
    }

    /// Whether enough was logged at every place of the group in force: at each of its subnets, and at no NIC besides.
    pub fn is_closed_everywhere(&self, site: &Site, closed: &[u32]) -> bool {
        if site.is_split {
            return site.subnets.iter().all(|subnet| closed.contains(subnet));
        }
        let group = site.group.and_then(|at| self.places.existing.groups.get(at as usize));
        let is_closed = |place: &ResourceId| {
            closed.iter().any(|subnet| {
                let named = self.places.named.get(self.name(*subnet));
                named.is_some_and(|(id, _)| id == place)
            })
        };
        group.is_none_or(|group| group.places.iter().all(is_closed))
    }

    /// The service that needs a rule in force, in a sentence with its source.
    pub fn needed_by(&self, site: &Site, direction: Direction, rule: &SecurityRule) -> Option<&'a str> {
        let all = site.subnets.iter().filter_map(|subnet| self.places.services.get(self.name(*subnet)));
        let every = rule.destination_ports.contains(&PortRange::ALL);
        // A need of pings has every port, too: it is no need of all that a rule for any protocol lets pass.
        let as_wide =
            |need: &SafetyRule| need.ports.contains(&PortRange::ALL) && need.protocol == rule.protocol;
        all.flat_map(|at| at.rules(direction))
            .find(|need| need.is_served_in_part_by(rule) && (!every || as_wide(need)))
            .map(|need| need.why.as_str())
    }

    /// The rules that services at these subnets need and that no rule in force is. What is recommended, or needed perhaps or
    /// under a condition that no file tells, is kept where something in force lets it pass, and never added.
    fn safety(
        &self,
        out: &mut Draft,
        lots: &Lots<'_>,
        direction: Direction,
        closed: &[u32],
        closing: &mut Closing,
        used: &mut BTreeSet<String>,
    ) {
        for subnet in closed {
            let name = self.name(*subnet);
            let Some(at) = self.places.services.get(name) else { continue };
            let near = name::plain(name);
            let ground = Ground { direction, lots, prefixes: self.places.prefixes_of(name), near };
            let staying: Vec<SecurityRule> = ground.staying().cloned().collect();
            for need in at.rules(direction) {
                let standing = need.standing(&staying);
                let is_users = need.opens_to_internet() || need.is_for_clients;
                if matches!(standing, Standing::Served(_)) || is_users && need.service != Service::Bastion {
                    continue;
                }
                let rule = need.rule(String::new(), 0);
                let rule = SecurityRule { description: short(&need.why), ..rule };
                let passes = ground.instead(need.far(), &rule, &need.why, &mut closing.placed, used);
                if need.perhaps || need.only_where.is_some() || need.severity == Severity::Recommended {
                    continue;
                }
                match standing {
                    Standing::Cut(name) | Standing::Open(name) if !passes => {
                        out.notes.push(format!(
                            "{}: {name} is in force and may cut what is needed: {}",
                            self.name(*subnet),
                            need.why
                        ));
                    }
                    Standing::Cut(_) | Standing::Open(_) => {}
                    _ => {
                        let placed = closing.placed.iter().map(|one| &one.drafted);
                        if !placed.chain(&closing.last).any(|own| holds(&own.rule, &rule)) {
                            closing.last.push(ground.drafted(need.far(), rule, &need.why, used));
                        }
                    }
                }
            }
        }
    }
}

/// A description is cut where Azure cuts it.
fn short(text: &str) -> String {
    text.chars().take(140).collect()
}
