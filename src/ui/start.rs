//! The start screen: what this is, three ways in, the promise, and where the files come from.

use super::header::{LoadStatus, Themes};
use super::intake::Pickers;
use super::sources::{Kusto, kept};
use super::state::ChoicesHandle;
use super::widgets::{Copy, lock, version};
use super::words::{privacy, review, shared, start};
use yew::prelude::*;

#[component]
pub fn Start() -> Html {
    let (Some(pickers), Some(choices)) = (use_context::<Pickers>(), use_context::<ChoicesHandle>()) else {
        return Html::default();
    };
    let marks = choices.marks.marks().len();
    html! {
        <main class="start">
            <div class="start-head">
                <p class="wordmark">{ shared::NAME }</p>
                <h1>{ start::TITLE }</h1>
                <p class="lead">{ start::LEAD }</p>
            </div>
            <div class="drop-zone">
                <DropPicture />
                <div class="buttons">
                    <button class="primary" onclick={pickers.files.clone()}>{ start::CHOOSE_FILES }</button>
                    <button onclick={pickers.folder.clone()}>{ start::CHOOSE_FOLDER }</button>
                    <button data-testid="example" onclick={pickers.example.clone()}>{ start::EXAMPLE }</button>
                </div>
                <p class="hint">{ start::DROP_HINT }</p>
                if marks > 0 { <p role="status"><b>{ review::waiting(marks) }</b></p> }
            </div>
            { kept(&choices, false) }
            <section class="promise" aria-label={privacy::SHORT}>
                <p>{ lock() }<strong>{ privacy::LONG }</strong></p>
                <details>
                    <summary>{ privacy::HOW }</summary>
                    <ol class="checks">
                        for (head, how) in privacy::CHECKS {
                            <li><strong>{ head }</strong>{ ". " }{ how }</li>
                        }
                    </ol>
                </details>
            </section>
            <div class="start-foot">
                <section>
                    <h2>{ start::READS }</h2>
                    <dl class="formats">
                        for (name, what) in start::FORMATS {
                            <div><dt>{ name }</dt><dd>{ what }</dd></div>
                        }
                    </dl>
                </section>
                <Fetch />
            </div>
            <details class="start-kusto">
                <summary data-testid="open-scale-out">{ start::TOO_MUCH }</summary>
                <Kusto />
            </details>
            <div class="start-end"><LoadStatus />{ version() }<Themes /></div>
        </main>
    }
}

/// The commands, by kind of log and by tool.
#[component]
fn Fetch() -> Html {
    let vnet = use_state_eq(|| false);
    let option = |is_vnet: bool, words: &'static str| {
        let pressed = if *vnet == is_vnet { "true" } else { "false" };
        let setter = vnet.setter();
        html! {
            <button type="button" aria-pressed={pressed} onclick={move |_| setter.set(is_vnet)}>{ words }</button>
        }
    };
    let command = |tool: &'static str, command: String| {
        html! {
            <div class="command">
                <div class="command-head"><span>{ tool }</span><Copy text={command.clone()} label={tool} /></div>
                <pre tabindex="0"><code>{ command }</code></pre>
            </div>
        }
    };
    html! {
        <section>
            <div class="fetch-head">
                <h2>{ start::FETCH }</h2>
                <div class="segmented" role="group" aria-label={start::READS}>
                    { option(false, start::NSG) }
                    { option(true, start::VNET) }
                </div>
            </div>
            <p class="hint">{ start::FETCH_LEAD }</p>
            { command(start::AZ, start::az(*vnet)) }
            { command(start::AZCOPY, start::azcopy(*vnet)) }
        </section>
    }
}

/// Files turning into a matrix: the whole idea without a word.
#[component]
fn DropPicture() -> Html {
    // Row, column, class: a small matrix with a story.
    const CELLS: [(u32, u32, &str); 9] = [
        (0, 1, "allowed deep"),
        (0, 3, "allowed"),
        (1, 2, "allowed deep"),
        (2, 0, "allowed"),
        (2, 3, "denied"),
        (3, 1, "denied"),
        (3, 2, "allowed"),
        (1, 3, "allowed"),
        (4, 0, "denied"),
    ];
    let at = |i: u32| (i * 14).to_string();
    html! {
        <svg class="drop-picture" width="172" height="76" viewBox="0 0 172 76" aria-hidden="true" focusable="false">
            <g class="sheets">
                <path d="M8.500 12.500h30l10 10v44h-40z" />
                <path d="M38.500 12.500v10h10" />
                <path class="tuples" d="M16 32h24M16 40h18M16 48h22M16 56h14" />
            </g>
            <path class="arrow" d="M62 40h20M77 34.500l6 5.500-6 5.500" />
            <g transform="translate(98,4)">
                for row in 0..5 {
                    for col in 0..5 {
                        <rect class={if row == col { "diagonal" } else { "never" }} x={at(col)} y={at(row)} width="13" height="13" />
                    }
                }
                for (row, col, class) in CELLS {
                    <rect {class} x={at(col)} y={at(row)} width="13" height="13" />
                    if class == "denied" {
                        <rect fill="url(#hatch)" x={at(col)} y={at(row)} width="13" height="13" />
                    }
                }
            </g>
        </svg>
    }
}
