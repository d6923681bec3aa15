//! What groups still deny of what a draft lets pass, where it is not drafted for.
//!
//! A draft is made for subnets. A flow passes the groups at NICs, too, and at subnets whose group is not drafted: what
//! is refused there stays refused, whatever the draft says. A group in force may be at a subnet and at NICs elsewhere.

use super::change::Action;
use super::{Draft, DraftedNsg, Places, Want};
use crate::rules::compiled::{Compiled, Question};
use crate::rules::judged::{Judged, Outcome, Step};
use crate::rules::set::{Applied, RuleSet};
use crate::rules::traffic::{Observed, Traffic, Unfit};
use crate::rules::world::World;
use azflow_core::model::{Address, Decision, Direction, ResourceId};
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};

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
        let begin = format!("{} at {} ({direction})", self.nsg, some(self.at.iter().map(String::as_str)));
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
            let named: Vec<&str> =
                self.rules.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
            let by = match named.as_slice() {
                [] => String::new(),
                named => format!(", by {}", some(named.iter().copied())),
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

/// The first few, and how many more.
fn some<'a>(list: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = list.len().saturating_sub(NAMED);
    let mut out = list.take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        out.push_str(&format!(" and {more} more"));
    }
    out
}

impl DraftedNsg {
    /// The group as it will be in force, where it applies.
    pub fn to_applied(&self) -> Applied {
        Applied {
            nsg: self.nsg.clone(),
            places: self.applied.clone(),
            prefixes: self.prefixes.clone(),
            nics: Vec::new(),
        }
    }
}

impl Draft {
    /// All groups as they will be: the drafted ones first, then those of `below` that are left as they are.
    pub fn over(&self, below: &RuleSet, world: &World) -> RuleSet {
        let groups = self.groups.iter().map(DraftedNsg::to_applied).collect();
        RuleSet { groups, notes: Vec::new() }.over(below, world)
    }
}

/// Finds what is still denied, what is needed first.
pub fn still_denied(
    draft: &Draft,
    traffic: &Traffic,
    places: &Places<'_>,
    want: &dyn Fn(usize, &Observed) -> Want,
) -> Vec<StillDenied> {
    let set = draft.over(places.existing, places.world);
    if places.existing.groups.is_empty() {
        return Vec::new();
    }
    let seeds: BTreeSet<usize> = draft.seeds.iter().copied().collect();
    let asked = |(index, seen): &(usize, &Observed)| {
        let outside = matches!(seen.unfit, Some(Unfit::Platform | Unfit::Encryption));
        match want(*index, seen) {
            _ if outside || traffic.is_refused_outside(seen) => false,
            Want::Needed => true,
            Want::NotNeeded => false,
            // What seeds a rule and is not marked is refused by nothing in force.
            Want::Unmarked | Want::Undecided => !seeds.contains(index),
        }
    };
    let all: Vec<(usize, &Observed)> = traffic.conversations.iter().enumerate().filter(asked).collect();
    if all.is_empty() {
        return Vec::new();
    }
    // Only their ends are prepared: most conversations are not asked about.
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    let mut addresses: Vec<Address> = Vec::new();
    for end in all.iter().flat_map(|(_, seen)| [seen.src, seen.dst]) {
        let Some(address) = traffic.addresses.get(end as usize) else { continue };
        numbers.entry(end).or_insert_with(|| {
            addresses.push(*address);
            addresses.len() as u32 - 1
        });
    }
    let mut compiled = Compiled::new(&set, places.world, &addresses);
    let written = written(draft, &compiled);
    let memberships = traffic.memberships();
    let mut found: BTreeMap<(u32, bool), Told> = BTreeMap::new();
    for (index, seen) in all {
        let (Some(src), Some(dst)) = (numbers.get(&seen.src), numbers.get(&seen.dst)) else { continue };
        let judged = compiled.judge(&Question {
            ends: (*src, *dst),
            protocol: seen.protocol,
            port: seen.port,
            outside: seen.outside,
            members: traffic.members(seen, &memberships),
        });
        let Some(step) = judged.deciding() else { continue };
        let (number, outbound) = (step.list / 2, step.list & 1 == 1);
        let Some(group) = set.groups.get(number as usize) else { continue };
        let near = if outbound { traffic.src(seen) } else { traffic.dst(seen) };
        let (here, id) = place(places.world, group, near);
        let is_drafted = draft.groups.get(number as usize).is_some_and(|group| match &id {
            Some(id) => group.at.iter().any(|place| place.id.as_ref() == Some(id)),
            None => group.prefixes.iter().any(|prefix| prefix.contains(near)),
        });
        let is_needed = want(index, seen) == Want::Needed;
        let at = match judged.outcome {
            Outcome::Decided(Decision::Denied) if is_needed => 0,
            Outcome::Decided(Decision::Denied) if !is_drafted && is_let_pass(&written, &judged) => 1,
            Outcome::Undecidable if is_needed && !seen.allowed => 2,
            _ => continue,
        };
        let (named, rules, counts) = found.entry((number, outbound)).or_default();
        named.insert(here);
        if at < 2 {
            rules.insert(compiled.rule(step).map(|rule| rule.name.clone()).unwrap_or_default());
        }
        counts[at] += 1;
    }
    let mut out: Vec<StillDenied> = found
        .into_iter()
        .filter_map(|((group, outbound), (at, rules, [needed, seen, open]))| {
            let nsg = set.groups.get(group as usize)?.nsg.name.clone();
            let direction = Some(if outbound { Direction::Outbound } else { Direction::Inbound });
            let (at, rules) = (at.into_iter().collect(), rules.into_iter().collect());
            Some(StillDenied { nsg, direction, at, rules, needed, seen, open })
        })
        .collect();
    out.sort_by(|a, b| (b.needed, b.open, b.seen).cmp(&(a.needed, a.open, a.seen)).then(a.nsg.cmp(&b.nsg)));
    out
}

/// By list of rules and place in it: whether the draft writes the rule anew.
fn written(draft: &Draft, compiled: &Compiled<'_>) -> Vec<Vec<bool>> {
    let lists =
        draft.groups.iter().enumerate().flat_map(|(at, group)| [(at * 2, group), (at * 2 + 1, group)]);
    let is_written =
        |group: &DraftedNsg, name: &str| group.becomes(name).is_some_and(|action| action != Action::Keep);
    lists
        .map(|(list, group)| {
            compiled.list(list as u32).iter().map(|rule| is_written(group, &rule.name)).collect()
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
