//! A button that opens a file as text, with what keeps it from that.

use super::browser::text_of;
use super::format::bytes;
use crate::browser::{PickedFile, chosen};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Bytes of the longest text that is read: the window takes it whole, and stands still meanwhile.
const MOST: u64 = 64_000_000;

#[derive(Properties, PartialEq)]
pub struct OpenTextProps {
    /// What the button says.
    pub words: &'static str,
    #[prop_or_default]
    pub title: &'static str,
    /// Endings and types that are offered.
    pub accept: &'static str,
    /// The input's handle for scripts.
    pub handle: &'static str,
    /// Gets a file's name and what is in it.
    pub on_text: Callback<(String, String)>,
}

/// See the module's description.
#[component]
pub fn OpenText(props: &OpenTextProps) -> Html {
    let problem = use_state(|| None::<String>);
    let onchange = {
        let (on_text, problem) = (props.on_text.clone(), problem.setter());
        move |event: Event| {
            let input = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok());
            let Some(input) = input else { return };
            problem.set(None);
            for PickedFile { path, file } in input.files().map(|list| chosen(&list)).unwrap_or_default() {
                let size = file.size() as u64;
                if size > MOST {
                    problem.set(Some(too_large(&path, size)));
                    continue;
                }
                let (on_text, problem) = (on_text.clone(), problem.clone());
                spawn_local(async move {
                    match text_of(&file).await {
                        Some(text) => on_text.emit((path, text)),
                        None => problem.set(Some(format!("{path} could not be read."))),
                    }
                });
            }
            // The same file can be chosen again only if the input forgets it.
            input.set_value("");
        }
    };
    html! {
        <>
            <label class="file-button" title={(!props.title.is_empty()).then_some(props.title)}>
                <input type="file" class="visually-hidden" accept={props.accept} data-testid={props.handle} {onchange} />
                <span>{ props.words }</span>
            </label>
            if let Some(problem) = &*problem {
                <span class="refused" role="alert" data-testid={format!("{}-refused", props.handle)}>{ problem.clone() }</span>
            }
        </>
    }
}

fn too_large(path: &str, size: u64) -> String {
    format!("{path} has {}: what is opened here has {} at most.", bytes(size), bytes(MOST))
}
