//! What the matrix says: of its buttons, its legend, its cells, and of its twin, the table.

use crate::ui::format::{bytes, counted, exact, exact_bytes, short};
use crate::ui::grid::{Axis, Chart, Hit, Measure, Sort, Spot};
use crate::ui::words::rules;
use crate::ui::words::shared::tally;

/// Shows the matrix's twin.
pub const AS_TABLE: &str = "As table";
/// Shows the whole matrix.
pub const FIT: &str = "Fit all";
/// Smaller cells.
pub const ZOOM_OUT: &str = "Zoom out (−)";
/// Larger cells.
pub const ZOOM_IN: &str = "Zoom in (+)";
/// Shows networks instead of their subnets.
pub const FOLD: &str = "By network";
/// Explains it.
pub const FOLD_TITLE: &str = "Show the subnets of a virtual network as one";
/// Swaps the axes.
pub const TRANSPOSE: &str = "Transpose";
/// Explains it.
pub const TRANSPOSE_TITLE: &str = "Destinations on the rows, sources on the columns";
/// Leaves lines out.
pub const HIDE_EMPTY: &str = "Hide empty";
/// Explains it.
pub const HIDE_EMPTY_TITLE: &str = "Leave out rows and columns on which nothing was seen";
/// Beside the choice of what cells show.
pub const MEASURE: &str = "measure";
/// Beside the choice of how lines are sorted.
pub const ORDER: &str = "order";
/// Beside the choice of the length of IPv4 prefixes.
pub const PREFIX4: &str = "IPv4 as";
/// Beside the choice of the length of IPv6 prefixes.
pub const PREFIX6: &str = "IPv6 as";
/// The field that finds subnets.
pub const SEARCH: &str = "Find: web, web > sql";
/// Explains it.
pub const SEARCH_TITLE: &str =
    "Find a subnet by its name: a source, > a destination, or both; Enter goes there";
/// The buttons that make cells larger and smaller.
pub const ZOOM: &str = "Size of the cells";

/// What stands on the columns.
pub fn across(chart: &Chart) -> &'static str {
    if chart.transpose { "source →" } else { "destination →" }
}

/// What stands on the rows.
pub fn down(chart: &Chart) -> &'static str {
    if chart.transpose { "destination ↓" } else { "source ↓" }
}

/// What a measure is called.
pub fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Flows => "flows",
        Measure::Bytes => "bytes",
        Measure::Packets => "packets",
    }
}

/// What an order is called.
pub fn sort(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => "network",
        Sort::Volume => "volume",
        Sort::Denied => "denied",
        Sort::Similar => "similar",
    }
}

/// A value of a measure, short.
pub fn amount(measure: Measure, value: u64) -> String {
    if measure == Measure::Bytes { bytes(value) } else { short(value) }
}

/// The line that says what the cursor is on.
pub fn spot(chart: &Chart, spot: Spot) -> String {
    if chart.by_fate {
        return rules::fate_spot(chart, spot);
    }
    match spot {
        Spot::All => format!("Everything: {}", tally(&chart.total)),
        Spot::Row(row) => line(chart, &chart.rows, row, !chart.transpose),
        Spot::Col(col) => line(chart, &chart.cols, col, chart.transpose),
        Spot::Cell(row, col) => {
            let (src, dst) = chart.pair(row, col);
            let pair = format!("{src} → {dst}");
            match chart.cell(row, col) {
                None => format!("{pair}: never seen"),
                Some(cell) if cell.tally.attempts() == 0 => {
                    format!("{pair}: no new flows, begun earlier; {}", tally(&cell.tally))
                }
                Some(cell) => format!("{pair}: {}", tally(&cell.tally)),
            }
        }
    }
}

fn line(chart: &Chart, axis: &Axis, at: u32, source: bool) -> String {
    let totals = axis.totals.get(at as usize).copied().unwrap_or_default();
    let subnet = axis.lines.get(at as usize).and_then(|line| chart.subnets.get(*line as usize));
    let (name, addresses) = subnet.map_or(("", 0), |s| (s.name.as_str(), s.addresses));
    let traffic = match chart.measure {
        Measure::Flows => String::new(),
        Measure::Bytes => format!(", {}", exact_bytes(totals.value)),
        Measure::Packets => format!(", {}", counted(totals.value, "packet", "packets")),
    };
    format!(
        "All {} {name} ({}): {} {}, {} allowed, {} denied flows{traffic}",
        if source { "from" } else { "to" },
        counted(u64::from(addresses), "address seen", "addresses seen"),
        if source { "traffic to" } else { "traffic from" },
        counted(u64::from(totals.pairs), "subnet", "subnets"),
        exact(totals.allowed),
        exact(totals.denied)
    )
}

/// One sentence that sums the matrix up.
pub fn summary(chart: &Chart) -> String {
    if chart.by_fate {
        return rules::fate_summary(chart);
    }
    let largest = chart.cells.iter().max_by_key(|c| c.value).filter(|c| c.value > 0);
    let most = largest.map_or(String::new(), |c| {
        let (src, dst) = chart.pair(c.row, c.col);
        format!(
            " The largest is {src} to {dst} with {} {}.",
            amount(chart.measure, c.value),
            if chart.measure == Measure::Bytes { "" } else { measure(chart.measure) }
        )
        .replace(" .", ".")
    });
    let denied = chart.cells.iter().filter(|c| c.tally.denied_flows > 0).count() as u64;
    format!(
        "{}, {} seen, {} with denials.{most}",
        counted(chart.subnets.len() as u64, "subnet", "subnets"),
        counted(chart.cells.len() as u64, "pair", "pairs"),
        exact(denied)
    )
}

/// How the keyboard works in the matrix.
pub const KEYS: &str = "Arrow keys move; beyond the first row or column are the headers. Home, End, Page Up \
    and Page Down, Ctrl+Home and Ctrl+End jump. Enter selects, Escape lets go. Plus and minus zoom, 0 fits everything.";
/// The status line before anything is pointed at.
const HINT: &str = "Point at a cell or use the arrow keys; click or Enter shows its details.";

/// The line of words, while nothing is pointed at.
pub fn hint(chart: &Chart) -> &'static str {
    if chart.by_fate { rules::FATE_HINT } else { HINT }
}

/// What a screen reader calls the canvas.
pub const ROLE: &str = "matrix of subnets";

/// The table twin's first heading.
pub fn table_corner(chart: &Chart) -> String {
    format!("{} {}", down(chart), across(chart))
}

/// The table twin's caption.
pub fn table_caption(chart: &Chart) -> String {
    format!(
        "Who talks to whom, in {}. An empty cell was never seen; a 0 was seen without any. {}",
        measure(chart.measure),
        summary(chart)
    )
}

/// Denied flows in a cell of the table twin.
pub fn denied(flows: u64) -> String {
    format!("{} denied", exact(flows))
}

/// How many subnets there are, and how many lines are not shown.
pub fn subnets(chart: &Chart) -> String {
    let all = counted(chart.subnets.len() as u64, "subnet", "subnets");
    match (chart.rows.hidden, chart.cols.hidden) {
        (0, 0) => all,
        (rows, cols) => format!(
            "{all}, hidden: {}, {}",
            counted(u64::from(rows), "empty row", "empty rows"),
            counted(u64::from(cols), "empty column", "empty columns")
        ),
    }
}

/// The printed scale, for those who don't see it.
pub fn scale(chart: &Chart) -> String {
    format!(
        "Depth is {} on a logarithmic scale up to {}",
        measure(chart.measure),
        amount(chart.measure, chart.scale.max)
    )
}

/// The printed scale's unit.
pub fn scale_caption(of: Measure) -> String {
    format!("{}, log scale", measure(of))
}

/// When a measure has nothing to show.
pub fn no_traffic(of: Measure) -> String {
    format!("These logs count no {}: NSG flow logs of version 1 never do.", measure(of))
}

/// What a search in the matrix found.
pub fn found(chart: &Chart, hit: &Hit) -> String {
    let more =
        if hit.fits > 1 { format!("{} fit; the best: ", exact(u64::from(hit.fits))) } else { String::new() };
    format!("{more}{}", spot(chart, hit.spot))
}

/// When a search in the matrix finds nothing.
pub fn not_found(typed: &str) -> String {
    format!("No subnet on the matrix is called like {typed}.")
}

/// The matrix's title, where it stands alone.
pub const TITLE: &str = "Who talks to whom";

/// Heading of the other ends of a row or a column.
pub fn counterparts(source: bool, count: usize) -> String {
    let way = if source { "Talks to" } else { "Is talked to by" };
    format!("{way} {}", counted(count as u64, "subnet", "subnets"))
}

/// The matrix's legend.
pub mod legend {
    /// Beside the colour for the share that was denied.
    pub const DENIED: &str = "denied share";
    /// Beside the mark of cells in which something was denied.
    pub const DENIED_MARK: &str = "some attempts denied";
    /// Beside the cell of a pair that was seen without a new flow.
    pub const ZERO: &str = "seen, no new flows";
    /// Beside the cell of a pair whose traffic was not counted.
    pub const ZERO_TRAFFIC: &str = "seen, none counted";
    /// Beside the cell of a pair that was never seen.
    pub const NEVER: &str = "never seen";
    /// Beside the cell of a subnet with itself.
    pub const DIAGONAL: &str = "inside a subnet";
}
