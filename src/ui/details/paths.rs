//! What a selection's conversations cross, and the appliances on their way: tables with bars.

use super::lists::{ListProps, bar, heads, largest, numbers, section};
use crate::session::{HopRow, PathRow};
use crate::ui::widgets::{number, size};
use crate::ui::words::{details, network as words};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct PathsProps {
    pub rows: Vec<PathRow>,
}

#[component]
pub fn Paths(props: &PathsProps) -> Html {
    let open = use_state_eq(|| true);
    let of = largest(props.rows.iter().map(|r| &r.tally));
    let row = |r: &PathRow| {
        html! {
            <tr data-path={r.path.as_str()}>
                <th scope="row" class="rule" title={words::path_means(r.path)}>{ words::path(r.path) }</th>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
                <td class="n">{ size(r.tally.counters.bytes()) }</td>
                <td class="n">{ number(r.conversations) }</td>
            </tr>
        }
    };
    let rows: Vec<Html> = props.rows.iter().map(row).collect();
    let total = rows.len() as u32;
    let head = heads(&[(words::CROSSES, false)], &[details::BYTES, words::CONVERSATIONS]);
    html! { <div data-testid="paths">{ section(words::PATHS, None, &rows, head, total, &open) }</div> }
}

#[component]
pub fn Hops(props: &ListProps<HopRow>) -> Html {
    let open = use_state_eq(|| false);
    let list = &props.list;
    let of = largest(list.rows.iter().map(|r| &r.tally));
    let row = |r: &HopRow| {
        html! {
            <tr>
                <th scope="row" class="rule">
                    <span>{ r.machine.clone().unwrap_or_else(|| r.mac.clone()) }</span>
                    if r.machine.is_some() { <small>{ r.mac.clone() }</small> }
                </th>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
                <td class="n">{ number(r.conversations) }</td>
            </tr>
        }
    };
    let rows: Vec<Html> = list.rows.iter().map(row).collect();
    let head = heads(&[(words::APPLIANCE, false)], &[words::CONVERSATIONS]);
    html! { <div data-testid="hops">{ section(words::HOPS, Some(words::HOPS_NOTE), &rows, head, list.total, &open) }</div> }
}
