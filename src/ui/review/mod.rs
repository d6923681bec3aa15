//! The Review screen: services to decide on, a row each; how far it is; files for keeping and for asking.

mod files;
mod overwrite;
mod row;

use super::crumbs::crumbs;
use super::hooks::review_ask;
use super::open::OpenText;
use super::state::{Choice, ChoicesHandle, ResultsHandle};
use super::widgets::{Choose, Segmented};
use super::words::{review as words, shared};
use crate::browser::{Hub, save};
use azflow_engine::export::review_document;
use azflow_engine::rules::Verdict;
use azflow_engine::session::{Query, ReviewAnswer, ReviewShow, ReviewTaken, Selection};
use overwrite::{Overwrite, Overwriting};
use row::row;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

pub use files::take_reviews;

#[component]
pub fn ReviewScreen() -> Html {
    // The row that is a tab stop; arrows move it.
    let here = use_state_eq(|| 0_usize);
    // Marks that would take the place of others, until that is confirmed.
    let asked = use_state_eq(|| None::<Overwriting>);
    let (Some(results), Some(choices)) = (use_context::<ResultsHandle>(), use_context::<ChoicesHandle>())
    else {
        return Html::default();
    };
    let Some(answer) = results.review.get().cloned() else {
        return html! { <main class="review-screen skeleton" aria-busy="true"><p class="hint">{ words::WAITING }</p></main> };
    };
    let rows = &answer.rows.rows;
    let at = (*here).min(rows.len().saturating_sub(1));
    let show = &choices.show;
    html! {
        <main class="review-screen">
            <Head />
            if let Some(taken) = &choices.taken { { report(taken, &choices) } }
            { tools(&choices) }
            { bulk(&choices, &answer, &asked.setter()) }
            if let Some(marks) = &*asked {
                <Overwrite marks={marks.clone()} close={{ let asked = asked.setter(); Callback::from(move |()| asked.set(None)) }} />
            }
            if rows.is_empty() {
                <p class="review-nothing">{ if show.undecided && show.text.is_empty() { words::DONE } else { words::NOTHING } }</p>
            } else {
                <div class="table-scroll">
                <table class="review-table" data-testid="review-table">
                    <caption class="visually-hidden">{ words::KEYS }</caption>
                    <thead><tr>
                        for (i, column) in words::COLUMNS.iter().enumerate() {
                            <th scope="col" class={classes!(format!("c{i}"))}>{ *column }</th>
                        }
                    </tr></thead>
                    <tbody>
                        for (i, found) in rows.iter().enumerate() { { row(found, i == at, &choices, here.setter(), i) } }
                    </tbody>
                </table>
                </div>
            }
            if rows.len() < answer.rows.total as usize {
                <p class="more">
                    <span class="hint">{ shared::shown(rows.len(), answer.rows.total) }</span>
                    if show.most < ReviewShow::MOST {
                        <button type="button" class="quiet" data-testid="review-more"
                            onclick={showing(&choices, |show| show.most = ReviewShow::MOST)}>
                            { words::more(answer.rows.total, ReviewShow::MOST) }</button>
                    }
                </p>
            }
        </main>
    }
}

/// Changes how services are listed.
fn showing(choices: &ChoicesHandle, change: impl Fn(&mut ReviewShow)) -> Callback<MouseEvent> {
    let (mut next, dispatcher) = ((*choices.show).clone(), choices.dispatcher());
    change(&mut next);
    Callback::from(move |_: MouseEvent| dispatcher.dispatch(Choice::Show(next.clone())))
}

/// How far the review is, and its files.
#[component]
fn Head() -> Html {
    let (Some(hub), Some(results), Some(choices)) =
        (use_context::<Hub>(), use_context::<ResultsHandle>(), use_context::<ChoicesHandle>())
    else {
        return Html::default();
    };
    let Some(answer) = results.review.get() else { return Html::default() };
    let keep = {
        let marks = choices.marks.clone();
        Callback::from(move |_: MouseEvent| {
            // A refused download is visible: nothing appears in the browser's list.
            let _ = save("azflow-review.json", "application/json", review_document(&marks).as_bytes());
        })
    };
    let table = {
        let (hub, ask) = (hub.clone(), review_ask(&choices));
        Callback::from(move |_: MouseEvent| {
            hub.ask(Query::ReviewTable(Box::new(ask.clone())));
        })
    };
    let on_text = {
        let hub = hub.clone();
        Callback::from(move |(_, text)| {
            hub.ask(Query::ReadReview(text));
        })
    };
    let share = |part: u32| format!("{:.2}%", 100.0 * f64::from(part) / f64::from(answer.services.max(1)));
    html! {
        <section class="review-head" aria-label={words::TAB}>
            <div class="review-progress">
                <p role="status"><b data-testid="review-progress">{ words::progress(answer) }</b><span class="hint">{ words::rest(answer) }</span></p>
                <svg class="progress-line" aria-hidden="true" focusable="false">
                    <rect class="track" width="100%" height="100%" />
                    <rect class="asked" width={share(answer.decided + answer.asked)} height="100%" />
                    <rect class="done" width={share(answer.decided)} height="100%" />
                </svg>
                <p class="hint">{ words::LEAD }</p>
            </div>
            <div class="buttons">
                <button type="button" class="primary" data-testid="review-save" title={words::SAVE_TITLE}
                    disabled={choices.marks.marks().is_empty()} onclick={keep}>{ words::SAVE }</button>
                <OpenText words={words::OPEN} title={words::OPEN_TITLE} accept=".json,application/json" handle="review-open" on_text={on_text.clone()} />
                <button type="button" data-testid="review-csv" title={words::CSV_TITLE} onclick={table}>{ words::CSV }</button>
                <OpenText words={words::CSV_IN} title={words::CSV_IN_TITLE} accept=".csv,.txt,text/csv" handle="review-csv-in" {on_text} />
            </div>
        </section>
    }
}

/// What came of a file.
fn report(taken: &ReviewTaken, choices: &ChoicesHandle) -> Html {
    let close = {
        let choices = choices.dispatcher();
        move |_: MouseEvent| choices.dispatch(Choice::TakenRead)
    };
    let lines: Vec<String> =
        taken.conflicts.iter().map(words::conflict).chain(taken.problems.iter().cloned()).collect();
    html! {
        <section class="review-taken" role="status" data-testid="review-taken">
            <p>{ words::taken(taken) }<button type="button" class="quiet" onclick={close}>{ words::CLOSE }</button></p>
            if !lines.is_empty() {
                <ul>
                    for line in lines.iter().take(20) { <li>{ line.clone() }</li> }
                    if lines.len() > 20 { <li class="hint">{ shared::shown(20, lines.len() as u32) }</li> }
                </ul>
            }
        </section>
    }
}

/// What narrows and orders the list.
fn tools(choices: &ChoicesHandle) -> Html {
    let show = &choices.show;
    let listed = {
        let (show, choices) = (show.clone(), choices.dispatcher());
        Callback::from(move |at: usize| {
            let listed = words::LISTED.get(at).map(|l| l.0).unwrap_or_default();
            choices.dispatch(Choice::Show(ReviewShow { listed, most: ReviewShow::FIRST, ..(*show).clone() }));
        })
    };
    let order = {
        let (show, choices) = (show.clone(), choices.dispatcher());
        Callback::from(move |at: usize| {
            choices.dispatch(Choice::Show(ReviewShow { by_pair: at == 1, ..(*show).clone() }));
        })
    };
    let typed = {
        let (show, choices) = (show.clone(), choices.dispatcher());
        Callback::from(move |event: InputEvent| {
            let text = input(event.target()).map(|input| input.value()).unwrap_or_default();
            choices.dispatch(Choice::Show(ReviewShow { text, ..(*show).clone() }));
        })
    };
    let pressed = |on: bool| if on { "true" } else { "false" };
    let all_pairs = {
        let choices = choices.dispatcher();
        move |_: MouseEvent| choices.dispatch(Choice::Select(Selection::default()))
    };
    let chosen = words::LISTED.iter().position(|l| l.0 == show.listed).unwrap_or_default();
    html! {
        <div class="toolbar review-tools">
            <Segmented label={words::LIST} {chosen} on_choose={listed}
                options={words::LISTED.map(|(_, word, title, handle)| (word, title, handle)).to_vec()} />
            <button type="button" class="quiet" data-testid="review-undecided" aria-pressed={pressed(show.undecided)}
                onclick={showing(choices, |show| show.undecided = !show.undecided)}>{ words::UNDECIDED }</button>
            <button type="button" class="quiet" data-testid="review-hosts" title={words::HOSTS_TITLE} aria-pressed={pressed(show.hosts)}
                onclick={showing(choices, |show| show.hosts = !show.hosts)}>{ words::HOSTS }</button>
            <Choose label={words::ORDER} handle="review-order" chosen={usize::from(show.by_pair)} on_choose={order}
                options={words::ORDERS.map(AttrValue::from).to_vec()} />
            if !choices.selection.is_everything() {
                <div class="chip-pair" data-testid="review-pair">{ crumbs(choices) }
                    <button type="button" class="quiet" aria-label={words::EVERY_PAIR} title={words::EVERY_PAIR} onclick={all_pairs}>{ "×" }</button>
                </div>
            }
            <span class="spring"></span>
            <input type="search" class="search" data-testid="review-text" placeholder={words::SEARCH}
                aria-label={words::SEARCH} value={show.text.clone()} oninput={typed} />
        </div>
    }
}

/// Marks all rows on screen, and takes marks back.
fn bulk(choices: &ChoicesHandle, answer: &ReviewAnswer, ask: &UseStateSetter<Option<Overwriting>>) -> Html {
    let mark_all = |verdict: Option<Verdict>| {
        let marks = Overwriting::new(&choices.marks, &answer.rows.rows, verdict);
        let (choices, ask) = (choices.dispatcher(), ask.clone());
        Callback::from(move |_: MouseEvent| match marks.count() {
            0 => choices.dispatch(Choice::Mark(marks.all())),
            _ => ask.set(Some(marks.clone())),
        })
    };
    let step = |back: bool, handle: &'static str| {
        let (choice, count) = (choices.dispatcher(), choices.said.ahead()[usize::from(!back)]);
        let (sign, title) = words::step(back, count);
        html! {
            <button type="button" class="quiet" data-testid={handle} aria-label={title.clone()} {title} disabled={count.is_none()}
                onclick={move |_: MouseEvent| choice.dispatch(Choice::Unmark(back))}>{ sign }</button>
        }
    };
    html! {
        <div class="toolbar review-bulk">
            <span>{ words::fitting(answer) }</span>
            <span class="review-undone" role="status" data-testid="review-undone">{ choices.said.last().map(words::undone) }</span>
            <span class="spring"></span>
            if !choices.said.is_empty() {
                { step(true, "review-undo") }
                { step(false, "review-redo") }
            }
            if !answer.rows.rows.is_empty() {
                <span>{ words::bulk(answer.rows.rows.len()) }</span>
                for said in Verdict::ALL {
                    <button type="button" class="quiet" data-testid={words::handle(said, true)} onclick={mark_all(Some(said))}>
                        <span aria-hidden="true">{ words::verdict(said).0 }{ " " }</span>{ words::verdict(said).1 }</button>
                }
                <button type="button" class="quiet" data-testid="review-bulk-clear" onclick={mark_all(None)}>{ words::CLEAR }</button>
            }
        </div>
    }
}

fn input(target: Option<web_sys::EventTarget>) -> Option<HtmlInputElement> {
    target?.dyn_into().ok()
}

/// Moves the focus; nothing happens where there is nothing to move to.
fn focus(element: Option<impl JsCast>) {
    if let Some(element) = element.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
