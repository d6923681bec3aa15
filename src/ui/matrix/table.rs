//! The matrix as a table: the same numbers for screen readers, for searching, for copying.
//!
//! A hundred cells are made at a time, so that a large table never holds the page up. Where only numbers change, as
//! with a filter, rows stay until theirs are there, and the panels that are looked at come first.

use crate::ui::format::exact;
use crate::ui::grid::{Chart, ChartCell, Measure};
use crate::ui::state::Shared;
use crate::ui::words::{matrix, shared};
use gloo_timers::callback::Timeout;
use yew::prelude::*;

/// Beyond this many lines a table is of no use to anyone, and slow.
const MOST: u32 = 120;
/// So many cells are made at once.
const AT_ONCE: u32 = 120;
/// How long numbers wait for the panels.
const AFTER_PANELS_MS: u32 = 60;

/// What each part of the table shows. All are of the same rows and columns.
struct Made {
    chart: Shared<Chart>,
    parts: Vec<Shared<Chart>>,
}

impl Made {
    /// The parts that may stay for a chart that may be another one.
    fn parts(&self, chart: &Shared<Chart>) -> Vec<Shared<Chart>> {
        if self.chart == *chart || self.chart.same_lines(chart) { self.parts.clone() } else { Vec::new() }
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
    let made = use_state(|| Made { chart: chart.clone(), parts: Vec::new() });
    // What is made at once needs no parts.
    let small = rows <= by;
    let shown = if small { vec![chart.clone()] } else { made.parts(chart) };
    // The first that is not of this chart yet.
    let next = shown.iter().position(|part| part != chart).unwrap_or(shown.len());
    let busy = !small && next < rows.div_ceil(by) as usize;
    use_effect_with((chart.clone(), next), {
        let (made, mut parts) = (made.setter(), shown.clone());
        move |(chart, next)| {
            let waits = if *next == 0 && !parts.is_empty() { AFTER_PANELS_MS } else { 0 };
            match parts.get_mut(*next) {
                Some(part) => *part = chart.clone(),
                None => parts.push(chart.clone()),
            }
            let made_next = Made { chart: chart.clone(), parts };
            let timer = busy.then(|| Timeout::new(waits, move || made.set(made_next)));
            move || drop(timer)
        }
    });
    let parts = (0..rows).step_by(by as usize).zip(shown).map(|(from, chart)| {
        html! { <Rows key={from} {chart} {from} to={(from + by).min(rows)} {cols} /> }
    });
    html! {
        <>
        if (rows, cols) < chart.size() {
            <p class="hint">{ shared::shown(rows as usize, chart.rows.len()) }</p>
        }
        <table class="matrix-table" data-testid="matrix-table" aria-busy={busy.to_string()}>
            <caption>{ matrix::table_caption(chart) }</caption>
            <thead>
                <tr>
                    <th scope="col">{ matrix::table_corner(chart) }</th>
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
            title={shared::tally(t)}>
            if measure == Measure::Flows {
                <span class="a">{ exact(t.allowed_flows) }</span>
                if t.denied_flows > 0 {
                    <span class="d">{ matrix::denied(t.denied_flows) }</span>
                }
            } else {
                { matrix::amount(measure, cell.value) }
            }
        </td>
    }
}
