//! What the engine answers about findings and noise: always about everything loaded, counted once.

use super::holds::holds;
use super::network::Named;
use crate::findings::{Finding, Ground, NoiseRow, findings, noise};
use azflow_core::store::Store;
use serde::{Deserialize, Serialize};

/// What stands out, and what is noise.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingsAnswer {
    /// Findings, the most urgent first.
    pub findings: Vec<Finding>,
    /// Noise by kind, in the order in which it is looked for.
    pub noise: Vec<NoiseRow>,
    /// All conversations.
    pub conversations: u64,
    /// All attempts, counted once.
    pub attempts: u64,
}

/// Puts it together; `own_ends` are NICs with the address that is their own end.
pub(super) fn findings_answer(
    store: &mut Store,
    named: &Named<'_>,
    own_ends: &[(u32, u32)],
) -> FindingsAnswer {
    let holds = holds(store, named.network);
    let ground = Ground {
        subnets: named.subnets,
        naming: named.naming,
        connections: &named.connections,
        own_ends,
        holds: &holds,
    };
    let findings = findings(store, &ground);
    let noise = noise(store);
    let totals = store.totals(azflow_core::store::Mode::Conversations);
    FindingsAnswer {
        findings,
        noise,
        conversations: totals.len() as u64,
        attempts: totals.iter().map(|tally| tally.attempts()).fold(0, u64::saturating_add),
    }
}
