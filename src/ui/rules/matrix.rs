//! The matrix of a simulation: where what is kept, would break, is newly opened or can't be told lies. Its table is the one
//! of pairs of subnets below it; a click leads to the conversations.

use crate::ui::grid::Chart;
use crate::ui::matrix::Board;
use crate::ui::state::{Choice, ChoicesHandle, ResultsHandle, Shared};
use crate::ui::words::rules as words;
use azflow_engine::rules::Fate;
use azflow_engine::session::{RulesAnswer, Selection, SimulatedPart};
use yew::prelude::*;

#[component]
pub fn FateMatrix() -> Html {
    let (Some(choices), Some(results)) = (use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let answer = results.rules.get().cloned();
    let chart = use_memo((answer, choices.arrange()), |(answer, arrange)| match answer.as_deref() {
        Some(RulesAnswer::Simulation(found)) if !found.cells.is_empty() => {
            Some(Shared::new(Chart::of_fates(&found.subnets, &found.cells, *arrange)))
        }
        _ => None,
    });
    let on_select = {
        let choices = choices.clone();
        Callback::from(move |ends: Selection| {
            let mut next = (*choices.rules).clone();
            next.shown = SimulatedPart { ends, ..SimulatedPart::default() };
            choices.dispatch(Choice::Rules(next));
        })
    };
    let on_zoom = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |zoom| dispatcher.dispatch(Choice::Zoom(zoom)))
    };
    let Some(chart) = (*chart).clone() else { return Html::default() };
    html! {
        <section class="group fate-matrix" aria-label={words::FATE_MATRIX} data-testid="simulation-matrix">
            <h2>{ words::FATE_MATRIX }</h2>
            { legend() }
            <Board {chart} selection={choices.rules.shown.ends.clone()} zoom={choices.zoom} {on_select} {on_zoom} />
        </section>
    }
}

/// What the colours, patterns and signs mean.
fn legend() -> Html {
    let swatch = |fate: Fate| {
        let (sign, word, title, _, class) = words::fate(fate);
        html! {
            <li {title}>
                <svg width="14" height="14" aria-hidden="true" focusable="false">
                    <rect class={classes!("swatch", class)} width="14" height="14" />
                    <rect class={classes!("tile", class)} width="14" height="14" />
                </svg>
                <span aria-hidden="true">{ sign }</span>{ word }
            </li>
        }
    };
    html! {
        <div class="legend" data-testid="simulation-legend">
            <ul>
                { for Fate::ALL.map(swatch) }
                <li><svg width="14" height="14" aria-hidden="true" focusable="false"><rect class="never" width="14" height="14" /></svg>{ words::FATE_NEVER }</li>
            </ul>
            <p>{ words::SHARES }</p>
        </div>
    }
}
