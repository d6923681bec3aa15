//! The list of keys, and the switch for those without Ctrl.

use super::hooks::use_dialog;
use super::state::{Choice, ChoicesHandle};
use super::words::filter::keys as words;
use yew::prelude::*;

#[component]
pub fn Shortcuts() -> Html {
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let node = use_dialog();
    let (dispatcher, off) = (choices.dispatcher(), choices.keys_off);
    let close = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |()| dispatcher.dispatch(Choice::Keys(false)))
    };
    html! {
        <dialog ref={node} class="question keys" data-testid="shortcuts" aria-label={words::TITLE} onclose={close.reform(|_: Event| ())}>
            <h2>{ words::TITLE }</h2>
            <dl>
                for (key, what) in words::ALL {
                    <div><dt><kbd>{ key }</kbd></dt><dd>{ what }</dd></div>
                }
            </dl>
            <p><label>
                <input type="checkbox" data-testid="single-keys" checked={!off}
                    onchange={move |_: Event| dispatcher.dispatch(Choice::KeysOff(!off))} />
                { " " }{ words::SINGLE }
            </label></p>
            <div class="buttons"><button type="button" class="primary" onclick={close.reform(|_: MouseEvent| ())}>{ words::CLOSE }</button></div>
        </dialog>
    }
}
