//! The matrix screen: toolbar, canvas, legend, table twin, and the details beside it.

mod board;
mod counterparts;
mod legend;
mod overlay;
mod paint;
mod table;
mod toolbar;

pub use board::Board;

use super::browser::window;
use super::chart::{SavePicture, Wanted};
use super::details::Details;
use super::grid::{Chart, matrix_picture};
use super::state::{Choice, ChoicesHandle, ResultsHandle, Shared};
use super::words::{matrix, shared};
use azflow_engine::session::Selection;
use board::widest;
use counterparts::Counterparts;
use legend::Legend;
use table::Table;
use toolbar::Toolbar;
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;
use yew::prelude::*;

/// Up to so many rows the table twin is always there, for screen readers and for searching.
const TABLE_ALWAYS: u32 = 40;

#[component]
pub fn MatrixScreen() -> Html {
    let (Some(choices), Some(results)) = (use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let answer = results.matrix.get().cloned();
    let chart = use_memo((answer, choices.arrange()), |(answer, arrange)| {
        answer.as_ref().map(|answer| Shared::new(Chart::new(answer, *arrange)))
    });
    let on_select = {
        let dispatcher = choices.dispatcher();
        use_callback((), move |selection: Selection, ()| dispatcher.dispatch(Choice::Select(selection)))
    };
    let on_zoom = {
        let dispatcher = choices.dispatcher();
        use_callback((), move |zoom, ()| dispatcher.dispatch(Choice::Zoom(zoom)))
    };
    let Some(chart) = (*chart).clone() else {
        return html! {
            <main class="matrix-screen">
                <section class="matrix-side skeleton" aria-busy="true"><p class="hint">{ shared::WAITING }</p></section>
                <aside class="details skeleton"></aside>
            </main>
        };
    };
    let as_table = choices.as_table;
    let picture = {
        let chart = chart.clone();
        Callback::from(move |wanted: Wanted| {
            // A canvas of its own to measure with: the board's may not be there.
            let canvas = canvas().map_or(120.0, |canvas| widest(&chart, &wanted.palette, &canvas));
            matrix_picture(&chart, &wanted.palette, &wanted.caption, canvas)
        })
    };
    let selection = &choices.selection;
    html! {
        <main class="matrix-screen">
            <section class="matrix-side" aria-label={matrix::summary(&chart)}>
                <Toolbar chart={chart.clone()} />
                if !as_table {
                    <Board chart={chart.clone()} selection={selection.clone()} zoom={choices.zoom}
                        on_select={on_select.clone()} {on_zoom} />
                    <Legend chart={chart.clone()} />
                }
                <SavePicture what="matrix" title={matrix::TITLE} {picture} />
                if as_table || chart.size() <= (TABLE_ALWAYS, TABLE_ALWAYS) {
                    <div class={if as_table { "table-twin" } else { "table-twin visually-hidden" }}
                        role="region" aria-label={matrix::TITLE} tabindex={as_table.then_some("0")}>
                        <Table chart={chart.clone()} />
                    </div>
                }
            </section>
            <Details>
                <Counterparts chart={chart.clone()} selection={selection.clone()} {on_select} />
            </Details>
        </main>
    }
}

fn canvas() -> Option<HtmlCanvasElement> {
    window()?.document()?.create_element("canvas").ok()?.dyn_into().ok()
}
