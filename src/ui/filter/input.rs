//! Where conditions are written: chips, the input with its suggestions, and the place of an error.

use crate::browser::Hub;
use crate::ui::state::{Choice, ChoicesHandle, ResultsHandle};
use crate::ui::words::filter as words;
use azflow_engine::filter::{Completion, FilterError, parse};
use azflow_engine::session::Query;
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A pause in typing after which names are looked up.
const PAUSE_MS: u32 = 40;

#[derive(Properties, PartialEq)]
pub struct FilterInputProps {
    /// The conditions that are in force.
    pub terms: Vec<String>,
}

/// What is in the input.
#[derive(Debug, Default, Clone, PartialEq)]
struct Typed {
    text: String,
    /// Characters before the cursor.
    cursor: usize,
    /// Whether suggestions are wanted.
    open: bool,
    /// The suggestion that the arrows are at.
    active: Option<usize>,
    error: Option<FilterError>,
}

fn typed(text: String, open: bool) -> Typed {
    Typed { cursor: text.chars().count(), text, open, ..Typed::default() }
}

/// The text with a suggestion put in, the cursor behind it.
fn completed(text: &str, found: &Completion, at: usize) -> Option<Typed> {
    let put = &found.list.get(at)?.text;
    let before: String = text.chars().take(found.from).collect();
    let after: String = text.chars().skip(found.until).collect();
    let cursor = found.from + put.chars().count();
    // A field or measure goes on, a value is a whole term.
    let open = put.ends_with([':', '>']);
    Some(Typed { text: format!("{before}{put}{after}"), cursor, open, ..Typed::default() })
}

fn element(event: &Event) -> Option<HtmlInputElement> {
    event.target()?.dyn_into().ok()
}

#[component]
pub fn FilterInput(props: &FilterInputProps) -> Html {
    let (Some(hub), Some(choices), Some(results)) =
        (use_context::<Hub>(), use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let state = use_state_eq(Typed::default);
    let node = use_node_ref();
    // The text that names were looked up for, and the ticket of that question.
    let asked = use_state_eq(|| (u32::MAX, String::new(), 0usize));
    use_effect_with((state.text.clone(), state.cursor, state.open), {
        let (before, asked, view) = (asked.0, asked.setter(), choices.view.clone());
        move |(text, cursor, open)| {
            let (text, cursor) = (text.clone(), *cursor);
            let timer = open.then(|| {
                Timeout::new(PAUSE_MS, move || {
                    hub.forget(before);
                    let ticket = hub.ask(Query::Complete(view, text.clone(), cursor as u32));
                    asked.set((ticket, text, cursor));
                })
            });
            move || drop(timer)
        }
    });
    use_effect_with((state.text.clone(), state.cursor), {
        let node = node.clone();
        move |(text, cursor)| {
            let units = text.chars().take(*cursor).map(char::len_utf16).sum::<usize>() as u32;
            if let Some(input) = node.cast::<HtmlInputElement>()
                && input.selection_start().ok().flatten() != Some(units)
                && input.value() == *text
            {
                // An input of text always has a selection.
                let _ = input.set_selection_range(units, units);
            }
        }
    });
    let found = results.completion.clone().filter(|(ticket, found)| {
        let (asked_ticket, text, cursor) = &*asked;
        let current = *text == state.text && *cursor == state.cursor;
        state.open && current && ticket == asked_ticket && !found.list.is_empty()
    });
    let found = found.map(|(_, found)| found);
    let count = found.as_ref().map_or(0, |found| found.list.len());
    let set = state.setter();
    let accept = {
        let (found, text, set) = (found.clone(), state.text.clone(), set.clone());
        move |at: usize| {
            if let Some(next) = found.as_ref().and_then(|found| completed(&text, found, at)) {
                set.set(next);
            }
        }
    };
    let read = {
        let (state, set) = (state.clone(), set.clone());
        Callback::from(move |event: Event| {
            let Some(input) = element(&event) else { return };
            let text = input.value();
            let units = input.selection_start().ok().flatten().unwrap_or(u32::MAX) as usize;
            let mut passed = 0;
            let before = text.chars().take_while(|c| {
                passed += c.len_utf16();
                passed <= units
            });
            let cursor = before.count();
            if text != state.text {
                set.set(Typed { cursor, text, open: true, ..Typed::default() });
            } else if cursor != state.cursor {
                set.set(Typed { cursor, active: None, ..(*state).clone() });
            }
        })
    };
    let onkeydown = {
        let (dispatcher, state, set, accept) =
            (choices.dispatcher(), state.clone(), set.clone(), accept.clone());
        let terms = props.terms.clone();
        Callback::from(move |event: KeyboardEvent| {
            let moved = |active: Option<usize>| set.set(Typed { active, open: true, ..(*state).clone() });
            match event.key().as_str() {
                "ArrowDown" => {
                    moved(if count == 0 { None } else { Some(state.active.map_or(0, |at| (at + 1) % count)) })
                }
                "ArrowUp" if count > 0 => {
                    moved(Some(state.active.map_or(count - 1, |at| (at + count - 1) % count)))
                }
                "Enter" => match (state.active.filter(|at| *at < count), parse(&state.text)) {
                    (Some(at), _) => accept(at),
                    (None, Ok(_)) => {
                        dispatcher.dispatch(Choice::Narrow(state.text.clone()));
                        set.set(Typed::default());
                    }
                    (None, Err(why)) => set.set(Typed { error: Some(why), open: false, ..(*state).clone() }),
                },
                "Escape" if count > 0 => set.set(Typed { open: false, active: None, ..(*state).clone() }),
                "Escape" => {
                    if let Some(input) = element(&event) {
                        // Focus can always leave.
                        let _ = input.blur();
                    }
                }
                "Backspace" if state.text.is_empty() => match terms.last() {
                    Some(last) => {
                        dispatcher.dispatch(Choice::Without(terms.len() - 1));
                        set.set(typed(last.clone(), false));
                    }
                    None => return,
                },
                _ => return,
            }
            event.prevent_default();
        })
    };
    let onblur = {
        let (state, set) = (state.clone(), set.clone());
        Callback::from(move |_: FocusEvent| set.set(Typed { open: false, active: None, ..(*state).clone() }))
    };
    let chip = |(number, term): (usize, &String)| {
        let (remove, edit) = (choices.dispatcher(), choices.dispatcher());
        let (text, set, node) = (term.clone(), set.clone(), node.clone());
        let edit = move |_: MouseEvent| {
            edit.dispatch(Choice::Without(number));
            set.set(typed(text.clone(), false));
            if let Some(input) = node.cast::<HtmlInputElement>() {
                // Nothing to do where it cannot be focused.
                let _ = input.focus();
            }
        };
        html! {
            <li class="chip" data-testid="filter-chip">
                <button type="button" class="chip-text" title={words::EDIT} onclick={edit}><code>{ term.clone() }</code></button>
                <button type="button" aria-label={words::remove(term)}
                    onclick={move |_: MouseEvent| remove.dispatch(Choice::Without(number))}>{ "×" }</button>
            </li>
        }
    };
    let option = |(at, one): (usize, &azflow_engine::filter::Suggestion)| {
        let accept = accept.clone();
        // The input keeps the focus.
        let onmousedown = move |event: MouseEvent| {
            event.prevent_default();
            accept(at);
        };
        html! {
            <li role="option" id={format!("filter-option-{at}")} aria-selected={(state.active == Some(at)).to_string()} {onmousedown}>
                <code>{ one.text.clone() }</code><span class="hint">{ one.note.clone() }</span>
            </li>
        }
    };
    let active = state.active.filter(|at| *at < count).map(|at| format!("filter-option-{at}"));
    let mended = state.error.as_ref().and_then(|why| why.mended(&state.text));
    html! {
        <>
        <ul class="chips">{ for props.terms.iter().enumerate().map(chip) }</ul>
        <div class="filter-box">
            <input ref={node} type="text" role="combobox" data-testid="filter-input" class="filter-input" aria-label={words::INPUT}
                aria-expanded={(count > 0).to_string()} aria-controls="filter-list" aria-autocomplete="list"
                aria-activedescendant={active} aria-invalid={state.error.is_some().then_some("true")}
                aria-describedby={state.error.is_some().then_some("filter-error")}
                placeholder={words::PLACEHOLDER} autocomplete="off" autocapitalize="off" spellcheck="false"
                value={state.text.clone()} oninput={read.reform(|event: InputEvent| event.into())}
                onselect={read.clone()} onclick={read.reform(|event: MouseEvent| event.into())} {onkeydown} {onblur} />
            <ul id="filter-list" role="listbox" class="suggestions" data-testid="filter-suggestions" aria-label={words::SUGGESTIONS} hidden={count == 0}>
                if let Some(found) = &found {
                    { for found.list.iter().enumerate().map(option) }
                }
            </ul>
        </div>
        if let Some(why) = &state.error {
            <p id="filter-error" class="filter-error" role="alert" data-testid="filter-error" data-at={why.at.to_string()}>
                { wrong(&state.text, why) }
                { why.message.clone() }
                if let (Some(mended), Some(instead)) = (mended, &why.instead) {
                    <button type="button" class="quiet" onclick={move |_: MouseEvent| set.set(typed(mended.clone(), false))}>
                        { words::instead(instead) }
                    </button>
                }
            </p>
        }
        </>
    }
}

/// The text with its wrong part marked.
fn wrong(text: &str, why: &FilterError) -> Html {
    let [before, wrong, after] = words::place(text, why);
    html! { <code>{ before }<mark>{ wrong }</mark>{ after }</code> }
}
