//! A second evaluator of network security groups, for tests: naive, and apart from the engine.
//!
//! It reads the JSON that people have (`az … list`, ARM, PowerShell), and says of one flow: allowed, denied, or not to be
//! told. It follows Microsoft's pages and docs/SEMANTICS.md, and shares no code with the engine. It is slow and short, so
//! that it can be checked by reading.
//!
//! Three-valued by trying: where the files leave something open (a group that is not on file, an address in two
//! networks, a rule that is not understood), every way to fill it in is a world. A verdict is definite when all worlds
//! agree. One open fact is one fact wherever it is asked, so "in VirtualNetwork or in Internet" is always true.
//!
//! `json` finds fields whatever their shape, `objects` and `rules` are what the files hold, `prefix` is about addresses,
//! `places` says where an address may be, `members` who is in a tag or a group, `worlds` tries, `decide` judges.

mod decide;
mod json;
mod members;
mod objects;
mod places;
mod prefix;
mod rules;
mod worlds;

pub use decide::{Answer, Flow, Verdict};
pub use objects::Files;
