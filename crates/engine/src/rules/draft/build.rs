//! Groups: what is in force, changed as little as needed, then what closes the rest.

use super::force::{Force, Patterns, denies_the_rest, ends, holds_prefix, is_default, is_denial, may_meet};
use super::needs::{Far, GroupNeeds, Member, Needs, is_nameable};
use super::pieces::{Cutter, Piece, dynamic_servers};
use super::priorities::Wanted;
use super::served::{Anew, Case, Lots, Met, Served};
use super::{
    Draft, DraftError, DraftOptions, DraftedNsg, DraftedRule, MOST_PORTS, MOST_PREFIXES, MOST_RULES, Place,
    Places, Removed, Skip, evidence, guards, name,
};
use crate::rules::services::{Service, Severity, Standing};
use crate::rules::traffic::Traffic;
use crate::rules::world::Answer;
use azflow_core::model::{Decision, Direction, Endpoint, Nsg, PortRange, Prefix, SecurityRule, UnixMillis};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Both directions, in the order in which groups list them.
const DIRECTIONS: [Direction; 2] = [Direction::Inbound, Direction::Outbound];

/// The subnets that one group is for.
#[derive(Debug)]
struct Site {
    /// The group in force.
    group: Option<u32>,
    /// Numbers of subnets, by name.
    subnets: Vec<u32>,
}

/// What making the rules needs.
struct Maker<'a, 'b> {
    traffic: &'a Traffic,
    places: &'a Places<'a>,
    options: &'a DraftOptions,
    cutter: Cutter<'a>,
    ledger: evidence::Ledger<'a>,
    force: Option<&'b mut Force<'a>>,
    /// Conversations that rules came of where the rest is not denied.
    covered: BTreeSet<usize>,
}

/// What there is of one group and direction.
struct Part<'a> {
    site: &'a Site,
    direction: Direction,
    /// By subnet.
    needs: BTreeMap<u32, GroupNeeds>,
    /// Allowed conversations that a reviewer does not need.
    unneeded: Vec<u32>,
    /// Subnets of which enough was logged to deny the rest.
    closed: Vec<u32>,
}

/// Makes the groups.
pub fn groups<'a>(
    out: &mut Draft,
    traffic: &'a Traffic,
    places: &'a Places<'a>,
    options: &'a DraftOptions,
    needs: Needs,
    force: Option<&mut Force<'a>>,
) -> Result<(), DraftError> {
    let mut maker = Maker {
        traffic,
        places,
        options,
        cutter: Cutter { traffic, places, options, dynamic: dynamic_servers(traffic, &out.seeds) },
        ledger: evidence::Ledger::new(traffic),
        force,
        covered: BTreeSet::new(),
    };
    let mut names = places.names(traffic);
    let sites = maker.sites(&needs);
    let Needs { groups: mut of, mut unneeded, mut marked, open, .. } = needs;
    for site in &sites {
        let mut group = maker.group(site, &mut names);
        for direction in DIRECTIONS {
            let mut part =
                Part { site, direction, needs: BTreeMap::new(), unneeded: Vec::new(), closed: Vec::new() };
            for subnet in &site.subnets {
                if let Some(needs) = of.remove(&(*subnet, direction)) {
                    part.needs.insert(*subnet, needs);
                    part.closed.push(*subnet);
                }
                part.unneeded.extend(unneeded.remove(&(*subnet, direction)).unwrap_or_default());
                if let Some(members) = marked.remove(&(*subnet, direction)) {
                    part.needs.insert(*subnet, maker.by_far(members, direction));
                }
            }
            maker.direction(out, &mut group, part)?;
        }
        limits(&group)?;
        maker.elsewhere(out, site, &group);
        out.groups.push(group);
    }
    for seen in open {
        if maker.covered.contains(&seen) {
            out.seeds.push(seen);
        } else {
            *out.skipped.entry(Skip::Unlogged).or_default() += 1;
        }
    }
    out.seeds.sort_unstable();
    out.groups.retain(|group| !group.rules.is_empty() || !group.removed.is_empty());
    out.groups.sort_by(|a, b| a.subnet.cmp(&b.subnet));
    for group in &mut out.groups {
        group.rules.sort_by_key(|a| (a.rule.direction, a.rule.priority));
        group.nsg.rules = group.rules.iter().map(|drafted| drafted.rule.clone()).collect();
    }
    Ok(())
}

/// Checks what Azure counts for a group as a whole.
fn limits(group: &DraftedNsg) -> Result<(), DraftError> {
    let name = || group.subnet.clone();
    if group.rules.len() > MOST_RULES {
        return Err(DraftError::TooManyRules(name(), group.rules.len()));
    }
    let sum =
        |count: &dyn Fn(&SecurityRule) -> usize| group.rules.iter().map(|r| count(&r.rule)).sum::<usize>();
    let prefixes = sum(&|rule| rule.sources.len()).max(sum(&|rule| rule.destinations.len()));
    if prefixes > MOST_PREFIXES {
        return Err(DraftError::TooManyPrefixes(name(), prefixes));
    }
    let ports = sum(&|rule| rule.destination_ports.len());
    if ports > MOST_PORTS {
        return Err(DraftError::TooManyPorts(name(), ports));
    }
    Ok(())
}

impl<'a> Maker<'a, '_> {
    /// Subnets that something is drafted for, those of one group in force together.
    fn sites(&self, needs: &Needs) -> Vec<Site> {
        let numbers: BTreeSet<u32> =
            needs.groups.keys().chain(needs.marked.keys()).map(|(subnet, _)| *subnet).collect();
        let mut out: Vec<Site> = Vec::new();
        let mut named: Vec<(&str, u32)> = numbers.iter().map(|at| (self.name(*at), *at)).collect();
        named.sort_unstable();
        for (name, subnet) in named {
            let id = self.places.named.get(name).map(|(id, _)| id);
            let force = self.force.as_deref();
            let group = force.and_then(|force| force.group_at(id, &self.places.prefixes_of(name)));
            match out.iter_mut().find(|site| group.is_some() && site.group == group) {
                Some(site) => site.subnets.push(subnet),
                None => out.push(Site { group, subnets: vec![subnet] }),
            }
        }
        out
    }

    fn name(&self, subnet: u32) -> &'a str {
        self.places.subnets.subnets.get(subnet as usize).map(|s| s.name.as_str()).unwrap_or_default()
    }

    /// A group without rules yet: the one in force, or a new one of a name that no other has.
    fn group(&self, site: &Site, names: &mut BTreeSet<String>) -> DraftedNsg {
        let one = |subnet: &u32| {
            let name = self.name(*subnet).to_owned();
            let id = self.places.named.get(&name).map(|(id, _)| id.clone());
            Place { prefixes: self.places.prefixes_of(&name), name, id }
        };
        let at: Vec<Place> = site.subnets.iter().map(one).collect();
        let subnet = at.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join(", ");
        let known = self.places.existing.groups.get(site.group.map_or(usize::MAX, |at| at as usize));
        let nsg = match known {
            Some(known) => Nsg { id: known.nsg.id.clone(), name: known.nsg.name.clone(), ..Nsg::default() },
            None => Nsg { name: name::group(&subnet, names), ..Nsg::default() },
        };
        let own = || at.iter().filter_map(|place| place.id.clone()).collect();
        DraftedNsg {
            nsg,
            subnet,
            subnet_id: at.first().filter(|_| at.len() == 1).and_then(|place| place.id.clone()),
            prefixes: at.iter().flat_map(|place| place.prefixes.clone()).collect(),
            applied: known.map_or_else(own, |known| known.places.clone()),
            at,
            rules: Vec::new(),
            before: known.map(|known| known.nsg.clone()),
            removed: Vec::new(),
        }
    }

    /// Says where else a group is, since a change of it is a change there.
    fn elsewhere(&self, out: &mut Draft, site: &Site, group: &DraftedNsg) {
        let here = |place: &&azflow_core::model::ResourceId| {
            !group.at.iter().any(|at| at.id.as_ref() == Some(place))
        };
        let others: Vec<&str> = group.applied.iter().filter(here).map(|place| place.name()).collect();
        if site.group.is_some() && !others.is_empty() && !group.is_unchanged() {
            out.notes.push(format!(
                "{} is also at {}: what changes in it changes there. Nothing new is denied there, and a rule goes only where all of its places were logged",
                group.nsg.name,
                others.join(", ")
            ));
        }
    }

    /// Conversations marked as needed where the rest is not denied, by far end, as others are.
    fn by_far(&self, members: Vec<Member>, direction: Direction) -> GroupNeeds {
        let mut out = GroupNeeds::new();
        for member in members {
            let Some(seen) = self.traffic.conversations.get(member.index as usize) else { continue };
            let far = if direction == Direction::Inbound { member.src } else { member.dst };
            let at = self.places.subnets.subnet_of.get(far as usize).copied().unwrap_or(u32::MAX);
            out.entry((Far::Hosts(at), seen.protocol)).or_default().push(member);
        }
        out
    }

    /// The rules of a group and direction.
    fn direction(
        &mut self,
        out: &mut Draft,
        group: &mut DraftedNsg,
        part: Part<'_>,
    ) -> Result<(), DraftError> {
        let Part { site, direction, needs, unneeded, closed } = part;
        let closed_prefixes: Vec<Prefix> =
            closed.iter().flat_map(|subnet| self.places.prefixes_of(self.name(*subnet))).collect();
        let none = Vec::new();
        let rules: Vec<SecurityRule> = match (&self.force, site.group) {
            (Some(force), Some(at)) => force.rules(at, direction).to_vec(),
            _ => none,
        };
        let is_closed =
            !closed.is_empty() && rules.iter().any(|rule| denies_the_rest(rule, &closed_prefixes));
        let closes = !closed.is_empty();
        let mut curves: BTreeMap<u32, evidence::Curves> = BTreeMap::new();
        for (subnet, needs) in &needs {
            curves.insert(*subnet, self.ledger.curves(needs));
        }
        let (mut lots, mut served, anew) = self.settle(&rules, site, direction, needs, &unneeded, &closed);
        let mut used: BTreeSet<String> =
            group.rules.iter().map(|r| r.rule.name.to_ascii_lowercase()).collect();
        for rule in group.before.iter().flat_map(|nsg| &nsg.rules) {
            let goes = (0..).zip(&rules).any(|(at, own)| own == rule && !lots.stays_at(at));
            if !goes {
                used.insert(rule.name.to_ascii_lowercase());
            }
        }
        let mut pieces = self.pieces(&lots, site, direction, anew);
        // What would be replaced by itself stays: marks are finer than a rule for whole subnets can be.
        pieces = same_again(pieces, &mut lots, &mut served, direction);
        let closing = self.closing(out, group, &lots, direction, (&closed, closes && !is_closed), &mut used);
        let behind = self.behind(&lots, &mut pieces, direction, &closing);
        let own = rules.iter().take_while(|rule| !is_default(rule)).count();
        let wanted = Wanted {
            rules: (0..).zip(rules.iter().take(own)).map(|(at, rule)| (rule, lots.stays_at(at))).collect(),
            pieces: pieces.iter().map(|piece| piece.anew.denial).collect(),
            behind,
            closing: closing.len(),
        };
        let numbers = wanted.numbers(&group.subnet, self.options)?;
        let moved: BTreeMap<usize, u16> = numbers.moved.iter().copied().collect();
        let total: BTreeMap<Far, [u64; Draft::BINS]> =
            curves.values().fold(BTreeMap::new(), |mut sum, of| {
                for (far, curve) in of {
                    let own: &mut [u64; Draft::BINS] = sum.entry(*far).or_default();
                    own.iter_mut().zip(curve).for_each(|(sum, more)| *sum += more);
                }
                sum
            });
        // Rules in force.
        for ((at, rule), members) in rules.iter().enumerate().take(own).zip(&served) {
            if !lots.stays_at(at as u32) {
                continue;
            }
            let far: Vec<Far> =
                members.iter().map(|(far, _)| *far).collect::<BTreeSet<_>>().into_iter().collect();
            let members: Vec<Member> = members.iter().map(|(_, member)| *member).collect();
            let mut rule = rule.clone();
            let mut why = kept(&rule, &members, closes, self.options);
            if members.is_empty()
                && rule.access == Decision::Allowed
                && let Some(need) = self.needed_by(site, direction, &rule)
            {
                why = format!("kept: {need}");
            }
            let reused = match moved.get(&at) {
                Some(priority) => {
                    rule.priority = *priority;
                    why = format!("moved, since there was no room for what must stand before it; {why}");
                    false
                }
                None => true,
            };
            if closes && rule.access == Decision::Allowed {
                evidence::count(out, &rule, &group.prefixes, direction, members.len());
            }
            let drafted = match members.as_slice() {
                [] => DraftedRule::bare(rule, reused),
                members => DraftedRule { reused, ..self.ledger.evidence(rule, members, &far, &total) },
            };
            group.rules.push(DraftedRule { why, ..drafted });
        }
        // New ones.
        let mut instead: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        let mut opens: BTreeMap<&str, u64> = BTreeMap::new();
        for (piece, priority) in pieces.iter().zip(&numbers.pieces) {
            let subnet = name::plain(self.name(piece.subnet));
            let near = piece.server.clone().unwrap_or(subnet);
            let service = name::service(piece.protocol, &piece.ports);
            let inbound = direction == Direction::Inbound;
            let (from, to) = if inbound { (&piece.far_name, &near) } else { (&near, &piece.far_name) };
            let name = name::rule("Allow", from, to, &service, &mut used);
            let rule = SecurityRule { name, priority: *priority, ..skeleton(piece, direction) };
            evidence::count(out, &rule, &group.prefixes, direction, piece.members.len());
            let mut drafted = self.ledger.evidence(rule, &piece.members, &piece.far, &total);
            drafted.rule.description = evidence::seen(&drafted);
            drafted.why = self.reason(piece, &rules);
            if let Some(old) = piece.anew.instead {
                instead.entry(old).or_default().push(drafted.rule.name.clone());
            }
            if let Some(denial) = piece.anew.denial.and_then(|at| rules.get(at as usize))
                && piece.members.iter().any(|member| member.marked)
            {
                *opens.entry(denial.name.as_str()).or_default() += piece.members.len() as u64;
            }
            group.rules.push(drafted);
        }
        for (denial, count) in opens {
            out.notes.push(format!(
                "{}: {denial} is in force and would refuse what is marked as needed: {count} conversations are let pass before it",
                group.subnet
            ));
        }
        for (mut drafted, priority) in closing.into_iter().zip(&numbers.closing) {
            drafted.rule.priority = *priority;
            group.rules.push(drafted);
        }
        let removed = lots.removed(&|at| instead.get(&at).cloned().unwrap_or_default());
        for Removed { rule, why } in &removed {
            out.notes.push(format!("{}: {} is in force and goes: {why}", group.subnet, rule.name));
        }
        group.removed.extend(removed);
        Ok(())
    }

    /// What becomes of the rules in force, whom each serves, and what needs rules of its own.
    #[allow(clippy::type_complexity, reason = "three answers of one walk")]
    fn settle<'r>(
        &mut self,
        rules: &'r [SecurityRule],
        site: &Site,
        direction: Direction,
        needs: BTreeMap<u32, GroupNeeds>,
        unneeded: &[u32],
        closed: &[u32],
    ) -> (Lots<'r>, Vec<Vec<(Far, Member)>>, BTreeMap<(u32, Anew), GroupNeeds>) {
        let closes = !closed.is_empty();
        let mut served: Vec<Vec<(Far, Member)>> = vec![Vec::new(); rules.len()];
        let mut anew: BTreeMap<(u32, Anew), GroupNeeds> = BTreeMap::new();
        let traffic = self.traffic;
        let (Some(force), Some(at)) = (self.force.as_mut(), site.group) else {
            for (subnet, needs) in needs {
                // Outbound the default rules let pass what goes to the Internet, and the deny does not touch it.
                let needs = needs
                    .into_iter()
                    .filter(|((far, _), _)| direction == Direction::Inbound || *far != Far::Internet);
                if closes {
                    anew.insert((subnet, Anew { denial: None, instead: None }), needs.collect());
                }
            }
            return (Lots::all_stay(rules), served, anew);
        };
        let mut patterns = Patterns::default();
        let mut met: Vec<Met> = Vec::new();
        let mut of: Vec<(u32, Far, azflow_core::model::Protocol, Member, Case)> = Vec::new();
        for (subnet, needs) in needs {
            for ((far, protocol), members) in needs {
                for member in members {
                    let Some(seen) = traffic.conversations.get(member.index as usize) else { continue };
                    let pattern = patterns.number(force.pattern(traffic, seen, at, direction));
                    met.resize(patterns.all.len(), Met::default());
                    if let Some(met) = met.get_mut(pattern as usize) {
                        if is_nameable(protocol) { met.needed += 1 } else { met.unnameable += 1 }
                    }
                    of.push((subnet, far, protocol, member, Case { pattern, allowed: seen.allowed }));
                }
            }
        }
        for index in unneeded {
            let Some(seen) = traffic.conversations.get(*index as usize) else { continue };
            let pattern = patterns.number(force.pattern(traffic, seen, at, direction));
            met.resize(patterns.all.len(), Met::default());
            if let Some(met) = met.get_mut(pattern as usize) {
                met.unneeded += 1;
            }
        }
        let known: Vec<_> = patterns.all.iter().cloned().zip(met).collect();
        // A rule that goes goes at every place of the group: at one of which not enough was logged it may be needed.
        let everywhere = self.is_closed_everywhere(site, closed);
        let protects = |rule: &SecurityRule| !everywhere || self.needed_by(site, direction, rule).is_some();
        let lots = if closes {
            Lots::of(rules, &known, self.options, &protects, closes)
        } else {
            Lots::all_stay(rules)
        };
        let mut settled: HashMap<Case, Served> = HashMap::new();
        for (subnet, far, protocol, member, case) in of {
            let answer =
                *settled.entry(case).or_insert_with(|| match patterns.all.get(case.pattern as usize) {
                    Some(pattern) => lots.settle(pattern, case),
                    None => Served::Default,
                });
            if !closes && answer != Served::Default {
                self.covered.insert(member.index as usize);
            }
            match answer {
                Served::Default => {}
                Served::By(rule) => {
                    if let Some(list) = served.get_mut(rule as usize) {
                        list.push((far, member));
                    }
                }
                Served::Anew(why) => {
                    anew.entry((subnet, why)).or_default().entry((far, protocol)).or_default().push(member);
                }
            }
        }
        (lots, served, anew)
    }

    /// What gets rules of its own, in pieces: whole subnets where that overrules no denial in force, else what was seen.
    fn pieces(
        &self,
        lots: &Lots<'_>,
        site: &Site,
        direction: Direction,
        anew: BTreeMap<(u32, Anew), GroupNeeds>,
    ) -> Vec<Piece> {
        let mut out = Vec::new();
        // What no denial in force may meet is cut together, whatever let it in until now.
        let mut together: BTreeMap<(u32, Anew), GroupNeeds> = BTreeMap::new();
        let mut free: BTreeMap<u32, (Option<u32>, GroupNeeds)> = BTreeMap::new();
        for ((subnet, why), needs) in anew {
            match why.denial {
                Some(_) => drop(together.insert((subnet, why), needs)),
                None => {
                    let (instead, list) = free.entry(subnet).or_default();
                    *instead = instead.or(why.instead);
                    needs.into_iter().for_each(|(key, members)| list.entry(key).or_default().extend(members));
                }
            }
        }
        together.extend(
            free.into_iter()
                .map(|(subnet, (instead, needs))| ((subnet, Anew { denial: None, instead }), needs)),
        );
        let mut all: Vec<((u32, Anew), GroupNeeds)> = together.into_iter().collect();
        let place = |subnet: u32| site.subnets.iter().position(|own| *own == subnet);
        all.sort_by_key(|((subnet, why), _)| (place(*subnet), *why));
        for ((subnet, why), needs) in all {
            let prefixes = self.places.prefixes_of(self.name(subnet));
            let here: Vec<Endpoint> = prefixes.iter().map(|p| Endpoint::Prefix(*p)).collect();
            let wide = |needs| self.cutter.wide(needs, &here, (subnet, direction), why);
            match (why.denial, why.instead) {
                (None, _) => out.extend(wide(needs)),
                (Some(denial), Some(instead)) if instead < denial => {
                    for (key, members) in needs {
                        let only = |members| GroupNeeds::from([(key, members)]);
                        let list = wide(only(members));
                        let old = lots.rules.get(instead as usize);
                        // As wide as what goes, or narrower, and in its place: nothing more passes than today.
                        let fits = |piece: &Piece| old.is_some_and(|old| self.is_within(piece, old));
                        for piece in list {
                            if fits(&piece) {
                                let denial = lots.denial_behind(instead);
                                out.push(Piece { anew: Anew { denial, ..why }, ..piece });
                            } else {
                                out.extend(self.cutter.exact(only(piece.members), (subnet, direction), why));
                            }
                        }
                    }
                }
                _ => out.extend(self.cutter.exact(needs, (subnet, direction), why)),
            }
        }
        without_covered(self.cutter.merged(out))
    }

    /// Whether a rule in force lets pass all that a piece would.
    fn is_within(&self, piece: &Piece, old: &SecurityRule) -> bool {
        let (far, near) = ends(old);
        let prefixes = |ends: &[Endpoint]| {
            ends.iter()
                .map(|end| if let Endpoint::Prefix(p) = end { Some(*p) } else { None })
                .collect::<Option<Vec<_>>>()
        };
        let (Some(there), Some(here)) = (prefixes(&piece.there), prefixes(&piece.here)) else {
            let same = piece.there.iter().all(|end| far.contains(end) || far.contains(&Endpoint::Any));
            return same && self.serves(old, piece);
        };
        let network = far
            .iter()
            .find(|end| matches!(end, Endpoint::Tag(tag) if tag.eq_ignore_ascii_case("virtualnetwork")));
        let member = |prefix: &Prefix| {
            let Some(at) = here.first() else { return false };
            network.is_some_and(|tag| {
                [prefix.first(), prefix.last()]
                    .iter()
                    .all(|address| self.places.world.matches_from(tag, *address, at.first()) == Answer::Yes)
            })
        };
        there.iter().all(|prefix| holds_prefix(far, *prefix) || member(prefix))
            && here.iter().all(|prefix| holds_prefix(near, *prefix))
            && self.serves(old, piece)
    }

    /// Whether a rule's protocol and ports hold those of a piece.
    fn serves(&self, old: &SecurityRule, piece: &Piece) -> bool {
        let ports = |range: &PortRange| {
            old.destination_ports.iter().any(|own| own.first <= range.first && range.last <= own.last)
        };
        old.doubt.is_none()
            && old.source_ports.contains(&PortRange::ALL)
            && old.protocol.is_none_or(|own| own == piece.protocol)
            && piece.ports.iter().all(ports)
    }

    /// The guards and the deny of the rest, without priorities; nothing where the rest is denied already.
    fn closing(
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
        let serves = |guard: &SecurityRule| {
            (0..).zip(lots.rules).filter(|(at, rule)| !is_default(rule) && lots.stays_at(*at)).any(
                |(_, rule)| {
                    let (far, near) = ends(rule);
                    let (guard_far, guard_near) = ends(guard);
                    let held = |end: &Endpoint| match end {
                        Endpoint::Prefix(prefix) => holds_prefix(near, *prefix),
                        end => near.contains(end) || near.contains(&Endpoint::Any),
                    };
                    let same = |end: &Endpoint| {
                        far.iter().any(|own| match (own, end) {
                            (Endpoint::Tag(own), Endpoint::Tag(tag)) => own.eq_ignore_ascii_case(tag),
                            (own, end) => own == end,
                        })
                    };
                    let ports = |range: &PortRange| {
                        rule.destination_ports
                            .iter()
                            .any(|own| own.first <= range.first && range.last <= own.last)
                    };
                    rule.access == Decision::Allowed
                        && rule.source_ports.contains(&PortRange::ALL)
                        && rule.protocol.is_none_or(|own| Some(own) == guard.protocol)
                        && guard.destination_ports.iter().all(ports)
                        && guard_far.iter().all(same)
                        && guard_near.iter().all(held)
                },
            )
        };
        let name = match closed {
            [one] => self.name(*one),
            _ => group.nsg.name.as_str(),
        };
        let guards = guards::rules(direction, &name::plain(name), &here, self.options, &serves, used);
        // What a service's rule lets pass already needs no guard beside it.
        let is_new = |guard: &DraftedRule| {
            !safe.iter().any(|safe| {
                SecurityRule { name: String::new(), description: String::new(), ..safe.rule.clone() }
                    == SecurityRule { name: String::new(), description: String::new(), ..guard.rule.clone() }
            })
        };
        let guards: Vec<DraftedRule> = guards.into_iter().filter(is_new).collect();
        safe.extend(guards);
        safe
    }

    /// Whether enough was logged at every place of the group in force: at each of its subnets, and at no NIC besides.
    fn is_closed_everywhere(&self, site: &Site, closed: &[u32]) -> bool {
        let group = site.group.and_then(|at| self.places.existing.groups.get(at as usize));
        let is_closed = |place: &azflow_core::model::ResourceId| {
            closed.iter().any(|subnet| {
                let named = self.places.named.get(self.name(*subnet));
                named.is_some_and(|(id, _)| id == place)
            })
        };
        group.is_none_or(|group| group.places.iter().all(is_closed))
    }

    /// The service that needs a rule in force, in a sentence with its source.
    fn needed_by(&self, site: &Site, direction: Direction, rule: &SecurityRule) -> Option<&'a str> {
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
                let is_users = need.opens_to_internet() && need.service != Service::Bastion;
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
                if need.perhaps
                    || need.only_where.is_some()
                    || is_users
                    || need.is_for_clients && need.service != Service::Bastion
                {
                    continue;
                }
                let ends = (&need.sources, &need.destinations, need.protocol, &need.ports);
                if made.iter().any(|own| {
                    (
                        &own.rule.sources,
                        &own.rule.destinations,
                        own.rule.protocol,
                        &own.rule.destination_ports,
                    ) == ends
                }) {
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
                let rule = SecurityRule { description: short(&need.why), ..need.rule(name, 0) };
                made.push(DraftedRule { why: need.why.clone(), ..DraftedRule::bare(rule, false) });
            }
        }
        made
    }

    /// The last denial that a piece without a place may meet. One that meets such a denial behind the new deny is cut to
    /// what was seen, and stands before it.
    fn behind(
        &self,
        lots: &Lots<'_>,
        pieces: &mut Vec<Piece>,
        direction: Direction,
        closing: &[DraftedRule],
    ) -> Option<u32> {
        let denials = || {
            let own = (0u32..).zip(lots.rules).take_while(|(_, rule)| !is_default(rule));
            own.filter(|(_, rule)| is_denial(rule))
        };
        let last_allow = (0..)
            .zip(lots.rules)
            .filter(|(at, rule)| !is_default(rule) && !is_denial(rule) && lots.stays_at(*at));
        let last_allow = last_allow.map(|(_, rule)| rule.priority).max().unwrap_or_default();
        let end = if closing.is_empty() {
            u16::MAX
        } else {
            self.options.deny_priority.max(last_allow.saturating_add(1)).saturating_sub(150)
        };
        let mut last = None;
        let mut exact = Vec::new();
        for piece in std::mem::take(pieces) {
            let rule = skeleton(&piece, direction);
            let met: Vec<(u32, &SecurityRule)> = match piece.anew.denial {
                None => denials().filter(|(_, denial)| may_meet(denial, &rule)).collect(),
                Some(_) => Vec::new(),
            };
            match met.iter().find(|(_, denial)| denial.priority >= end) {
                Some((at, _)) => {
                    let why = Anew { denial: Some(*at), ..piece.anew };
                    let mut needs = GroupNeeds::new();
                    let subnet = piece.subnet;
                    for member in piece.members {
                        let far = piece.far.first().copied().unwrap_or(Far::Internet);
                        needs.entry((far, piece.protocol)).or_default().push(member);
                    }
                    exact.extend(self.cutter.exact(needs, (subnet, direction), why));
                }
                None => {
                    last = last.max(met.last().map(|(at, _)| *at));
                    pieces.push(piece);
                }
            }
        }
        pieces.extend(exact);
        last
    }

    /// Why a new rule is there.
    fn reason(&self, piece: &Piece, rules: &[SecurityRule]) -> String {
        let marked = piece.members.iter().filter(|member| member.marked).count();
        let mut why = match marked {
            0 => "seen".to_owned(),
            all if all == piece.members.len() => "marked as needed".to_owned(),
            some => format!("seen, {some} of {} conversations marked as needed", piece.members.len()),
        };
        let last = piece.members.iter().map(|member| member.last).max();
        if let Some(last) = last {
            let flows: u64 = piece.members.iter().map(|member| member.flows).fold(0, u64::saturating_add);
            let flows = if flows == 1 { "a flow".to_owned() } else { format!("{flows} flows") };
            why.push_str(&format!(", {flows}, last on {}", day(last)));
        }
        let name = |at: u32| rules.get(at as usize).map(|rule| rule.name.as_str()).unwrap_or_default();
        if let Some(old) = piece.anew.instead {
            why.push_str(&format!("; in place of {}", name(old)));
        }
        if let Some(denial) = piece.anew.denial {
            why.push_str(&format!("; it stands before {}, which is in force", name(denial)));
        }
        why
    }
}

/// Takes out pieces all of which another one lets pass that stands no later; what they rest on goes with that one.
fn without_covered(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let first = pieces.first().map(|piece| piece.anew);
    if pieces.iter().all(|piece| Some(piece.anew) == first) {
        return pieces;
    }
    let place = |piece: &Piece| piece.anew.denial.unwrap_or(u32::MAX);
    let holds = |list: &[Endpoint], end: &Endpoint| match end {
        Endpoint::Prefix(prefix) => holds_prefix(list, *prefix),
        end => list.contains(end),
    };
    let covers = |by: &Piece, piece: &Piece| {
        let port =
            |range: &PortRange| by.ports.iter().any(|own| own.first <= range.first && range.last <= own.last);
        place(by) <= place(piece)
            && by.protocol == piece.protocol
            && piece.ports.iter().all(port)
            && piece.there.iter().all(|end| holds(&by.there, end))
            && piece.here.iter().all(|end| holds(&by.here, end))
    };
    let mut at = 0;
    while at < pieces.len() {
        match (0..pieces.len()).find(|by| *by != at && covers(&pieces[*by], &pieces[at])) {
            Some(by) => {
                let piece = pieces.remove(at);
                let by = if by > at { by - 1 } else { by };
                pieces[by].members.extend(piece.members);
                if pieces[by].anew.instead.is_none() {
                    pieces[by].anew.instead = piece.anew.instead;
                }
                at = 0;
            }
            None => at += 1,
        }
    }
    pieces
}

/// Takes out pieces that are the rule they stand for; that rule stays then, for what they are for.
fn same_again(
    pieces: Vec<Piece>,
    lots: &mut Lots<'_>,
    served: &mut [Vec<(Far, Member)>],
    direction: Direction,
) -> Vec<Piece> {
    let mut of: BTreeMap<u32, u32> = BTreeMap::new();
    for at in pieces.iter().filter_map(|piece| piece.anew.instead) {
        *of.entry(at).or_default() += 1;
    }
    let mut out = Vec::new();
    for piece in pieces {
        let old = piece.anew.instead.filter(|at| of.get(at) == Some(&1));
        let rule = old.and_then(|at| lots.rules.get(at as usize));
        let own = skeleton(&piece, direction);
        let is_same = rule.is_some_and(|rule| {
            rule.sources == own.sources
                && rule.destinations == own.destinations
                && rule.protocol == own.protocol
                && rule.destination_ports == own.destination_ports
                && rule.source_ports == own.source_ports
        });
        match old.filter(|_| is_same) {
            Some(at) => {
                lots.keep(at);
                if let Some(list) = served.get_mut(at as usize) {
                    let far = piece.far.first().copied().unwrap_or(Far::Internet);
                    list.extend(piece.members.into_iter().map(|member| (far, member)));
                }
            }
            None => out.push(piece),
        }
    }
    out
}

/// A description is cut where Azure cuts it.
fn short(text: &str) -> String {
    text.chars().take(140).collect()
}

fn day(at: UnixMillis) -> String {
    at.to_iso().get(..10).unwrap_or_default().to_owned()
}

/// A piece as a rule, without its name, priority and description.
fn skeleton(piece: &Piece, direction: Direction) -> SecurityRule {
    let inbound = direction == Direction::Inbound;
    let (there, here) = (piece.there.clone(), piece.here.clone());
    let (sources, destinations) = if inbound { (there, here) } else { (here, there) };
    SecurityRule {
        name: String::new(),
        description: String::new(),
        priority: 0,
        direction,
        access: Decision::Allowed,
        protocol: is_nameable(piece.protocol).then_some(piece.protocol),
        sources,
        source_ports: vec![PortRange::ALL],
        destinations,
        destination_ports: piece.ports.clone(),
        doubt: None,
    }
}

/// Why a rule in force stays.
fn kept(rule: &SecurityRule, members: &[Member], is_drafted: bool, options: &DraftOptions) -> String {
    if is_denial(rule) {
        return "kept: a denial in force denies what it denied".to_owned();
    }
    if !is_drafted {
        return "kept: nothing is drafted in this direction".to_owned();
    }
    match members.iter().map(|member| member.last).max() {
        Some(last) if members.len() == 1 => format!("kept: a conversation needs it, last on {}", day(last)),
        Some(last) => format!("kept: {} conversations need it, last on {}", members.len(), day(last)),
        None if super::force::is_wide(rule, options) => {
            "kept: nothing was seen that needs it, which is no proof; it lets pass much that the deny behind it does not reach"
                .to_owned()
        }
        None => "kept: nothing was seen that needs it, which is no proof that nothing does".to_owned(),
    }
}
