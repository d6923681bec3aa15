//! The only home of browser calls outside `ui`: workers, files, downloads.
//!
//! The window holds a [`Hub`]; it starts the engine worker and, while loading, scan workers. All
//! run the same compiled module: `boot.js` starts it, and [`run_worker`] is what it does there.
//! A message between them is `[control, payload, files]`: bytes of `model::compact`, a transferred buffer, an
//! array of file handles; anything else that a worker sends is its last words (`error`, `boot.js`).

mod credit;
mod download;
mod engine_link;
mod engine_role;
mod error;
mod files;
mod hub;
mod keep;
mod picture;
#[cfg(feature = "provoke-failures")]
mod provoke;
mod scan_role;
mod seeker;
mod stream;
mod sync_file;
mod warm;
mod worker;
mod worker_scope;

pub use download::{Parts, save};
pub use error::panic_hook;
pub use files::{Picked, chosen, dropped};
pub use hub::{Evidence, Hub, HubEvent, PickedFile};
pub use keep::{keep, kept};
pub use picture::save_png;
#[cfg(feature = "provoke-failures")]
pub use provoke::listen as listen_to_provocations;
pub use worker_scope::run_worker;
