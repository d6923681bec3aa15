//! Tables of what is not drawn: route tables, flow logs, what tags hold at single places, what was not understood.

use super::tables::{or_dash, section, table};
use crate::ui::widgets::named;
use crate::ui::words::network as words;
use azflow_engine::session::{DoubtRow, EffectiveTagRow, FlowLogRow, NetworkAnswer, RouteTableRow};
use yew::prelude::*;

/// Prefixes of a tag that are written out.
const PREFIXES: usize = 6;

pub fn doubts(answer: &NetworkAnswer, open: bool, more: Callback<MouseEvent>) -> Html {
    let row = |row: &DoubtRow| {
        html! {
            <tr>
                <th scope="row">{ words::part(row.part) }</th>
                <td>{ or_dash(&row.name) }</td>
                <td>{ row.why.clone() }</td>
            </tr>
        }
    };
    if answer.doubts.rows.is_empty() {
        return Html::default();
    }
    let rows: Vec<Html> = answer.doubts.rows.iter().map(row).collect();
    let left_out = answer.doubts.total as usize - rows.len().min(answer.doubts.total as usize);
    let list = html! {
        <>
        <p class="hint">{ words::DOUBTS_LEAD }</p>
        { table((words::DOUBTS, "doubts-table"), &words::DOUBT_COLUMNS, 3, rows, open, more) }
        if left_out > 0 { <p class="hint">{ words::not_listed(left_out) }</p> }
        </>
    };
    section(words::DOUBTS, list)
}

pub fn route_tables(answer: &NetworkAnswer, open: bool, more: Callback<MouseEvent>) -> Html {
    let row = |row: &RouteTableRow| {
        html! {
            <tr>
                <th scope="row">{ named(&row.name) }</th>
                <td>for route in &row.routes { <code>{ route.clone() }</code><br /> }if row.routes.is_empty() { { or_dash("") } }</td>
                <td>{ or_dash(&row.subnets.join(", ")) }</td>
                <td>{ words::flag(row.ignores_gateways) }</td>
            </tr>
        }
    };
    if answer.route_tables.is_empty() {
        return Html::default();
    }
    let rows = answer.route_tables.iter().map(row).collect();
    section(
        words::ROUTE_TABLES,
        table((words::ROUTE_TABLES, "route-tables"), &words::ROUTE_TABLE_COLUMNS, 4, rows, open, more),
    )
}

pub fn flow_logs(answer: &NetworkAnswer, open: bool, more: Callback<MouseEvent>) -> Html {
    let row = |row: &FlowLogRow| {
        html! {
            <tr>
                <th scope="row">{ named(&row.name) }</th>
                <td>{ row.target.clone() }if !row.kind.is_empty() { <small>{ words::log_kind(&row.kind) }</small> }</td>
                <td class={(row.enabled == Some(false)).then_some("bad")}>{ words::flag(row.enabled) }</td>
                <td>{ words::records(&row.record_types) }</td>
                <td>{ or_dash(&row.filter) }</td>
                <td>{ words::retention(row.retention_days) }</td>
                <td>{ or_dash(&row.ends) }</td>
            </tr>
        }
    };
    if answer.flow_logs.is_empty() {
        return Html::default();
    }
    let rows = answer.flow_logs.iter().map(row).collect();
    section(
        words::FLOW_LOGS,
        table((words::FLOW_LOGS, "flow-logs"), &words::FLOW_LOG_COLUMNS, 7, rows, open, more),
    )
}

pub fn effective_tags(answer: &NetworkAnswer, open: bool, more: Callback<MouseEvent>) -> Html {
    let row = |row: &EffectiveTagRow| {
        let shown = row.prefixes.iter().take(PREFIXES).cloned().collect::<Vec<_>>().join(", ");
        let more = row.prefixes.len().saturating_sub(PREFIXES);
        html! {
            <tr>
                <th scope="row">{ row.tag.clone() }</th>
                <td>{ row.place.clone() }</td>
                <td><code>{ shown }</code>if more > 0 { <small>{ words::and_more(more) }</small> }</td>
            </tr>
        }
    };
    if answer.effective_tags.is_empty() {
        return Html::default();
    }
    let rows = answer.effective_tags.iter().map(row).collect();
    section(
        words::EFFECTIVE_TAGS,
        table((words::EFFECTIVE_TAGS, "effective-tags"), &words::EFFECTIVE_TAG_COLUMNS, 3, rows, open, more),
    )
}
