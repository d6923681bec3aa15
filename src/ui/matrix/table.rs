//! The matrix as a table: the same numbers for screen readers, for searching, for copying.
//!
//! A hundred cells are made at a time, so that a large table never holds the page up. Where only numbers change, as
//! with a filter, rows stay until theirs are there, and the panels that are looked at come first.

use crate::ui::format::exact;
use crate::ui::grid::{Chart, ChartCell, Measure};
use crate::ui::state::Shared;
use crate::ui::text;
use gloo::timers::callback::Timeout;
use yew::prelude::*;

/// Beyond this many lines a table is of no use to anyone, and slow.
const MOST: u32 = 120;
/// So many cells are made at once.
const AT_ONCE: u32 = 120;
/// How long numbers wait for the panels.
const AFTER_PANELS_MS: u32 = 60;

/// How far the table is.
struct Made {
    /// What it is of.
    chart: Shared<Chart>,
    /// Rows that are of it.
    ready: u32,
    /// What the others are of, while that has the same rows and columns.
    before: Option<Shared<Chart>>,
}

impl Made {
    /// The state for a chart that may be another one.
    fn of(&self, chart: &Shared<Chart>) -> Self {
        if self.chart == *chart {
            return Self { chart: chart.clone(), ready: self.ready, before: self.before.clone() };
        }
        let whole = self.ready >= self.chart.rows.len().min(MOST);
        let before = if whole { Some(&self.chart) } else { self.before.as_ref() };
        let before = before.filter(|before| before.same_lines(chart)).cloned();
        Self { chart: chart.clone(), ready: 0, before }
    }
}

#[derive(Properties, PartialEq)]
pub struct TableProps {
    pub chart: Shared<Chart>,
}

#[component]
pub fn Table(props: &TableProps) -> Html {
    let chart = &props.chart;
    let (rows, cols) = (chart.rows.len().min(MOST), chart.cols.len().min(MOST));
    let by = (AT_ONCE / cols.max(1)).max(1);
    let made = use_state(|| Made { chart: chart.clone(), ready: 0, before: None });
    let Made { ready, before, .. } = made.of(chart);
    let waits = if ready == 0 && before.is_some() { AFTER_PANELS_MS } else { 0 };
    use_effect_with((chart.clone(), ready), {
        let (made, before) = (made.setter(), before.clone());
        move |(chart, ready)| {
            let next = Made { chart: chart.clone(), ready: ready + by, before };
            let timer = (*ready < rows).then(|| Timeout::new(waits, move || made.set(next)));
            move || drop(timer)
        }
    });
    let there = if before.is_some() { rows } else { ready.min(rows) };
    let parts = (0..there).step_by(by as usize).map(|from| {
        let chart = before.as_ref().filter(|_| from >= ready).unwrap_or(chart).clone();
        html! { <Rows key={from} {chart} {from} to={(from + by).min(rows)} {cols} /> }
    });
    html! {
        <>
        if (rows, cols) < chart.size() {
            <p class="hint">{ text::shown(rows as usize, chart.rows.len()) }</p>
        }
        <table class="matrix-table" data-testid="matrix-table" aria-busy={(ready < rows).to_string()}>
            <caption>{ text::table_caption(chart) }</caption>
            <thead>
                <tr>
                    <th scope="col">{ text::table_corner(chart) }</th>
                    for col in 0..cols {
                        <th scope="col">{ chart.col_name(col) }</th>
                    }
                </tr>
            </thead>
            <tbody>{ for parts }</tbody>
        </table>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct RowsProps {
    chart: Shared<Chart>,
    from: u32,
    to: u32,
    cols: u32,
}

#[component]
fn Rows(props: &RowsProps) -> Html {
    let chart = &props.chart;
    html! {
        for row in props.from..props.to {
            <tr>
                <th scope="row">{ chart.row_name(row) }</th>
                for col in 0..props.cols {
                    { cell(chart.measure, chart.cell(row, col)) }
                }
            </tr>
        }
    }
}

fn cell(measure: Measure, cell: Option<&ChartCell>) -> Html {
    let Some(cell) = cell else { return html! { <td></td> } };
    let t = &cell.tally;
    html! {
        <td data-allowed={t.allowed_flows.to_string()} data-denied={t.denied_flows.to_string()}
            data-bytes={t.counters.bytes().to_string()} data-packets={t.counters.packets().to_string()}
            title={text::tally(t)}>
            if measure == Measure::Flows {
                <span class="a">{ exact(t.allowed_flows) }</span>
                if t.denied_flows > 0 {
                    <span class="d">{ text::denied(t.denied_flows) }</span>
                }
            } else {
                { text::amount(measure, cell.value) }
            }
        </td>
    }
}
