//! Marks for many services at once: what they would take the place of, and the question before they do.

use crate::ui::hooks::use_dialog;
use crate::ui::state::{Choice, ChoicesHandle};
use crate::ui::words::review as words;
use azflow_engine::rules::{Mark, Review, Verdict};
use azflow_engine::session::ReviewRow;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// Marks of all services that are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Overwriting {
    verdict: Option<Verdict>,
    /// Each with what is said now, where that is something else.
    marks: Vec<(Mark, Option<Verdict>)>,
}

impl Overwriting {
    /// The same said of all rows. Owners and notes stay.
    pub fn new(review: &Review, rows: &[ReviewRow], verdict: Option<Verdict>) -> Self {
        let mark = |row: &ReviewRow| {
            let own = review.get(&row.mark.src, &row.mark.dst, row.mark.protocol, row.mark.port);
            let own = own.unwrap_or(&row.mark).clone();
            // What a wider mark says counts no more once the service has its own.
            let wider = verdict.and_then(|_| row.verdict().filter(|_| row.mark.verdict.is_none()));
            let said = own.verdict.or(wider).filter(|said| Some(*said) != verdict);
            (Mark { verdict, ..own }, said)
        };
        Self { verdict, marks: rows.iter().map(mark).collect() }
    }

    /// How many services something else is said of.
    pub fn count(&self) -> usize {
        self.marks.iter().filter(|(_, said)| said.is_some()).count()
    }

    /// All marks.
    pub fn all(&self) -> Vec<Mark> {
        self.marks.iter().map(|(mark, _)| mark.clone()).collect()
    }

    /// Those that take no other's place.
    fn others(&self) -> Vec<Mark> {
        self.marks.iter().filter(|(_, said)| said.is_none()).map(|(mark, _)| mark.clone()).collect()
    }

    /// How often each verdict is said now, of what would be overwritten.
    fn by_verdict(&self) -> Vec<(Verdict, usize)> {
        let count = |verdict: Verdict| self.marks.iter().filter(|(_, said)| *said == Some(verdict)).count();
        Verdict::ALL
            .map(|verdict| (verdict, count(verdict)))
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

#[derive(Properties, PartialEq)]
pub struct OverwriteProps {
    /// The marks.
    pub marks: Overwriting,
    /// Closes the question.
    pub close: Callback<()>,
}

/// The question. Escape leaves everything as it is.
#[component]
pub fn Overwrite(props: &OverwriteProps) -> Html {
    let node = use_dialog();
    let Some(choices) = use_context::<ChoicesHandle>() else { return Html::default() };
    let marks = &props.marks;
    let answer = |said: Vec<Mark>| {
        let (choices, node) = (choices.dispatcher(), node.clone());
        Callback::from(move |_: MouseEvent| {
            if !said.is_empty() {
                choices.dispatch(Choice::Mark(said.clone()));
            }
            // The browser gives the focus back to where it was.
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                dialog.close();
            }
        })
    };
    let (count, all) = (marks.count(), marks.marks.len());
    let others = marks.others();
    html! {
        <dialog ref={node.clone()} class="question" data-testid="review-overwrite" aria-labelledby="overwrite-title"
            onclose={props.close.reform(|_: Event| ())}>
            <h2 id="overwrite-title">{ words::overwrite(count, marks.verdict) }</h2>
            <p>{ words::overwritten(all, &marks.by_verdict(), marks.verdict) }</p>
            <div class="buttons">
                <button type="button" class="primary" data-testid="overwrite-cancel" onclick={answer(Vec::new())}>{ words::CANCEL }</button>
                if !others.is_empty() && marks.verdict.is_some() {
                    <button type="button" data-testid="overwrite-others" onclick={answer(others.clone())}>{ words::only_others(others.len()) }</button>
                }
                <button type="button" data-testid="overwrite-all" onclick={answer(marks.all())}>{ words::overwrite_all(count, marks.verdict) }</button>
            </div>
        </dialog>
    }
}
