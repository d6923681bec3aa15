//! What the engine answers about findings and noise: always about everything loaded, counted once. Every conversation is
//! looked at for them, so that comes in pieces, between which other questions can be answered.

use super::Engine;
use super::holds::holds;
use super::network::Named;
use crate::findings::{Finding, Gathering, Ground, NoiseRow, judge, noise};
use crate::topology::Cut;
use azflow_core::store::{Holds, Mode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// So many rows are looked at in one piece: about 20 ms.
const ROWS: usize = 200_000;

/// What was begun of an answer. It belongs to the data and names as they are.
#[derive(Debug)]
pub(super) struct FindingsBegun {
    cut: Cut,
    holds: BTreeMap<u32, Holds>,
    gathering: Gathering,
}

fn ground<'a>(
    named: &'a Named<'a>,
    own_ends: &'a [(u32, u32)],
    holds: &'a BTreeMap<u32, Holds>,
) -> Ground<'a> {
    Ground { subnets: named.subnets, naming: named.naming, connections: &named.connections, own_ends, holds }
}

impl Engine {
    /// Looks at some of the conversations that findings are told from, on for an answer by this cut. Whether there are more.
    pub(super) fn gather_findings(&mut self, cut: Cut) -> bool {
        self.derive(cut);
        self.store.mark_noise();
        let begun = self.findings.take().filter(|begun| begun.cut == cut);
        let mut begun = begun.unwrap_or_else(|| FindingsBegun {
            cut,
            holds: holds(&self.store, self.described_network()),
            gathering: Gathering::new(&self.store),
        });
        let more = self.named().zip(self.own_ends()).is_some_and(|(named, own_ends)| {
            begun.gathering.go_on(&self.store, &ground(&named, own_ends, &begun.holds), ROWS)
        });
        self.findings = Some(begun);
        more
    }

    /// Findings and noise.
    pub(super) fn findings(&mut self, cut: Cut) -> FindingsAnswer {
        while self.gather_findings(cut) {}
        let Some(FindingsBegun { holds, gathering, .. }) = self.findings.take() else {
            return FindingsAnswer::default();
        };
        let found = self.named().zip(self.own_ends()).map(|(named, own_ends)| {
            judge(&self.store, &ground(&named, own_ends, &holds), gathering.finish())
        });
        let Some(findings) = found else { return FindingsAnswer::default() };
        let noise = noise(&mut self.store);
        let totals = self.store.totals(Mode::Conversations);
        FindingsAnswer {
            findings,
            noise,
            conversations: totals.len() as u64,
            attempts: totals.iter().map(|tally| tally.attempts()).fold(0, u64::saturating_add),
        }
    }
}
