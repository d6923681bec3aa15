//! The table of conversations: only the rows in view are in the document, whatever the length of the list.
//!
//! The table sticks to the top of an area that scrolls over as much as the whole list would be high. It is one tab
//! stop; keys move a cursor, and the area follows.

use super::head::head;
use crate::ui::browser::set_style;
use crate::ui::format::{drawn, moment};
use crate::ui::hooks::Platform;
use crate::ui::rows::{ROW, Rows};
use crate::ui::state::{Choice, ChoicesHandle, ResultsHandle, Shared};
use crate::ui::widgets::{number, size};
use crate::ui::words::{flows as words, network};
use azflow_engine::export::{FlowCell, FlowColumn};
use azflow_engine::session::{FlowKey, FlowRow, FlowsAnswer};
use azflow_engine::topology::Path;
use wasm_bindgen::JsValue;
use web_sys::Element;
use yew::prelude::*;

/// The headings and a scroll bar.
const AROUND: f64 = 34.0 + 16.0;
/// What stands below the table.
const BELOW: f64 = 24.0;
/// Rows asked for beyond what is in view, on either side.
const BEYOND: u32 = 64;

#[derive(Properties, PartialEq)]
pub struct GridProps {
    pub answer: Shared<FlowsAnswer>,
    /// The marked rows: the first, and the one behind the last.
    pub marked: (u32, u32),
    /// Called with other ones.
    pub on_mark: Callback<(u32, u32)>,
    /// Called with the rows that should be there: the first, and how many.
    pub on_stretch: Callback<(u32, u32)>,
}

#[component]
pub fn Grid(props: &GridProps) -> Html {
    let (Some(platform), Some(choices)) = (use_context::<Platform>(), use_context::<ChoicesHandle>()) else {
        return Html::default();
    };
    // The bars above the table grow and shrink with answers: each moves it.
    let results = use_context::<ResultsHandle>();
    let (area, space, table) = (use_node_ref(), use_node_ref(), use_node_ref());
    let above = use_state_eq(|| 300.0);
    let top = use_state_eq(|| 0u32);
    let cursor = use_state_eq(|| None::<u32>);
    // Where marking began.
    let anchor = use_mut_ref(|| None::<u32>);
    let answer = &props.answer;
    let rows = Rows::new(answer.total, platform.height - *above - AROUND - BELOW);
    let first = (*top).min(rows.last_top());

    use_effect_with((rows, area.clone(), space.clone(), results), {
        let above = above.setter();
        move |(rows, area, space, _)| {
            let shown = f64::from(rows.visible) * ROW + AROUND;
            set_style(area, "height", &format!("{shown}px"));
            set_style(space, "height", &format!("{}px", rows.height() + AROUND - 16.0));
            if let Some(area) = area.cast::<Element>() {
                let scrolled = area.owner_document().and_then(|d| d.scrolling_element());
                let scrolled = scrolled.map_or(0, |page| page.scroll_top());
                above.set(area.get_bounding_client_rect().top() + f64::from(scrolled));
            }
        }
    });
    // Another list begins at its beginning.
    let list = (choices.view.clone(), choices.selection.clone(), choices.flows.sort.clone());
    use_effect_with(list, {
        let (area, top, cursor) = (area.clone(), top.setter(), cursor.setter());
        let (anchor, on_mark) = (anchor.clone(), props.on_mark.clone());
        move |_| {
            if let Some(area) = area.cast::<Element>() {
                area.set_scroll_top(0);
            }
            top.set(0);
            cursor.set(None);
            *anchor.borrow_mut() = None;
            on_mark.emit((0, 0));
        }
    });
    let block = (first / BEYOND).saturating_sub(1) * BEYOND;
    let stretch = (block, (rows.visible / BEYOND + 4) * BEYOND);
    use_effect_with((stretch, props.on_stretch.clone()), |(stretch, on_stretch)| on_stretch.emit(*stretch));

    let go = {
        let (area, top) = (area.clone(), top.setter());
        move |row: u32| {
            let next = rows.reveal(first, row);
            if let Some(area) = area.cast::<Element>() {
                area.set_scroll_top(rows.scrolled(next).round() as i32);
            }
            top.set(next);
        }
    };
    // Moves the cursor there; with Shift, everything from where that began is marked.
    let point = {
        let (cursor, anchor, on_mark) = (cursor.clone(), anchor.clone(), props.on_mark.clone());
        move |row: u32, shift: bool| {
            let begun = if shift { anchor.borrow().or(*cursor).or(Some(row)) } else { None };
            *anchor.borrow_mut() = begun;
            on_mark.emit(begun.map_or((0, 0), |from| (from.min(row), from.max(row) + 1)));
            cursor.set(Some(row));
        }
    };
    let open = {
        let (dispatcher, answer) = (choices.dispatcher(), answer.clone());
        move |row: Option<u32>| {
            let key = row.and_then(|row| Some(line(&answer, row)?.key));
            dispatcher.dispatch(Choice::Flow(key));
        }
    };
    let onkeydown = {
        let (cursor, point, open, on_mark) =
            (cursor.clone(), point.clone(), open.clone(), props.on_mark.clone());
        let (marked, total, table) = (props.marked, answer.total, table.clone());
        Callback::from(move |event: KeyboardEvent| {
            // Keys on a heading are the heading's.
            let here = table.get().map(JsValue::from) == event.target().map(JsValue::from);
            if !here || event.alt_key() || event.meta_key() {
                return;
            }
            match event.key().as_str() {
                "Enter" | " " => open(*cursor),
                "Escape" if marked.0 < marked.1 => on_mark.emit((0, 0)),
                "Escape" => open(None),
                "a" if event.ctrl_key() => on_mark.emit((0, total)),
                key => {
                    let Some(row) = rows.step(key, *cursor) else { return };
                    point(row, event.shift_key());
                    go(row);
                }
            }
            event.prevent_default();
        })
    };
    let onscroll = {
        let (area, top) = (area.clone(), top.setter());
        Callback::from(move |_: Event| {
            if let Some(area) = area.cast::<Element>() {
                top.set(rows.top(f64::from(area.scroll_top())));
            }
        })
    };
    let columns = &choices.flows.columns;
    let row = |number: u32| {
        let onclick = {
            let (point, open) = (point.clone(), open.clone());
            Callback::from(move |event: MouseEvent| {
                point(number, event.shift_key());
                if !event.shift_key() {
                    open(Some(number));
                }
            })
        };
        let state = State {
            cursor: *cursor == Some(number),
            marked: (props.marked.0..props.marked.1).contains(&number),
        };
        one(number, line(answer, number), columns, choices.flows.open, state, onclick)
    };
    let shown = first..answer.total.min(first + rows.visible);
    let active = cursor.filter(|row| shown.contains(row)).map(|row| format!("flow-{row}"));
    let says = cursor.and_then(|row| line(answer, row)).map(words::row);
    html! {
        <>
        <div class="flows-area" ref={area} {onscroll}>
            <div class="flows-space" ref={space}>
                <table class="flows" ref={table} role="grid" tabindex="0" data-testid="flows-table" aria-label={words::sorted(&choices.flows.sort)}
                    aria-describedby="flows-keys" aria-multiselectable="true" aria-activedescendant={active}
                    aria-rowcount={(answer.total + 1).to_string()} aria-colcount={columns.len().to_string()} {onkeydown}>
                    { head(&choices) }
                    <tbody>{ for shown.map(row) }</tbody>
                </table>
            </div>
        </div>
        <p class="visually-hidden" role="status" data-testid="flows-cursor">{ says }</p>
        <p class="visually-hidden" id="flows-keys">{ words::KEYS }</p>
        </>
    }
}

/// The row of a number, if it is there.
fn line(answer: &FlowsAnswer, number: u32) -> Option<&FlowRow> {
    answer.rows.get(number.checked_sub(answer.from)? as usize)
}

/// How a row looks.
struct State {
    cursor: bool,
    marked: bool,
}

fn one(
    number: u32,
    row: Option<&FlowRow>,
    columns: &[FlowColumn],
    open: Option<FlowKey>,
    state: State,
    onclick: Callback<MouseEvent>,
) -> Html {
    let here = row.is_some_and(|row| open == Some(row.key));
    let class =
        classes!(state.cursor.then_some("cursor"), state.marked.then_some("marked"), here.then_some("open"));
    html! {
        <tr key={number} id={format!("flow-{number}")} {class} data-testid="flow-row" aria-rowindex={(number + 2).to_string()}
            aria-selected={(state.marked || here).to_string()} {onclick}>
            for column in columns.iter() {
                <td role="gridcell" class={class_of(*column)}>
                    { row.and_then(|row| row.cells.get(*column as usize)).map_or_else(|| words::ROW_WAITING.into(), |c| cell(*column, c)) }
                </td>
            }
        </tr>
    }
}

/// The class that gives a column its width and side.
pub(super) fn class_of(column: FlowColumn) -> &'static str {
    match column {
        FlowColumn::Last | FlowColumn::First => "c-time",
        FlowColumn::Direction | FlowColumn::Access | FlowColumn::Protocol => "c-word",
        FlowColumn::Src | FlowColumn::Dst => "c-address",
        FlowColumn::Rules => "c-rules",
        FlowColumn::Port => "c-port n",
        FlowColumn::Denied => "c-count n den",
        _ if column.is_count() => "c-count n",
        _ => "c-name",
    }
}

fn cell(column: FlowColumn, cell: &FlowCell) -> Html {
    let text = |words: String| {
        let short = drawn(&words);
        html! { <span title={words}>{ short }</span> }
    };
    match cell {
        FlowCell::Nothing => html! { <span class="none">{ "–" }</span> },
        FlowCell::Number(value) if column.is_bytes() => size(*value),
        FlowCell::Number(value) if column.is_count() => number(*value),
        FlowCell::Number(value) => value.into(),
        FlowCell::Time(at) => moment(*at).into(),
        FlowCell::List(items) => text(items.join(", ")),
        FlowCell::Text(words) if column == FlowColumn::Path => {
            let path = Path::ALL.into_iter().find(|path| path.as_str() == words);
            text(path.map_or(words.clone(), |path| network::path(path).to_owned()))
        }
        FlowCell::Text(words) if column == FlowColumn::Access => {
            html! { <span class={classes!("access", words.clone())}>{ words.clone() }</span> }
        }
        FlowCell::Text(words) => text(words.clone()),
    }
}
