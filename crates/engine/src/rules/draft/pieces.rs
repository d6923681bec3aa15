//! Needs cut to what one rule may say.

use super::handed_out::HandedOut;
use super::name;
use super::needs::{Far, GroupNeeds, Member, is_nameable};
use super::served::Anew;
use super::{DraftOptions, Places, PortMerge, PrefixMerge, Scope};
use crate::rules::lists::joined;
use crate::rules::traffic::Traffic;
use azflow_core::model::SortSmall;
use azflow_core::model::{Decision, Direction, Endpoint, PortRange, Prefix, Protocol, SecurityRule};
use azflow_core::store::Bits;
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

/// Few enough hosts to be named one by one in mixed scope.
const FEW_HOSTS: usize = 4;

/// What of a need becomes one rule: by whether it is IPv6, destination that hands out ports with their range, port.
type Part = (bool, Option<(u32, PortRange)>, Option<u16>);

/// A rule in the making.
#[derive(Debug)]
pub struct Piece {
    pub far: Vec<Far>,
    pub far_name: String,
    pub there: Vec<Endpoint>,
    pub here: Vec<Endpoint>,
    /// The one host it is for, where it is not the subnet.
    pub server: Option<String>,
    pub protocol: Protocol,
    pub ports: Vec<PortRange>,
    pub members: Vec<Member>,
    /// What its conversations are to the rules in force.
    pub anew: Anew,
    /// The subnet that it is for, by number.
    pub subnet: u32,
}

impl Piece {
    /// As a rule, without its name, priority and description.
    pub fn rule(&self, direction: Direction) -> SecurityRule {
        let (sources, destinations) = SecurityRule::ends(direction, self.there.clone(), self.here.clone());
        SecurityRule {
            name: String::new(),
            description: String::new(),
            priority: 0,
            direction,
            access: Decision::Allowed,
            protocol: is_nameable(self.protocol).then_some(self.protocol),
            sources,
            source_ports: vec![PortRange::ALL],
            destinations,
            destination_ports: self.ports.clone(),
            doubt: None,
        }
    }
}

/// What making pieces needs.
#[derive(Debug)]
pub struct Cutter<'a> {
    pub traffic: &'a Traffic,
    pub places: &'a Places<'a>,
    pub options: &'a DraftOptions,
    /// Hosts that hand out ports.
    pub handed_out: HandedOut,
}

impl Cutter<'_> {
    /// Needs cut to what one rule may say, for whole subnets where the options say so.
    pub fn wide(
        &self,
        needs: GroupNeeds,
        here: &[Endpoint],
        (subnet, direction): (u32, Direction),
        anew: Anew,
    ) -> Vec<Piece> {
        let mut out = Vec::new();
        let mut needs: Vec<((Far, Protocol), Vec<Member>)> = needs.into_iter().collect();
        // By name, whatever their numbers.
        needs.sort_small_by(|((a, p), _), ((b, q), _)| (self.far_key(*a), p).cmp(&(self.far_key(*b), q)));
        for ((far, protocol), members) in needs {
            let mut parts = self.parts(protocol, members);
            // By address, whatever its number.
            let server = |host: Option<(u32, PortRange)>| {
                host.and_then(|(host, range)| Some((*self.traffic.addresses.get(host as usize)?, range)))
            };
            parts.sort_small_by(|((a, c, p), _), ((b, d, q), _)| (a, server(*c), p).cmp(&(b, server(*d), q)));
            for ((is_v6, host, _), members) in parts {
                let (host, range) = server(host).unzip();
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
                let ports = range.map_or_else(|| self.ports(&members), |range| vec![range]);
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
                    anew,
                    subnet,
                });
            }
        }
        out
    }

    /// The same for single addresses: rules that let pass what was seen and nothing else.
    pub fn exact(&self, needs: GroupNeeds, (subnet, direction): (u32, Direction), anew: Anew) -> Vec<Piece> {
        type Hosts = BTreeSet<u32>;
        let inbound = direction == Direction::Inbound;
        let address = |host: u32| self.traffic.addresses.get(host as usize).copied();
        let mut out = Vec::new();
        let mut needs: Vec<((Far, Protocol), Vec<Member>)> = needs.into_iter().collect();
        needs.sort_small_by(|((a, p), _), ((b, q), _)| (self.far_key(*a), p).cmp(&(self.far_key(*b), q)));
        for ((far, protocol), members) in needs {
            // Of a port and an end here the ends there; then ends here, and ports, that have the same ones together.
            let mut of: BTreeMap<(Option<u16>, u32), Hosts> = BTreeMap::new();
            for member in &members {
                let (near, there) = if inbound { (member.dst, member.src) } else { (member.src, member.dst) };
                of.entry((member.port, near)).or_default().insert(there);
            }
            let mut near_of: BTreeMap<(Option<u16>, Hosts), Hosts> = BTreeMap::new();
            for ((port, near), there) in of {
                near_of.entry((port, there)).or_default().insert(near);
            }
            let mut ports_of: BTreeMap<(Hosts, Hosts, Option<u16>), Vec<Option<u16>>> = BTreeMap::new();
            for ((port, there), near) in near_of {
                let alone = port.filter(|_| self.options.ports == PortMerge::None);
                ports_of.entry((there, near, alone)).or_default().push(port);
            }
            for ((there, near, _), ports) in ports_of {
                let ends = |hosts: &Hosts| {
                    let ends = hosts.iter().filter_map(|host| address(*host));
                    aggregated(ends.map(|address| Endpoint::Prefix(Prefix::of(address, 128))).collect())
                };
                let own = |member: &&Member| {
                    let (n, t) = if inbound { (member.dst, member.src) } else { (member.src, member.dst) };
                    near.contains(&n) && there.contains(&t) && ports.contains(&member.port)
                };
                let members: Vec<Member> = members.iter().filter(own).copied().collect();
                let lone = |hosts: &Hosts| match hosts.iter().collect::<Vec<_>>().as_slice() {
                    [one] => address(**one).map(|address| name::plain(&address.to_string())),
                    _ => None,
                };
                out.push(Piece {
                    far: vec![far],
                    far_name: lone(&there).unwrap_or_else(|| self.far_name(far)),
                    there: ends(&there),
                    here: ends(&near),
                    server: lone(&near),
                    protocol,
                    ports: self.ports(&members),
                    members,
                    anew,
                    subnet,
                });
            }
        }
        // By what they say, whatever the numbers of addresses are.
        out.sort_small_by(|a, b| {
            let (key, other) = ((&a.there, &a.here, a.protocol), (&b.there, &b.here, b.protocol));
            key.cmp(&other).then_with(|| a.ports.cmp(&b.ports))
        });
        out
    }

    /// By family, destination that hands out ports, and port or all together.
    fn parts(&self, protocol: Protocol, members: Vec<Member>) -> Vec<(Part, Vec<Member>)> {
        let part = |seen: &Member| -> Part {
            let range = self.handed_out.range(seen.dst, protocol, seen.port);
            let alone = seen.port.filter(|_| self.options.ports == PortMerge::None && range.is_none());
            let is_v6 = self.traffic.addresses.get(seen.dst as usize).is_none_or(|a| a.v4().is_none());
            (is_v6, range.map(|range| (seen.dst, range)), alone)
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
    pub fn merged(&self, pieces: Vec<Piece>) -> Vec<Piece> {
        let mut out: Vec<Piece> = Vec::new();
        for piece in pieces {
            let fits = |other: &Piece| {
                self.options.prefixes == PrefixMerge::Lists
                    && !piece.far.contains(&Far::Internet)
                    && !other.far.contains(&Far::Internet)
                    && (other.protocol, &other.ports, &other.here)
                        == (piece.protocol, &piece.ports, &piece.here)
                    && (other.anew, other.subnet) == (piece.anew, piece.subnet)
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

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::Address;
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
