//! The timeline above every screen: allowed above a line, denied below it, and a brush that limits the filter to a
//! stretch of time.
//!
//! Bars are on a canvas; gaps and the brush lie over them. What is applied is a `time:` condition of the filter, so
//! that chips, Back and other screens know of it. The timeline itself is asked for without that condition: with it
//! applied it shows that stretch in finer bins, or, zoomed out, everything with the stretch marked.

mod range;

use super::browser::mark;
use super::brush::{Stretch, between, bin_at, step};
use super::chart::{BELOW, Look, SavePicture, TimelineTable, Wanted, draw};
use super::grid::timeline_picture;
use super::hooks::{Asking, Platform, use_slot, use_soon, use_width};
use super::palette::palette;
use super::state::{Choice, ChoicesHandle, LoadingHandle, ResultsHandle, Shared, Slot};
use super::words::timeline as words;
use crate::browser::Hub;
use azflow_engine::filter::{time_of, within, without_time};
use azflow_engine::session::{Covered, LoadPhase, OverTime, Query, View};
use range::Range;
use web_sys::{Element, HtmlCanvasElement};
use yew::prelude::*;

const LOOK: Look = Look { height: 78.0, above: 3.0, ticks: 6 };

/// What the timeline depends on, so that nothing else asks for it again: names and prefix lengths mean something
/// to a filter only.
fn view(of: &View) -> View {
    let filter = without_time(&of.filter);
    if filter.is_empty() {
        View { mode: of.mode, ..View::default() }
    } else {
        View { filter, fold: false, ..of.clone() }
    }
}

#[component]
pub fn Timeline() -> Html {
    let (Some(hub), Some(loading), Some(choices), Some(results)) = (
        use_context::<Hub>(),
        use_context::<LoadingHandle>(),
        use_context::<ChoicesHandle>(),
        use_context::<ResultsHandle>(),
    ) else {
        return Html::default();
    };
    let out = use_state_eq(|| false);
    let applied = time_of(&choices.view.filter);
    let range = applied.filter(|_| !*out);
    let view = view(&choices.view);
    let ask = Asking { hub, load: loading.state.clone(), results: results.clone() };
    let loaded = loading.state.phase != LoadPhase::Idle;
    use_slot(&ask, Slot::Timeline, |r| &r.timeline, loaded.then_some(Query::Timeline(view, range)));

    let apply = {
        let (dispatcher, filter, out) = (choices.dispatcher(), choices.view.filter.clone(), out.setter());
        use_callback((filter, ()), move |range: Option<(u32, u32)>, (filter, ())| {
            mark("azflow:brush");
            out.set(false);
            let text = range.map_or_else(|| without_time(filter), |range| within(filter, range));
            dispatcher.dispatch(Choice::Filter(text));
        })
    };
    let Some(answer) = results.timeline.get().filter(|answer| !answer.timeline.bins.is_empty()).cloned()
    else {
        return Html::default();
    };
    let picture = {
        let answer = answer.clone();
        Callback::from(move |wanted: Wanted| {
            timeline_picture(&answer.timeline, &answer.covered, &wanted.palette, &wanted.caption)
        })
    };
    let zoom = {
        let (out, now) = (out.setter(), *out);
        move |_: MouseEvent| out.set(!now)
    };
    let clear = {
        let apply = apply.clone();
        move |_: MouseEvent| apply.emit(None)
    };
    html! {
        <section class="overtime" data-testid="timeline" aria-label={words::TITLE}>
            <Chart answer={answer.clone()} {applied} on_apply={apply.clone()} />
            <div class="overtime-line">
                <p class="hint">{ words::summary(&answer) }</p>
                <span class="spring"></span>
                <Range whole={answer.whole} {applied} on_apply={apply} />
                if applied.is_some() {
                    <button type="button" class="quiet" data-testid="timeline-zoom" onclick={zoom}>
                        { if *out { words::ZOOM_IN } else { words::ZOOM_OUT } }
                    </button>
                    <button type="button" class="quiet" data-testid="timeline-clear" onclick={clear}>{ words::CLEAR }</button>
                }
                <SavePicture what="timeline" title={words::TITLE} {picture} />
                <TimelineTable timeline={answer.timeline.clone()} covered={answer.covered.clone()} older_bytes={answer.older_bytes.clone()} caption={words::summary(&answer)} menu={true} />
            </div>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ChartProps {
    answer: Shared<OverTime>,
    /// Minutes that the filter is limited to.
    applied: Option<(u32, u32)>,
    on_apply: Callback<Option<(u32, u32)>>,
}

#[component]
fn Chart(props: &ChartProps) -> Html {
    let Some(platform) = use_context::<Platform>() else { return Html::default() };
    let (frame, canvas) = (use_node_ref(), use_node_ref());
    let width = use_width(&frame);
    let palette = use_memo(platform, |_| palette());
    let answer = &props.answer;
    let inputs = (answer.clone(), palette, width.max(0.0) as u32, platform.ratio, canvas.clone());
    use_soon(inputs, |(answer, palette, width, ratio, canvas)| {
        if let Some(canvas) = canvas.cast::<HtmlCanvasElement>().filter(|_| *width > 40) {
            // Where there is less room fewer times are named.
            let look = if *width < 800 { Look { ticks: 3, ..LOOK } } else { LOOK };
            draw(&canvas, &answer.timeline, palette, (f64::from(*width), *ratio), &look);
        }
    });
    // What is chosen of which answer but not applied, and where a mouse went down.
    let kept = use_state_eq(|| None::<(Shared<OverTime>, Stretch)>);
    let chosen = kept.as_ref().filter(|(of, _)| of == answer).map(|(_, stretch)| *stretch);
    let choose = {
        let (kept, answer) = (kept.setter(), answer.clone());
        move |stretch: Option<Stretch>| kept.set(stretch.map(|stretch| (answer.clone(), stretch)))
    };
    let held = use_mut_ref(|| None::<usize>);
    let bins = answer.timeline.bins.len();
    let minutes = {
        let answer = answer.clone();
        move |(first, end): Stretch| (answer.minute(first), answer.minute(end).min(answer.whole.1))
    };
    let at = {
        let frame = frame.clone();
        move |event: &PointerEvent| {
            let rect = frame.cast::<Element>()?.get_bounding_client_rect();
            Some(bin_at((f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0), bins))
        }
    };
    let onpointerdown = {
        let (held, choose, at, frame) = (held.clone(), choose.clone(), at.clone(), frame.clone());
        Callback::from(move |event: PointerEvent| {
            let bin = at(&event).filter(|_| event.button() == 0);
            *held.borrow_mut() = bin;
            choose(bin.map(|bin| between(bin, bin)));
            if let Some(frame) = frame.cast::<Element>() {
                // Without it a drag that leaves the drawing ends where it left.
                let _ = frame.set_pointer_capture(event.pointer_id());
            }
        })
    };
    let onpointermove = {
        let (held, choose, at) = (held.clone(), choose.clone(), at.clone());
        Callback::from(move |event: PointerEvent| {
            if let (Some(from), Some(to)) = (*held.borrow(), at(&event)) {
                choose(Some(between(from, to)));
            }
        })
    };
    let onpointerup = {
        let (held, on_apply, minutes) = (held.clone(), props.on_apply.clone(), minutes.clone());
        Callback::from(move |event: PointerEvent| {
            // A click only points: Enter applies it.
            if let (Some(from), Some(to)) = (held.take(), at(&event))
                && from != to
            {
                on_apply.emit(Some(minutes(between(from, to))));
            }
        })
    };
    let onpointercancel = Callback::from(move |_: PointerEvent| *held.borrow_mut() = None);
    let onkeydown = {
        let (on_apply, applied) = (props.on_apply.clone(), props.applied);
        Callback::from(move |event: KeyboardEvent| {
            if event.alt_key() || event.meta_key() || event.ctrl_key() {
                return;
            }
            match event.key().as_str() {
                "Enter" | " " => chosen.iter().for_each(|stretch| on_apply.emit(Some(minutes(*stretch)))),
                "Escape" if chosen.is_some() => choose(None),
                "Escape" if applied.is_some() => on_apply.emit(None),
                key => {
                    let Some(next) = step(chosen, key, event.shift_key(), bins) else { return };
                    choose(Some(next));
                }
            }
            event.prevent_default();
        })
    };
    let says = chosen.map(|stretch| words::stretch(answer, stretch));
    html! {
        <>
        <div class="overtime-chart" ref={frame} tabindex="0" role="application" aria-roledescription={words::ROLE}
            aria-label={words::summary(answer)} aria-describedby="timeline-keys" data-testid="timeline-chart"
            {onpointerdown} {onpointermove} {onpointerup} {onpointercancel} {onkeydown}>
            <canvas ref={canvas} aria-hidden="true"></canvas>
            <svg aria-hidden="true" focusable="false" width="100%" height={(LOOK.height - BELOW).to_string()}>
                { for gaps(answer) }
                { for brush(answer, props.applied, chosen) }
            </svg>
        </div>
        <p class="visually-hidden" id="timeline-keys">{ words::KEYS }</p>
        <p class="overtime-says" role="status" data-testid="timeline-says">{ says }</p>
        </>
    }
}

/// A rectangle over a share of the width.
fn over(class: &'static str, from: f64, to: f64) -> Html {
    let percent = |share: f64| format!("{:.3}%", 100.0 * share);
    html! { <rect {class} x={percent(from)} width={percent(to - from)} y="0" height="100%" /> }
}

/// Neighbouring bins that are alike become one.
fn gaps(answer: &OverTime) -> Vec<Html> {
    let bins = answer.covered.len().max(1) as f64;
    let mut out = Vec::new();
    let mut from = 0;
    for run in answer.covered.chunk_by(|a, b| a == b) {
        let end = from + run.len();
        let (left, right) = (from as f64 / bins, end as f64 / bins);
        match run.first() {
            Some(Covered::Not) => out.push(over("gap", left, right)),
            Some(Covered::Partly) => out.push(over("thin", left, right)),
            _ => {}
        }
        from = end;
    }
    out
}

/// What is chosen, else what is applied where that is not all that is shown.
fn brush(answer: &OverTime, applied: Option<(u32, u32)>, chosen: Option<Stretch>) -> Option<Html> {
    let bins = answer.timeline.bins.len();
    if let Some((first, end)) = chosen {
        return Some(over("brush", first as f64 / bins as f64, end as f64 / bins as f64));
    }
    let (start, end) = (f64::from(answer.minute(0)), f64::from(answer.minute(bins)));
    let share = |minute: u32| ((f64::from(minute) - start) / (end - start).max(1.0)).clamp(0.0, 1.0);
    let (from, to) = applied.map(|(from, until)| (share(from), share(until)))?;
    (to > from && (from > 0.0 || to < 1.0)).then(|| over("brush", from, to))
}
