//! Asks the engine for what the screen needs, when it needs it.

use super::{soon, use_soon};
use crate::browser::Hub;
use crate::ui::browser::{mark, now};
use crate::ui::state::{
    Asked, Choices, Due, Held, Results, ResultsAction, ResultsHandle, RulesChoice, Screen, Slot,
};
use crate::ui::words;
use azflow_core::store::Mode;
use azflow_engine::session::{
    DraftAsk, LoadPhase, LoadState, Query, ReviewAsk, RulesAnswer, RulesAsk, SimulateAsk, View,
};
use gloo_timers::callback::Timeout;
use yew::prelude::*;

/// A draft's text is asked for after so long: who turns the next knob or goes on to simulate does not wait for the
/// text of what is no longer looked at.
const TEXT_AFTER_MS: u32 = 300;

/// Keeps every slot filled with the answer to what is shown. Questions that nobody looks at are not asked.
#[hook]
pub fn use_asking(hub: &Hub, load: &LoadState, choices: &Choices, results: &ResultsHandle) {
    let loaded = load.phase != LoadPhase::Idle;
    let want = |wanted: bool, query: Query| (loaded && wanted).then_some(query);
    let matrix = choices.screen == Screen::Matrix;
    // Without any flow record the sources' problems are what there is to show.
    let empty = load.phase != LoadPhase::Loading
        && results.overview.get().is_some_and(|overview| overview.flow_sources == 0);
    let view = &choices.view;
    let ask = Asking { hub: hub.clone(), load: load.clone(), results: results.clone() };
    use_slot(&ask, Slot::Overview, |r| &r.overview, want(true, Query::Overview(view.clone())));
    use_slot(&ask, Slot::Matrix, |r| &r.matrix, want(matrix, Query::Matrix(view.clone())));
    let breakdown = Query::Breakdown(view.clone(), choices.selection.clone());
    use_slot(&ask, Slot::Breakdown, |r| &r.breakdown, want(matrix, breakdown));
    let data = choices.screen == Screen::Data;
    use_slot(&ask, Slot::Data, |r| &r.data, want(data || empty, Query::Data));
    let filter = choices.view.filter.clone();
    let kusto = choices.kusto.map(|w| Query::Kusto { origin: w.origin, start: w.start, end: w.end, filter });
    use_slot(&ask, Slot::Kusto, |r| &r.kusto, kusto.filter(|_| data || !loaded));
    use_slot(&ask, Slot::Coverage, |r| &r.coverage, want(data, Query::Coverage));
    let review = choices.screen == Screen::Review;
    use_slot(&ask, Slot::Review, |r| &r.review, want(review, Query::Review(Box::new(review_ask(choices)))));
    let rules = if choices.screen == Screen::Rules { rules_ask(choices) } else { None };
    use_slot(
        &ask,
        Slot::Rules,
        |r| &r.rules,
        rules.filter(|_| loaded).map(|ask| Query::Rules(Box::new(ask))),
    );
    // Once the draft itself is there, so that its figures do not wait for its text.
    let drafted = matches!(results.rules.get().map(|answer| &**answer), Some(RulesAnswer::Draft(_)))
        && results.rules.settled().is_some();
    use_slot(
        &ask,
        Slot::RulesText,
        |r| &r.rules_text,
        rules_text(choices).filter(|_| loaded && drafted).map(|ask| Query::Rules(Box::new(ask))),
    );
    let beside = |after: bool, ask: fn(DraftAsk) -> RulesAsk| {
        (choices.screen == Screen::Rules && choices.rules.part == 1 && loaded && after)
            .then(|| Query::Rules(Box::new(ask(draft_ask(choices)))))
    };
    // What simulating finds is kept: looking at the simulation afterwards costs nothing.
    let outcomes = beside(drafted, RulesAsk::Outcomes);
    use_slot(&ask, Slot::RulesOutcomes, |r| &r.rules_outcomes, outcomes);
    // After both, since it may take longer.
    let written =
        drafted && results.rules_text.settled().is_some() && results.rules_outcomes.settled().is_some();
    let compared = beside(written, RulesAsk::Difference);
    use_slot(&ask, Slot::RulesDiff, |r| &r.rules_diff, compared);
    let network = choices.screen == Screen::Network;
    use_slot(
        &ask,
        Slot::Network,
        |r| &r.network,
        want(network || empty, Query::Network(View { fold: false, ..view.clone() })),
    );
    // Findings are about everything and need not be as fresh as the rest: they wait until all is loaded.
    let findings = load.phase != LoadPhase::Loading && !empty;
    let everything = View { cut: view.cut, names: view.names, ..View::default() };
    use_slot(&ask, Slot::Findings, |r| &r.findings, want(findings, Query::Findings(everything)));
    // They are the last that is asked of new data; of other names or subnets they are asked again.
    let ready = use_mut_ref(|| None::<u32>);
    if findings && results.findings.settled().is_some() && *ready.borrow() != Some(load.generation) {
        *ready.borrow_mut() = Some(load.generation);
        hub.make_ready();
    }
    // For measuring: the last answer to what was chosen last has been drawn.
    let r = &**results;
    let settled = [r.overview.settled(), r.matrix.settled(), r.breakdown.settled(), r.timeline.settled()];
    use_soon(settled, |settled| {
        if settled.iter().all(Option::is_some) {
            // Behind the canvases.
            soon(|| mark("azflow:settled"));
        }
    });
    let commands = network && !choices.nics.is_empty();
    let chosen = Query::Accelerate(choices.nics.iter().cloned().collect());
    use_slot(&ask, Slot::Acceleration, |r| &r.acceleration, want(commands, chosen));
}

/// What the Review screen asks with these choices.
pub fn review_ask(choices: &Choices) -> ReviewAsk {
    ReviewAsk {
        view: View { mode: Mode::Conversations, ..choices.view.clone() },
        marks: choices.marked,
        pair: choices.selection.clone(),
        show: (*choices.show).clone(),
    }
}

/// Rules are worked on with everything, whatever the filter.
fn unfiltered(choices: &Choices) -> View {
    View { cut: choices.view.cut, names: choices.view.names, ..View::default() }
}

fn draft_ask(choices: &Choices) -> DraftAsk {
    let RulesChoice { options, only_needed, undecided, .. } = &*choices.rules;
    DraftAsk {
        view: unfiltered(choices),
        marks: choices.marked,
        options: *options,
        only_needed: *only_needed,
        undecided: *undecided,
    }
}

/// The text of the draft that is shown.
fn rules_text(choices: &Choices) -> Option<RulesAsk> {
    let RulesChoice { part, format, text, .. } = &*choices.rules;
    let format = words::rules::FORMATS.get(*format)?.0;
    (choices.screen == Screen::Rules && *part == 1)
        .then(|| RulesAsk::Text(draft_ask(choices), format.to_owned(), *text))
}

/// What the Rules screen asks with these choices.
fn rules_ask(choices: &Choices) -> Option<RulesAsk> {
    let view = unfiltered(choices);
    let RulesChoice { part, source, file, shown, decide, .. } = &*choices.rules;
    Some(match part {
        0 => RulesAsk::Audit(view),
        1 => RulesAsk::Draft(draft_ask(choices)),
        2 => RulesAsk::Simulate(SimulateAsk {
            draft: draft_ask(choices),
            source: *source,
            file: *file,
            part: shown.clone(),
        }),
        _ => RulesAsk::Decide(view, decide.clone()?),
    })
}

/// What asking needs.
pub struct Asking {
    /// Whom to ask.
    pub hub: Hub,
    /// How loading stands.
    pub load: LoadState,
    /// Where answers are kept.
    pub results: ResultsHandle,
}

/// Keeps one slot filled.
#[hook]
pub fn use_slot<T: 'static>(ask: &Asking, slot: Slot, held: fn(&Results) -> &Held<T>, query: Option<Query>) {
    let loading = ask.load.phase == LoadPhase::Loading;
    let state = held(&ask.results);
    let known = (state.asked.as_ref().map(|a| a.ticket), state.shown.as_ref().map(|(a, _)| a.ticket));
    let due = query.as_ref().map(|query| match state.due(query, ask.load.generation, loading, now()) {
        Due::Now if slot == Slot::RulesText => Due::In(TEXT_AFTER_MS),
        due => due,
    });
    use_query(ask, slot, known, due, query);
}

/// Does something at once when what it depends on has changed: an effect would wait until everything is drawn, and the
/// engine would be idle for so long.
#[hook]
pub fn use_now<T: PartialEq + 'static>(depends: T, act: impl FnOnce(&T)) {
    let known = use_mut_ref(|| None::<T>);
    let mut known = known.borrow_mut();
    if known.as_ref() != Some(&depends) {
        act(known.insert(depends));
    }
}

/// What does not depend on the kind of answer, so that it is compiled once.
#[hook]
fn use_query(
    ask: &Asking,
    slot: Slot,
    known: (Option<u32>, Option<u32>),
    due: Option<Due>,
    query: Option<Query>,
) {
    let (generation, loading) = (ask.load.generation, ask.load.phase == LoadPhase::Loading);
    let (hub, dispatcher) = (ask.hub.clone(), ask.results.dispatcher());
    let timer = use_mut_ref(|| None::<Timeout>);
    use_now((query, generation, loading, known), move |(query, generation, ..)| {
        let (query, generation) = (query.clone(), *generation);
        // What was asked before holds nothing up: another question stands in its place, or nobody looks any more.
        if let (Some(before), Some(Due::Now | Due::In(_)) | None) = (known.0, due)
            && hub.forget(before)
        {
            dispatcher.dispatch(ResultsAction::Dropped(vec![before]));
        }
        let send = move || {
            let Some(query) = query else { return };
            if slot == Slot::Matrix {
                mark("azflow:matrix-asked");
            }
            let ticket = hub.ask(query.clone());
            dispatcher.dispatch(ResultsAction::Asked(slot, Asked { ticket, query, generation, at: now() }));
        };
        let later = match due {
            Some(Due::Now) => {
                send();
                None
            }
            Some(Due::In(ms)) => Some(Timeout::new(ms, send)),
            Some(Due::No) | None => None,
        };
        *timer.borrow_mut() = later;
    });
}
