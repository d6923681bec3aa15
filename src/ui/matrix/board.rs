//! The matrix itself: two canvases over a scrolling area, one tab stop, a line of words.
//!
//! The lower canvas holds what the data says, the upper what the user points at: moving the cursor
//! redraws only the upper. The canvases are as large as what is visible and stay while the area
//! behind them scrolls.

use super::overlay::{self, Pointed};
use super::paint;
use crate::model::order;
use crate::session::Selection;
use crate::ui::browser::{context, mark, measure, set_style};
use crate::ui::grid::{Chart, Layout, Move, Room, Spot, step};
use crate::ui::hooks::{Platform, use_width};
use crate::ui::palette::Palette;
use crate::ui::state::Shared;
use crate::ui::text;
use web_sys::{Element, HtmlCanvasElement};
use yew::prelude::*;

/// Room for scroll bars, where the matrix does not fit.
const SCROLL_BAR: f64 = 16.0;
/// What stands above and below the matrix on its screen.
const AROUND: f64 = 250.0;

#[derive(Properties, PartialEq)]
pub struct BoardProps {
    pub chart: Shared<Chart>,
    pub selection: Selection,
    pub fit: bool,
    pub on_select: Callback<Selection>,
}

#[component]
pub fn Board(props: &BoardProps) -> Html {
    let Some(platform) = use_context::<Platform>() else { return Html::default() };
    let chart = &props.chart;
    let n = chart.len();
    let (frame, area, space, stick) = (use_node_ref(), use_node_ref(), use_node_ref(), use_node_ref());
    let (base, upper) = (use_node_ref(), use_node_ref());
    let width = use_width(&frame);
    let scroll = use_state_eq(|| (0.0, 0.0));
    let cursor = use_state_eq(|| None::<Spot>);
    let hover = use_state_eq(|| None::<Spot>);
    let palette = use_memo(platform, |_| Palette::read());
    let label =
        use_memo((chart.clone(), palette.clone(), base.clone(), width > 0.0), |(chart, palette, base, _)| {
            widest(chart, palette, base)
        });

    let room = Room { width, height: (platform.height - AROUND).max(320.0), label: *label, fit: props.fit };
    let layout = {
        let whole = Layout::new(n, chart.outside_from, room, *scroll);
        if whole.scrolls() {
            let room = Room { width: room.width - SCROLL_BAR, height: room.height - SCROLL_BAR, ..room };
            Layout::new(n, chart.outside_from, room, *scroll)
        } else {
            whole
        }
    };
    let pointed = Pointed {
        selected: selected(chart, &props.selection),
        cursor: cursor.map(|spot| spot.within(n)),
        hover: hover.map(|spot| spot.within(n)),
    };

    // Sizes first: the canvases are drawn into what they set.
    use_effect_with((layout, area.clone(), space.clone(), stick.clone()), |(layout, area, space, stick)| {
        let px = |node: &NodeRef, size: (f64, f64)| {
            set_style(node, "width", &format!("{}px", size.0));
            set_style(node, "height", &format!("{}px", size.1));
        };
        let bar = if layout.scrolls() { SCROLL_BAR } else { 0.0 };
        px(area, (layout.view.0 + bar, layout.view.1 + bar));
        px(space, layout.content);
        px(stick, layout.view);
        // A matrix that became smaller may have scrolled further than it is.
        if let Some(area) = area.cast::<Element>() {
            area.set_scroll_left(layout.scroll.0 as i32);
            area.set_scroll_top(layout.scroll.1 as i32);
        }
    });
    let inputs = (chart.clone(), layout, palette.clone(), platform.ratio);
    use_effect_with((inputs.clone(), base.clone()), move |((chart, layout, palette, ratio), base)| {
        if let Some(canvas) = base.cast::<HtmlCanvasElement>().filter(|_| layout.view.0 > layout.right) {
            mark("azflow:matrix-base-start");
            paint::paint(&canvas, chart, layout, palette, *ratio);
            measure("azflow:matrix-base", "azflow:matrix-base-start");
            measure("azflow:matrix-answer", "azflow:matrix-asked");
        }
    });
    use_effect_with((inputs, pointed, upper.clone()), |((chart, layout, palette, ratio), pointed, upper)| {
        if let Some(canvas) = upper.cast::<HtmlCanvasElement>().filter(|_| layout.view.0 > layout.right) {
            mark("azflow:matrix-overlay-start");
            overlay::paint(&canvas, chart, layout, palette, *ratio, pointed);
            measure("azflow:matrix-overlay", "azflow:matrix-overlay-start");
        }
    });

    let select = {
        let (chart, on_select) = (chart.clone(), props.on_select.clone());
        move |spot: Spot| on_select.emit(selection(&chart, spot))
    };
    let at = {
        let stick = stick.clone();
        move |event: &MouseEvent| {
            let rect = stick.cast::<Element>()?.get_bounding_client_rect();
            layout.hit(f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top())
        }
    };
    let onkeydown = {
        let (cursor, hover, area, select) = (cursor.clone(), hover.clone(), area.clone(), select.clone());
        let selected = pointed.selected;
        Callback::from(move |event: KeyboardEvent| {
            if event.alt_key() || event.meta_key() {
                return;
            }
            let here = cursor.map(|spot| spot.within(n));
            match event.key().as_str() {
                "Enter" | " " => here.into_iter().for_each(&select),
                "Escape" => select(Spot::All),
                key => {
                    let Some(by) = movement(key, event.ctrl_key()) else { return };
                    let next = match here.or(selected) {
                        Some(from) => step(from, by, n, layout.page()),
                        None => Spot::Cell(0, 0).within(n),
                    };
                    hover.set(None);
                    cursor.set(Some(next));
                    if let Some(area) = area.cast::<Element>() {
                        let (x, y) = layout.reveal(next);
                        area.set_scroll_left(x.ceil() as i32);
                        area.set_scroll_top(y.ceil() as i32);
                    }
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
        let cursor = cursor.clone();
        Callback::from(move |event: MouseEvent| {
            if let Some(spot) = at(&event) {
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
    let onpointerleave = Callback::from(move |_: PointerEvent| hover.set(None));
    let words = pointed.shown().map_or_else(|| text::MATRIX_HINT.to_owned(), |spot| text::spot(chart, spot));
    html! {
        <div class="board" ref={frame}>
            <p id="matrix-status" class="matrix-status" role="status" aria-live="polite" data-testid="matrix-status">{ words }</p>
            <div ref={area} class={classes!("matrix-area", layout.scrolls().then_some("scrolls"))} tabindex="0"
                role="application" aria-roledescription={text::MATRIX_ROLE} aria-label={text::summary(chart)}
                aria-describedby="matrix-keys matrix-status" data-testid="matrix"
                {onkeydown} {onpointermove} {onpointerleave} {onclick} {onscroll}>
                <div ref={space} class="matrix-space">
                    <div ref={stick} class="matrix-stick">
                        <canvas ref={base} aria-hidden="true"></canvas>
                        <canvas ref={upper} aria-hidden="true"></canvas>
                    </div>
                </div>
            </div>
            <p id="matrix-keys" class="visually-hidden">{ text::MATRIX_KEYS }</p>
        </div>
    }
}

/// The widest label's width. Only the longest names by characters are measured: digits have one width.
fn widest(chart: &Chart, palette: &Palette, canvas: &NodeRef) -> f64 {
    let mut names: Vec<&str> = chart.subnets.iter().map(|s| s.name.as_str()).collect();
    order::sort_by(&mut names, |a, b| b.len().cmp(&a.len()));
    names.truncate(8);
    let Some(context) = canvas.cast::<HtmlCanvasElement>().and_then(|c| context(&c)) else { return 100.0 };
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

/// Where the selection lies in this chart; `None` when nothing or something that is not in it.
fn selected(chart: &Chart, selection: &Selection) -> Option<Spot> {
    let place = |name: &Option<String>| name.as_ref().map(|name| chart.position(name));
    match (place(&selection.src), place(&selection.dst)) {
        (Some(Some(row)), Some(Some(col))) => Some(Spot::Cell(row, col)),
        (Some(Some(row)), None) => Some(Spot::Row(row)),
        (None, Some(Some(col))) => Some(Spot::Col(col)),
        _ => None,
    }
}

fn selection(chart: &Chart, spot: Spot) -> Selection {
    let (row, col) = spot.lines();
    let name = |at: Option<u32>| at.map(|at| chart.name(at).to_owned());
    Selection { src: name(row), dst: name(col) }
}
