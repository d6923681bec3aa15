//! A matrix answer made ready to draw: ordered, measured, totalled, found by position.

use super::{Axis, Scale, Sort, Spot};
use azflow_core::model::SortSmall;
use azflow_core::model::Tally;
use azflow_engine::rules::{ByFate, Fate};
use azflow_engine::session::{FateCell, MatrixAnswer, MatrixCell, Selection, SubnetInfo};
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

/// How an answer is laid out.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Arrange {
    /// What depth means.
    pub measure: Measure,
    /// The order of both axes.
    pub sort: Sort,
    /// Destinations down, sources across.
    pub transpose: bool,
    /// Lines on which nothing was seen are left out.
    pub hide_empty: bool,
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
    /// Pairs seen.
    pub pairs: u32,
}

impl Totals {
    fn add(&mut self, value: u64, tally: &Tally) {
        self.value = self.value.saturating_add(value);
        self.allowed = self.allowed.saturating_add(tally.allowed_flows);
        self.denied = self.denied.saturating_add(tally.denied_flows);
        self.pairs += 1;
    }
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
    /// Conversations by what becomes of them, where [`Chart::by_fate`].
    pub fates: ByFate,
}

/// The matrix as drawn: `row` and `col` are positions, not the answer's indices.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What depth means.
    pub measure: Measure,
    /// Whether destinations stand on the rows.
    pub transpose: bool,
    /// Subnets as the answer has them.
    pub subnets: Rc<[SubnetInfo]>,
    /// The rows.
    pub rows: Axis,
    /// The columns.
    pub cols: Axis,
    /// Cells by row, then column.
    pub cells: Vec<ChartCell>,
    /// The sum over everything.
    pub total: Tally,
    /// The depth's scale.
    pub scale: Scale,
    /// Whether cells say what becomes of conversations under a set of rules. What is then called allowed is what stays as
    /// it is, and what is called denied is what changes or can't be told.
    pub by_fate: bool,
    /// By row: where its cells begin in `cells`; one more at the end.
    starts: Vec<u32>,
}

impl Chart {
    /// Orders and measures an answer.
    pub fn new(answer: &MatrixAnswer, arrange: Arrange) -> Self {
        let Arrange { measure, sort, transpose, hide_empty } = arrange;
        // As source, as destination.
        let mut sums = vec![(Totals::default(), Totals::default()); answer.subnets.len()];
        let mut total = Tally::default();
        for cell in &answer.cells {
            let value = measure.of(&cell.tally);
            total.add(&cell.tally);
            if let Some((out, _)) = sums.get_mut(cell.src as usize) {
                out.add(value, &cell.tally);
            }
            if let Some((_, into)) = sums.get_mut(cell.dst as usize) {
                into.add(value, &cell.tally);
            }
        }
        let lines = sort.order(answer, &sums);
        let axis = |sources: bool| {
            let mut axis = Axis::default();
            for line in &lines {
                let Some((out, into)) = sums.get(*line as usize) else { continue };
                let totals = if sources { out } else { into };
                if hide_empty && totals.pairs == 0 {
                    axis.hidden += 1;
                } else {
                    axis.lines.push(*line);
                    axis.totals.push(*totals);
                }
            }
            if sort == Sort::Name {
                axis.group(&answer.subnets);
            } else {
                axis.groups = Axis::whole(axis.len(), None);
            }
            axis
        };
        let (rows, cols) = (axis(!transpose), axis(transpose));
        let places = |axis: &Axis| {
            let mut places = vec![u32::MAX; sums.len()];
            axis.lines.iter().enumerate().for_each(|(at, line)| places[*line as usize] = at as u32);
            places
        };
        let (row_of, col_of) = (places(&rows), places(&cols));
        let scale = Scale { max: answer.cells.iter().map(|c| measure.of(&c.tally)).max().unwrap_or(0) };
        let mut cells: Vec<ChartCell> = answer
            .cells
            .iter()
            .filter_map(|c| {
                let value = measure.of(&c.tally);
                let attempts = c.tally.attempts();
                let denied_share =
                    if attempts == 0 { 0.0 } else { c.tally.denied_flows as f64 / attempts as f64 };
                let (down, across) = if transpose { (c.dst, c.src) } else { (c.src, c.dst) };
                let (row, col) = (*row_of.get(down as usize)?, *col_of.get(across as usize)?);
                let (level, tally, fates) = (scale.level(value), c.tally, ByFate::default());
                Some(ChartCell { row, col, value, level, denied_share, tally, fates })
            })
            .collect();
        cells.sort_unstable_by_key(|c| (c.row, c.col));
        let mut starts = vec![0u32; rows.lines.len() + 1];
        cells.iter().for_each(|c| {
            if let Some(count) = starts.get_mut(c.row as usize + 1) {
                *count += 1;
            }
        });
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let subnets = answer.subnets.clone().into();
        Self { measure, transpose, subnets, rows, cols, cells, total, scale, by_fate: false, starts }
    }

    /// Orders what becomes of conversations, by pair of subnets; cells by source, then destination.
    pub fn of_fates(subnets: &[SubnetInfo], cells: &[FateCell], arrange: Arrange) -> Self {
        let tally = |fates: &ByFate| {
            let stays = fates[Fate::Kept as usize] + fates[Fate::StillBlocked as usize];
            let all = fates.iter().sum::<u64>();
            Tally { allowed_flows: stays, denied_flows: all - stays, ..Tally::default() }
        };
        let cell = |cell: &FateCell| MatrixCell { src: cell.src, dst: cell.dst, tally: tally(&cell.fates) };
        let answer = MatrixAnswer { subnets: subnets.to_vec(), cells: cells.iter().map(cell).collect() };
        let mut out = Self::new(&answer, Arrange { measure: Measure::Flows, ..arrange });
        out.by_fate = true;
        for cell in &mut out.cells {
            let line = |axis: &Axis, at: u32| axis.lines.get(at as usize).copied().unwrap_or(u32::MAX);
            let (down, across) = (line(&out.rows, cell.row), line(&out.cols, cell.col));
            let key = if arrange.transpose { (across, down) } else { (down, across) };
            let found = cells.binary_search_by_key(&key, |one| (one.src, one.dst));
            cell.fates = found.ok().and_then(|at| cells.get(at)).map(|one| one.fates).unwrap_or_default();
        }
        out
    }

    /// What becomes of the conversations at a place.
    pub fn fates(&self, spot: Spot) -> ByFate {
        let here = |cell: &&ChartCell| match spot {
            Spot::Cell(row, col) => (cell.row, cell.col) == (row, col),
            Spot::Row(row) => cell.row == row,
            Spot::Col(col) => cell.col == col,
            Spot::All => true,
        };
        let mut out = ByFate::default();
        for cell in self.cells.iter().filter(here) {
            out.iter_mut().zip(cell.fates).for_each(|(sum, more)| *sum += more);
        }
        out
    }

    /// Rows and columns.
    pub fn size(&self) -> (u32, u32) {
        (self.rows.len(), self.cols.len())
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

    fn name(&self, axis: &Axis, at: u32) -> &str {
        let line = axis.lines.get(at as usize).and_then(|line| self.subnets.get(*line as usize));
        line.map_or("", |s| s.name.as_str())
    }

    /// Whether another has the same rows and columns.
    pub fn same_lines(&self, other: &Self) -> bool {
        self.size() == other.size()
            && (0..self.rows.len()).all(|row| self.row_name(row) == other.row_name(row))
            && (0..self.cols.len()).all(|col| self.col_name(col) == other.col_name(col))
    }

    /// The name of a row.
    pub fn row_name(&self, row: u32) -> &str {
        self.name(&self.rows, row)
    }

    /// The name of a column.
    pub fn col_name(&self, col: u32) -> &str {
        self.name(&self.cols, col)
    }

    /// The names of a cell's source and destination.
    pub fn pair(&self, row: u32, col: u32) -> (&str, &str) {
        let (down, across) = (self.row_name(row), self.col_name(col));
        if self.transpose { (across, down) } else { (down, across) }
    }

    /// What choosing a place selects.
    pub fn selection(&self, spot: Spot) -> Selection {
        let (row, col) = spot.lines();
        let down = row.map(|row| self.row_name(row).to_owned());
        let across = col.map(|col| self.col_name(col).to_owned());
        if self.transpose {
            Selection { src: across, dst: down }
        } else {
            Selection { src: down, dst: across }
        }
    }

    /// Where a selection lies; `None` when it is everything or not here.
    pub fn spot(&self, selection: &Selection) -> Option<Spot> {
        let (down, across) =
            if self.transpose { (&selection.dst, &selection.src) } else { (&selection.src, &selection.dst) };
        let place = |axis: &Axis, name: &Option<String>| {
            let name = name.as_ref()?;
            let subnet = self.subnets.iter().position(|s| s.name == *name);
            Some(subnet.and_then(|subnet| axis.position(subnet as u32)))
        };
        match (place(&self.rows, down), place(&self.cols, across)) {
            (Some(Some(row)), Some(Some(col))) => Some(Spot::Cell(row, col)),
            (Some(Some(row)), None) => Some(Spot::Row(row)),
            (None, Some(Some(col))) => Some(Spot::Col(col)),
            _ => None,
        }
    }

    /// The other ends of a row's or a column's pairs with their tallies, largest first.
    pub fn counterparts(&self, spot: Spot) -> Vec<(&str, ChartCell)> {
        let mut list: Vec<(&str, ChartCell)> = match spot {
            Spot::Row(row) => self.row(row).iter().map(|c| (self.col_name(c.col), *c)).collect(),
            Spot::Col(col) => {
                let of = |c: &&ChartCell| c.col == col;
                self.cells.iter().filter(of).map(|c| (self.row_name(c.row), *c)).collect()
            }
            Spot::Cell(..) | Spot::All => Vec::new(),
        };
        list.sort_small_by(|a, b| b.1.value.cmp(&a.1.value).then(a.0.cmp(b.0)));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use azflow_core::model::Counters;
    use azflow_engine::session::MatrixCell;
    use azflow_engine::topology::SubnetKind;

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

    fn chart(measure: Measure, sort: Sort) -> Chart {
        Chart::new(&answer(), Arrange { measure, sort, ..Arrange::default() })
    }

    #[test]
    fn natural_order_sets_the_outside_apart() {
        let chart = chart(Measure::Flows, Sort::Name);
        assert_eq!(chart.rows.gaps(), [2]);
        assert_eq!(chart.cell(2, 0).map(|c| c.value), Some(100));
        assert_eq!(chart.cell(0, 0), None);
        assert_eq!(chart.cell(1, 1).map(|c| c.value), Some(0), "seen, but begun earlier");
    }

    #[test]
    fn orders_follow_the_measure_and_the_denials() {
        let names = |measure, sort| -> Vec<String> {
            let chart = chart(measure, sort);
            (0..chart.rows.len()).map(|i| chart.row_name(i).to_owned()).collect()
        };
        assert_eq!(names(Measure::Flows, Sort::Volume), ["10.0.0.0/24", "Internet", "10.0.1.0/24"]);
        assert_eq!(names(Measure::Bytes, Sort::Volume), ["10.0.1.0/24", "10.0.0.0/24", "Internet"]);
        assert_eq!(names(Measure::Flows, Sort::Denied), ["10.0.0.0/24", "Internet", "10.0.1.0/24"]);
    }

    #[test]
    fn sums_over_rows_and_columns_add_up_to_the_total() {
        for sort in Sort::ALL {
            for (transpose, hide_empty) in [(false, false), (true, false), (false, true), (true, true)] {
                let arrange = Arrange { sort, transpose, hide_empty, ..Arrange::default() };
                let chart = Chart::new(&answer(), arrange);
                let sum = |axis: &Axis| axis.totals.iter().map(|t| t.value).sum::<u64>();
                assert_eq!((sum(&chart.rows), sum(&chart.cols)), (chart.total.attempts(), 110));
                assert_eq!(chart.cells.len(), 3, "nothing that was seen is hidden");
            }
        }
    }

    #[test]
    fn networks_are_bracketed_in_natural_order_wherever_their_addresses_lie() {
        let mut answer = answer();
        let named = |name: &str, network: &str| SubnetInfo {
            name: name.to_owned(),
            kind: SubnetKind::Named,
            network: Some(network.to_owned()),
            addresses: 1,
        };
        answer.subnets.splice(0..2, [named("hub/a", "hub"), named("app/a", "app")]);
        answer.subnets.insert(2, named("hub/b", "hub"));
        let chart = Chart::new(&answer, Arrange::default());
        let groups: Vec<_> =
            chart.rows.groups.iter().map(|g| (g.from, g.to, g.name.as_deref().unwrap_or(""))).collect();
        assert_eq!(groups, [(0, 2, "hub"), (2, 3, "app"), (3, 4, "outside")]);
        assert_eq!(chart.row_name(1), "hub/b");
        // Where each network is one line there is nothing to bracket.
        answer.subnets.remove(2);
        assert!(!Chart::new(&answer, Arrange::default()).rows.named());
    }

    #[test]
    fn a_transposed_place_selects_the_same_pair() {
        for transpose in [false, true] {
            let chart = Chart::new(&answer(), Arrange { transpose, ..Arrange::default() });
            let spot = if transpose { Spot::Cell(0, 2) } else { Spot::Cell(2, 0) };
            let selection = chart.selection(spot);
            let names = (selection.src.as_deref(), selection.dst.as_deref());
            assert_eq!(names, (Some("Internet"), Some("10.0.0.0/24")));
            assert_eq!(chart.spot(&selection), Some(spot));
            assert_eq!(chart.cell(spot.lines().0.unwrap(), spot.lines().1.unwrap()).unwrap().value, 100);
        }
    }

    #[test]
    fn what_becomes_of_conversations_stands_where_its_subnets_do() {
        let subnets = answer().subnets;
        let fates = [(0, 1, [5, 1, 0, 0, 0]), (1, 1, [0, 0, 7, 0, 2]), (2, 0, [0, 0, 0, 3, 0])];
        let cells: Vec<FateCell> = fates.map(|(src, dst, fates)| FateCell { src, dst, fates }).to_vec();
        for (transpose, sort) in [(false, Sort::Name), (true, Sort::Denied), (false, Sort::Volume)] {
            let arrange = Arrange { transpose, sort, measure: Measure::Bytes, hide_empty: false };
            let chart = Chart::of_fates(&subnets, &cells, arrange);
            assert_eq!(chart.fates(Spot::All), [5, 1, 7, 3, 2]);
            for cell in &cells {
                let name = |at: u32| Some(subnets[at as usize].name.clone());
                let spot = chart.spot(&Selection { src: name(cell.src), dst: name(cell.dst) }).unwrap();
                assert_eq!(chart.fates(spot), cell.fates);
            }
            let into = chart.spot(&Selection { src: None, dst: Some("10.0.1.0/24".to_owned()) }).unwrap();
            assert_eq!(chart.fates(into), [5, 1, 7, 0, 2]);
        }
    }

    #[test]
    fn hiding_takes_lines_without_pairs_only_and_counts_them() {
        let chart = Chart::new(&answer(), Arrange { hide_empty: true, ..Arrange::default() });
        assert_eq!((chart.size(), chart.rows.hidden, chart.cols.hidden), ((3, 2), 0, 1));
        assert_eq!(chart.spot(&Selection { src: None, dst: Some("Internet".to_owned()) }), None);
    }

    #[test]
    fn counterparts_are_the_lines_other_ends_largest_first() {
        let chart = chart(Measure::Bytes, Sort::Name);
        let names =
            |spot| -> Vec<&str> { chart.counterparts(spot).into_iter().map(|(name, _)| name).collect() };
        assert_eq!(names(Spot::Col(1)), ["10.0.1.0/24", "10.0.0.0/24"]);
        assert_eq!(names(Spot::Row(2)), ["10.0.0.0/24"]);
    }
}
