//! Small parts that several screens share.

use super::browser::{build, window};
use super::format::{bytes, drawn, exact, exact_bytes, short};
use super::words::shared;
use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

/// A number, short, with the exact figure in its title; a dash for none.
pub fn number(value: u64) -> Html {
    if value == 0 {
        return html! { <span class="none">{ "–" }</span> };
    }
    let (short, exact) = (short(value), exact(value));
    if short == exact {
        html! { short }
    } else {
        html! { <span title={exact}>{ short }</span> }
    }
}

/// A name from a log or a file: of a long one the two ends, with the whole in its title.
pub fn named(whole: &str) -> Html {
    let short = drawn(whole);
    if short == whole {
        html! { short }
    } else {
        html! { <span title={whole.to_owned()}>{ short }</span> }
    }
}

/// Bytes, short, with the exact figure in their title.
pub fn size(value: u64) -> Html {
    if value == 0 {
        return html! { <span class="none">{ "–" }</span> };
    }
    html! { <span title={exact_bytes(value)}>{ bytes(value) }</span> }
}

/// The padlock.
pub fn lock() -> Html {
    html! {
        <svg class="lock-icon" width="12" height="14" viewBox="0 0 12 14" aria-hidden="true">
            <path d="M3 6V4a3 3 0 0 1 6 0v2M1.5 6h9v7h-9z" fill="none" stroke="currentColor" stroke-width="1.3" />
        </svg>
    }
}

/// Which azflow this is, for whoever compares it with what was released.
pub fn version() -> Html {
    html! { <p class="version" data-testid="version">{ shared::NAME }{ " " }{ build() }</p> }
}

/// A box to tick.
pub fn check(handle: &'static str, words: &'static str, checked: bool, on_turn: Callback<bool>) -> Html {
    html! {
        <label class="tick">
            <input type="checkbox" data-testid={handle} {checked} onchange={on_turn.reform(move |_: Event| !checked)} />
            <span>{ words }</span>
        </label>
    }
}

#[derive(Properties, PartialEq)]
pub struct SplitProps {
    /// Allowed flows.
    pub allowed: u64,
    /// Denied flows.
    pub denied: u64,
    /// What the full width stands for; the bar's own sum when 0.
    #[prop_or_default]
    pub of: u64,
    /// A class for its size.
    #[prop_or("split")]
    pub class: &'static str,
}

/// A bar, split into allowed and denied. Its numbers stand beside it: hidden from screen readers.
#[component]
pub fn Split(props: &SplitProps) -> Html {
    let sum = props.allowed.saturating_add(props.denied);
    let of = props.of.max(sum).max(1) as f64;
    let percent = |value: u64| 100.0 * value as f64 / of;
    // What exists stays visible, however small its share.
    let least = |value: u64| if value == 0 { 0.0 } else { percent(value).max(1.5) };
    let denied = least(props.denied);
    let allowed = least(props.allowed).min(100.0 - denied);
    let pc = |value: f64| format!("{value:.2}%");
    html! {
        <svg class={props.class} aria-hidden="true" focusable="false">
            <rect class="track" width="100%" height="100%" />
            <rect class="allowed" width={pc(allowed)} height="100%" />
            <rect class="denied" x={pc(allowed)} width={pc(denied)} height="100%" />
            <rect class="hatch" x={pc(allowed)} width={pc(denied)} height="100%" />
        </svg>
    }
}

#[derive(Properties, PartialEq)]
pub struct SegmentedProps {
    /// What is switched.
    pub label: &'static str,
    /// The positions: words, explanation, test handle.
    pub options: Vec<(&'static str, &'static str, &'static str)>,
    /// Which is on.
    pub chosen: usize,
    /// Called with the new position.
    pub on_choose: Callback<usize>,
}

/// A switch of a few positions: buttons that say whether they are pressed.
#[component]
pub fn Segmented(props: &SegmentedProps) -> Html {
    html! {
        <div class="segmented" role="group" aria-label={props.label}>
            for (i, (words, title, handle)) in props.options.iter().enumerate() {
                <button type="button" data-testid={*handle} title={*title}
                    aria-pressed={if i == props.chosen { "true" } else { "false" }}
                    onclick={props.on_choose.reform(move |_| i)}>{ *words }</button>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct ChooseProps {
    /// What is chosen.
    pub label: &'static str,
    /// Test handle.
    pub handle: &'static str,
    /// The words.
    pub options: Vec<AttrValue>,
    /// Which is on.
    pub chosen: usize,
    /// Called with the new position.
    pub on_choose: Callback<usize>,
}

/// A select that reads like a part of a sentence.
#[component]
pub fn Choose(props: &ChooseProps) -> Html {
    let onchange = props.on_choose.reform(|event: Event| {
        let select = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlSelectElement>().ok());
        select.map_or(0, |s| s.selected_index().max(0) as usize)
    });
    html! {
        <label class="choose">
            <span>{ props.label }</span>
            <select data-testid={props.handle} {onchange}>
                for (i, words) in props.options.iter().enumerate() {
                    <option selected={i == props.chosen}>{ words.clone() }</option>
                }
            </select>
        </label>
    }
}

#[derive(Properties, PartialEq)]
pub struct CopyProps {
    /// What is copied.
    pub text: AttrValue,
    /// Says more than "Copy" to a screen reader.
    pub label: AttrValue,
}

/// Puts text on the clipboard and says so for a moment.
#[component]
pub fn Copy(props: &CopyProps) -> Html {
    let words = use_state_eq(|| shared::COPY);
    use_effect_with(*words, {
        let setter = words.setter();
        move |words| {
            let timer =
                (*words != shared::COPY).then(|| Timeout::new(2000, move || setter.set(shared::COPY)));
            move || drop(timer)
        }
    });
    let onclick = {
        let (text, setter) = (props.text.clone(), words.setter());
        Callback::from(move |_: MouseEvent| {
            let (text, setter) = (text.clone(), setter.clone());
            spawn_local(async move {
                setter.set(if copy(&text).await { shared::COPIED } else { shared::COPY_BY_HAND });
            });
        })
    };
    html! {
        <button type="button" class="copy" aria-label={format!("{}: {}", *words, props.label)} {onclick}>{ *words }</button>
    }
}

/// Whether the clipboard took it; a page opened from disk may have none.
async fn copy(text: &str) -> bool {
    let Some(window) = window() else { return false };
    let clipboard = window.navigator().clipboard();
    if AsRef::<JsValue>::as_ref(&clipboard).is_undefined() {
        return false;
    }
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Rows shown before all are asked for.
const FIRST: usize = 40;

/// A table of which the first rows are shown until all are asked for; columns from `figures` on stand to the right.
pub fn first_rows(
    class: &'static str,
    (title, handle): (&'static str, &'static str),
    (columns, figures): (&[&'static str], usize),
    rows: Vec<Html>,
    open: bool,
    more: Callback<MouseEvent>,
) -> Html {
    let total = rows.len();
    let shown = if open { total } else { total.min(FIRST) };
    html! {
        <>
        <div class="table-scroll">
        <table {class} data-testid={handle}>
            <caption class="visually-hidden">{ title }</caption>
            <thead><tr>
                for (at, title) in columns.iter().enumerate() {
                    if title.is_empty() {
                        <td></td>
                    } else {
                        <th scope="col" class={(at >= figures).then_some("n")}>{ *title }</th>
                    }
                }
            </tr></thead>
            <tbody>{ for rows.into_iter().take(shown) }</tbody>
        </table>
        </div>
        if shown < total {
            <p class="more"><button type="button" class="quiet" onclick={more}>{ shared::all(total) }</button></p>
        }
        </>
    }
}
