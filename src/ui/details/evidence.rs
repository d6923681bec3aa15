//! The raw tuples behind what is selected: found by reading again the files that can hold some.

use crate::browser::{Hub, save};
use crate::ui::format::{drawn, exact};
use crate::ui::state::{FIRST_MOST, FoundAction, FoundHandle, SearchPhase};
use crate::ui::words::evidence as words;
use azflow_core::ingest::FoundTuple;
use azflow_engine::export::csv;
use azflow_engine::session::{Query, Selection, View};
use yew::prelude::*;

/// Rows shown before more are asked for.
const PAGE: usize = 50;
/// More than this is not kept in the page.
const ALL: usize = 1_000_000;

#[derive(Properties, PartialEq)]
pub struct EvidenceProps {
    /// What is shown at all.
    pub view: View,
    pub selection: Selection,
}

#[component]
pub fn Evidence(props: &EvidenceProps) -> Html {
    let (Some(hub), Some(found)) = (use_context::<Hub>(), use_context::<FoundHandle>()) else {
        return Html::default();
    };
    let pages = use_state_eq(|| 1usize);
    // Another part has other evidence.
    use_effect_with((props.selection.clone(), props.view.filter.clone()), {
        let (found, hub, pages) = (found.dispatcher(), hub.clone(), pages.setter());
        move |_| {
            hub.stop_seeking();
            found.dispatch(FoundAction::Forget);
            pages.set(1);
        }
    });
    let search = |most: usize| {
        let (hub, found, view, selection) =
            (hub.clone(), found.dispatcher(), props.view.clone(), props.selection.clone());
        Callback::from(move |_: MouseEvent| {
            let ticket = hub.ask(Query::Evidence(view.clone(), selection.clone()));
            found.dispatch(FoundAction::Begun(selection.clone(), ticket, most));
        })
    };
    let list = found.list.borrow();
    let tuples = &list.tuples;
    let shown = tuples.len().min(PAGE * *pages);
    let more = {
        let (setter, next) = (pages.setter(), *pages + 4);
        Callback::from(move |_: MouseEvent| setter.set(next))
    };
    let save_all = {
        let list = found.list.clone();
        Callback::from(move |_: MouseEvent| {
            // A refused download is visible: nothing appears in the browser's list.
            let _ = save("azflow-evidence.csv", "text/csv", table(&list.borrow().tuples).as_bytes());
        })
    };
    let (done, all) = found.progress;
    let status = match found.phase {
        SearchPhase::Idle => String::new(),
        SearchPhase::Planning(_) => words::PLANNING.to_owned(),
        SearchPhase::Searching => words::searching(tuples.len(), done, all),
        SearchPhase::Full => words::full(tuples.len()),
        SearchPhase::Done => words::done(tuples.len(), all),
    };
    html! {
        <section class="evidence" data-testid="evidence">
            <h3>{ words::TITLE }</h3>
            if found.phase == SearchPhase::Idle {
                <p class="hint">{ words::LEAD }</p>
                <button type="button" data-testid="find-evidence" onclick={search(FIRST_MOST)}>{ words::FIND }</button>
            }
            <p role="status" class="hint" data-testid="evidence-status">{ status }</p>
            if !tuples.is_empty() {
                <div class="table-scroll">
                <table class="tuples" data-testid="evidence-table">
                    <caption class="visually-hidden">{ words::TITLE }</caption>
                    <thead><tr>
                        for head in words::COLUMNS.iter() { <th scope="col">{ *head }</th> }
                    </tr></thead>
                    <tbody>
                        for (name, tuple) in tuples.iter().take(shown) { { row(name, tuple) } }
                    </tbody>
                </table>
                </div>
            }
            <p class="more">
                if shown < tuples.len() {
                    <span class="hint">{ words::shown(shown, tuples.len()) }</span>
                    <button type="button" class="quiet" onclick={more}>{ words::MORE }</button>
                }
                if found.phase == SearchPhase::Full && found.most < ALL {
                    <button type="button" class="quiet" data-testid="find-all" onclick={search(ALL)}>{ words::FIND_ALL }</button>
                }
                if !tuples.is_empty() && matches!(found.phase, SearchPhase::Done | SearchPhase::Full) {
                    <button type="button" class="quiet" data-testid="save-evidence" onclick={save_all}>{ words::SAVE }</button>
                }
            </p>
            if !found.failed.is_empty() {
                <ul class="hint" data-testid="evidence-failed">
                    for (name, failure) in found.failed.iter() {
                        <li data-failure={failure.code()}>{ words::failed(name, failure) }</li>
                    }
                </ul>
            }
        </section>
    }
}

fn row(name: &str, tuple: &FoundTuple) -> Html {
    let file = name.rsplit('/').next().unwrap_or_default().to_owned();
    html! {
        <tr>
            <td><code>{ tuple.text.clone() }</code></td>
            <td title={tuple.acl.clone()}>{ drawn(&tuple.rule) }</td>
            <td title={name.to_owned()}>{ file }</td>
            <td class="n">{ exact(tuple.record) }</td>
            <td class="n">{ exact(tuple.offset) }</td>
        </tr>
    }
}

fn table(tuples: &[(String, FoundTuple)]) -> String {
    let mut out = csv::line(&["tuple", "rule", "resource", "nic", "file", "record", "byte"]);
    for (name, t) in tuples {
        out.push_str(&csv::line(&[
            &t.text,
            &t.rule,
            &t.acl,
            &t.mac,
            name,
            &t.record.to_string(),
            &t.offset.to_string(),
        ]));
    }
    out
}
