//! Asks the engine for what the screen needs, when it needs it.

use crate::browser::Hub;
use crate::session::{LoadPhase, LoadState, Query, View};
use crate::ui::browser::{mark, now};
use crate::ui::state::{Asked, Choices, Due, Held, Results, ResultsAction, ResultsHandle, Screen, Slot};
use gloo::timers::callback::Timeout;
use yew::prelude::*;

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
    let network = choices.screen == Screen::Network;
    use_slot(
        &ask,
        Slot::Network,
        |r| &r.network,
        want(network, Query::Network(View { fold: false, ..view.clone() })),
    );
    let commands = network && !choices.nics.is_empty();
    let chosen = Query::Accelerate(choices.nics.iter().cloned().collect());
    use_slot(&ask, Slot::Acceleration, |r| &r.acceleration, want(commands, chosen));
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
    let due = query.as_ref().map(|query| state.due(query, ask.load.generation, loading, now()));
    use_query(ask, slot, known, due, query);
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
    use_effect_with((query, generation, loading, known), move |(query, generation, ..)| {
        let (query, generation) = (query.clone(), *generation);
        let send = move || {
            let Some(query) = query else { return };
            if slot == Slot::Matrix {
                mark("azflow:matrix-asked");
            }
            let ticket = hub.ask(query.clone());
            dispatcher.dispatch(ResultsAction::Asked(slot, Asked { ticket, query, generation, at: now() }));
        };
        match due {
            Some(Due::Now) => {
                send();
                None
            }
            Some(Due::In(ms)) => Some(Timeout::new(ms, send)),
            Some(Due::No) | None => None,
        }
        .map_or_else(|| Box::new(|| ()) as Box<dyn FnOnce()>, |timer| Box::new(move || drop(timer)))
    });
}
