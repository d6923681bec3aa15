//! Who a chosen row or column talks to: its other ends as sorted split bars, each a row of a table.

use crate::ui::chart::{SavePicture, Wanted};
use crate::ui::grid::{Bar, Chart, Spot, bar_picture};
use crate::ui::state::Shared;
use crate::ui::widgets::{Split, number, size};
use crate::ui::words::{details, matrix, picture, shared};
use azflow_engine::session::Selection;
use yew::prelude::*;

/// Lines shown before all are asked for.
const FIRST: usize = 12;
/// Lines in a picture.
const PICTURED: usize = 60;

#[derive(Properties, PartialEq)]
pub struct CounterpartsProps {
    pub chart: Shared<Chart>,
    pub selection: Selection,
    pub on_select: Callback<Selection>,
}

#[component]
pub fn Counterparts(props: &CounterpartsProps) -> Html {
    let open = use_state_eq(|| None::<Selection>);
    let chart = &props.chart;
    let Some(spot @ (Spot::Row(_) | Spot::Col(_))) = chart.spot(&props.selection) else {
        return Html::default();
    };
    let list = chart.counterparts(spot);
    let of = list.iter().map(|(_, cell)| cell.tally.attempts()).max().unwrap_or_default();
    let all = *open == Some(props.selection.clone());
    let shown = if all { list.len() } else { list.len().min(FIRST) };
    let more = {
        let (open, selection) = (open.setter(), props.selection.clone());
        Callback::from(move |_: MouseEvent| open.set(Some(selection.clone())))
    };
    let title = matrix::counterparts(props.selection.src.is_some(), list.len());
    let picture = {
        let bars: Vec<Bar> = list
            .iter()
            .take(PICTURED)
            .map(|(name, cell)| Bar {
                name: (*name).to_owned(),
                allowed: cell.tally.allowed_flows,
                denied: cell.tally.denied_flows,
            })
            .collect();
        Callback::from(move |wanted: Wanted| bar_picture(&bars, &wanted.palette, &wanted.caption))
    };
    let row = |(name, cell): &(&str, crate::ui::grid::ChartCell)| {
        let pair = chart.selection(Spot::Cell(cell.row, cell.col));
        let onclick = props.on_select.reform(move |_: MouseEvent| pair.clone());
        let tally = cell.tally;
        html! {
            <tr>
                <th scope="row"><button type="button" class="link" {onclick}>{ *name }</button></th>
                <td class="bar"><Split allowed={tally.allowed_flows} denied={tally.denied_flows} {of} class="split long" /></td>
                <td class="n">{ number(tally.allowed_flows) }</td>
                <td class="n den">{ number(tally.denied_flows) }</td>
                <td class="n">{ size(tally.counters.bytes()) }</td>
            </tr>
        }
    };
    html! {
        <section data-testid="counterparts">
            <h3>{ title.clone() }</h3>
            <table class="list counterparts">
                <caption class="visually-hidden">{ title.clone() }</caption>
                <thead><tr>
                    <th scope="col">{ details::SUBNET }</th>
                    <th scope="col"><span class="visually-hidden">{ details::SPLIT }</span></th>
                    <th scope="col" class="n">{ details::ALLOWED }</th>
                    <th scope="col" class="n">{ details::DENIED }</th>
                    <th scope="col" class="n">{ details::BYTES }</th>
                </tr></thead>
                <tbody>{ for list.iter().take(shown).map(row) }</tbody>
            </table>
            if shown < list.len() {
                <p class="more">
                    <span class="hint">{ shared::shown(shown, list.len() as u32) }</span>
                    <button type="button" class="quiet" onclick={more}>{ shared::MORE }</button>
                </p>
            }
            <SavePicture what="bars" title={picture::bars_title(&props.selection, list.len().min(PICTURED), list.len())} {picture} />
        </section>
    }
}
