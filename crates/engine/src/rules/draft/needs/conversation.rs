//! What becomes of one conversation: why it may seed nothing, which rules of its two ends it seeds, and what the notes of
//! the draft say of it.

use super::ends::SubnetRole;
use super::gathering::Gathering;
use super::{Far, Member, is_nameable};
use crate::rules::draft::force::Force;
use crate::rules::draft::serious::Serious;
use crate::rules::draft::served::Case;
use crate::rules::draft::{DraftOptions, Skip, Want};
use crate::rules::traffic::{Observed, Unfit};
use azflow_core::model::Direction;

/// What a conversation is good for; of its two ends the better one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// No rule comes of it.
    None,
    /// It is marked as needed where nothing is denied: a seed only if a group in force refuses it.
    Open,
    /// It seeds a rule.
    Seed,
}

/// One end of a conversation, for which rules may be made, and the other one.
#[derive(Debug, Clone, Copy)]
struct End {
    here: u32,
    role: SubnetRole,
    far: u32,
    far_role: SubnetRole,
    outbound: bool,
}

impl Gathering<'_, '_> {
    #[inline(never)]
    pub(super) fn take(&mut self, first: usize, some: &[Observed], want: &dyn Fn(usize, &Observed) -> Want) {
        for (index, seen) in (first..).zip(some) {
            self.one(index, seen, want(index, seen));
        }
    }

    fn one(&mut self, index: usize, seen: &Observed, want: Want) {
        let ends @ [(src, src_role), (dst, dst_role)] = [self.at(seen.src), self.at(seen.dst)];
        if let Some(force) = &mut self.force {
            force.turn_to(seen);
        }
        let skip = self.skip(index, seen, want);
        let inbound = End { here: dst, role: dst_role, far: src, far_role: src_role, outbound: false };
        let outbound = End { here: src, role: src_role, far: dst, far_role: dst_role, outbound: true };
        let [inbound, outbound] = [inbound, outbound].map(|end| self.at_end(index, seen, want, skip, end));
        self.settle(index, seen, want, (skip, inbound.max(outbound)), ends);
    }

    /// Why it seeds no rule, as far as it can be told without its ends. What is serious is noted beside.
    fn skip(&mut self, index: usize, seen: &Observed, want: Want) -> Option<Skip> {
        let is_marked = want == Want::Needed;
        let passes = seen.allowed || is_marked;
        let serious = if passes && !is_platform(seen) { self.serious.of(seen) } else { None };
        if let Some(why) = serious {
            self.beside.serious.push((index as u32, why, is_marked));
        }
        let skip = reason(seen, self.options, want);
        if skip.is_some() || is_marked {
            return skip;
        }
        let serious = serious.and_then(|why| match why {
            Serious::Management => Some(Skip::Management),
            Serious::Dropped => Some(Skip::Dropped),
            // All that such a source was let in to is unfit already.
            Serious::Scanner => None,
        });
        let refused = |force: &mut Force<'_>| force.refuses(seen).then_some(Skip::Refused);
        serious.or_else(|| self.force.as_mut().and_then(|force| refused(force)))
    }

    /// Adds it to what the rules of one end rest on.
    fn at_end(&mut self, index: usize, seen: &Observed, want: Want, skip: Option<Skip>, end: End) -> Use {
        let End { here, role, far, far_role, outbound } = end;
        let is_marked = want == Want::Needed;
        let SubnetRole::Subnet(special) = role else { return Use::None };
        let at = usize::from(outbound);
        let is_closed = self.touched[here as usize][at];
        if is_platform(seen) || !is_closed && !is_marked || !self.takes(special) {
            return Use::None;
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
            return Use::None;
        }
        let (near_end, far_end) = if outbound { (seen.src, seen.dst) } else { (seen.dst, seen.src) };
        // No rule can name an end of each family.
        let is_v4 = |end: u32| self.traffic.addresses.get(end as usize).is_some_and(|a| a.v4().is_some());
        if !self.is_within(here, near_end) || is_v4(near_end) != is_v4(far_end) {
            self.outside += 1;
            return Use::None;
        }
        let far = match far_role {
            SubnetRole::Subnet(_) | SubnetRole::Elsewhere if self.is_within(far, far_end) => Far::Subnet(far),
            SubnetRole::Subnet(_) | SubnetRole::Elsewhere => Far::Hosts(far),
            SubnetRole::Hosts => Far::Hosts(far),
            SubnetRole::Internet if self.is_internet(seen, here, outbound) => Far::Internet,
            SubnetRole::Internet => Far::Hosts(far),
            SubnetRole::None => return Use::None,
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
        if is_closed {
            let number = self.number((here, outbound, far, seen.protocol));
            self.lists[number as usize].push(member);
            Use::Seed
        } else if group.is_some() {
            // Nothing is denied here, so a rule is needed only against what is in force.
            self.marked.entry((here, direction)).or_default().push(member);
            Use::Open
        } else {
            Use::None
        }
    }

    /// Notes what it is good for, or why for nothing.
    fn settle(
        &mut self,
        index: usize,
        seen: &Observed,
        want: Want,
        (skip, used): (Option<Skip>, Use),
        ends: [(u32, SubnetRole); 2],
    ) {
        if seen.by_platform && used != Use::None {
            self.beside.by_platform.push(index);
        }
        let is_outside = is_platform(seen) || seen.unfit == Some(Unfit::Encryption) || seen.refused_outside;
        let is_asked = match want {
            Want::Needed => true,
            Want::NotNeeded => false,
            // What seeds a rule and is not marked is refused by nothing in force.
            Want::Unmarked | Want::Undecided => used != Use::Seed,
        };
        if is_asked && !is_outside && self.force.is_some() {
            self.beside.asked.push(index as u32);
        }
        match used {
            Use::Seed => {
                self.beside.hosts.add(seen);
                self.seeds.push(index);
            }
            Use::Open => self.open.push(index),
            Use::None => {
                let unlogged = |(at, role): (u32, SubnetRole)| {
                    matches!(role, SubnetRole::Subnet(_))
                        && self.far_side.get(at as usize) != Some(&[false; 2])
                };
                let otherwise = if ends.into_iter().any(unlogged) { Skip::Unlogged } else { Skip::NoGroup };
                *self.skipped.entry(skip.unwrap_or(otherwise)).or_default() += 1;
            }
        }
    }

    /// The rules that may have decided a conversation at a group in force, as a number in [`Force::patterns`].
    fn pattern(&mut self, seen: &Observed, group: Option<u32>, direction: Direction) -> Option<u32> {
        let force = self.force.as_mut()?;
        Some(force.pattern(self.traffic, seen, group?, direction))
    }
}

/// Whether the platform decided it, whatever rules say.
fn is_platform(seen: &Observed) -> bool {
    seen.unfit == Some(Unfit::Platform)
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
