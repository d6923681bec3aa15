//! Where one is and how one came there: matrix, its part, the list, a conversation. Each step leads back.

use super::place::{Place, Screen};
use super::state::{Choice, ChoicesHandle};
use super::words::{flows, header, review, shared};
use azflow_engine::session::Selection;
use yew::prelude::*;

/// Nothing where there is no way back.
pub fn crumbs(choices: &ChoicesHandle) -> Html {
    let here = choices.place();
    let selected = !here.selection.is_everything();
    if !selected && here.open.is_none() {
        return Html::default();
    }
    let part = Place { screen: Screen::Matrix, open: None, ..here.clone() };
    let matrix = Place { selection: Selection::default(), ..part.clone() };
    let screen = if here.screen == Screen::Review { review::TAB } else { flows::TAB };
    let mut steps = vec![(shared::TAB_MATRIX.to_owned(), matrix)];
    if selected {
        steps.push((shared::selection(&here.selection), part));
    }
    steps.push((screen.to_owned(), Place { open: None, ..here.clone() }));
    if let Some(key) = here.open.filter(|_| here.screen == Screen::Flows) {
        steps.push((flows::service(&key), here));
    }
    let last = steps.len() - 1;
    let step = |(at, (words, place)): (usize, (String, Place))| {
        let dispatcher = choices.dispatcher();
        let go = move |_: MouseEvent| dispatcher.dispatch(Choice::Restore(place.clone()));
        html! {
            <li>
                if at == last {
                    <span aria-current="true">{ words }</span>
                } else {
                    <button type="button" class="quiet" onclick={go}>{ words }</button>
                }
            </li>
        }
    };
    html! {
        <nav aria-label={header::CRUMBS}>
            <ol class="crumbs" data-testid="crumbs">{ for steps.into_iter().enumerate().map(step) }</ol>
        </nav>
    }
}
