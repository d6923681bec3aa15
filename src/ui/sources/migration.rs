//! Logs of network security groups beside those of virtual networks: whether the former may be switched off.

use crate::ui::format::{bytes, exact};
use crate::ui::widgets::{first_rows, named};
use crate::ui::words::{migration as words, shared::sentence};
use azflow_engine::export::{Counted, HoursOfBoth, Migration, OnlyNsg};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct SideProps {
    pub found: Migration,
}

#[component]
pub fn Side(props: &SideProps) -> Html {
    let open = use_state_eq(|| [false; 2]);
    let found = &props.found;
    let more = |which: usize| {
        let (setter, mut next) = (open.setter(), *open);
        next[which] = true;
        Callback::from(move |_: MouseEvent| setter.set(next))
    };
    html! {
        <section aria-label={words::TITLE}>
            <h2>{ words::TITLE }</h2>
            <p data-testid="migration-answer"><b>{ sentence(&found.answer) }</b></p>
            <p class="hint">{ words::LEAD }</p>
            { first_rows("coverage", (words::HOURS, "migration-hours"), (&words::HOUR_COLUMNS, 1), found.hours.iter().map(hours).collect(), open[0], more(0)) }
            if !found.only_nsg.is_empty() {
                <h3>{ words::ONLY }</h3>
                { first_rows("coverage", (words::ONLY, "migration-only"), (&words::ONLY_COLUMNS, 3), found.only_nsg.iter().map(only).collect(), open[1], more(1)) }
                if found.only_nsg_total > found.only_nsg.len() as u64 {
                    <p class="hint">{ words::not_listed(found.only_nsg_total - found.only_nsg.len() as u64) }</p>
                }
            }
        </section>
    }
}

fn counted(of: Option<Counted>) -> Html {
    let cells = match of {
        Some(of) => {
            [exact(of.begun), exact(of.denied), of.bytes.map_or_else(|| words::NOT_COUNTED.to_owned(), bytes)]
        }
        None => [words::NO_LOG, words::NO_LOG, words::NO_LOG].map(str::to_owned),
    };
    html! { for cell in cells { <td class="n">{ cell }</td> } }
}

fn hours(row: &HoursOfBoth) -> Html {
    html! {
        <tr>
            <th scope="row"><code>{ named(&row.nic) }</code>{ " " }{ words::from(&row.first, row.hours) }</th>
            { counted(row.nsg) }
            { counted(row.vnet) }
            <td class="n">{ exact(row.flows.both) }</td>
            <td class={classes!("n", (row.flows.nsg > 0).then_some("den"))}>{ exact(row.flows.nsg) }</td>
            <td class="n">{ exact(row.flows.vnet) }</td>
        </tr>
    }
}

fn only(row: &OnlyNsg) -> Html {
    html! {
        <tr>
            <th scope="row">{ named(&row.src) }</th>
            <td>{ named(&row.dst) }</td>
            <td>{ words::service(&row.protocol, row.port) }</td>
            <td class="n">{ exact(row.begun) }</td>
            <td class="n">{ exact(row.denied) }</td>
            <td class="n">{ row.bytes.map_or_else(|| words::NOT_COUNTED.to_owned(), bytes) }</td>
        </tr>
    }
}
