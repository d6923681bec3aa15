//! Which rule decides a typed flow, stage by stage, and what the logs say of it. A name that stands for several addresses
//! is decided for each of them, and one pair of them leads to its stages.

use super::{head, not_understood};
use crate::ui::state::{Choice, ChoicesHandle};
use crate::ui::widgets::{named, number};
use crate::ui::words::{
    review::bare,
    rules as words,
    shared::{self, sentence},
};
use azflow_engine::session::{DecideAsk, DecisionAnswer, EndLine, PairLine};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct DecideProps {
    pub answer: Option<DecisionAnswer>,
}

#[component]
pub fn Decide(props: &DecideProps) -> Html {
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let typed = use_state_eq(|| {
        let asked = choices.rules.decide.clone();
        asked.unwrap_or_else(|| DecideAsk { protocol: "tcp".to_owned(), ..DecideAsk::default() })
    });
    let ask = {
        let (choices, typed) = (choices.clone(), typed.clone());
        Callback::from(move |ask: DecideAsk| {
            typed.set(ask.clone());
            let mut next = (*choices.rules).clone();
            next.decide = Some(ask);
            choices.dispatch(Choice::Rules(next));
        })
    };
    let run = {
        let (ask, typed) = (ask.clone(), typed.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            ask.emit((*typed).clone());
        })
    };
    // The same for one pair of addresses of what was asked.
    let one = {
        let asked = choices.rules.decide.clone().unwrap_or_default();
        ask.reform(move |(src, dst): (String, String)| DecideAsk { src, dst, ..asked.clone() })
    };
    let field = |label: &'static str,
                 handle: &'static str,
                 placeholder: &'static str,
                 of: fn(&mut DecideAsk) -> &mut String| {
        let value = of(&mut (*typed).clone()).clone();
        let oninput = {
            let typed = typed.clone();
            move |event: InputEvent| {
                let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
                let mut next = (*typed).clone();
                *of(&mut next) = input.map(|input| input.value()).unwrap_or_default();
                typed.set(next);
            }
        };
        html! {
            <label><span>{ label }</span>
                <input type="text" class="search" data-testid={handle} {value} {placeholder} {oninput} spellcheck="false" autocomplete="off" /></label>
        }
    };
    html! {
        <section class="decide">
            <p class="hint">{ words::DECIDE_LEAD }</p>
            <form class="decide-form" onsubmit={run}>
                { field(words::SRC, "decide-src", words::END, |ask| &mut ask.src) }
                { field(words::DST, "decide-dst", words::END, |ask| &mut ask.dst) }
                { field(words::PORT, "decide-port", "", |ask| &mut ask.port) }
                { field(words::PROTOCOL, "decide-protocol", "", |ask| &mut ask.protocol) }
                <button type="submit" class="primary" data-testid="decide-run">{ words::RUN }</button>
            </form>
            if let Some(answer) = props.answer.as_ref().filter(|_| choices.rules.decide.is_some()) { { verdict(answer, &one) } }
        </section>
    }
}

fn verdict(answer: &DecisionAnswer, one: &Callback<(String, String)>) -> Html {
    if let Some(problem) = &answer.problem {
        return html! { <p role="alert" class="problem" data-testid="decide-answer">{ sentence(problem) }</p> };
    }
    if answer.pairs.total > 0 {
        return pairs(answer, one);
    }
    let unasked = answer.stages.is_empty();
    let class = match answer.allows {
        _ if unasked => "warn-words",
        Some(true) => "allowed-words",
        Some(false) => "denied-words",
        None => "warn-words",
    };
    let denied = answer.stages.iter().any(|stage| stage.allows == Some(false));
    let mut past = false;
    let stage = |(word, name): (&'static str, &'static str)| {
        let found = answer.stages.iter().find(|stage| stage.stage == word);
        let unreached = denied && past;
        past |= found.is_some_and(|stage| stage.allows == Some(false));
        html! {
            <li class={found.map(|stage| match stage.allows { Some(true) => "f-kept", Some(false) => "f-breaks", None => "f-open" })}>
                <span>{ name }</span>
                if let Some(stage) = found {
                    <b>{ words::decided(stage.allows) }</b>
                    <span>{ named(&stage.rule) }<small>{ named(&stage.nsg) }</small></span>
                    if !stage.reason.is_empty() { <p class="hint">{ sentence(&stage.reason) }</p> }
                } else {
                    <span class="none">{ if unreached { words::NOT_REACHED } else { words::NO_GROUP } }</span>
                }
            </li>
        }
    };
    let stages: Vec<Html> = words::STAGES.into_iter().map(stage).collect();
    html! {
        <div data-testid="decide-answer" role="status">
            { ends(&answer.ends) }
            <p class={classes!("verdict", class)}>
                { if unasked { words::NO_GROUP_APPLIES } else { words::decided(answer.allows) } }
            </p>
            if !answer.reason.is_empty() { <p class="hint">{ sentence(&answer.reason) }</p> }
            if unasked { <p class="hint">{ words::NO_STAGE }</p> }
            <ol class="stages">{ stages }</ol>
            { not_understood(&answer.not_understood) }
            <h3>{ words::LOGGED }</h3>
            if let Some(seen) = &answer.seen {
                <p>{ shared::tally(seen) }</p>
                <ul>
                    for by in answer.logged.iter() {
                        <li>{ bare(&by.rule).to_owned() }{ " · " }{ by.acl.rsplit('/').next().unwrap_or_default().to_owned() }{ " · " }
                            { by.direction.as_str() }{ ": " }{ number(by.flows.0) }{ " · " }<span class="den">{ number(by.flows.1) }</span></li>
                    }
                </ul>
                if let Some(allows) = answer.allows.filter(|_| !unasked) {
                    <p class="hint">{ if allows == (seen.allowed_flows > 0 || seen.denied_flows == 0) { words::AGREES } else { words::DISAGREES } }</p>
                }
            } else {
                <p class="hint">{ words::NEVER_SEEN }</p>
            }
        </div>
    }
}

/// What names stand for.
fn ends(ends: &[EndLine; 2]) -> Html {
    html! {
        for end in ends.iter().filter(|end| end.is_name) {
            <p class="hint" data-testid="decide-end">
                { words::end(end) }
                for note in end.notes.iter() { { " " }{ sentence(note) } }
            </p>
        }
    }
}

/// What is decided of each pair of addresses that two names stand for.
fn pairs(answer: &DecisionAnswer, one: &Callback<(String, String)>) -> Html {
    let [src, dst] = &answer.ends;
    let place = |end: &EndLine, address: &str| {
        let found = end.addresses.rows.iter().find(|known| known.0 == address);
        let words = found.map(|(_, machine, subnet)| words::place(machine, subnet)).unwrap_or_default();
        html! { <td><code>{ address.to_owned() }</code><small>{ words }</small></td> }
    };
    let row = |pair: &PairLine| {
        let ask = {
            let ends = (pair.src.clone(), pair.dst.clone());
            one.reform(move |_: MouseEvent| ends.clone())
        };
        let class = match pair.allows {
            Some(true) => "allowed-words",
            Some(false) => "denied-words",
            None => "warn-words",
        };
        html! {
            <tr>
                { place(src, &pair.src) }
                { place(dst, &pair.dst) }
                <td><span {class}>{ words::decided(pair.allows) }</span>if !pair.reason.is_empty() { <small>{ sentence(&pair.reason) }</small> }</td>
                <td>{ pair.by.as_ref().map_or_else(|| words::NO_RULE.to_owned(), |(nsg, rule)| words::by(rule, nsg)) }</td>
                <td>{ if pair.is_seen { words::SEEN } else { "–" } }</td>
                <td><button type="button" class="link" onclick={ask} aria-label={words::stages_of(&pair.src, &pair.dst)}>{ words::STAGES_OF }</button></td>
            </tr>
        }
    };
    html! {
        <div data-testid="decide-answer" role="status">
            { ends(&answer.ends) }
            <p class="verdict" data-testid="decide-totals">{ words::pairs(answer.totals) }</p>
            { not_understood(&answer.not_understood) }
            <div class="table-scroll">
            <table class="rules-table" data-testid="decide-pairs">
                <caption class="visually-hidden">{ words::pairs(answer.totals) }</caption>
                { head(&words::PAIR_COLUMNS) }
                <tbody>{ for answer.pairs.rows.iter().map(row) }</tbody>
            </table>
            </div>
            if answer.pairs.rows.len() < answer.pairs.total as usize {
                <p class="hint">{ shared::shown(answer.pairs.rows.len(), answer.pairs.total) }</p>
            }
        </div>
    }
}
