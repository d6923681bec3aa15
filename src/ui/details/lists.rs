//! The breakdowns as tables with bars: each is its own chart and its own table.

use crate::filter::{Field, exactly};
use crate::model::{Direction, Tally};
use crate::session::{Capped, RuleRow, ServiceRow, TalkerRow};
use crate::ui::filter::narrow;
use crate::ui::state::ChoicesHandle;
use crate::ui::text::{self, action};
use crate::ui::widgets::{Split, number, size};
use crate::ui::words::details;
use yew::prelude::*;

/// Rows shown before more are asked for.
const FIRST: usize = 8;

#[derive(Properties, PartialEq)]
pub struct ListProps<T: PartialEq> {
    pub list: Capped<T>,
}

/// A section with a table of which the first rows are shown.
fn section(
    title: &'static str,
    note: Option<&'static str>,
    rows: &[Html],
    head: Html,
    total: u32,
    open: &UseStateHandle<bool>,
) -> Html {
    let shown = if **open { rows.len() } else { rows.len().min(FIRST) };
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
                <tbody>{ for rows.iter().take(shown).cloned() }</tbody>
            </table>
            if shown < total as usize {
                <p class="more">
                    <span class="hint">{ text::shown(shown, total) }</span>
                    if shown < rows.len() {
                        <button type="button" class="quiet" onclick={more}>{ action::MORE }</button>
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
pub fn Services(props: &ListProps<ServiceRow>) -> Html {
    let open = use_state_eq(|| false);
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let list = &props.list;
    let of = largest(list.rows.iter().map(|r| &r.tally));
    let row = |r: &ServiceRow| {
        let name = r.name.clone().unwrap_or_default();
        let protocol = format!("proto:{}", r.protocol);
        let (port, term) = match r.port {
            Some(port) => (port.to_string(), format!("port:{port} {protocol}")),
            None => ("–".to_owned(), protocol),
        };
        html! {
            <tr>
                <th scope="row" class="port">
                    { narrow(&choices, term, html! { <>{ port }<small>{ r.protocol.clone() }</small></> }) }
                </th>
                <td class="service-name" title={name.clone()}>{ name }</td>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
                <td class="n">{ size(r.tally.counters.bytes()) }</td>
                <td class="n hosts">{ number(u64::from(r.sources)) }{ " → " }{ number(u64::from(r.destinations)) }</td>
            </tr>
        }
    };
    let rows: Vec<Html> = list.rows.iter().map(row).collect();
    let head = heads(&[(details::PORT, true), (details::NAME, false)], &[details::BYTES, details::HOSTS]);
    section(details::SERVICES, None, &rows, head, list.total, &open)
}

#[component]
pub fn Rules(props: &ListProps<RuleRow>) -> Html {
    let open = use_state_eq(|| false);
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let list = &props.list;
    let of = largest(list.rows.iter().map(|r| &r.tally));
    let row = |r: &RuleRow| {
        // The last part of a resource's path is its name; the whole is in the title.
        let resource = r.acl.rsplit('/').next().unwrap_or_default().to_owned();
        let way = r.direction.as_str();
        html! {
            <tr>
                <th scope="row" class="rule">
                    { narrow(&choices, exactly(Field::Rule, &r.rule), if r.rule.is_empty() { "–".to_owned() } else { r.rule.clone() }) }
                    <small title={r.acl.clone()}>{ narrow(&choices, exactly(Field::Acl, &r.acl), resource) }{ format!(" · {way}") }</small>
                </th>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
            </tr>
        }
    };
    let rows: Vec<Html> = list.rows.iter().map(row).collect();
    let head = heads(&[(details::RULE, false)], &[]);
    section(details::RULES, Some(details::AS_LOGGED), &rows, head, list.total, &open)
}

#[derive(Properties, PartialEq)]
pub struct DirectionsProps {
    pub inbound: Tally,
    pub outbound: Tally,
}

#[component]
pub fn Directions(props: &DirectionsProps) -> Html {
    let open = use_state_eq(|| true);
    let ways = [(Direction::Inbound, props.inbound), (Direction::Outbound, props.outbound)];
    let of = largest(ways.iter().map(|(_, t)| t));
    let row = |(way, tally): &(Direction, Tally)| {
        let words = if *way == Direction::Inbound { details::INBOUND } else { details::OUTBOUND };
        html! {
            <tr>
                <th scope="row">{ words }</th>
                { bar(tally, of) }
                { numbers(tally) }
                <td class="n">{ size(tally.counters.bytes()) }</td>
            </tr>
        }
    };
    let rows: Vec<Html> = ways.iter().map(row).collect();
    let head = heads(&[(details::DIRECTION, false)], &[details::BYTES]);
    section(details::DIRECTIONS, Some(details::AS_LOGGED), &rows, head, 2, &open)
}

#[component]
pub fn Talkers(props: &ListProps<TalkerRow>) -> Html {
    let open = use_state_eq(|| false);
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let list = &props.list;
    let of = largest(list.rows.iter().map(|r| &r.tally));
    let row = |r: &TalkerRow| {
        html! {
            <tr>
                <th scope="row" class="pair">
                    { narrow(&choices, format!("src:{}", r.src), r.src.clone()) }<br />{ "→ " }
                    { narrow(&choices, format!("dst:{}", r.dst), r.dst.clone()) }
                </th>
                { bar(&r.tally, of) }
                { numbers(&r.tally) }
                <td class="n">{ size(r.tally.counters.bytes()) }</td>
                <td class="n">{ number(u64::from(r.services)) }</td>
            </tr>
        }
    };
    let rows: Vec<Html> = list.rows.iter().map(row).collect();
    let head = heads(&[(details::PAIR, false)], &[details::BYTES, "services"]);
    section(details::TALKERS, None, &rows, head, list.total, &open)
}
