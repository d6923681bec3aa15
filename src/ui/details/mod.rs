//! The details of what is selected: how much was allowed and denied, when, by what, between whom.

mod evidence;
mod lists;
mod paths;

use super::chart::{SavePicture, Timeline, TimelineTable, Wanted};
use super::format::{exact, percent};
use super::grid::timeline_picture;
use super::state::{Choice, ChoicesHandle, ResultsHandle, Screen, Shared};
use super::widgets::{Split, number};
use super::words::{self, bins, details, picture, shared};
use azflow_engine::session::{Breakdown, Selection};
pub use evidence::Evidence;
use lists::{Directions, Rules, Services, Talkers};
use paths::{hops, paths};
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct DetailsProps {
    /// What the screen itself knows about the selection; stands below the facts.
    #[prop_or_default]
    pub children: Html,
}

#[component]
pub fn Details(props: &DetailsProps) -> Html {
    let (Some(choices), Some(results)) = (use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let Some(breakdown) = results.breakdown.get().cloned() else {
        return html! { <aside class="details skeleton" aria-busy="true"><p class="hint">{ shared::WAITING }</p></aside> };
    };
    let b: &Breakdown = &breakdown;
    let everything = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(Choice::Select(Selection::default())))
    };
    let choose_path = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |path| dispatcher.dispatch(Choice::Path(path)))
    };
    let drawn = {
        let timeline = b.timeline.clone();
        Callback::from(move |wanted: Wanted| {
            timeline_picture(&timeline, &[], &wanted.palette, &wanted.caption)
        })
    };
    let list = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(Choice::Screen(Screen::Flows)))
    };
    let review = {
        let dispatcher = choices.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(Choice::Screen(Screen::Review)))
    };
    let nothing = b.conversations == 0;
    html! {
        <aside class="details" data-testid="breakdown" aria-label={shared::selection(&b.selection)}>
            <div class="details-head">
                <p class="kind">{ details::selection_kind(&b.selection) }</p>
                if !b.selection.is_everything() {
                    <button type="button" class="quiet" data-testid="everything" onclick={everything}>{ shared::EVERYTHING }</button>
                }
            </div>
            <h2>{ shared::selection(&b.selection) }</h2>
            if nothing {
                <p class="hint">{ details::NOTHING }</p>
            } else {
                <p class="to-list"><button type="button" class="quiet" data-testid="list-flows" onclick={list}>{ words::flows::LIST }</button>
                    <button type="button" class="quiet" data-testid="review-selection" onclick={review}>{ words::review::REVIEW }</button></p>
                { split(b) }
                { facts(b) }
                <section>
                    <h3>{ details::TIMELINE }</h3>
                    <Timeline timeline={b.timeline.clone()} />
                    <TimelineTable timeline={b.timeline.clone()} caption={bins::timeline(&b.timeline)} />
                    <SavePicture what="selection-timeline" title={picture::timeline_title(&b.selection)} picture={drawn} />
                </section>
                { props.children.clone() }
                <Services of={breakdown.clone()} choices={choices.dispatcher()} />
                { paths(&b.paths, choices.path().map(|(_, path)| path), &choose_path) }
                { hops(&b.hops, &choices) }
                <Rules of={breakdown.clone()} choices={choices.dispatcher()} />
                <Directions of={breakdown.clone()} choices={choices.dispatcher()} />
                <Talkers of={breakdown.clone()} choices={choices.dispatcher()} />
                <Evidence view={choices.view.clone()} selection={b.selection.clone()} />
            }
        </aside>
    }
}

/// The figures of one conversation.
pub fn one(b: &Shared<Breakdown>, choices: &ChoicesHandle) -> Html {
    html! {
        <>
            { split(b) }
            { facts(b) }
            <Rules of={b.clone()} choices={choices.dispatcher()} />
            <Directions of={b.clone()} choices={choices.dispatcher()} />
            { hops(&b.hops, choices) }
            <section>
                <h3>{ details::TIMELINE }</h3>
                <Timeline timeline={b.timeline.clone()} />
                <TimelineTable timeline={b.timeline.clone()} caption={bins::timeline(&b.timeline)} />
            </section>
        </>
    }
}

fn split(b: &Breakdown) -> Html {
    let (allowed, denied) = (b.tally.allowed_flows, b.tally.denied_flows);
    let share = (denied > 0 && allowed > 0).then(|| percent(denied, b.tally.attempts()));
    html! {
        <div class="verdict">
            <Split {allowed} {denied} class="split big" />
            <p class="verdict-words">
                <span class="allowed-words" title={exact(allowed)}><strong>{ number(allowed) }</strong>{ " allowed" }</span>
                <span class="denied-words" title={exact(denied)}>
                    <strong>{ number(denied) }</strong>{ " denied" }
                    if let Some(at) = details::denied_at(&b.denied_at).filter(|_| denied > 0) {
                        { " " }{ at }
                    }
                    if let Some(share) = share {
                        { " · " }{ share }
                    }
                </span>
            </p>
        </div>
    }
}

fn facts(b: &Breakdown) -> Html {
    let c = b.tally.counters;
    let fact = |name: &'static str, value: String| html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> };
    html! {
        <dl class="facts">
            { fact(details::FIRST, format!("{} UTC", shared::when(b.first))) }
            { fact(details::LAST, format!("{} UTC", shared::when(b.last))) }
            { fact(details::TRAFFIC, details::traffic(c.bytes_src_to_dst, c.bytes_dst_to_src)) }
            { fact(details::CONVERSATIONS, details::conversations(b.conversations, b.begun_earlier)) }
            { fact(details::SEEN, details::seen_at(&b.seen_at)) }
        </dl>
    }
}
