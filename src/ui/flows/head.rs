//! The headings of the table, each a button that sorts, and the choice of columns.

use super::grid::class_of;
use crate::ui::state::{Choice, ChoicesHandle};
use crate::ui::words::flows as words;
use azflow_engine::export::FlowColumn;
use azflow_engine::session::resorted;
use yew::prelude::*;

/// The table's head.
pub fn head(choices: &ChoicesHandle) -> Html {
    let sort = &choices.flows.sort;
    let one = |column: FlowColumn| {
        let place = sort.iter().position(|(by, _)| *by == column);
        let falling = place.and_then(|place| sort.get(place)).is_some_and(|(_, falling)| *falling);
        let direction = place.map(|_| if falling { "descending" } else { "ascending" });
        let order = {
            let choices = choices.clone();
            move |further: bool| {
                choices.dispatch(Choice::FlowSort(resorted(&choices.flows.sort, column, further)));
            }
        };
        let onclick = {
            let order = order.clone();
            Callback::from(move |event: MouseEvent| order(event.shift_key()))
        };
        // Not every browser tells a click by Enter that Shift is held.
        let onkeydown = Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && event.shift_key() {
                event.prevent_default();
                order(true);
            }
        });
        html! {
            <th scope="col" class={class_of(column)} aria-sort={direction}>
                <button type="button" title={words::SORT} data-testid={format!("flows-sort-{}", column.as_str())} {onclick} {onkeydown}>
                    { words::column(column) }
                    if let Some(place) = place {
                        <span aria-hidden="true">
                            { if falling { " ↓" } else { " ↑" } }
                            if sort.len() > 1 { <sub>{ place + 1 }</sub> }
                        </span>
                    }
                </button>
            </th>
        }
    };
    html! { <thead><tr aria-rowindex="1">{ for choices.flows.columns.iter().map(|column| one(*column)) }</tr></thead> }
}

/// The choice of columns: they stand in one order, whichever are chosen.
pub fn columns(choices: &ChoicesHandle) -> Html {
    let set = |columns: Vec<FlowColumn>| {
        let dispatcher = choices.dispatcher();
        move || dispatcher.dispatch(Choice::FlowColumns(columns.clone()))
    };
    let one = |column: FlowColumn| {
        let shown = choices.flows.columns.contains(&column);
        let next: Vec<FlowColumn> = FlowColumn::ALL
            .into_iter()
            .filter(|other| choices.flows.columns.contains(other) != (*other == column))
            .collect();
        // One column stays.
        let disabled = next.is_empty();
        let set = set(next);
        html! {
            <li><label>
                <input type="checkbox" checked={shown} {disabled} onchange={move |_: Event| set()} />
                { words::column(column) }
            </label></li>
        }
    };
    let reset = set(FlowColumn::defaults());
    html! {
        <details class="promise-menu columns-menu" data-testid="flows-columns">
            <summary>{ words::COLUMNS }</summary>
            <div class="menu">
                <ul>{ for FlowColumn::ALL.into_iter().map(one) }</ul>
                <button type="button" class="quiet" onclick={move |_: MouseEvent| reset()}>{ words::COLUMNS_RESET }</button>
            </div>
        </details>
    }
}
