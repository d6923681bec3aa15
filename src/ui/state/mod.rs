//! What the page knows: how loading stands, what the user chose, what the engine answered. Each is a
//! reducer behind a context of its own, so that a tick of the progress line redraws no table.

mod choice;
mod evidence;
mod loading;
mod results;
mod said;

pub use super::place::Screen;
pub use choice::{Choice, Choices, RulesChoice, Theme, Window};
pub use evidence::{FIRST_MOST, Found, FoundAction, SearchPhase};
pub use loading::{Loading, LoadingAction};
pub use results::{Asked, Due, Held, Results, ResultsAction, Shared, Slot};

use yew::UseReducerHandle;

/// Handle on [`Loading`].
pub type LoadingHandle = UseReducerHandle<Loading>;
/// Handle on [`Choices`].
pub type ChoicesHandle = UseReducerHandle<Choices>;
/// Handle on [`Results`].
pub type ResultsHandle = UseReducerHandle<Results>;
/// Handle on [`Found`].
pub type FoundHandle = UseReducerHandle<Found>;
