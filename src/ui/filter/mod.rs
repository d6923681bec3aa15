//! The filter bar: a chip for each condition, an input that adds more.

use super::state::{Choice, ChoicesHandle, ResultsHandle};
use super::words::filter as words;
use crate::filter::{FilterError, parse, terms, without};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[component]
pub fn FilterBar() -> Html {
    let (Some(choices), Some(results)) = (use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let typed = use_state_eq(String::new);
    let error = use_state_eq(|| None::<FilterError>);
    let input = use_node_ref();
    let filter = &choices.view.filter;
    let chips = terms(filter);
    let set = {
        let (typed, error) = (typed.setter(), error.setter());
        move |text: String| {
            typed.set(text);
            error.set(None);
        }
    };
    let oninput = {
        let set = set.clone();
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
            set(input.map(|input| input.value()).unwrap_or_default());
        })
    };
    let onkeydown = {
        let (dispatcher, typed, error, set) =
            (choices.dispatcher(), typed.clone(), error.setter(), set.clone());
        let (filter, count, last) = (filter.clone(), chips.len(), chips.last().cloned());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => match parse(&typed) {
                Ok(_) => {
                    dispatcher.dispatch(Choice::Narrow((*typed).clone()));
                    set(String::new());
                }
                Err(why) => error.set(Some(why)),
            },
            "Escape" => {
                let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
                if let Some(input) = input {
                    // Focus cannot be refused to leave.
                    let _ = input.blur();
                }
            }
            "Backspace" if typed.is_empty() => {
                if let Some(last) = &last {
                    event.prevent_default();
                    dispatcher.dispatch(Choice::Filter(without(&filter, count - 1)));
                    set(last.clone());
                }
            }
            _ => {}
        })
    };
    let choose = |choice: fn() -> Choice| {
        let dispatcher = choices.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(choice()))
    };
    let all = choose(|| Choice::Filter(String::new()));
    let chip = |(number, term): (usize, &String)| {
        let dispatcher = choices.dispatcher();
        html! {
            <li class="chip" data-testid="filter-chip">
                <code>{ term.clone() }</code>
                <button type="button" aria-label={words::remove(term)}
                    onclick={move |_: MouseEvent| dispatcher.dispatch(Choice::Without(number))}>{ "×" }</button>
            </li>
        }
    };
    let shown = results.overview.get().filter(|_| !filter.is_empty()).map(|overview| words::shown(overview));
    html! {
        <search class="filter" aria-label={words::LABEL}>
            <div class="filter-line">
                <span class="filter-label" aria-hidden="true">{ words::LABEL }</span>
                <ul class="chips">{ for chips.iter().enumerate().map(chip) }</ul>
                <input ref={input} type="text" data-testid="filter-input" class="filter-input" aria-label={words::INPUT}
                    placeholder={words::PLACEHOLDER} autocomplete="off" spellcheck="false" value={(*typed).clone()}
                    aria-invalid={error.is_some().then_some("true")} {oninput} {onkeydown} />
                if !filter.is_empty() {
                    <button type="button" class="quiet" data-testid="filter-clear" aria-label={words::CLEAR} title={words::CLEAR}
                        onclick={all.clone()}>{ "×" }</button>
                }
            </div>
            if let Some(why) = &*error {
                <p class="filter-error" role="alert" data-testid="filter-error" data-at={why.at.to_string()}>{ why.message.clone() }</p>
            }
            if let Some(shown) = shown {
                <p class="filtered" role="status" data-testid="filtered">
                    { shown }
                    <button type="button" class="quiet" data-testid="show-all" onclick={all}>{ words::SHOW_ALL }</button>
                </p>
            }
        </search>
    }
}
