//! Screens for when there is nothing to draw: no flow log among the files, or the engine died.

use super::browser::build;
use super::intake::Pickers;
use super::sources::{Issues, SourceIssue, Tables};
use super::state::{
    Choice, ChoicesHandle, LoadingAction, LoadingHandle, ResultsAction, ResultsHandle, RulesChoice, Screen,
};
use super::widgets::Copy;
use super::words::shared::sentence;
use super::words::{failure, network::found, notice, shared, start};
use crate::browser::Hub;
use azflow_engine::session::{Doing, Loss, SourceRow};
use yew::prelude::*;

/// Files were read, and none held a flow record.
#[component]
pub fn Failed() -> Html {
    let (Some(loading), Some(results), Some(pickers), Some(choices)) = (
        use_context::<LoadingHandle>(),
        use_context::<ResultsHandle>(),
        use_context::<Pickers>(),
        use_context::<ChoicesHandle>(),
    ) else {
        return Html::default();
    };
    let data = results.data.get();
    let files = data.map_or(0, |data| data.sources.len());
    let descriptions: Vec<String> = data.map(|data| described(&data.sources)).unwrap_or_default();
    let network = results.network.get();
    let to = |screen: Screen, handle: &'static str, words: &'static str, class: &'static str| {
        let (choices, rules) = (choices.dispatcher(), choices.rules.clone());
        let onclick = move |_: MouseEvent| {
            // Without traffic there is nothing to draft from.
            if screen == Screen::Rules {
                choices.dispatch(Choice::Rules(RulesChoice { part: 0, ..(*rules).clone() }));
            }
            choices.dispatch(Choice::Screen(screen));
        };
        html! { <button {class} data-testid={handle} {onclick}>{ words }</button> }
    };
    let primary = if descriptions.is_empty() { "primary" } else { "" };
    let issues: Vec<SourceIssue> = data.map(|data| SourceIssue::all(&data.sources)).unwrap_or_default();
    html! {
        <main class="notice">
            if descriptions.is_empty() {
                <h1>{ notice::EMPTY_TITLE }</h1>
                <p class="lead">{ notice::empty(files) }</p>
            } else {
                <h1>{ notice::DESCRIBED_TITLE }</h1>
                <p class="lead" data-testid="described">{ notice::described(&descriptions) }
                    if let Some(network) = network { { " " }{ sentence(&found(network)) } }
                </p>
                <p class="lead">{ notice::DESCRIBED_NEXT }</p>
            }
            if let Some((name, failure)) = &loading.state.failure {
                <p class="lead">{ format!("{name}: {}", failure::of_file(failure)) }</p>
            }
            <div class="buttons">
                if !descriptions.is_empty() {
                    { to(Screen::Network, "to-network", notice::TO_NETWORK, "primary") }
                    if network.is_some_and(|network| network.groups > 0) {
                        { to(Screen::Rules, "to-rules", notice::TO_RULES, "") }
                    }
                }
                <button class={primary} onclick={pickers.files.clone()}>{ start::CHOOSE_FILES }</button>
                <button onclick={pickers.folder.clone()}>{ start::CHOOSE_FOLDER }</button>
                <button data-testid="example" onclick={pickers.example.clone()}>{ start::EXAMPLE }</button>
            </div>
            if let Some(answer) = data.cloned() { <Tables {answer} /> }
            if !issues.is_empty() {
                <h2>{ notice::FOUND }</h2>
                <Issues {issues} />
            }
        </main>
    }
}

/// The files that describe a network, by name.
fn described(sources: &[SourceRow]) -> Vec<String> {
    let described =
        sources.iter().filter(|source| ["azure-network", "service-tags"].contains(&source.kind.as_str()));
    described.map(|source| source.name.clone()).collect()
}

#[derive(Properties, PartialEq)]
pub struct FatalProps {
    pub loss: Loss,
}

/// The engine is gone, and the data with it.
#[component]
pub fn Fatal(props: &FatalProps) -> Html {
    let (Some(hub), Some(loading), Some(results), Some(pickers)) = (
        use_context::<Hub>(),
        use_context::<LoadingHandle>(),
        use_context::<ResultsHandle>(),
        use_context::<Pickers>(),
    ) else {
        return Html::default();
    };
    let Loss { failure: why, during, again } = &props.loss;
    let details = AttrValue::from(failure::details(&build(), why));
    let over = {
        let loading = loading.dispatcher();
        pickers.clear.reform(move |event: MouseEvent| {
            loading.dispatch(LoadingAction::Revived);
            event
        })
    };
    let load = {
        let (loading, results) = (loading.dispatcher(), results.dispatcher());
        move |_: MouseEvent| {
            loading.dispatch(LoadingAction::Revived);
            results.dispatch(ResultsAction::Clear);
            hub.load_again();
        }
    };
    let without = match during {
        Some(Doing::TakingIn(names)) if names.len() == 1 => names.first(),
        _ => None,
    };
    html! {
        <main class="notice">
            <h1>{ failure::TITLE }</h1>
            <p class="lead">{ failure::engine(why) }{ " " }{ failure::LOST }</p>
            if let Some(during) = during {
                <p class="lead" data-testid="failure-during">{ failure::during(during) }</p>
            }
            <p class="lead">{ failure::to_do(why) }</p>
            <pre class="reason" data-testid="failure-text" tabindex="0">{ details.clone() }</pre>
            <p role="status" class="visually-hidden" data-testid="load-status" data-failure={why.code()}>{ failure::status(why) }</p>
            <div class="buttons">
                if *again > 0 {
                    <button class="primary" data-testid="load-again" onclick={load}>
                        { failure::again(*again, without.map(String::as_str)) }
                    </button>
                }
                <button class={(*again == 0).then_some("primary")} data-testid="clear" onclick={over}>{ shared::CLEAR }</button>
                <Copy text={details} label={failure::COPY} />
            </div>
        </main>
    }
}
