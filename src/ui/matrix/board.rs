//! The matrix itself: two canvases over a scrolling area, one tab stop, a line of words; above it the
//! search and the zoom.
//!
//! The lower canvas holds what the data says, the upper what the user points at: moving the cursor
//! redraws only the upper. The canvases are as large as what is visible and stay while the area
//! behind them scrolls.

use super::overlay::{self, Pointed};
use super::paint;
use crate::ui::browser::{context, mark, measure, set_style};
use crate::ui::grid::{Chart, Layout, Move, Palette, Room, Spot, Zoom, search, step};
use crate::ui::hooks::{Platform, use_soon, use_width};
use crate::ui::palette::palette;
use crate::ui::state::Shared;
use crate::ui::words::matrix;
use azflow_core::model::SortSmall;
use azflow_engine::session::Selection;
use std::cmp::Reverse;
use web_sys::{Element, HtmlCanvasElement, HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// Room for scroll bars, where the matrix does not fit.
const SCROLL_BAR: f64 = 16.0;
/// What stands above and below the matrix on its screen.
const AROUND: f64 = 400.0;

#[derive(Properties, PartialEq)]
pub struct BoardProps {
    pub chart: Shared<Chart>,
    pub selection: Selection,
    pub zoom: Zoom,
    pub on_select: Callback<Selection>,
    pub on_zoom: Callback<Zoom>,
}

#[component]
pub fn Board(props: &BoardProps) -> Html {
    let Some(platform) = use_context::<Platform>() else { return Html::default() };
    let chart = &props.chart;
    let size = chart.size();
    let (frame, area, space, stick) = (use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref());
    let (base, upper) = (use_node_ref(), use_node_ref());
    let width = use_width(&frame);
    let scroll = use_state_eq(|| (0.0, 0.0));
    let cursor = use_state_eq(|| None::<Spot>);
    let hover = use_state_eq(|| None::<Spot>);
    // What the search says; gone with the next movement.
    let found = use_state_eq(|| None::<AttrValue>);
    let palette = use_memo(platform, |_| palette());
    let label =
        use_memo((chart.clone(), palette.clone(), base.clone(), width > 0.0), |(chart, palette, base, _)| {
            base.cast::<HtmlCanvasElement>().map_or(100.0, |canvas| widest(chart, palette, &canvas))
        });

    let room = Room { width, height: (platform.height - AROUND).max(420.0), label: *label, zoom: props.zoom };
    let fitted = {
        let chart = chart.clone();
        move |room: Room, scroll: (f64, f64)| {
            let whole = Layout::of(&chart, room, scroll);
            if !whole.scrolls() {
                return whole;
            }
            let room = Room { width: room.width - SCROLL_BAR, height: room.height - SCROLL_BAR, ..room };
            Layout::of(&chart, room, scroll)
        }
    };
    let layout = fitted(room, *scroll);
    let pointed = Pointed {
        selected: chart.spot(&props.selection),
        cursor: cursor.map(|spot| spot.within(size)),
        hover: hover.map(|spot| spot.within(size)),
    };

    // Sizes first: the canvases are drawn into what they set.
    use_soon((layout.clone(), area.clone(), space.clone(), stick.clone()), |(layout, area, space, stick)| {
        let px = |node: &NodeRef, size: (f64, f64)| {
            set_style(node, "width", &format!("{}px", size.0));
            set_style(node, "height", &format!("{}px", size.1));
        };
        let bar = if layout.scrolls() { SCROLL_BAR } else { 0.0 };
        px(area, (layout.view.0 + bar, layout.view.1 + bar));
        px(space, layout.content);
        px(stick, layout.view);
        // A matrix that became smaller may have scrolled further than it is.
        scroll_to(area, layout.scroll);
    });
    let inputs = (chart.clone(), layout.clone(), palette.clone(), platform.ratio);
    use_soon((inputs.clone(), base.clone()), move |((chart, layout, palette, ratio), base)| {
        if let Some(canvas) = base.cast::<HtmlCanvasElement>().filter(|_| layout.view.0 > layout.right) {
            mark("azflow:matrix-base-start");
            paint::paint(&canvas, chart, layout, palette, *ratio);
            measure("azflow:matrix-base", "azflow:matrix-base-start");
            measure("azflow:matrix-answer", "azflow:matrix-asked");
        }
    });
    use_soon((inputs, pointed, upper.clone()), |((chart, layout, palette, ratio), pointed, upper)| {
        if let Some(canvas) = upper.cast::<HtmlCanvasElement>().filter(|_| layout.view.0 > layout.right) {
            mark("azflow:matrix-overlay-start");
            overlay::paint(&canvas, chart, layout, palette, *ratio, pointed);
            measure("azflow:matrix-overlay", "azflow:matrix-overlay-start");
        }
    });

    let select = {
        let (chart, on_select) = (chart.clone(), props.on_select.clone());
        move |spot: Spot| on_select.emit(chart.selection(spot))
    };
    let place = {
        let stick = stick.clone();
        move |event: &MouseEvent| {
            let rect = stick.cast::<Element>()?.get_bounding_client_rect();
            Some((f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top()))
        }
    };
    let at = {
        let (place, layout) = (place.clone(), layout.clone());
        move |event: &MouseEvent| place(event).and_then(|(x, y)| layout.hit(x, y))
    };
    let zoom = {
        let (scroll, layout, on_zoom) = (scroll.clone(), layout.clone(), props.on_zoom.clone());
        let middle = pointed.cursor.or(pointed.selected).map(|spot| {
            let (row, col) = spot.lines();
            (col.map_or(layout.left, |col| layout.x(col)), row.map_or(layout.top, |row| layout.y(row)))
        });
        // What is pointed at stays where it is: the pointer's place, the cursor's, or the middle.
        Callback::from(move |(zoom, place): (Zoom, Option<(f64, f64)>)| {
            let next = fitted(Room { zoom, ..room }, (0.0, 0.0));
            let place = place.or(middle).unwrap_or((layout.view.0 / 2.0, layout.view.1 / 2.0));
            scroll.set(next.keeping(&layout, place));
            on_zoom.emit(zoom);
        })
    };
    let zooms = {
        let (cell, zoom) = (layout.cell, zoom.clone());
        move |closer: bool| zoom.reform(move |_: MouseEvent| (Zoom::next(cell, closer), None))
    };
    let fit = {
        let next = if props.zoom == Zoom::Fit { Zoom::Readable } else { Zoom::Fit };
        zoom.reform(move |_: MouseEvent| (next, None))
    };
    let onwheel = {
        let (cell, zoom, place) = (layout.cell, zoom.clone(), place.clone());
        Callback::from(move |event: WheelEvent| {
            if event.ctrl_key() {
                event.prevent_default();
                zoom.emit((Zoom::next(cell, event.delta_y() < 0.0), place(&event)));
            }
        })
    };
    let goto = {
        let (cursor, hover, area, layout) = (cursor.clone(), hover.clone(), area.clone(), layout.clone());
        move |spot: Spot| {
            hover.set(None);
            cursor.set(Some(spot));
            let (x, y) = layout.reveal(spot);
            scroll_to(&area, (x.ceil(), y.ceil()));
        }
    };
    let onkeydown = {
        let (cursor, found, goto, select, zoom) =
            (cursor.clone(), found.clone(), goto.clone(), select.clone(), zoom.clone());
        let (selected, page, cell) = (pointed.selected, layout.page(), layout.cell);
        Callback::from(move |event: KeyboardEvent| {
            if event.alt_key() || event.meta_key() {
                return;
            }
            let here = cursor.map(|spot| spot.within(size));
            match event.key().as_str() {
                "Enter" | " " => here.into_iter().for_each(&select),
                "Escape" => select(Spot::All),
                // With Ctrl these zoom the page.
                "+" | "=" if !event.ctrl_key() => zoom.emit((Zoom::next(cell, true), None)),
                "-" if !event.ctrl_key() => zoom.emit((Zoom::next(cell, false), None)),
                "0" if !event.ctrl_key() => zoom.emit((Zoom::Fit, None)),
                key => {
                    let Some(by) = movement(key, event.ctrl_key()) else { return };
                    found.set(None);
                    goto(match here.or(selected) {
                        Some(from) => step(from, by, size, page),
                        None => Spot::Cell(0, 0).within(size),
                    });
                }
            }
            event.prevent_default();
        })
    };
    let onpointermove = {
        let (hover, at) = (hover.clone(), at.clone());
        Callback::from(move |event: PointerEvent| hover.set(at(&event)))
    };
    let onclick = {
        let (cursor, found) = (cursor.clone(), found.clone());
        Callback::from(move |event: MouseEvent| {
            if let Some(spot) = at(&event) {
                found.set(None);
                cursor.set(Some(spot));
                select(spot);
            }
        })
    };
    let onscroll = {
        let (scroll, area) = (scroll.clone(), area.clone());
        Callback::from(move |_: Event| {
            if let Some(area) = area.cast::<Element>() {
                scroll.set((f64::from(area.scroll_left()), f64::from(area.scroll_top())));
            }
        })
    };
    let onpointerleave = {
        let hover = hover.clone();
        Callback::from(move |_: PointerEvent| hover.set(None))
    };
    let oninput = {
        let (chart, found) = (chart.clone(), found.clone());
        Callback::from(move |event: InputEvent| {
            let typed = event.target_unchecked_into::<HtmlInputElement>().value();
            let hit = search(&chart, &typed);
            found.set(match (&hit, typed.trim()) {
                (_, "") => None,
                (Some(hit), _) => Some(matrix::found(&chart, hit).into()),
                (None, typed) => Some(matrix::not_found(typed).into()),
            });
            hit.into_iter().for_each(|hit| goto(hit.spot));
        })
    };
    // From the search on into the matrix, where it led.
    let onenter = {
        let area = area.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter"
                && let Some(area) = area.cast::<HtmlElement>()
            {
                event.prevent_default();
                // Fails only for an element that is gone.
                let _ = area.focus();
            }
        })
    };
    let words = match (&*found, pointed.shown()) {
        (Some(words), _) if pointed.hover.is_none() => words.clone(),
        (_, Some(spot)) => matrix::spot(chart, spot).into(),
        _ => matrix::hint(chart).into(),
    };
    html! {
        <div class="board" ref={frame}>
            <div class="board-bar">
                <input type="search" class="matrix-search" data-testid="matrix-search" placeholder={matrix::SEARCH}
                    aria-label={matrix::SEARCH_TITLE} title={matrix::SEARCH_TITLE} autocomplete="off" spellcheck="false"
                    {oninput} onkeydown={onenter} />
                <span class="hint" data-testid="subnets">{ matrix::subnets(chart) }</span>
                <span class="spring"></span>
                <span class="zoom" role="group" aria-label={matrix::ZOOM}>
                    <button type="button" class="quiet" data-testid="zoom-out" aria-label={matrix::ZOOM_OUT} title={matrix::ZOOM_OUT}
                        onclick={zooms(false)}>{ "−" }</button>
                    <button type="button" class="quiet" data-testid="zoom-in" aria-label={matrix::ZOOM_IN} title={matrix::ZOOM_IN}
                        onclick={zooms(true)}>{ "+" }</button>
                    <button type="button" class="quiet" data-testid="fit" aria-pressed={(props.zoom == Zoom::Fit).to_string()}
                        onclick={fit}>{ matrix::FIT }</button>
                </span>
            </div>
            <p id="matrix-status" class="matrix-status" role="status" aria-live="polite" data-testid="matrix-status">{ words }</p>
            <div ref={area} class={classes!("matrix-area", layout.scrolls().then_some("scrolls"))} tabindex="0"
                role="application" aria-roledescription={matrix::ROLE} aria-label={matrix::summary(chart)}
                aria-describedby="matrix-keys matrix-status" data-testid="matrix"
                {onkeydown} {onpointermove} {onpointerleave} {onclick} {onscroll} {onwheel}>
                <div ref={space} class="matrix-space">
                    <div ref={stick} class="matrix-stick">
                        <canvas ref={base} aria-hidden="true"></canvas>
                        <canvas ref={upper} aria-hidden="true"></canvas>
                    </div>
                </div>
            </div>
            <p id="matrix-keys" class="visually-hidden">{ matrix::KEYS }</p>
        </div>
    }
}

fn scroll_to(area: &NodeRef, (x, y): (f64, f64)) {
    if let Some(area) = area.cast::<Element>() {
        area.set_scroll_left(x as i32);
        area.set_scroll_top(y as i32);
    }
}

/// The widest label's width. Only the longest names by characters are measured: digits have one width.
pub fn widest(chart: &Chart, palette: &Palette, canvas: &HtmlCanvasElement) -> f64 {
    let mut names: Vec<&str> = chart.subnets.iter().map(|s| s.name.as_str()).collect();
    names.sort_small_by_key(|name| Reverse(name.len()));
    names.truncate(8);
    let Some(context) = context(canvas) else { return 100.0 };
    context.set_font(&paint::label_font(palette, true));
    let width = |name: &str| context.measure_text(name).map_or(0.0, |m| m.width());
    names.into_iter().map(width).fold(0.0, f64::max)
}

fn movement(key: &str, ctrl: bool) -> Option<Move> {
    Some(match key {
        "ArrowLeft" => Move::Left,
        "ArrowRight" => Move::Right,
        "ArrowUp" => Move::Up,
        "ArrowDown" => Move::Down,
        "Home" if ctrl => Move::Start,
        "End" if ctrl => Move::End,
        "Home" => Move::RowStart,
        "End" => Move::RowEnd,
        "PageUp" => Move::PageUp,
        "PageDown" => Move::PageDown,
        _ => return None,
    })
}
