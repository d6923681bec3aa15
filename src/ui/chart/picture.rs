//! Saves a chart as a picture: SVG, or PNG at one to four times its size. What stands in the picture besides
//! the chart (filter, counting mode, window) is what the page shows now.

use crate::browser::{save, save_png};
use crate::ui::grid::{Caption, Palette};
use crate::ui::palette::palette;
use crate::ui::state::{ChoicesHandle, ResultsAction, ResultsHandle};
use crate::ui::widgets::Choose;
use crate::ui::words::picture;
use azflow_engine::export::file_name;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// What a picture is drawn with.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The theme's colours.
    pub palette: Palette,
    /// What is written above the chart.
    pub caption: Caption,
}

#[derive(Properties, PartialEq)]
pub struct SavePictureProps {
    /// A word for the file's name.
    pub what: &'static str,
    /// What the chart shows.
    pub title: AttrValue,
    /// Draws it.
    pub picture: Callback<Wanted, String>,
}

#[component]
pub fn SavePicture(props: &SavePictureProps) -> Html {
    let scale = use_state_eq(|| 1usize);
    let (Some(choices), Some(results)) = (use_context::<ChoicesHandle>(), use_context::<ResultsHandle>())
    else {
        return Html::default();
    };
    let span = results.overview.get().and_then(|overview| Some((overview.first?, overview.last?)));
    let filter = choices.view.filter.clone();
    let draw = {
        let (props, choices) = ((props.title.clone(), props.picture.clone()), choices);
        move || {
            let lines = picture::lines(&choices.view, choices.measure, span);
            let caption = Caption { title: props.0.to_string(), lines };
            props.1.emit(Wanted { palette: palette(), caption })
        }
    };
    let name = {
        let (what, filter) = (props.what, filter);
        move |ending: &str| file_name(what, span, &filter, ending)
    };
    let say = {
        let dispatcher = results.dispatcher();
        move |outcome: Result<(), String>| {
            if let Err(why) = outcome {
                dispatcher.dispatch(ResultsAction::NotSaved(why));
            }
        }
    };
    let svg = {
        let (draw, name, say) = (draw.clone(), name.clone(), say.clone());
        Callback::from(move |_: MouseEvent| say(save(&name("svg"), "image/svg+xml", draw().as_bytes())))
    };
    let png = {
        let scale = *scale as f64 + 1.0;
        Callback::from(move |_: MouseEvent| {
            let (drawn, name, say) = (draw(), name("png"), say.clone());
            spawn_local(async move { say(save_png(&name, &drawn, scale).await) });
        })
    };
    let on_choose = {
        let scale = scale.setter();
        Callback::from(move |at| scale.set(at))
    };
    html! {
        <div class="save-picture" role="group" aria-label={picture::save(&props.title)} data-chart={props.what}>
            <span>{ picture::SAVE_PICTURE }</span>
            <button type="button" class="quiet" data-testid="chart-save-svg" title={picture::SAVE_SVG} onclick={svg}>{ "SVG" }</button>
            <button type="button" class="quiet" data-testid="chart-save-png" title={picture::SAVE_PNG} onclick={png}>{ "PNG" }</button>
            <Choose label={picture::SCALE} handle="chart-scale" chosen={*scale} {on_choose}
                options={["1×", "2×", "3×", "4×"].map(AttrValue::from).to_vec()} />
        </div>
    }
}
