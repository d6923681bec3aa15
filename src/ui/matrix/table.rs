//! The matrix as a table: the same numbers for screen readers, for searching, for copying.

use crate::ui::format::exact;
use crate::ui::grid::{Chart, ChartCell, Measure};
use crate::ui::state::Shared;
use crate::ui::text;
use yew::prelude::*;

/// Beyond this many cells a table is of no use to anyone, and slow.
const MOST: u32 = 120;

#[derive(Properties, PartialEq)]
pub struct TableProps {
    pub chart: Shared<Chart>,
}

#[component]
pub fn Table(props: &TableProps) -> Html {
    let chart = &props.chart;
    let shown = chart.len().min(MOST);
    html! {
        <>
        if shown < chart.len() {
            <p class="hint">{ text::shown(shown as usize, chart.len()) }</p>
        }
        <table class="matrix-table" data-testid="matrix-table">
            <caption>{ text::table_caption(chart) }</caption>
            <thead>
                <tr>
                    <th scope="col">{ text::TABLE_CORNER }</th>
                    for col in 0..shown {
                        <th scope="col">{ chart.name(col) }</th>
                    }
                </tr>
            </thead>
            <tbody>
                for row in 0..shown {
                    <tr>
                        <th scope="row">{ chart.name(row) }</th>
                        for col in 0..shown {
                            { cell(chart.measure, chart.cell(row, col)) }
                        }
                    </tr>
                }
            </tbody>
        </table>
        </>
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
