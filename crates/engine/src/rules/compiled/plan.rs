//! Plans: the lists of rules that decide between two classes, with the rows that they are asked by.

use super::Compiled;
use crate::rules::evaluate::MOST_PLACES;
use crate::rules::judged::NONE;
use crate::rules::stages::Choice;

/// One stage between two spots: the list and the rows of source and destination.
pub(super) type Stage = (u32, u32, u32);

/// What may decide between two spots: by stage, one of these.
pub(super) type Open = [Vec<Option<Stage>>; 4];

/// What decides between two classes.
#[derive(Debug, Clone)]
pub(super) enum Plan {
    /// At most one group at each stage, between two spots.
    Certain([Stage; 4]),
    /// Number in [`Compiled::open`].
    Open(u32),
    /// There are too many places.
    Unknown,
}

impl Compiled<'_> {
    pub(super) fn plan(&mut self, src: u32, dst: u32) -> u32 {
        if let Some(known) = self.plan_of.get(&(src, dst)) {
            return *known;
        }
        let (from, to) = (self.classes[src as usize].spots.clone(), self.classes[dst as usize].spots.clone());
        let plan = if from.len().saturating_mul(to.len()) > MOST_PLACES {
            Plan::Unknown
        } else {
            let mut all = Vec::new();
            for src in from {
                for dst in to.clone() {
                    let site = self.spots[src as usize].site;
                    all.push((site, self.spot_plan(src, dst)));
                }
            }
            match all.as_slice() {
                [(_, open)] if open.iter().all(|stage| stage.len() == 1) => {
                    let stage = |number: usize| open[number].first().copied().flatten();
                    Plan::Certain([0, 1, 2, 3].map(|number| stage(number).unwrap_or((NONE, 0, 0))))
                }
                _ => {
                    self.open.push(all);
                    Plan::Open(self.open.len() as u32 - 1)
                }
            }
        };
        self.plans.push(plan);
        let number = self.plans.len() as u32 - 1;
        self.plan_of.insert((src, dst), number);
        number
    }

    fn spot_plan(&mut self, src: u32, dst: u32) -> Open {
        let stops = |spot: u32, outbound: usize| &self.spots[spot as usize].stops[outbound];
        let groups = |choice: &Choice| choice.groups.clone();
        let choices = [
            (groups(&stops(src, 1).nic), 1),
            (groups(&stops(src, 1).subnet), 1),
            (groups(&stops(dst, 0).subnet), 0),
            (groups(&stops(dst, 0).nic), 0),
        ];
        choices.map(|(groups, outbound)| {
            let stage = |group: Option<u32>| {
                let list = group? * 2 + outbound;
                let here = if outbound == 1 { src } else { dst };
                let view = self.spots[here as usize].site.view;
                Some((list, self.row(src, list, view, false), self.row(dst, list, view, true)))
            };
            groups.into_iter().map(stage).collect()
        })
    }
}
