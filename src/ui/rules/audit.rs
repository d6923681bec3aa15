//! Loaded groups: their rules with what logs attribute to them, and what is wrong.

use super::folds::Folds;
use super::{access, head, no_groups, not_understood};
use crate::ui::state::{Choice, ChoicesHandle, Screen};
use crate::ui::widgets::{named, number};
use crate::ui::words::{rules as words, shared::sentence};
use azflow_engine::session::{AuditAnswer, FindingLine, GroupRules, RuleLine};
use yew::prelude::*;

pub fn audit(answer: &AuditAnswer, folds: &Folds, choices: &ChoicesHandle) -> Html {
    if answer.groups.is_empty() {
        return no_groups();
    }
    html! {
        <>
            <p class="hint" data-testid="audit-summary">{ words::audited(answer) }</p>
            { not_understood(&answer.not_understood) }
            for (at, one) in answer.groups.iter().enumerate() {
                { folds.section(at, "audit-group", one, || group(one, choices)) }
            }
        </>
    }
}

fn group(group: &GroupRules, choices: &ChoicesHandle) -> Html {
    let (logs, rules): (Vec<&FindingLine>, Vec<&FindingLine>) =
        group.findings.iter().partition(|f| f.from_logs);
    let list = |title: &'static str, list: &[&FindingLine]| {
        html! {
            <div>
                <h3>{ title }</h3>
                <ul class="findings">
                    if list.is_empty() { <li class="fine hint">{ words::NOTHING_FOUND }</li> }
                    for found in list.iter() {
                        <li data-code={found.kind.clone()}>
                            <b>{ words::finding(&found.kind) }</b>{ ": " }<code>{ named(&found.rule) }</code>
                            <p class="hint">{ sentence(&found.message) }</p>
                        </li>
                    }
                </ul>
            </div>
        }
    };
    html! {
        <>
            if !group.limits.is_empty() {
                <p class="hint" data-testid="audit-limits">{ sentence(&group.limits.join("; ")) }</p>
            }
            <div class="table-scroll">
            <table class="rules-table">
                <caption class="visually-hidden">{ group.name.clone() }</caption>
                { head(&words::RULE_COLUMNS) }
                <tbody>{ for group.rules.iter().map(|rule| row(group, rule, choices)) }</tbody>
            </table>
            </div>
            <div class="two-lists">
                { list(words::FROM_RULES, &rules) }
                { list(words::FROM_LOGS, &logs) }
            </div>
        </>
    }
}

fn row(group: &GroupRules, rule: &RuleLine, choices: &ChoicesHandle) -> Html {
    let (allowed, denied) = rule.hits;
    let show = {
        let (choices, terms) =
            (choices.dispatcher(), [format!("rule:{}", rule.name), format!("acl:{}", group.name)]);
        move |_: MouseEvent| {
            terms.iter().for_each(|term| choices.dispatch(Choice::Narrow(term.clone())));
            choices.dispatch(Choice::Screen(Screen::Matrix));
        }
    };
    html! {
        <tr class={(rule.priority >= 65_000).then_some("default")}>
            <td class="n">{ rule.priority }<small>{ if rule.inbound { words::INBOUND } else { words::OUTBOUND } }</small></td>
            <th scope="row">{ named(&rule.name) }<small>{ access(rule.allows) }</small></th>
            <td>{ rule.sources.clone() }</td>
            <td>{ rule.destinations.clone() }</td>
            <td>{ rule.protocol.clone() }{ " " }{ rule.ports.clone() }</td>
            <td class="n">
                if allowed + denied > 0 {
                    <button type="button" class="link" title={words::SHOW_FLOWS} onclick={show}>
                        { number(allowed) }{ " · " }<span class="den">{ number(denied) }</span></button>
                } else { <span class="none">{ "–" }</span> }
            </td>
            <td class="n">{ number(rule.evaluated.0) }</td>
        </tr>
    }
}
