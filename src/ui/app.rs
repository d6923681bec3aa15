//! The root: holds the state, starts the workers, and chooses the screen.

use super::browser::{build, now};
use super::filter::{FilterBar, unknown_place};
use super::findings::FindingsScreen;
use super::flows::FlowsScreen;
use super::header::{Header, Tabs};
use super::hooks::{
    Platform, Trail, choices_at_start, use_asking, use_keys, use_now, use_platform, use_trail,
};
use super::intake::Intake;
use super::matrix::MatrixScreen;
use super::network::NetworkScreen;
use super::notice::{Failed, Fatal};
use super::palette::Patterns;
use super::questions::Asked;
use super::review::ReviewScreen;
use super::rules::RulesScreen;
use super::shortcuts::Shortcuts;
use super::sources::DataScreen;
use super::start::Start;
use super::state::{
    Choice, Choices, ChoicesHandle, Found, FoundAction, FoundHandle, Loading, LoadingAction, LoadingHandle,
    Results, ResultsAction, ResultsHandle, Screen, SearchPhase,
};
use super::timeline::Timeline;
use super::words;
use crate::browser::{Hub, HubEvent, keep, kept, panic_hook, save};
use azflow_engine::session::{Kept, LoadPhase};
use std::rc::Rc;
use yew::prelude::*;

/// Mounts the page.
pub fn mount() {
    let document = web_sys::window().and_then(|window| window.document());
    if let Some(panel) = document.as_ref().and_then(|d| d.get_element_by_id("failure")) {
        // Fails only for a name that no attribute can have.
        let _ = panel.set_attribute("data-version", &build());
    }
    let root = document.and_then(|d| d.get_element_by_id("app").or_else(|| d.body().map(Into::into)));
    // Yew would set one that only writes to the console.
    yew::set_custom_panic_hook(Box::new(panic_hook));
    #[cfg(feature = "provoke-failures")]
    crate::browser::listen_to_provocations();
    if let Some(root) = root {
        yew::Renderer::<App>::with_root(root).render();
    }
}

#[component]
fn App() -> Html {
    let loading = use_reducer(Loading::default);
    let choices = use_reducer(|| choices_at_start(Choices::restore(kept())));
    let results = use_reducer(Results::default);
    let found = use_reducer(Found::default);
    let platform = use_platform(choices.theme);
    let hub = use_state({
        let (loading, results, found) = (loading.dispatcher(), results.dispatcher(), found.dispatcher());
        move || {
            Hub::start(move |event| match event {
                HubEvent::Load(state) => loading.dispatch(LoadingAction::Moved(state)),
                HubEvent::Answer { ticket, answer } => {
                    results.dispatch(ResultsAction::Answered(ticket, answer, now()));
                }
                HubEvent::Refused { ticket, reason } => {
                    results.dispatch(ResultsAction::Refused(ticket, reason));
                }
                HubEvent::Dropped(tickets) => results.dispatch(ResultsAction::Dropped(tickets)),
                HubEvent::Evidence(news) => found.dispatch(FoundAction::Heard(news)),
                HubEvent::GivenUp(ticket, busy) => {
                    results.dispatch(ResultsAction::GivenUp(ticket, words::failure::given_up(&busy)));
                }
                HubEvent::Busy(busy) => loading.dispatch(LoadingAction::Busy(busy)),
                HubEvent::Fatal(loss) => loading.dispatch(LoadingAction::Died(loss)),
            })
        }
    });
    let hub = (*hub).clone();
    // Before asking: what is asked after this is answered with these names.
    use_names(&hub, &choices);
    use_marks(&hub, &choices);
    use_asking(&hub, &loading.state, &choices, &results);
    use_keeping(&hub, &choices, &results);
    use_saving(&results);
    use_files(&results, &choices);
    use_searching(&hub, &results, &found);
    let trail = use_trail(&choices);
    use_keys(&choices, &trail);
    let keys = choices.keys_shown;

    html! {
        <ContextProvider<Hub> context={hub}>
        <ContextProvider<Platform> context={platform}>
        <ContextProvider<LoadingHandle> context={loading}>
        <ContextProvider<ChoicesHandle> context={choices}>
        <ContextProvider<ResultsHandle> context={results}>
        <ContextProvider<FoundHandle> context={found}>
        <ContextProvider<Trail> context={trail}>
            <Patterns />
            <Intake>
                <Page />
            </Intake>
            if keys {
                <Shortcuts />
            }
        </ContextProvider<Trail>>
        </ContextProvider<FoundHandle>>
        </ContextProvider<ResultsHandle>>
        </ContextProvider<ChoicesHandle>>
        </ContextProvider<LoadingHandle>>
        </ContextProvider<Platform>>
        </ContextProvider<Hub>>
    }
}

/// Tells the engine the names that are given by hand.
#[hook]
fn use_names(hub: &Hub, choices: &Choices) {
    let (hub, names) = (hub.clone(), choices.names.clone());
    use_now(choices.view.names, move |revision| {
        if *revision > 0 {
            hub.name((*names).clone());
        }
    });
}

/// Keeps what the user asked to keep, and has the hub use it.
#[hook]
fn use_keeping(hub: &Hub, choices: &ChoicesHandle, results: &ResultsHandle) {
    let (choice, result) = (choices.dispatcher(), results.dispatcher());
    use_effect_with(choices.kept.clone(), {
        let (hub, told, choice) = (hub.clone(), choices.told.clone(), choice.clone());
        move |wanted: &Rc<Kept>| {
            hub.hint((*told).clone());
            hub.keep(&wanted.files);
            if **wanted == kept() {
                return;
            }
            if let Err(why) = keep(wanted) {
                choice.dispatch(Choice::NotKept(kept(), words::tables::not_kept(&why)));
            }
        }
    });
    let now = choices.kept.clone();
    use_effect_with(results.descriptions.clone(), move |texts| {
        let Some(texts) = texts else { return };
        result.dispatch(ResultsAction::DescriptionsUsed);
        match &**texts {
            Some(files) => choice.dispatch(Choice::Keep(Kept { files: files.clone(), ..(*now).clone() })),
            None => choice.dispatch(Choice::NotKept((*now).clone(), words::tables::TOO_LARGE.to_owned())),
        }
    });
}

/// Tells the engine what is said of services.
#[hook]
fn use_marks(hub: &Hub, choices: &Choices) {
    let (hub, marks) = (hub.clone(), choices.marks.clone());
    use_now(choices.marked, move |revision| {
        if *revision > 0 {
            hub.mark(marks.marks().to_vec());
        }
    });
}

/// Takes in a review file that was read, and hands files to the user.
#[hook]
fn use_files(results: &ResultsHandle, choices: &ChoicesHandle) {
    let (dispatcher, choices) = (results.dispatcher(), choices.dispatcher());
    use_effect_with((results.review_read.clone(), results.file.clone()), move |(read, file)| {
        if let Some(read) = read {
            choices.dispatch(Choice::Review((**read).clone()));
            dispatcher.dispatch(ResultsAction::ReviewTaken);
        }
        if let Some(file) = file {
            let (name, text) = &**file;
            match save(name, "text/plain", text.as_bytes()) {
                Ok(()) => dispatcher.dispatch(ResultsAction::FileSaved),
                Err(why) => dispatcher.dispatch(ResultsAction::NotSaved(why)),
            }
        }
    });
}

/// Hands the summary document to the user once it is there.
#[hook]
fn use_saving(results: &ResultsHandle) {
    let dispatcher = results.dispatcher();
    use_effect_with(results.summary.clone(), move |summary| {
        if let Some(text) = summary {
            match save("azflow-summary.json", "application/json", text.as_bytes()) {
                Ok(()) => dispatcher.dispatch(ResultsAction::Saved),
                Err(why) => dispatcher.dispatch(ResultsAction::NotSaved(why)),
            }
        }
    });
}

/// Begins to read when the engine has said where to look, and stops at the limit.
#[hook]
fn use_searching(hub: &Hub, results: &ResultsHandle, found: &FoundHandle) {
    let (plan, phase) = (results.plan.clone(), found.phase);
    let (hub, results, found) = (hub.clone(), results.dispatcher(), found.dispatcher());
    use_effect_with((plan, phase), move |(plan, phase)| match (plan, phase) {
        (Some((ticket, plan)), SearchPhase::Planning(asked)) if ticket == asked => {
            found.dispatch(FoundAction::Planned);
            results.dispatch(ResultsAction::PlanUsed);
            hub.seek((**plan).clone());
        }
        (_, SearchPhase::Full) => hub.stop_seeking(),
        _ => {}
    });
}

#[component]
fn Page() -> Html {
    let (Some(loading), Some(choices), Some(results)) =
        (use_context::<LoadingHandle>(), use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    if let Some(loss) = &loading.fatal {
        return html! { <Fatal loss={loss.clone()} /> };
    }
    let phase = loading.state.phase;
    if phase == LoadPhase::Idle {
        return html! { <>{ unknown_place(&choices) }<Start /></> };
    }
    let nothing = phase != LoadPhase::Loading
        && results.overview.get().is_some_and(|overview| overview.flow_sources == 0);
    let screen = match choices.screen {
        Screen::Matrix if nothing || phase == LoadPhase::Failed => html! { <Failed /> },
        Screen::Matrix => html! { <MatrixScreen /> },
        Screen::Flows => html! { <FlowsScreen /> },
        Screen::Review => html! { <ReviewScreen /> },
        Screen::Rules => html! { <RulesScreen /> },
        Screen::Network => html! { <NetworkScreen /> },
        Screen::Findings => html! { <FindingsScreen /> },
        Screen::Data => html! { <DataScreen /> },
    };
    html! {
        <>
            <Header />
            { unknown_place(&choices) }
            <FilterBar />
            <Timeline />
            <Tabs />
            <Asked />
            { screen }
        </>
    }
}
