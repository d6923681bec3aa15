//! New rules beside what is in force: as wide as may be where nothing in force is overruled, and in its place.

use super::DraftedRule;
use super::build::{Maker, Site};
use super::force::{holds_ports, holds_prefix, is_default, is_denial, may_meet};
use super::needs::{Far, GroupNeeds};
use super::pieces::Piece;
use super::served::{Anew, Lots};
use super::settle::ServedBy;
use crate::rules::world::Answer;
use azflow_core::model::SortSmall;
use azflow_core::model::{Direction, Endpoint, PortRange, Prefix, SecurityRule};
use std::collections::BTreeMap;

impl Maker<'_, '_> {
    /// What gets rules of its own, in pieces: whole subnets where that overrules no denial in force, else what was seen.
    pub fn pieces(
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
        all.sort_small_by_key(|((subnet, why), _)| (place(*subnet), *why));
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
        let (far, near) = (old.far(), old.near());
        let prefixes = |ends: &[Endpoint]| {
            ends.iter()
                .map(|end| if let Endpoint::Prefix(p) = end { Some(*p) } else { None })
                .collect::<Option<Vec<_>>>()
        };
        let (Some(there), Some(here)) = (prefixes(&piece.there), prefixes(&piece.here)) else {
            let same = piece.there.iter().all(|end| far.contains(end) || far.contains(&Endpoint::Any));
            return same && serves(old, piece);
        };
        let network = far.iter().find(|end| end.is_tag("VirtualNetwork"));
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
            && serves(old, piece)
    }

    /// The last denial that a piece without a place may meet. One that meets such a denial behind the new deny is cut to
    /// what was seen, and stands before it.
    pub fn behind(
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
            let rule = piece.rule(direction);
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
}

/// Whether a rule's protocol and ports hold those of a piece.
fn serves(old: &SecurityRule, piece: &Piece) -> bool {
    old.doubt.is_none()
        && old.source_ports.contains(&PortRange::ALL)
        && old.protocol.is_none_or(|own| own == piece.protocol)
        && holds_ports(&old.destination_ports, &piece.ports)
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
        place(by) <= place(piece)
            && by.protocol == piece.protocol
            && holds_ports(&by.ports, &piece.ports)
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
pub fn same_again(
    pieces: Vec<Piece>,
    lots: &mut Lots<'_>,
    served: &mut [ServedBy],
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
        let own = piece.rule(direction);
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
                    list.push((far, piece.members));
                }
            }
            None => out.push(piece),
        }
    }
    out
}
