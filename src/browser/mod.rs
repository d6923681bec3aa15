//! The only home of browser calls outside `ui`: workers, files, downloads.

mod hub;

pub use hub::{Hub, HubEvent, PickedFile};
