//! One conversation: when, how much, which rules decided, and its raw tuples.

use crate::ui::details::{Evidence, one};
use crate::ui::state::{Choice, ChoicesHandle, Shared};
use crate::ui::words::{flows as words, shared};
use azflow_engine::filter::narrowed;
use azflow_engine::session::{Breakdown, FlowKey, Selection, View};
use yew::prelude::*;

/// A view that shows nothing but this conversation.
pub fn only(view: &View, key: &FlowKey) -> View {
    View { filter: narrowed(&view.filter, &key.filter()), ..view.clone() }
}

/// The panel beside the list.
pub fn panel(choices: &ChoicesHandle, key: &FlowKey, breakdown: Option<&Shared<Breakdown>>) -> Html {
    let close = {
        let dispatcher = choices.dispatcher();
        move |_: MouseEvent| dispatcher.dispatch(Choice::Flow(None))
    };
    html! {
        <div class="flows-panel">
        <aside class="details" data-testid="flow-evidence" aria-label={words::ONE}>
            <div class="details-head">
                <p class="kind">{ words::service(key) }</p>
                <button type="button" class="quiet" data-testid="flow-close" onclick={close}>{ words::CLOSE }</button>
            </div>
            <h2>{ words::ends(key) }</h2>
            if let Some(breakdown) = breakdown.filter(|b| b.conversations > 0) {
                { one(breakdown, choices) }
                <Evidence view={only(&choices.view, key)} selection={Selection::default()} />
            } else {
                <p class="hint">{ if breakdown.is_some() { words::GONE } else { shared::WAITING } }</p>
            }
        </aside>
        </div>
    }
}
