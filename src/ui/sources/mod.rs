//! The Data screen: every source by its fate, the sums that must add up, every problem.

mod coverage;
mod issues;
mod kept;
mod kusto;
mod list;
mod migration;
mod tables;

use super::state::{ChoicesHandle, ResultsHandle};
use super::words::{coverage as covered, sources as words};
use azflow_engine::session::{DataAnswer, Overlap};
use coverage::CoverageGrid;
use list::Sources;
use migration::Side;
use yew::prelude::*;

pub use issues::{Issues, SourceIssue};
pub use kept::kept;
pub use kusto::Kusto;
pub use tables::Tables;

#[component]
pub fn DataScreen() -> Html {
    let (Some(results), Some(choices)) = (use_context::<ResultsHandle>(), use_context::<ChoicesHandle>())
    else {
        return Html::default();
    };
    let Some(answer) = results.data.get().cloned() else {
        return html! { <main class="data-screen skeleton" aria-busy="true"><p class="hint">{ words::WAITING }</p></main> };
    };
    let found: &DataAnswer = &answer;
    let issues = SourceIssue::all(&found.sources);
    html! {
        <main class="data-screen">
            <Tables answer={answer.clone()} />
            <section class="sums" aria-label={words::SUMS}>
                <h2>{ words::SUMS }</h2>
                <ul>
                    for sum in words::sums(&found.totals) {
                        <li class={if sum.holds { "holds" } else { "broken" }}>
                            <span class="check" aria-hidden="true">{ if sum.holds { "✓" } else { "✗" } }</span>
                            <span><b>{ sum.whole.0.clone() }</b>{ " " }{ sum.whole.1 }{ " = " }
                                for (i, (value, name)) in sum.parts.iter().enumerate() {
                                    if i > 0 { { " + " } }
                                    <b>{ value.clone() }</b>{ " " }{ *name }
                                }
                            </span>
                            <span class="hint">{ if sum.holds { words::ADDS_UP } else { words::DOES_NOT } }</span>
                        </li>
                    }
                </ul>
            </section>
            if !found.overlaps.is_empty() {
                { overlaps(&found.overlaps, found.superseded) }
            }
            if let Some(found) = &found.migration {
                <Side found={found.clone()} />
            }
            if let Some(coverage) = results.coverage.get().cloned() {
                <section aria-label={covered::TITLE}>
                    <h2>{ covered::TITLE }</h2>
                    <CoverageGrid {coverage} />
                </section>
            }
            <section aria-label={words::SOURCES}>
                <h2>{ words::SOURCES }</h2>
                <Sources answer={answer.clone()} />
            </section>
            <section aria-label={words::ISSUES}>
                <h2>{ words::ISSUES }</h2>
                if issues.is_empty() {
                    <p class="hint" data-testid="issues-list">{ words::NO_ISSUES }</p>
                } else {
                    <Issues {issues} />
                }
            </section>
            <Kusto />
            { kept(&choices, true) }
        </main>
    }
}

fn overlaps(list: &[Overlap], superseded: [u64; 2]) -> Html {
    html! {
        <section aria-label={words::OVERLAPS}>
            <h2>{ words::OVERLAPS }</h2>
            <p class="hint">{ words::OVERLAPS_LEAD }</p>
            <ul class="overlaps">
                for overlap in list.iter() {
                    <li><code>{ overlap.mac.clone() }</code>{ " " }
                        { super::format::counted(u64::from(overlap.hours), "hour", "hours") }{ ": " }
                        { words::overlap(&overlap.kinds) }</li>
                }
            </ul>
            <p class="hint">{ words::superseded(superseded) }</p>
        </section>
    }
}
