//! A set of groups made ready to decide millions of conversations.
//!
//! Addresses that no rule, network or tag tells apart are one *class*. For each class and list of rules, bits say
//! which rules' sources (or destinations) have it for certain, and which perhaps; a question is then the common
//! bits of two rows, in order of priority. Where an end may be in several places, or one of several groups decides,
//! all are asked, as one. `evaluate` is the same without preparation and says more: tests hold both to one answer.
//!
//! `classes` sorts addresses, `rows` has the bits, `plan` says which lists decide between two classes, `decide` asks them.

mod classes;
mod decide;
mod plan;
mod rows;

pub(super) use rows::{MEMBERSHIPS, parts};

use super::evaluate::Members;
use super::judged::{Judged, NONE, Outcome, Step};
use super::lists::List;
use super::memo::{Asked, Memo};
use super::set::RuleSet;
use super::sites::Site;
use super::traffic::Observed;
use super::world::{PlatformService, World};
use azflow_core::model::{Address, Decision, Direction, Protocol, SecurityRule};
use classes::{Class, Spot};
use hashbrown::HashMap;
use plan::{Open, Plan, Stage};

/// A flow to judge.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The ends, by number.
    pub ends: (u32, u32),
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port.
    pub port: Option<u16>,
    /// Stages inbound and outbound that something else than a group decided: they are left out.
    pub outside: [bool; 2],
    /// What logs say of membership.
    pub members: Members,
}

impl Question {
    /// What becomes of a conversation.
    pub fn of(seen: &Observed) -> Self {
        Self {
            ends: (seen.src, seen.dst),
            protocol: seen.protocol,
            port: seen.port,
            outside: seen.outside,
            members: seen.members,
        }
    }
}

/// See the module's description.
#[derive(Debug)]
pub struct Compiled<'a> {
    world: &'a World,
    addresses: Vec<Address>,
    lists: Vec<List>,
    class_of: Vec<u32>,
    classes: Vec<Class>,
    spots: Vec<Spot>,
    /// Two stretches of bits for each of [`MEMBERSHIPS`]: certain and perhaps.
    rows: Vec<u64>,
    row_of: HashMap<(u32, u32, Option<u32>, bool), u32>,
    plans: Vec<Plan>,
    open: Vec<Vec<(Site, Open)>>,
    plan_of: HashMap<(u32, u32), u32>,
    last: (u32, u32, u32),
    judged: Memo<Option<Judged>>,
}

impl<'a> Compiled<'a> {
    /// Makes a set ready for these addresses, which questions then name by number.
    pub fn new(set: &RuleSet, world: &'a World, addresses: &[Address]) -> Self {
        let lists: Vec<List> = set
            .groups
            .iter()
            .flat_map(|group| [group.ordered(Direction::Inbound), group.ordered(Direction::Outbound)])
            .map(List::new)
            .collect();
        let mut out = Self {
            world,
            addresses: addresses.to_vec(),
            lists,
            class_of: Vec::with_capacity(addresses.len()),
            classes: Vec::new(),
            spots: Vec::new(),
            rows: Vec::new(),
            row_of: HashMap::new(),
            plans: Vec::new(),
            open: Vec::new(),
            plan_of: HashMap::new(),
            last: (NONE, NONE, NONE),
            judged: Memo::new(addresses.len()),
        };
        out.classify(set, addresses);
        out
    }

    /// The rules of [`Step::list`].
    pub fn list(&self, number: u32) -> &[SecurityRule] {
        self.lists.get(number as usize).map(|list| list.rules.as_slice()).unwrap_or_default()
    }

    /// The rule of a step; `None` where none matches.
    pub fn rule(&self, step: Step) -> Option<&SecurityRule> {
        self.list(step.list).get(step.rule as usize)
    }

    /// The classes of a flow's ends; what decides between them is the last plan then.
    fn prepare(&mut self, asked: &Question) -> Option<(u32, u32)> {
        let (src, dst) = asked.ends;
        let (src, dst) = (*self.class_of.get(src as usize)?, *self.class_of.get(dst as usize)?);
        if self.last.0 != src || self.last.1 != dst {
            self.last = (src, dst, self.plan(src, dst));
        }
        Some((src, dst))
    }

    /// All that an answer hangs on: the same for questions whose ends nothing tells apart. `None` where the ends themselves
    /// play a part.
    pub fn asked(&mut self, asked: &Question) -> Option<Asked> {
        let (_, dst) = self.prepare(asked)?;
        self.service(dst, asked).is_none().then(|| Asked::of(self.last.2, asked))
    }

    /// The service of the platform that a destination of a class may be.
    fn service(&self, dst: u32, asked: &Question) -> Option<PlatformService> {
        self.classes.get(dst as usize).filter(|class| class.is_service)?;
        let address = self.addresses.get(asked.ends.1 as usize)?;
        PlatformService::of(*address, asked.protocol, asked.port)
    }

    /// Decides a flow.
    pub fn judge(&mut self, asked: &Question) -> Judged {
        let Some(key) = self.asked(asked) else { return self.judge_anew(asked) };
        let (place, _) = self.judged.place(key);
        if let Some(known) = self.judged.at(place) {
            return *known;
        }
        let judged = self.judge_anew(asked);
        *self.judged.at(place) = Some(judged);
        judged
    }

    /// The same for those who remember answers themselves.
    pub fn judge_anew(&mut self, asked: &Question) -> Judged {
        let Some((src, dst)) = self.prepare(asked) else {
            return Judged::of(Outcome::Decided(Decision::Allowed));
        };
        self.judge_between(src, asked, self.service(dst, asked))
    }

    /// The rules of a list that may match a flow, in order, each with whether it does for certain, up to the first denial
    /// or default rule that does: allowances may be taken away, and what follows decides then. Nothing where the list does
    /// not apply. Several places are looked at as one: what is not the same at all of them is not certain. They take the
    /// place of what `out` holds, which is asked for so often that its room is used again.
    pub fn candidates(&mut self, asked: &Question, list: u32, out: &mut Vec<(u32, bool)>) {
        out.clear();
        if self.prepare(asked).is_none() {
            return;
        }
        match self.plans.get(self.last.2 as usize) {
            Some(Plan::Certain(plan)) => {
                if let Some(stage) = plan.iter().find(|stage| stage.0 == list) {
                    self.walk(*stage, asked, out);
                }
            }
            Some(Plan::Open(open)) => {
                let places = &self.open[*open as usize];
                let stages = places.iter().flat_map(|(_, plan)| plan.iter().flatten().flatten());
                let walked = |stage: &Stage| {
                    let mut out = Vec::new();
                    self.walk(*stage, asked, &mut out);
                    out
                };
                let all: Vec<_> = stages.filter(|stage| stage.0 == list).map(walked).collect();
                let mut rules: std::collections::BTreeMap<u32, usize> = std::collections::BTreeMap::new();
                for (rule, certain) in all.iter().flatten() {
                    *rules.entry(*rule).or_default() += usize::from(*certain);
                }
                let is_certain = |certain: usize| certain == all.len() && places.len() == all.len();
                out.extend(rules.into_iter().map(|(rule, certain)| (rule, is_certain(certain))));
            }
            // Any of them may.
            _ => out.extend((0..self.list(list).len() as u32).map(|rule| (rule, false))),
        }
    }
}
