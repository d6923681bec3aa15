//! What the page, the scan pool and the engine say to each other, and who works on what.
//!
//! Everything here is plain data and pure logic: it compiles natively and is tested there.
//! `messages` are the envelopes, `view` what may be asked, `answers` what comes back,
//! `scheduler` decides which worker scans which source, `engine` owns the data and answers.

mod answers;
mod breakdown;
mod complete;
mod engine;
mod evidence;
mod load;
mod messages;
mod naming;
mod network;
mod network_answer;
mod picked;
mod rules;
mod scheduler;
mod view;

pub use answers::*;
pub use engine::Engine;
pub use load::*;
pub use messages::*;
pub use network_answer::*;
pub use scheduler::*;
pub use view::*;
