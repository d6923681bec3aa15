//! The breakdowns as tables with bars: each is its own chart and its own table.

use crate::ui::filter::narrow;
use crate::ui::state::{Choices, Shared};
use crate::ui::widgets::{Split, named, number, size};
use crate::ui::words::{details, review::untold, shared};
use azflow_core::model::Tally;
use azflow_engine::filter::{Field, exactly};
use azflow_engine::session::Breakdown;
use yew::prelude::*;

/// Rows shown before more are asked for.
const FIRST: usize = 8;

/// Equal as long as the answer is: a list is not made again for whatever else is chosen.
#[derive(Properties, PartialEq)]
pub struct ListProps {
    pub of: Shared<Breakdown>,
    pub choices: UseReducerDispatcher<Choices>,
}

/// A section with a table of which the first rows are shown, and only these are made.
fn section(
    (title, note): (&'static str, Option<&'static str>),
    (rows, row): (usize, &dyn Fn(usize) -> Html),
    head: Html,
    total: u32,
    open: &UseStateHandle<bool>,
) -> Html {
    let shown = if **open { rows } else { rows.min(FIRST) };
    let more = {
        let open = open.setter();
        Callback::from(move |_: MouseEvent| open.set(true))
    };
    html! {
        <section>
            <h3>{ title }if let Some(note) = note { <span class="note">{ note }</span> }</h3>
            <table class="list">
                <caption class="visually-hidden">{ title }</caption>
                <thead>{ head }</thead>
                <tbody>{ for (0..shown).map(row) }</tbody>
            </table>
            if shown < total as usize {
                <p class="more">
                    <span class="hint">{ shared::shown(shown, total) }</span>
                    if shown < rows {
                        <button type="button" class="quiet" onclick={more}>{ shared::MORE }</button>
                    }
                </p>
            }
        </section>
    }
}

pub(super) fn numbers(tally: &Tally) -> Html {
    html! {
        <>
            <td class="n">{ number(tally.allowed_flows) }</td>
            <td class="n den">{ number(tally.denied_flows) }</td>
        </>
    }
}

pub(super) fn bar(tally: &Tally, of: u64) -> Html {
    html! { <td class="bar"><Split allowed={tally.allowed_flows} denied={tally.denied_flows} {of} /></td> }
}

pub(super) fn heads(first: &[(&'static str, bool)], last: &[&'static str]) -> Html {
    html! {
        <tr>
            for (words, right) in first.iter() {
                <th scope="col" class={right.then_some("n")}>{ *words }</th>
            }
            <th scope="col"><span class="visually-hidden">{ details::SPLIT }</span></th>
            <th scope="col" class="n">{ details::ALLOWED }</th>
            <th scope="col" class="n">{ details::DENIED }</th>
            for words in last.iter() {
                <th scope="col" class="n">{ *words }</th>
            }
        </tr>
    }
}

pub(super) fn largest<'a>(tallies: impl Iterator<Item = &'a Tally>) -> u64 {
    tallies.map(Tally::attempts).max().unwrap_or_default()
}

#[component]
pub fn Services(props: &ListProps) -> Html {
    let open = use_state_eq(|| false);
    let (list, choices) = (&props.of.services, &props.choices);
    let of = largest(list.rows.iter().map(|r| &r.tally));
    let row = |at: usize| {
        let r = &list.rows[at];
        let name = r.name.clone().unwrap_or_default();
        let protocol = format!("proto:{}", r.protocol);
        let (port, term) = match r.port {
            Some(port) => (port.to_string(), format!("port:{port} {protocol}")),
            None => ("–".to_owned(), protocol),
        };
        html! {
            <tr>
                <th scope="row" class="port">
                    { narrow(choices, term, html! { <>{ port }<small>{ r.protocol.clone() }</small></> }) }
                </th>
                <td class="service-name" title={name.clone()}>{ name }</td>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
                <td class="n">{ size(r.tally.counters.bytes()) }</td>
                <td class="n hosts">{ number(u64::from(r.sources)) }{ " → " }{ number(u64::from(r.destinations)) }</td>
            </tr>
        }
    };
    let head = heads(&[(details::PORT, true), (details::NAME, false)], &[details::BYTES, details::HOSTS]);
    section((details::SERVICES, None), (list.rows.len(), &row), head, list.total, &open)
}

#[component]
pub fn Rules(props: &ListProps) -> Html {
    let open = use_state_eq(|| false);
    let (list, choices) = (&props.of.rules, &props.choices);
    let of = largest(list.rows.iter().map(|r| &r.tally));
    let row = |at: usize| {
        let r = &list.rows[at];
        // The last part of a resource's path is its name; the whole is in the title.
        let resource = r.acl.rsplit('/').next().unwrap_or_default();
        let way = r.direction.as_str();
        html! {
            <tr>
                <th scope="row" class="rule">
                    { narrow(choices, exactly(Field::Rule, &r.rule), if r.rule.is_empty() { "–".into() } else { named(&r.rule) }) }
                    <small title={r.acl.clone()}>{ narrow(choices, exactly(Field::Acl, &r.acl), named(resource)) }{ format!(" · {way}") }</small>
                    if let Some(words) = untold(&r.rule) { <small>{ format!("decided by {words}") }</small> }
                </th>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
            </tr>
        }
    };
    let head = heads(&[(details::RULE, false)], &[]);
    section((details::RULES, Some(details::AS_LOGGED)), (list.rows.len(), &row), head, list.total, &open)
}

#[component]
pub fn Directions(props: &ListProps) -> Html {
    let open = use_state_eq(|| true);
    let mut ways = vec![(details::INBOUND, props.of.inbound), (details::OUTBOUND, props.of.outbound)];
    if props.of.no_direction != Tally::default() {
        ways.push((details::NO_DIRECTION, props.of.no_direction));
    }
    let of = largest(ways.iter().map(|(_, t)| t));
    let row = |at: usize| {
        let (words, tally) = &ways[at];
        html! {
            <tr>
                <th scope="row">{ *words }</th>
                { bar(tally, of) }
                { numbers(tally) }
                <td class="n">{ size(tally.counters.bytes()) }</td>
            </tr>
        }
    };
    let head = heads(&[(details::DIRECTION, false)], &[details::BYTES]);
    section((details::DIRECTIONS, Some(details::AS_LOGGED)), (ways.len(), &row), head, 2, &open)
}

#[component]
pub fn Talkers(props: &ListProps) -> Html {
    let open = use_state_eq(|| false);
    let (list, choices) = (&props.of.talkers, &props.choices);
    let of = largest(list.rows.iter().map(|r| &r.tally));
    let row = |at: usize| {
        let r = &list.rows[at];
        html! {
            <tr>
                <th scope="row" class="pair">
                    { narrow(choices, format!("src:{}", r.src), r.src.clone()) }<br />{ "→ " }
                    { narrow(choices, format!("dst:{}", r.dst), r.dst.clone()) }
                </th>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
                <td class="n">{ size(r.tally.counters.bytes()) }</td>
                <td class="n">{ number(u64::from(r.services)) }</td>
            </tr>
        }
    };
    let head = heads(&[(details::PAIR, false)], &[details::BYTES, "services"]);
    section((details::TALKERS, None), (list.rows.len(), &row), head, list.total, &open)
}
