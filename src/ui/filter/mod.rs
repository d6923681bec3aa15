//! The filter bar: a chip for each condition, an input that adds more, undo and redo.

mod input;

use super::hooks::Trail;
use super::state::{Choice, Choices, ChoicesHandle, ResultsHandle};
use super::words::{filter as words, flows};
use azflow_engine::filter::terms;
use input::FilterInput;
use yew::prelude::*;

#[component]
pub fn FilterBar() -> Html {
    let (Some(choices), Some(results), Some(trail)) =
        (use_context::<ChoicesHandle>(), use_context::<ResultsHandle>(), use_context::<Trail>())
    else {
        return Html::default();
    };
    let filter = &choices.view.filter;
    let all = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(Choice::Filter(String::new())))
    };
    let help = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(Choice::Keys(true)))
    };
    // There is a line without a filter too: what is below must not move when one is set.
    let shown = results.overview.get().map(|overview| match filter.is_empty() {
        true => words::EVERYTHING.to_owned(),
        false => words::shown(overview),
    });
    let step = |steps: i32, there: bool, sign: &'static str, handle: &'static str, title: &'static str| {
        let go = trail.go.clone();
        html! {
            <button type="button" class="quiet" data-testid={handle} aria-label={title} {title} disabled={!there}
                onclick={move |_: MouseEvent| go.emit(steps)}>{ sign }</button>
        }
    };
    html! {
        <search class="filter" aria-label={words::LABEL}>
            <div class="filter-line">
                <span class="filter-label" aria-hidden="true">{ words::LABEL }</span>
                <FilterInput terms={terms(filter)} />
                if !filter.is_empty() {
                    <button type="button" class="quiet" data-testid="filter-clear" aria-label={words::CLEAR} title={words::CLEAR}
                        onclick={all.clone()}>{ "×" }</button>
                }
                { step(-1, trail.back, "↶", "undo", words::UNDO) }
                { step(1, trail.forward, "↷", "redo", words::REDO) }
                <button type="button" class="quiet" data-testid="help" aria-label={words::keys::TITLE} title={words::keys::TITLE}
                    onclick={help}>{ "?" }</button>
            </div>
            if let Some(shown) = shown {
                <p class="filtered" role="status" data-testid="filtered">
                    { shown }
                    if !filter.is_empty() {
                        <button type="button" class="quiet" data-testid="show-all" onclick={all}>{ words::SHOW_ALL }</button>
                    }
                </p>
            }
        </search>
    }
}

/// What a cell says, as a button that shows only that.
pub fn narrow(choices: &UseReducerDispatcher<Choices>, term: String, words: impl Into<Html>) -> Html {
    link(choices.clone(), term, words.into(), (words::NARROW, Choice::Narrow))
}

/// The same, which lists the conversations.
pub fn listed(choices: &ChoicesHandle, term: String, words: impl Into<Html>) -> Html {
    link(choices.dispatcher(), term, words.into(), (flows::LIST, Choice::List))
}

fn link(
    choices: UseReducerDispatcher<Choices>,
    term: String,
    words: Html,
    (title, make): (&'static str, fn(String) -> Choice),
) -> Html {
    let onclick = {
        let term = term.clone();
        move |_: MouseEvent| choices.dispatch(make(term.clone()))
    };
    html! { <button type="button" class="link" {title} data-narrow={term} {onclick}>{ words }</button> }
}

/// Above every screen, when the page's address says something that this version does not know.
pub fn unknown_place(choices: &ChoicesHandle) -> Html {
    html! {
        if choices.unknown_place {
            <p class="refused" role="status" data-testid="unknown-place">{ words::UNKNOWN_PLACE }</p>
        }
    }
}
