//! The table of sources, sortable by every column.

use crate::browser::Hub;
use crate::ui::state::{LoadingHandle, Shared};
use crate::ui::widgets::{named, number, size};
use crate::ui::words::{shared, sources};
use azflow_core::model::SortSmall;
use azflow_engine::session::{DataAnswer, SourceRow};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Rows shown before more are asked for.
const PAGE: usize = 200;
/// From this column on figures stand to the right, and sort largest first.
const FIGURES: usize = 2;

#[derive(Properties, PartialEq)]
pub struct SourcesProps {
    pub answer: Shared<DataAnswer>,
}

/// The figure of a column.
fn figure(row: &SourceRow, column: usize) -> u64 {
    let a = &row.accounts;
    match column {
        2 => a.bytes,
        3 => u64::from(row.hours),
        4 => u64::from(row.nics),
        5 => a.records,
        6 => a.duplicate_records,
        7 => a.tuples,
        8 => a.duplicate_tuples,
        9 => a.rejected_tuples,
        _ => row.issues.len() as u64,
    }
}

/// Indices of the rows in the order of a column; the answer's own order, by name, breaks ties.
fn order(rows: &[SourceRow], column: usize, backwards: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    match column {
        0 => {}
        1 => order.sort_small_by(|a, b| rows.get(*a).map(|r| &r.kind).cmp(&rows.get(*b).map(|r| &r.kind))),
        _ => {
            let figure = |i: usize| rows.get(i).map_or(0, |r| figure(r, column));
            order.sort_small_by_key(|at| Reverse(figure(*at)));
        }
    }
    if backwards {
        order.reverse();
    }
    order
}

#[component]
pub fn Sources(props: &SourcesProps) -> Html {
    let sorted = use_state_eq(|| (0usize, false));
    let pages = use_state_eq(|| 1usize);
    let (column, backwards) = *sorted;
    let filter = use_state_eq(|| (String::new(), false));
    let marked = use_state_eq(BTreeSet::<u32>::new);
    let hub = use_context::<Hub>();
    let example = use_context::<LoadingHandle>().is_some_and(|loading| loading.state.example);
    let rows = &props.answer.sources;
    let order = use_memo(
        (props.answer.clone(), *sorted, (*filter).clone()),
        |(answer, (column, backwards), (text, problems))| {
            let fits = |i: &usize| answer.sources.get(*i).is_some_and(|row| fits(row, text, *problems));
            order(&answer.sources, *column, *backwards).into_iter().filter(fits).collect::<Vec<_>>()
        },
    );
    let shown = order.len().min(PAGE * *pages);
    let typed = {
        let (setter, problems) = (filter.setter(), filter.1);
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
            setter.set((input.map(|input| input.value()).unwrap_or_default(), problems));
        })
    };
    let only_problems = {
        let (setter, text, problems) = (filter.setter(), filter.0.clone(), filter.1);
        Callback::from(move |_: MouseEvent| setter.set((text.clone(), !problems)))
    };
    let remove = {
        let (marked, hub) = (marked.clone(), hub);
        Callback::from(move |_: MouseEvent| {
            if let Some(hub) = &hub {
                hub.remove(&marked.iter().copied().collect::<Vec<_>>());
            }
            marked.set(BTreeSet::new());
        })
    };
    let mark = {
        let marked = marked.clone();
        Callback::from(move |source: u32| {
            let mut next = (*marked).clone();
            if !next.remove(&source) {
                next.insert(source);
            }
            marked.set(next);
        })
    };
    let head = |(index, words): (usize, &&'static str)| {
        let here = index == column;
        let largest_first = index >= FIGURES;
        let falling = here && (largest_first != backwards);
        let direction = here.then_some(if falling { "descending" } else { "ascending" });
        let setter = sorted.setter();
        let next = (index, here && !backwards);
        html! {
            <th scope="col" class={(index >= FIGURES).then_some("n")} aria-sort={direction}>
                <button type="button" title={format!("{} {words}", sources::SORT_BY)} onclick={move |_| setter.set(next)}>
                    { *words }
                    <span aria-hidden="true">{ if !here { "" } else if falling { " ↓" } else { " ↑" } }</span>
                </button>
            </th>
        }
    };
    let more = {
        let (setter, next) = (pages.setter(), *pages + 1);
        Callback::from(move |_: MouseEvent| setter.set(next))
    };
    html! {
        <>
        <div class="source-tools">
            <input type="search" class="search" data-testid="filter-sources" placeholder={sources::FILTER}
                aria-label={sources::FILTER} value={filter.0.clone()} oninput={typed} />
            <button type="button" class="quiet" aria-pressed={if filter.1 { "true" } else { "false" }} onclick={only_problems}>
                { sources::ONLY_PROBLEMS }</button>
            if !example {
                <button type="button" data-testid="remove-sources" title={sources::REMOVE_TITLE} disabled={marked.is_empty()}
                    onclick={remove}>
                    { sources::REMOVE }
                    if !marked.is_empty() { { " " }{ marked.len() } }
                </button>
            }
        </div>
        <div class="table-scroll">
        <table class="sources" data-testid="sources">
            <caption class="visually-hidden">{ sources::SOURCES }</caption>
            <thead><tr>
                if !example { <td></td> }
                { for sources::COLUMNS.iter().enumerate().map(head) }
            </tr></thead>
            <tbody>
                for row in order.iter().take(shown).filter_map(|i| rows.get(*i)) {
                    { source(row, (!example).then(|| (marked.contains(&row.source), mark.clone()))) }
                }
            </tbody>
        </table>
        </div>
        if shown < order.len() {
            <p class="more">
                <span class="hint">{ shared::shown(shown, order.len() as u32) }</span>
                <button type="button" class="quiet" onclick={more}>{ shared::MORE }</button>
            </p>
        }
        </>
    }
}

/// Whether a row fits what is typed.
fn fits(row: &SourceRow, text: &str, problems: bool) -> bool {
    let text = text.trim().to_ascii_lowercase();
    (!problems || !row.issues.is_empty())
        && (text.is_empty()
            || row.name.to_ascii_lowercase().contains(&text)
            || row.kind.contains(&text)
            || row.issues.iter().any(|issue| issue.code.contains(&text)))
}

fn source(row: &SourceRow, mark: Option<(bool, Callback<u32>)>) -> Html {
    let a = &row.accounts;
    let span = format!("{} – {} UTC", shared::when(row.first), shared::when(row.last));
    html! {
        <tr>
            if let Some((marked, on_mark)) = mark {
                <td class="mark">
                    <input type="checkbox" checked={marked} aria-label={format!("{} {}", sources::MARK, row.name)}
                        onchange={on_mark.reform({ let source = row.source; move |_: Event| source })} />
                </td>
            }
            <th scope="row" title={row.name.clone()}><bdi>{ named(&row.name) }</bdi></th>
            <td>{ sources::kind(&row.kind).to_owned() }</td>
            <td class="n">{ size(a.bytes) }</td>
            <td class="n" title={row.first.map(|_| span)}>{ number(u64::from(row.hours)) }</td>
            <td class="n">{ number(u64::from(row.nics)) }</td>
            <td class="n">{ number(a.records) }</td>
            <td class="n">{ number(a.duplicate_records) }</td>
            <td class="n">{ number(a.tuples) }</td>
            <td class="n">{ number(a.duplicate_tuples) }</td>
            <td class="n den">{ number(a.rejected_tuples) }</td>
            <td class="n den">{ number(row.issues.len() as u64) }</td>
        </tr>
    }
}
