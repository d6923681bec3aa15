//! What the user chose: the view, the selection, the screen, and how the matrix is drawn.

use super::said::Said;
use crate::ui::grid::{Arrange, Measure, Sort, Zoom};
use crate::ui::place::{FIRST_PART, Place, Screen};
use azflow_core::ingest::TableHint;
use azflow_core::model::UnixMillis;
use azflow_core::store::Mode;
use azflow_engine::export::{FlowColumn, Origin, Part};
use azflow_engine::filter;
use azflow_engine::rules::{DraftOptions, Mark, Review};
use azflow_engine::session::{
    DecideAsk, FlowKey, FlowSort, Kept, ReviewRead, ReviewShow, ReviewTaken, RuleSource, Selection,
    SimulatedPart, View,
};
use azflow_engine::topology::{HandName, Path};
use std::collections::BTreeSet;
use std::rc::Rc;
use yew::Reducible;

/// A window of the data that is elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Where it is.
    pub origin: Origin,
    /// From then on.
    pub start: UnixMillis,
    /// Up to then.
    pub end: UnixMillis,
}

/// Which theme the page is shown in.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Every theme, as listed to the user.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];
}

/// What is chosen on the Rules screen.
#[derive(Debug, Clone, PartialEq)]
pub struct RulesChoice {
    /// Which part: audit, draft, simulation, decision.
    pub part: usize,
    /// The knobs of the draft.
    pub options: DraftOptions,
    /// Whether only what is marked as needed seeds rules.
    pub only_needed: bool,
    /// Whether what nobody decided on seeds rules although something is marked.
    pub undecided: bool,
    /// As what the draft is written: a place in the list of formats.
    pub format: usize,
    /// Which of its files is shown: a stage, or the way back.
    pub text: Part,
    /// What is simulated.
    pub source: RuleSource,
    /// How often a file of rules was opened.
    pub file: u32,
    /// The name of the file of rules.
    pub file_name: Option<String>,
    /// Which conversations of the simulation are listed.
    pub shown: SimulatedPart,
    /// The flow to decide.
    pub decide: Option<DecideAsk>,
}

impl Default for RulesChoice {
    fn default() -> Self {
        Self {
            part: FIRST_PART,
            options: DraftOptions::default(),
            only_needed: false,
            undecided: false,
            format: 0,
            text: Part::default(),
            source: RuleSource::Draft,
            file: 0,
            file_name: None,
            shown: SimulatedPart::default(),
            decide: None,
        }
    }
}

/// Everything chosen.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Choices {
    /// How to count and cut.
    pub view: View,
    /// Which part's details are shown.
    pub selection: Selection,
    /// Which screen is open.
    pub screen: Screen,
    /// What a cell's depth means.
    pub measure: Measure,
    /// The order of the axes.
    pub sort: Sort,
    /// Whether destinations stand on the matrix's rows.
    pub transpose: bool,
    /// Whether lines on which nothing was seen are left out.
    pub hide_empty: bool,
    /// How large the matrix's cells are.
    pub zoom: Zoom,
    /// Light or dark whatever the system says.
    pub theme: Theme,
    /// Whether the matrix is shown as a table.
    pub as_table: bool,
    /// The window that queries for Kusto are written for.
    pub kusto: Option<Window>,
    /// Names given by hand.
    pub names: Rc<Vec<HandName>>,
    /// NICs chosen on the Network screen, by id.
    pub nics: Rc<BTreeSet<String>>,
    /// What is said of services.
    pub marks: Rc<Review>,
    /// How often that changed.
    pub marked: u32,
    /// The steps in which it was said.
    pub said: Rc<Said>,
    /// How services are listed.
    pub show: Rc<ReviewShow>,
    /// What is chosen on the Rules screen.
    pub rules: Rc<RulesChoice>,
    /// What came of the last review file.
    pub taken: Option<Rc<ReviewTaken>>,
    /// Whether keys without Ctrl do nothing by themselves.
    pub keys_off: bool,
    /// Whether the list of keys is open.
    pub keys_shown: bool,
    /// The page's address says a place that this version does not know.
    pub unknown_place: bool,
    /// Whether periods are compared instead of listing findings.
    pub comparing: bool,
    /// How the list of conversations is shown.
    pub flows: Rc<FlowsShown>,
    /// What was said about tables.
    pub told: Rc<Vec<TableHint>>,
    /// What the browser keeps.
    pub kept: Rc<Kept>,
    /// Why the browser does not keep what it was asked to.
    pub not_kept: Option<Rc<str>>,
    /// Whether names or descriptions of an earlier visit are in use.
    pub restored: bool,
    /// The question that was asked last, by its place among all.
    pub question: Option<usize>,
}

/// How the list of conversations is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowsShown {
    /// By what it is sorted.
    pub sort: FlowSort,
    /// Its columns.
    pub columns: Vec<FlowColumn>,
    /// The conversation whose evidence is shown.
    pub open: Option<FlowKey>,
}

impl Default for FlowsShown {
    fn default() -> Self {
        Self { sort: FlowColumn::default_sort(), columns: FlowColumn::defaults(), open: None }
    }
}

/// One choice.
#[derive(Debug)]
pub enum Choice {
    /// Conversations or as logged.
    Mode(Mode),
    /// The length of inferred IPv4 subnets.
    Prefix4(u8),
    /// The length of inferred IPv6 subnets.
    Prefix6(u8),
    /// A part of the matrix.
    Select(Selection),
    /// A tab.
    Screen(Screen),
    /// A measure.
    Measure(Measure),
    /// An order.
    Sort(Sort),
    /// Destinations down, or sources.
    Transpose(bool),
    /// Leave empty lines out, or show them.
    HideEmpty(bool),
    /// Larger or smaller cells.
    Zoom(Zoom),
    /// A theme.
    Theme(Theme),
    /// Chart or table.
    AsTable(bool),
    /// A window to write queries for.
    Kusto(Window),
    /// All names given by hand.
    Names(Vec<HandName>),
    /// NICs by id, instead of those chosen before.
    Nics(BTreeSet<String>),
    /// Networks as one, or their subnets.
    Fold(bool),
    /// These services are marked so.
    Mark(Vec<Mark>),
    /// The last step of marking is taken back, or made again.
    Unmark(bool),
    /// A review file came.
    Review(ReviewRead),
    /// What came of it was read.
    TakenRead,
    /// How services are listed.
    Show(ReviewShow),
    /// All that is chosen on the Rules screen.
    Rules(RulesChoice),
    /// By what the list of conversations is sorted.
    FlowSort(FlowSort),
    /// Its columns.
    FlowColumns(Vec<FlowColumn>),
    /// The conversation whose evidence is shown, or none.
    Flow(Option<FlowKey>),
    /// Only what passes this filter; what is no filter changes nothing.
    Filter(String),
    /// One more condition, unless it is there already.
    Narrow(String),
    /// The filter without its top-level condition of this number.
    Without(usize),
    /// Only what crosses this instead of another path, or whatever it crosses.
    Path(Option<Path>),
    /// Compare periods, or list findings.
    Compare(bool),
    /// Other conversations: only what passes this filter, listed.
    Flows(String),
    /// The conversations that pass one more condition, listed.
    List(String),
    /// A place where one was before.
    Restore(Place),
    /// The page's address says a place that this version does not know.
    UnknownPlace,
    /// Whether keys without Ctrl do nothing by themselves.
    KeysOff(bool),
    /// The list of keys.
    Keys(bool),
    /// A question, or none any more.
    Question(Option<usize>),
    /// Something about tables, and whether it is to be kept.
    Tell(TableHint, bool),
    /// What the browser is to keep.
    Keep(Kept),
    /// What the browser keeps all the same, and why it does not keep what it was asked to.
    NotKept(Kept, String),
    /// Back to the beginning; how to draw and count is kept.
    StartOver,
}

impl Reducible for Choices {
    type Action = Choice;

    fn reduce(self: Rc<Self>, action: Choice) -> Rc<Self> {
        let mut next = (*self).clone();
        match action {
            Choice::Mode(mode) => next.view.mode = mode,
            // Subnets of another length are other subnets: a selection by name would select nothing.
            Choice::Prefix4(length) => {
                next.view.cut.v4 = length;
                next.selection = Selection::default();
            }
            Choice::Prefix6(length) => {
                next.view.cut.v6 = length;
                next.selection = Selection::default();
            }
            Choice::Select(selection) => next.selection = selection,
            Choice::Screen(screen) => next.screen = screen,
            Choice::Measure(measure) => next.measure = measure,
            Choice::Sort(sort) => next.sort = sort,
            Choice::Transpose(transpose) => next.transpose = transpose,
            Choice::HideEmpty(hide) => next.hide_empty = hide,
            Choice::Zoom(zoom) => next.zoom = zoom,
            Choice::Theme(theme) => next.theme = theme,
            Choice::AsTable(as_table) => next.as_table = as_table,
            Choice::Kusto(window) => next.kusto = Some(window),
            Choice::Names(names) => {
                if next.kept.names.is_some() {
                    next.kept = Rc::new(Kept { names: Some(names.clone()), ..(*next.kept).clone() });
                }
                next.name(names);
            }
            Choice::Nics(nics) => next.nics = Rc::new(nics),
            // A selection by names of the one means nothing to the other.
            Choice::Fold(fold) => {
                next.view.fold = fold;
                next.selection = Selection::default();
            }
            Choice::Mark(marks) => {
                next.say(&marks, |review| marks.iter().for_each(|mark| review.set(mark.clone())));
            }
            Choice::Unmark(back) => {
                Rc::make_mut(&mut next.said).go(Rc::make_mut(&mut next.marks), back);
                next.marked += u32::from(next.marks != self.marks);
            }
            Choice::Review(ReviewRead { marks, problems }) => {
                let count = marks.len();
                let (mut conflicts, read) = (Vec::new(), Review::of(marks));
                next.say(read.clone().marks(), |review| conflicts = review.merge(read));
                next.taken = Some(Rc::new(ReviewTaken { marks: count, problems, conflicts }));
                next.screen = Screen::Review;
            }
            Choice::TakenRead => next.taken = None,
            Choice::Show(show) => next.show = Rc::new(show),
            Choice::Rules(rules) => next.rules = Rc::new(rules),
            Choice::FlowSort(sort) => Rc::make_mut(&mut next.flows).sort = sort,
            Choice::FlowColumns(columns) => Rc::make_mut(&mut next.flows).columns = columns,
            Choice::Flow(open) => Rc::make_mut(&mut next.flows).open = open,
            Choice::Question(question) => next.question = question,
            Choice::Tell(hint, keep) => {
                next.not_kept = None;
                let mut kept = (*next.kept).clone();
                kept.tables.retain(|known| known.headings != hint.headings);
                if keep {
                    kept.tables.push(hint.clone());
                }
                next.kept = Rc::new(kept);
                let mut told = (*next.told).clone();
                Kept::tell(&mut told, hint);
                next.told = Rc::new(told);
            }
            Choice::NotKept(kept, why) => {
                next.kept = Rc::new(kept);
                next.not_kept = Some(why.into());
            }
            Choice::Keep(kept) => {
                next.not_kept = None;
                next.restored &= !kept.is_empty();
                next.kept = Rc::new(kept);
            }
            Choice::Filter(text) => {
                if let Ok(filter) = filter::parse(&text) {
                    next.view.filter = filter.to_string();
                }
            }
            Choice::Narrow(term) => next.view.filter = filter::narrowed(&next.view.filter, &term),
            Choice::Without(number) => next.view.filter = filter::without(&next.view.filter, number),
            Choice::Path(path) => {
                if let Some((number, _)) = next.path() {
                    next.view.filter = filter::without(&next.view.filter, number);
                }
                if let Some(path) = path {
                    next.view.filter = filter::narrowed(&next.view.filter, &path_term(path));
                }
            }
            Choice::List(term) => {
                let text = filter::narrowed(&next.view.filter, &term);
                return Rc::new(next).reduce(Choice::Flows(text));
            }
            Choice::Flows(text) => {
                if let Ok(filter) = filter::parse(&text) {
                    next.view.filter = filter.to_string();
                }
                next.selection = Selection::default();
                next.screen = Screen::Flows;
            }
            Choice::Compare(comparing) => next.comparing = comparing,
            Choice::Restore(place) => next.go_to(place),
            Choice::UnknownPlace => next.unknown_place = true,
            Choice::KeysOff(off) => next.keys_off = off,
            Choice::Keys(shown) => next.keys_shown = shown,
            Choice::StartOver => {
                next.view.filter.clear();
                next.question = None;
                next.selection = Selection::default();
                next.screen = Screen::default();
                next.nics = Rc::default();
                Rc::make_mut(&mut next.flows).open = None;
                next.name(next.kept.names.clone().unwrap_or_default());
                next.marked += u32::from(!next.marks.marks().is_empty());
                next.marks = Rc::default();
                next.said = Rc::default();
                next.show = Rc::default();
                next.rules = Rc::default();
                next.taken = None;
            }
        }
        // Told once: what is chosen from here on has an address of its own.
        next.unknown_place &= next.place() == self.place();
        if next == *self { self } else { Rc::new(next) }
    }
}

fn path_term(path: Path) -> String {
    format!("path:{}", path.as_str())
}

impl Choices {
    /// How the matrix is laid out.
    pub fn arrange(&self) -> Arrange {
        let Self { measure, sort, transpose, hide_empty, .. } = *self;
        Arrange { measure, sort, transpose, hide_empty }
    }

    /// What stands at the beginning of a visit.
    pub fn restore(kept: Kept) -> Self {
        let restored = !kept.files.is_empty() || kept.names.as_ref().is_some_and(|names| !names.is_empty());
        let mut out = Self { told: Rc::new(kept.tables.clone()), restored, ..Self::default() };
        out.name(kept.names.clone().unwrap_or_default());
        out.kept = Rc::new(kept);
        out
    }

    /// The only path that is shown, if the filter says one, and which of its conditions does.
    pub fn path(&self) -> Option<(usize, Path)> {
        let at = |path: Path| filter::position(&self.view.filter, &path_term(path)).map(|at| (at, path));
        Path::ALL.into_iter().find_map(at)
    }

    /// Where in the page this is.
    pub fn place(&self) -> Place {
        Place {
            screen: self.screen,
            view: View { names: 0, ..self.view.clone() },
            arrange: self.arrange(),
            as_table: self.as_table,
            zoom: self.zoom,
            listed: self.show.listed,
            part: self.rules.part,
            comparing: self.comparing,
            selection: self.selection.clone(),
            open: self.flows.open,
            simulated: self.rules.shown.clone(),
            question: self.question,
        }
    }

    /// Changes what is said of the services of some marks, as one step.
    fn say(&mut self, marks: &[Mark], change: impl FnOnce(&mut Review)) {
        let before = Rc::clone(&self.marks);
        Rc::make_mut(&mut self.said).step(Rc::make_mut(&mut self.marks), marks, change);
        self.marked += u32::from(self.marks != before);
    }

    fn go_to(&mut self, place: Place) {
        self.screen = place.screen;
        self.view = View { names: self.view.names, ..place.view };
        let Arrange { measure, sort, transpose, hide_empty } = place.arrange;
        (self.measure, self.sort, self.transpose, self.hide_empty) = (measure, sort, transpose, hide_empty);
        (self.as_table, self.zoom, self.comparing) = (place.as_table, place.zoom, place.comparing);
        (self.selection, self.question) = (place.selection, place.question);
        Rc::make_mut(&mut self.show).listed = place.listed;
        Rc::make_mut(&mut self.flows).open = place.open;
        let rules = Rc::make_mut(&mut self.rules);
        (rules.part, rules.shown) = (place.part, place.simulated);
    }

    /// Subnets are called otherwise from now on, so a selection by name would select nothing.
    fn name(&mut self, names: Vec<HandName>) {
        if *self.names != names {
            self.names = Rc::new(names);
            self.view.names += 1;
            self.selection = Selection::default();
        }
    }
}
