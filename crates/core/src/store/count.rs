//! Counting a conversation once, from the rows of all the places that logged it.
//!
//! A *stage* is one NIC in one direction. Denials are disjoint, since a denied attempt reaches
//! no later stage; allowances repeat from stage to stage. SEMANTICS in `docs/` has the
//! reasoning; the names here are the same.

use crate::model::{Counters, FlowDirection, Tally};

/// What one stage logged of one conversation.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// Number of the stage; see `Store`.
    pub id: u32,
    /// Its place in the order of names: of stages with equal figures the first one's is taken, whatever came first.
    pub rank: u32,
    /// Whether packets left the NIC here or came in.
    pub direction: FlowDirection,
    /// Whether the NIC is known to pass on what is neither from nor to it: an appliance on the way.
    pub hop: bool,
    /// New flows that were allowed.
    pub allowed: u64,
    /// Attempts that were denied.
    pub denied: u64,
    /// Packets and bytes.
    pub counters: [u64; 4],
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            id: 0,
            rank: 0,
            direction: FlowDirection::Unknown,
            hop: false,
            allowed: 0,
            denied: 0,
            counters: [0; 4],
        }
    }
}

impl Stage {
    /// Whether this one's figure is taken instead of the other's.
    fn goes_before(&self, other: Option<&Self>, mine: u64, others: u64) -> bool {
        mine > others || (mine == others && mine > 0 && other.is_some_and(|other| self.rank < other.rank))
    }
}

/// A conversation, counted once.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Flows and traffic.
    pub tally: Tally,
    /// Index of the stage whose allowances were taken.
    pub allowed_by: usize,
    /// Index of the stage whose figure was taken, counter by counter.
    pub counters_by: [usize; 4],
}

impl Counted {
    /// The numbers of the stages whose figures were taken: of allowances and the four counters; `None`: there is
    /// nothing of it.
    pub fn taken(&self, stages: &[Stage]) -> [Option<u32>; 5] {
        let [a, b, c, d] = self.counters_by;
        let counters = self.tally.counters.as_array();
        let figures = [self.tally.allowed_flows, counters[0], counters[1], counters[2], counters[3]];
        let mut out = [self.allowed_by, a, b, c, d].map(|at| stages.get(at).map(|stage| stage.id));
        out.iter_mut().zip(figures).filter(|(_, figure)| *figure == 0).for_each(|(by, _)| *by = None);
        out
    }
}

/// Whether an attempt that one stage let pass may meet another: what leaves an appliance has come into it. A place of
/// unknown direction, as a firewall's table names none, is behind where packets leave and before where they come in.
pub fn may_follow(here: &Stage, other: &Stage) -> bool {
    use FlowDirection::{Inbound, Outbound, Unknown};
    match (here.direction, other.direction) {
        (Outbound, _) | (_, Inbound) | (Unknown, Unknown) => true,
        (Inbound | Unknown, Outbound) => here.hop && other.hop,
        (Inbound, Unknown) => false,
    }
}

/// Denials that an attempt may meet after stage `index` let it pass.
pub fn later_denials(stages: &[Stage], index: usize) -> u64 {
    let here = stages[index];
    let others = stages.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, s)| s);
    others.filter(|s| may_follow(&here, s)).map(|s| s.denied).fold(0, u64::saturating_add)
}

/// Counts one conversation from its stages.
pub fn count_once(stages: &[Stage]) -> Counted {
    let mut out = Counted::default();
    let mut counters = [0u64; 4];
    let (mut all, mut inbound, mut unknown, mut leaving_hops) = (0u64, 0u64, 0u64, 0u64);
    for stage in stages.iter().filter(|stage| stage.denied > 0) {
        all = all.saturating_add(stage.denied);
        let of = match stage.direction {
            FlowDirection::Inbound => &mut inbound,
            FlowDirection::Unknown => &mut unknown,
            FlowDirection::Outbound if stage.hop => &mut leaving_hops,
            FlowDirection::Outbound => continue,
        };
        *of = of.saturating_add(stage.denied);
    }
    for (index, stage) in stages.iter().enumerate() {
        let behind = if stage.hop { inbound.saturating_add(leaving_hops) } else { inbound };
        let reached = match stage.direction {
            FlowDirection::Outbound => all,
            FlowDirection::Unknown => behind.saturating_add(unknown),
            FlowDirection::Inbound => behind,
        };
        let later = reached.saturating_sub(stage.denied);
        let allowed = stage.allowed.saturating_sub(later);
        if stage.goes_before(stages.get(out.allowed_by), allowed, out.tally.allowed_flows) {
            out.tally.allowed_flows = allowed;
            out.allowed_by = index;
        }
        for (place, (largest, value)) in counters.iter_mut().zip(stage.counters).enumerate() {
            if stage.goes_before(stages.get(out.counters_by[place]), value, *largest) {
                *largest = value;
                out.counters_by[place] = index;
            }
        }
    }
    out.tally.denied_flows = all;
    out.tally.counters = Counters::from_array(counters);
    out
}

/// Adds rows up by stage; reused from conversation to conversation.
#[derive(Debug, Default)]
pub struct Stages {
    found: Vec<Stage>,
    /// For each stage's number: when it was last used, and where it is in `found`.
    index: Vec<(u32, u32)>,
    round: u32,
}

impl Stages {
    /// For stages with numbers below this.
    pub fn new(count: usize) -> Self {
        Self { found: Vec::new(), index: vec![(0, 0); count], round: 0 }
    }

    /// Begins a conversation.
    pub fn begin(&mut self) {
        self.found.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.index.fill((0, 0));
            self.round = 1;
        }
    }

    /// Adds rows of a stage, by its number and rank; returns the index of the stage.
    #[inline]
    pub fn add(
        &mut self,
        (id, rank): (u32, u32),
        direction: FlowDirection,
        [allowed, denied]: [u64; 2],
        counters: [u64; 4],
    ) -> usize {
        let slot = &mut self.index[id as usize];
        if slot.0 != self.round {
            *slot = (self.round, self.found.len() as u32);
            self.found.push(Stage { id, rank, direction, ..Stage::default() });
        }
        let at = slot.1 as usize;
        let stage = &mut self.found[at];
        stage.allowed += allowed;
        stage.denied += denied;
        for (sum, value) in stage.counters.iter_mut().zip(counters) {
            *sum = sum.saturating_add(value);
        }
        at
    }

    /// The stage of this number, if the conversation has it.
    pub fn get(&self, id: u32) -> Option<&Stage> {
        let (round, at) = self.index.get(id as usize)?;
        if *round == self.round { self.found.get(*at as usize) } else { None }
    }

    /// Says that a stage is at an appliance on the way.
    pub fn set_hop(&mut self, at: usize) {
        self.found[at].hop = true;
    }

    /// The stages of the conversation, in order of first appearance.
    pub fn as_slice(&self) -> &[Stage] {
        &self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stage(id: u32, outbound: bool, allowed: u64, denied: u64) -> Stage {
        let direction = if outbound { FlowDirection::Outbound } else { FlowDirection::Inbound };
        Stage { id, rank: id, direction, hop: false, allowed, denied, counters: [allowed; 4] }
    }

    #[test]
    fn what_an_appliance_denies_on_the_way_out_it_did_not_let_through() {
        let passing = |hop| [Stage { hop, ..stage(0, false, 10, 0) }, Stage { hop, ..stage(1, true, 4, 6) }];
        let attempts = |hop| count_once(&passing(hop)).tally.attempts();
        // Without knowing that it is one, 16 attempts would be counted.
        assert_eq!((attempts(true), attempts(false)), (10, 16));
    }

    #[test]
    fn the_example_of_the_specification() {
        // Source allows 10 and denies 3; an appliance passes 10 in and out; at the destination
        // one NSG denies 2, the other allows 4 and denies 4.
        let stages =
            [stage(0, true, 10, 3), stage(1, false, 10, 0), stage(1, true, 10, 0), stage(2, false, 4, 6)];
        let counted = count_once(&stages);
        assert_eq!(
            (counted.tally.allowed_flows, counted.tally.denied_flows, counted.tally.attempts()),
            (4, 9, 13)
        );
        assert_eq!(stages.iter().map(|s| s.allowed).sum::<u64>(), 34);
    }

    #[test]
    fn both_ends_of_an_allowed_flow_count_once() {
        let counted = count_once(&[stage(0, true, 28, 0), stage(1, false, 28, 0)]);
        assert_eq!(counted.tally.allowed_flows, 28);
        assert_eq!(counted.tally.counters.packets_src_to_dst, 28);
    }

    #[test]
    fn an_attempt_denied_at_the_destination_is_not_allowed() {
        let counted = count_once(&[stage(0, true, 7, 0), stage(1, false, 0, 7)]);
        assert_eq!((counted.tally.allowed_flows, counted.tally.denied_flows), (0, 7));
    }

    #[test]
    fn a_firewall_denies_what_left_a_nic_and_not_what_came_into_another() {
        let firewall =
            |allowed, denied| Stage { direction: FlowDirection::Unknown, ..stage(9, false, allowed, denied) };
        let of = |stages: &[Stage]| {
            let tally = count_once(stages).tally;
            (tally.allowed_flows, tally.denied_flows)
        };
        assert_eq!(of(&[stage(0, true, 5, 0), firewall(0, 5)]), (0, 5));
        assert_eq!(of(&[stage(0, true, 7, 0), firewall(4, 3), stage(1, false, 4, 0)]), (4, 3));
        assert_eq!(of(&[firewall(4, 0), stage(1, false, 0, 4)]), (0, 4));
    }

    fn any_stages() -> impl Strategy<Value = Vec<Stage>> {
        let direction = prop_oneof![
            Just(FlowDirection::Inbound),
            Just(FlowDirection::Outbound),
            Just(FlowDirection::Unknown)
        ];
        proptest::collection::vec((direction, any::<bool>(), 0u64..50, 0u64..50), 1..6).prop_map(|list| {
            let one = |(i, (direction, hop, allowed, denied))| Stage {
                direction,
                hop,
                ..stage(i, false, allowed, denied)
            };
            (0u32..).zip(list).map(one).collect()
        })
    }

    proptest! {
        #[test]
        fn never_more_than_was_logged(stages in any_stages()) {
            let tally = count_once(&stages).tally;
            prop_assert!(tally.allowed_flows <= stages.iter().map(|s| s.allowed).sum::<u64>());
            prop_assert_eq!(tally.denied_flows, stages.iter().map(|s| s.denied).sum::<u64>());
        }

        #[test]
        fn one_stage_counts_as_logged(outbound: bool, allowed in 0u64..99, denied in 0u64..99) {
            let tally = count_once(&[stage(0, outbound, allowed, denied)]).tally;
            prop_assert_eq!((tally.allowed_flows, tally.denied_flows), (allowed, denied));
        }

        #[test]
        fn the_sums_agree_with_the_definition(stages in any_stages()) {
            let by_definition = (0..stages.len())
                .map(|i| stages[i].allowed.saturating_sub(later_denials(&stages, i)))
                .max();
            prop_assert_eq!(Some(count_once(&stages).tally.allowed_flows), by_definition);
        }
    }
}
