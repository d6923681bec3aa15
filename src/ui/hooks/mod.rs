//! Ways from the browser's events into state. Every listener is made once, in an effect, and goes with
//! the component.

mod ask;
mod dialog;
mod drop;
mod keys;
mod opened;
mod platform;
mod size;
mod soon;
mod trail;

pub use ask::{Asking, review_ask, use_asking, use_now, use_slot};
pub use dialog::use_dialog;
pub use drop::use_drop;
pub use keys::{use_keys, use_lost_focus};
pub use opened::use_opened;
pub use platform::{Platform, use_platform};
pub use size::use_width;
pub use soon::{soon, use_soon};
pub use trail::{Trail, choices_at_start, use_trail};
