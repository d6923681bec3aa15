//! What the draft does to the traffic, in its table of rules: conversations by outcome, each number leading to them.

use super::changing;
use crate::ui::format::exact;
use crate::ui::state::ChoicesHandle;
use crate::ui::words::rules as words;
use azflow_engine::rules::{ByFate, Fate};
use azflow_engine::session::{GroupFates, OutcomesAnswer, RuleLine, RuleSource, SimulatedPart};
use yew::prelude::*;

/// Above the rules: all conversations, and those that no rule of the draft decides.
pub fn sums(found: Option<&OutcomesAnswer>) -> Html {
    let Some(found) = found else {
        return html! { <p class="hint" aria-busy="true" data-testid="draft-outcomes">{ words::SIMULATING }</p> };
    };
    html! {
        <p class="hint" data-testid="draft-outcomes">
            { words::simulated(found.totals, found.elsewhere) }
        </p>
    }
}

/// Beside a rule; `None` while it is worked out, and `Some(None)` for a rule that goes.
pub fn of_rule(
    rule: &RuleLine,
    known: Option<Option<[ByFate; 2]>>,
    group: &str,
    choices: &ChoicesHandle,
) -> Html {
    let Some(known) = known else { return html! { <span class="none">{ "…" }</span> } };
    let Some([all, decided]) = known else { return html! { <span class="none">{ "–" }</span> } };
    let line = (group.to_owned(), rule.name.clone());
    list(all, |fate| {
        // Simulate lists what a rule decides: where another rule decides some of it there is no such list.
        (all[fate as usize] == decided[fate as usize]).then(|| {
            let line = line.clone();
            let show = changing(choices, move |rules, _| {
                (rules.part, rules.source) = (2, RuleSource::Draft);
                let line = Some(line.clone());
                rules.shown = SimulatedPart { fate: Some(fate), line, ..SimulatedPart::default() };
            });
            show.reform(|_: MouseEvent| 0)
        })
    })
}

/// Below a group's rules: what Azure's default rules decide.
pub fn defaults(found: Option<&GroupFates>) -> Html {
    let Some(found) = found.filter(|found| found.defaults != ByFate::default()) else {
        return Html::default();
    };
    html! {
        <tr class="default">
            <td class="action"></td><td class="n"></td><th scope="row">{ words::DEFAULT_RULES }</th><td></td><td></td>
            <td class="outcomes">{ list(found.defaults, |_| None) }</td><td class="why"></td><td></td><td></td>
        </tr>
    }
}

/// Outcomes that occur, as sign and number; the words are for who does not see the signs.
fn list(counts: ByFate, show: impl Fn(Fate) -> Option<Callback<MouseEvent>>) -> Html {
    if counts == ByFate::default() {
        return html! { <span class="none">{ words::NO_CONVERSATION }</span> };
    }
    let one = |(fate, count): (Fate, u64)| {
        let (sign, word, _, handle, class) = words::fate(fate);
        let title = format!("{} {word}", exact(count));
        let shown = html! { <><span aria-hidden="true">{ sign }{ "\u{a0}" }{ exact(count) }</span><span class="visually-hidden">{ title.clone() }</span></> };
        match show(fate) {
            Some(onclick) => html! {
                <button type="button" class={classes!("link", class)} data-fate={handle} {title} {onclick}>{ shown }</button>
            },
            None => {
                html! { <span class={classes!("outcome", class)} data-fate={handle} {title}>{ shown }</span> }
            }
        }
    };
    let some = Fate::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).map(one);
    html! { <span class="outcome-list">{ for some }</span> }
}
