//! Network security groups: which rule decides, what a draft of rules is, what a set of rules would do.
//!
//! `traffic` is what was seen, `seen` makes it of the store's conversations. `set` is groups and where they apply,
//! `sites` where an address may be, `stages` which groups may decide there, `views` what `VirtualNetwork` holds there,
//! `world` what all tags mean (`tags` has their names), `default_allow` what rides on rule 65000 alone, `evaluate` decides a flow stage by stage, `each` several of them, `compiled` does so for millions (`lists` are rules ready to be asked, `judged` what comes of it), `draft` makes
//! rules from traffic, `services` is what Azure's services need of groups, `deploy` finds the order in which a draft is
//! put in force, `simulate` replays traffic against a set and `fates` adds up what becomes of it, `review` is what
//! people say of services, `difference` what two sets decide differently over the whole space. Answers are three-valued:
//! where a tag or a membership is not known, it says so.

mod compiled;
mod default_allow;
mod deploy;
mod difference;
mod draft;
mod each;
mod evaluate;
mod fates;
mod judged;
mod lists;
mod memo;
mod named;
mod review;
mod seen;
pub mod services;
mod set;
mod simulate;
mod sites;
mod stages;
mod tags;
mod traffic;
mod views;
mod world;

/// Ports by which machines are managed: SSH, remote desktop, WinRM, SMB. An audit names rules that expose them to the
/// Internet.
pub const MANAGEMENT: [u16; 5] = [22, 3389, 5985, 5986, 445];

/// Those and more that manage machines: Telnet, RPC, NetBIOS, VNC. Findings call it serious where the Internet was let in
/// to one of them, and a draft lets nothing in to them from there that nobody asked for.
pub const MANAGED: [u16; 9] = [22, 23, 135, 139, 445, 3389, 5900, 5985, 5986];

pub use compiled::{Compiled, Question};
pub use default_allow::{Allows, DEFAULT_ALLOW, DefaultAllows};
pub use deploy::{Blocked, Deed, Purpose, Step as DeployStep, Steps};
pub use difference::{
    Addresses, Budget, Change, Difference, NotCompared, Region, Side, Word, difference, difference_in_pieces,
    plain_spans,
};
pub use draft::{
    Action, Draft, DraftError, DraftOptions, DraftOutcomes, DraftedNsg, DraftedRule, GroupOutcomes, Maturity,
    Place, Places, PortMerge, PrefixMerge, Removed, RuleChange, Scope, Serious, SeriousService, Skip,
    StillDenied, Want, draft, draft_in_pieces,
};
pub use each::{DecidedFlow, decide_each};
pub use evaluate::{Deciding, Flow, Members, Ruling, Stage, StageRuling, decide, decide_logged};
pub use fates::{FateKeys, FateSums};
pub use judged::{Judged, Outcome, Step};
pub use lists::joined;
pub(crate) use named::named;
pub use review::{Conflict, Mark, MarkKey, Review, Sides, Verdict, Verdicts};
pub use seen::Observing;
pub use set::{Applied, GroupIndex, RuleSet, default_rules, is_unread};
pub use simulate::{
    ByFate, Fate, RuleName, Simulated, Simulation, simulate, simulate_in_pieces, simulated_totals,
};
pub use traffic::{Decider, Hit, Logged, Observed, Traffic, Unfit};
pub use world::{Answer, World};
