//! Finds lines of the matrix by what is typed: `web`, `web > sql`, `> sql`.

use super::{Axis, Chart, Spot};

/// Where what was typed leads, and how many places fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// The place of the best fit.
    pub spot: Spot,
    /// How many fit.
    pub fits: u32,
}

/// Looks for a source, a destination behind `>` or `→`, or both. A name that is whole comes before one that
/// begins like it, that before one that contains it, letters of either case; equals come in their order on
/// the axis. `None` for nothing typed and nothing found.
pub fn search(chart: &Chart, typed: &str) -> Option<Hit> {
    let (src, dst) = typed.split_once(['>', '→']).unwrap_or((typed, ""));
    let (down, across) = if chart.transpose { (dst, src) } else { (src, dst) };
    let row = line(chart, &chart.rows, down.trim())?;
    let col = line(chart, &chart.cols, across.trim())?;
    let (spot, fits) = match (row, col) {
        (Some((row, rows)), Some((col, cols))) => (Spot::Cell(row, col), rows.saturating_mul(cols)),
        (Some((row, rows)), None) => (Spot::Row(row), rows),
        (None, Some((col, cols))) => (Spot::Col(col), cols),
        (None, None) => return None,
    };
    Some(Hit { spot, fits })
}

/// The best line and how many fit; `Some(None)` when there is nothing to look for.
fn line(chart: &Chart, axis: &Axis, typed: &str) -> Option<Option<(u32, u32)>> {
    if typed.is_empty() {
        return Some(None);
    }
    let typed = typed.to_lowercase();
    let (mut best, mut fits) = (None, 0);
    for (at, line) in axis.lines.iter().enumerate() {
        let Some(subnet) = chart.subnets.get(*line as usize) else { continue };
        let name = subnet.name.to_lowercase();
        let Some(found) = name.find(&typed) else { continue };
        fits += 1;
        let rank = if name == typed { 0 } else { 1 + u32::from(found > 0) };
        if best.is_none_or(|(least, _)| rank < least) {
            best = Some((rank, at as u32));
        }
    }
    best.map(|(_, at)| Some((at, fits)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::grid::Arrange;
    use azflow_engine::session::{MatrixAnswer, SubnetInfo};
    use azflow_engine::topology::SubnetKind;

    fn chart(transpose: bool) -> Chart {
        let subnet = |name: &str| SubnetInfo {
            name: name.to_owned(),
            kind: SubnetKind::Named,
            network: None,
            addresses: 1,
        };
        let subnets = ["app-web", "web2", "Web", "sql"].map(subnet).to_vec();
        Chart::new(&MatrixAnswer { subnets, cells: Vec::new() }, Arrange { transpose, ..Arrange::default() })
    }

    #[test]
    fn the_best_name_comes_first() {
        let hit = |typed| search(&chart(false), typed).map(|hit| (hit.spot, hit.fits));
        assert_eq!(hit("web"), Some((Spot::Row(2), 3)), "whole");
        assert_eq!(hit("we"), Some((Spot::Row(1), 3)), "begins so");
        assert_eq!(hit("-WEB"), Some((Spot::Row(0), 1)), "contains it");
        assert_eq!((hit("nowhere"), hit("  "), hit("web > nowhere")), (None, None, None));
    }

    #[test]
    fn an_arrow_leads_to_destinations_and_pairs_however_the_matrix_lies() {
        let hit = |transpose, typed| search(&chart(transpose), typed).map(|hit| hit.spot);
        assert_eq!(hit(false, "> sql"), Some(Spot::Col(3)));
        assert_eq!(hit(false, "web2→sql"), Some(Spot::Cell(1, 3)));
        assert_eq!(hit(true, "sql"), Some(Spot::Col(3)));
        assert_eq!(hit(true, "web2 > sql"), Some(Spot::Cell(3, 1)));
    }
}
