//! Saves the list as the engine writes it: stretch by stretch, so that neither side ever holds all of it twice.

use crate::browser::{Hub, Parts};
use crate::ui::state::{ResultsAction, ResultsHandle};
use azflow_engine::export::FlowColumn;
use azflow_engine::session::{FlowsFormat, FlowsQuery, Query};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// The list that is saved, its columns, and the format.
pub type Document = (FlowsQuery, Vec<FlowColumn>, FlowsFormat);

/// What is being saved: the list, its columns, the format, and what has come.
type Saving = Rc<RefCell<Option<(FlowsQuery, Vec<FlowColumn>, FlowsFormat, Parts)>>>;

/// Gives a function that saves a list, and how many rows have been written while it does.
#[hook]
pub fn use_saving_list(hub: &Hub, results: &ResultsHandle) -> (Callback<Document>, Option<u32>) {
    let saving: Saving = use_mut_ref(|| None);
    let ask = {
        let (hub, results, saving) = (hub.clone(), results.dispatcher(), saving.clone());
        move || {
            if let Some((query, columns, format, _)) = &*saving.borrow() {
                let ticket = hub.ask(Query::FlowsText(query.clone(), columns.clone(), *format));
                results.dispatch(ResultsAction::Writing(Some(ticket)));
            }
        }
    };
    use_effect_with(results.written.clone(), {
        let (results, saving, ask) = (results.dispatcher(), saving.clone(), ask.clone());
        move |written| {
            let Some(written) = written else { return };
            let mut kept = saving.borrow_mut();
            let Some((query, _, format, parts)) = &mut *kept else { return };
            parts.push(written.text.as_bytes());
            if let Some(next) = written.next {
                query.from = next;
                drop(kept);
                ask();
                return;
            }
            let saved = parts.save(&written.name, format.names().1);
            *kept = None;
            results.dispatch(ResultsAction::Writing(None));
            if let Err(why) = saved {
                results.dispatch(ResultsAction::NotSaved(why));
            }
        }
    });
    let done = saving.borrow().as_ref().filter(|_| results.writing.is_some()).map(|s| s.0.from);
    let begin = Callback::from(move |(query, columns, format)| {
        *saving.borrow_mut() = Some((FlowsQuery { from: 0, ..query }, columns, format, Parts::default()));
        ask();
    });
    (begin, done)
}
