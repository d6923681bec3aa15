//! What the draft decides otherwise than the groups in force, region by region.

use super::{FIRST, head};
use crate::ui::words::{
    rules as words,
    shared::{self, all, sentence},
};
use azflow_engine::session::{DifferenceAnswer, RegionLine, RulesAnswer};
use yew::prelude::*;

/// The section below the draft; `None` while it is worked out.
pub fn difference(answer: Option<&RulesAnswer>, open: bool, more: Callback<MouseEvent>) -> Html {
    let found = match answer {
        Some(RulesAnswer::Difference(found)) => Some(found),
        _ => None,
    };
    html! {
        <section class="group" aria-label={words::DIFFERENCE} data-testid="rules-diff" aria-busy={found.is_none().to_string()}>
            <h2>{ words::DIFFERENCE }</h2>
            if let Some(found) = found { { regions(found, open, more) } }
            else { <p class="hint waiting">{ words::WAITING }</p> }
        </section>
    }
}

fn regions(found: &DifferenceAnswer, open: bool, more: Callback<MouseEvent>) -> Html {
    if let Some(error) = &found.error {
        return html! { <p class="hint">{ sentence(error) }</p> };
    }
    let shown = if open { found.regions.rows.len() } else { found.regions.rows.len().min(FIRST) };
    html! {
        <>
            <p class="hint">{ words::difference(found) }</p>
            if !found.not_compared.is_empty() {
                <ul class="hint" data-testid="rules-diff-missing">
                    for (group, why) in found.not_compared.iter() { <li>{ words::not_compared(group, why) }</li> }
                </ul>
            }
            if shown > 0 {
                <div class="table-scroll">
                <table class="rules-table">
                    <caption class="visually-hidden">{ words::DIFFERENCE }</caption>
                    { head(&words::REGION_COLUMNS) }
                    <tbody>{ for found.regions.rows.iter().take(shown).map(row) }</tbody>
                </table>
                </div>
            }
            if shown < found.regions.total as usize {
                <p class="more"><span class="hint">{ shared::shown(shown, found.regions.total) }</span>
                    if !open { <button type="button" class="quiet" data-testid="rules-diff-all" onclick={more}>{ all(found.regions.rows.len()) }</button> }</p>
            }
        </>
    }
}

fn row(region: &RegionLine) -> Html {
    let (sign, word, class) = words::change(&region.change);
    let side = |(allows, rule, nsg): &(Option<bool>, String, String)| {
        html! { <td>{ words::decided(*allows) }<small>{ words::by(rule, nsg) }</small></td> }
    };
    html! {
        <tr data-change={region.change.clone()}>
            <th scope="row"><span class={class}><span class="sign" aria-hidden="true">{ sign }</span>{ " " }{ word }</span>
                <small>{ region.group.clone() }if !region.places.is_empty() { { " · " }{ region.places.clone() } }</small></th>
            <td>{ region.sources.clone() }<small>{ "→ " }{ region.destinations.clone() }</small></td>
            <td>{ region.service.clone() }</td>
            { side(&region.decided[0]) }
            { side(&region.decided[1]) }
            <td>{ region.reason.clone() }</td>
        </tr>
    }
}
