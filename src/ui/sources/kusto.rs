//! Queries for estates that outgrow a tab: written here, run by the user where the data is.

use crate::browser::save;
use crate::ui::state::{Choice, ChoicesHandle, Results, ResultsHandle, Window};
use crate::ui::widgets::{Choose, Copy, Segmented};
use crate::ui::words::kusto as words;
use azflow_core::model::UnixMillis;
use azflow_engine::export::Origin;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

#[component]
pub fn Kusto() -> Html {
    let (Some(choices), Some(results)) = (use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let origin = use_state_eq(|| 0_usize);
    let first = use_state_eq(|| spanned(&results).0);
    let last = use_state_eq(|| spanned(&results).1);
    let shown = use_state_eq(|| 0_usize);
    let window = window(&first, &last);
    let write = {
        let (choices, setter, origin) = (choices.dispatcher(), shown.setter(), *origin);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some((start, end)) = window {
                setter.set(0);
                choices.dispatch(Choice::Kusto(Window { origin: words::ORIGINS[origin].0, start, end }));
            }
        })
    };
    let day = |label: &'static str, handle: &'static str, state: &UseStateHandle<String>| {
        let (value, setter) = ((**state).clone(), state.setter());
        let oninput = move |event: InputEvent| {
            let input = event.target().and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok());
            setter.set(input.map(|input| input.value()).unwrap_or_default());
        };
        html! {
            <label class="choose"><span>{ label }</span>
                <input type="date" data-testid={handle} {value} {oninput} /></label>
        }
    };
    let answer = results.kusto.get().cloned().filter(|_| choices.kusto.is_some());
    html! {
        <section class="kusto" aria-label={words::TITLE} data-testid="scale-out">
            <h2>{ words::TITLE }</h2>
            <p class="hint">{ words::LEAD }</p>
            <form class="kusto-form" onsubmit={write}>
                <Segmented label={words::FROM} chosen={*origin} on_choose={setting(&origin)}
                    options={words::ORIGINS.map(|(_, name, title, handle)| (name, title, handle)).to_vec()} />
                { day(words::FIRST, "kusto-first", &first) }
                { day(words::LAST, "kusto-last", &last) }
                <button type="submit" class="primary" data-testid="kusto-write" disabled={window.is_none()}>{ words::WRITE }</button>
            </form>
            if window.is_none() {
                <p class="hint">{ words::NO_WINDOW }</p>
            }
            if let (Some(answer), Some(asked)) = (answer, choices.kusto) {
                <p data-testid="kusto-written">{ words::written(answer.queries.len(), answer.named) }</p>
                if !choices.view.filter.is_empty() {
                    <p data-testid="kusto-filter">{ words::filtered(&choices.view.filter, &answer.unsaid) }</p>
                    if let Some(hourly) = &answer.in_hours {
                        <p data-testid="kusto-hours">{ words::in_hours(hourly) }</p>
                    }
                }
                <ol class="kusto-steps">
                    for step in words::steps(asked.origin) { <li>{ step }</li> }
                </ol>
                if let Some((head, query)) = answer.queries.get(*shown).or(answer.queries.first()) {
                    <div class="command">
                        <div class="command-head">
                            <Choose label={words::DAY} handle="kusto-day" chosen={*shown} on_choose={setting(&shown)}
                                options={answer.queries.iter().map(|(head, _)| AttrValue::from(head.clone())).collect::<Vec<_>>()} />
                            <span class="spring"></span>
                            <button type="button" class="copy" data-testid="kusto-save"
                                onclick={saving(answer.queries.clone(), asked)}>{ words::SAVE }</button>
                            <Copy text={query.clone()} label={head.clone()} />
                        </div>
                        <pre tabindex="0" aria-label={words::QUERY} data-testid="kusto-query"><code>{ query }</code></pre>
                    </div>
                }
            }
        </section>
    }
}

fn setting(state: &UseStateHandle<usize>) -> Callback<usize> {
    let setter = state.setter();
    Callback::from(move |value| setter.set(value))
}

/// The first and last day of what is loaded, as a date input has them.
fn spanned(results: &Results) -> (String, String) {
    let day = |time: Option<UnixMillis>| {
        time.map(|time| time.to_iso().chars().take(10).collect::<String>()).unwrap_or_default()
    };
    results.overview.get().map(|found| (day(found.first), day(found.last))).unwrap_or_default()
}

/// From the beginning of the first day to the end of the last.
fn window(first: &str, last: &str) -> Option<(UnixMillis, UnixMillis)> {
    let begin = |day: &str| UnixMillis::from_iso(&format!("{day}T00:00:00Z"));
    let (start, end) = (begin(first)?, UnixMillis(begin(last)?.0 + DAY));
    (start < end && end.0 - start.0 <= words::MOST_DAYS * DAY).then_some((start, end))
}

fn saving(queries: Vec<(String, String)>, asked: Window) -> Callback<MouseEvent> {
    let day = |time: i64| UnixMillis(time).to_iso().chars().take(10).collect::<String>();
    let origin = match asked.origin {
        Origin::Nta => "nta",
        Origin::Ana => "ana",
        Origin::Blobs => "blobs",
        Origin::NsgBlobs => "nsg-blobs",
    };
    let name = format!("azflow-{origin}-{}-{}.kql", day(asked.start.0), day(asked.end.0 - 1));
    Callback::from(move |_: MouseEvent| {
        let text: String = queries.iter().map(|(head, query)| format!("// {head}\n{query}\n")).collect();
        // What the browser refuses to save can still be copied.
        let _ = save(&name, "text/plain", text.as_bytes());
    })
}
