//! In which order subnets stand on the axes.

use super::Totals;
use super::similar::similar;
use azflow_core::model::SortSmall;
use azflow_engine::session::MatrixAnswer;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The orders a user can choose. Both axes share one, so the diagonal stays a diagonal.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Natural order, as the engine gives it (by address, then the outside), with the subnets of one
    /// virtual network beside its first.
    #[default]
    Name,
    /// Most traffic first, in the chosen measure, both directions together.
    Volume,
    /// Most denied attempts first, both directions together.
    Denied,
    /// Subnets that talk to the same partners beside each other.
    Similar,
}

impl Sort {
    /// Every order, as listed to the user.
    pub const ALL: [Self; 4] = [Self::Name, Self::Volume, Self::Denied, Self::Similar];

    /// Subnet indices in this order, given each one's sums as source and as destination; ties keep the
    /// natural order.
    pub fn order(self, answer: &MatrixAnswer, sums: &[(Totals, Totals)]) -> Vec<u32> {
        let mut lines: Vec<u32> = (0..answer.subnets.len() as u32).collect();
        let sum = |i: u32, of: fn(&Totals) -> u64| {
            sums.get(i as usize).map_or(0, |(out, into)| of(out).saturating_add(of(into)))
        };
        let by = |lines: &mut Vec<u32>, key: &dyn Fn(u32) -> (Reverse<u64>, Reverse<u64>)| {
            lines.sort_small_by_key(|a| key(*a));
        };
        match self {
            Self::Name => {
                let mut first: BTreeMap<&str, u32> = BTreeMap::new();
                for (at, subnet) in answer.subnets.iter().enumerate() {
                    if let Some(network) = &subnet.network {
                        first.entry(network).or_insert(at as u32);
                    }
                }
                let place = |i: u32| {
                    let network = answer.subnets.get(i as usize).and_then(|s| s.network.as_deref());
                    (network.and_then(|network| first.get(network)).copied().unwrap_or(i), i)
                };
                lines.sort_small_by_key(|a| place(*a));
            }
            Self::Volume => by(&mut lines, &|i| (Reverse(sum(i, |t| t.value)), Reverse(0))),
            Self::Denied => {
                by(&mut lines, &|i| (Reverse(sum(i, |t| t.denied)), Reverse(sum(i, |t| t.value))));
            }
            Self::Similar => {
                // The important first: they are ordered even where not all can be.
                by(&mut lines, &|i| (Reverse(sum(i, |t| t.value)), Reverse(0)));
                lines = similar(&lines, &answer.cells);
            }
        }
        lines
    }
}
