//! The drawing's twins: networks, peerings and subnets as tables.

use crate::ui::filter::listed;
use crate::ui::state::ChoicesHandle;
use crate::ui::widgets::{first_rows, named, number};
use crate::ui::words::network as words;
use azflow_engine::filter::{Field, exactly};
use azflow_engine::session::{NetworkAnswer, NetworkRow, PeeringRow, SubnetRow};
use yew::prelude::*;

/// A table of the Network screen.
pub(super) fn table(
    of: (&'static str, &'static str),
    columns: &[&'static str],
    figures: usize,
    rows: Vec<Html>,
    open: bool,
    more: Callback<MouseEvent>,
) -> Html {
    first_rows("network-table", of, (columns, figures), rows, open, more)
}

pub(super) fn section(title: &'static str, table: Html) -> Html {
    html! { <section aria-label={title}><h2>{ title }</h2>{ table }</section> }
}

fn name(answer: &NetworkAnswer, at: u32) -> String {
    answer.networks.get(at as usize).map(|n| n.name.clone()).unwrap_or_default()
}

/// A dash where there is nothing.
pub(super) fn or_dash(text: &str) -> Html {
    if text.is_empty() {
        html! { <span class="none">{ "–" }</span> }
    } else {
        html! { text.to_owned() }
    }
}

pub fn networks(answer: &NetworkAnswer, open: bool, more: Callback<MouseEvent>) -> Html {
    let row = |(at, row): (usize, &NetworkRow)| {
        let subnets = answer.subnets.iter().filter(|s| s.network == Some(at as u32)).count();
        html! {
            <tr>
                <th scope="row">{ named(&row.name) }if !row.on_file { { " " }<span class="badge">{ words::NOT_ON_FILE }</span> }</th>
                <td>{ or_dash(&row.location) }</td>
                <td><code>{ row.prefixes.join(", ") }</code></td>
                <td class="n">{ number(subnets as u64) }</td>
                <td class="n">{ number(u64::from(row.addresses)) }</td>
            </tr>
        }
    };
    let rows = answer.networks.iter().enumerate().map(row).collect();
    section(
        words::NETWORKS,
        table((words::NETWORKS, "networks-table"), &words::NETWORK_COLUMNS, 3, rows, open, more),
    )
}

pub fn peerings(answer: &NetworkAnswer, open: bool, more: Callback<MouseEvent>) -> Html {
    let row = |row: &PeeringRow| {
        let fine = row.state.eq_ignore_ascii_case("connected");
        html! {
            <tr>
                <th scope="row">{ name(answer, row.network) }</th>
                <td>{ named(&row.name) }</td>
                <td>{ name(answer, row.remote) }</td>
                <td class={(!fine).then_some("bad")}>{ or_dash(&row.state) }</td>
                <td>{ or_dash(&row.sync_level) }</td>
                for option in row.options { <td>{ words::flag(option) }</td> }
            </tr>
        }
    };
    if answer.peerings.is_empty() {
        return Html::default();
    }
    let rows = answer.peerings.iter().map(row).collect();
    section(
        words::PEERINGS,
        table((words::PEERINGS, "peerings-table"), &words::PEERING_COLUMNS, 9, rows, open, more),
    )
}

pub fn subnets(
    answer: &NetworkAnswer,
    open: bool,
    more: Callback<MouseEvent>,
    on_wish: &Callback<(String, String, String)>,
    choices: &ChoicesHandle,
) -> Html {
    let row = |row: &SubnetRow| {
        let network = row.network.map(|at| name(answer, at)).unwrap_or_default();
        let wish = row.prefixes.first().map(|prefix| (prefix.clone(), row.own_name.clone(), network.clone()));
        let words = if row.own_name.is_empty() { words::NAME } else { words::RENAME };
        let onclick = {
            let on_wish = on_wish.clone();
            move |_: MouseEvent| {
                if let Some(wish) = &wish {
                    on_wish.emit(wish.clone());
                }
            }
        };
        html! {
            <tr>
                <th scope="row">
                    <span class={row.network.is_none().then_some("inferred")}>{ named(&row.name) }</span>
                    if let Some(special) = row.special { { " " }<span class="badge">{ words::special(special) }</span> }
                    if row.by_hand { { " " }<span class="badge">{ words::HAND }</span> }
                    if !row.prefixes.is_empty() {
                        <button type="button" class="quiet name" aria-label={format!("{words} {}", row.name)} {onclick}>{ words }</button>
                    }
                </th>
                <td>{ or_dash(&network) }</td>
                <td><code>{ row.prefixes.join(", ") }</code></td>
                <td>{ or_dash(&row.nsg) }</td>
                <td>{ or_dash(&row.route_table) }</td>
                <td class="n">
                    if row.addresses == 0 { { number(0) } } else {
                        { listed(choices, exactly(Field::Net, &row.name), number(u64::from(row.addresses))) }
                    }
                </td>
            </tr>
        }
    };
    if answer.subnets.is_empty() {
        return Html::default();
    }
    let rows = answer.subnets.iter().map(row).collect();
    section(
        words::SUBNETS,
        table((words::SUBNETS, "subnets-table"), &words::SUBNET_COLUMNS, 5, rows, open, more),
    )
}
