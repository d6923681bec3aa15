//! A service: what was seen of it, and what is said of it.

use super::{focus, input};
use crate::ui::format::{day, drawn, exact, moment, span};
use crate::ui::state::{Choice, ChoicesHandle};
use crate::ui::widgets::{Split, number};
use crate::ui::words::{findings, network, review as words};
use azflow_core::store::Noise;
use azflow_engine::rules::{Mark, Verdict};
use azflow_engine::session::{ReviewRow, Selection};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

/// A row of the table. Only the row that is a tab stop has its controls in the tab order.
pub fn row(
    row: &ReviewRow,
    here: bool,
    choices: &ChoicesHandle,
    set_here: UseStateSetter<usize>,
    at: usize,
) -> Html {
    let known = choices.marks.get(&row.mark.src, &row.mark.dst, row.mark.protocol, row.mark.port);
    let own = known.cloned().unwrap_or_else(|| {
        let mark = &row.mark;
        Mark::of(&mark.src, &mark.dst, mark.protocol, mark.port)
    });
    // The answer is from before the last change of this row's own mark, or says what wider ones say.
    let wider = (own.verdict.is_none() && row.mark.verdict.is_none()).then_some(row);
    let verdict = own.verdict.or(wider.and_then(ReviewRow::verdict));
    let mixed = wider.is_some_and(ReviewRow::is_mixed);
    let overrides = words::overrides(&row.denials);
    let say = {
        let (choices, own) = (choices.dispatcher(), own.clone());
        Callback::from(move |verdict: Option<Verdict>| {
            choices.dispatch(Choice::Mark(vec![Mark { verdict, ..own.clone() }]));
        })
    };
    let on_key = {
        let say = say.clone();
        Callback::from(move |event: KeyboardEvent| key(&event, &say))
    };
    let on_focus = move |_: FocusEvent| set_here.set(at);
    let tab = if here { "0" } else { "-1" };
    let class = classes!(
        match verdict {
            Some(Verdict::Needed) => "v-needed",
            Some(Verdict::NotNeeded) => "v-not-needed",
            Some(Verdict::Ask) => "v-ask",
            None => "v-open",
        },
        (own.verdict.is_none() && verdict.is_some()).then_some("wider")
    );
    let mark = &row.mark;
    let key = format!("{}|{}|{}|{:?}", mark.src, mark.dst, mark.protocol, mark.port);
    html! {
        <tr {key} {class} tabindex={tab} data-testid="review-row" aria-label={words::row(row)} onkeydown={on_key} onfocusin={on_focus}>
            { pair(row, choices, tab) }
            { seen(row, if verdict == Some(Verdict::Needed) { &overrides } else { &[] }) }
            <td class="c6">
                <div class="say" role="group" aria-label={words::COLUMNS[6]}>
                    for said in Verdict::ALL {
                        { button(said, verdict == Some(said), own.verdict == Some(said), &say, (tab, &overrides)) }
                    }
                </div>
                if mixed { <small class="warn-words">{ words::MIXED }</small> }
                if own.verdict.is_none() && verdict.is_some() { <small>{ words::WIDER }</small> }
            </td>
            <td class="c7">
                { field(&own, true, choices, tab) }
                { field(&own, false, choices, tab) }
            </td>
        </tr>
    }
}

/// Whom it is between.
fn pair(row: &ReviewRow, choices: &ChoicesHandle, tab: &'static str) -> Html {
    let mark = &row.mark;
    let (src, dst) = row.subnets.clone().unwrap_or((mark.src.clone(), mark.dst.clone()));
    let only = {
        let choices = choices.dispatcher();
        let pair = Selection { src: Some(src.clone()), dst: Some(dst.clone()) };
        move |_: MouseEvent| choices.dispatch(Choice::Select(pair.clone()))
    };
    html! {
        <>
        <th scope="row" class="c0">
            <button type="button" class="link" tabindex={tab} title={words::ONLY_PAIR} onclick={only}>
                <bdi>{ drawn(&mark.src) }</bdi>{ " → " }<bdi>{ drawn(&mark.dst) }</bdi></button>
            <small title={network::path_means(row.path)}>
                if row.subnets.is_some() { { format!("{} → {} · ", drawn(&src), drawn(&dst)) } }
                { network::path(row.path) }
            </small>
        </th>
        <td class="c1">
            <b>{ mark.port.map_or_else(|| mark.protocol.to_string(), |port| port.to_string()) }</b>
            if let Some(name) = &row.name { { " " }{ name.clone() } }
            <small>{ if mark.port.is_some() { mark.protocol.to_string() } else { String::new() } }</small>
        </td>
        </>
    }
}

/// What was seen of it, and which denials its mark overrides.
fn seen(row: &ReviewRow, overrides: &[String]) -> Html {
    let tally = &row.tally;
    let (first, last) = row.seen;
    let days = if day(first) == day(last) { day(first) } else { span(first, last) };
    let noise = Noise::KINDS.iter().zip(row.noise).map(|(kind, count)| (count, findings::noise(*kind)));
    let notes: Vec<String> = std::iter::once((row.begun_earlier, words::EARLIER))
        .chain(noise)
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{} {}", exact(u64::from(count)), words.to_lowercase()))
        .collect();
    let by = row.decided.rows.first();
    let all: Vec<String> = row
        .decided
        .rows
        .iter()
        .map(|by| {
            format!(
                "{} ({}, {}): {} · {}",
                by.rule,
                by.acl,
                by.direction.as_str(),
                exact(by.flows.0),
                exact(by.flows.1)
            )
        })
        .collect();
    html! {
        <>
        <td class="c2">
            <Split allowed={tally.allowed_flows} denied={tally.denied_flows} />
            <span class="figures"><span>{ number(tally.allowed_flows) }</span>{ " · " }<span class="den">{ number(tally.denied_flows) }</span></span>
            if !notes.is_empty() { <small>{ notes.join(", ") }</small> }
        </td>
        <td class="c3">{ number(u64::from(row.hosts.0)) }{ " → " }{ number(u64::from(row.hosts.1)) }</td>
        <td class="c4" title={format!("{} – {}", moment(first), moment(last))}>
            { days }
            <small>{ format!("{} – {}", crate::ui::format::clock(first), crate::ui::format::clock(last)) }</small>
        </td>
        <td class="c5" title={all.join("\n")}>
            if let Some(by) = by {
                <span>{ drawn(words::bare(&by.rule)) }</span>
                <small>
                    { drawn(by.acl.rsplit('/').next().unwrap_or_default()) }{ " · " }{ by.direction.as_str() }
                    if row.decided.total > 1 { { format!(" · + {}", row.decided.total - 1) } }
                </small>
            }
            for what in overrides { <em class="warn-words overrides" data-testid="review-overrides">{ "! " }{ what.clone() }</em> }
        </td>
        </>
    }
}

fn button(
    said: Verdict,
    on: bool,
    own: bool,
    say: &Callback<Option<Verdict>>,
    (tab, overrides): (&'static str, &[String]),
) -> Html {
    let (sign, word, title) = words::verdict(said);
    let mut title = title.to_owned();
    if said == Verdict::Needed && !overrides.is_empty() {
        title.push_str(&words::would_override(overrides));
    }
    let onclick = say.reform(move |_: MouseEvent| (!own).then_some(said));
    html! {
        <button type="button" tabindex={tab} {title} data-testid={words::handle(said, false)} aria-label={word}
            aria-pressed={if on { "true" } else { "false" }} {onclick}>
            <span aria-hidden="true">{ sign }</span><span class="word">{ word }</span>
        </button>
    }
}

/// The owner's or the note's field; it counts when it is left.
fn field(own: &Mark, owner: bool, choices: &ChoicesHandle, tab: &'static str) -> Html {
    let (words, handle, value) = if owner {
        (words::OWNER, "review-owner", &own.owner)
    } else {
        (words::NOTE, "review-note", &own.note)
    };
    let onchange = {
        let (choices, own) = (choices.dispatcher(), own.clone());
        move |event: Event| {
            let text = input(event.target()).map(|input| input.value().trim().to_owned()).unwrap_or_default();
            let mut mark = own.clone();
            *if owner { &mut mark.owner } else { &mut mark.note } = text;
            choices.dispatch(Choice::Mark(vec![mark]));
        }
    };
    html! {
        <input type="text" tabindex={tab} data-testid={handle} aria-label={words} placeholder={words} value={value.clone()} {onchange} />
    }
}

/// The keys of a row; what is typed into a field is the field's, but for Escape.
fn key(event: &KeyboardEvent, say: &Callback<Option<Verdict>>) {
    // Events are heard at the root of the page, so the row is looked up from where they began.
    let target: Option<Element> = event.target().and_then(|t| t.dyn_into().ok());
    let Some(row) = target.and_then(|target| target.closest("tr").ok().flatten()) else { return };
    let find = |handle: &str| row.query_selector(&format!("[data-testid={handle}]")).ok().flatten();
    if input(event.target()).is_some() {
        if event.key() == "Escape" {
            focus(Some(row));
        }
        return;
    }
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    let mark = |verdict: Option<Verdict>| {
        say.emit(verdict);
        focus(row.next_element_sibling());
    };
    match event.key().as_str() {
        "n" => mark(Some(Verdict::Needed)),
        "x" => mark(Some(Verdict::NotNeeded)),
        "a" => mark(Some(Verdict::Ask)),
        "u" => mark(None),
        "o" => focus(find("review-owner")),
        "t" => focus(find("review-note")),
        "ArrowDown" => focus(row.next_element_sibling()),
        "ArrowUp" => focus(row.previous_element_sibling()),
        "Home" => focus(row.parent_element().and_then(|body| body.first_element_child())),
        "End" => focus(row.parent_element().and_then(|body| body.last_element_child())),
        _ => return,
    }
    event.prevent_default();
}
