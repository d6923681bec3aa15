//! The matrix screen: toolbar, canvas, legend, table twin, and the details beside it.

mod board;
mod legend;
mod overlay;
mod paint;
mod table;
mod toolbar;

use super::details::Details;
use super::grid::Chart;
use super::state::{Choice, ChoicesHandle, ResultsHandle, Shared};
use super::text;
use crate::session::Selection;
use board::Board;
use legend::Legend;
use table::Table;
use toolbar::Toolbar;
use yew::prelude::*;

/// Up to so many subnets the table twin is always there, for screen readers and for searching.
const TABLE_ALWAYS: u32 = 40;

#[component]
pub fn MatrixScreen() -> Html {
    let (Some(choices), Some(results)) = (use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let answer = results.matrix.get().cloned();
    let chart = use_memo((answer, choices.measure, choices.sort), |(answer, measure, sort)| {
        answer.as_ref().map(|answer| Shared::new(Chart::new(answer, *measure, *sort)))
    });
    let on_select = {
        let dispatcher = choices.dispatcher();
        use_callback((), move |selection: Selection, ()| dispatcher.dispatch(Choice::Select(selection)))
    };
    let Some(chart) = (*chart).clone() else {
        return html! {
            <main class="matrix-screen">
                <section class="matrix-side skeleton" aria-busy="true"><p class="hint">{ text::WAITING }</p></section>
                <aside class="details skeleton"></aside>
            </main>
        };
    };
    let as_table = choices.as_table;
    html! {
        <main class="matrix-screen">
            <section class="matrix-side" aria-label={text::summary(&chart)}>
                <Toolbar chart={chart.clone()} />
                if !as_table {
                    <Board chart={chart.clone()} selection={choices.selection.clone()} fit={choices.fit} {on_select} />
                    <Legend chart={chart.clone()} />
                }
                if as_table || chart.len() <= TABLE_ALWAYS {
                    <div class={if as_table { "table-twin" } else { "table-twin visually-hidden" }}>
                        <Table chart={chart.clone()} />
                    </div>
                }
            </section>
            <Details />
        </main>
    }
}
