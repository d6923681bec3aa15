//! A chart over time as a table: bins with something in them, and those of which there are no logs. It opens, and is
//! made while it is open.

use crate::ui::format::{bytes, exact, exact_bytes};
use crate::ui::hooks::use_opened;
use crate::ui::words::{bins, details, timeline as over_time};
use azflow_engine::session::{Covered, Timeline};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct TableProps {
    pub timeline: Timeline,
    /// For each bin, whether there are logs of it; empty: it is not said.
    #[prop_or_default]
    pub covered: Vec<Covered>,
    /// For each bin, the bytes in it that may be from before the window; empty: there are none.
    #[prop_or_default]
    pub older_bytes: Vec<u64>,
    pub caption: String,
    /// Whether it opens over the page, as a menu.
    #[prop_or_default]
    pub menu: bool,
}

#[component]
pub fn TimelineTable(props: &TableProps) -> Html {
    let (open, onclick) = use_opened();
    let (class, handle) =
        if props.menu { ("promise-menu twin-menu", Some("timeline-table")) } else { ("twin", None) };
    html! {
        <details {class} data-testid={handle} {open}>
            <summary {onclick}>{ details::CHART_TABLE }</summary>
            if open && props.menu {
                <div class="menu" tabindex="0" role="group" aria-label={over_time::TITLE}>{ table(props) }</div>
            } else if open {
                { table(props) }
            }
        </details>
    }
}

fn table(TableProps { timeline, covered, older_bytes, caption, .. }: &TableProps) -> Html {
    let said = !covered.is_empty();
    let covered = |index: usize| covered.get(index).copied().unwrap_or_default();
    let shown = timeline.bins.iter().enumerate().filter(|(index, bin)| {
        bin.attempts() > 0 || bin.counters.bytes() > 0 || covered(*index) != Covered::Whole
    });
    let note = |covered: Covered| match covered {
        Covered::Whole => "",
        Covered::Partly => over_time::SOME_LOGS,
        Covered::Not => over_time::NO_LOGS,
    };
    html! {
        <table>
            <caption class="visually-hidden">{ caption.clone() }</caption>
            <thead><tr>
                <th scope="col">{ details::TIME }</th>
                <th scope="col" class="n">{ details::ALLOWED }</th>
                <th scope="col" class="n">{ details::DENIED }</th>
                <th scope="col" class="n">{ details::BYTES }</th>
                if said {
                    <th scope="col"><span class="visually-hidden">{ over_time::NO_LOGS }</span></th>
                }
            </tr></thead>
            <tbody>
                for (index, bin) in shown {
                    <tr>
                        <th scope="row">{ bins::bin_time(timeline, index) }</th>
                        if covered(index) == Covered::Not {
                            <td class="n">{ "–" }</td><td class="n">{ "–" }</td><td class="n">{ "–" }</td>
                        } else {
                            <td class="n">{ exact(bin.allowed_flows) }</td>
                            <td class="n">{ exact(bin.denied_flows) }</td>
                            <td class="n" title={exact_bytes(bin.counters.bytes())}>
                                { bytes(bin.counters.bytes()) }
                                if let Some(older) = older_bytes.get(index).copied().filter(|older| *older > 0) {
                                    <small>{ over_time::older(older) }</small>
                                }
                            </td>
                        }
                        if said {
                            <td>{ note(covered(index)) }</td>
                        }
                    </tr>
                }
            </tbody>
        </table>
    }
}
