//! The Flows screen: the list of conversations with its sums, and beside it the evidence of one.

mod grid;
mod head;
mod panel;
mod save;

use super::crumbs::crumbs;
use super::hooks::{Asking, use_slot};
use super::state::{Choice, ChoicesHandle, LoadingHandle, ResultsHandle, Slot};
use super::words::{flows as words, shared};
use crate::browser::Hub;
use azflow_engine::session::{FlowsFormat, FlowsQuery, LoadPhase, Query, Selection};
use grid::Grid;
use head::columns;
use panel::{only, panel};
use save::use_saving_list;
use yew::prelude::*;

#[component]
pub fn FlowsScreen() -> Html {
    let (Some(hub), Some(loading), Some(choices), Some(results)) = (
        use_context::<Hub>(),
        use_context::<LoadingHandle>(),
        use_context::<ChoicesHandle>(),
        use_context::<ResultsHandle>(),
    ) else {
        return Html::default();
    };
    // Nothing is marked, and the first rows are in view.
    let stretch = use_state_eq(|| (0u32, 256u32));
    let marked = use_state_eq(|| (0u32, 0u32));
    let query = FlowsQuery {
        view: choices.view.clone(),
        selection: choices.selection.clone(),
        sort: choices.flows.sort.clone(),
        from: stretch.0,
        count: stretch.1,
        marked: *marked,
    };
    let ask = Asking { hub: hub.clone(), load: loading.state.clone(), results: results.clone() };
    use_slot(&ask, Slot::Flows, |r| &r.flows, Some(Query::Flows(query.clone())));
    let open = choices.flows.open;
    let one = open.map(|key| Query::Breakdown(only(&choices.view, &key), Selection::default()));
    use_slot(&ask, Slot::Flow, |r| &r.flow, one.clone());
    let (save, done) = use_saving_list(&hub, &results);
    let on_mark = {
        let marked = marked.setter();
        use_callback((), move |rows, ()| marked.set(rows))
    };
    let on_stretch = {
        let stretch = stretch.setter();
        use_callback((), move |rows, ()| stretch.set(rows))
    };
    let Some(answer) = results.flows.get().cloned() else {
        return html! { <main class="flows-screen skeleton" aria-busy="true"><p class="hint">{ shared::WAITING }</p></main> };
    };
    let button = |format: FlowsFormat, words: &'static str, handle: &'static str| {
        let (save, list) = (save.clone(), (query.clone(), choices.flows.columns.clone(), format));
        let reading = loading.state.phase == LoadPhase::Loading;
        let title = if reading { words::SAVE_LATER } else { words::SAVE_TITLE };
        html! {
            <button type="button" class="quiet" data-testid={handle} {title} disabled={reading || done.is_some()}
                onclick={move |_: MouseEvent| save.emit(list.clone())}>{ words }</button>
        }
    };
    let everything = {
        let dispatcher = choices.dispatcher();
        move |_: MouseEvent| dispatcher.dispatch(Choice::Select(Selection::default()))
    };
    html! {
        <main class={classes!("flows-screen", choices.flows.open.is_some().then_some("with-panel"))}>
            <section class="flows-side" aria-label={words::TAB}>
                <div class="toolbar">
                    <p class="flows-sums" role="status" data-testid="flows-total" title={words::sums_exactly(&answer.sums)}>
                        <strong>{ words::total(&answer, choices.view.mode) }</strong>{ " · " }{ words::sums(&answer.sums) }
                    </p>
                    if marked.0 < marked.1 {
                        <p class="flows-sums" role="status" data-testid="flows-marked" title={words::sums_exactly(&answer.marked)}>
                            { words::marked(*marked, &answer.marked) }
                        </p>
                    }
                    { crumbs(&choices) }
                    if !choices.selection.is_everything() {
                        <button type="button" class="quiet" onclick={everything}>{ shared::EVERYTHING }</button>
                    }
                    <div class="flows-tools">
                    if let Some(done) = done {
                        <span role="status">{ words::saving(done, answer.total) }</span>
                    }
                    { columns(&choices) }
                    { button(FlowsFormat::Csv, words::CSV, "flows-export-csv") }
                    { button(FlowsFormat::Json, words::JSON, "flows-export-json") }
                    </div>
                </div>
                if answer.total == 0 {
                    <p class="hint flows-none">{ words::NONE }</p>
                }
                <Grid answer={answer} marked={*marked} {on_mark} {on_stretch} />
            </section>
            if let Some(key) = open {
                { panel(&choices, &key, results.flow.shown.as_ref().filter(|(asked, _)| Some(&asked.query) == one.as_ref()).map(|(_, b)| b)) }
            }
        </main>
    }
}
