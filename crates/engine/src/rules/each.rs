//! Several flows decided by one set: what a name stands for is decided address by address.

use super::evaluate::{Deciding, Flow, Ruling, StageRuling};
use super::set::RuleSet;
use super::traffic::{Observed, Traffic};
use super::world::World;
use azflow_core::model::Decision;

/// A flow that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedFlow<'a> {
    /// The flow.
    pub flow: Flow,
    /// What comes of all stages.
    pub ruling: Ruling,
    /// The stages that have a group, up to the first that denies.
    pub stages: Vec<StageRuling>,
    /// The same flow in the logs.
    pub seen: Option<&'a Observed>,
}

impl DecidedFlow<'_> {
    /// The stage that matters: that denies, can't be told first, or allows last.
    pub fn deciding(&self) -> Option<&StageRuling> {
        match self.ruling {
            Ruling::Undecidable(_) => {
                self.stages.iter().find(|stage| matches!(stage.ruling, Ruling::Undecidable(_)))
            }
            Ruling::Decided(_) => self.stages.last(),
        }
    }

    /// Its place in counts: allowed, denied, not to be told.
    pub fn place(&self) -> usize {
        match self.ruling {
            Ruling::Decided(Decision::Allowed) => 0,
            Ruling::Decided(Decision::Denied) => 1,
            Ruling::Undecidable(_) => 2,
        }
    }
}

/// Decides flows, each as [`super::decide_logged`] does it alone.
pub fn decide_each<'a>(
    set: &RuleSet,
    world: &World,
    traffic: &'a Traffic,
    flows: &[Flow],
) -> Vec<DecidedFlow<'a>> {
    let deciding = Deciding::new(set, world);
    let one = |(flow, seen): (&Flow, Option<&'a Observed>)| {
        let members = seen.map(|seen| seen.members).unwrap_or_default();
        let (ruling, stages) = deciding.decide(*flow, members);
        DecidedFlow { flow: *flow, ruling, stages, seen }
    };
    flows.iter().zip(traffic.find_each(flows)).map(one).collect()
}
