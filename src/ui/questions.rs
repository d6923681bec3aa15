//! The menu of questions, and the line that says what was asked, with the query that asks the same of a workspace.

use super::state::{Choice, ChoicesHandle, LoadingHandle, ResultsHandle, Screen};
use super::widgets::{Copy, Segmented};
use super::words::questions as words;
use azflow_core::store::Mode;
use azflow_engine::export::{Origin, Place, QUESTIONS};
use web_sys::Element;
use yew::prelude::*;

/// The screen that shows a place best.
fn screen(place: Place) -> Screen {
    match place {
        Place::Matrix => Screen::Matrix,
        Place::Rules => Screen::Rules,
        Place::Flows => Screen::Flows,
        Place::Network => Screen::Network,
        Place::Data => Screen::Data,
    }
}

/// The menu.
#[component]
pub fn Questions() -> Html {
    let node = use_node_ref();
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let ask = |number: usize| {
        let (dispatcher, node) = (choices.dispatcher(), node.clone());
        Callback::from(move |_: MouseEvent| {
            let Some(question) = QUESTIONS.get(number) else { return };
            dispatcher.dispatch(Choice::Filter(question.filter.to_owned()));
            dispatcher.dispatch(Choice::Mode(Mode::Conversations));
            dispatcher.dispatch(Choice::Screen(screen(question.place)));
            dispatcher.dispatch(Choice::Question(Some(number)));
            if let Some(menu) = node.cast::<Element>() {
                // An attribute that is not there is as good as removed.
                let _ = menu.remove_attribute("open");
            }
        })
    };
    html! {
        <details class="promise-menu questions-menu" ref={node.clone()}>
            <summary data-testid="questions">{ words::MENU }</summary>
            <div class="menu">
                <p class="hint">{ words::LEAD }</p>
                <ul>
                    for (number, question) in QUESTIONS.iter().enumerate() {
                        <li><button type="button" class="quiet" data-testid={format!("question-{}", question.id)}
                            onclick={ask(number)}>{ words::question(question.id).0 }</button></li>
                    }
                </ul>
            </div>
        </details>
    }
}

/// What was asked.
#[component]
pub fn Asked() -> Html {
    let ana = use_state_eq(|| 0_usize);
    // The example's day says nothing about anyone's workspace.
    let example = use_context::<LoadingHandle>().is_some_and(|loading| loading.state.example);
    let (Some(choices), Some(results)) = (use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let Some(question) = choices.question.and_then(|number| QUESTIONS.get(number)) else {
        return Html::default();
    };
    let (title, answer) = words::question(question.id);
    let origin = if *ana == 1 { Origin::Ana } else { Origin::Nta };
    let window =
        results.overview.get().filter(|_| !example).and_then(|found| Some((found.first?, found.last?)));
    let query = question.kql(origin, window);
    let close = {
        let dispatcher = choices.dispatcher();
        move |_: MouseEvent| dispatcher.dispatch(Choice::Question(None))
    };
    let choose = {
        let setter = ana.setter();
        Callback::from(move |at| setter.set(at))
    };
    html! {
        <section class="asked" aria-label={title} data-testid="question">
            <p role="status"><b>{ title }</b>{ " " }<span class="hint">{ answer }</span></p>
            <button type="button" class="quiet" data-testid="question-close" onclick={close}>{ words::CLOSE }</button>
            <details>
                <summary data-testid="question-kql">{ words::IN_KQL }</summary>
                <div class="command">
                    <div class="command-head">
                        <Segmented label={words::TABLE} options={words::TABLES.to_vec()} chosen={*ana} on_choose={choose} />
                        <span class="spring"></span>
                        <Copy text={query.clone()} label={title} />
                    </div>
                    <pre tabindex="0" aria-label={words::QUERY} data-testid="question-query"><code>{ query }</code></pre>
                </div>
            </details>
        </section>
    }
}
