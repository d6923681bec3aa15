//! The owner of the data: takes in partial tables, answers queries.
//!
//! One engine lives in one worker (or, natively, in a test or the example). Everything on the
//! page is an answer of [`Engine::answer`]; nothing else reads the store.

use super::breakdown::breakdown;
use super::compare::{CompareAnswer, Comparison, compare};
use super::complete::complete;
use super::described::Described;
use super::evidence::{coverage, evidence};
use super::findings::FindingsBegun;
use super::flows::{FlowList, listed};
use super::inputs::{data, overview};
use super::kept_side::{KeptSide, Side};
use super::matrix::matrix;
use super::naming::{Gathered, gather};
use super::network::{Named, network_answer};
use super::over_time::over_time;
use super::picked::Picks;
use super::review::Services;
use super::rules_work::Kept;
use super::{Answer, FlowsQuery, KustoAnswer, MOST_KEPT, Query, ReviewAsk, ReviewRead, View};
use crate::export;
use crate::filter::{narrowed, parse};
use crate::rules::{Observing, Review, Traffic};
use crate::topology::{Assignment, Cut, HandName, Known, Naming, accelerate, apply_hand_names, assign, fold};
use azflow_core::model::{Address, Network, ResourceId};
use azflow_core::store::{DescriptionKey, Limit, Mode, Pick, SourceAccount, Store};
use std::rc::Rc;
use std::sync::Arc;

/// Owns everything loaded.
#[derive(Debug, Default)]
pub struct Engine {
    pub(super) store: Store,
    /// Derived from the store; emptied when it changes.
    accounts: Option<Vec<SourceAccount>>,
    gathered: Option<Gathered>,
    /// Derived from the descriptions; emptied when they change.
    naming: Option<Naming>,
    described: Described,
    /// What rules look at, once that is asked for.
    pub(super) traffic: Option<Rc<Traffic>>,
    /// The same as far as it is made.
    pub(super) observing: Option<Box<Observing>>,
    /// Names given by hand; they outlive the data.
    pub(super) by_hand: Vec<HandName>,
    /// What is said of services; it outlives the data too.
    pub(super) review: Review,
    /// Services added up for the last review that was asked for; emptied when the data or names change.
    pub(super) services: Option<Services>,
    /// Drafts and simulations for the Rules screen; emptied when data or names change.
    pub(super) kept: Kept,
    /// The text of the file of rules that was opened last.
    pub(super) rules_file: String,
    pub(super) subnets: Option<(Cut, Rc<Assignment>)>,
    /// Those folded to networks, once that is asked for.
    folded: Option<Assignment>,
    /// The list of conversations that was asked for last; emptied when names or the store change.
    pub(super) flows: Option<FlowList>,
    /// What the last filters left.
    pub(super) picks: Picks,
    /// What was looked at for findings so far; emptied when names or the store change.
    pub(super) findings: Option<FindingsBegun>,
    /// A side of comparisons that was kept; it outlives the data.
    pub(super) kept_side: Option<Side>,
    /// The revision of the store that all of this is derived from.
    revision: u64,
}

impl Engine {
    /// An engine with another limit of memory, beyond which times and addresses become coarser.
    pub fn with_limit(limit: Limit) -> Self {
        Self { store: Store::with_limit(limit), ..Self::default() }
    }

    /// Forgets what was derived from the data that has changed now.
    pub(super) fn changed(&mut self) {
        self.accounts = None;
        self.names_changed();
    }

    /// Forgets what was derived by the names of subnets: all but the accounts of sources.
    fn names_changed(&mut self) {
        self.gathered = None;
        self.subnets = None;
        self.services = None;
        self.kept = Kept::default();
        self.flows = None;
        self.picks.clear();
        self.findings = None;
        self.forget_traffic();
    }

    pub(super) fn forget_traffic(&mut self) {
        (self.traffic, self.observing) = (None, None);
    }

    /// Puts the names given by hand over what the files say.
    pub(super) fn name_by_hand(&mut self) {
        self.described.network = self.described.read.clone();
        apply_hand_names(&mut self.described.network, &self.by_hand);
        self.naming = None;
        self.names_changed();
    }

    /// NICs with the address that is their own end, once that is known.
    pub(super) fn own_ends(&self) -> Option<&[(u32, u32)]> {
        self.gathered.as_ref().map(|gathered| gathered.nics.as_slice())
    }

    /// The same without reading descriptions that have come since.
    pub(super) fn described_network(&self) -> &Network {
        &self.described.network
    }

    /// Everything that loaded files say about the network.
    pub fn network(&mut self) -> &Network {
        self.describe();
        &self.described.network
    }

    /// Reads the descriptions that have come, in the order of their names.
    fn describe(&mut self) {
        let descriptions = self.store.descriptions();
        if self.described.files == descriptions.len() {
            return;
        }
        self.described = Described::read(descriptions);
        self.name_by_hand();
    }

    /// Makes sure that names, and what the traffic tells about them, are there.
    pub(super) fn know(&mut self) -> &Naming {
        self.describe();
        let network = &self.described.network;
        let naming = self.naming.get_or_insert_with(|| Naming::new(network, &self.by_hand));
        if self.gathered.is_none() {
            naming.carry(self.store.carried_machines(), self.store.carried_nics());
            self.store.set_forwarders(naming.forwarders());
            self.gathered = Some(gather(&self.store, naming, network));
        }
        naming
    }

    /// What is known by name, described or brought by rows.
    fn by_name(&self) -> export::Known<'_> {
        let store = &self.store;
        let subnets = store.carried_subnets().iter();
        let subnets = subnets.map(|(number, path)| (store.address(*number), path.as_str()));
        export::Known {
            network: &self.described.network,
            addresses: subnets.chain(store.carried_machines()).collect(),
            nics: store.carried_nics().collect(),
        }
    }

    /// Merges what has gathered, and forgets what was derived from less.
    pub(super) fn seal(&mut self) {
        self.store.seal();
        if self.revision != self.store.revision() {
            self.revision = self.store.revision();
            self.changed();
        }
    }

    /// Answers a question. A filter that is none lets nothing pass.
    pub fn answer(&mut self, query: Query) -> Answer {
        self.seal();
        self.make_room(&query);
        match query {
            Query::Overview(view) => {
                self.derive(view.cut);
                let pick = self.pick(&view);
                self.store.count(view.mode);
                let accounts = self.accounts.as_deref().unwrap_or_default();
                Answer::Overview(overview(&self.store, accounts, view.mode, pick.as_deref()))
            }
            Query::Matrix(view) => {
                self.derive_view(&view);
                self.store.count(view.mode);
                let pick = self.pick(&view);
                let axes = axes(&self.subnets, &self.folded, &view);
                let answer = axes.map(|axes| matrix(&self.store, axes, view.mode, pick.as_deref()));
                Answer::Matrix(answer.unwrap_or_default())
            }
            Query::Breakdown(view, selection) => {
                self.derive_view(&view);
                let pick = self.pick(&view);
                let named = named(&self.subnets, &self.naming, &self.described.network);
                let axes = axes(&self.subnets, &self.folded, &view);
                let answer = named.zip(axes).map(|(named, axes)| {
                    breakdown(&mut self.store, &named, axes, pick.as_deref(), view.mode, selection)
                });
                Answer::Breakdown(Box::new(answer.unwrap_or_default()))
            }
            Query::Data => {
                self.derive(Cut::default());
                // Only where several kinds of log are there is anything superseded.
                if !self.store.overlaps().is_simple() {
                    self.store.count(Mode::Conversations);
                }
                Answer::Data(data(&self.store, self.accounts.as_deref().unwrap_or_default()))
            }
            Query::Places(view) => {
                self.derive(view.cut);
                let subnets = self.subnets.as_ref().map(|(_, s)| s);
                let name = |(number, address): (usize, Address)| {
                    let subnet = subnets.and_then(|s| s.subnets.get(*s.subnet_of.get(number)? as usize));
                    (address, subnet.map(|s| s.name.clone()).unwrap_or_default())
                };
                Answer::Places(self.store.addresses().enumerate().map(name).collect())
            }
            Query::Coverage => {
                self.describe();
                Answer::Coverage(coverage(&self.store, &self.described.network))
            }
            Query::Evidence(view, selection) => {
                self.derive_view(&view);
                let pick = self.pick(&view);
                let axes = axes(&self.subnets, &self.folded, &view);
                let plan = axes.map(|axes| evidence(&self.store, axes, pick.as_deref(), &selection));
                Answer::Evidence(Box::new(plan.unwrap_or_default()))
            }
            Query::Kusto { origin, start, end, filter } => {
                let named = self.network().networks.iter().any(|one| !one.subnets.is_empty());
                let filter = parse(&filter).unwrap_or_default();
                let export::Queries { queries, unsaid, in_hours } =
                    export::kql(origin, (start, end), &self.by_name(), &filter);
                Answer::Kusto(KustoAnswer { queries, named, unsaid, in_hours })
            }
            Query::Network(view) => {
                self.derive(view.cut);
                let pick = self.pick(&view);
                let named = named(&self.subnets, &self.naming, &self.described.network);
                let answer = named.map(|named| {
                    network_answer(&mut self.store, &named, &self.by_hand, view.mode, pick.as_deref())
                });
                Answer::Network(Box::new(answer.unwrap_or_default()))
            }
            Query::Findings(view) => Answer::Findings(Box::new(self.findings(view.cut))),
            Query::Compare(view, between) => Answer::Compare(Box::new(self.compare(&view, &between))),
            Query::KeepSide(view) => Answer::SideKept(Ok(self.keep_side(&view))),
            Query::ReadSide(name, text) => {
                Answer::SideKept(Side::read(&name, &text).map(|side| self.keep(side)))
            }
            Query::Accelerate(nics) => {
                let nics: Vec<ResourceId> = nics.into_iter().map(ResourceId).collect();
                Answer::Acceleration(Box::new(accelerate(self.network(), &nics)))
            }
            Query::Review(ask) => {
                let answer = self.with_services(&ask, Services::answer);
                Answer::Review(Box::new(answer.unwrap_or_default()))
            }
            Query::ReviewTable(ask) => {
                let table = self.with_services(&ask, Services::table);
                Answer::File("azflow-review.csv".to_owned(), table.unwrap_or_default())
            }
            Query::ReadReview(text) => Answer::ReviewRead(
                export::read_review(&text)
                    .map(|read| ReviewRead { marks: read.review.marks().to_vec(), problems: read.problems }),
            ),
            Query::Rules(ask) => Answer::Rules(Box::new(self.rules(*ask))),
            Query::Complete(view, text, cursor) => {
                self.derive(view.cut);
                let named = named(&self.subnets, &self.naming, &self.described.network);
                let found = named.map(|named| complete(&self.store, &named, &text, cursor as usize));
                Answer::Completion(found.unwrap_or_default())
            }
            Query::Timeline(view, range) => {
                self.know();
                // Only a filter asks what addresses are called.
                if !view.filter.is_empty() {
                    self.derive(view.cut);
                }
                self.store.count(view.mode);
                self.store.find_older();
                let pick = self.pick(&view);
                Answer::Timeline(Box::new(over_time(&self.store, view.mode, pick.as_deref(), range)))
            }
            Query::Flows(query) => {
                let answer = self.with_list(&query, |list, store, named| list.answer(store, named, &query));
                Answer::Flows(Box::new(answer.unwrap_or_default()))
            }
            Query::FlowsText(query, columns, format) => {
                let how = (columns.as_slice(), format);
                let text = self.with_list(&query, |list, store, named| list.text(store, named, &query, how));
                Answer::FlowsText(text.unwrap_or_default())
            }
            Query::Descriptions => {
                let texts = self.store.descriptions();
                let fits = texts.values().map(Vec::len).sum::<usize>() <= MOST_KEPT;
                let text = |((name, _), text): (&DescriptionKey, &Vec<u8>)| {
                    (name.clone(), String::from_utf8_lossy(text).into_owned())
                };
                Answer::Descriptions(fits.then(|| texts.iter().map(text).collect()))
            }
            Query::Summary(view) => {
                self.derive(view.cut);
                match (&self.accounts, &self.subnets) {
                    (Some(accounts), Some((_, subnets))) => {
                        Answer::Summary(export::summary(&mut self.store, accounts, subnets, view.mode))
                    }
                    _ => Answer::Summary(String::new()),
                }
            }
        }
    }

    /// Two sides, each within the view's filter. A kept one is whole, and subnets are not folded beside it.
    fn compare(&mut self, view: &View, between: &Comparison) -> CompareAnswer {
        let kept = self.kept_side.as_ref().filter(|_| between.kept.is_some());
        let view = View { fold: view.fold && kept.is_none(), ..view.clone() };
        let filters =
            if kept.is_some() { vec![&between.after] } else { vec![&between.before, &between.after] };
        self.derive_view(&view);
        // What is no filter lets nothing pass.
        let side = |filter: &String| {
            let whole = parse(filter).map(|_| narrowed(&view.filter, filter));
            View { filter: whole.unwrap_or_else(|_| filter.to_owned()), ..view.clone() }
        };
        let picks: Vec<Option<Arc<Pick>>> =
            filters.into_iter().map(|filter| self.pick(&side(filter))).collect();
        self.store.count(view.mode);
        let kept = self.kept_side.as_ref().filter(|_| between.kept.is_some());
        let picks: Vec<Option<&Pick>> = picks.iter().map(Option::as_deref).collect();
        let answer = axes(&self.subnets, &self.folded, &view)
            .map(|axes| compare(&self.store, axes, view.mode, (kept, &picks), between.services));
        CompareAnswer {
            kept: self.kept_side.as_ref().map(|side| side.about.clone()),
            ..answer.unwrap_or_default()
        }
    }

    /// Keeps what a view shows as a side of comparisons.
    fn keep_side(&mut self, view: &View) -> KeptSide {
        let view = View { fold: false, ..view.clone() };
        self.derive(view.cut);
        let pick = self.pick(&view);
        self.store.count(view.mode);
        let subnets = self.subnets.as_ref().map(|(_, subnets)| subnets);
        let side = subnets.map(|subnets| Side::of(&self.store, subnets, &view, pick.as_deref()));
        self.keep(side.unwrap_or_default())
    }

    /// The side of comparisons that is kept, for an engine that takes this one's place: see [`ToEngine::Side`](super::ToEngine::Side).
    pub fn side(&self) -> Option<Vec<u8>> {
        self.kept_side.as_ref().map(Side::to_bytes)
    }

    fn keep(&mut self, mut side: Side) -> KeptSide {
        side.about.number = self.kept_side.as_ref().map_or(0, |old| old.about.number) + 1;
        self.kept_side.insert(side).about.clone()
    }

    /// Does something with the list of conversations of a view.
    fn with_list<T>(
        &mut self,
        query: &FlowsQuery,
        act: impl FnOnce(&FlowList, &Store, &Named<'_>) -> T,
    ) -> Option<T> {
        self.derive_view(&query.view);
        let pick = self.pick(&query.view);
        let named = named(&self.subnets, &self.naming, &self.described.network)?;
        let axes = axes(&self.subnets, &self.folded, &query.view)?;
        let list = listed(&mut self.flows, &mut self.store, &named, (axes, pick.as_deref()), query);
        Some(act(list, &self.store, &named))
    }

    /// Makes sure that accounts and subnets are there and belong to this cut.
    pub(super) fn derive(&mut self, cut: Cut) {
        self.know();
        let store = &self.store;
        let notes = &self.described.notes;
        self.accounts.get_or_insert_with(|| {
            let mut accounts = store.accounts();
            for account in &mut accounts {
                let source = store.sources().get(account.index);
                let key = source.and_then(|s| Some((s.report.name.clone(), s.description?)));
                account.issues.extend(key.and_then(|key| notes.get(&key)).into_iter().flatten().cloned());
            }
            accounts
        });
        if self.subnets.as_ref().is_none_or(|(known, _)| *known != cut) {
            let gathered = self.gathered.as_ref();
            let known = Known {
                own_ends: gathered.map(|g| g.own_ends.as_slice()).unwrap_or_default(),
                carried: Some(store.carried_subnets()),
                naming: self.naming.as_ref(),
                settled: gathered.map(|g| &g.settled),
            };
            self.subnets = Some((cut, Rc::new(assign(store.addresses(), &known, cut))));
            self.folded = None;
        }
    }

    /// Makes sure that what a view groups by is there: see [`axes`].
    pub(super) fn derive_view(&mut self, view: &View) {
        self.derive(view.cut);
        if view.fold && self.folded.is_none() {
            self.folded = self.subnets.as_ref().map(|(_, subnets)| fold(subnets));
        }
    }

    /// What addresses and networks are called, once that is derived.
    pub(super) fn named(&self) -> Option<Named<'_>> {
        named(&self.subnets, &self.naming, &self.described.network)
    }

    /// Answers from the services of a question, added up and judged.
    fn with_services<T>(
        &mut self,
        ask: &ReviewAsk,
        answer: impl FnOnce(&Services, &Store, &Named<'_>, &Review, &ReviewAsk) -> T,
    ) -> Option<T> {
        self.derive(ask.view.cut);
        let named = named(&self.subnets, &self.naming, &self.described.network)?;
        let pick = self.picks.get(&mut self.store, &named, &ask.view);
        let kept = self.services.take().filter(|services| services.fit(ask));
        let mut services = kept.unwrap_or_else(|| Services::new(&mut self.store, &named, pick, ask));
        services.judge(&self.store, &named, &self.review, ask.marks);
        let out = answer(&services, &self.store, &named, &self.review, ask);
        self.services = Some(services);
        Some(out)
    }

    /// What a view's filter leaves; `None`: everything. The view must have been derived.
    pub(super) fn pick(&mut self, view: &View) -> Option<Arc<Pick>> {
        let named = named(&self.subnets, &self.naming, &self.described.network)?;
        self.picks.get(&mut self.store, &named, view)
    }
}

/// What a view groups addresses by, once it is derived.
fn axes<'a>(
    subnets: &'a Option<(Cut, Rc<Assignment>)>,
    folded: &'a Option<Assignment>,
    view: &View,
) -> Option<&'a Assignment> {
    if view.fold { folded.as_ref() } else { subnets.as_ref().map(|(_, subnets)| &**subnets) }
}

/// What addresses and networks are called, once that is derived.
fn named<'a>(
    subnets: &'a Option<(Cut, Rc<Assignment>)>,
    naming: &'a Option<Naming>,
    network: &'a Network,
) -> Option<Named<'a>> {
    let subnets = subnets.as_ref().map(|(_, subnets)| subnets);
    subnets.zip(naming.as_ref()).map(|(subnets, naming)| Named::new(subnets, naming, network))
}
