//! The Rules screen: audit what is loaded, draft from traffic and review, simulate, ask which rule decides.

mod audit;
mod decide;
mod difference;
mod draft;
mod folds;
mod matrix;
mod outcomes;
mod simulate;

use super::state::{Choice, ChoicesHandle, ResultsHandle, RulesChoice};
use super::widgets::{Copy, Segmented};
use super::words::rules as words;
use azflow_engine::session::RulesAnswer;
use decide::Decide;
use folds::Folds;
use yew::prelude::*;

/// Lines of a table shown before all are asked for.
const FIRST: usize = 12;
/// So many sentences are shown without asking.
const FEW: usize = 4;

/// What of the groups was not understood: open where it is little, since answers depend on it.
fn not_understood(list: &[String]) -> Html {
    if list.is_empty() {
        return Html::default();
    }
    html! {
        <details class="not-understood hint" data-testid="not-understood" open={list.len() <= FEW}>
            <summary>{ words::not_understood(list.len()) }</summary>
            <ul>for line in list.iter() { <li>{ line.clone() }</li> }</ul>
        </details>
    }
}

#[component]
pub fn RulesScreen() -> Html {
    // Which tables show all that they have.
    let open = use_state_eq(|| 0_u32);
    let turned = use_state_eq(Vec::new);
    let (Some(results), Some(choices)) = (use_context::<ResultsHandle>(), use_context::<ChoicesHandle>())
    else {
        return Html::default();
    };
    let part = choices.rules.part;
    let on_choose = changing(&choices, |rules, at| rules.part = at);
    let answer = results.rules.get().map(|answer| &**answer);
    let more = |table: u32| {
        let (setter, next) = (open.setter(), *open | 1 << table);
        Callback::from(move |_: MouseEvent| setter.set(next))
    };
    let all = |table: u32| *open >> table & 1 == 1;
    let body = match (part, answer) {
        (0, Some(RulesAnswer::Audit(found))) => {
            audit::audit(found, &Folds::new(part, &found.groups, turned), &choices)
        }
        (1, Some(RulesAnswer::Draft(found))) => {
            let text = results.rules_text.get().filter(|_| results.rules_text.settled().is_some());
            let diff = results.rules_diff.get().filter(|_| results.rules_diff.settled().is_some());
            let rest = difference::difference(diff.map(|answer| &**answer), all(3), more(3));
            let outcomes =
                results.rules_outcomes.get().filter(|_| results.rules_outcomes.settled().is_some());
            let outcomes = match outcomes.map(|answer| &**answer) {
                Some(RulesAnswer::Outcomes(outcomes)) => Some(outcomes),
                _ => None,
            };
            let folds = Folds::new(part, &found.groups, turned);
            let draft = draft::draft(found, outcomes, text.cloned(), &folds, &choices);
            html! { <>{ draft }if found.error.is_none() { { rest } }</> }
        }
        (2, Some(RulesAnswer::Simulation(found))) => simulate::simulate(found, &choices, &all, &more),
        (3, answer) => {
            let answer =
                if let Some(RulesAnswer::Decision(found)) = answer { Some(found.clone()) } else { None };
            html! { <Decide {answer} /> }
        }
        _ => html! { <p class="hint waiting" aria-busy="true">{ words::WAITING }</p> },
    };
    html! {
        <main class="rules-screen">
            <div class="toolbar rules-parts">
                <Segmented label={words::PART} options={words::PARTS.to_vec()} chosen={part} {on_choose} />
                if !choices.view.filter.is_empty() { <span class="hint">{ words::UNFILTERED }</span> }
            </div>
            if part == 1 { { draft::knobs(&choices) } }
            if part == 2 { <simulate::Source /> }
            { body }
        </main>
    }
}

/// Changes what is chosen on this screen by a number.
fn changing(choices: &ChoicesHandle, change: impl Fn(&mut RulesChoice, usize) + 'static) -> Callback<usize> {
    let choices = choices.clone();
    Callback::from(move |at: usize| {
        let mut next = (*choices.rules).clone();
        change(&mut next, at);
        choices.dispatch(Choice::Rules(next));
    })
}

/// Without groups: which commands fetch them.
fn no_groups() -> Html {
    html! {
        <section class="network-empty" data-testid="rules-empty">
            <h2>{ words::NO_GROUPS }</h2>
            <p class="hint">{ words::NO_GROUPS_LEAD }</p>
            for (what, text) in words::FETCH {
                <div class="command">
                    <div class="command-head"><span>{ what }</span><Copy text={text} label={what} /></div>
                    <pre tabindex="0"><code>{ text }</code></pre>
                </div>
            }
        </section>
    }
}

/// A heading of columns.
fn head(columns: &[&'static str]) -> Html {
    html! { <thead><tr>{ for columns.iter().map(|words| html! { <th scope="col">{ *words }</th> }) }</tr></thead> }
}

/// Allow or deny, by sign and word.
fn access(allows: bool) -> Html {
    html! {
        <span class={if allows { "allowed-words" } else { "denied-words" }}>{ if allows { words::ALLOW } else { words::DENY } }</span>
    }
}
