//! The owner of the data: takes in partial tables, answers queries.
//!
//! One engine lives in one worker (or, natively, in a test or the example). Everything on the
//! page is an answer of [`Engine::answer`]; nothing else reads the store.

use super::breakdown::breakdown;
use super::compare::compare;
use super::complete::complete;
use super::evidence::{coverage, evidence};
use super::findings::findings_answer;
use super::flows::{FlowList, listed};
use super::naming::{Gathered, gather};
use super::network::{Named, network_answer};
use super::over_time::over_time;
use super::picked::Picks;
use super::review::Services;
use super::rules_screen::Kept;
use super::tables::tables;
use super::{
    Accounts, Answer, DataAnswer, FlowsQuery, FromEngine, IssueRow, KustoAnswer, MOST_KEPT, MatrixAnswer,
    MatrixCell, Overlap, Overview, Query, ReviewAsk, ReviewRead, SourceId, SourceRow, SubnetInfo, ToEngine,
    View,
};
use crate::export;
use crate::filter::{narrowed, parse};
use crate::ingest::{Issue, IssueCode, SourceKind, SourceReport, SourceScan};
use crate::model::order;
use crate::model::{Address, Network, ResourceId, Tally};
use crate::rules::{Review, Traffic};
use crate::store::{Limit, Mode, Pick, SourceAccount, Store, Test, accounts};
use crate::topology::{
    Assignment, Cut, HandName, Known, Naming, NetworkFile, accelerate, apply_hand_names, assign, fold,
    join_networks, merge_network, read_network,
};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Conversations of which traffic is made ready ahead: they take about a quarter of a gigabyte.
const MOST_AHEAD: usize = 1 << 21;

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
    /// Names given by hand; they outlive the data.
    by_hand: Vec<HandName>,
    /// What is said of services; it outlives the data too.
    pub(super) review: Review,
    /// Services added up for the last review that was asked for; emptied when the data or names change.
    services: Option<Services>,
    /// Drafts and simulations for the Rules screen; emptied when data or names change.
    pub(super) kept: Kept,
    /// The text of the file of rules that was opened last.
    pub(super) rules_file: String,
    pub(super) subnets: Option<(Cut, Assignment)>,
    /// Those folded to networks, once that is asked for.
    folded: Option<Assignment>,
    /// The list of conversations that was asked for last; emptied when names or the store change.
    flows: Option<FlowList>,
    /// What the last filters left.
    picks: Picks,
    /// The revision of the store that all of this is derived from.
    revision: u64,
}

/// What the descriptions of the network say.
#[derive(Debug, Default)]
struct Described {
    /// How many were read.
    files: usize,
    /// What the files say.
    read: Network,
    /// The same with the names given by hand.
    network: Network,
    /// What of each could not be understood, by the source's name and number.
    notes: BTreeMap<(String, u32), Vec<Issue>>,
}

impl Engine {
    /// An engine whose table has so many rows at most before times and addresses become coarser.
    pub fn with_limit(limit: Limit) -> Self {
        Self { store: Store::with_limit(limit), ..Self::default() }
    }

    /// Takes one message, with the bulk data that came beside it, and returns what to send back.
    pub fn handle(&mut self, message: ToEngine, payload: Option<Vec<u8>>) -> Option<FromEngine> {
        let payload = payload.unwrap_or_default();
        match message {
            ToEngine::Clear => {
                let (by_hand, review) = (std::mem::take(&mut self.by_hand), std::mem::take(&mut self.review));
                *self = Self { by_hand, review, ..Self::with_limit(self.store.limit()) };
                self.name_by_hand();
                None
            }
            ToEngine::Names(names) => {
                self.by_hand = names;
                self.name_by_hand();
                None
            }
            ToEngine::Rules(text) => {
                self.rules_file = text;
                None
            }
            ToEngine::Marks(marks) => {
                self.review = Review::of(marks);
                None
            }
            ToEngine::Part { source, worker } => Some(if self.stage(source, &payload) {
                FromEngine::Kept { worker }
            } else {
                FromEngine::Took { sources: vec![source], worker: Some(worker) }
            }),
            ToEngine::Whole { sources, worker } => {
                self.changed();
                let mut rest = payload.as_slice();
                for (source, length) in &sources {
                    // A length beyond the buffer gives a part that does not decode, and is told as such.
                    let (part, after) = rest.split_at(rest.len().min(*length as usize));
                    rest = after;
                    if self.stage(*source, part) {
                        self.store.commit(source.0);
                    }
                }
                let sources = sources.into_iter().map(|(source, _)| source).collect();
                Some(FromEngine::Took { sources, worker: Some(worker) })
            }
            ToEngine::Failed { source, name, bytes, reason } => {
                self.list_failed(source, name, bytes, reason);
                Some(FromEngine::Took { sources: vec![source], worker: None })
            }
            ToEngine::Again { source } => {
                self.store.restart(source.0);
                None
            }
            ToEngine::Unlist(sources) => {
                self.changed();
                sources.iter().for_each(|source| self.store.unlist(source.0));
                None
            }
            ToEngine::Drop { source, name, bytes } => {
                self.changed();
                let reason = "reading was cancelled; what came before is counted";
                self.store.give_up(source.0, &name, bytes, IssueCode::Cancelled, reason);
                None
            }
            ToEngine::MakeReady => {
                self.make_ready();
                None
            }
            ToEngine::Ask { ticket, query } => Some(match query.view().map(|view| parse(&view.filter)) {
                Some(Err(error)) => FromEngine::Refused { ticket, reason: error.to_string() },
                _ => FromEngine::Answer { ticket, answer: self.answer(query) },
            }),
        }
    }

    /// Keeps a part aside. One that does not decode was damaged between two workers of one
    /// build: its source is listed as failed, and the answer is `false`.
    fn stage(&mut self, source: SourceId, payload: &[u8]) -> bool {
        self.traffic = None;
        let staged = self.store.stage(source.0, payload).is_ok();
        if !staged {
            let reason = "a partial table was damaged on its way between workers".to_owned();
            self.list_failed(source, format!("source {}", source.0), 0, reason);
        }
        staged
    }

    fn list_failed(&mut self, source: SourceId, name: String, bytes: u64, reason: String) {
        self.changed();
        if self.store.give_up(source.0, &name, bytes, IssueCode::ReadFailed, &reason) {
            return;
        }
        let issue =
            Issue { offset: 0, code: IssueCode::ReadFailed, record: None, length: bytes, message: reason };
        let report = SourceReport {
            name,
            kind: SourceKind::Unknown,
            bytes,
            bytes_skipped: bytes,
            first: None,
            last: None,
            issues: vec![issue],
            unlisted: Vec::new(),
            table: None,
        };
        self.store.list(source.0, report);
    }

    /// Ends a scan and takes its source in: what the messages between workers do, in one thread.
    pub fn take_scan(&mut self, source: SourceId, mut scan: SourceScan) {
        while let Some(part) = scan.take_part() {
            self.take_part(source, part);
        }
        self.take_last(source, scan.finish());
    }

    /// Keeps a part of a source that isn't finished.
    pub fn take_part(&mut self, source: SourceId, part: Vec<u8>) {
        self.handle(ToEngine::Part { source, worker: 0 }, Some(part));
    }

    /// Takes in a source's last parts: from now on it counts.
    pub fn take_last(&mut self, source: SourceId, mut parts: Vec<Vec<u8>>) {
        let last = parts.pop().unwrap_or_default();
        parts.into_iter().for_each(|part| self.take_part(source, part));
        self.handle(ToEngine::Whole { sources: vec![(source, last.len() as u32)], worker: 0 }, Some(last));
    }

    fn changed(&mut self) {
        self.accounts = None;
        self.gathered = None;
        self.subnets = None;
        self.services = None;
        self.kept = Kept::default();
        self.flows = None;
        self.picks.clear();
        self.traffic = None;
    }

    /// Puts the names given by hand over what the files say.
    fn name_by_hand(&mut self) {
        self.described.network = self.described.read.clone();
        apply_hand_names(&mut self.described.network, &self.by_hand);
        self.naming = None;
        self.gathered = None;
        self.subnets = None;
        self.services = None;
        self.kept = Kept::default();
        self.flows = None;
        self.picks.clear();
        self.traffic = None;
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
        let mut described = Described { files: descriptions.len(), ..Described::default() };
        for (key, text) in descriptions {
            let NetworkFile { network, notes } = read_network(text);
            let mut notes: Vec<Issue> = notes
                .into_iter()
                .map(|(code, message)| Issue { offset: 0, code, record: None, length: 0, message })
                .collect();
            if network == Network::default() && notes.is_empty() {
                let message = "a description of a network in which nothing could be found".to_owned();
                notes.push(Issue {
                    offset: 0,
                    code: IssueCode::NetworkPart,
                    record: None,
                    length: 0,
                    message,
                });
            }
            order::sort(&mut notes);
            described.notes.insert(key.clone(), notes);
            merge_network(&mut described.read, network);
        }
        join_networks(&mut described.read);
        self.described = described;
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
    fn seal(&mut self) {
        self.store.seal();
        if self.revision != self.store.revision() {
            self.revision = self.store.revision();
            self.changed();
        }
    }

    /// Finds out ahead what the first filter asks, and what rules look at where that does not take much memory.
    fn make_ready(&mut self) {
        self.seal();
        self.store.know();
        // Brushing runs code of its own, and code that has run once is compiled for speed.
        if let Some((first, end)) = self.store.minutes() {
            let half = first + (end - first) / 2;
            self.store.pick(Mode::default(), &Test::Minutes(vec![(first + 1, half)]));
        }
        if self.store.columns().conversations() <= MOST_AHEAD {
            self.traffic();
        }
    }

    /// Answers a question. A filter that is none lets nothing pass.
    pub fn answer(&mut self, query: Query) -> Answer {
        self.seal();
        match query {
            Query::Overview(view) => Answer::Overview(self.overview(&view)),
            Query::Matrix(view) => Answer::Matrix(self.matrix(&view)),
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
            Query::Data => Answer::Data(self.data()),
            Query::Places(view) => {
                self.derive(view.cut);
                let subnets = self.subnets.as_ref().map(|(_, s)| s);
                let name = |(number, address): (usize, Address)| {
                    let subnet = subnets.and_then(|s| s.subnets.get(*s.subnet_of.get(number)? as usize));
                    (address, subnet.map(|s| s.name.clone()).unwrap_or_default())
                };
                Answer::Places(self.store.addresses().enumerate().map(name).collect())
            }
            Query::Coverage => Answer::Coverage(coverage(&self.store)),
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
                let export::Queries { queries, unsaid } =
                    export::kql(origin, (start, end), &self.by_name(), &filter);
                Answer::Kusto(KustoAnswer { queries, named, unsaid })
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
            Query::Findings(view) => {
                self.derive(view.cut);
                let named = named(&self.subnets, &self.naming, &self.described.network);
                let answer = named
                    .zip(self.gathered.as_ref())
                    .map(|(named, gathered)| findings_answer(&mut self.store, &named, &gathered.nics));
                Answer::Findings(Box::new(answer.unwrap_or_default()))
            }
            Query::Compare(view, between) => {
                self.derive_view(&view);
                // What is no filter lets nothing pass.
                let side = |filter: &str| {
                    let whole = parse(filter).map(|_| narrowed(&view.filter, filter));
                    View { filter: whole.unwrap_or_else(|_| filter.to_owned()), ..view.clone() }
                };
                let sides = [&between.before, &between.after].map(|filter| self.pick(&side(filter)));
                self.store.count(view.mode);
                let answer = axes(&self.subnets, &self.folded, &view).map(|axes| {
                    let sides = [sides[0].as_deref(), sides[1].as_deref()];
                    compare(&self.store, axes, view.mode, sides, between.services)
                });
                Answer::Compare(Box::new(answer.unwrap_or_default()))
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
                let text = |((name, _), text): (&(String, u32), &Vec<u8>)| {
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
            let mut accounts = accounts(store.sources());
            for account in &mut accounts {
                let key = store.sources().get(account.index).map(|s| (s.report.name.clone(), s.id));
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
            self.subnets = Some((cut, assign(store.addresses(), &known, cut)));
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

    fn overview(&mut self, view: &View) -> Overview {
        self.derive(view.cut);
        let pick = self.pick(view);
        self.store.count(view.mode);
        let whole = self.store.sums(view.mode, None);
        let (all, as_logged) = whole.map(|sums| (sums.tally, sums.as_logged)).unwrap_or_default();
        let tally = pick.as_deref().map_or(all, |pick| pick.sums().tally);
        let accounts = self.accounts.as_deref().unwrap_or_default();
        let sources = self.store.sources();
        let reports = || sources.iter().map(|s| &s.report);
        Overview {
            sources: sources.len() as u32,
            flow_sources: sources.iter().filter(|s| !s.records.is_empty()).count() as u32,
            sources_with_issues: accounts.iter().filter(|a| !a.issues.is_empty()).count() as u32,
            accounts: total(accounts.iter().map(|a| account(a, &self.store))),
            as_logged,
            all,
            tally,
            shown: pick.map_or(self.store.columns().conversations(), |pick| pick.len()) as u64,
            flow_records: self.store.columns().len() as u64,
            conversations: self.store.columns().conversations() as u64,
            addresses: self.store.addresses().len() as u64,
            first: reports().filter_map(|r| r.first).min(),
            last: reports().filter_map(|r| r.last).max(),
            resolution: self.store.resolution(),
        }
    }

    fn matrix(&mut self, view: &View) -> MatrixAnswer {
        self.derive_view(view);
        self.store.count(view.mode);
        let pick = self.pick(view);
        let Some(subnets) = axes(&self.subnets, &self.folded, view) else { return MatrixAnswer::default() };
        let mut cells = Cells::new(subnets.subnets.len());
        for (index, tally) in self.store.tallies(view.mode, pick.as_deref()) {
            let conversation = self.store.columns().conversation(index);
            let [src, dst] = [conversation.src, conversation.dst].map(|a| subnets.subnet_of[a as usize]);
            cells.at(src, dst).add(tally);
        }
        let subnet = |s: &crate::topology::Subnet| SubnetInfo {
            name: s.name.clone(),
            kind: s.kind,
            network: s.network.clone(),
            addresses: s.addresses,
        };
        MatrixAnswer { subnets: subnets.subnets.iter().map(subnet).collect(), cells: cells.sorted() }
    }

    fn data(&mut self) -> DataAnswer {
        self.derive(Cut::default());
        let accounts = self.accounts.as_deref().unwrap_or_default();
        let row = |a: &SourceAccount| {
            let source = self.store.sources().get(a.index)?;
            Some(SourceRow {
                source: source.id,
                name: source.report.name.clone(),
                kind: source.report.kind.as_str().to_owned(),
                accounts: account(a, &self.store),
                first: source.report.first,
                last: source.report.last,
                hours: source.hours.len() as u32,
                nics: source.nics.len() as u32,
                issues: a.issues.iter().map(issue_row).collect(),
            })
        };
        let sources: Vec<SourceRow> = accounts.iter().filter_map(row).collect();
        let overlap = |o: crate::store::CoveredTwice| Overlap {
            mac: self.store.string(o.mac).to_owned(),
            hours: o.hours,
            kinds: o.kinds,
        };
        let mut overlaps: Vec<Overlap> =
            self.store.overlaps().covered_twice().into_iter().map(overlap).collect();
        order::sort_by(&mut overlaps, |a, b| (&a.mac, &a.kinds).cmp(&(&b.mac, &b.kinds)));
        let (tables, more_tables) = tables(accounts, &self.store);
        let totals = total(sources.iter().map(|s| s.accounts));
        DataAnswer { totals, sources, overlaps, tables, more_tables }
    }
}

/// What a view groups addresses by, once it is derived.
fn axes<'a>(
    subnets: &'a Option<(Cut, Assignment)>,
    folded: &'a Option<Assignment>,
    view: &View,
) -> Option<&'a Assignment> {
    if view.fold { folded.as_ref() } else { subnets.as_ref().map(|(_, subnets)| subnets) }
}

/// What addresses and networks are called, once that is derived.
fn named<'a>(
    subnets: &'a Option<(Cut, Assignment)>,
    naming: &'a Option<Naming>,
    network: &'a Network,
) -> Option<Named<'a>> {
    let subnets = subnets.as_ref().map(|(_, subnets)| subnets);
    subnets.zip(naming.as_ref()).map(|(subnets, naming)| Named::new(subnets, naming, network))
}

/// The most subnets for which all pairs are kept side by side: 48 bytes each, 12 MB.
const DENSE: usize = 512;

/// Tallies by pair of subnets: a table where there are few, a map where there are many.
enum Cells {
    Table(usize, Vec<Option<Tally>>),
    Map(HashMap<(u32, u32), Tally>),
}

impl Cells {
    fn new(subnets: usize) -> Self {
        if subnets <= DENSE {
            Self::Table(subnets, vec![None; subnets * subnets])
        } else {
            Self::Map(HashMap::new())
        }
    }

    fn at(&mut self, src: u32, dst: u32) -> &mut Tally {
        match self {
            Self::Table(width, cells) => cells[src as usize * *width + dst as usize].get_or_insert_default(),
            Self::Map(cells) => cells.entry((src, dst)).or_default(),
        }
    }

    /// By source, then destination.
    fn sorted(self) -> Vec<MatrixCell> {
        let mut out: Vec<MatrixCell> = match self {
            Self::Table(width, cells) => {
                let place = |index: usize| ((index / width) as u32, (index % width) as u32);
                let cell = |(index, tally): (usize, Option<Tally>)| {
                    let (src, dst) = place(index);
                    tally.map(|tally| MatrixCell { src, dst, tally })
                };
                cells.into_iter().enumerate().filter_map(cell).collect()
            }
            Self::Map(cells) => {
                cells.into_iter().map(|((src, dst), tally)| MatrixCell { src, dst, tally }).collect()
            }
        };
        order::sort_by(&mut out, |a, b| (a.src, a.dst).cmp(&(b.src, b.dst)));
        out
    }
}

fn account(a: &SourceAccount, store: &Store) -> Accounts {
    let report = store.sources().get(a.index).map(|s| &s.report);
    let (bytes, skipped) = report.map_or((0, 0), |r| (r.bytes, r.bytes_skipped));
    Accounts {
        bytes,
        bytes_scanned: bytes.saturating_sub(skipped),
        bytes_skipped: skipped,
        records: a.records,
        duplicate_records: a.duplicate_records,
        tuples: a.tuples,
        duplicate_tuples: a.duplicate_tuples,
        rejected_tuples: a.rejected_tuples,
    }
}

fn total(accounts: impl Iterator<Item = Accounts>) -> Accounts {
    accounts.fold(Accounts::default(), |sum, a| Accounts {
        bytes: sum.bytes + a.bytes,
        bytes_scanned: sum.bytes_scanned + a.bytes_scanned,
        bytes_skipped: sum.bytes_skipped + a.bytes_skipped,
        records: sum.records + a.records,
        duplicate_records: sum.duplicate_records + a.duplicate_records,
        tuples: sum.tuples + a.tuples,
        duplicate_tuples: sum.duplicate_tuples + a.duplicate_tuples,
        rejected_tuples: sum.rejected_tuples + a.rejected_tuples,
    })
}

fn issue_row(issue: &Issue) -> IssueRow {
    IssueRow {
        code: issue.code.as_str().to_owned(),
        lossy: issue.code.is_lossy(),
        record: issue.record,
        offset: issue.offset,
        length: issue.length,
        message: issue.message.clone(),
        next_step: issue.code.next_step().to_owned(),
    }
}
