//! How loading stands, and whether the engine lives.

use azflow_engine::session::{Busy, LoadPhase, LoadState, Loss};
use std::rc::Rc;
use yew::Reducible;

/// The state of loading.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Loading {
    /// What the hub said last.
    pub state: LoadState,
    /// What the engine has been at for a while.
    pub busy: Option<Busy>,
    /// How the engine ended, if it did and nothing was loaded since.
    pub fatal: Option<Loss>,
}

/// What can happen to it.
#[derive(Debug)]
pub enum LoadingAction {
    /// Loading moved on.
    Moved(LoadState),
    /// The engine has been at something for a while, or is not any more.
    Busy(Option<Busy>),
    /// The engine died.
    Died(Loss),
    /// The user read about it and starts over.
    Revived,
}

impl Reducible for Loading {
    type Action = LoadingAction;

    fn reduce(self: Rc<Self>, action: LoadingAction) -> Rc<Self> {
        match action {
            LoadingAction::Moved(state) if state == self.state => self,
            LoadingAction::Moved(state) => {
                let fatal = self.fatal.clone().filter(|_| state.phase == LoadPhase::Idle);
                Rc::new(Self { state, fatal, busy: self.busy.clone() })
            }
            LoadingAction::Busy(busy) => Rc::new(Self { busy, ..(*self).clone() }),
            LoadingAction::Died(loss) => Rc::new(Self { fatal: Some(loss), ..(*self).clone() }),
            LoadingAction::Revived => Rc::default(),
        }
    }
}
