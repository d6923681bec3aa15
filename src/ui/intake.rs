//! Every way in for files: two hidden inputs, the window as drop zone, the question what to do with a
//! drop on a loaded page. Children open the inputs through [`Pickers`].

use super::hooks::{use_dialog, use_drop};
use super::review::take_reviews;
use super::state::{Choice, ChoicesHandle, LoadingHandle, ResultsAction, ResultsHandle};
use super::words::{intake, shared};
use crate::browser::{Hub, Picked, chosen, dropped};
use azflow_engine::session::LoadPhase;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DataTransfer, HtmlInputElement};
use yew::prelude::*;

/// Opens the browser's file dialogs, loads the example, forgets everything.
#[derive(Clone, PartialEq)]
pub struct Pickers {
    /// Asks for files.
    pub files: Callback<MouseEvent>,
    /// Asks for a folder.
    pub folder: Callback<MouseEvent>,
    /// Loads the built-in example.
    pub example: Callback<MouseEvent>,
    /// Forgets everything.
    pub clear: Callback<MouseEvent>,
}

#[derive(Properties, PartialEq)]
pub struct IntakeProps {
    pub children: Html,
}

/// A drop that waits for an answer; a new one is never equal to it.
#[derive(Clone)]
struct Waiting(Rc<Picked>);

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[component]
pub fn Intake(props: &IntakeProps) -> Html {
    let (Some(hub), Some(loading), Some(choices), Some(results)) = (
        use_context::<Hub>(),
        use_context::<LoadingHandle>(),
        use_context::<ChoicesHandle>(),
        use_context::<ResultsHandle>(),
    ) else {
        return Html::default();
    };
    let (files, folder) = (use_node_ref(), use_node_ref());
    let waiting = use_state_eq(|| None::<Waiting>);

    let forget = {
        let (hub, choices, results) = (hub.clone(), choices.dispatcher(), results.dispatcher());
        Callback::from(move |()| {
            hub.clear();
            results.dispatch(ResultsAction::Clear);
            choices.dispatch(Choice::StartOver);
        })
    };
    // The example and the user's own logs don't mix.
    let take = {
        let (hub, forget, example) = (hub.clone(), forget.clone(), loading.state.example);
        Callback::from(move |picked: Picked| {
            let Picked { files, unreadable } = picked;
            if example && !(files.is_empty() && unreadable.is_empty()) {
                forget.emit(());
            }
            if !files.is_empty() {
                hub.add(files);
            }
            if !unreadable.is_empty() {
                hub.list_unreadable(unreadable);
            }
        })
    };
    let ask_first = !loading.state.example && loading.state.phase != LoadPhase::Idle;
    let on_drop = use_callback((take.clone(), ask_first), {
        let (hub, waiting) = (hub.clone(), waiting.setter());
        move |transfer: DataTransfer, (take, ask_first)| {
            let (walk, take, waiting, ask_first) =
                (dropped(&transfer), take.clone(), waiting.clone(), *ask_first);
            let hub = hub.clone();
            spawn_local(async move {
                let mut picked = walk.await;
                picked.files = take_reviews(&hub, picked.files).await;
                if ask_first && !picked.files.is_empty() {
                    waiting.set(Some(Waiting(Rc::new(picked))));
                } else {
                    take.emit(picked);
                }
            });
        }
    });
    let over = use_drop(on_drop);

    let picked = |node: &NodeRef| {
        let (node, take, hub) = (node.clone(), take.clone(), hub.clone());
        Callback::from(move |_: Event| {
            if let Some(input) = node.cast::<HtmlInputElement>() {
                let files = input.files().map(|list| chosen(&list)).unwrap_or_default();
                // The same files can be chosen again only if the input forgets them.
                input.set_value("");
                let (take, hub) = (take.clone(), hub.clone());
                spawn_local(async move {
                    let files = take_reviews(&hub, files).await;
                    take.emit(Picked { files, unreadable: Vec::new() });
                });
            }
        })
    };
    let open = |node: &NodeRef| {
        let node = node.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(input) = node.cast::<HtmlInputElement>() {
                input.click();
            }
        })
    };
    let pickers = Pickers {
        files: open(&files),
        folder: open(&folder),
        example: {
            let (hub, choices, results) = (hub.clone(), choices.dispatcher(), results.dispatcher());
            let idle = loading.state.phase == LoadPhase::Idle;
            Callback::from(move |_| {
                results.dispatch(ResultsAction::Clear);
                // What the page's address says is for what is loaded first.
                if !idle {
                    choices.dispatch(Choice::StartOver);
                }
                hub.load_example();
            })
        },
        clear: forget.reform(|_| ()),
    };
    let decide = {
        let (waiting, take, forget) = (waiting.clone(), take.clone(), forget);
        Callback::from(move |decision: Decision| {
            if let Some(Waiting(picked)) = (*waiting).clone() {
                if decision == Decision::Replace {
                    forget.emit(());
                }
                if decision != Decision::Nothing {
                    take.emit((*picked).clone());
                }
            }
            waiting.set(None);
        })
    };

    html! {
        <ContextProvider<Pickers> context={pickers}>
            <div class="visually-hidden" aria-hidden="true">
                <input type="file" multiple={true} data-testid="file-input" tabindex="-1" ref={files.clone()}
                    aria-label={intake::FILES} onchange={picked(&files)} />
                <input type="file" multiple={true} webkitdirectory={true} data-testid="folder-input" tabindex="-1"
                    ref={folder.clone()} aria-label={intake::FOLDER} onchange={picked(&folder)} />
            </div>
            { props.children.clone() }
            if over {
                <div class="drop-over" aria-hidden="true"><p>{ intake::DROP }</p></div>
            }
            if waiting.is_some() {
                <Question {decide} />
            }
        </ContextProvider<Pickers>>
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Decision {
    Add,
    Replace,
    Nothing,
}

#[derive(Properties, PartialEq)]
struct QuestionProps {
    decide: Callback<Decision>,
}

/// Add to what is loaded, or replace it.
#[component]
fn Question(props: &QuestionProps) -> Html {
    let node = use_dialog();
    let on = |decision: Decision| props.decide.reform(move |_: MouseEvent| decision);
    html! {
        <dialog ref={node} class="question" onclose={props.decide.reform(|_: Event| Decision::Nothing)}>
            <p>{ intake::DROP_QUESTION }</p>
            <div class="buttons">
                <button class="primary" onclick={on(Decision::Add)}>{ intake::ADD }</button>
                <button onclick={on(Decision::Replace)}>{ intake::REPLACE }</button>
                <button onclick={on(Decision::Nothing)}>{ shared::CANCEL }</button>
            </div>
        </dialog>
    }
}
