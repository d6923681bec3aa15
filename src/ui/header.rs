//! What stands above every screen: the name, what is loaded, the promise, the switch, the tabs.

use super::hooks::use_lost_focus;
use super::intake::Pickers;
use super::questions::Questions;
use super::state::{Choice, ChoicesHandle, LoadingHandle, ResultsAction, ResultsHandle, Screen, Theme};
use super::widgets::{Choose, Segmented, lock, version};
use super::words::{
    failure, findings as words, flows, header, network, privacy, review, rules, shared, tables,
};
use crate::browser::Hub;
use azflow_core::store::Mode;
use azflow_engine::session::{LoadPhase, Query};
use yew::prelude::*;

#[component]
pub fn Header() -> Html {
    let (Some(loading), Some(results), Some(pickers)) =
        (use_context::<LoadingHandle>(), use_context::<ResultsHandle>(), use_context::<Pickers>())
    else {
        return Html::default();
    };
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let overview = results.overview.get();
    html! {
        <header class="top">
            <h1 class="wordmark">{ shared::NAME }</h1>
            <button class="primary" onclick={pickers.files.clone()}>{ header::ADD_FILES }</button>
            <button onclick={pickers.folder.clone()}>{ header::ADD_FOLDER }</button>
            if let Some(overview) = overview {
                <span class="loaded" title={header::loaded_exactly(overview)}>{ header::loaded(overview) }</span>
                if let Some(words) = header::resolution(&overview.resolution) {
                    <span class="badge warn" data-testid="resolution" title={header::RESOLUTION}>{ words }</span>
                }
                if overview.left_out > 0 {
                    <span class="badge warn" data-testid="left-out" title={header::LEFT_OUT}>
                        { header::left_out(overview.left_out) }
                    </span>
                }
            }
            if loading.state.example {
                <span class="badge">{ header::EXAMPLE }</span>
            }
            if choices.restored && !loading.state.example {
                <span class="badge" data-testid="kept-in-use" title={tables::RESTORED_TITLE}>{ tables::RESTORED }</span>
            }
            if loading.state.phase == LoadPhase::Cancelled {
                <span class="badge warn">{ header::PARTIAL }</span>
            }
            <span class="spring"></span>
            <Questions />
            <Promise />
            <SaveSummary />
            <Themes />
            <button data-testid="clear" onclick={pickers.clear.clone()}>{ shared::CLEAR }</button>
        </header>
    }
}

/// The promise with its proof behind it.
#[component]
fn Promise() -> Html {
    html! {
        <details class="promise-menu">
            <summary>{ lock() }<span>{ privacy::SHORT }</span></summary>
            <div class="menu">
                <h2>{ privacy::HOW }</h2>
                <ol class="checks">
                    for (head, how) in privacy::CHECKS {
                        <li><strong>{ head }</strong>{ ". " }{ how }</li>
                    }
                </ol>
                { version() }
            </div>
        </details>
    }
}

/// System, light or dark.
#[component]
pub fn Themes() -> Html {
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let dispatcher = choices.dispatcher();
    let on_choose = Callback::from(move |at: usize| {
        dispatcher.dispatch(Choice::Theme(Theme::ALL.get(at).copied().unwrap_or_default()));
    });
    let chosen = Theme::ALL.iter().position(|theme| *theme == choices.theme).unwrap_or_default();
    html! {
        <Choose label={header::THEME} handle="theme" options={header::THEMES.map(AttrValue::from).to_vec()} {chosen} {on_choose} />
    }
}

#[component]
fn SaveSummary() -> Html {
    let (Some(hub), Some(choices), Some(results)) =
        (use_context::<Hub>(), use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let onclick = {
        let (view, results) = (choices.view.clone(), results.dispatcher());
        Callback::from(move |_: MouseEvent| {
            results.dispatch(ResultsAction::Saving(hub.ask(Query::Summary(view.clone()))));
        })
    };
    html! {
        <button data-testid="save-summary" title={header::SAVE_TITLE} disabled={results.saving.is_some()} {onclick}>
            { header::SAVE }
        </button>
    }
}

/// The screens, the switch of modes, and how loading stands.
#[component]
pub fn Tabs() -> Html {
    use_lost_focus(".tab[aria-current]");
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let Some(results) = use_context::<ResultsHandle>() else { return Html::default() };
    let tab = |screen: Screen, words: &'static str, handle: &'static str, note: Option<u32>| {
        let dispatcher = choices.dispatcher();
        let here = choices.screen == screen;
        html! {
            <button type="button" data-testid={handle} class="tab" aria-current={here.then_some("page")}
                onclick={move |_| dispatcher.dispatch(Choice::Screen(screen))}>
                { words }
                if let Some(note) = note {
                    <span class="count">{ note }</span>
                }
            </button>
        }
    };
    let findings = results.findings.get().map(|answer| answer.findings.len() as u32).filter(|n| *n > 0);
    let problems = results.overview.get().map(|o| o.sources_with_issues).filter(|n| *n > 0);
    let mode = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |i| {
            dispatcher.dispatch(Choice::Mode(if i == 0 { Mode::Conversations } else { Mode::AsLogged }));
        })
    };
    html! {
        <>
        <nav class="tabs" aria-label={header::SCREENS}>
            { tab(Screen::Matrix, shared::TAB_MATRIX, "tab-matrix", None) }
            { tab(Screen::Flows, flows::TAB, "tab-flows", None) }
            { tab(Screen::Review, review::TAB, "tab-review", None) }
            { tab(Screen::Rules, rules::TAB, "tab-rules", None) }
            { tab(Screen::Network, network::TAB, "tab-network", None) }
            { tab(Screen::Findings, words::TAB, "tab-findings", findings) }
            { tab(Screen::Data, header::TAB_DATA, "tab-data", problems) }
            <span class="spring"></span>
            <LoadStatus />
            <Segmented label={header::MODE} options={vec![
                (shared::CONVERSATIONS, shared::CONVERSATIONS_TITLE, "mode-conversations"),
                (shared::AS_LOGGED, shared::AS_LOGGED_TITLE, "mode-as-logged"),
            ]} chosen={usize::from(choices.view.mode == Mode::AsLogged)} on_choose={mode} />
        </nav>
        if let Some(why) = &choices.not_kept {
            <p class="refused" role="alert" data-testid="not-kept">{ why.to_string() }</p>
        }
        if let Some(why) = &results.refused {
            <p class="refused" role="alert">{ header::refused(why) }</p>
        }
        if let Some((_, why)) = &results.given_up {
            <p class="refused" role="alert" data-testid="given-up">{ header::refused(why) }</p>
        }
        </>
    }
}

/// How loading stands: words for everyone, a thin line for the eye, Cancel while it runs.
#[component]
pub fn LoadStatus() -> Html {
    let (Some(hub), Some(loading)) = (use_context::<Hub>(), use_context::<LoadingHandle>()) else {
        return Html::default();
    };
    let load = &loading.state;
    let running = load.phase == LoadPhase::Loading;
    let failed =
        load.failure.as_ref().filter(|_| load.phase == LoadPhase::Failed).map(|(_, failure)| failure.code());
    let share =
        if load.bytes_total == 0 { 0.0 } else { 100.0 * load.bytes_done as f64 / load.bytes_total as f64 };
    let give_up = {
        let hub = hub.clone();
        move |_: MouseEvent| hub.give_up()
    };
    html! {
        <div class={classes!("load", running.then_some("running"))}>
            if let Some(busy) = &loading.busy {
                <span data-testid="busy">{ failure::busy(busy) }</span>
                <button data-testid="give-up" title={failure::GIVE_UP_TITLE} onclick={give_up}>{ failure::GIVE_UP }</button>
            }
            <p role="status" aria-live="polite" data-testid="load-status" data-scan-ms={(load.scan_micros / 1000).to_string()}
                data-failure={failed}>{ header::load_status(load) }</p>
            if running {
                <button data-testid="cancel" onclick={move |_: MouseEvent| hub.cancel()}>{ shared::CANCEL }</button>
                <svg class="progress" aria-hidden="true" focusable="false">
                    <rect width={format!("{share:.2}%")} height="100%" />
                </svg>
            }
        </div>
    }
}
