//! The table of sources, sortable by every column.

use crate::session::{DataAnswer, SourceRow};
use crate::ui::state::Shared;
use crate::ui::text::{self, action};
use crate::ui::widgets::{number, size};
use crate::ui::words::data;
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
        1 => order.sort_by_key(|i| rows.get(*i).map(|r| r.kind.clone())),
        _ => order.sort_by_key(|i| std::cmp::Reverse(rows.get(*i).map_or(0, |r| figure(r, column)))),
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
    let rows = &props.answer.sources;
    let order = use_memo((props.answer.clone(), *sorted), |(answer, (column, backwards))| {
        order(&answer.sources, *column, *backwards)
    });
    let shown = rows.len().min(PAGE * *pages);
    let head = |(index, words): (usize, &&'static str)| {
        let here = index == column;
        let largest_first = index >= FIGURES;
        let falling = here && (largest_first != backwards);
        let direction = here.then_some(if falling { "descending" } else { "ascending" });
        let setter = sorted.setter();
        let next = (index, here && !backwards);
        html! {
            <th scope="col" class={(index >= FIGURES).then_some("n")} aria-sort={direction}>
                <button type="button" title={format!("{} {words}", data::SORT_BY)} onclick={move |_| setter.set(next)}>
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
        <div class="table-scroll">
        <table class="sources" data-testid="sources">
            <caption class="visually-hidden">{ data::SOURCES }</caption>
            <thead><tr>{ for data::COLUMNS.iter().enumerate().map(head) }</tr></thead>
            <tbody>
                for row in order.iter().take(shown).filter_map(|i| rows.get(*i)) {
                    { source(row) }
                }
            </tbody>
        </table>
        </div>
        if shown < rows.len() {
            <p class="more">
                <span class="hint">{ text::shown(shown, rows.len() as u32) }</span>
                <button type="button" class="quiet" onclick={more}>{ action::MORE }</button>
            </p>
        }
        </>
    }
}

fn source(row: &SourceRow) -> Html {
    let a = &row.accounts;
    let span = format!("{} – {} UTC", text::when(row.first), text::when(row.last));
    html! {
        <tr>
            <th scope="row" title={row.name.clone()}><bdi>{ row.name.clone() }</bdi></th>
            <td>{ text::kind(&row.kind).to_owned() }</td>
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
