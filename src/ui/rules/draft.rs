//! The draft: knobs with their figures, rules with what they rest on, and the text to deploy.

use super::folds::Folds;
use super::{access, changing, head, not_understood, outcomes};
use crate::browser::save;
use crate::ui::state::{Choice, ChoicesHandle, RulesChoice, Screen, Shared};
use crate::ui::widgets::{Choose, Copy, Segmented, named};
use crate::ui::words::{
    rules as words,
    shared::{self, sentence},
};
use azflow_engine::export::Part;
use azflow_engine::rules::{DraftOptions, SeriousService};
use azflow_engine::session::{
    Capped, DraftAnswer, Evidence, GroupFates, GroupRules, Listed, OutcomesAnswer, ReviewShow, RuleLine,
    RulesAnswer, Selection,
};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Lines of the text that are shown.
const LINES: usize = 400;

/// What the draft depends on.
pub fn knobs(choices: &ChoicesHandle) -> Html {
    let rules = &choices.rules;
    let options = rules.options;
    let place = |at: Option<usize>| at.unwrap_or_default();
    let least = {
        let choices = choices.clone();
        move |event: Event| {
            let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
            let mut next = (*choices.rules).clone();
            next.options.least_flows = input.and_then(|input| input.value().parse().ok()).unwrap_or(1);
            choices.dispatch(Choice::Rules(next));
        }
    };
    html! {
        <div class="toolbar knobs">
            <Choose label={words::SCOPE} handle="draft-scope" chosen={place(words::SCOPES.iter().position(|s| s.0 == options.scope))}
                options={words::SCOPES.map(|s| AttrValue::from(s.1)).to_vec()}
                on_choose={changing(choices, |rules, at| rules.options.scope = words::SCOPES.get(at).map(|s| s.0).unwrap_or_default())} />
            <Choose label={words::PORTS} handle="draft-ports" chosen={place(words::PORT_MERGES.iter().position(|s| s.0 == options.ports))}
                options={words::PORT_MERGES.map(|s| AttrValue::from(s.1)).to_vec()}
                on_choose={changing(choices, |rules, at| rules.options.ports = words::PORT_MERGES.get(at).map(|s| s.0).unwrap_or_default())} />
            <Choose label={words::PREFIXES} handle="draft-prefixes" chosen={place(words::PREFIX_MERGES.iter().position(|s| s.0 == options.prefixes))}
                options={words::PREFIX_MERGES.map(|s| AttrValue::from(s.1)).to_vec()}
                on_choose={changing(choices, |rules, at| rules.options.prefixes = words::PREFIX_MERGES.get(at).map(|s| s.0).unwrap_or_default())} />
            <label class="choose"><span>{ words::LEAST }</span>
                <input type="number" min="1" class="search short" data-testid="draft-least" value={options.least_flows.to_string()} onchange={least} /></label>
            { flag(choices, words::DRAFT_OUTBOUND, words::DRAFT_OUTBOUND, "draft-outbound", options.outbound, |o| &mut o.outbound) }
            { flag(choices, words::KEEP_ICMP, words::KEEP_ICMP_TITLE, "draft-icmp", options.keep_icmp, |o| &mut o.keep_icmp) }
            { flag(choices, words::SPECIAL, words::SPECIAL_TITLE, "draft-special", options.special, |o| &mut o.special) }
            { toggle(words::ONLY_NEEDED, words::ONLY_NEEDED_TITLE, "draft-only-needed", rules.only_needed,
                changing(choices, |rules, _| { rules.only_needed = !rules.only_needed; rules.undecided &= !rules.only_needed; })) }
            { toggle(words::UNDECIDED, words::UNDECIDED_TITLE, "draft-undecided", rules.undecided,
                changing(choices, |rules, _| { rules.undecided = !rules.undecided; rules.only_needed &= !rules.undecided; })) }
            { flag(choices, words::UNLOGGED, words::UNLOGGED_TITLE, "draft-unlogged", options.unlogged, |o| &mut o.unlogged) }
            { flag(choices, words::SPLIT_SHARED, words::SPLIT_SHARED_TITLE, "draft-split-shared", options.split_shared, |o| &mut o.split_shared) }
            { flag(choices, words::DROP_UNUSED, words::DROP_UNUSED_TITLE, "draft-drop-unused", options.drop_unused, |o| &mut o.drop_unused) }
        </div>
    }
}

fn flag(
    choices: &ChoicesHandle,
    word: &'static str,
    title: &'static str,
    handle: &'static str,
    on: bool,
    of: fn(&mut DraftOptions) -> &mut bool,
) -> Html {
    toggle(
        word,
        title,
        handle,
        on,
        changing(choices, move |rules, _| {
            let flag = of(&mut rules.options);
            *flag = !*flag;
        }),
    )
}

fn toggle(
    word: &'static str,
    title: &'static str,
    handle: &'static str,
    on: bool,
    change: Callback<usize>,
) -> Html {
    html! {
        <button type="button" class="quiet" data-testid={handle} {title} aria-pressed={if on { "true" } else { "false" }}
            onclick={change.reform(|_: MouseEvent| 0)}>{ word }</button>
    }
}

/// The draft, with what it does to the traffic once that is worked out.
pub fn draft(
    answer: &DraftAnswer,
    outcomes: Option<&OutcomesAnswer>,
    text: Option<Shared<RulesAnswer>>,
    folds: &Folds,
    choices: &ChoicesHandle,
) -> Html {
    if let Some(error) = &answer.error {
        return html! { <p class="refused" role="alert" data-testid="draft-error">{ sentence(error) }</p> };
    }
    html! {
        <>
            <ul class="figures-row" data-testid="draft-figures">
                for (number, words, title) in words::figures(answer) {
                    <li {title}><b>{ number }</b><span>{ words }</span></li>
                }
            </ul>
            { not_understood(&answer.not_understood) }
            <Serious found={answer.serious.clone()} />
            <div class="draft-notes hint">
                for note in answer.notes.iter() { <p>{ sentence(note) }</p> }
                if !answer.left_out.is_empty() { <p>{ words::left_out(&answer.left_out) }</p> }
                if !answer.skipped.is_empty() { <p>{ words::skipped(&answer.skipped) }</p> }
            </div>
            if answer.groups.is_empty() {
                <p class="hint">{ words::NO_DRAFT }</p>
            } else {
                <Export {text} />
                { outcomes::sums(outcomes) }
                <div data-testid="draft-rules">
                    for (at, one) in answer.groups.iter().enumerate() {
                        { folds.section(at, "draft-group", one, || group(one, outcomes.and_then(|all| all.groups.get(at)), choices)) }
                    }
                </div>
            }
        </>
    }
}

fn group(group: &GroupRules, outcomes: Option<&GroupFates>, choices: &ChoicesHandle) -> Html {
    let row = |(at, rule): (usize, &RuleLine)| {
        let known = outcomes.and_then(|all| all.rules.get(at).copied());
        row(rule, outcomes::of_rule(rule, known, &group.name, choices))
    };
    html! {
        <div class="table-scroll">
            <table class="rules-table">
                <caption class="visually-hidden">{ group.name.clone() }</caption>
                { head(&words::DRAFT_COLUMNS) }
                <tbody>
                    { for group.rules.iter().enumerate().map(row) }
                    { outcomes::defaults(outcomes) }
                </tbody>
            </table>
        </div>
    }
}

fn row(rule: &RuleLine, outcomes: Html) -> Html {
    let action = rule.change.as_ref().map(|(action, _)| *action);
    let why = rule.change.as_ref().map(|(_, why)| sentence(why)).unwrap_or_default();
    html! {
        <tr class={action.map(|action| format!("lot {}", action.as_str()))}>
            <td class="action">
                if let Some(action) = action { <span class="badge">{ words::action(action) }</span> }
                if !rule.serious.is_empty() { <span class="badge serious" title={words::serious_ports(&rule.serious)}>{ words::SERIOUS }</span> }
            </td>
            <td class="n">{ rule.priority }<small>{ if rule.inbound { words::INBOUND } else { words::OUTBOUND } }</small></td>
            <th scope="row">{ named(&rule.name) }<small>{ access(rule.allows) }</small></th>
            <td>{ rule.sources.clone() }<small>{ "→ " }{ rule.destinations.clone() }</small></td>
            <td>{ rule.protocol.clone() }{ " " }{ rule.ports.clone() }</td>
            <td class="outcomes">{ outcomes }</td>
            <td class="why">{ why }</td>
            if let Some(found) = &rule.evidence {
                <td>{ words::evidence(found) }<small>{ words::seen(found) }</small></td>
                <td class="maturity">{ curve(found) }<small>{ words::maturity(found.stable) }</small></td>
            } else {
                <td class="none">{ words::NO_EVIDENCE }</td><td></td>
            }
        </tr>
    }
}

/// How many pairs of hosts and ports were known by when.
fn curve(found: &Evidence) -> Html {
    let most = found.curve.iter().copied().max().unwrap_or_default().max(1) as f64;
    let steps = found.curve.len().saturating_sub(1).max(1) as f64;
    let point = |(at, value): (usize, &u64)| {
        format!("{:.1},{:.1}", 1.0 + 88.0 * at as f64 / steps, 19.0 - 17.0 * *value as f64 / most)
    };
    let points: Vec<String> = found.curve.iter().enumerate().map(point).collect();
    html! {
        <svg class="curve" width="90" height="20" aria-hidden="true" focusable="false">
            <path class="base" d="M0 19.5H90" />
            <polyline points={points.join(" ")} />
        </svg>
    }
}

#[derive(Properties, PartialEq)]
struct SeriousProps {
    /// The services.
    found: Capped<SeriousService>,
}

/// Services that findings call serious, with what becomes of each.
#[component]
fn Serious(props: &SeriousProps) -> Html {
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let found = &props.found;
    if found.rows.is_empty() {
        return Html::default();
    }
    let line = |one: &SeriousService| {
        let review = {
            let (choices, show) = (choices.dispatcher(), choices.show.clone());
            let pair = Selection { src: Some(one.src.clone()), dst: Some(one.dst.clone()) };
            let port = one.port.map(|port| port.to_string()).unwrap_or_default();
            move |_: MouseEvent| {
                let show = ReviewShow {
                    listed: Listed::All,
                    undecided: false,
                    text: port.clone(),
                    ..(*show).clone()
                };
                choices.dispatch(Choice::Select(pair.clone()));
                choices.dispatch(Choice::Show(show));
                choices.dispatch(Choice::Screen(Screen::Review));
            }
        };
        let (is_let_in, fate) = words::serious_fate(one);
        html! {
            <tr class={is_let_in.then_some("let-in")}>
                <td><span class="badge serious">{ words::SERIOUS }</span></td>
                <th scope="row"><bdi>{ one.src.clone() }</bdi>{ " → " }<bdi>{ one.dst.clone() }</bdi></th>
                <td>{ words::service(one) }</td>
                <td>{ words::serious_why(one.why) }</td>
                <td class="why">{ fate }</td>
                <td><button type="button" class="link" onclick={review}>{ words::SERIOUS_REVIEW }</button></td>
            </tr>
        }
    };
    html! {
        <section class="serious-services" aria-label={words::SERIOUS_TITLE} data-testid="draft-serious">
            <h2>{ words::SERIOUS_TITLE }</h2>
            <p class="hint">{ words::SERIOUS_LEAD }</p>
            <div class="table-scroll"><table class="rules-table">
                { head(&words::SERIOUS_COLUMNS) }
                <tbody>{ for found.rows.iter().map(line) }</tbody>
            </table></div>
            if found.rows.len() < found.total as usize { <p class="hint">{ shared::shown(found.rows.len(), found.total) }</p> }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ExportProps {
    /// The draft as text, once it is written.
    text: Option<Shared<RulesAnswer>>,
}

/// A table and the document have no stages and no way back.
fn choose_format(rules: &mut RulesChoice, at: usize) {
    rules.format = at;
    if words::FORMATS.get(at).is_some_and(|format| matches!(format.0, "csv" | "json")) {
        rules.text = Part::default();
    }
}

/// The draft as text.
#[component]
fn Export(props: &ExportProps) -> Html {
    // Copied and counted once: it can be megabytes.
    let text = use_memo(props.text.clone(), |text| match text.as_deref() {
        Some(RulesAnswer::Text(text)) => Some((AttrValue::from(text.clone()), text.lines().count())),
        _ => None,
    });
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let choices = &choices;
    let (text, all) = (*text).clone().unwrap_or_default();
    let missing = all == 0;
    let format = choices.rules.format;
    let options = words::FORMATS.map(|(_, name, _, handle)| (name, name, handle)).to_vec();
    let (word, name, ending, _) = words::FORMATS.get(format).copied().unwrap_or(words::FORMATS[0]);
    let part = choices.rules.text;
    let file = AttrValue::from(words::export_file(ending, part));
    // A table and the document are of the draft itself.
    let has_parts = !matches!(word, "csv" | "json");
    let stages = words::EXPORT_STAGES.map(|(_, name, title, handle)| (name, title, handle)).to_vec();
    let stage = words::EXPORT_STAGES.iter().position(|(stage, ..)| *stage == part.stage).unwrap_or_default();
    let keep = {
        let (text, file) = (text.clone(), file.clone());
        move |_: MouseEvent| {
            // What the browser refuses to save can still be copied.
            let _ = save(&file, "text/plain", text.as_bytes());
        }
    };
    let shown: Vec<&str> = text.lines().take(LINES).collect();
    html! {
        <section class="group" aria-label={words::EXPORT} data-testid="draft-format">
            <div class="toolbar">
                <h2>{ words::EXPORT }</h2>
                <Segmented label={words::FORMAT} {options} chosen={format} on_choose={changing(choices, choose_format)} />
                if has_parts {
                    <Segmented label={words::EXPORT_STAGE} options={stages} chosen={stage} on_choose={changing(choices, |rules, at| rules.text.stage = words::EXPORT_STAGES.get(at).and_then(|s| s.0))} />
                    { toggle(words::ROLLBACK, words::ROLLBACK_TITLE, "export-rollback", part.rollback,
                        changing(choices, |rules, _| rules.text.rollback = !rules.text.rollback)) }
                }
            </div>
            <div class="command">
                <div class="command-head"><span>{ file.clone() }</span><span class="spring"></span>
                    <button type="button" class="copy" data-testid="draft-save" disabled={missing} onclick={keep}>{ words::SAVE }</button>
                    if !missing { <Copy text={text.clone()} label={name} /> }
                </div>
                <pre tabindex="0" data-testid="draft-text" aria-label={file} aria-busy={missing.to_string()}><code>
                    { if missing { words::WRITING.to_owned() } else { shown.join("\n") } }
                </code></pre>
            </div>
            if all > LINES { <p class="hint">{ words::preview(LINES, all) }</p> }
        </section>
    }
}
