//! What is needed: which conversations seed rules, sorted by the subnet that the rules are for.

use super::force::Force;
use super::handed_out::Hosts;
use super::serious::{Judge, Serious};
use super::served::Case;
use super::{DraftOptions, Places, Skip, Want};
use crate::pieces::end_of_piece;
use crate::rules::traffic::{Observed, Traffic, Unfit};
use azflow_core::model::{Direction, Prefix, Protocol, SpecialSubnet, Subnet, SubnetKind, UnixMillis};
use azflow_core::store::AT_ONCE;
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// What a subnet of the assignment is to a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// A subnet whose prefixes are known; rules may be drafted for it unless Azure reserves it.
    Subnet(Option<SpecialSubnet>),
    /// Its prefixes are known, but no group can be drafted there: it is in no network on file, or has a group that could
    /// not be read whole.
    Elsewhere,
    /// Only its single addresses are known.
    Hosts,
    Internet,
    /// Azure's own, broadcast and multicast.
    None,
}

/// The far end of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Far {
    /// A subnet, by its number in the assignment.
    Subnet(u32),
    /// Single addresses of a group whose prefixes are not known.
    Hosts(u32),
    /// The Internet.
    Internet,
}

/// What a draft looks at of a conversation again and again: small, so that those of a need lie together.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its index in the traffic.
    pub index: u32,
    pub src: u32,
    pub dst: u32,
    pub port: Option<u16>,
    /// Allowed flows.
    pub flows: u64,
    pub first: UnixMillis,
    pub last: UnixMillis,
    /// Whether a reviewer said that it is needed.
    pub marked: bool,
    /// What it is to the rules in force at the group that the need is for; of no meaning where there is none.
    pub case: Case,
}

/// What the rules of one subnet and direction rest on: conversations by far end and protocol.
pub type GroupNeeds = BTreeMap<(Far, Protocol), Vec<Member>>;

/// See the module's description.
#[derive(Debug, Default)]
pub struct Needs {
    /// By subnet and direction. One that was only refused is there without needs: it gets its deny.
    pub groups: BTreeMap<(u32, Direction), GroupNeeds>,
    /// Of allowed conversations that a reviewer does not need the patterns that they have in force, likewise.
    pub unneeded: BTreeMap<(u32, Direction), Vec<u32>>,
    /// Conversations marked as needed, by subnet and direction, where the rest is not denied but a group in force may
    /// refuse them.
    pub marked: BTreeMap<(u32, Direction), Vec<Member>>,
    /// Those of them that are seeds only if a rule comes of it.
    pub open: Vec<usize>,
    /// Subnets and directions of which nothing was logged, though conversations there are known from the other end.
    pub unlogged: Vec<(String, Direction)>,
    /// Subnets of which the log has addresses of the Internet as members of `VirtualNetwork` outbound.
    pub routed: Vec<String>,
    pub seeds: Vec<usize>,
    pub left_out: Vec<String>,
    /// Subnets where logs hold denials alone: they get no deny, since what it would cut is not known.
    pub blind: Vec<String>,
    pub skipped: BTreeMap<Skip, u64>,
    /// Conversations to addresses outside the prefixes of the subnet that their NIC is in: no rule is made of them.
    pub outside: u64,
    pub beside: Beside,
}

/// What the notes of a draft are about, found while each conversation is at hand: there are millions.
#[derive(Debug, Default)]
pub struct Beside {
    /// Conversations of which it is asked whether a group still denies them.
    pub asked: Vec<u32>,
    /// The serious ones of which something was allowed, or that are marked as needed: why, and whether they are marked.
    pub serious: Vec<(u32, Serious, bool)>,
    /// Those that may be seeds and that the platform let pass, by a rule that the log does not tell.
    pub by_platform: Vec<usize>,
    /// What is known of the hosts that seeds go to.
    pub hosts: Hosts,
}

/// Protocols that a rule can name.
pub fn is_nameable(protocol: Protocol) -> bool {
    matches!(protocol.number(), Some(1 | 6 | 17 | 50 | 51))
}

/// Gathers them, in pieces.
pub async fn gather(
    traffic: &Traffic,
    places: &Places<'_>,
    options: &DraftOptions,
    want: &dyn Fn(usize, &Observed) -> Want,
    force: Option<&mut Force<'_>>,
) -> Needs {
    let mut gathering = Gathering::new(traffic, places, options, want, force);
    for (at, some) in traffic.conversations.chunks(AT_ONCE).enumerate() {
        for (at, seen) in (at * AT_ONCE..).zip(some) {
            gathering.touch(seen, want(at, seen));
        }
        end_of_piece().await;
    }
    for (at, some) in traffic.conversations.chunks(AT_ONCE).enumerate() {
        gathering.take(at * AT_ONCE, some, want);
        end_of_piece().await;
    }
    gathering.into_needs()
}

/// Where a NIC's log holds denials alone and nobody marked anything as needed: a deny there would cut what is not known.
/// Empty where every log shows what was allowed.
fn unasked(
    traffic: &Traffic,
    places: &Places<'_>,
    want: &dyn Fn(usize, &Observed) -> Want,
) -> Vec<[bool; 2]> {
    if places.blind.is_empty() {
        return Vec::new();
    }
    let subnet = |address: u32| places.subnets.subnet_of.get(address as usize).copied().unwrap_or(u32::MAX);
    let mut out = vec![[false; 2]; places.subnets.subnets.len()];
    for address in places.blind {
        if let Some(ways) = out.get_mut(subnet(*address) as usize) {
            *ways = [true; 2];
        }
    }
    let needed = |(index, seen): &(usize, &Observed)| want(*index, seen) == Want::Needed;
    for (_, seen) in traffic.conversations.iter().enumerate().filter(needed) {
        for (way, address) in [seen.dst, seen.src].into_iter().enumerate() {
            if let Some(ways) = out.get_mut(subnet(address) as usize) {
                ways[way] = false;
            }
        }
    }
    out
}

/// What a need is known by while it is gathered: subnet, whether outbound, far end, protocol.
type Key = (u32, bool, Far, Protocol);

/// What gathering needs, and what came of it so far.
struct Gathering<'a, 'b> {
    traffic: &'a Traffic,
    places: &'a Places<'a>,
    options: &'a DraftOptions,
    /// By subnet of the assignment.
    grounds: Vec<Ground>,
    prefixes: Vec<Vec<Prefix>>,
    /// Conversations of addresses outside the prefixes of the subnet that their NIC is in.
    outside: u64,
    touched: Vec<[bool; 2]>,
    /// The same of what logs of denials alone hold.
    blind: Vec<[bool; 2]>,
    /// By subnet and direction: a NIC there logs denials alone, and nothing there was marked as needed.
    unasked: Vec<[bool; 2]>,
    /// The same of what only the other end's logs hold.
    far_side: Vec<[bool; 2]>,
    force: Option<&'a mut Force<'b>>,
    serious: Judge<'a>,
    /// By subnet: the group in force there, where its rules are known.
    in_force: Vec<Option<u32>>,
    /// By subnet and direction: the log has addresses of the Internet as members of that tag.
    routed: Vec<[bool; 2]>,
    unneeded: BTreeMap<(u32, Direction), Vec<u32>>,
    marked: BTreeMap<(u32, Direction), Vec<Member>>,
    open: Vec<usize>,
    left_out: Vec<bool>,
    /// Numbers of needs by their keys; lists of conversations beside.
    numbers: HashMap<Key, u32>,
    keys: Vec<Key>,
    lists: Vec<Vec<Member>>,
    /// The need that was met last: conversations of one come one behind the other.
    last: Option<(Key, u32)>,
    seeds: Vec<usize>,
    skipped: BTreeMap<Skip, u64>,
    beside: Beside,
}

impl<'a, 'b> Gathering<'a, 'b> {
    fn new(
        traffic: &'a Traffic,
        places: &'a Places<'a>,
        options: &'a DraftOptions,
        want: &dyn Fn(usize, &Observed) -> Want,
        force: Option<&'a mut Force<'b>>,
    ) -> Self {
        let ground = |subnet: &Subnet| match subnet.kind {
            SubnetKind::Named
            | SubnetKind::Special(_)
            | SubnetKind::Carried
            | SubnetKind::InferredPrivate
            | SubnetKind::InferredLocal => {
                if places.prefixes_of(&subnet.name).is_empty() {
                    Ground::Hosts
                } else if !places.takes_group(&subnet.name) {
                    Ground::Elsewhere
                } else if let SubnetKind::Special(special) = subnet.kind {
                    Ground::Subnet(Some(special))
                } else {
                    Ground::Subnet(None)
                }
            }
            SubnetKind::Clash => Ground::Hosts,
            SubnetKind::Internet | SubnetKind::ServiceTag => Ground::Internet,
            _ => Ground::None,
        };
        let grounds: Vec<Ground> = places.subnets.subnets.iter().map(ground).collect();
        let prefixes = places.subnets.subnets.iter().map(|subnet| places.prefixes_of(&subnet.name)).collect();
        // Asked of each conversation, so it is found out once.
        let in_force = places.subnets.subnets.iter().map(|subnet| {
            let id = places.named.get(&subnet.name).map(|(id, _)| id);
            force.as_ref().and_then(|force| force.group_at(id, &places.prefixes_of(&subnet.name)))
        });
        let in_force = in_force.collect();
        Self {
            unasked: unasked(traffic, places, want),
            prefixes,
            outside: 0,
            touched: vec![[false; 2]; grounds.len()],
            blind: vec![[false; 2]; grounds.len()],
            far_side: vec![[false; 2]; grounds.len()],
            routed: vec![[false; 2]; grounds.len()],
            in_force,
            force,
            serious: Judge::new(traffic, places),
            unneeded: BTreeMap::new(),
            marked: BTreeMap::new(),
            open: Vec::new(),
            left_out: vec![false; grounds.len()],
            beside: Beside { hosts: Hosts::new(traffic), ..Beside::default() },
            traffic,
            places,
            options,
            grounds,
            numbers: HashMap::new(),
            keys: Vec::new(),
            lists: Vec::new(),
            last: None,
            seeds: Vec::with_capacity(traffic.conversations.len()),
            skipped: BTreeMap::new(),
        }
    }

    /// Sorted by what rules are made for.
    fn into_needs(self) -> Needs {
        let subnets = &self.places.subnets.subnets;
        let Self {
            touched,
            blind,
            far_side,
            left_out,
            keys,
            lists,
            seeds,
            skipped,
            outside,
            unneeded,
            marked,
            open,
            routed,
            beside,
            ..
        } = self;
        let name = |(subnet, left_out): (&Subnet, bool)| left_out.then(|| subnet.name.clone());
        let left_out = subnets.iter().zip(left_out).filter_map(name).collect();
        let blind = subnets.iter().zip(blind.iter().zip(&touched)).filter_map(|(subnet, ways)| {
            let (blind, touched) = ways;
            let only = [0, 1].map(|way| blind[way] && !touched[way]);
            match only {
                [false, false] => None,
                [true, false] if touched[1] => Some(format!("{} (inbound)", subnet.name)),
                [false, true] if touched[0] => Some(format!("{} (outbound)", subnet.name)),
                _ => Some(subnet.name.clone()),
            }
        });
        let blind = blind.collect();
        let direction = |outbound| if outbound { Direction::Outbound } else { Direction::Inbound };
        let mut unlogged = Vec::new();
        for (subnet, (far_side, touched)) in subnets.iter().zip(far_side.iter().zip(&touched)) {
            for (outbound, (far, touched)) in [false, true].into_iter().zip(far_side.iter().zip(touched)) {
                if *far && !touched {
                    unlogged.push((subnet.name.clone(), direction(outbound)));
                }
            }
        }
        let routed = subnets.iter().zip(routed).filter(|(_, ways)| ways[1]);
        let routed = routed.map(|(subnet, _)| subnet.name.clone()).collect();
        let mut out = Needs {
            routed,
            seeds,
            skipped,
            left_out,
            blind,
            outside,
            unneeded,
            marked,
            open,
            unlogged,
            beside,
            ..Needs::default()
        };
        for (here, touched) in touched.into_iter().enumerate() {
            for (outbound, touched) in [false, true].into_iter().zip(touched) {
                if touched {
                    out.groups.insert((here as u32, direction(outbound)), GroupNeeds::new());
                }
            }
        }
        for ((here, outbound, far, protocol), list) in keys.into_iter().zip(lists) {
            let group = out.groups.entry((here, direction(outbound))).or_default();
            group.insert((far, protocol), list);
        }
        out
    }

    /// Notes where a conversation was logged, so that the rest can be denied there.
    fn touch(&mut self, seen: &Observed, want: Want) {
        if seen.unfit == Some(Unfit::Platform) {
            return;
        }
        let ends = [(seen.dst, false), (seen.src, true)];
        for (end, outbound) in ends.into_iter().filter(|(_, outbound)| !outbound || self.options.outbound) {
            let (here, Ground::Subnet(special)) = self.at(end) else { continue };
            if !self.takes(special) {
                self.left_out[here as usize] = true;
                continue;
            }
            let at = usize::from(outbound);
            let unasked = self.unasked.get(here as usize).is_some_and(|ways| ways[at]);
            let touched = if unasked || seen.blind && want != Want::Needed {
                &mut self.blind
            } else if seen.logged[at] || self.options.unlogged {
                &mut self.touched
            } else {
                &mut self.far_side
            };
            touched[here as usize][at] = true;
        }
    }

    /// Azure takes a group with rules of its own at Bastion's subnet, and none at the others that it reserves.
    fn takes(&self, special: Option<SpecialSubnet>) -> bool {
        special.is_none() || self.options.special && special == Some(SpecialSubnet::Bastion)
    }

    #[inline(never)]
    fn take(&mut self, first: usize, some: &[Observed], want: &dyn Fn(usize, &Observed) -> Want) {
        for (index, seen) in (first..).zip(some) {
            self.one(index, seen, want(index, seen));
        }
    }

    fn at(&self, address: u32) -> (u32, Ground) {
        let subnet = self.places.subnets.subnet_of.get(address as usize).copied().unwrap_or(u32::MAX);
        (subnet, self.grounds.get(subnet as usize).copied().unwrap_or(Ground::None))
    }

    /// Whether an address is in the prefixes of its subnet; a NIC may say otherwise.
    fn is_within(&self, subnet: u32, address: u32) -> bool {
        let Some(address) = self.traffic.addresses.get(address as usize) else { return false };
        let prefixes = self.prefixes.get(subnet as usize).map(Vec::as_slice).unwrap_or_default();
        prefixes.iter().any(|prefix| prefix.contains(*address))
    }

    /// Whether the tag `Internet` means the far end for certain: public space may be a virtual network's own, and routes that
    /// no file tells of make addresses members of it. What the log says of that counts more than files.
    fn is_internet(&mut self, seen: &Observed, here: u32, outbound: bool) -> bool {
        let (src, dst) = (self.traffic.src(seen), self.traffic.dst(seen));
        let (far, near) = if outbound { (dst, src) } else { (src, dst) };
        match seen.members[usize::from(outbound)] {
            Some(true) => {
                self.routed[here as usize][usize::from(outbound)] = true;
                false
            }
            Some(false) => self.places.world.may_be_internet(far, near),
            None => self.places.world.is_internet(far, near),
        }
    }

    fn one(&mut self, index: usize, seen: &Observed, want: Want) {
        let options = self.options;
        let ((src, src_ground), (dst, dst_ground)) = (self.at(seen.src), self.at(seen.dst));
        if let Some(force) = &mut self.force {
            force.turn_to(seen);
        }
        let mut skip = reason(seen, options, want);
        let is_marked = want == Want::Needed;
        let is_platform = seen.unfit == Some(Unfit::Platform);
        let passes = seen.allowed || is_marked;
        let serious = if passes && !is_platform { self.serious.of(seen) } else { None };
        if let Some(why) = serious {
            self.beside.serious.push((index as u32, why, is_marked));
        }
        if skip.is_none() && !is_marked {
            let serious = serious.and_then(|why| match why {
                Serious::Management => Some(Skip::Management),
                Serious::Dropped => Some(Skip::Dropped),
                // All that such a source was let in to is unfit already.
                Serious::Scanner => None,
            });
            if serious.is_some() {
                skip = serious;
            } else if self.force.as_mut().is_some_and(|force| force.refuses(seen)) {
                skip = Some(Skip::Refused);
            }
        }
        let (mut seeds, mut open) = (false, false);
        for (here, ground, far, far_ground, outbound) in
            [(dst, dst_ground, src, src_ground, false), (src, src_ground, dst, dst_ground, true)]
        {
            let Ground::Subnet(special) = ground else { continue };
            let at = usize::from(outbound);
            let is_closed = self.touched[here as usize][at];
            if is_platform || !is_closed && !is_marked {
                continue;
            }
            if !self.takes(special) {
                continue;
            }
            let direction = if outbound { Direction::Outbound } else { Direction::Inbound };
            let group = self.in_force.get(here as usize).copied().flatten();
            if skip == Some(Skip::NotNeeded)
                && seen.allowed
                && let Some(pattern) = self.pattern(seen, group, direction)
            {
                self.unneeded.entry((here, direction)).or_default().push(pattern);
            }
            // What something else let pass there needs no rule there.
            if skip.is_some() || seen.outside[at] && seen.allowed {
                continue;
            }
            let (near_end, far_end) = if outbound { (seen.src, seen.dst) } else { (seen.dst, seen.src) };
            // No rule can name an end of each family.
            let is_v4 = |end: u32| self.traffic.addresses.get(end as usize).is_some_and(|a| a.v4().is_some());
            if !self.is_within(here, near_end) || is_v4(near_end) != is_v4(far_end) {
                self.outside += 1;
                continue;
            }
            let far = match far_ground {
                Ground::Subnet(_) | Ground::Elsewhere if self.is_within(far, far_end) => Far::Subnet(far),
                Ground::Subnet(_) | Ground::Elsewhere => Far::Hosts(far),
                Ground::Hosts => Far::Hosts(far),
                Ground::Internet if self.is_internet(seen, here, outbound) => Far::Internet,
                Ground::Internet => Far::Hosts(far),
                Ground::None => continue,
            };
            // What is needed though some of it was refused is to pass whatever refused that.
            let allowed = seen.allowed && !(is_marked && seen.tally.denied_flows > 0);
            let pattern = self.pattern(seen, group, direction).unwrap_or(u32::MAX);
            let member = Member {
                index: index as u32,
                src: seen.src,
                dst: seen.dst,
                port: seen.port,
                flows: seen.tally.allowed_flows,
                first: seen.first,
                last: seen.last,
                marked: is_marked,
                case: Case { pattern, allowed },
            };
            if !is_closed {
                // Nothing is denied here, so a rule is needed only against what is in force.
                if group.is_some() {
                    open = true;
                    self.marked.entry((here, direction)).or_default().push(member);
                }
                continue;
            }
            seeds = true;
            let number = self.number((here, outbound, far, seen.protocol));
            self.lists[number as usize].push(member);
        }
        if seen.by_platform && (seeds || open) {
            self.beside.by_platform.push(index);
        }
        let is_outside = is_platform || seen.unfit == Some(Unfit::Encryption) || seen.refused_outside;
        let is_asked = match want {
            Want::Needed => true,
            Want::NotNeeded => false,
            // What seeds a rule and is not marked is refused by nothing in force.
            Want::Unmarked | Want::Undecided => !seeds,
        };
        if is_asked && !is_outside && self.force.is_some() {
            self.beside.asked.push(index as u32);
        }
        if seeds {
            self.beside.hosts.add(seen);
            self.seeds.push(index);
        } else if open {
            self.open.push(index);
        } else {
            let unlogged = |(at, ground): (u32, Ground)| {
                matches!(ground, Ground::Subnet(_)) && self.far_side.get(at as usize) != Some(&[false; 2])
            };
            let unlogged = unlogged((src, src_ground)) || unlogged((dst, dst_ground));
            let otherwise = if unlogged { Skip::Unlogged } else { Skip::NoGroup };
            *self.skipped.entry(skip.unwrap_or(otherwise)).or_default() += 1;
        }
    }

    /// The rules that may have decided a conversation at a group in force, as a number in [`Force::patterns`].
    fn pattern(&mut self, seen: &Observed, group: Option<u32>, direction: Direction) -> Option<u32> {
        let force = self.force.as_mut()?;
        Some(force.pattern(self.traffic, seen, group?, direction))
    }

    fn number(&mut self, key: Key) -> u32 {
        if let Some((_, number)) = self.last.filter(|(known, _)| *known == key) {
            return number;
        }
        let number = *self.numbers.entry(key).or_insert_with(|| {
            self.keys.push(key);
            self.lists.push(Vec::new());
            self.lists.len() as u32 - 1
        });
        self.last = Some((key, number));
        number
    }
}

/// Why a conversation seeds nothing.
fn reason(seen: &Observed, options: &DraftOptions, want: Want) -> Option<Skip> {
    match want {
        Want::Needed => None,
        Want::NotNeeded => Some(Skip::NotNeeded),
        Want::Undecided if seen.unfit.is_none() => Some(Skip::Undecided),
        Want::Undecided | Want::Unmarked => {
            if let Some(unfit) = seen.unfit {
                Some(Skip::Unfit(unfit))
            } else if !seen.begun_earlier && seen.tally.allowed_flows < options.least_flows {
                Some(Skip::FewFlows)
            } else {
                // Without its port a rule would have to name every port.
                let untold = seen.protocol.has_ports() && seen.port.is_none();
                (untold || !is_nameable(seen.protocol)).then_some(Skip::Unnameable)
            }
        }
    }
}
