//! Drafts, simulations and differences: made in pieces, and kept until what they stand on changes.

use super::made::Made;
use super::review::Judge;
use super::{DifferenceAnswer, DraftAsk, Engine, RuleSource, SimulateAsk, View};
use crate::audit::{Audit, audit_in_pieces};
use crate::export::{Format, Part, read_rules, write_in_pieces};
use crate::pieces::Begun;
use crate::rules::services::{Recognised, controllers};
use crate::rules::{
    ByFate, Draft, DraftError, FateSums, Observed, RuleSet, Simulation, Traffic, Verdict, Verdicts, Want,
    World, draft_in_pieces, simulate_in_pieces, simulated_totals,
};
use std::convert::Infallible;
use std::rc::Rc;

/// What is kept between questions.
#[derive(Debug, Default)]
pub(super) struct Kept {
    draft: Made<DraftAsk, Result<Draft, DraftError>>,
    /// What the review says of each conversation, for the draft that was begun last.
    verdicts: Option<(DraftAsk, Rc<[Option<Verdict>]>)>,
    difference: Made<DraftAsk, DifferenceAnswer>,
    simulation: Made<SimulateAsk, Simulated>,
    /// A draft written for a tool.
    text: Made<(DraftAsk, Format, Part), String>,
    audit: Made<(), Audited>,
    /// Totals of the loaded groups.
    loaded: Made<(), ByFate>,
    /// Hosts that were seen to answer like domain controllers.
    controllers: Option<Rc<[(u32, Recognised)]>>,
}

impl Kept {
    pub fn knows_controllers(&self) -> bool {
        self.controllers.is_some()
    }

    /// Bytes that what is kept by conversation takes.
    pub fn held(&self) -> usize {
        let simulation = self.simulation.last().map_or(0, |kept| kept.simulation.held());
        let draft = self.draft.last().and_then(|draft| draft.as_ref().ok());
        let verdicts = self.verdicts.as_ref().map_or(0, |(_, verdicts)| verdicts.len());
        simulation + verdicts + draft.map_or(0, |draft| draft.seeds.len() * size_of::<u64>())
    }
}

/// An audit that was made.
#[derive(Debug)]
pub(super) struct Audited {
    pub set: RuleSet,
    pub hours: u64,
    pub audit: Audit,
}

/// A simulation that was made.
#[derive(Debug)]
pub(super) struct Simulated {
    pub groups: usize,
    pub not_understood: Vec<String>,
    pub simulation: Simulation,
    pub sums: FateSums,
}

/// No group is loaded.
struct NoGroup;

/// Where in what is kept something lies.
type Slot<K, T> = fn(&mut Kept) -> &mut Made<K, T>;

/// How something is begun; the error says why it can't be.
type Begin<K, T, E> = fn(&mut Engine, &K) -> Result<Begun<T>, E>;

impl Engine {
    /// What is made for a question, once.
    fn make<K: PartialEq + Clone, T, E>(
        &mut self,
        slot: Slot<K, T>,
        key: &K,
        begin: Begin<K, T, E>,
    ) -> Result<Rc<T>, E> {
        if let Some(known) = slot(&mut self.kept).get(key) {
            return Ok(known);
        }
        let work = self.begun(slot, key, begin)?;
        Ok(slot(&mut self.kept).finish(key, work))
    }

    /// Does a piece of it; `false` where it is there, or can't be.
    fn go_on<K: PartialEq + Clone, T, E>(
        &mut self,
        slot: Slot<K, T>,
        key: &K,
        begin: Begin<K, T, E>,
    ) -> bool {
        if slot(&mut self.kept).get(key).is_some() {
            return false;
        }
        let Ok(work) = self.begun(slot, key, begin) else { return false };
        slot(&mut self.kept).go_on(key, work)
    }

    /// It as far as it is made.
    fn begun<K: PartialEq + Clone, T, E>(
        &mut self,
        slot: Slot<K, T>,
        key: &K,
        begin: Begin<K, T, E>,
    ) -> Result<Begun<T>, E> {
        match slot(&mut self.kept).take(key) {
            Some(work) => Ok(work),
            None => begin(self, key),
        }
    }

    /// What a review says of each conversation, for a draft.
    pub(super) fn verdicts_for(&mut self, traffic: &Traffic, ask: &DraftAsk) -> Rc<[Option<Verdict>]> {
        if let Some((_, known)) = self.kept.verdicts.as_ref().filter(|(known, _)| known == ask) {
            return Rc::clone(known);
        }
        let found: Rc<[_]> = self.verdicts(traffic, &ask.view).into();
        self.kept.verdicts = Some((ask.clone(), Rc::clone(&found)));
        found
    }

    /// What a review says of each conversation.
    pub fn verdicts(&mut self, traffic: &Traffic, view: &View) -> Vec<Option<Verdict>> {
        self.derive(view.cut);
        let verdicts = Verdicts::new(&self.review);
        if verdicts.is_empty() {
            return vec![None; traffic.conversations.len()];
        }
        let Some(named) = self.named() else { return Vec::new() };
        let mut judge = Judge::new(&verdicts, &named);
        let of = |seen: &Observed| judge.of(&self.store, seen.src, seen.dst, seen.protocol, seen.port);
        traffic.conversations.iter().map(of).collect()
    }

    /// The draft of a question, by the review that the engine was told; made once.
    pub fn reviewed_draft(&mut self, ask: &DraftAsk) -> Rc<Result<Draft, DraftError>> {
        let Ok(made) = self.make(|kept| &mut kept.draft, ask, Self::drafting);
        made
    }

    /// Does a piece of the draft of a question; `false` where it is there.
    pub(super) fn go_on_drafting(&mut self, ask: &DraftAsk) -> bool {
        self.go_on(|kept| &mut kept.draft, ask, Self::drafting)
    }

    fn drafting(&mut self, ask: &DraftAsk) -> Result<Begun<Result<Draft, DraftError>>, Infallible> {
        let traffic = self.traffic();
        let verdicts = self.verdicts_for(&traffic, ask);
        // Once something is decided on, nothing is let in that nobody decided on, unless that is asked for.
        let decided =
            verdicts.iter().any(|verdict| matches!(verdict, Some(Verdict::Needed | Verdict::NotNeeded)));
        let closed = ask.only_needed || decided && !ask.undecided;
        let want = move |at: usize, _: &Observed| match verdicts.get(at).copied().flatten() {
            Some(Verdict::Needed) => Want::Needed,
            Some(Verdict::NotNeeded) => Want::NotNeeded,
            _ if closed => Want::Undecided,
            _ => Want::Unmarked,
        };
        let (ground, options) = (self.ground(&traffic, ask.view.cut), ask.options);
        let left_out = self.store.left_out();
        Ok(Begun::new(async move {
            let Some(ground) = ground else { return Ok(Draft::default()) };
            let mut draft = draft_in_pieces(&traffic, &ground.places(), &options, &want).await?;
            if left_out > 0 {
                draft.notes.insert(0, format!(
                    "memory was full, and {left_out} log lines are not counted: what only they show is not known here, and a deny may cut it"
                ));
            }
            Ok(draft)
        }))
    }

    /// The rules to simulate, over those in force.
    pub(super) fn set_of(
        &mut self,
        ask: &SimulateAsk,
        below: &RuleSet,
        world: &World,
    ) -> Result<RuleSet, String> {
        match ask.source {
            RuleSource::Loaded if below.groups.is_empty() => {
                Err("no network security group is loaded".to_owned())
            }
            RuleSource::Loaded => Ok(below.clone()),
            RuleSource::File if self.rules_file.is_empty() => Err("no file of rules is open yet".to_owned()),
            RuleSource::File => Ok(read_rules(self.rules_file.as_bytes(), below)?.over(below, world)),
            RuleSource::Draft => {
                let made = self.reviewed_draft(&ask.draft);
                let draft = made.as_ref().as_ref().map_err(DraftError::to_string)?;
                Ok(draft.over(below, world))
            }
        }
    }

    pub(super) fn simulated(&mut self, ask: &SimulateAsk) -> Result<Rc<Simulated>, String> {
        self.make(|kept| &mut kept.simulation, &simulation_key(ask), Self::simulating)
    }

    /// Does a piece of the simulation of a question, and of what it stands on; `false` where it is there, or can't be.
    pub(super) fn go_on_simulating(&mut self, ask: &SimulateAsk) -> bool {
        if ask.source == RuleSource::Draft && self.go_on_drafting(&ask.draft) {
            return true;
        }
        self.go_on(|kept| &mut kept.simulation, &simulation_key(ask), Self::simulating)
    }

    fn simulating(&mut self, key: &SimulateAsk) -> Result<Begun<Simulated>, String> {
        let (below, world) = (self.rule_set(), self.world());
        let (set, traffic) = (self.set_of(key, &below, &world)?, self.traffic());
        self.derive(key.draft.view.cut);
        let subnets = self.subnets.as_ref().map(|(_, subnets)| Rc::clone(subnets));
        Ok(Begun::new(async move {
            let simulation = simulate_in_pieces(&set, &world, &traffic).await;
            let subnet_of = subnets.as_ref().map(|s| s.subnet_of.as_slice()).unwrap_or_default();
            Simulated {
                groups: set.groups.len(),
                not_understood: set.not_understood(),
                sums: simulation.sums(&traffic, subnet_of).await,
                simulation,
            }
        }))
    }

    /// What the draft decides otherwise than the groups in force; made once.
    pub(super) fn differing(&mut self, ask: &DraftAsk) -> Rc<DifferenceAnswer> {
        let Ok(made) = self.make(|kept| &mut kept.difference, ask, Self::comparing);
        made
    }

    /// Does a piece of that, and of the draft; `false` where it is there.
    pub(super) fn go_on_differing(&mut self, ask: &DraftAsk) -> bool {
        self.go_on_drafting(ask) || self.go_on(|kept| &mut kept.difference, ask, Self::comparing)
    }

    fn comparing(&mut self, ask: &DraftAsk) -> Result<Begun<DifferenceAnswer>, Infallible> {
        Ok(self.draft_difference(ask))
    }

    /// A draft written for a tool; made once.
    pub(super) fn written(&mut self, ask: &DraftAsk, format: Format, part: Part) -> Rc<String> {
        let Ok(made) = self.make(|kept| &mut kept.text, &(ask.clone(), format, part), Self::writing);
        made
    }

    /// Does a piece of it, and of the draft; `false` where it is there.
    pub(super) fn go_on_writing(&mut self, ask: &DraftAsk, format: Format, part: Part) -> bool {
        self.go_on_drafting(ask)
            || self.go_on(|kept| &mut kept.text, &(ask.clone(), format, part), Self::writing)
    }

    fn writing(
        &mut self,
        (ask, format, part): &(DraftAsk, Format, Part),
    ) -> Result<Begun<String>, Infallible> {
        let (draft, format, part) = (self.reviewed_draft(ask), *format, *part);
        Ok(Begun::new(async move {
            match &*draft {
                Ok(draft) => write_in_pieces(draft, format, part).await,
                Err(_) => String::new(),
            }
        }))
    }

    /// The audit of the loaded groups; made once.
    pub(super) fn audited(&mut self) -> Rc<Audited> {
        let Ok(made) = self.make(|kept| &mut kept.audit, &(), Self::auditing);
        made
    }

    /// Does a piece of it; `false` where it is there.
    pub(super) fn go_on_auditing(&mut self) -> bool {
        self.go_on(|kept| &mut kept.audit, &(), Self::auditing)
    }

    fn auditing(&mut self, (): &()) -> Result<Begun<Audited>, Infallible> {
        let (set, world, traffic, covered) = (self.rule_set(), self.world(), self.traffic(), self.covered());
        Ok(Begun::new(async move {
            let audit = audit_in_pieces(&set, &world, &traffic, &covered).await;
            Audited { set, hours: covered.hours(), audit }
        }))
    }

    /// Hosts that were seen to answer like domain controllers: looked for in all traffic, once.
    pub(super) fn controllers(&mut self, traffic: &Traffic) -> Rc<[(u32, Recognised)]> {
        Rc::clone(self.kept.controllers.get_or_insert_with(|| controllers(traffic).into()))
    }

    /// Totals of the loaded groups; `None` where there is none.
    pub(super) fn loaded_totals(&mut self) -> Option<ByFate> {
        self.make(|kept| &mut kept.loaded, &(), Self::adding_up).ok().map(|totals| *totals)
    }

    /// Does a piece of them; `false` where they are there, or no group is loaded.
    pub(super) fn go_on_adding_up(&mut self) -> bool {
        self.go_on(|kept| &mut kept.loaded, &(), Self::adding_up)
    }

    fn adding_up(&mut self, (): &()) -> Result<Begun<ByFate>, NoGroup> {
        let loaded = self.rule_set();
        if loaded.groups.is_empty() {
            return Err(NoGroup);
        }
        let (world, traffic) = (self.world(), self.traffic());
        Ok(Begun::new(async move { simulated_totals(&loaded, &world, &traffic).await }))
    }
}

/// A question's part that makes another simulation: what plays no part for its rules is left out.
fn simulation_key(ask: &SimulateAsk) -> SimulateAsk {
    let mut key = SimulateAsk { part: Default::default(), ..ask.clone() };
    if key.source != RuleSource::File {
        key.file = 0;
    }
    if key.source != RuleSource::Draft {
        key.draft = DraftAsk { view: key.draft.view, ..DraftAsk::default() };
    }
    key
}
