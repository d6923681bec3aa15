//! The raw tuples of a selection, as a search finds them.

use crate::browser::Evidence;
use azflow_core::ingest::FoundTuple;
use azflow_engine::session::{Failure, Selection};
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use yew::Reducible;

/// Tuples kept before the search stops and asks whether to go on.
pub const FIRST_MOST: usize = 2_000;

/// How far a search is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum SearchPhase {
    /// None was begun.
    #[default]
    Idle,
    /// The engine is asked where to look.
    Planning(u32),
    /// Sources are being read.
    Searching,
    /// It stopped at the limit.
    Full,
    /// It is over.
    Done,
}

/// What was found.
#[derive(Debug, Default)]
pub struct List {
    /// The tuples, each with its file's name.
    pub tuples: Vec<(String, FoundTuple)>,
    /// Tuples of records seen, so that a record that is in two files is shown once.
    seen: HashSet<(u128, u64)>,
}

impl List {
    fn add(&mut self, name: String, tuple: FoundTuple, most: usize) {
        // Where a tuple is in its record differs between copies of the record by a shift only, but
        // the first byte of the record isn't known here: so its text tells it apart.
        let key = (tuple.fingerprint, short_hash(&tuple.text));
        if self.tuples.len() < most && self.seen.insert(key) {
            self.tuples.push((name, tuple));
        }
    }
}

/// See the module's description.
#[derive(Debug, Default, Clone)]
pub struct Found {
    /// How far it is.
    pub phase: SearchPhase,
    /// For which part.
    pub selection: Selection,
    /// How many are kept at most.
    pub most: usize,
    /// How many there are.
    pub count: usize,
    /// The tuples themselves: shared by all states of one search, since there may be very many.
    pub list: Rc<RefCell<List>>,
    /// Sources searched, of how many.
    pub progress: (usize, usize),
    /// What could not be read again.
    pub failed: Vec<(String, Failure)>,
}

/// What can happen to it.
#[derive(Debug)]
pub enum FoundAction {
    /// A search begins: its plan is asked for with this ticket.
    Begun(Selection, u32, usize),
    /// The plan is there.
    Planned,
    /// The search says something.
    Heard(Evidence),
    /// Another part is looked at.
    Forget,
}

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        // A list only grows, so its length tells its states apart.
        (self.phase, &self.selection, self.most, self.count, self.progress, &self.failed)
            == (other.phase, &other.selection, other.most, other.count, other.progress, &other.failed)
            && Rc::ptr_eq(&self.list, &other.list)
    }
}

impl Reducible for Found {
    type Action = FoundAction;

    fn reduce(self: Rc<Self>, action: FoundAction) -> Rc<Self> {
        let mut next = (*self).clone();
        match action {
            FoundAction::Begun(selection, ticket, most) => {
                next = Self { phase: SearchPhase::Planning(ticket), selection, most, ..Self::default() };
            }
            FoundAction::Planned => next.phase = SearchPhase::Searching,
            FoundAction::Heard(_) if next.phase != SearchPhase::Searching => {}
            FoundAction::Heard(Evidence::Found(found)) => {
                let mut list = next.list.borrow_mut();
                found.into_iter().for_each(|(name, tuple)| list.add(name, tuple, next.most));
                next.count = list.tuples.len();
                drop(list);
                if next.count >= next.most {
                    next.phase = SearchPhase::Full;
                }
            }
            FoundAction::Heard(Evidence::Failed(name, failure)) => next.failed.push((name, failure)),
            FoundAction::Heard(Evidence::Progress(done, all)) => {
                next.progress = (done, all);
                if done >= all {
                    next.phase = SearchPhase::Done;
                }
            }
            FoundAction::Forget => next = Self::default(),
        }
        Rc::new(next)
    }
}

/// A short fingerprint of a text (FNV-1a).
fn short_hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
