//! What a selection's conversations cross, and the appliances on their way: tables with bars.

use super::lists::{bar, heads, largest, numbers};
use crate::ui::filter::narrow;
use crate::ui::state::ChoicesHandle;
use crate::ui::widgets::{number, size};
use crate::ui::words::{details, network as words, shared};
use azflow_engine::session::{Capped, HopRow, PathRow};
use azflow_engine::topology::Path;
use yew::prelude::*;

fn section((title, handle): (&'static str, &'static str), note: Html, head: Html, rows: Vec<Html>) -> Html {
    html! {
        <section data-testid={handle}>
            <h3>{ title }{ note }</h3>
            <table class="list">
                <caption class="visually-hidden">{ title }</caption>
                <thead>{ head }</thead>
                <tbody>{ rows }</tbody>
            </table>
        </section>
    }
}

/// Each path is a button that shows only what crosses it, or everything again.
pub fn paths(list: &[PathRow], only: Option<Path>, choose: &Callback<Option<Path>>) -> Html {
    let of = largest(list.iter().map(|r| &r.tally));
    let chosen = |path: Path| choose.reform(move |_: MouseEvent| (only != Some(path)).then_some(path));
    let row = |r: &PathRow| {
        html! {
            <tr data-path={r.path.as_str()}>
                <th scope="row">
                    <button type="button" class="link" title={words::path_means(r.path)} data-testid={format!("path-{}", r.path.as_str())}
                        aria-pressed={(only == Some(r.path)).to_string()} onclick={chosen(r.path)}>{ words::path(r.path) }</button>
                </th>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
                <td class="n">{ size(r.tally.counters.bytes()) }</td>
                <td class="n">{ number(r.conversations) }</td>
            </tr>
        }
    };
    let head = heads(&[(words::CROSSES, false)], &[details::BYTES, words::CONVERSATIONS]);
    section((words::PATHS, "paths"), Html::default(), head, list.iter().map(row).collect())
}

/// Nothing where there are none.
pub fn hops(list: &Capped<HopRow>, choices: &ChoicesHandle) -> Html {
    if list.total == 0 {
        return Html::default();
    }
    let of = largest(list.rows.iter().map(|r| &r.tally));
    let row = |r: &HopRow| {
        html! {
            <tr>
                <th scope="row" class="rule">
                    <span>{ narrow(&choices.dispatcher(), format!("nic:{}", r.mac), r.machine.clone().unwrap_or_else(|| r.mac.clone())) }</span>
                    if r.machine.is_some() { <small>{ r.mac.clone() }</small> }
                </th>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
                <td class="n">{ number(r.conversations) }</td>
            </tr>
        }
    };
    let head = heads(&[(words::APPLIANCE, false)], &[words::CONVERSATIONS]);
    let shown = list.rows.len();
    let note = if shown < list.total as usize {
        shared::shown(shown, list.total)
    } else {
        words::HOPS_NOTE.to_owned()
    };
    let note = html! { <span class="note">{ note }</span> };
    section((words::HOPS, "hops"), note, head, list.rows.iter().map(row).collect())
}
