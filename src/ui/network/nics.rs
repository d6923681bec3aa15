//! NICs with the traffic at each, and the commands for those chosen.

use super::command;
use super::tables::{or_dash, table};
use crate::ui::filter::listed;
use crate::ui::state::{Choice, ChoicesHandle};
use crate::ui::widgets::{named, number, size};
use crate::ui::words::{network as words, shared};
use azflow_engine::session::{NetworkAnswer, NicRow};
use azflow_engine::topology::Acceleration;
use std::collections::BTreeSet;
use yew::prelude::*;

pub fn nics(
    answer: &NetworkAnswer,
    choices: &ChoicesHandle,
    commands: Option<&Acceleration>,
    open: bool,
    more: Callback<MouseEvent>,
) -> Html {
    if answer.nics.total == 0 {
        return Html::default();
    }
    let list = &answer.nics;
    let chosen = &choices.nics;
    let set = |next: BTreeSet<String>| {
        let choices = choices.dispatcher();
        Callback::from(move |_: MouseEvent| choices.dispatch(Choice::Nics(next.clone())))
    };
    let without: BTreeSet<String> =
        list.rows.iter().filter(|n| n.accelerated == Some(false)).map(|n| n.id.clone()).collect();
    let row = |nic: &NicRow| {
        let on_mark = {
            let (choices, id) = (choices.clone(), nic.id.clone());
            Callback::from(move |_: Event| {
                let mut next = (*choices.nics).clone();
                if !next.remove(&id) {
                    next.insert(id.clone());
                }
                choices.dispatch(Choice::Nics(next));
            })
        };
        one(nic, choices, chosen.contains(&nic.id), on_mark)
    };
    let mut columns = vec![""];
    columns.extend(words::NIC_COLUMNS);
    let rows: Vec<Html> = list.rows.iter().map(row).collect();
    html! {
        <section aria-label={words::NICS}>
            <h2>{ words::NICS }</h2>
            <p class="hint">{ if without.is_empty() { words::NICS_ORDER } else { words::NICS_LEAD } }</p>
            if !without.is_empty() {
                <p class="buttons">
                    <button type="button" class="quiet" data-testid="choose-nics" onclick={set(without)}>{ words::MARK_ALL }</button>
                    if !chosen.is_empty() {
                        <button type="button" class="quiet" onclick={set(BTreeSet::new())}>{ words::UNMARK }</button>
                    }
                </p>
            }
            { table((words::NICS, "nics-table"), &columns, words::NIC_FIGURES + 1, rows, open, more) }
            if list.rows.len() < list.total as usize {
                <p class="hint">{ shared::shown(list.rows.len(), list.total) }</p>
            }
            if let Some(commands) = commands.filter(|_| !chosen.is_empty()) { { accelerate(commands) } }
        </section>
    }
}

fn one(nic: &NicRow, choices: &ChoicesHandle, chosen: bool, on_mark: Callback<Event>) -> Html {
    let who = if nic.name.is_empty() { &nic.mac } else { &nic.name };
    html! {
        <tr>
            <td class="mark">
                if !nic.id.is_empty() {
                    <input type="checkbox" checked={chosen} aria-label={format!("{} {who}", words::MARK)} onchange={on_mark} />
                }
            </td>
            <th scope="row">
                if nic.id.is_empty() { <span class="hint">{ words::UNKNOWN_NIC }</span> } else { { or_dash(&nic.machine) } }
                if !nic.size.is_empty() { { " " }<span class="hint size">{ nic.size.clone() }</span> }
                <small>{ named(&nic.name) }{ " " }<code>{ if nic.mac.is_empty() { Html::default() } else { listed(choices, format!("nic:{}", nic.mac), nic.mac.clone()) } }</code></small>
            </th>
            <td><code>{ for nic.addresses.iter().map(|a| html! { <>{ a.clone() }<br /></> }) }</code></td>
            <td>{ or_dash(&nic.subnet) }</td>
            <td class="groups">{ for words::groups(nic).into_iter().map(|g| html! { <>{ g }<br /></> }) }</td>
            <td>{ words::flag(nic.accelerated) }</td>
            <td>{ words::flag(nic.forwards) }</td>
            <td class="n">{ number(nic.tally.allowed_flows) }</td>
            <td class="n den">{ number(nic.tally.denied_flows) }</td>
            <td class="n">{ size(nic.tally.counters.bytes()) }</td>
        </tr>
    }
}

fn accelerate(found: &Acceleration) -> Html {
    html! {
        <div class="accelerate" data-testid="acceleration">
            <h3>{ words::ACCELERATE }</h3>
            <p>{ words::chosen(found.nics.len(), found.machines.len()) }</p>
            if !found.nics.is_empty() {
                <div class="accelerate-body">
                    <ul class="before">
                        for words in words::PRECONDITIONS { <li>{ words }</li> }
                        for note in found.notes.iter() { <li class="note">{ shared::sentence(note) }</li> }
                    </ul>
                    <div>
                        { command(words::AZ, found.az.join("\n")) }
                        { command(words::POWERSHELL, found.powershell.join("\n")) }
                    </div>
                </div>
            }
        </div>
    }
}
