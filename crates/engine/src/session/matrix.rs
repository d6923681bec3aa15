//! Who talks to whom: pairs of subnets, added up.

use super::{MatrixAnswer, MatrixCell, SubnetInfo};
use crate::topology::{Assignment, Subnet};
use azflow_core::model::SortSmall;
use azflow_core::model::Tally;
use azflow_core::store::{Mode, Pick, Store};
use hashbrown::HashMap;

/// Adds up what a pick leaves, by pairs of these subnets. The store must have counted the mode.
pub(super) fn matrix(store: &Store, subnets: &Assignment, mode: Mode, pick: Option<&Pick>) -> MatrixAnswer {
    let mut cells = Cells::new(subnets.subnets.len());
    for (index, tally) in store.tallies(mode, pick) {
        let conversation = store.columns().conversation(index);
        let [src, dst] = [conversation.src, conversation.dst].map(|a| subnets.subnet_of[a as usize]);
        cells.at(src, dst).add(tally);
    }
    MatrixAnswer { subnets: infos(subnets), cells: cells.sorted() }
}

/// Subnets as axes show them.
pub(super) fn infos(subnets: &Assignment) -> Vec<SubnetInfo> {
    let subnet = |s: &Subnet| SubnetInfo {
        name: s.name.clone(),
        kind: s.kind,
        network: s.network.clone(),
        addresses: s.addresses,
    };
    subnets.subnets.iter().map(subnet).collect()
}

/// The most subnets for which all pairs are kept side by side: 48 bytes each, 12 MB.
const DENSE: usize = 512;

/// Tallies by pair of subnets: a table where there are few, a map where there are many.
enum Cells {
    Table(usize, Vec<Option<Tally>>),
    Map(HashMap<(u32, u32), Tally>),
}

impl Cells {
    fn new(subnets: usize) -> Self {
        if subnets <= DENSE {
            Self::Table(subnets, vec![None; subnets * subnets])
        } else {
            Self::Map(HashMap::new())
        }
    }

    fn at(&mut self, src: u32, dst: u32) -> &mut Tally {
        match self {
            Self::Table(width, cells) => cells[src as usize * *width + dst as usize].get_or_insert_default(),
            Self::Map(cells) => cells.entry((src, dst)).or_default(),
        }
    }

    /// By source, then destination.
    fn sorted(self) -> Vec<MatrixCell> {
        let mut out: Vec<MatrixCell> = match self {
            Self::Table(width, cells) => {
                let place = |index: usize| ((index / width) as u32, (index % width) as u32);
                let cell = |(index, tally): (usize, Option<Tally>)| {
                    let (src, dst) = place(index);
                    tally.map(|tally| MatrixCell { src, dst, tally })
                };
                cells.into_iter().enumerate().filter_map(cell).collect()
            }
            Self::Map(cells) => {
                cells.into_iter().map(|((src, dst), tally)| MatrixCell { src, dst, tally }).collect()
            }
        };
        out.sort_small_by_key(|a| (a.src, a.dst));
        out
    }
}
