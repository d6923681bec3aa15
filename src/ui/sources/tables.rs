//! Tables that azflow can't read by itself: what their columns mean, and whether dates begin with the day.

use crate::browser::Hub;
use crate::ui::state::{Choice, ChoicesHandle, Shared};
use crate::ui::widgets::{Segmented, check};
use crate::ui::words::tables as words;
use azflow_core::ingest::{EveryRow, Meaning, TableHint, missing_columns};
use azflow_core::model::{Decision, Direction, Protocol, UnixMillis};
use azflow_engine::session::{DataAnswer, Kept, TableQuestion};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// What the user is about to say of a table: what its columns hold, and every row.
type Draft = (Vec<Option<Meaning>>, EveryRow);

#[derive(Properties, PartialEq)]
pub struct TablesProps {
    pub answer: Shared<DataAnswer>,
}

/// The questions; nothing where there are none.
#[component]
pub fn Tables(props: &TablesProps) -> Html {
    let open = use_state_eq(|| None::<(u64, Draft)>);
    let keep = use_state_eq(|| None::<(u64, bool)>);
    let (Some(hub), Some(choices)) = (use_context::<Hub>(), use_context::<ChoicesHandle>()) else {
        return Html::default();
    };
    let answer: &DataAnswer = &props.answer;
    if answer.tables.is_empty() {
        return Html::default();
    }
    let one = |question: &TableQuestion| {
        let key = question.sketch.key;
        let known = choices.told.iter().find(|hint| hint.headings == key).cloned().unwrap_or_default();
        // What was said is kept or not; before that it is a wish.
        let kept = if known.headings == key {
            choices.kept.tables.iter().any(|hint| hint.headings == key)
        } else {
            *keep == Some((key, true))
        };
        let remember = {
            let (setter, choices, known) = (keep.setter(), choices.dispatcher(), known.clone());
            Callback::from(move |on: bool| {
                setter.set(Some((key, on)));
                // What was said already is kept, or forgotten, at once.
                if known.headings == key {
                    choices.dispatch(Choice::Tell(known.clone(), on));
                }
            })
        };
        let tell = telling(&hub, &choices, question, kept);
        let order = {
            let (tell, known) = (tell.clone(), known.clone());
            Callback::from(move |at: usize| {
                tell.emit(TableHint { headings: key, day_first: Some(at == 0), ..known.clone() });
            })
        };
        let draft = open.as_ref().filter(|(opened, _)| *opened == key).map(|(_, draft)| draft.clone());
        let turn = {
            let next =
                draft.is_none().then(|| (key, (question.sketch.columns.clone(), question.sketch.every_row)));
            let setter = open.setter();
            Callback::from(move |_: MouseEvent| setter.set(next.clone()))
        };
        let words_of_button = if draft.is_some() {
            words::CLOSE
        } else if question.sketch.incomplete {
            words::TELL
        } else {
            words::CHANGE
        };
        let apply = {
            let (setter, (columns, every_row)) = (open.setter(), draft.clone().unwrap_or_default());
            let (headings, tell) = (question.sketch.headings.clone(), tell);
            Callback::from(move |_: MouseEvent| {
                let columns = headings.iter().cloned().zip(columns.clone()).collect();
                tell.emit(TableHint { headings: key, columns, day_first: known.day_first, every_row });
                setter.set(None);
            })
        };
        let on_draft = {
            let setter = open.setter();
            Callback::from(move |draft| setter.set(Some((key, draft))))
        };
        html! {
            <li data-testid="table-question">
                <p>{ words::about(question) }</p>
                <div class="source-tools">
                    if let Some(day_first) = question.sketch.day_first {
                        <span class="hint">{ words::DATES }</span>
                        <Segmented label={words::DATES} options={words::ORDERS.to_vec()}
                            chosen={usize::from(!day_first)} on_choose={order} />
                    }
                    <button type="button" data-testid="tell-columns" aria-expanded={if draft.is_some() { "true" } else { "false" }}
                        onclick={turn}>{ words_of_button }</button>
                    { check("remember-table", words::REMEMBER, kept, remember) }
                </div>
                if let Some(draft) = &draft { { mapping(question, draft, on_draft, apply) } }
            </li>
        }
    };
    html! {
        <section aria-label={words::TITLE} data-testid="tables">
            <h2>{ words::TITLE }</h2>
            <ul class="table-questions">{ for answer.tables.iter().map(one) }</ul>
            if answer.more_tables > 0 { <p class="hint">{ words::more(answer.more_tables) }</p> }
        </section>
    }
}

/// Takes a hint: says it to the hub and has the tables read by it.
fn telling(hub: &Hub, choices: &ChoicesHandle, question: &TableQuestion, keep: bool) -> Callback<TableHint> {
    let (hub, choices) = (hub.clone(), choices.clone());
    let again = (!question.counted).then(|| question.sources.clone());
    Callback::from(move |hint: TableHint| {
        let mut hints = (*choices.told).clone();
        Kept::tell(&mut hints, hint.clone());
        choices.dispatch(Choice::Tell(hint, keep));
        hub.hint(hints);
        match &again {
            Some(sources) => hub.read_again(sources),
            // What was added up can't be taken apart: everything is read again.
            None => hub.remove(&[]),
        }
    })
}

/// The first rows, a select for each column, and what is missing.
fn mapping(
    question: &TableQuestion,
    (draft, said): &Draft,
    on_draft: Callback<Draft>,
    apply: Callback<MouseEvent>,
) -> Html {
    let sketch = &question.sketch;
    let said = *said;
    let missing = missing_columns(draft, said);
    let select = |(at, heading): (usize, &String)| {
        let chosen = draft.get(at).copied().flatten();
        let onchange = {
            let (draft, on_draft) = (draft.clone(), on_draft.clone());
            Callback::from(move |event: Event| {
                let index = chosen_in(&event);
                let meaning = index.checked_sub(1).and_then(|index| Meaning::all().nth(index));
                let mut next = draft.clone();
                // Of two columns of one meaning only the first would count.
                next.iter_mut().filter(|other| **other == meaning).for_each(|other| *other = None);
                if let Some(place) = next.get_mut(at) {
                    *place = meaning;
                }
                on_draft.emit((next, said));
            })
        };
        html! {
            <td>
                <select data-testid={format!("column-{at}")} aria-label={words::column(heading)} {onchange}>
                    <option selected={chosen.is_none()}>{ words::NOTHING }</option>
                    for meaning in Meaning::all() {
                        <option selected={chosen == Some(meaning)}>{ words::meaning(meaning) }</option>
                    }
                </select>
            </td>
        }
    };
    html! {
        <div class="mapping">
            <div class="table-scroll">
            <table data-testid="mapping">
                <caption class="visually-hidden">{ words::CAPTION }</caption>
                <thead>
                    <tr>{ for sketch.headings.iter().map(|heading| html! { <th scope="col">{ heading.clone() }</th> }) }</tr>
                    <tr>{ for sketch.headings.iter().enumerate().map(select) }</tr>
                </thead>
                <tbody>
                    for row in sketch.rows.iter() {
                        <tr>{ for row.iter().map(|cell| html! { <td>{ cell.clone() }</td> }) }</tr>
                    }
                </tbody>
            </table>
            </div>
            { every_row(draft, said, on_draft) }
            <p class="source-tools">
                <button type="button" class="primary" data-testid="apply-columns" disabled={!missing.is_empty()} onclick={apply}>
                    { words::APPLY }</button>
                <span role="status" data-testid="missing-columns">
                    { if missing.is_empty() { words::COMPLETE.to_owned() } else { words::missing(&missing) } }</span>
            </p>
        </div>
    }
}

/// Which option of a select was chosen.
fn chosen_in(event: &Event) -> usize {
    let select = event.target().and_then(|t| t.dyn_into::<HtmlSelectElement>().ok());
    select.map_or(0, |select| select.selected_index().max(0) as usize)
}

/// What can be said of every row: only what no column holds.
fn every_row(columns: &[Option<Meaning>], said: EveryRow, on_draft: Callback<Draft>) -> Html {
    let all = EveryRow {
        decision: Some(Decision::Allowed),
        time: Some(UnixMillis(0)),
        protocol: Some(Protocol::TCP),
        port: Some(0),
        direction: Some(Direction::Inbound),
    };
    let lacked = all.lacked_by(columns);
    let draft = columns.to_vec();
    let decided = {
        let (draft, on_draft) = (draft.clone(), on_draft.clone());
        Callback::from(move |event: Event| {
            let decision = [None, Some(Decision::Allowed), Some(Decision::Denied)][chosen_in(&event).min(2)];
            on_draft.emit((draft.clone(), EveryRow { decision, ..said }));
        })
    };
    // What is typed is said as on the command line; what is not understood is not said.
    let typed = |what: &'static str, without: EveryRow| {
        let (draft, on_draft) = (draft.clone(), on_draft.clone());
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
            let mut next = without;
            next.say(&format!("{what}={}", input.map(|input| input.value()).unwrap_or_default()));
            on_draft.emit((draft.clone(), next));
        })
    };
    let timed = typed("time", EveryRow { time: None, ..said });
    let ported = typed("port", EveryRow { port: None, ..said });
    const PROTOCOLS: [Option<Protocol>; 4] =
        [None, Some(Protocol::TCP), Some(Protocol::UDP), Some(Protocol::ICMP)];
    const DIRECTIONS: [Option<Direction>; 3] = [None, Some(Direction::Inbound), Some(Direction::Outbound)];
    let of_protocol = {
        let (draft, on_draft) = (draft.clone(), on_draft.clone());
        Callback::from(move |event: Event| {
            let protocol = PROTOCOLS[chosen_in(&event).min(3)];
            on_draft.emit((draft.clone(), EveryRow { protocol, ..said }));
        })
    };
    let directed = Callback::from(move |event: Event| {
        let direction = DIRECTIONS[chosen_in(&event).min(2)];
        on_draft.emit((draft.clone(), EveryRow { direction, ..said }));
    });
    let chosen = said.decision.map_or(0, |decision| 1 + usize::from(decision == Decision::Denied));
    let day: String = said.time.map(|time| time.to_iso().chars().take(10).collect()).unwrap_or_default();
    html! {
        <p class="source-tools">
            if lacked.decision.is_some() {
                <label class="choose"><span>{ words::EVERY_DECISION }</span>
                    <select data-testid="every-decision" onchange={decided}>
                        for (at, words) in words::DECISIONS.into_iter().enumerate() {
                            <option selected={at == chosen}>{ words }</option>
                        }
                    </select></label>
            }
            if lacked.time.is_some() {
                <label class="choose"><span>{ words::EVERY_TIME }</span>
                    <input type="date" data-testid="every-time" value={day} oninput={timed} /></label>
            }
            if lacked.protocol.is_some() {
                <label class="choose"><span>{ words::EVERY_PROTOCOL }</span>
                    <select data-testid="every-protocol" onchange={of_protocol}>
                        for (protocol, words) in PROTOCOLS.into_iter().zip(words::PROTOCOLS) {
                            <option selected={protocol == said.protocol}>{ words }</option>
                        }
                    </select></label>
            }
            if lacked.port.is_some() {
                <label class="choose"><span>{ words::EVERY_PORT }</span>
                    <input type="number" min="0" max="65535" data-testid="every-port" oninput={ported}
                        value={said.port.map(|port| port.to_string()).unwrap_or_default()} /></label>
            }
            if lacked.direction.is_some() {
                <label class="choose"><span>{ words::EVERY_DIRECTION }</span>
                    <select data-testid="every-direction" onchange={directed}>
                        for (direction, words) in DIRECTIONS.into_iter().zip(words::DIRECTIONS) {
                            <option selected={direction == said.direction}>{ words }</option>
                        }
                    </select></label>
            }
        </p>
    }
}
