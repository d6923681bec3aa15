//! A matrix answer made ready to draw: ordered, measured, totalled, found by position.

use super::{Scale, Sort};
use crate::model::Tally;
use crate::session::{MatrixAnswer, SubnetInfo};
use crate::topology::SubnetKind;
use std::rc::Rc;

/// What a cell's depth means.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// New flows, allowed and denied: a split cell.
    #[default]
    Flows,
    /// Bytes both ways. They belong to allowed traffic.
    Bytes,
    /// Packets both ways, likewise.
    Packets,
}

impl Measure {
    /// Every measure, as listed to the user.
    pub const ALL: [Self; 3] = [Self::Flows, Self::Bytes, Self::Packets];

    /// A tally in this measure.
    pub fn of(self, tally: &Tally) -> u64 {
        match self {
            Self::Flows => tally.attempts(),
            Self::Bytes => tally.counters.bytes(),
            Self::Packets => tally.counters.packets(),
        }
    }
}

/// Sums over a row or a column.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// In the chosen measure.
    pub value: u64,
    /// Allowed flows.
    pub allowed: u64,
    /// Denied flows.
    pub denied: u64,
}

/// A pair that was seen, at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartCell {
    /// Position from the top.
    pub row: u32,
    /// Position from the left.
    pub col: u32,
    /// In the chosen measure; zero for a pair seen without any.
    pub value: u64,
    /// Step of depth.
    pub level: usize,
    /// Denied part of the attempts, 0 to 1.
    pub denied_share: f64,
    /// All its numbers.
    pub tally: Tally,
}

/// The matrix as drawn: `row` and `col` are positions, not the answer's indices.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What depth means.
    pub measure: Measure,
    /// Subnets by position.
    pub subnets: Rc<[SubnetInfo]>,
    /// Cells by row, then column.
    pub cells: Vec<ChartCell>,
    /// Row sums by position.
    pub rows: Vec<Totals>,
    /// Column sums by position.
    pub cols: Vec<Totals>,
    /// The sum over everything.
    pub total: Tally,
    /// The depth's scale.
    pub scale: Scale,
    /// Where a wider gap separates inside from outside; only in natural order.
    pub outside_from: Option<u32>,
    /// By row: where its cells begin in `cells`; one more at the end.
    starts: Vec<u32>,
}

impl Chart {
    /// Orders and measures an answer.
    pub fn new(answer: &MatrixAnswer, measure: Measure, sort: Sort) -> Self {
        let n = answer.subnets.len();
        let (mut rows, mut cols) = (vec![Totals::default(); n], vec![Totals::default(); n]);
        let mut total = Tally::default();
        for cell in &answer.cells {
            let value = measure.of(&cell.tally);
            total.add(&cell.tally);
            for totals in
                [rows.get_mut(cell.src as usize), cols.get_mut(cell.dst as usize)].into_iter().flatten()
            {
                totals.value = totals.value.saturating_add(value);
                totals.allowed = totals.allowed.saturating_add(cell.tally.allowed_flows);
                totals.denied = totals.denied.saturating_add(cell.tally.denied_flows);
            }
        }
        let order = sort.order(&answer.subnets, &rows, &cols);
        let mut position = vec![0u32; n];
        for (place, index) in order.iter().enumerate() {
            if let Some(slot) = position.get_mut(*index as usize) {
                *slot = place as u32;
            }
        }
        let place = |index: u32| position.get(index as usize).copied().unwrap_or_default();
        let scale = Scale { max: answer.cells.iter().map(|c| measure.of(&c.tally)).max().unwrap_or(0) };
        let mut cells: Vec<ChartCell> = answer
            .cells
            .iter()
            .map(|c| {
                let value = measure.of(&c.tally);
                let attempts = c.tally.attempts();
                let denied_share =
                    if attempts == 0 { 0.0 } else { c.tally.denied_flows as f64 / attempts as f64 };
                let (row, col) = (place(c.src), place(c.dst));
                ChartCell { row, col, value, level: scale.level(value), denied_share, tally: c.tally }
            })
            .collect();
        cells.sort_by_key(|c| (c.row, c.col));
        let mut starts = vec![0u32; n + 1];
        cells.iter().for_each(|c| {
            if let Some(count) = starts.get_mut(c.row as usize + 1) {
                *count += 1;
            }
        });
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let pick = |from: &[Totals]| order.iter().filter_map(|i| from.get(*i as usize).copied()).collect();
        let subnets: Rc<[SubnetInfo]> =
            order.iter().filter_map(|i| answer.subnets.get(*i as usize).cloned()).collect();
        let outside_from = (sort == Sort::Name)
            .then(|| subnets.iter().position(|s| is_outside(s.kind)))
            .flatten()
            .filter(|at| *at > 0)
            .map(|at| at as u32);
        let (rows, cols) = (pick(&rows), pick(&cols));
        Self { measure, subnets, cells, rows, cols, total, scale, outside_from, starts }
    }

    /// Subnets on each axis.
    pub fn len(&self) -> u32 {
        self.subnets.len() as u32
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.subnets.is_empty()
    }

    /// The cells of one row, by column.
    pub fn row(&self, row: u32) -> &[ChartCell] {
        let at = |i: u32| self.starts.get(i as usize).map_or(self.cells.len(), |s| *s as usize);
        self.cells.get(at(row)..at(row + 1)).unwrap_or_default()
    }

    /// The cell at a place; `None` where nothing was seen.
    pub fn cell(&self, row: u32, col: u32) -> Option<&ChartCell> {
        let cells = self.row(row);
        cells.binary_search_by_key(&col, |c| c.col).ok().and_then(|i| cells.get(i))
    }

    /// The name at a position of either axis.
    pub fn name(&self, at: u32) -> &str {
        self.subnets.get(at as usize).map_or("", |s| s.name.as_str())
    }

    /// The position of a name.
    pub fn position(&self, name: &str) -> Option<u32> {
        self.subnets.iter().position(|s| s.name == name).map(|i| i as u32)
    }
}

/// Whether a group of addresses lies outside the virtual networks.
fn is_outside(kind: SubnetKind) -> bool {
    use SubnetKind::{Broadcast, Internet, Multicast, Platform, ServiceTag};
    matches!(kind, Platform | Broadcast | Multicast | ServiceTag | Internet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Counters;
    use crate::session::MatrixCell;

    fn answer() -> MatrixAnswer {
        let subnet =
            |name: &str, kind| SubnetInfo { name: name.to_owned(), kind, network: None, addresses: 1 };
        let cell = |src, dst, allowed, denied, bytes| MatrixCell {
            src,
            dst,
            tally: Tally {
                allowed_flows: allowed,
                denied_flows: denied,
                counters: Counters { bytes_src_to_dst: bytes, ..Counters::default() },
            },
        };
        MatrixAnswer {
            subnets: vec![
                subnet("10.0.0.0/24", SubnetKind::InferredPrivate),
                subnet("10.0.1.0/24", SubnetKind::InferredPrivate),
                subnet("Internet", SubnetKind::Internet),
            ],
            cells: vec![cell(0, 1, 10, 0, 0), cell(1, 1, 0, 0, 900), cell(2, 0, 1, 99, 5)],
        }
    }

    #[test]
    fn natural_order_sets_the_outside_apart() {
        let chart = Chart::new(&answer(), Measure::Flows, Sort::Name);
        assert_eq!(chart.outside_from, Some(2));
        assert_eq!(chart.cell(2, 0).map(|c| c.value), Some(100));
        assert_eq!(chart.cell(0, 0), None);
        assert_eq!(chart.cell(1, 1).map(|c| c.value), Some(0), "seen, but begun earlier");
    }

    #[test]
    fn orders_follow_the_measure_and_the_denials() {
        let names = |measure, sort| -> Vec<String> {
            let chart = Chart::new(&answer(), measure, sort);
            (0..chart.len()).map(|i| chart.name(i).to_owned()).collect()
        };
        assert_eq!(names(Measure::Flows, Sort::Volume), ["10.0.0.0/24", "Internet", "10.0.1.0/24"]);
        assert_eq!(names(Measure::Bytes, Sort::Volume), ["10.0.1.0/24", "10.0.0.0/24", "Internet"]);
        assert_eq!(names(Measure::Flows, Sort::Denied), ["10.0.0.0/24", "Internet", "10.0.1.0/24"]);
    }

    #[test]
    fn sums_over_rows_and_columns_add_up_to_the_total() {
        for sort in Sort::ALL {
            let chart = Chart::new(&answer(), Measure::Flows, sort);
            let sum = |side: &[Totals]| side.iter().map(|t| t.value).sum::<u64>();
            assert_eq!((sum(&chart.rows), sum(&chart.cols)), (chart.total.attempts(), 110));
        }
    }
}
