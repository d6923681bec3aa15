//! What the page, the scan pool and the engine say to each other, and who works on what.
//!
//! Everything here is plain data and pure logic: it compiles natively and is tested there.
//! `messages` are the envelopes, `view` what may be asked, `answers` what comes back,
//! `scheduler` decides which worker scans which source, `engine` owns the data and answers.

mod answers;
mod breakdown;
mod compare;
mod complete;
mod decision;
mod described;
mod engine;
mod evidence;
mod failure;
mod findings;
mod flow_list;
mod flows;
mod holds;
mod inputs;
mod kept;
mod kept_side;
mod load;
mod made;
mod matrix;
mod messages;
mod naming;
mod network;
mod network_answer;
mod network_parts;
mod order;
mod over_time;
mod picked;
mod prepare;
mod review;
mod review_answer;
mod room;
mod rules;
mod rules_answer;
mod rules_difference;
mod rules_screen;
mod rules_simulation;
mod rules_work;
mod scheduler;
mod tables;
mod take_in;
mod view;

pub use answers::*;
pub use compare::{Change, CompareAnswer, CompareRow, Comparison};
pub use decision::Asked;
pub use engine::Engine;
pub use failure::Failure;
pub use findings::FindingsAnswer;
pub use flow_list::*;
pub use kept::*;
pub use kept_side::KeptSide;
pub use load::*;
pub use messages::*;
pub use network_answer::*;
pub use order::next;
pub use over_time::{Covered, OverTime};
pub use review_answer::*;
pub use rules_answer::*;
pub use scheduler::*;
pub use view::*;
