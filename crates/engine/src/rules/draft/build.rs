//! Needs become rules, rules become groups.

use super::existing::Existing;
use super::kept::{Kept, flows};
use super::needs::{Far, GroupNeeds, Member, is_nameable};
use super::{
    Draft, DraftError, DraftOptions, DraftedNsg, DraftedRule, MOST_PORTS, MOST_PREFIXES, MOST_RULES,
    Maturity, Places, PortMerge, PrefixMerge, Scope, guards, name,
};
use crate::rules::lists::joined;
use crate::rules::traffic::{Observed, Traffic};
use azflow_core::model::{
    Address, Decision, Direction, Endpoint, Nsg, PortRange, Prefix, Protocol, SecurityRule, SpecialSubnet,
    SubnetKind, UnixMillis,
};
use azflow_core::store::Bits;
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Few enough hosts to be named one by one in mixed scope.
const FEW_HOSTS: usize = 4;
/// Ports from here on are handed out by systems.
const DYNAMIC: u16 = 49_152;
/// One of those makes a server of dynamic ports of a host with the endpoint mapper, two of one with FTP.
const MAPPER: u16 = 135;
const FTP: u16 = 21;
/// A day.
const DAY: i64 = 86_400_000;
/// A protocol and port that no rule names but with all others.
const EVERYTHING: u128 = 256 * 65_536;

/// What of a need becomes one rule: by whether it is IPv6, destination with dynamic ports, port.
type Part = (bool, Option<u32>, Option<u16>);

/// A rule in the making.
#[derive(Debug)]
struct Piece {
    far: Vec<Far>,
    far_name: String,
    there: Vec<Endpoint>,
    here: Vec<Endpoint>,
    /// The one host it is for, where it is not the subnet.
    server: Option<String>,
    protocol: Protocol,
    ports: Vec<PortRange>,
    members: Vec<Member>,
}

/// What making the rules of one group needs.
struct Maker<'a> {
    traffic: &'a Traffic,
    places: &'a Places<'a>,
    options: &'a DraftOptions,
    /// Hosts that serve dynamic ports, by number.
    dynamic: Vec<bool>,
    /// Marks addresses while distinct sources and destinations are counted.
    stamps: [Vec<u32>; 2],
    round: u32,
}

/// Makes the groups.
pub fn groups(
    out: &mut Draft,
    traffic: &Traffic,
    places: &Places<'_>,
    options: &DraftOptions,
    needs: BTreeMap<(u32, Direction), GroupNeeds>,
) -> Result<(), DraftError> {
    let mut maker = Maker {
        traffic,
        places,
        options,
        dynamic: dynamic_servers(traffic, &out.seeds),
        stamps: [0, 0].map(|stamp| vec![stamp; traffic.addresses.len()]),
        round: 0,
    };
    let mut existing = Existing::new(places, traffic);
    let mut names = BTreeSet::new();
    let mut groups: Vec<(u32, DraftedNsg)> = Vec::new();
    let drafted: Vec<(u32, Direction)> = needs.keys().copied().collect();
    for ((subnet, direction), needs) in needs {
        let Some(here) = places.subnets.subnets.get(subnet as usize) else { continue };
        let prefixes = places.prefixes_of(&here.name);
        if groups.last().is_none_or(|(known, _)| *known != subnet) {
            let subnet_id = places.named.get(&here.name).map(|(id, _)| id.clone());
            let before = existing.as_ref().and_then(|e| e.only_at(subnet_id.as_ref(), &prefixes)).cloned();
            let before = before.filter(|nsg| names.insert(nsg.name.to_ascii_lowercase()));
            let nsg = match &before {
                Some(known) => Nsg { id: known.id.clone(), name: known.name.clone(), ..Nsg::default() },
                None => Nsg { name: name::group(&here.name, &mut names), ..Nsg::default() },
            };
            let mut group = DraftedNsg {
                nsg,
                subnet: here.name.clone(),
                subnet_id,
                prefixes,
                rules: Vec::new(),
                before,
                removed: Vec::new(),
            };
            let other = [Direction::Inbound, Direction::Outbound];
            let other = other.into_iter().find(|direction| !drafted.contains(&(subnet, *direction)));
            if let Some(existing) = &existing
                && let Some(at) = existing.group_at(group.subnet_id.as_ref(), &group.prefixes)
                && let Some(direction) = other
            {
                let passes = |seen: &Observed| {
                    let end = if direction == Direction::Inbound { seen.dst } else { seen.src };
                    places.subnets.subnet_of.get(end as usize) == Some(&subnet)
                };
                let seeds = || flows(traffic, &mut out.seeds.iter().copied(), &passes);
                let kept = existing.untouched(at, direction, &seeds, options);
                take(kept, out, &group.subnet, &mut group.rules);
            }
            groups.push((subnet, group));
        }
        if let Some((_, group)) = groups.last_mut() {
            let special = if let SubnetKind::Special(special) = here.kind { Some(special) } else { None };
            let mut used = group.rules.iter().map(|r| r.rule.name.to_ascii_lowercase()).collect();
            let rules = maker.rules(out, group, direction, needs, existing.as_mut(), &mut used, special)?;
            group.rules.extend(rules);
            limits(group)?;
        }
    }
    out.groups = groups.into_iter().map(|(_, group)| group).collect();
    out.groups.sort_by(|a, b| a.subnet.cmp(&b.subnet));
    for group in &mut out.groups {
        group.rules.sort_by_key(|a| (a.rule.direction, a.rule.priority));
        group.nsg.rules = group.rules.iter().map(|drafted| drafted.rule.clone()).collect();
        group.forget();
    }
    Ok(())
}

/// Takes rules over as they are, though no seed rests on them.
fn take(kept: Kept, out: &mut Draft, subnet: &str, rules: &mut Vec<DraftedRule>) {
    for note in kept.notes {
        out.notes.push(format!("{subnet}: {note}"));
    }
    for rule in kept.rules {
        rules.push(DraftedRule::bare(rule, true));
    }
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

/// Hosts that hand out ports, by number: with the endpoint mapper and a port of that kind, or FTP and several.
fn dynamic_servers(traffic: &Traffic, seeds: &[usize]) -> Vec<bool> {
    /// What is known of a host: the mapper, FTP, and the first and another of the ports that are handed out.
    #[derive(Clone, Copy, Default)]
    struct Host {
        mapper: bool,
        ftp: bool,
        first: u16,
        another: bool,
    }
    let mut hosts = vec![Host::default(); traffic.addresses.len()];
    for seen in seeds.iter().filter_map(|index| traffic.conversations.get(*index)) {
        let Some(port) = seen.port.filter(|_| seen.protocol == Protocol::TCP) else { continue };
        if let Some(host) = hosts.get_mut(seen.dst as usize) {
            host.mapper |= port == MAPPER;
            host.ftp |= port == FTP;
            if port >= DYNAMIC {
                host.another |= host.first != 0 && host.first != port;
                host.first = port;
            }
        }
    }
    hosts.iter().map(|host| host.mapper && host.first != 0 || host.ftp && host.another).collect()
}

impl Maker<'_> {
    #[allow(clippy::too_many_arguments, reason = "all of one group")]
    fn rules(
        &mut self,
        out: &mut Draft,
        group: &DraftedNsg,
        direction: Direction,
        mut needs: GroupNeeds,
        mut existing: Option<&mut Existing<'_>>,
        used: &mut BTreeSet<String>,
        special: Option<SpecialSubnet>,
    ) -> Result<Vec<DraftedRule>, DraftError> {
        let curves = self.curves(&needs);
        let mut made = Vec::new();
        for (rule, far, members) in self.reuse(group, direction, &mut needs, existing.as_deref_mut()) {
            used.insert(rule.name.to_ascii_lowercase());
            let far: Vec<Far> = far.into_iter().collect();
            self.count(out, &rule, &group.prefixes, direction, members.len());
            made.push(DraftedRule { reused: true, ..self.evidence(rule, &members, &far, &curves) });
        }
        let existing = existing.as_deref();
        let force = existing.and_then(|existing| {
            Some((existing, existing.group_at(group.subnet_id.as_ref(), &group.prefixes)?))
        });
        let mut first = 0;
        if let Some((existing, at)) = force {
            // Names are a group's, and rules of the other direction may stay.
            for rule in existing.all(at).iter().filter(|rule| rule.direction != direction) {
                used.insert(rule.name.to_ascii_lowercase());
            }
            let members = || needs.values().flatten().map(|member| member.index as usize);
            let seeds = || flows(self.traffic, &mut members(), &|_| true);
            let to_internet = |seen: &Observed| {
                let src = self.traffic.src(seen);
                seen.allowed
                    && self.traffic.dst(seen).is_public()
                    && group.prefixes.iter().any(|p| p.contains(src))
            };
            let others = || flows(self.traffic, &mut (0..self.traffic.conversations.len()), &to_internet);
            let kept = existing.beside(at, direction, &made, (&seeds, &others), self.options);
            first = kept.first;
            let known = made.len();
            take(kept, out, &group.subnet, &mut made);
            for drafted in made.iter().skip(known) {
                used.insert(drafted.rule.name.to_ascii_lowercase());
            }
        }
        let here: Vec<Endpoint> = group.prefixes.iter().map(|p| Endpoint::Prefix(*p)).collect();
        let pieces = self.merged(self.pieces(needs, &here, direction));
        let reserved = BTreeSet::from_iter(made.iter().map(|drafted| drafted.rule.priority));
        let mut priorities =
            self.priorities(group, direction, special, first, pieces.len(), &reserved)?.into_iter();
        for piece in pieces {
            let near = piece.server.clone().unwrap_or_else(|| name::plain(&group.subnet));
            let service = name::service(piece.protocol, &piece.ports);
            let inbound = direction == Direction::Inbound;
            let (from, to) = if inbound { (&piece.far_name, &near) } else { (&near, &piece.far_name) };
            let name = name::rule("Allow", from, to, &service, used);
            let (sources, destinations) =
                if inbound { (piece.there, piece.here) } else { (piece.here, piece.there) };
            let rule = SecurityRule {
                name,
                description: String::new(),
                priority: priorities.next().unwrap_or_default(),
                direction,
                access: Decision::Allowed,
                protocol: is_nameable(piece.protocol).then_some(piece.protocol),
                sources,
                source_ports: vec![PortRange::ALL],
                destinations,
                destination_ports: piece.ports,
                doubt: None,
            };
            self.count(out, &rule, &group.prefixes, direction, piece.members.len());
            let mut drafted = self.evidence(rule, &piece.members, &piece.far, &curves);
            drafted.rule.description = seen(&drafted);
            made.push(drafted);
        }
        made.sort_by_key(|a| a.rule.priority);
        // Prefixes of both families don't go together; the group is at this subnet anyway.
        let both =
            [true, false].iter().all(|v4| group.prefixes.iter().any(|p| p.first().v4().is_some() == *v4));
        let here = if both { vec![Endpoint::Any] } else { here };
        made.extend(guards::rules(
            direction,
            (&name::plain(&group.subnet), special),
            &here,
            self.options,
            used,
        ));
        Ok(made)
    }

    /// Takes out of the needs what rules in force serve; returns those rules with what they serve.
    fn reuse(
        &self,
        group: &DraftedNsg,
        direction: Direction,
        needs: &mut GroupNeeds,
        existing: Option<&mut Existing<'_>>,
    ) -> Vec<(SecurityRule, BTreeSet<Far>, Vec<Member>)> {
        let Some(existing) = existing else { return Vec::new() };
        let Some(at) = existing.group_at(group.subnet_id.as_ref(), &group.prefixes) else {
            return Vec::new();
        };
        let mut kept: BTreeMap<u16, (SecurityRule, BTreeSet<Far>, Vec<Member>)> = BTreeMap::new();
        for ((far, _), members) in needs.iter_mut() {
            members.retain(|member| {
                let Some(seen) = self.traffic.conversations.get(member.index as usize) else { return false };
                let Some(rule) = existing.serving(at, direction, seen, self.options) else { return true };
                let entry = kept.entry(rule.priority).or_insert((rule, BTreeSet::new(), Vec::new()));
                entry.1.insert(*far);
                entry.2.push(*member);
                false
            });
        }
        needs.retain(|_, members| !members.is_empty());
        kept.into_values().collect()
    }

    /// New pairs of hosts and ports in each part of the time, by far end.
    fn curves(&self, needs: &GroupNeeds) -> BTreeMap<Far, [u64; Draft::BINS]> {
        let mut out: BTreeMap<Far, [u64; Draft::BINS]> = BTreeMap::new();
        let Some((from, to)) = self.traffic.window else { return out };
        let width = (to.0 - from.0).saturating_add(1).max(1);
        for ((far, _), members) in needs {
            let curve = out.entry(*far).or_default();
            for seen in members {
                let at = (seen.first.0 - from.0).saturating_mul(Draft::BINS as i64) / width;
                curve[(at as usize).min(Draft::BINS - 1)] += 1;
            }
        }
        out
    }

    /// Cuts needs to what one rule may say.
    fn pieces(&self, needs: GroupNeeds, here: &[Endpoint], direction: Direction) -> Vec<Piece> {
        let mut out = Vec::new();
        let mut needs: Vec<((Far, Protocol), Vec<Member>)> = needs.into_iter().collect();
        // By name, whatever their numbers.
        needs.sort_by(|((a, p), _), ((b, q), _)| (self.far_key(*a), p).cmp(&(self.far_key(*b), q)));
        for ((far, protocol), members) in needs {
            let mut parts = self.parts(protocol, members);
            let address = |host: Option<u32>| host.and_then(|host| self.traffic.addresses.get(host as usize));
            parts.sort_by(|((a, c, p), _), ((b, d, q), _)| (a, address(*c), p).cmp(&(b, address(*d), q)));
            for ((is_v6, host, _), members) in parts {
                let host = address(host).copied();
                let (mut there, mut near) = (self.there(far, &members, direction), here.to_vec());
                for ends in [&mut there, &mut near] {
                    ends.retain(
                        |end| !matches!(end, Endpoint::Prefix(p) if p.first().v4().is_none() != is_v6),
                    );
                }
                if let Some(host) = host {
                    let only = vec![Endpoint::Prefix(Prefix::of(host, 128))];
                    if direction == Direction::Inbound { near = only } else { there = only }
                }
                let ports = match host {
                    Some(_) => vec![PortRange { first: DYNAMIC, last: u16::MAX }],
                    None => self.ports(&members),
                };
                let host = host.map(|host| name::plain(&host.to_string()));
                let inbound = direction == Direction::Inbound;
                let far_name = match &host {
                    Some(host) if !inbound => host.clone(),
                    _ => self.far_name(far),
                };
                out.push(Piece {
                    far: vec![far],
                    far_name,
                    there,
                    here: near,
                    server: host.filter(|_| inbound),
                    protocol,
                    ports,
                    members,
                });
            }
        }
        out
    }

    /// By family, destination with dynamic ports, and port or all together.
    fn parts(&self, protocol: Protocol, members: Vec<Member>) -> Vec<(Part, Vec<Member>)> {
        let part = |seen: &Member| -> Part {
            let dynamic = protocol == Protocol::TCP
                && seen.port.is_some_and(|port| port >= DYNAMIC)
                && self.dynamic.get(seen.dst as usize) == Some(&true);
            let alone = seen.port.filter(|_| self.options.ports == PortMerge::None && !dynamic);
            let is_v6 = self.traffic.addresses.get(seen.dst as usize).is_none_or(|a| a.v4().is_none());
            (is_v6, dynamic.then_some(seen.dst), alone)
        };
        let Some(first) = members.first().map(part) else { return Vec::new() };
        // Mostly all are of one part.
        if members.iter().all(|seen| part(seen) == first) {
            return vec![(first, members)];
        }
        let mut numbers: HashMap<Part, u32> = HashMap::new();
        let mut parts: Vec<(Part, Vec<Member>)> = Vec::new();
        for seen in members {
            let part = part(&seen);
            let number = *numbers.entry(part).or_insert_with(|| {
                parts.push((part, Vec::new()));
                parts.len() as u32 - 1
            });
            parts[number as usize].1.push(seen);
        }
        parts
    }

    /// Joins pieces that differ in their far ends alone, where that is asked for.
    fn merged(&self, pieces: Vec<Piece>) -> Vec<Piece> {
        let mut out: Vec<Piece> = Vec::new();
        for piece in pieces {
            let fits = |other: &Piece| {
                self.options.prefixes == PrefixMerge::Lists
                    && !piece.far.contains(&Far::Internet)
                    && !other.far.contains(&Far::Internet)
                    && (other.protocol, &other.ports, &other.here)
                        == (piece.protocol, &piece.ports, &piece.here)
            };
            match out.iter_mut().find(|other| fits(other)) {
                Some(other) => {
                    other.far.extend(piece.far);
                    other.far_name = format!("{}-subnets", other.far.len());
                    other.there.extend(piece.there);
                    other.members.extend(piece.members);
                }
                None => out.push(piece),
            }
        }
        for piece in &mut out {
            piece.there = aggregated(std::mem::take(&mut piece.there));
        }
        out
    }

    fn far_key(&self, far: Far) -> (bool, &str) {
        match far {
            Far::Internet => (true, ""),
            Far::Subnet(at) | Far::Hosts(at) => (
                false,
                self.places.subnets.subnets.get(at as usize).map(|s| s.name.as_str()).unwrap_or_default(),
            ),
        }
    }

    fn far_name(&self, far: Far) -> String {
        match far {
            Far::Internet => "Internet".to_owned(),
            Far::Subnet(_) | Far::Hosts(_) => name::plain(self.far_key(far).1),
        }
    }

    fn there(&self, far: Far, members: &[Member], direction: Direction) -> Vec<Endpoint> {
        let hosts = || {
            let end = |seen: &Member| if direction == Direction::Inbound { seen.src } else { seen.dst };
            let numbers = BTreeSet::from_iter(members.iter().map(end));
            let address = |number: u32| self.traffic.addresses.get(number as usize);
            numbers.into_iter().filter_map(address).map(|a| Endpoint::Prefix(Prefix::of(*a, 128))).collect()
        };
        let subnet = |at: u32| {
            let subnet = self.places.subnets.subnets.get(at as usize);
            let prefixes = subnet.map(|s| self.places.prefixes_of(&s.name)).unwrap_or_default();
            prefixes.into_iter().map(Endpoint::Prefix).collect::<Vec<_>>()
        };
        match (far, self.options.scope) {
            (Far::Internet, _) => vec![Endpoint::Tag("Internet".to_owned())],
            (Far::Hosts(_), _) | (Far::Subnet(_), Scope::Host) => hosts(),
            (Far::Subnet(at), Scope::Subnet) => subnet(at),
            (Far::Subnet(at), Scope::Mixed) => {
                let few: Vec<Endpoint> = hosts();
                if few.len() <= FEW_HOSTS { few } else { subnet(at) }
            }
        }
    }

    /// Ports as Azure takes them: neighbours together, and as far as asked what lies between.
    fn ports(&self, members: &[Member]) -> Vec<PortRange> {
        let mut known = Bits::none(1 << 16);
        let mut seen = Vec::new();
        for member in members {
            let Some(port) = member.port else { return vec![PortRange::ALL] };
            if known.add(usize::from(port)) {
                seen.push(PortRange::one(port));
            }
        }
        let gap = if let PortMerge::Ranges(gap) = self.options.ports { gap } else { 0 };
        let mut out: Vec<PortRange> = Vec::new();
        for range in joined(&seen) {
            match out.last_mut() {
                Some(last) if range.first - last.last <= gap.saturating_add(1) => last.last = range.last,
                _ => out.push(range),
            }
        }
        out
    }

    /// So many priorities from the first on, with gaps while there is room.
    #[allow(clippy::too_many_arguments, reason = "all of one group")]
    fn priorities(
        &self,
        group: &DraftedNsg,
        direction: Direction,
        special: Option<SpecialSubnet>,
        first: u16,
        count: usize,
        reserved: &BTreeSet<u16>,
    ) -> Result<Vec<u16>, DraftError> {
        let (guards, step) = guards::room(direction, special, self.options);
        let end = self.options.deny_priority.saturating_sub(guards * step);
        let first = first.max(self.options.first_priority);
        // Some room below the deny for what comes later.
        let end = if end.saturating_sub(first) >= 200 { end - 100 } else { end };
        let free = |first: u16| {
            let room = usize::from(end.saturating_sub(first));
            room - reserved.iter().filter(|p| (first..end).contains(p)).count().min(room)
        };
        // Where too little room is left behind denials in force, allows come first: they let in more, but cut nothing.
        let first = if count > free(first) { self.options.first_priority } else { first };
        let free = free(first);
        if count > MOST_RULES {
            return Err(DraftError::TooManyRules(group.subnet.clone(), count + usize::from(guards) + 1));
        }
        if count > free {
            return Err(DraftError::NoRoom(group.subnet.clone(), count, free));
        }
        for step in (1..=10).rev() {
            let free = |priority: &u16| !reserved.contains(priority);
            let list: Vec<u16> = (first..end).step_by(step).filter(free).take(count).collect();
            if list.len() == count {
                return Ok(list);
            }
        }
        Ok(Vec::new())
    }

    /// Adds what a rule opens beyond what it rests on.
    fn count(
        &self,
        out: &mut Draft,
        rule: &SecurityRule,
        prefixes: &[Prefix],
        direction: Direction,
        seen: usize,
    ) {
        let inbound = direction == Direction::Inbound;
        let (far, near) =
            if inbound { (&rule.sources, &rule.destinations) } else { (&rule.destinations, &rule.sources) };
        let own: Vec<Endpoint> = prefixes.iter().map(|p| Endpoint::Prefix(*p)).collect();
        let near = if near.contains(&Endpoint::Any) { addresses(&own) } else { addresses(near) };
        let width: u128 = match rule.protocol {
            None => EVERYTHING,
            Some(protocol) if !protocol.has_ports() => 1,
            Some(_) => joined(&rule.destination_ports).iter().map(|r| u128::from(r.last - r.first) + 1).sum(),
        };
        let open = near.saturating_mul(width);
        if far.iter().any(|end| matches!(end, Endpoint::Tag(_))) {
            out.opened_to_internet = out.opened_to_internet.saturating_add(open);
        } else {
            let open = addresses(far).saturating_mul(open).saturating_sub(seen as u128);
            out.opened_unseen = out.opened_unseen.saturating_add(open);
        }
    }

    /// What a rule rests on.
    fn evidence(
        &mut self,
        rule: SecurityRule,
        members: &[Member],
        far: &[Far],
        curves: &BTreeMap<Far, [u64; Draft::BINS]>,
    ) -> DraftedRule {
        let mut flows = 0u64;
        let mut span: Option<(UnixMillis, UnixMillis)> = None;
        let mut newest = UnixMillis(i64::MIN);
        let mut hosts = [0u64; 2];
        self.round += 1;
        for seen in members {
            for ((stamps, hosts), host) in self.stamps.iter_mut().zip(&mut hosts).zip([seen.src, seen.dst]) {
                if let Some(stamp) = stamps.get_mut(host as usize)
                    && *stamp != self.round
                {
                    *stamp = self.round;
                    *hosts += 1;
                }
            }
            flows = flows.saturating_add(seen.flows);
            newest = newest.max(seen.first);
            let (first, last) = span.unwrap_or((seen.first, seen.last));
            span = Some((first.min(seen.first), last.max(seen.last)));
        }
        let maturity = self.traffic.window.map(|(from, to)| {
            let width = to.0 - from.0;
            let quiet = (i128::from(newest.0) - i128::from(from.0)) * 3 <= i128::from(width) * 2;
            if width >= DAY && quiet { Maturity::Stable } else { Maturity::Learning }
        });
        let mut known = 0;
        let curve = (0..Draft::BINS).map(|bin| {
            known += far.iter().filter_map(|far| Some(curves.get(far)?[bin])).sum::<u64>();
            known
        });
        DraftedRule {
            rule,
            conversations: members.len() as u64,
            flows,
            hosts: (hosts[0], hosts[1]),
            seen: span,
            maturity,
            curve: curve.collect(),
            reused: false,
            why: String::new(),
        }
    }
}

/// What a rule rests on, in the 140 characters that Azure keeps.
fn seen(drafted: &DraftedRule) -> String {
    let day = |at: UnixMillis| UnixMillis::to_iso(at).get(..10).unwrap_or_default().to_owned();
    let span = drafted.seen.map(|(first, last)| format!(" {} to {}", day(first), day(last)));
    format!(
        "Seen{}: flows {}, conversations {}, sources {}, destinations {}; {}",
        span.unwrap_or_default(),
        drafted.flows,
        drafted.conversations,
        drafted.hosts.0,
        drafted.hosts.1,
        drafted.maturity.map_or("", Maturity::as_str)
    )
}

/// Prefixes without those inside others, and halves of one block as that block: the same addresses in fewer.
fn aggregated(ends: Vec<Endpoint>) -> Vec<Endpoint> {
    let mut others = Vec::new();
    let mut sorted = BTreeSet::new();
    for end in ends {
        match end {
            Endpoint::Prefix(prefix) => {
                sorted.insert(prefix);
            }
            other => others.push(other),
        }
    }
    let mut out: Vec<Prefix> = Vec::new();
    for prefix in sorted {
        if out.last().is_some_and(|last| last.holds(prefix)) {
            continue;
        }
        out.push(prefix);
        // Halves become one, and that one may be a half itself.
        while let [.., a, b] = out.as_slice() {
            let (a, b) = (*a, *b);
            let whole = Prefix::of(a.first(), a.length().saturating_sub(1));
            if a.length() != b.length() || a.length() == 0 || !whole.holds(b) || whole.first() != a.first() {
                break;
            }
            out.truncate(out.len() - 2);
            out.push(whole);
        }
    }
    out.into_iter().map(Endpoint::Prefix).chain(others).collect()
}

fn addresses(ends: &[Endpoint]) -> u128 {
    let size = |first: Address, last: Address| (last.bits() - first.bits()).saturating_add(1);
    ends.iter()
        .map(|end| match end {
            Endpoint::Prefix(prefix) => size(prefix.first(), prefix.last()),
            Endpoint::Range(first, last) => size(*first, *last),
            _ => 1,
        })
        .fold(0, u128::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn aggregating_changes_no_address(list in proptest::collection::vec((0u32..64, 26u8..=32), 0..20)) {
            let prefixes: Vec<Prefix> =
                list.iter().map(|(low, length)| Prefix::of(Address::from_v4(0x0a00_0000 | low), *length)).collect();
            let out = aggregated(prefixes.iter().copied().map(Endpoint::Prefix).collect());
            prop_assert!(out.len() <= prefixes.len());
            let holds = |list: &[Endpoint], a: Address| {
                list.iter().filter(|end| matches!(end, Endpoint::Prefix(p) if p.contains(a))).count()
            };
            for low in 0..64 {
                let address = Address::from_v4(0x0a00_0000 | low);
                prop_assert_eq!(holds(&out, address), usize::from(prefixes.iter().any(|p| p.contains(address))));
            }
        }
    }
}
