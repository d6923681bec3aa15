//! In which order subnets stand on the axes.

use super::Totals;
use crate::model::order::sort_by;
use crate::session::SubnetInfo;

/// The orders a user can choose. Both axes share one, so the diagonal stays a diagonal.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Natural order, as the engine gives it: by address, then the outside.
    #[default]
    Name,
    /// Most traffic first, in the chosen measure, both directions together.
    Volume,
    /// Most denied attempts first, both directions together.
    Denied,
}

impl Sort {
    /// Every order, as listed to the user.
    pub const ALL: [Self; 3] = [Self::Name, Self::Volume, Self::Denied];

    /// Subnet indices in this order; ties keep the natural order.
    pub fn order(self, subnets: &[SubnetInfo], rows: &[Totals], cols: &[Totals]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..subnets.len() as u32).collect();
        let sum = |i: u32, of: fn(&Totals) -> u64| {
            let at = |side: &[Totals]| side.get(i as usize).map_or(0, of);
            at(rows).saturating_add(at(cols))
        };
        match self {
            Self::Name => {}
            Self::Volume => sort_by(&mut order, |a, b| sum(*b, |t| t.value).cmp(&sum(*a, |t| t.value))),
            Self::Denied => {
                let key = |i: u32| (sum(i, |t| t.denied), sum(i, |t| t.value));
                sort_by(&mut order, |a, b| key(*b).cmp(&key(*a)));
            }
        }
        order
    }
}
