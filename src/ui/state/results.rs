//! What the engine answered, and what it is still asked.
//!
//! Every kind of answer has a slot. A slot shows its last answer until the next is there, and takes only
//! the answer with the ticket it waits for: older ones are dropped.

use azflow_engine::filter::Completion;
use azflow_engine::session::{
    Answer, Breakdown, CompareAnswer, Coverage, DataAnswer, EvidencePlan, FindingsAnswer, FlowsAnswer,
    FlowsText, KeptSide, KustoAnswer, MatrixAnswer, NetworkAnswer, OverTime, Overview, Query, ReviewAnswer,
    ReviewRead, RulesAnswer, Texts,
};
use azflow_engine::topology::Acceleration;
use std::ops::Deref;
use std::rc::Rc;
use yew::Reducible;

/// While loading, the same question is asked again no sooner than this after the last time.
const REPEAT_MS: f64 = 500.0;
/// Nor sooner than so many times as long as its answer took: asking must not slow loading down.
const REPEAT_TIMES: f64 = 6.0;

/// Stands for every generation of a load.
const ANY: u32 = u32::MAX;

/// A large value that is equal only to itself, so that comparing costs nothing.
#[derive(Debug)]
pub struct Shared<T>(Rc<T>);

impl<T> Shared<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A question on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The hub's ticket.
    pub ticket: u32,
    /// The question.
    pub query: Query,
    /// The load's generation when it was asked.
    pub generation: u32,
    /// When, in the page's milliseconds.
    pub at: f64,
}

/// One slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Held<T> {
    /// What is on its way.
    pub asked: Option<Asked>,
    /// What was answered last, and to which question.
    pub shown: Option<(Asked, Shared<T>)>,
    /// How long the last answer took.
    pub took_ms: f64,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { asked: None, shown: None, took_ms: 0.0 }
    }
}

/// Whether to ask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Due {
    /// What is shown or asked is what is wanted.
    No,
    /// Ask at once.
    Now,
    /// Ask in so many milliseconds.
    In(u32),
}

impl<T> Held<T> {
    /// The last answer.
    pub fn get(&self) -> Option<&Shared<T>> {
        self.shown.as_ref().map(|(_, value)| value)
    }

    /// The ticket of what is shown, if nothing else is waited for.
    pub fn settled(&self) -> Option<u32> {
        if self.asked.is_some() { None } else { self.shown.as_ref().map(|(asked, _)| asked.ticket) }
    }

    /// Whether `query` is to be asked now. While loading, a question waits until the last one is
    /// answered and some time has passed; a new question never waits.
    pub fn due(&self, query: &Query, generation: u32, loading: bool, now: f64) -> Due {
        let Some(latest) = self.asked.as_ref().or(self.shown.as_ref().map(|(asked, _)| asked)) else {
            return Due::Now;
        };
        if latest.query != *query {
            return Due::Now;
        }
        if [generation, ANY].contains(&latest.generation) || (loading && self.asked.is_some()) {
            return Due::No;
        }
        let wait = REPEAT_MS.max(REPEAT_TIMES * self.took_ms) - (now - latest.at);
        if loading && wait > 1.0 { Due::In(wait as u32) } else { Due::Now }
    }

    /// Takes an answer that was waited for.
    fn take(&mut self, ticket: u32, value: T, now: f64) -> bool {
        match self.asked.take_if(|asked| asked.ticket == ticket) {
            Some(asked) => {
                self.took_ms = now - asked.at;
                self.shown = Some((asked, Shared::new(value)));
                true
            }
            None => false,
        }
    }

    /// Whether this is the question that is waited for. A refused one stays asked, or it would be asked for ever.
    fn awaits(&self, ticket: u32) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.ticket == ticket)
    }
}

/// The kinds of answers that are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// Totals.
    Overview,
    /// The matrix.
    Matrix,
    /// Details.
    Breakdown,
    /// Sources.
    Data,
    /// Coverage.
    Coverage,
    /// Queries for Kusto.
    Kusto,
    /// The network.
    Network,
    /// What stands out.
    Findings,
    /// Two filters side by side.
    Compare,
    /// Commands for NICs.
    Acceleration,
    /// Services to decide on.
    Review,
    /// What the Rules screen shows.
    Rules,
    /// The draft as text.
    RulesText,
    /// What the draft does to the traffic, rule by rule.
    RulesOutcomes,
    /// What the draft decides otherwise than what is in force.
    RulesDiff,
    /// A stretch of the list of conversations.
    Flows,
    /// One of them.
    Flow,
    /// Everything over time.
    Timeline,
}

/// Every slot.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Results {
    /// Totals.
    pub overview: Held<Overview>,
    /// The matrix.
    pub matrix: Held<MatrixAnswer>,
    /// Details of the selection.
    pub breakdown: Held<Breakdown>,
    /// Sources.
    pub data: Held<DataAnswer>,
    /// Which NIC has records of which hour.
    pub coverage: Held<Coverage>,
    /// Queries for Kusto.
    pub kusto: Held<KustoAnswer>,
    /// The network with its traffic.
    pub network: Held<NetworkAnswer>,
    /// What stands out, and noise.
    pub findings: Held<FindingsAnswer>,
    /// Two filters side by side.
    pub compare: Held<CompareAnswer>,
    /// What the engine keeps as a side of comparisons, whatever is loaded.
    pub side: Option<Rc<KeptSide>>,
    /// How to switch accelerated networking on for the chosen NICs.
    pub acceleration: Held<Acceleration>,
    /// Services to decide on.
    pub review: Held<ReviewAnswer>,
    /// What the Rules screen shows.
    pub rules: Held<RulesAnswer>,
    /// The draft as text.
    pub rules_text: Held<RulesAnswer>,
    /// What the draft does to the traffic, rule by rule.
    pub rules_outcomes: Held<RulesAnswer>,
    /// What the draft decides otherwise than what is in force.
    pub rules_diff: Held<RulesAnswer>,
    /// What a review file said, until it is taken in.
    pub review_read: Option<Shared<ReviewRead>>,
    /// A file, until it is saved: its name and text.
    pub file: Option<Shared<(String, String)>>,
    /// What may be meant by what is typed into the filter: ticket and suggestions.
    pub completion: Option<(u32, Shared<Completion>)>,
    /// A stretch of the list of conversations.
    pub flows: Held<FlowsAnswer>,
    /// One of them.
    pub flow: Held<Breakdown>,
    /// Everything over time.
    pub timeline: Held<OverTime>,
    /// A stretch of the list as a document that is awaited: its ticket.
    pub writing: Option<u32>,
    /// The last stretch of the list that came as a document.
    pub written: Option<Shared<FlowsText>>,
    /// Where a search for raw tuples is to look, until it begins: ticket and plan.
    pub plan: Option<(u32, Shared<EvidencePlan>)>,
    /// The summary document that is being made: its ticket.
    pub saving: Option<u32>,
    /// The summary document, until it is saved.
    pub summary: Option<Rc<str>>,
    /// The texts of the descriptions that are to be kept, until they are.
    pub descriptions: Option<Shared<Option<Texts>>>,
    /// The last question that was refused, and why.
    pub refused: Option<Rc<str>>,
    /// The question that was given up last, until another one is asked in its place.
    pub given_up: Option<(u32, Rc<str>)>,
}

/// What can happen to them.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "an action is made and used up at once: a box would buy nothing"
)]
pub enum ResultsAction {
    /// A question was asked.
    Asked(Slot, Asked),
    /// An answer came, at this time in the page's milliseconds.
    Answered(u32, Answer, f64),
    /// A question was refused.
    Refused(u32, String),
    /// The user did not want to wait for this answer any longer.
    GivenUp(u32, String),
    /// These questions won't be answered.
    Dropped(Vec<u32>),
    /// The summary document was asked for.
    Saving(u32),
    /// A stretch of the list of conversations was asked for as a document.
    Writing(Option<u32>),
    /// It was handed to the user.
    Saved,
    /// The browser would not save it, and why.
    NotSaved(String),
    /// The search for raw tuples began.
    PlanUsed,
    /// The descriptions are kept, or are not to be.
    DescriptionsUsed,
    /// What the review file said was taken in.
    ReviewTaken,
    /// The file was handed to the user.
    FileSaved,
    /// Everything was forgotten.
    Clear,
}

impl Reducible for Results {
    type Action = ResultsAction;

    fn reduce(self: Rc<Self>, action: ResultsAction) -> Rc<Self> {
        let mut next = (*self).clone();
        let changed = match action {
            ResultsAction::Asked(slot, asked) => {
                let ticket = next.given_up.as_ref().map(|(ticket, _)| *ticket);
                let mut instead = false;
                for (known, waiting) in next.waiting() {
                    if known == slot {
                        let before = waiting.replace(asked.clone());
                        instead = ticket.is_some() && before.map(|before| before.ticket) == ticket;
                    }
                }
                next.given_up.take_if(|_| instead);
                true
            }
            ResultsAction::Answered(ticket, answer, now) => {
                next.refused = None;
                next.answered(ticket, answer, now)
            }
            ResultsAction::Refused(ticket, reason) => next.refused(ticket, reason),
            ResultsAction::GivenUp(ticket, reason) => {
                // It is not asked again of its own accord, whatever is loaded.
                for (_, waiting) in next.waiting() {
                    if let Some(asked) = waiting.as_mut().filter(|asked| asked.ticket == ticket) {
                        asked.generation = ANY;
                    }
                }
                next.refused(ticket, String::new());
                next.refused = None;
                next.given_up = Some((ticket, reason.into()));
                true
            }
            ResultsAction::Dropped(tickets) => next.dropped(&tickets),
            ResultsAction::Saving(ticket) => {
                next.given_up = None;
                next.saving = Some(ticket);
                true
            }
            ResultsAction::Writing(ticket) => {
                next.writing = ticket;
                next.written = None;
                true
            }
            ResultsAction::Saved => next.summary.take().is_some(),
            ResultsAction::NotSaved(why) => {
                next.summary = None;
                next.refused = Some(why.into());
                true
            }
            ResultsAction::DescriptionsUsed => next.descriptions.take().is_some(),
            ResultsAction::PlanUsed => next.plan.take().is_some(),
            ResultsAction::ReviewTaken => next.review_read.take().is_some(),
            ResultsAction::FileSaved => next.file.take().is_some(),
            ResultsAction::Clear => {
                next = Self { side: next.side, ..Self::default() };
                true
            }
        };
        if changed { Rc::new(next) } else { self }
    }
}

impl Results {
    /// What every slot waits for.
    fn waiting(&mut self) -> [(Slot, &mut Option<Asked>); 18] {
        [
            (Slot::Overview, &mut self.overview.asked),
            (Slot::Matrix, &mut self.matrix.asked),
            (Slot::Breakdown, &mut self.breakdown.asked),
            (Slot::Data, &mut self.data.asked),
            (Slot::Coverage, &mut self.coverage.asked),
            (Slot::Kusto, &mut self.kusto.asked),
            (Slot::Network, &mut self.network.asked),
            (Slot::Findings, &mut self.findings.asked),
            (Slot::Compare, &mut self.compare.asked),
            (Slot::Acceleration, &mut self.acceleration.asked),
            (Slot::Review, &mut self.review.asked),
            (Slot::Rules, &mut self.rules.asked),
            (Slot::RulesText, &mut self.rules_text.asked),
            (Slot::RulesOutcomes, &mut self.rules_outcomes.asked),
            (Slot::RulesDiff, &mut self.rules_diff.asked),
            (Slot::Flows, &mut self.flows.asked),
            (Slot::Flow, &mut self.flow.asked),
            (Slot::Timeline, &mut self.timeline.asked),
        ]
    }

    /// Nothing waits for these any more: what is still wanted is asked again.
    fn dropped(&mut self, tickets: &[u32]) -> bool {
        let gone = |ticket: u32| tickets.contains(&ticket);
        for (_, waiting) in self.waiting() {
            waiting.take_if(|asked| gone(asked.ticket));
        }
        self.writing.take_if(|ticket| gone(*ticket));
        self.saving.take_if(|ticket| gone(*ticket));
        true
    }

    fn answered(&mut self, ticket: u32, answer: Answer, now: f64) -> bool {
        match answer {
            Answer::Overview(overview) => self.overview.take(ticket, overview, now),
            Answer::Matrix(matrix) => self.matrix.take(ticket, matrix, now),
            Answer::Breakdown(breakdown) if self.flow.awaits(ticket) => {
                self.flow.take(ticket, *breakdown, now)
            }
            Answer::Breakdown(breakdown) => self.breakdown.take(ticket, *breakdown, now),
            Answer::Data(data) => self.data.take(ticket, data, now),
            Answer::Places(_) => false,
            Answer::Kusto(queries) => self.kusto.take(ticket, queries, now),
            Answer::Coverage(coverage) => self.coverage.take(ticket, coverage, now),
            Answer::Network(network) => self.network.take(ticket, *network, now),
            Answer::Compare(compared) => {
                self.side = compared.kept.clone().map(Rc::new);
                self.compare.take(ticket, *compared, now)
            }
            Answer::SideKept(Ok(side)) => {
                self.side = Some(Rc::new(side));
                true
            }
            Answer::SideKept(Err(why)) => {
                self.refused = Some(why.into());
                true
            }
            Answer::Findings(findings) => self.findings.take(ticket, *findings, now),
            Answer::Acceleration(commands) => self.acceleration.take(ticket, *commands, now),
            Answer::Review(services) => self.review.take(ticket, *services, now),
            Answer::Rules(found) if self.rules_text.awaits(ticket) => {
                self.rules_text.take(ticket, *found, now)
            }
            Answer::Rules(found) if self.rules_outcomes.awaits(ticket) => {
                self.rules_outcomes.take(ticket, *found, now)
            }
            Answer::Rules(found) if self.rules_diff.awaits(ticket) => {
                self.rules_diff.take(ticket, *found, now)
            }
            Answer::Rules(found) => self.rules.take(ticket, *found, now),
            Answer::ReviewRead(Ok(read)) => {
                self.review_read = Some(Shared::new(read));
                true
            }
            Answer::ReviewRead(Err(why)) => {
                self.refused = Some(why.into());
                true
            }
            Answer::File(name, text) => {
                self.file = Some(Shared::new((name, text)));
                true
            }
            Answer::Completion(found) => {
                self.completion = Some((ticket, Shared::new(found)));
                true
            }
            Answer::Flows(list) => self.flows.take(ticket, *list, now),
            Answer::Timeline(bins) => self.timeline.take(ticket, *bins, now),
            Answer::FlowsText(text) => {
                let awaited = self.writing.take_if(|t| *t == ticket).is_some();
                if awaited {
                    self.written = Some(Shared::new(text));
                }
                awaited
            }
            Answer::Evidence(plan) => {
                self.plan = Some((ticket, Shared::new(*plan)));
                true
            }
            Answer::Descriptions(texts) => {
                self.descriptions = Some(Shared::new(texts));
                true
            }
            Answer::Summary(text) => {
                let awaited = self.saving.take_if(|t| *t == ticket).is_some();
                if awaited {
                    self.summary = Some(text.into());
                }
                awaited
            }
        }
    }

    fn refused(&mut self, ticket: u32, reason: String) -> bool {
        let asked = |asked: &Option<Asked>| asked.as_ref().is_some_and(|asked| asked.ticket == ticket);
        let known = self.waiting().iter().any(|(_, waiting)| asked(waiting))
            || self.writing.take_if(|t| *t == ticket).is_some()
            || self.saving.take_if(|t| *t == ticket).is_some();
        if known {
            self.refused = Some(reason.into());
        }
        known
    }
}
