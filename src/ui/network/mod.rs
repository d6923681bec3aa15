//! The Network screen: a drawing of virtual networks with its tables, what is wrong, what is missing, NICs with the
//! commands for them, names by hand.

mod drawing;
mod names;
mod nics;
mod parts;
mod tables;

use super::state::{ChoicesHandle, ResultsHandle};
use super::widgets::Copy;
use super::words::{
    network as words,
    shared::{self, all},
};
use azflow_engine::session::NetworkAnswer;
use azflow_engine::topology::{Finding, FindingKind, Missing};
use drawing::Drawing;
use names::{Names, Wish};
use nics::nics;
use parts::{doubts, effective_tags, flow_logs, route_tables};
use tables::{networks, peerings, subnets};
use yew::prelude::*;

/// Findings shown before all are asked for.
const FINDINGS: usize = 8;

#[component]
pub fn NetworkScreen() -> Html {
    // What is to be named, as a click elsewhere on the screen proposes it.
    let wish = use_state_eq(Wish::default);
    let open = use_state_eq(|| [false; 9]);
    let (Some(results), Some(choices)) = (use_context::<ResultsHandle>(), use_context::<ChoicesHandle>())
    else {
        return Html::default();
    };
    let Some(answer) = results.network.get().cloned() else {
        return html! { <main class="network-screen skeleton" aria-busy="true"><p class="hint">{ words::WAITING }</p></main> };
    };
    let found: &NetworkAnswer = &answer;
    let on_wish = {
        let wish = wish.clone();
        Callback::from(move |(prefix, name, network): (String, String, String)| {
            wish.set(Wish { prefix, name, network, number: wish.number + 1 });
        })
    };
    let more = |which: usize| {
        let (open, mut next) = (open.setter(), *open);
        if let Some(place) = next.get_mut(which) {
            *place = true;
        }
        Callback::from(move |_: MouseEvent| open.set(next))
    };
    let described = !found.networks.is_empty();
    html! {
        <main class="network-screen">
            <div class="network-main">
                if described {
                    <section class="network-drawing" aria-label={words::DRAWING}>
                        <Drawing answer={answer.clone()} />
                    </section>
                } else {
                    { empty() }
                }
                { nics(found, &choices, results.acceleration.get().map(|a| &**a), open[4], more(4)) }
                if described {
                    { networks(found, open[0], more(0)) }
                    { peerings(found, open[1], more(1)) }
                }
                { subnets(found, open[2], more(2), &on_wish, &choices) }
                { route_tables(found, open[5], more(5)) }
                { effective_tags(found, open[6], more(6)) }
                { flow_logs(found, open[7], more(7)) }
                { doubts(found, open[8], more(8)) }
            </div>
            <aside class="network-side">
                if described { { findings(&found.findings, open[3], more(3), &on_wish) } }
                <Names wish={(*wish).clone()} answer={answer.clone()} />
                { missing(&found.missing) }
            </aside>
        </main>
    }
}

fn command(tool: &'static str, text: String) -> Html {
    html! {
        <div class="command">
            <div class="command-head"><span>{ tool }</span><Copy text={text.clone()} label={tool} /></div>
            <pre tabindex="0"><code>{ text }</code></pre>
        </div>
    }
}

/// What to drop, and how to get it.
fn empty() -> Html {
    html! {
        <section class="network-empty" data-testid="network-empty">
            <h2>{ words::EMPTY }</h2>
            <p class="hint">{ words::EMPTY_LEAD }</p>
            for (what, text) in words::FETCH {
                <div class="command">
                    <div class="command-head"><span>{ what }</span><Copy text={text} label={what} /></div>
                    <pre tabindex="0"><code>{ text }</code></pre>
                </div>
            }
            <p class="hint">{ words::EMPTY_LIST }</p>
        </section>
    }
}

fn findings(
    list: &[Finding],
    open: bool,
    more: Callback<MouseEvent>,
    on_wish: &Callback<(String, String, String)>,
) -> Html {
    let shown = if open { list.len() } else { list.len().min(FINDINGS) };
    let item = |finding: &Finding| {
        let by_hand = (finding.kind == FindingKind::SamePrefix).then(|| {
            let (on_wish, prefix) = (on_wish.clone(), finding.subject.clone());
            move |_: MouseEvent| on_wish.emit((prefix.clone(), String::new(), String::new()))
        });
        html! {
            <li data-code={finding.kind.as_str()}>
                <p><b>{ words::finding(finding.kind) }</b></p>
                <p class="finding-about">{ finding.networks.join(" ↔ ") }
                    if !finding.subject.is_empty() { { ": " }<code>{ finding.subject.clone() }</code> }
                </p>
                <p class="hint">{ shared::sentence(&finding.reason) }</p>
                if let Some(onclick) = by_hand {
                    <button type="button" class="quiet" {onclick}>{ words::NAME }</button>
                }
            </li>
        }
    };
    html! {
        <section aria-label={words::FINDINGS}>
            <h2>{ words::FINDINGS }
                if !list.is_empty() { <span class="count">{ list.len() }</span> }
            </h2>
            <ul class="findings" data-testid="findings">
                if list.is_empty() { <li class="fine">{ words::NO_FINDINGS }</li> }
                { for list.iter().take(shown).map(item) }
            </ul>
            if shown < list.len() {
                <p class="more"><button type="button" class="quiet" onclick={more}>{ all(list.len()) }</button></p>
            }
        </section>
    }
}

fn missing(list: &[Missing]) -> Html {
    let item = |missing: &Missing| {
        html! {
            <li>
                <p>{ shared::sentence(&missing.reason) }</p>
                { command(words::AZ, missing.az.clone()) }
                <details>
                    <summary>{ words::POWERSHELL }</summary>
                    { command(words::POWERSHELL, missing.powershell.clone()) }
                </details>
            </li>
        }
    };
    html! {
        <section aria-label={words::MISSING}>
            <h2>{ words::MISSING }</h2>
            <p class="hint">{ if list.is_empty() { words::NOTHING_MISSING } else { words::MISSING_LEAD } }</p>
            <ul class="missing" data-testid="missing">{ for list.iter().map(item) }</ul>
        </section>
    }
}
