//! How loading stands, and whether the engine lives.

use azflow_engine::session::{Failure, LoadState};
use std::rc::Rc;
use yew::Reducible;

/// The state of loading.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Loading {
    /// What the hub said last.
    pub state: LoadState,
    /// Why the engine is gone, if it is.
    pub fatal: Option<Failure>,
}

/// What can happen to it.
#[derive(Debug)]
pub enum LoadingAction {
    /// Loading moved on.
    Moved(LoadState),
    /// The engine died.
    Died(Failure),
    /// The user read about it and starts over.
    Revived,
}

impl Reducible for Loading {
    type Action = LoadingAction;

    fn reduce(self: Rc<Self>, action: LoadingAction) -> Rc<Self> {
        match action {
            LoadingAction::Moved(state) if state == self.state => self,
            LoadingAction::Moved(state) => Rc::new(Self { state, fatal: self.fatal.clone() }),
            LoadingAction::Died(failure) => Rc::new(Self { state: self.state.clone(), fatal: Some(failure) }),
            LoadingAction::Revived => Rc::default(),
        }
    }
}
