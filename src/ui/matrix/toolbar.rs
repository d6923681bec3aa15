//! How the matrix is measured, ordered and cut.

use crate::ui::grid::{Chart, Measure, Sort};
use crate::ui::state::{Choice, ChoicesHandle, Shared};
use crate::ui::widgets::Choose;
use crate::ui::words::matrix;
use yew::prelude::*;

/// Lengths on offer for IPv4, shortest first.
const LENGTHS4: std::ops::RangeInclusive<u8> = 16..=29;
/// Lengths on offer for IPv6.
const LENGTHS6: [u8; 5] = [48, 52, 56, 60, 64];

#[derive(Properties, PartialEq)]
pub struct ToolbarProps {
    pub chart: Shared<Chart>,
}

#[component]
pub fn Toolbar(props: &ToolbarProps) -> Html {
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let chart = &props.chart;
    let on = |make: fn(usize) -> Choice| {
        let dispatcher = choices.dispatcher();
        Callback::from(move |i: usize| dispatcher.dispatch(make(i)))
    };
    let press = |words: &'static str,
                 title: &'static str,
                 handle: &'static str,
                 choice: fn(bool) -> Choice,
                 now: bool| {
        let dispatcher = choices.dispatcher();
        html! {
            <button type="button" class="quiet" data-testid={handle} {title} aria-pressed={now.to_string()}
                onclick={move |_: MouseEvent| dispatcher.dispatch(choice(!now))}>{ words }</button>
        }
    };
    let at = |found: Option<usize>| found.unwrap_or_default();
    let cut = choices.view.cut;
    // Inferred IPv6 subnets are the only names with two colons.
    let v6 = cut.v6 != 64 || chart.subnets.iter().any(|s| s.name.contains(':'));
    let networks = chart.subnets.iter().any(|s| s.network.is_some());
    let words = |list: Vec<&'static str>| list.into_iter().map(AttrValue::from).collect::<Vec<_>>();
    html! {
        <div class="toolbar">
            <Choose label={matrix::MEASURE} handle="measure"
                options={words(Measure::ALL.map(matrix::measure).to_vec())}
                chosen={at(Measure::ALL.iter().position(|m| *m == choices.measure))}
                on_choose={on(|i| Choice::Measure(Measure::ALL.get(i).copied().unwrap_or_default()))} />
            <Choose label={matrix::ORDER} handle="sort"
                options={words(Sort::ALL.map(matrix::sort).to_vec())}
                chosen={at(Sort::ALL.iter().position(|s| *s == choices.sort))}
                on_choose={on(|i| Choice::Sort(Sort::ALL.get(i).copied().unwrap_or_default()))} />
            <Choose label={matrix::PREFIX4} handle="prefix4"
                options={LENGTHS4.map(|l| AttrValue::from(format!("/{l}"))).collect::<Vec<_>>()}
                chosen={at(LENGTHS4.clone().position(|l| l == cut.v4))}
                on_choose={on(|i| Choice::Prefix4(LENGTHS4.clone().nth(i).unwrap_or(24)))} />
            if v6 {
                <Choose label={matrix::PREFIX6} handle="prefix6"
                    options={LENGTHS6.map(|l| AttrValue::from(format!("/{l}"))).to_vec()}
                    chosen={at(LENGTHS6.iter().position(|l| *l == cut.v6))}
                    on_choose={on(|i| Choice::Prefix6(LENGTHS6.get(i).copied().unwrap_or(64)))} />
            }
            if networks || choices.view.fold {
                { press(matrix::FOLD, matrix::FOLD_TITLE, "fold", Choice::Fold, choices.view.fold) }
            }
            { press(matrix::TRANSPOSE, matrix::TRANSPOSE_TITLE, "transpose", Choice::Transpose, choices.transpose) }
            { press(matrix::HIDE_EMPTY, matrix::HIDE_EMPTY_TITLE, "hide-empty", Choice::HideEmpty, choices.hide_empty) }
            <span class="spring"></span>
            { press(matrix::AS_TABLE, matrix::AS_TABLE, "as-table", Choice::AsTable, choices.as_table) }
        </div>
    }
}
