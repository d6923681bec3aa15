//! What a set of rules would do: totals, tables, and the conversations behind each number.

use super::matrix::FateMatrix;
use super::{FIRST, changing, head, no_groups, not_understood};
use crate::browser::Hub;
use crate::ui::filter::listed;
use crate::ui::format::exact;
use crate::ui::open::OpenText;
use crate::ui::state::{Choice, ChoicesHandle};
use crate::ui::widgets::{Segmented, named, number};
use crate::ui::words::{
    rules as words,
    shared::{self, all, sentence},
};
use azflow_engine::rules::Fate;
use azflow_engine::session::{RuleSource, Selection, SimulatedPart, SimulationAnswer};
use yew::prelude::*;

/// Which rules are simulated.
#[component]
pub fn Source() -> Html {
    let (Some(hub), Some(choices)) = (use_context::<Hub>(), use_context::<ChoicesHandle>()) else {
        return Html::default();
    };
    let rules = &choices.rules;
    let on_choose = changing(&choices, |rules, at| {
        rules.source = words::SOURCES.get(at).map(|s| s.0).unwrap_or_default();
        rules.shown = SimulatedPart::default();
    });
    let open = {
        let choices = choices.clone();
        Callback::from(move |(name, text)| {
            hub.open_rules(text);
            let mut next = (*choices.rules).clone();
            next.file += 1;
            next.file_name = Some(name);
            next.source = RuleSource::File;
            next.shown = SimulatedPart::default();
            choices.dispatch(Choice::Rules(next));
        })
    };
    html! {
        <div class="toolbar">
            <Segmented label={words::SOURCE} {on_choose} chosen={words::SOURCES.iter().position(|s| s.0 == rules.source).unwrap_or_default()}
                options={words::SOURCES.map(|(_, word, title, handle)| (word, title, handle)).to_vec()} />
            <OpenText words={words::OPEN} accept=".json,application/json" handle="simulate-open" on_text={open} />
            if let Some(name) = &rules.file_name { <span>{ name.clone() }</span> }
        </div>
    }
}

pub fn simulate(
    answer: &SimulationAnswer,
    choices: &ChoicesHandle,
    all: &dyn Fn(u32) -> bool,
    more: &dyn Fn(u32) -> Callback<MouseEvent>,
) -> Html {
    if let Some(error) = &answer.error {
        let missing = choices.rules.source == RuleSource::Loaded;
        return if missing {
            no_groups()
        } else {
            html! { <p class="refused" role="alert" data-testid="simulation-error">{ sentence(error) }</p> }
        };
    }
    let shown = &choices.rules.shown;
    let on_default = changing(choices, |rules, _| {
        rules.shown = SimulatedPart { on_default: !rules.shown.on_default, ..SimulatedPart::default() };
    });
    let on_default = on_default.reform(|_: MouseEvent| 0);
    html! {
        <>
            <div class="fates" data-testid="simulation-totals">
                for (fate, count) in Fate::ALL.into_iter().zip(answer.totals) {
                    { total(fate, count, answer.loaded, shown.fate == Some(fate), show(choices, SimulatedPart { fate: Some(fate), ..SimulatedPart::default() })) }
                }
            </div>
            { not_understood(&answer.not_understood) }
            <p class="hint">{ words::UNIT }{ ". " }
                <button type="button" class="link" data-testid="simulation-default" aria-pressed={if shown.on_default { "true" } else { "false" }}
                    onclick={on_default}>{ words::on_default(answer) }</button></p>
            <div class="fate-places">
                <FateMatrix />
                if !shown.is_nothing() { { rows(answer, choices) } }
            </div>
            for at in 0..3_usize { { table(answer, at, choices, all(at as u32), more(at as u32)) } }
        </>
    }
}

/// Lists these conversations; the same again lists none.
fn show(choices: &ChoicesHandle, part: SimulatedPart) -> Callback<MouseEvent> {
    let choices = choices.clone();
    Callback::from(move |_: MouseEvent| {
        let mut next = (*choices.rules).clone();
        next.shown = if next.shown == part { SimulatedPart::default() } else { part.clone() };
        choices.dispatch(Choice::Rules(next));
    })
}

/// Those of a fate in a line of a table.
fn part_of(table: usize, (a, b): (&String, &String), fate: Fate) -> SimulatedPart {
    let part = SimulatedPart { fate: Some(fate), ..SimulatedPart::default() };
    if table == 0 {
        let ends = Selection { src: Some(a.clone()), dst: Some(b.clone()) };
        return SimulatedPart { ends, ..part };
    }
    SimulatedPart { line: Some((a.clone(), b.clone())), ..part }
}

fn total(fate: Fate, count: u64, loaded: Option<[u64; 5]>, on: bool, onclick: Callback<MouseEvent>) -> Html {
    let (sign, word, title, handle, class) = words::fate(fate);
    html! {
        <button type="button" class={classes!("fate", class, (count == 0).then_some("zero"))} data-testid={handle} {title} {onclick}
            aria-pressed={if on { "true" } else { "false" }}>
            <b>{ exact(count) }</b><span><span class="sign" aria-hidden="true">{ sign }</span>{ word }</span>
            if let Some(now) = loaded.and_then(|loaded| loaded.get(fate as usize).copied()) { <small>{ words::now(now) }</small> }
        </button>
    }
}

fn table(
    answer: &SimulationAnswer,
    at: usize,
    choices: &ChoicesHandle,
    open: bool,
    more: Callback<MouseEvent>,
) -> Html {
    let (Some(list), Some((title, [first, second], handle))) = (answer.tables.get(at), words::TABLES.get(at))
    else {
        return Html::default();
    };
    let shown = if open { list.rows.len() } else { list.rows.len().min(FIRST) };
    let mut columns = vec![*first, *second];
    if first.is_empty() {
        columns.remove(0);
    }
    columns.extend(Fate::ALL.map(|fate| words::fate(fate).1));
    html! {
        <section class="group" aria-label={*title}>
            <h2>{ *title }</h2>
            <div class="table-scroll">
            <table class="rules-table fate-table" data-testid={*handle}>
                <caption class="visually-hidden">{ *title }</caption>
                { head(&columns) }
                <tbody>
                    for (a, b, fates) in list.rows.iter().take(shown) {
                        <tr>
                            if !first.is_empty() { <td>{ if a.is_empty() { words::NO_RULE.to_owned() } else { a.clone() } }</td> }
                            <th scope="row">{ if b.is_empty() { "–" } else { b.as_str() } }</th>
                            for (fate, count) in Fate::ALL.into_iter().zip(*fates) {
                                <td class="n">
                                    if count > 0 {
                                        <button type="button" class={classes!("link", words::fate(fate).4)} title={words::fate(fate).2}
                                            onclick={show(choices, part_of(at, (a, b), fate))}>{ exact(count) }</button>
                                    } else { <span class="none">{ "–" }</span> }
                                </td>
                            }
                        </tr>
                    }
                </tbody>
            </table>
            </div>
            if shown < list.total as usize {
                <p class="more"><span class="hint">{ shared::shown(shown, list.total) }</span>
                    if !open { <button type="button" class="quiet" onclick={more}>{ all(list.rows.len()) }</button> }</p>
            }
        </section>
    }
}

fn rows(answer: &SimulationAnswer, choices: &ChoicesHandle) -> Html {
    let shown = &choices.rules.shown;
    let title = words::listed(shown);
    let outcome = |fate: Fate| {
        let (sign, word, _, _, class) = words::fate(fate);
        html! { <td><span class={classes!("outcome", class)}><span aria-hidden="true">{ sign }{ " " }</span>{ word }</span></td> }
    };
    let end = |(address, subnet): &(String, String)| {
        html! { <td><code>{ address.clone() }</code><small>{ subnet.clone() }</small></td> }
    };
    html! {
        <section class="group listed" aria-label={title.clone()} data-testid="simulation-flows">
            <h2>{ title }<span class="spring"></span>
                <button type="button" class="quiet" data-testid="simulation-close" onclick={show(choices, shown.clone())}>{ words::CLOSE }</button></h2>
            <div class="table-scroll">
            <table class="rules-table">
                { head(&words::FLOW_COLUMNS) }
                <tbody>
                    for row in answer.rows.rows.iter() {
                        <tr>
                            { outcome(row.fate) }
                            { end(&row.src) }
                            { end(&row.dst) }
                            <td>{ listed(choices, format!("src:{} dst:{}", row.src.0, row.dst.0), row.service.clone()) }</td>
                            <td>{ number(row.tally.allowed_flows) }{ " · " }<span class="den">{ number(row.tally.denied_flows) }</span></td>
                            <td>
                                if let Some((nsg, rule)) = &row.by { { named(rule) }<small>{ named(nsg) }</small> }
                                else { <span class="none">{ words::NO_RULE }</span> }
                            </td>
                        </tr>
                    }
                </tbody>
            </table>
            </div>
            if answer.rows.total == 0 { <p class="hint">{ words::NONE_SEEN }</p> }
            if answer.rows.rows.len() < answer.rows.total as usize {
                <p class="hint">{ shared::shown(answer.rows.rows.len(), answer.rows.total) }</p>
            }
        </section>
    }
}
