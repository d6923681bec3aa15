//! Groups: what is in force, changed as little as needed, then what closes the rest.

use super::closing::Closing;
use super::force::{Force, denies_the_rest, is_default};
use super::handed_out::{HandedOut, Hosts};
use super::instead::Instead;
use super::needs::{Far, GroupNeeds, Member, Needs, is_nameable};
use super::pieces::Cutter;
use super::placed::same_again;
use super::priorities::Wanted;
use super::served::{Anew, Case, Lots, Met, Served};
use super::{
    Draft, DraftError, DraftOptions, DraftedNsg, DraftedRule, MOST_PORTS, MOST_PREFIXES, MOST_RULES, Place,
    Places, Removed, Skip, evidence, name, reasons, serious,
};
use crate::rules::services::managed_rule;
use crate::rules::traffic::Traffic;
use azflow_core::model::{Decision, Direction, Nsg, Prefix, ResourceId, SecurityRule};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Both directions, in the order in which groups list them.
const DIRECTIONS: [Direction; 2] = [Direction::Inbound, Direction::Outbound];

/// The subnets that one group is for.
#[derive(Debug)]
pub struct Site {
    /// The group in force.
    pub group: Option<u32>,
    /// Numbers of subnets, by name.
    pub subnets: Vec<u32>,
    /// The group in force is elsewhere, too, and this subnet gets one of its own in its stead.
    pub is_split: bool,
}

/// What making the rules needs.
pub struct Maker<'a, 'b> {
    traffic: &'a Traffic,
    pub places: &'a Places<'a>,
    pub options: &'a DraftOptions,
    pub cutter: Cutter<'a>,
    ledger: evidence::Ledger<'a>,
    force: Option<&'b mut Force<'a>>,
    /// Names that groups have.
    names: BTreeSet<String>,
    /// Conversations that rules came of where the rest is not denied.
    covered: BTreeSet<usize>,
}

/// The conversations that one rule in force serves, by their far ends.
pub type ServedBy = Vec<(Far, Vec<Member>)>;

/// What there is of one group and direction.
struct Part<'a> {
    site: &'a Site,
    direction: Direction,
    /// By subnet.
    needs: BTreeMap<u32, GroupNeeds>,
    /// The patterns of allowed conversations that a reviewer does not need.
    unneeded: Vec<u32>,
    /// Subnets of which enough was logged to deny the rest.
    closed: Vec<u32>,
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

impl<'a, 'b> Maker<'a, 'b> {
    /// Of a draft whose seeds are known.
    pub fn new(
        out: &Draft,
        traffic: &'a Traffic,
        places: &'a Places<'a>,
        options: &'a DraftOptions,
        hosts: &Hosts,
        force: Option<&'b mut Force<'a>>,
    ) -> Self {
        let handed_out = HandedOut::of(traffic, &out.seeds, hosts);
        Self {
            traffic,
            places,
            options,
            cutter: Cutter { traffic, places, options, handed_out },
            ledger: evidence::Ledger::new(traffic),
            force,
            names: places.names(traffic),
            covered: BTreeSet::new(),
        }
    }

    /// Makes the group of a site out of what is needed there, which is taken.
    pub fn make(&mut self, out: &mut Draft, site: &Site, all: &mut Needs) -> Result<(), DraftError> {
        let mut group = self.group(site);
        for direction in DIRECTIONS {
            let mut part =
                Part { site, direction, needs: BTreeMap::new(), unneeded: Vec::new(), closed: Vec::new() };
            for subnet in &site.subnets {
                if let Some(needs) = all.groups.remove(&(*subnet, direction)) {
                    part.needs.insert(*subnet, needs);
                    part.closed.push(*subnet);
                }
                part.unneeded.extend(all.unneeded.remove(&(*subnet, direction)).unwrap_or_default());
                if let Some(members) = all.marked.remove(&(*subnet, direction)) {
                    part.needs.insert(*subnet, self.by_far(members, direction));
                }
            }
            self.direction(out, &mut group, part)?;
        }
        limits(&group)?;
        self.elsewhere(out, site, &group);
        out.groups.push(group);
        Ok(())
    }

    /// When the groups of all sites are made.
    pub fn finish(&self, out: &mut Draft, needs: &Needs) {
        for seen in &needs.open {
            if self.covered.contains(seen) {
                out.seeds.push(*seen);
            } else {
                *out.skipped.entry(Skip::Unlogged).or_default() += 1;
            }
        }
        out.notes.extend(self.cutter.handed_out.notes(self.traffic));
        out.seeds.sort_unstable();
        out.groups.retain(|group| !group.rules.is_empty() || !group.removed.is_empty());
        out.groups.sort_by(|a, b| a.subnet.cmp(&b.subnet));
        for group in &mut out.groups {
            group.rules.sort_by_key(|a| (a.rule.direction, a.rule.priority));
            group.nsg.rules = group.rules.iter().map(|drafted| drafted.rule.clone()).collect();
        }
    }

    /// Subnets that something is drafted for, those of one group in force together.
    pub fn sites(&self, needs: &Needs) -> Vec<Site> {
        let numbers: BTreeSet<u32> =
            needs.groups.keys().chain(needs.marked.keys()).map(|(subnet, _)| *subnet).collect();
        let mut out: Vec<Site> = Vec::new();
        let mut named: Vec<(&str, u32)> = numbers.iter().map(|at| (self.name(*at), *at)).collect();
        named.sort_unstable();
        for (name, subnet) in named {
            let id = self.places.named.get(name).map(|(id, _)| id);
            let force = self.force.as_deref();
            let group = force.and_then(|force| force.group_at(id, &self.places.prefixes_of(name)));
            let is_split = group.is_some_and(|group| self.options.split_shared && self.is_shared(group));
            match out.iter_mut().find(|site| group.is_some() && site.group == group && !is_split) {
                Some(site) => site.subnets.push(subnet),
                None => out.push(Site { group, subnets: vec![subnet], is_split }),
            }
        }
        out
    }

    /// Whether a group in force is at several places.
    fn is_shared(&self, group: u32) -> bool {
        let group = self.places.existing.groups.get(group as usize);
        group.is_some_and(|group| self.places.world.sites().places_of(group).len() > 1)
    }

    /// The name of a subnet.
    pub fn name(&self, subnet: u32) -> &'a str {
        self.places.subnets.subnets.get(subnet as usize).map(|s| s.name.as_str()).unwrap_or_default()
    }

    /// A group without rules yet: the one in force, or a new one of a name that no other has.
    fn group(&mut self, site: &Site) -> DraftedNsg {
        let one = |subnet: &u32| {
            let name = self.name(*subnet).to_owned();
            let id = self.places.named.get(&name).map(|(id, _)| id.clone());
            Place { prefixes: self.places.prefixes_of(&name), name, id }
        };
        let at: Vec<Place> = site.subnets.iter().map(one).collect();
        let subnet = at.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join(", ");
        let known = self.places.existing.groups.get(site.group.map_or(usize::MAX, |at| at as usize));
        let split_from = known.filter(|_| site.is_split).map(|known| known.nsg.clone());
        let known = known.filter(|_| !site.is_split);
        let nsg = match known {
            Some(known) => Nsg { id: known.nsg.id.clone(), name: known.nsg.name.clone(), ..Nsg::default() },
            None => Nsg { name: name::group(&subnet, &mut self.names), ..Nsg::default() },
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
            split_from,
            removed: Vec::new(),
        }
    }

    /// Says where else a group is, since a change of it is a change there.
    fn elsewhere(&self, out: &mut Draft, site: &Site, group: &DraftedNsg) {
        let here = |place: &&ResourceId| !group.at.iter().any(|at| at.id.as_ref() == Some(place));
        let others: Vec<&str> = group.applied.iter().filter(here).map(|place| place.name()).collect();
        if site.group.is_some() && !site.is_split && !others.is_empty() && !group.is_unchanged() {
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
        let rules: Vec<SecurityRule> = match (&self.force, site.group) {
            (Some(force), Some(at)) => force.rules(at, direction).to_vec(),
            _ => Vec::new(),
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
        for rule in group.now().iter().flat_map(|nsg| &nsg.rules) {
            let goes = (0..).zip(&rules).any(|(at, own)| own == rule && !lots.stays_at(at));
            if !goes {
                used.insert(rule.name.to_ascii_lowercase());
            }
        }
        let mut pieces = self.pieces(&lots, site, direction, anew);
        // What would be replaced by itself stays: marks are finer than a rule for whole subnets can be.
        pieces = same_again(pieces, &mut lots, &mut served, direction);
        let closing = self.closing(out, group, &lots, direction, (&closed, closes && !is_closed), &mut used);
        let Closing { placed, last: closing } = closing;
        let behind = self.behind(&lots, &mut pieces, direction, &closing);
        let own = rules.iter().take_while(|rule| !is_default(rule)).count();
        let places = pieces.iter().map(|piece| piece.anew.denial);
        let wanted = Wanted {
            rules: (0..).zip(rules.iter().take(own)).map(|(at, rule)| (rule, lots.stays_at(at))).collect(),
            pieces: places.chain(placed.iter().map(|one| Some(one.before))).collect(),
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
            let members: Vec<Member> = members.iter().flat_map(|(_, members)| members).copied().collect();
            let mut rule = rule.clone();
            let mut why = reasons::kept(&rule, &members, closes, self.options);
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
                evidence::count(out, &rule, &group.prefixes, members.len());
            }
            let drafted = match members.as_slice() {
                [] => DraftedRule::bare(rule, reused),
                members => DraftedRule { reused, ..self.ledger.evidence(rule, members, &far, &total) },
            };
            let is_marked = members.iter().any(|member| member.marked);
            group.rules.push(serious::told(DraftedRule { why, ..drafted }, is_marked));
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
            let rule = SecurityRule { name, priority: *priority, ..piece.rule(direction) };
            evidence::count(out, &rule, &group.prefixes, piece.members.len());
            let mut drafted = self.ledger.evidence(rule, &piece.members, &piece.far, &total);
            drafted.rule.description = evidence::seen(&drafted);
            drafted.why = reasons::added(piece, &rules);
            if let Some(old) = piece.anew.instead {
                instead.entry(old).or_default().push(drafted.rule.name.clone());
            }
            if let Some(denial) = piece.anew.denial.and_then(|at| rules.get(at as usize))
                && piece.members.iter().any(|member| member.marked)
            {
                *opens.entry(denial.name.as_str()).or_default() += piece.members.len() as u64;
            }
            let is_marked = piece.members.iter().any(|member| member.marked);
            group.rules.push(serious::told(drafted, is_marked));
        }
        let after_pieces = numbers.pieces.iter().skip(pieces.len());
        for (Instead { mut drafted, old, .. }, priority) in placed.into_iter().zip(after_pieces) {
            drafted.rule.priority = *priority;
            instead.entry(old).or_default().push(drafted.rule.name.clone());
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
    ) -> (Lots<'r>, Vec<ServedBy>, BTreeMap<(u32, Anew), GroupNeeds>) {
        let closes = !closed.is_empty();
        let mut served: Vec<ServedBy> = vec![Vec::new(); rules.len()];
        let mut anew: BTreeMap<(u32, Anew), GroupNeeds> = BTreeMap::new();
        let (Some(force), Some(at)) = (self.force.as_deref(), site.group) else {
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
        let patterns = force.patterns(at, direction);
        let mut met = vec![Met::default(); patterns.len()];
        for ((_, protocol), members) in needs.values().flatten() {
            let is_nameable = is_nameable(*protocol);
            for member in members {
                if let Some(met) = met.get_mut(member.case.pattern as usize) {
                    if is_nameable { met.needed += 1 } else { met.unnameable += 1 }
                }
            }
        }
        for pattern in unneeded {
            if let Some(met) = met.get_mut(*pattern as usize) {
                met.unneeded += 1;
            }
        }
        // A group in force at several places has patterns of others, too.
        let known = patterns.iter().cloned().zip(met).filter(|(_, met)| *met != Met::default());
        let known: Vec<_> = known.collect();
        // A rule that goes goes at every place of the group: at one of which not enough was logged it may be needed.
        let everywhere = self.is_closed_everywhere(site, closed);
        let is_managed =
            |rule: &SecurityRule| managed_rule(&rule.name).is_some_and(|managed| !managed.may_go);
        let protects = |rule: &SecurityRule| {
            !everywhere || is_managed(rule) || self.needed_by(site, direction, rule).is_some()
        };
        let lots = if closes {
            Lots::of(rules, &known, self.options, &protects, closes)
        } else {
            Lots::all_stay(rules)
        };
        // By pattern, and whether anything was allowed.
        let mut settled: Vec<[Option<Served>; 2]> = vec![[None; 2]; patterns.len()];
        let mut settle = |case: Case| {
            let (Some(pattern), Some(known)) =
                (patterns.get(case.pattern as usize), settled.get_mut(case.pattern as usize))
            else {
                return Served::Default;
            };
            *known[usize::from(case.allowed)].get_or_insert_with(|| lots.settle(pattern, case))
        };
        for (subnet, needs) in needs {
            for ((far, protocol), members) in needs {
                for (answer, members) in apart(members, &mut settle) {
                    if !closes && answer != Served::Default {
                        self.covered.extend(members.iter().map(|member| member.index as usize));
                    }
                    match answer {
                        Served::Default => {}
                        Served::By(rule) => {
                            if let Some(list) = served.get_mut(rule as usize) {
                                list.push((far, members));
                            }
                        }
                        Served::Anew(why) => {
                            anew.entry((subnet, why)).or_default().insert((far, protocol), members);
                        }
                    }
                }
            }
        }
        (lots, served, anew)
    }
}

/// Conversations of a need by how they will pass; mostly that is the same for all.
fn apart(members: Vec<Member>, settle: &mut impl FnMut(Case) -> Served) -> Vec<(Served, Vec<Member>)> {
    let Some(first) = members.first().map(|member| settle(member.case)) else { return Vec::new() };
    if members.iter().all(|member| settle(member.case) == first) {
        return vec![(first, members)];
    }
    let mut out: Vec<(Served, Vec<Member>)> = Vec::new();
    let mut places: HashMap<Served, usize> = HashMap::new();
    for member in members {
        let answer = settle(member.case);
        let place = *places.entry(answer).or_insert_with(|| {
            out.push((answer, Vec::new()));
            out.len() - 1
        });
        if let Some((_, members)) = out.get_mut(place) {
            members.push(member);
        }
    }
    out
}
