//! Network security groups: which rule decides, what a draft of rules is, what a set of rules would do.
//!
//! `world` knows which groups apply to an address and what tags mean, `evaluate` decides a flow stage by
//! stage, `space` compares rules exactly, `audit` looks for what is wrong with loaded groups, `draft` makes
//! rules from traffic, `simulate` replays traffic against a set. Answers are three-valued: where a tag or a
//! membership is not known, it says so.

mod audit;
mod draft;
mod evaluate;
mod simulate;
mod space;
mod world;

pub use audit::{Audit, Finding, FindingKind, NsgAudit, RuleAudit, audit};
pub use draft::{Draft, DraftError, DraftOptions, DraftedNsg, DraftedRule, Places, Scope, draft};
pub use evaluate::{Flow, Ruling, Stage, StageRuling, decide};
pub use simulate::{Fate, Simulated, Simulation, simulate};
pub use world::{Applied, RuleSet, World, default_rules};

use crate::model::{Address, Direction, Protocol, Tally, UnixMillis};
use crate::store::Noise;

/// A conversation that was seen: what a draft is made from and a simulation replays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The initiator.
    pub src: Address,
    /// The other end.
    pub dst: Address,
    /// The protocol.
    pub protocol: Protocol,
    /// The destination port; `None` for protocols without ports.
    pub port: Option<u16>,
    /// Flows and traffic, counted once.
    pub tally: Tally,
    /// Whether anything of it was allowed: flows, or traffic of flows that began before the window.
    pub allowed: bool,
    /// No new flow was seen, only traffic of earlier ones.
    pub begun_earlier: bool,
    /// Whether it is noise: that seeds no rule.
    pub noise: Noise,
    /// Earliest tuple.
    pub first: UnixMillis,
    /// Latest tuple.
    pub last: UnixMillis,
    /// The rules that decided, as logged: resource, rule, direction, allowed and denied flows.
    pub decided: Vec<(String, String, Direction, u64, u64)>,
}

impl Observed {
    /// Whether one end is Azure's own: such traffic passes outside the rules.
    pub fn is_platform(&self) -> bool {
        world::is_platform(self.src) || world::is_platform(self.dst)
    }
}
