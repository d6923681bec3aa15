//! What the browser keeps for the next visit, and the button that forgets it.

use crate::ui::state::{Choice, ChoicesHandle};
use crate::ui::words::tables as words;
use azflow_engine::session::Kept;
use yew::prelude::*;

/// The section; on the start screen only where something is kept.
pub fn kept(choices: &ChoicesHandle, always: bool) -> Html {
    let kept = choices.kept.clone();
    if kept.is_empty() && !always {
        return Html::default();
    }
    let forget = {
        let choices = choices.dispatcher();
        move |_: MouseEvent| choices.dispatch(Choice::Keep(Kept::default()))
    };
    html! {
        <section class="kept" aria-label={words::KEPT} data-testid="kept">
            <h2>{ words::KEPT }</h2>
            if kept.is_empty() {
                <p class="hint">{ words::NONE_KEPT }</p>
            } else {
                <p>{ words::kept(&kept) }</p>
                <p><button type="button" data-testid="forget-kept" onclick={forget}>{ words::FORGET }</button></p>
            }
        </section>
    }
}
