//! Gathering: what is known of each subnet before conversations come, and what has come of them.

use super::ends::SubnetRole;
use super::{Beside, Far, GroupNeeds, Member, Needs};
use crate::rules::draft::force::Force;
use crate::rules::draft::handed_out::Hosts;
use crate::rules::draft::serious::Judge;
use crate::rules::draft::{DraftOptions, Places, Skip, Want};
use crate::rules::traffic::{Observed, Traffic, Unfit};
use azflow_core::model::{Direction, Prefix, Protocol, Subnet};
use hashbrown::HashMap;
use std::collections::BTreeMap;

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
pub(super) struct Gathering<'a, 'b> {
    pub(super) traffic: &'a Traffic,
    pub(super) places: &'a Places<'a>,
    pub(super) options: &'a DraftOptions,
    /// By subnet of the assignment.
    pub(super) roles: Vec<SubnetRole>,
    pub(super) prefixes: Vec<Vec<Prefix>>,
    /// Conversations of addresses outside the prefixes of the subnet that their NIC is in.
    pub(super) outside: u64,
    pub(super) touched: Vec<[bool; 2]>,
    /// The same of what logs of denials alone hold.
    pub(super) blind: Vec<[bool; 2]>,
    /// By subnet and direction: a NIC there logs denials alone, and nothing there was marked as needed.
    pub(super) unasked: Vec<[bool; 2]>,
    /// The same of what only the other end's logs hold.
    pub(super) far_side: Vec<[bool; 2]>,
    pub(super) force: Option<&'a mut Force<'b>>,
    pub(super) serious: Judge<'a>,
    /// By subnet: the group in force there, where its rules are known.
    pub(super) in_force: Vec<Option<u32>>,
    /// By subnet and direction: the log has addresses of the Internet as members of that tag.
    pub(super) routed: Vec<[bool; 2]>,
    pub(super) unneeded: BTreeMap<(u32, Direction), Vec<u32>>,
    pub(super) marked: BTreeMap<(u32, Direction), Vec<Member>>,
    pub(super) open: Vec<usize>,
    pub(super) left_out: Vec<bool>,
    /// Numbers of needs by their keys; lists of conversations beside.
    pub(super) numbers: HashMap<Key, u32>,
    pub(super) keys: Vec<Key>,
    pub(super) lists: Vec<Vec<Member>>,
    /// The need that was met last: conversations of one come one behind the other.
    pub(super) last: Option<(Key, u32)>,
    pub(super) seeds: Vec<usize>,
    pub(super) skipped: BTreeMap<Skip, u64>,
    pub(super) beside: Beside,
}

impl<'a, 'b> Gathering<'a, 'b> {
    pub(super) fn new(
        traffic: &'a Traffic,
        places: &'a Places<'a>,
        options: &'a DraftOptions,
        want: &dyn Fn(usize, &Observed) -> Want,
        force: Option<&'a mut Force<'b>>,
    ) -> Self {
        let role = |subnet: &Subnet| SubnetRole::of(subnet, places);
        let roles: Vec<SubnetRole> = places.subnets.subnets.iter().map(role).collect();
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
            touched: vec![[false; 2]; roles.len()],
            blind: vec![[false; 2]; roles.len()],
            far_side: vec![[false; 2]; roles.len()],
            routed: vec![[false; 2]; roles.len()],
            in_force,
            force,
            serious: Judge::new(traffic, places),
            unneeded: BTreeMap::new(),
            marked: BTreeMap::new(),
            open: Vec::new(),
            left_out: vec![false; roles.len()],
            beside: Beside { hosts: Hosts::new(traffic), ..Beside::default() },
            traffic,
            places,
            options,
            roles,
            numbers: HashMap::new(),
            keys: Vec::new(),
            lists: Vec::new(),
            last: None,
            seeds: Vec::with_capacity(traffic.conversations.len()),
            skipped: BTreeMap::new(),
        }
    }
}

impl Gathering<'_, '_> {
    /// Sorted by what rules are made for.
    pub(super) fn into_needs(self) -> Needs {
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
    pub(super) fn touch(&mut self, seen: &Observed, want: Want) {
        if seen.unfit == Some(Unfit::Platform) {
            return;
        }
        let ends = [(seen.dst, false), (seen.src, true)];
        for (end, outbound) in ends.into_iter().filter(|(_, outbound)| !outbound || self.options.outbound) {
            let (here, SubnetRole::Subnet(special)) = self.at(end) else { continue };
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

    pub(super) fn number(&mut self, key: Key) -> u32 {
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
