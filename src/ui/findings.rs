//! The Findings screen: what stands out, each with its numbers and its limits; and noise by kind.

use super::compare::Compare;
use super::format::{drawn, minute, short};
use super::state::{Choice, Choices, ChoicesHandle, ResultsHandle, Screen};
use super::widgets::{Segmented, named, number, size};
use super::words::{details, findings as words, shared};
use azflow_core::model::Protocol;
use azflow_engine::findings::{Code, Finding, Instance, NoiseRow, Severity};
use azflow_engine::session::FindingsAnswer;
use yew::prelude::*;

/// Instances shown before all are asked for.
const FIRST_ROWS: usize = 5;

/// Leaves noise out.
pub(super) const HIDE: &str = "-noise:any";

pub(super) type Dispatcher = UseReducerDispatcher<Choices>;

/// A column of a finding's table.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    From,
    /// A host, with where it is unless that is inside.
    Source,
    To,
    Service,
    Allowed,
    Denied,
    Bytes,
    Hosts,
    Targets,
    Conversations,
    Number(&'static str),
    Through,
    End,
    Holds,
    Rules,
    First,
    Last,
}

use Column::*;

fn columns(code: Code) -> &'static [Column] {
    match code {
        Code::ManagementOpen | Code::LegacyProtocol => &[From, To, Service, Allowed, Hosts, Rules],
        Code::Scanner => &[Source, Targets, Number(words::PORTS), Denied, Through],
        Code::EncryptionDrops => &[From, To, Service, Denied, Hosts],
        Code::DefaultAllow => &[From, To, Service, Allowed, Hosts, Bytes],
        Code::DeniedRetries => &[From, To, Service, Denied, Hosts, Number(words::HOURS), Rules],
        Code::WithoutPeering => &[From, To, Allowed, Conversations],
        Code::OneSided => &[From, To, Service, Allowed, Hosts, End],
        Code::TwoGroups => &[From, To, Conversations, Number(words::ALIKE)],
        Code::PartialLogs => &[From, To, Holds, Number(words::HOURS), First, Last],
        Code::CoverageGaps => &[From, To, Number(words::MISSING), First, Last, Holds],
        Code::PublicTalk => &[From, Targets, Number(words::SERVICES), Allowed, Bytes],
        Code::NewTalkers => &[From, To, Service, Allowed, Hosts, First],
        Code::GoneTalkers => &[From, To, Service, Allowed, Hosts, Last],
    }
}

fn heading(column: Column, code: Code) -> &'static str {
    match column {
        From | Source => words::from(code),
        To => words::to(code),
        Service => details::PORT,
        Allowed => details::ALLOWED,
        Denied => details::DENIED,
        Bytes => details::BYTES,
        Hosts => details::HOSTS,
        Targets => words::TARGETS,
        Conversations => words::CONVERSATIONS,
        Number(words) => words,
        Through => words::THROUGH,
        End => words::END,
        Holds => words::HOLDS,
        Rules => details::RULE,
        First => words::FIRST,
        Last => words::LAST,
    }
}

fn is_figure(column: Column) -> bool {
    !matches!(column, From | Source | To | Service | End | Holds | Rules | First | Last)
}

#[component]
pub fn FindingsScreen() -> Html {
    let open = use_state_eq(Vec::<Code>::new);
    let (Some(results), Some(choices)) = (use_context::<ResultsHandle>(), use_context::<ChoicesHandle>())
    else {
        return Html::default();
    };
    let Some(answer) = results.findings.get().cloned() else {
        return html! { <main class="findings-screen skeleton" aria-busy="true"><p class="hint">{ words::WAITING }</p></main> };
    };
    let answer: &FindingsAnswer = &answer;
    let on_choose = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |at: usize| dispatcher.dispatch(Choice::Compare(at == 1)))
    };
    let dispatcher = choices.dispatcher();
    let item = |finding: &Finding| {
        let code = finding.code;
        let whole = open.contains(&code);
        let more = {
            let open = open.clone();
            Callback::from(move |_: MouseEvent| {
                let mut next = (*open).clone();
                next.push(code);
                open.set(next);
            })
        };
        item(finding, whole, more, &dispatcher)
    };
    html! {
        <main class="findings-screen">
            <div class="findings-main">
                <div class="buttons">
                    <Segmented label={words::TAB} chosen={usize::from(choices.comparing)} on_choose={on_choose} options={vec![
                        (words::STANDING, words::LEAD, "findings-standing"),
                        (words::COMPARE, words::COMPARE_LEAD, "findings-compare"),
                    ]} />
                </div>
                if choices.comparing {
                    <Compare />
                } else {
                <p class="hint">{ words::LEAD }</p>
                <ul class="findings-list" data-testid="findings-list" aria-label={words::TAB}>
                    { for answer.findings.iter().map(item) }
                </ul>
                if answer.findings.is_empty() {
                    <h2>{ words::NONE }</h2>
                    <p class="hint">{ words::NONE_LEAD }</p>
                }
                }
            </div>
            <aside class="findings-side">{ noise(answer, &choices) }</aside>
        </main>
    }
}

fn item(finding: &Finding, whole: bool, more: Callback<MouseEvent>, dispatcher: &Dispatcher) -> Html {
    let code = finding.code;
    let shown = if whole { finding.rows.len() } else { finding.rows.len().min(FIRST_ROWS) };
    let columns = columns(code);
    let rows = finding.rows.iter().take(shown).map(|row| self::row(row, columns, dispatcher));
    let screen = match code {
        Code::WithoutPeering => Some((Screen::Network, words::TO_NETWORK)),
        Code::PartialLogs | Code::CoverageGaps => Some((Screen::Data, words::TO_DATA)),
        _ => None,
    };
    let class = match finding.severity {
        Severity::Serious => "finding serious",
        Severity::Look => "finding look",
        Severity::Note => "finding",
    };
    html! {
        <li {class} data-testid="finding" data-code={code.as_str()} key={code.as_str()}>
            <div class="finding-head">
                <span class="severity">{ words::severity(finding.severity) }</span>
                <h2>{ words::title(finding) }</h2>
                <span class="hint">{ words::instances(finding) }</span>
            </div>
            <p class="finding-why">{ words::why(code) }</p>
            <div class="table-scroll">
            <table class="finding-table">
                <caption class="visually-hidden">{ words::title(finding) }</caption>
                <thead><tr>
                    for column in columns.iter() {
                        <th scope="col" class={is_figure(*column).then_some("n")}>{ heading(*column, code) }</th>
                    }
                    <th class="show"><span class="visually-hidden">{ words::SHOW }</span></th>
                </tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
            </div>
            <p class="finding-foot">
                if shown < finding.total as usize {
                    <span class="hint">{ shared::shown(shown, finding.total) }</span>
                    if shown < finding.rows.len() {
                        <button type="button" class="quiet" onclick={more}>{ shared::MORE }</button>
                    }
                }
                if let Some((screen, words)) = screen {
                    <button type="button" class="quiet" onclick={
                        let dispatcher = dispatcher.clone();
                        move |_: MouseEvent| dispatcher.dispatch(Choice::Screen(screen))
                    }>{ words }</button>
                }
            </p>
            <p class="hint finding-limits"><b>{ words::LIMITS }</b>{ " " }{ words::limits(finding) }</p>
        </li>
    }
}

fn row(row: &Instance, columns: &[Column], dispatcher: &Dispatcher) -> Html {
    html! {
        <tr>
            for (at, column) in columns.iter().enumerate() {
                if at == 0 {
                    <th scope="row">{ cell(row, *column) }</th>
                } else {
                    <td class={if *column == Rules { Some("rules") } else { is_figure(*column).then_some("n") }}>{ cell(row, *column) }</td>
                }
            }
            { show_flows(&row.filter, "finding-show", &row.src, &row.dst, dispatcher) }
        </tr>
    }
}

/// The cell with the button that shows the conversations behind a row, if there are any to show.
pub(super) fn show_flows(
    filter: &str,
    handle: &'static str,
    src: &str,
    dst: &str,
    dispatcher: &Dispatcher,
) -> Html {
    let (dispatcher, text) = (dispatcher.clone(), filter.to_owned());
    let onclick = move |_: MouseEvent| dispatcher.dispatch(Choice::Flows(text.clone()));
    let label = format!("{}: {src} {dst}", words::SHOW);
    html! {
        <td class="show">
            if !filter.is_empty() {
                <button type="button" class="quiet" data-testid={handle} title={filter.to_owned()} aria-label={label} {onclick}>{ words::SHOW }</button>
            }
        </td>
    }
}

/// The cells of a pair and its service.
pub(super) fn pair_cells(src: &str, dst: &str, service: Option<(Protocol, Option<u16>)>) -> Html {
    html! { <><th scope="row">{ name(src) }</th><td>{ name(dst) }</td><td>{ service.map(port) }</td></> }
}

fn port(service: (Protocol, Option<u16>)) -> Html {
    let (port, name) = words::service(service);
    html! { <>{ port }<small>{ name }</small></> }
}

/// Names of resources are long paths: the last part is shown, the whole is in the title.
fn name(name: &str) -> Html {
    if name.starts_with('/') {
        html! { <span title={name.to_owned()}>{ drawn(name.rsplit('/').next().unwrap_or_default()) }</span> }
    } else {
        named(name)
    }
}

fn cell(row: &Instance, column: Column) -> Html {
    let time = |at: Option<azflow_core::model::UnixMillis>| html! { at.map(minute).unwrap_or_default() };
    match column {
        From => name(&row.src),
        Source => html! { <>{ named(&row.src) }<small>{ named(&row.dst) }</small></> },
        To => name(&row.dst),
        Service => row.service.map(port).unwrap_or_default(),
        Allowed => number(row.tally.allowed_flows),
        Denied => html! { <span class="den">{ number(row.tally.denied_flows) }</span> },
        Bytes => size(row.tally.counters.bytes()),
        Hosts => html! { format!("{} → {}", short(u64::from(row.hosts.0)), short(u64::from(row.hosts.1))) },
        Targets => number(u64::from(row.hosts.1)),
        Conversations => number(row.conversations),
        Number(_) => number(row.number),
        Through => number(row.through),
        End => html! { words::end(row) },
        Holds => html! { row.holds.words() },
        Rules => named(&row.rules.join(", ")),
        First => time(row.seen.map(|seen| seen.0)),
        Last => time(row.seen.map(|seen| seen.1)),
    }
}

/// Noise by kind, with what hides or isolates it.
fn noise(answer: &FindingsAnswer, choices: &ChoicesHandle) -> Html {
    let filter = |text: String| {
        let dispatcher = choices.dispatcher();
        move |_: MouseEvent| dispatcher.dispatch(Choice::Flows(text.clone()))
    };
    let row = |row: &NoiseRow| {
        let words = words::noise(row.kind);
        html! {
            <>
            <tr>
                <th scope="row">{ words }</th>
                <td class="n">{ number(row.conversations) }</td>
                <td class="n">{ number(row.tally.attempts()) }</td>
                <td class="show"><button type="button" class="quiet" data-testid={format!("noise-{}", row.kind.as_str())}
                    aria-label={format!("{}: {words}", words::ONLY_KIND)}
                    onclick={filter(format!("noise:{}", row.kind.as_str()))}>{ words::ONLY_KIND }</button></td>
            </tr>
            <tr class="noise-rule"><td colspan="4">{ words::noise_rule(row.kind) }</td></tr>
            </>
        }
    };
    let hidden = azflow_engine::filter::position(&choices.view.filter, HIDE);
    let hide = {
        let dispatcher = choices.dispatcher();
        move |_: MouseEvent| {
            dispatcher.dispatch(match hidden {
                Some(number) => Choice::Without(number),
                None => Choice::Narrow(HIDE.to_owned()),
            });
        }
    };
    html! {
        <section aria-label={words::NOISE}>
            <h2>{ words::NOISE }</h2>
            if answer.noise.is_empty() {
                <p class="hint" data-testid="noise-summary">{ words::NO_NOISE }</p>
            } else {
                <p class="hint" data-testid="noise-summary">
                    { words::noise_share(&answer.noise, answer.conversations, answer.attempts) }
                </p>
                <p class="buttons">
                    <button type="button" data-testid="noise-hide" onclick={hide}>
                        { if hidden.is_some() { words::UNHIDE } else { words::HIDE } }
                    </button>
                    <button type="button" data-testid="noise-only" onclick={filter("noise:any".to_owned())}>{ words::ONLY }</button>
                </p>
                <table class="noise-table">
                    <caption class="visually-hidden">{ words::NOISE }</caption>
                    <thead><tr>
                        for (at, words) in words::NOISE_COLUMNS.iter().enumerate() {
                            if words.is_empty() {
                                <td></td>
                            } else {
                                <th scope="col" class={(at > 0).then_some("n")}>{ *words }</th>
                            }
                        }
                    </tr></thead>
                    <tbody>{ for answer.noise.iter().map(row) }</tbody>
                </table>
            }
        </section>
    }
}
