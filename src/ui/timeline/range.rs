//! The typed range: two times in UTC.

use crate::ui::words::timeline as words;
use azflow_core::model::UnixMillis;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct RangeProps {
    /// Minutes of everything loaded: the first, and the one behind the last.
    pub whole: (u32, u32),
    /// What is applied.
    pub applied: Option<(u32, u32)>,
    pub on_apply: Callback<Option<(u32, u32)>>,
}

/// `2026-10-01T06:30`: as an input has it.
fn text(minute: u32) -> String {
    UnixMillis::from_minute(minute).to_iso().chars().take(16).collect()
}

#[component]
pub fn Range(props: &RangeProps) -> Html {
    let inputs = [use_node_ref(), use_node_ref()];
    let backwards = use_state_eq(|| false);
    let (from, until) = props.applied.unwrap_or(props.whole);
    // An end that is left open is that of everything.
    let shown = [from.max(props.whole.0), until.min(props.whole.1)];
    use_effect_with((shown, inputs.clone(), backwards.setter()), |(shown, inputs, backwards)| {
        for (minute, input) in shown.iter().zip(inputs) {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                input.set_value(&text(*minute));
            }
        }
        backwards.set(false);
    });
    let onchange = {
        let (inputs, on_apply, backwards) = (inputs.clone(), props.on_apply.clone(), backwards.setter());
        Callback::from(move |_: Event| {
            let minute = |input: &NodeRef| {
                let value = input.cast::<HtmlInputElement>()?.value();
                // With seconds or without, as the browser likes.
                let value: String = value.chars().take(16).collect();
                UnixMillis::from_iso(&format!("{value}:00Z")).map(UnixMillis::minute)
            };
            let [from, until] = [&inputs[0], &inputs[1]].map(minute);
            if let (Some(from), Some(until)) = (from, until) {
                backwards.set(from >= until);
                if from < until {
                    on_apply.emit(Some((from, until)));
                }
            }
        })
    };
    let one = |place: usize, label: &'static str, handle: &'static str| {
        html! {
            <label>
                <span>{ label }</span>
                <input type="datetime-local" ref={inputs[place].clone()} data-testid={handle} min={text(props.whole.0)} max={text(props.whole.1)}
                    aria-invalid={(*backwards).to_string()} onchange={onchange.clone()} />
            </label>
        }
    };
    html! {
        <>
            if *backwards { <span class="filter-error" role="alert">{ words::BACKWARDS }</span> }
            { one(0, words::FROM, "timeline-from") }
            { one(1, words::TO, "timeline-to") }
        </>
    }
}
