//! What closes a direction: rules that services need, guards, and the deny of the rest.

use super::build::{Maker, Site};
use super::force::{holds_ports, holds_prefix, is_default};
use super::served::Lots;
use super::{Draft, DraftedNsg, DraftedRule, guards, name};
use crate::rules::services::{Service, Severity, Standing};
use azflow_core::model::{Decision, Direction, Endpoint, PortRange, Prefix, ResourceId, SecurityRule};
use std::collections::BTreeSet;

impl<'a> Maker<'a, '_> {
    /// The guards and the deny of the rest, without priorities; nothing where the rest is denied already.
    pub fn closing(
        &self,
        out: &mut Draft,
        group: &DraftedNsg,
        lots: &Lots<'_>,
        direction: Direction,
        (closed, closes): (&[u32], bool),
        used: &mut BTreeSet<String>,
    ) -> Vec<DraftedRule> {
        let mut safe = self.safety(out, lots, direction, closed, used);
        if !closes {
            let missing = safe.iter().map(|drafted| format!("{}: {}", group.subnet, drafted.why));
            out.notes.extend(missing.map(|note| {
                format!("{note}; no rule in force lets it pass, and none is added behind the deny in force")
            }));
            return Vec::new();
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
        let stays = (0..).zip(lots.rules).filter(|(at, rule)| !is_default(rule) && lots.stays_at(*at));
        let staying: Vec<&SecurityRule> = stays.map(|(_, rule)| rule).collect();
        let serves = |guard: &SecurityRule| staying.iter().any(|rule| is_guard(rule, guard));
        let name = match closed {
            [one] => self.name(*one),
            _ => group.nsg.name.as_str(),
        };
        let guards = guards::rules(direction, &name::plain(name), &here, self.options, &serves, used);
        // What a service's rule lets pass already needs no guard beside it.
        let is_new = |guard: &DraftedRule| !safe.iter().any(|safe| is_same(&safe.rule, &guard.rule));
        let guards: Vec<DraftedRule> = guards.into_iter().filter(is_new).collect();
        safe.extend(guards);
        safe
    }

    /// Whether enough was logged at every place of the group in force: at each of its subnets, and at no NIC besides.
    pub fn is_closed_everywhere(&self, site: &Site, closed: &[u32]) -> bool {
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
        all.flat_map(|at| at.rules(direction))
            .find(|need| need.is_served_in_part_by(rule) && (!every || need.ports.contains(&PortRange::ALL)))
            .map(|need| need.why.as_str())
    }

    /// The rules that services at these subnets need and that no rule in force is. What a service needs under a condition
    /// that no file tells, or perhaps, is told instead.
    fn safety(
        &self,
        out: &mut Draft,
        lots: &Lots<'_>,
        direction: Direction,
        closed: &[u32],
        used: &mut BTreeSet<String>,
    ) -> Vec<DraftedRule> {
        let stays = (0..).zip(lots.rules).filter(|(at, rule)| !is_default(rule) && lots.stays_at(*at));
        let staying: Vec<SecurityRule> = stays.map(|(_, rule)| rule.clone()).collect();
        let mut made: Vec<DraftedRule> = Vec::new();
        for subnet in closed {
            let Some(at) = self.places.services.get(self.name(*subnet)) else { continue };
            for need in at.rules(direction).iter().filter(|need| need.severity != Severity::Recommended) {
                let standing = need.standing(&staying);
                if let Standing::Served(_) = standing {
                    continue;
                }
                // Under a condition that no file tells nothing is added; what serves it in force stays.
                if need.perhaps || need.only_where.is_some() {
                    continue;
                }
                if let Standing::Cut(name) | Standing::Open(name) = &standing {
                    out.notes.push(format!(
                        "{}: {name} is in force and may cut what is needed: {}",
                        self.name(*subnet),
                        need.why
                    ));
                    continue;
                }
                let is_users = need.opens_to_internet() || need.is_for_clients;
                if is_users && need.service != Service::Bastion {
                    continue;
                }
                let rule = need.rule(String::new(), 0);
                if made.iter().any(|own| is_same(&own.rule, &rule)) {
                    continue;
                }
                let near = name::plain(self.name(*subnet));
                let (from, to) = match direction {
                    Direction::Inbound => (need.far(), near.as_str()),
                    Direction::Outbound => (near.as_str(), need.far()),
                };
                let service = match need.protocol {
                    Some(protocol) => name::service(protocol, &need.ports),
                    None => String::new(),
                };
                let name = name::rule("Allow", from, to, &service, used);
                let rule = SecurityRule { name, description: short(&need.why), ..rule };
                made.push(DraftedRule { why: need.why.clone(), ..DraftedRule::bare(rule, false) });
            }
        }
        made
    }
}

/// Whether a rule in force lets pass all that a guard would.
fn is_guard(rule: &SecurityRule, guard: &SecurityRule) -> bool {
    let held = |end: &Endpoint| match end {
        Endpoint::Prefix(prefix) => holds_prefix(rule.near(), *prefix),
        end => rule.near().contains(end) || rule.near().contains(&Endpoint::Any),
    };
    let same = |end: &Endpoint| {
        rule.far().iter().any(|own| match end {
            Endpoint::Tag(tag) => own.is_tag(tag),
            end => own == end,
        })
    };
    rule.access == Decision::Allowed
        && rule.source_ports.contains(&PortRange::ALL)
        && rule.protocol.is_none_or(|own| Some(own) == guard.protocol)
        && holds_ports(&rule.destination_ports, &guard.destination_ports)
        && guard.far().iter().all(same)
        && guard.near().iter().all(held)
}

/// Whether two new rules say the same, whatever they are called.
fn is_same(a: &SecurityRule, b: &SecurityRule) -> bool {
    let said = |rule: &SecurityRule| SecurityRule {
        name: String::new(),
        description: String::new(),
        ..rule.clone()
    };
    said(a) == said(b)
}

/// A description is cut where Azure cuts it.
fn short(text: &str) -> String {
    text.chars().take(140).collect()
}
