//! What groups still deny of what a draft lets pass, where it is not drafted for.
//!
//! A draft is made for subnets. A flow passes the groups at NICs, too, and at subnets whose group is not drafted: what
//! is refused there stays refused, whatever the draft says. A group in force may be at a subnet and at NICs elsewhere.

use super::after::After;
use super::change::Action;
use super::{Draft, DraftedNsg, Places, Want};
use crate::rules::judged::{Judged, Outcome, Step};
use crate::rules::named;
use crate::rules::set::Applied;
use crate::rules::traffic::{Observed, Traffic};
use crate::rules::world::World;
use azflow_core::model::SortSmall;
use azflow_core::model::{Address, Decision, Direction, ResourceId};
use std::collections::BTreeSet;

/// Places and rules that a note names.
const NAMED: usize = 5;

/// What a group denies of what a draft lets pass.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct StillDenied {
    /// The group's name.
    pub nsg: String,
    /// Its direction.
    pub direction: Option<Direction>,
    /// The NICs or subnets where it denies, in words.
    pub at: Vec<String>,
    /// The rules that deny, by name; empty names are those of rules that no file has.
    pub rules: Vec<String>,
    /// Conversations marked as needed that it denies.
    pub needed: u64,
    /// Others that were seen, and that rules of the draft let pass.
    pub seen: u64,
    /// Conversations marked as needed and never seen to pass of which it is not known whether it denies them.
    pub open: u64,
}

impl StillDenied {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        let direction = self.direction.map_or("", Direction::as_str);
        let begin = format!("{} at {} ({direction})", self.nsg, named(&self.at, NAMED));
        let count = |number: u64, one: &str, many: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            number => Some(format!("{number} {many}")),
        };
        let needed =
            |number| count(number, "conversation marked as needed", "conversations marked as needed");
        let seen = match self.needed {
            0 => count(self.seen, "conversation that was seen", "conversations that were seen"),
            _ => count(self.seen, "other that was seen", "others that were seen"),
        };
        let denied: Vec<String> = needed(self.needed).into_iter().chain(seen).collect();
        let mut out = Vec::new();
        if !denied.is_empty() {
            let rules: Vec<&str> =
                self.rules.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
            let by = match rules.as_slice() {
                [] => String::new(),
                rules => format!(", by {}", named(rules, NAMED)),
            };
            out.push(format!("still denies {}{by}", denied.join(" and ")));
        }
        if let Some(open) = needed(self.open) {
            out.push(format!(
                "may deny {open}, which is not known, since not all of it is understood or on file"
            ));
        }
        format!("{begin}: of what the draft lets pass it {}", out.join(", and it "))
    }
}

/// Of a group and direction: places, rules, and what is needed, seen, and open.
type Told = (BTreeSet<String>, BTreeSet<String>, [u64; 3]);

/// Finds what is still denied of what is asked about, what is needed first.
pub fn still_denied(
    asked: &[(usize, &Observed)],
    after: &mut After<'_>,
    (draft, traffic, places): (&Draft, &Traffic, &Places<'_>),
    want: &dyn Fn(usize, &Observed) -> Want,
) -> Vec<StillDenied> {
    let written = written(draft, after);
    // By list of rules.
    let mut found: Vec<Told> = vec![Told::default(); after.set.groups.len() * 2];
    for (index, seen) in asked.iter().copied() {
        let Some(judged) = after.judge(seen) else { continue };
        let Some(step) = judged.deciding() else { continue };
        let (number, outbound) = (step.list / 2, step.list & 1 == 1);
        let Some(group) = after.set.groups.get(number as usize) else { continue };
        let is_needed = want(index, seen) == Want::Needed;
        let at = match judged.outcome {
            Outcome::Decided(Decision::Denied) if is_needed => 0,
            Outcome::Decided(Decision::Denied) if is_let_pass(&written, &judged) => 1,
            Outcome::Undecidable if is_needed && !seen.allowed => 2,
            _ => continue,
        };
        let near = if outbound { traffic.src(seen) } else { traffic.dst(seen) };
        let (here, id) = place(places.world, group, near);
        let is_drafted = draft.groups.get(number as usize).is_some_and(|group| match &id {
            Some(id) => group.at.iter().any(|place| place.id.as_ref() == Some(id)),
            None => group.prefixes.iter().any(|prefix| prefix.contains(near)),
        });
        if at == 1 && is_drafted {
            continue;
        }
        let Some((denying, rules, counts)) = found.get_mut(step.list as usize) else { continue };
        denying.insert(here);
        if at < 2 {
            rules.insert(after.rule(step).map(|rule| rule.name.clone()).unwrap_or_default());
        }
        counts[at] += 1;
    }
    let mut out = Vec::new();
    for (list, (at, rules, [needed, seen, open])) in found.into_iter().enumerate() {
        let Some(group) = after.set.groups.get(list / 2).filter(|_| !at.is_empty()) else { continue };
        let direction = Some(if list & 1 == 1 { Direction::Outbound } else { Direction::Inbound });
        let (at, rules) = (at.into_iter().collect(), rules.into_iter().collect());
        out.push(StillDenied { nsg: group.nsg.name.clone(), direction, at, rules, needed, seen, open });
    }
    out.sort_small_by(|a, b| {
        (b.needed, b.open, b.seen).cmp(&(a.needed, a.open, a.seen)).then(a.nsg.cmp(&b.nsg))
    });
    out
}

/// What to say of groups whose place new ones take at single subnets.
pub fn splits(draft: &Draft, places: &Places<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for (number, first) in draft.groups.iter().enumerate() {
        let Some(of) = &first.split_from else { continue };
        let is_of = |group: &&DraftedNsg| group.split_from.as_ref().is_some_and(|shared| shared.id == of.id);
        // One note for all of one group.
        if draft.groups.iter().take(number).any(|group| is_of(&group)) {
            continue;
        }
        let Some(shared) = places.existing.groups.iter().find(|group| group.nsg.id == of.id) else {
            continue;
        };
        let own: Vec<&DraftedNsg> = draft.groups.iter().filter(is_of).collect();
        let is_taken = |at: &ResourceId| own.iter().any(|group| group.applied.contains(at));
        let rest: Vec<&str> = shared.places.iter().filter(|at| !is_taken(at)).map(ResourceId::name).collect();
        let new: Vec<String> =
            own.iter().map(|group| format!("{} at {}", group.nsg.name, group.subnet)).collect();
        let rest = match rest.as_slice() {
            [] => "nothing has it any more then".to_owned(),
            rest => format!("it stays at {}", named(rest, NAMED)),
        };
        let new = named(&new, NAMED);
        out.push(format!(
            "{} is split: its place is taken by {new}. {} itself is left as it is; {rest}",
            of.name, of.name
        ));
    }
    out
}

/// By list of rules and place in it: whether the draft writes the rule anew.
fn written(draft: &Draft, after: &After<'_>) -> Vec<Vec<bool>> {
    let lists =
        draft.groups.iter().enumerate().flat_map(|(at, group)| [(at * 2, group), (at * 2 + 1, group)]);
    let is_written =
        |group: &DraftedNsg, name: &str| group.becomes(name).is_some_and(|action| action != Action::Keep);
    lists
        .map(|(list, group)| {
            after.list(list as u32).iter().map(|rule| is_written(group, &rule.name)).collect()
        })
        .collect()
}

/// Whether such a rule lets a flow pass before it is denied.
fn is_let_pass(written: &[Vec<bool>], judged: &Judged) -> bool {
    let is_new = |step: &Step| {
        step.outcome == Outcome::Decided(Decision::Allowed)
            && written.get(step.list as usize).and_then(|list| list.get(step.rule as usize)) == Some(&true)
    };
    judged.steps().iter().any(is_new)
}

/// Where a group meets an address, in words, and that place's id.
fn place(world: &World, group: &Applied, near: Address) -> (String, Option<ResourceId>) {
    let sites = world.sites();
    let is_here = |id: &ResourceId| group.places.contains(id);
    let nics = sites.nics_of(near).into_iter().filter_map(|nic| sites.nics.get(nic as usize));
    if let Some(nic) = nics.into_iter().find(|nic| is_here(&nic.id)) {
        return (format!("NIC {}", nic.name), Some(nic.id.clone()));
    }
    let subnets = sites.of(near).into_iter().filter_map(|site| sites.subnets.get(site.subnet? as usize));
    match subnets.into_iter().find(|subnet| is_here(&subnet.id)) {
        Some(subnet) => (format!("subnet {}", subnet.name), Some(subnet.id.clone())),
        None => (near.to_string(), None),
    }
}
