//! The timeline as a table: bins with something in them, and those of which there are no logs.

use crate::session::{Covered, OverTime};
use crate::ui::format::{bytes, exact, exact_bytes};
use crate::ui::hooks::use_opened;
use crate::ui::state::Shared;
use crate::ui::words::{self, details, timeline};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct TableProps {
    pub answer: Shared<OverTime>,
}

/// A twin that opens.
#[component]
pub fn Table(props: &TableProps) -> Html {
    let (open, onclick) = use_opened();
    html! {
        <details class="promise-menu twin-menu" data-testid="timeline-table" {open}>
            <summary {onclick}>{ details::CHART_TABLE }</summary>
            if open {
                { table(&props.answer) }
            }
        </details>
    }
}

fn table(answer: &OverTime) -> Html {
    let bins = answer.timeline.bins.iter().zip(&answer.covered).enumerate();
    let shown = bins.filter(|(_, (bin, covered))| {
        bin.attempts() > 0 || bin.counters.bytes() > 0 || **covered != Covered::Whole
    });
    let note = |covered: Covered| match covered {
        Covered::Whole => "",
        Covered::Partly => timeline::SOME_LOGS,
        Covered::Not => timeline::NO_LOGS,
    };
    html! {
        <div class="menu" tabindex="0" role="group" aria-label={timeline::TITLE}>
            <table>
                <caption class="visually-hidden">{ timeline::summary(answer) }</caption>
                <thead><tr>
                    <th scope="col">{ details::TIME }</th>
                    <th scope="col" class="n">{ details::ALLOWED }</th>
                    <th scope="col" class="n">{ details::DENIED }</th>
                    <th scope="col" class="n">{ details::BYTES }</th>
                    <th scope="col"><span class="visually-hidden">{ timeline::NO_LOGS }</span></th>
                </tr></thead>
                <tbody>
                    for (index, (bin, covered)) in shown {
                        <tr>
                            <th scope="row">{ words::bin_time(&answer.timeline, index) }</th>
                            if *covered == Covered::Not {
                                <td class="n">{ "–" }</td><td class="n">{ "–" }</td><td class="n">{ "–" }</td>
                            } else {
                                <td class="n">{ exact(bin.allowed_flows) }</td>
                                <td class="n">{ exact(bin.denied_flows) }</td>
                                <td class="n" title={exact_bytes(bin.counters.bytes())}>{ bytes(bin.counters.bytes()) }</td>
                            }
                            <td>{ note(*covered) }</td>
                        </tr>
                    }
                </tbody>
            </table>
        </div>
    }
}
