//! What stands in for the side before: kept from files that were loaded, or read from a saved summary.

use super::super::findings::HIDE;
use crate::browser::Hub;
use crate::ui::open::OpenText;
use crate::ui::widgets::Segmented;
use crate::ui::words::findings as words;
use azflow_engine::filter::narrowed;
use azflow_engine::session::{KeptSide, Query, View};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct KeepingProps {
    /// What is shown now.
    pub view: View,
    /// What is kept.
    pub side: Option<KeptSide>,
    /// Whether it is compared with.
    pub used: bool,
    pub on_use: Callback<bool>,
}

/// Keeps a side, and chooses between it and a filter.
#[component]
pub fn Keeping(props: &KeepingProps) -> Html {
    let Some(hub) = use_context::<Hub>() else { return Html::default() };
    let keep = {
        let (hub, on_use) = (hub.clone(), props.on_use.clone());
        let view = View { filter: narrowed(&props.view.filter, HIDE), ..props.view.clone() };
        move |_: MouseEvent| {
            hub.ask(Query::KeepSide(view.clone()));
            on_use.emit(true);
        }
    };
    let open = {
        let on_use = props.on_use.clone();
        Callback::from(move |(name, text)| {
            hub.ask(Query::ReadSide(name, text));
            on_use.emit(true);
        })
    };
    let on_choose = {
        let on_use = props.on_use.clone();
        Callback::from(move |at: usize| on_use.emit(at == 1))
    };
    html! {
        <>
        <p class="hint">{ words::KEEP_LEAD }</p>
        <div class="toolbar">
            if props.side.is_some() {
                <Segmented label={words::BEFORE_IS} chosen={usize::from(props.used)} {on_choose} options={vec![
                    (words::BEFORE_FILTER, words::BEFORE_FILTER, "compare-filter"),
                    (words::BEFORE_KEPT, words::BEFORE_KEPT, "compare-kept"),
                ]} />
            }
            <button type="button" data-testid="compare-keep" title={words::KEEP_TITLE} onclick={keep}>{ words::KEEP }</button>
            <OpenText words={words::OPEN} title={words::OPEN_TITLE} accept=".json,application/json" handle="compare-open" on_text={open} />
        </div>
        </>
    }
}

/// What the kept side is, in the place of the filter.
pub fn described(side: &KeptSide, view: &View) -> Html {
    html! {
        <div class="kept-side" data-testid="compare-side">
            <span>{ words::BEFORE }</span>
            <p title={side.filter.clone()}>{ words::kept_side(side) }</p>
            if side.mode != view.mode {
                <p class="filter-error" role="alert">{ words::kept_otherwise(side.mode) }</p>
            }
        </div>
    }
}
