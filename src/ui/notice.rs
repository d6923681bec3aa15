//! Screens for when there is nothing to draw: no flow log among the files, or the engine died.

use super::data::{Issues, SourceIssue, Tables};
use super::intake::Pickers;
use super::state::{LoadingAction, LoadingHandle, ResultsHandle};
use super::text::{action, notice, start};
use super::widgets::Copy;
use super::words::failure;
use azflow_engine::session::Failure;
use yew::prelude::*;

/// Files were read, and none held a flow record.
#[component]
pub fn Failed() -> Html {
    let (Some(loading), Some(results), Some(pickers)) =
        (use_context::<LoadingHandle>(), use_context::<ResultsHandle>(), use_context::<Pickers>())
    else {
        return Html::default();
    };
    let data = results.data.get();
    let files = data.map_or(0, |data| data.sources.len());
    let issues: Vec<SourceIssue> = data.map(|data| SourceIssue::all(&data.sources)).unwrap_or_default();
    html! {
        <main class="notice">
            <h1>{ notice::EMPTY_TITLE }</h1>
            <p class="lead">{ notice::empty(files) }</p>
            if let Some((name, failure)) = &loading.state.failure {
                <p class="lead">{ format!("{name}: {}", failure::of_file(failure)) }</p>
            }
            <div class="buttons">
                <button class="primary" onclick={pickers.files.clone()}>{ start::CHOOSE_FILES }</button>
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

#[derive(Properties, PartialEq)]
pub struct FatalProps {
    pub failure: Failure,
}

/// The engine is gone, and the data with it.
#[component]
pub fn Fatal(props: &FatalProps) -> Html {
    let (Some(loading), Some(pickers)) = (use_context::<LoadingHandle>(), use_context::<Pickers>()) else {
        return Html::default();
    };
    let why = &props.failure;
    let details = AttrValue::from(failure::details(why));
    let again = {
        let loading = loading.dispatcher();
        pickers.clear.reform(move |event: MouseEvent| {
            loading.dispatch(LoadingAction::Revived);
            event
        })
    };
    html! {
        <main class="notice">
            <h1>{ failure::TITLE }</h1>
            <p class="lead">{ failure::engine(why) }{ " " }{ failure::LOST }</p>
            <p class="lead">{ failure::to_do(why) }</p>
            <pre class="reason" data-testid="failure-text" tabindex="0">{ details.clone() }</pre>
            <p role="status" class="visually-hidden" data-testid="load-status" data-failure={why.code()}>{ failure::status(why) }</p>
            <div class="buttons">
                <button class="primary" data-testid="clear" onclick={again}>{ action::CLEAR }</button>
                <Copy text={details} label={failure::COPY} />
            </div>
        </main>
    }
}
