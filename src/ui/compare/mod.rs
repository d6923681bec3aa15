//! Two filters side by side, two periods to begin with, or other files and a filter: what is new, gone, or changed.

mod kept;

use self::kept::{Keeping, described};
use super::findings::{HIDE, pair_cells, show_flows};
use super::format::exact;
use super::hooks::{Asking, use_slot};
use super::state::{ChoicesHandle, LoadingHandle, ResultsHandle, Slot};
use super::widgets::{Segmented, number};
use super::words::{details, findings as words, shared};
use crate::browser::Hub;
use azflow_engine::filter::{parse, time_of, within, without_time};
use azflow_engine::session::{
    Change, CompareAnswer, CompareRow, Comparison, LoadPhase, Overview, Query, View,
};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What to begin with: what is limited to against all else, or the first half against the second.
fn proposal(view: &View, overview: Option<&Overview>) -> [String; 2] {
    if let Some(range) = time_of(&view.filter) {
        let after = within("", range);
        return [format!("-{after} {HIDE}"), format!("{after} {HIDE}")];
    }
    let ends = overview.and_then(|overview| Some((overview.first?.minute(), overview.last?.minute())));
    let (first, last) = ends.unwrap_or_default();
    let middle = first + (last - first) / 2;
    // Nobody means 11:57.
    let middle = if last - first > 240 { (middle + 30) / 60 * 60 } else { middle };
    // Scans would be most of what is new and gone; what is left out stands in the fields.
    [(0, middle), (middle, u32::MAX)].map(|range| format!("{} {HIDE}", within("", range)))
}

#[component]
pub fn Compare() -> Html {
    let (Some(hub), Some(loading), Some(choices), Some(results)) = (
        use_context::<Hub>(),
        use_context::<LoadingHandle>(),
        use_context::<ChoicesHandle>(),
        use_context::<ResultsHandle>(),
    ) else {
        return Html::default();
    };
    let typed = use_state_eq(|| proposal(&choices.view, results.overview.get().map(|overview| &**overview)));
    let services = use_state_eq(|| true);
    // Until something else is said, what is kept is what is compared with.
    let used = use_state_eq(|| true);
    let side = results.side.clone();
    let kept = side.as_deref().filter(|_| *used);
    // The filter beside what is kept, with its number.
    let beside = use_state_eq(|| (0, String::new()));
    let [mut before, mut after] = (*typed).clone();
    let mut view = choices.view.clone();
    if let Some(side) = kept {
        let proposed = if side.name.is_empty() { HIDE } else { "" };
        after = if beside.0 == side.number { beside.1.clone() } else { proposed.to_owned() };
        before.clear();
    } else {
        view.filter = without_time(&view.filter);
    }
    let wrong = [&before, &after].into_iter().find_map(|text| parse(text).err());
    let number = kept.map(|side| side.number);
    let (texts, between) =
        ([before.clone(), after.clone()], Comparison { before, after, services: *services, kept: number });
    let query = Query::Compare(view, between);
    let ask = Asking { hub, load: loading.state.clone(), results: results.clone() };
    let wanted = wrong.is_none() && loading.state.phase != LoadPhase::Idle;
    use_slot(&ask, Slot::Compare, |r| &r.compare, wanted.then_some(query));
    let input = |place: usize, label: &'static str, handle: &'static str| {
        let (text, typed, beside) = (texts[place].clone(), typed.clone(), beside.clone());
        let onchange = move |event: Event| {
            let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
            let Some(value) = input.map(|input| input.value()) else { return };
            if let Some(number) = number {
                beside.set((number, value));
                return;
            }
            let mut next = (*typed).clone();
            if let Some(text) = next.get_mut(place) {
                *text = value;
            }
            typed.set(next);
        };
        html! {
            <label><span>{ label }</span>
                <input type="text" class="search" data-testid={handle} spellcheck="false" autocomplete="off"
                    value={text} {onchange} />
            </label>
        }
    };
    let on_choose = {
        let services = services.setter();
        Callback::from(move |at: usize| services.set(at == 0))
    };
    let on_use = {
        let used = used.setter();
        Callback::from(move |kept: bool| used.set(kept))
    };
    html! {
        <section class="compare" data-testid="compare" aria-label={words::COMPARE}>
            <p class="hint">{ words::COMPARE_LEAD }</p>
            <div class="compare-sides">
                if let Some(side) = kept {
                    { described(side, &choices.view) }
                } else {
                    { input(0, words::BEFORE, "compare-before") }
                }
                { input(1, words::AFTER, "compare-after") }
                <Segmented label={words::COMPARE_BY} chosen={usize::from(!*services)} {on_choose} options={vec![
                    (words::BY_SERVICE, words::BY_SERVICE, "compare-services"),
                    (words::BY_PAIR, words::BY_PAIR, "compare-pairs"),
                ]} />
            </div>
            <Keeping view={choices.view.clone()} side={side.as_deref().cloned()} used={*used} {on_use} />
            if let Some(why) = wrong {
                <p class="filter-error" role="alert">{ why.message }</p>
            }
            if let Some(answer) = results.compare.get() {
                { table(answer, &choices) }
            }
        </section>
    }
}

fn table(answer: &CompareAnswer, choices: &ChoicesHandle) -> Html {
    let row = |row: &CompareRow| {
        let (old, new) = (row.before.attempts(), row.after.attempts());
        let step =
            if new >= old { format!("+{}", exact(new - old)) } else { format!("−{}", exact(old - new)) };
        let class = match row.change {
            Change::New => "severity new",
            Change::Gone => "severity gone",
            _ => "severity",
        };
        html! {
            <tr>
                <td><span {class}>{ words::change(row.change) }</span></td>
                { pair_cells(&row.src, &row.dst, row.service) }
                <td class="n">{ number(row.before.allowed_flows) }</td>
                <td class="n den">{ number(row.before.denied_flows) }</td>
                <td class="n">{ number(row.after.allowed_flows) }</td>
                <td class="n den">{ number(row.after.denied_flows) }</td>
                <td class="n">{ step }</td>
                { show_flows(&row.filter, "compare-show", &row.src, &row.dst, &choices.dispatcher()) }
            </tr>
        }
    };
    let shown = answer.rows.rows.len();
    html! {
        <>
        <p role="status" data-testid="compare-summary">{ words::compared(answer) }</p>
        if shown > 0 {
        <div class="table-scroll">
        <table class="finding-table" data-testid="compare-table">
            <caption class="visually-hidden">{ words::COMPARE }</caption>
            <thead>
                <tr>
                    <td colspan="4"></td>
                    <th colspan="2" class="n" scope="colgroup">{ words::BEFORE }</th>
                    <th colspan="2" class="n" scope="colgroup">{ words::AFTER }</th>
                    <td colspan="2"></td>
                </tr>
                <tr>
                    <th scope="col">{ words::CHANGE }</th>
                    <th scope="col">{ words::FROM }</th>
                    <th scope="col">{ words::TO }</th>
                    <th scope="col">{ details::PORT }</th>
                    for words in [details::ALLOWED, details::DENIED, details::ALLOWED, details::DENIED, words::STEP] {
                        <th scope="col" class="n">{ words }</th>
                    }
                    <th class="show"><span class="visually-hidden">{ words::SHOW }</span></th>
                </tr>
            </thead>
            <tbody>{ for answer.rows.rows.iter().map(row) }</tbody>
        </table>
        </div>
        }
        if shown < answer.rows.total as usize {
            <p class="hint">{ shared::shown(shown, answer.rows.total) }</p>
        }
        </>
    }
}
