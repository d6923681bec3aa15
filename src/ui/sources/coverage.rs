//! Which NIC has records of which hour, drawn and as a table, and what that means.

use crate::ui::browser::unix_hours;
use crate::ui::format::exact;
use crate::ui::state::Shared;
use crate::ui::words::coverage as words;
use azflow_core::model::SortSmall;
use azflow_engine::session::{Coverage, CoveredNic};
use std::cmp::Reverse;
use yew::prelude::*;

/// NICs shown before more are asked for.
const FIRST: usize = 40;

#[derive(Properties, PartialEq)]
pub struct CoverageProps {
    pub coverage: Shared<Coverage>,
}

#[component]
pub fn CoverageGrid(props: &CoverageProps) -> Html {
    let open = use_state_eq(|| false);
    let gaps_first = use_state_eq(|| false);
    let coverage: &Coverage = &props.coverage;
    if coverage.nics.is_empty() {
        return html! { <p class="hint">{ words::NONE }</p> };
    }
    let mut nics: Vec<&CoveredNic> = coverage.nics.iter().collect();
    if *gaps_first {
        nics.sort_small_by_key(|nic| Reverse(nic.missing));
    }
    let shown = if *open { nics.len() } else { nics.len().min(FIRST) };
    let current = unix_hours().filter(|now| coverage.first + coverage.hours > *now);
    let all = {
        let setter = open.setter();
        Callback::from(move |_: MouseEvent| setter.set(true))
    };
    let turn = {
        let (setter, next) = (gaps_first.setter(), !*gaps_first);
        Callback::from(move |_: MouseEvent| setter.set(next))
    };
    html! {
        <>
        <p class="coverage-sentence" data-testid="coverage-sentence">{ words::sentence(coverage, current.is_some()) }</p>
        <p><button type="button" class="quiet" aria-pressed={if *gaps_first { "true" } else { "false" }} onclick={turn}>
            { words::GAPS_FIRST }</button></p>
        <div class="table-scroll">
        <table class="coverage" data-testid="coverage">
            <caption class="visually-hidden">{ words::CAPTION }</caption>
            <thead><tr>
                <th scope="col">{ words::NIC }</th>
                <th scope="col" class="strip-head">
                    <span>{ words::hour(coverage.first) }</span>
                    <span>{ words::hour(coverage.first + coverage.hours - 1) }</span>
                </th>
                <th scope="col" class="n">{ words::COVERED }</th>
                <th scope="col" class="n">{ words::MISSING }</th>
                <th scope="col">{ words::GAPS }</th>
                <th scope="col">{ words::HOLDS }</th>
            </tr></thead>
            <tbody>
                for nic in nics.iter().take(shown) { { row(nic, coverage, current) } }
            </tbody>
        </table>
        </div>
        if shown < nics.len() {
            <p class="more"><button type="button" class="quiet" onclick={all}>{ words::all(nics.len()) }</button></p>
        }
        </>
    }
}

fn row(nic: &CoveredNic, coverage: &Coverage, current: Option<u32>) -> Html {
    let percent = |hours: u32| 100.0 * f64::from(hours) / f64::from(coverage.hours.max(1));
    let pc = |value: f64| format!("{value:.3}%");
    let name = if nic.mac.is_empty() { words::UNNAMED.to_owned() } else { nic.mac.clone() };
    html! {
        <tr>
            <th scope="row"><code>{ name }</code></th>
            <td class="strip">
                <svg aria-hidden="true" focusable="false">
                    if let (Some(first), Some(last)) = (nic.runs.first(), nic.runs.last()) {
                        <rect class="gap" x={pc(percent(first.first - coverage.first))} height="100%"
                            width={pc(percent(last.first + last.hours - first.first))} />
                    }
                    for run in nic.runs.iter() {
                        <rect class={if run.vnet { "vnet" } else if run.nsg { "nsg" } else { "analytics" }}
                            x={pc(percent(run.first - coverage.first))} width={pc(percent(run.hours))} height="100%" />
                    }
                    if let Some(now) = current.filter(|now| *now >= coverage.first) {
                        <rect class="hatch" x={pc(percent(now - coverage.first))} width={pc(percent(1))} height="100%" />
                    }
                </svg>
            </td>
            <td class="n">{ exact(u64::from(nic.hours)) }</td>
            <td class={classes!("n", (nic.missing > 0).then_some("den"))}>{ if nic.missing == 0 { "–".to_owned() } else { exact(u64::from(nic.missing)) } }</td>
            <td>{ words::gaps(nic) }</td>
            <td>{ nic.holds.words() }</td>
        </tr>
    }
}
