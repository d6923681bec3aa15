//! What the matrix's colours mean, with the scale printed.

use crate::ui::grid::opacity;
use crate::ui::grid::{Chart, LEVELS, Measure};
use crate::ui::state::Shared;
use crate::ui::words::{matrix, matrix::legend};
use yew::prelude::*;

/// Width of the printed scale.
const RAMP: f64 = 168.0;

#[derive(Properties, PartialEq)]
pub struct LegendProps {
    pub chart: Shared<Chart>,
}

#[component]
pub fn Legend(props: &LegendProps) -> Html {
    let chart = &props.chart;
    let flows = chart.measure == Measure::Flows;
    let swatch = |class: &'static str, words: &'static str| {
        html! {
            <li>
                <svg width="14" height="14" aria-hidden="true" focusable="false">
                    <rect class={if class == "zero" || class == "mark" { "never" } else { class }} width="14" height="14" />
                    if class == "denied" {
                        <rect class="hatch" width="14" height="14" />
                    }
                    if class == "zero" {
                        <circle class="zero" cx="7" cy="7" r="3.500" />
                    }
                    if class == "mark" {
                        <rect class="allowed" width="14" height="14" fill-opacity="0.500" />
                        <path class="denied" d="M14 7v7h-7z" />
                    }
                </svg>
                { words }
            </li>
        }
    };
    html! {
        <div class="legend">
            <Ramp chart={chart.clone()} />
            <ul>
                { swatch(if flows { "denied" } else { "mark" }, if flows { legend::DENIED } else { legend::DENIED_MARK }) }
                { swatch("zero", if flows { legend::ZERO } else { legend::ZERO_TRAFFIC }) }
                { swatch("never", legend::NEVER) }
                { swatch("diagonal", legend::DIAGONAL) }
            </ul>
            if chart.scale.max == 0 && !flows {
                <p class="hint">{ matrix::no_traffic(chart.measure) }</p>
            }
        </div>
    }
}

/// The scale: steps of depth, and what they stand for.
#[component]
fn Ramp(props: &LegendProps) -> Html {
    let chart = &props.chart;
    let step = RAMP / LEVELS as f64;
    let ticks = chart.scale.ticks();
    let last = ticks.len().saturating_sub(1);
    html! {
        <figure class="ramp" aria-label={matrix::scale(chart)}>
            <svg width={(RAMP + 28.0).to_string()} height="30" aria-hidden="true" focusable="false">
                for level in 0..LEVELS {
                    <rect class="never" x={(level as f64 * step).to_string()} width={step.to_string()} height="12" />
                    <rect class="allowed" x={(level as f64 * step).to_string()} width={(step - 1.0).to_string()} height="12"
                        fill-opacity={format!("{:.2}", opacity(level))} />
                }
                for (i, tick) in ticks.iter().enumerate() {
                    <text x={(chart.scale.depth(*tick) * RAMP).to_string()} y="26"
                        text-anchor={if i == 0 && last > 0 { "start" } else if i == last { "end" } else { "middle" }}>
                        { matrix::amount(chart.measure, *tick) }
                    </text>
                }
            </svg>
            <figcaption>{ matrix::scale_caption(chart.measure) }</figcaption>
        </figure>
    }
}
